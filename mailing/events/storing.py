"""Events into rows, once each, and into the state of the messages they are about: a few statements per batch."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from psycopg2.errors import DeadlockDetected

from mailing import objections
from mailing.events import bulk, settling
from mailing.events.bulk import NULL
from mailing.events.reading import FOLLOWING, MAY_STOP, Event
from mailing.models import MailEvent, Message, ProviderMail
from mailing.signals import stop_received
from privacy import suppression
from privacy.identifiers import BadContact, normalise_email
from privacy.models.suppression import SUPPRESSION_LOCK, Reason, Scope

INTAKE_LOCK = 0x57A7_0E7E
_COLUMNS = (
    *("event_id", "type", "at", "message_id", "transmission_id", "provider_message_id", "bounce_class"),
    "is_prefetched",
)

Placed = tuple[Event, datetime, str | None]


class Crossing(Exception):
    """What is to be stored may concern what somebody else stores right now: it has to be done alone."""


class There(NamedTuple):
    """What is known of a message that is there: its reader is not followed; it has the provider's id of its mail."""

    is_unfollowed: bool
    is_named: bool


# Nothing is locked yet: the statement that settles a message locks it, and looks at it as it is then.
_THERE = """
    SELECT message.id::text, unfollowed.subject_id IS NOT NULL, message.provider_message_id <> ''
    FROM unnest(%s::uuid[]) AS given(id)
    JOIN mailing_message message USING (id)
    LEFT JOIN mailing_unfollowed unfollowed ON unfollowed.subject_id = message.subject_id
"""
_KNOWN = "SELECT event_id FROM mailing_mailevent WHERE event_id = ANY(%s::text[])"
_ADOPTABLE = """
    SELECT message.id FROM mailing_mailevent orphan JOIN mailing_message message
        ON message.transmission_id <> '' AND message.transmission_id = orphan.transmission_id
    WHERE orphan.message_id IS NULL AND orphan.transmission_id <> ''
    UNION
    SELECT mail.message_id FROM mailing_mailevent orphan
        JOIN mailing_providermail mail USING (provider_message_id)
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
    if all(event.message for event, _at in by_id.values()):
        try:
            return _store(by_id, alone=False)
        except Crossing:
            pass  # nothing of it was stored
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
    return _store(by_id, alone=True)


def _store(by_id: Mapping[str, tuple[Event, datetime]], *, alone: bool) -> int:
    stops = [pk for pk, (event, _at) in by_id.items() if event.type in MAY_STOP and event.stop]
    with transaction.atomic():
        _lock_intake(alone=alone)
        if stops:
            suppression.lock()
        else:
            _share_suppression_lock()
        about, there = _place([event for event, _at in by_id.values()], alone=alone)
        placed = [
            (event, at, message)
            for (event, at), message in zip(by_id.values(), about, strict=True)
            if event.type not in FOLLOWING or message is None or not there[message].is_unfollowed
        ]
        new = _insert(placed, alone=alone)
        _settle(new, there)
        if stops:
            messages = {event.event_id: message for event, _at, message in new}
            _stop([by_id[pk][0] for pk in sorted(stops) if pk in messages], messages)
    return len(new)


def _insert(placed: list[Placed], *, alone: bool) -> list[Placed]:
    """Store those that were not stored before; which they are."""
    try:
        with transaction.atomic():
            _copy(placed)
        return placed
    except IntegrityError:
        # A post came again, and maybe somebody stores it right now.
        if not alone:
            raise Crossing from None
        known = _known(event.event_id for event, _at, _message in placed)
        new = [one for one in placed if one[0].event_id not in known]
        _copy(new)
        return new


def _known(ids: Iterable[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [bulk.array(list(ids))])
        return {event_id for (event_id,) in cursor.fetchall()}


def _copy(placed: list[Placed]) -> None:
    if not placed:
        return
    # They come more than once, and spelling them is slow.
    moments = {at: str(at) for at in {at for _event, at, _message in placed}}
    rows = [
        f"{event.event_id}\t{event.type}\t{moments[at]}\t{message or NULL}\t{event.transmission_id}\t"
        f"{event.provider_message_id}\t{NULL if event.bounce_class is None else event.bounce_class}\t"
        f"{event.is_prefetched}"
        for event, at, message in placed
    ]
    nulls = sum([(message is None) + (event.bounce_class is None) for event, _at, message in placed])
    if not bulk.is_plain(rows, columns=len(_COLUMNS), nulls=nulls):
        rows = [
            "\t".join(
                NULL if word is None else bulk.escaped(str(word))
                for word in (
                    *(event.event_id, event.type, moments[at], message, event.transmission_id),
                    *(event.provider_message_id, event.bounce_class, event.is_prefetched),
                )
            )
            for event, at, message in placed
        ]
    bulk.copy(MailEvent._meta.db_table, _COLUMNS, rows)


def _settle(new: list[Placed], there: Mapping[str, There]) -> None:
    """Settle the messages these new events are about, and give those messages what waited for them."""
    told = settling.tell([(event, at, message) for event, at, message in new if message])
    settling.name(
        {
            one.provider_message_id: one.message_id
            for one in told.values()
            if one.provider_message_id and not there[one.message_id].is_named
        }
    )
    # In one order, so that nobody waits for a message the other way round.
    settling.settle_told(sorted(told.values(), key=attrgetter("message_id")))
    settling.settle(told)


def adopt_what_waits() -> None:
    """Give events that came before their message was known to it, where it is known by now."""
    with transaction.atomic():
        _lock_intake(alone=True)
        with connection.cursor() as cursor:
            cursor.execute(_ADOPTABLE)
            ids = [pk for (pk,) in cursor.fetchall()]
        settling.settle(ids)


def _place(events: list[Event], *, alone: bool) -> tuple[list[str | None], dict[str, There]]:
    """The message of each event: by our own id, else by the transmission, else by SparkPost's id of the mail.

    Beside them what is to be known of those messages. Raises Crossing for what isn't told by our own id, unless alone.
    """
    about = [event.message for event in events]
    if None in about:
        about = _resolve(events)
    there = _there({message for message in about if message})
    if any(message is not None and message not in there for message in about):
        # It names a message we never had: only now is that known.
        if not alone:
            raise Crossing
        about = _resolve(events)
        there |= _there({message for message in about if message} - there.keys())
    return about, there


def _resolve(events: list[Event]) -> list[str | None]:
    """The message each event is about, as far as it is known."""
    named = {event.message for event in events if event.message}
    there = {str(pk) for pk in Message.objects.filter(pk__in=named).values_list("pk", flat=True)}
    lost = [event for event in events if event.message not in there]
    transmissions = {event.transmission_id for event in lost} - {""}
    mails = {event.provider_message_id for event in lost} - {""}
    of_transmissions = Message.objects.filter(transmission_id__in=transmissions).values_list("transmission_id", "pk")
    of_mails = ProviderMail.objects.filter(pk__in=mails).values_list("pk", "message_id")
    by_transmission = {known: str(pk) for known, pk in of_transmissions}
    by_mail = {known: str(pk) for known, pk in of_mails}
    for event in events:
        if event.message in there:
            by_transmission.setdefault(event.transmission_id, event.message)
            by_mail.setdefault(event.provider_message_id, event.message)
    return [
        (event.message if event.message in there else None)
        or (by_transmission.get(event.transmission_id) if event.transmission_id else None)
        or (by_mail.get(event.provider_message_id) if event.provider_message_id else None)
        for event in events
    ]


def _there(ids: Iterable[str]) -> dict[str, There]:
    wanted = list(ids)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_THERE, [bulk.array(wanted)])
        return {pk: There(is_unfollowed, is_named) for pk, is_unfollowed, is_named in cursor.fetchall()}


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


def _lock_intake(*, alone: bool) -> None:
    """An event that names its message and one that only shares an id with it must meet: the latter is taken in alone.

    Those that name a message that is there, nearly all, are taken in side by side.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}(%s)", [INTAKE_LOCK])


def _share_suppression_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [SUPPRESSION_LOCK])
