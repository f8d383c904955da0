"""Erasures: nothing starts without approval, a done step stays done, and "done" means all of it (GDPR art. 17)."""

import psycopg2
import pytest

from tests.attack.support import assert_refused, attack, by_role, rolled_back

FIXED, STAYS, UNFINISHED, NOT_APPROVED = (
    "erasure_fixed",
    "erasure_step_stays",
    "erasure_unfinished",
    "erasure_not_approved",
)


@attack("E", rule=UNFINISHED, guard="privacy.Erasure:finished_when_done")
def call_an_open_erasure_done(scene, run):
    run("UPDATE privacy_erasure SET finished_at = now() WHERE id = %s", scene.erasure)


@attack("E", rule=UNFINISHED, guard="privacy.Erasure:finished_when_done")
def call_it_done_while_addresses_are_held(scene, run):
    run("UPDATE privacy_erasurestep SET state = 'done', done_at = now() WHERE id = %s", scene.open_step)
    run("UPDATE privacy_erasure SET finished_at = now() WHERE id = %s", scene.erasure)


@attack("E", rule=UNFINISHED, guard="privacy.Erasure:finished_when_done")
def make_one_that_is_done_at_once(scene, run):
    run.clone("privacy_erasure", scene.erasure, finished_at="2026-01-01T00:00:00Z")


@attack("E", rule=FIXED, guard="privacy.Erasure:finished_when_done")
def take_the_approval_back(scene, run):
    run("UPDATE privacy_erasure SET approved_at = NULL WHERE id = %s", scene.erasure)


@attack("E", rule=FIXED, guard="privacy.Erasure:finished_when_done")
def open_a_finished_one_again(scene, run):
    run("UPDATE privacy_erasure SET finished_at = NULL WHERE id = %s", scene.other_erasure)


@attack("E", rule=FIXED, guard="privacy.Erasure:fixed")
def give_it_another_reason(scene, run):
    run("UPDATE privacy_erasure SET reason = 'replay' WHERE id = %s", scene.erasure)


@attack("E", rule=FIXED, guard="privacy.Erasure:stays")
def remove_an_erasure(scene, run):
    pk = run.clone("privacy_erasure", scene.erasure)
    run("DELETE FROM privacy_erasure WHERE id = %s", pk)


@attack(
    "E",
    rule=FIXED,
    guard="privacy.Erasure:no_truncate",
    besides=("privacy.ErasureStep:no_truncate", "privacy.ErasureLine:no_truncate", "mailing.MailboxSweep:no_truncate"),
    denied_to=("watson_app",),
)
def empty_the_table_of_erasures(scene, run):
    run("TRUNCATE privacy_erasure CASCADE")


@attack("E", rule=NOT_APPROVED, guard="privacy_erasure.erasure_not_approved")
def approve_without_anybody(scene, run):
    run("UPDATE privacy_erasure SET approved_at = now() WHERE id = %s", scene.plan)


@attack("E", rule=FIXED, guard="privacy.ErasurePerson:fixed")
def put_another_person_in(scene, run):
    run("UPDATE privacy_erasureperson SET subject_id = %s WHERE id = %s", scene.stranger, scene.erasure_person)


@attack("E", rule="erasure_plan_fixed", guard="privacy.ErasureLine:plan_fixed")
def add_a_line_to_an_approved_plan(scene, run):
    run.clone("privacy_erasureline", scene.plan_line, erasure_id=scene.erasure)


@attack("E", rule=NOT_APPROVED, guard="privacy.ErasureStep:step_in_order")
def begin_before_the_approval(scene, run):
    run("UPDATE privacy_erasurestep SET state = 'running' WHERE id = %s", scene.plan_step)


@attack("E", rule=NOT_APPROVED, guard="privacy.ErasureStep:step_in_order")
def make_a_step_that_runs_already(scene, run):
    run.clone("privacy_erasurestep", scene.plan_step, holder="other", state="running")


@attack("E", rule=STAYS, guard="privacy.ErasureStep:step_in_order")
def undo_a_step(scene, run):
    run("UPDATE privacy_erasurestep SET state = 'pending', done_at = NULL WHERE id = %s", scene.step_done)


@attack("E", rule=STAYS, guard="privacy.ErasureStep:step_in_order")
def change_what_a_step_did(scene, run):
    run("UPDATE privacy_erasurestep SET touched = 99 WHERE id = %s", scene.step_done)


@attack("E", rule=FIXED, guard="privacy.ErasureStep:fixed")
def move_a_step_to_another_erasure(scene, run):
    run("UPDATE privacy_erasurestep SET erasure_id = %s WHERE id = %s", scene.other_erasure, scene.open_step)


@attack("E", rule=STAYS, guard="privacy.ErasureStep:stays")
def leave_a_step_out(scene, run):
    run("DELETE FROM privacy_erasurestep WHERE id = %s", scene.open_step)


@attack("E", rule=STAYS, guard="privacy.ErasureStep:no_truncate", denied_to=("watson_app",))
def empty_the_table_of_steps(scene, run):
    run("TRUNCATE privacy_erasurestep")


# The count of the ledger after a restore


@attack("E", rule="ledger_era", guard="privacy.LedgerEra:by_owner")
def count_backwards(scene, run):
    run("INSERT INTO privacy_ledgerera (shift, at) VALUES (-1, now())")


@attack("E", rule="ledger_era", guard="privacy.LedgerEra:stays")
def change_an_era(scene, run):
    run("INSERT INTO privacy_ledgerera (shift, at) VALUES (5, now())")
    run("UPDATE privacy_ledgerera SET shift = 0")


@attack("E", rule="ledger_era", guard="privacy.LedgerEra:no_truncate", denied_to=("watson_app",))
def forget_every_era(scene, run):
    run("TRUNCATE privacy_ledgerera")


@pytest.mark.parametrize(("role", "attempt"), by_role("E"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


def test_what_is_done_may_be_called_done(scene, second):
    """The other side: without it a refusal of every end would look like a guard that knows the steps."""
    with rolled_back(second("watson_app")) as run:
        run("UPDATE privacy_erasurestep SET state = 'done', done_at = now() WHERE id = %s", scene.open_step)
        run("UPDATE privacy_erasureperson SET identifiers = '' WHERE erasure_id = %s", scene.erasure)
        run("UPDATE privacy_erasure SET finished_at = now() WHERE id = %s", scene.erasure)
        run.commit_checks()


def test_a_plan_nobody_approved_may_go(scene, second):
    with rolled_back(second("watson_app")) as run:
        run("DELETE FROM privacy_erasurestep WHERE id = %s", scene.plan_step)
        run.commit_checks()


def test_the_application_begins_no_era(scene, second):
    with rolled_back(second("watson_app")) as run, pytest.raises(psycopg2.errors.CheckViolation):
        run("INSERT INTO privacy_ledgerera (shift, at) VALUES (5, now())")
