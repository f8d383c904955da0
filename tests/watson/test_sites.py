"""The real site, a real worker and a real browser, together."""

import time

import pytest
from django.conf import settings

from tests.support import services
from tests.support.services import redis_client
from watson.celery import app


def test_the_browser_reaches_the_site_under_both_names(live_site, new_page):
    for address in (live_site.desk, live_site.url):
        page = new_page()
        response = page.goto(f"{address}/healthz")
        assert response is not None
        assert response.ok
    assert live_site.url == settings.BASE_URL


def test_a_page_that_breaks_the_content_security_policy_is_a_problem(live_site, new_page):
    page = new_page()
    page.goto("/healthz")
    page.evaluate(
        "document.dispatchEvent(new SecurityPolicyViolationEvent('securitypolicyviolation',"
        " {violatedDirective: 'script-src', documentURI: '', effectiveDirective: 'script-src',"
        " originalPolicy: '', disposition: 'enforce', statusCode: 0}))"
    )
    page.evaluate("console.error('said on the console')")
    page.evaluate("setTimeout(() => { throw new Error('thrown in the page') })")
    page.wait_for_timeout(200)
    seen = "\n".join(new_page.unexpected())
    assert "script-src" in seen
    assert "said on the console" in seen
    assert "thrown in the page" in seen
    new_page.allow("script-src", "said on the console", "thrown in the page")


@app.task(name="tests.note")
def note(key: str) -> None:
    with redis_client(cache=True) as cache:
        cache.set(key, "done")


@app.task(name="tests.first", bind=True, max_retries=2)
def first(self, key: str) -> None:
    if self.request.retries == 0:
        raise self.retry(countdown=0)
    note.delay(key)


@app.task(name="tests.broken")
def broken() -> None:
    raise ZeroDivisionError


@pytest.mark.django_db
def test_run_tasks_runs_what_waits_in_redis_with_its_retries_and_its_children(run_tasks):
    first.delay("a")
    note.apply_async(("later",), countdown=3600)
    assert run_tasks() == ["tests.first", "tests.first", "tests.note"]
    with redis_client(cache=True) as cache:
        assert (cache.get("a"), cache.get("later")) == ("done", None)
    assert run_tasks(include_delayed=True) == ["tests.note"]


@pytest.mark.django_db
def test_run_tasks_raises_what_a_job_raises(run_tasks):
    broken.delay()
    with pytest.raises(ZeroDivisionError):
        run_tasks()


def test_a_real_worker_takes_jobs_from_this_databases_queue(celery_worker_process):
    with app.connection_for_read() as connection:
        # A name to wait for, or it would listen for more of them until the time is over.
        name = f"{services.WORKER}@tests"
        assert app.control.inspect([name], connection=connection, timeout=20).ping() == {name: {"ok": "pong"}}


@pytest.mark.parametrize("start", ["first", "again"])
def test_the_stand_in_shows_an_outbox_and_starts_as_often_as_asked(sparkpost_standin, new_page, start):
    page = new_page()
    response = page.goto(sparkpost_standin.outbox)
    assert response is not None
    assert response.ok


def test_beat_queues_what_is_due(beat_process):
    deadline = time.monotonic() + 30
    with redis_client(cache=False) as broker:
        while not broker.llen("celery"):
            assert time.monotonic() < deadline, beat_process.tail()
            time.sleep(0.1)
