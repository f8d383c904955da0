"""The list of people: which facts may filter it, in which order, with which columns, as its address says."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates import searching
from candidates.models import Candidacy, Candidate, CandidateQuerySet, Source, SourceType, Stage
from consent.models import ConsentRequest
from privacy.guards import Sentence

PAGE = "candidates"
POOL = "pool"
BASES: list[tuple[str, Sentence]] = [(POOL, _("Agreed to be kept"))]
COLUMNS: dict[str, Sentence] = {
    "job": _("Job"),
    "place": _("Place"),
    "in": _("In"),
    "since": _("Since"),
    "language": _("Language"),
}
USUAL = ("job", "place", "in")


@dataclass(frozen=True)
class Filters:
    """What the address of the list asks for. Words are kept nowhere but there: a saved view has facts alone."""

    q: str = ""
    vacancy: UUID | None = None
    stage: str = ""
    basis: str = ""
    source: str = ""
    owner: UUID | None = None
    sort: str = searching.BY_NAME
    columns: tuple[str, ...] = USUAL

    @classmethod
    def read(cls, asked: QueryDict) -> "Filters":
        """The filters in a query string; what cannot be understood is left out."""
        chosen = tuple(name for name in COLUMNS if name in asked.getlist("col"))
        return cls(
            q=searching.asked(asked.get("q", "")),
            vacancy=key(asked.get("vacancy", "")),
            stage=_one_of(asked.get("stage", ""), Stage.values),
            basis=_one_of(asked.get("basis", ""), dict(BASES)),
            source=_one_of(asked.get("source", ""), SourceType.values),
            owner=key(asked.get("owner", "")),
            sort=_one_of(asked.get("sort", ""), searching.SORTS) or searching.BY_NAME,
            columns=chosen or USUAL,
        )

    @property
    def are_set(self) -> bool:
        """Whether anybody is left out."""
        return any((self.q, self.vacancy, self.stage, self.basis, self.source, self.owner))

    def query(self, **changed: Any) -> str:
        """The query string of these filters, with some changed; what is usual is left out."""
        here = replace(self, **changed)
        facts: dict[str, Any] = {
            name: str(getattr(here, name) or "") for name in ("q", "vacancy", "stage", "basis", "source", "owner")
        }
        facts["sort"] = here.sort if here.sort != searching.BY_NAME else ""
        facts["col"] = here.columns if here.columns != USUAL else ()
        return urlencode({name: value for name, value in facts.items() if value}, doseq=True)

    def facts(self) -> str:
        """The query string without the words."""
        return self.query(q="")


def found(user: User, filters: Filters) -> searching.Matches:
    """The people this user may see to whom the filters apply; nobody whose data are restricted."""
    people = Candidate.objects.visible_to(user)
    if user.is_officer:  # the others see no such people anyhow
        people = people.filter(subject__restricted_at=None)
    if filters.basis == POOL:
        people = people.filter(subject__in=ConsentRequest.objects.keeping().values("subject"))
    if filters.vacancy or filters.stage or filters.source or filters.owner:
        people = people.filter(Exists(_within(user, filters)))
    return searching.matching(people, searching.read(filters.q), user)


def with_columns(people: CandidateQuerySet, user: User) -> CandidateQuerySet:
    """With `seen_in`, their candidacies this user may see, and `kept_until`."""
    visible = Candidacy.objects.visible_to(user).select_related("vacancy__client").order_by("created_at")
    return people.kept().prefetch_related(Prefetch("candidacies", queryset=visible, to_attr="seen_in"))


def _within(user: User, filters: Filters) -> "QuerySet[Candidacy]":
    within = Candidacy.objects.visible_to(user).filter(candidate=OuterRef("pk"))
    if filters.vacancy:
        within = within.filter(vacancy=filters.vacancy)
    if filters.stage:
        within = within.filter(stage=filters.stage, ended_at=None)
    if filters.owner:
        within = within.filter(owner=filters.owner, ended_at=None)
    if filters.source:
        within = within.filter(Exists(Source.objects.filter(candidacy=OuterRef("pk"), type=filters.source)))
    return within


def key(typed: str) -> UUID | None:
    """A key in an address, or None."""
    try:
        return UUID(typed)
    except ValueError:
        return None


def _one_of(typed: str, known: Mapping[str, Any] | list[str]) -> str:
    return typed if typed in known else ""
