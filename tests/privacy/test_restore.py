"""The drill: dump, erase, restore, start. Nobody who was erased is seen again, and nobody else is touched."""

import io
import json
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from candidates.models import Candidate
from privacy import backups, ledger, quarantine, suppression
from privacy.erasure import running, services
from privacy.models import ErasureStep, LedgerEntry, LedgerSeal, Subject, SuppressionEntry
from privacy.models.erasure import StepState
from privacy.vault.models import Restoration
from tests import factories
from tests.mailing.conftest import standin  # noqa: F401 - a fixture
from tests.privacy.forgotten import ADDRESS, Forgotten, neighbour, officer, spread
from tests.support import flush
from tests.support.nursery import Program
from tests.support.texts import publish_texts
from watson.wsgi import application

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "vault", "owner", "vault_owner"])


@pytest.fixture
def agency(transactional_db):
    factories.make_organisation()
    publish_texts()


@pytest.fixture
def gate():
    """A process that has just started."""
    fresh = quarantine.Gate()
    yield fresh
    quarantine.GATE._next = 0.0


def erase(person):
    erasure = services.approve(services.plan(person.request, actor=officer()), actor=officer())
    ErasureStep.objects.filter(erasure=erasure, holder__in=["mailboxes", "letter"]).update(
        state=StepState.DONE, done_at=timezone.now()
    )
    for _time in range(3):
        ErasureStep.objects.filter(erasure=erasure, state=StepState.RETRY).update(next_at=timezone.now())
        running.carry_on(erasure.pk)
    erasure.refresh_from_db()
    assert erasure.finished_at, list(erasure.steps.values_list("holder", "state", "trouble"))
    return erasure


def restore(path):
    connections.close_all()
    for flusher in flush._flushers:
        flusher.connection.close()
    backups.put_back("main", path)
    for flusher in flush._flushers:
        flusher.connection = flusher._connect()


def get(path="/accounts/login/"):
    """What the site itself answers, below Django."""
    told: dict[str, str] = {}
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "HTTP_HOST": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    }
    body = b"".join(application(environ, lambda status, headers: told.update(status=status)))
    return told["status"], body.decode()


def test_dump_erase_restore_start(agency, standin, tmp_path, gate, monkeypatch):  # noqa: F811
    person, other = Forgotten(), neighbour()
    ledger.seal()
    made = backups.make("main", tmp_path / "main")
    assert made.stat().st_mode & 0o077 == 0, "readable by nobody else"
    erase(person)
    ledger.seal()
    assert spread() == set()
    assert not gate.is_shut()

    restore(made)
    assert Candidate.objects.filter(given_name__startswith="Zwaluw").exists(), "the copy holds the person again"
    assert len(quarantine.missing()) == 1

    # It stands still: the site, the worker and beat.
    monkeypatch.setattr(quarantine.GATE, "_next", 0.0)
    monkeypatch.setattr(quarantine.GATE, "_was_open", False)
    status, body = get()
    assert status.startswith("503")
    assert "reservekopie" in body
    assert get("/healthz")[0].startswith("200")
    for words in (["worker"], ["beat", "--pidfile", ""]):
        program = Program("stands-still", "celery", "-A", "watson", *words, log=tmp_path / words[0])
        assert program.process.wait(120) != 0
        assert "replay_erasures" in program.tail(100)

    call_command("replay_erasures")
    assert spread() == set()
    assert spread(ADDRESS) == set()
    assert Subject.objects.get(pk=person.subject.pk).erased_at
    assert Candidate.objects.get(pk=other.candidate_id).given_name == "Andermans"
    assert suppression.standing_among([("email", ADDRESS)]) == {("email", ADDRESS)}
    assert SuppressionEntry.objects.filter(reason="erased").count() == 2
    assert quarantine.missing() == []
    monkeypatch.setattr(quarantine.GATE, "_next", 0.0)
    assert get()[0].startswith("200")


def test_the_ledger_goes_on_in_a_restored_database(agency, tmp_path):
    ledger.append("test.before")
    assert ledger.seal()
    made = backups.make("main", tmp_path)
    # As on a new server, whose transaction numbers lie far below the ones that were sealed.
    LedgerSeal.objects.create(
        seq=2, from_xid=LedgerSeal.objects.get().until_xid, until_xid=10**9, entries=0, previous="x", hash="y" * 64
    )
    ahead = backups.make("main", tmp_path / "ahead")
    assert ahead != made
    restore(ahead)
    entry = ledger.append("test.after")
    entry.refresh_from_db()
    assert entry.xid >= 10**9
    assert ledger.seal() == 1
    assert LedgerEntry.objects.filter(kind="test.after").exists()
    assert Restoration.objects.count() == 1
    assert not [problem for problem in ledger.verify() if problem.code in ("rewound", "unsealed", "forged")]


