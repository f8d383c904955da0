"""Deciding a stage, and the acts beside it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from candidates import services
from candidates.models import Candidacy, StageDecision, Task
from consent.models import ConsentEvent
from privacy.guards import Refused
from privacy.models import LedgerEntry
from tests.factories import make_candidacy, make_event, make_request, make_user
from tests.support.threads import at_once


@pytest.fixture
def candidacy(vacancy):
    return make_candidacy(vacancy)


def move(candidacy, actor, to, reason="next_step", **more):
    return services.move(candidacy.pk, to=to, reason=reason, actor=actor, **more)


def test_a_decision_names_who_why_and_when_and_words_go_beside_it(candidacy, rosa):
    move(candidacy, rosa, "approached", note="Spoke at the fair.")
    decision = StageDecision.objects.get()
    assert (decision.from_stage, decision.to_stage, decision.decided_by) == ("found", "approached", rosa)
    assert decision.note.text == "Spoke at the fair."
    assert "fair" not in str(list(LedgerEntry.objects.values_list("codes", flat=True)))


def test_moving_where_it_stands_changes_nothing(candidacy, rosa):
    move(candidacy, rosa, "approached")
    move(candidacy, rosa, "approached")
    assert StageDecision.objects.count() == 1


def test_a_colleagues_move_meanwhile_is_told(candidacy, rosa, tom):
    move(candidacy, tom, "in_talks")
    with pytest.raises(Refused, match="A colleague moved this card"):
        move(candidacy, rosa, "approached", expected="found")
    assert move(candidacy, rosa, "shortlisted", expected="in_talks").stage == "shortlisted"


def test_only_people_who_work_here_decide(candidacy):
    outsider = make_user("Carl", Role.CLIENT)
    with pytest.raises(Refused, match="named recruiter"):
        move(candidacy, outsider, "approached")
    candidacy.refresh_from_db()
    assert candidacy.stage == "found"


def test_an_ended_candidacy_stays(candidacy, rosa):
    Candidacy.objects.update(ended_at=timezone.now(), ended_reason="withdrawn")
    with pytest.raises(Refused, match="has ended"):
        move(candidacy, rosa, "approached")


@pytest.mark.parametrize("to", ["introduced", "interview", "offer", "hired"])
def test_nobody_passes_the_introduction_without_a_yes_that_stands(candidacy, rosa, to):
    with pytest.raises(Refused, match="No introduction without"):
        move(candidacy, rosa, to)
    asked = make_request(candidacy)
    make_event(asked)
    assert move(candidacy, rosa, to).stage == to
    assert move(candidacy, rosa, "rejected", reason="client_chose").stage == "rejected"


def test_a_yes_to_talk_is_no_yes_to_an_introduction(vacancy, candidacy, rosa):
    make_event(make_request(candidacy), "talk_first")
    with pytest.raises(Refused, match="No introduction without"):
        move(candidacy, rosa, "introduced")


@pytest.mark.django_db(transaction=True)
def test_of_two_drags_at_once_one_wins_and_the_other_is_told(candidacy, rosa, tom):
    results = at_once(
        lambda: move(candidacy, rosa, "approached", expected="found"),
        lambda: move(candidacy, tom, "in_talks", expected="found"),
    )
    told = [result for result in results if isinstance(result, Refused)]
    assert len(told) == 1, results
    assert "A colleague moved this card" in str(told[0])
    assert StageDecision.objects.count() == 1


# Contact, a yes by phone, tasks


def test_logging_a_call_moves_the_clock_and_makes_a_task(candidacy, rosa):
    asked = make_request(candidacy)
    day = timezone.localdate() + timedelta(days=3)
    task = services.log_contact(candidacy, actor=rosa, kind="phone", follow_up_on=day, note="Calls back")
    assert task is not None
    asked.refresh_from_db()
    candidacy.refresh_from_db()
    assert asked.follow_up_on == day
    assert candidacy.last_contact_at
    assert (task.assignee, task.due_on, task.note) == (rosa, day, "Calls back")
    assert candidacy.stage == "found"


def test_a_call_with_somebody_who_left_is_not_logged(candidacy, rosa):
    Candidacy.objects.update(ended_at=timezone.now(), ended_reason="withdrawn")
    candidacy.refresh_from_db()
    with pytest.raises(Refused, match="has ended"):
        services.log_contact(candidacy, actor=rosa, kind="phone", follow_up_on=timezone.localdate())
    assert not Task.objects.exists()


def test_a_spoken_yes_needs_a_question_and_stays_pending(candidacy, rosa):
    with pytest.raises(Refused, match="Prepare the question first"):
        services.note_oral_yes(candidacy, actor=rosa)
    make_request(candidacy)
    event = services.note_oral_yes(candidacy, actor=rosa)
    assert (event.kind, event.recorded_by, event.channel) == ("pending", rosa, "phone")
    assert services.note_oral_yes(candidacy, actor=rosa) == event
    assert ConsentEvent.objects.count() == 1
    with pytest.raises(Refused, match="No introduction without"):
        move(candidacy, rosa, "introduced")


def test_a_task_is_ticked_off_once(candidacy, rosa, tom):
    task = Task.objects.create(candidacy=candidacy, kind="follow_up", assignee=rosa)
    services.finish_task(task, actor=rosa)
    assert services.finish_task(task, actor=tom).done_by == rosa
