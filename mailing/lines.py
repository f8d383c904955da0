"""Lines to SparkPost: calls side by side from one worker, and never more than it advises over all workers.

A slot is a session-level advisory lock. The server lets go of it the moment the session ends, so a worker that is
killed leaves nothing behind: no lease to wait for, no clock, no row to sweep. It needs a session of its own, which
every deployment here has (no pooler in transaction mode stands between).
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from mailing.models import Message
from mailing.sparkpost.client import Accepted, Client

MOST = 10  # connections at once, over all workers (SparkPost's advice)
SLOTS = 0x57A7_0510
LONGEST_WAIT = 60.0  # seconds from the claim to the call
LINGER = 0.03  # seconds an outcome waits for others, to be written down together


class TooLate(Exception):
    """The message waited too long for its turn: somebody may take it for lost by now. It was not sent."""


@dataclass(frozen=True)
class Sent:
    """What came of one call."""

    message: Message
    outcome: Accepted | Exception


class Lines:
    """Threads that send, each over a connection of its own; the database stays with the thread that owns the lines."""

    def __init__(self, client: Client, width: int) -> None:
        self.client = client
        self.width = width
        self.outstanding = 0
        self._longest = timedelta(seconds=longest_wait())
        self._jobs: SimpleQueue[tuple[Message, dict[str, Any]] | None] = SimpleQueue()
        self._done: SimpleQueue[Sent] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def send(self, message: Message, transmission: dict[str, Any]) -> None:
        """Put one message in line."""
        self.outstanding += 1
        self._jobs.put((message, transmission))
        if len(self._threads) < min(self.width, self.outstanding):
            thread = threading.Thread(target=self._work, name=f"line-{len(self._threads) + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def collect(self) -> list[Sent]:
        """Wait for an outcome; that one and those that follow at once, as many as there are lines or more."""
        found = [self._done.get()]
        # Written down one by one they cost a transaction each. Meanwhile the lines go on with what waits for them.
        until = time.monotonic() + LINGER
        while len(found) < self.outstanding:
            enough = len(found) >= self.width
            try:
                found.append(self._done.get(timeout=0 if enough else max(0.0, until - time.monotonic())))
            except Empty:
                break
        self.outstanding -= len(found)
        return found

    def withdraw(self) -> list[Message]:
        """Take back whatever no thread has begun with."""
        back = []
        while True:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                break
            if job is not None:
                back.append(job[0])
        self.outstanding -= len(back)
        return back

    def close(self) -> None:
        """Let the threads end, and their connections with them."""
        for _thread in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                message, transmission = job
                outcome: Accepted | Exception
                try:
                    if message.claimed_at and timezone.now() - message.claimed_at > self._longest:
                        raise TooLate
                    outcome = self.client.transmissions.send(transmission)
                except Exception as error:
                    outcome = error
                self._done.put(Sent(message, outcome))
        finally:
            self.client.transport.hang_up()


def longest_wait() -> float:
    """Seconds a claimed message may wait for its call: well within the time after which it is taken for lost."""
    return min(LONGEST_WAIT, max(1.0, settings.MAIL_RECONCILE_AFTER / 2))


@contextmanager
def held(wanted: int) -> Iterator[int]:
    """Hold up to `wanted` of the slots all workers share; how many are held. Safe against kill -9 (see above)."""
    slots = _take(min(wanted, MOST))
    try:
        yield len(slots)
    finally:
        _let_go(slots)


@contextmanager
def open_lines(client: Client) -> Iterator[Lines | None]:
    """Lines within this worker's share of the slots; None while other workers hold them all."""
    with held(settings.MAIL_CONNECTIONS) as width:
        if not width:
            yield None
            return
        lines = Lines(client, width)
        try:
            yield lines
        finally:
            lines.withdraw()
            lines.close()


def _take(wanted: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT slot FROM generate_series(1, %s) AS slot WHERE pg_try_advisory_lock(%s, slot) LIMIT %s",
            [MOST, SLOTS, wanted],
        )
        return [slot for (slot,) in cursor.fetchall()]


def _let_go(slots: list[int]) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, slot) FROM unnest(%s::int[]) AS slot", [SLOTS, slots])
    except DatabaseError:
        # A session that can't unlock any more lets go by ending.
        connection.close()
