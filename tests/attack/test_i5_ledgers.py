"""I5: ledgers are append-only; whole rows go only once their legal period is over, and nobody chooses their date."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg2
import pytest

from privacy.grants import ledgers
from tests.attack.support import (
    PUT_RIGHT,
    Foiled,
    Session,
    assert_refused,
    attack,
    by_role,
    rolled_back,
    silence,
)
from watson.roles import APP, OWNER

APPEND_ONLY, TOO_YOUNG = "i5_append_only", "i5_within_period"


@dataclass(frozen=True)
class Ledger:
    """A ledger: a row of it, a column somebody would like to change, and how to write one's own lawful row."""

    model: str
    row: str
    column: str
    write: Callable[..., Any]
    key: str = "id"
    besides: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return self.model.lower().replace(".", "_")

    @property
    def name(self) -> str:
        return self.model.partition(".")[2].lower()


def write_seal(scene: Any, run: Session, **values: Any) -> str:
    numbers = {"seq": 2, "until_xid": 2, "hash": "2" * 64}
    return run.clone("privacy_ledgerseal", scene.seal, by="seq", **numbers, **values)


def write_decision(scene: Any, run: Session, **values: Any) -> str:
    run("UPDATE candidates_candidacy SET stage = 'approached' WHERE id = %s", scene.wim)
    row = {"candidacy_id": scene.wim, "from_stage": "found", "to_stage": "approached", **values}
    return run.clone("candidates_stagedecision", scene.decision, **row)


LEDGERS = [
    Ledger("privacy.LedgerEntry", "entry", "kind", lambda s, r, **v: r.clone("privacy_ledgerentry", s.entry, **v)),
    Ledger("privacy.LedgerSeal", "seal", "hash", write_seal, key="seq"),
    Ledger("privacy.AccessEntry", "access", "action", lambda s, r, **v: r.clone("privacy_accessentry", s.access, **v)),
    Ledger(
        "privacy.RequestStep", "step", "code", lambda s, r, **v: r.clone("privacy_requeststep", s.step, code="t.2", **v)
    ),
    Ledger(
        "privacy.Crossing",
        "crossing",
        "milestone",
        lambda s, r, **v: r.clone("privacy_crossing", s.crossing, milestone="day21", **v),
    ),
    Ledger(
        "privacy.BreachCrossing",
        "crossing_of_breach",
        "milestone",
        lambda s, r, **v: r.clone("privacy_breachcrossing", s.crossing_of_breach, milestone="h24", **v),
    ),
    Ledger(
        "privacy.RequestNotice",
        "two_receipt",
        "kind",
        lambda s, r, **v: r.clone("privacy_requestnotice", s.two_receipt, **v),
        besides=("privacy.Extension:no_truncate",),
    ),
    Ledger(
        "consent.Revelation",
        "revelation",
        "by_id",
        lambda s, r, **v: r.clone("consent_revelation", s.revelation, subject_id=s.stranger, **v),
    ),
    Ledger(
        "consent.ConsentEvent",
        "yes",
        "kind",
        lambda s, r, **v: r.clone(
            "consent_consentevent", s.yes, request_id=s.asked, kind="talk_first", link_id=s.asked_link, **v
        ),
        besides=("consent.LegalBasis:no_truncate",),
    ),
    Ledger(
        "consent.LegalBasis",
        "basis",
        "basis",
        lambda s, r, **v: r.clone(
            "consent_legalbasis",
            s.basis,
            subject_id=s.stranger,
            basis="legal_obligation",
            reason="closed",
            event_id=None,
            **v,
        ),
    ),
    Ledger("candidates.StageDecision", "decision", "decided_by_id", write_decision),
    Ledger(
        "privacy.ProofRule", "proof_rule", "months", lambda s, r, **v: r.clone("privacy_proofrule", s.proof_rule, **v)
    ),
    Ledger(
        "privacy.ErasureLine", "plan_line", "count", lambda s, r, **v: r.clone("privacy_erasureline", s.plan_line, **v)
    ),
]


