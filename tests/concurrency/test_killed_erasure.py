"""An erasure whose worker is killed with SIGKILL at every boundary of every step: the end is the same, done once."""

import os
import signal
import sys
import traceback

import pytest
from django.db import connections
from django.utils import timezone

from consent import seed as consent_seed
from mailing import outbox
from mailing import seed as mail_seed
from mailing.models import Message, State
from privacy.erasure import running, services
from privacy.models import Erasure, ErasureStep, LedgerEntry
from privacy.models.erasure import StepState
from privacy.vault.models import ErasureEnd, ErasureRecord
from tests import factories
from tests.mailing.conftest import KEY, standin  # noqa: F401 - a fixture
from tests.privacy.forgotten import ADDRESS, Forgotten, officer, spread

STEP = 'UPDATE "privacy_erasurestep"'
MOMENTS = ["before it is written", "after it is written, before the commit"]


@pytest.fixture
def erasure(transactional_db, standin):  # noqa: F811
    factories.make_organisation()
    consent_seed.publish_defaults()
    mail_seed.publish_defaults()
    olga = officer()
    approved = services.approve(services.plan(Forgotten().request, actor=olga), actor=olga)
    ErasureStep.objects.filter(erasure=approved, holder="mailboxes").update(
        state=StepState.DONE, done_at=timezone.now()
    )
    return approved


def killed_at(erasure, number: int, moment: str) -> bool:
    """Go on in a process of its own that kills itself at the `number`th mark it writes; whether it came so far.

    A real process with real connections: the parent's are closed first, so that neither uses the other's.
    """
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            seen = 0

            def watch(execute, sql, params, many, context):
                nonlocal seen
                mark = sql.startswith(STEP)
                seen += mark
                if mark and seen == number and moment == MOMENTS[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                result = execute(sql, params, many, context)
                if mark and seen == number:
                    os.kill(os.getpid(), signal.SIGKILL)
                return result

            with connections["default"].execute_wrapper(watch):
                running.carry_on(erasure.pk)
            os._exit(0)
        except BaseException:
            traceback.print_exc(file=sys.stderr)
            os._exit(3)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def marks(erasure) -> list[tuple[str, str]]:
    return list(ErasureStep.objects.filter(erasure=erasure).order_by("position").values_list("holder", "state"))


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_every_boundary(erasure, standin, moment):  # noqa: F811
    deaths, number, before = 0, 1, marks(erasure)
    while Erasure.objects.get(pk=erasure.pk).finished_at is None:
        ErasureStep.objects.filter(erasure=erasure, state=StepState.RETRY).update(next_at=timezone.now())
        assert erasure in Erasure.objects.stalled(), marks(erasure)
        died = killed_at(erasure, number, moment)
        deaths += died
        now = marks(erasure)
        # Whoever dies at the same mark again gets one mark further the next time, so that every one is met.
        number = 1 if now != before else number + 1
        before = now
        outbox.hand_over()
        Message.objects.filter(key=f"certificate:{erasure.pk}", state=State.ACCEPTED).update(
            state=State.DELIVERED, delivered_at=timezone.now()
        )
        assert deaths < 200, marks(erasure)

    assert deaths >= len(before), "it was killed at least once in every step"
    assert {state for _holder, state in marks(erasure)} == {StepState.DONE}
    assert spread() == set()
    assert len(standin.mails) == 1, "told once"
    assert standin.mails[0].to == ADDRESS
    assert LedgerEntry.objects.filter(kind="subject.erased").count() == 1
    assert LedgerEntry.objects.filter(kind="erasure.finished").count() == 1
    assert LedgerEntry.objects.filter(kind="request.answered").count() == 1
    assert LedgerEntry.objects.filter(kind="suppression.added").count() == 1
    assert ErasureRecord.objects.filter(erasure=erasure.pk).count() == 1
    assert ErasureEnd.objects.filter(erasure=erasure.pk).count() == 1


def test_two_workers_on_one_erasure(erasure, connect):
    other = connect()
    with other.cursor() as cursor:
        key = [running.LOCK_SPACE, int.from_bytes(erasure.pk.bytes[:4], "big", signed=True)]
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
        assert not running.carry_on(erasure.pk)
        assert {state for holder, state in marks(erasure) if holder != "mailboxes"} == {StepState.PENDING}
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
    running.carry_on(erasure.pk)
    assert dict(marks(erasure))["tables"] == StepState.DONE


def test_the_beat_takes_over_what_a_dead_worker_left(erasure, run_tasks):
    from privacy.tasks import carry_on_erasures

    run_tasks()  # what the approval queued
    ErasureStep.objects.filter(erasure=erasure).exclude(holder="mailboxes").filter(state=StepState.RETRY).update(
        next_at=timezone.now()
    )
    assert carry_on_erasures() == 1
    assert "privacy.tasks.carry_on_erasure" in run_tasks()
