"""A message of which nobody knows what became: somebody finds out, and says so."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates import services as candidates
from consent.models import ConsentRequest, Notice
from mailing import services
from mailing.models import Message, State
from privacy.guards import Refused
from privacy.models import LedgerEntry
from tests import factories


@pytest.fixture
def rosa(organisation):
    return factories.make_user("Rosa")


@pytest.fixture
def candidacy(rosa):
    factories.make_text("introduce")
    return factories.make_candidacy(factories.make_vacancy(owner=rosa))


@pytest.fixture
def lost(candidacy, rosa):
    """A first message whose hand-over was cut off, for too long to ask SparkPost."""
    message = candidates.approach([candidacy], actor=rosa)[0].message
    assert message is not None
    claimed_at = timezone.now() - timedelta(days=9)
    Message.objects.filter(pk=message.pk).update(state=State.CLAIMED, claimed_at=claimed_at)
    Message.objects.filter(pk=message.pk).update(
        state=State.NEEDS_PERSON, reason="no_trace_kept", ended_at=timezone.now()
    )
    message.refresh_from_db()
    return message


def url(message, answer):
    return reverse(f"mailing:{answer}", args=[message.pk])


@pytest.mark.parametrize("is_handled", [True, False])
def test_it_arrived_so_the_person_was_asked_and_told(browse, lost, candidacy, rosa, is_handled):
    if is_handled:
        services.handle(lost, actor=rosa)
    browser = browse(rosa)
    assert url(lost, "arrived") in browser.get(url(lost, "message")).content.decode()
    for _time in range(2):
        answer = browser.post(url(lost, "arrived"))
        assert (answer.status_code, answer.url) == (302, url(lost, "message"))
    lost.refresh_from_db()
    assert (lost.state, lost.reason, lost.accepted_at) == (State.ACCEPTED, "", lost.claimed_at)
    assert lost.handled_at
    assert Notice.objects.standing().get(message=lost).given_at == lost.claimed_at
    assert ConsentRequest.objects.get(pk=lost.about_id).handed_over_at == lost.claimed_at
    assert LedgerEntry.objects.filter(kind="mail.arrived", subject=candidacy.subject).count() == 1
    assert "been asked already" in str(candidates.approach([candidacy], actor=rosa)[0].refusal)
    assert url(lost, "arrived") not in browser.get(url(lost, "message")).content.decode()


@pytest.mark.parametrize("is_handled", [True, False])
def test_it_did_not_arrive_so_the_person_may_be_asked_again(browse, lost, candidacy, rosa, is_handled):
    if is_handled:
        services.handle(lost, actor=rosa)
    assert "been asked already" in str(candidates.approach([candidacy], actor=rosa)[0].refusal)
    browser = browse(rosa)
    assert url(lost, "not-arrived") in browser.get(url(lost, "message")).content.decode()
    for _time in range(2):
        answer = browser.post(url(lost, "not-arrived"), {"next": "/"})
        assert (answer.status_code, answer.url) == (302, "/")
    lost.refresh_from_db()
    assert (lost.state, lost.reason) == (State.FAILED, "not_arrived")
    assert lost.handled_at
    assert LedgerEntry.objects.filter(kind="mail.not_arrived", subject=candidacy.subject).count() == 1
    page = browser.get(url(lost, "message")).content.decode()
    assert "found out that it did not arrive" in page
    assert url(lost, "not-arrived") not in page
    assert candidates.approach([candidacy], actor=rosa)[0].message is not None


def test_a_late_trace_that_did_not_arrive_is_no_notice(lost, rosa):
    services.arrived(lost, actor=rosa)
    Message.objects.filter(pk=lost.pk).update(state=State.NEEDS_PERSON, reason="late_trace")
    assert Notice.objects.standing().filter(message=lost).exists()
    services.not_arrived(lost, actor=rosa)
    assert not Notice.objects.standing().filter(message=lost).exists()
    assert ConsentRequest.objects.get(pk=lost.about_id).handed_over_at is None


def test_a_late_trace_that_arrived_is_told_once(lost, rosa):
    services.arrived(lost, actor=rosa)
    Message.objects.filter(pk=lost.pk).update(state=State.NEEDS_PERSON, reason="late_trace")
    assert services.arrived(lost, actor=rosa).state == State.ACCEPTED
    assert Notice.objects.standing().filter(message=lost).count() == 1


@pytest.mark.parametrize(
    ("answer", "state"),
    [("arrived", State.FAILED), ("not-arrived", State.DELIVERED), ("arrived", State.ABORTED)],
)
def test_what_is_known_is_not_decided_again(browse, lost, rosa, answer, state):
    Message.objects.filter(pk=lost.pk).update(state=state)
    refused = browse(rosa).post(url(lost, answer))
    assert refused.status_code == 409
    assert "What became of this message is known already." in refused.content.decode()
    assert Message.objects.get(pk=lost.pk).state == state


def test_today_asks_what_became_of_it_until_somebody_says(browse, lost, rosa):
    browser = browse(rosa)
    page = browser.get("/").content.decode()
    assert url(lost, "arrived") in page
    assert url(lost, "not-arrived") in page
    browser.post(url(lost, "not-arrived"), {"next": "/"})
    assert url(lost, "arrived") not in browser.get("/").content.decode()
    Message.objects.filter(pk=lost.pk).update(state=State.BOUNCED, reason="bounce_22", handled_at=None)
    page = browser.get("/").content.decode()
    assert url(lost, "handled") in page
    assert url(lost, "arrived") not in page


@pytest.mark.parametrize("verb", [services.arrived, services.not_arrived])
def test_what_waits_is_nobodys_to_decide(lost, rosa, verb):
    Message.objects.filter(pk=lost.pk).update(state=State.ABORTED)
    with pytest.raises(Refused, match="known already"):
        verb(lost, actor=rosa)
