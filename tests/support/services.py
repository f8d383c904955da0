"""The servers behind the tests: one PostgreSQL and one Redis per run, one pair of databases per xdist worker.

Importing this module only computes addresses and puts them in the environment, before Django reads its settings. The
process that started pytest starts the servers from a migrated template kept under `var/test-cache/`, in a directory of
its own, so two runs at once never meet; xdist workers inherit the addresses.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import redis

from watson import digests
from watson.embedded import REDIS_SOCKET, ROOT, VAR, Place, Postgres, Redis, postgres_binary
from watson.processes import Record, Unavailable, stop_processes
from watson.roles import OWNER, grant_database

CACHE = VAR / "test-cache"
KEPT = 3
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
IS_WORKER = WORKER != "main"
_NUMBER = int(WORKER.removeprefix("gw")) if IS_WORKER else 0

# Known to everybody, used by nobody but the tests.
SECRETS = {
    "SECRET_KEY": "only-for-the-tests-of-watson-and-for-nothing-else",
    "LINK_KEYS": "t1:" + "bGlua2xpbmtsaW5rbGlua2xpbmtsaW5rbGlua2xpbms",
    "SUPPRESSION_KEYS": "t1:" + "c3VwcHJlc3N1cHByZXNzdXBwcmVzc3VwcHJlc3N1cHA",
    "SEAL_KEYS": "t1:" + "c2VhbHNlYWxzZWFsc2VhbHNlYWxzZWFsc2VhbHNlYWw",
    "SPARKPOST_API_KEY": "key-of-the-stand-in",
    "SPARKPOST_WEBHOOK_USER": "sparkpost",
    "SPARKPOST_WEBHOOK_PASSWORD": "password-of-the-hook",
    "SPARKPOST_WEBHOOK_SECRET": "secret-of-the-hook",
    "SPARKPOST_RELAY_TOKEN": "token-of-the-relay",
}


def _home() -> Path:
    """This run's directory; xdist workers inherit it. Under /tmp, for a socket's path is short."""
    if IS_WORKER:
        return Path(os.environ["WATSON_TEST_HOME"])
    home = Path(tempfile.mkdtemp(prefix=f"watson-test-{os.geteuid()}-", dir="/tmp"))
    home.chmod(0o711)
    (home / "static").mkdir()
    os.environ["WATSON_TEST_HOME"] = str(home)
    Record.save(home / "run.json", [Record.of(os.getpid())])
    atexit.register(_tidy_up, home, os.getpid())
    return home


def _tidy_up(home: Path, owner: int) -> None:
    if os.getpid() == owner:  # a fork must not tidy up for us
        shutil.rmtree(home, ignore_errors=True)


def _free_socket() -> socket.socket:
    """A loopback port, held for as long as we live: gunicorn inherits the socket itself."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    return held


HOME = _home()
PLACE = Place(HOME)
DATABASE = f"watson_{WORKER}"
VAULT = f"vault_{WORKER}"
SITE_SOCKET = _free_socket()
SITE_PORT: int = SITE_SOCKET.getsockname()[1]
STANDIN_SOCKET = _free_socket()
STANDIN_PORT: int = STANDIN_SOCKET.getsockname()[1]


def environment() -> dict[str, str]:
    """What the settings read in a test, in this process and in the programs that a test starts."""
    return {
        **SECRETS,
        **PLACE.addresses(database=DATABASE, vault=VAULT, redis_pair=_NUMBER),
        "DEBUG": "0",
        "PG_BIN": str(postgres_binary("postgres").parent),
        "DEMO": "0",
        "BEHIND_PROXY": "0",
        "BASE_URL": f"http://127.0.0.1:{SITE_PORT}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "SPARKPOST_BASE_URL": f"http://127.0.0.1:{STANDIN_PORT}",
        "MAIL_INBOUND_DOMAIN": "reply.search.example",
        "SECOND_FACTOR_REQUIRED": "0",
        "MAIL_UNDO_SECONDS": "0",
        "PASSWORD_HASHERS": "django.contrib.auth.hashers.MD5PasswordHasher",
        "STATICFILES_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
        "STATIC_ROOT": str(HOME / "static"),
        "MEDIA_ROOT": str(HOME / f"media-{WORKER}"),
        "BEAT_SCHEDULE_FILE": str(HOME / f"beat-{WORKER}"),
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "watson.settings",
    }


