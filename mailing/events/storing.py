"""Events into rows, once each, and into the state of the messages they are about: a few statements per batch."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from mailing import objections
from mailing.events import settling
from mailing.events.reading import FOLLOWING, Event
from mailing.events.settling import SETTLE_SENT, TERMS, TOLD, Told
from mailing.models import Message
from mailing.signals import stop_received
from privacy import suppression
from privacy.identifiers import BadContact, normalise_email
from privacy.models.suppression import SUPPRESSION_LOCK, Reason, Scope

INTAKE_LOCK = 0x57A7_0E7E

_LOCK = """
    SELECT message.id::text, unfollowed.subject_id IS NOT NULL
    FROM mailing_message message
    LEFT JOIN mailing_unfollowed unfollowed ON unfollowed.subject_id = message.subject_id
    WHERE message.id = ANY(%s::uuid[]) ORDER BY message.id FOR NO KEY UPDATE OF message
"""
# One statement stores what is new, settles what was sent, and tells what failed now and what is left, one by one.
_STORE = f"""
    WITH new AS (
        INSERT INTO mailing_mailevent
            (event_id, type, at, message_id, transmission_id, provider_message_id, bounce_class, is_prefetched)
        SELECT * FROM unnest(
            %(event_id)s::text[], %(type)s::text[], %(at)s::timestamptz[], %(message)s::uuid[],
            %(transmission_id)s::text[], %(provider_message_id)s::text[], %(bounce_class)s::int[],
            %(is_prefetched)s::bool[])
        ON CONFLICT (event_id) DO NOTHING
        RETURNING *
    ),
    told AS ({TOLD.format(events="new")}),
    settled AS ({SETTLE_SENT})
    SELECT (SELECT count(*) FROM new), (SELECT array_agg(event_id) FROM new WHERE event_id = ANY(%(stops)s)),
        (SELECT array_agg(id::text) FROM settled WHERE failed_at IS NOT NULL),
        told.* FROM (SELECT) always
    LEFT JOIN told ON told.message_id NOT IN (SELECT id FROM settled)
"""
_ADOPTABLE = """
    SELECT message.id FROM mailing_mailevent orphan JOIN mailing_message message
        ON message.transmission_id <> '' AND message.transmission_id = orphan.transmission_id
    WHERE orphan.message_id IS NULL AND orphan.transmission_id <> ''
    UNION
    SELECT message.id FROM mailing_mailevent orphan JOIN mailing_message message
        ON message.provider_message_id <> '' AND message.provider_message_id = orphan.provider_message_id
    WHERE orphan.message_id IS NULL AND orphan.provider_message_id <> ''
