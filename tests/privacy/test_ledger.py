"""The ledger keeps its promise: what was written stays, and what was tampered with shows."""

import uuid
from datetime import timedelta
from io import StringIO

import psycopg2
import pytest
from django.core.management import call_command
from django.db import OperationalError, transaction
from django.utils import timezone

from privacy import ledger
from privacy.models import LedgerDetail, LedgerEntry, LedgerSeal, Subject
from privacy.vault.models import LedgerHead
from tests.factories import make_user
from tests.support.services import VAULT
from watson.roles import APP, OWNER

TABLES = ("privacy_ledgerentry", "privacy_ledgerseal")


@pytest.fixture
def sealed(transactional_db):
    """Three seals over two entries each."""
    for _seal in range(3):
        for _entry in range(2):
            ledger.append("test.happened", number=1)
        assert ledger.seal() == 2
    assert codes() == []
    return list(LedgerSeal.objects.order_by("seq"))


@pytest.fixture
def tamper(owner_connection):
    """Run SQL as the owner with the triggers of both tables disabled: what a guard alone cannot stop."""

    def run(*statements):
        # Three transactions: a table with pending foreign-key checks cannot be altered.
        for steps, hits in ((switch("DISABLE"), False), (statements, True), (switch("ENABLE"), False)):
            with owner_connection, owner_connection.cursor() as cursor:
                for step in steps:
                    cursor.execute(step)
                    assert cursor.rowcount > 0 or not hits, "the attack itself must hit something"

    def switch(way):
        return [f"ALTER TABLE {table} {way} TRIGGER USER" for table in TABLES]

    return run


def codes():
    return sorted({problem.code for problem in ledger.verify()})


def test_an_entry_holds_ids_and_codes(db):
    actor, subject, other = make_user(), Subject.objects.create(), uuid.uuid4()
    entry = ledger.append("test.happened", subject=subject, actor=actor, other=other, count=3, stage="found", none=None)
    entry.refresh_from_db()
    assert (entry.subject_id, entry.actor) == (subject.pk, actor.pk)
    assert entry.codes == {"other": str(other), "count": 3, "stage": "found", "none": None}
    assert entry.commitment == ""


@pytest.mark.parametrize("value", ["Anna de Vries", "anna@person.example", "x" * 81, 1.5, {"name": "Anna"}, ["a b"]])
def test_words_are_refused_as_codes(db, value):
    with pytest.raises(ValueError, match="detail"):
        ledger.append("test.happened", value=value)


@pytest.mark.parametrize("kind", ["", "Test happened", "test..happened", "x" * 61])
def test_a_kind_is_a_dotted_code(db, kind):
    with pytest.raises(ValueError, match="dotted code"):
        ledger.append(kind)


def test_the_writer_cannot_choose_transaction_or_moment(db):
    entry = LedgerEntry(kind="test.happened", xid=1, at=timezone.now() - timedelta(days=400))
    entry.save(force_insert=True)
    entry.refresh_from_db()
    assert entry.xid > 1
    assert entry.at > timezone.now() - timedelta(minutes=1)


def test_detail_is_committed_to_and_can_be_erased(transactional_db):
    entry = ledger.append("test.happened", detail="Anna said no")
    detail = LedgerDetail.objects.get(entry=entry)
    assert len(bytes(detail.salt)) == 32
    assert ledger.commitment(detail.salt, detail.text) == entry.commitment
    assert "Anna" not in str(LedgerEntry.objects.values().get())
    assert ledger.seal() == 1
    detail.delete()
    assert codes() == []


def test_nothing_to_seal_leaves_no_seal(transactional_db):
    assert ledger.seal() == 0
    assert not LedgerSeal.objects.exists()


def test_a_late_commit_of_a_low_number_is_sealed_later(transactional_db, app_connection):
    with app_connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO privacy_ledgerentry (id, kind, codes, commitment) VALUES (%s, 'test.slow', '{}', '')",
            [str(uuid.uuid4())],
        )
        ledger.append("test.fast")
        assert ledger.seal() == 0, "the slow transaction has the lower number and is still running"
        app_connection.commit()
    assert ledger.seal() == 2
    assert codes() == []


