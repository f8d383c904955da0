"""Reading the board of a vacancy: a handful of queries, whatever the number of people on it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Count,
    FloatField,
    JSONField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Window,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Extract, JSONObject, RowNumber
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from candidates import retention
from candidates.models import Candidacy, Stage
from candidates.names import fold
from consent.models import ConsentEvent, ConsentRequest, EventKind, LegalBasis, Purpose
from mailing.models import Channel, Message, State
from privacy import composed, deadlines, ports
from vacancies.models import Vacancy

PER_COLUMN = 50
ENDED_SHOWN = 100
SOON = 14
VERY_SOON = 7

# What a filter on the state may ask for, with the words of the chips.
STATES = ("interest", "asked", "talk", "pending", "given")


@dataclass(frozen=True)
class Filters:
    """What the address of a board asks for."""

    owner: UUID | None = None
    state: str = ""
    q: str = ""
    shown: int = PER_COLUMN

    @classmethod
    def read(cls, asked: Mapping[str, Any]) -> "Filters":
        """The filters in a query string; whatever cannot be understood is left out."""
        try:
            owner = UUID(str(asked.get("owner", "")))
        except ValueError:
            owner = None
        try:
            shown = min(max(int(str(asked.get("shown", PER_COLUMN))), PER_COLUMN), 5000)
        except ValueError:
            shown = PER_COLUMN
        state = str(asked.get("state", ""))
        return cls(
            owner=owner, state=state if state in STATES else "", q=str(asked.get("q", "")).strip()[:100], shown=shown
        )

    def query(self, **changed: Any) -> str:
        """The query string of these filters, with some changed; empty ones are left out."""
        values = {
            "owner": str(self.owner or ""),
            "state": self.state,
            "q": self.q,
            "shown": str(self.shown) if self.shown != PER_COLUMN else "",
            **{name: str(value) for name, value in changed.items()},
        }
        return urlencode({name: value for name, value in values.items() if value})

    @property
    def are_set(self) -> bool:
        return bool(self.owner or self.state or self.q)


class Ticking(NamedTuple):
    """A clock in words: how near, how long, and why."""

    level: str
    word: str
    why: str
    due_on: date


@dataclass(frozen=True)
class Card:
    """One person on the board, everything ready to be shown."""

    candidacy: Candidacy
    name: str
    line: str
    state: str
    state_word: str
    clock: Ticking | None
    mail: str
    mail_at: datetime | None

    @property
    def pk(self) -> UUID:
        return self.candidacy.pk

    @property
    def choose(self) -> str:
        """What the box says with which the card is ticked."""
        return _("Choose %(name)s") % {"name": self.name}

    @property
    def is_planned(self) -> bool:
        """Whether the last contact is a message that waits for a moment to come."""
        at = self.candidacy.last_contact_at
        return self.mail == "queued" and at is not None and at > timezone.now()

    @property
    def owner(self) -> str:
        """The name of the recruiter, for the title of the initials."""
        return self.candidacy.owner.name if self.candidacy.owner else ""

    @property
    def initials(self) -> str:
        return initials(self.owner)


@dataclass
class Column:
    """One stage."""

    stage: str
    label: str
    total: int = 0
    cards: list[Card] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.total - len(self.cards)


@dataclass
class Board:
    """A vacancy's people by stage, and those whose candidacy ended."""

    columns: list[Column]
    ended: list[Card]
    ended_total: int
    running: int

    @property
    def subjects(self) -> list[UUID]:
        """Whoever is shown."""
        return [card.candidacy.subject_id for column in self.columns for card in column.cards] + [
            card.candidacy.subject_id for card in self.ended
        ]


def initials(name: str) -> str:
    """One or two letters for an avatar."""
    words = name.split()
    return "".join(word[0] for word in ([words[0], words[-1]] if len(words) > 1 else words)).upper()


