"""The privacy desk: the officer's one queue of clocks, and what recruiters see of it."""

import html
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import Candidacy, ListExport, Source, StageDecision
from candidates.services import ask_to_stay
from consent import runner_up
from consent import services as consent
from introductions import placements
from privacy import clocks, ledger, ports, services, views
from privacy.breaches import services as breaches
from privacy.deadlines import Tone
from privacy.desk import groups
from privacy.models import AccessEntry, DataRequest, Subject
from privacy.ports import Clock
from privacy.retention import holding
from tests.factories import (
    make_agreement,
    make_assessment,
    make_candidacy,
    make_client,
    make_event,
    make_kept,
    make_link,
    make_request,
    make_user,
    make_vacancy,
)
from tests.privacy.asking import received
from vacancies.models import Vacancy
from vacancies.services import close_procedure, close_vacancy

URL = "/privacy-desk/"
DAY = timedelta(days=1)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def kinds() -> set[str]:
    """The kinds of clock that the floors above fill in, read from their queries."""
    found = set()
    for filler in ports.clocks_port.all():
        (value,) = filler().query.annotations["clock_kind"].get_source_expressions()
        found.add(value.value)
    return found


@pytest.fixture
def every_clock(agency, rosa):
    """One running clock of each kind."""
    soon = timezone.localdate() + 5 * DAY
    client = make_client(name="Molen De Hoop")
    vacancy = make_vacancy(
        owner=rosa,
        client=client,
        title="CFO",
        role="processor",
        agreement=make_agreement(client, title="Verwerking 2025", valid_until=soon),
        assessment=make_assessment(title="Directeuren", review_on=soon),
    )
    Vacancy.objects.filter(pk=vacancy.pk).update(reviewed_at=timezone.now() - 85 * DAY)
    make_candidacy(vacancy, surname="Gevonden")
    make_request(make_candidacy(vacancy, surname="Gevraagd", notice=True))
    make_event(make_request(make_candidacy(vacancy, surname="Ja", notice=True)))
    gone = make_candidacy(vacancy, surname="Weg", notice=True).candidate
    gone.erase_on = soon
    gone.save(update_fields=["erase_on"])
    make_kept(gone, days=5, asked_by=rosa)
    services.receive_request(kind="access", channel="mail", subject=make_candidacy(vacancy, surname="Vraagt").subject)
    services.receive_request(kind="erasure", channel="letter", contact="Kade 1")
    together = [services.receive_request(kind="access", channel="mail") for _ in range(2)]
    groups.put_together(together, label="Campagne", actor=rosa)
    holds = [
        holding.ask(ground="claim", reason="Brief", until=soon, subject=Subject.objects.create(), actor=rosa)
        for _ in range(2)
    ]
    holding.approve(holds[0], actor=make_user("Ada", "administrator"))
    breaches.report(what="Een mail", aware_at=timezone.now(), actor=rosa)
    ListExport.objects.create(made_by=rosa, reason="Gesprek", rows=1, until=soon)
    _runner_up(soon, rosa)
    _placed(soon, vacancy, rosa)
    return vacancy


def _placed(until, vacancy, rosa):
    """Somebody got the job, and the guarantee runs."""
    candidacy = make_candidacy(vacancy, surname="Geplaatst", notice=True)
    with transaction.atomic():
        StageDecision.objects.create(
            candidacy=candidacy, from_stage="found", to_stage="hired", reason="fits", decided_by=rosa
        )
        Candidacy.objects.filter(pk=candidacy.pk).update(stage="hired")
    placements.note(candidacy, start_on=timezone.localdate(), guarantee_until=until, fee_kind="fixed", actor=rosa)


def _runner_up(until, rosa):
    """Somebody who was still in a procedure when it was closed, and said yes to staying as runner-up."""
    candidacy = make_candidacy(make_vacancy(owner=rosa), surname="Reserve", notice=True)
    asked = make_request(candidacy)
    consent.talk_first(asked, link=make_link(asked), language="nl")
    close_vacancy(candidacy.vacancy, actor=rosa)
    close_procedure(candidacy.vacancy, actor=rosa)
    ask_to_stay(candidacy, until=until, actor=rosa)
    question = runner_up.of(candidacy.subject_id, candidacy.vacancy_id)
    assert question is not None
    consent.give(question, link=make_link(question), language="nl")


# Words and colours


