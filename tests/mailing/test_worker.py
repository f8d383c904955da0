"""The whole way with a real worker, the site and the stand-in as programs of their own."""

import http.client
import json
import time
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit

import psutil

from mailing import outbox, reconciler, tasks
from mailing.models import Message, State, WebhookBatch
from tests.support.worker import celery_worker


def until(true: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(f"This did not happen: {what}")


def control(standin, name, **given):
    request = urllib.request.Request(
        f"{standin.url}/control/{name}",
        data=json.dumps(given).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def mails(standin):
    with urllib.request.urlopen(f"{standin.url}/control/mails", timeout=10) as answer:
        return json.load(answer)


def follow(url):
    """The status of a link, without going where it leads."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("GET", urlsplit(url).path)
    return connection.getresponse().status


def state_of(message):
    return Message.objects.values_list("state", flat=True).get(pk=message.pk)


def test_from_the_queue_to_delivered_and_clicked(transactional_db, sparkpost_standin, celery_worker_process, queue):
    message = queue()
    until(lambda: state_of(message) == State.DELIVERED, "delivered")
    (mail,) = mails(sparkpost_standin)
    (policy,) = [link["href"] for link in mail["links"] if link["tracked"] and link["part"] == "html"]

    assert follow(policy) == 302
    until(lambda: Message.objects.get(pk=message.pk).clicked_at, "clicked")
    until(lambda: not WebhookBatch.objects.filter(taken_in_at=None).exists(), "every batch taken in")


def test_misbehaving_batches_end_in_the_same_state(transactional_db, sparkpost_standin, celery_worker_process, queue):
    control(sparkpost_standin, "misbehave", fault="duplicate", times=3)
    control(sparkpost_standin, "misbehave", fault="shuffle", times=3)
    messages = [queue() for _ in range(3)]
    until(lambda: all(state_of(message) == State.DELIVERED for message in messages), "all delivered")
    assert len(mails(sparkpost_standin)) == 3
    for message in messages:
        assert message.events.filter(type="delivery").count() == 1


def test_a_killed_worker_neither_loses_nor_doubles(transactional_db, sparkpost_standin, queue, settings):
    control(sparkpost_standin, "misbehave", fault="slow", seconds=25)
    with celery_worker() as worker:
        message = queue()
        # SparkPost has it, the worker waits for the answer: now it dies, its children too.
        until(lambda: mails(sparkpost_standin), "accepted by SparkPost")
        assert state_of(message) == State.CLAIMED
        for process in [*psutil.Process(worker.pid).children(recursive=True), psutil.Process(worker.pid)]:
            process.kill()
        until(lambda: not worker.running(), "the worker is dead")
    # Its events are what tells; the site has them, but no worker took them in yet.
    Message.objects.filter(pk=message.pk, state=State.CLAIMED).get()
    assert outbox.hand_over() == 0
    assert len(mails(sparkpost_standin)) == 1
    settings.MAIL_RECONCILE_AFTER = 0

    def traced():
        control(sparkpost_standin, "flush")
        reconciler.reconcile()
        return state_of(message) in (State.ACCEPTED, State.DELIVERED)

    until(traced, "settled by its events")
    with celery_worker():
        tasks.hand_over.delay()
        until(lambda: not WebhookBatch.objects.filter(taken_in_at=None).exists(), "every batch taken in")
        until(lambda: state_of(message) == State.DELIVERED, "delivered")
    assert len(mails(sparkpost_standin)) == 1


def test_a_worker_killed_before_sending_leaves_it_to_be_sent(transactional_db, sparkpost_standin, queue, settings):
    message = queue()
    (claimed,) = outbox.claim()
    assert claimed.pk == message.pk  # and here the worker would die
    assert outbox.hand_over() == 0
    settings.MAIL_RECONCILE_AFTER = 0
    reconciler.reconcile()
    assert state_of(message) == State.QUEUED
    assert outbox.hand_over() == 1
    assert len(mails(sparkpost_standin)) == 1
