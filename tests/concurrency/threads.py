"""Acts let go at the same moment, each on a connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import DatabaseError, connections

from privacy.guards import Refused


def together(*acts: Callable[[], Any]) -> list[Exception | None]:
    """Run acts on connections of their own, let go at the same moment; what each met with, in order."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Exception | None:
        try:
            gate.wait(30)
            act()
        except (Refused, DatabaseError) as error:
            return error
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(60) for future in [pool.submit(run, act) for act in acts]]
