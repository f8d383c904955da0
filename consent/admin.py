"""Consent texts to write; questions, answers and bases to look at."""

from django.contrib import admin

from consent import lint
from consent.models import (
    ConsentEvent,
    ConsentRequest,
    ConsentText,
    ConsentTrace,
    LegalBasis,
    Notice,
    Revelation,
)
from privacy.admin import ReadOnlyAdmin, VersionAdmin, VersionForm


class ConsentTextForm(VersionForm):
    def lacking(self) -> list[str]:
        return lint.lacking(self.cleaned_data)


@admin.register(ConsentText)
class ConsentTextAdmin(VersionAdmin):
    form = ConsentTextForm
    list_display = ["purpose", "version", "author", "published_at"]
    list_filter = ["purpose"]
    list_select_related = ["author"]


@admin.register(ConsentRequest)
class ConsentRequestAdmin(ReadOnlyAdmin):
    list_display = ["id", "purpose", "vacancy", "asked_by", "created_at", "expires_at", "closed_at"]
    list_filter = ["purpose"]
    list_select_related = ["vacancy", "asked_by"]
    search_fields = ["=id", "=subject__id", "vacancy__title"]


@admin.register(Revelation)
class RevelationAdmin(ReadOnlyAdmin):
    list_display = ["vacancy", "client", "by", "at"]
    list_select_related = ["vacancy", "client", "by"]


@admin.register(ConsentEvent)
class ConsentEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "kind", "channel", "request_id", "recorded_by"]
    list_filter = ["kind", "channel"]
    list_select_related = ["recorded_by"]
    search_fields = ["=request__id", "=request__subject__id"]
    ordering = ["-id"]


@admin.register(ConsentTrace)
class ConsentTraceAdmin(ReadOnlyAdmin):
    list_display = ["event_id", "at"]


@admin.register(LegalBasis)
class LegalBasisAdmin(ReadOnlyAdmin):
    list_display = ["at", "basis", "reason", "vacancy", "by"]
    list_filter = ["basis", "reason"]
    list_select_related = ["vacancy", "by"]
    search_fields = ["=subject__id", "vacancy__title"]
    ordering = ["-id"]


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ["given_at", "vacancy", "undone_at", "undone_reason"]
    list_select_related = ["vacancy"]
    search_fields = ["=subject__id", "vacancy__title"]
