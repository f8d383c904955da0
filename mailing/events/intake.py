"""Posted batches: taken in by a worker, their bodies forgotten at once."""

import logging
import time
import zlib
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.utils import timezone

from mailing.events.reading import Event, read
from mailing.events.storing import adopt_what_waits, store_many
from mailing.models import WebhookBatch
from privacy import sealing

logger = logging.getLogger(__name__)

MARKS_KEPT = timedelta(days=30)
LEFT_OVER = timedelta(seconds=60)
LEFTOVERS_TOGETHER = 50
CALLED = "mailing.take_in.called"
CALLED_SECONDS = 10  # a call that got lost holds up nothing for longer
ROUND_SECONDS = 20.0
TOGETHER = 15  # batches beside the one a job is for
TOGETHER_BYTES = 512 * 1024  # of sealed bodies, some ten thousand events

_TAKEN_IN = """
    UPDATE mailing_webhookbatch batch
    SET body = '', taken_in_at = %s, events = given.events, set_aside = given.set_aside
    FROM unnest(%s::uuid[], %s::int[], %s::int[]) AS given(id, events, set_aside)
    WHERE batch.id = given.id
"""


def take_in(batch_id: str) -> int:
    """Take in one batch and forget its body, in one transaction; the number of new events. Safe to run twice."""
    return _take_in(WebhookBatch.objects.filter(pk=batch_id))


def wake() -> None:
    """Have a worker look at what waits. While one is called that has not begun yet, it will see this batch too."""
    if cache.add(CALLED, 1, timeout=CALLED_SECONDS):
        from mailing import tasks  # which imports this

        tasks.take_in.delay()


def take_in_waiting() -> int:
    """Take in whatever waits, some batches together, until nothing does; the number of new events.

    One that stands in the way is left for `take_in_leftovers`, and holds up no other.
    """
    cache.delete(CALLED)  # before the first look: whoever posts from now on calls again
    ends_at = time.monotonic() + ROUND_SECONDS
    new, tried = 0, list[UUID]()
    while batch_id := _next(tried):
        if time.monotonic() > ends_at:
            wake()  # behind what else this worker has to do
            break
        tried.append(batch_id)
        try:
            new += take_in_with_others(str(batch_id), without=tried)
        except OperationalError:
            raise  # the database, not a batch: the job is tried again
        except Exception:
            logger.exception("mail: batch %s can't be taken in", batch_id)
    return new


def _next(tried: Collection[UUID]) -> UUID | None:
    with transaction.atomic():
        waiting = WebhookBatch.objects.waiting().exclude(pk__in=tried).order_by("received_at")
        free = waiting.select_for_update(skip_locked=True)
        return free.values_list("pk", flat=True).first()


def take_in_with_others(batch_id: str, *, without: Collection[UUID] = ()) -> int:
    """Take in this batch and with it others that wait, for many small ones cost far less together."""
    waiting = WebhookBatch.objects.waiting().exclude(pk__in=[UUID(batch_id), *without]).annotate(size=Length("body"))
    together, size = [UUID(batch_id)], 0
    for pk, bytes_ in waiting.values_list("pk", "size").order_by("received_at")[:TOGETHER]:
        size += bytes_
        if size > TOGETHER_BYTES:
            break
        together.append(pk)
    if len(together) > 1:
        try:
            return _take_in(WebhookBatch.objects.filter(pk__in=together))
        except OperationalError:
            raise  # the database, not a batch
        except Exception:
            # One of them stands in the way of all: each by itself, then, when its turn comes.
            logger.exception("mail: %s batches can't be taken in together", len(together))
    return take_in(batch_id)


def _take_in(chosen: "QuerySet[WebhookBatch]") -> int:
    with transaction.atomic():
        batches = list(chosen.filter(taken_in_at=None).order_by("received_at").select_for_update(skip_locked=True))
        if not batches:
            return 0
        found: list[tuple[datetime, list[Event]]] = []
        for batch in batches:
            found.append((batch.received_at, _open(batch)))
        new = store_many(found)
        with connection.cursor() as cursor:
            given = zip(*((batch.pk, batch.events, batch.set_aside) for batch in batches), strict=True)
            cursor.execute(_TAKEN_IN, [timezone.now(), *(list(column) for column in given)])
    return new


def _open(batch: WebhookBatch) -> list[Event]:
    """The events of a batch, and on the batch how many, and how many parts were no events."""
    try:
        found, batch.set_aside = read(zlib.decompress(sealing.unseal(batch.body, context=context_of(batch))))
    except (sealing.Unsealable, zlib.error):
        # Without its key nobody can ever read it; SparkPost still has the events for 10 days.
        logger.error("mail: batch %s can't be opened", batch.pk)
        found, batch.set_aside = [], 1
    batch.events = len(found)
    return found


def take_in_leftovers() -> int:
    """Take in what no worker has, adopt events that came before their message was known, forget old marks."""
    now = timezone.now()
    waiting = WebhookBatch.objects.waiting().filter(received_at__lt=now - LEFT_OVER).order_by("received_at")
    new = 0
    for batch_id in waiting.values_list("pk", flat=True)[:LEFTOVERS_TOGETHER]:
        try:
            new += take_in(str(batch_id))
        except Exception:
            logger.exception("mail: batch %s can't be taken in", batch_id)
    adopt_what_waits()
    WebhookBatch.objects.filter(taken_in_at__lt=now - MARKS_KEPT).delete()
    return new


def context_of(batch: WebhookBatch) -> str:
    """What a sealed body is bound to."""
    return f"webhook:{batch.pk}"
