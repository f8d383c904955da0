"""An erasure whose worker is killed with SIGKILL at every boundary of every step: the end is the same, done once."""

import signal
from collections.abc import Callable

import pytest
from django.utils import timezone

from mailing import outbox
from mailing.models import Message, State
from privacy.erasure import running, services
from privacy.models import Erasure, ErasureStep, LedgerEntry
from privacy.models.erasure import StepState
from privacy.vault.models import ErasureEnd, ErasureRecord
from tests import factories
from tests.mailing.conftest import KEY, standin  # noqa: F401 - a fixture
from tests.privacy.forgotten import ADDRESS, Forgotten, officer, spread
from tests.support.nursery import Program
from tests.support.texts import publish_texts

MOMENTS = {"before it is written": "before", "after it is written, before the commit": "after"}


@pytest.fixture
def erasure(transactional_db, standin):  # noqa: F811
    factories.make_organisation()
    publish_texts()
    olga = officer()
    approved = services.approve(services.plan(Forgotten().request, actor=olga), actor=olga)
    ErasureStep.objects.filter(erasure=approved, holder="mailboxes").update(
        state=StepState.DONE, done_at=timezone.now()
    )
    return approved


@pytest.fixture
def mortal(erasure, standin) -> Callable[[int, str], bool]:  # noqa: F811
    """`mortal(number, moment)` goes on in a real process that dies at the `number`th mark; whether it came so far."""
    own = {"SPARKPOST_BASE_URL": standin.url, "SPARKPOST_API_KEY": KEY}

    def go_on(number: int, moment: str) -> bool:
        given = f"{str(erasure.pk)!r}, {number}, {MOMENTS[moment]!r}"
        code = f"from tests.concurrency.mortal import carry_on; carry_on({given})"
        program = Program("mortal", code=code, extra=own)
        ended = program.process.wait(60)
        assert ended in (0, -signal.SIGKILL), program.tail()
        return ended != 0

    return go_on


def marks(erasure) -> list[tuple[str, str]]:
    return list(ErasureStep.objects.filter(erasure=erasure).order_by("position").values_list("holder", "state"))


@pytest.mark.long
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_every_boundary(erasure, standin, mortal, moment):  # noqa: F811
    deaths, number, before = 0, 1, marks(erasure)
    while Erasure.objects.get(pk=erasure.pk).finished_at is None:
        ErasureStep.objects.filter(erasure=erasure, state=StepState.RETRY).update(next_at=timezone.now())
        assert erasure in Erasure.objects.stalled(), marks(erasure)
        died = mortal(number, moment)
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
