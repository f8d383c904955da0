"""A message of the recruiter's own words to one person."""

from uuid import uuid4

import pytest
from django.urls import reverse

from candidates import services
from candidates.models import Candidacy, Source
from candidates.services import letters
from mailing.models import Message, State
from privacy import suppression
from privacy.guards import Refused
from tests.factories import make_candidacy


@pytest.fixture(autouse=True)
def _time_to_think(settings):
    settings.MAIL_UNDO_SECONDS = 30


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, given_name="Anna", surname="Bos", email="anna@person.example", notice=True)


def at(candidacy):
    return reverse("candidates:write", args=[candidacy.pk])


def typed(**changes):
    return {"title": "Ons gesprek", "text": "Schikt dinsdag?\n\nIk hoor het graag.", "key": str(uuid4()), **changes}


def written():
    return Message.objects.filter(kind="letter")


def text_of(response):
    return response.content.decode()


def test_it_is_looked_at_and_then_sent_and_called_back(desk, anna, rosa):
    browser, post = desk(rosa), typed()
    assert browser.get(at(anna)).status_code == 200
    looked = browser.post(at(anna), {**post, "look": "1"})
    assert "What Anna Bos reads" in text_of(looked)
    assert "Beste Anna Bos" in text_of(looked)
    assert not written().exists()
    sent = browser.post(at(anna), {**post, "send": "1"}, follow=True)
    assert "The message is on its way" in text_of(sent)
    message = written().get()
    assert (message.subject_line, message.to_email, message.sender) == ("Ons gesprek", "anna@person.example", rosa)
    assert "Schikt dinsdag?\n\nIk hoor het graag." in message.body_text
    # It carries the footer with the way out, and asks nothing.
    assert "[[link:withdraw:" in message.body_text
    assert "[[link:consent:" not in message.body_text
    back = browser.post(reverse("candidates:call-back", args=[anna.pk, message.pk]), follow=True)
    assert "The message is called back" in text_of(back)
    assert written().get().state == State.ABORTED


def test_one_form_is_one_message(desk, anna, rosa):
    browser, post = desk(rosa), typed(send="1")
    browser.post(at(anna), post)
    browser.post(at(anna), post)
    assert written().count() == 1


def test_words_of_ones_own_are_only_words(anna, rosa):
    message = services.write(
        anna, actor=rosa, title="[vacancy] {{ x }}", text="[link:consent|Ja] [[link:consent:1]] <b>[kvk]</b>"
    )
    assert message.subject_line == "[vacancy] {{ x }}"
    assert "[link:consent|Ja] [ [link:consent:1]] <b>[kvk]</b>" in message.body_text
    assert "&lt;b&gt;" in message.body_html


def test_who_was_not_told_yet_gets_the_first_message_first(desk, vacancy, rosa):
    candidacy = make_candidacy(vacancy)
    page = text_of(desk(rosa).get(at(candidacy)))
    assert "approach them first" in page
    assert 'name="title"' not in page
    refused = desk(rosa).post(at(candidacy), typed(send="1"))
    assert refused.status_code == 422
    with pytest.raises(Refused) as refusal:
        services.write(candidacy, actor=rosa, title="x", text="y")
    assert refusal.value.code == letters.NOT_TOLD
    # Who came by themselves told us.
    Source.objects.filter(candidacy=candidacy).update(type="application")
    assert services.write(candidacy, actor=rosa, title="x", text="y")


def test_after_a_stop_or_the_end_nothing_is_written(anna, rosa):
    suppression.suppress([("email", "anna@person.example")], scope="all", reason="objected", actor=None)
    with pytest.raises(Refused, match="asked not to be contacted"):
        services.write(anna, actor=rosa, title="x", text="y")
    Candidacy.objects.update(ended_at="2026-01-01T00:00Z", ended_reason="refused")
    with pytest.raises(Refused, match="has ended"):
        services.write(anna, actor=rosa, title="x", text="y")
    assert not written().exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "Type a subject."),
        ({"text": " "}, "Type the message."),
        ({"text": "BSN 111222333"}, "citizen service number"),
        ({"title": "BSN 111222333"}, "citizen service number"),
        ({"text": "x" * 4001}, "at most 4000 characters"),
    ],
)
def test_bad_input_is_told_at_the_field_and_nothing_is_lost(desk, anna, rosa, wrong, sentence):
    post = typed(**wrong)
    response = desk(rosa).post(at(anna), {**post, "send": "1"})
    assert response.status_code == 422
    assert sentence in text_of(response)
    for name in ("title", "text"):
        if name not in wrong:
            assert post[name].split("\n")[0] in text_of(response)
    assert not written().exists()


def test_others_may_not(desk, anna, rosa, vera, carl):
    for user, status in ((vera, 404), (carl, 404), (None, 302)):
        assert desk(user).get(at(anna)).status_code == status
        assert desk(user).post(at(anna), typed(send="1")).status_code == status
    assert desk(rosa).put(at(anna)).status_code == 405
    message = services.write(anna, actor=rosa, title="x", text="y")
    back = reverse("candidates:call-back", args=[anna.pk, message.pk])
    for user, status in ((vera, 404), (carl, 404), (None, 302)):
        assert desk(user).post(back).status_code == status
    assert desk(rosa).get(back).status_code == 405
    other = make_candidacy(anna.vacancy)
    assert desk(rosa).post(reverse("candidates:call-back", args=[other.pk, message.pk])).status_code == 404
    assert written().get().state == State.QUEUED
