"""Requests are taken in with their date, and answered once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from privacy import services
from privacy.deadlines import CALENDAR_VERSION
from privacy.desk import deciding
from privacy.guards import Refused
from privacy.models import DataRequest, LedgerEntry, Subject
from tests.factories import make_user


def test_a_request_gets_its_due_date_and_a_ledger_entry(db):
    subject, officer = Subject.objects.create(), make_user("Olga", "officer")
    request = services.receive_request(
        kind="access",
        channel="letter",
        subject=subject,
        contact="Kade 1",
        words="Wat weet u van mij?",
        received_at=datetime(2026, 1, 30, 12, tzinfo=UTC),
        actor=officer,
    )
    assert request.due_on == date(2026, 3, 2), "28 February is a Saturday"
    assert request.calendar_version == CALENDAR_VERSION
    assert request.logged_by == officer
    entry = LedgerEntry.objects.get(kind="request.received")
    assert (entry.subject_id, entry.actor, entry.codes["request"]) == (subject.pk, officer.pk, str(request.pk))
    assert "Wat weet" not in str(entry.codes)


def test_a_person_may_ask_without_anybody_noting_it(db):
    request = services.receive_request(kind="erasure", channel="form", contact="anna@person.example")
    assert request.logged_by is None
    assert abs(timezone.now() - request.received_at) < timedelta(minutes=1)


def test_a_request_from_the_future_is_refused(db):
    with pytest.raises(Refused, match="future"):
        services.receive_request(kind="access", channel="mail", received_at=timezone.now() + timedelta(minutes=1))
    assert not DataRequest.objects.exists()


@pytest.mark.parametrize("wrong", [{"kind": "nonsense", "channel": "mail"}, {"kind": "access", "channel": "pigeon"}])
def test_unknown_kinds_and_channels_are_mistakes(db, wrong):
    with pytest.raises(ValueError, match="not a valid"):
        services.receive_request(**wrong)


def test_a_request_is_answered_once(db):
    officer = make_user("Olga", "officer")
    request = services.receive_request(kind="access", channel="mail")
    answered = deciding.answer_request(request, outcome="Sent the file.", channel="letter", actor=officer)
    assert (answered.answered_by, answered.outcome) == (officer, "Sent the file.")
    assert LedgerEntry.objects.get(kind="request.answered").codes["late"] is False
    with pytest.raises(Refused, match="already"):
        deciding.answer_request(request, outcome="Again.", channel="letter", actor=officer)
    assert DataRequest.objects.get().outcome == "Sent the file."


def test_a_late_answer_says_so(db):
    request = services.receive_request(kind="access", channel="mail", received_at=timezone.now() - timedelta(days=60))
    deciding.answer_request(request, outcome="Sent.", channel="letter", actor=make_user("Olga", "officer"))
    assert LedgerEntry.objects.get(kind="request.answered").codes["late"] is True
