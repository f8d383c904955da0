"""What must travel upwards: declared here, filled by higher floors when the applications are ready.

Fillers take sets and answer with sets, so that a page costs the same number of queries for one person and for fifty.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import (
    CharField,
    DateField,
    DateTimeField,
    F,
    Q,
    QuerySet,
    UUIDField,
    Value,
)
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Cast

from accounts.models import User
from privacy import composed

Filler = TypeVar("Filler", bound=Callable[..., Any])


class Unfilled(RuntimeError):
    """A port was used that no higher floor has filled."""


class Port(Generic[Filler]):
    """A question asked below and answered above."""

    def __init__(self, name: str, *, many: bool = True) -> None:
        self.name = name
        self.many = many
        self.fillers: list[Filler] = []

    def register(self, filler: Filler) -> Filler:
        """Decorator: this function answers. Registering the same function twice changes nothing."""
        if filler not in self.fillers:
            if self.fillers and not self.many:
                raise RuntimeError(f"The port {self.name} is filled already, by {self.fillers[0].__module__}.")
            self.fillers.append(filler)
        return filler

    def all(self) -> list[Filler]:
        if not self.fillers:
            raise Unfilled(f"Nobody fills the port {self.name}.")
        return self.fillers


@dataclass(frozen=True)
class Finding:
    """Something in a text that may not be there or needs care: what kind, and where."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, order=True)
class Clock:
    """A term that runs: what, for whom, about which object, until the end of which day, why, and since when."""

    due_on: date
    kind: str
    object_id: UUID
    subject_id: UUID | None
    reason: str
    since: datetime


Key = tuple[str, UUID]


@dataclass(frozen=True)
class Place:
    """Where a clock's object is, for somebody who may open it; people are named by `names`, so theirs has no label."""

    url: str
    label: str = ""


@dataclass(frozen=True)
class Reach:
    """The mailbox of a person as it is on file, how they are addressed, and in which language."""

    email: str
    name: str
    language: str


@dataclass(frozen=True)
class GotIt:
    """Somebody outside who got this person's data: what they are, the contact there, by which row, when.

    `name` only where there is no contact: a company that works for us.
    """

    kind: str
    ref: UUID
    party: UUID | None
    name: str
    at: datetime
    acknowledged_at: datetime | None = None


