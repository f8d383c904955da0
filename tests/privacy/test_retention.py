"""The clock that erases by itself: portions, crashes, what is left alone, what it says, and that it runs."""

import io
import logging
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import Candidate, ContactPoint
from mailing.models import Message, State
from privacy import registry, services
from privacy.erasure import running as erasures
from privacy.models import AccessEntry, Erasure, ErasurePerson, LedgerEntry, RetentionRun, Subject
from privacy.retention import forecasting, sweeping
from privacy.services import receive_request
from privacy.vault.models import ErasureRecord
from tests import factories
from tests.privacy.forgotten import Forgotten, neighbour, rows_of_others, spread
from watson import today as today_page

DAY = timedelta(days=1)
URL = "/privacy-desk/retention/"


@pytest.fixture
def silent_provider(settings):
    """Nobody outside is asked in these tests."""
    settings.SPARKPOST_API_KEY = ""


def over(number=1, **fields):
    """People whose day has passed."""
    people = []
    for _number in range(number):
        person = factories.make_applicant(**fields)
        Candidate.objects.filter(pk=person.pk).update(erase_on=timezone.localdate() - DAY)
        people.append(person)
    return people


def gone(people):
    return [Subject.objects.get(pk=one.subject_id).erased_at is not None for one in people]


# Portions


def test_a_portion_takes_a_number_of_queries_that_does_not_grow(agency, silent_provider):
    def queries(number):
        over(number)
        with CaptureQueriesContext(connection) as captured:
            ran = sweeping.run()
        assert ran is not None
        assert ran.erased == number
        return len(captured)

    queries(1)  # what a process looks up once
    assert queries(2) == queries(12)


def test_everything_of_those_goes_and_nothing_of_the_others(agency, silent_provider):
    person, other = Forgotten(asks=False), neighbour()
    again = Forgotten.__new__(Forgotten)
    again.subject = over(surname="Zwaluwstaart")[0].subject
    Candidate.objects.filter(subject=person.subject).update(erase_on=timezone.localdate() - DAY)
    going = [person.subject.pk, again.subject.pk]
    assert "candidates_candidate" in spread()
    before, theirs = rows_of_others(going), registry.export(other.subject)
    ran = sweeping.run()
    assert ran is not None
    assert (ran.due, ran.erased, ran.failed) == (2, 2, 0)
    assert "candidates_candidate" not in spread()
    assert not spread() - {"privacy_erasureperson", "sessions", "django_session"}
    new = {"privacy_ledgerentry", "privacy_erasureperson"}
    after = rows_of_others(going)
    assert {table: sums for table, sums in after.items() if table not in new} == {
        table: sums for table, sums in before.items() if table not in new
    }
    assert registry.export(other.subject) == theirs
    assert set(ErasureRecord.objects.get().people) == set(going), "the vault knows both"


def test_a_run_is_several_erasures_and_counts_by_reason(agency, silent_provider, monkeypatch):
    monkeypatch.setattr(sweeping, "TOGETHER", 2)
    people = over(5)
    ran = sweeping.run()
    assert ran is not None
    assert (len(ran.erasures), ran.due, ran.erased) == (3, 5, 5)
    assert ran.by_reason == {"applied": 5}
    assert all(gone(people))
    assert LedgerEntry.objects.filter(kind="subject.erased").count() == 5


def test_a_killed_run_is_taken_up_and_nobody_goes_twice(agency, silent_provider, monkeypatch):
    people = over(4)
    monkeypatch.setattr(sweeping, "TOGETHER", 2)
    carry_on, times = erasures.carry_on, []

    def dies(pk, **how):
        times.append(pk)
        if len(times) == 2:
            raise KeyboardInterrupt
        return carry_on(pk, **how)

    monkeypatch.setattr(erasures, "carry_on", dies)
    with pytest.raises(KeyboardInterrupt):
        sweeping.run()
    left = RetentionRun.objects.get()
    assert (left.finished_at, sum(gone(people)), len(left.erasures)) == (None, 2, 2)
    ran = sweeping.run()
    assert ran is not None
    assert (ran.pk, ran.due, ran.erased) == (left.pk, 4, 4)
    assert all(gone(people))
    assert ErasurePerson.objects.count() == 4
    assert LedgerEntry.objects.filter(kind="subject.erased").count() == 4


