"""Queries that take Python longer to compose than PostgreSQL to answer: composed once, and kept for a minute.

What such a query compares with the present counts in days, and with the periods of the organisation, which are part of
the key.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import PositiveSmallIntegerField, QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import Organisation

# Stands in the composed SQL where the ids do.
_WHOSE = "SELECT whose"
_PERIODS = [
    field.attname for field in Organisation._meta.concrete_fields if isinstance(field, PositiveSmallIntegerField)
]

Build = Callable[..., "QuerySet[Any, Any]"]


def rows(build: Build, ids: Iterable[UUID]) -> list[tuple[Any, ...]]:
    """The rows of `build(whose)`, where `whose` is a subquery of these ids; a function of a module, for it is a key."""
    sql, params = sql_of(build, ids)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


class Listing(Sequence[Any]):
    """The rows of `build(None, *args)`, to count and to slice: what a Paginator asks of a list."""

    def __init__(self, build: Build, *args: Any, make: Callable[..., Any]) -> None:
        self._asked = (build, *args)
        self._make = make

    def __len__(self) -> int:
        sql, params = self._sql()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({sql}) listed", params)
            (number,) = cursor.fetchone()
        return int(number)

    def __getitem__(self, part: Any) -> Any:
        """One page, as a list of what `make` makes of each row."""
        sql, params = self._sql()
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} LIMIT %s OFFSET %s", [*params, part.stop - part.start, part.start])
            return [self._make(*row) for row in cursor.fetchall()]

    def _sql(self) -> tuple[str, list[Any]]:
        build, *args = self._asked
        return sql_of(build, None, *args)


def sql_of(build: Build, ids: Iterable[UUID] | None, *args: Any) -> tuple[str, list[Any]]:
    """The SQL of `build(whose, *args)` and its parameters; with `None` for ids, `whose` is None."""
    own = Organisation.current()
    periods = tuple(getattr(own, name) for name in _PERIODS)
    first, *others = _pieces(build, ids is not None, args, periods, int(time.time()) // 60)
    theirs = [] if ids is None else [[str(one) for one in ids]]
    sql = first[0] + "".join(f"SELECT unnest(%s::uuid[]){text}" for text, _params in others)
    return sql, [*first[1], *(value for _text, params in others for value in (*theirs, *params))]


@lru_cache(maxsize=64)
def _pieces(build: Build, is_of_some: bool, args: tuple[Any, ...], *key: Any) -> list[tuple[str, tuple[Any, ...]]]:
    """The SQL cut where the ids belong: each piece with its own parameters."""
    some = RawSQL(_WHOSE, ()) if is_of_some else None  # noqa: S611 - a constant
    sql, params = build(some, *args).query.sql_with_params()
    left, pieces = list(params), []
    for text in sql.split(_WHOSE):
        count = text.replace("%%", "").count("%s")
        pieces.append((text, tuple(left[:count])))
        del left[:count]
    return pieces
