"""A program that goes on with an erasure and dies where it is told to: `python -m tests.concurrency.mortal ERASURE`.

Each line it reads, "NUMBER WHEN", makes one child, which kills itself `before` or `after` the `NUMBER`th mark that it
writes; what it prints is whether the child came so far. It forks here, where there is neither a thread nor a session
yet: a child of the test's own process finds the session that the process opened before its browser (Django keeps
another one per event loop, and a fork has none), and what it leaves open there nobody ever ends.
"""

import os
import signal
import sys
import traceback
from uuid import UUID

import django

STEP = 'UPDATE "privacy_erasurestep"'


def _carry_on(erasure: str, number: int, when: str) -> None:
    from django.db import connections

    from privacy.erasure import running

    seen = 0

    def watch(execute, sql, params, many, context):
        nonlocal seen
        mark = sql.startswith(STEP)
        seen += mark
        if mark and seen == number and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(sql, params, many, context)
        if mark and seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    with connections["default"].execute_wrapper(watch):
        running.carry_on(UUID(erasure))


def main(erasure: str) -> None:
    django.setup()
    for line in sys.stdin:
        number, when = line.split()
        child = os.fork()
        if child == 0:
            try:
                _carry_on(erasure, int(number), when)
                os._exit(0)
            except BaseException:
                traceback.print_exc(file=sys.stderr)
                os._exit(3)
        _pid, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else f"ended {os.WEXITSTATUS(status)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
