"""Anybody may ask about their data, without an account; the date counts from that moment."""

import re

import pytest
from django.core.cache import cache
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Organisation
from mailing import outbox, rendering, transmissions
from mailing.models import Message, State
from privacy import deadlines, suppression, views
from privacy.models import DataRequest, LedgerEntry, Subject
from privacy.models.suppression import Reason, Scope
from tests.factories import make_candidacy, make_contact
from tests.support.client import Client

URL = "/privacy/request/"
ASKED = {"kind": "erasure", "contact": "Stranger@Person.example ", "words": "Please."}


def text(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize(("language", "title"), [("en", "Your data, your rights"), ("nl", "Uw gegevens, uw rechten")])
def test_everybody_sees_the_form(client, agency, language, title):
    response = client.get(f"{URL}?lang={language}")
    assert response.status_code == 200
    assert title in text(response)
    assert client.head(URL).status_code == 200
    assert client.put(URL).status_code == 405


def test_a_stranger_gets_a_date_and_a_receipt_and_is_nobody_here(client, agency):
    response = client.post(f"{URL}?lang=en", ASKED)
    assert response.status_code == 200
    asked = DataRequest.objects.get()
    assert (asked.kind, asked.channel, asked.contact, asked.words) == (
        "erasure",
        "form",
        "stranger@person.example",
        "Please.",
    )
    assert asked.due_on == deadlines.due_date(asked.received_at)
    assert (asked.subject, asked.logged_by) == (None, None)
    assert not Subject.objects.exists()
    assert f"{asked.due_on.day} {asked.due_on:%B} {asked.due_on.year}" in text(response)
    message = Message.objects.get()
    assert (message.kind, message.to_email, message.act_id, message.subject) == (
        "receipt",
        "stranger@person.example",
        asked.pk,
        None,
    )
    held = set(rendering.stored_links(message.body_text, message.body_html).values())
    assert held == {"request"}, "nobody's links go to a stranger, only the page of what they asked"


def test_the_receipt_speaks_the_language_of_the_page(client, agency):
    client.post(f"{URL}?lang=nl", ASKED)
    message = Message.objects.get()
    assert message.language == "nl"
    assert "Uiterlijk op:" in message.body_text


def test_whoever_has_the_address_is_known(client, agency):
    candidacy = make_candidacy(email="anna@person.example")
    client.post(URL, {**ASKED, "contact": "ANNA@person.example"})
    assert DataRequest.objects.get().subject == candidacy.subject
    assert LedgerEntry.objects.get(kind="request.received").subject == candidacy.subject


def test_a_client_contact_is_known_too(client, agency):
    contact = make_contact(email="kees@client.example")
    client.post(URL, {**ASKED, "contact": "kees@client.example"})
    assert DataRequest.objects.get().subject == contact.subject


def test_an_address_of_two_people_is_tied_to_neither(client, agency):
    make_candidacy(email="kees@client.example")
    make_contact(email="kees@client.example")
    client.post(URL, {**ASKED, "contact": "kees@client.example"})
    assert DataRequest.objects.get().subject is None


def test_a_phone_number_is_enough(client, agency):
    response = client.post(f"{URL}?lang=en", {**ASKED, "contact": "06 12345678"})
    assert response.status_code == 200
    asked = DataRequest.objects.get()
    assert asked.contact == "+31612345678"
    assert asked.due_on == deadlines.due_date(asked.received_at)
    assert not Message.objects.exists()
    assert LedgerEntry.objects.get(kind="request.no_receipt").codes == {"request": str(asked.pk)}


def test_the_receipt_leaves_for_somebody_who_stopped_everything(client, agency):
    candidacy = make_candidacy(email="anna@person.example")
    suppression.suppress(
        [("email", "anna@person.example")],
        scope=Scope.ALL,
        reason=Reason.OBJECTED,
        actor=None,
        subject=candidacy.subject,
    )
    client.post(URL, {**ASKED, "contact": "anna@person.example"})
    receipt = Message.objects.get(template__kind="receipt_request")
    assert receipt.state == State.QUEUED
    assert receipt.pk in [claimed.pk for claimed in outbox.claim()]


def test_the_receipt_leads_to_the_page_of_the_request(client, agency):
    """Where the proof will stand once they are erased; also for somebody we do not know."""
    client.post(URL, ASKED)
    receipt = Message.objects.get()
    mail = transmissions.build([receipt], Organisation.current())[receipt.pk]
    assert isinstance(mail, dict)
    [page] = set(re.findall(r"/privacy/requests/[^/\s]+/", mail["content"]["text"]))
    shown = client.get(page)
    assert shown.status_code == 200
    asked = DataRequest.objects.get()
    assert date_format(asked.due_on) in shown.content.decode()


def test_a_request_counts_even_where_no_receipt_can_be_made(client, db):
    """Nothing is set up: no words, no agency. The law counts all the same."""
    response = client.post(f"{URL}?lang=en", ASKED)
    assert response.status_code == 200
    asked = DataRequest.objects.get()
    assert asked.due_on > timezone.localdate()
    assert not Message.objects.exists()
    assert LedgerEntry.objects.filter(kind="request.no_receipt").exists()


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"kind": ""}, "kind", "This field is required."),
        ({"kind": "nonsense"}, "kind", "Select a valid choice"),
        ({"contact": ""}, "contact", "This field is required."),
        ({"contact": "anna@"}, "contact", "An e-mail address"),
        ({"contact": "call me"}, "contact", "A phone number has digits only"),
        ({"words": "a" * 5001}, "words", "at most 5000 characters"),
    ],
)
def test_bad_input_says_so_at_the_field_and_keeps_what_was_typed(client, agency, wrong, field, sentence):
    response = client.post(f"{URL}?lang=en", {**ASKED, "words": "Precious words", **wrong})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert sentence in response.context["form"].errors[field][0]
    assert (wrong.get("words") or "Precious words") in text(response)
    assert not DataRequest.objects.exists()