def test_a_transaction_in_another_database_holds_nothing_back(transactional_db, connect):
    from tests.support.services import VAULT

    elsewhere = connect(database=VAULT)
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")
    ledger.append("test.happened")
    assert ledger.seal() == 1
    here = connect()
    with here.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")
    ledger.append("test.happened")
    assert ledger.seal() == 0
    here.rollback()
    assert ledger.seal() == 1


def test_an_entry_of_the_own_transaction_is_not_sealed(transactional_db, app_connection):
    with transaction.atomic():
        ledger.append("test.happened")
        assert ledger.seal() == 0
        with app_connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
        app_connection.commit()  # a younger transaction that ended does not make the own one old
        assert ledger.seal() == 0
    assert ledger.seal() == 1


def test_heads_are_anchored_and_anchored_again_after_an_outage(sealed):
    assert dict(LedgerHead.objects.values_list("seq", "hash")) == {seal.seq: seal.hash for seal in sealed}


def test_missing_newest_heads_are_anchored_by_the_next_run(transactional_db, connect):
    ledger.append("test.happened")
    ledger.seal()
    vault = connect(OWNER, VAULT)
    with vault, vault.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM vault_ledgerhead")
        assert cursor.rowcount == 1
    assert "unanchored" in {problem.code for problem in ledger.verify(timezone.now() + timedelta(minutes=1))}
    ledger.seal()
    assert LedgerHead.objects.count() == 1


def test_a_changed_entry_is_found(sealed, tamper):
    tamper("UPDATE privacy_ledgerentry SET kind = 'test.other' WHERE id = (SELECT id FROM privacy_ledgerentry LIMIT 1)")
    assert codes() == ["changed"]


@pytest.mark.parametrize(
    "change",
    [
        "at = at + interval '1 microsecond'",
        "codes = '{\"number\": 2}'",
        "actor = gen_random_uuid()",
        "commitment = 'f'",
        "id = gen_random_uuid()",
    ],
)
def test_any_changed_column_is_found(sealed, tamper, change):
    tamper(f"UPDATE privacy_ledgerentry SET {change} WHERE id = (SELECT max(id::text)::uuid FROM privacy_ledgerentry)")
    assert codes() == ["changed"]


def test_an_entry_moved_to_another_range_is_found(sealed, tamper):
    tamper(
        "UPDATE privacy_ledgerentry SET xid = (SELECT max(xid) FROM privacy_ledgerentry)"
        " WHERE xid = (SELECT min(xid) FROM privacy_ledgerentry)"
    )
    assert codes() == ["forged", "missing"]


def test_a_removed_entry_is_found(sealed, tamper):
    tamper("DELETE FROM privacy_ledgerentry WHERE xid = (SELECT min(xid) FROM privacy_ledgerentry)")
    assert codes() == ["missing"]


def test_an_entry_forged_under_a_seal_is_found(sealed, tamper):
    tamper(
        "INSERT INTO privacy_ledgerentry (id, xid, at, kind, codes, commitment)"
        " SELECT gen_random_uuid(), min(xid), now(), 'test.forged', '{}', '' FROM privacy_ledgerentry"
    )
    assert codes() == ["forged"]


def test_an_entry_of_the_future_is_found(sealed, tamper):
    tamper(
        "INSERT INTO privacy_ledgerentry (id, xid, at, kind, codes, commitment)"
        " VALUES (gen_random_uuid(), 9000000000000000, now(), 'test.forged', '{}', '')"
    )
    assert codes() == ["forged"]


def test_a_rewritten_seal_is_found(sealed, tamper):
    tamper(f"UPDATE privacy_ledgerseal SET hash = repeat('a', 64) WHERE seq = {sealed[1].seq}")
    assert codes() == ["chain", "changed", "head"]


def test_a_removed_seal_is_found(sealed, tamper):
    tamper(f"DELETE FROM privacy_ledgerseal WHERE seq = {sealed[1].seq}")
    assert {"chain", "missing_seal"} <= set(codes())


def test_a_cut_tail_is_found(sealed, tamper):
    last = sealed[-1]
    tamper(
        f"DELETE FROM privacy_ledgerentry WHERE xid >= {last.from_xid}",
        f"DELETE FROM privacy_ledgerseal WHERE seq = {last.seq}",
    )
    assert codes() == ["cut_tail"]


def test_everything_cut_is_found(sealed, tamper):
    tamper("DELETE FROM privacy_ledgerentry", "DELETE FROM privacy_ledgerseal")
    assert codes() == ["cut_tail"]