def of_vacancy(vacancy: Vacancy, user: User, filters: Filters) -> Board:
    """The board as this user may see it, within these filters."""
    found = _filtered(Candidacy.objects.visible_to(user).filter(vacancy=vacancy), filters)
    running, over = found.filter(ended_at=None), found.exclude(ended_at=None)
    # Who is shown first, and about those alone what takes a look at other tables.
    placed = running.order_by().annotate(
        place=Window(RowNumber(), partition_by="stage", order_by=["candidate__sort_key", "pk"]),
        total=Window(Count("pk"), partition_by="stage"),
    )
    rows = list(placed.filter(place__lte=filters.shown).values_list("pk", "stage", "total"))
    totals = {stage: total for _pk, stage, total in rows}
    shown = Candidacy.objects.filter(pk__in=[pk for pk, _stage, _total in rows]).order_by("candidate__sort_key", "pk")
    ended = answered(over.select_related("candidate", "owner").order_by("-ended_at", "pk")[: ENDED_SHOWN + 1])
    ended_total = len(ended) if len(ended) <= ENDED_SHOWN else over.count()
    columns = {
        stage.value: Column(stage=stage.value, label=str(stage.label), total=totals.get(stage.value, 0))
        for stage in Stage
    }
    for card in cards(answered(shown.select_related("candidate", "owner")), vacancy):
        columns[card.candidacy.stage].cards.append(card)
    return Board(
        columns=list(columns.values()),
        ended=cards_of_ended(ended[:ENDED_SHOWN]),
        ended_total=ended_total,
        running=sum(totals.values()),
    )


def cards_of_ended(candidacies: Iterable[Candidacy]) -> list[Card]:
    """People whose candidacy ended: why, and until when they are kept, is all that is left to tell."""
    rows = list(candidacies)
    kept = retention.kept_of([row.pk for row in rows])
    return [
        Card(
            candidacy=candidacy,
            name=candidacy.candidate.name,
            line=_line(candidacy),
            state=state_of(candidacy)[0],
            state_word=state_of(candidacy)[1],
            clock=_kept_until(candidacy, kept.get(candidacy.pk)),
            mail="",
            mail_at=None,
        )
        for candidacy in rows
    ]


def cards(candidacies: Sequence[Candidacy], vacancy: Vacancy) -> list[Card]:
    """Cards of candidacies that `with_answers` annotated: three more queries for all of them together."""
    clocks = clocks_of(candidacies)
    mails = last_messages(candidacies, vacancy.pk)
    kept = retention.kept_of([candidacy.pk for candidacy in candidacies if candidacy.pk not in clocks])
    made = []
    for candidacy in candidacies:
        code, word = state_of(candidacy)
        message = mails.get(candidacy.subject_id)
        running = clocks.get(candidacy.pk, [])
        made.append(
            Card(
                candidacy=candidacy,
                name=candidacy.candidate.name,
                line=_line(candidacy),
                state=code,
                state_word=word,
                clock=running[0] if running else _kept_until(candidacy, kept.get(candidacy.pk)),
                mail=mail_code(message) if message else "",
                mail_at=message.accepted_at if message else None,
            )
        )
    return made


def with_answers(candidacies: "QuerySet[Candidacy]") -> "QuerySet[Candidacy]":
    """Annotate the newest question, what was answered to it, and the basis in force."""
    asked = ConsentRequest.objects.filter(subject=OuterRef("subject"), vacancy=OuterRef("vacancy")).order_by(
        "-created_at"
    )
    basis = LegalBasis.objects.filter(subject=OuterRef("subject"), vacancy=OuterRef("vacancy")).order_by("-id")
    return candidacies.annotate(
        asked_id=Subquery(asked.values("pk")[:1]),
        asked_purpose=Subquery(asked.values("purpose")[:1]),
        asked_handed_over=Subquery(asked.values("handed_over_at")[:1]),
        asked_closed=Subquery(asked.values("closed_at")[:1]),
        basis_now=Subquery(basis.values("basis")[:1]),
    ).annotate(
        answer=Subquery(ConsentEvent.objects.filter(request=OuterRef("asked_id")).order_by("-id").values("kind")[:1])
    )


_ANSWERS = ("asked_id", "asked_purpose", "asked_handed_over", "asked_closed", "basis_now", "answer")


def answered(candidacies: Iterable[Candidacy]) -> list[Candidacy]:
    """These candidacies with what `with_answers` annotates, looked up for them alone, in one query."""
    rows = list(candidacies)
    found = {pk: values for pk, *values in composed.rows(_answers, [row.pk for row in rows])} if rows else {}
    for row in rows:
        for name, value in zip(_ANSWERS, found.get(row.pk, [None] * len(_ANSWERS)), strict=True):
            setattr(row, name, value)
    return rows


def _answers(whose: RawSQL) -> "QuerySet[Any, Any]":
    return with_answers(Candidacy.objects.filter(pk__in=whose)).order_by().values_list("pk", *_ANSWERS)


