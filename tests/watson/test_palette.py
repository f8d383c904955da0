"""The command palette's fragment: the first few, as links."""

import pytest

from tests.factories import make_candidacy, make_client

URL = "/palette/"


def text(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, surname="Vogel", job_title="Controller")


def test_the_door(desk, anna, rosa, carl):
    assert desk(None).get(URL, {"q": "vogel"}).status_code == 302
    assert desk(carl).get(URL, {"q": "vogel"}).status_code == 404
    assert desk(rosa).post(URL, {"q": "vogel"}).status_code == 405


def test_it_is_a_fragment_of_links(desk, anna, rosa, vacancy):
    client = make_client(name="Vogelhuis")
    vacancy.title = "Vogelwachter"
    vacancy.save(update_fields=["title"])
    page = text(desk(rosa, htmx=True).get(URL, {"q": "vogel"}))
    assert "<html" not in page
    for address in (f"/candidates/{anna.candidate_id}/", f"/vacancies/{vacancy.pk}/", f"/clients/{client.pk}/"):
        assert f'href="{address}"' in page
    assert 'href="/search/?q=vogel"' in page


def test_nothing_typed_is_nothing_shown(desk, anna, rosa):
    for query in ("", "   ", "\0"):
        assert text(desk(rosa).get(URL, {"q": query})) == ""


def test_what_was_typed_is_shown_as_text(desk, rosa, agency):
    page = desk(rosa).get(URL, {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>" not in page
    assert "%3Cscript%3E" in page


def test_others_people_are_not_offered(desk, anna, vera, rosa):
    assert "Vogel" in text(desk(rosa).get(URL, {"q": "vogel"}))
    assert "Vogel" not in text(desk(vera).get(URL, {"q": "vogel"}))


def test_a_few_are_enough(desk, vacancy, rosa):
    for _ in range(12):
        make_candidacy(vacancy, employer="Samen BV")
    page = text(desk(rosa).get(URL, {"q": "samen"}))
    assert page.count("palette__item") == 9, "eight people and the way to all"
