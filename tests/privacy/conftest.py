"""Rosa recruits, Olga is the officer, Ada the administrator, Carl works at a client."""

from collections.abc import Callable

import pytest

from accounts.models import Role, User
from privacy.desk import needs
from privacy.steps import steps_port
from tests.factories import make_organisation, make_user
from tests.support.client import Client
from tests.support.texts import publish_texts


@pytest.fixture
def rosa(db: None) -> User:
    return make_user("Rosa")


@pytest.fixture
def olga(db: None) -> User:
    return make_user("Olga", Role.OFFICER)


@pytest.fixture
def ada(db: None) -> User:
    return make_user("Ada", Role.ADMINISTRATOR)


@pytest.fixture
def carl(db: None) -> User:
    """Somebody at a client, with an account for the portal."""
    return make_user("Carl", Role.CLIENT)


@pytest.fixture
def agency(db: None) -> None:
    """The organisation and the words it starts with."""
    make_organisation()
    publish_texts()


@pytest.fixture
def desk() -> Callable[[User | None], Client]:
    """`desk(olga)`: her browser; `desk(None)`: a stranger's."""

    def open_for(user: User | None) -> Client:
        browser = Client()
        if user is not None:
            browser.force_login(user)
        return browser

    return open_for


@pytest.fixture
def own_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what every request needs, whatever other rooms need for theirs."""
    monkeypatch.setattr(steps_port, "fillers", [needs.own_steps])