def test_every_kind_of_clock_has_a_word_and_no_word_is_left_over(db):
    assert len(kinds()) > 5
    assert set(clocks.WORDS) == kinds(), "Name each kind of clock in privacy/clocks.py, as people say it."
    assert set(clocks.BY_AGE) <= kinds()


def test_a_kind_nobody_named_still_shows(db):
    assert clocks.word(_clock("mystery", days=3)) == "mystery"


@pytest.mark.parametrize(
    ("days", "tone"),
    [(15, Tone.CALM), (14, Tone.AMBER), (8, Tone.AMBER), (7, Tone.RED), (0, Tone.RED), (-1, Tone.OVERDUE)],
)
def test_reviews_and_ends_are_coloured_by_what_is_left(days, tone):
    assert clocks.tone(_clock("lia_review", days=days), timezone.localdate()) == tone


@pytest.mark.parametrize(
    ("age", "left", "tone"),
    [(1, 29, Tone.CALM), (14, 16, Tone.AMBER), (21, 9, Tone.RED), (31, -1, Tone.OVERDUE)],
)
def test_terms_of_a_month_are_coloured_by_their_age(age, left, tone):
    clock = _clock("art14", days=left, since=timezone.now() - age * DAY)
    assert clocks.tone(clock, timezone.localdate()) == tone


def _clock(kind, *, days, since=None):
    today = timezone.localdate()
    return Clock(
        due_on=today + days * DAY,
        kind=kind,
        object_id=uuid4(),
        subject_id=None,
        reason="",
        since=since or timezone.now(),
    )


# Who sees what


def test_the_door(desk, rosa, olga, ada, carl):
    assert desk(None).get(URL).headers["Location"] == f"/accounts/login/?next={URL}"
    assert desk(carl).get(URL).status_code == 404
    assert [desk(user).get(URL).status_code for user in (rosa, olga, ada)] == [200, 200, 200]
    assert desk(olga).post(URL).status_code == 405


def test_it_stands_before_anything_is_set_up(desk, olga):
    assert "No clock runs" in text(desk(olga).get(URL))


def test_the_officer_sees_every_clock_soonest_first_with_a_word_a_name_and_a_way_in(every_clock, desk, olga):
    browser = desk(olga)
    page = browser.get(URL)
    rows = page.context["rows"]
    assert {row["clock"].kind for row in rows} == kinds()
    assert [row["clock"].due_on for row in rows] == sorted(row["clock"].due_on for row in rows)
    for row in rows:
        assert row["word"] == str(clocks.WORDS[row["clock"].kind])
        assert row["word"] in text(page)
        assert browser.get(row["url"]).status_code == 200, row["clock"].kind
    named = {row["name"] for row in rows}
    assert {
        "Campagne",
        "CFO",
        "Directeuren",
        "Molen De Hoop: Verwerking 2025",
        "Anna Gevonden",
        "Anna Ja",
        "Anna Weg",
    } <= named
    assert "Somebody</span> asked about their data" in text(page), "a letter of nobody we know"


def test_a_recruiter_sees_assessments_and_nobodys_clocks(every_clock, desk, rosa):
    page = desk(rosa).get(URL)
    assert "Directeuren" in text(page)
    assert "Anna" not in text(page)
    assert "clocks-h" not in text(page)
    assert "rows" not in page.context
    assert "Note a request" not in text(page)
    assert not AccessEntry.objects.exists()


def test_whoever_is_shown_is_in_the_access_log(every_clock, desk, olga):
    desk(olga).get(URL)
    entry = AccessEntry.objects.get()
    assert (entry.actor, entry.action, entry.about_kind) == (olga, "list", "privacy_desk")
    assert len(entry.subjects) == 6


def test_the_queue_has_pages(agency, desk, olga, monkeypatch):
    monkeypatch.setattr(views, "PER_PAGE", 2)
    for _ in range(3):
        services.receive_request(kind="access", channel="mail")
    first, second = desk(olga).get(URL), desk(olga).get(f"{URL}?page=2")
    assert (len(first.context["rows"]), len(second.context["rows"])) == (2, 1)
    assert "1–2 of 3" in text(first)
    assert desk(olga).get(f"{URL}?page=nonsense").status_code == 200


def test_each_clock_says_why_that_day(every_clock, desk, olga):
    page = desk(olga).get(f"{URL}?lang=en")
    for row in page.context["rows"]:
        assert row["why"][0].isupper(), row["clock"].kind
        assert str(row["clock"].due_on.year) in row["why"], row["clock"].kind
    asked = next(row for row in page.context["rows"] if row["clock"].kind == "request")
    assert "Received on" in asked["why"]
    assert "1 month later is" in asked["why"]


