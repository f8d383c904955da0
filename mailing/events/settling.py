"""From what the events of a message tell together to its state, and to the floors above."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from mailing.events import bulk
from mailing.events.reading import BOUNCES, CLICKS, COMPLAINT, INJECTION, NEVER_MADE, OPENS, STOPS, Event
from mailing.kinds import ACCOUNT
from mailing.models import Message, State
from mailing.signals import answer_handed_over, notice_failed, notice_handed_over

# An answer by machine, a subscription, a challenge: the mail arrived.
NOT_A_BOUNCE = (60, 80, 100)
ARRIVED_ALL_THE_SAME = (60,)
# Reported after delivery, these only say that something is late.
NOT_OUT_OF_BAND = (*NOT_A_BOUNCE, 70)

LATE_TRACE = "late_trace"
LATE_TRACE_FAILED = "late_trace_failed"
WENT_TWICE = "went_twice"
# What became of these is known; they need a person all the same.
KNOWN_TO_HAVE_LEFT = (LATE_TRACE, WENT_TWICE)

_ARRIVING = frozenset({"delivery", *OPENS, *CLICKS, *STOPS})

# The common cases, for all messages of a batch in one statement: SparkPost has it, and nothing spoke of failure before.
_TOLD = (
    *("message_id", "arrived_at", "prefetched_at", "opened_at", "clicked_at", "complained_at", "failed_at", "reason"),
    *("transmission_id", "provider_message_id"),
)
_SETTLE_SENT = """
    WITH told AS MATERIALIZED (
        SELECT * FROM unnest(
            %(message_id)s::uuid[], %(arrived_at)s::timestamptz[], %(prefetched_at)s::timestamptz[],
            %(opened_at)s::timestamptz[], %(clicked_at)s::timestamptz[], %(complained_at)s::timestamptz[],
            %(failed_at)s::timestamptz[], %(reason)s::text[], %(transmission_id)s::text[],
            %(provider_message_id)s::text[]
        ) AS told(message_id, arrived_at, prefetched_at, opened_at, clicked_at, complained_at, failed_at, reason,
            transmission_id, provider_message_id)
    )
    UPDATE mailing_message message SET
        state = CASE
            WHEN told.reason = ANY(%(never_made)s) THEN 'failed'
            WHEN told.failed_at IS NOT NULL THEN 'bounced'
            WHEN LEAST(message.delivered_at, told.arrived_at) IS NULL THEN 'accepted' ELSE 'delivered' END,
        reason = coalesce(told.reason, ''),
        delivered_at = LEAST(message.delivered_at, told.arrived_at),
        failed_at = told.failed_at,
        ended_at = coalesce(told.failed_at, LEAST(message.delivered_at, told.arrived_at)),
        -- Somebody may have dealt with it while it was thought to have left.
        handled_at = CASE WHEN told.failed_at IS NULL THEN message.handled_at END,
        prefetched_at = LEAST(message.prefetched_at, told.prefetched_at),
        opened_at = LEAST(message.opened_at, told.opened_at),
        clicked_at = LEAST(message.clicked_at, told.clicked_at),
        complained_at = LEAST(message.complained_at, told.complained_at),
        transmission_id = CASE message.transmission_id WHEN ''
            THEN coalesce(told.transmission_id, '') ELSE message.transmission_id END,
        provider_message_id = CASE message.provider_message_id WHEN ''
            THEN coalesce(told.provider_message_id, '') ELSE message.provider_message_id END
    FROM told
    WHERE message.id = told.message_id
      -- Within a function, so that the planner doesn't guess: where statistics lack, as on a new site or after a large
      -- round, it takes these for rare, begins with them, and reads all that is told once for each.
      AND coalesce(message.state IN ('accepted', 'delivered')
                   AND message.failed_at IS NULL AND message.accepted_at IS NOT NULL, false)
    RETURNING message.id::text, message.failed_at IS NOT NULL
"""
_ADOPT = """
    UPDATE mailing_mailevent orphan SET message_id = known.message_id
    FROM (
        SELECT id AS message_id, transmission_id, provider_message_id
        FROM mailing_message WHERE id = ANY(%(ids)s::uuid[])
        UNION
        SELECT message_id, transmission_id, provider_message_id
        FROM mailing_mailevent WHERE message_id = ANY(%(ids)s::uuid[])
    ) known
    WHERE orphan.message_id IS NULL
      AND ((orphan.transmission_id <> '' AND orphan.transmission_id = known.transmission_id)
           OR (orphan.provider_message_id <> '' AND orphan.provider_message_id = known.provider_message_id))
    RETURNING orphan.message_id::text, orphan.at, orphan.event_id, orphan.type, orphan.transmission_id,
        orphan.provider_message_id, orphan.bounce_class, orphan.is_prefetched
"""
_NAME = """
    INSERT INTO mailing_providermail (provider_message_id, message_id)
    SELECT * FROM unnest(%s::text[], %s::uuid[]) ON CONFLICT DO NOTHING