def state_of(candidacy: Candidacy) -> tuple[str, str]:
    """The code of the chip of an annotated candidacy, and its word where it is not the usual one."""
    row: Any = candidacy
    answer = row.answer
    if answer == EventKind.GIVEN:
        return ("given", "") if row.asked_purpose == Purpose.INTRODUCE else ("talk", _("Open to talk"))
    codes = {
        EventKind.REFUSED: "refused",
        EventKind.WITHDRAWN: "withdrawn",
        EventKind.TALK_FIRST: "talk",
        EventKind.PENDING: "pending",
    }
    if answer in codes:
        return codes[answer], ""
    if row.asked_handed_over and row.asked_closed is None:
        return "asked", ""
    return ("interest", "") if row.basis_now == "legitimate_interest" else ("none", _("No longer in use"))


_STATE_FILTERS = {
    "given": Q(answer=EventKind.GIVEN, asked_purpose=Purpose.INTRODUCE),
    "talk": Q(answer=EventKind.TALK_FIRST) | Q(answer=EventKind.GIVEN, asked_purpose=Purpose.TALK),
    "pending": Q(answer=EventKind.PENDING),
    "asked": Q(answer=None, asked_handed_over__isnull=False, asked_closed=None),
    "interest": Q(answer=None, basis_now="legitimate_interest")
    & (Q(asked_handed_over=None) | Q(asked_closed__isnull=False)),
}


def _filtered(found: "QuerySet[Candidacy]", filters: Filters) -> "QuerySet[Candidacy]":
    if filters.owner:
        found = found.filter(owner=filters.owner)
    if filters.state:
        found = with_answers(found).filter(_STATE_FILTERS[filters.state])
    for word in fold(filters.q).split():
        found = found.filter(
            Q(candidate__sort_key__contains=word)
            | Q(candidate__employer__icontains=word)
            | Q(candidate__job_title__icontains=word)
        )
    return found


def _line(candidacy: Candidacy) -> str:
    person = candidacy.candidate
    return " · ".join(filter(None, (person.job_title, person.employer)))


# Clocks


def clocks_of(candidacies: Iterable[Candidacy]) -> dict[UUID, list[Ticking]]:
    """The running clocks of each of these annotated candidacies, soonest first."""
    owners: dict[UUID, UUID] = {}
    subjects = set()
    for candidacy in candidacies:
        if candidacy.ended_at is not None:
            continue
        subjects.add(candidacy.subject_id)
        owners[candidacy.pk] = candidacy.pk
        if candidacy.asked_id:  # type: ignore[attr-defined]
            owners[candidacy.asked_id] = candidacy.pk  # type: ignore[attr-defined]
    found: dict[UUID, list[Ticking]] = {}
    today = timezone.localdate()
    for clock in ports.clocks(subjects=subjects) if subjects else []:
        # A person may stand in several vacancies; each has its own clocks.
        if clock.object_id in owners and clock.kind in _WHY:
            found.setdefault(owners[clock.object_id], []).append(_ticking(clock, today))
    return found


def _kept_until(candidacy: Candidacy, kept: retention.Kept | None) -> Ticking | None:
    """A clock of who has no other: until when they are kept. None where another vacancy says it."""
    if kept is None or kept.on is None:
        return None
    left = (kept.on - timezone.localdate()).days
    level = "red" if left <= VERY_SOON else "amber" if left <= SOON else "calm"
    # Who is kept while a procedure runs waits for nothing: its review is the vacancy's business, not theirs.
    return Ticking("calm" if candidacy.ended_at is None else level, _days(left), kept.why, kept.on)


def _days(left: int) -> str:
    if left < 0:
        return ngettext("%(days)s day late", "%(days)s days late", -left) % {"days": -left}
    if left == 0:
        return _("today")
    return ngettext("%(days)s day", "%(days)s days", left) % {"days": left}


def _why_art14(since: str, due: str) -> str:
    return _("Found on %(since)s. Tell them by %(due)s at the latest (GDPR art. 14).") % {"since": since, "due": due}


def _why_no_answer(since: str, due: str) -> str:
    return _("Asked on %(since)s. Without an answer this ends on %(due)s.") % {"since": since, "due": due}


def _why_expiry(since: str, due: str) -> str:
    return _("Said yes on %(since)s. The yes ends by itself on %(due)s.") % {"since": since, "due": due}


