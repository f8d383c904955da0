"""How fast events become the state of messages: from the first POST until every message is as its events say.

The whole road as it runs: gunicorn takes the posts, Celery workers take the batches in. Beside it the limit, COPY of
the same rows into a table with the same indexes, and the peer, django-anymail's webhook view with one ORM write per
event behind the same gunicorn.
"""

import base64
import contextlib
import http.client
import io
import os
import threading
import time
import uuid
from collections.abc import Iterator
from statistics import median, quantiles

from bench import rows, wire
from bench.servers import free_port, program

POSTERS = 2  # SparkPost posts from several servers at once
PATIENCE = 300.0  # seconds


class Rates:
    """Events per second of one way, run by run, and how long each post waited for its answer, in seconds."""

    def __init__(self) -> None:
        self.runs: list[float] = []
        self.waits: list[float] = []

    def add(self, events: int, seconds: float) -> None:
        self.runs.append(events / seconds)

    @property
    def median(self) -> float:
        return median(self.runs)

    @property
    def p95(self) -> float:
        return quantiles(self.waits, n=20)[-1]


@contextlib.contextmanager
def site(settings: str, application: str) -> Iterator[int]:
    """gunicorn with this application, as it serves Watson; its port."""
    port = free_port()
    with program(
        *("web", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--log-level", "info"),
        ready="Listening at",
        DJANGO_SETTINGS_MODULE=settings,
    ):
        yield port


def measure(*, batch: int, batches: int, runs: int, peer_events: int) -> dict[str, Rates]:
    """Watson, the limit and the peer, in turns: each run `batches` posts of `batch` events."""
    ours, limit, peer = Rates(), Rates(), Rates()
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(site("watson.settings", "watson.wsgi"))
        peer_port = stack.enter_context(site("bench.peer_settings", "bench.peer_wsgi"))
        stack.enter_context(
            program(
                *("worker", "celery", "-A", "watson", "worker", "--loglevel", "INFO", "--concurrency", "2"),
                ready=" ready.",
            )
        )
        for run in range(runs + 1):  # the first warms everything up and is not counted
            messages = rows.make_messages(batch * batches // 3 + 1)
            bodies = wire.batches(messages, batch)[:batches]
            waits, settled = _post_and_wait(port, bodies, messages)
            copied = _copy(messages, batch, batches)
            few = wire.batches(rows.make_messages(peer_events // 3 + 1), min(batch, peer_events))
            few = few[: max(1, peer_events // batch)]
            began = time.perf_counter()
            _post(peer_port, "/hooks/peer/", few)
            answered = time.perf_counter() - began
            if run:
                ours.waits += waits
                ours.add(batch * batches, settled)
                limit.add(batch * batches, copied)
                peer.add(min(batch, peer_events) * len(few), answered)
    return {"watson": ours, "limit": limit, "peer": peer}


def _post_and_wait(port: int, bodies: list[bytes], messages: list[tuple[uuid.UUID, str]]) -> tuple[list[float], float]:
    """Seconds each post waited for its answer, and seconds until the last message had its state."""
    began = time.perf_counter()
    waits = _post(port, "/hooks/sparkpost/", bodies)
    with rows.at_will() as cursor:
        while True:
            cursor.execute("SELECT count(*) FROM mailing_webhookbatch WHERE taken_in_at IS NULL")
            if not cursor.fetchone()[0]:
                break
            if time.perf_counter() - began > PATIENCE:
                raise RuntimeError("The batches were not taken in.")
            time.sleep(0.005)
        seconds = time.perf_counter() - began
        cursor.execute(
            "SELECT count(*) FROM mailing_message WHERE id = ANY(%s::uuid[]) AND state IN ('delivered', 'bounced')",
            [[str(pk) for pk, _transmission in messages[:-2]]],
        )
        if cursor.fetchone()[0] != len(messages) - 2:  # the last one's events may lie beyond the last batch
            raise RuntimeError("Not every message has the state its events tell.")
    return waits, seconds


def _post(port: int, path: str, bodies: list[bytes]) -> list[float]:
    """Post every body and see it answered 200; seconds each waited."""
    pair = f"{os.environ['SPARKPOST_WEBHOOK_USER']}:{os.environ['SPARKPOST_WEBHOOK_PASSWORD']}"
    headers = {
        "Content-Type": "application/json",
        "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
        "X-Watson-Secret": os.environ["SPARKPOST_WEBHOOK_SECRET"],
    }
    answers: list[int] = []
    waits: list[float] = []

    def post(mine: list[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        for body in mine:
            began = time.perf_counter()
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
            waits.append(time.perf_counter() - began)
            answers.append(answer.status)
        connection.close()

    posters = [threading.Thread(target=post, args=[bodies[number::POSTERS]]) for number in range(POSTERS)]
    for poster in posters:
        poster.start()
    for poster in posters:
        poster.join()
    if answers != [200] * len(bodies):
        raise RuntimeError(f"Not every post was answered 200: {sorted(set(answers))}")
    return waits


def _copy(messages: list[tuple[uuid.UUID, str]], batch: int, batches: int) -> float:
    """Seconds to COPY as many rows, batch by batch, each in its own transaction."""
    texts = []
    lines = [
        f"{wire._event_id()}\t{kind}\t2026-11-22 17:00:00+00\t{pk}\t{transmission}\t{pk.hex[:24]}\t\\N\tf\n"
        for pk, transmission in messages
        for kind in ("injection", "delivery", "open")
    ]
    for at in range(0, batch * batches, batch):
        texts.append("".join(lines[at : at + batch]))
    columns = "event_id, type, at, message_id, transmission_id, provider_message_id, bounce_class, is_prefetched"
    with rows.at_will() as cursor:
        began = time.perf_counter()
        for text in texts:
            cursor.copy_expert(f"COPY bench_limit ({columns}) FROM STDIN", io.StringIO(text))
        return time.perf_counter() - began