"""


def store(found: Iterable[Event], *, received_at: datetime | None = None) -> int:
    """Store events once by their id and settle the messages they are about; how many were new."""
    return store_many([(received_at or timezone.now(), list(found))])


def store_many(batches: Iterable[tuple[datetime, list[Event]]]) -> int:
    """The same for several batches at once, each with the moment it came, which stands in for a missing one."""
    by_id: dict[str, tuple[Event, datetime]] = {}
    for received_at, found in batches:
        for event in found:
            by_id[event.event_id] = (event, event.at or received_at)
    if not by_id:
        return 0
    stops = [event_id for event_id, (event, _at) in by_id.items() if event.stop]
    with transaction.atomic():
        # One intake at a time: an event that names its message and one that only shares an id with it must meet.
        _lock_intake()
        if stops:
            suppression.lock()
        else:
            _share_suppression_lock()
        about, unfollowed = _place([event for event, _at in by_id.values()])
        kept = [
            (event, at, message)
            for (event, message), (_same, at) in zip(about, by_id.values(), strict=True)
            if event.type not in FOLLOWING or message is None or message not in unfollowed
        ]
        number, new_stops, failed, told = _insert(kept, stops)
        settling.settle_each(told)
        settling.announce_failed(settling.lock(failed))
        settling.settle({message for _event, _at, message in kept if message})
        if new_stops:
            messages = {event.event_id: message for event, message in about}
            _stop([by_id[event_id][0] for event_id in sorted(new_stops)], messages)
    return number


def adopt_what_waits() -> None:
    """Give events that came before their message was known to it, where it is known by now."""
    with transaction.atomic():
        _lock_intake()
        with connection.cursor() as cursor:
            cursor.execute(_ADOPTABLE)
            ids = [pk for (pk,) in cursor.fetchall()]
        settling.settle(ids)


def _place(events: list[Event]) -> tuple[list[tuple[Event, str | None]], set[str]]:
    """Each event with its message, locked: by our own id, else by the transmission, else by SparkPost's id of the mail.

    Beside them the messages whose reader does not want to be followed.
    """
    about: list[tuple[Event, str | None]] = [(event, event.message) for event in events]
    if any(event.message is None for event in events):
        about = _resolve(events)
    there = _lock({message for _event, message in about if message})
    if any(message is not None and message not in there for _event, message in about):
        # It names a message we never had: only now is that known.
        about = _resolve(events)
        there |= _lock({message for _event, message in about if message} - there.keys())
    return about, {pk for pk, unfollowed in there.items() if unfollowed}


def _resolve(events: list[Event]) -> list[tuple[Event, str | None]]:
    """Each event with the message it is about, as far as it is known; nothing is locked."""
    named = {event.message for event in events if event.message}
    there = {str(pk) for pk in Message.objects.filter(pk__in=named).values_list("pk", flat=True)}
    lost = [event for event in events if event.message not in there]
    transmissions = {event.transmission_id for event in lost} - {""}
    mails = {event.provider_message_id for event in lost} - {""}
    of_transmissions = Message.objects.filter(transmission_id__in=transmissions).values_list("transmission_id", "pk")
    of_mails = Message.objects.filter(provider_message_id__in=mails).values_list("provider_message_id", "pk")
    by_transmission = {known: str(pk) for known, pk in of_transmissions}
    by_mail = {known: str(pk) for known, pk in of_mails}
    for event in events:
        if event.message in there:
            by_transmission.setdefault(event.transmission_id, event.message)
            by_mail.setdefault(event.provider_message_id, event.message)
    return [
        (
            event,
            (event.message if event.message in there else None)
            or (by_transmission.get(event.transmission_id) if event.transmission_id else None)
            or (by_mail.get(event.provider_message_id) if event.provider_message_id else None),
        )
        for event in events
    ]


def _lock(ids: Iterable[str]) -> dict[str, bool]:
    """Lock these messages in the order of their ids: those that exist, and whether their reader is not followed."""
    wanted = list(ids)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [_array(wanted)])
        return dict(cursor.fetchall())


def _insert(
    kept: list[tuple[Event, datetime, str | None]], stops: list[str]
) -> tuple[int, list[str], list[str], list[Told]]:
    """How many were new, which of the stops were, which messages failed by it, and what is told of messages that are
    to be settled one by one."""
    given = {
        "event_id": _array([event.event_id for event, _at, _message in kept]),
        "type": _array([event.type for event, _at, _message in kept]),
        "at": _array([at for _event, at, _message in kept]),
        "message": _array([message for _event, _at, message in kept]),
        "transmission_id": _array([event.transmission_id for event, _at, _message in kept]),
        "provider_message_id": _array([event.provider_message_id for event, _at, _message in kept]),
        "bounce_class": _array([event.bounce_class for event, _at, _message in kept]),
        "is_prefetched": _array([event.is_prefetched for event, _at, _message in kept]),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {**TERMS, **given, "stops": stops})
        rows = cursor.fetchall()
    number, new_stops, failed = rows[0][:3]
    return number, new_stops or [], failed or [], [Told(*row[3:]) for row in rows if row[3] is not None]


def _array(values: Iterable[Any]) -> str:
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


def _stop(stops: list[Event], about: Mapping[str, str | None]) -> None:
    """Whoever said stop through their mail program is suppressed for everything, and the floors above are told."""
    messages = Message.objects.select_related("subject", "template").in_bulk(
        [pk for event in stops if (pk := about[event.event_id])]
    )
    for event in stops:
        pk = about[event.event_id]
        message = messages.get(UUID(pk)) if pk else None
        addresses = {_normalised(event.rcpt_to), _normalised(message.to_email if message else "")} - {""}
        reason = event.stop or Reason.UNSUBSCRIBED
        suppression.suppress(
            [("email", address) for address in sorted(addresses)],
            scope=Scope.ALL,
            reason=reason,
            actor=None,
            subject=message.subject if message else None,
        )
        if message is None:
            # It may be older than our memory of ids; whose address it is, is known.
            for address in sorted(addresses):
                if known := objections.people(address):
                    objections.object_to_all(address, Reason(reason), known)
        else:
            stop_received.send(Message, message=message, reason=str(reason))


def _normalised(address: str) -> str:
    try:
        return normalise_email(address) if address else ""
    except BadContact:
        return ""


def _lock_intake() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [INTAKE_LOCK])


def _share_suppression_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [SUPPRESSION_LOCK])
