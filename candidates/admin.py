"""The people found: corrected here, never made, moved or removed here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from candidates.models import (
    Candidacy,
    Candidate,
    ContactPoint,
    Correction,
    CorrectionValues,
    DecisionNote,
    ImportBatch,
    ListExport,
    ListExportPerson,
    LoggedContact,
    Mention,
    Note,
    Round,
    RoundFile,
    RoundPerson,
    SearchDocument,
    Source,
    StageDecision,
    Task,
    TaskFeed,
    Untold,
)
from candidates.names import PersonName
from privacy.admin import PersonAdmin, ReadOnlyAdmin


@admin.register(Candidate)
class CandidateAdmin(PersonAdmin):
    list_display = ["name", "job_title", "employer", "place", "created_at", "erase_on"]
    search_fields = ["sort_key", "given_name", "surname", "partner_surname", "=contact_points__normalised"]
    readonly_fields = ["subject", "erase_on"]

    @admin.display(description=_("name"), ordering="sort_key")
    def name(self, obj: Candidate) -> str:
        return PersonName.of(obj).sort_name or str(obj.pk)

    def save_model(self, request: HttpRequest, obj: Candidate, form: Any, change: bool) -> None:
        obj.sort_key = PersonName.of(obj).sort_key
        super().save_model(request, obj, form, change)


@admin.register(ContactPoint)
class ContactPointAdmin(PersonAdmin):
    list_display = ["kind", "value", "ground", "evidence_on", "failed_at", "removed_at"]
    list_filter = ["kind", "ground"]
    search_fields = ["normalised"]
    # Another address is another contact point: it has to pass the stop list and the look for doubles first.
    readonly_fields = ["candidate", "kind", "value", "normalised", "added_by"]


@admin.register(Candidacy)
class CandidacyAdmin(PersonAdmin):
    list_display = ["id", "vacancy", "stage", "owner", "changed_at", "ended_at", "ended_reason"]
    list_filter = ["stage", "ended_reason"]
    list_select_related = ["vacancy", "owner"]
    search_fields = ["vacancy__title", "candidate__sort_key", "=id", "=subject__id"]
    readonly_fields = ["candidate", "subject", "vacancy", "stage", "last_contact_at", "ended_at", "ended_reason"]


@admin.register(StageDecision)
class StageDecisionAdmin(ReadOnlyAdmin):
    list_display = ["at", "from_stage", "to_stage", "reason", "decided_by", "candidacy_id"]
    list_filter = ["to_stage", "reason"]
    list_select_related = ["decided_by"]
    ordering = ["-id"]


@admin.register(DecisionNote)
class DecisionNoteAdmin(ReadOnlyAdmin):
    list_display = ["decision_id"]


@admin.register(Source)
class SourceAdmin(PersonAdmin):
    list_display = ["type", "url", "obtained_at", "found_by"]
    list_filter = ["type"]
    list_select_related = ["found_by"]
    readonly_fields = ["candidacy", "obtained_at", "found_by"]


@admin.register(Task)
class TaskAdmin(PersonAdmin):
    list_display = ["kind", "assignee", "due_on", "done_at"]
    list_filter = ["kind"]
    list_select_related = ["assignee"]
    readonly_fields = ["candidacy", "kind", "made_by", "done_at", "done_by"]


@admin.register(Correction)
class CorrectionAdmin(ReadOnlyAdmin):
    list_display = ["proposed_at", "fact", "state", "decided_by", "decided_at"]
    list_filter = ["state", "fact"]
    list_select_related = ["decided_by"]


@admin.register(CorrectionValues)
class CorrectionValuesAdmin(ReadOnlyAdmin):
    list_display = ["correction_id"]


@admin.register(LoggedContact)
class LoggedContactAdmin(ReadOnlyAdmin):
    list_display = ["at", "kind", "by"]
    list_filter = ["kind"]
    list_select_related = ["by"]


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin):
    list_display = ["at", "author", "may_read", "edited_at", "removed_at"]
    list_select_related = ["author"]


@admin.register(Mention)
class MentionAdmin(ReadOnlyAdmin):
    list_display = ["id", "user", "read_at"]
    list_select_related = ["user"]


@admin.register(TaskFeed)
class TaskFeedAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "user", "revoked_at"]
    list_select_related = ["user"]


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "vacancy", "made_by", "row_count", "done_at"]
    list_select_related = ["vacancy", "made_by"]


@admin.register(Round)
class RoundAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "vacancy", "kind", "made_by", "not_before", "made_at", "stopped_at"]
    list_filter = ["kind"]
    list_select_related = ["vacancy", "made_by"]


@admin.register(RoundPerson)
class RoundPersonAdmin(ReadOnlyAdmin):
    list_display = ["id", "round_id", "left_out", "refusal"]


@admin.register(RoundFile)
class RoundFileAdmin(ReadOnlyAdmin):
    list_display = ["id", "round_id", "file_id"]


@admin.register(SearchDocument)
class SearchDocumentAdmin(ReadOnlyAdmin):
    list_display = ["id", "candidate_id", "vacancy_id"]


@admin.register(Untold)
class UntoldAdmin(ReadOnlyAdmin):
    list_display = ["candidacy_id"]


@admin.register(ListExport)
class ListExportAdmin(ReadOnlyAdmin):
    list_display = ["made_at", "made_by", "rows", "with_contacts", "until", "deleted_at"]
    list_select_related = ["made_by"]


@admin.register(ListExportPerson)
class ListExportPersonAdmin(ReadOnlyAdmin):
    list_display = ["id", "export_id"]