def test_a_restore_is_told_in_words_and_a_real_loss_is_still_found(agency, tmp_path, capsys):
    ledger.append("test.before")
    assert ledger.seal()
    made = backups.make("main", tmp_path)
    for number in range(2):
        ledger.append("test.since", number=number)
        assert ledger.seal()
    assert ledger.restorations() == []
    restore(made)
    (told,) = ledger.restorations()
    assert "Seals 2 to 3" in told
    assert ledger.verify() == [], "what the restore lost is expected"
    assert ledger.anchor() == 0
    ledger.append("test.after")
    assert ledger.seal()
    ledger.append("test.later")
    assert ledger.seal()
    assert list(LedgerSeal.objects.order_by("seq").values_list("seq", flat=True)) == [1, 4, 5]
    call_command("verify_ledger")
    said = capsys.readouterr().out
    assert "put back from a backup" in said
    assert "The ledger is whole" in said

    # Not by the restore: a seal before it, an entry under one after it, and the tail.
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM privacy_ledgerentry WHERE kind = 'test.after'")
        cursor.execute("DELETE FROM privacy_ledgerseal WHERE seq = 5")
        cursor.execute("SET session_replication_role = origin")
    assert sorted(problem.code for problem in ledger.verify()) == ["cut_tail", "missing"]
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM privacy_ledgerseal WHERE seq = 1")
        cursor.execute("SET session_replication_role = origin")
    assert "missing_seal" in {problem.code for problem in ledger.verify()}
    with pytest.raises(SystemExit):
        call_command("verify_ledger")


def test_whoever_came_later_under_the_same_address_stays(agency, standin, tmp_path):  # noqa: F811
    person = Forgotten()
    erase(person)
    SuppressionEntry.objects.count()
    later = factories.make_candidacy(given_name="Teruggekomen", email=ADDRESS)
    made = backups.make("main", tmp_path)
    restore(made)
    assert quarantine.missing() == [], "the erasure is in this copy"
    call_command("replay_erasures")
    later.candidate.refresh_from_db()
    assert later.candidate.given_name == "Teruggekomen"


def test_somebody_in_the_copy_under_another_id_is_found_by_hash(agency, standin, tmp_path):  # noqa: F811
    twin = factories.make_candidacy(given_name="Tweeling", email="other@person.example")
    person = Forgotten()
    # In the copy the address is the other's; since then it was found to be this person's.
    mine, theirs = person.candidacy.candidate.contact_points, twin.candidate.contact_points
    mine.filter(kind="email").update(normalised="older@person.example", value="older@person.example")
    theirs.update(normalised=ADDRESS, value=ADDRESS)
    made = backups.make("main", tmp_path)
    theirs.all().delete()
    mine.filter(kind="email").update(normalised=ADDRESS, value=ADDRESS)
    erase(person)
    restore(made)
    call_command("replay_erasures")
    twin.candidate.refresh_from_db()
    assert twin.candidate.given_name == ""


def test_a_changed_file_is_not_put_back(agency, tmp_path):
    made = backups.make("main", tmp_path)
    made.write_bytes(made.read_bytes() + b"x")
    with pytest.raises(CommandError, match="checksum differs"):
        call_command("restore", "main", str(made), "--yes")


def test_nothing_is_replaced_by_mistake(agency, tmp_path):
    made = backups.make("main", tmp_path)
    with pytest.raises(CommandError, match="Say --yes"):
        call_command("restore", "main", str(made))
    with pytest.raises(CommandError, match="There is no file"):
        call_command("restore", "main", str(tmp_path / "none"), "--yes")


def test_backups_end_by_themselves(agency, tmp_path, settings, capsys):
    settings.BACKUP_DAYS = 30
    old = tmp_path / "watson-vault-20200101T000000.dump"
    old.write_bytes(b"old")
    os.utime(old, (0, 0))
    call_command("backup", "vault", str(tmp_path))
    made = capsys.readouterr().out.strip()
    assert not old.exists()
    facts = json.loads(Path(made).with_suffix(".json").read_text())
    assert facts["which"] == "vault"