def test_twice_is_once(agency, silent_provider):
    over(2)
    sweeping.run()
    ran = sweeping.run()
    assert ran is not None
    assert (ran.due, ran.erased) == (0, 0)
    assert Erasure.objects.count() == 1


def test_one_that_cannot_be_erased_is_counted_and_stops_no_other(agency, silent_provider, monkeypatch):
    people = over(5)
    erase = services.erase_together

    def fails(subjects, **how):
        if people[2].subject_id in subjects:
            raise RuntimeError("broken")
        return erase(subjects, **how)

    monkeypatch.setattr(services, "erase_together", fails)
    ran = sweeping.run()
    assert ran is not None
    assert (ran.erased, ran.failed) == (4, 1)
    assert gone(people) == [True, True, False, True, True]


def test_whoever_another_session_holds_is_met_tomorrow(transactional_db, silent_provider, app_connection):
    factories.make_organisation()
    held, free = over(2)
    with app_connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM candidates_candidate WHERE id = %s FOR UPDATE", [str(held.pk)])
        ran = sweeping.run()
        assert ran is not None
        assert ran.erased == 1
        assert gone([held, free]) == [False, True]
    app_connection.rollback()
    again = sweeping.run()
    assert again is not None
    assert again.erased == 1


def test_two_at_once_are_one(transactional_db, app_connection):
    with app_connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", sweeping.LOCK)
        assert sweeping.run() is None
    app_connection.rollback()


# What is left alone


def test_what_is_left_alone_is_said(agency, silent_provider):
    waits, asks, kept = over(3)
    factories.make_message(None, subject=waits.subject, vacancy_ref=None, client_ref=None, state=State.QUEUED)
    receive_request(kind="access", channel="mail", subject=asks.subject)
    Subject.objects.filter(pk=kept.subject_id).update(restricted_at=timezone.now())
    assert forecasting.forecast().left_alone == {"waiting": 1, "asking": 1, "restricted": 1}
    ran = sweeping.run()
    assert ran is not None
    assert (ran.erased, ran.left_alone) == (0, {"waiting": 1, "asking": 1, "restricted": 1})
    assert gone([waits, asks, kept]) == [False] * 3


# The command


def told(*arguments):
    out = io.StringIO()
    call_command("retention", *arguments, stdout=out)
    return out.getvalue()


def test_the_dry_run_erases_nobody_and_counts_whom_the_clock_takes(agency, silent_provider):
    people = over(3)
    factories.make_applicant()
    text = told("--dry-run")
    assert "3 " in text
    points = str(ContactPoint._meta.verbose_name_plural)
    assert re.search(rf"^ +3  {points}: is deleted$", text, re.MULTILINE), "what goes, counted over all of them"
    assert re.search(r"backups end by themselves", text)
    assert not any(gone(people))
    assert people[0].name not in text
    assert str(people[0].subject_id) not in text
    assert told() == text, "nothing is erased without being told to"
    listed = told("--dry-run", "--ids")
    assert {str(one.subject_id) for one in people} == {line for line in listed.splitlines() if line.count("-") == 4}
    assert "3 " in told("--execute")
    assert all(gone(people))
    assert not forecasting.due_by_reason()


def test_the_command_says_when_somebody_could_not_be_erased(agency, silent_provider, monkeypatch):
    over(1)

    def fails(subjects, **how):
        raise RuntimeError("broken")

    monkeypatch.setattr(services, "erase_together", fails)
    with pytest.raises(CommandError):
        told("--execute")


def test_no_name_in_the_log(agency, silent_provider, caplog):
    caplog.set_level(logging.INFO)
    (person,) = over(1, surname="Zwaluwstaart")
    sweeping.run()
    assert "erased 1" in caplog.text
    assert "waluwstaart" not in caplog.text
    assert str(person.subject_id) not in caplog.text


