"""Today: whose move it is, and only of people this user works with."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import Candidate, Source, Task
from mailing.models import QueuePause, State
from privacy import ports, services
from privacy.models import AccessEntry, Subject
from tests.factories import (
    make_agreement,
    make_assessment,
    make_candidacy,
    make_client,
    make_message,
    make_request,
    make_user,
    make_vacancy,
)
from vacancies.models import Vacancy

DAY = timedelta(days=1)


def task(candidacy, kind="talk_first", **fields):
    return Task.objects.create(candidacy=candidacy, kind=kind, **fields)


def found(days: int, **fields):
    """Somebody found this many days ago, whose art. 14 clock ends about thirty days after that."""
    candidacy = make_candidacy(**fields)
    Source.objects.filter(candidacy=candidacy).update(obtained_at=timezone.now() - days * DAY)
    return candidacy


def text(response) -> str:
    return " ".join(response.content.decode().split())


# Who may


def test_the_door(desk, carl):
    assert desk(None).get("/").headers["Location"] == "/accounts/login/?next=/"
    assert desk(carl).get("/").headers["Location"] == "/portal/"
    assert desk(carl).get("/tasks/6f2b4c1e-0000-4000-8000-000000000000/done/").status_code == 405
    assert desk(None).post("/").status_code == 405


@pytest.mark.parametrize("who", ["rosa", "olga", "ada"])
def test_it_stands_before_anything_is_set_up(db, desk, request, who):
    page = text(desk(request.getfixturevalue(who)).get("/"))
    assert "Nothing waits for you" in page
    assert "No mail leaves yet" in page
    assert "legal name" in page


def test_an_administrator_is_led_to_what_lacks(desk, ada, rosa):
    assert "/admin/accounts/organisation/1/change/" in text(desk(ada).get("/"))
    assert "/admin/" not in text(desk(rosa).get("/"))
    assert desk(ada).get("/admin/accounts/organisation/1/change/").status_code == 200


def test_nothing_lacks_once_it_is_filled_in(agency, desk, rosa):
    assert "No mail leaves yet" not in text(desk(rosa).get("/"))


def test_a_pause_is_told_while_it_lasts(agency, desk, rosa):
    pause = QueuePause.objects.create(since=timezone.now(), code="403")
    assert "Our API key or account may not do this, or is suspended. (code 403)" in text(desk(rosa).get("/"))
    QueuePause.objects.filter(pk=pause.pk).update(until=timezone.now() + timedelta(minutes=5), code="2101")
    assert "The hourly sending limit of our SparkPost account is reached. Messages wait since" in text(
        desk(rosa).get("/")
    )
    QueuePause.objects.filter(pk=pause.pk).update(until=timezone.now() - timedelta(minutes=5))
    assert "The outbox" not in text(desk(rosa).get("/"))
    QueuePause.objects.filter(pk=pause.pk).update(until=None, since=None, code="")
    assert "The outbox" not in text(desk(rosa).get("/"))


# Tasks


def test_ones_own_tasks_and_those_of_ones_vacancies_that_nobody_has(vacancy, desk, rosa, tom, vera):
    mine = task(make_candidacy(vacancy, surname="Mijn"), assignee=rosa)
    nobodys = task(make_candidacy(vacancy, surname="Niemand"))
    left = task(make_candidacy(vacancy, surname="Weg"), assignee=make_user("Wim", is_active=False))
    theirs = task(make_candidacy(vacancy, surname="Toms"), assignee=tom)
    other = task(make_candidacy(make_vacancy(owner=vera), surname="Vera"), assignee=vera)
    shown = {row.pk for row in desk(rosa).get("/").context["tasks"]}
    assert shown == {mine.pk, nobodys.pk, left.pk}
    assert {row.pk for row in desk(tom).get("/").context["tasks"]} == {theirs.pk}
    assert {row.pk for row in desk(vera).get("/").context["tasks"]} == {other.pk}


def test_a_task_waits_for_its_day(vacancy, desk, rosa):
    candidacy = make_candidacy(vacancy)
    today = timezone.localdate()
    due = task(candidacy, "follow_up", assignee=rosa, due_on=today)
    task(candidacy, "follow_up", assignee=rosa, due_on=today + DAY)
    task(candidacy, assignee=rosa, done_at=timezone.now(), done_by=rosa)
    assert [row.pk for row in desk(rosa).get("/").context["tasks"]] == [due.pk]


def test_an_address_that_was_somebody_elses_is_told_to_the_officer(vacancy, desk, olga, vera):
    told = task(make_candidacy(vacancy), "not_me")
    assert [row.pk for row in desk(olga).get("/").context["tasks"]] == [told.pk]
    assert not desk(vera).get("/").context["tasks"]


@pytest.mark.parametrize("column", ["erased_at", "restricted_at"])
def test_erased_and_restricted_people_are_gone_from_the_list(vacancy, desk, rosa, column):
    candidacy = make_candidacy(vacancy, surname="Stil")
    one = task(candidacy, assignee=rosa)
    assert "Stil" in text(desk(rosa).get("/"))
    Subject.objects.filter(pk=candidacy.subject_id).update(**{column: timezone.now()})
    assert "Stil" not in text(desk(rosa).get("/"))
    assert desk(rosa).post(f"/tasks/{one.pk}/done/").status_code == 404


def test_done_ticks_off_and_leads_back(vacancy, desk, rosa):
    one = task(make_candidacy(vacancy), assignee=rosa)
    assert desk(rosa).post(f"/tasks/{one.pk}/done/").headers["Location"] == "/"
    one.refresh_from_db()
    assert one.done_by == rosa
    assert one.done_at is not None


def test_done_in_place_shows_what_is_left_and_twice_changes_nothing(vacancy, desk, rosa):
    one = task(make_candidacy(vacancy, surname="Eerst"), assignee=rosa)
    left = make_candidacy(vacancy, surname="Daarna")
    task(left, assignee=rosa)
    browser = desk(rosa, htmx=True)
    first = browser.post(f"/tasks/{one.pk}/done/")
    assert first.status_code == 200
    assert "<html" not in text(first)
    assert "Anna Daarna" in text(first)
    assert "Anna Eerst" not in text(first).partition("<details")[0]
    assert AccessEntry.objects.get().subjects == [left.subject_id, one.candidacy.subject_id]
    one.refresh_from_db()
    when = one.done_at
    assert browser.post(f"/tasks/{one.pk}/done/").status_code == 200
    one.refresh_from_db()
    assert one.done_at == when


def test_done_is_for_ones_own_tasks_only(vacancy, desk, rosa, tom, vera, olga, carl):
    one = task(make_candidacy(vacancy), assignee=rosa)
    for other in (tom, vera, olga, carl):
        assert desk(other).post(f"/tasks/{one.pk}/done/").status_code == 404
    assert desk(None).post(f"/tasks/{one.pk}/done/").headers["Location"].startswith("/accounts/login/")
    one.refresh_from_db()
    assert one.done_at is None
    assert desk(rosa).get(f"/tasks/{one.pk}/done/").status_code == 405


# Troubles


def test_what_did_not_arrive_with_its_reason(vacancy, desk, rosa, vera):
    message = make_message(
        make_candidacy(vacancy), state=State.ABORTED, reason="i8_suppressed", to_name="Anna Stop", sender=rosa
    )
    handled = make_message(make_candidacy(vacancy), state=State.BOUNCED, handled_at=timezone.now(), to_name="Klaar")
    page = desk(rosa).get("/")
    assert [row.message.pk for row in page.context["failures"].rows] == [message.pk]
    assert "Anna Stop" in text(page)
    assert "Not sent" in text(page)
    assert f"/mail/{message.pk}/" in text(page)
    assert handled.to_name not in text(page)
    assert not desk(vera).get("/").context["failures"].total


# Clocks


def test_a_recruiter_sees_the_clocks_of_their_own_people_only(vacancy, desk, rosa, tom, vera, olga):
    mine = found(20, vacancy=vacancy, surname="Mijn")
    found(20, vacancy=make_vacancy(owner=vera), surname="Verastad")
    for user in (rosa, tom):
        page = desk(user).get("/")
        assert [row.name for row in page.context["clocks"]] == ["Anna Mijn"]
        assert f"/vacancies/{vacancy.pk}/?person={mine.pk}" in text(page)
        assert "must be told that we found them" in text(page)
    assert {row.name for row in desk(olga).get("/").context["clocks"]} == {"Anna Mijn", "Anna Verastad"}


def test_another_teams_clock_about_the_same_person_stays_theirs(vacancy, desk, rosa, vera):
    theirs = found(20, vacancy=make_vacancy(owner=vera), surname="Samen")
    both = make_candidacy(vacancy, candidate=theirs.candidate, notice=True)
    assert not desk(rosa).get("/").context["clocks"]
    assert [row.name for row in desk(vera).get("/").context["clocks"]] == ["Anna Samen"]
    Source.objects.filter(candidacy=both).update(obtained_at=timezone.now() - 20 * DAY)
    assert not desk(rosa).get("/").context["clocks"], "they have been told about this vacancy"


def test_every_kind_of_clock_about_a_person_leads_somewhere(vacancy, desk, rosa, olga):
    organisation_days = timezone.now() - 27 * DAY
    found(25, vacancy=vacancy, surname="Gevonden")
    make_request(make_candidacy(vacancy, surname="Gevraagd", notice=True), handed_over_at=organisation_days)
    gone = make_candidacy(vacancy, surname="Weg", notice=True)
    Candidate.objects.filter(pk=gone.candidate_id).update(erase_on=timezone.localdate() + DAY)
    rows = {row.name: row for row in desk(rosa).get("/").context["clocks"]}
    assert set(rows) == {"Anna Gevonden", "Anna Gevraagd", "Anna Weg"}
    browser = desk(rosa)
    for row in rows.values():
        assert browser.get(row.url).status_code == 200, row
    assert {row.name for row in desk(olga).get("/").context["clocks"]} == set(rows)


def test_requests_are_the_officers(vacancy, desk, rosa, olga):
    candidacy = make_candidacy(vacancy, surname="Vraagt", notice=True)
    asked = services.receive_request(
        kind="access", channel="mail", subject=candidacy.subject, received_at=timezone.now() - 25 * DAY
    )
    page = desk(olga).get("/")
    assert "1 request about personal data waits" in text(page)
    assert [row.url for row in page.context["clocks"]] == [f"/privacy-desk/requests/{asked.pk}/"]
    page = desk(rosa).get("/")
    assert "about personal data" not in text(page)
    assert not page.context["clocks"]


def test_vacancies_agreements_and_assessments_are_named_to_those_who_work_with_them(agency, desk, rosa, vera, olga):
    soon = timezone.localdate() + 5 * DAY
    client = make_client(name="Molen De Hoop")
    agreement = make_agreement(client, title="Verwerking 2025", valid_until=soon)
    assessment = make_assessment(title="Directeuren", review_on=soon, author=vera)
    vacancy = make_vacancy(
        owner=rosa, client=client, assessment=assessment, role="processor", agreement=agreement, title="CFO"
    )
    Vacancy.objects.filter(pk=vacancy.pk).update(reviewed_at=timezone.now() - 85 * DAY)
    expected = {"CFO", "Molen De Hoop: Verwerking 2025", "Directeuren"}
    for user in (rosa, olga):
        browser = desk(user)
        rows = {row.name: row for row in browser.get("/").context["clocks"]}
        assert set(rows) == expected
        assert {browser.get(row.url).status_code for row in rows.values()} == {200}
    assert {row.name for row in desk(vera).get("/").context["clocks"]} == {"Directeuren"}, "she wrote it"
    assert not desk(make_user("Stan")).get("/").context["clocks"]


def test_a_clock_further_away_is_not_for_today(vacancy, desk, rosa):
    found(1, vacancy=vacancy, surname="Later")
    assert not desk(rosa).get("/").context["clocks"]
    assert ports.clocks(), "it runs"


# The log, and what it costs


def test_everybody_shown_is_in_the_access_log_once(vacancy, desk, rosa):
    with_task = make_candidacy(vacancy, notice=True)
    task(with_task, assignee=rosa)
    with_trouble = make_candidacy(vacancy, notice=True)
    make_message(with_trouble, state=State.BOUNCED)
    with_clock = found(20, vacancy=vacancy)
    make_candidacy(vacancy, notice=True)
    desk(rosa).get("/")
    entry = AccessEntry.objects.get()
    assert (entry.actor, entry.action, entry.about_kind) == (rosa, "list", "today")
    assert set(entry.subjects) == {row.subject_id for row in (with_task, with_trouble, with_clock)}


@pytest.mark.parametrize("who", ["rosa", "olga"])
def test_it_costs_the_same_for_few_and_for_many(vacancy, desk, request, rosa, who):
    user = request.getfixturevalue(who)

    def fill(number: int) -> None:
        for _ in range(number):
            task(found(20, vacancy=vacancy), assignee=user)
            make_message(make_candidacy(vacancy, notice=True), state=State.BOUNCED)
            make_request(make_candidacy(vacancy, notice=True), handed_over_at=timezone.now() - 27 * DAY)

    def cost() -> int:
        browser = desk(user)
        browser.get("/")
        with CaptureQueriesContext(connection) as captured:
            assert len(browser.get("/").context["clocks"]) > 1
        return len(captured)

    fill(1)
    few = cost()
    fill(6)
    assert cost() == few
    assert few < 34
