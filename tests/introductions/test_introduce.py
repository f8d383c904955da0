"""The page on which a recruiter introduces: what was agreed to, why not, and a yes taken back meanwhile."""

import pytest
from django.urls import reverse

from consent import services as consent
from introductions.models import Introduction
from privacy.models import AccessEntry
from tests import factories
from tests.introductions.conftest import ask, ask_able, introduce, link_of, sign_in, withdraw


def address(candidacy):
    return f"{reverse('introductions:introduce', args=[candidacy.pk])}?lang=en"


def body(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def desk(client, rosa):
    sign_in(client, rosa)
    return client


def test_the_page_shows_what_was_agreed_to(desk, candidacy, kees, yes):
    page = body(desk.get(address(candidacy)))
    for fact in (
        "Ja, stuur mijn gegevens naar",
        candidacy.vacancy.client.legal_name,
        candidacy.vacancy.title,
        "name, job and employer, contact details",
        "Kees Bakker, Chairman",
    ):
        assert fact in page
    assert page.count('name="contacts"') == page.count('name="contacts" value=') == 1
    assert AccessEntry.objects.get().subjects == [candidacy.subject_id]


def test_the_only_contact_is_chosen_and_of_two_neither(desk, candidacy, kees, yes):
    form = desk.get(address(candidacy)).context["form"]
    assert form["contacts"].value() == [kees.pk]
    assert set(form["shared"].value()) == set(candidacy.vacancy.shared)
    factories.make_contact(kees.client)
    assert desk.get(address(candidacy)).context["form"]["contacts"].value() is None


def test_introducing_goes_back_to_the_board(desk, candidacy, kees, yes):
    response = desk.post(address(candidacy), {"contacts": [kees.pk], "shared": ["profile"], "words": "Leads a team."})
    board = reverse("candidates:board", args=[candidacy.vacancy_id])
    assert response.headers["Location"] == f"{board}?person={candidacy.pk}"
    made = Introduction.objects.get()
    assert (made.shared, made.words) == (["profile"], "Leads a team.")
    assert [row.contact for row in made.recipients.all()] == [kees]
    assert "Introduced." in desk.get(response.headers["Location"]).content.decode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"contacts": []}, "Choose who at the client may see this person."),
        ({"contacts": ["nobody"]}, "is not a valid"),
        ({"shared": []}, "Choose what they get to see."),
        ({"shared": ["cv"]}, "not one of the available choices"),
        ({"words": "x" * 4001}, "at most 4000 characters"),
        ({"words": "Passport NX4K8P2D7."}, "number of an identity document"),
    ],
)
def test_a_wrong_form_says_why_and_keeps_what_was_typed(desk, candidacy, kees, yes, change, sentence):
    typed = {"contacts": [str(kees.pk)], "shared": ["profile"], "words": "My own words.", **change}
    response = desk.post(address(candidacy), typed)
    assert response.status_code == 422
    assert sentence in body(response)
    assert typed["words"] in response.content.decode()
    assert not Introduction.objects.exists()


def test_nobody_of_another_client_can_be_chosen(desk, candidacy, kees, yes):
    other = factories.make_contact()
    response = desk.post(address(candidacy), {"contacts": [other.pk], "shared": ["profile"]})
    assert response.status_code == 422
    assert other.name not in desk.get(address(candidacy)).content.decode()


@pytest.mark.parametrize(
    ("answer", "why", "advice"),
    [
        ("unasked", "has not been asked yet", "Ask first"),
        ("waiting", "has not answered yet", "Wait, or call"),
        ("talk_first", "wants to talk first", "Call them"),
        ("pending", "has not confirmed it yet", "confirms it through their own link"),
        ("refused", "said no on", "not asked again"),
        ("withdrawn", "withdrew their yes", "not asked again"),
    ],
)
def test_without_a_yes_the_page_says_why_not_and_what_to_do(desk, candidacy, kees, answer, why, advice):
    if answer != "unasked":
        asked = ask(candidacy)
        factories.make_message(candidacy)
        type(asked).objects.filter(pk=asked.pk).update(handed_over_at=asked.created_at)
        link = link_of(asked)
        match answer:
            case "talk_first":
                consent.talk_first(asked, link=link, language="nl")
            case "pending":
                consent.note_oral(asked, actor=candidacy.vacancy.owner)
            case "refused":
                consent.refuse_request(asked, link=link, language="nl")
            case "withdrawn":
                consent.give(asked, link=link, language="nl")
                consent.withdraw(asked, link=link, language="nl")
    page = body(desk.get(address(candidacy)))
    assert "No introduction without the person&#x27;s own yes for this vacancy" in page
    assert why in page
    assert advice in page
    assert 'name="contacts"' not in page


def test_a_confidential_client_is_revealed_first(desk, rosa):
    hidden = ask_able(rosa, is_confidential=True, sector_label="a food company")
    factories.make_contact(hidden.vacancy.client)
    asked = ask(hidden)
    consent.give(asked, link=link_of(asked), language="nl")
    page = body(desk.get(address(hidden)))
    assert "Reveal the client to this person" in page
    assert 'name="contacts"' not in page
    named = consent.reveal_client(subject=hidden.subject, vacancy=hidden.vacancy, actor=rosa)
    assert "has not been sent yet" in body(desk.get(address(hidden)))
    consent.give(named, link=link_of(named), language="nl")
    assert 'name="contacts"' in body(desk.get(address(hidden)))


