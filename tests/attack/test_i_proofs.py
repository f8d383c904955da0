"""Sealed proofs: kept only on an assessment of their own, and opened once, by two people (GDPR art. 17(3)(e))."""

import pytest

from tests.attack.support import assert_refused, attack, by_role, rolled_back

OTHER, ROLE, ORDER, FIXED, RESTS = (
    "proof_other_approver",
    "proof_wrong_role",
    "proof_in_order",
    "proof_opening_fixed",
    "proof_rule_rests",
)
APPROVE = "UPDATE privacy_proofopening SET approved_by_id = %s, approved_at = now() WHERE id = %s"
SHOW = "UPDATE privacy_proofopening SET shown_at = now() WHERE id = %s"


@attack("P", rule=RESTS, guard="privacy.ProofRule:rests")
def keep_proof_on_an_assessment_of_searches(scene, run):
    run.clone("privacy_proofrule", scene.proof_rule, assessment_id=scene.assessment)


@attack("P", rule=RESTS, guard="privacy.ProofRule:rests")
def keep_proof_on_a_withdrawn_assessment(scene, run):
    run("UPDATE privacy_legitimateinterestassessment SET withdrawn_at = now() WHERE id = %s", scene.proof_assessment)
    run.clone("privacy_proofrule", scene.proof_rule)


@attack("P", rule="vacancy_assessment_of_search", guard="vacancies.VacancyAssessment:of_searches")
def rest_a_search_on_an_assessment_of_proofs(scene, run):
    run(
        "UPDATE vacancies_vacancyassessment SET assessment_id = %s WHERE vacancy_id = %s",
        scene.proof_assessment,
        scene.vacancy,
    )


@attack("P", rule=OTHER, guard="privacy_proofopening.proof_other_approver")
def approve_what_one_asked_oneself(scene, run):
    run(APPROVE, scene.officer, scene.opening)


@attack("P", rule=ROLE, guard="privacy.ProofOpening:two_people")
def let_a_recruiter_approve(scene, run):
    run(APPROVE, scene.recruiter, scene.opening)


@attack("P", rule=ROLE, guard="privacy.ProofOpening:two_people")
def let_a_recruiter_ask(scene, run):
    run.clone("privacy_proofopening", scene.opening, asked_by_id=scene.recruiter)


@attack("P", rule=ROLE, guard="privacy.ProofOpening:two_people")
def let_somebody_approve_who_left(scene, run):
    run("UPDATE accounts_user SET is_active = false WHERE id = %s", scene.second_officer)
    run(APPROVE, scene.second_officer, scene.opening)


@attack("P", rule=ORDER, guard="privacy.ProofOpening:in_order")
def open_without_approval(scene, run):
    run(SHOW, scene.opening)


@attack("P", rule=ORDER, guard="privacy.ProofOpening:in_order")
def open_twice(scene, run):
    run("UPDATE privacy_proofopening SET shown_at = NULL WHERE id = %s", scene.shown_opening)


@attack("P", rule=ORDER, guard="privacy.ProofOpening:in_order")
def give_the_approval_another_name(scene, run):
    run("UPDATE privacy_proofopening SET approved_by_id = %s WHERE id = %s", scene.second_officer, scene.opening)


@attack("P", rule=ORDER, guard="privacy.ProofOpening:in_order")
def ask_and_approve_at_once(scene, run):
    run.clone("privacy_proofopening", scene.approved_opening)


@attack("P", rule=ORDER, guard="privacy.ProofOpening:in_order")
def ask_without_a_reason(scene, run):
    run.clone("privacy_proofopening", scene.opening, reason=" ")


@attack("P", rule=FIXED, guard="privacy.ProofOpening:fixed")
def turn_an_approval_to_another_proof(scene, run):
    run(
        "UPDATE privacy_proofopening SET introduction = gen_random_uuid() WHERE id = %s",
        scene.approved_opening,
    )


@attack("P", rule=FIXED, guard="privacy.ProofOpening:reason_stays")
def give_it_another_reason_afterwards(scene, run):
    run("UPDATE privacy_proofopening SET reason = 'Iets anders' WHERE id = %s", scene.shown_opening)


@attack("P", rule=FIXED, guard="privacy.ProofOpening:stays")
def forget_who_opened_it(scene, run):
    run("DELETE FROM privacy_proofopening WHERE id = %s", scene.shown_opening)


@attack("P", rule=FIXED, guard="privacy.ProofOpening:no_truncate", denied_to=("watson_app",))
def forget_every_opening(scene, run):
    run("TRUNCATE privacy_proofopening")


@pytest.mark.parametrize(("role", "attempt"), by_role("P"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


def test_two_people_may(scene, second):
    """The other side: without it a refusal of every opening would look like guards that know who and when."""
    with rolled_back(second("watson_app")) as run:
        run(APPROVE, scene.second_officer, scene.opening)
        run(SHOW, scene.opening)
        run("UPDATE privacy_proofopening SET reason = '' WHERE id = %s", scene.opening)
        run.commit_checks()


def test_an_approval_comes_within_a_week_and_is_used_within_a_day(scene, second):
    with rolled_back(second("watson_owner")) as run:
        run("SET LOCAL session_replication_role = replica")
        run("UPDATE privacy_proofopening SET asked_at = asked_at - interval '8 days' WHERE id = %s", scene.opening)
        run(
            "UPDATE privacy_proofopening SET approved_at = approved_at - interval '25 hours' WHERE id = %s",
            scene.approved_opening,
        )
        run("SET LOCAL session_replication_role = origin")
        for late in ((APPROVE, scene.second_officer, scene.opening), (SHOW, scene.approved_opening)):
            run("SAVEPOINT late")
            with pytest.raises(Exception, match="within a"):
                run(*late)
            run("ROLLBACK TO SAVEPOINT late")