def test_the_filters_stand_in_the_address(every_clock, desk, olga):
    shown = {
        "kind=request": {"request", "request_group"},
        "kind=art14": {"art14"},
        "until=overdue": set(),
        "kind=lia_review&until=week": {"lia_review"},
    }
    browser = desk(olga)
    pages = {query: browser.get(f"{URL}?{query}").context for query in shown}
    assert {query: {row["clock"].kind for row in page["rows"]} for query, page in pages.items()} == shown
    assert all(page["is_filtered"] for page in pages.values())


def test_a_filter_nobody_made_shows_everything(every_clock, desk, olga):
    page = desk(olga).get(f"{URL}?kind=gossip&until=never")
    assert {row["clock"].kind for row in page.context["rows"]} == kinds()


def test_the_filter_stays_on_the_next_page(agency, desk, olga, monkeypatch):
    monkeypatch.setattr(views, "PER_PAGE", 2)
    for _ in range(3):
        services.receive_request(kind="access", channel="mail")
    assert "?kind=request&amp;page=2" in text(desk(olga).get(f"{URL}?kind=request"))


def test_a_group_takes_one_line_with_its_number(every_clock, desk, olga):
    page = text(desk(olga).get(f"{URL}?kind=request&lang=en"))
    assert page.count("Campagne") == 1
    assert '<span class="count">2</span>' in page


def test_chosen_requests_are_put_together(agency, desk, olga, rosa):
    chosen = [services.receive_request(kind="access", channel="mail").pk for _ in range(3)]
    url = f"{URL}requests/together/"
    assert desk(rosa).post(url).status_code == 404
    assert desk(olga).get(url).status_code == 405
    refused = desk(olga).post(f"{url}?lang=en", {"pk": chosen[:1]}, follow=True)
    assert "at least two" in text(refused)
    desk(olga).post(url, {"pk": [*chosen[:2], "nonsense"], "label": "Campaign"})
    assert DataRequest.objects.filter(group__label="Campaign").count() == 2


def test_five_hundred_in_a_day_are_offered_as_one_group(agency, desk, olga):
    for _ in range(500):
        received(0)
    browser = desk(olga)
    page = browser.get(f"{URL}?lang=en")
    assert "500 requests came in by letter" in text(page)
    (offer,) = page.context["offers"]
    browser.post(
        f"{URL}requests/together/",
        {"day": offer["day"].isoformat(), "kind": offer["kind"], "channel": offer["channel"], "label": "Campaign"},
    )
    page = browser.get(URL)
    assert [row["size"] for row in page.context["rows"]] == [500]
    assert not page.context["offers"]


def test_it_costs_the_same_for_few_and_for_many(every_clock, desk, olga):
    def cost() -> int:
        browser = desk(olga)
        browser.get(URL)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(URL).status_code == 200
        return len(captured)

    few = cost()
    for number in range(6):
        candidacy = make_candidacy(every_clock, surname=f"Nog {number}")
        Source.objects.filter(candidacy=candidacy).update(obtained_at=timezone.now() - 3 * DAY)
        make_request(make_candidacy(every_clock, notice=True))
        services.receive_request(kind="access", channel="mail", subject=candidacy.subject)
    assert cost() == few
    assert few < 35


# The ledger


def test_the_officer_verifies_the_ledger(desk, olga, owner_connection):
    ledger.append("test.happened", number=1)
    ledger.seal()
    assert "The ledger is whole" in text(desk(olga).get(f"{URL}?verify=1"))
    with owner_connection, owner_connection.cursor() as cursor:
        cursor.execute("ALTER TABLE privacy_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE privacy_ledgerentry SET kind = 'test.never' WHERE kind = 'test.happened'")
        cursor.execute("ALTER TABLE privacy_ledgerentry ENABLE TRIGGER USER")
    page = desk(olga).get(f"{URL}?verify=1")
    assert "The ledger does not hold" in text(page)
    for problem in page.context["problems"]:
        assert problem.sentence in html.unescape(text(page))


def test_a_recruiter_does_not_verify(desk, rosa):
    page = desk(rosa).get(f"{URL}?verify=1")
    assert page.status_code == 200
    assert "ledger is whole" not in text(page)
