"""Mail health: how much was sent and what became of it, as counts. Nobody is named, chosen or left out by it.

One grouped query over an index that holds every column it needs; it stays quick among a million messages.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Trunc
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from mailing.kinds import UNCOUNTED
from mailing.models import Channel, Message, State
from privacy.guards import Sentence

# Code: (days back or all, how wide one column of the chart is, its word).
PERIODS: dict[str, tuple[int, str, Sentence]] = {
    "30": (30, "day", _("30 days")),
    "90": (90, "week", _("90 days")),
    "365": (365, "month", _("a year")),
    "all": (0, "month", _("all")),
}
DEFAULT = "30"
UNARRIVED = (State.BOUNCED, State.FAILED)


@dataclass(frozen=True)
class Counts:
    """What became of messages: delivered, bounced or without word yet; the others say what else happened."""

    sent: int = 0
    delivered: int = 0
    bounced: int = 0
    followed: int = 0
    opened: int = 0
    fetched: int = 0
    clicked: int = 0
    answered: int = 0
    complained: int = 0

    @property
    def underway(self) -> int:
        return self.sent - self.delivered - self.bounced

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})


LABELS: dict[str, Sentence] = {
    "sent": _("Sent"),
    "delivered": _("Delivered"),
    "underway": _("No word yet"),
    "opened": _("Opened"),
    "fetched": _("Fetched by a machine"),
    "clicked": _("Clicked"),
    "answered": _("Answered"),
    "bounced": _("Bounced"),
    "complained": _("Marked as spam"),
}


@dataclass(frozen=True)
class Asked:
    """What the address of the page asks for; whatever cannot be understood is left out."""

    period: str = DEFAULT
    kind: str = ""
    vacancy: UUID | None = None

    @classmethod
    def read(cls, asked: Mapping[str, Any], kinds: Iterable[str]) -> "Asked":
        period, kind = str(asked.get("period", "")), str(asked.get("kind", ""))
        try:
            vacancy = UUID(str(asked.get("vacancy", "")))
        except ValueError:
            vacancy = None
        return cls(period if period in PERIODS else DEFAULT, kind if kind in kinds else "", vacancy)

    def query(self) -> str:
        values = {"period": self.period, "kind": self.kind, "vacancy": str(self.vacancy or "")}
        return urlencode({name: value for name, value in values.items() if value})

    @property
    def since(self) -> date | None:
        """The first day that counts; a period begins with a whole column of the chart."""
        days, width, _word = PERIODS[self.period]
        return _start(timezone.localdate() - timedelta(days=days - 1), width) if days else None

    @property
    def width(self) -> str:
        return PERIODS[self.period][1]


@dataclass
class Health:
    """The counts as a whole, by kind (code to counts, most sent first), and by column of the chart, oldest first."""

    total: Counts = field(default_factory=Counts)
    by_kind: dict[str, Counts] = field(default_factory=dict)
    by_time: dict[date, Counts] = field(default_factory=dict)


def of(user: User, asked: Asked) -> Health:
    """What became of the mail this user may see, in one query."""
    rows = _counted(Message.objects.counted_for(user))
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.vacancy:
        rows = rows.filter(vacancy_ref=asked.vacancy)
    if since := asked.since:
        rows = rows.filter(accepted_at__gte=timezone.make_aware(_midnight(since)))
    found = Health()
    column = Trunc("accepted_at", asked.width)
    for kind, at, *numbers in _grouped(rows.annotate(kept_kind=F("kind"), kept_column=column)):
        counts, day = Counts(*numbers), at.date()
        found.total += counts
        found.by_kind[kind] = found.by_kind.get(kind, Counts()) + counts
        found.by_time[day] = found.by_time.get(day, Counts()) + counts
    found.by_kind = dict(sorted(found.by_kind.items(), key=lambda pair: (-pair[1].sent, pair[0])))
    found.by_time = {at: found.by_time.get(at, Counts()) for at in _columns(found.by_time, asked)}
    return found


def of_vacancy(vacancy: UUID) -> Counts:
    """What became of all mail about one vacancy, for the strip on its board."""
    rows = _counted(Message.objects.filter(vacancy_ref=vacancy))
    one = Value("", output_field=CharField())
    found = _grouped(rows.annotate(kept_kind=one, kept_column=one))
    return Counts(*found[0][2:]) if found else Counts()


def column_word(at: date, width: str) -> str:
    """A column of the chart in words."""
    if width == "month":
        return date_format(at, "F Y")
    if width == "week":
        return _("week of %(day)s") % {"day": date_format(at, "j F")}
    return date_format(at, "j F")


def mark_word(at: date, width: str) -> str:
    """The same, short enough to stand under a column."""
    return date_format(at, "b Y" if width == "month" else "j b")


def _counted(rows: "QuerySet[Message]") -> "QuerySet[Message]":
    """Mail that left by SparkPost; sign-in mail and tests to oneself are nobody's health."""
    return rows.filter(accepted_at__isnull=False, channel=Channel.EMAIL).exclude(kind__in=UNCOUNTED)


_MOMENTS = ("delivered_at", "opened_at", "prefetched_at", "clicked_at", "answered_at", "complained_at")
# The inner query keeps its OFFSET so that it stays one: the planner takes its columns for few values and hashes them,
# where it would sort a million rows by their moment.
_GROUPED = """
    SELECT kept_kind, kept_column, count(*),
        count(delivered_at) FILTER (WHERE state <> ALL (%s)),
        count(*) FILTER (WHERE state = ANY (%s)),
        count(*) FILTER (WHERE track),
        count(opened_at), count(prefetched_at), count(clicked_at), count(answered_at), count(complained_at)
    FROM ({rows} OFFSET 0) counted
    GROUP BY 1, 2
"""


def _grouped(rows: "QuerySet[Message]") -> list[tuple[Any, ...]]:
    """What messages are grouped by (`kept_kind`, `kept_column`), then the numbers of `Counts` in its order."""
    inner = rows.order_by().values("kept_kind", "kept_column", "state", "track", *_MOMENTS)
    try:
        sql, parameters = inner.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_GROUPED.format(rows=sql), [list(UNARRIVED), list(UNARRIVED), *parameters])
        return cursor.fetchall()


def _columns(there: Iterable[date], asked: Asked) -> list[date]:
    """Every column from the first to today's, empty ones too."""
    at, end = asked.since or min(there, default=None), timezone.localdate()
    columns: list[date] = []
    while at is not None and at <= end:
        columns.append(at)
        at = _next(at, asked.width)
    return columns


def _start(day: date, width: str) -> date:
    if width == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if width == "week" else day


def _next(at: date, width: str) -> date:
    if width == "month":
        return (at + timedelta(days=31)).replace(day=1)
    return at + timedelta(days=7 if width == "week" else 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)
