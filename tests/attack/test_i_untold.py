"""Who must still be told stays in sight, whoever writes what (ADR 23)."""

import pytest

from tests.attack.support import PUT_RIGHT, Foiled, assert_refused, attack, by_role, rolled_back
from watson.roles import APP, OWNER

FOLLOWS = "candidates.Untold:follows"


def marked(run, candidacy):
    return run.one("SELECT count(*) FROM candidates_untold WHERE candidacy_id = %s", candidacy) == 1


def forget(run, candidacy):
    run("DELETE FROM candidates_untold WHERE candidacy_id = %s", candidacy)


@attack("untold", rule="untold_follows", guard=FOLLOWS)
def take_somebody_untold_out_of_sight(scene, run):
    forget(run, scene.quinten_too)


@attack("untold", rule="untold_follows", guard=FOLLOWS)
def hang_a_mark_on_somebody_who_was_told(scene, run):
    run("UPDATE candidates_untold SET candidacy_id = %s WHERE candidacy_id = %s", scene.petra, scene.quinten_too)


@attack("untold", rule="untold_follows", guard="candidates.Untold:no_truncate", denied_to=(APP,))
def forget_everybody_untold(scene, run):
    run("TRUNCATE candidates_untold")


@attack("untold", rule=PUT_RIGHT, guard="candidates.Source:untold")
def call_it_an_application_for_a_moment(scene, run):
    for kind in ("application", "website"):
        run(
            "UPDATE candidates_source SET type = %s, url = 'https://a.example' WHERE candidacy_id = %s",
            kind,
            scene.quinten_too,
        )
        if kind == "application":
            forget(run, scene.quinten_too)
    if marked(run, scene.quinten_too):
        raise Foiled(scene.quinten_too)


@attack("untold", rule=PUT_RIGHT, guard="consent.Notice:untold")
def undo_a_notice_unseen(scene, run):
    run("UPDATE consent_notice SET undone_at = now() WHERE id = %s", scene.notice)
    if marked(run, scene.petra):
        raise Foiled(scene.petra)


@attack("untold", rule=PUT_RIGHT, guard="candidates.Candidacy:untold")
def end_it_for_a_moment(scene, run):
    ends = "UPDATE candidates_candidacy SET ended_at = %s, ended_reason = %s WHERE id = %s"
    run(ends, "2026-11-01", "no_answer", scene.quinten_too)
    forget(run, scene.quinten_too)
    run(ends, None, "", scene.quinten_too)
    if marked(run, scene.quinten_too):
        raise Foiled(scene.quinten_too)


@pytest.mark.parametrize(("role", "attempt"), by_role("untold"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


def test_a_mark_comes_with_the_source_and_goes_with_the_notice_the_application_and_the_end(scene, second):
    with rolled_back(second(OWNER)) as run:
        assert marked(run, scene.quinten_too)
        assert not marked(run, scene.petra)
        run("UPDATE consent_notice SET undone_at = now() WHERE id = %s", scene.notice)
        assert marked(run, scene.petra)
        message = run.clone(
            "mailing_message", run.one("SELECT message_id FROM consent_notice WHERE id = %s", scene.notice), key="again"
        )
        run.clone("consent_notice", scene.notice, message_id=message, undone_at=None)
        assert not marked(run, scene.petra)
        run(
            "UPDATE candidates_candidacy SET ended_at = now(), ended_reason = 'closed' WHERE id = %s", scene.quinten_too
        )
        assert not marked(run, scene.quinten_too)
