"""The tables of this room and of the vault; the base classes of every other admin."""

from django import forms
from django.contrib import admin

from privacy.admin_site import PersonAdmin, ReadOnlyAdmin, VersionAdmin, VersionForm, WatsonAdmin
from privacy.models import (
    AccessEntry,
    DataRequest,
    ImpactAssessment,
    LedgerDetail,
    LedgerEntry,
    LedgerSeal,
    LegitimateInterestAssessment,
    Link,
    StaffSubject,
    Subject,
    SuppressionEntry,
    SuppressionLift,
)
from privacy.vault.models import LedgerHead

__all__ = ["PersonAdmin", "ReadOnlyAdmin", "VersionAdmin", "VersionForm", "WatsonAdmin"]


@admin.register(Subject)
class SubjectAdmin(ReadOnlyAdmin):
    list_display = ["id", "created_at", "restricted_at", "erased_at"]
    search_fields = ["id"]


@admin.register(StaffSubject)
class StaffSubjectAdmin(ReadOnlyAdmin):
    list_display = ["user", "subject"]
    list_select_related = ["user"]


@admin.register(Link)
class LinkAdmin(ReadOnlyAdmin):
    list_display = ["id", "purpose", "created_at", "expires_at", "used_at", "revoked_at"]
    list_filter = ["purpose"]
    search_fields = ["=id", "=subject__id"]


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "kind", "subject_id", "actor", "codes"]
    list_filter = ["at"]
    search_fields = ["kind", "codes", "=subject__id"]
    ordering = ["-xid"]


@admin.register(LedgerDetail)
class LedgerDetailAdmin(ReadOnlyAdmin):
    list_display = ["entry_id"]


@admin.register(LedgerSeal)
class LedgerSealAdmin(ReadOnlyAdmin):
    list_display = ["seq", "at", "entries", "hash"]
    ordering = ["-seq"]


@admin.register(LedgerHead)
class LedgerHeadAdmin(ReadOnlyAdmin):
    list_display = ["seq", "anchored_at", "hash"]
    ordering = ["-seq"]


@admin.register(AccessEntry)
class AccessEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "action", "about_kind"]
    list_filter = ["at", "action"]
    list_select_related = ["actor"]
    ordering = ["-id"]


@admin.register(DataRequest)
class DataRequestAdmin(ReadOnlyAdmin):
    list_display = ["kind", "channel", "received_at", "due_on", "answered_at"]
    list_filter = ["kind"]


@admin.register(SuppressionEntry)
class SuppressionEntryAdmin(ReadOnlyAdmin):
    list_display = ["kind", "scope", "reason", "at", "key_id"]
    list_filter = ["scope", "reason"]


@admin.register(SuppressionLift)
class SuppressionLiftAdmin(ReadOnlyAdmin):
    list_display = ["entry_id", "at"]


@admin.register(LegitimateInterestAssessment)
class LegitimateInterestAssessmentAdmin(VersionAdmin):
    # Approved on the privacy desk by somebody other than the author, never by a tick here.
    form = forms.ModelForm
    published_field = "approved_at"
    list_display = ["title", "version", "author", "approved_at", "review_on", "withdrawn_at"]
    list_select_related = ["author"]
    search_fields = ["title"]
    readonly_fields = ["approved_by", "approved_at", "review_on", "withdrawn_at"]


@admin.register(ImpactAssessment)
class ImpactAssessmentAdmin(VersionAdmin):
    # Approved on the privacy desk by somebody other than the author, never by a tick here.
    form = forms.ModelForm
    published_field = "approved_at"
    list_display = ["title", "feature", "author", "approved_at", "review_on"]
    list_select_related = ["author"]
    readonly_fields = ["approved_by", "approved_at", "review_on"]
