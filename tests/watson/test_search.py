"""Search finds who one may see, by name, work or exact address, and leaves no word of it behind."""

import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.contact import normalise
from candidates.models import ContactPoint
from privacy.models import AccessEntry, LedgerEntry, Subject
from tests.factories import make_candidacy, make_client, make_vacancy

URL = "/search/"


def text(response) -> str:
    return " ".join(response.content.decode().split())


def names(response) -> list[str]:
    return [person.name for person in response.context["page"]]


@pytest.fixture
def anna(vacancy):
    return make_candidacy(
        vacancy, surname="Øst", infix="van", job_title="Controller", employer="Molen BV", email="anna@person.example"
    )


def test_the_door(desk, anna, rosa, olga, ada, carl):
    asked = f"{URL}?q=anna"
    assert desk(None).get(asked).headers["Location"].startswith("/accounts/login/?next=/search/")
    assert desk(carl).get(asked).status_code == 404
    assert [len(names(desk(user).get(asked))) for user in (rosa, olga, ada)] == [1, 1, 1]
    assert desk(rosa).post(URL).status_code == 405


@pytest.mark.parametrize(
    "query",
    ["Anna", "anna ost", "OST", "øst, anna", " controller ", "anna molen", "ANNA@Person.example"],
)
def test_people_are_found_by_name_work_and_exact_address(desk, anna, rosa, query):
    assert names(desk(rosa).get(URL, {"q": query})) == ["Anna van Øst"]


@pytest.mark.parametrize("query", ["bob", "anna bob", "example.person", "annie", "%", "_", "***", "'", "--", "\0", " "])
def test_what_is_nobody_finds_nobody(desk, anna, rosa, query):
    response = desk(rosa).get(URL, {"q": query})
    assert response.status_code == 200
    assert names(response) == []


def test_phone_numbers_and_profiles_are_found_however_they_are_written(desk, anna, rosa):
    for kind, value in (("phone", "+31612345678"), ("profile", "linkedin.com/in/annavanost")):
        ContactPoint.objects.create(
            candidate=anna.candidate,
            kind=kind,
            value=value,
            normalised=normalise(kind, value),
            ground="own_application",
            evidence_on=timezone.localdate(),
        )
    for query in ("06 12345678", "+31 6 12 34 56 78", "https://nl.linkedin.com/in/AnnaVanOst/?trk=x"):
        assert names(desk(rosa).get(URL, {"q": query})) == ["Anna van Øst"], query


def test_an_address_that_is_no_longer_theirs_finds_nobody(desk, anna, rosa):
    ContactPoint.objects.filter(candidate=anna.candidate).update(removed_at=timezone.now())
    assert names(desk(rosa).get(URL, {"q": "anna@person.example"})) == []


def test_people_of_others_are_not_found(desk, anna, vera, tom):
    assert names(desk(tom).get(URL, {"q": "anna"})) == ["Anna van Øst"]
    assert names(desk(vera).get(URL, {"q": "anna"})) == []
    assert names(desk(vera).get(URL, {"q": "anna@person.example"})) == []


@pytest.mark.parametrize("column", ["erased_at", "restricted_at"])
@pytest.mark.parametrize("who", ["rosa", "olga", "ada"])
def test_erased_and_restricted_people_are_not_found_by_anybody(desk, anna, request, who, column):
    user = request.getfixturevalue(who)
    assert names(desk(user).get(URL, {"q": "anna"}))
    Subject.objects.filter(pk=anna.subject_id).update(**{column: timezone.now()})
    assert names(desk(user).get(URL, {"q": "anna"})) == []
    assert "palette__item" in text(desk(user).get("/palette/", {"q": "anna"}))
    assert "Øst" not in text(desk(user).get("/palette/", {"q": "anna"}))


def test_it_sorts_by_surname(desk, vacancy, rosa):
    for given, surname in (("Zoë", "Adema"), ("Anna", "Zwart"), ("Mia", "Bos")):
        make_candidacy(vacancy, given_name=given, surname=surname, employer="Samen BV")
    response = desk(rosa).get(URL, {"q": "samen"})
    assert names(response) == ["Zoë Adema", "Mia Bos", "Anna Zwart"]
    assert "Adema, Zoë" in text(response)


