"""I3: at commit every candidacy has a current legal basis; the log of bases is append-only and tells the truth."""

from datetime import timedelta

import pytest

from tests.attack.support import assert_refused, attack, by_role, rolled_back, silence
from watson.roles import APP, OWNER

PROOF = "consent.LegalBasis:proof"


def latest(run, subject):
    return run.one("SELECT max(id) FROM consent_legalbasis WHERE subject_id = %s", subject)


def start(run, scene, candidacy, **values):
    """A new basis of somebody in their vacancy."""
    row = {"basis": "legitimate_interest", "reason": "found", "by_id": scene.recruiter, "assessment_id": None}
    row |= {"subject_id": candidacy.subject, "vacancy_id": candidacy.vacancy, "event_id": None, **values}
    return run.clone("consent_legalbasis", scene.basis, **row)


@attack("I3", rule="i3_no_basis", guard="candidates.Candidacy:i3_basis")
def a_candidacy_without_a_basis(scene, run):
    run.clone("candidates_candidacy", scene.wim, vacancy_id=scene.other_vacancy, stage="found")


@attack("I3", rule="i3_no_basis", guard="candidates.Candidacy:i3_basis", besides=("candidates.Candidacy:fixed",))
def a_candidacy_moved_away_from_its_basis(scene, run):
    run("UPDATE candidates_candidacy SET vacancy_id = %s WHERE id = %s", scene.other_vacancy, scene.wim)


@attack("I3", rule="i3_no_basis", guard="candidates.Candidacy:i3_basis")
def a_basis_of_another_vacancy(scene, run):
    run.clone("candidates_candidacy", scene.wim, vacancy_id=scene.other_vacancy, stage="found")
    run.clone("consent_legalbasis", latest(run, scene.wim.subject))


@attack("I3", rule="i3_no_basis", guard="consent.ConsentEvent:i3_basis")
def withdraw_and_keep_the_consent_as_basis(scene, run):
    run.clone("consent_consentevent", scene.yes, kind="withdrawn")


@attack("I3", rule="i3_no_basis", guard="consent.ConsentEvent:i3_basis")
def expire_and_keep_the_consent_as_basis(scene, run):
    run.clone("consent_consentevent", scene.yes, kind="expired", link_id=None)


@attack("I3", rule="i3_no_basis", guard="consent.LegalBasis:i3_basis", only=(OWNER,))
def forget_the_old_basis_of_somebody_still_here(scene, run):
    old = run.one("SELECT min(id) FROM consent_legalbasis WHERE subject_id = %s", scene.carla.subject)
    run.age("consent_legalbasis", old)
    run("DELETE FROM consent_legalbasis WHERE id = %s", old)


@attack("I3", rule="legal_basis_has_proof", guard="consent_legalbasis.legal_basis_has_proof")
def consent_without_an_answer(scene, run):
    start(run, scene, scene.quinten, basis="consent", reason="given")


@attack("I3", rule="legal_basis_has_proof", guard="consent_legalbasis.legal_basis_has_proof", besides=(PROOF,))
def legitimate_interest_without_an_assessment(scene, run):
    start(run, scene, scene.quinten)


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def consent_on_another_persons_yes(scene, run):
    start(run, scene, scene.quinten, basis="consent", reason="given", event_id=scene.yes)


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def consent_on_a_no(scene, run):
    start(run, scene, scene.wim, basis="consent", reason="given", event_id=scene.wim_no)


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def consent_on_a_yes_withdrawn_since(scene, run):
    start(run, scene, scene.wim, basis="consent", reason="given", event_id=scene.wim_yes)


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def consent_for_the_wrong_reason(scene, run):
    start(run, scene, scene.petra, basis="consent", reason="found", event_id=scene.yes)


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def a_consent_to_be_kept_for_more_than_a_year(scene, run):
    run.clone("consent_legalbasis", scene.pool_basis, until="9999-12-31")


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def an_application_that_is_kept_for_months(scene, run):
    run.clone("consent_legalbasis", scene.pool_basis, basis="own_request", reason="applied", event_id=None)


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def a_consent_to_be_kept_on_a_yes_to_an_introduction(scene, run):
    run.clone("consent_legalbasis", scene.pool_basis, subject_id=scene.petra.subject, event_id=scene.yes)


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def a_vacancy_on_a_yes_to_be_kept(scene, run):
    start(run, scene, scene.pia, basis="consent", reason="given", event_id=scene.pool_yes)


