"""Rows in numbers no service could make in time: copies of one proper row, written with the triggers off."""

import contextlib
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg2

from bench.servers import PLACE
from watson.embedded import ADMIN

_PEOPLE = "INSERT INTO privacy_subject (id, created_at) SELECT md5('person:' || n)::uuid, now() FROM {numbers} n"
_MESSAGES = """
    INSERT INTO mailing_message ({columns}) SELECT {values} FROM mailing_message p, {numbers} n
    WHERE p.key = 'bench:prototype' RETURNING id, transmission_id
"""
_NUMBERS = "generate_series(%(first)s, %(last)s)"
# What a copy has of its own; every other column is the prototype's, whatever columns there are.
_OWN = {
    "id": "md5('message:' || n)::uuid",
    "key": "'bench:' || n",
    "subject_id": "md5('person:' || n)::uuid",
    "to_email": "'person' || n || '@person.example'",
    "transmission_id": "(10000000000000000 + n)::text",
}
# What time has done to an older one.
_OLD = {
    "state": "'delivered'",
    "created_at": "now() - ({age})",
    "not_before": "now() - ({age})",
    "claimed_at": "now() - ({age})",
    "accepted_at": "now() - ({age})",
    "delivered_at": "now() - ({age}) + interval '2 minutes'",
    "ended_at": "now() - ({age}) + interval '2 minutes'",
    "opened_at": "now() - ({age}) + interval '4 minutes'",
    "clicked_at": "now() - ({age}) + interval '5 minutes'",
    "provider_message_id": "left(md5('mail:' || n), 24)",
}
_AGE = "interval '700 days' * (1 - (n - %(begin)s)::float / %(all)s)"  # the oldest first, as they came to be
_NAMES = """
    INSERT INTO mailing_providermail (provider_message_id, message_id)
    SELECT left(md5('mail:' || n), 24), md5('message:' || n)::uuid FROM generate_series(%(first)s, %(last)s) n
"""
_EVENTS = """
    INSERT INTO mailing_mailevent (event_id, type, at, message_id, transmission_id, provider_message_id, bounce_class,
        is_prefetched, received_at)
    SELECT (50000000000000000 + 7 * (5 * n + turn))::text,
        (ARRAY['injection', 'delivery', 'initial_open', 'open', 'click'])[turn],
        now() - ({age}) + turn * interval '1 minute', md5('message:' || n)::uuid, (10000000000000000 + n)::text,
        left(md5('mail:' || n), 24), NULL, false, now() - ({age}) + turn * interval '1 minute'
    FROM generate_series(%(first)s, %(last)s) n, generate_series(1, 5) turn
"""
PORTION = 50_000
_TEXT = "Beste Anna, voor een opdrachtgever zoeken wij een financieel directeur. " * 20


@contextlib.contextmanager
def at_will() -> Iterator[Any]:
    """A cursor of the server's administrator, past every guard: for filling a bench, and for nothing else."""
    connection = psycopg2.connect(PLACE.database_url(ADMIN, "watson"))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            yield cursor
    finally:
        connection.close()


def prepare() -> None:
    """The organisation, the message every other is a copy of, the peer's table and the limit's."""
    from accounts.models import Organisation
    from mailing.models import Message, State
    from privacy.models import Subject

    organisation = Organisation.current()
    organisation.name = organisation.legal_name = "Bench"
    organisation.save()
    message = Message.objects.create(
        key="bench:prototype",
        kind="approach",
        language="nl",
        subject=Subject.objects.create(),
        to_email="prototype@person.example",
        to_name="Anna de Vries",
        recipient_hmacs=["0" * 64],
        subject_line="Een vraag over een vacature",
        body_text=_TEXT,
        body_html=f"<html><body><p>{_TEXT}</p><p>{_TEXT}</p></body></html>",
        state=State.QUEUED,
    )
    with at_will() as cursor:
        cursor.execute(
            "UPDATE mailing_message SET state = 'accepted', accepted_at = now(), attempts = 1 WHERE id = %s",
            [str(message.pk)],
        )
        cursor.execute("DELETE FROM mailing_messagemark WHERE message_id = %s", [str(message.pk)])
        cursor.execute("CREATE TABLE bench_limit (LIKE mailing_mailevent INCLUDING DEFAULTS INCLUDING INDEXES)")
        cursor.execute("CREATE TABLE bench_peer_event (LIKE mailing_mailevent INCLUDING DEFAULTS INCLUDING INDEXES)")
        cursor.execute("ALTER TABLE bench_peer_event RENAME COLUMN message_id TO message")
        cursor.execute("GRANT SELECT, INSERT ON bench_peer_event TO PUBLIC")


def make_messages(number: int) -> list[tuple[uuid.UUID, str]]:
    """Messages SparkPost has accepted: id and transmission of each."""
    with at_will() as cursor:
        return _copies(cursor, number, {})


def grow(messages: int) -> None:
    """The history of two years: messages delivered long ago, five events of each, and what autovacuum would do.

    Written by the server itself from one row, which is faster than a COPY that has to be read and compressed anew.
    """
    with at_will() as cursor:
        begin = _taken
        for first in range(0, messages, PORTION):
            age = {"begin": begin, "all": messages}
            number = min(PORTION, messages - first)
            span = {"first": _taken + 1, "last": _taken + number}
            _copies(cursor, number, {name: value.format(age=_AGE) for name, value in _OLD.items()}, **age)
            cursor.execute(_NAMES, span)
            cursor.execute(_EVENTS.format(age=_AGE), span | age)
        for table in ("privacy_subject", "mailing_message", "mailing_providermail", "mailing_mailevent"):
            cursor.execute(f"VACUUM (ANALYZE) {table}")
        cursor.execute("CHECKPOINT")


_taken = 0  # the numbers of copies that were given out


def _copies(cursor: Any, number: int, values: dict[str, str], **given: int) -> list[tuple[uuid.UUID, str]]:
    global _taken
    cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'mailing_message'")
    columns = [str(name) for (name,) in cursor.fetchall()]
    own = _OWN | values
    span = {"first": _taken + 1, "last": _taken + number}
    _taken += number
    cursor.execute(_PEOPLE.format(numbers=_NUMBERS), span)
    cursor.execute(
        _MESSAGES.format(
            columns=", ".join(columns),
            values=", ".join(own.get(name, f"p.{name}") for name in columns),
            numbers=_NUMBERS,
        ),
        span | given,
    )
    return [(uuid.UUID(str(pk)), transmission) for pk, transmission in cursor.fetchall()]
