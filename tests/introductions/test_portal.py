"""The portal: exactly the people introduced to this contact, gone the moment a yes is taken back."""

import re

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent import services as consent
from introductions import services
from introductions.models import Feedback, Recipient
from privacy.models import AccessEntry
from tests import factories
from tests.introductions.conftest import ask, ask_able, introduce, link_of, sign_in, withdraw
from tests.support.client import Client


def body(response):
    return " ".join(response.content.decode().split())


def seen_of(page):
    found = re.search(r"/portal/people/\?seen=([0-9a-f]+)", page)
    assert found
    return found[1]


def another(owner, client_, contact):
    """One more person introduced to the same contact, for another vacancy of the client."""
    candidacy = ask_able(owner, client=client_, title="Plant manager")
    asked = ask(candidacy)
    consent.give(asked, link=link_of(asked), language="nl")
    return introduce(candidacy, [contact])


def test_the_list_shows_exactly_whom_they_got_by_vacancy(portal, introduction, kees, rosa):
    second = another(rosa, kees.client, kees)
    elsewhere = ask_able(rosa, title="Somewhere else")
    asked = ask(elsewhere)
    consent.give(asked, link=link_of(asked), language="nl")
    introduce(elsewhere, [factories.make_contact(elsewhere.vacancy.client)])
    page = body(portal.client.get("/portal/?lang=en"))
    for shown in (introduction, second):
        assert shown.vacancy.title in page
        assert f"/portal/people/{shown.pk}/" in page
        assert shown.candidacy.candidate.surname in page
    assert "Controller · Staal" in page
    assert "Somewhere else" not in page
    assert elsewhere.candidate.surname not in page
    assert page.index("Finance director") < page.index("Plant manager")
    assert page.count('class="person-card"') == 2


def test_every_page_that_shows_people_is_logged(portal, introduction):
    portal.client.get("/portal/")
    entry = AccessEntry.objects.get()
    assert (entry.actor, entry.action, entry.subjects) == (portal.user, "portal", [introduction.subject_id])
    portal.client.get(portal.person)
    latest = AccessEntry.objects.latest("pk")
    assert (latest.about_kind, latest.about_id) == ("introduction", introduction.pk)


def test_a_list_that_did_not_change_is_not_drawn_or_logged_again(portal, introduction):
    seen = seen_of(body(portal.client.get("/portal/")))
    before = AccessEntry.objects.count()
    assert portal.client.get(f"/portal/people/?seen={seen}").status_code == 204
    assert AccessEntry.objects.count() == before
    assert introduction.candidacy.candidate.surname in body(portal.client.get("/portal/people/?seen=other"))
    assert AccessEntry.objects.count() == before + 1


def test_the_person_as_agreed(portal, introduction):
    page = body(portal.client.get(f"{portal.person}?lang=en"))
    candidate = introduction.candidacy.candidate
    for fact in (candidate.surname, "Controller", "Staal", "Leads a team.", candidate.contact_points.get().normalised):
        assert fact in page
    first = Recipient.objects.get().first_seen_at
    assert first is not None
    portal.client.get(portal.person)
    assert Recipient.objects.get().first_seen_at == first


@pytest.mark.parametrize(
    ("shared", "shown", "hidden"),
    [
        (["profile"], ["surname", "Controller"], ["@person.example"]),
        (["contact"], ["@person.example"], ["surname", "Controller"]),
    ],
)
def test_nothing_beyond_what_is_shared(client, candidacy, kees, yes, shared, shown, hidden):
    made = introduce(candidacy, [kees], shared=shared)
    kees.refresh_from_db()
    sign_in(client, kees.user)
    surname = candidacy.candidate.surname
    page = body(client.get(f"/portal/people/{made.pk}/")) + body(client.get("/portal/"))
    for fact in shown:
        assert fact.replace("surname", surname) in page
    for fact in hidden:
        assert fact.replace("surname", surname) not in page


def test_after_a_withdrawal_the_person_is_gone_and_a_line_without_a_name_stays(portal, introduction, asked):
    page = body(portal.client.get("/portal/?lang=en"))
    surname, seen = introduction.candidacy.candidate.surname, seen_of(page)
    assert surname in page
    assert portal.client.get(portal.person).status_code == 200
    withdraw(asked)
    assert portal.client.get(portal.person).status_code == 404
    assert portal.client.post(f"{portal.person}feedback/", {"verdict": "yes"}).status_code == 404
    for path in ("/portal/?lang=en", f"/portal/people/?lang=en&seen={seen}"):
        page = body(portal.client.get(path))
        assert "A person introduced for Finance director on" in page
        assert "withdrew. Delete what you kept of them." in page
        assert surname not in page
        assert "Controller" not in page


