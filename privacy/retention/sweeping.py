"""The clock that erases: in portions, each claimed first, so that a killed run is taken up where it was.

A portion is an erasure like one somebody asked for, without its first steps: the same runner, tables and search. What
our own tables and the vault hold goes at once; what lies outside follows, in the patience of the runner.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from privacy import ledger, ports
from privacy.erasure import planning
from privacy.erasure import running as erasures
from privacy.erasure.services import under_way
from privacy.models import Erasure, ErasurePerson, RetentionRun, Subject
from privacy.models.erasure import ErasureReason
from privacy.retention import holding

logger = logging.getLogger(__name__)

LOCK = (0x57A9, 0x5EE9)
# How many people one erasure of the clock is about.
TOGETHER = 1000
# What stands before this position is our own tables and the record of it outside the database.
OUTSIDE = 46
# A run that died so long ago is not taken up any more: a new one begins, and finds the same people.
TAKEN_UP_WITHIN = timedelta(hours=20)
SILENT_AFTER = timedelta(hours=48)


def run() -> RetentionRun | None:
    """Erase everybody whose time is over. None when another worker does. Safe to run twice, and after a crash."""
    with _alone() as mine:
        if not mine:
            return None
        holding.widen()
        current = _open()
        for claimed in current.erasures:  # by a run that died
            erasures.carry_on(claimed, before=OUTSIDE)
        while (erasure := _claim(current)) is not None:
            erasures.carry_on(erasure, before=OUTSIDE)
        _finish(current)
    for erasure in current.erasures:
        erasures.carry_on(erasure)
    return current


def due() -> "QuerySet[Any, Any]":
    """Whose time is over and whom no erasure is about yet, the longest first."""
    claimed = under_way().filter(subject=OuterRef("subject"))
    return ports.retention().due().filter(~Exists(claimed)).order_by("erase_on", "pk")


def _open() -> RetentionRun:
    lately = timezone.now() - TAKEN_UP_WITHIN
    left = RetentionRun.objects.filter(finished_at=None, started_at__gt=lately).order_by("-started_at").first()
    if left is not None:
        return left
    begun: RetentionRun = RetentionRun.objects.create()
    begun.refresh_from_db()
    return begun


def _claim(current: RetentionRun) -> UUID | None:
    """The next portion as an erasure of its own, with what it is counted by; None when nobody is left."""
    with transaction.atomic():
        # Whoever is being handled this moment is met tomorrow.
        rows = due().select_for_update(of=("self",), skip_locked=True)
        found = list(rows.values_list("subject", flat=True)[:TOGETHER])
        taken = set(under_way().filter(subject__in=found).values_list("subject", flat=True))
        wanted = [pk for pk in found if pk not in taken]
        if not wanted:
            return None
        people = Subject.objects.in_bulk(wanted)
        why = Counter(ports.retention().forecast().filter(subject__in=wanted).values_list("last_reason", flat=True))
        erasure = planning.make([people[pk] for pk in wanted], reason=ErasureReason.RETENTION)
        ledger.append("erasure.swept", erasure=erasure.pk, people=len(wanted), run=current.pk)
        current.erasures = [*current.erasures, erasure.pk]
        current.due += len(wanted)
        current.by_reason = dict(Counter(current.by_reason) + why)
        current.save(update_fields=["erasures", "due", "by_reason"])
    return erasure.pk


def _finish(current: RetentionRun) -> None:
    people = ErasurePerson.objects.filter(erasure__in=current.erasures)
    current.erased = people.filter(erased_at__isnull=False).count()
    current.spared = people.filter(spared_at__isnull=False).count()
    current.failed = people.filter(erased_at=None, spared_at=None).count()
    current.left_alone = dict(ports.retention().left_alone())
    current.finished_at = timezone.now()
    current.save(update_fields=["erased", "spared", "failed", "left_alone", "finished_at"])
    counted: dict[str, Any] = {
        "due": current.due,
        "erased": current.erased,
        "spared": current.spared,
        "failed": current.failed,
    }
    ledger.append("retention.run", run=current.pk, **counted)
    logger.info("retention: %s", ", ".join(f"{name} {number}" for name, number in counted.items()))


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether this process alone sweeps now. One that dies lets go, with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", LOCK)
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", LOCK)


# Whether it runs


def last_finished() -> datetime | None:
    """When the last run ended."""
    return RetentionRun.objects.finished().order_by("-finished_at").values_list("finished_at", flat=True).first()


def silent_since(now: datetime) -> datetime | None:
    """Since when no run has finished, once that is longer than two days; None while all is well."""
    since = last_finished() or _installed_at()
    return since if since is not None and now - since > SILENT_AFTER else None


def _installed_at() -> datetime | None:
    """Since when this clock should have run: the day the tables were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(applied) FROM django_migrations WHERE app = 'privacy'")
        found: datetime | None = cursor.fetchone()[0]
    return found


def unfinished() -> int:
    """Erasures of the clock that still have a step to do, outside or in the search."""
    return Erasure.objects.open().filter(reason=ErasureReason.RETENTION).count()
