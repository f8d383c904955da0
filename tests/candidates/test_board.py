"""The board of a vacancy and its pulse."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates import boards, services
from candidates.models import Candidacy
from mailing.models import Message, State
from privacy.models import AccessEntry
from tests.factories import make_candidacy, make_client, make_event, make_request, make_vacancy
from vacancies.models import Vacancy


def at(vacancy, name="board"):
    return reverse(f"candidates:{name}", args=[vacancy.pk])


def page(browser, vacancy, query=""):
    return browser.get(f"{at(vacancy)}?{query}").content.decode()


def test_people_stand_in_their_stage(desk, rosa, vacancy):
    found = make_candidacy(vacancy, given_name="Anna", infix="de", surname="Vries", job_title="CFO", employer="Acme")
    text = page(desk(rosa), vacancy)
    assert "Anna de Vries" in text
    assert "CFO · Acme" in text
    assert f'id="card-{found.pk}"' in text
    assert "Legitimate interest" in text
    assert vacancy.client.name in text


def test_an_empty_board_says_what_to_do(desk, rosa, vacancy):
    text = page(desk(rosa), vacancy)
    assert "Nobody here yet" in text
    assert at(vacancy, "add") in text


@pytest.mark.parametrize("who", ["tom", "olga"])
def test_the_team_and_officers_may_look(who, desk, request, vacancy):
    assert desk(request.getfixturevalue(who)).get(at(vacancy)).status_code == 200


def test_others_may_not(desk, vera, carl, vacancy):
    for view in ("board", "pulse"):
        assert desk(vera).get(at(vacancy, view)).status_code == 404
        assert desk(carl).get(at(vacancy, view)).status_code == 404
        assert desk(None).get(at(vacancy, view)).status_code == 302
        assert desk(vera).post(at(vacancy, view)).status_code == 405


def queries_of(browser, vacancy, django_assert_max_num_queries):
    with django_assert_max_num_queries(60) as captured:
        assert browser.get(at(vacancy)).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_depend_on_the_number_of_people(
    desk, rosa, vacancy, django_assert_max_num_queries
):
    for answer in ("given", "talk_first"):
        make_event(make_request(make_candidacy(vacancy, notice=True)), answer)
    browser = desk(rosa)
    browser.get(at(vacancy))
    few = queries_of(browser, vacancy, django_assert_max_num_queries)
    for _number in range(6):
        make_event(make_request(make_candidacy(vacancy, notice=True)), "talk_first")
    # A new look at new people is one row more in the access log, whatever their number.
    browser.get(at(vacancy))
    assert queries_of(browser, vacancy, django_assert_max_num_queries) == few


def test_a_column_shows_a_number_of_cards_and_the_way_to_more(desk, rosa, vacancy, monkeypatch):
    monkeypatch.setattr(boards, "PER_COLUMN", 2)
    for name in ("Aker", "Bos", "Cate"):
        make_candidacy(vacancy, surname=name)
    text = page(desk(rosa), vacancy, "shown=2")
    assert "Bos" in text
    assert "Cate" not in text
    assert 'data-total="3"' in text
    assert "1 more" in text
    assert "Cate" in page(desk(rosa), vacancy, "shown=4")


def test_filters_stand_in_the_address(desk, rosa, tom, vacancy):
    anna, bert = make_candidacy(vacancy, surname="Aker"), make_candidacy(vacancy, surname="Bos", employer="Zuivel")
    Candidacy.objects.filter(pk=bert.pk).update(owner=tom)
    make_event(make_request(anna))
    browser = desk(rosa)
    for query, shown, hidden in [
        ("q=zuiv", "Bos", "Aker"),
        ("q=aker", "Aker", "Bos"),
        (f"owner={tom.pk}", "Bos", "Aker"),
        ("state=given", "Aker", "Bos"),
        ("state=interest", "Bos", "Aker"),
    ]:
        text = page(browser, vacancy, query)
        assert shown in text, query
        assert hidden not in text, query
    assert "Aker" in page(browser, vacancy, "owner=nonsense&state=nonsense&shown=nonsense")


@pytest.mark.parametrize(
    ("kind", "word"),
    [("given", "Consent given"), ("talk_first", "Talk first"), (None, "Consent asked")],
)
def test_a_card_says_what_was_answered(desk, rosa, vacancy, kind, word):
    asked = make_request(make_candidacy(vacancy, notice=True))
    if kind:
        make_event(asked, kind)
    assert f"{word}</span>" in page(desk(rosa), vacancy)


def test_the_soonest_clock_is_shown_with_its_reason(desk, rosa, vacancy):
    candidacy = make_candidacy(vacancy)
    candidacy.sources.update(obtained_at=timezone.now() - timedelta(days=22))
    text = page(desk(rosa), vacancy)
    assert "clock--red" in text
    assert "GDPR art. 14" in text
    make_candidacy(make_vacancy(owner=rosa), candidate=candidacy.candidate)
    clocks = boards.clocks_of(boards.with_answers(Candidacy.objects.filter(pk=candidacy.pk)))
    assert len(clocks[candidacy.pk]) == 1


def test_who_ended_is_folded_away_with_the_reason(desk, rosa, vacancy):
    candidacy = make_candidacy(vacancy, surname="Vos")
    Candidacy.objects.filter(pk=candidacy.pk).update(ended_at=timezone.now(), ended_reason="withdrawn")
    text = page(desk(rosa), vacancy)
    assert "Vos" in text
    assert "withdrew" in text
    assert "data-card " not in text


def test_restricted_people_are_not_shown(desk, rosa, vacancy):
    candidacy = make_candidacy(vacancy, surname="Vos")
    assert "Vos" in page(desk(rosa), vacancy)
    candidacy.subject.restricted_at = timezone.now()
    candidacy.subject.save()
    assert "Vos" not in page(desk(rosa), vacancy)


def test_one_look_is_one_row_in_the_access_log(desk, rosa, vacancy):
    candidacy = make_candidacy(vacancy)
    browser = desk(rosa)
    browser.get(at(vacancy))
    browser.get(at(vacancy))
    entry = AccessEntry.objects.get(actor=rosa, action="list")
    assert entry.subjects == [candidacy.subject_id]
    newcomer = make_candidacy(vacancy)
    browser.get(at(vacancy))
    assert newcomer.subject_id in AccessEntry.objects.filter(actor=rosa).latest("id").subjects


# Pulse


def seen(vacancy):
    return boards.stamp(boards.stamped(Vacancy.objects.all()).get(pk=vacancy.pk))


def test_the_pulse_is_silent_while_nothing_changed(desk, rosa, vacancy, django_assert_max_num_queries):
    make_candidacy(vacancy)
    browser, now = desk(rosa, htmx=True), seen(vacancy)
    with django_assert_max_num_queries(3):
        response = browser.get(at(vacancy, "pulse"), {"seen": now})
    assert response.status_code == 204


def changes():
    def decide(candidacy, _asked, _message):
        services.move(candidacy.pk, to="approached", reason="next_step", actor=candidacy.owner)

    def answer(_candidacy, asked, _message):
        make_event(asked)

    def open_mail(_candidacy, _asked, message):
        # The provider's moment may lie before anything seen here.
        Message.objects.filter(pk=message.pk).update(opened_at=timezone.now() - timedelta(days=1))

    def come(candidacy, _asked, _message):
        make_candidacy(candidacy.vacancy)

    return [decide, answer, open_mail, come]


@pytest.mark.parametrize("change", changes(), ids=lambda change: change.__name__)
def test_the_pulse_brings_the_board_when_something_changed(desk, rosa, vacancy, change):
    candidacy = make_candidacy(vacancy, notice=True)
    asked = make_request(candidacy)
    message = Message.objects.get(subject=candidacy.subject, state=State.ACCEPTED)
    before = seen(vacancy)
    assert before == seen(vacancy)
    change(candidacy, asked, message)
    response = desk(rosa, htmx=True).get(at(vacancy, "pulse"), {"seen": before})
    assert response.status_code == 200
    assert 'id="board"' in response.content.decode()
    assert 'hx-swap-oob="true"' in response.content.decode()
    assert seen(vacancy) in response.content.decode()


def test_another_vacancy_does_not_wake_the_pulse(vacancy, rosa):
    before = seen(vacancy)
    make_candidacy(make_vacancy(owner=rosa, client=make_client()))
    assert seen(vacancy) == before
