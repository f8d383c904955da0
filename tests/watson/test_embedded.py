"""The embedded servers: found where `environment()` says, private to us, and back after a `kill -9`."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from watson import embedded
from watson.embedded import Place, Postgres, Redis
from watson.processes import Child, Record, Unavailable, port_is_free, stop_processes
from watson.roles import APP, OWNER


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """What PostgreSQL makes at its first start, kept by a stop."""
    place = Place(tmp_path_factory.mktemp("first"))
    Postgres(place).start().stop()
    return place.pgdata


@pytest.fixture
def place(tmp_path_factory, cluster):
    """A place of its own, with a path short enough for sockets, stopped and removed afterwards."""
    home = tmp_path_factory.mktemp("servers")
    place = Place(home)
    subprocess.run(["cp", "-a", str(cluster), str(place.pgdata)], check=True)
    yield place
    Postgres(place).stop_leftovers()
    stop_processes(Redis(place).leftovers())


def query(url: str, statement: str) -> list[tuple]:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_postgres_keeps_its_data_through_a_kill_of_its_postmaster(place):
    first = Postgres(place).start()
    first.ensure_roles()
    owner = place.database_url(OWNER, "watson")
    query(owner, "CREATE TABLE kept AS SELECT 42 AS answer")
    killed = first.child
    assert killed is not None
    killed.process.kill()
    killed.process.wait()
    assert (place.pgdata / "postmaster.pid").exists()

    second = Postgres(place).start()
    assert query(place.database_url(APP, "watson"), "SELECT answer FROM kept") == [(42,)]
    assert second.child is not None
    assert second.child.pid != killed.pid
    second.stop()
    assert second.leftovers() == []


def test_a_start_replaces_a_server_that_still_runs_on_the_same_data(place):
    program = (
        "import os, signal, sys; from pathlib import Path; from watson.embedded import Place, Postgres, Redis\n"
        "place = Place(Path(sys.argv[1])); pg = Postgres(place).start(); r = Redis(place).start()\n"
        "print(pg.child.pid, r.child.pid, flush=True); signal.pause()"
    )
    supervisor = subprocess.Popen(
        [sys.executable, "-c", program, str(place.home)], stdout=subprocess.PIPE, text=True, cwd=embedded.ROOT
    )
    assert supervisor.stdout is not None
    old = [psutil.Process(int(pid)) for pid in supervisor.stdout.readline().split()]
    supervisor.kill()
    supervisor.communicate()

    postgres, store = Postgres(place).start(), Redis(place).start()
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in old)
    assert postgres.answers()
    assert store.answers()
    store.stop()
    postgres.stop()


def test_a_stale_lock_file_of_a_process_id_that_lives_on_is_no_obstacle(place):
    Postgres(place).start().stop()
    for claim in (place.pgdata / "postmaster.pid", place.pg_run / ".s.PGSQL.5432.lock"):
        claim.write_text(f"{os.getpid()}\n{place.pgdata}\n1\n5432\n{place.pg_run}\n\n\n")
    postgres = Postgres(place).start()
    assert postgres.answers()
    postgres.stop()


def test_redis_keeps_its_jobs_through_a_stop(place):
    first = Redis(place).start()
    with redis.Redis(unix_socket_path=str(first.socket)) as client:
        client.rpush("celery", "job")
    first.stop()
    second = Redis(place).start()
    with redis.Redis(unix_socket_path=str(second.socket)) as client:
        assert client.lrange("celery", 0, -1) == [b"job"]
    second.stop()


def test_the_roles_hold_nothing_they_do_not_need(place):
    postgres = Postgres(place).start()
    postgres.ensure_roles()
    postgres.ensure_roles()
    rows = query(
        place.admin_dsn,
        "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname LIKE 'watson%' ORDER BY 1",
    )
    assert rows == [(APP, False, False, False), (OWNER, False, False, False)]
    query(place.admin_dsn, "CREATE ROLE stranger LOGIN")
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        query(place.database_url("stranger", "watson"), "SELECT 1")
    postgres.stop()


def test_nobody_else_may_enter_the_directory_of_the_socket(place):
    postgres, store = Postgres(place).start(), Redis(place).start()
    for directory in (place.pg_run, place.redis_run, place.pgdata):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    store.stop()
    postgres.stop()


@pytest.mark.parametrize("depth", [1, 5, 20])
def test_every_socket_path_is_short_enough_however_deep_the_checkout(depth):
    place = Place(Path("/" + "/".join(["directory"] * depth)) / "var")
    for path in (place.pg_run / embedded.PG_SOCKET, place.redis_run / embedded.REDIS_SOCKET):
        assert len(os.fsencode(path)) < 107
    assert (place.pg_run.parent == place.home / "run") is (depth < 20)
    assert place.pg_run != place.redis_run


def test_two_deep_checkouts_never_share_a_socket():
    deep = Path("/" + "x" * 150)
    assert Place(deep / "one").pg_run != Place(deep / "two").pg_run


def test_a_socket_directory_prepared_by_someone_else_is_refused(tmp_path):
    place = Place(tmp_path / "home")
    (tmp_path / "elsewhere").mkdir()
    place.redis_run.parent.mkdir(parents=True)
    place.redis_run.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unavailable, match="belongs to someone else"):
        Redis(place).start()


def test_the_environment_names_every_address_and_starts_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(embedded, "DEMO", Place(tmp_path / "var"))
    found = embedded.environment(8100)
    assert found["DATABASE_URL"].startswith("postgres://watson_app@/watson?host=")
    assert found["MIGRATE_VAULT_DATABASE_URL"].startswith("postgres://watson_owner@/vault?host=")
    assert found["BASE_URL"] == "http://127.0.0.1:8100"
    assert not (tmp_path / "var").exists()


def test_the_secrets_are_made_once_and_are_for_their_owner_alone(tmp_path):
    path = tmp_path / "demo.env"
    first = embedded.demo_secrets(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert embedded.demo_secrets(path) == first
    assert len(set(first.values())) == len(first)


def test_a_secret_that_is_new_is_added_to_the_ones_that_are_kept(tmp_path):
    path = tmp_path / "demo.env"
    path.write_text("SECRET_KEY=kept\n")
    assert embedded.demo_secrets(path)["SECRET_KEY"] == "kept"
    assert embedded.demo_secrets(path) == embedded.demo_secrets(path)


def test_a_record_never_takes_another_process_for_ours():
    own = Record.of(os.getpid())
    assert own.process() is not None
    assert Record(own.pid, own.created - 60).process() is None


def test_a_child_that_ignores_the_signal_is_ended_with_its_own_children(tmp_path):
    program = (
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "inner = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
        "print(inner.pid, flush=True); signal.pause()"
    )
    log = tmp_path / "child.log"
    child = Child("stubborn", [sys.executable, "-c", program], log=log)
    child.wait_until(lambda: child.tail().strip().isdigit())
    inner = psutil.Process(int(child.tail()))
    child.stop(timeout=0.2)
    assert child.process.returncode == -signal.SIGKILL
    psutil.wait_procs([inner], timeout=5)
    assert not inner.is_running() or inner.status() == psutil.STATUS_ZOMBIE


def test_a_child_that_ends_while_starting_says_so_with_its_last_words(tmp_path):
    child = Child("short", [sys.executable, "-c", "raise SystemExit('no such thing')"], log=tmp_path / "child.log")
    with pytest.raises(Unavailable, match=r"(?s)short stopped while starting.*no such thing"):
        child.wait_until(lambda: False)


def test_a_taken_port_is_seen():
    import socket

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        assert not port_is_free(port)
    assert port_is_free(port)
