"""Until when each candidacy is kept, and why: the day on the card is the day on which the clocks act."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import Organisation
from candidates import boards, retention
from candidates.models import Candidacy, Candidate, EndReason, Source
from candidates.tasks import end_untold, erase_due
from consent import services as consent
from consent.models import ConsentRequest
from consent.tasks import run_clocks
from mailing.models import Message, State
from privacy import links
from privacy.deadlines import add_months
from privacy.models import Subject
from privacy.retention import holding
from tests import factories
from vacancies import ports
from vacancies import services as vacancies

DAY = timedelta(days=1)


def today():
    return timezone.localdate()


def kept(candidacy):
    return retention.kept_of([candidacy.pk])[candidacy.pk]


def link_to(asked):
    return links.issue("consent", subject=asked.subject, about_kind="consent_request", about_id=asked.pk)


def close(vacancy):
    vacancies.close_vacancy(vacancy, actor=vacancy.owner)
    return vacancies.close_procedure(vacancy, actor=vacancy.owner)


def found_on(candidacy, at):
    Source.objects.filter(candidacy=candidacy).update(obtained_at=at)


# Running


def test_who_is_not_told_leaves_a_month_after_being_found(vacancy):
    anna = factories.make_candidacy(vacancy)
    at = timezone.now() - 10 * DAY
    found_on(anna, at)
    assert kept(anna)[:2] == (add_months(timezone.localdate(at), 1), "art14")


def test_a_month_without_that_day_ends_on_its_last(vacancy):
    anna = factories.make_candidacy(vacancy)
    found_on(anna, datetime(2026, 1, 31, 12, tzinfo=timezone.get_current_timezone()))
    assert kept(anna).on.isoformat() == "2026-02-28"


def test_who_does_not_answer_leaves_28_days_after_being_asked(vacancy):
    anna = factories.make_candidacy(vacancy, notice=True)
    asked = factories.make_request(anna)
    assert kept(anna)[:2] == (today() + 28 * DAY, "no_answer")
    ConsentRequest.objects.filter(pk=asked.pk).update(follow_up_on=today() + 40 * DAY)
    assert kept(anna).on == today() + 40 * DAY, "a day agreed takes its place"


def test_a_yes_ends_by_itself(vacancy):
    anna = factories.make_candidacy(vacancy, notice=True)
    consent.give(factories.make_request(anna), link=link_to(ConsentRequest.objects.get()), language="nl")
    assert kept(anna)[:2] == (add_months(today(), 6), "consent")


def test_who_wants_to_talk_is_kept_while_the_procedure_runs(vacancy):
    anna = factories.make_candidacy(vacancy, notice=True)
    asked = factories.make_request(anna)
    consent.talk_first(asked, link=link_to(asked), language="nl")
    assert kept(anna)[:2] == (timezone.localdate(vacancy.reviewed_at) + 90 * DAY, "procedure")


# Ended


def test_four_weeks_after_the_procedure_was_closed(vacancy):
    anna = factories.make_candidacy(vacancy, notice=True)
    close(vacancy)
    assert kept(anna)[:2] == (today() + 28 * DAY, EndReason.CLOSED)
    with translation.override("en"):
        assert "28 days after it" in kept(anna).why


def test_who_said_no_goes_the_same_night(vacancy):
    anna = factories.make_candidacy(vacancy, notice=True)
    asked = factories.make_request(anna)
    consent.refuse_request(asked, link=link_to(asked), language="nl")
    assert kept(anna)[:2] == (today(), EndReason.REFUSED)


def test_who_agreed_to_be_kept_has_that_day(vacancy):
    anna = factories.make_candidacy(vacancy, notice=True)
    close(vacancy)
    factories.make_kept(anna.candidate, days=200, asked_by=vacancy.owner)
    assert kept(anna)[:2] == (today() + 200 * DAY, "pool")


def test_who_is_in_another_vacancy_has_their_day_there(vacancy, rosa):
    other = factories.make_vacancy(owner=rosa)
    anna = factories.make_candidacy(vacancy, notice=True)
    there = factories.make_candidacy(other, candidate=anna.candidate)
    close(vacancy)
    assert kept(anna)[:2] == (None, "elsewhere")
    assert kept(there).on is not None


def test_who_wrote_to_us_is_kept_four_weeks(agency):
    applicant = factories.make_applicant()
    found = retention.of_person(applicant)
    assert found is not None
    assert found[:2] == (today() + 28 * DAY, "applied")


@pytest.mark.parametrize("reason", EndReason.values)
def test_every_end_has_a_word_and_a_sentence(reason):
    with translation.override("nl"):
        assert str(retention.WORDS[reason]) != reason
        assert retention.sentence(reason, timezone.now(), today())


# The day on the card is the day on which the clocks act


def test_the_page_that_closes_a_procedure_promises_the_day_that_comes(vacancy, rosa, olga):
    """The preview and what closing does are one definition: with a consent, a hold, another vacancy, and without."""
    plain, kept, held, both = (
        factories.make_candidacy(vacancy, notice=True, surname=name) for name in ("Aa", "Bb", "Cc", "Dd")
    )
    factories.make_kept(kept.candidate, days=300)
    until = timezone.localdate() + timedelta(days=200)
    holding.ask(ground="claim", reason="Brief", until=until, subject=held.subject, actor=olga)
    factories.make_candidacy(factories.make_vacancy(owner=rosa), candidate=both.candidate)
    promised = {leaver.pk: leaver.erased_on for leaver in ports.leavers(vacancy, rosa)}
    vacancies.close_vacancy(vacancy, actor=rosa)
    vacancies.close_procedure(vacancy, actor=rosa)
    people = retention.with_last_day(Candidate.objects.all())
    came = dict(people.values_list("candidacies", "last_day"))
    assert promised == {one.pk: came[one.pk] for one in (plain, kept, held, both)}
    assert len(set(promised.values())) == 4, "each of the four is kept for another reason"


def test_the_clocks_keep_to_the_day_on_the_card(vacancy):
    silent = factories.make_candidacy(vacancy, notice=True)
    asked = factories.make_request(silent)
    untold = factories.make_candidacy(vacancy)
    found_on(untold, timezone.now() - 32 * DAY)
    ConsentRequest.objects.filter(pk=asked.pk).update(handed_over_at=timezone.now() - 27 * DAY)
    assert (kept(silent).on, kept(untold).on < today()) == (today() + DAY, True)
    assert (run_clocks(), end_untold()) == (0, 1)
    assert kept(untold)[:2] == (today(), EndReason.NO_NOTICE)
    ConsentRequest.objects.filter(pk=asked.pk).update(handed_over_at=timezone.now() - 28 * DAY)
    assert kept(silent).on == today()
    assert run_clocks() == 1
    assert kept(silent)[:2] == (today(), EndReason.NO_ANSWER)
    assert erase_due() == 0
    Candidate.objects.exclude(erase_on=None).update(erase_on=today() - DAY)
    Message.objects.filter(state=State.QUEUED).update(state=State.ABORTED)
    assert erase_due() == 2
    assert Subject.objects.filter(pk__in=[silent.subject_id, untold.subject_id], erased_at=None).count() == 0


# Where it is shown


def page(browser, url):
    return " ".join(browser.get(f"{url}?lang=en").content.decode().split())


def test_it_stands_on_the_page_and_in_the_panel(desk, rosa, vacancy):
    anna = factories.make_candidacy(vacancy, notice=True)
    close(vacancy)
    with translation.override("en"):
        why = kept(anna).why
    browser = desk(rosa)
    browser.cookies["language"] = "en"
    assert why in page(browser, f"/candidates/{anna.candidate_id}/")
    assert why in page(browser, f"/vacancies/{vacancy.pk}/")
    assert why in browser.get(f"/candidacies/{anna.pk}/panel/", headers={"HX-Request": "true"}).content.decode()


def test_the_board_asks_no_more_queries_for_more_people(rosa, vacancy):
    def queries():
        # As in a request: who we are is read once, whether or not this minute's SQL of the clocks was composed before.
        with Organisation.read_once(), CaptureQueriesContext(connection) as captured:
            boards.of_vacancy(vacancy, rosa, boards.Filters())
        return len(captured)

    def one_of_each():
        factories.make_candidacy(vacancy)
        factories.make_candidacy(vacancy, notice=True)
        over = factories.make_candidacy(vacancy)
        Candidacy.objects.filter(pk=over.pk).update(ended_at=timezone.now(), ended_reason="closed")

    one_of_each()
    first = queries()
    for _number in range(5):
        one_of_each()
    assert queries() == first
