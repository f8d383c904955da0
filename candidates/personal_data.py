"""Personal data of the people found: names, ways to reach them, where they were found, and words about them."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from candidates.models import Candidate, ContactGround, ContactKind, ContactPoint, Correction, Source, SourceType
from candidates.models.corrections import Fact
from privacy.models import Subject
from privacy.registry import DELETE, Class, PersonalData, Section, closure, columns_of, register

NAMES = "given_name initials infix surname partner_infix partner_surname title_before title_after"
ABOUT = "job_title employer place"


# Where a corrected fact stands in a JSON Resume.
RESUME_WORK: dict[str, str] = {Fact.JOB_TITLE: "position", Fact.EMPLOYER: "name"}


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
                Class.TECHNICAL: "id candidacy assignee made_by done_by",
                Class.FREE_TEXT: "note",
                Class.NONE: "kind due_on created_at done_at",
            }
        ),
        "candidates.LoggedContact": columns_of(
            {Class.TECHNICAL: "id candidacy by", Class.PERSONAL: "kind", Class.FREE_TEXT: "note", Class.NONE: "at"}
        ),
        "candidates.Note": columns_of(
            {
                Class.TECHNICAL: "id candidate candidacy author",
                Class.FREE_TEXT: "text former",
                Class.NONE: "may_read at edited_at removed_at",
            }
        ),
        "candidates.Mention": columns_of({Class.TECHNICAL: "id note user", Class.NONE: "read_at"}),
        "candidates.TaskFeed": columns_of({Class.TECHNICAL: "id user", Class.NONE: "created_at revoked_at"}),
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
        "candidates.Correction": columns_of(
            {
                Class.TECHNICAL: "id subject request proposed_by decided_by",
                Class.PERSONAL: "fact state",
                Class.NONE: "proposed_at decided_at",
            }
        ),
        "candidates.CorrectionValues": columns_of({Class.TECHNICAL: "correction", Class.FREE_TEXT: "before after"}),
        "candidates.RoundFile": columns_of({Class.TECHNICAL: "id round file"}),
        "candidates.ListExport": columns_of(
            {
                Class.TECHNICAL: "id made_by rows",
                Class.FREE_TEXT: "reason",
                Class.NONE: "made_at with_contacts until deleted_at",
            }
        ),
        "candidates.ListExportPerson": columns_of({Class.TECHNICAL: "id export subject"}),
        "candidates.SearchDocument": columns_of({Class.TECHNICAL: "id candidate vacancy", Class.DERIVED: "words"}),
        "candidates.Untold": columns_of({Class.TECHNICAL: "candidacy"}),
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
        "candidates.Note": "candidate__subject",
        "candidates.RoundPerson": "candidacy__subject",
        "candidates.Correction": "subject",
        "candidates.CorrectionValues": "correction__subject",
        "candidates.SearchDocument": "candidate__subject",
        "candidates.ListExportPerson": "subject",
        "candidates.Untold": "candidacy__subject",
    }
    pathless = {
        "candidates.ListExport": "It says what a whole list was for; who was in it stands in rows of their own.",
        "candidates.Round": "Its line is the same for everybody in the round, and is gone within a month.",
    }
    kept = {
        "candidates.Candidacy": "The decisions about it point at it; it holds ids, a stage and dates (GDPR art. 5(2)).",
        "candidates.Correction": "Proof of which fact was corrected and when, as codes (GDPR art. 5(2), 16).",
        "candidates.StageDecision": "Proof that a human decided, as ids and codes (GDPR art. 5(2), 22); five years.",
    }
    erasure = {
        # First: while there is no document, no trigger makes one anew for what else goes.
        "candidates.SearchDocument": DELETE,
        "candidates.ListExportPerson": DELETE,
        "candidates.RoundPerson": DELETE,
        "candidates.CorrectionValues": DELETE,
        "candidates.DecisionNote": DELETE,
        "candidates.Task": DELETE,
        "candidates.LoggedContact": DELETE,
        "candidates.Note": DELETE,
        "candidates.Source": DELETE,
        # After the sources: while there is one, its mark may not go.
        "candidates.Untold": DELETE,
        "candidates.ContactPoint": DELETE,
        "candidates.Candidate": dict.fromkeys(f"{NAMES} sort_key {ABOUT}".split(), ""),
    }

    sections = {
        "candidates.Candidate": Section.WHO,
        "candidates.ContactPoint": Section.WHO,
        "candidates.Candidacy": Section.WHY,
        "candidates.Source": Section.FOUND,
        "candidates.StageDecision": Section.NOTES,
        "candidates.DecisionNote": Section.NOTES,
        "candidates.Task": Section.NOTES,
        "candidates.LoggedContact": Section.MAIL,
        "candidates.Note": Section.NOTES,
        "candidates.RoundPerson": Section.NOTES,
        "candidates.Correction": Section.REQUESTS,
        "candidates.CorrectionValues": Section.REQUESTS,
        "candidates.SearchDocument": Section.OTHER,
        "candidates.ListExportPerson": Section.LOOKED,
        "candidates.Untold": Section.OTHER,
    }
    beside = {
        "candidates.CorrectionValues": ("correction__fact",),
        "candidates.ListExportPerson": ("export__made_at", "export__until"),
    }
    told = {
        "candidates.ContactPoint": {"added_by": "accounts.User"},
        "candidates.Candidacy": {
            "vacancy": "vacancies.Vacancy",
            "vacancy__pk": "vacancies.Vacancy:purpose",
            "owner": "accounts.User",
        },
        "candidates.StageDecision": {"candidacy__vacancy": "vacancies.Vacancy", "decided_by": "accounts.User"},
        "candidates.DecisionNote": {"decision__candidacy__vacancy": "vacancies.Vacancy"},
        "candidates.Source": {"candidacy__vacancy": "vacancies.Vacancy", "found_by": "accounts.User"},
        "candidates.Task": {"candidacy__vacancy": "vacancies.Vacancy", "assignee": "accounts.User"},
        "candidates.LoggedContact": {"candidacy__vacancy": "vacancies.Vacancy", "by": "accounts.User"},
        "candidates.Note": {"candidacy__vacancy": "vacancies.Vacancy", "author": "accounts.User"},
        "candidates.RoundPerson": {"candidacy__vacancy": "vacancies.Vacancy"},
        "candidates.ListExportPerson": {"export__made_by": "accounts.User"},
    }
    data_only = {
        "candidates.Candidate": "sort_key",
        "candidates.ContactPoint": "normalised",
        "candidates.RoundPerson": "left_out refusal",
    }
    given = {
        "candidates.ContactPoint": (Q(ground=ContactGround.APPLICATION, removed_at=None), "kind value created_at"),
        "candidates.CorrectionValues": (Q(correction__proposed_by=None), "correction__fact after"),
    }

    def addresses(self, subject: Subject) -> Iterable[tuple[str, str]]:
        points = ContactPoint.objects.usable().filter(candidate__subject__in=closure(subject))
        return points.values_list("kind", "normalised")

    def resume(self, subject: Subject) -> dict[str, Any]:
        """What they gave when they came by themselves, and what they corrected; what was found was not given."""
        people = closure(subject)
        found: dict[str, Any] = {"basics": {}}
        basics = found["basics"]
        own = Source.objects.filter(candidacy__subject__in=people, type=SourceType.APPLICATION)
        if own.exists() and (candidate := Candidate.objects.filter(subject__in=people).first()):
            basics["name"] = candidate.name
        for kind, value in ContactPoint.objects.filter(
            candidate__subject__in=people, ground=ContactGround.APPLICATION, removed_at=None
        ).values_list("kind", "normalised"):
            if kind == ContactKind.PROFILE:
                basics.setdefault("profiles", []).append({"url": value})
            else:
                basics.setdefault(kind, value)
        work: dict[str, str] = {}
        said = Correction.objects.filter(subject__in=people, proposed_by=None).order_by("proposed_at")
        for fact, value in said.values_list("fact", "values__after"):
            if value and fact in RESUME_WORK:
                work[RESUME_WORK[fact]] = value
            elif value and fact == Fact.PLACE:
                basics["location"] = {"city": value}
        if work:
            found["work"] = [work]
        return found if basics or work else {}

    def known(self, kind: str, addresses: Collection[str]) -> Iterable[str]:
        points = ContactPoint.objects.standing().filter(kind=kind, normalised__in=addresses)
        return points.values_list("normalised", flat=True)

    def find(self, kind: str, normalised: str) -> Iterable[UUID]:
        points = ContactPoint.objects.standing().filter(kind=kind, normalised=normalised)
        return points.values_list("candidate__subject", flat=True)

    def all_addresses(self) -> Iterable[tuple[str, str, UUID]]:
        points = ContactPoint.objects.standing().values_list("kind", "normalised", "candidate__subject")
        return points.iterator(chunk_size=5000)

    def erase(self, subject: Subject) -> int:
        """Erase, and give the bare row that remains its date, for nothing may stay without a purpose (I1)."""
        with transaction.atomic():
            Candidate.objects.filter(subject__in=closure(subject), erase_on=None).update(erase_on=timezone.localdate())
            return super().erase(subject)
