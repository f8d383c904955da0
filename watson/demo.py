"""`make demo`: every program of Watson under one supervisor, from nothing to a running agency.

Started in order, stopped in the opposite order on Ctrl-C, and a program that dies ends the demo with the end of its
log. What a `kill -9` left running is found by its process id and stopped first. Data stays under `var/`.
"""

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from types import FrameType

import psycopg2
from psycopg2 import sql

from watson import digests, embedded
from watson.embedded import DEMO, ROOT, VAR, Postgres, Redis
from watson.processes import Child, Record, Unavailable, answers, port_is_free, stop_processes

RECORD = VAR / "demo.json"
LOGINS = VAR / "logins.json"
STATIC_STAMP = VAR / "static" / ".sources"


class Stopped(Exception):
    """Someone asked the demo to end."""


class Supervisor:
    """Owns every child of the demo."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.env = _environment(port)
        self.children: list[Child] = []
        self.postgres = None if "DATABASE_URL" in os.environ else Postgres(DEMO)
        self.redis = None if "REDIS_URL" in os.environ else Redis(DEMO)

    def start(self) -> None:
        stop_leftovers()
        for port, use in ((self.port, "Watson"), (self.port + 1, "the SparkPost stand-in")):
            if not port_is_free(port):
                raise Unavailable(
                    f"Port {port}, meant for {use}, is taken by another program. "
                    f"Choose another pair: make demo PORT={self.port + 100}"
                )
        if self.postgres:
            self.postgres.start()
            self.postgres.ensure_roles()
        if self.redis:
            self.redis.start()
        with _database(self.env["MIGRATE_DATABASE_URL"]) as owner:
            self._prepare(owner)
        self._start_programs()

    def _prepare(self, owner: "Stamped") -> None:
        """Migrate, fill and collect, each only when its sources changed since it was last done."""
        collect = None
        if not STATIC_STAMP.exists() or STATIC_STAMP.read_text() != digests.static():
            collect = self._manage("collectstatic", "--noinput", "--clear", "--verbosity", "0")
        wanted = f"{digests.schema()} {digests.demo()}"
        if owner.stamp != wanted or not LOGINS.exists():
            _say("Preparing the database; this takes a moment after an update.")
            if not self.postgres and not owner.stamp and owner.filled():
                raise Unavailable(
                    "The database that DATABASE_URL names holds something else: the demo wants an empty one."
                )
            self._finish(self._manage("prepare_demo", "--logins", str(LOGINS)))
            owner.stamp = wanted
        if collect:
            self._finish(collect)
            STATIC_STAMP.write_text(digests.static())

    def _start_programs(self) -> None:
        port = self.port
        python, celery = sys.executable, [sys.executable, "-m", "celery", "-A", "watson"]
        quiet = ["--loglevel", "INFO"]
        standin = [python, "-m", "mailing.sparkpost.standin", "--host", "127.0.0.1", "--port", str(port + 1)]
        standin += ["--webhook-url", f"http://127.0.0.1:{port}/hooks/sparkpost/", "--data", str(VAR / "standin.json")]
        standin += ["--relay-url", f"http://127.0.0.1:{port}/hooks/sparkpost/relay/"]
        standin += ["--inbound-domain", self.env["MAIL_INBOUND_DOMAIN"]]
        worker = [*celery, "worker", *quiet, "--concurrency", "2", "--hostname", "demo@watson"]
        beat = [*celery, "beat", *quiet, "--pidfile", "", "--schedule", str(VAR / "beat")]
        web = [python, "-m", "gunicorn", "watson.wsgi", "--bind", f"127.0.0.1:{port}"]
        # The order in which they start; they stop in the opposite one, so nobody loses what it still needs.
        for name, argv in (("standin", standin), ("worker", worker), ("beat", beat), ("web", web)):
            self._spawn(name, argv)
        by_name = {child.name: child for child in self.children}
        by_name["standin"].wait_until(lambda: answers(port + 1))
        by_name["web"].wait_until(lambda: _healthy(f"http://127.0.0.1:{port}/healthz"))

    def watch(self) -> None:
        """Wait for the end: Ctrl-C, or a program that dies."""
        watched = [*self.children]
        watched += [server.child for server in (self.postgres, self.redis) if server and server.child]
        while True:
            for child in watched:
                if not child.running():
                    raise Unavailable(
                        f"{child.name} ended by itself (exit code {child.process.returncode}), so the demo ends too. "
                        f"The end of {child.log}:\n{child.tail()}"
                    )
            time.sleep(0.3)

    def stop(self) -> None:
        for child in reversed(self.children):
            child.stop()
        if self.redis:
            self.redis.stop()
        if self.postgres:
            self.postgres.stop()
        RECORD.unlink(missing_ok=True)

    def _spawn(self, name: str, argv: list[str]) -> None:
        child = Child(name, argv, log=VAR / "log" / f"{name}.log", env=self.env, cwd=ROOT)
        self.children.append(child)
        Record.save(RECORD, [one.record for one in self.children])

    def _manage(self, *arguments: str) -> Child:
        argv = [sys.executable, "manage.py", *arguments]
        return Child(arguments[0], argv, log=VAR / "log" / "prepare.log", env=self.env, cwd=ROOT)

    def _finish(self, child: Child) -> None:
        if child.process.wait():
            raise Unavailable(f"`manage.py {child.name}` failed. The end of {child.log}:\n{child.tail(30)}")


class Stamped:
    """A database and the note it carries about the sources it was made from, which goes where the data goes."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg2.connect(url)
        self.connection.autocommit = True

    @property
    def stamp(self) -> str:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
            )
            (found,) = cursor.fetchone() or ("",)
            return str(found or "")

    @stamp.setter
    def stamp(self, text: str) -> None:
        name = self.connection.info.dbname
        with self.connection.cursor() as cursor:
            cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(text)))

    def filled(self) -> bool:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')")
            return cursor.fetchone() == (True,)


