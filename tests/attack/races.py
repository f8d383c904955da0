"""Two real transactions, step by step, in every order in which their steps can fall."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg2
from psycopg2.extensions import connection

from tests.attack.support import Session

READ_COMMITTED, REPEATABLE_READ, SERIALIZABLE = "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"
ISOLATIONS = [READ_COMMITTED, REPEATABLE_READ, SERIALIZABLE]
SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"
PATIENCE = 20.0

Write = Callable[[Session], None]


@dataclass
class Side:
    """One transaction: it begins and looks, writes, and commits."""

    name: str
    write: Write
    isolation: str
    second: connection
    began: int = -1
    wrote: int = -1
    committing: int = -1
    committed: int = -1
    error: psycopg2.Error | None = field(default=None)

    @property
    def pid(self) -> int:
        return self.second.get_backend_pid()

    def precedes(self, other: "Side") -> bool:
        """Whether its commit began before the other's was done. Whoever waited may note its own commit first."""
        return self.committing < other.committed

    @property
    def rule(self) -> str:
        return (self.error and self.error.diag.constraint_name) or ""

    @property
    def code(self) -> str:
        return (self.error and self.error.pgcode) or ""


class Race:
    """Runs steps on two sessions; a step that waits for a lock is left waiting while the other side goes on."""

    def __init__(self, monitor: connection, sides: Sequence[Side]) -> None:
        self.monitor, self.sides = monitor, sides
        self.clock = itertools.count()

    def run(self, order: Sequence[int]) -> None:
        """`order` names the side of each step, such as (0, 1, 1, 0, 1, 0)."""
        with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as other:
            try:
                self._in_order(order, (first, other))
            except BaseException:
                # Leaving the pools waits for their steps, and a step may wait for a lock of the other side.
                for side in self.sides:
                    side.second.cancel()
                raise
        for side in self.sides:
            side.second.rollback()

    def _in_order(self, order: Sequence[int], pools: Sequence[ThreadPoolExecutor]) -> None:
        steps = [[self._begin, self._write, self._commit] for _ in self.sides]
        waiting: list[Future[None]] = []
        for which in order:
            step, side = steps[which].pop(0), self.sides[which]
            waiting.append(pools[which].submit(self._step, step, side))
            self._until_done_or_blocked(waiting[-1], side)
        for future in waiting:
            future.result(PATIENCE)

    def _step(self, step: Callable[[Side], None], side: Side) -> None:
        if side.error is None:
            try:
                step(side)
            except psycopg2.Error as error:
                side.error = error
                side.second.rollback()

    def _begin(self, side: Side) -> None:
        side.second.set_session(isolation_level=side.isolation)
        with side.second.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM public.privacy_subject")  # an older snapshot begins here
        side.began = next(self.clock)

    def _write(self, side: Side) -> None:
        with side.second.cursor() as cursor:
            side.write(Session(cursor))
        side.wrote = next(self.clock)

    def _commit(self, side: Side) -> None:
        side.committing = next(self.clock)
        side.second.commit()
        side.committed = next(self.clock)

    def _until_done_or_blocked(self, future: Future[None], side: Side) -> None:
        deadline = time.monotonic() + PATIENCE
        with self.monitor.cursor() as cursor:
            while not future.done():
                cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [side.pid])
                if cursor.fetchone() == (True,) and not future.done():
                    return
                assert time.monotonic() < deadline, f"{side.name} neither ends nor waits"
                time.sleep(0.001)


def orders() -> Iterator[tuple[int, ...]]:
    """Every interleaving of two times three steps: twenty."""
    for places in itertools.combinations(range(6), 3):
        yield tuple(0 if place in places else 1 for place in range(6))


@contextmanager
def pair(open_one: Callable[[], connection]) -> Iterator[tuple[connection, connection, connection]]:
    """Two sessions to race, and one to watch them."""
    opened = [open_one() for _ in range(3)]
    opened[2].autocommit = True
    try:
        yield opened[0], opened[1], opened[2]
    finally:
        for one in opened:
            one.close()


def each_order(
    open_one: Callable[[], connection],
    isolations: tuple[str, str],
    make: Callable[[], tuple[Any, Write, Write]],
    check: Callable[[Any, Side, Side], None],
) -> None:
    """Race anew in every order. `make` lays the ground and returns it with both writes; `check` judges the outcome."""
    with pair(open_one) as (one, other, monitor):
        for order in orders():
            ground, first, second = make()
            sides = (Side("first", first, isolations[0], one), Side("second", second, isolations[1], other))
            Race(monitor, sides).run(order)
            for side in sides:
                assert side.code in ("", "23514", SERIALIZATION_FAILURE), f"{order}: {side.name} {side.error}"
                assert (side.committed >= 0) == (side.error is None)
            try:
                check(ground, *sides)
            except AssertionError as error:
                raise AssertionError(f"{order} {isolations}: {error} {sides}") from error
