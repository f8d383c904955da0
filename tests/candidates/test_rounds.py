"""A round from sending to its last message: in portions, resumed, stopped; and the pages that show it."""

import pytest
from django.db import OperationalError, connection
from django.db.models.signals import post_save
from django.urls import reverse
from django.utils import timezone

from candidates import tasks
from candidates.models import Round, RoundPerson
from candidates.services import making, rounds
from mailing.models import Message, State
from privacy import registry
from privacy.models import LedgerEntry, Subject
from tests.candidates.composing import asked_days_ago, compose_url, typed
from tests.factories import make_candidacy
from tests.support.threads import at_once


@pytest.fixture(autouse=True)
def _time_to_think(settings):
    settings.MAIL_UNDO_SECONDS = 30


@pytest.fixture
def three(vacancy):
    return [make_candidacy(vacancy, surname=surname) for surname in ("Aalbers", "Bakker", "Claassen")]


@pytest.fixture
def made(vacancy, three, rosa):
    return rounds.open_round(vacancy, three, kind="approach", actor=rosa)


def at(made, name="round"):
    return reverse(f"candidates:{name}", args=[made.vacancy_id, made.pk])


def text_of(response):
    return response.content.decode()


def begun(made):
    """Sent, with the worker still to come."""
    now = timezone.now()
    Round.objects.filter(pk=made.pk).update(started_at=now, moved_at=now)
    made.refresh_from_db()
    return made


def test_a_short_round_is_made_at_once(made, rosa):
    rounds.write_line(made, made.people.first().candidacy_id, note="Dag.", actor=rosa)
    done = rounds.start(made, actor=rosa)
    assert done.made_at
    assert Message.objects.count() == 3
    # The line stands in the message; here it is not kept a second time.
    assert not RoundPerson.objects.exclude(note="").exists()
    assert LedgerEntry.objects.filter(kind="round.started").count() == 1
    assert rounds.progress_of(done) == rounds.Progress(people=3, made=3, refused=0, waiting=3)


def test_a_refusal_stops_no_other_and_is_kept_in_words(made, three, rosa):
    three[0].candidate.contact_points.update(removed_at=timezone.now())
    rounds.start(made, actor=rosa)
    refused = RoundPerson.objects.get(candidacy=three[0])
    assert refused.refusal == making.NO_EMAIL
    assert "no e-mail address that works" in str(refused.why_not)
    assert Message.objects.count() == 2


def test_pressing_send_twice_sends_once(made, rosa):
    rounds.start(made, actor=rosa)
    rounds.start(made, actor=rosa)
    assert Message.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_long_round_is_made_by_a_worker_in_portions(desk, made, rosa, monkeypatch, run_tasks):
    monkeypatch.setattr("candidates.services.rounds.IN_A_REQUEST", 1)
    monkeypatch.setattr("candidates.services.rounds.carry_out.__kwdefaults__", {"portion": 2})
    response = desk(rosa).post(compose_url(made), typed("send"))
    assert response.url == at(made)
    assert not Message.objects.exists()
    page = desk(rosa).get(at(made))
    assert "0 of 3" in text_of(page)
    assert rounds.carry_out(made.pk)
    assert Message.objects.count() == 2
    assert "2 of 3" in text_of(desk(rosa, htmx=True).get(at(made)))
    assert "2 of 3" in text_of(desk(rosa).get(reverse("candidates:rounds", args=[made.vacancy_id])))
    # A portion, and then the worker stands in line again for the rest.
    assert set(run_tasks()) == {"candidates.tasks.make_round"}
    assert Message.objects.count() == 3
    assert desk(rosa, htmx=True).get(at(made))["HX-Redirect"] == at(made)
    assert "3 first messages" in text_of(desk(rosa).get(at(made)))


