"""One reminder per question (M1, Tw 11.7): whatever left or is about to counts, by mail or by hand."""

import psycopg2
import pytest

from mailing.models import State
from tests.attack.support import assert_refused, attack, by_role, rolled_back, silence

GUARD = "mailing.Message:one_reminder"


def again(run, scene, **values):
    """One more reminder of the question Quinten was reminded of."""
    return run.clone("mailing_message", scene.reminder, key=str(id(run)), **values)


for state in [state for state in State.values if state not in ("draft", "aborted")]:

    @attack("M1", rule="one_reminder", guard=GUARD, name=f"insert-a-second-as-{state}")
    def insert_a_second(scene, run, state=state):
        again(run, scene, state=state)


@attack("M1", rule="one_reminder", guard=GUARD)
def send_a_text_to_copy_as_well(scene, run):
    pk = again(run, scene, state="draft", channel="inmail")
    run("UPDATE mailing_message SET state = 'accepted', accepted_at = now() WHERE id = %s", pk)


@attack("M1", rule="one_reminder", guard=GUARD)
def take_one_called_back_out_again(scene, run):
    pk = again(run, scene, state="aborted")
    run("UPDATE mailing_message SET state = 'queued' WHERE id = %s", pk)


@attack("M1", rule="one_reminder", guard=GUARD)
def send_a_second_after_a_stop_that_came_too_late(scene, run):
    run("UPDATE mailing_message SET state = 'aborted', accepted_at = now() WHERE id = %s", scene.reminder)
    again(run, scene, state="queued")


@attack("M1", rule="one_reminder", guard=GUARD)
def move_the_first_to_another_question(scene, run):
    run("UPDATE mailing_message SET about_id = gen_random_uuid() WHERE id = %s", scene.reminder)


@attack("M1", rule="one_reminder", guard=GUARD)
def remind_of_nothing(scene, run):
    again(run, scene, about_id=None)


@attack("M1", rule="one_reminder", guard=GUARD)
def remind_of_something_else(scene, run):
    again(run, scene, about_kind="candidacy")


@pytest.mark.parametrize(("role", "attempt"), by_role("M1"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_reminder_on_an_old_snapshot_is_refused(isolation, role, ignore, scene, second):
    """Such a transaction would not see another one, committed since it began."""
    with rolled_back(second(role)) as run:
        run(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        silence(run, ignore)
        with pytest.raises(psycopg2.errors.CheckViolation) as refused:
            again(run, scene, about_id=scene.talk)
    assert refused.value.diag.constraint_name == "one_reminder"


def test_one_called_back_in_time_was_none(role, scene, second):
    with rolled_back(second(role)) as run:
        run("UPDATE mailing_message SET state = 'aborted' WHERE id = %s", scene.reminder)
        again(run, scene)
        run.commit_checks()


def test_another_question_has_its_own(role, scene, second):
    with rolled_back(second(role)) as run:
        again(run, scene, about_id=scene.talk)
        run.commit_checks()
