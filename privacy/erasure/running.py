"""The runner: step by step, each done once, whatever dies in between.

A step of our own database is its effect and its `done` in one transaction. A step outside is marked as running, done
again if need be, and marked when it is over: all of them are safe to repeat. A worker that was killed is taken over by
the next beat; what can't be done now waits with growing patience, and an erasure with such a step is not done.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from privacy import ledger
from privacy.erasure import planning
from privacy.erasure.holders import ByHand, Holder, Later, holders
from privacy.guards import Refused, lawful
from privacy.models import Erasure, ErasureStep
from privacy.models.erasure import StepState

logger = logging.getLogger(__name__)

LOCK_SPACE = 0x57A9
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
DONE = StepState.DONE


def carry_on(pk: UUID, *, before: int | None = None) -> bool:
    """Do what can be done of this erasure now; whether it is finished. Another worker on the same one is left alone.

    `before`: only the steps that stand before this position; the others wait for the next call.
    """
    with _alone(pk) as mine:
        erasure = Erasure.objects.select_related("request").filter(pk=pk).first()
        if not mine or erasure is None or erasure.approved_at is None:
            return False
        if erasure.finished_at is not None:
            return True
        steps = erasure.steps.order_by("position")
        opened: planning.Opened = {}
        for step in steps if before is None else steps.filter(position__lt=before):
            holder = holders.get(step.holder)
            if holder is None:
                logger.error("erasure %s: nobody knows the holder %s", erasure.pk, step.holder)
                return False
            if step.state == DONE:
                continue
            if holder.waits and erasure.steps.filter(position__lt=step.position).exclude(state=DONE).exists():
                return False
            _do(erasure, step, holder, opened)
            if holder.holds_up and not erasure.steps.filter(pk=step.pk, state=DONE).exists():
                return False
        return _finish(erasure)


def _do(erasure: Erasure, step: ErasureStep, holder: Holder, opened: planning.Opened) -> None:
    now = timezone.now()
    may_begin = Q(state__in=(StepState.PENDING, StepState.RUNNING)) | Q(state=StepState.RETRY, next_at__lte=now)
    begun = ErasureStep.objects.filter(may_begin, pk=step.pk).update(
        state=StepState.RUNNING, started_at=Coalesce("started_at", now), attempts=F("attempts") + 1, next_at=None
    )
    if not begun:
        return
    try:
        run = planning.load(erasure, opened)
        if holder.is_remote:
            _mark_done(step, holder.erase(run))
        else:
            with lawful():
                _mark_done(step, holder.erase(run))
    except Later as later:
        _again(step, later.code, later.after)
    except ByHand as hand:
        _stop(step, hand.code, hand.found)
    except Refused as refusal:
        logger.error("erasure %s, step %s: %s", erasure.pk, step.holder, refusal.code or "refused")
        _again(step, refusal.code or "refused")
    except Exception:
        logger.exception("erasure %s, step %s failed", erasure.pk, step.holder)
        _again(step, "failed")


def _mark_done(step: ErasureStep, touched: int) -> None:
    ErasureStep.objects.filter(pk=step.pk).exclude(state=DONE).update(
        state=DONE, done_at=timezone.now(), touched=touched, trouble="", next_at=None
    )


def _again(step: ErasureStep, code: str, after: float | None = None) -> None:
    attempts = ErasureStep.objects.values_list("attempts", flat=True).get(pk=step.pk)
    wait = timedelta(seconds=after) if after is not None else min(FIRST_WAIT * 2 ** min(attempts - 1, 12), LONGEST_WAIT)
    _set(step, state=StepState.RETRY, trouble=code[:60], next_at=timezone.now() + wait)


def _stop(step: ErasureStep, code: str, found: dict[str, Any]) -> None:
    _set(step, state=StepState.NEEDS_HUMAN, trouble=code[:60], found=found, next_at=None)


def _set(step: ErasureStep, **changes: Any) -> None:
    ErasureStep.objects.filter(pk=step.pk).exclude(state=DONE).update(**changes)


def _finish(erasure: Erasure) -> bool:
    if erasure.steps.exclude(state=DONE).exists():
        return False
    with lawful():
        finished = Erasure.objects.filter(pk=erasure.pk, finished_at=None).update(finished_at=timezone.now())
        if finished:
            ledger.append(
                "erasure.finished",
                erasure=erasure.pk,
                request=erasure.request_id,
                reason=erasure.reason,
                people=erasure.people.filter(erased_at__isnull=False).count(),
            )
    return True


@contextmanager
def _alone(pk: UUID) -> Iterator[bool]:
    """Whether this process alone works on this erasure now. A process that dies lets go, with its connection."""
    key = [LOCK_SPACE, int.from_bytes(pk.bytes[:4], "big", signed=True)]
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
