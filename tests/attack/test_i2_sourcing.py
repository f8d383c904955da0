"""I2: a candidacy is made only for an open vacancy with client, assignment, purpose, role, agreement and assessment."""

import pytest

from tests.attack.support import assert_refused, attack, by_role

GUARD = "candidates.Candidacy:i2_purpose"


def source(run, scene, vacancy):
    """Put somebody in a vacancy with a basis that looks right, so that only I2 stands in the way."""
    run.clone(
        "candidates_candidacy",
        scene.wim,
        vacancy_id=vacancy,
        ended_at=None,
        ended_reason="",
        stage="found",
    )
    run.clone("consent_legalbasis", first_basis(run, scene), vacancy_id=vacancy)


def first_basis(run, scene):
    return run.one("SELECT min(id) FROM consent_legalbasis WHERE subject_id = %s", scene.wim.subject)


def lacking(name, rule, change):
    """Sourcing for a vacancy that lost one of its conditions."""

    @attack("I2", rule=rule, guard=GUARD, name=f"source-{name}")
    def try_it(scene, run):
        run(f"UPDATE vacancies_vacancy SET {change} WHERE id = %s", scene.processor_vacancy)
        source(run, scene, scene.processor_vacancy)


lacking("for-a-closed-vacancy", "i2_vacancy_open", "state = 'closed', closed_at = now()")
lacking("for-a-vacancy-back-in-draft", "i2_vacancy_open", "state = 'draft'")
lacking("without-words-of-assignment", "i2_assignment", "assignment = E' \\n\\t'")
lacking("without-day-of-assignment", "i2_assignment", "assignment_on = NULL")
lacking("without-purpose", "i2_purpose", "purpose = E'\\n'")
lacking("without-role", "i2_role", "role = ''")
lacking("as-processor-without-agreement", "i2_agreement", "agreement_id = NULL")
lacking("as-joint-on-a-processor-agreement", "i2_agreement", "role = 'joint'")


@attack("I2", rule="i2_vacancy_open", guard=GUARD)
def source_for_a_draft(scene, run):
    source(run, scene, scene.draft)


@attack("I2", rule="i2_vacancy_open", guard=GUARD)
def source_for_a_closed_vacancy_on_conflict(scene, run):
    run("UPDATE vacancies_vacancy SET state = 'closed', closed_at = now() WHERE id = %s", scene.vacancy)
    run(
        "INSERT INTO candidates_candidacy (id, candidate_id, subject_id, vacancy_id, stage, created_at, changed_at,"
        " ended_reason) VALUES (gen_random_uuid(), %s, %s, %s, 'found', now(), now(), '')"
        " ON CONFLICT (candidate_id, vacancy_id) DO UPDATE SET ended_at = NULL",
        scene.carla.candidate,
        scene.carla.subject,
        scene.vacancy,
    )
    run(
        "INSERT INTO consent_legalbasis (subject_id, vacancy_id, basis, reason, by_id, assessment_id)"
        " VALUES (%s, %s, 'legitimate_interest', 'found', %s, %s)",
        scene.carla.subject,
        scene.vacancy,
        scene.recruiter,
        scene.assessment,
    )


@attack("I2", rule="i2_agreement", guard=GUARD)
def source_on_an_agreement_not_signed(scene, run):
    run("UPDATE vacancies_agreement SET signed_on = NULL WHERE id = %s", scene.agreement)
    source(run, scene, scene.processor_vacancy)


@attack("I2", rule="i2_agreement", guard=GUARD)
def source_on_an_agreement_run_out(scene, run):
    run(
        "UPDATE vacancies_agreement SET valid_from = '2020-01-01', valid_until = '2021-01-01' WHERE id = %s",
        scene.agreement,
    )
    source(run, scene, scene.processor_vacancy)


@attack("I2", rule="i2_agreement", guard=GUARD)
def source_on_an_agreement_given_to_another_client(scene, run):
    run("UPDATE vacancies_agreement SET client_id = %s WHERE id = %s", scene.other_client, scene.agreement)
    source(run, scene, scene.processor_vacancy)


