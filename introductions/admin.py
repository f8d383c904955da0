"""Introductions: one may be made here too, and passes the same guard as everywhere."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from introductions.models import Feedback, Introduction, Placement, Recipient, SpottedMail
from privacy.admin import PersonAdmin, ReadOnlyAdmin
from privacy.guards import lawful, told_on


class IntroductionForm(forms.ModelForm):
    """Rehearses the introduction, so that the guard's sentence stands on the form and nothing typed is lost."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            with transaction.atomic(), told_on(self):
                with lawful():
                    Introduction.objects.create(**data)
                transaction.set_rollback(True)
        return data


@admin.register(Introduction)
class IntroductionAdmin(PersonAdmin):
    list_display = ["at", "vacancy", "client", "introduced_by", "closed_at"]
    list_select_related = ["vacancy", "client", "introduced_by"]
    search_fields = ["vacancy__title", "client__name", "=subject__id"]
    exclude = ["closed_at"]
    form = IntroductionForm

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Placement)
class PlacementAdmin(ReadOnlyAdmin):
    list_display = ["start_on", "client", "vacancy", "invoice_number", "keep_until"]
    list_select_related = ["client", "vacancy"]
    search_fields = ["invoice_number", "client__name", "vacancy__title", "=subject__id"]


@admin.register(Recipient)
class RecipientAdmin(ReadOnlyAdmin):
    list_display = ["introduction_id", "contact", "first_seen_at"]
    list_select_related = ["contact"]


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin):
    list_display = ["at", "verdict", "recipient_id"]
    list_filter = ["verdict"]


@admin.register(SpottedMail)
class SpottedMailAdmin(ReadOnlyAdmin):
    list_display = ["sent_at", "contact", "why", "what", "settled_by"]
    list_filter = ["what", "why"]
    list_select_related = ["contact", "settled_by"]
