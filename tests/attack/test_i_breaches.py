"""Breaches: what was reported stays, nobody is told without a decision, and late has a reason (GDPR art. 33)."""

import pytest

from tests.attack.support import assert_refused, attack, by_role, rolled_back

FIXED, DECIDED, LATE = "breach_fixed", "breach_decided", "breach_late_reason"


@attack("B", rule=FIXED, guard="privacy.Breach:reported_stays")
def know_it_later(scene, run):
    run("UPDATE privacy_breach SET aware_at = aware_at + interval '1 hour' WHERE id = %s", scene.breach)


@attack("B", rule=FIXED, guard="privacy.Breach:reported_stays")
def report_something_smaller(scene, run):
    run("UPDATE privacy_breach SET what = 'Niets' WHERE id = %s", scene.breach)


@attack("B", rule=DECIDED, guard="privacy_breach.breach_decided")
def tell_without_a_decision(scene, run):
    run("UPDATE privacy_breach SET notified_at = now(), late_reason = 'x' WHERE id = %s", scene.breach)


@attack("B", rule=DECIDED, guard="privacy_breach.breach_decided")
def decide_without_a_reason(scene, run):
    run(
        "UPDATE privacy_breach SET notify = 'no', decided_at = now(), decided_by_id = %s WHERE id = %s",
        scene.officer,
        scene.breach,
    )


@attack("B", rule=LATE, guard="privacy_breach.breach_late_reason")
def be_late_without_a_reason(scene, run):
    run(
        "UPDATE privacy_breach SET notify = 'yes', reason = 'x', decided_at = now(), decided_by_id = %s,"
        " notified_at = now() WHERE id = %s",
        scene.officer,
        scene.breach,
    )


@attack("B", rule="breach_future", guard="privacy_breach.breach_future")
def know_it_from_tomorrow(scene, run):
    run.clone("privacy_breach", scene.breach, aware_at="2099-01-01T00:00:00Z")


@attack("B", rule=DECIDED, guard="privacy.Breach:told_is_told")
def tell_it_at_another_moment(scene, run):
    run("UPDATE privacy_breach SET notified_at = aware_at WHERE id = %s", scene.breach_told)


@attack("B", rule=FIXED, guard="privacy.Breach:told_is_told")
def take_a_breach_out_of_the_register(scene, run):
    run("DELETE FROM privacy_breach WHERE id = %s", scene.breach_told)


@attack(
    "B",
    rule=FIXED,
    guard="privacy.Breach:no_truncate",
    besides=("privacy.BreachCrossing:no_truncate",),
    denied_to=("watson_app",),
)
def empty_the_register(scene, run):
    run("TRUNCATE privacy_breach CASCADE")


@pytest.mark.parametrize(("role", "attempt"), by_role("B"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


def test_a_decision_and_a_reason_are_enough(scene, second):
    """The other side: without it a refusal of everything would look like a guard that knows its rule."""
    with rolled_back(second("watson_app")) as run:
        run(
            "UPDATE privacy_breach SET notify = 'yes', reason = 'x', decided_at = now(), decided_by_id = %s,"
            " notified_at = now(), late_reason = 'Later ontdekt' WHERE id = %s",
            scene.officer,
            scene.breach,
        )
        run.commit_checks()
