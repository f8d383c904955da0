"""Which mail a stop at SparkPost leaves through: what the law wants sent, and nothing nobody asked for."""

import urllib.request

import pytest

from mailing import events, kinds, outbox
from mailing.models import LEGAL_KINDS, State
from privacy.models import SuppressionEntry
from tests import factories

TRANSACTIONAL = {
    *("application_received", "applied", "receipt_pool_yes", "receipt_pool_no"),
    *("receipt_runner_up_yes", "receipt_runner_up_no"),
    *("receipt_yes", "receipt_no", "receipt_talk", "receipt_withdrawn", "receipt_request"),
    *("rights_answer_copy", "rights_answer_code", "restriction_lift"),
    *("receipt_identity", "receipt_question", "rights_answer", "extension", "refusal"),
    *("art19_request", "certificate"),
    *("introduced_client", "withdrawn_client", "portal_link", "account", "test"),
}


def fresh(message):
    message.refresh_from_db()
    return message


def test_each_kind_says_whether_it_is_and_an_unknown_one_is_not():
    assert {kind for kind in kinds.KINDS if kinds.is_transactional(kind)} == TRANSACTIONAL
    assert all(kinds.is_transactional(kind) for kind, of in kinds.KINDS.items() if of.legal in LEGAL_KINDS)
    assert not kinds.is_transactional("something_new")


def test_a_stop_at_sparkpost_stops_a_question_and_lets_a_receipt_through(queue, standin):
    candidacy = factories.make_candidacy()
    asked = factories.make_request(candidacy)
    factories.make_event(asked, "withdrawn")
    question, receipt = queue(candidacy), queue(candidacy, kind="receipt_withdrawn", transactional=True)
    outbox.client().suppression.put(question.to_email, kind="non_transactional")
    assert outbox.hand_over() == 2
    standin.flush_events()
    events.store(events.parsed(event for mail in standin.mails for event in mail.events))
    assert (fresh(question).state, question.reason) == (State.BOUNCED, "bounce_25")
    assert fresh(receipt).state == State.DELIVERED


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sparkposts_own_button_stops_everything_and_fetching_it_nothing(queue, standin, method):
    message = queue()
    outbox.hand_over()
    (mail,) = standin.mails
    assert mail.one_click_url.startswith(f"{standin.url}/u/")
    data = b"List-Unsubscribe=One-Click" if method == "POST" else None
    urllib.request.urlopen(urllib.request.Request(mail.one_click_url, data=data, method=method), timeout=10).close()
    standin.flush_events()
    events.store(events.parsed(mail.events))
    pressed = method == "POST"
    assert ("list_unsubscribe" in {event["type"] for event in mail.events}) == pressed
    listed = outbox.client().suppression.get(message.to_email)
    assert [entry["type"] for entry in listed] == (["non_transactional"] if pressed else [])
    assert SuppressionEntry.objects.filter(scope="all").exists() == pressed


def test_what_is_transactional_keeps_our_own_button(queue, standin):
    candidacy = factories.make_candidacy()
    factories.make_event(factories.make_request(candidacy), "withdrawn")
    queue(candidacy, kind="receipt_withdrawn", transactional=True)
    outbox.hand_over()
    (mail,) = standin.mails
    assert "/w/" in mail.one_click_url
    assert not mail.one_click_url.startswith(standin.url)
