"""I9: no citizen service number and no number of an identity document in any column of free words."""

import random

import pytest
from django.db import connection

from candidates import screening
from privacy import numbers
from privacy.guards import NUMBER
from privacy.registry import Class, classified, model_of
from tests.attack.support import assert_refused, attack, by_role, guards, of, rolled_back
from tests.candidates.screening.sentences import SENTENCES
from watson.roles import APP

# Columns of free words without the guard, each with the reason.
UNGUARDED = {
    "accounts.Organisation.mail_tracking_reason": "about the organisation itself; its floor lies below the guards",
    "accounts.Organisation.reminder_reason": "about the organisation itself; its floor lies below the guards",
    "admin.LogEntry.change_message": "names of fields, never their values",
    "axes.AccessAttempt.get_data": "a stranger's table; what was typed at the door is masked by its settings",
    "axes.AccessAttempt.post_data": "a stranger's table; what was typed at the door is masked by its settings",
}
# One row of each table: its name in the scene, and the column it is found by.
ROWS = {
    "candidates.ContactPoint": ("contact_point", "id"),
    "candidates.CorrectionValues": ("correction_values", "correction_id"),
    "candidates.DecisionNote": ("decision_note", "decision_id"),
    "candidates.ListExport": ("list_export", "id"),
    "candidates.LoggedContact": ("contact_logged", "id"),
    "candidates.Note": ("note", "id"),
    "candidates.Round": ("round", "id"),
    "candidates.RoundPerson": ("round_person", "id"),
    "candidates.Source": ("source", "id"),
    "candidates.Task": ("task", "id"),
    "introductions.Feedback": ("feedback", "id"),
    "introductions.Introduction": ("introduction", "id"),
    "mailing.InboundFile": ("inbound_file", "id"),
    "mailing.InboundMail": ("inbound", "id"),
    "mailing.Message": ("reminder", "id"),
    "mailing.StoredFile": ("stored_file", "id"),
    "privacy.Breach": ("breach", "id"),
    "privacy.DataRequest": ("bare", "id"),
    "privacy.Decision": ("one_decision", "id"),
    "privacy.IdentityCheck": ("check", "id"),
    "privacy.LedgerDetail": ("ledger_detail", "entry_id"),
    "privacy.LegalHold": ("hold", "id"),
    "privacy.Mandate": ("mandate", "request_id"),
    "privacy.ProofOpening": ("shown_opening", "id"),
    "privacy.Telling": ("telling", "id"),
    "vacancies.Vacancy": ("vacancy", "id"),
}
# Guards that stop such a change as well, for another reason.
BESIDES = {
    "privacy.Breach": ("privacy.Breach:reported_stays",),
    "privacy.LegalHold": ("privacy.LegalHold:lawful",),
    "privacy.ProofOpening": ("privacy.ProofOpening:reason_stays",),
}
WORDS = ("BSN 111222333", "Paspoort NX4K8P2D7")
FREE = [
    f"{label}.{name}"
    for label, fields in sorted(classified().items())
    for name, kind in fields.items()
    if kind == Class.FREE_TEXT
]


def write_a_number(label, column, words):
    name, key = ROWS[label]
    table = model_of(label)._meta.db_table

    def run(scene, session):
        session(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", words, getattr(scene, name))

    return run


for path in FREE:
    if path not in UNGUARDED:
        label, column = path.rsplit(".", 1)
        for words in WORDS:
            named = f"{words.split()[0]}-in-{path}"
            attack("I9", rule=NUMBER, guard=f"{label}:i9_words", name=named, besides=BESIDES.get(label, ()))(
                write_a_number(label, column, words)
            )


@pytest.mark.parametrize(("role", "attempt"), by_role("I9"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


def test_each_column_of_free_words_is_guarded_or_says_why_not():
    """A new column of free words needs the guard; a reason for a column that is gone is a lie."""
    assert {attempt.name.partition("-in-")[2] for attempt in of("I9")} == set(FREE) - set(UNGUARDED)
    assert set(UNGUARDED) <= set(FREE)
    assert {attempt.guard for attempt in of("I9")} <= set(guards())


def test_a_row_with_a_number_cannot_be_made_either(scene, second):
    with rolled_back(second(APP)) as run, pytest.raises(Exception, match="identity number"):
        run.clone("candidates_task", scene.task.pk, note="BSN 111222333")


def test_what_is_no_such_number_is_kept(scene, second):
    """The other side: web addresses, other numbers and plain words pass."""
    with rolled_back(second(APP)) as run:
        for words in (
            "https://www.linkedin.com/in/jan-123456782",
            "KvK 12345678",
            "Paspoort meenemen",
            "belde om 10 u",
        ):
            run("UPDATE candidates_task SET note = %s WHERE id = %s", words, scene.task)
            assert run.one("SELECT note FROM candidates_task WHERE id = %s", scene.task) == words


def in_database(texts):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {numbers.FUNCTION}(t) FROM unnest(%s) WITH ORDINALITY AS u(t, n) ORDER BY n", [texts])
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
def test_the_database_finds_what_the_finder_finds():
    """In every labelled sentence, and in numbers made up in many spellings."""
    chance = random.Random(9)
    frames = [
        "{}",
        "BSN {}",
        "nr {} x",
        "KvK {}",
        "tel. {}",
        "€ {}",
        "{} euro",
        "https://a.nl/{}",
        "a-{}",
        "({})",
        "{}/1",
    ]
    texts = [one.text for one in SENTENCES]
    for _turn in range(3000):
        digits = f"{chance.randrange(10 ** chance.choice((8, 9, 9, 9, 9, 10))):09d}"
        sign = chance.choice(["", "", ".", "-", " "])
        spelled = sign.join((digits[:3], digits[3:6], digits[6:])) if sign else digits
        texts.append(chance.choice(frames).format(spelled))
    found = [bool(screening.find_numbers(text)) for text in texts]
    assert found.count(True) > 90
    differ = [text for text, here, there in zip(texts, found, in_database(texts), strict=True) if here != there]
    assert differ == []


@pytest.mark.django_db
def test_the_function_in_the_database_is_the_one_in_the_code():
    """Changed patterns need a migration that makes the function anew."""
    body = numbers.function_sql().partition("$body$")[2].rpartition("$body$")[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE oid = %s::regproc", [numbers.FUNCTION])
        assert cursor.fetchone()[0] == body
