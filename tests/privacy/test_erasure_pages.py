"""The officer's page of an erasure, and the page behind the link of the receipt."""

import pytest
from django.utils import timezone

from privacy import links, tokens
from privacy.erasure import services
from privacy.models import Erasure, ErasurePerson, ErasureStep
from privacy.models.erasure import StepState
from privacy.services import receive_request
from tests.factories import make_message
from tests.privacy.forgotten import ADDRESS, WORD, Forgotten

NOBODY = "6f2b4c1e-0000-4000-8000-000000000000"


@pytest.fixture
def person(agency):
    return Forgotten()


def at(request, part=""):
    return f"/privacy-desk/requests/{request.pk}/erasure/{part}"


def text(response):
    return response.content.decode()


def finish(erasure):
    """As if everything had been done."""
    ErasureStep.objects.filter(erasure=erasure).exclude(state=StepState.DONE).update(
        state=StepState.DONE, done_at=timezone.now(), touched=3
    )
    ErasurePerson.objects.filter(erasure=erasure).update(identifiers=b"")
    Erasure.objects.filter(pk=erasure.pk).update(finished_at=timezone.now())


# Who may


def test_the_door(desk, person, rosa, olga, ada, carl):
    plan = services.plan(person.request, actor=olga)
    services.approve(plan, actor=olga)
    step = plan.steps.get(holder="tables").pk
    page = at(person.request)
    posts = ["plan/", f"{plan.pk}/approve/", f"steps/{step}/by-hand/", f"steps/{step}/again/"]
    assert desk(None).get(page).status_code == 302
    assert [desk(user).get(page).status_code for user in (carl, rosa, olga, ada)] == [404, 404, 200, 200]
    for part in posts:
        assert desk(None).post(at(person.request, part)).status_code == 302
        assert [desk(user).post(at(person.request, part)).status_code for user in (carl, rosa)] == [404, 404]


def test_wrong_methods_unknown_and_other_requests(desk, person, olga):
    browser = desk(olga)
    plan = services.plan(person.request, actor=olga)
    step = plan.steps.get(holder="tables").pk
    other = Forgotten.__new__(Forgotten)
    other.request = receive_request(kind="access", channel="mail", contact="x@person.example")
    assert browser.post(at(person.request)).status_code == 405
    for part in ("plan/", f"{plan.pk}/approve/", f"steps/{step}/by-hand/", f"steps/{step}/again/"):
        assert browser.get(at(person.request, part)).status_code == 405
    assert browser.get(f"/privacy-desk/requests/{NOBODY}/erasure/").status_code == 404
    assert browser.post(f"/privacy-desk/requests/{NOBODY}/erasure/plan/").status_code == 404
    assert browser.get(at(other.request)).status_code == 404, "it asks for something else"
    assert browser.post(at(person.request, f"{NOBODY}/approve/")).status_code == 404
    assert browser.post(at(person.request, "steps/999999/again/")).status_code == 404


# What it does


def test_looking_changes_nothing(desk, person, olga):
    page = text(desk(olga).get(f"{at(person.request)}?lang=en"))
    assert "No plan yet" in page
    assert not Erasure.objects.exists()


def test_from_the_plan_to_the_approval(desk, person, olga):
    browser = desk(olga)
    assert browser.post(at(person.request, "plan/")).headers["Location"] == at(person.request)
    page = text(browser.get(f"{at(person.request)}?lang=en"))
    for words in ("What goes", "What stays, and why", "What others must do", "This cannot be undone", "Backups"):
        assert words in page
    plan = Erasure.objects.get()
    response = browser.post(at(person.request, f"{plan.pk}/approve/"), follow=True)
    plan.refresh_from_db()
    assert plan.approved_by == olga
    assert "How far it is" in text(browser.get(f"{at(person.request)}?lang=en"))
    assert response.status_code == 200
    assert "Approve and erase" not in text(response)


