"""Jobs in tests: the queue drained in this process, or a real worker, beat and site beside it.

Every xdist worker has its own pair of Redis databases, so no program of one ever takes another's jobs.
"""

import contextlib
import functools
import os
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis

from tests.support import services
from tests.support.nursery import Program
from tests.support.services import HOME, SITE_SOCKET, WORKER, redis_client
from watson import digests
from watson.embedded import ROOT
from watson.processes import Child

MANIFEST = "whitenoise.storage.CompressedManifestStaticFilesStorage"


def clear_redis() -> None:
    """Forget jobs, locks and cache of the last test; the queues' bindings stay, or a running producer would fail."""
    cache, broker = _connections()
    if cache.dbsize():
        cache.flushdb()
    keys = [key for key in broker.keys("*") if not str(key).startswith("_kombu.binding.")]
    if keys:
        broker.delete(*keys)


@functools.cache
def _connections() -> tuple[redis.Redis, redis.Redis]:
    return redis_client(cache=True), redis_client(cache=False)


def run_tasks(*, include_delayed: bool = False, limit: int = 1000) -> list[str]:
    """Receive every job waiting in Redis and run it here, jobs that those jobs queue too; the names, in order.

    What runs is Celery's own tracer, as in a worker: a retry goes back to the queue, a failure is raised here.
    Jobs with a countdown stay queued unless `include_delayed`.
    """
    from celery.app.trace import build_tracer

    from watson.celery import app

    done: list[str] = []
    delayed = []
    with app.connection_for_read() as connection, connection.channel() as channel:
        for queue in app.amqp.queues.values():
            bound = queue(channel)
            bound.declare()
            while (message := bound.get(no_ack=True, accept=["json"])) is not None:
                headers = message.headers
                name, eta = headers["task"], headers.get("eta")
                if eta and not include_delayed and datetime.fromisoformat(eta) > datetime.now(UTC):
                    delayed.append(message)
                    continue
                if len(done) >= limit:
                    raise AssertionError(f"More than {limit} jobs: does {name} queue itself for ever?")
                args, kwargs, _embed = message.decode()
                tracer = build_tracer(name, app.tasks[name], app=app)
                request = {**headers, "delivery_info": message.delivery_info, "is_eager": False}
                outcome = tracer(headers["id"], args, kwargs, request)
                done.append(name)
                if outcome.info is not None and outcome.info.state == "FAILURE":
                    raise outcome.info.retval
        for message in delayed:
            info = message.delivery_info
            app.amqp.Producer(channel).publish(
                message.payload,
                exchange=info["exchange"],
                routing_key=info["routing_key"],
                headers=message.headers,
                serializer="json",
                correlation_id=message.properties["correlation_id"],
            )
    return done


@contextlib.contextmanager
def celery_worker(*, concurrency: int = 2, days_later: int = 0) -> Iterator[Child]:
    """A real `celery worker` on this xdist worker's databases; its clock may be some days ahead."""
    app = "tests.support.later" if days_later else "watson"
    arguments = ["-A", app, "worker", "--loglevel", "INFO", "--concurrency", str(concurrency)]
    arguments += ["--hostname", f"{WORKER}@tests", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    with _program("worker", "celery", *arguments, days_later=days_later) as program:
        yield program.wait_until(lambda: " ready." in program.tail(1000))


@contextlib.contextmanager
def celery_beat() -> Iterator[Child]:
    """A real `celery beat` with the schedule of the settings."""
    with _program("beat", "celery", "-A", "watson", "beat", "--loglevel", "INFO", "--pidfile", "") as program:
        yield program.wait_until(lambda: "beat: Starting" in program.tail(1000))


def a_week_off(entry: str) -> None:
    """Beat comes back after a week in which nothing ran: what this entry of its schedule does is overdue."""
    from celery.beat import PersistentScheduler

    from watson.celery import app

    scheduler = PersistentScheduler(app=app, schedule_filename=app.conf.beat_schedule_filename)
    known = scheduler.schedule[entry]
    known.last_run_at = datetime.now(UTC) - timedelta(days=7)
    scheduler.close()


@contextlib.contextmanager
def gunicorn(port: int) -> Iterator[Child]:
    """The site as in production: gunicorn, compressed and fingerprinted static files, strict headers."""
    static = services.cached("static", digests.static(), _collect_static)
    backend = {"STATICFILES_BACKEND": MANIFEST, "STATIC_ROOT": str(static)}
    arguments = ["watson.wsgi", "--bind", f"fd://{SITE_SOCKET.fileno()}", "--workers", "1", "--threads", "8"]
    arguments += ["--graceful-timeout", "3", "--access-logfile", "-"]
    with _program("gunicorn", "gunicorn", *arguments, extra=backend) as program:
        yield program.wait_until(lambda: _responds(f"http://127.0.0.1:{port}/healthz"))


def _collect_static(target: Path) -> None:
    fresh = target.with_name("collecting")
    shutil.rmtree(fresh, ignore_errors=True)
    env = {**os.environ, "STATICFILES_BACKEND": MANIFEST, "STATIC_ROOT": str(fresh)}
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    child = Child("collectstatic", collect, log=HOME / "log" / f"collectstatic-{WORKER}.log", env=env, cwd=ROOT)
    assert child.process.wait() == 0, child.tail()
    fresh.rename(target)


@contextlib.contextmanager
def _program(
    name: str, module: str, *arguments: str, extra: dict[str, str] | None = None, days_later: int = 0
) -> Iterator[Child]:
    """A fork of the nursery; one whose clock was moved loads everything itself, after it was moved."""
    log = HOME / "log" / f"{name}-{WORKER}.log"
    log.unlink(missing_ok=True)
    if days_later:
        env = {**os.environ, "DAYS_LATER": str(days_later), "PYTHONUNBUFFERED": "1"}
        program = Child(name, [sys.executable, "-m", module, *arguments], log=log, env=env, cwd=ROOT)
    else:
        program = Program(name, module, *arguments, log=log, extra=extra)
    try:
        yield program
    finally:
        program.stop()


def _responds(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
