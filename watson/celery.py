"""The Celery application. Task arguments carry ids only."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, task_prerun, worker_init, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watson.settings")

app = Celery("watson")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def stand_still(**_kwargs: Any) -> None:
    """No mail, import or clock in a database put back from a backup, until the erased are erased again."""
    from privacy import quarantine

    if quarantine.GATE.is_shut():
        raise SystemExit(quarantine.SENTENCE)


@worker_process_init.connect
def spare_the_collector(**_kwargs: Any) -> None:
    """What a worker loaded at its start is never garbage, and a batch of events makes objects by the thousand."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@worker_init.connect
def look_after_connections(**_kwargs: Any) -> None:
    """Connections serve task after task in a worker; what is broken or old is closed before the next, as in the web."""
    task_prerun.connect(_close_old_connections, weak=False)


def _close_old_connections(**_kwargs: Any) -> None:
    from django.db import close_old_connections

    close_old_connections()
