"""Every test runs on a real PostgreSQL, with the application's role, and a real Redis. See tests/support/.

Addresses go into the environment here, at import, before Django reads its settings: that is why the settings module is
named here and not in pyproject.toml.
"""
# ruff: noqa: E402

import gc
import os
from collections.abc import Callable, Iterator

import pytest

if "DJANGO_SETTINGS_MODULE" in os.environ:
    pytest.exit("Unset DJANGO_SETTINGS_MODULE: the tests choose their own database before the settings are read.", 3)

from tests.support import services

os.environ.update(services.environment())

import django

django.setup()
os.environ.pop("DJANGO_SETTINGS_MODULE")  # or xdist workers would inherit it and read the settings too early

from django.conf import settings as django_settings

if django_settings.DATABASES["default"]["NAME"] != services.DATABASE:
    pytest.exit("The settings were read before the tests could choose their own database.", 3)

import psycopg2
from django.test import TransactionTestCase
from psycopg2.extensions import connection

from tests.support import flush, worker
from tests.support.client import Client
from tests.support.services import DATABASE, PLACE, SERVICES
from watson.processes import Child, Unavailable
from watson.roles import APP, OWNER

pytest_plugins = ["tests.support.sites", "tests.support.order"]

DATABASES = ["default", "vault"]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """With xdist the controller starts the servers before its workers; alone, the first test that needs them does."""
    if not services.IS_WORKER and session.config.getoption("numprocesses", None):
        with services.tests_read_once():
            try:
                SERVICES.start()
            except Unavailable:
                return  # kept; each test that needs the servers fails with it


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    SERVICES.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test with a database may use both, unless it says which."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        uses = {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
        if marker and "databases" not in marker.kwargs and len(marker.args) < 3:
            item.add_marker(pytest.mark.django_db(*marker.args, **marker.kwargs, databases=DATABASES), append=False)
        elif uses and not marker:
            item.add_marker(pytest.mark.django_db(databases=DATABASES), append=False)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is imported by now stays: searching it for garbage again and again took a twelfth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def servers() -> None:
    """PostgreSQL and Redis, running."""
    try:
        SERVICES.start()
    except Unavailable as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def django_db_setup(servers: None, django_test_environment: None, django_db_blocker: object) -> Iterator[None]:
    """This worker's copies of the migrated databases, instead of pytest-django's own creation."""
    services.create_databases()
    flush.remember()
    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: flush.flush_all())
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _clean_redis(request: pytest.FixtureRequest) -> None:
    """No job, lock or cached value of an earlier test."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("servers")
        worker.clear_redis()


@pytest.fixture
def client() -> Client:
    """A stranger's browser, without a script."""
    return Client()


@pytest.fixture
def owner_connection(transactional_db: None) -> Iterator[connection]:
    """A second session as the role that owns the schema."""
    second = psycopg2.connect(PLACE.database_url(OWNER, DATABASE))
    yield second
    second.close()


@pytest.fixture
def app_connection(transactional_db: None) -> Iterator[connection]:
    """A second session as the application's role."""
    second = psycopg2.connect(PLACE.database_url(APP, DATABASE))
    yield second
    second.close()


@pytest.fixture
def connect(transactional_db: None) -> Iterator[Callable[..., connection]]:
    """As many more sessions as a race needs: `connect(OWNER)`, `connect()` for the application's role."""
    opened: list[connection] = []

    def open_one(role: str = APP, database: str = DATABASE) -> connection:
        opened.append(psycopg2.connect(PLACE.database_url(role, database)))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def run_tasks(servers: None) -> Callable[..., list[str]]:
    """`run_tasks()` receives the jobs waiting in Redis and runs them in this process; it returns their names."""
    return worker.run_tasks


@pytest.fixture
def celery_worker_process(transactional_db: None) -> Iterator[Child]:
    """A real Celery worker on this worker's databases."""
    with worker.celery_worker() as child:
        yield child


@pytest.fixture
def beat_process(transactional_db: None) -> Iterator[Child]:
    """A real Celery beat on this worker's databases."""
    with worker.celery_beat() as child:
        yield child