def test_what_changed_meanwhile_shows_a_fresh_plan(desk, person, olga):
    browser = desk(olga)
    browser.post(at(person.request, "plan/"))
    plan = Erasure.objects.get()
    make_message(person.candidacy, state="delivered", to_email=ADDRESS)
    response = browser.post(f"{at(person.request, f'{plan.pk}/approve/')}?lang=en")
    assert response.status_code == 409
    assert "has changed since this plan was made" in text(response)
    fresh = Erasure.objects.exclude(pk=plan.pk).get()
    assert at(person.request, f"{fresh.pk}/approve/") in text(response)


def test_nobody_is_planned_without_knowing_who_asks(desk, agency, olga):
    asked = receive_request(kind="erasure", channel="mail", contact="x@person.example")
    response = desk(olga).post(f"{at(asked, 'plan/')}?lang=en")
    assert response.status_code == 409
    assert "Find out first who asks" in text(response)


def test_what_waits_for_a_person_has_a_button_and_what_is_stuck_says_why(desk, person, olga):
    browser = desk(olga)
    erasure = services.approve(services.plan(person.request, actor=olga), actor=olga)
    steps = ErasureStep.objects.filter(erasure=erasure)
    steps.filter(holder="mailboxes").update(state=StepState.NEEDS_HUMAN, trouble="mailboxes_by_hand")
    steps.filter(holder="search").update(
        state=StepState.NEEDS_HUMAN, trouble="residue", found={"left": {"mailing_message": 2}}
    )
    steps.filter(holder="cache").update(state=StepState.RETRY, trouble="failed", next_at=timezone.now())
    page = text(browser.get(f"{at(person.request)}?lang=en"))
    for words in (
        "Not done yet",
        "search their own for every address",
        "mailing_message",
        "Something is left",
        "tried again",
    ):
        assert words in page
    hand = steps.get(holder="mailboxes")
    browser.post(at(person.request, f"steps/{hand.pk}/by-hand/"))
    hand.refresh_from_db()
    assert (hand.state, hand.by) == (StepState.DONE, olga)
    stuck = steps.get(holder="search")
    assert browser.post(at(person.request, f"steps/{stuck.pk}/by-hand/")).status_code == 409
    browser.post(at(person.request, f"steps/{stuck.pk}/again/"))
    stuck.refresh_from_db()
    assert stuck.state == StepState.PENDING, "what the search found is searched again, never waved through"


# The person's own page


def test_own_page_before_and_after(client, person, olga):
    url = links.path(links.request_link(person.request.pk))
    assert url == f"/privacy/requests/{tokens.token_for(person.request.pk, 'request')}/"
    before = client.get(f"{url}?lang=en")
    assert "We are working on it" in text(before)
    assert before.headers["Content-Language"] == "en"
    assert "Wij zijn ermee bezig" in text(client.get(f"{url}?lang=nl")) or "nl" in client.get(url).headers.get(
        "Content-Language", ""
    )
    erasure = services.approve(services.plan(person.request, actor=olga), actor=olga)
    finish(erasure)
    after = text(client.get(f"{url}?lang=en"))
    assert "You have been erased" in after
    assert "Proof of erasure" in after
    assert str(erasure.pk) in after
    for word in (WORD, ADDRESS, str(person.subject.pk)):
        assert word not in after


def test_own_page_opens_for_its_token_alone(client, person):
    good = tokens.token_for(person.request.pk, "request")
    other = tokens.token_for(person.request.pk, "me")
    assert client.get(f"/privacy/requests/{good}/").status_code == 200
    assert client.post(f"/privacy/requests/{good}/").status_code == 405
    for wrong in (other, good[:-1] + ("A" if good[-1] != "A" else "B"), "x" * 43):
        assert client.get(f"/privacy/requests/{wrong}/").status_code == 404


def test_pages_cost_the_same_for_one_row_and_for_many(desk, person, olga, django_assert_max_num_queries):
    browser = desk(olga)
    services.approve(services.plan(person.request, actor=olga), actor=olga)
    browser.get(at(person.request))
    with django_assert_max_num_queries(40):
        browser.get(at(person.request))
