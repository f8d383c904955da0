"""An erasure that dies where it is told to; only for a program of its own (tests/support/nursery.py)."""

import os
import signal
from uuid import UUID

from django.db import connections

from privacy.erasure import running

STEP = 'UPDATE "privacy_erasurestep"'


def carry_on(erasure: str, number: int, when: str) -> None:
    """Go on with an erasure, and die `before` or `after` the `number`th mark it writes, when it comes so far."""
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
