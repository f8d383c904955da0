"""Rows in numbers no service could make in time: copies of one proper row, written with the triggers off."""

import contextlib
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg2

from bench.servers import PLACE
from watson.embedded import ADMIN

# Copies of the prototype in all its columns, whatever columns there are.
_MESSAGES = """
    WITH person AS (
        INSERT INTO privacy_subject (id, created_at)
        SELECT gen_random_uuid(), now() FROM generate_series(1, %(n)s) RETURNING id
    ), numbered AS (
        SELECT id, nextval('bench_number') AS number, gen_random_uuid() AS message FROM person
    )
    INSERT INTO mailing_message
    SELECT copy.* FROM mailing_message prototype, numbered, LATERAL jsonb_populate_record(prototype, jsonb_build_object(
        'id', message, 'key', 'bench:' || message, 'subject_id', numbered.id,
        'to_email', 'person' || number || '@person.example',
        'transmission_id', (10000000000000000 + number)::text) || %(values)s::jsonb) copy
    WHERE prototype.key = 'bench:prototype'
    RETURNING id, transmission_id
"""
_EVENTS = """
    INSERT INTO mailing_mailevent (event_id, type, at, message_id, transmission_id, provider_message_id, bounce_class,
        is_prefetched, received_at)
    SELECT (50000000000000000 + 7 * nextval('bench_number'))::text,
        (ARRAY['injection', 'delivery', 'initial_open', 'open', 'click'])[turn],
        message.accepted_at + turn * interval '1 minute', message.id, message.transmission_id,
        message.provider_message_id, NULL, false, message.accepted_at + turn * interval '1 minute'
    FROM mailing_message message, generate_series(1, 5) turn
    WHERE message.reason = 'bench' ORDER BY message.accepted_at, turn
"""
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
        cursor.execute("CREATE SEQUENCE bench_number")
        cursor.execute(
            "UPDATE mailing_message SET state = 'accepted', accepted_at = now(), attempts = 1 WHERE id = %s",
            [str(message.pk)],
        )
        cursor.execute("CREATE TABLE bench_limit (LIKE mailing_mailevent INCLUDING DEFAULTS INCLUDING INDEXES)")
        cursor.execute("CREATE TABLE bench_peer_event (LIKE mailing_mailevent INCLUDING DEFAULTS INCLUDING INDEXES)")
        cursor.execute("ALTER TABLE bench_peer_event RENAME COLUMN message_id TO message")
        cursor.execute("GRANT SELECT, INSERT ON bench_peer_event TO PUBLIC")


def make_messages(number: int) -> list[tuple[uuid.UUID, str]]:
    """Messages SparkPost has accepted: id and transmission of each."""
    with at_will() as cursor:
        cursor.execute(_MESSAGES, {"n": number, "values": "{}"})
        return [(uuid.UUID(str(pk)), transmission) for pk, transmission in cursor.fetchall()]


def grow(messages: int) -> None:
    """The history of some years: messages delivered long ago, five events of each, and what autovacuum would do."""
    with at_will() as cursor:
        for _ in range(10):
            values = '{"state": "delivered", "reason": "bench"}'
            cursor.execute(_MESSAGES, {"n": messages // 10, "values": values})
        cursor.execute(
            "UPDATE mailing_message SET accepted_at = now() - random() * interval '700 days',"
            " provider_message_id = left(md5(id::text), 24) WHERE reason = 'bench'"
        )
        cursor.execute(_EVENTS)
        cursor.execute("UPDATE mailing_message SET reason = '' WHERE reason = 'bench'")
        cursor.execute("VACUUM (ANALYZE) mailing_message")
        cursor.execute("VACUUM (ANALYZE) mailing_mailevent")
        cursor.execute("CHECKPOINT")