def test_vacancies_and_clients_are_found_too(desk, rosa, vera, vacancy):
    make_vacancy(owner=vera, title="Finance of Vera")
    make_client(name="Finance House")
    response = desk(rosa).get(URL, {"q": "finance"})
    assert [row.pk for row in response.context["vacancies"]] == [vacancy.pk]
    assert [row.name for row in response.context["clients"]] == ["Finance House"]
    assert f"/vacancies/{vacancy.pk}/" in text(response)


def test_without_a_word_there_is_only_the_field(desk, anna, rosa):
    for address in (URL, f"{URL}?q=", f"{URL}?q=%20"):
        response = desk(rosa).get(address)
        assert names(response) == response.context["vacancies"] == response.context["clients"] == []
        assert "empty__title" not in text(response)


def test_nothing_found_says_what_to_try(desk, rosa, agency):
    assert '<p class="empty__title">Nothing found</p>' in text(desk(rosa).get(URL, {"q": "nobody"}))


def test_pages_keep_the_words_and_turn_by_person(desk, vacancy, rosa):
    for number in range(102):
        make_candidacy(vacancy, surname=f"Naam{number:03}", employer="Samen & Co")
    browser = desk(rosa)
    first = browser.get(URL, {"q": "samen & co"})
    people = first.context["page"].rows
    assert f"?q=samen+%26+co&amp;after={people[-1].pk}" in text(first)
    assert "before=" not in text(first)
    second = browser.get(URL, {"q": "samen & co", "after": str(people[-1].pk)})
    assert [names(first)[0], names(second)[0], names(second)[-1]] == ["Anna Naam000", "Anna Naam050", "Anna Naam099"]
    last = browser.get(URL, {"q": "samen & co", "after": str(second.context["page"].after)})
    assert (names(last), last.context["page"].after) == (["Anna Naam100", "Anna Naam101"], None)
    back = browser.get(URL, {"q": "samen & co", "before": str(last.context["page"].before)})
    assert names(back) == names(second)
    newest = browser.get(URL, {"q": "samen & co", "sort": "new"})
    assert names(newest)[0] == "Anna Naam101"
    assert len(AccessEntry.objects.earliest("pk").subjects) == 50, "only who is on this page"
    assert names(browser.get(URL, {"q": "samen", "after": "nonsense"})) == names(first)


def test_who_is_shown_is_in_the_access_log_and_what_was_typed_is_nowhere(desk, anna, rosa, caplog):
    ledger = LedgerEntry.objects.count()
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("watson").debug("heard")
        desk(rosa).get(URL, {"q": "anna@person.example"})
        desk(rosa).get("/palette/", {"q": "anna@person.example"})
        desk(None).get(URL, {"q": "anna@person.example"})
        desk(rosa).get("/searched/", {"q": "anna@person.example"})
    entries = AccessEntry.objects.order_by("pk")
    assert [(entry.action, entry.about_kind, entry.subjects) for entry in entries] == [
        ("search", "search", [anna.subject_id]),
        ("search", "palette", [anna.subject_id]),
    ]
    assert LedgerEntry.objects.count() == ledger
    said = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    assert "heard" in said
    assert "Not Found: /searched/" in said
    assert "person.example" not in said


@pytest.mark.parametrize("address", [URL, "/palette/"])
def test_it_costs_the_same_for_few_and_for_many(desk, vacancy, rosa, address):
    def fill(number: int) -> None:
        for _ in range(number):
            make_candidacy(vacancy, employer="Finance BV")
            make_vacancy(owner=rosa, title="Finance")

    def cost() -> int:
        browser = desk(rosa)
        browser.get(address, {"q": "finance"})
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address, {"q": "finance"}).status_code == 200
        return len(captured)

    fill(1)
    few = cost()
    fill(6)
    assert cost() == few
    assert few < 15
