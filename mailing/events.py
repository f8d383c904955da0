"""What SparkPost says happened: from a posted batch to the state of each message.

Batches come late, twice, shuffled and side by side. So nothing is applied as a change: an event is stored once by its
id, and a message's state is derived from all its events together, whatever their order.
"""

import hashlib
import json
import logging
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from mailing.kinds import ACCOUNT
from mailing.models import Message, State, WebhookBatch
from mailing.signals import notice_failed, notice_handed_over, stop_received
from privacy import sealing, suppression
from privacy.identifiers import BadContact, normalise_email
from privacy.models.suppression import SUPPRESSION_LOCK, Reason, Scope

logger = logging.getLogger(__name__)

INTAKE_LOCK = 0x57A7_0E7E
MARKS_KEPT = timedelta(days=30)
LEFT_OVER = timedelta(seconds=60)
LEFTOVERS_TOGETHER = 50

OPENS = ("open", "initial_open", "amp_open", "amp_initial_open")
CLICKS = ("click", "amp_click")
FOLLOWING = (*OPENS, *CLICKS)
BOUNCES = ("bounce", "out_of_band")
NEVER_MADE = ("policy_rejection", "generation_failure", "generation_rejection")
STOPS = {
    "spam_complaint": Reason.COMPLAINT,
    "list_unsubscribe": Reason.UNSUBSCRIBED,
    "link_unsubscribe": Reason.UNSUBSCRIBED,
}
KNOWN = frozenset({"injection", "delivery", "delay", *OPENS, *CLICKS, *BOUNCES, *NEVER_MADE, *STOPS})

HARD = (10, 30, 90)
UNSUBSCRIBED_AT_FAR_END = 90
# An answer by machine, a subscription, a challenge: the mail arrived.
NOT_A_BOUNCE = (60, 80, 100)
ARRIVED_ALL_THE_SAME = (60,)
# Reported after delivery, these only say that something is late.
NOT_OUT_OF_BAND = (*NOT_A_BOUNCE, 70)

LATE_TRACE = "late_trace"
LATE_TRACE_FAILED = "late_trace_failed"


@dataclass(frozen=True)
class Event:
    """One event, without IP address, place or browser. `rcpt_to` is used for a stop and never stored."""

    event_id: str
    type: str
    at: datetime | None
    message: UUID | None
    transmission_id: str
    provider_message_id: str
    bounce_class: int | None
    is_prefetched: bool
    rcpt_to: str

    @property
    def stop(self) -> Reason | None:
        if self.type in BOUNCES and self.bounce_class == UNSUBSCRIBED_AT_FAR_END:
            return Reason.UNSUBSCRIBED
        return STOPS.get(self.type)


# Taking in


def take_in(batch_id: str) -> int:
    """Take in one batch and forget its body, in one transaction; the number of new events. Safe to run twice."""
    with transaction.atomic():
        batch = WebhookBatch.objects.select_for_update(skip_locked=True).filter(pk=batch_id, taken_in_at=None).first()
        if batch is None:
            return 0
        try:
            found, set_aside = read(zlib.decompress(sealing.unseal(batch.body, context=context_of(batch))))
        except (sealing.Unsealable, zlib.error):
            # Without its key nobody can ever read it; SparkPost still has the events for 10 days.
            logger.error("mail: batch %s can't be opened", batch.pk)
            found, set_aside = [], 1
        new = store(found, received_at=batch.received_at)
        batch.body = b""
        batch.events, batch.set_aside, batch.taken_in_at = len(found), set_aside, timezone.now()
        batch.save(update_fields=["body", "events", "set_aside", "taken_in_at"])
    return new


