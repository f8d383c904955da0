"""Placements: noted from the board, listed, given to the books, kept when the person goes, and gone in the end."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Role
from candidates.models import Stage
from candidates.services import move
from introductions import placements, tasks
from introductions.models import Placement
from privacy import ports, registry
from privacy import services as privacy
from privacy.erasure.house import ground_of
from privacy.guards import Refused
from privacy.models import AccessEntry, LedgerEntry, Subject
from tests import factories
from tests.introductions.conftest import sign_in
from tests.support.client import Client

URL = "/placements/"
START = date(2026, 12, 1)
FACTS = {"start_on": "2026-12-01", "guarantee_until": "2027-03-01", "fee_kind": "fixed", "fee": "20000"}


def text(response):
    return " ".join(response.content.decode().split())


def hire(candidacy, actor):
    move(candidacy.pk, to=Stage.HIRED, reason="fits", actor=actor)
    candidacy.refresh_from_db()


@pytest.fixture
def placed(introduction, candidacy, rosa):
    hire(candidacy, rosa)
    return placements.note(
        candidacy,
        start_on=START,
        guarantee_until=date(2027, 3, 1),
        fee_kind="fixed",
        fee=Decimal("20000"),
        invoice_number="2026-0117",
        actor=rosa,
    )


def browser_of(user):
    browser = Client()
    sign_in(browser, user)
    return browser


def test_the_end_of_a_guarantee_is_a_clock_that_names_the_vacancy_alone(placed, candidacy):
    Placement.objects.filter(pk=placed.pk).update(
        start_on=timezone.localdate(), guarantee_until=timezone.localdate() + timedelta(days=9)
    )
    clock = next(clock for clock in ports.clocks(and_things=True, subjects=[]) if clock.kind == "guarantee")
    assert (clock.due_on, clock.subject_id) == (timezone.localdate() + timedelta(days=9), None)
    page = text(browser_of(factories.make_user("Olga", Role.OFFICER)).get("/privacy-desk/?kind=guarantee&lang=en"))
    assert f"{candidacy.vacancy.title} · {candidacy.vacancy.client.name}" in page
    assert not ports.places(factories.make_user("Otto"), [clock]), "not a colleague of another vacancy"


def test_only_who_was_hired_is_placed(candidacy, rosa):
    with pytest.raises(Refused, match="hired in this vacancy"):
        placements.note(candidacy, start_on=START, fee_kind="fixed", actor=rosa)


def test_it_is_kept_to_the_end_of_the_seventh_year_and_corrected_in_place(placed, candidacy, rosa):
    assert placed.keep_until == date(2034, 12, 31), "the guarantee ends in 2027"
    again = placements.note(candidacy, start_on=START, fee_kind="share", invoice_number="F/12", actor=rosa)
    assert (again.pk, again.keep_until, again.invoice_number) == (placed.pk, date(2033, 12, 31), "F/12")
    kinds = LedgerEntry.objects.filter(kind__startswith="placement.").order_by("at").values_list("kind", flat=True)
    assert list(kinds) == ["placement.noted", "placement.corrected"]


def test_an_erasure_leaves_the_record_and_says_why(placed, candidacy):
    handler = registry.handlers["introductions"]
    assert ground_of("introductions.Placement") == "billing"
    assert handler.kept_until("introductions.Placement", candidacy.subject) == placed.keep_until
    held = handler.export(candidacy.subject)["introductions.Placement"]
    assert held[0]["invoice_number"] == "2026-0117", "it is in the copy of their data"
    privacy.erase(Subject.objects.get(pk=candidacy.subject_id), reason="request", actor=None)
    placed.refresh_from_db()
    assert (placed.invoice_number, placed.fee) == ("2026-0117", Decimal("20000"))


def test_it_goes_when_the_law_lets_it(placed, candidacy, rosa):
    assert tasks.forget_placements() == 0
    placements.note(candidacy, start_on=date(2015, 6, 1), fee_kind="fixed", actor=rosa)
    assert (tasks.forget_placements(), tasks.forget_placements()) == (1, 0)
    assert not Placement.objects.exists()


def test_the_books_know_the_name_until_the_person_is_gone(placed, candidacy, ada):
    rows = placements.rows_for_books([placed], reason="books", actor=ada)
    assert rows[1][0] == "2026-0117"
    assert rows[1][6] == "20000,00"
    assert candidacy.candidate.name in rows[1]
    entry = AccessEntry.objects.get(action="export")
    assert (entry.actor, entry.subjects) == (ada, [candidacy.subject_id])
    assert LedgerEntry.objects.filter(kind="placements.exported").exists()
    privacy.erase(Subject.objects.get(pk=candidacy.subject_id), reason="request", actor=None)
    assert placements.rows_for_books([placed], reason="audit", actor=ada)[1][3] in ("erased", "gewist")


# Pages


def test_the_form(candidacy, introduction, rosa, vera):
    url, browser = f"/candidacies/{candidacy.pk}/placement/?lang=en", browser_of(rosa)
    assert "Nobody was hired yet" in text(browser.get(url))
    early = browser.post(url, FACTS)
    assert (early.status_code, Placement.objects.count()) == (422, 0)
    hire(candidacy, rosa)
    assert browser_of(vera).get(url).status_code == 404
    wrong = browser.post(url, {**FACTS, "guarantee_until": "2026-01-01", "invoice_number": "Jan Jansen"})
    assert wrong.status_code == 422
    assert "guarantee ends before" in text(wrong)
    assert "without spaces" in text(wrong)
    assert 'value="20000"' in text(wrong), "nothing typed is lost"
    assert browser.post(url, FACTS).status_code == 302
    assert "Kept until" in text(browser.get(url))
    assert "Placement…" in text(browser.get(f"/vacancies/{candidacy.vacancy_id}/?person={candidacy.pk}&lang=en"))


def test_the_list_and_the_file(placed, candidacy, rosa, vera, ada):
    name = candidacy.candidate.name
    page = text(browser_of(rosa).get(f"{URL}?lang=en"))
    assert name in page
    assert "For the books" not in page, "a recruiter takes no file"
    assert name not in text(browser_of(vera).get(URL))
    assert name not in text(browser_of(rosa).get(f"{URL}?year=2020"))
    assert browser_of(rosa).post(f"{URL}books/", {"reason": "books"}).status_code == 404
    browser = browser_of(ada)
    assert browser.post(f"{URL}books/?lang=en", {"reason": ""}).status_code == 422
    file = browser.post(f"{URL}books/?year=2026", {"reason": "books"})
    assert "placements.csv" in file.headers["Content-Disposition"]
    assert "2026-0117" in file.content.decode()
    assert browser.get(f"{URL}books/").status_code == 405
    assert browser_of(factories.make_user("Otto", Role.OFFICER)).get(f"{URL}?year=x").status_code == 200


def test_the_list_takes_the_same_queries_however_long(placed, ada, django_assert_max_num_queries):
    browser = browser_of(ada)
    browser.get(URL)
    with django_assert_max_num_queries(22):
        browser.get(URL)


def test_the_closed_vacancy_shows_it(placed, candidacy, rosa):
    from vacancies import services as vacancies

    vacancies.close_vacancy(candidacy.vacancy, actor=rosa)
    page = text(browser_of(rosa).get(f"/vacancies/{candidacy.vacancy_id}/intake/?lang=en"))
    assert "2026-0117" in page