def test_an_open_page_of_somebody_who_withdrew_goes_back_to_the_list(portal, asked):
    here = f"{portal.person}here/"
    assert portal.client.get(here, headers={"HX-Request": "true"}).status_code == 204
    withdraw(asked)
    assert portal.client.get(here, headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/portal/"
    assert portal.client.get(here).headers["Location"] == "/portal/"


def test_confirming_the_deletion(portal, asked):
    withdraw(asked)
    recipient = Recipient.objects.get()
    response = portal.client.post(f"/portal/deleted/{recipient.pk}/")
    assert response.headers["Location"] == "/portal/"
    recipient.refresh_from_db()
    assert recipient.deletion_confirmed_at is not None
    page = body(portal.client.get("/portal/?lang=en"))
    assert "Thank you. We noted that you deleted it." in page
    assert "Delete what you kept" not in page
    assert portal.client.post(f"/portal/deleted/{recipient.pk}/").status_code == 404


def test_only_who_got_somebody_can_confirm_and_only_after_a_withdrawal(portal, introduction, asked, kees, rosa):
    recipient = Recipient.objects.get()
    assert portal.client.post(f"/portal/deleted/{recipient.pk}/").status_code == 404
    withdraw(asked)
    colleague = factories.make_contact(kees.client)
    services.invite(colleague, actor=rosa)
    colleague.refresh_from_db()
    other = Client()
    sign_in(other, colleague.user)
    assert other.post(f"/portal/deleted/{recipient.pk}/").status_code == 404
    assert portal.client.get(f"/portal/deleted/{recipient.pk}/").status_code == 405
    recipient.refresh_from_db()
    assert recipient.deletion_confirmed_at is None


def test_feedback_reaches_the_recruiter_and_stands_on_the_page(portal):
    response = portal.client.post(f"{portal.person}feedback/", {"verdict": "yes", "words": "She fits."})
    assert response.headers["Location"] == portal.person
    assert Feedback.objects.get().verdict == "yes"
    page = body(portal.client.get(f"{portal.person}?lang=en"))
    assert "She fits." in page
    assert "We would like to meet</span>" in body(portal.client.get("/portal/?lang=en"))


@pytest.mark.parametrize(
    ("posted", "sentence"),
    [
        ({"words": "Good."}, "Choose an answer."),
        ({"verdict": "maybe", "words": "Good."}, "not one of the available choices"),
        ({"verdict": "question", "words": " "}, "Type your question."),
        ({"verdict": "yes", "words": "x" * 4001}, "at most 4000 characters"),
        ({"verdict": "yes", "words": "Hire now, BSN 111222333."}, "citizen service number"),
    ],
)
def test_wrong_feedback_says_why_and_keeps_what_was_typed(portal, posted, sentence):
    response = portal.client.post(f"{portal.person}feedback/?lang=en", posted)
    assert response.status_code == 422
    assert sentence in body(response)
    assert posted["words"].strip() in response.content.decode()
    assert not Feedback.objects.exists()


def pages(introduction):
    own = f"/portal/people/{introduction.pk}/"
    return ["/portal/", "/portal/people/", own, f"{own}here/"]


def test_strangers_go_to_the_door(introduction):
    stranger = Client()
    for page in pages(introduction):
        assert stranger.get(page).headers["Location"] == "/portal/link/"
        answer = stranger.get(page, headers={"HX-Request": "true"})
        assert (answer.headers["HX-Redirect"], answer.content) == ("/portal/link/", b"")


def test_staff_get_a_404(client, introduction, rosa, ada):
    for user in (rosa, ada):
        sign_in(client, user)
        for page in pages(introduction):
            assert client.get(page).status_code == 404, page
        assert client.post(f"/portal/people/{introduction.pk}/feedback/", {"verdict": "yes"}).status_code == 404


def test_a_contact_of_another_client_gets_a_404(introduction, rosa):
    elsewhere = factories.make_contact()
    services.invite(elsewhere, actor=rosa)
    elsewhere.refresh_from_db()
    other = Client()
    sign_in(other, elsewhere.user)
    own = f"/portal/people/{introduction.pk}/"
    assert "Nobody is introduced to you now" in body(other.get("/portal/?lang=en"))
    assert other.get(own).status_code == 404
    assert other.post(f"{own}feedback/", {"verdict": "yes"}).status_code == 404
    assert introduction.candidacy.candidate.surname not in body(other.get("/portal/people/"))
    assert not Feedback.objects.exists()


def test_a_contact_who_left_is_out_at_once(portal, kees):
    assert portal.client.get("/portal/").status_code == 200
    type(kees).objects.filter(pk=kees.pk).update(left_on=timezone.localdate())
    assert portal.client.get(portal.person).headers["Location"] == "/portal/link/"
    assert SESSION_KEY not in portal.client.session


def test_a_client_contact_sees_no_page_of_the_desk(portal, introduction, candidacy):
    assert portal.client.get("/").headers["Location"] == "/portal/"
    for page in (
        "/vacancies/",
        "/candidates/",
        "/clients/",
        "/mail/",
        "/privacy-desk/",
        f"/vacancies/{candidacy.vacancy_id}/",
    ):
        assert portal.client.get(page).status_code == 404, page


def test_wrong_methods(portal):
    for page in ("/portal/", "/portal/people/", portal.person, f"{portal.person}here/"):
        assert portal.client.post(page).status_code == 405, page
    assert portal.client.get(f"{portal.person}feedback/").status_code == 405


def test_a_form_without_its_token_is_refused(portal):
    strict = Client(enforce_csrf_checks=True)
    sign_in(strict, portal.user)
    assert strict.post(f"{portal.person}feedback/", {"verdict": "yes"}).status_code == 403


def test_the_list_costs_the_same_for_one_and_for_many(portal, kees, rosa):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert portal.client.get("/portal/").status_code == 200
        return len(captured)

    queries()
    before = queries()
    for _n in range(4):
        another(rosa, kees.client, kees)
    assert queries() == before
