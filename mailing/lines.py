"""Lines to SparkPost: calls side by side from one worker, and never more than it advises over all workers.

A slot is a session-level advisory lock. The server lets go of it the moment the session ends, so a worker that is
killed leaves nothing behind: no lease to wait for, no clock, no row to sweep. It needs a session of its own, which
every deployment here has (no pooler in transaction mode stands between).
"""

import sys
import threading
from collections import deque
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
LINGER = 0.05  # seconds an outcome waits for others, to be written down together
TOGETHER = 2  # times the lines: so many are enough
# A line whose answer came asks for the interpreter; by default whoever computes keeps it for 5 ms, and a line needs it
# several times in a call of twenty.
SWITCH = 0.001


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
        self._done: deque[Sent] = deque()
        self._wanted = 1
        self._enough = threading.Event()
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
        """Wait for an outcome; that one and those that follow soon, and whatever else there is by then."""
        self._wait_for(1, None)
        # Written down one by one they cost a transaction each. Meanwhile the lines go on with what waits for them.
        self._wait_for(min(self.outstanding, TOGETHER * self.width), LINGER)
        found = [self._done.popleft() for _one in range(len(self._done))]
        self.outstanding -= len(found)
        return found

    def _wait_for(self, number: int, seconds: float | None) -> None:
        """Until there are so many outcomes, or for so long. The lines wake this thread once, not for each."""
        self._wanted = number
        self._enough.clear()
        # Looked at after that: what comes from now on is told.
        if len(self._done) < number:
            self._enough.wait(seconds)

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
                self._done.append(Sent(message, outcome))
                if len(self._done) >= self._wanted:
                    self._enough.set()
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
        before = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        try:
            yield lines
        finally:
            lines.withdraw()
            lines.close()
            sys.setswitchinterval(before)


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
