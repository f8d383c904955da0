"""Workers killed with SIGKILL at every step of a hand-over: no message is lost, and none goes twice."""

import json
import random
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import psutil
import pytest
from django.utils import timezone

from consent.models import Notice
from mailing import outbox, reconciler, tasks
from mailing.models import Message, State
from tests.mailing.conftest import KEY, organisation, queue, standin  # noqa: F401 - fixtures
from tests.support import services
from tests.support.many import multiply
from tests.support.nursery import Program
from tests.support.worker import celery_worker
from watson.processes import answers
from watson.roles import OWNER

HAND_OVER = "from mailing import outbox; outbox.hand_over()"


def until(true: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"This did not happen: {what}")
        time.sleep(0.02)


@pytest.fixture
def worker(standin) -> Iterator[Callable[[], Program]]:  # noqa: F811
    """A process of its own that hands over what is due."""
    started: list[Program] = []

    def start() -> Program:
        own = {"SPARKPOST_BASE_URL": standin.url, "SPARKPOST_API_KEY": KEY}
        started.append(Program("hand-over", code=HAND_OVER, extra=own))
        return started[-1]

    yield start
    for program in started:
        program.stop()


def waits_for_a_lock(session) -> bool:
    with session.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock' AND state = 'active'"
        )
        return bool(cursor.fetchone()[0])


STEPS = ["before the call", "during the call", "before writing", "while writing"]


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_this_step(transactional_db, queue, standin, worker, connect, settings, step):  # noqa: F811
    message = queue()
    held, owner, watcher = connect(), connect(OWNER), connect()
    watcher.autocommit = True
    with held.cursor() as cursor:
        if step == "before the call":
            # Row locks don't stop a reader; this does, between the claim and the call.
            with owner.cursor() as locking:
                locking.execute("LOCK TABLE privacy_link IN ACCESS EXCLUSIVE MODE")
            process = worker()
            until(lambda: waits_for_a_lock(watcher), "the worker has claimed and looks for the links")
        elif step == "while writing":
            with owner.cursor() as locking:
                locking.execute("LOCK TABLE consent_notice IN ACCESS EXCLUSIVE MODE")
            process = worker()
            until(lambda: waits_for_a_lock(watcher), "the worker has marked it accepted, and writes the notice")
        else:
            standin.misbehave("slow", seconds=3.0)
            process = worker()
            until(lambda: standin.mails, "SparkPost has it")
            if step == "before writing":
                cursor.execute("SELECT 1 FROM mailing_message WHERE id = %s FOR UPDATE", [str(message.pk)])
                until(lambda: waits_for_a_lock(watcher), "the worker has its answer and wants to write")
    process.kill()
    held.close()
    owner.close()

    message.refresh_from_db()
    assert message.state == State.CLAIMED
    assert not Notice.objects.filter(message=message).exists()
    assert len(standin.mails) == int(step != "before the call")
    assert outbox.hand_over() == 0
    standin.flush_events()
    settings.MAIL_RECONCILE_AFTER = 0
    reconciler.reconcile()
    settings.MAIL_RECONCILE_AFTER = 3600
    outbox.hand_over()

    message.refresh_from_db()
    assert message.state == (State.ACCEPTED if step == "before the call" else State.DELIVERED)
    assert len(standin.mails) == 1
    assert Notice.objects.filter(message=message).count() == 1


# All at once

MESSAGES = 1000
KILLS = 30
FAULTS = {"504": 15, "reset": 15, "garbage": 15, "502": 10, "503": 10}


@pytest.fixture
def standin_process(servers, monkeypatch) -> Iterator[str]:
    """The stand-in as a program of its own: its URL."""
    port = services.STANDIN_PORT
    monkeypatch.setenv("MAIL_RECONCILE_AFTER", "8")
    monkeypatch.setenv("SPARKPOST_TIMEOUT", "3")
    services.STANDIN_SOCKET.close()  # it was held until now, so that the port is still ours
    arguments = ["--port", str(port), "--delay", "0.05", "--events-lag", "0", "--latency", "0.01"]
    child = Program("kill-standin", "mailing.sparkpost.standin", *arguments)
    try:
        child.wait_until(lambda: answers(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        child.stop()


def ask(url: str, given: dict | None = None):
    body = None if given is None else json.dumps(given).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@pytest.mark.long
def test_a_thousand_messages_while_workers_are_killed(transactional_db, standin_process, queue):  # noqa: F811
    original = queue(not_before=timezone.now() + timedelta(days=1))
    ids = multiply(original, MESSAGES)
    Message.objects.filter(pk__in=ids).update(not_before=timezone.now())
    for fault, times in FAULTS.items():
        ask(f"{standin_process}/control/misbehave", {"fault": fault, "times": times})
    moving = Message.objects.filter(pk__in=ids, state__in=(State.QUEUED, State.CLAIMED))
    chance = random.Random(20261122)
    killed = 0
    with celery_worker(concurrency=3) as program:
        deadline = time.monotonic() + 240
        while moving.exists():
            assert time.monotonic() < deadline, Counter(moving.values_list("state", flat=True))
            for _line in range(3):
                tasks.hand_over.delay()
            tasks.reconcile.delay()
            time.sleep(chance.uniform(0.1, 0.7))  # when the next one dies
            children = psutil.Process(program.pid).children()
            if children and killed < KILLS:
                chance.choice(children).kill()
                killed += 1

    assert killed >= KILLS // 2
    states = Counter(Message.objects.filter(pk__in=ids).values_list("state", flat=True))
    mails = Counter(mail["metadata"]["message"] for mail in ask(f"{standin_process}/control/mails"))
    assert set(mails.values()) == {1}, f"sent twice: {[pk for pk, times in mails.items() if times > 1]}"
    assert set(mails) == {str(pk) for pk in ids}
    assert set(states) <= {State.ACCEPTED, State.DELIVERED}, states
    assert Notice.objects.filter(message__in=ids).count() == MESSAGES
    assert Message.objects.filter(pk__in=ids, attempts__gt=1).exists()  # some did wait for their trace