def test_a_killed_worker_is_taken_over_from_where_it_was(made, rosa, run_tasks):
    begun(made)
    assert rounds.carry_out(made.pk, portion=1)
    assert tasks.take_over_rounds() == 0  # it moved just now
    Round.objects.update(moved_at=timezone.now() - rounds.DEAD_AFTER * 2)
    assert tasks.take_over_rounds() == 1
    while rounds.carry_out(made.pk):
        pass
    assert Message.objects.count() == 3
    assert rounds.lost() == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_round_write_to_nobody_twice(made):
    begun(made)
    results = at_once(lambda: rounds.carry_out(made.pk), lambda: rounds.carry_out(made.pk))
    assert not [one for one in results if isinstance(one, Exception)], results
    assert Message.objects.count() == 3
    assert len(set(Message.objects.values_list("subject", flat=True))) == 3


@pytest.mark.django_db(transaction=True)
def test_two_recruiters_who_send_to_the_same_people_at_once_send_one_message_each(made, three, vacancy, rosa, tom):
    other = rounds.open_round(vacancy, three, kind="approach", actor=tom)
    results = at_once(lambda: rounds.start(made, actor=rosa), lambda: rounds.start(other, actor=tom))
    assert not [one for one in results if isinstance(one, Exception)], results
    assert Message.objects.count() == 3
    assert RoundPerson.objects.filter(message__isnull=False).count() == 3
    assert RoundPerson.objects.exclude(refusal="").count() == 3


def test_a_failure_nobody_foresaw_ends_the_round_in_words(made, three, rosa, settings):
    settings.MAIL_UNDO_SECONDS = "thirty"
    assert rounds.start(made, actor=rosa).made_at
    assert set(RoundPerson.objects.values_list("refusal", flat=True)) == {rounds.BROKEN}
    assert not Message.objects.exists()


@pytest.fixture
def deadlock():
    """The first message that is made meets a deadlock, as the database tells it; the next ones don't."""
    left = [1]

    def meet(sender, **kwargs):
        if left:
            left.pop()
            with connection.cursor() as cursor:
                cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$")

    post_save.connect(meet, sender=Message, dispatch_uid="deadlock")
    yield left
    post_save.disconnect(sender=Message, dispatch_uid="deadlock")


def test_a_deadlock_is_no_refusal_and_is_tried_again(made, deadlock):
    begun(made)
    with pytest.raises(OperationalError):
        rounds.carry_out(made.pk)
    assert not deadlock
    while rounds.carry_out(made.pk):
        pass
    assert Message.objects.count() == 3
    assert not RoundPerson.objects.exclude(refusal="").exists()


@pytest.mark.django_db(transaction=True)
def test_a_short_round_that_meets_a_deadlock_is_made_by_a_worker(made, rosa, deadlock, run_tasks):
    assert rounds.start(made, actor=rosa).made_at is None
    assert not Message.objects.exists()
    run_tasks()
    assert Message.objects.count() == 3
    assert not RoundPerson.objects.exclude(refusal="").exists()


def test_who_was_restricted_or_is_no_longer_ones_own_is_not_written_to(desk, made, three, rosa, tom, team):
    Subject.objects.filter(pk=three[0].subject_id).update(restricted_at=timezone.now())
    begun(made)
    assert rounds.carry_out(made.pk, portion=1)
    rosa.is_active = False
    rosa.save()
    assert not rounds.carry_out(made.pk)
    assert Message.objects.get().subject == three[1].subject
    assert "no longer works on this vacancy" in text_of(desk(tom).get(at(made)))


# Stopping


def test_stopping_calls_back_what_has_not_left_and_makes_nothing_more(desk, made, three, rosa):
    begun(made)
    rounds.carry_out(made.pk, portion=2)
    left = Message.objects.earliest("created_at")
    Message.objects.filter(pk=left.pk).update(state=State.CLAIMED, claimed_at=timezone.now(), attempts=1)
    response = desk(rosa).post(at(made, "round-stop"), follow=True)
    assert "1 message is called back" in text_of(response)
    assert not rounds.carry_out(made.pk)
    assert sorted(Message.objects.values_list("state", flat=True)) == [State.ABORTED, State.CLAIMED]
    page = text_of(desk(rosa).get(at(made)))
    assert "This round was stopped" in page
    assert "stopped before their turn" in page
    again = desk(rosa).post(at(made, "round-stop"), follow=True)
    assert "left already" in text_of(again)


