"""An erasure and a request to see run through their terms by themselves: real beat, real worker, moved clock."""

import time

import pytest
from django.conf import settings as django_settings

from accounts.models import Role, User
from introductions import services as introductions
from mailing.models import Message
from privacy import services
from privacy.models import Crossing, DataRequest, Telling
from tests.factories import (
    make_candidacy,
    make_contact,
    make_event,
    make_organisation,
    make_request,
    make_user,
)
from tests.support.texts import publish_texts
from tests.support.worker import a_week_off, celery_beat, celery_worker

SECONDS = 90


def until(true, what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, f"This did not happen: {what}"
        time.sleep(0.1)


@pytest.fixture
def olga(transactional_db) -> User:
    make_organisation()
    publish_texts()
    return make_user("Olga", Role.OFFICER)


@pytest.fixture
def asked(olga) -> list[DataRequest]:
    """Anna, introduced to a client, asks through her own link to see her data and to have them erased."""
    candidacy = make_candidacy(surname="Zeldzaam", notice=True)
    make_event(make_request(candidacy))
    contact = make_contact(candidacy.vacancy.client)
    introductions.introduce(
        candidacy=candidacy,
        contacts=[contact],
        shared=candidacy.vacancy.shared,
        words="",
        actor=candidacy.vacancy.owner,
    )
    return [
        services.take_in(
            kind=kind, channel="link", contact="anna@person.example", words="", language="nl", subject=candidacy.subject
        )
        for kind in ("erasure", "access")
    ]


def crossed(request: DataRequest) -> set[str]:
    return set(Crossing.objects.filter(request=request).values_list("milestone", flat=True))


def mails(olga: User) -> list[Message]:
    return list(Message.objects.filter(kind="account", to_email=olga.email).order_by("created_at"))


def run_days_later(days: int, true, what: str) -> None:
    """Beat comes back after a week off and a worker takes its job, both real; the worker's clock is `days` ahead."""
    a_week_off("run-deadlines")
    with celery_worker(days_later=days), celery_beat():
        until(true, what)


@pytest.mark.long
def test_they_are_told_of_in_time_and_what_needs_no_decision_begins(asked, olga):
    assert django_settings.CELERY_BEAT_SCHEDULE["run-deadlines"]["schedule"] == 3600.0
    erasure, access = asked

    run_days_later(15, lambda: len(mails(olga)) == 1, "after two weeks the officer is told")
    assert [crossed(one) for one in asked] == [{"day14"}, {"day14"}]
    until(lambda: erasure.steps.filter(code="recipients.listed").exists(), "the list of recipients is made")
    assert Telling.objects.filter(request=erasure, kind="client").count() == 1
    assert erasure.steps.get(code="recipients.listed").by is None
    assert not Telling.objects.filter(request=access).exists()

    run_days_later(45, lambda: len(mails(olga)) == 2, "after a month and a half the officer is told once more")
    everything = {"day14", "day21", "due", "overdue"}
    assert [crossed(one) for one in asked] == [everything, everything]

    for mail in mails(olga):
        assert all(f"/privacy-desk/requests/{one.pk}/" in mail.body_text for one in asked)
        assert "Zeldzaam" not in mail.body_text + mail.subject_line
    assert Crossing.objects.count() == 8, "each once"
    assert Telling.objects.filter(request=erasure, kind="client").count() == 1