class Services:
    """Starts the servers once per run; a failure is kept, so that only tests which need them fail, and say why."""

    def __init__(self) -> None:
        self.postgres = Postgres(
            PLACE,
            durable=False,
            options={"max_connections": "300", "deadlock_timeout": "200ms", "max_locks_per_transaction": "256"},
        )
        self.redis = Redis(PLACE, durable=False)
        self.started = False
        self._failure = HOME / "failure.txt"

    def start(self) -> None:
        """Called by the process that started pytest; in a worker it only says whether that went well."""
        if not self.started and not IS_WORKER and not self._failure.exists():
            try:
                sweep()
                _copy_template(PLACE)
                self.postgres.start()
                self.redis.start()
            except Exception as error:
                self._failure.write_text(str(error))
                self.stop()
        self.started = True
        if self._failure.exists():
            raise Unavailable(self._failure.read_text())

    def stop(self) -> None:
        if not IS_WORKER:
            self.redis.stop()
            self.postgres.stop()


def create_databases() -> None:
    """This worker's own copies of the migrated template."""
    admin = psycopg2.connect(PLACE.admin_dsn)
    admin.autocommit = True
    try:
        for copy, template in ((DATABASE, "watson"), (VAULT, "vault")):
            with admin.cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{template}" OWNER "{OWNER}" STRATEGY file_copy')
            grant_database(admin, copy)
    finally:
        admin.close()


def redis_client(*, cache: bool) -> redis.Redis:
    return redis.Redis(
        unix_socket_path=str(PLACE.redis_run / REDIS_SOCKET), db=2 * _NUMBER + int(cache), decode_responses=True
    )


def sweep() -> None:
    """Stop servers and remove directories of test runs that were killed before they could do so."""
    for home in Path("/tmp").glob(f"watson-test-{os.geteuid()}-*"):
        runs = Record.load(home / "run.json")
        if home == HOME or not runs or any(run.process() for run in runs):
            continue
        place = Place(home)
        with contextlib.suppress(Unavailable):
            Postgres(place).stop_leftovers()
            stop_processes(Redis(place).leftovers())
            shutil.rmtree(home, ignore_errors=True)


def template_key() -> str:
    """Changes whenever the migrated template would."""
    own = Path(__file__).read_bytes() + (ROOT / "requirements-dev.txt").read_bytes()
    return f"{digests.schema()}-{hashlib.sha256(own).hexdigest()[:8]}"


def cached(name: str, key: str, build: Callable[[Path], None]) -> Path:
    """What `build` makes, made once per key and kept under `var/test-cache/` with a few earlier ones."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = CACHE / f"{name}-{key}"
        if not made.exists():
            build(made)
            kept = sorted(CACHE.glob(f"{name}-*"), key=lambda path: path.stat().st_mtime)
            for old in kept[:-KEPT]:
                shutil.rmtree(old, ignore_errors=True)
        os.utime(made)
        return made


@contextlib.contextmanager
def tests_read_once() -> Iterator[None]:
    """In a new checkout one program compiles the tests while the template is made, so that no worker has to."""
    if (CACHE / f"template-{template_key()}").exists():
        yield
        return
    argv = [sys.executable, "-m", "pytest", "--collect-only", "-qq"]
    reading = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        reading.wait()


def _copy_template(place: Place) -> None:
    template = cached("template", template_key(), _build_template)
    # cp keeps PostgreSQL's ownership and modes, and shares blocks where the file system can.
    subprocess.run(["cp", "-a", str(template), str(place.pgdata)], check=True)


def _build_template(template: Path) -> None:
    """A cluster with both databases migrated by the owner, stopped cleanly."""
    build = Place(CACHE / "build")
    postgres = Postgres(build, durable=False)
    postgres.stop_leftovers()
    shutil.rmtree(build.home, ignore_errors=True)
    try:
        postgres.start()
        postgres.ensure_roles()
        _allow_flush(build)
        migrate = "from django.core.management import call_command as c; import django; django.setup()\n"
        migrate += "c('migrate', database='owner', verbosity=0, skip_checks=True)\n"
        migrate += "c('migrate', 'vault', database='vault_owner', verbosity=0, skip_checks=True)"
        done = subprocess.run(
            [sys.executable, "-c", migrate],
            cwd=ROOT,
            env={**os.environ, **environment(), **build.addresses()},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Unavailable(f"The migrations do not run:\n{done.stdout}{done.stderr}")
    finally:
        postgres.stop()
    build.pgdata.rename(template)
    shutil.rmtree(build.home, ignore_errors=True)


def _allow_flush(place: Place) -> None:
    """The owner may switch triggers off in a session, which the flush between tests needs; never outside the tests."""
    admin = psycopg2.connect(place.admin_dsn)
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f'GRANT SET ON PARAMETER session_replication_role TO "{OWNER}"')
    admin.close()


SERVICES = Services()
