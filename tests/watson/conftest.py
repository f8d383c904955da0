"""Rosa has a vacancy, Tom shares her team, Vera has her own; Olga is the officer, Ada the administrator."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Role, Team, User
from tests.factories import make_organisation, make_team, make_user, make_vacancy
from tests.support.client import Client
from tests.support.texts import publish_texts
from vacancies.models import Vacancy


@pytest.fixture
def rosa(db: None) -> User:
    return make_user("Rosa", job_title="Partner")


@pytest.fixture
def tom(db: None) -> User:
    return make_user("Tom")


@pytest.fixture
def vera(db: None) -> User:
    return make_user("Vera")


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
def team(rosa: User, tom: User) -> Team:
    return make_team(rosa, tom)


@pytest.fixture
def agency(db: None) -> None:
    """The organisation and the words it starts with."""
    make_organisation()
    publish_texts()


@pytest.fixture
def vacancy(agency: None, rosa: User, team: Team) -> Vacancy:
    return make_vacancy(owner=rosa, team=team)


@pytest.fixture
def desk() -> Callable[..., Client]:
    """`desk(rosa)`: her browser; with `htmx=True` a script runs in it; `desk(None)`: a stranger's."""

    def open_for(user: User | None, *, htmx: bool = False) -> Client:
        headers: dict[str, Any] = {"HX-Request": "true"} if htmx else {}
        browser = Client(headers=headers)
        if user is not None:
            browser.force_login(user)
        return browser

    return open_for
