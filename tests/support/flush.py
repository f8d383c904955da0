"""Back to the migrated state after a test that really committed.

The application's role may not TRUNCATE and guards refuse DELETE on ledgers, so the owner does it with triggers switched
off for that one transaction (`session_replication_role = replica`), and for nothing else.
"""

import io

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection

from tests.support.services import DATABASE, PLACE, VAULT
from watson.roles import OWNER

LOCK_TIMEOUT = "5s"
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    ORDER BY relname
"""


class Flusher:
    """Remembers what the migrations left in one database and brings it back."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.connection = self._connect()
        with self.connection.cursor() as cursor:
            cursor.execute(_TABLES)
            self.tables = [name for (name,) in cursor.fetchall()]
        self.seeds = {table: self._copy_out(table) for table in self._filled()}
        self.connection.rollback()

    def flush(self) -> None:
        """Empty what was filled and restore the migrations' own rows, when they changed."""
        try:
            self._flush()
        except psycopg2.errors.LockNotAvailable:
            # A session that a test left open in a transaction; a dangling one must not stop all later tests.
            self.connection.rollback()
            self._end_other_transactions()
            self._flush()

    def _flush(self) -> None:
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
            for table in {*self._filled(), *self.seeds}:
                if self.seeds.get(table, b"") == self._copy_out(table):
                    continue
                cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                if table in self.seeds:
                    copy = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))
                    cursor.copy_expert(copy, io.BytesIO(self.seeds[table]))

    def _filled(self) -> list[str]:
        checks = [
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(table), sql.Identifier(table))
            for table in self.tables
        ]
        if not checks:
            return []
        with self.connection.cursor() as cursor:
            cursor.execute(sql.SQL(" UNION ALL ").join(checks))
            return [name for (name,) in cursor.fetchall()]

    def _copy_out(self, table: str) -> bytes:
        rows = io.BytesIO()
        with self.connection.cursor() as cursor:
            cursor.copy_expert(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table)), rows)
        return rows.getvalue()

    def _connect(self) -> connection:
        return psycopg2.connect(PLACE.database_url(OWNER, self.database))

    def _end_other_transactions(self) -> None:
        admin = psycopg2.connect(PLACE.admin_dsn)
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND pid <> %s AND xact_start IS NOT NULL",
                [self.database, self.connection.get_backend_pid()],
            )
        admin.close()


_flushers: list[Flusher] = []


def remember() -> None:
    """Take stock of the fresh databases; called once per worker, before its first test."""
    _flushers.extend(Flusher(database) for database in (DATABASE, VAULT))


def flush_all() -> None:
    for flusher in _flushers:
        flusher.flush()
