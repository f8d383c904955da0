"""Clients and their people: what each role sees, and what a wrong form says."""

import pytest
from django.urls import reverse

from privacy.models import AccessEntry, LedgerEntry, Subject
from tests.factories import make_client, make_contact, make_organisation, make_vacancy
from vacancies import services
from vacancies.models import Client, ClientContact

FACTS = {"name": "Molen", "legal_name": "Molen B.V.", "sector": "food", "place": "Ede", "kvk": "", "website": ""}
PERSON = {"name": "Kees Bakker", "job_title": "CFO", "email": "Kees@Molen.example", "phone": "", "language": "nl"}


def pages(client) -> list[str]:
    contact = make_contact(client)
    return [
        reverse("vacancies:clients"),
        reverse("vacancies:client-new"),
        reverse("vacancies:client", args=[client.pk]),
        reverse("vacancies:client-edit", args=[client.pk]),
        reverse("vacancies:contact-new", args=[client.pk]),
        reverse("vacancies:contact-edit", args=[client.pk, contact.pk]),
        reverse("vacancies:agreement-new", args=[client.pk]),
    ]


def test_all_staff_see_every_page_of_a_client(client, rosa, olga, ada):
    for user in (rosa, olga, ada):
        client.force_login(user)
        for page in pages(make_client()):
            assert client.get(page).status_code == 200, page


def test_client_contacts_and_strangers_see_none(client, carl):
    addresses = pages(make_client())
    for page in addresses:
        assert client.get(page).headers["Location"].startswith("/accounts/login/"), page
    client.force_login(carl)
    for page in addresses:
        assert client.get(page).status_code == 404, page
        assert client.post(page).status_code in (404, 405), page


def test_lists_are_only_read(client, rosa):
    client.force_login(rosa)
    assert client.post(reverse("vacancies:clients")).status_code == 405
    assert client.post(reverse("vacancies:client", args=[make_client().pk])).status_code == 405
    assert client.delete(reverse("vacancies:client-new")).status_code == 405


def test_the_list_finds_by_a_part_of_either_name(client, rosa):
    make_client(name="De Molen", legal_name="Bakkerij Oost B.V.")
    make_client(name="Staal", legal_name="Staal Holding N.V.")
    client.force_login(rosa)
    page = client.get(reverse("vacancies:clients"), {"q": "oost"}).content.decode()
    assert "De Molen" in page
    assert "Staal" not in page
    assert "No client has this name" in client.get("/clients/?q=zzz&lang=en").content.decode()
    assert client.get("/clients/?q=oost%00").status_code == 200


def test_an_empty_list_says_what_to_do(client, rosa):
    client.force_login(rosa)
    page = client.get("/clients/?lang=en").content.decode()
    assert "No clients yet" in page
    assert reverse("vacancies:client-new") in page


def test_the_list_costs_the_same_for_one_and_for_many(client, rosa, django_assert_num_queries):
    make_organisation()
    client.force_login(rosa)
    make_vacancy(client=make_client())
    for _size in range(2):
        # Session, user, organisation; the number of clients and the clients with their vacancies.
        with django_assert_num_queries(5):
            assert client.get("/clients/").status_code == 200
        for _more in range(5):
            make_vacancy(client=make_client())


def test_adding_a_client(client, rosa):
    client.force_login(rosa)
    response = client.post(reverse("vacancies:client-new"), {**FACTS, "kvk": "1234 56.78"})
    made = Client.objects.get()
    assert response.headers["Location"] == reverse("vacancies:client", args=[made.pk])
    assert (made.name, made.kvk, made.created_by, made.is_agency) == ("Molen", "12345678", rosa, False)
    entry = LedgerEntry.objects.get(kind="client.added")
    assert (entry.actor, entry.codes) == (rosa.pk, {"client": str(made.pk)})


def test_adding_a_client_on_the_way_to_a_vacancy_comes_back_with_it(client, rosa):
    client.force_login(rosa)
    response = client.post(reverse("vacancies:client-new"), {**FACTS, "next": "/vacancies/new/"})
    assert response.headers["Location"] == f"/vacancies/new/?client={Client.objects.get().pk}"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Fill in the name of the client."),
        ("legal_name", "", "Fill in the legal name of the client."),
        ("legal_name", "taken b.v.", "A client with this legal name is here already."),
        ("sector", "", "Fill in the sector."),
        ("kvk", "123", "A Chamber of Commerce number has eight digits."),
        ("website", "not a site", "Enter a valid URL."),
    ],
)
def test_a_wrong_client_says_why_and_keeps_what_was_typed(client, rosa, field, value, sentence):
    make_client(legal_name="Taken B.V.")
    client.force_login(rosa)
    response = client.post("/clients/new/?lang=en", {**FACTS, "place": "Kampen", field: value})
    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert 'value="Kampen"' in page
    assert Client.objects.count() == 1


def test_two_who_save_the_same_name_at_once_hear_it_at_the_form(client, rosa, monkeypatch):
    """The form's own look comes too early for the second; the constraint then speaks with the same words."""
    from vacancies.forms import ClientForm

    make_client(legal_name="Taken B.V.")
    monkeypatch.setattr(ClientForm, "clean_legal_name", lambda form: form.cleaned_data["legal_name"])
    monkeypatch.setattr(ClientForm, "validate_constraints", lambda form: None, raising=False)
    monkeypatch.setattr(Client, "validate_constraints", lambda self, exclude=None: None)
    client.force_login(rosa)
    response = client.post("/clients/new/?lang=en", {**FACTS, "legal_name": "Taken B.V."})
    assert response.status_code == 422
    assert "A client with this legal name is here already." in response.content.decode()