@attack("I3", rule="legal_basis_has_proof", guard="consent_legalbasis.legal_basis_has_proof")
def a_consent_to_be_kept_without_an_end(scene, run):
    run.clone("consent_legalbasis", scene.pool_basis, until=None)


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def a_runner_up_until_another_day_than_they_were_asked_for(scene, run):
    run.clone("consent_legalbasis", scene.reserve_basis, until=str(scene.reserve_basis.until + timedelta(days=1)))


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def a_runner_up_on_a_yes_to_be_kept(scene, run):
    run.clone(
        "consent_legalbasis", scene.reserve_basis, subject_id=scene.pia.subject, event_id=scene.pool_yes, until="today"
    )


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def kept_for_others_on_a_yes_to_stay_as_runner_up(scene, run):
    run.clone("consent_legalbasis", scene.reserve_basis, basis="pool_consent")


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def an_obligation_to_have_found_somebody(scene, run):
    start(run, scene, scene.quinten, basis="legal_obligation", reason="found")


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def found_by_nobody(scene, run):
    start(run, scene, scene.quinten, assessment_id=scene.assessment, by_id=None)


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def found_on_an_assessment_of_other_searches(scene, run):
    start(run, scene, scene.quinten, assessment_id=scene.other_assessment)


@attack("I3", rule="legal_basis_has_proof", guard=PROOF)
def found_on_a_withdrawn_assessment(scene, run):
    run(
        "UPDATE vacancies_vacancyassessment SET assessment_id = %s WHERE vacancy_id = %s",
        scene.withdrawn_assessment,
        scene.vacancy,
    )
    start(run, scene, scene.quinten, assessment_id=scene.withdrawn_assessment)


@attack("I3", rule="legal_basis_no_swap", guard=PROOF)
def back_to_legitimate_interest_after_a_no(scene, run):
    start(run, scene, scene.wim, assessment_id=scene.assessment)


@attack("I3", rule="legal_basis_no_swap", guard=PROOF)
def back_to_legitimate_interest_behind_a_consent(scene, run):
    start(run, scene, scene.petra, assessment_id=scene.assessment, id=1_000_000_000)


@attack("I3", rule="i5_append_only", guard=PROOF, only=(OWNER,))
def a_basis_behind_the_newest_by_setting_the_numbers_back(scene, run):
    run("ALTER SEQUENCE consent_legalbasis_id_seq RESTART WITH 1")
    start(run, scene, scene.quinten, basis="legal_obligation", reason="closed")


@attack("I3", rule="i5_append_only", guard="consent.LegalBasis:no_truncate", denied_to=(APP,))
def truncate_the_bases(scene, run):
    run("TRUNCATE consent_legalbasis")


@pytest.mark.parametrize(("role", "attempt"), by_role("I3"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


@pytest.mark.parametrize("number", [-1, 1, 9_000_000_000_000_000_000])
def test_a_number_of_ones_own_does_not_choose_the_basis_in_force(number, role, ignore, scene, second):
    with rolled_back(second(role)) as run:
        silence(run, ignore)
        before = latest(run, scene.quinten.subject)
        start(run, scene, scene.quinten, id=number, basis="legal_obligation", reason="closed")
        newest = latest(run, scene.quinten.subject)
        assert before < newest < 1_000_000
        assert run.one("SELECT basis FROM consent_legalbasis WHERE id = %s", newest) == "legal_obligation"
