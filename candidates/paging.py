"""Pages of long lists that cost the same at the end as at the beginning: from a person on, not from a number on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

PER_PAGE = 50
# Counting further would cost more than it tells.
COUNTED = 1000


@dataclass(frozen=True)
class Page:
    """One page: its rows, how many there are in all (`is_more`: at least), and beside whose rows others begin."""

    rows: list[Any]
    total: int
    is_more: bool
    after: UUID | None
    before: UUID | None

    def __iter__(self) -> Any:
        return iter(self.rows)

    @property
    def has_others(self) -> bool:
        """Whether there is anything to turn to."""
        return bool(self.after or self.before)


def page_of(
    found: "QuerySet[Any]",
    order: str,
    asked: Any,
    *,
    to_count: "QuerySet[Any] | None" = None,
    dress: Callable[[Any], "QuerySet[Any]"] | None = None,
    per: int = PER_PAGE,
) -> Page:
    """The page after (`asked["after"]`) or before a row by its id, in the order of a column (`-` for backwards).

    `to_count` are the same rows where another query counts them faster; `dress` adds what only those on the page need.
    A row that is gone meanwhile begins at the beginning.
    """
    counted = (found if to_count is None else to_count).order_by()[: COUNTED + 1].count()
    backwards, column = order.startswith("-"), order.removeprefix("-")
    pivot, is_before = _pivot(found.model, column, asked)
    down = backwards != is_before
    if pivot:
        found = found.filter(_beyond(column, pivot, down=down))
    sign = "-" if down else ""
    found = dress(found) if dress else found
    rows = list(found.order_by(f"{sign}{column}", f"{sign}pk")[: per + 1])
    more, rows = len(rows) > per, rows[:per]
    if is_before:
        rows.reverse()
    further, back = (pivot is not None, more) if is_before else (more, pivot is not None)
    return Page(
        rows=rows,
        total=min(counted, COUNTED),
        is_more=counted > COUNTED,
        after=rows[-1].pk if rows and further else None,
        before=rows[0].pk if rows and back else None,
    )


def _pivot(model: type[Model], column: str, asked: Any) -> tuple[tuple[Any, UUID] | None, bool]:
    for name in ("after", "before"):
        try:
            key = UUID(asked.get(name, ""))
        except ValueError:
            continue
        if row := model._default_manager.filter(pk=key).values_list(column, "pk").first():
            return row, name == "before"
    return None, False


def _beyond(column: str, pivot: tuple[Any, UUID], *, down: bool) -> Q:
    value, key = pivot
    way = "lt" if down else "gt"
    # The first condition alone is a range of the index; the others tell apart who has the same value.
    return Q(**{f"{column}__{way}e": value}) & (Q(**{f"{column}__{way}": value}) | Q(**{f"pk__{way}": key}))