# The page


def page(browser, url=URL):
    return " ".join(browser.get(url).content.decode().split())


def test_the_door(desk, agency, rosa, olga, ada, carl):
    assert desk(None).get(URL).status_code == 302
    assert [desk(user).get(URL).status_code for user in (carl, rosa, olga, ada)] == [404, 404, 200, 200]
    assert desk(olga).post(URL).status_code == 405


def test_the_page_shows_what_the_clock_will_do(desk, agency, olga):
    (person,) = over(1, surname="Zwaluwstaart")
    later = factories.make_applicant(surname="Later")
    text = page(desk(olga))
    assert person.name in text
    assert later.name in text
    row = forecasting.forecast().rows[0]
    assert (row.reason, row.now, row.week, row.month, row.later) == ("applied", 1, 0, 0, 1)
    entry = AccessEntry.objects.filter(about_kind="retention").get()
    assert set(entry.subjects) == {person.subject_id, later.subject_id}


def test_who_may_not_be_seen_is_counted_and_not_named(desk, agency, ada):
    (person,) = over(1, surname="Zwaluwstaart")
    Subject.objects.filter(pk=person.subject_id).update(restricted_at=timezone.now())
    assert "Zwaluwstaart" not in page(desk(ada))


def test_the_page_takes_a_constant_number_of_queries(desk, agency, olga):
    browser = desk(olga)
    over(2)
    browser.get(URL)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(URL).status_code == 200
        return len(captured)

    first = queries()
    over(8)
    assert queries() == first


def test_the_queue_says_why(desk, agency, olga):
    factories.make_applicant(surname="Zwaluwstaart")
    browser = desk(olga)
    browser.cookies["language"] = "en"
    assert "Wrote to us on" in page(browser, "/privacy-desk/?lang=en")


# That it runs


@pytest.fixture
def long_ago(db):
    run = RetentionRun.objects.create()
    RetentionRun.objects.filter(pk=run.pk).update(finished_at=timezone.now() - 3 * DAY)
    return run


def test_two_days_of_silence_are_an_alarm(desk, long_ago, agency, olga, rosa, ada, client):
    now = timezone.now()
    assert sweeping.silent_since(now) is not None
    titles = [str(banner["title"]) for banner in today_page.banners(olga)]
    assert "The clock that erases stands still" in titles
    assert "The clock that erases stands still" not in [str(one["title"]) for one in today_page.banners(rosa)]
    for url in (URL, "/privacy-desk/"):
        browser = desk(olga)
        browser.cookies["language"] = "en"
        assert "The clock that erases stands still" in page(browser, url)
    metrics = client.get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode()
    assert "watson_retention_silent 1.0" in metrics


def test_a_finished_run_ends_the_alarm(long_ago, agency, silent_provider, olga, client):
    sweeping.run()
    assert sweeping.silent_since(timezone.now()) is None
    assert "The clock that erases stands still" not in [str(one["title"]) for one in today_page.banners(olga)]
    assert "watson_retention_silent 0.0" in client.get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode()


def test_a_run_that_never_ended_is_silence_too(long_ago):
    RetentionRun.objects.create()
    assert sweeping.silent_since(timezone.now()) is not None


def test_a_new_house_has_two_days(db):
    assert not RetentionRun.objects.exists()
    assert sweeping.silent_since(timezone.now()) is None
    assert sweeping.silent_since(timezone.now() + 400 * DAY) is not None


def test_what_is_held_by_the_provider_waits_and_is_seen(agency, silent_provider):
    (person,) = over(1)
    message = factories.make_message(None, subject=person.subject, vacancy_ref=None, client_ref=None)
    Message.objects.filter(pk=message.pk).update(state=State.DELIVERED, accepted_at=timezone.now())
    ran = sweeping.run()
    assert ran is not None
    assert ran.finished_at is not None
    assert not ContactPoint.objects.filter(candidate=person).exists()
    assert sweeping.unfinished() == 1, "SparkPost is still to be asked, and there is no key"
