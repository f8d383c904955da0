"""The search of databases and Redis: every table as a dump would write it, what the planner keeps of it, every key."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import IO, Any
from uuid import UUID

import redis
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connections
from django.db.models import QuerySet

from privacy import registry
from privacy.erasure import grepping
from privacy.erasure.holders import Findings, Run
from privacy.erasure.needles import Needles

_TABLES = """
    SELECT c.relname, (
        SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = c.oid AND i.indisprimary LIMIT 1)
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition ORDER BY c.relname
"""
_STATISTICS = """
    COPY (SELECT tablename, attname, most_common_vals::text, histogram_bounds::text, most_common_elems::text
          FROM pg_stats WHERE schemaname = 'public') TO STDOUT
"""


def tables(using: str, needles: Needles, canary: Needles, run: Run) -> Findings:
    """Every row of every table of one database, in the words of a dump, third parties' tables too."""
    found = Findings()
    with connections[using].cursor() as cursor:
        cursor.execute(_TABLES)
        known = cursor.fetchall()

        def dump(out: IO[bytes]) -> None:
            for table, key in known:
                first = f"t.{_quoted(key)}::text" if key else "''"
                name = table.replace("'", "''")
                cursor.copy_expert(
                    f"COPY (SELECT '{name}', {first}, t.* FROM public.{_quoted(table)} t) TO STDOUT", out
                )

        lines, named = grepping.told_apart([*needles.strict, *canary.strict], needles.soft, dump)
    theirs = _own_rows(needles, run) if using == "default" else set()
    condemned, shown = set(theirs), Counter(named)
    for line in lines:
        table, key = (part.decode(errors="replace") for part in line.split(b"\t", 2)[:2])
        row = line.split(b"\t", 2)[2]
        if grepping.words_in(row, canary.strict):
            found.canary = True
        if not grepping.words_in(row, needles.strict) or (table, key) in condemned:
            continue
        owners = _owners(table, key)
        if owners and not owners & set(run.ids):
            # A row about somebody else is theirs: it is shown to a person and condemns nothing.
            shown[table] += not grepping.words_in(row, needles.soft)
        else:
            condemned.add((table, key))
            shown[table] -= bool(grepping.words_in(row, needles.soft))
    for table, _key in condemned:
        found.add(table)
    for table, _key in theirs:
        shown[table] -= 1
    for table, times in shown.items():
        if times > 0:
            found.soft[table] = times
    return found


def _own_rows(needles: Needles, run: Run) -> set[tuple[str, str]]:
    """The rows about these people in which anything of theirs can still be read, a name too: (table, key)."""
    if not run.people:
        return set()
    with connections["default"].cursor() as cursor, registry.together({one.subject.pk: one.ids for one in run.people}):

        def dump(out: IO[bytes]) -> None:
            for handler in registry.handlers.values():
                for label in handler.paths:
                    model = registry.model_of(label)
                    keys = list(handler.rows(label, run.people[0].subject).order_by().values_list("pk", flat=True))
                    table, key = model._meta.db_table, str(model._meta.pk.column)
                    if keys:
                        rows = f"FROM public.{_quoted(table)} t WHERE t.{_quoted(key)} = ANY(%s)"
                        copy = f"COPY (SELECT %s, t.{_quoted(key)}::text, t.* {rows}) TO STDOUT"
                        copy = cursor.mogrify(copy, [table, keys]).decode()
                        cursor.copy_expert(copy, out)

        lines = grepping.lines_with([*needles.strict, *needles.soft], dump)
    return {(table.decode(), key.decode()) for table, key, _row in (line.split(b"\t", 2) for line in lines)}


def statistics(using: str, needles: Needles, canary: Needles) -> Findings:
    """What the planner remembers of columns: the most common values, and some between."""
    found = Findings()
    with connections[using].cursor() as cursor:
        for line in _grep(needles, canary, lambda out: cursor.copy_expert(_STATISTICS, out)):
            _count(found, line, needles, canary, "pg_stats." + line.split(b"\t", 1)[0].decode(errors="replace"))
    return found


def remembered(using: str, words: Collection[bytes]) -> list[str]:
    """The tables of whose columns the planner remembers one of these words."""
    with connections[using].cursor() as cursor:
        lines = grepping.lines_with(words, lambda out: cursor.copy_expert(_STATISTICS, out))
    return sorted({line.split(b"\t", 1)[0].decode() for line in lines})


def keys(url: str, where: str, needles: Needles, canary: Needles) -> Findings:
    """Every key and value of one Redis database."""
    found = Findings()
    with client(url) as held:
        for line in _grep(needles, canary, lambda out: _write_all(held, out)):
            _count(found, line, needles, canary, where)
    return found


def client(url: str) -> redis.Redis:
    """A connection to Redis by the address that Celery or the cache has it under."""
    if url.startswith("redis+socket://"):
        path, _question, query = url.removeprefix("redis+socket://").partition("?")
        number = dict(part.split("=", 1) for part in query.split("&") if "=" in part).get("virtual_host", "0")
        return redis.Redis(unix_socket_path=path, db=int(number))
    return redis.Redis.from_url(url)


def entries(held: redis.Redis) -> Iterator[tuple[bytes, list[bytes]]]:
    """Every key with what it holds."""
    for key in held.scan_iter(count=1000):
        kind = held.type(key)
        held_there: Any
        if kind == b"string":
            held_there = [held.get(key)]
        elif kind == b"list":
            held_there = held.lrange(key, 0, -1)
        elif kind == b"set":
            held_there = held.smembers(key)
        elif kind == b"zset":
            held_there = held.zrange(key, 0, -1)
        elif kind == b"hash":
            pairs: dict[bytes, bytes] = held.hgetall(key)  # type: ignore[assignment]
            held_there = [*pairs, *pairs.values()]
        else:
            held_there = []
        yield key, [bytes(value) for value in held_there if value is not None]


def _write_all(held: redis.Redis, out: IO[bytes]) -> None:
    for key, values in entries(held):
        for value in (key, *values):
            out.write(value.replace(b"\n", b" ") + b"\n")


def _grep(needles: Needles, canary: Needles, write: Any) -> list[bytes]:
    return grepping.lines_with([*needles.strict, *needles.soft, *canary.strict], write)


def _count(found: Findings, line: bytes, needles: Needles, canary: Needles, where: str) -> None:
    if grepping.words_in(line, canary.strict):
        found.canary = True
    if grepping.words_in(line, needles.strict):
        found.add(where)
    elif grepping.words_in(line, needles.soft):
        found.add(where, soft=True)


def _owners(table: str, key: str) -> set[UUID]:
    """Whom a row is about, by the registry; nobody for a row that leads to no person."""
    label, path = _ways().get(table, ("", ""))
    if not label:
        return set()
    rows: QuerySet[Any] = apps.get_model(label)._base_manager.all()
    try:
        found = rows.filter(pk=key).values_list(path, flat=True)
        people: set[UUID] = set()
        for value in found:
            people.update(value if isinstance(value, list) else [value] if value else [])
        return people
    except (ValueError, ValidationError):
        return set()


def _ways() -> dict[str, tuple[str, str]]:
    return {
        apps.get_model(label)._meta.db_table: (label, path)
        for handler in registry.handlers.values()
        for label, path in handler.paths.items()
    }


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def broker_url() -> str:
    return str(settings.REDIS_URL)


def cache_url() -> str:
    return str(settings.CACHE_URL)