def forbid(ledger: Ledger) -> None:
    """Everything that would change or shorten this ledger."""
    table, key, column = ledger.table, ledger.key, ledger.column

    def forbidden(name: str, rule: str, guard: str, **more: Any) -> Callable[[Any], Any]:
        more = {"denied_to": (APP,), **more}
        return attack("I5", rule=rule, guard=f"{ledger.model}:{guard}", name=f"{name}-{ledger.name}", **more)

    @forbidden("update", APPEND_ONLY, "append_only")
    def update(scene, run):
        run(f"UPDATE {table} SET {column} = {column} WHERE {key} = %s", getattr(scene, ledger.row))

    @forbidden("update-the-key-of", APPEND_ONLY, "append_only")
    def update_the_key(scene, run):
        run(f"UPDATE {table} SET {key} = {key} WHERE {key} = %s", getattr(scene, ledger.row))

    @forbidden("upsert", APPEND_ONLY, "append_only")
    def upsert(scene, run):
        pk = ledger.write(scene, run)
        numbered = f"UPDATE {table} SET {column} = {column} WHERE {key} = %s"
        run(
            f"MERGE INTO {table} t USING (SELECT {key} FROM {table} WHERE {key} = %s) x ON t.{key} = x.{key}"
            f" WHEN MATCHED THEN UPDATE SET {column} = t.{column} WHEN NOT MATCHED THEN DO NOTHING",
            pk,
        )
        run(numbered, pk)

    @forbidden("delete", TOO_YOUNG, "append_only_period")
    def delete(scene, run):
        pk = ledger.write(scene, run)
        run(f"DELETE FROM {table} WHERE {key} = %s", pk)
        run("UPDATE candidates_candidacy SET stage = 'found' WHERE id = %s", scene.wim)

    @forbidden("merge-away", TOO_YOUNG, "append_only_period")
    def merge_away(scene, run):
        pk = ledger.write(scene, run)
        run(
            f"MERGE INTO {table} t USING (SELECT {key} FROM {table} WHERE {key} = %s) x ON t.{key} = x.{key}"
            " WHEN MATCHED THEN DELETE",
            pk,
        )
        run("UPDATE candidates_candidacy SET stage = 'found' WHERE id = %s", scene.wim)

    @forbidden("truncate", APPEND_ONLY, "no_truncate", besides=ledger.besides)
    def truncate(scene, run):
        run(f"TRUNCATE {table} CASCADE")

    @forbidden("backdate", PUT_RIGHT, "append_only_stamp", denied_to=())
    def backdate(scene, run):
        pk = ledger.write(scene, run, at="2001-01-01T00:00:00Z")
        if not run.one(f"SELECT count(*) FROM {table} WHERE at < '2002-01-01'"):
            raise Foiled(pk)

    @forbidden("postdate", PUT_RIGHT, "append_only_stamp", denied_to=())
    def postdate(scene, run):
        pk = ledger.write(scene, run, at="2999-01-01T00:00:00Z")
        if not run.one(f"SELECT count(*) FROM {table} WHERE at > '2998-01-01'"):
            raise Foiled(pk)


for one in LEDGERS:
    forbid(one)


@attack("I5", rule=PUT_RIGHT, guard="privacy.LedgerEntry:stamp")
def forge_the_transaction_of_an_entry(scene, run):
    pk = run.clone("privacy_ledgerentry", scene.entry, xid=1)
    if run.one("SELECT xid FROM privacy_ledgerentry WHERE id = %s", pk) != 1:
        raise Foiled(pk)


@pytest.mark.parametrize(("role", "attempt"), by_role("I5"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


def test_every_ledger_is_attacked():
    attacked = {ledger.table for ledger in LEDGERS}
    assert attacked == {model._meta.db_table for model in ledgers() if model._meta.app_label != "vault"}


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.name)
def test_the_application_may_not_even_try(ledger, scene, second):
    for statement in (
        f"UPDATE {ledger.table} SET {ledger.column} = {ledger.column}",
        f"DELETE FROM {ledger.table}",
        f"TRUNCATE {ledger.table}",
        f"SELECT 1 FROM {ledger.table} FOR UPDATE",
        f"ALTER TABLE {ledger.table} DISABLE TRIGGER ALL",
        f"DROP TABLE {ledger.table}",
    ):
        with rolled_back(second(APP)) as run, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            run(statement)


@pytest.mark.parametrize("ledger", [one for one in LEDGERS if one.name in ("ledgerentry", "accessentry", "revelation")])
def test_a_row_past_its_period_may_go(ledger, scene, second):
    """The other side: without it a refusal of every DELETE would look like a guard that knows the period."""
    with rolled_back(second(OWNER)) as run:
        pk = ledger.write(scene, run)
        run.age(ledger.table, pk)
        silence(run, "nothing")
        run(f"DELETE FROM {ledger.table} WHERE {ledger.key} = %s", pk)
        assert run.cursor.rowcount == 1
        run.commit_checks()