def take_in_leftovers() -> int:
    """Take in what no worker has, adopt events that came before their message was known, forget old marks."""
    now = timezone.now()
    waiting = WebhookBatch.objects.filter(taken_in_at=None, received_at__lt=now - LEFT_OVER).order_by("received_at")
    new = 0
    for batch_id in waiting.values_list("pk", flat=True)[:LEFTOVERS_TOGETHER]:
        try:
            new += take_in(str(batch_id))
        except Exception:
            logger.exception("mail: batch %s can't be taken in", batch_id)
    with transaction.atomic():
        _lock_intake()
        settle(_adoptable())
    WebhookBatch.objects.filter(taken_in_at__lt=now - MARKS_KEPT).delete()
    return new


def context_of(batch: WebhookBatch) -> str:
    """What a sealed body is bound to."""
    return f"webhook:{batch.pk}"


# Reading


def read(body: bytes) -> tuple[list[Event], int]:
    """The events in a posted body and how many parts were set aside as malformed. Never raises."""
    try:
        posted = json.loads(body)
    except (ValueError, RecursionError):
        return [], int(bool(body.strip()))
    found: list[Event] = []
    set_aside = 0
    for item in posted if isinstance(posted, list) else [posted]:
        wrapped = item.get("msys") if isinstance(item, Mapping) else None
        if not isinstance(wrapped, Mapping):
            set_aside += int(not _is_ping(item))
            continue
        for inner in wrapped.values():
            event = _event(inner)
            if event is not None:
                found.append(event)
            elif not isinstance(inner, Mapping) or not isinstance(inner.get("type"), str):
                set_aside += 1
    return found, set_aside


def parsed(flat: Iterable[Mapping[str, Any]]) -> list[Event]:
    """Events as the Events API gives them, without the webhook's wrapping."""
    return [event for item in flat if (event := _event(item)) is not None]


def _is_ping(item: Any) -> bool:
    return item in ({}, {"message": {"msys": {}}})


def _event(inner: Any) -> Event | None:
    """One event with what we keep of it; None for what is no event about a message we know how to read."""
    if not isinstance(inner, Mapping) or not isinstance(inner.get("type"), str) or inner["type"] not in KNOWN:
        return None
    meta = inner.get("rcpt_meta")
    parsed_agent = inner.get("user_agent_parsed")
    machine = parsed_agent.get("is_prefetched") if isinstance(parsed_agent, Mapping) else None
    fields: dict[str, Any] = {
        "type": inner["type"],
        "at": _moment(inner.get("timestamp")),
        "message": _uuid(meta.get("message")) if isinstance(meta, Mapping) else None,
        "transmission_id": _text(inner.get("transmission_id"), 40),
        "provider_message_id": _text(inner.get("message_id"), 80),
        "bounce_class": _small_number(inner.get("bounce_class")),
        "is_prefetched": str(machine).lower() in ("true", "1"),
        "rcpt_to": _text(inner.get("raw_rcpt_to") or inner.get("rcpt_to"), 320),
    }
    event_id = _text(inner.get("event_id"), 1000)
    if not event_id or len(event_id) > 80:
        known = event_id or json.dumps(fields, default=str, sort_keys=True)
        event_id = f"sha256:{hashlib.sha256(known.encode()).hexdigest()}"
    return Event(event_id=event_id, **fields)


def _text(value: Any, longest: int) -> str:
    if value is None or isinstance(value, Mapping | list | bool):
        return ""
    text = str(value).replace("\0", "").encode("utf-8", "replace").decode()
    return text if len(text) <= longest else ""


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _small_number(value: Any) -> int | None:
    try:
        number = int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 <= number < 1000 else None


