"""Asking for what was never posted: the Events API over the time since we last had everything.

SparkPost keeps events for ten days. A gap is read oldest part first; the mark moves when a part is read to its end, so
a run that is cut off begins that part again. What is read twice is stored once.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import Case, Count, F, Min, When
from django.utils import timezone

from mailing import events, outbox
from mailing.models import Channel, Message, ProviderStream, State, Stream
from mailing.provider import streams
from mailing.sparkpost import errors

logger = logging.getLogger(__name__)

KEPT = timedelta(days=10)
# Events are found a little later than they happened, and some minutes later under load.
OVERLAP = timedelta(minutes=10)
# Read to its end before the mark moves, so not too long.
PART = timedelta(days=1)
AT_LEAST_EVERY = timedelta(days=1)
STORED_TOGETHER = 1000
# Longer than this SparkPost doesn't try to deliver a mail (72 hours); nothing will be heard of older ones.
UNDER_WAY = timedelta(days=4)
POST_STEP = timedelta(seconds=10)

_HEARD_OF_LATE = "SELECT 1 FROM mailing_providerstream WHERE name = %s AND webhook_at > %s"

T = TypeVar("T")


@dataclass(frozen=True)
class Silence:
    """No post since `since`, while `messages` are under way."""

    since: datetime
    messages: int


def heard() -> None:
    """A post of the provider came. One after a long silence marks a gap that has to be asked for."""
    now = timezone.now()
    quiet = now - _patience()
    # Posts may come many times a second: the row is written every few seconds only.
    with connection.cursor() as cursor:
        cursor.execute(_HEARD_OF_LATE, [Stream.EVENTS, now - POST_STEP])
        if cursor.fetchone() is not None:
            return
    known = ProviderStream.objects.filter(pk=Stream.EVENTS)
    changed = known.exclude(webhook_at__gt=now - POST_STEP).update(
        webhook_at=now, gap_at=Case(When(webhook_at__lt=quiet, then=now), default=F("gap_at")), brought=0
    )
    if not changed and not known.exists():
        ProviderStream.objects.bulk_create([ProviderStream(name=Stream.EVENTS, webhook_at=now)], ignore_conflicts=True)


def silence(now: datetime | None = None) -> Silence | None:
    """Since when nothing was posted although messages are under way; None while none is."""
    now = now or timezone.now()
    under_way = Message.objects.filter(
        state=State.ACCEPTED, channel=Channel.EMAIL, accepted_at__gt=now - UNDER_WAY
    ).aggregate(oldest=Min("accepted_at"), number=Count("pk"))
    if under_way["oldest"] is None:
        return None
    posted = streams.state_of(Stream.EVENTS).webhook_at
    return Silence(max(posted or under_way["oldest"], under_way["oldest"]), under_way["number"])


def is_too_long(found: Silence | None, now: datetime | None = None) -> bool:
    """Whether a silence lasts longer than the settings allow."""
    return found is not None and (now or timezone.now()) - found.since > _patience()


def missed_posts() -> Silence | None:
    """A silence to tell people about: too long, and asking did not show that there is simply nothing to post.

    A mail the other side keeps waiting brings no event for hours; then asking brings none either, and all is well.
    """
    now = timezone.now()
    found = silence(now)
    if found is None or not is_too_long(found, now):
        return None
    state = streams.state_of(Stream.EVENTS)
    asked_since = state.looked_at is not None and state.looked_at > found.since
    return None if asked_since and not state.brought and not state.trouble else found


def is_due(now: datetime) -> bool:
    """Whether to ask now: cut off before, a gap between posts, silence, or simply a day later."""
    state = streams.state_of(Stream.EVENTS)
    if not settings.SPARKPOST_API_KEY or streams.is_held_off(state, now):
        return False
    if state.trouble or state.sure_until is None or now - state.sure_until > AT_LEAST_EVERY:
        return True
    if state.gap_at is not None and (state.looked_at is None or state.looked_at < state.gap_at):
        return True
    rested = state.looked_at is None or now - state.looked_at >= _patience()
    return rested and is_too_long(silence(now), now)


def catch_up() -> int:
    """Ask for what was not posted, if it is time to; how many events were new. Safe to run twice and side by side."""
    with streams.alone(Stream.EVENTS) as mine:
        return _catch_up() if mine and is_due(timezone.now()) else 0


def _catch_up() -> int:
    now = timezone.now()
    state = streams.state_of(Stream.EVENTS)
    begin = max(state.sure_until - OVERLAP, now - KEPT) if state.sure_until else now - KEPT
    new = 0
    while begin < now:
        end = min(begin + PART, now)
        brought = 0
        try:
            for stored in _read(begin, end):
                brought += stored
        except errors.Failure as failure:
            logger.warning("mail: the events can't be asked for now: %s", failure)
            streams.went_wrong(Stream.EVENTS, failure, brought=brought)
            return new + brought
        streams.went_well(Stream.EVENTS, at=now, sure_until=end, brought=brought)
        new += brought
        begin = end
    return new


def _read(begin: datetime, end: datetime) -> Iterator[int]:
    """Store what happened in this time, some at a time; how many of each lot were new."""
    # Moments are sent in whole seconds and the last one is left out, so a minute more.
    found = outbox.client().events.search(since=begin, until=end + timedelta(minutes=1))
    for lot in portions(found, STORED_TOGETHER):
        yield events.store(events.parsed(lot))


def portions(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """The rows in lists of at most `size`, read no further than needed."""
    left = iter(rows)
    while part := list(islice(left, size)):
        yield part


def _patience() -> timedelta:
    return timedelta(seconds=settings.MAIL_SILENCE_AFTER)
