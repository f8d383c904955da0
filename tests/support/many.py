"""Many messages at once: real ones, each to a person of their own with a question and links of their own."""

from typing import Any
from uuid import UUID

from django.db import connection, models

from consent.models import ConsentRequest
from mailing.models import Message
from privacy.models import Link, Subject

# The id of copy `n` of a row: the same wherever another row names it.
_COPY = "md5({}::text || ':' || n)::uuid"


def multiply(message: Message, times: int, *, start: int = 1) -> list[UUID]:
    """Copies of a queued message, set-based, each with its own subject, question and links; their ids.

    The address is `person<n>@person.example`, and nobody has said stop for it.
    """
    links = list(Link.objects.filter(subject=message.subject_id).values_list("pk", flat=True))
    text, html = "body_text", "body_html"
    for link in links:
        copy = _COPY.format(f"'{link}'")
        text, html = (f"replace({body}, '{link}', {copy}::text)" for body in (text, html))
    with connection.cursor() as cursor:
        run = (cursor, start, times)
        _insert(*run, Subject, [message.subject_id], {"id": _COPY.format("id")})
        about = [message.about_id]
        _insert(*run, ConsentRequest, about, {"id": _COPY.format("id"), "subject_id": _COPY.format("subject_id")})
        of_link = {
            "id": _COPY.format("id"),
            "subject_id": _COPY.format("subject_id"),
            "about_id": f"CASE WHEN about_id IS NOT NULL THEN {_COPY.format('about_id')} END",
        }
        _insert(*run, Link, links, of_link)
        of_message = {
            "id": _COPY.format("id"),
            "key": "key || ':' || n",
            "subject_id": _COPY.format("subject_id"),
            "about_id": _COPY.format("about_id"),
            "to_email": "'person' || n || '@person.example'",
            "recipient_hmacs": "ARRAY[md5(n::text) || md5('b' || n)]",
            "body_text": text,
            "body_html": html,
        }
        return _insert(*run, Message, [message.pk], of_message)


def _insert(
    cursor: Any, start: int, times: int, model: type[models.Model], rows: list[Any], changed: dict[str, str]
) -> list[UUID]:
    columns = [str(field.column) for field in model._meta.local_concrete_fields]
    values = [changed.get(column, f'"{column}"') for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    cursor.execute(
        f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(values)}"
        f" FROM {model._meta.db_table} original, generate_series(%s, %s) AS n"
        " WHERE original.id = ANY(%s) RETURNING id",
        [start, start + times - 1, rows],
    )
    return [pk for (pk,) in cursor.fetchall()]
