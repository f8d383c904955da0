"""The running site, the SparkPost stand-in and the browser, as fixtures."""

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support import browser as browsers
from tests.support import dovecot as dovecots
from tests.support import services, worker
from tests.support.nursery import Program
from watson.processes import Child, Unavailable, answers


@dataclass(frozen=True)
class Site:
    """`url` is what mail links carry (BASE_URL); `desk` is the same site under another host name.

    A browser that is signed in at the desk therefore brings no staff session when it follows a link of a candidate.
    """

    url: str
    desk: str
    child: Child


@dataclass(frozen=True)
class StandIn:
    url: str
    outbox: str
    child: Child


@pytest.fixture(scope="session")
def _gunicorn(django_db_setup: None) -> Iterator[Child]:
    with worker.gunicorn(services.SITE_PORT) as child:
        yield child


@pytest.fixture
def live_site(_gunicorn: Child, transactional_db: None) -> Site:
    """The real site on this worker's databases, in a process of its own: what a test writes, commit."""
    port = services.SITE_PORT
    return Site(url=f"http://127.0.0.1:{port}", desk=f"http://localhost:{port}", child=_gunicorn)


@pytest.fixture
def sparkpost_standin(live_site: Site) -> Iterator[StandIn]:
    """SparkPost's wire on a loopback port; its events are posted to `live_site`."""
    port = services.STANDIN_PORT
    data = services.HOME / f"standin-{services.WORKER}.json"
    data.unlink(missing_ok=True)
    arguments = ["--host", "127.0.0.1", "--port", str(port), "--data", str(data), "--delay", "0.1"]
    arguments += ["--webhook-url", f"{live_site.url}/hooks/sparkpost/"]
    arguments += ["--relay-url", f"{live_site.url}/hooks/sparkpost/relay/", "--inbound-domain", "reply.search.example"]
    services.STANDIN_SOCKET.close()  # it was held until now, so that the port is still ours
    (services.HOME / "log" / f"standin-{services.WORKER}.log").unlink(missing_ok=True)
    child = Program("standin", "mailing.sparkpost.standin", *arguments, extra=services.SECRETS)
    try:
        child.wait_until(lambda: answers(port))
        yield StandIn(url=f"http://127.0.0.1:{port}", outbox=f"http://127.0.0.1:{port}/outbox/", child=child)
    finally:
        child.stop()


def _need(ensure: Callable[[], object]) -> None:
    """A program that has to be there: a failure where everything is checked, else left out with the reason."""
    try:
        ensure()
    except Unavailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def _dovecot() -> Iterator[dovecots.Dovecot]:
    """One IMAP server per worker."""
    _need(dovecots.ensure)
    running = dovecots.start()
    yield running
    running.stop()


@pytest.fixture
def dovecot(_dovecot: dovecots.Dovecot, settings: Any) -> dovecots.Dovecot:
    """A real IMAP server that the settings allow; each user name is an empty mailbox with folders in Dutch."""
    settings.MAILBOX_HOSTS = [_dovecot.host]
    settings.MAILBOX_CA_FILE = str(_dovecot.ca)
    settings.MAILBOX_TIMEOUT = 20.0
    settings.MAILBOX_OAUTH_TOKEN_URL = _dovecot.tokens.url
    return _dovecot


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium per worker."""
    _need(browsers.ensure)
    with browsers.launch() as running:
        yield running


@pytest.fixture
def new_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[browsers.Pages]:
    """`new_page(width=390, color_scheme="dark", user=anna)`; the test fails on any error those pages report."""
    site: Site | None = request.getfixturevalue("live_site") if "live_site" in request.fixturenames else None
    pages = browsers.Pages(browser, base_url=site.desk if site else None)
    yield pages
    pages.close()
    assert not pages.unexpected(), "\n".join(pages.unexpected())


@pytest.fixture
def page(live_site: Site, new_page: browsers.Pages) -> Page:
    """One page at the desk, 1440 px wide, Dutch, light."""
    return new_page()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows the end of the logs of the programs it used."""
    report = yield
    if report.failed:
        for name in ("live_site", "sparkpost_standin", "celery_worker_process", "beat_process"):
            used = getattr(item, "funcargs", {}).get(name)
            child = getattr(used, "child", used)
            if isinstance(child, Child):
                report.sections.append((f"log of {child.name}", child.tail(40)))
    return report