def test_a_notice_that_bounced_stands_in_the_way(desk, candidacy, kees, yes):
    candidacy.subject.notices.update(undone_at=yes.at, undone_reason="bounced")
    page = body(desk.get(address(candidacy)))
    assert "has not been given the privacy notice yet" in page
    assert 'name="contacts"' not in page


def test_a_withdrawal_while_the_form_was_open_is_told_and_nothing_is_lost(desk, candidacy, kees, yes, asked):
    assert 'name="contacts"' in body(desk.get(address(candidacy)))
    withdraw(asked)
    typed = {"contacts": [kees.pk], "shared": ["profile"], "words": "Words I took an hour over."}
    response = desk.post(address(candidacy), typed)
    assert response.status_code == 422
    assert "No introduction without the person&#x27;s own yes" in body(response)
    assert "withdrew their yes" in body(response)
    assert "Words I took an hour over." in response.content.decode()
    assert not Introduction.objects.exists()


def test_introduced_already_shows_to_whom_and_adds_others(desk, candidacy, kees, introduction):
    page = body(desk.get(address(candidacy)))
    assert "Introduced already" in page
    assert "not opened yet" in page
    assert "Everybody you noted at this client can see this person." in page
    second = factories.make_contact(kees.client, name="Truus Mol")
    assert 'name="words"' not in body(desk.get(address(candidacy)))
    assert desk.post(address(candidacy), {"contacts": [second.pk]}).status_code == 302
    assert {row.contact for row in introduction.recipients.all()} == {kees, second}


def test_a_client_without_people_gets_a_way_to_add_one(desk, candidacy, yes):
    page = body(desk.get(address(candidacy)))
    assert "Nobody at this client yet" in page
    assert reverse("vacancies:contact-new", args=[candidacy.vacancy.client_id]) in page


def test_who_may_not_see_the_vacancy_gets_a_404(client, candidacy, kees, yes, vera):
    assert client.get(address(candidacy)).headers["Location"].startswith("/accounts/login/")
    sign_in(client, vera)
    typed = {"contacts": [kees.pk], "shared": ["profile"]}
    for response in (client.get(address(candidacy)), client.post(address(candidacy), typed)):
        assert response.status_code == 404
    sign_in(client, factories.make_user("Carl", "client"))
    assert client.post(address(candidacy), typed).status_code == 404
    assert not Introduction.objects.exists()


def test_restricted_and_erased_people_are_not_here(desk, candidacy, kees, yes):
    for field in ("restricted_at", "erased_at"):
        type(candidacy.subject).objects.filter(pk=candidacy.subject_id).update(**{field: yes.at})
        assert desk.get(address(candidacy)).status_code == 404


def test_wrong_methods(desk, candidacy):
    for method in (desk.put, desk.delete, desk.patch):
        assert method(address(candidacy)).status_code == 405


def test_inviting_a_contact_from_the_client_page(desk, kees, rosa):
    page = body(desk.get(f"/clients/{kees.client_id}/?lang=en"))
    assert reverse("introductions:invite", args=[kees.pk]) in page
    response = desk.post(reverse("introductions:invite", args=[kees.pk]))
    assert response.headers["Location"] == f"/clients/{kees.client_id}/#people"
    kees.refresh_from_db()
    assert kees.user is not None
    assert "on its way to Kees Bakker" in body(desk.get(f"/clients/{kees.client_id}/?lang=en"))


def test_inviting_an_address_of_staff_is_refused_in_words(desk, candidacy, vera):
    contact = factories.make_contact(candidacy.vacancy.client, email=vera.email)
    desk.post(f"{reverse('introductions:invite', args=[contact.pk])}?lang=en")
    assert "works at the agency" in body(desk.get(f"/clients/{contact.client_id}/?lang=en"))


def test_inviting_is_a_post_of_staff_for_people_who_work_there(client, kees, portal):
    invite = reverse("introductions:invite", args=[kees.pk])
    assert client.post(invite).status_code == 404
    client.logout()
    assert client.post(invite).headers["Location"].startswith("/accounts/login/")
    sign_in(client, kees.client.created_by)
    assert client.get(invite).status_code == 405
    type(kees).objects.filter(pk=kees.pk).update(left_on="2026-01-01")
    assert client.post(invite).status_code == 404


def test_the_admin_cannot_introduce_either(client, ada, candidacy, kees, asked):
    sign_in(client, ada)
    posted = {
        "candidacy": candidacy.pk,
        "subject": candidacy.subject_id,
        "vacancy": candidacy.vacancy_id,
        "client": candidacy.vacancy.client_id,
        "request": asked.pk,
        "event": consent.give(asked, link=link_of(asked), language="nl").pk,
        "shared": "profile",
        "introduced_by": ada.pk,
        "words": "",
    }
    withdraw(asked)
    response = client.post("/admin/introductions/introduction/add/?lang=en", posted)
    assert response.status_code == 200
    assert "No introduction without the person&#x27;s own yes" in body(response)
    assert not Introduction.objects.exists()


def test_a_made_introduction_stays_as_it_is_in_the_admin(client, ada, introduction):
    sign_in(client, ada)
    change = reverse("admin:introductions_introduction_change", args=[introduction.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, {"words": "Others."}).status_code == 403
    introduction.refresh_from_db()
    assert introduction.words == "Leads a team."


def test_the_page_costs_the_same_for_few_and_many_contacts(desk, candidacy, kees, yes, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    desk.get(address(candidacy))
    with CaptureQueriesContext(connection) as captured:
        desk.get(address(candidacy))
    for _n in range(5):
        factories.make_contact(kees.client)
    with django_assert_num_queries(len(captured)):
        desk.get(address(candidacy))
    introduce(candidacy, [kees])
