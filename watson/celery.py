"""The Celery application. Task arguments carry ids only."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watson.settings")

app = Celery("watson")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def spare_the_collector(**_kwargs: Any) -> None:
    """What a worker loaded at its start is never garbage, and a batch of events makes objects by the thousand."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