def test_an_empty_post_is_bad_input_too(client, agency):
    response = client.post(URL, {})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"kind", "contact"}


def test_nobodys_mailbox_is_filled_with_our_receipts(client, agency):
    for _ in range(views.REQUESTS_PER_ADDRESS):
        assert client.post(URL, ASKED).status_code == 200
    response = client.post(f"{URL}?lang=en", ASKED)
    assert response.status_code == 422
    assert "several requests from this address" in response.context["form"].errors["contact"][0]
    assert client.post(URL, {**ASKED, "contact": "other@person.example"}).status_code == 200
    assert DataRequest.objects.count() == views.REQUESTS_PER_ADDRESS + 1


def test_a_flood_meets_a_limit_that_names_another_way(client, agency, monkeypatch):
    monkeypatch.setattr(views, "REQUESTS_PER_HOUR", 2)
    for number in range(2):
        assert client.post(URL, {**ASKED, "contact": f"p{number}@person.example"}).status_code == 200
    response = client.post(f"{URL}?lang=en", ASKED)
    assert response.status_code == 422
    assert "Please write to us" in text(response)
    assert "stranger@person.example" in text(response).lower()
    assert DataRequest.objects.count() == 2
    cache.delete("public-requests")
    assert client.post(URL, ASKED).status_code == 200


def test_the_form_needs_its_token(agency):
    assert Client(enforce_csrf_checks=True).post(URL, ASKED).status_code == 403
    assert not DataRequest.objects.exists()


def test_what_was_typed_is_shown_as_text(client, agency):
    response = client.post(URL, {**ASKED, "contact": "<script>alert(1)</script>"})
    assert "<script>alert" not in response.content.decode()
    assert "&lt;script&gt;alert" in response.content.decode()


# For somebody else


def test_an_agent_asks_for_somebody_else_and_learns_nothing(client, agency):
    make_candidacy(email="anna@person.example")
    asked_for = {**ASKED, "contact": "agent@lawyer.example", "agent": "Lawyer", "person": "Anna@person.example"}
    response = client.post(f"{URL}?lang=en", asked_for)
    assert response.status_code == 200
    asked = DataRequest.objects.get()
    assert (asked.subject, asked.contact) == (None, "agent@lawyer.example")
    assert (asked.mandate.agent, asked.mandate.person) == ("Lawyer", "anna@person.example")
    stranger = client.post(f"{URL}?lang=en", {**asked_for, "person": "nobody@person.example"})
    assert text(response) == text(stranger)


def test_an_agent_says_for_whom(client, agency):
    response = client.post(f"{URL}?lang=en", {**ASKED, "agent": "Lawyer"})
    assert response.status_code == 422
    assert "Say for whom you ask" in text(response)
    assert not DataRequest.objects.exists()


def test_an_agent_may_send_many(client, agency):
    for number in range(views.REQUESTS_PER_ADDRESS + 2):
        client.post(URL, {**ASKED, "agent": "Lawyer", "person": f"person{number}@person.example"})
    assert DataRequest.objects.count() == views.REQUESTS_PER_ADDRESS + 2