"""
_ORPHANS = """
    SELECT EXISTS (SELECT 1 FROM mailing_mailevent WHERE message_id IS NULL AND transmission_id <> '')
        OR EXISTS (SELECT 1 FROM mailing_mailevent WHERE message_id IS NULL AND provider_message_id <> '')
"""
ADOPTED_IN_TURN = 4  # an adopted event may bring an id by which another is adopted


class Told:
    """What some events of one message tell: the earliest moment of each thing, None where they tell nothing of it."""

    __slots__ = (*_TOLD, "first_at")

    def __init__(self, message_id: str, first_at: datetime) -> None:
        self.message_id = message_id
        self.first_at = first_at
        self.arrived_at: datetime | None = None
        self.prefetched_at: datetime | None = None
        self.opened_at: datetime | None = None
        self.clicked_at: datetime | None = None
        self.complained_at: datetime | None = None
        self.failed_at: datetime | None = None
        self.reason: str | None = None
        self.transmission_id: str | None = None
        self.provider_message_id: str | None = None

    def _fails(self, at: datetime, reason: str) -> None:
        if self.failed_at is None or (at, reason) < (self.failed_at, self.reason or ""):
            self.failed_at, self.reason = at, reason


Placed = tuple[Event, datetime, str]


def tell(placed: Iterable[Placed]) -> dict[str, Told]:
    """What these events tell, by message; each with its moment and its message."""
    by_message: dict[str, Told] = {}
    for event, at, message_id in placed:
        told = by_message.get(message_id)
        if told is None:
            told = by_message[message_id] = Told(message_id, at)
        elif at < told.first_at:
            told.first_at = at
        kind, transmission_id, provider_message_id = event.type, event.transmission_id, event.provider_message_id
        if transmission_id and (told.transmission_id is None or transmission_id < told.transmission_id):
            told.transmission_id = transmission_id
        if provider_message_id and (told.provider_message_id is None or provider_message_id < told.provider_message_id):
            told.provider_message_id = provider_message_id
        if kind == INJECTION:
            continue
        if kind in _ARRIVING:
            if told.arrived_at is None or at < told.arrived_at:
                told.arrived_at = at
            if kind in OPENS:
                if event.is_prefetched:
                    told.prefetched_at = _earlier(told.prefetched_at, at)
                else:
                    told.opened_at = _earlier(told.opened_at, at)
            elif kind in CLICKS:
                told.clicked_at = _earlier(told.clicked_at, at)
            elif kind == COMPLAINT:
                told.complained_at = _earlier(told.complained_at, at)
        elif kind in BOUNCES:
            known = 1 if event.bounce_class is None else event.bounce_class
            if known in ARRIVED_ALL_THE_SAME:
                told.arrived_at = _earlier(told.arrived_at, at)
            if known not in (NOT_A_BOUNCE if kind == "bounce" else NOT_OUT_OF_BAND):
                told._fails(at, f"bounce_{known}")
        elif kind in NEVER_MADE:
            told._fails(at, kind)
    return by_message


def settle(message_ids: Collection[UUID | str]) -> None:
    """Give these messages the events that waited for them, within the caller's transaction."""
    if not message_ids:
        return
    for _turn in range(ADOPTED_IN_TURN):
        with connection.cursor() as cursor:
            cursor.execute(_ORPHANS)
            if not cursor.fetchone()[0]:
                return
            ids = list({str(pk) for pk in message_ids})
            cursor.execute(_ADOPT, {"ids": ids})
            told = tell([(_stored(at, *row), at, message_id) for message_id, at, *row in cursor.fetchall()])
        if not told:
            return
        settle_each(told.values())


def _stored(
    at: datetime,
    event_id: str,
    kind: str,
    transmission_id: str,
    provider_message_id: str,
    bounce_class: int | None,
    is_prefetched: bool,
) -> Event:
    return Event(event_id, kind, at, None, transmission_id, provider_message_id, bounce_class, is_prefetched, "")


def settle_told(tellings: Collection[Told]) -> None:
    """Settle what is told of messages the caller has locked: the common cases together, the others one by one."""
    if not tellings:
        return
    given = {name: bulk.array([getattr(told, name) for told in tellings]) for name in _TOLD}
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE_SENT, {**given, "never_made": list(NEVER_MADE)})
        settled = dict(cursor.fetchall())
    settle_each(told for told in tellings if told.message_id not in settled)
    announce_failed(lock([pk for pk, has_failed in settled.items() if has_failed]))


