"""What stands around every page: the rail for staff, with the right room marked; nothing of it for others."""

import pytest

from tests.factories import make_candidacy

ROOMS = ["Today", "Vacancies", "Candidates", "Clients", "Mail", "Privacy"]


@pytest.fixture
def marked(desk, rosa, vacancy):
    candidacy = make_candidacy(vacancy)
    known = {
        "vacancy": vacancy.pk,
        "client": vacancy.client_id,
        "candidate": candidacy.candidate_id,
        "candidacy": candidacy.pk,
    }

    def of(path: str) -> list[str]:
        response = desk(rosa).get(path.format(**known))
        assert response.status_code == 200, path
        assert [str(item["label"]) for item in response.context["rail"]] == ROOMS
        return [str(item["label"]) for item in response.context["rail"] if item["current"]]

    return of


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("/", "Today"),
        ("/vacancies/", "Vacancies"),
        ("/vacancies/{vacancy}/", "Vacancies"),
        ("/vacancies/{vacancy}/intake/", "Vacancies"),
        ("/candidates/{candidate}/", "Candidates"),
        ("/candidacies/{candidacy}/introduce/", "Candidates"),
        ("/clients/{client}/", "Clients"),
        ("/mail/", "Mail"),
        ("/privacy-desk/assessments/", "Privacy"),
    ],
)
def test_one_room_is_marked(marked, path, room):
    assert marked(path) == [room]


def test_search_is_no_room(marked):
    assert marked("/search/") == []


def test_strangers_and_clients_get_no_rail(desk, carl, agency):
    for user, path in ((None, "/privacy/"), (None, "/accounts/login/"), (carl, "/portal/people/")):
        assert "rail" not in (desk(user).get(path).context or {}), path


def test_an_unknown_address_leads_back(desk, rosa, agency):
    response = desk(rosa).get("/nowhere/")
    assert response.status_code == 404
    assert 'class="button" href="/"' in response.content.decode()
