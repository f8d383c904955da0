"""A database that was put back from a backup stands still until everybody whom the vault knows to be erased is again.

The vault's records are compared with what this database knows of itself: an erasure writes down here that its record
is being made before it makes it, so in normal work nothing is ever missing. What is missing can only have happened
after the backup was made.
"""

import time
from threading import Lock
from uuid import UUID

from django.db import DatabaseError
from django.db.models import Exists, OuterRef, Q, QuerySet

from privacy.models import Erasure, ErasureStep
from privacy.models.erasure import ErasureReason, StepState
from privacy.vault.models import ErasureRecord

LOOK_AGAIN = 30.0  # seconds
RECORDING = ("record", "record_after")
CHUNK = 5000


def missing() -> list[UUID]:
    """The erasures the vault knows and this database doesn't, oldest first."""
    recorded = list(ErasureRecord.objects.order_by("at").values_list("erasure", flat=True))
    lost: list[UUID] = []
    for start in range(0, len(recorded), CHUNK):
        part = recorded[start : start + CHUNK]
        known = set(_known().filter(pk__in=part).values_list("pk", flat=True))
        lost += [pk for pk in part if pk not in known]
    return lost


def _known() -> "QuerySet[Erasure]":
    made = ErasureStep.objects.filter(
        erasure=OuterRef("pk"), holder__in=RECORDING, state__in=(StepState.RUNNING, StepState.RETRY, StepState.DONE)
    )
    again = Q(reason=ErasureReason.REPLAY, finished_at__isnull=False)
    return Erasure.objects.filter(again | Exists(made))


class Gate:
    """Whether this process may work; looked at again after a while. A vault out of reach keeps a fresh process shut."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._next = 0.0
        self._shut = True
        self._was_open = False

    def is_shut(self) -> bool:
        with self._lock:
            if time.monotonic() < self._next:
                return self._shut
            try:
                self._shut = bool(missing())
                self._was_open = not self._shut
            except DatabaseError:
                # Once known to be whole, a database does not turn into an older one while this process runs.
                self._shut = not self._was_open
            self._next = time.monotonic() + (LOOK_AGAIN if not self._shut else 2.0)
            return self._shut


GATE = Gate()
SENTENCE = (
    "This database was put back from a backup, and people who were erased since are in it again. Watson stands still"
    " until `manage.py replay_erasures` has erased them once more."
)
