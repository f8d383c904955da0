"""Attackers, the scene they find, and the register of what they try.

An attack is a plain callable that writes raw SQL on a session of its own. It names the guard that has to stop it and
the rule in whose name that happens, so that the same attack proves two things: with all guards in place every attacker
is refused; with that one guard dropped the attack goes through.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pgtrigger
import psycopg2
import pytest
from psycopg2 import sql
from psycopg2.extensions import connection, cursor

from privacy.guards import REFUSALS
from watson.roles import APP, OWNER

CHECK_VIOLATION = "23514"
DENIED = "42501"
PUT_RIGHT = "put right"


class Foiled(Exception):
    """Nothing was refused, but the database wrote down the truth instead of what the attacker said."""


class Session:
    """One attacker's session: runs statements and keeps nothing, for whoever opened it rolls it back."""

    def __init__(self, cursor: cursor) -> None:
        self.cursor = cursor

    def __call__(self, statement: str, *values: Any) -> None:
        self.cursor.execute(statement, [plain(value) for value in values])

    def one(self, statement: str, *values: Any) -> Any:
        self(statement, *values)
        row = self.cursor.fetchone()
        return row[0] if row else None

    def clone(self, table: str, pk: Any, by: str = "id", **changes: Any) -> str:
        """Insert a copy of a row with other values, under a new key unless `changes` names one. Returns its key."""
        if by == "id" and "id" not in changes:
            changes["id"] = self.one(
                "SELECT CASE WHEN atttypid = 'uuid'::regtype THEN gen_random_uuid()::text"
                " ELSE nextval(pg_get_serial_sequence(%s, 'id'))::text END"
                " FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'id'",
                f"public.{table}",
                f"public.{table}",
            )
        return self.one(
            f"INSERT INTO public.{table} SELECT (jsonb_populate_record(r, %s::jsonb)).* FROM public.{table} r"
            f" WHERE {by} = %s RETURNING {by}::text",
            json.dumps(changes, default=plain),
            pk,
        )

    def anew(self, table: str, pk: Any, **changes: Any) -> None:
        """Delete a row and insert it again under the same key, with other values: a foreign key sees no gap."""
        row = self.one(f"DELETE FROM public.{table} r WHERE id = %s RETURNING to_jsonb(r)", pk)
        self(
            f"INSERT INTO public.{table} SELECT (jsonb_populate_record(NULL::public.{table}, %s::jsonb)).*",
            json.dumps({**row, **changes}, default=plain),
        )

    def swap(self, table: str, one: Any, other: Any) -> None:
        """Let two rows change keys: what rests on the one then rests on the other."""
        between = uuid.uuid4()
        for old, new in ((one, between), (other, one), (between, other)):
            self(f"UPDATE public.{table} SET id = %s WHERE id = %s", new, old)

    def age(self, table: str, pk: Any, column: str = "at") -> None:
        """Let ten years pass over a row, which only the tests' owner can do."""
        self("SET LOCAL session_replication_role = replica")
        self(f"UPDATE public.{table} SET {column} = {column} - interval '10 years' WHERE id = %s", pk)
        self("SET LOCAL session_replication_role = origin")

    def commit_checks(self) -> None:
        """What a COMMIT would check."""
        self("SET CONSTRAINTS ALL IMMEDIATE")


def plain(value: Any) -> Any:
    """A row by its key, a uuid by its text."""
    value = getattr(value, "pk", value)
    return str(value) if isinstance(value, uuid.UUID) else value


Run = Callable[[Any, Session], None]


@dataclass(frozen=True)
class Attack:
    """`guard` is 'app.Model:trigger' or 'table.constraint'; `besides` would stop it as well and is out of the way when
    the guard has to prove itself. `denied_to` roles lack the privilege, so they do not even come as far."""

    invariant: str
    name: str
    rule: str
    guard: str
    run: Run = field(compare=False)
    besides: tuple[str, ...] = ()
    denied_to: tuple[str, ...] = ()
    only: tuple[str, ...] = (APP, OWNER)

    def __str__(self) -> str:
        return self.name


