"""Marks stand with their messages: what waits to be looked at is never out of sight, whoever writes (ADR 21)."""

import pytest

from tests.attack.support import PUT_RIGHT, Foiled, assert_refused, attack, by_role, rolled_back
from watson.roles import APP, OWNER

FOLLOWS = "mailing.MessageMark:follows"


def marked(run, message):
    return run.one("SELECT state FROM mailing_messagemark WHERE message_id = %s", message)


@attack("marks", rule="mark_follows", guard=FOLLOWS)
def take_a_message_out_of_sight(scene, run):
    run("DELETE FROM mailing_messagemark WHERE message_id = %s", scene.queued)


@attack("marks", rule="mark_follows", guard=FOLLOWS)
def say_it_was_dealt_with(scene, run):
    run("UPDATE mailing_messagemark SET state = 'failed', handled_at = now() WHERE message_id = %s", scene.queued)


@attack("marks", rule="mark_follows", guard=FOLLOWS)
def put_it_off(scene, run):
    run("UPDATE mailing_messagemark SET not_before = 'infinity' WHERE message_id = %s", scene.queued)


@attack("marks", rule="mark_follows", guard=FOLLOWS)
def hang_a_mark_on_another_message(scene, run):
    other = run.clone("mailing_message", scene.queued, key=str(id(run)))
    run("UPDATE mailing_messagemark SET message_id = gen_random_uuid() WHERE message_id = %s", other)


@attack("marks", rule="mark_follows", guard="mailing.MessageMark:no_truncate", denied_to=(APP,))
def forget_all_marks(scene, run):
    run("TRUNCATE mailing_messagemark")


@attack("marks", rule=PUT_RIGHT, guard="mailing.Message:mark_new")
def queue_without_a_mark(scene, run):
    other = run.clone("mailing_message", scene.queued, key=str(id(run)))
    if marked(run, other) == "queued":
        raise Foiled(other)


@attack("marks", rule=PUT_RIGHT, guard="mailing.Message:mark")
def fail_unseen(scene, run):
    run("UPDATE mailing_message SET state = 'aborted', reason = 'unseen' WHERE id = %s", scene.queued)
    if marked(run, scene.queued) == "aborted":
        raise Foiled(scene.queued)


@attack("marks", rule=PUT_RIGHT, guard="mailing.Message:mark_gone")
def leave_a_mark_of_nothing(scene, run):
    other = run.clone("mailing_message", scene.queued, key=str(id(run)))
    run("DELETE FROM mailing_message WHERE id = %s", other)
    if marked(run, other) is None:
        raise Foiled(other)


@pytest.mark.parametrize(("role", "attempt"), by_role("marks"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


def test_a_message_that_was_sent_has_no_mark_and_gets_one_when_it_fails(scene, second):
    with rolled_back(second(OWNER)) as run:
        assert marked(run, scene.queued) == "queued"
        for state, expected in (("accepted", None), ("delivered", None), ("bounced", "bounced")):
            run("UPDATE mailing_message SET state = %s, accepted_at = now() WHERE id = %s", state, scene.queued)
            assert marked(run, scene.queued) == expected
        run("UPDATE mailing_message SET handled_at = now() WHERE id = %s", scene.queued)
        assert run.one("SELECT handled_at IS NOT NULL FROM mailing_messagemark WHERE message_id = %s", scene.queued)