def main() -> int:
    parser = argparse.ArgumentParser(prog="watson.demo", description=__doc__)
    parser.add_argument("--reset", action="store_true", help="stop this checkout's servers and remove var/")
    arguments = parser.parse_args()
    try:
        port = int(os.environ.get("PORT") or 8000)
    except ValueError:
        return _fail("PORT must be a number, as in: make demo PORT=8100")
    if not 1 <= port <= 65534:
        return _fail("PORT must lie between 1 and 65534: the stand-in uses the port after it.")
    VAR.mkdir(exist_ok=True)
    with open(VAR / "demo.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return _fail("The demo of this checkout is already running: end it there with Ctrl-C first.")
        return reset() if arguments.reset else run(port)


def run(port: int) -> int:
    """The demo, until someone ends it."""
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _on_signal)
    supervisor: Supervisor | None = None
    try:
        supervisor = Supervisor(port)
        began = time.monotonic()
        supervisor.start()
        _say(_welcome(port, time.monotonic() - began))
        supervisor.watch()
    except Stopped:
        _say("\nStopping; the data stays in var/.")
        return 0
    except Unavailable as error:
        return _fail(str(error))
    finally:
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, signal.SIG_IGN)  # impatience must not leave a program behind
        if supervisor:
            supervisor.stop()
    return 0


def reset() -> int:
    """Stop what this checkout left running, by process id, and remove `var/`."""
    try:
        stop_leftovers()
        stop_processes(Redis(DEMO).leftovers())
        Postgres(DEMO).stop_leftovers()
    except Unavailable as error:
        return _fail(str(error))
    for place in (DEMO.pg_run, DEMO.redis_run):
        shutil.rmtree(place, ignore_errors=True)
    shutil.rmtree(VAR)
    _say("Everything the demo kept is gone.")
    return 0


def stop_leftovers() -> None:
    """End the programs of a demo whose supervisor was killed."""
    stop_processes([process for record in Record.load(RECORD) if (process := record.process())])
    RECORD.unlink(missing_ok=True)


def _environment(port: int) -> dict[str, str]:
    """What every program of the demo gets; an address named in our own environment takes the embedded one's place."""
    env = {**os.environ, **embedded.environment(port)}
    groups = {
        "DATABASE_URL": ("MIGRATE_DATABASE_URL", "VAULT_DATABASE_URL", "MIGRATE_VAULT_DATABASE_URL"),
        "REDIS_URL": ("CACHE_URL",),
    }
    for first, others in groups.items():
        if first not in os.environ:
            continue
        missing = [name for name in others if name not in os.environ]
        if missing and first == "DATABASE_URL":
            raise Unavailable(f"{first} is set, so set {' and '.join(missing)} too.")
        env.update({name: os.environ.get(name, os.environ[first]) for name in (first, *others)})
    env["PYTHONUNBUFFERED"] = "1"
    env.pop("PORT", None)  # gunicorn would take it for an address of its own
    return env


def _welcome(port: int, seconds: float) -> str:
    lines = [
        "",
        f"Watson runs (started in {seconds:.0f} s).",
        "",
        f"  the desk        http://localhost:{port}/",
        f"  every mail sent http://127.0.0.1:{port + 1}/outbox/",
        "",
        *(f"  {role:<16}{email:<32}{password}" for role, email, password in _logins()),
        "",
        f"  Logs are in {VAR / 'log'}. Ctrl-C stops everything.",
    ]
    return "\n".join(lines)


def _logins() -> list[tuple[str, str, str]]:
    try:
        return [(role, email, password) for role, email, password in json.loads(LOGINS.read_text())]
    except FileNotFoundError:
        return []


@contextlib.contextmanager
def _database(url: str) -> Iterator[Stamped]:
    stamped = Stamped(url)
    try:
        yield stamped
    finally:
        stamped.connection.close()


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 -- our own loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _on_signal(sign: int, frame: FrameType | None) -> None:
    raise Stopped


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _fail(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