def test_a_cut_tail_stays_visible_when_the_sealer_goes_on(sealed, tamper):
    last = sealed[-1]
    tamper(
        f"DELETE FROM privacy_ledgerentry WHERE xid >= {last.from_xid}",
        f"DELETE FROM privacy_ledgerseal WHERE seq = {last.seq}",
    )
    ledger.append("test.happened")
    assert ledger.seal() == 1
    assert LedgerSeal.objects.filter(seq=last.seq + 1).exists(), "the vault's numbers are not used again"
    assert codes() == ["missing_seal"]


def test_a_history_written_anew_from_the_start_is_found(sealed, tamper):
    tamper("DELETE FROM privacy_ledgerseal", "UPDATE privacy_ledgerentry SET kind = 'test.other'")
    ledger.seal()
    assert "missing_seal" in codes()


def test_an_entry_left_unsealed_is_found(transactional_db):
    ledger.append("test.happened")
    assert ledger.verify() == []
    assert [p.code for p in ledger.verify(timezone.now() + timedelta(seconds=6))] == ["unsealed"]


def test_the_command_says_what_is_wrong(sealed, tamper):
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    assert "6 entries under 3 seals" in out.getvalue()
    tamper("DELETE FROM privacy_ledgerentry WHERE xid = (SELECT min(xid) FROM privacy_ledgerentry)")
    wrong = StringIO()
    with pytest.raises(SystemExit) as exit_:
        call_command("verify_ledger", stderr=wrong)
    assert exit_.value.code == 1
    assert "1 are missing" in wrong.getvalue()


def test_the_task_seals(transactional_db, run_tasks):
    from privacy.tasks import seal_ledger

    ledger.append("test.happened")
    seal_ledger.delay()
    assert run_tasks() == ["privacy.tasks.seal_ledger"]
    assert LedgerSeal.objects.get().entries == 1


@pytest.mark.parametrize("role", [OWNER, APP])
@pytest.mark.parametrize(
    "statement", ["UPDATE vault_ledgerhead SET hash = 'x'", "DELETE FROM vault_ledgerhead", "TRUNCATE vault_ledgerhead"]
)
def test_the_vault_keeps_its_heads(sealed, connect, role, statement):
    vault = connect(role, VAULT)
    with vault.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', '{vault_ledgerhead:append_only}', false)")
        with pytest.raises(psycopg2.Error, match=r"append-only|no truncate|permission denied"):
            cursor.execute(statement)
    vault.rollback()
    assert LedgerHead.objects.count() == 3


def test_a_head_that_is_another_is_an_alarm(sealed, connect, caplog):
    vault = connect(OWNER, VAULT)
    with vault, vault.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE vault_ledgerhead SET hash = repeat('b', 64) WHERE seq = 3")
        assert cursor.rowcount == 1
    ledger.append("test.happened")
    assert ledger.seal() == 1, "what happens now is sealed all the same"
    assert "head 3 in the vault" in caplog.text
    assert codes() == ["head"]


def test_a_vault_out_of_reach_stops_no_seal_and_is_told(sealed, monkeypatch, caplog):
    def away(*args, **kwargs):
        raise OperationalError("no route")

    ledger.append("test.happened")
    with monkeypatch.context() as without:
        without.setattr(LedgerHead.objects, "order_by", away)
        without.setattr(LedgerHead.objects, "filter", away)
        assert ledger.seal() == 1
        assert "the vault did not take the heads" in caplog.text
        assert codes() == ["vault"]
    ledger.seal()
    assert LedgerHead.objects.count() == 4


def test_a_seal_made_to_look_old_excuses_nothing(sealed, tamper):
    seq = sealed[0].seq
    tamper(
        f"UPDATE privacy_ledgerseal SET at = now() - interval '6 years' WHERE seq = {seq}",
        f"DELETE FROM privacy_ledgerentry WHERE xid < {sealed[0].until_xid}",
    )
    assert codes() == ["missing"]


def test_what_was_cleaned_up_after_its_period_is_no_problem(sealed, tamper):
    tamper(f"DELETE FROM privacy_ledgerentry WHERE xid < {sealed[0].until_xid}")
    assert codes() == ["missing"]
    later = timezone.now() + ledger.KEPT + timedelta(days=1)
    assert {problem.code for problem in ledger.verify(later)} == set()
