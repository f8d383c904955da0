"""Acts let go at the same moment, each in a thread with a database session of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from django.db import connections

Act = Callable[[], Any]


class Runners:
    """So many threads; their sessions stay open from one start to the next, for a new one has everything to look up."""

    def __init__(self, number: int, *, expect: tuple[type[Exception], ...] = (Exception,)) -> None:
        self.number, self.expect = number, expect
        self._pool = ThreadPoolExecutor(number)
        self._gate = threading.Barrier(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._gate.broken:
            self.start(*[connections.close_all] * self.number)
        self._pool.shutdown()

    def start(self, *acts: Act) -> list[Any]:
        """One act for each thread: what each returned, or met with when that was expected, in order."""
        assert len(acts) == self.number
        return [future.result(60) for future in [self._pool.submit(self._run, act) for act in acts]]

    def _run(self, act: Act) -> Any:
        self._gate.wait(30)
        try:
            return act()
        except self.expect as error:
            return error


def at_once(*acts: Act) -> list[Any]:
    """What each of these acts returned or raised, in order; they start together."""
    with Runners(len(acts)) as runners:
        return runners.start(*acts)
