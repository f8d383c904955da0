"""Personal data of the people found: names, ways to reach them, where they were found, and words about them."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from candidates.models import Candidate, ContactPoint
from privacy.models import Subject
from privacy.registry import DELETE, Class, PersonalData, closure, columns_of, register

NAMES = "given_name initials infix surname partner_infix partner_surname title_before title_after"
ABOUT = "job_title employer place"


@register
class CandidatesData(PersonalData):
    columns = {
        "candidates.Candidate": columns_of(
            {
                Class.TECHNICAL: "id subject",
                Class.IDENTIFIER: f"{NAMES} sort_key",
                Class.PERSONAL: ABOUT,
                Class.NONE: "salutation language erase_on created_at",
            }
        ),
        "candidates.ContactPoint": columns_of(
            {
                Class.TECHNICAL: "id candidate added_by",
                Class.IDENTIFIER: "value normalised",
                Class.FREE_TEXT: "evidence",
                Class.NONE: "kind ground evidence_on created_at failed_at removed_at",
            }
        ),
        "candidates.Candidacy": columns_of(
            {
                Class.TECHNICAL: "id candidate subject vacancy owner",
                Class.PERSONAL: "stage ended_reason",
                Class.NONE: "created_at changed_at last_contact_at ended_at",
            }
        ),
        "candidates.StageDecision": columns_of(
            {
                Class.TECHNICAL: "id candidacy decided_by",
                Class.PERSONAL: "from_stage to_stage reason",
                Class.NONE: "at",
            }
        ),
        "candidates.DecisionNote": columns_of({Class.TECHNICAL: "decision", Class.FREE_TEXT: "text"}),
        "candidates.Source": columns_of(
            {
                Class.TECHNICAL: "id candidacy found_by",
                Class.IDENTIFIER: "url",
                Class.FREE_TEXT: "detail",
                Class.NONE: "type obtained_at created_at",
            }
        ),
        "candidates.Task": columns_of(
            {
                Class.TECHNICAL: "id candidacy assignee done_by",
                Class.FREE_TEXT: "note",
                Class.NONE: "kind due_on created_at done_at",
            }
        ),
        "candidates.LoggedContact": columns_of(
            {Class.TECHNICAL: "id candidacy by", Class.PERSONAL: "kind", Class.FREE_TEXT: "note", Class.NONE: "at"}
        ),
        "candidates.ImportBatch": columns_of(
            {
                Class.TECHNICAL: "id vacancy made_by row_count",
                Class.SECRET: "rows",
                Class.NONE: "outcome created_at done_at",
            }
        ),
        "candidates.Round": columns_of(
            {
                Class.TECHNICAL: "id vacancy made_by moved_at",
                Class.FREE_TEXT: "note",
                Class.NONE: "kind template_nl template_en not_before created_at started_at made_at stopped_at",
            }
        ),
        "candidates.RoundPerson": columns_of(
            {
                Class.TECHNICAL: "id round candidacy message",
                Class.FREE_TEXT: "note",
                Class.NONE: "left_out refusal",
            }
        ),
        "candidates.RoundFile": columns_of({Class.TECHNICAL: "id round file"}),
    }
    paths = {
        "candidates.Candidate": "subject",
        "candidates.ContactPoint": "candidate__subject",
        "candidates.Candidacy": "subject",
        "candidates.StageDecision": "candidacy__subject",
        "candidates.DecisionNote": "decision__candidacy__subject",
        "candidates.Source": "candidacy__subject",
        "candidates.Task": "candidacy__subject",
        "candidates.LoggedContact": "candidacy__subject",
        "candidates.RoundPerson": "candidacy__subject",
    }
    pathless = {
        "candidates.Round": "Its line is the same for everybody in the round, and is gone within a month.",
    }
    kept = {
        "candidates.Candidacy": "The decisions about it point at it; it holds ids, a stage and dates (GDPR art. 5(2)).",
        "candidates.StageDecision": "Proof that a human decided, as ids and codes (GDPR art. 5(2), 22); five years.",
    }
    erasure = {
        "candidates.RoundPerson": DELETE,
        "candidates.DecisionNote": DELETE,
        "candidates.Task": DELETE,
        "candidates.LoggedContact": DELETE,
        "candidates.Source": DELETE,
        "candidates.ContactPoint": DELETE,
        "candidates.Candidate": dict.fromkeys(f"{NAMES} sort_key {ABOUT}".split(), ""),
    }

    def known(self, kind: str, addresses: Collection[str]) -> Iterable[str]:
        points = ContactPoint.objects.standing().filter(kind=kind, normalised__in=addresses)
        return points.values_list("normalised", flat=True)

    def find(self, kind: str, normalised: str) -> Iterable[UUID]:
        points = ContactPoint.objects.standing().filter(kind=kind, normalised=normalised)
        return points.values_list("candidate__subject", flat=True)

    def erase(self, subject: Subject) -> int:
        """Erase, and give the bare row that remains its date, for nothing may stay without a purpose (I1)."""
        with transaction.atomic():
            Candidate.objects.filter(subject__in=closure(subject), erase_on=None).update(erase_on=timezone.localdate())
            return super().erase(subject)
