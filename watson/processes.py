"""Child processes that never outlive us: each in a group of its own, stopped in order, recognised after a crash."""

import contextlib
import ctypes
import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Self

import psutil

LOG_LIMIT = 5_000_000  # bytes; a longer log starts anew
_PR_SET_PDEATHSIG = 1


class Unavailable(Exception):
    """Something the machine lacks or refuses, said in a sentence for the person at the keyboard."""


class Child:
    """One running program of ours."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        account: pwd.struct_passwd | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.log = log
        self.stop_signal = stop_signal
        with open_log(log) as out:
            self.process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                start_new_session=True,
                pass_fds=pass_fds,
                preexec_fn=dies_with_parent(stop_signal),
            )
        self.record = Record.of(self.process.pid)

    @property
    def pid(self) -> int:
        return self.process.pid

    def running(self) -> bool:
        return self.process.poll() is None

    def stop(self, timeout: float = 15.0) -> None:
        """Ask, wait, then insist, until the whole process group is gone."""
        if self.running():
            self.process.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout)
        _kill_group(self.pid)
        self.process.wait()

    def tail(self, lines: int = 15) -> str:
        """The last lines of its log, for a sentence about what went wrong."""
        return tail(self.log, lines)

    def wait_until(self, ready: Callable[[], bool], *, timeout: float = 60.0) -> Self:
        """Wait until `ready()`; raises Unavailable when the program ends first or takes too long."""
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.running():
                raise Unavailable(f"{self.name} stopped while starting. The end of {self.log}:\n{self.tail()}")
            if time.monotonic() > deadline:
                self.stop()
                raise Unavailable(f"{self.name} was not ready after {timeout:.0f} s. See {self.log}:\n{self.tail()}")
            time.sleep(0.05)
        return self


class Record:
    """A process id with its start time, so that an id that was used again is never mistaken for ours."""

    def __init__(self, pid: int, created: float) -> None:
        self.pid = pid
        self.created = created

    @classmethod
    def of(cls, pid: int) -> Self:
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return cls(pid, 0.0)

    def process(self) -> psutil.Process | None:
        """The process, when it is still the same one and more than a zombie."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 0.05
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    @staticmethod
    def save(path: Path, records: Iterable["Record"]) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps([[record.pid, record.created] for record in records]))
        fresh.replace(path)

    @staticmethod
    def load(path: Path) -> list["Record"]:
        try:
            return [Record(int(pid), float(created)) for pid, created in json.loads(path.read_text())]
        except (FileNotFoundError, ValueError):
            return []


def stop_processes(processes: Iterable[psutil.Process], *, first: signal.Signals = signal.SIGTERM) -> None:
    """Stop processes that an earlier start left behind, by id: ask, wait, then insist."""
    left = list(processes)
    for sign, patience in ((first, 20), (signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(sign)
        _, left = psutil.wait_procs(left, timeout=patience)
        if not left:
            return
    raise Unavailable(f"Process {left[0].pid} of an earlier start cannot be stopped.")


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server listens there now."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a text file, or nothing."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def open_log(path: Path) -> IO[bytes]:
    """A program's log to write on at its end, or anew when it has grown too long."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb" if path.exists() and path.stat().st_size > LOG_LIMIT else "ab")


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def dies_with_parent(sign: signal.Signals) -> Callable[[], None] | None:
    """On Linux the kernel itself stops a child whose parent was killed with no chance to clean up."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def arm() -> None:
        prctl(_PR_SET_PDEATHSIG, int(sign), 0, 0, 0)

    return arm
