"""Legal holds and the clock's runs: nobody under a hold is erased, nobody approves their own, nothing is rewritten."""

import pytest

from tests.attack.support import assert_refused, attack, by_role, rolled_back

FIXED, APPROVER, DATES, HELD, RUN = (
    "hold_fixed",
    "hold_other_approver",
    "hold_dates",
    "held_not_erased",
    "retention_run_stays",
)


@attack("H", rule=HELD, guard="privacy.Subject:held")
def erase_somebody_under_a_hold(scene, run):
    run("UPDATE privacy_subject SET erased_at = now() WHERE id = %s", scene.held)


@attack("H", rule=HELD, guard="privacy.Subject:held")
def erase_whom_the_held_person_was_merged_into(scene, run):
    run("UPDATE privacy_subject SET merged_into_id = %s WHERE id = %s", scene.stranger, scene.held)
    run("UPDATE privacy_subject SET erased_at = now() WHERE id = %s", scene.stranger)


@attack("H", rule=APPROVER, guard="privacy_legalhold.hold_other_approver")
def approve_ones_own(scene, run):
    run(
        "UPDATE privacy_legalhold SET approved_at = now(), approved_by_id = asked_by_id WHERE id = %s",
        scene.hold_asked,
    )


@attack("H", rule=APPROVER, guard="privacy.LegalHold:lawful")
def have_a_recruiter_approve(scene, run):
    run(
        "UPDATE privacy_legalhold SET approved_at = now(), approved_by_id = %s WHERE id = %s",
        scene.recruiter,
        scene.hold_asked,
    )


@attack("H", rule=DATES, guard="privacy.LegalHold:lawful")
def hold_without_end(scene, run):
    run.clone("privacy_legalhold", scene.hold_asked, until="2099-01-01")


@attack("H", rule=DATES, guard="privacy.LegalHold:lawful")
def hold_that_ended_before_it_began(scene, run):
    run.clone("privacy_legalhold", scene.hold_asked, until="2020-01-01")


@attack("H", rule=FIXED, guard="privacy.LegalHold:lawful")
def hold_without_a_reason(scene, run):
    run.clone("privacy_legalhold", scene.hold_asked, reason=" ")


@attack("H", rule=FIXED, guard="privacy.LegalHold:lawful")
def take_an_approval_back(scene, run):
    run("UPDATE privacy_legalhold SET approved_at = NULL, approved_by_id = NULL WHERE id = %s", scene.hold)


@attack("H", rule=FIXED, guard="privacy.LegalHold:lawful")
def rewrite_the_reason(scene, run):
    run("UPDATE privacy_legalhold SET reason = 'Iets anders' WHERE id = %s", scene.hold)


@attack("H", rule=FIXED, guard="privacy.LegalHold:fixed")
def put_the_end_off(scene, run):
    run("UPDATE privacy_legalhold SET until = until + 1 WHERE id = %s", scene.hold)


@attack("H", rule=FIXED, guard="privacy.LegalHold:stays")
def remove_a_hold(scene, run):
    pk = run.clone("privacy_legalhold", scene.hold_asked)
    run("DELETE FROM privacy_legalhold WHERE id = %s", pk)


@attack(
    "H",
    rule=FIXED,
    guard="privacy.LegalHold:no_truncate",
    besides=("privacy.HeldPerson:no_truncate",),
    denied_to=("watson_app",),
)
def empty_the_table_of_holds(scene, run):
    run("TRUNCATE privacy_legalhold CASCADE")


@attack("H", rule=FIXED, guard="privacy.HeldPerson:fixed")
def hold_somebody_else_instead(scene, run):
    run("UPDATE privacy_heldperson SET subject_id = %s WHERE id = %s", scene.stranger, scene.held_person)


@attack("H", rule=FIXED, guard="privacy.HeldPerson:stays")
def let_somebody_out_of_the_record(scene, run):
    run("DELETE FROM privacy_heldperson WHERE id = %s", scene.held_person)


@attack("H", rule="hold_nobody", guard="privacy.HeldPerson:stays")
def hold_somebody_who_is_erased(scene, run):
    run.clone("privacy_heldperson", scene.held_person, subject_id=scene.erased)


@attack("H", rule=FIXED, guard="privacy.HeldPerson:no_truncate", denied_to=("watson_app",))
def empty_the_table_of_held_people(scene, run):
    run("TRUNCATE privacy_heldperson")


@attack("H", rule=RUN, guard="privacy.RetentionRun:stays")
def change_what_a_night_did(scene, run):
    run("UPDATE privacy_retentionrun SET erased = 0 WHERE id = %s", scene.night)


@attack("H", rule=RUN, guard="privacy.RetentionRun:stays")
def forget_a_night(scene, run):
    run("DELETE FROM privacy_retentionrun WHERE id = %s", scene.night)


@attack("H", rule=RUN, guard="privacy.RetentionRun:no_truncate", denied_to=("watson_app",))
def forget_every_night(scene, run):
    run("TRUNCATE privacy_retentionrun")


@pytest.mark.parametrize(("role", "attempt"), by_role("H"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


def test_a_second_person_may_approve_and_end_it_and_then_it_holds_nobody(scene, second):
    """The other side: without it a refusal of everything would look like a guard that knows its rule."""
    with rolled_back(second("watson_app")) as run:
        run(
            "UPDATE privacy_legalhold SET approved_at = now(), approved_by_id = %s WHERE id = %s",
            scene.officer,
            scene.hold_asked,
        )
        run("UPDATE privacy_legalhold SET ended_at = now(), ended_by_id = %s WHERE id = %s", scene.officer, scene.hold)
        run("UPDATE privacy_legalhold SET reason = '' WHERE id = %s", scene.hold)
        run("UPDATE privacy_subject SET erased_at = now() WHERE id = %s", scene.held)
        run.commit_checks()
