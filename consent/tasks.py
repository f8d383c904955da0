"""Clocks of consent that run by themselves."""

import logging

from celery import shared_task

from consent import services
from consent.models import ConsentRequest

logger = logging.getLogger(__name__)


@shared_task
def run_clocks() -> int:
    """End every question whose time is over; each in its own transaction, so one failure stops no other."""
    ended = 0
    for asked in ConsentRequest.objects.filter(closed_at=None).order_by("created_at").iterator(chunk_size=500):
        try:
            ended += services.expire(asked) is not None
        except Exception:
            logger.exception("consent: question %s can't be ended", asked.pk)
    return ended
