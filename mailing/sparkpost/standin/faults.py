"""Misbehaving on demand: what the next calls and the next webhook batches meet."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

# fault -> what it does; any other HTTP status of 400 and up is answered as SparkPost's JSON error before accepting
API_FAULTS = {
    "429": "too many requests",
    "420": "sending limit reached",
    "500": "internal error",
    "503": "unavailable",
    "502": "gateway page, nothing accepted",
    "504": "accepted, then a gateway time-out page",
    "reset": "accepted, then the connection is reset",
    "slow": "accepted, answered late",
    "garbage": "accepted, answered with something that isn't JSON",
    "rejected": "created, its one recipient rejected (code 2000)",
    "1902": "refused with an id: the recipient is suppressed",
}
MAIL_FAULTS = {
    "generation_failure": "accepted, and never made: the words can't be rendered",
    "generation_rejection": "accepted, and never made: refused",
    "policy_rejection": "injected, then held back by a policy",
    "suppressed": "injected, then bounced as suppressed (class 25)",
}
WEBHOOK_FAULTS = {
    "duplicate": "each batch is posted twice",
    "shuffle": "events arrive one by one in reverse order",
    "delay": "batches are held back",
}
CODES = {"420": "2102", "500": "1500", "503": "1900"}
MESSAGES = {
    "429": "Too many requests",
    "420": "Exceed Sending Limit (daily)",
    "500": "internal server error",
    "503": "service unavailable",
}
SECONDS = {"slow": 5.0, "delay": 20.0}


@dataclass
class Fault:
    """A fault for the next `times` calls under `path`, or webhook batches."""

    kind: str
    times: int
    path: str = "transmissions"
    code: str | int | None = None
    seconds: float = 0.0

    @property
    def of_webhook(self) -> bool:
        return self.kind in WEBHOOK_FAULTS

    @property
    def of_mail(self) -> bool:
        return self.kind in MAIL_FAULTS

    @property
    def after_accepting(self) -> bool:
        return self.kind in ("504", "reset", "slow", "garbage")


class Faults:
    """The faults still to come, first asked first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[Fault] = []

    def add(
        self,
        kind: str | int,
        times: int = 1,
        *,
        path: str = "transmissions",
        code: str | int | None = None,
        seconds: float | None = None,
    ) -> None:
        """Plan a fault; raises ValueError for one that doesn't exist. `path` "*" means every call."""
        kind = str(kind)
        status = int(kind) if kind.isdigit() else 0
        if kind not in {**API_FAULTS, **MAIL_FAULTS, **WEBHOOK_FAULTS} and not 400 <= status < 600:
            raise ValueError(f"No such fault: {kind}")
        if times < 1:
            raise ValueError("A fault happens at least once.")
        wait = SECONDS.get(kind, 0.0) if seconds is None else seconds
        with self._lock:
            self._pending.append(Fault(kind, times, path, CODES.get(kind) if code is None else code, wait))

    def take_call(self, path: str) -> Fault | None:
        """The fault that the call to `path` meets."""

        def meets(fault: Fault) -> bool:
            return (
                not fault.of_webhook and not fault.of_mail and (fault.path in ("*", "") or path.startswith(fault.path))
            )

        return self._take(meets)

    def take_fate(self) -> str:
        """What becomes of the mail that is accepted now; empty for nothing special."""
        fault = self._take(lambda fault: fault.of_mail)
        return fault.kind if fault else ""

    def take_batch(self, kind: str) -> Fault | None:
        """The fault of this kind that the next batch meets."""
        return self._take(lambda fault: fault.kind == kind)

    def peek_batch(self, kind: str) -> bool:
        """Whether a fault of this kind is planned."""
        with self._lock:
            return any(fault.kind == kind for fault in self._pending)

    def _take(self, wanted: Callable[[Fault], bool]) -> Fault | None:
        with self._lock:
            for fault in self._pending:
                if wanted(fault):
                    fault.times -= 1
                    if not fault.times:
                        self._pending.remove(fault)
                    return fault
        return None

    def pending(self) -> list[Fault]:
        """What is still planned."""
        with self._lock:
            return list(self._pending)

    def clear(self) -> None:
        """Behave."""
        with self._lock:
            self._pending.clear()
