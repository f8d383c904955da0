"""What is on record about one person: read once, for all the parts of a page that tell of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from candidates.models import Candidacy, Candidate, ContactPoint, Note, Source, SourceType, StageDecision, Task
from consent.models import ConsentEvent, ConsentRequest, LegalBasis, Notice


@dataclass(frozen=True)
class Dossier:
    """The rows about one person, in the order of their tables; those of a vacancy are asked for by its id, or None."""

    person: Candidate
    bases: list[LegalBasis]
    questions: list[ConsentRequest]
    answers: list[ConsentEvent]
    notices: list[Notice]
    decisions: list[StageDecision]
    sources: list[Source]
    tasks: list[Task]
    notes: list[Note]
    points: list[ContactPoint]

    def bases_of(self, vacancy: UUID | None) -> list[LegalBasis]:
        return [row for row in self.bases if row.vacancy_id == vacancy]

    def questions_of(self, vacancy: UUID | None) -> list[ConsentRequest]:
        """The newest first, each with `latest` and `latest_at` of what was answered to it."""
        return [row for row in self.questions if row.vacancy_id == vacancy]

    def answers_to(self, questions: Collection[ConsentRequest]) -> list[ConsentEvent]:
        asked = {question.pk for question in questions}
        return [row for row in self.answers if row.request_id in asked]

    def notices_of(self, vacancy: UUID) -> list[Notice]:
        return [row for row in self.notices if row.vacancy_id == vacancy]

    def decisions_of(self, candidacy: Candidacy) -> list[StageDecision]:
        return [row for row in self.decisions if row.candidacy_id == candidacy.pk]

    def sources_of(self, candidacy: Candidacy) -> list[Source]:
        return [row for row in self.sources if row.candidacy_id == candidacy.pk]

    def tasks_of(self, candidacy: Candidacy) -> list[Task]:
        return [row for row in self.tasks if row.candidacy_id == candidacy.pk]

    def notes_of(self, candidacy: Candidacy | None) -> list[Note]:
        about = candidacy.pk if candidacy else None
        return [row for row in self.notes if row.candidacy_id == about]

    def is_told(self, candidacy: Candidacy) -> bool:
        """As `letters.is_told`, of the rows at hand."""
        told = any(row.undone_at is None for row in self.notices_of(candidacy.vacancy_id))
        return told or any(row.type == SourceType.APPLICATION for row in self.sources_of(candidacy))


def of(person: Candidate, candidacies: Collection[Candidacy], user: User, *, done_since: datetime) -> Dossier:
    """The dossier as far as these candidacies go, which this user may see; a query per table.

    Of tasks those that are open or were done since then; of removed notes only the user's own, to put them back.
    """
    subject = person.subject_id
    answers = list(ConsentEvent.objects.filter(request__subject=subject).select_related("recorded_by"))
    last = {answer.request_id: answer for answer in sorted(answers, key=lambda answer: answer.pk)}
    questions = list(ConsentRequest.objects.filter(subject=subject).select_related("asked_by", "text"))
    for question in questions:
        answer = last.get(question.pk)
        question.latest = answer.kind if answer else None  # type: ignore[attr-defined]
        question.latest_at = answer.at if answer else None  # type: ignore[attr-defined]
    within = {"candidacy__in": [candidacy.pk for candidacy in candidacies]}
    notes = Note.objects.visible_to(user).filter(Q(removed_at=None) | Q(author=user), candidate=person)
    tasks = Task.objects.filter(Q(done_at=None) | Q(done_at__gte=done_since), **within)
    return Dossier(
        person=person,
        bases=list(LegalBasis.objects.filter(subject=subject).select_related("by", "assessment")),
        questions=questions,
        answers=answers,
        notices=list(Notice.objects.filter(subject=subject)),
        decisions=list(StageDecision.objects.filter(**within).select_related("decided_by", "note")),
        sources=list(Source.objects.filter(**within).select_related("found_by")),
        tasks=list(tasks.select_related("assignee", "done_by")),
        notes=list(notes.select_related("author").order_by("-at")),
        points=list(person.contact_points.standing().select_related("added_by")),
    )