@attack("I2", rule="i2_assessment", guard=GUARD, besides=("consent.LegalBasis:proof",))
def source_without_an_assessment(scene, run):
    run("DELETE FROM vacancies_vacancyassessment WHERE vacancy_id = %s", scene.processor_vacancy)
    source(run, scene, scene.processor_vacancy)


@attack("I2", rule="i2_assessment", guard=GUARD, besides=("consent.LegalBasis:proof",))
def source_on_a_withdrawn_assessment(scene, run):
    run(
        "UPDATE privacy_legitimateinterestassessment SET withdrawn_at = now() WHERE id = %s",
        scene.assessment,
    )
    source(run, scene, scene.processor_vacancy)


@attack("I2", rule="i2_assessment", guard=GUARD)
def source_on_an_assessment_past_its_review(scene, run):
    old = run.clone(
        "privacy_legitimateinterestassessment",
        scene.assessment,
        title="Old",
        approved_at="2020-01-01T00:00:00Z",
        review_on="2020-12-01",
    )
    run("UPDATE vacancies_vacancyassessment SET assessment_id = %s WHERE vacancy_id = %s", old, scene.processor_vacancy)
    run.clone("candidates_candidacy", scene.wim, vacancy_id=scene.processor_vacancy, stage="found")
    run.clone("consent_legalbasis", first_basis(run, scene), vacancy_id=scene.processor_vacancy, assessment_id=old)


@attack("I2", rule="i2_vacancy_open", guard=GUARD, besides=("candidates.Candidacy:fixed",))
def move_a_candidacy_to_a_draft(scene, run):
    run("UPDATE candidates_candidacy SET vacancy_id = %s WHERE id = %s", scene.draft, scene.wim)
    run.clone("consent_legalbasis", first_basis(run, scene), vacancy_id=scene.draft)


@attack("I2", rule="i2_vacancy_open", guard=GUARD, besides=("candidates.Candidacy:fixed",))
def put_another_person_in_a_candidacy_of_a_closed_vacancy(scene, run):
    run("UPDATE vacancies_vacancy SET state = 'closed', closed_at = now() WHERE id = %s", scene.other_vacancy)
    run(
        "UPDATE candidates_candidacy SET candidate_id = %s, subject_id = %s WHERE id = %s",
        scene.wim.candidate,
        scene.wim.subject,
        scene.quinten_too,
    )
    run.clone("consent_legalbasis", first_basis(run, scene), vacancy_id=scene.other_vacancy)


@attack("I2", rule="candidacy_same_subject", guard=GUARD)
def source_one_person_in_the_name_of_another(scene, run):
    run.clone("candidates_candidacy", scene.wim, vacancy_id=scene.other_vacancy, subject_id=scene.petra.subject)
    run.clone(
        "consent_legalbasis",
        first_basis(run, scene),
        vacancy_id=scene.other_vacancy,
        subject_id=scene.petra.subject,
    )


@attack("I2", rule="candidacy_fixed", guard="candidates.Candidacy:fixed")
def move_a_candidacy_to_another_open_vacancy(scene, run):
    run("UPDATE candidates_candidacy SET vacancy_id = %s WHERE id = %s", scene.other_vacancy, scene.wim)
    run.clone("consent_legalbasis", first_basis(run, scene), vacancy_id=scene.other_vacancy)


@attack("I2", rule="candidacy_same_subject", guard="candidates.Candidate:same_subject")
def make_a_candidate_somebody_else(scene, run):
    run(
        "UPDATE candidates_candidate SET subject_id = %s WHERE id = %s",
        scene.stranger,
        scene.wim.candidate,
    )


@attack("I2", rule="candidacy_same_subject", guard="candidates.Candidate:same_subject_anew")
def make_a_candidate_anew_as_somebody_else(scene, run):
    run("DELETE FROM candidates_contactpoint WHERE candidate_id = %s", scene.wim.candidate)
    run.anew("candidates_candidate", scene.wim.candidate, subject_id=scene.stranger)