def test_changing_a_client(client, rosa):
    found = make_client()
    client.force_login(rosa)
    client.post(reverse("vacancies:client-edit", args=[found.pk]), {**FACTS, "name": "Nieuw"})
    found.refresh_from_db()
    assert found.name == "Nieuw"
    assert LedgerEntry.objects.filter(kind="client.changed").count() == 1


def test_the_agency_is_recognised_among_the_clients(rosa):
    make_organisation(legal_name="Voorbeeld Search B.V.", kvk="12345678")
    facts = {"name": "Wij", "sector": "search"}
    by_name = services.create_client(actor=rosa, legal_name="voorbeeld search b.v.", **facts)
    assert by_name.is_agency
    other = services.create_client(actor=rosa, legal_name="Anders B.V.", kvk="87654321", **facts)
    assert not other.is_agency


def test_a_client_shows_only_the_vacancies_one_may_open(client, rosa, vera):
    found = make_client()
    make_vacancy(owner=rosa, client=found, title="Finance director")
    make_vacancy(owner=vera, client=found, title="Secret director")
    client.force_login(rosa)
    page = client.get(reverse("vacancies:client", args=[found.pk])).content.decode()
    assert "Finance director" in page
    assert "Secret director" not in page
    client.force_login(vera)
    assert "Secret director" in client.get(reverse("vacancies:client", args=[found.pk])).content.decode()


def test_looking_at_a_clients_people_is_logged_once_per_page(client, rosa):
    found = make_client()
    people = {make_contact(found).subject_id, make_contact(found).subject_id}
    client.force_login(rosa)
    client.get(reverse("vacancies:client", args=[found.pk]))
    entry = AccessEntry.objects.get()
    assert (entry.actor, entry.action, set(entry.subjects)) == (rosa, "view", people)


def test_a_client_without_anybody_leaves_no_access_row(client, rosa):
    client.force_login(rosa)
    assert client.get(reverse("vacancies:client", args=[make_client().pk])).status_code == 200
    assert not AccessEntry.objects.exists()


def test_a_new_contact_is_a_data_subject(client, rosa):
    found = make_client()
    client.force_login(rosa)
    response = client.post(reverse("vacancies:contact-new", args=[found.pk]), {**PERSON, "phone": "030 123 45 67"})
    assert response.headers["Location"] == reverse("vacancies:client", args=[found.pk])
    contact = ClientContact.objects.get()
    assert contact.subject in Subject.objects.all()
    assert (contact.email, contact.phone, contact.left_on) == ("kees@molen.example", "+31301234567", None)
    entry = LedgerEntry.objects.get(kind="contact.added")
    assert entry.subject == contact.subject
    assert "Kees" not in str(entry.codes)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Fill in a name."),
        ("email", "", "Fill in an e-mail address."),
        ("email", "nobody", "This is not an e-mail address."),
        ("email", "TAKEN@molen.example", "This client has a contact with that e-mail address already."),
    ],
)
def test_a_wrong_contact_says_why_and_keeps_what_was_typed(client, rosa, field, value, sentence):
    found = make_client()
    make_contact(found, email="taken@molen.example")
    client.force_login(rosa)
    url = reverse("vacancies:contact-new", args=[found.pk])
    response = client.post(f"{url}?lang=en", {**PERSON, field: value})
    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert 'value="CFO"' in page
    assert ClientContact.objects.count() == 1
    assert Subject.objects.count() == 1


def test_a_wrong_phone_number_says_why(client, rosa):
    client.force_login(rosa)
    response = client.post(reverse("vacancies:contact-new", args=[make_client().pk]), {**PERSON, "phone": "12"})
    assert response.status_code == 422
    assert response.context["form"].errors["phone"]


def test_a_contact_who_left_is_no_longer_active(client, rosa):
    found = make_client()
    contact = make_contact(found)
    client.force_login(rosa)
    url = reverse("vacancies:contact-edit", args=[found.pk, contact.pk])
    client.post(url, {**PERSON, "left_on": "2026-01-05"})
    assert not ClientContact.objects.active().exists()
    assert LedgerEntry.objects.get(kind="contact.changed").codes["has_left"] is True


def test_a_contact_is_found_only_at_its_own_client(client, rosa):
    contact, other = make_contact(), make_client()
    client.force_login(rosa)
    assert client.get(reverse("vacancies:contact-edit", args=[contact.client_id, contact.pk])).status_code == 200
    assert client.get(reverse("vacancies:contact-edit", args=[other.pk, contact.pk])).status_code == 404


def test_an_erased_contact_is_gone(client, rosa):
    from django.utils import timezone

    contact = make_contact(name="Kees Bakker")
    url = reverse("vacancies:client", args=[contact.client_id])
    client.force_login(rosa)
    assert "Kees Bakker" in client.get(url).content.decode()
    Subject.objects.filter(pk=contact.subject_id).update(erased_at=timezone.now())
    assert "Kees Bakker" not in client.get(url).content.decode()
    assert client.get(reverse("vacancies:contact-edit", args=[contact.client_id, contact.pk])).status_code == 404
