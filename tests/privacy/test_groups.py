"""Requests that come together: an agent's mandates, a campaign, and one answer for each."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailing.models import Message
from privacy import services
from privacy.desk import groups
from privacy.guards import Refused
from privacy.models import AccessEntry, DataRequest, RequestGroup
from tests.privacy.asking import ANNA, anna, ask, received

AGENT = "requests@agent.example"


def for_somebody(person: str, **fields):
    return ask("erasure", contact=AGENT, agent="Delete Me Ltd", person=person, **fields)


@pytest.fixture
def sent(agency):
    """An agent asks for Anna, who is here, and for two who are not."""
    anna()
    return [for_somebody(address) for address in (ANNA, "b@person.example", "c@person.example")]


def page(group) -> str:
    return f"/privacy-desk/groups/{group.pk}/"


# Mandates


def test_an_agents_requests_come_together_and_tell_nothing(sent):
    group = RequestGroup.objects.get()
    assert {asked.group_id for asked in sent} == {group.pk}
    assert (group.label, group.agent) == ("Delete Me Ltd", AGENT)
    assert all(asked.subject_id is None for asked in sent)
    receipts = list(Message.objects.filter(template__kind="receipt_request"))
    assert {message.to_email for message in receipts} == {AGENT}
    assert {message.subject_id for message in receipts} == {None}, "no link of the person's goes to the agent"
    assert not Message.objects.filter(template__kind="receipt_identity").exists()
    assert sent[0].mandate.subject is not None
    assert sent[1].mandate.subject is None


def test_another_agent_is_another_group(sent):
    ask("erasure", contact="office@lawyer.example", agent="Lawyer", person="d@person.example")
    assert RequestGroup.objects.count() == 2


def test_a_mandate_that_holds_makes_it_the_persons_own(sent, olga):
    asked = sent[0]
    groups.check_mandate(asked.mandate, holds=True, looked_at="Signed on 3 November.", actor=olga)
    asked.refresh_from_db()
    assert asked.subject == asked.mandate.subject
    assert asked.contact == ANNA, "the answer goes to the mailbox we know, not to the agent"
    assert Message.objects.get(template__kind="receipt_identity").to_email == ANNA


def test_one_that_does_not_hold_leaves_it_the_agents(sent, olga):
    asked = sent[0]
    groups.check_mandate(asked.mandate, holds=False, looked_at="Not signed.", actor=olga)
    asked.refresh_from_db()
    assert (asked.subject, asked.contact) == (None, AGENT)
    groups.check_mandate(asked.mandate, holds=True, looked_at="Another look.", actor=olga)
    asked.mandate.refresh_from_db()
    assert asked.mandate.holds is False, "looked at once"


def test_what_was_looked_at_is_needed(sent, olga):
    with pytest.raises(Refused, match="Say what you looked at"):
        groups.check_mandate(sent[0].mandate, holds=True, looked_at=" ", actor=olga)


# Nothing held


def test_each_hears_in_its_own_message_that_we_hold_nothing(sent, olga):
    for asked in sent[1:]:
        groups.check_mandate(asked.mandate, holds=True, looked_at="Signed.", actor=olga)
        groups.nothing_held(asked, words="We hold nothing about this person.", actor=olga)
    answers = Message.objects.filter(kind="rights_answer")
    assert answers.count() == 2
    assert set(DataRequest.objects.filter(answered_at__isnull=False).values_list("result", flat=True)) == {"nothing"}


def test_it_is_refused_where_somebody_is_known(sent, olga):
    with pytest.raises(Refused, match="We hold data"):
        groups.nothing_held(sent[0], words="Nothing.", actor=olga)


# A campaign


def test_many_alike_on_one_day_are_offered_to_be_put_together(agency, olga, monkeypatch):
    monkeypatch.setattr(groups, "MANY", 3)
    asked = [received(0, "access") for _ in range(3)]
    received(0, "erasure")
    received(2, "access")
    ((day, kind, channel, number),) = groups.offers()
    assert (kind, channel, number) == ("access", "letter", 3)
    group = groups.put_together(groups.alike(day, kind, channel), label="Campaign", actor=olga)
    assert set(group.requests.values_list("pk", flat=True)) == {one.pk for one in asked}
    assert groups.offers() == []


def test_one_alone_is_no_group(agency, olga):
    with pytest.raises(Refused, match="at least two"):
        groups.put_together([received(0)], label="", actor=olga)
    assert not RequestGroup.objects.exists()


# The page


def test_the_door(desk, sent, rosa, olga, ada, carl):
    url = page(RequestGroup.objects.get())
    assert desk(None).get(url).headers["Location"] == f"/accounts/login/?next={url}"
    assert [desk(user).get(url).status_code for user in (carl, rosa)] == [404, 404]
    assert [desk(user).get(url).status_code for user in (olga, ada)] == [200, 200]
    assert desk(olga).post(url).status_code == 405
    assert desk(olga).get(f"{url}act/").status_code == 405
    assert desk(rosa).post(f"{url}act/").status_code == 404
    assert desk(olga).get("/privacy-desk/groups/6f2b4c1e-0000-4000-8000-000000000000/").status_code == 404


def test_in_one_screen_mandates_are_checked_and_each_is_answered(desk, sent, olga):
    group = RequestGroup.objects.get()
    browser = desk(olga)
    ids = [asked.pk for asked in sent]
    browser.post(f"{page(group)}act/", {"act": "holds", "pk": ids, "looked_at": "Signed lists."})
    answer = {"act": "nothing", "pk": ids, "outcome": "We hold nothing about this person."}
    shown = browser.post(f"{page(group)}act/?lang=en", answer, follow=True).content.decode()
    assert "Done for 2 requests." in shown
    assert "1 × We hold data" in shown
    assert DataRequest.objects.open().get() == sent[0]
    browser.get(page(group))
    assert AccessEntry.objects.filter(about_kind="request_group", actor=olga).exists()


@pytest.mark.parametrize("wrong", [{}, {"act": "nothing"}, {"act": "explode", "pk": "x"}, {"act": "holds", "pk": "x"}])
def test_nothing_chosen_says_so(desk, sent, olga, wrong):
    group = RequestGroup.objects.get()
    shown = desk(olga).post(f"{page(group)}act/?lang=en", wrong, follow=True)
    assert "Choose requests" in shown.content.decode()
    assert DataRequest.objects.open().count() == 3


def test_words_are_needed(desk, sent, olga):
    group = RequestGroup.objects.get()
    shown = desk(olga).post(f"{page(group)}act/?lang=en", {"act": "nothing", "pk": sent[1].pk}, follow=True)
    assert "This field is required." in shown.content.decode()
    assert DataRequest.objects.open().count() == 3


def test_it_costs_the_same_for_few_and_for_many(desk, agency, olga):
    for number in range(3):
        for_somebody(f"few{number}@person.example")
    group = RequestGroup.objects.get()
    browser = desk(olga)

    def cost() -> int:
        browser.get(page(group))
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(page(group)).status_code == 200
        return len(captured)

    few = cost()
    for number in range(20):
        services.receive_request(kind="access", channel="mail")
        for_somebody(f"many{number}@person.example")
    assert cost() == few
