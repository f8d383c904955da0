"""How fast the outbox hands over, beside the bare client over the same number of connections, in the same run.

`.venv/bin/python -m bench.sending` runs it alone: two Celery workers, against the stand-in as a program of its own that
waits 20 ms before each answer. What is sent are real questions: words of a
published template, a notice, three links, an HTML and a text part; each to a person of their own.
"""

import json
import os
import statistics
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from bench import rows, servers
from watson.processes import Child, answers

LATENCY = 0.020
ROUNDS = 5
MESSAGES = 1200
WORKERS = 2  # processes that hand over, as in the demo
PATIENCE = 300.0


@dataclass
class Result:
    """Messages per second, one number per round."""

    connections: int
    messages: int
    watson: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The median of the outbox as a part of the median of the bare client."""
        return statistics.median(self.watson) / statistics.median(self.bare)

    def lines(self) -> list[str]:
        return [
            f"{self.messages} messages a round, {self.connections} connections, {LATENCY * 1000:.0f} ms latency",
            f"  outbox, queue to accepted  {_told(self.watson)} messages/s",
            f"  bare client                {_told(self.bare)} messages/s",
            f"  share                      {self.share:.0%}",
        ]


def measure(*, rounds: int = ROUNDS, messages: int = MESSAGES, port: int = 0) -> Result:
    """Both, turn by turn, `rounds` times; needs Django set up on a migrated database that may be written to."""
    from django.conf import settings

    from mailing import outbox

    result = Result(WORKERS * settings.MAIL_CONNECTIONS, messages)
    with standin(port or servers.free_port()) as url, _workers(url):
        settings.SPARKPOST_BASE_URL = url
        original = _question()
        client = outbox.client()
        for number in range(rounds + 1):
            transmissions = _queue(original, messages, start=1 + number * messages)
            bare = messages / _seconds_of_bare(client, transmissions, result.connections)
            _forget(url)
            watson = messages / _seconds_of_outbox(messages)
            _forget(url)
            if number:  # the first is for warming up
                result.bare.append(bare)
                result.watson.append(watson)
    return result


@contextmanager
def standin(port: int) -> Iterator[str]:
    """SparkPost's wire in a process of its own; nothing happens to a mail after it was accepted."""
    from django.conf import settings

    argv = [sys.executable, "-m", "mailing.sparkpost.standin", "--port", str(port)]
    argv += ["--latency", str(LATENCY), "--delay", "86400"]
    standin_env = {**os.environ, "SPARKPOST_API_KEY": settings.SPARKPOST_API_KEY}
    log = servers.HOME / "log" / "standin.log"
    child = Child("The SparkPost stand-in", argv, log=log, env=standin_env, cwd=Path(__file__).resolve().parents[1])
    try:
        child.wait_until(lambda: answers(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        child.stop()


def _question() -> Any:
    """One queued question with everything a real one has; it never leaves itself."""
    from django.db import transaction
    from django.utils import timezone

    from consent.seed import publish_defaults as publish_consent_texts
    from mailing import services
    from mailing.seed import publish_defaults
    from privacy import links
    from tests import factories

    publish_consent_texts()
    publish_defaults()
    factories.make_organisation()
    with transaction.atomic():
        candidacy = factories.make_candidacy()
        asked = factories.make_request(candidacy, handed_over_at=None)
    about: dict[str, Any] = {"about_kind": "consent_request", "about_id": asked.pk}
    message = services.queue(
        "approach",
        key=f"bench:{asked.pk}",
        subject=candidacy.subject,
        to_email="original@person.example",
        to_name="Anna de Vries",
        addresses=[("email", "original@person.example")],
        language="nl",
        context={
            "vacancy": "Finance director",
            "client": "Molen B.V.",
            "place": "Utrecht",
            "source": "LinkedIn",
            "found_on": "1 november 2026",
            "answer_by": "29 november 2026",
        },
        links={
            "consent": links.issue("consent", subject=candidacy.subject, **about),
            "withdraw": links.issue("withdraw", subject=candidacy.subject, **about),
        },
        about=("consent_request", asked.pk),
        vacancy=candidacy.vacancy_id,
        client=candidacy.vacancy.client_id,
        sender=candidacy.vacancy.owner,
        not_before=timezone.now() + timedelta(days=1),  # no worker is woken for it
    )
    services.cancel(message, actor=candidacy.vacancy.owner)
    return message


def _queue(original: Any, messages: int, *, start: int) -> list[dict[str, Any]]:
    """Queue copies of the question; the transmissions they will become."""
    from django.db import connection
    from django.utils import timezone

    from accounts.models import Organisation
    from mailing import transmissions
    from mailing.models import Message, State
    from tests.support.many import multiply

    ids = multiply(original, messages, start=start)
    Message.objects.filter(pk__in=ids).update(
        state=State.QUEUED, reason="", ended_at=None, handled_at=None, not_before=timezone.now()
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    built = transmissions.build(list(Message.objects.filter(pk__in=ids)), Organisation.current())
    return [transmission for transmission in built.values() if isinstance(transmission, dict)]


@contextmanager
def _workers(url: str) -> Iterator[None]:
    """The workers that hand over, each a process of its own."""
    arguments = ("celery", "-A", "watson", "worker", "--loglevel", "INFO", "--concurrency", str(WORKERS))
    with servers.program("sender", *arguments, ready=" ready.", SPARKPOST_BASE_URL=url):
        yield


def _seconds_of_outbox(messages: int) -> float:
    """From the moment the workers are called until SparkPost has taken every message and that is written down."""
    from django.utils import timezone

    from mailing import tasks
    from mailing.models import Message, State

    since = timezone.now()
    began = time.perf_counter()
    for _worker in range(WORKERS):
        tasks.hand_over.delay()
    with rows.at_will() as cursor:
        while True:
            # The marks, for what is seldom: all messages would be read each time, by the cores that are measured.
            cursor.execute("SELECT 1 FROM mailing_messagemark WHERE state IN ('queued', 'claimed') LIMIT 1")
            if cursor.fetchone() is None:
                break
            if time.perf_counter() - began > PATIENCE:
                raise RuntimeError("The messages were not handed over.")
            time.sleep(0.01)
    took = time.perf_counter() - began
    taken = Message.objects.filter(accepted_at__gte=since, state=State.ACCEPTED).count()
    if taken != messages:
        raise RuntimeError(f"Only {taken} of {messages} messages were taken.")
    return took


def _seconds_of_bare(client: Any, transmissions: list[dict[str, Any]], connections: int) -> float:
    waiting: SimpleQueue[dict[str, Any]] = SimpleQueue()
    for transmission in transmissions:
        waiting.put(transmission)

    def work() -> None:
        try:
            while True:
                client.transmissions.send(waiting.get_nowait())
        except Empty:
            client.transport.hang_up()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def _forget(url: str) -> None:
    """A stand-in that has begun to forget old mails is slower, so it forgets all of them between two turns."""
    asked = urllib.request.Request(  # noqa: S310 - our own stand-in on this machine
        f"{url}/control/reset", data=json.dumps({"mails": True}).encode(), headers={"Content-Type": "application/json"}
    )
    urllib.request.urlopen(asked, timeout=30).close()  # noqa: S310


def _told(numbers: list[float]) -> str:
    return f"{statistics.median(numbers):7.1f}  (median of {', '.join(f'{number:.0f}' for number in numbers)})"


def main() -> None:
    """Measure in a place of its own, and say it."""
    with servers.running():
        sys.stdout.write("\n".join(measure().lines()) + "\n")


if __name__ == "__main__":
    main()
