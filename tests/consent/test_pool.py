"""Agreeing to be kept for other vacancies: asked, answered, asked again once, and over by itself."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Organisation
from candidates.models import Candidate
from candidates.services import keeping, reminding
from candidates.tasks import ask_to_keep_again, erase_due
from consent import pool, services
from consent.models import Basis, BasisReason, ConsentEvent, ConsentRequest, EventKind, LegalBasis
from consent.tasks import run_clocks
from introductions import services as introductions
from mailing.models import Message, State
from privacy import deadlines, ports
from privacy.guards import Refused
from privacy.models import LedgerEntry
from tests import factories
from tests.consent.conftest import link_to
from vacancies import services as vacancies

DAY = timedelta(days=1)


@pytest.fixture
def asked(anna):
    """Anna applied of her own accord, and is asked whether we may keep her."""
    person = factories.make_applicant()
    return factories.make_pool_request(person, asked_by=anna.vacancy.owner)


@pytest.fixture
def person(asked):
    return Candidate.objects.get(subject=asked.subject)


def date_of(asked):
    return Candidate.objects.get(subject=asked.subject).erase_on


def kinds(asked):
    return list(asked.events.order_by("id").values_list("kind", flat=True))


def bases(asked):
    """The bases of this person outside any vacancy, oldest first."""
    rows = LegalBasis.objects.filter(subject=asked.subject, vacancy=None).order_by("id")
    return list(rows.values_list("basis", "reason"))


def template_of(message):
    return message.template.kind


def offer(subject):
    return pool.offer(subject, "en")


def give(asked, language="nl"):
    return services.give(asked, link=link_to(asked), language=language)


# A yes


def test_a_yes_moves_the_date_of_erasure_to_its_own_last_day(asked):
    today = timezone.localdate()
    event = give(asked)
    until = deadlines.purge_after_months(today, Organisation.current().pool_months)
    assert date_of(asked) == until
    assert bases(asked)[-1] == (Basis.POOL, BasisReason.GIVEN)
    basis = LegalBasis.objects.personal_of(asked.subject_id)
    assert basis is not None
    assert (basis.until, basis.event, basis.vacancy, basis.by) == (until, event, None, None)
    assert pool.until_of([asked.subject_id]) == {asked.subject_id: until}
    assert LedgerEntry.objects.filter(kind="consent.given", subject=asked.subject).count() == 1


def test_saying_it_twice_changes_nothing(asked):
    assert give(asked) == give(asked)
    assert kinds(asked) == [EventKind.GIVEN]


def test_the_period_is_the_organisations_and_never_more_than_a_year(asked):
    Organisation.objects.update(pool_months=3)
    give(asked)
    assert date_of(asked) == deadlines.purge_after_months(timezone.localdate(), 3)
    Organisation.objects.update(pool_months=18)
    other = factories.make_pool_request(factories.make_applicant(), asked_by=asked.asked_by)
    with pytest.raises(Refused):
        give(other)
    assert kinds(other) == []


def test_a_receipt_says_until_when_and_how_to_withdraw(asked):
    give(asked, language="en")
    receipt = Message.objects.get(subject=asked.subject, kind="receipt")
    until = pool.until_of([asked.subject_id])[asked.subject_id]
    assert template_of(receipt) == "receipt_pool_yes"
    assert str(until.year) in receipt.body_text
    assert "Withdraw consent" in receipt.body_text
    assert receipt.vacancy_ref is None


def test_who_is_in_a_running_procedure_has_no_date_until_it_ends(anna):
    asked = factories.make_pool_request(anna.candidate, asked_by=anna.vacancy.owner)
    give(asked)
    assert date_of(asked) is None
    question = factories.make_request(anna)
    services.refuse_request(question, link=link_to(question), language="nl")
    assert date_of(asked) == pool.until_of([asked.subject_id])[asked.subject_id]


# A no, and taking a yes back


def test_a_no_erases_an_applicant_today(asked):
    services.refuse_request(asked, link=link_to(asked), language="nl")
    assert kinds(asked) == [EventKind.REFUSED]
    assert date_of(asked) == timezone.localdate()
    assert bases(asked)[-1] == (Basis.LEGAL_OBLIGATION, BasisReason.REFUSED)
    assert template_of(Message.objects.get(subject=asked.subject, kind="receipt")) == "receipt_pool_no"


def test_a_no_after_a_procedure_leaves_the_day_that_was_told(anna):
    organisation = Organisation.current()
    question = factories.make_request(anna)
    services.talk_first(question, link=link_to(question), language="nl")
    close(anna.vacancy)
    told = timezone.localdate() + timedelta(days=organisation.retention_days)
    asked = factories.make_pool_request(anna.candidate, asked_by=anna.vacancy.owner)
    assert date_of(asked) == told
    services.refuse_request(asked, link=link_to(asked), language="nl")
    assert date_of(asked) == told


@pytest.mark.parametrize("purpose", ["consent", "withdraw", "me"])
def test_a_withdrawal_brings_the_date_back_at_once(asked, purpose):
    give(asked)
    services.withdraw(asked, link=link_to(asked, purpose), language="nl")
    assert kinds(asked) == [EventKind.GIVEN, EventKind.WITHDRAWN]
    assert date_of(asked) == timezone.localdate()
    assert pool.until_of([asked.subject_id]) == {}
    assert bases(asked)[-1] == (Basis.LEGAL_OBLIGATION, BasisReason.WITHDRAWN)


def test_withdrawing_it_leaves_the_vacancies_alone(anna):
    question = factories.make_request(anna)
    services.give(question, link=link_to(question), language="nl")
    waiting = factories.make_message(anna, state=State.QUEUED, about_kind="candidacy")
    asked = factories.make_kept(anna.candidate, asked_by=anna.vacancy.owner)
    pool.withdraw(link=link_to(asked, "withdraw"), language="nl")
    assert ConsentRequest.objects.given().filter(pk=question.pk).exists()
    waiting.refresh_from_db()
    anna.refresh_from_db()
    assert (waiting.state, anna.ended_at) == (State.QUEUED, None)


def test_a_no_to_a_vacancy_leaves_the_consent_to_be_kept_alone(anna):
    asked = factories.make_kept(anna.candidate, asked_by=anna.vacancy.owner)
    question = factories.make_request(anna)
    services.refuse_request(question, link=link_to(question), language="nl")
    assert kinds(asked) == [EventKind.GIVEN]
    assert date_of(asked) == pool.until_of([asked.subject_id])[asked.subject_id]


def test_stopping_everything_ends_it(asked):
    give(asked)
    services.stop_everything(link=link_to(asked, "withdraw"), language="nl")
    assert kinds(asked)[-1] == EventKind.WITHDRAWN
    assert date_of(asked) == timezone.localdate()


def test_not_me_ends_it_without_a_receipt(asked):
    give(asked)
    before = Message.objects.filter(subject=asked.subject).exclude(state=State.ABORTED).count()
    services.not_me(link=link_to(asked))
    assert kinds(asked)[-1] == EventKind.WITHDRAWN
    assert date_of(asked) == timezone.localdate()
    assert Message.objects.filter(subject=asked.subject, kind="receipt").count() == before


# Who is asked


def test_nobody_is_asked_twice_at_once(anna):
    person, rosa = factories.make_applicant(), anna.vacancy.owner
    first = pool.ask(subject=person.subject, actor=rosa, language="nl")
    with pytest.raises(Refused) as refused:
        pool.ask(subject=person.subject, actor=rosa, language="nl")
    assert refused.value.code == pool.ASKED
    ConsentRequest.objects.filter(pk=first.pk).update(expires_at=timezone.now() - DAY)
    second = pool.ask(subject=person.subject, actor=rosa, language="nl")
    first.refresh_from_db()
    assert first.closed_at
    assert second.closed_at is None


def test_who_agreed_is_not_asked_and_who_said_no_neither(asked):
    give(asked)
    with pytest.raises(Refused) as refused:
        pool.ask(subject=asked.subject, actor=asked.asked_by, language="nl")
    assert refused.value.code == pool.KEPT
    services.withdraw(asked, link=link_to(asked), language="nl")
    with pytest.raises(Refused) as refused:
        pool.ask(subject=asked.subject, actor=asked.asked_by, language="nl")
    assert refused.value.code == pool.SAID_NO


def test_the_database_holds_one_open_question(asked, person):
    with pytest.raises(IntegrityError, match="consent_pool_open_once"), transaction.atomic():
        factories.make_pool_request(person, asked_by=asked.asked_by)


# Asked again before it ends, once


def kept(days, **more):
    person = factories.make_applicant()
    return factories.make_kept(person, days=days, handed_over_at=timezone.now(), **more)


def test_it_is_asked_again_within_the_organisations_days(anna):
    far, near = kept(40, asked_by=anna.vacancy.owner), kept(20, asked_by=anna.vacancy.owner)
    assert pool.near_end(timezone.localdate()) == [near]
    Organisation.objects.update(pool_again_days=45)
    assert pool.near_end(timezone.localdate()) == [near, far]


def test_it_is_asked_again_only_once(anna):
    near = kept(20, asked_by=anna.vacancy.owner)
    message = keeping.ask_again(near)
    assert template_of(message) == "pool_again"
    again = ConsentRequest.objects.get(renews=near)
    assert pool.near_end(timezone.localdate()) == []
    with pytest.raises(Refused):
        pool.ask(subject=near.subject, actor=near.asked_by, language="nl", renews=near)
    assert date_of(near) == timezone.localdate() + timedelta(days=20)
    assert again.asked_by == near.asked_by


def renew(near):
    return pool.ask(subject=near.subject, actor=near.asked_by, language="nl", renews=near)


def test_a_second_yes_goes_on_from_that_day(anna):
    near = kept(20, asked_by=anna.vacancy.owner)
    again = renew(near)
    give(again)
    until = deadlines.purge_after_months(timezone.localdate(), Organisation.current().pool_months)
    assert date_of(near) == until
    assert pool.until_of([near.subject_id]) == {near.subject_id: until}


def test_a_no_to_going_on_leaves_the_first_yes_to_its_own_last_day(anna):
    near = kept(20, asked_by=anna.vacancy.owner)
    again = renew(near)
    services.refuse_request(again, link=link_to(again), language="nl")
    assert (kinds(near), kinds(again)) == ([EventKind.GIVEN], [EventKind.REFUSED])
    assert date_of(near) == timezone.localdate() + timedelta(days=20)
    assert pool.near_end(timezone.localdate()) == []


def test_withdrawing_through_the_second_question_ends_the_first(anna):
    near = kept(20, asked_by=anna.vacancy.owner)
    again = renew(near)
    services.withdraw(again, link=link_to(again, "withdraw"), language="nl")
    assert kinds(near)[-1] == EventKind.WITHDRAWN
    assert date_of(near) == timezone.localdate()
    again.refresh_from_db()
    assert again.closed_at


def test_withdrawing_the_second_yes_ends_both(anna):
    near = kept(20, asked_by=anna.vacancy.owner)
    again = renew(near)
    give(again)
    services.refuse_request(again, link=link_to(again), language="nl")
    assert (kinds(near)[-1], kinds(again)[-1]) == (EventKind.WITHDRAWN, EventKind.WITHDRAWN)
    assert date_of(near) == timezone.localdate()


def test_who_stopped_everything_is_not_asked_again(anna):
    near = kept(20, asked_by=anna.vacancy.owner)
    services.stop_everything(link=link_to(near, "withdraw"), language="nl")
    assert pool.near_end(timezone.localdate()) == []


def test_the_task_asks_in_office_hours_and_never_twice(anna):
    near = kept(20, asked_by=anna.vacancy.owner)
    by_now = int(reminding.is_office_time(timezone.now()))
    assert ask_to_keep_again() == by_now
    assert ask_to_keep_again() == 0
    assert Message.objects.filter(subject=near.subject, kind="pool_again").count() == by_now


# Over by itself


def test_a_consent_lives_its_last_day_and_no_longer(anna):
    today, over = kept(0, asked_by=anna.vacancy.owner), kept(-1, asked_by=anna.vacancy.owner)
    assert set(pool.until_of([today.subject_id, over.subject_id])) == {today.subject_id}
    assert run_clocks() == 1
    assert (kinds(today)[-1], kinds(over)[-1]) == (EventKind.GIVEN, EventKind.EXPIRED)
    assert bases(over)[-1] == (Basis.LEGAL_OBLIGATION, BasisReason.EXPIRED)
    assert run_clocks() == 0
    assert erase_due() == 1
    for asked, gone in ((today, False), (over, True)):
        asked.subject.refresh_from_db()
        assert bool(asked.subject.erased_at) is gone


def test_the_first_yes_ending_changes_nothing_for_who_agreed_again(anna):
    over = kept(-1, asked_by=anna.vacancy.owner)
    person = Candidate.objects.get(subject=over.subject)
    again = factories.make_pool_request(person, renews=over, asked_by=over.asked_by)
    give(again)
    until = date_of(over)
    assert run_clocks() == 1
    assert kinds(over)[-1] == EventKind.EXPIRED
    assert bases(over)[-1] == (Basis.POOL, BasisReason.GIVEN)
    assert date_of(over) == until
    assert pool.until_of([over.subject_id]) == {over.subject_id: until}


def test_no_answer_is_no(asked, person):
    last_day = date_of(asked)
    ConsentRequest.objects.filter(pk=asked.pk).update(handed_over_at=timezone.now() - 27 * DAY)
    assert run_clocks() == 0
    ConsentRequest.objects.filter(pk=asked.pk).update(handed_over_at=timezone.now() - 28 * DAY)
    assert run_clocks() == 1
    assert kinds(asked) == [EventKind.EXPIRED]
    assert bases(asked)[-1] == (Basis.LEGAL_OBLIGATION, BasisReason.NO_ANSWER)
    assert date_of(asked) == last_day


# The clock


def test_its_end_is_a_clock_of_its_own(asked):
    give(asked)
    running = {clock.kind: clock for clock in ports.clocks(subjects=[asked.subject_id])}
    assert set(running) == {"pool_expiry", "erase"}
    until = pool.until_of([asked.subject_id])[asked.subject_id]
    assert (running["pool_expiry"].due_on, running["pool_expiry"].object_id) == (until, asked.pk)


def test_an_open_question_to_be_kept_is_no_wait_for_an_answer(asked):
    assert {clock.kind for clock in ports.clocks(subjects=[asked.subject_id])} == {"erase"}


# 'Ask me again within a year', by the person's own hand


def test_who_said_no_may_ask_to_be_kept(anna):
    assert offer(anna.subject) is None
    question = factories.make_request(anna)
    services.refuse_request(question, link=link_to(question), language="nl")
    offered = offer(anna.subject)
    assert offered.until is None
    assert "12 months" in offered.yes
    event = pool.keep_by_own_act(link=link_to(question, "me"), language="en")
    assert event.kind == EventKind.GIVEN
    assert event.request.is_pool
    assert date_of(event.request) == pool.until_of([anna.subject_id])[anna.subject_id]
    assert offer(anna.subject).until == date_of(event.request)


def test_asking_it_twice_changes_nothing(anna):
    question = factories.make_request(anna)
    services.refuse_request(question, link=link_to(question), language="nl")
    first, second = (pool.keep_by_own_act(link=link_to(question, "me"), language="en") for _ in range(2))
    assert first == second
    assert ConsentRequest.objects.pool().count() == 1


def test_who_withdrew_it_may_come_back_by_their_own_act(anna):
    question = factories.make_request(anna)
    services.refuse_request(question, link=link_to(question), language="nl")
    pool.keep_by_own_act(link=link_to(question, "me"), language="en")
    pool.withdraw(link=link_to(question, "me"), language="en")
    assert pool.until_of([anna.subject_id]) == {}
    pool.keep_by_own_act(link=link_to(question, "me"), language="en")
    assert pool.until_of([anna.subject_id])


def test_it_is_not_offered_to_who_stopped_everything_or_is_still_in_a_procedure(anna):
    question = factories.make_request(anna)
    with pytest.raises(Refused):
        pool.keep_by_own_act(link=link_to(question, "me"), language="en")
    services.stop_everything(link=link_to(question, "withdraw"), language="nl")
    assert offer(anna.subject) is None
    with pytest.raises(Refused):
        pool.keep_by_own_act(link=link_to(question, "me"), language="en")
    assert not ConsentEvent.objects.filter(request__purpose="pool").exists()


def test_who_wrote_of_their_own_accord_is_offered_it_on_their_own_page_too(asked):
    assert offer(asked.subject).until is None
    event = pool.keep_by_own_act(link=link_to(asked, "me"), language="en")
    assert event.kind == EventKind.GIVEN
    pool.withdraw(link=link_to(asked, "me"), language="en")
    assert offer(asked.subject).yes


def test_withdrawing_what_nobody_gave_is_nothing(anna):
    question = factories.make_request(anna)
    assert pool.withdraw(link=link_to(question, "me"), language="en") is None


# I4


def test_a_yes_to_be_kept_is_no_yes_to_an_introduction(anna):
    asked = factories.make_kept(anna.candidate, asked_by=anna.vacancy.owner)
    contact = factories.make_contact(anna.vacancy.client)
    with pytest.raises(Refused):
        introductions.introduce(
            candidacy=anna, contacts=[contact], shared=["profile"], words="", actor=anna.vacancy.owner
        )
    assert kinds(asked) == [EventKind.GIVEN]


def close(vacancy):
    vacancies.close_vacancy(vacancy, actor=vacancy.owner)
    vacancies.close_procedure(vacancy, actor=vacancy.owner)
