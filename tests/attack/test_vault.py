"""The vault: what must survive a restore of the main database is refused there too, whoever writes it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from django.utils import timezone
from psycopg2.extensions import connection

from privacy.vault.models import ErasureEnd, ErasureRecord, FileKey, LedgerHead, Restoration, SealedProof
from tests.attack.support import (
    CHECK_VIOLATION,
    Attack,
    Foiled,
    Run,
    Session,
    assert_refused,
    drop,
    guards,
    refusal,
    rolled_back,
)
from tests.support import flush
from tests.support.services import PLACE, VAULT
from watson.roles import APP, OWNER

APPEND_ONLY, TOO_YOUNG, KEY_STAYS, PROOF_STAYS, TERM = (
    "i5_append_only",
    "i5_within_period",
    "vault_key_stays",
    "vault_proof_stays",
    "vault_proof_term",
)
ATTACKS: list[Attack] = []


def attack(rule: str, guard: str, name: str = "", **more: Any) -> Callable[[Run], Run]:
    """Register an attack on the vault; the register of the main database knows nothing of it."""

    def register(run: Run) -> Run:
        label = name or run.__name__.replace("_", "-")
        ATTACKS.append(Attack("vault", label, rule, f"vault.{guard}", run, **more))
        return run

    return register


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    with django_db_blocker.unblock():
        flush.flush_all()
        try:
            yield SimpleNamespace(
                head=LedgerHead.objects.create(seq=1, hash="1" * 64),
                record=ErasureRecord.objects.create(erasure=uuid4(), reason="request", people=[uuid4()], policy="t"),
                end=ErasureEnd.objects.create(erasure=uuid4()),
                restoration=Restoration.objects.using("vault_owner").create(last_seal=1, last_head=2),
                key=FileKey.objects.create(owner=uuid4(), key=b"sealed"),
                proof=SealedProof.objects.create(
                    introduction=uuid4(),
                    erasure=uuid4(),
                    sealed=b"sealed",
                    until=timezone.localdate() + timedelta(days=30),
                ),
            )
        finally:
            flush.flush_all()


@pytest.fixture(scope="module")
def second(django_db_setup: None) -> Iterator[Callable[[str], connection]]:
    opened: dict[str, connection] = {}

    def session_of(role: str) -> connection:
        if role not in opened:
            opened[role] = psycopg2.connect(PLACE.database_url(role, VAULT))
        return opened[role]

    yield session_of
    for one in opened.values():
        one.close()


# What may only be added to. Each: its table, its row in the scene, its key, a column, and the column with its moment.
LEDGERS = (
    ("LedgerHead", "head", "seq", "hash", "anchored_at"),
    ("ErasureRecord", "record", "id", "policy", "at"),
    ("ErasureEnd", "end", "erasure", "finished_at", "finished_at"),
    ("Restoration", "restoration", "id", "last_seal", "at"),
)


def forbid(model: str, row: str, key: str, column: str, at: str) -> None:
    table = f"vault_{model.lower()}"

    @attack(APPEND_ONLY, f"{model}:append_only", f"change-{row}", denied_to=(APP,))
    def change(scene: Any, run: Session) -> None:
        run(f"UPDATE {table} SET {column} = {column} WHERE {key} = %s", getattr(scene, row))

    @attack(TOO_YOUNG, f"{model}:append_only_period", f"delete-{row}", denied_to=(APP,))
    def delete(scene: Any, run: Session) -> None:
        run(f"DELETE FROM {table} WHERE {key} = %s", getattr(scene, row))

    @attack(APPEND_ONLY, f"{model}:no_truncate", f"truncate-{row}", denied_to=(APP,))
    def truncate(scene: Any, run: Session) -> None:
        run(f"TRUNCATE {table}")

    # A restoration is the owner's alone to write.
    writers = (OWNER,) if row == "restoration" else (APP, OWNER)

    @attack("put right", f"{model}:append_only_stamp", f"backdate-{row}", only=writers)
    def backdate(scene: Any, run: Session) -> None:
        fresh: dict[str, Any] = {"seq": 99} if key == "seq" else {"erasure": uuid4()} if row != "restoration" else {}
        if key == "id":
            fresh["id"] = uuid4()
        made = run.clone(table, getattr(scene, row), by=key, **{at: "2001-01-01T00:00:00Z"}, **fresh)
        if run.one(f"SELECT {at} > '2002-01-01' FROM {table} WHERE {key}::text = %s", made):
            raise Foiled


for ledger in LEDGERS:
    forbid(*ledger)


@attack("vault_restored", "Restoration:by_owner")
def call_it_a_restore_of_nothing(scene, run):
    run.clone("vault_restoration", scene.restoration, last_seal=-1, last_head=9)


@attack(KEY_STAYS, "FileKey:stays")
def put_another_key_in_its_place(scene, run):
    run("UPDATE vault_filekey SET key = 'mine' WHERE owner = %s", scene.key)


@attack(KEY_STAYS, "FileKey:no_truncate", denied_to=(APP,))
def destroy_every_key(scene, run):
    run("TRUNCATE vault_filekey")


@attack(PROOF_STAYS, "SealedProof:stays")
def keep_a_proof_longer(scene, run):
    run("UPDATE vault_sealedproof SET until = until + 1 WHERE introduction = %s", scene.proof)


@attack(PROOF_STAYS, "SealedProof:stays")
def seal_something_else_in_it(scene, run):
    run("UPDATE vault_sealedproof SET sealed = 'mine' WHERE introduction = %s", scene.proof)


@attack(PROOF_STAYS, "SealedProof:goes_after_term")
def lose_a_proof_before_its_time(scene, run):
    run("DELETE FROM vault_sealedproof WHERE introduction = %s", scene.proof)


@attack(PROOF_STAYS, "SealedProof:no_truncate", denied_to=(APP,))
def lose_every_proof(scene, run):
    run("TRUNCATE vault_sealedproof")


@attack(TERM, "SealedProof:within_term")
def keep_a_proof_for_ever(scene, run):
    until = timezone.localdate() + timedelta(days=1200)
    run.clone("vault_sealedproof", scene.proof, by="introduction", introduction=uuid4(), until=until.isoformat())


@attack(TERM, "SealedProof:within_term")
def make_a_proof_that_is_over(scene, run):
    until = timezone.localdate() - timedelta(days=1)
    run.clone("vault_sealedproof", scene.proof, by="introduction", introduction=uuid4(), until=until.isoformat())


@pytest.mark.parametrize(
    ("role", "attempt"),
    [pytest.param(role, one, id=f"{role}-{one}") for one in ATTACKS for role in one.only],
)
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


@pytest.mark.parametrize("attempt", ATTACKS, ids=str)
def test_without_its_guard_the_attack_goes_through(attempt, scene, second):
    owner = second(OWNER)
    with rolled_back(owner) as run:
        assert refusal(attempt, scene, run) == (CHECK_VIOLATION, attempt.rule), "not stopped by this guard"
    with rolled_back(owner) as run:
        drop(run, attempt.guard, vault=True)
        assert refusal(attempt, scene, run) == ("", ""), "stopped, but not by this guard"


def test_every_guard_of_the_vault_is_attacked():
    assert set(guards(vault=True)) == {attempt.guard for attempt in ATTACKS}


def test_the_application_cannot_call_a_cut_tail_a_restore(scene, second):
    with rolled_back(second(OWNER)) as run:
        run.clone("vault_restoration", scene.restoration, last_seal=3, last_head=9)
    with rolled_back(second(APP)) as run, pytest.raises(psycopg2.errors.CheckViolation, match="only a restore"):
        run.clone("vault_restoration", scene.restoration, last_seal=3, last_head=9)


def test_what_is_over_may_go(scene, second):
    """The other side: a key is destroyed when its time has come, and so is a proof."""
    with rolled_back(second(OWNER)) as run:
        run("SET LOCAL session_replication_role = replica")
        run("UPDATE vault_sealedproof SET until = until - 60 WHERE introduction = %s", scene.proof)
        run("SET LOCAL session_replication_role = origin")
        run("DELETE FROM vault_sealedproof WHERE introduction = %s", scene.proof)
        assert run.cursor.rowcount == 1
    with rolled_back(second(APP)) as run:
        run("DELETE FROM vault_filekey WHERE owner = %s", scene.key)
        assert run.cursor.rowcount == 1