def name(ids: Mapping[str, str]) -> None:
    """Remember messages (values) by the provider's ids of their mails, for events that come with nothing else."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_NAME, [bulk.array(ids), bulk.array(ids.values())])


def settle_each(tellings: Iterable[Told]) -> None:
    """Settle messages one by one: those that were not known to be sent, and those that had failed before.

    Announces a hand-over and a failure to the floors above, each once.
    """
    by_id = {UUID(told.message_id): told for told in tellings}
    failed: list[Message] = []
    for message in lock(by_id):
        if message.state == State.DRAFT:
            continue
        told = by_id[message.pk]
        had_failed = message.failed_at is not None
        mark_accepted(message, told.first_at)
        if told.provider_message_id and not message.provider_message_id:
            name({told.provider_message_id: told.message_id})
        _change(message, _fresh(message, told))
        if message.failed_at and not had_failed:
            failed.append(message)
    announce_failed(failed)


def announce_failed(messages: list[Message]) -> None:
    """Tell the floors above that these did not arrive."""
    if messages:
        notice_failed.send(Message, messages=messages)


def _fresh(message: Message, told: Told) -> dict[str, Any]:
    arrived_at = _earlier(message.delivered_at, told.arrived_at)
    failed_at = _earlier(message.failed_at, told.failed_at)
    fresh: dict[str, Any] = {
        "transmission_id": message.transmission_id or told.transmission_id or "",
        "provider_message_id": message.provider_message_id or told.provider_message_id or "",
        "delivered_at": arrived_at,
        "failed_at": failed_at,
        **{
            name: _earlier(getattr(message, name), getattr(told, name))
            for name in ("prefetched_at", "opened_at", "clicked_at", "complained_at")
        },
    }
    if message.state == State.ABORTED:
        reason = LATE_TRACE_FAILED if failed_at else LATE_TRACE
        # What somebody dealt with was that it did not leave. This is news.
        return fresh | ({"reason": reason, "handled_at": None} if reason != message.reason else {})
    if message.state == State.NEEDS_PERSON and message.reason in KNOWN_TO_HAVE_LEFT and not failed_at:
        return fresh
    if not failed_at:
        state = State.DELIVERED if arrived_at else State.ACCEPTED
        return fresh | {"state": state, "reason": "", "ended_at": arrived_at}
    reason = _reason(message, told, failed_at)
    state = State.FAILED if reason in NEVER_MADE else State.BOUNCED
    if message.state not in (State.BOUNCED, State.FAILED) and message.failed_at is None:
        # Somebody may have dealt with it while it was thought to have left.
        fresh["handled_at"] = None
    return fresh | {"state": state, "reason": reason, "ended_at": failed_at}


def _reason(message: Message, told: Told, failed_at: datetime) -> str:
    """Why it did not arrive: what is told of the earliest moment, and of two at once the first by name."""
    known = message.reason if message.state in (State.BOUNCED, State.FAILED) else ""
    given = [(at, reason) for at, reason in ((message.failed_at, known), (told.failed_at, told.reason)) if reason]
    return min((reason for at, reason in given if at == failed_at), default=told.reason or known)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def mark_accepted(message: Message, at: datetime) -> None:
    """SparkPost has this message: from now on it counts as sent. Under the caller's lock of the row, once per message.

    One that was queued again meanwhile, because nothing was heard of it, needs a person: it must not go twice.
    """
    first = message.accepted_at is None
    late = message.state == State.QUEUED
    unsettled = (
        message.state in (State.CLAIMED, State.QUEUED)
        or (message.state == State.FAILED and first)
        or (message.state == State.NEEDS_PERSON and message.reason not in KNOWN_TO_HAVE_LEFT)
    )
    changes: dict[str, Any] = {"state": State.ACCEPTED, "reason": "", "ended_at": None} if unsettled else {}
    if first:
        changes["accepted_at"] = at
        if message.kind == ACCOUNT:
            # It holds a way into an account, and nobody needs to read that here any more.
            changes |= {"body_text": "", "body_html": ""}
    if not changes:
        return
    try:
        with transaction.atomic():
            _change(message, changes)
    except IntegrityError:
        # Suppressed since it was queued again: it is out of the queue for good, and says that it did leave once.
        aborted = {"state": State.ABORTED, "reason": LATE_TRACE, "ended_at": timezone.now(), "handled_at": None}
        _change(message, changes | aborted)
        return
    if first and message.asks and message.state != State.ABORTED:
        notice_handed_over.send(Message, messages=[message])
    if first and message.act_kind and message.state != State.ABORTED:
        answer_handed_over.send(Message, messages=[message])
    if late:
        _change(message, {"state": State.NEEDS_PERSON, "reason": LATE_TRACE, "ended_at": timezone.now()})


def _change(message: Message, changes: Mapping[str, Any]) -> None:
    changed = {name: value for name, value in changes.items() if getattr(message, name) != value}
    if changed:
        Message.objects.filter(pk=message.pk).update(**changed)
        for name, value in changed.items():
            setattr(message, name, value)


def lock(ids: Collection[UUID | str]) -> list[Message]:
    """The messages, locked in the order of their ids; no key lock, which would wait for events being stored."""
    if not ids:
        return []
    rows = Message.objects.filter(pk__in=list(ids)).order_by("pk")
    return list(rows.select_related("template", "subject").select_for_update(no_key=True, of=("self",)))
