"""What the clock will do: how many people go, when and why; for the page and the command alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from privacy import ports, registry
from privacy.erasure import planning, wording
from privacy.erasure.holders import Run, counts_outside, holders
from privacy.erasure.house import PORTION, lines_of_tables
from privacy.models import Erasure, ErasureLine, Subject
from privacy.models.erasure import ErasureReason, PlanAction
from privacy.retention import sweeping

# In this order: what goes, what others must do, what ends by itself, what stays.
ACTIONS = (
    PlanAction.DELETE,
    PlanAction.BLANK,
    PlanAction.ASK,
    PlanAction.BY_HAND,
    PlanAction.EXPIRE,
    PlanAction.KEEP,
)


@dataclass(frozen=True)
class Going:
    """People kept for one reason, by when they go: in the next run, within a week, within four weeks, later."""

    reason: str
    word: str
    now: int
    week: int
    month: int
    later: int

    @property
    def total(self) -> int:
        return self.now + self.week + self.month + self.later


@dataclass(frozen=True)
class Forecast:
    """Everybody with a date, by reason; and whose day has passed and who are left for now, by cause."""

    rows: list[Going]
    left_alone: dict[str, int]

    @property
    def due(self) -> int:
        """How many the next run erases."""
        return sum(row.now for row in self.rows)


def forecast() -> Forecast:
    """Three queries, whatever the number of people."""
    kept = ports.retention()
    today = timezone.localdate()
    week, month = today + timedelta(days=7), today + timedelta(days=28)
    counted = (
        kept.forecast()
        .values("last_reason")
        .annotate(
            week=Count("pk", filter=Q(last_day__gte=today, last_day__lt=week)),
            month=Count("pk", filter=Q(last_day__gte=week, last_day__lt=month)),
            later=Count("pk", filter=Q(last_day__gte=month)),
        )
    )
    found: dict[str, Any] = {row["last_reason"]: row for row in counted}
    now = due_by_reason()
    return Forecast(
        rows=sorted(
            (
                Going(
                    reason,
                    str(kept.words.get(reason, reason)),
                    now.get(reason, 0),
                    found.get(reason, {}).get("week", 0),
                    found.get(reason, {}).get("month", 0),
                    found.get(reason, {}).get("later", 0),
                )
                for reason in {*found, *now}
            ),
            key=lambda row: row.word,
        ),
        left_alone=dict(kept.left_alone()),
    )


def due_by_reason() -> dict[str, int]:
    """How many the next run erases, by the code of the reason."""
    due = ports.retention().forecast().filter(subject__in=sweeping.due().order_by().values("subject"))
    return dict(due.values_list("last_reason").annotate(number=Count("pk")))


def due_subjects() -> list[UUID]:
    """The ids of whom the next run erases, the longest over first."""
    return list(sweeping.due().values_list("subject", flat=True))


@dataclass(frozen=True)
class Counted:
    """One line of what erasing everybody who is due would do: where, what, how much, what becomes of it and why."""

    where: str
    what: str
    number: int
    action: str
    ground: str


def what_happens(subjects: Sequence[UUID]) -> list[Counted]:
    """What goes, what stays and what others must do if these people are erased now, at every holder; a set of
    statements for each portion. Nothing is erased or written down."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    erasure = Erasure(reason=ErasureReason.RETENTION)
    for start in range(0, len(subjects), PORTION):
        people = planning.people_of(list(Subject.objects.filter(pk__in=subjects[start : start + PORTION])))
        if not people:
            continue
        run = Run(erasure, tuple(people))
        with registry.together({person.subject.pk: person.ids for person in people}):
            lines = [(holders["tables"], line) for line in lines_of_tables(people[0])]
        lines += [pair for pair in planning.lines_of(run) if pair[0].code != "tables"]
        for holder, line in lines:
            key = (holder.code, line.what, line.action, line.ground)
            if line.what in wording.UNCOUNTED or counts_outside(holder):
                found[key] = line.count
            else:
                found[key] += line.count
    order = list(holders)
    rows = sorted(found.items(), key=lambda row: (ACTIONS.index(row[0][2]), order.index(row[0][0]), row[0][1]))
    said = wording.told_of(
        [
            ErasureLine(holder=code, what=what, action=action, ground=ground, count=count)
            for (code, what, action, ground), count in rows
        ]
    )
    return [Counted(str(one.holder), str(one.what), one.count, str(one.action), str(one.ground)) for one in said]