@attack("I2", rule="vacancy_stays", guard="vacancies.Vacancy:consistent")
def give_an_open_vacancy_to_another_client(scene, run):
    run("UPDATE vacancies_vacancy SET client_id = %s WHERE id = %s", scene.other_client, scene.vacancy)


@attack("I2", rule="vacancy_stays", guard="vacancies.Vacancy:consistent")
def give_a_vacancy_to_another_client_by_way_of_draft(scene, run):
    run("UPDATE vacancies_vacancy SET state = 'draft', opened_at = NULL WHERE id = %s", scene.vacancy)
    run("UPDATE vacancies_vacancy SET client_id = %s WHERE id = %s", scene.other_client, scene.vacancy)


@attack("I2", rule="vacancy_stays", guard="vacancies.Vacancy:stays")
def make_an_open_vacancy_anew_for_another_client(scene, run):
    run.anew("vacancies_vacancy", scene.vacancy, client_id=scene.other_client)


@attack("I2", rule="vacancy_forward", guard="vacancies.Vacancy:consistent")
def skip_the_closing_of_a_vacancy(scene, run):
    run(
        "UPDATE vacancies_vacancy SET state = 'procedure_closed', closed_at = now(), procedure_closed_at = now()"
        " WHERE id = %s",
        scene.vacancy,
    )


@attack("I2", rule="vacancy_agreement_of_client", guard="vacancies.Vacancy:consistent")
def rest_a_vacancy_on_another_clients_agreement(scene, run):
    run("UPDATE vacancies_vacancy SET agreement_id = %s WHERE id = %s", scene.agreement, scene.other_vacancy)


@attack("I2", rule="vacancy_agency_own_staff", guard="vacancies.Vacancy:consistent")
def source_for_the_agency_itself(scene, run):
    own = run.clone("vacancies_client", scene.client, legal_name="The agency B.V.", is_agency=True)
    run.clone("vacancies_vacancy", scene.draft, client_id=own)


@attack("I2", rule="lia_withdrawn_for_good", guard="privacy.LegitimateInterestAssessment:withdrawn_for_good")
def bring_back_a_withdrawn_assessment(scene, run):
    run("UPDATE privacy_legitimateinterestassessment SET withdrawn_at = NULL WHERE id = %s", scene.withdrawn_assessment)


@attack("I2", rule="lia_other_approver", guard="privacy_legitimateinterestassessment.lia_other_approver")
def approve_ones_own_assessment(scene, run):
    run.clone(
        "privacy_legitimateinterestassessment",
        scene.assessment,
        title="Mine",
        approved_by_id=scene.recruiter,
        author_id=scene.recruiter,
    )


@attack("I2", rule="lia_approved_whole", guard="privacy_legitimateinterestassessment.lia_approved_whole")
def approve_an_assessment_for_ever(scene, run):
    run.clone("privacy_legitimateinterestassessment", scene.assessment, title="Ever", review_on="9999-12-31")


@attack("I2", rule="vacancy_assessment_confirmed", guard="vacancies_vacancyassessment.vacancy_assessment_confirmed")
def leave_a_point_of_the_assessment_open(scene, run):
    run("UPDATE vacancies_vacancyassessment SET same_sources = false WHERE vacancy_id = %s", scene.vacancy)


@attack("I2", rule="agreement_processor_whole", guard="vacancies_agreement.agreement_processor_whole")
def sign_a_processor_agreement_with_gaps(scene, run):
    run("UPDATE vacancies_agreement SET art28_items = '{a,b}' WHERE id = %s", scene.agreement)


@attack("I2", rule="vacancy_state_dated", guard="vacancies_vacancy.vacancy_state_dated")
def close_a_vacancy_on_no_day(scene, run):
    run("UPDATE vacancies_vacancy SET state = 'closed' WHERE id = %s", scene.vacancy)


@pytest.mark.parametrize(("role", "attempt"), by_role("I2"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)