def _moment(value: Any) -> datetime | None:
    """A timestamp as text or number of seconds, or ISO; None for anything that can't be a moment of a mail."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        is_number = isinstance(value, int | float) or re.fullmatch(r"\d{1,11}(?:\.\d+)?", str(value))
        at = datetime.fromtimestamp(float(value), tz=UTC) if is_number else parse_datetime(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    if at is None:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at if datetime(2010, 1, 1, tzinfo=UTC) < at < timezone.now() + timedelta(days=1) else None


# Storing

_INSERT = """
    INSERT INTO mailing_mailevent
        (event_id, type, at, message_id, transmission_id, provider_message_id, bounce_class, is_prefetched)
    SELECT event_id, type, at, message, transmission_id, provider_message_id, bounce_class, is_prefetched
    FROM jsonb_to_recordset(%s::jsonb) AS given
        (event_id text, type text, at timestamptz, message uuid, transmission_id text, provider_message_id text,
         bounce_class int, is_prefetched bool)
    ORDER BY event_id
    ON CONFLICT (event_id) DO NOTHING
    RETURNING event_id
"""
_ADOPT = """
    UPDATE mailing_mailevent orphan SET message_id = known.message_id
    FROM (
        SELECT id AS message_id, transmission_id, provider_message_id FROM mailing_message WHERE id = ANY(%(ids)s)
        UNION
        SELECT message_id, transmission_id, provider_message_id FROM mailing_mailevent WHERE message_id = ANY(%(ids)s)
    ) known
    WHERE orphan.message_id IS NULL
      AND ((orphan.transmission_id <> '' AND orphan.transmission_id = known.transmission_id)
           OR (orphan.provider_message_id <> '' AND orphan.provider_message_id = known.provider_message_id))
"""
_ADOPTABLE = """
    SELECT message.id FROM mailing_mailevent orphan JOIN mailing_message message
        ON message.transmission_id <> '' AND message.transmission_id = orphan.transmission_id
    WHERE orphan.message_id IS NULL
    UNION
    SELECT message.id FROM mailing_mailevent orphan JOIN mailing_message message
        ON message.provider_message_id <> '' AND message.provider_message_id = orphan.provider_message_id
    WHERE orphan.message_id IS NULL
"""


def store(found: Iterable[Event], *, received_at: datetime | None = None) -> int:
    """Store events once by their id and derive anew the state of each message they are about; how many were new."""
    by_id = {event.event_id: event for event in found}
    if not by_id:
        return 0
    with transaction.atomic():
        # One intake at a time: an event that names its message and one that only shares an id with it must meet.
        _lock_intake()
        if any(event.stop for event in by_id.values()):
            suppression.lock()
        else:
            _share_suppression_lock()
        about = _resolve(by_id.values())
        touched = sorted({message for message in about.values() if message})
        unfollowed = {message.pk for message in _lock(touched) if hasattr(message.subject, "unfollowed")}
        rows = [
            {
                **asdict(event),
                "at": (event.at or received_at or timezone.now()).isoformat(),
                "message": str(about[event_id]) if about[event_id] else None,
            }
            for event_id, event in by_id.items()
            if event.type not in FOLLOWING or about[event_id] not in unfollowed
        ]
        for row in rows:
            del row["rcpt_to"]
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [json.dumps(rows)])
            new = {event_id for (event_id,) in cursor.fetchall()}
        settle(touched)
        _stop([by_id[event_id] for event_id in sorted(new) if by_id[event_id].stop], about)
    return len(new)


def _resolve(found: Iterable[Event]) -> dict[str, UUID | None]:
    """The message each event is about: by our own id, else by the transmission, else by SparkPost's id of the mail."""
    events = list(found)
    named = {event.message for event in events if event.message}
    there = set(Message.objects.filter(pk__in=named).values_list("pk", flat=True))
    transmissions = {event.transmission_id for event in events} - {""}
    mails = {event.provider_message_id for event in events} - {""}
    by_transmission = dict(
        Message.objects.filter(transmission_id__in=transmissions).values_list("transmission_id", "pk")
    )
    by_mail = dict(Message.objects.filter(provider_message_id__in=mails).values_list("provider_message_id", "pk"))
    for event in events:
        if event.message in there:
            by_transmission.setdefault(event.transmission_id, event.message)
            by_mail.setdefault(event.provider_message_id, event.message)
    about: dict[str, UUID | None] = {}
    for event in events:
        own = event.message if event.message in there else None
        about[event.event_id] = (
            own
            or (by_transmission.get(event.transmission_id) if event.transmission_id else None)
            or (by_mail.get(event.provider_message_id) if event.provider_message_id else None)
        )
    return about


