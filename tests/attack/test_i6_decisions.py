"""I6: every stage decision names the human who took it; nothing but a decision moves a stage."""

import psycopg2
import pytest

from tests.attack.support import PUT_RIGHT, Foiled, assert_refused, attack, by_role, rolled_back
from watson.roles import APP, OWNER

BY_HUMAN, DECIDED = "i6_decided_by_human", "candidates.Candidacy:i6_decided"
HUMAN = "candidates.StageDecision:i6_human"


def decide(run, scene, to="approached", candidacy=None, carry_out=True, **values):
    """A decision about Wim, whose stage is 'found', and the move itself."""
    candidacy = candidacy or scene.wim
    row = {"candidacy_id": candidacy, "from_stage": "found", "to_stage": to, **values}
    pk = run.clone("candidates_stagedecision", scene.decision, **row)
    if carry_out:
        run("UPDATE candidates_candidacy SET stage = %s WHERE id = %s", to, candidacy)
    return pk


@attack("I6", rule=BY_HUMAN, guard=DECIDED)
def move_without_a_decision(scene, run):
    run("UPDATE candidates_candidacy SET stage = 'hired' WHERE id = %s", scene.wim)


@attack("I6", rule=BY_HUMAN, guard=DECIDED)
def move_further_than_was_decided(scene, run):
    run("UPDATE candidates_candidacy SET stage = 'hired' WHERE id = %s", scene.petra)


@attack("I6", rule=BY_HUMAN, guard=DECIDED)
def move_back_to_found_without_a_decision(scene, run):
    run("UPDATE candidates_candidacy SET stage = 'found' WHERE id = %s", scene.petra)


@attack("I6", rule=BY_HUMAN, guard=DECIDED)
def begin_in_a_later_stage(scene, run):
    run.clone("candidates_candidacy", scene.wim, vacancy_id=scene.other_vacancy, stage="shortlisted")
    first = run.one("SELECT min(id) FROM consent_legalbasis WHERE subject_id = %s", scene.wim.subject)
    run.clone("consent_legalbasis", first, vacancy_id=scene.other_vacancy)


@attack("I6", rule=BY_HUMAN, guard="candidates.StageDecision:i6_carried_out")
def decide_now_and_move_in_another_transaction(scene, run):
    decide(run, scene, carry_out=False)


@attack("I6", rule=BY_HUMAN, guard=HUMAN)
def let_a_client_decide(scene, run):
    decide(run, scene, decided_by_id=scene.client_user)


@attack("I6", rule=BY_HUMAN, guard=HUMAN)
def let_somebody_who_left_decide(scene, run):
    decide(run, scene, decided_by_id=scene.gone)


@attack("I6", rule=BY_HUMAN, guard=HUMAN)
def decide_in_the_name_of_nobody_we_know(scene, run):
    user = run.clone("accounts_user", scene.client_user, email="ghost@search.example")
    decide(run, scene, decided_by_id=user)


@attack("I6", rule="i6_from_current", guard=HUMAN)
def decide_from_a_stage_it_is_not_in(scene, run):
    decide(run, scene, from_stage="offer", to="hired")


@attack("I6", rule="stage_decision_moves", guard="candidates_stagedecision.stage_decision_moves")
def decide_nothing(scene, run):
    decide(run, scene, to="found")


@attack("I6", rule="candidacy_stage_known", guard="candidates_candidacy.candidacy_stage_known")
def move_to_a_stage_of_ones_own(scene, run):
    decide(run, scene, to="ranked_first")


@attack("I6", rule="i5_append_only", guard=HUMAN, only=(OWNER,))
def slip_a_decision_behind_by_setting_the_numbers_back(scene, run):
    run("ALTER SEQUENCE candidates_stagedecision_id_seq RESTART WITH 1")
    decide(run, scene, candidacy=scene.petra, from_stage="introduced", to="hired", carry_out=False)


@attack("I6", rule=PUT_RIGHT, guard=HUMAN)
def slip_a_decision_in_before_the_last(scene, run):
    pk = decide(run, scene, candidacy=scene.petra, from_stage="introduced", to="hired", id=-1)
    if not run.one("SELECT 1 FROM candidates_stagedecision WHERE id = -1"):
        raise Foiled(pk)
    run("UPDATE candidates_candidacy SET stage = 'introduced' WHERE id = %s", scene.petra)


@attack("I6", rule=BY_HUMAN, guard="candidates.StageDecision:i6_still_decided", only=(OWNER,))
def forget_the_decision_and_keep_the_stage(scene, run):
    pk = decide(run, scene)
    run.commit_checks()
    run("SET CONSTRAINTS ALL DEFERRED")
    run.age("candidates_stagedecision", pk)
    run("DELETE FROM candidates_stagedecision WHERE id = %s", pk)


@attack("I6", rule="candidacy_fixed", guard="candidates.Candidacy:fixed", besides=("candidates.Candidacy:i2_purpose",))
def let_another_person_inherit_a_stage(scene, run):
    run("UPDATE candidates_candidate SET erase_on = '2020-01-01' WHERE id = %s", scene.petra.candidate)
    run(
        "UPDATE candidates_candidacy SET candidate_id = %s, subject_id = %s WHERE id = %s",
        scene.carla.candidate,
        scene.carla.subject,
        scene.petra,
    )
    run.clone(
        "consent_legalbasis",
        scene.basis,
        subject_id=scene.carla.subject,
        basis="legal_obligation",
        reason="closed",
        event_id=None,
    )


@attack("I6", rule="candidacy_fixed", guard="candidates.Candidacy:decided_stays")
def make_a_candidacy_anew_for_another_person(scene, run):
    run("UPDATE candidates_candidate SET erase_on = '2020-01-01' WHERE id = %s", scene.petra.candidate)
    run("DELETE FROM candidates_source WHERE candidacy_id = %s", scene.petra)
    run.anew("candidates_candidacy", scene.petra, candidate_id=scene.carla.candidate, subject_id=scene.carla.subject)
    run.clone(
        "consent_legalbasis",
        scene.basis,
        subject_id=scene.carla.subject,
        basis="legal_obligation",
        reason="closed",
        event_id=None,
    )


@pytest.mark.parametrize(("role", "attempt"), by_role("I6"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


@pytest.mark.parametrize("kind", ["given", "refused", "talk_first"])
def test_a_persons_own_answer_leaves_the_stage(kind, scene, second):
    with rolled_back(second(APP)) as run:
        run.clone("consent_consentevent", scene.yes, request_id=scene.asked, kind=kind, link_id=scene.asked_link)
        run.commit_checks()
        assert run.one("SELECT stage FROM candidates_candidacy WHERE id = %s", scene.quinten) == "found"


def test_a_decision_without_a_name_is_refused(role, scene, second):
    with rolled_back(second(role)) as run, pytest.raises(psycopg2.errors.CheckViolation) as refused:
        decide(run, scene, decided_by_id=None)
    assert refused.value.diag.constraint_name == BY_HUMAN
