"""When the weeks to answer begin, when they begin anew, and that one broken question does not stop the others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates import services as candidates
from consent import services, tasks
from consent.models import ConsentRequest, Notice, Purpose
from mailing import events
from mailing.models import Message, State
from mailing.signals import notice_failed
from privacy import links
from tests import factories
from tests.support.client import Client
from tests.support.texts import publish_texts


@pytest.fixture(autouse=True)
def _words(db):
    factories.make_organisation()
    publish_texts()


def hand_over(message):
    Message.objects.filter(pk=message.pk).update(state=State.CLAIMED, claimed_at=timezone.now(), attempts=1)
    message.refresh_from_db()
    events.mark_accepted(message, timezone.now())


def bounce(message):
    Message.objects.filter(pk=message.pk).update(state=State.BOUNCED, ended_at=timezone.now())
    message.refresh_from_db()
    notice_failed.send(Message, messages=[message])


def approach(candidacy):
    message = candidates.approach([candidacy], actor=candidacy.vacancy.owner)[0].message
    assert message is not None
    hand_over(message)
    return message


@pytest.fixture
def revealed():
    vacancy = factories.make_vacancy(is_confidential=True, sector_label="a dairy company in the north")
    candidacy = factories.make_candidacy(vacancy)
    approach(candidacy)
    message = candidates.reveal(candidacy, actor=vacancy.owner)
    assert message is not None
    return message


def test_the_weeks_to_answer_begin_anew_when_the_client_is_revealed(revealed):
    asked = ConsentRequest.objects.get(purpose=Purpose.INTRODUCE)
    assert asked.handed_over_at is None
    hand_over(revealed)
    asked.refresh_from_db()
    assert asked.handed_over_at == revealed.accepted_at
    assert asked in ConsentRequest.objects.waiting()
    assert not Notice.objects.filter(message=revealed).exists()
    assert Notice.objects.count() == 1
    ConsentRequest.objects.filter(pk=asked.pk).update(handed_over_at=timezone.now() - timedelta(days=29))
    assert tasks.run_clocks() == 1


def test_a_question_that_bounced_was_not_asked(revealed):
    hand_over(revealed)
    bounce(revealed)
    asked = ConsentRequest.objects.get(purpose=Purpose.INTRODUCE)
    assert asked.handed_over_at is None
    assert asked not in ConsentRequest.objects.waiting()
    assert services.expire(asked) is None


def test_after_a_bounce_the_weeks_begin_with_the_text_sent_by_hand():
    candidacy = factories.make_candidacy()
    first = approach(candidacy)
    asked = ConsentRequest.objects.get()
    before = asked.handed_over_at
    bounce(first)
    by_hand = candidates.sent_by_hand(
        candidates.prepare_copy(candidacy, channel="inmail", actor=candidacy.vacancy.owner),
        actor=candidacy.vacancy.owner,
    )
    asked.refresh_from_db()
    assert asked.handed_over_at == by_hand.accepted_at != before
    bounce(first)
    asked.refresh_from_db()
    assert asked.handed_over_at == by_hand.accepted_at


def test_a_bounce_after_the_answer_changes_nothing():
    candidacy = factories.make_candidacy()
    message = approach(candidacy)
    asked = ConsentRequest.objects.get()
    link = links.issue("consent", subject=asked.subject, about_kind="consent_request", about_id=asked.pk)
    services.talk_first(asked, link=link, language="nl")
    bounce(message)
    asked.refresh_from_db()
    assert asked.handed_over_at == message.accepted_at


def test_who_comes_back_by_their_own_act_has_the_same_weeks():
    asked = factories.make_request(factories.make_candidacy(notice=True))
    link = links.issue("consent", subject=asked.subject, about_kind="consent_request", about_id=asked.pk)
    past = timezone.now() - timedelta(minutes=1)
    ConsentRequest.objects.filter(pk=asked.pk).update(expires_at=past)
    details = {"name": "Anna de Vries", "email": "anna.new@person.example", "phone": ""}
    response = Client().post(f"{links.path(link)}still-interested/", details)
    assert response.status_code == 302
    fresh = ConsentRequest.objects.get(closed_at=None)
    assert fresh.pk != asked.pk
    assert fresh in ConsentRequest.objects.waiting()


def test_one_question_that_cannot_be_ended_stops_no_other(monkeypatch):
    for _number in range(3):
        long_ago = timezone.now() - timedelta(days=29)
        factories.make_request(factories.make_candidacy(notice=True), handed_over_at=long_ago)
    broken = ConsentRequest.objects.order_by("created_at")[0]
    expire = services.expire

    def fails_once(asked):
        if asked.pk == broken.pk:
            raise RuntimeError("broken")
        return expire(asked)

    monkeypatch.setattr(services, "expire", fails_once)
    assert tasks.run_clocks() == 2


def test_a_no_is_heard_while_redis_is_gone(settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/redis.sock"}}
    asked = factories.make_request(factories.make_candidacy(notice=True))
    link = links.issue("withdraw", subject=asked.subject, about_kind="consent_request", about_id=asked.pk)
    assert Client().post(links.path(link), {"stop": "vacancy"}).status_code == 302
    assert asked.events.get().kind == "refused"
