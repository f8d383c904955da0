"""Rosa owns the vacancies, Tom shares her team, Vera has her own; Olga is the officer, Ada the administrator."""

import pytest

from accounts.models import Role, Team, User
from tests.factories import make_team, make_user


@pytest.fixture
def rosa(db: None) -> User:
    return make_user("Rosa")


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
