"""Who asks: a link and a code to the mailbox we know, more only with a recorded doubt, never an identity document."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mailing.models import Message
from privacy import deadlines, links
from privacy.desk import identity
from privacy.guards import Refused
from privacy.models import DataRequest, IdentityCheck, LedgerEntry, Link, Subject, SuppressionEntry
from privacy.steps import steps_for
from tests.factories import make_candidacy
from tests.privacy.asking import ANNA, anna, ask, code_in, leave


@pytest.fixture
def asked(agency):
    anna()
    return ask()


@pytest.fixture
def check(asked):
    return asked.identity_checks.get()


def mail() -> Message:
    return Message.objects.get(template__kind="receipt_identity")


def url_of(check) -> str:
    return links.path(Link.objects.get(about_id=check.pk))


def step(request, code):
    return next(step for step in steps_for(DataRequest.objects.get(pk=request.pk)) if step.code == code)


# The usual way


def test_a_link_and_a_code_go_to_the_mailbox_we_know_by_themselves(asked, check):
    assert (check.method, check.confirmed_at, check.asked_by) == ("mailbox", None, None)
    assert (mail().to_email, mail().kind, mail().act_id) == (ANNA, "receipt", asked.pk)
    assert code_in(mail()) == identity.code_of(check.pk)
    assert step(asked, "identity").is_open


def test_the_code_is_in_no_column_but_the_message_itself(asked, check):
    assert identity.code_of(check.pk) not in str(IdentityCheck.objects.values().get())
    assert identity.code_of(check.pk) not in str(list(LedgerEntry.objects.values()))


def test_it_goes_to_the_mailbox_on_file_not_to_the_one_that_asked(agency, olga):
    candidacy = anna()
    other = ask(contact="somebody@else.example")
    assert other.subject is None
    assert not other.identity_checks.exists()
    identity.tie(other, candidacy.subject, actor=olga)
    identity.ask_mailbox(other, actor=olga)
    assert mail().to_email == ANNA


def test_the_right_code_shows_who_asks(asked, check):
    assert identity.try_code(check, f" {identity.code_of(check.pk)[:3]} {identity.code_of(check.pk)[3:]} ")
    check.refresh_from_db()
    assert check.confirmed_at is not None
    assert not step(asked, "identity").is_open
    assert identity.try_code(check, "000000"), "once known it stays known"


def test_five_wrong_codes_end_it(asked, check):
    right = identity.code_of(check.pk)
    wrong = "111111" if right != "111111" else "222222"
    for _ in range(5):
        assert not identity.try_code(check, wrong)
    assert not identity.try_code(check, right)
    check.refresh_from_db()
    assert (check.attempts, check.confirmed_at) == (5, None)


def test_an_old_code_does_not_work(asked, check):
    IdentityCheck.objects.filter(pk=check.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not identity.try_code(check, identity.code_of(check.pk))


def test_one_that_works_is_not_sent_twice(asked, check, olga):
    assert identity.ask_mailbox(asked, actor=olga) == check
    assert IdentityCheck.objects.count() == 1


def test_a_link_of_ones_own_shows_it_already(agency):
    candidacy = anna()
    asked = ask(channel="link", subject=candidacy.subject)
    assert asked.identity_checks.get().method == "link"
    assert not Message.objects.filter(template__kind="receipt_identity").exists()


def test_without_a_mailbox_it_is_said(agency, olga):
    asked = ask(contact="0612345678")
    with pytest.raises(Refused, match="Say first whose"):
        identity.ask_mailbox(asked, actor=olga)
    identity.tie(asked, Subject.objects.create(), actor=olga)
    with pytest.raises(Refused, match="No mailbox"):
        identity.ask_mailbox(asked, actor=olga)
    assert not IdentityCheck.objects.exists()
    identity.confirm(asked, method="callback", actor=olga)
    assert not step(asked, "identity").is_open
    assert step(asked, "identity").done_by == "Olga"


# What takes effect at once


def test_an_objection_through_the_form_stops_everything_once_it_is_known_who_asks(agency):
    anna()
    asked = ask("objection")
    assert not SuppressionEntry.objects.exists(), "anybody can type somebody else's address"
    check = asked.identity_checks.get()
    assert identity.try_code(check, identity.code_of(check.pk))
    assert SuppressionEntry.objects.exists()


def test_whoever_asks_for_a_limit_is_set_aside_at_once(agency):
    candidacy = anna()
    ask("restriction", channel="link", subject=candidacy.subject)
    candidacy.subject.refresh_from_db()
    assert candidacy.subject.restricted_at is not None


def test_a_request_to_see_sets_nobody_aside(agency):
    candidacy = anna()
    ask("access", channel="link", subject=candidacy.subject)
    candidacy.subject.refresh_from_db()
    assert candidacy.subject.restricted_at is None


# More, because of a doubt


@pytest.mark.parametrize(
    "words",
    [
        "Stuur een kopie van uw paspoort",
        "Please send a copy of your passport",
        "een scan van uw ID-kaart",
        "your identity card, both sides",
        "uw identiteitsbewijs of rijbewijs",
        "Wat is uw BSN?",
        "your driver's license",
        "een selfie met pasfoto",
        "your social security number",
        "legitimatie graag",
    ],
)
def test_an_identity_document_is_never_asked_for(asked, olga, words):
    with pytest.raises(Refused, match="Do not ask for an identity document"):
        identity.ask_more(asked, doubt="Another address", asked=words, actor=olga)
    assert not IdentityCheck.objects.filter(method="other").exists()


@pytest.mark.parametrize("words", ["Wilt u ons bellen op 030 1234567?", "In which month did we last speak?", "idee"])
def test_other_questions_may_be_asked(words):
    assert not identity.asks_for_document(words)


def test_a_doubt_is_written_down_and_told(asked, olga):
    check = identity.ask_more(asked, doubt="Your mail came from another address.", asked="Call us.", actor=olga)
    assert (check.doubt, check.asked_by) == ("Your mail came from another address.", olga)
    told = Message.objects.get(template__kind="receipt_question")
    assert "Your mail came from another address." in told.body_text
    assert "Call us." in told.body_text
    with pytest.raises(Refused, match="reason to doubt"):
        identity.ask_more(asked, doubt=" ", asked="Call us.", actor=olga)


def test_the_term_stands_still_only_when_asked_in_time(asked, olga):
    check = identity.ask_more(asked, doubt="Another address", asked="Call us.", actor=olga)
    assert identity.paused(asked, [check]) is None, "not before it is cleared up"
    today = timezone.localdate()
    IdentityCheck.objects.filter(pk=check.pk).update(confirmed_at=timezone.now() + timedelta(days=5))
    check.refresh_from_db()
    day, why = identity.paused(asked, [check]) or (None, "")
    assert day == deadlines.paused_due_date(asked.received_at, today, today + timedelta(days=5))
    assert "stood still for 5 days" in why
    IdentityCheck.objects.filter(pk=check.pk).update(asked_at=timezone.now() + timedelta(days=10))
    check.refresh_from_db()
    check.confirmed_at = check.asked_at + timedelta(days=5)
    assert identity.paused(asked, [check]) is None, "asked too late"


def test_an_objection_never_stands_still(agency, olga):
    anna()
    asked = ask("objection")
    check = identity.ask_more(asked, doubt="Another address", asked="Call us.", actor=olga)
    check.confirmed_at = timezone.now()
    assert identity.paused(asked, [check]) is None


# The page behind the link


def test_the_page_asks_for_the_code_and_takes_it(client, asked, check):
    leave()
    page = client.get(url_of(check))
    assert page.status_code == 200
    assert identity.code_of(check.pk) not in page.content.decode()
    check.refresh_from_db()
    assert check.confirmed_at is None, "a GET changes nothing"
    answer = client.post(url_of(check), {"code": identity.code_of(check.pk)}, follow=True)
    assert "We know now that it is you" in answer.content.decode()
    check.refresh_from_db()
    assert check.confirmed_at is not None


def test_a_wrong_code_says_so_and_how_often_one_can_try(client, asked, check):
    right = identity.code_of(check.pk)
    page = client.post(url_of(check), {"code": "111111" if right != "111111" else "222222"})
    assert page.status_code == 422
    assert "not the code we sent" in page.content.decode()
    assert "4 more times" in page.content.decode()
    IdentityCheck.objects.filter(pk=check.pk).update(attempts=5)
    assert "typed wrong too often" in client.get(url_of(check)).content.decode()
    assert "typed wrong too often" in client.post(url_of(check), {"code": right}).content.decode()


def test_bad_links_wrong_methods_and_staff(client, desk, asked, check, olga):
    assert client.get("/privacy/confirm/nonsense/").status_code == 404
    assert client.put(url_of(check)).status_code == 405
    answer = desk(olga).post(url_of(check), {"code": identity.code_of(check.pk)})
    assert answer.status_code == 422
    check.refresh_from_db()
    assert check.confirmed_at is None
    other = links.issue("confirm", subject=make_candidacy().subject, about_kind="identity_check", about_id=check.pk)
    assert client.get(links.path(other)).status_code == 404, "a link opens only its own person's check"


def test_the_page_speaks_dutch_to_who_asked_in_dutch(client, agency):
    anna()
    asked = ask(language="nl")
    page = client.get(url_of(asked.identity_checks.get()))
    assert page.headers["Content-Language"] == "nl"
