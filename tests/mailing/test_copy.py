"""A short text to send through another channel."""

from uuid import UUID

import pytest

from mailing import services
from mailing.models import Channel, Message, State
from mailing.signals import notice_handed_over
from privacy import links, suppression
from privacy.guards import Refused
from privacy.models import LedgerEntry
from tests import factories
from tests.mailing.conftest import WORDS


@pytest.fixture
def notices():
    heard: list[UUID] = []

    def hear(sender, messages, **kwargs):
        heard.extend(message.pk for message in messages)

    notice_handed_over.connect(hear)
    yield heard
    notice_handed_over.disconnect(hear)


def stop(**scope):
    suppression.suppress([("email", "anna@person.example")], reason="refused", actor=None, **scope)


def test_the_text_is_short_and_holds_the_persons_own_link(copy):
    message = copy()
    assert message.state == State.DRAFT
    text = services.text_to_copy(message)
    assert len(text) <= 500
    consent = message.subject.links.get(purpose="consent")
    assert links.url(consent) in text
    assert "linkedin.com" not in text
    assert links.url(consent) not in message.body_text


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("kind", ["approach", "talk_invite", "revealed"])
def test_every_short_text_fits(copy, kind, language):
    from mailing.models import TemplateVersion
    from mailing.rendering import render_short

    short = TemplateVersion.objects.latest_of(kind, language).short
    held = {name: copy().subject.links.first() for name in ("consent", "withdraw")}
    values = {**WORDS, "greeting": "Beste Anna-Sophie van der Bergh-Jansen,", "recruiter": "Rosa de Groot"}
    values |= {"agency": "Voorbeeld Search", "source": "LinkedIn"}
    rendered = render_short(short, values, held)
    # A stored place of a link is about as long as the address that takes it.
    assert len(rendered) <= 500, rendered


def test_saying_it_was_sent_counts_as_notice_once(copy, notices):
    message = copy()
    actor = factories.make_user("Rik")
    sent = services.sent_by_hand(message, actor=actor)
    services.sent_by_hand(message, actor=actor)
    assert sent.state == State.ACCEPTED
    assert (sent.sender, sent.channel) == (actor, Channel.INMAIL)
    assert sent.accepted_at
    assert notices == [message.pk]
    assert LedgerEntry.objects.filter(kind="mail.sent_by_hand", subject=message.subject_id).count() == 1


def test_who_said_stop_gets_no_text_at_all(copy):
    candidacy_message = copy(key="before")
    stop(scope="vacancy", vacancy=candidacy_message.vacancy_ref)
    with pytest.raises(Refused, match="asked not to be contacted"):
        copy(key="after")
    assert not Message.objects.filter(key="after").exists()


def test_a_stop_between_copying_and_sending_is_told_and_nothing_counts(copy, notices):
    message = copy()
    stop(scope="all")
    with pytest.raises(Refused, match="asked not to be contacted"):
        services.text_to_copy(message)
    with pytest.raises(Refused, match="asked not to be contacted"):
        services.sent_by_hand(message, actor=message.sender)
    message.refresh_from_db()
    assert message.state == State.DRAFT
    assert notices == []


def test_a_mail_is_not_sent_by_hand(queue):
    with pytest.raises(Refused, match="not made to be sent by hand"):
        services.sent_by_hand(queue(), actor=factories.make_user())