def _stop(stops: list[Event], about: Mapping[str, UUID | None]) -> None:
    """Whoever said stop through their mail program is suppressed for everything, and the floors above are told."""
    messages = Message.objects.select_related("subject", "template").in_bulk(
        [pk for event in stops if (pk := about[event.event_id])]
    )
    for event in stops:
        pk = about[event.event_id]
        message = messages.get(pk) if pk else None
        addresses = {_normalised(event.rcpt_to), _normalised(message.to_email if message else "")} - {""}
        reason = event.stop or Reason.UNSUBSCRIBED
        suppression.suppress(
            [("email", address) for address in sorted(addresses)],
            scope=Scope.ALL,
            reason=reason,
            actor=None,
            subject=message.subject if message else None,
        )
        if message is not None:
            stop_received.send(Message, message=message, reason=str(reason))


def _normalised(address: str) -> str:
    try:
        return normalise_email(address) if address else ""
    except BadContact:
        return ""


# Deriving

_DERIVED = """
    SELECT message_id,
        min(at),
        min(at) FILTER (WHERE type = 'delivery'),
        min(at) FILTER (WHERE type = ANY(%(engaged)s) OR (type = ANY(%(bounces)s) AND bounce_class = ANY(%(arrived)s))),
        min(at) FILTER (WHERE type = ANY(%(opens)s) AND NOT is_prefetched),
        min(at) FILTER (WHERE type = ANY(%(clicks)s)),
        min(at) FILTER (WHERE failing),
        (array_agg(type ORDER BY at, event_id) FILTER (WHERE failing))[1],
        (array_agg(coalesce(bounce_class, 1) ORDER BY at, event_id) FILTER (WHERE failing))[1],
        (array_agg(transmission_id ORDER BY at, event_id) FILTER (WHERE transmission_id <> ''))[1],
        (array_agg(provider_message_id ORDER BY at, event_id) FILTER (WHERE provider_message_id <> ''))[1]
    FROM (
        SELECT *,
            type = ANY(%(never_made)s)
            OR (type = 'bounce' AND coalesce(bounce_class, 1) <> ALL(%(not_a_bounce)s))
            OR (type = 'out_of_band' AND coalesce(bounce_class, 1) <> ALL(%(not_out_of_band)s)) AS failing
        FROM mailing_mailevent WHERE message_id = ANY(%(ids)s)
    ) event
    GROUP BY message_id
"""


@dataclass(frozen=True)
class Derived:
    """What all events of one message together say."""

    message_id: UUID
    first_at: datetime
    delivered_at: datetime | None
    reached_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    failed_at: datetime | None
    failed_type: str | None
    failed_class: int | None
    transmission_id: str | None
    provider_message_id: str | None

    @property
    def state(self) -> State:
        if self.failed_at:
            return State.FAILED if self.failed_type in NEVER_MADE else State.BOUNCED
        return State.DELIVERED if self.arrived_at else State.ACCEPTED

    @property
    def arrived_at(self) -> datetime | None:
        return self.delivered_at or self.reached_at

    @property
    def reason(self) -> str:
        if not self.failed_at or not self.failed_type:
            return ""
        return self.failed_type if self.failed_type in NEVER_MADE else f"bounce_{self.failed_class}"


def settle(message_ids: Iterable[UUID]) -> None:
    """Derive the state of these messages from all their events, within the caller's transaction.

    Announces a hand-over and a failure to the floors above, each once.
    """
    ids = sorted(set(message_ids))
    if not ids:
        return
    for _round in range(4):  # an adopted event may bring an id by which another is adopted
        _settle(ids)
        with connection.cursor() as cursor:
            cursor.execute(_ADOPT, {"ids": ids})
            if not cursor.rowcount:
                return


