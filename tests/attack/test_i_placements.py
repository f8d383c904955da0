"""Placements: of somebody who was hired, whose they are stays, and none goes before the law lets it."""

import pytest

from tests.attack.support import assert_refused, attack, by_role

HIRED, FIXED, STAYS = "placement_hired", "placement_fixed", "placement_stays"


@attack("P", rule=HIRED, guard="introductions.Placement:placed")
def invoice_somebody_who_was_not_hired(scene, run):
    run.clone("introductions_placement", scene.placement, candidacy_id=scene.yusuf, subject_id=scene.yusuf.subject_id)


@attack("P", rule=FIXED, guard="introductions.Placement:fixed")
def hand_a_placement_to_somebody_else(scene, run):
    run("UPDATE introductions_placement SET subject_id = %s WHERE id = %s", scene.stranger, scene.placement)


@attack("P", rule=STAYS, guard="introductions.Placement:stays")
def throw_the_books_away(scene, run):
    run("DELETE FROM introductions_placement WHERE id = %s", scene.placement)


@attack("P", rule=STAYS, guard="introductions.Placement:no_truncate", denied_to=("watson_app",))
def throw_all_books_away(scene, run):
    run("TRUNCATE introductions_placement")


@pytest.mark.parametrize(("role", "attempt"), by_role("P"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)
