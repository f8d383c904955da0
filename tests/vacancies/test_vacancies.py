"""The list of vacancies, and the steps from open to closed procedure."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from privacy.guards import Refused
from privacy.models import LedgerEntry
from tests.factories import make_candidacy, make_client, make_organisation, make_vacancy
from vacancies import services
from vacancies.models import Vacancy, VacancyState
from vacancies.signals import procedure_closed, vacancy_closed

LIST = "/vacancies/"


def titles(response) -> list[str]:
    return [vacancy.title for vacancy, _people in response.context["rows"]]


def at(name: str, vacancy: Vacancy) -> str:
    return reverse(f"vacancies:{name}", args=[vacancy.pk])


# The list


def test_everybody_sees_their_own(client, rosa, tom, vera, olga, ada, carl, team):
    make_vacancy(owner=rosa, title="Alone")
    make_vacancy(owner=rosa, title="Shared", team=team)
    assert client.get(LIST).headers["Location"].startswith("/accounts/login/")
    for user, seen in ((rosa, 2), (tom, 1), (vera, 0), (olga, 2), (ada, 2)):
        client.force_login(user)
        assert len(titles(client.get(LIST))) == seen, user
    client.force_login(carl)
    assert client.get(LIST).status_code == 404
    client.force_login(rosa)
    assert client.post(LIST).status_code == 405


def test_filters_live_in_the_address(client, rosa, tom, team):
    make_vacancy(owner=rosa, title="Open")
    make_vacancy(owner=tom, title="Tom's", team=team)
    make_vacancy(owner=rosa, title="Closed", state=VacancyState.CLOSED)
    client.force_login(rosa)
    assert set(titles(client.get(LIST))) == {"Open", "Tom's"}
    assert set(titles(client.get(LIST, {"state": ""}))) == {"Open", "Tom's", "Closed"}
    assert titles(client.get(LIST, {"state": "closed"})) == ["Closed"]
    assert titles(client.get(LIST, {"owner": tom.pk})) == ["Tom's"]
    assert len(titles(client.get(LIST, {"state": "drop table", "owner": "x", "sort": "score", "page": "z"}))) == 2


def test_it_sorts_by_facts(client, rosa):
    for title, name in (("B", "Zaan"), ("A", "Maas"), ("C", "Aa")):
        make_vacancy(owner=rosa, title=title, client=make_client(name=name, created_by=rosa))
    client.force_login(rosa)
    assert titles(client.get(LIST, {"sort": "title"})) == ["A", "B", "C"]
    assert titles(client.get(LIST, {"sort": "-title"})) == ["C", "B", "A"]
    assert titles(client.get(LIST, {"sort": "client"})) == ["C", "A", "B"]
    assert titles(client.get(LIST)) == ["C", "A", "B"]
    page = client.get(LIST, {"sort": "title"}).content.decode()
    assert 'aria-sort="ascending"' in page
    assert "sort=-title" in page


def test_it_counts_people_per_stage(client, rosa):
    vacancy = make_vacancy(owner=rosa)
    make_candidacy(vacancy)
    make_candidacy(vacancy)
    gone = make_candidacy(vacancy)
    type(gone).objects.filter(pk=gone.pk).update(ended_at=timezone.now(), ended_reason="refused")
    client.force_login(rosa)
    [(_vacancy, people)] = client.get(f"{LIST}?lang=en").context["rows"]
    assert (people.running, people.stages) == (2, (("Found", 2),))


def test_it_costs_the_same_for_one_and_for_many(client, rosa, django_assert_num_queries):
    make_organisation()
    client.force_login(rosa)
    make_candidacy(make_vacancy(owner=rosa))
    for _size in range(2):
        # Session, user, organisation; how many, the vacancies, their people, the owners to choose from.
        with django_assert_num_queries(7):
            assert client.get(LIST).status_code == 200
        for _more in range(4):
            make_candidacy(make_vacancy(owner=rosa))


def test_empty_lists_say_what_to_do(client, rosa):
    client.force_login(rosa)
    page = client.get(f"{LIST}?lang=en").content.decode()
    assert "No vacancies yet" in page
    assert reverse("vacancies:vacancy-new") in page
    make_vacancy(owner=rosa)
    assert "Nothing here with these filters" in client.get(LIST, {"state": "closed"}).content.decode()


# The steps


@pytest.mark.parametrize("name", ["close", "close-procedure", "reopen", "review"])
def test_the_steps_are_the_owners_and_the_teams(client, rosa, tom, vera, carl, team, name):
    vacancy = make_vacancy(owner=rosa, team=team)
    assert client.post(at(name, vacancy)).headers["Location"].startswith("/accounts/login/")
    for user in (vera, carl):
        client.force_login(user)
        assert client.post(at(name, vacancy)).status_code == 404
        assert client.get(at(name, vacancy)).status_code in (404, 405)
    client.force_login(tom)
    assert client.post(at(name, vacancy)).status_code in (302, 409)
    assert client.delete(at(name, vacancy)).status_code == 405
    if name in ("reopen", "review"):
        assert client.get(at(name, vacancy)).status_code == 405


def test_closing_shows_first_who_is_affected(client, rosa):
    vacancy = make_vacancy(owner=rosa)
    make_candidacy(vacancy)
    client.force_login(rosa)
    page = client.get(f"{at('close', vacancy)}?lang=en").content.decode()
    assert "One person is in this vacancy" in page
    vacancy.refresh_from_db()
    assert vacancy.state == VacancyState.SOURCING


def test_from_open_to_closed_procedure(client, rosa):
    heard = []

    def hear(sender, signal, vacancy, actor, **kwargs):
        heard.append((signal, vacancy.pk, vacancy.state, actor))

    vacancy_closed.connect(hear)
    procedure_closed.connect(hear)
    vacancy = make_vacancy(owner=rosa)
    client.force_login(rosa)

    client.post(at("close", vacancy))
    vacancy.refresh_from_db()
    assert vacancy.state == VacancyState.CLOSED
    assert vacancy.closed_at

    client.post(at("reopen", vacancy))
    vacancy.refresh_from_db()
    assert (vacancy.state, vacancy.closed_at) == (VacancyState.SOURCING, None)

    client.post(at("close", vacancy))
    page = client.get(f"{at('close-procedure', vacancy)}?lang=en").content.decode()
    day = timezone.localdate() + timedelta(days=28)
    assert f"{day.day} {day:%B} {day.year}" in page
    client.post(at("close-procedure", vacancy))
    vacancy.refresh_from_db()
    assert vacancy.state == VacancyState.PROCEDURE_CLOSED
    assert "Reopening brings nobody back" in client.get(f"{at('intake', vacancy)}?lang=en").content.decode()
    client.post(at("reopen", vacancy))
    vacancy.refresh_from_db()
    assert (vacancy.state, vacancy.closed_at, vacancy.procedure_closed_at) == (VacancyState.SOURCING, None, None)

    assert [(signal, state) for signal, _pk, state, _actor in heard] == [
        (vacancy_closed, "closed"),
        (vacancy_closed, "closed"),
        (procedure_closed, "procedure_closed"),
    ]
    assert {(pk, actor) for _signal, pk, _state, actor in heard} == {(vacancy.pk, rosa)}
    assert [entry.kind for entry in LedgerEntry.objects.filter(kind__startswith="vacancy.").order_by("at")] == [
        "vacancy.closed",
        "vacancy.reopened",
        "vacancy.closed",
        "vacancy.procedure_closed",
        "vacancy.reopened",
    ]


def test_pressing_twice_changes_nothing_more(rosa):
    vacancy = make_vacancy(owner=rosa)
    for _twice in range(2):
        services.close_vacancy(vacancy, actor=rosa)
    for _twice in range(2):
        services.close_procedure(vacancy, actor=rosa)
    assert LedgerEntry.objects.filter(kind__in=["vacancy.closed", "vacancy.procedure_closed"]).count() == 2


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        (VacancyState.DRAFT, services.close_vacancy),
        (VacancyState.DRAFT, services.close_procedure),
        (VacancyState.DRAFT, services.reopen_vacancy),
        (VacancyState.DRAFT, services.mark_reviewed),
        (VacancyState.SOURCING, services.close_procedure),
        (VacancyState.CLOSED, services.open_vacancy),
        (VacancyState.CLOSED, services.mark_reviewed),
        (VacancyState.PROCEDURE_CLOSED, services.close_vacancy),
    ],
)
def test_a_step_that_does_not_exist_is_refused(rosa, state, verb):
    vacancy = make_vacancy(owner=rosa, state=state)
    with pytest.raises(Refused):
        verb(vacancy, actor=rosa)
    vacancy.refresh_from_db()
    assert vacancy.state == state


def test_a_review_starts_its_three_months_again(client, rosa):
    vacancy = make_vacancy(owner=rosa, reviewed_at=timezone.now() - timedelta(days=100))
    assert list(Vacancy.objects.unreviewed()) == [vacancy]
    client.force_login(rosa)
    response = client.post(at("review", vacancy), {"next": "/vacancies/"})
    assert response.headers["Location"] == "/vacancies/"
    assert not Vacancy.objects.unreviewed().exists()
    assert LedgerEntry.objects.get(kind="vacancy.reviewed").codes == {"vacancy": str(vacancy.pk)}
