"""The worker's side of mail: thin, and safe to run twice."""

from celery import shared_task
from django.db import OperationalError

from mailing import events, outbox


@shared_task
def hand_over() -> int:
    """Hand over what is due; the number of messages SparkPost took."""
    return outbox.hand_over()


@shared_task
def reconcile() -> int:
    """Find out what became of messages whose hand-over was cut off."""
    return outbox.reconcile()


@shared_task(autoretry_for=(OperationalError,), max_retries=5, retry_backoff=1)
def take_in(batch_id: str) -> int:
    """Take in one batch of events; the number that was new."""
    return events.take_in(batch_id)


@shared_task
def take_in_leftovers() -> int:
    """Take in batches whose worker died or was never told, and forget the marks of old ones."""
    return events.take_in_leftovers()