_WHY = {"art14": _why_art14, "no_answer": _why_no_answer, "consent_expiry": _why_expiry}


def _ticking(clock: ports.Clock, today: date) -> Ticking:
    left = (clock.due_on - today).days
    since = timezone.localdate(clock.since)
    why = _WHY[clock.kind](date_format(since, "SHORT_DATE_FORMAT"), date_format(clock.due_on, "SHORT_DATE_FORMAT"))
    return Ticking(_level(clock, since, left, today), _days(left), why, clock.due_on)


def _level(clock: ports.Clock, since: date, left: int, today: date) -> str:
    if clock.kind == "consent_expiry":
        # It runs for months, so what counts is how near its end is.
        if left < 0:
            return "overdue"
        return "red" if left <= VERY_SOON else "amber" if left <= SOON else "calm"
    return str(deadlines.clock_tone(since, clock.due_on, today))


# Mail


def last_messages(candidacies: Iterable[Candidacy], vacancy: UUID) -> dict[UUID, Message]:
    """The newest message that left, or is about to, for each person about this vacancy."""
    subjects = {candidacy.subject_id for candidacy in candidacies}
    rows = (
        Message.objects.filter(subject__in=subjects, vacancy_ref=vacancy)
        .exclude(state=State.DRAFT)
        .defer("body_text", "body_html")
        .order_by("subject", "-created_at")
        .distinct("subject")
    )
    return {row.subject_id: row for row in rows if row.subject_id}


def mail_code(message: Message) -> str:
    """The code under which the life of a message is shown."""
    if message.state in (State.BOUNCED, State.ABORTED):
        return str(message.state)
    if message.state in (State.FAILED, State.NEEDS_PERSON):
        return "failed"
    if message.channel != Channel.EMAIL and message.accepted_at:
        return "copied"
    for moment, code in (
        (message.clicked_at, "clicked"),
        (message.opened_at, "opened"),
        (message.delivered_at, "delivered"),
        (message.accepted_at, "sent"),
    ):
        if moment:
            return code
    return "queued"


# Has anything changed?

_MOMENTS = ("claimed_at", "accepted_at", "delivered_at", "opened_at", "clicked_at", "ended_at")


def stamped(vacancies: "QuerySet[Vacancy]") -> "QuerySet[Vacancy]":
    """Annotate what `stamp` is made of; each part looks at this vacancy's own rows alone."""
    people = Candidacy.objects.filter(vacancy=OuterRef("pk")).order_by()
    hidden = people.filter(Q(subject__erased_at__isnull=False) | Q(subject__restricted_at__isnull=False))
    events = ConsentEvent.objects.filter(request__vacancy=OuterRef("pk")).order_by().values("request__vacancy")
    asked = ConsentRequest.objects.filter(vacancy=OuterRef("pk")).order_by().values("vacancy")
    messages = Message.objects.filter(vacancy_ref=OuterRef("pk")).order_by().values("vacancy_ref")
    # Moments are the provider's own and may be older than one we saw; that one more is known always shows.
    known = sum((Count(name) for name in _MOMENTS), Count("pk"))
    moved = Sum(Extract("changed_at", "epoch"), output_field=FloatField())
    return vacancies.annotate(
        stamp_people=Subquery(
            people.values("vacancy").annotate(n=JSONObject(n=Count("pk"), at=moved)).values("n"),
            output_field=JSONField(),
        ),
        stamp_hidden=Subquery(
            hidden.values("vacancy").annotate(n=Count("pk")).values("n"), output_field=BigIntegerField()
        ),
        stamp_event=Subquery(events.annotate(n=Max("pk")).values("n"), output_field=BigIntegerField()),
        stamp_asked=Subquery(
            asked.annotate(n=Count("pk") + Count("handed_over_at") + Count("closed_at")).values("n"),
            output_field=BigIntegerField(),
        ),
        stamp_mail=Subquery(messages.annotate(n=known).values("n"), output_field=BigIntegerField()),
    )


def stamp(vacancy: Vacancy) -> str:
    """A short code that changes when something on the board of a `stamped` vacancy does; at midnight too."""
    row: Any = vacancy
    parts = (
        row.stamp_people,
        row.stamp_hidden,
        row.stamp_event,
        row.stamp_asked,
        row.stamp_mail,
        vacancy.state,
        timezone.localdate(),
    )
    return hashlib.sha256(repr([str(part) for part in parts]).encode()).hexdigest()[:16]
