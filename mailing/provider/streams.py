"""What we remember of each stream between us and the provider: how far it is, and what is in the way."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from zlib import crc32

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from mailing.models import ProviderStream, Stream
from mailing.sparkpost import errors

LOCK_SPACE = 0x57A7
# Without a word on when, as for a key that was refused: an operator has to act first.
AGAIN_AFTER = timedelta(minutes=15)
SERVER_FAULT = 500
# A single call fails now and then; what lasts is told.
GLITCH = timedelta(minutes=2)


def state_of(stream: Stream) -> ProviderStream:
    """Where this stream is; a fresh one knows nothing."""
    return ProviderStream.objects.filter(pk=stream).first() or ProviderStream(name=stream)


@contextmanager
def alone(stream: Stream) -> Iterator[bool]:
    """Whether this process alone works on the stream now. A process that dies lets go, with its connection."""
    key = [LOCK_SPACE, crc32(stream.encode()) & 0x7FFF_FFFF]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            # A connection that broke meanwhile has let go already.
            with suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def is_held_off(state: ProviderStream, now: datetime) -> bool:
    """Whether the provider asked us to wait, or refused us just now."""
    return state.again_at is not None and state.again_at > now


def went_well(stream: Stream, *, at: datetime, sure_until: datetime | None = None, brought: int = 0) -> None:
    """A run ended: nothing is in the way, and up to `sure_until` everything is there."""
    state = state_of(stream)
    state.looked_at, state.trouble, state.troubled_since, state.again_at = at, "", None, None
    state.sure_until = sure_until or state.sure_until
    state.brought += brought
    _save(state)
    answered()


def went_wrong(stream: Stream, failure: errors.Failure, *, brought: int = 0) -> None:
    """A run was cut off: what and since when, in a code, and not again before the provider wants it."""
    state, now = state_of(stream), timezone.now()
    state.trouble = (failure.code or str(failure.status or "unreachable"))[:40]
    state.troubled_since = state.troubled_since or now
    wait = timedelta(seconds=failure.after) if isinstance(failure, errors.Retry | errors.QuotaReached) else AGAIN_AFTER
    state.again_at = now + wait
    state.brought += brought
    _save(state)
    unanswered(failure)


def answered() -> None:
    """The provider answered a call, whatever it said: an outage is over."""
    out = ProviderStream.objects.filter(pk=Stream.CALLS).exclude(troubled_since=None)
    out.update(troubled_since=None, trouble="", looked_at=timezone.now())


def unanswered(failure: errors.Failure) -> None:
    """A call failed: where nobody answered it, an outage begins, or goes on since it began."""
    if not isinstance(failure, errors.Retry | errors.Ambiguous) or 0 < failure.status < SERVER_FAULT:
        return
    now, trouble = timezone.now(), str(failure.status or "unreachable")
    known = ProviderStream.objects.filter(pk=Stream.CALLS)
    if not known.filter(troubled_since=None).update(troubled_since=now, trouble=trouble):
        fresh = ProviderStream(name=Stream.CALLS, troubled_since=now, trouble=trouble)
        ProviderStream.objects.bulk_create([fresh], ignore_conflicts=True)


def outage() -> datetime | None:
    """Since when the provider answers no call; None while it does, and for the first minutes."""
    since = state_of(Stream.CALLS).troubled_since
    return since if since is not None and timezone.now() - since > GLITCH else None


def _save(state: ProviderStream) -> None:
    # What posts write, `webhook_at` and `gap_at`, is left alone.
    fields = ["looked_at", "trouble", "troubled_since", "again_at", "sure_until", "brought"]
    ProviderStream.objects.bulk_create([state], update_conflicts=True, unique_fields=["name"], update_fields=fields)
