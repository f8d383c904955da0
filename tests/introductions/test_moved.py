"""A contact whose address changes: the old mailbox opens nothing any more."""

from accounts.models import Role
from introductions import services
from privacy import links
from privacy.models import Link
from tests import factories
from tests.introductions.conftest import sign_in
from tests.support.client import Client
from vacancies.services import save_contact


def portal_links(contact):
    return list(Link.objects.filter(purpose="portal", about_id=contact.pk).order_by("created_at"))


def test_the_old_address_opens_the_portal_no_more(portal, introduction, kees, rosa):
    kees.refresh_from_db()
    services.invite(kees, actor=rosa)
    unused = portal_links(kees)[-1]
    assert introduction.candidacy.candidate.surname in portal.client.get("/portal/").text
    save_contact(kees.client, contact=kees, actor=rosa, name="Piet", email="piet@client.example")
    assert portal.client.get("/portal/").status_code == 302
    assert Client().post(links.path(unused)).status_code == 404


def test_the_new_address_gets_an_account_of_its_own(portal, introduction, kees, rosa):
    before = portal.user
    save_contact(kees.client, contact=kees, actor=rosa, email="piet@client.example")
    services.invite(kees, actor=rosa)
    kees.refresh_from_db()
    assert kees.user != before
    assert kees.user.email == "piet@client.example"
    entered = Client()
    assert entered.post(links.path(portal_links(kees)[-1])).status_code == 302
    assert introduction.candidacy.candidate.surname in entered.get("/portal/").text


def test_another_spelling_or_name_changes_nothing(portal, introduction, kees, rosa):
    save_contact(kees.client, contact=kees, actor=rosa, name="Kees B.", email=kees.email.title())
    assert introduction.candidacy.candidate.surname in portal.client.get("/portal/").text


def test_a_change_in_the_admin_closes_the_old_door_too(portal, introduction, kees):
    ada = Client()
    sign_in(ada, factories.make_user("Ada", Role.ADMINISTRATOR))
    kees.refresh_from_db()
    typed = {"client": kees.client_id, "name": kees.name, "job_title": "", "phone": "", "language": kees.language}
    page = f"/admin/vacancies/clientcontact/{kees.pk}/change/"
    assert ada.post(page, {**typed, "email": "piet@client.example", "left_on": ""}).status_code == 302
    assert portal.client.get("/portal/").status_code == 302
