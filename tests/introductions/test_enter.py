"""The door of the portal: a link works once, by a button, and a new one goes to the known address only."""

from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.utils import timezone

from introductions import services
from mailing.models import Message
from privacy import links
from privacy.models import Link
from tests import factories
from tests.introductions.conftest import sign_in
from tests.support.client import Client


@pytest.fixture
def link(kees, rosa):
    return services.invite(kees, actor=rosa)


def body(response):
    return " ".join(response.content.decode().split())


def mailed():
    return Message.objects.filter(template__kind="portal_link").count()


def test_a_scanner_that_fetches_the_link_does_not_use_it_up(client, link):
    path = links.path(link)
    for method in (client.get, client.head, client.options):
        method(path)
    link.refresh_from_db()
    assert link.used_at is None
    assert SESSION_KEY not in client.session
    assert "Open" in body(client.get(f"{path}?lang=en"))
    assert "<script" not in body(client.get(path))


def test_the_button_opens_a_session_of_eight_hours(client, link, kees):
    client.get("/portal/link/")
    before = client.session.session_key
    response = client.post(links.path(link))
    assert response.headers["Location"] == "/portal/"
    kees.refresh_from_db()
    assert client.session[SESSION_KEY] == str(kees.user_id)
    assert client.session.session_key != before
    assert client.session.get_expiry_age() <= 8 * 3600
    assert client.get("/portal/").status_code == 200
    link.refresh_from_db()
    assert link.used_at is not None


def test_the_session_of_another_contact_ends_with_the_link(client, link, kees):
    other = factories.make_user("Carl", "client")
    sign_in(client, other)
    client.session["kept"] = "secret"
    client.post(links.path(link))
    kees.refresh_from_db()
    assert client.session[SESSION_KEY] == str(kees.user_id)
    assert "kept" not in client.session


def test_the_form_is_checked_against_forgery(link):
    assert Client(enforce_csrf_checks=True).post(links.path(link)).status_code == 403
    link.refresh_from_db()
    assert link.used_at is None


def test_the_link_opens_nothing_twice(client, link):
    client.post(links.path(link))
    again = Client()
    for response in (again.get(f"{links.path(link)}?lang=en"), again.post(f"{links.path(link)}?lang=en")):
        assert response.status_code == 410
        assert "Send me a new link" in body(response)
    assert SESSION_KEY not in again.session


@pytest.mark.parametrize("change", [{"expires_at": timezone.now() - timedelta(days=1)}, {"used_at": timezone.now()}])
def test_an_old_link_offers_a_new_one_to_the_known_address(client, link, kees, run_tasks, change):
    Link.objects.filter(pk=link.pk).update(**change)
    response = client.post(f"{links.path(link)}again/?lang=en")
    assert "a new link is on its way" in body(response)
    assert run_tasks() == ["introductions.tasks.mail_new_link"]
    assert mailed() == 2
    assert set(Message.objects.filter(template__kind="portal_link").values_list("to_email", flat=True)) == {kees.email}


def test_the_answer_is_the_same_whoever_asks(client, link, kees, run_tasks):
    path = links.path(link)
    known = client.post(f"{path}again/?lang=en")
    strangers = [
        client.post("/portal/link/?lang=en", {"email": "nobody@client.example"}),
        client.post("/portal/link/?lang=en", {"email": kees.email.upper()}),
        client.post(f"/portal/enter/{'x' * 43}/again/?lang=en"),
    ]
    type(kees).objects.filter(pk=kees.pk).update(left_on=timezone.localdate())
    strangers.append(client.post(f"{path}again/?lang=en"))
    assert {body(response).split("<main")[1] for response in strangers} == {body(known).split("<main")[1]}
    assert {response.status_code for response in (known, *strangers)} == {200}
    assert len(run_tasks()) == 2
    assert mailed() == 1  # the invitation itself: who left gets nothing


def test_a_contact_who_was_never_invited_cannot_invite_themselves(client, candidacy, run_tasks):
    stranger = factories.make_contact(candidacy.vacancy.client)
    client.post("/portal/link/", {"email": stranger.email})
    assert not run_tasks()
    assert not mailed()


def test_more_than_three_links_in_an_hour_are_not_mailed(client, link, kees, run_tasks):
    answers = {client.post("/portal/link/?lang=en", {"email": kees.email}).status_code for _n in range(5)}
    assert answers == {200}
    assert len(run_tasks()) == 3
    assert mailed() == 4


def test_an_address_that_is_none_is_told(client):
    response = client.post("/portal/link/?lang=en", {"email": "kees"})
    assert response.status_code == 422
    assert "This is not an e-mail address." in body(response)
    assert 'value="kees"' in body(response)


@pytest.mark.parametrize("fault", ["garbage", "revoked", "purpose"])
def test_a_link_we_do_not_know(client, link, fault):
    path = links.path(link)
    if fault == "garbage":
        path = f"/portal/enter/{'x' * 43}/"
    elif fault == "revoked":
        Link.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
    else:
        other = links.issue("me", subject=link.subject)
        path = links.path(other).replace("/me/", "/portal/enter/")
    for response in (client.get(f"{path}?lang=en"), client.post(f"{path}?lang=en")):
        assert response.status_code == 404
        assert "We do not know this link" in body(response)
    assert SESSION_KEY not in client.session


def test_staff_do_not_use_up_a_clients_link(client, link, rosa):
    sign_in(client, rosa)
    assert "so this link was not used" in body(client.get(f"{links.path(link)}?lang=en"))
    assert client.post(links.path(link)).status_code == 403
    link.refresh_from_db()
    assert link.used_at is None
    assert client.session[SESSION_KEY] == str(rosa.pk)


def test_the_page_speaks_the_contacts_language_until_they_choose(client, link, kees, rosa):
    type(kees).objects.filter(pk=kees.pk).update(language="en")
    english = services.invite(factories.make_contact(kees.client, language="en"), actor=rosa)
    response = client.post(links.path(english))
    assert response.cookies["language"].value == "en"
    assert Client().post(links.path(link)).cookies["language"].value == "nl"
    chosen = Client()
    chosen.get("/portal/link/?lang=en")
    assert "language" not in chosen.post(links.path(services.invite(kees, actor=rosa))).cookies


def test_nothing_about_the_person_or_the_client_stands_on_the_door(client, link, kees, introduction):
    for path in (links.path(link), "/portal/link/"):
        page = body(client.get(path))
        for secret in (kees.name, kees.email, kees.client.name, introduction.candidacy.candidate.surname):
            assert secret not in page
        response = client.get(path)
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "same-origin"


def test_wrong_methods(client, link):
    assert client.put(links.path(link)).status_code == 405
    assert client.get(f"{links.path(link)}again/").status_code == 405
    assert client.get("/portal/sign-out/").status_code == 405
    assert client.delete("/portal/link/").status_code == 405


def test_signing_out_ends_the_session(client, link):
    client.post(links.path(link))
    assert client.post("/portal/sign-out/").headers["Location"] == "/portal/link/"
    assert client.get("/portal/").headers["Location"] == "/portal/link/"
