"""An objection that came by phone or letter stops as much as one through the person's own link."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from candidates.models import Candidacy
from consent import services
from mailing.models import Message, State
from privacy.models import LedgerEntry
from privacy.services import take_in
from tests import factories
from tests.consent.conftest import ask, link_to

ADDRESS = "anna@person.example"


@pytest.fixture
def noted(anna):
    """Anna said yes, and a message to her still waits."""
    question = ask(anna)
    services.give(question, link=link_to(question), language="nl")
    factories.make_message(anna, kind="approach", state=State.QUEUED)
    return question


def last_word(question):
    latest = services.standing(question)[1]
    assert latest is not None
    return latest.kind


def object_to(anna, *, actor, channel="phone", subject=None):
    return take_in(
        kind="objection", channel=channel, contact=ADDRESS, words="", language="nl", subject=subject, actor=actor
    )


def test_an_objection_noted_by_the_officer_stops_everything(anna, noted):
    asked = object_to(anna, actor=factories.make_user("Olga", Role.OFFICER), subject=anna.subject)
    assert asked.subject == anna.subject
    assert last_word(noted) == "withdrawn"
    assert Candidacy.objects.get(pk=anna.pk).ended_at is not None
    assert Message.objects.get(kind="approach", template=None, state=State.ABORTED).reason == "withdrawn"
    assert LedgerEntry.objects.filter(kind="contact.stopped", subject=anna.subject).exists()
    assert Message.objects.filter(template__kind="receipt_request", state=State.QUEUED).exists()


def test_on_the_public_form_anybody_can_type_an_address(anna, noted):
    asked = object_to(anna, actor=None, channel="form")
    assert asked.due_on > timezone.localdate()
    assert last_word(noted) == "given"


def test_an_address_alone_stops_nobody(anna, noted):
    olga = factories.make_user("Olga", Role.OFFICER)
    assert object_to(anna, actor=olga, channel="mail").subject == anna.subject
    assert last_word(noted) == "given"


def test_the_officers_desk_names_whose_address_it_is(anna, noted, client):
    client.force_login(factories.make_user("Olga", Role.OFFICER))
    data = {"kind": "objection", "channel": "phone", "contact": ADDRESS, "language": "nl", "words": ""}
    received = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    answer = client.post(reverse("privacy:request-log"), {**data, "received_at": received})
    assert answer.status_code == 302
    assert last_word(noted) == "withdrawn"


def test_another_request_stops_nothing(anna, noted):
    olga = factories.make_user("Olga", Role.OFFICER)
    take_in(kind="access", channel="phone", contact=ADDRESS, words="", language="nl", actor=olga)
    assert last_word(noted) == "given"
