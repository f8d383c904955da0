"""What the clock will do: how many people go, when and why; for the page and the command alike."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from privacy import ports
from privacy.retention import sweeping


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