ATTACKS: dict[tuple[str, str], Attack] = {}


def attack(invariant: str, *, rule: str, guard: str, name: str = "", **more: Any) -> Callable[[Run], Run]:
    """Register an attack on an invariant."""

    def register(run: Run) -> Run:
        label = name or getattr(run, "__name__", "").replace("_", "-")
        ATTACKS[invariant, label] = Attack(invariant, label, rule, guard, run, **more)
        return run

    return register


def of(invariant: str) -> list[Attack]:
    """The attacks registered for one invariant so far."""
    return [attack for (about, _name), attack in sorted(ATTACKS.items()) if about == invariant]


def by_role(invariant: str) -> list[Any]:
    """The same, each with every role that may try it, as parameters `role, attempt`."""
    return [pytest.param(role, one, id=f"{role}-{one}") for one in of(invariant) for role in one.only]


ROLES = [APP, OWNER]
# What a role may set `pgtrigger.ignore` to before it strikes.
IGNORES = ["nothing", "every-guard", "garbage"]


def silence(session: Session, ignore: str) -> None:
    """Try to switch the guards off the way pgtrigger itself would."""
    if ignore == "every-guard":
        names = ",".join(sorted({trigger.get_pgid(model) for model, trigger in pgtrigger.registered()}))
        session("SELECT set_config('pgtrigger.ignore', %s, false)", f"{{{names}}}")
    elif ignore == "garbage":
        session("SELECT set_config('pgtrigger.ignore', '}{ not an array', false)")


@contextmanager
def rolled_back(second: connection) -> Iterator[Session]:
    """A transaction that leaves nothing behind, whatever happens in it."""
    try:
        with second.cursor() as cursor:
            yield Session(cursor)
    finally:
        second.rollback()


def strike(attack: Attack, scene: Any, session: Session, ignore: str = "nothing") -> None:
    """The attack up to and including what its COMMIT would check. Raises what the database raises."""
    silence(session, ignore)
    attack.run(scene, session)
    silence(session, ignore)
    session.commit_checks()


def refusal(attack: Attack, scene: Any, session: Session, ignore: str = "nothing") -> tuple[str, str]:
    """(SQLSTATE, rule) with which the database refused, or ('', '') when the attack went through."""
    try:
        strike(attack, scene, session, ignore)
    except Foiled:
        return CHECK_VIOLATION, PUT_RIGHT
    except psycopg2.Error as error:
        return error.pgcode or "", error.diag.constraint_name or str(error)
    return "", ""


def assert_refused(attack: Attack, scene: Any, second: connection, role: str) -> None:
    """The database refuses in the name of the right rule, or of one of those that stand before it."""
    for ignore in IGNORES:
        with rolled_back(second) as session:
            state, rule = refusal(attack, scene, session, ignore)
        if role in attack.denied_to:
            assert (state, "permission denied" in rule) == (DENIED, True), f"{ignore}: {state} {rule}"
        else:
            earlier = attack.besides and rule in {*REFUSALS, PUT_RIGHT}
            assert (state, rule) == (CHECK_VIOLATION, rule if earlier else attack.rule), f"{ignore}: {state} {rule}"


def guards(*, vault: bool = False) -> dict[str, tuple[str, str]]:
    """Every guard our models declare, by 'app.Model:trigger': its table and the trigger's name there.

    Those of the main database, or of the vault.
    """
    return {
        trigger.get_uri(model): (model._meta.db_table, trigger.get_pgid(model))
        for model, trigger in pgtrigger.registered()
        if (model._meta.app_label == "vault") == vault
    }


def drop(session: Session, guard: str, *, vault: bool = False) -> None:
    """Drop a guard, as its owner; for the rest of this transaction."""
    if ":" in guard:
        table, trigger = guards(vault=vault)[guard]
        statement = sql.SQL("DROP TRIGGER {} ON {}").format(sql.Identifier(trigger), sql.Identifier("public", table))
    else:
        table, constraint = guard.split(".")
        statement = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
            sql.Identifier("public", table), sql.Identifier(constraint)
        )
    session.cursor.execute(statement)
