"""One committed scene per module; each attack runs in a transaction of a second session and leaves nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection

from tests.attack.scene import lay
from tests.attack.support import IGNORES, ROLES
from tests.support import flush
from tests.support.services import DATABASE, PLACE


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    with django_db_blocker.unblock():
        flush.flush_all()
        try:
            yield lay()
        finally:
            flush.flush_all()


@pytest.fixture(scope="module")
def second(django_db_setup: None) -> Iterator[Callable[[str], connection]]:
    """`second(role)`: that role's session, the same one for the whole module."""
    opened: dict[str, connection] = {}

    def session_of(role: str) -> connection:
        if role not in opened:
            opened[role] = psycopg2.connect(PLACE.database_url(role, DATABASE))
        return opened[role]

    yield session_of
    for one in opened.values():
        one.close()


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=IGNORES)
def ignore(request: pytest.FixtureRequest) -> str:
    return request.param