def test_one_message_of_a_round_is_called_back(desk, made, three, rosa):
    rounds.start(made, actor=rosa)
    message = Message.objects.get(subject=three[1].subject_id)
    url = reverse("candidates:call-back", args=[three[1].pk, message.pk])
    response = desk(rosa).post(url, {"next": at(made)}, follow=True)
    assert "The message is called back" in text_of(response)
    three[1].refresh_from_db()
    assert three[1].stage == "found"
    assert Message.objects.filter(state=State.QUEUED).count() == 2
    Message.objects.filter(pk=message.pk).update(state=State.QUEUED)
    Message.objects.filter(pk=message.pk).update(state=State.CLAIMED, claimed_at=timezone.now(), attempts=1)
    assert "has left already" in text_of(desk(rosa).post(url, follow=True))


# The pages


def test_a_round_shows_who_was_written_to_and_who_was_not(desk, made, three, rosa, tom, team):
    three[0].candidate.contact_points.update(removed_at=timezone.now())
    rounds.leave_out(made, three[2].pk, out=True, actor=rosa)
    rounds.start(made, actor=rosa)
    text = text_of(desk(tom).get(at(made)))
    assert "1 first message" in text
    assert "no e-mail address that works" in text
    assert "Call back" in text
    assert "Claassen" in text[text.index("Left out") :]


def test_a_draft_is_nobodys_page_but_its_makers(desk, made, rosa, tom):
    assert desk(rosa).get(at(made)).url == compose_url(made)
    assert desk(tom).get(at(made)).url == reverse("candidates:board", args=[made.vacancy_id])
    assert desk(rosa).post(at(made, "round-stop")).status_code == 404


def test_others_may_not(desk, made, rosa, vera, carl):
    rounds.start(made, actor=rosa)
    for user, status in ((vera, 404), (carl, 404), (None, 302)):
        assert desk(user).get(at(made)).status_code == status
        assert desk(user).post(at(made, "round-stop")).status_code == status
        assert desk(user).get(reverse("candidates:rounds", args=[made.vacancy_id])).status_code == status
    assert desk(rosa).post(at(made)).status_code == 405
    assert desk(rosa).get(at(made, "round-stop")).status_code == 405
    assert Message.objects.filter(state=State.QUEUED).count() == 3


def test_the_page_and_the_strip_take_as_many_queries_for_many_as_for_few(
    desk, vacancy, three, rosa, django_assert_max_num_queries
):
    browser = desk(rosa)

    def queries(url):
        with django_assert_max_num_queries(60) as captured:
            browser.get(url)
        return len(captured)

    one = rounds.start(rounds.open_round(vacancy, three[:1], kind="approach", actor=rosa), actor=rosa)
    queries(at(one))
    few = queries(at(one))
    more = [make_candidacy(vacancy, surname=f"Zwart{number}") for number in range(6)]
    many = rounds.start(rounds.open_round(vacancy, more, kind="approach", actor=rosa), actor=rosa)
    assert queries(at(many)) == few


def test_a_person_who_is_erased_leaves_the_round(made, three, rosa):
    rounds.write_line(made, three[0].pk, note="Dag.", actor=rosa)
    registry.handlers["candidates"].erase(three[0].subject)
    assert not RoundPerson.objects.filter(candidacy=three[0]).exists()


def test_a_round_of_reminders(made, vacancy, rosa):
    people = [asked_days_ago(vacancy, 8, actor=rosa), asked_days_ago(vacancy, 3, actor=rosa)]
    again = rounds.open_round(vacancy, people, kind="reminder", actor=rosa)
    rounds.start(again, actor=rosa)
    assert Message.objects.get(kind="reminder").subject == people[0].subject
    assert "too early" in str(RoundPerson.objects.get(round=again, candidacy=people[1]).why_not)