@dataclass(frozen=True)
class Letter:
    """A message as it would go, to look at first or to tell another way; `to` is empty where no mail can go."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True)
class Retention:
    """Until when people are kept and why, as the floor that knows them says it; all of it set-based.

    `due()`: rows with a `subject`, whoever must be erased now; they can be locked. `forecast()`: rows with a `subject`,
    `last_day`, `last_reason` (a code) and `last_since` of everybody who carries a date. `left_alone()`: how many are
    over their day and not due, by cause. `words`: what a reason is called. `people_of(vacancy)`: the subjects in it.
    `vacancy_names(ids)`: what vacancies are called.
    """

    due: "Callable[[], QuerySet[Any, Any]]"
    forecast: "Callable[[], QuerySet[Any, Any]]"
    left_alone: Callable[[], Mapping[str, int]]
    words: Mapping[str, Any]
    people_of: "Callable[[UUID], QuerySet[Any, Any]]"
    vacancy_names: Callable[[set[UUID]], Mapping[UUID, str]]


mail_port: Port[Callable[..., Any]] = Port("mail", many=False)
handed_over_port: Port[Callable[[set[UUID]], Mapping[UUID, datetime]]] = Port("handed_over", many=False)
letter_port: Port[Callable[..., Letter]] = Port("letter", many=False)
reach_port: Port[Callable[[set[UUID]], Mapping[UUID, Reach]]] = Port("reach")
recipients_port: Port[Callable[[UUID], Iterable[GotIt]]] = Port("recipients")
names_port: Port[Callable[[set[UUID]], Mapping[UUID, str]]] = Port("names")
clocks_port: Port[Callable[[], "QuerySet[Any, Any]"]] = Port("clocks")
places_port: Port[Callable[[User, Mapping[str, set[UUID]]], Mapping[Key, Place]]] = Port("places")
find_port: Port[Callable[[str, str], Iterable[UUID]]] = Port("find")
strays_port: Port[Callable[[User, str, str], Iterable[Place]]] = Port("strays")
retention_port: Port[Callable[[], Retention]] = Port("retention", many=False)
whys_port: Port[Callable[[Mapping[str, set[UUID]]], "Mapping[Key, str]"]] = Port("whys")
gate_port: Port[Callable[[str], Iterable[Finding]]] = Port("gates.text", many=False)

PORTS: tuple[Port[Any], ...] = (
    mail_port,
    letter_port,
    reach_port,
    recipients_port,
    handed_over_port,
    names_port,
    clocks_port,
    places_port,
    find_port,
    strays_port,
    retention_port,
    whys_port,
    gate_port,
)

register_mail = mail_port.register
register_letter = letter_port.register
register_reach = reach_port.register
register_recipients = recipients_port.register
register_handed_over = handed_over_port.register
register_names = names_port.register
register_clock = clocks_port.register
register_place = places_port.register
register_find = find_port.register
register_strays = strays_port.register
register_retention = retention_port.register
register_whys = whys_port.register
register_gate = gate_port.register


def unfilled() -> list[str]:
    """The names of ports nobody fills."""
    return [port.name for port in PORTS if not port.fillers]


def mail(kind: str, *, subject: UUID | None, codes: Mapping[str, Any]) -> Any:
    """Queue a message of this kind, to a person or to whom the act in `codes` names; codes are ids and codes."""
    return mail_port.all()[0](kind, subject=subject, codes=codes)


def handed_over(messages: Iterable[UUID]) -> dict[UUID, datetime]:
    """When each of these messages left; one that has not, or came back, is left out."""
    return dict(handed_over_port.all()[0](set(messages)))


def letter(kind: str, *, request: UUID, words: Mapping[str, str]) -> Letter:
    """How a message of this kind about this request would read; `words` are those nobody has stored yet.

    Raises Refused where it cannot be made.
    """
    return letter_port.all()[0](kind, request=request, words=words)


def reach(subject_ids: Iterable[UUID]) -> dict[UUID, Reach]:
    """The mailboxes of these people, of those who have one; a candidate's comes before a client contact's."""
    wanted = set(subject_ids)
    found: dict[UUID, Reach] = {}
    for filler in reach_port.all():
        left = wanted - found.keys()
        if left:
            found.update(filler(left))
    return found


def recipients(subject: UUID) -> list[GotIt]:
    """Whoever outside got this person's data."""
    return [one for filler in recipients_port.all() for one in filler(subject)]


