"""The Celery application of a worker whose clock is some days ahead: what Django calls now is later there.

Only for a process of its own (`celery -A tests.support.later worker`), started with DAYS_LATER in its environment.
"""

import os
from datetime import datetime, timedelta

from django.utils import timezone

AHEAD = timedelta(days=int(os.environ["DAYS_LATER"]))
_now = timezone.now


def later() -> datetime:
    return _now() + AHEAD


timezone.now = later

from watson.celery import app  # noqa: E402 - after the clock was moved

__all__ = ["app"]
