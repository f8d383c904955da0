"""Django's own mail goes through the outbox like every other message."""

import pytest
from django.core.mail import EmailMessage, send_mail
from django.urls import reverse

from mailing import outbox
from mailing.models import Message, State
from tests import factories


@pytest.fixture(autouse=True)
def _organisation(organisation):
    return organisation


@pytest.fixture
def outgoing(settings):
    settings.EMAIL_BACKEND = "mailing.backend.Outbox"


def test_it_becomes_a_row_per_addressee(outgoing):
    mail = EmailMessage(
        "Hello", "Line one\n\nhttps://watson.example/reset/abc/", to=["rosa@search.example", "rik@search.example"]
    )
    assert mail.send() == 1
    rows = Message.objects.order_by("to_email")
    assert [row.to_email for row in rows] == ["rik@search.example", "rosa@search.example"]
    assert {row.kind for row in rows} == {"account"}
    assert all(row.recipient_hmacs for row in rows)
    assert "https://watson.example/reset/abc/" in rows[0].body_text
    assert "Voorbeeld Search B.V." in rows[0].body_text


def test_it_is_sent_and_its_words_are_forgotten(outgoing, standin):
    send_mail("Reset [vacancy] {{x}}", "Dear [name], https://watson.example/reset/abc/", None, ["rosa@search.example"])
    assert outbox.hand_over() == 1
    (mail,) = standin.mails
    assert "Dear [name], https://watson.example/reset/abc/" in mail.text
    assert mail.subject == "Reset [vacancy] {{x}}"
    assert "List-Unsubscribe" not in mail.headers
    assert not any(link.tracked for link in mail.links)
    message = Message.objects.get()
    assert message.state == State.ACCEPTED
    assert (message.body_text, message.body_html) == ("", "")


def test_a_password_reset_takes_this_way(outgoing, client):
    user = factories.make_user("Rosa")
    client.post(reverse("account_reset_password"), {"email": user.email})
    message = Message.objects.get(to_email=user.email)
    assert "/accounts/password/reset/" in message.body_text


def test_nobody_reads_it_at_the_desk(outgoing, client, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    send_mail("Reset", "https://watson.example/reset/abc/", None, ["rosa@search.example"])
    message = Message.objects.get()
    administrator = factories.make_user(role="administrator")
    client.force_login(administrator)
    page = client.get(reverse("mailing:message", args=[message.pk])).content.decode()
    assert "rosa@search.example" in page
    assert "reset/abc" not in page
