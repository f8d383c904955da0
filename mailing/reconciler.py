"""What became of messages whose hand-over was cut off: SparkPost's events are asked before anything is sent again."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min
from django.utils import timezone

from mailing import events, lines, outbox
from mailing.models import Message, MessageMark, State
from mailing.provider import streams
from mailing.sparkpost import errors

logger = logging.getLogger(__name__)

TOGETHER = 50
ADDRESSES_LENGTH = 2000  # of a search's URL, of which SparkPost takes 4096 characters
EVENTS_KEPT = timedelta(days=9)  # SparkPost keeps them for 10
EARLIER = timedelta(minutes=5)  # its clock against ours
TRACES = frozenset({"injection", "delivery", "delay", *events.BOUNCES, *events.NEVER_MADE})


def reconcile() -> int:
    """Ask SparkPost's events about messages claimed too long ago: a trace decides, without one they are queued again.

    Returns how many were settled either way.
    """
    now = timezone.now()
    before = now - timedelta(seconds=settings.MAIL_RECONCILE_AFTER)
    lost = Message.objects.marked(State.CLAIMED, claimed_at__lte=before).order_by("claimed_at")
    # Their events are gone, so nothing can tell whether they were sent.
    settled = lost.filter(claimed_at__lt=now - EVENTS_KEPT).update(
        state=State.NEEDS_PERSON, reason="no_trace_kept", ended_at=now
    )
    claimed = list(lost[:TOGETHER])
    if not claimed or not settings.SPARKPOST_API_KEY:
        return settled
    with lines.held(1) as line:
        if not line:
            return settled  # every connection is taken; a minute later is early enough
        try:
            found = _search(claimed, now)
        except errors.Failure as failure:
            logger.warning("mail: the events can't be asked now: %s", failure)
            streams.unanswered(failure)
            return settled
    streams.answered()
    parsed = events.parsed(found)
    ours = _ours(parsed)
    events.store(event for event in parsed if event.event_id in ours)
    unclear = _unclear(event for event in parsed if event.event_id not in ours)
    return settled + sum(_decided(message, unclear) for message in claimed)


@dataclass(frozen=True)
class Unsettled:
    """Messages of which nobody knows whether they left, and since when that is so of the oldest."""

    messages: int
    since: datetime


def unsettled() -> Unsettled | None:
    """What lasts: claimed for more than twice the time after which the events are asked. None when there is nothing."""
    before = timezone.now() - 2 * timedelta(seconds=settings.MAIL_RECONCILE_AFTER)
    found = MessageMark.objects.filter(state=State.CLAIMED, claimed_at__lt=before).aggregate(
        number=Count("pk"), oldest=Min("claimed_at")
    )
    return Unsettled(found["number"], found["oldest"]) if found["number"] else None


def _search(claimed: list[Message], now: datetime) -> list[dict[str, Any]]:
    """Everything SparkPost knows since the first of these claims: by our own id, and by whom they went to."""
    window: dict[str, Any] = {
        "since": min(message.claimed_at for message in claimed if message.claimed_at) - EARLIER,
        "until": now + timedelta(minutes=1),
    }
    ask = outbox.client().events.search
    found = list(ask(campaigns=[message.pk.hex for message in claimed], **window))
    for addresses in _portions(sorted({message.to_email for message in claimed})):
        found += ask(recipients=addresses, **window)
    return found


def _portions(addresses: list[str]) -> Iterator[list[str]]:
    portion: list[str] = []
    length = 0
    for address in addresses:
        if "," in address:
            continue  # SparkPost can't be asked for it
        length += 3 * len(address)  # as many as quoting can make of it
        if portion and length > ADDRESSES_LENGTH:
            yield portion
            portion, length = [], 3 * len(address)
        portion.append(address)
    if portion:
        yield portion


def _ours(found: list[events.Event]) -> set[str]:
    """Which of these events are about a message of ours; the account may also send for others."""
    named = Message.objects.filter(pk__in={event.message for event in found if event.message})
    sent = Message.objects.filter(transmission_id__in={event.transmission_id for event in found} - {""})
    ids = {str(pk) for pk in named.values_list("pk", flat=True)}
    transmissions = set(sent.values_list("transmission_id", flat=True))
    return {event.event_id for event in found if event.message in ids or event.transmission_id in transmissions}


def _unclear(strange: Iterable[events.Event]) -> dict[str, datetime]:
    """Addresses to which something left that names no message of ours, and when the last of it did."""
    unclear: dict[str, datetime] = {}
    for event in strange:
        if event.type in TRACES and event.at and event.rcpt_to:
            address = event.rcpt_to.lower()
            unclear[address] = max(event.at, unclear.get(address, event.at))
    return unclear


def _decided(message: Message, unclear: dict[str, datetime]) -> bool:
    """One that can't be decided stays claimed, is tried again the next time, and holds up no other."""
    try:
        with transaction.atomic():
            return _decide(message, unclear)
    except Exception:
        logger.exception("mail: what became of message %s can't be decided", message.pk)
        return False


def _decide(message: Message, unclear: dict[str, datetime]) -> bool:
    """After the events were taken in: settled by a trace, or without one queued again."""
    mine = Message.objects.filter(pk=message.pk, state=State.CLAIMED, claimed_at=message.claimed_at)
    if not mine.exists():
        return True
    seen = unclear.get(message.to_email.lower())
    if seen and message.claimed_at and seen >= message.claimed_at - timedelta(seconds=1):
        # Something left for this address after the claim, and nothing says what: a second mail is worse than a look.
        now = timezone.now()
        return bool(mine.update(state=State.NEEDS_PERSON, reason="trace_unclear", ended_at=now))
    if message.attempts >= outbox.MAX_ATTEMPTS:
        return outbox.mark_failed(message, "attempts_used")
    return bool(outbox.queue_again(mine, "no_trace", not_before=timezone.now()))
