"""The tables of this room and of the vault; the base classes of every other admin."""

from django import forms
from django.contrib import admin

from privacy.admin_site import PersonAdmin, ReadOnlyAdmin, VersionAdmin, VersionForm, WatsonAdmin
from privacy.models import (
    AccessEntry,
    Breach,
    BreachCrossing,
    Canary,
    ClockFeed,
    Crossing,
    DataCopy,
    DataRequest,
    Decision,
    Erasure,
    ErasureLine,
    ErasurePerson,
    ErasureStep,
    Extension,
    HeldPerson,
    IdentityCheck,
    ImpactAssessment,
    LedgerDetail,
    LedgerEntry,
    LedgerEra,
    LedgerSeal,
    LegalHold,
    LegitimateInterestAssessment,
    Link,
    Mandate,
    ProofOpening,
    ProofRule,
    RequestGroup,
    RequestNotice,
    RequestStep,
    Restriction,
    RetentionRun,
    StaffSubject,
    Subject,
    SuppressionEntry,
    SuppressionLift,
    Telling,
)
from privacy.vault.models import ErasureEnd, ErasureRecord, FileKey, LedgerHead, Restoration, SealedProof

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


@admin.register(LedgerEra)
class LedgerEraAdmin(ReadOnlyAdmin):
    list_display = ["at", "shift"]


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


@admin.register(RequestGroup)
class RequestGroupAdmin(ReadOnlyAdmin):
    list_display = ["label", "created_at"]


@admin.register(RequestStep)
class RequestStepAdmin(ReadOnlyAdmin):
    list_display = ["at", "code", "request_id", "by"]
    list_select_related = ["by"]
    search_fields = ["code", "=request__id"]
    ordering = ["-at"]


@admin.register(Crossing)
class CrossingAdmin(ReadOnlyAdmin):
    list_display = ["on", "milestone", "request_id", "at"]
    list_filter = ["milestone"]
    ordering = ["-at"]


@admin.register(IdentityCheck)
class IdentityCheckAdmin(ReadOnlyAdmin):
    list_display = ["asked_at", "method", "request_id", "confirmed_at"]
    list_filter = ["method"]


@admin.register(Mandate)
class MandateAdmin(ReadOnlyAdmin):
    list_display = ["request_id", "holds", "checked_at"]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["decided_at", "kind", "ground", "request_id", "decided_by"]
    list_select_related = ["decided_by"]
    list_filter = ["kind", "ground"]


@admin.register(RequestNotice)
class RequestNoticeAdmin(ReadOnlyAdmin):
    list_display = ["at", "kind", "channel", "request_id"]
    list_filter = ["kind"]
    ordering = ["-at"]


@admin.register(Extension)
class ExtensionAdmin(ReadOnlyAdmin):
    list_display = ["request_id", "due_on"]


@admin.register(Telling)
class TellingAdmin(ReadOnlyAdmin):
    list_display = ["request_id", "kind", "sent_at", "acknowledged_at", "waived_at"]
    list_filter = ["kind"]


@admin.register(ClockFeed)
class ClockFeedAdmin(ReadOnlyAdmin):
    list_display = ["user", "created_at", "revoked_at"]
    list_select_related = ["user"]


@admin.register(DataCopy)
class DataCopyAdmin(ReadOnlyAdmin):
    list_display = ["kind", "state", "asked_at", "delivered_at", "opened_at", "delete_on"]
    list_filter = ["kind", "state"]


@admin.register(Restriction)
class RestrictionAdmin(ReadOnlyAdmin):
    list_display = ["ground", "since", "by", "lifted_at", "lift_reason"]
    list_filter = ["ground", "since"]
    list_select_related = ["by"]


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


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    list_display = ["id", "reason", "planned_at", "approved_at", "approved_by", "finished_at"]
    list_filter = ["reason"]
    list_select_related = ["approved_by"]


@admin.register(ErasurePerson)
class ErasurePersonAdmin(ReadOnlyAdmin):
    list_display = ["erasure_id", "subject_id", "erased_at", "spared_at"]


@admin.register(ErasureLine)
class ErasureLineAdmin(ReadOnlyAdmin):
    list_display = ["erasure_id", "holder", "what", "action", "count", "until"]
    list_filter = ["action"]


@admin.register(ErasureStep)
class ErasureStepAdmin(ReadOnlyAdmin):
    list_display = ["erasure_id", "position", "holder", "state", "attempts", "next_at", "trouble"]
    list_filter = ["state", "holder"]


@admin.register(Canary)
class CanaryAdmin(ReadOnlyAdmin):
    list_display = ["id", "at"]


@admin.register(ErasureRecord)
class ErasureRecordAdmin(ReadOnlyAdmin):
    list_display = ["erasure", "reason", "policy", "at"]


@admin.register(ErasureEnd)
class ErasureEndAdmin(ReadOnlyAdmin):
    list_display = ["erasure", "finished_at"]


@admin.register(FileKey)
class FileKeyAdmin(ReadOnlyAdmin):
    list_display = ["owner", "made_at"]


@admin.register(Restoration)
class RestorationAdmin(ReadOnlyAdmin):
    list_display = ["at", "last_seal", "last_head"]


@admin.register(ProofRule)
class ProofRuleAdmin(ReadOnlyAdmin):
    list_display = ["at", "months", "assessment", "by"]
    list_select_related = ["assessment", "by"]


@admin.register(ProofOpening)
class ProofOpeningAdmin(ReadOnlyAdmin):
    list_display = ["asked_at", "introduction", "asked_by", "approved_by", "approved_at", "shown_at"]
    list_select_related = ["asked_by", "approved_by"]


@admin.register(SealedProof)
class SealedProofAdmin(ReadOnlyAdmin):
    list_display = ["introduction", "made_at", "until"]


@admin.register(LegalHold)
class LegalHoldAdmin(ReadOnlyAdmin):
    list_display = ["id", "ground", "until", "asked_by", "asked_at", "approved_by", "ended_at"]
    list_filter = ["ground"]
    list_select_related = ["asked_by", "approved_by"]


@admin.register(HeldPerson)
class HeldPersonAdmin(ReadOnlyAdmin):
    list_display = ["hold", "subject", "since", "released_at"]
    search_fields = ["=hold__id", "=subject__id"]


@admin.register(RetentionRun)
class RetentionRunAdmin(ReadOnlyAdmin):
    list_display = ["started_at", "finished_at", "due", "erased", "spared", "failed"]


@admin.register(Breach)
class BreachAdmin(ReadOnlyAdmin):
    list_display = ["id", "aware_at", "reported_by", "notify", "notified_at"]
    list_filter = ["notify"]
    list_select_related = ["reported_by"]


@admin.register(BreachCrossing)
class BreachCrossingAdmin(ReadOnlyAdmin):
    list_display = ["breach", "milestone", "at"]