def _settle(ids: list[UUID]) -> None:
    messages = {message.pk: message for message in _lock(ids)}
    for derived in _derive(ids):
        message = messages[derived.message_id]
        if message.state == State.DRAFT:
            continue
        had_failed = message.state in (State.BOUNCED, State.FAILED) or message.reason == LATE_TRACE_FAILED
        mark_accepted(message, derived.first_at)
        _change(message, _fresh(message, derived))
        if derived.failed_at and not had_failed:
            notice_failed.send(Message, message=message)


def _fresh(message: Message, derived: Derived) -> dict[str, Any]:
    fresh: dict[str, Any] = {
        "transmission_id": message.transmission_id or derived.transmission_id or "",
        "provider_message_id": message.provider_message_id or derived.provider_message_id or "",
        "delivered_at": derived.arrived_at,
        "opened_at": derived.opened_at,
        "clicked_at": derived.clicked_at,
    }
    if message.state == State.ABORTED:
        return fresh | {"reason": LATE_TRACE_FAILED if derived.failed_at else LATE_TRACE}
    if message.state == State.NEEDS_PERSON and message.reason == LATE_TRACE and not derived.failed_at:
        return fresh
    return fresh | {
        "state": derived.state,
        "reason": derived.reason,
        "ended_at": derived.failed_at or derived.arrived_at,
    }


def mark_accepted(message: Message, at: datetime) -> None:
    """SparkPost has this message: from now on it counts as sent. Under the caller's lock of the row, once per message.

    One that was queued again meanwhile, because nothing was heard of it, needs a person: it must not go twice.
    """
    first = message.accepted_at is None
    late = message.state == State.QUEUED
    unsettled = (
        message.state in (State.CLAIMED, State.QUEUED)
        or (message.state == State.FAILED and first)
        or (message.state == State.NEEDS_PERSON and message.reason != LATE_TRACE)
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
        _change(message, changes | {"state": State.ABORTED, "reason": LATE_TRACE, "ended_at": timezone.now()})
        return
    if first and message.asks and message.state != State.ABORTED:
        notice_handed_over.send(Message, message=message)
    if late:
        _change(message, {"state": State.NEEDS_PERSON, "reason": LATE_TRACE, "ended_at": timezone.now()})


def _change(message: Message, changes: Mapping[str, Any]) -> None:
    changed = {name: value for name, value in changes.items() if getattr(message, name) != value}
    if changed:
        Message.objects.filter(pk=message.pk).update(**changed)
        for name, value in changed.items():
            setattr(message, name, value)


def _derive(ids: list[UUID]) -> Iterator[Derived]:
    with connection.cursor() as cursor:
        cursor.execute(
            _DERIVED,
            {
                "ids": ids,
                "engaged": [*OPENS, *CLICKS, *STOPS],
                "opens": list(OPENS),
                "clicks": list(CLICKS),
                "bounces": list(BOUNCES),
                "arrived": list(ARRIVED_ALL_THE_SAME),
                "never_made": list(NEVER_MADE),
                "not_a_bounce": list(NOT_A_BOUNCE),
                "not_out_of_band": list(NOT_OUT_OF_BAND),
            },
        )
        rows = cursor.fetchall()
    return (Derived(*row) for row in rows)


def _adoptable() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_ADOPTABLE)
        return [pk for (pk,) in cursor.fetchall()]


def _lock(ids: Iterable[UUID]) -> list[Message]:
    """The messages, locked in the order of their ids; no key lock, which would wait for events being stored."""
    rows = Message.objects.filter(pk__in=list(ids)).order_by("pk")
    return list(rows.select_related("template", "subject__unfollowed").select_for_update(no_key=True, of=("self",)))


def _lock_intake() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [INTAKE_LOCK])


def _share_suppression_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [SUPPRESSION_LOCK])
