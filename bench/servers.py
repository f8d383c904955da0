"""PostgreSQL and Redis of a bench's own, migrated, and programs of Watson beside them; all gone afterwards."""

import contextlib
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from watson.embedded import ROOT, Place, Postgres, Redis, fresh_secrets
from watson.processes import Child

HOME = Path(tempfile.mkdtemp(prefix="watson-bench-", dir="/tmp"))  # a short path, for the sockets
PLACE = Place(HOME)


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


def environment(**more: str) -> dict[str, str]:
    """What the settings read, here and in the programs that are measured."""
    return {
        **fresh_secrets(),
        **PLACE.addresses(),
        "DEMO": "0",
        "DEBUG": "0",
        "BASE_URL": "http://127.0.0.1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECOND_FACTOR_REQUIRED": "0",
        "MAIL_UNDO_SECONDS": "0",
        "LOG_LEVEL": "WARNING",
        "STATICFILES_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
        "STATIC_ROOT": str(HOME / "static"),
        "MEDIA_ROOT": str(HOME / "media"),
        "BEAT_SCHEDULE_FILE": str(HOME / "beat"),
        "DJANGO_SETTINGS_MODULE": "watson.settings",
        **more,
    }


@contextlib.contextmanager
def running(**more: str) -> Iterator[None]:
    """The servers started as a demo starts them (every commit reaches the disk), the schema there, Django ready."""
    os.environ.update(environment(**more))
    # Room for some millions of rows; the rest as it comes.
    postgres = Postgres(PLACE, options={"shared_buffers": "1GB", "max_wal_size": "4GB"})
    redis = Redis(PLACE)
    try:
        postgres.start()
        postgres.ensure_roles()
        redis.start()
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", database="owner", verbosity=0, skip_checks=True)
        call_command("migrate", "vault", database="vault_owner", verbosity=0, skip_checks=True)
        yield
    finally:
        redis.stop()
        postgres.stop()
        shutil.rmtree(HOME, ignore_errors=True)


@contextlib.contextmanager
def program(name: str, *arguments: str, ready: str, **more: str) -> Iterator[Child]:
    """One of Watson's programs, until the block ends; `ready` is what its log says when it works."""
    log = HOME / "log" / f"{name}.log"
    child = Child(
        name, [sys.executable, "-m", *arguments], log=log, env={**os.environ, "PYTHONUNBUFFERED": "1", **more}, cwd=ROOT
    )
    try:
        child.wait_until(lambda: ready in child.tail(1000))
        yield child
    finally:
        child.stop()
