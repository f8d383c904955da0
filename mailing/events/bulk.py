"""Many rows to PostgreSQL in the spellings it reads fastest: arrays as text, and COPY."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


def array(values: Iterable[Any]) -> str:
    """A PostgreSQL array as text, which is read far faster than an array of as many constants."""
    spelled: dict[Any, str] = {None: "NULL"}  # moments and messages come more than once, and spelling them is slow
    words = [spelled.get(value) or spelled.setdefault(value, f'"{value}"') for value in values]
    text = ",".join(words)
    if "\\" in text or text.count('"') != 2 * (len(words) - words.count("NULL")):
        text = ",".join(["NULL" if value is None else _quoted(str(value)) for value in values])
    return f"{{{text}}}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def column(query: str, ids: Iterable[Any]) -> list[Any]:
    """The first column of a query that asks about these ids."""
    with connection.cursor() as cursor:
        cursor.execute(query, [array(ids)])
        return [row[0] for row in cursor.fetchall()]


NULL = "\\N"


def copy(table: str, columns: Sequence[str], rows: Iterable[str]) -> None:
    """COPY rows into a table within the caller's transaction; a row is its words with tabs between them."""
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", io.StringIO("\n".join(rows)), 1 << 20)


def is_plain(rows: Sequence[str], *, columns: int, nulls: int) -> bool:
    """Whether nothing in these rows but the NULLs needs a backslash: far quicker than looking at each word."""
    text = "\n".join(rows)
    counts = text.count("\\"), text.count("\r"), text.count("\n"), text.count("\t")
    return counts == (nulls, 0, len(rows) - 1, (columns - 1) * len(rows))


def escaped(word: str) -> str:
    """A word as COPY reads it."""
    for sign, spelled in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        word = word.replace(sign, spelled)
    return word
