"""Programs that begin at once: one process loads Watson, and each program that a test starts is a fork of it.

Loading Python, Django and Celery takes seconds, and a run of the tests starts dozens of programs. What is forked here
has neither a thread nor a session yet; environment, settings, log and process group are its own, and it is stopped,
killed and waited for like any other. A test whose point is the start itself starts a Python of its own.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from tests.support.services import HOME, SITE_SOCKET, WORKER
from watson.embedded import ROOT
from watson.processes import Child, Record, dies_with_parent, open_log

LINE = 1 << 20


class Nursery:
    """The process that loads everything once, and the line to it."""

    def __init__(self) -> None:
        self.line, theirs = socket.socketpair()
        self.child = Child(
            "The nursery of programs",
            [sys.executable, "-m", "tests.support.nursery", str(theirs.fileno())],
            log=HOME / "log" / f"nursery-{WORKER}.log",
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            cwd=ROOT,
            pass_fds=(theirs.fileno(), SITE_SOCKET.fileno()),
        )
        theirs.close()

    def ask(self, **what: Any) -> Any:
        self.line.sendall(json.dumps(what).encode() + b"\n")
        answer = _line(self.line)
        assert answer, self.child.tail()
        return json.loads(answer)

    def close(self) -> None:
        self.line.close()
        self.child.stop()


_nursery: list[Nursery] = []


def nursery() -> Nursery:
    """The one of this test process, started when it is first needed."""
    if not _nursery:
        _nursery.append(Nursery())
        atexit.register(_nursery[0].close)
    return _nursery[0]


class Fork:
    """A running fork; the part of `subprocess.Popen` that the tests use."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = nursery().ask(poll=self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        until, pause = time.monotonic() + (timeout or 3600.0), 0.001
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Program(Child):
    """`python -m module arguments` or `python -c code`, as a fork of the nursery."""

    process: Any

    def __init__(
        self,
        name: str,
        module: str = "",
        *arguments: str,
        code: str = "",
        log: Path | None = None,
        extra: dict[str, str] | None = None,
        env: dict[str, str] | None = None,
    ) -> None:
        """`extra` is added to the environment of the tests; `env` takes its place."""
        self.name, self.stop_signal = name, signal.SIGTERM
        self.log = log or HOME / "log" / f"{name}-{WORKER}.log"
        env = {**os.environ, **(extra or {})} if env is None else env
        pid = nursery().ask(module=module, arguments=arguments, code=code, log=str(self.log), env=env)
        self.process = Fork(pid)
        self.record = Record.of(pid)

    def kill(self) -> None:
        """With SIGKILL, as a machine that loses its power; it is gone when this returns."""
        self.process.kill()
        self.process.wait()


def _line(line: socket.socket) -> bytes:
    """One line of the other side; nothing when it is gone."""
    got = b""
    while not got.endswith(b"\n"):
        part = line.recv(LINE)
        if not part:
            return b""
        got += part
    return got


# In the nursery and what comes out of it


def main(number: int) -> None:
    """Load everything, then fork what is asked for, until the line is closed."""
    import celery.apps.beat
    import celery.apps.worker
    import celery.bin.celery
    import celery.concurrency.prefork  # noqa: F401
    import django
    import gunicorn.app.wsgiapp
    import gunicorn.workers.gthread  # noqa: F401

    django.setup()
    from django.urls import get_resolver

    import mailing.sparkpost.standin.server  # noqa: F401
    from watson.celery import app

    app.loader.import_default_modules()
    get_resolver().url_patterns  # noqa: B018 - it loads every view
    gc.collect()
    gc.freeze()
    line = socket.socket(fileno=number)
    codes: dict[int, int] = {}
    while asked := _line(line):
        what = json.loads(asked)
        if pid := what.get("poll"):
            if pid not in codes:
                done, status = os.waitpid(pid, os.WNOHANG)
                if done:
                    codes[pid] = os.waitstatus_to_exitcode(status)
            answer = codes.get(pid)
        else:
            answer = os.fork()
            if not answer:
                line.close()
                _become(**what)
        line.sendall(json.dumps(answer).encode() + b"\n")


def _become(module: str, arguments: list[str], code: str, log: str, env: dict[str, str]) -> None:
    """This fork is the program from here on."""
    status = 1
    try:
        os.setsid()
        if arm := dies_with_parent(signal.SIGTERM):
            arm()
        with open_log(Path(log)) as out:
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
        os.environ.clear()
        os.environ.update(env)
        _read_settings_again()
        if code:
            exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
        else:
            sys.argv = [module, *arguments]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            atexit._run_exitfuncs()
        sys.stdout.flush()
        os._exit(status)


def _read_settings_again() -> None:
    """The environment may differ from the nursery's; nothing has used a setting that names a server yet."""
    from django.conf import settings

    import watson.settings

    for name, value in vars(importlib.reload(watson.settings)).items():
        if name.isupper():
            setattr(settings, name, value)


if __name__ == "__main__":
    main(int(sys.argv[1]))
