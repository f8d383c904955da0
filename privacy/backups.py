"""Backups of the two databases, apart from each other, and putting one back."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import IO

import psycopg2
from django.conf import settings
from django.db import connections
from django.utils import timezone

from privacy import ledger
from privacy.models import LedgerSeal
from privacy.vault.models import LedgerHead, Restoration

MAIN, VAULT = "main", "vault"
OWNERS = {MAIN: "owner", VAULT: "vault_owner"}
# What every database has already, and its owner may not make anew.
LEFT_OUT = (" SCHEMA - public ", " COMMENT - SCHEMA public ")


class CannotBackUp(Exception):
    """A backup could not be made or put back; `str()` says why."""


def make(which: str, directory: Path) -> Path:
    """Dump one database into a directory of its own, and drop what is older than BACKUP_DAYS there; the new file.

    Readable by nobody else. Raises CannotBackUp.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = timezone.now()
    target = directory / f"watson-{which}-{now:%Y%m%dT%H%M%S}.dump"
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        _run([_program("pg_dump"), "--format=custom", "--no-owner"], OWNERS[which], stdout=out)
    facts = {
        "made_at": now.isoformat(),
        "which": which,
        "sha256": _digest(target),
        "last_seal": LedgerSeal.objects.order_by("seq").values_list("seq", flat=True).last() or 0,
        "keep_until": (now + timedelta(days=settings.BACKUP_DAYS)).isoformat(),
    }
    target.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")
    for old in directory.glob(f"watson-{which}-*.dump"):
        if old.stat().st_mtime < (now - timedelta(days=settings.BACKUP_DAYS)).timestamp():
            old.unlink()
            old.with_suffix(".json").unlink(missing_ok=True)
    return target


def put_back(which: str, source: Path) -> None:
    """Replace one database by a dump of it. Every program of Watson has to be stopped. Raises CannotBackUp."""
    facts = source.with_suffix(".json")
    if facts.exists() and json.loads(facts.read_text())["sha256"] != _digest(source):
        raise CannotBackUp(f"{source} is not the file that was made: its checksum differs.")
    alias = OWNERS[which]
    listing = _run([_program("pg_restore"), "--list", str(source)], None).decode()
    with tempfile.NamedTemporaryFile("w", suffix=".list") as chosen:
        chosen.write("\n".join(line for line in listing.splitlines() if not any(part in line for part in LEFT_OUT)))
        chosen.flush()
        _empty(alias)
        restore = [_program("pg_restore"), "--no-owner", "--exit-on-error", "--use-list", chosen.name]
        _run([*restore, "--dbname", connections[alias].settings_dict["NAME"], str(source)], alias)
    for connection in connections.all():
        connection.close()
    if which == MAIN:
        # Not in the copy: this server's own numbers, and what the vault has seen since.
        last_seal = LedgerSeal.objects.using(alias).order_by("seq").values_list("seq", flat=True).last() or 0
        last_head = LedgerHead.objects.order_by("seq").values_list("seq", flat=True).last() or 0
        ledger.begin_era(alias)
        # As the owner: who could write this could call a cut tail a restore.
        Restoration.objects.using(OWNERS[VAULT]).create(last_seal=last_seal, last_head=last_head)


def _empty(alias: str) -> None:
    """An empty schema with what the application may do there, as `ensure_roles` makes it."""
    home = {"owner": "default", "vault_owner": "vault"}[alias]
    app = settings.DATABASES[home]["USER"]
    quote = connections[alias].ops.quote_name
    with connections[alias].cursor() as cursor:
        try:
            cursor.execute("SET lock_timeout = '5s'")
            cursor.execute("DROP SCHEMA IF EXISTS public CASCADE")
        except psycopg2.Error as error:
            raise CannotBackUp("The database is in use: stop the site, the workers and beat first.") from error
        cursor.execute("CREATE SCHEMA public")
        cursor.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quote(app)}")
    connections[alias].close()


def _program(name: str) -> str:
    found = str(Path(settings.PG_BIN) / name) if settings.PG_BIN else shutil.which(name)
    if found is None:
        raise CannotBackUp(f"There is no {name} here: install PostgreSQL's client programs, or set PG_BIN.")
    return found


def _run(words: list[str], alias: str | None, stdout: IO[bytes] | None = None) -> bytes:
    """A program of PostgreSQL as the owner of one database; its password stands in no list of processes."""
    given: dict[str, str] = {}
    if alias is not None:
        held = connections[alias].settings_dict
        names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
        given = {name: str(held[key]) for name, key in names.items() if held.get(key)}
        if host := held.get("OPTIONS", {}).get("host"):
            given["PGHOST"] = str(host)
    done = subprocess.run(words, env={**os.environ, **given}, stderr=subprocess.PIPE, stdout=stdout or subprocess.PIPE)
    if done.returncode:
        raise CannotBackUp(f"{Path(words[0]).name} failed: {done.stderr.decode(errors='replace').strip()[-800:]}")
    return bytes(done.stdout or b"")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
