"""The two database roles: one owns the schema and migrates, the other runs Watson and owns nothing."""

from dataclasses import dataclass

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, connection

OWNER = "watson_owner"
APP = "watson_app"
DEFAULT = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"


@dataclass(frozen=True)
class Role:
    name: str
    password: str = ""


def ensure_roles(
    admin_dsn: str, *, databases: tuple[str, ...], owner: Role = Role(OWNER), app: Role = Role(APP)
) -> None:
    """Create or repair roles, databases and what each role may do; safe to run on every start.

    `admin_dsn` is a libpq address (string or URL) of a role that may create roles and databases.
    Tables that exist keep their grants: ledgers stay without UPDATE and DELETE.
    """
    with _connect(admin_dsn) as admin:
        for role in (owner, app):
            _ensure_role(admin, role)
        # Handing a database over asks for membership of the new owner, unless the administrator is a superuser.
        _run(admin, "GRANT {owner} TO CURRENT_USER", owner=owner.name)
        for database in databases:
            _ensure_database(admin, database, owner.name)
            grant_database(admin, database, owner=owner.name, app=app.name)
    for database in databases:
        with _connect(admin_dsn, dbname=database) as inside:
            _grant_schema(inside, owner=owner.name, app=app.name)


def grant_database(admin: connection, database: str, *, owner: str = OWNER, app: str = APP) -> None:
    """Only the two roles may connect. A copy made from a template needs this again, the rest it inherits."""
    _run(admin, "REVOKE ALL ON DATABASE {database} FROM PUBLIC", database=database)
    _run(admin, "GRANT CONNECT ON DATABASE {database} TO {owner}, {app}", database=database, owner=owner, app=app)


class _connect:
    """A connection in autocommit that closes at the end of its block; psycopg2's own block only ends a transaction."""

    def __init__(self, dsn: str, **overrides: str) -> None:
        self.connection = psycopg2.connect(dsn, **overrides)
        self.connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)

    def __enter__(self) -> connection:
        return self.connection

    def __exit__(self, *exc_info: object) -> None:
        self.connection.close()


def _ensure_role(admin: connection, role: Role) -> None:
    if not _exists(admin, "SELECT 1 FROM pg_roles WHERE rolname = %s", role.name):
        _run(admin, "CREATE ROLE {role} LOGIN NOCREATEDB NOCREATEROLE", role=role.name)
    if role.password:
        with admin.cursor() as cursor:
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                sql.Identifier(role.name), sql.Literal(role.password)
            )
            cursor.execute(statement)


def _ensure_database(admin: connection, database: str, owner: str) -> None:
    if not _exists(admin, "SELECT 1 FROM pg_database WHERE datname = %s", database):
        _run(admin, "CREATE DATABASE {database} OWNER {owner} TEMPLATE template0", database=database, owner=owner)
    elif not _exists(
        admin, "SELECT 1 FROM pg_database WHERE datname = %s AND pg_get_userbyid(datdba) = %s", database, owner
    ):
        _run(admin, "ALTER DATABASE {database} OWNER TO {owner}", database=database, owner=owner)


def _grant_schema(inside: connection, *, owner: str, app: str) -> None:
    for statement in (
        "ALTER SCHEMA public OWNER TO {owner}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}",
        f"{DEFAULT} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{app}}",
        f"{DEFAULT} GRANT USAGE, SELECT ON SEQUENCES TO {{app}}",
    ):
        _run(inside, statement, owner=owner, app=app)


def _exists(admin: connection, query: str, *args: str) -> bool:
    with admin.cursor() as cursor:
        cursor.execute(query, args)
        return cursor.fetchone() is not None


def _run(admin: connection, statement: str, **names: str) -> None:
    with admin.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()}))
