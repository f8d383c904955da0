"""Which test runs when: the long ones first, a share for each xdist worker; the others as they were shuffled."""

import itertools

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """xdist hands each worker a stretch of the list to begin with; a long test at the end would keep it alone."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if item.get_closest_marker("long")]
    others = iter([item for item in items if not item.get_closest_marker("long")])
    total, items[:] = len(items), []
    for worker in range(workers):
        share, mine = (total - len(items)) // (workers - worker), long[worker::workers]
        items += [*mine, *itertools.islice(others, max(0, share - len(mine)))]
    items += others