def names(subject_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of these people, of those who have one; several roles of one person give one name."""
    wanted = set(subject_ids)
    found: dict[UUID, str] = {}
    for filler in names_port.all():
        left = wanted - found.keys()
        if left:
            found.update(filler(left))
    return found


def find(kind: str, normalised: str) -> set[UUID]:
    """Whoever has this address, in whatever role."""
    return {subject for filler in find_port.all() for subject in filler(kind, normalised)}


def strays(user: User, kind: str, normalised: str) -> list[Place]:
    """What came from this address and is filed under nobody: a request from it is about that too."""
    return [place for filler in strays_port.all() for place in filler(user, kind, normalised)]


def retention() -> Retention:
    """Until when people are kept, and why."""
    return retention_port.all()[0]()


def due_among(subjects: Iterable[UUID]) -> set[UUID]:
    """Of these people those whose time is over, with what decides that locked until the transaction ends."""
    due = retention().due().filter(subject__in=list(subjects)).order_by("subject")
    return set(due.select_for_update(of=("self",)).values_list("subject", flat=True))


def whys(clocks: "Iterable[Clock]") -> dict[Key, str]:
    """Why clocks end on their day, in words, for those whose code says too little; a query per kind."""
    asked: dict[str, set[UUID]] = {}
    for clock in clocks:
        asked.setdefault(clock.kind, set()).add(clock.object_id)
    return {key: why for filler in whys_port.all() for key, why in filler(asked).items()} if asked else {}


def gate_text(text: str) -> list[Finding]:
    """What a text holds that may not be stored as it is, in order of place."""
    return sorted(gate_port.all()[0](text), key=lambda finding: finding.start)


# Clocks

CLOCK_COLUMNS = ("clock_due_on", "clock_kind", "clock_object", "clock_subject", "clock_reason", "clock_since")


def clock_rows(
    rows: "QuerySet[Any, Any]",
    *,
    kind: str | Combinable,
    due_on: str | Combinable,
    since: str | Combinable,
    subject: str | None = None,
    object_id: str | Combinable = "pk",
    reason: str | Combinable = "",
) -> "QuerySet[Any, Any]":
    """Shape a QuerySet for `register_clock`: names of columns (or expressions); `kind` and `reason` are fixed codes."""
    return (
        rows.order_by()
        .annotate(
            clock_due_on=Cast(_column(due_on), DateField()),
            clock_kind=Cast(_code(kind), CharField()),
            clock_object=Cast(_column(object_id), UUIDField()),
            clock_subject=Cast(F(subject) if subject else Value(None), UUIDField(null=True)),
            clock_reason=Cast(_code(reason), CharField()),
            clock_since=Cast(_column(since), DateTimeField()),
        )
        .values_list(*CLOCK_COLUMNS)
    )


def clocks(
    *,
    subjects: "Iterable[UUID] | QuerySet[Any, Any] | None" = None,
    until: date | None = None,
    and_things: bool = False,
    limit: int | None = None,
) -> list[Clock]:
    """Every running clock of every floor in one query, soonest first; of these people, or due by this day.

    `and_things` adds the clocks that are about nobody. Ids are looked up; people as a QuerySet may be many, so each
    clock is asked about in the order of the days, until `limit` is reached.
    """
    ids = None if isinstance(subjects, QuerySet) else subjects
    sql, params = composed.sql_of(_all_clocks, ids, until, and_things, tuple(clocks_port.all()))
    if isinstance(subjects, QuerySet):
        whose, own = subjects.order_by().query.sql_with_params()
        nobodys = "clock_subject IS NULL OR" if and_things else ""
        sql = (
            f"SELECT * FROM ({sql}) clock ({', '.join(CLOCK_COLUMNS)}) WHERE {nobodys}"
            f" (SELECT true FROM ({whose}) whose (subject) WHERE subject = clock_subject LIMIT 1)"
            " ORDER BY clock_due_on, clock_kind, clock_object"
        )
        params += own
    if limit is not None:
        sql, params = f"{sql} LIMIT %s", [*params, limit]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [Clock(*row) for row in cursor.fetchall()]


def clock_list(*, until: date | None = None, kinds: "Iterable[str] | None" = None) -> composed.Listing:
    """The same to count and to slice; of these kinds alone where any are named."""
    fillers = tuple(clocks_port.all())
    return composed.Listing(_all_clocks, until, True, fillers, None if kinds is None else tuple(kinds), make=Clock)


def _all_clocks(
    whose: RawSQL | None,
    until: date | None,
    and_things: bool,
    fillers: "tuple[Callable[[], QuerySet[Any, Any]], ...]",
    kinds: tuple[str, ...] | None = None,
) -> "QuerySet[Any, Any]":
    parts = [filler() for filler in fillers]
    if whose is not None:
        wanted = Q(clock_subject__in=whose)
        parts = [part.filter(wanted | Q(clock_subject=None) if and_things else wanted) for part in parts]
    if kinds is not None:
        parts = [part.filter(clock_kind__in=kinds) for part in parts]
    if until is not None:
        parts = [part.filter(clock_due_on__lte=until) for part in parts]
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return rows.order_by("clock_due_on", "clock_kind", "clock_object")


def places(user: User, clocks: Iterable[Clock]) -> dict[Key, Place]:
    """Where the objects of these clocks are, by (kind, object); only of those this user may open."""
    asked: dict[str, set[UUID]] = {}
    for clock in clocks:
        asked.setdefault(clock.kind, set()).add(clock.object_id)
    return places_of(user, asked)


def places_of(user: User, asked: Mapping[str, set[UUID]]) -> dict[Key, Place]:
    """Where these objects are, by kind; only of those this user may open."""
    wanted = {kind: ids for kind, ids in asked.items() if ids}
    return {key: place for filler in places_port.all() for key, place in filler(user, wanted).items()} if wanted else {}


def _column(name: str | Combinable) -> Combinable:
    return F(name) if isinstance(name, str) else name


def _code(code: str | Combinable) -> Combinable:
    return Value(code) if isinstance(code, str) else code
