"""Limits, corrections and copies: each stays what it was made for, and nobody is freed in passing (GDPR art. 15-18)."""

import pytest

from tests.attack.support import assert_refused, attack, by_role, rolled_back

RESTRICTION, STANDS, CORRECTION, COPY = (
    "restriction_fixed",
    "subject_restriction_stands",
    "correction_fixed",
    "copy_fixed",
)


@attack("R", rule="note_fixed", guard="candidates.Note:fixed")
def put_a_note_in_a_colleagues_mouth(scene, run):
    run("UPDATE candidates_note SET author_id = %s WHERE id = %s", scene.officer, scene.note)


@attack("R", rule=RESTRICTION, guard="privacy.Restriction:fixed")
def give_a_limit_another_ground(scene, run):
    run("UPDATE privacy_restriction SET ground = 'claim' WHERE id = %s", scene.restriction)


@attack("R", rule=RESTRICTION, guard="privacy.Restriction:fixed")
def limit_somebody_else_instead(scene, run):
    run("UPDATE privacy_restriction SET subject_id = %s WHERE id = %s", scene.stranger, scene.restriction)


@attack("R", rule=RESTRICTION, guard="privacy.Restriction:lifted_for_good")
def put_a_lifted_limit_back(scene, run):
    run(
        "UPDATE privacy_restriction SET lifted_at = NULL, lifted_by_id = NULL WHERE id = %s",
        scene.lifted,
    )


@attack("R", rule=RESTRICTION, guard="privacy.Restriction:lifted_for_good")
def forget_that_there_was_a_limit(scene, run):
    run("DELETE FROM privacy_restriction WHERE id = %s", scene.lifted)


@attack("R", rule=STANDS, guard="privacy.Subject:restriction_stands")
def free_somebody_past_the_limit(scene, run):
    run("UPDATE privacy_subject SET restricted_at = NULL WHERE id = %s", scene.limited)


@attack("R", rule=CORRECTION, guard="candidates.Correction:fixed")
def correct_another_fact_instead(scene, run):
    run("UPDATE candidates_correction SET fact = 'place' WHERE id = %s", scene.correction)


@attack("R", rule=COPY, guard="privacy.DataCopy:fixed")
def hand_a_copy_to_somebody_else(scene, run):
    run("UPDATE privacy_datacopy SET subject_id = %s WHERE id = %s", scene.stranger, scene.copy)


@pytest.mark.parametrize(("role", "attempt"), by_role("R"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


def test_a_limit_lifted_with_notice_frees_the_person(scene, second):
    """The other side: without it a refusal of every freeing would look like a guard that knows the limit."""
    with rolled_back(second("watson_app")) as run:
        run(
            "UPDATE privacy_restriction SET lift_reason = 'checked', told_how = 'phone', told_at = now(),"
            " lifted_at = now(), lifted_by_id = %s WHERE id = %s",
            scene.officer,
            scene.restriction,
        )
        run("UPDATE privacy_subject SET restricted_at = NULL WHERE id = %s", scene.limited)
        run.commit_checks()
