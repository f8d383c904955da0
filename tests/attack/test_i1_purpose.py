"""I1: at commit a candidate has at least one candidacy, or carries the date on which it will be erased."""

import io

import psycopg2
import pytest

from tests.attack.support import assert_refused, attack, by_role
from watson.roles import APP

ON_CANDIDATE, ON_CANDIDACY = "candidates.Candidate:i1_purpose", "candidates.Candidacy:i1_purpose"
KEPT_CANDIDATE, KEPT = "candidates.Candidate:i1_kept", "i1_kept_by_consent"
RULE = "i1_no_purpose"
TRUNCATES = (
    "candidates.StageDecision:no_truncate",
    "candidates.Untold:no_truncate",
    "introductions.Placement:no_truncate",
)


@attack("I1", rule=RULE, guard=ON_CANDIDATE)
def insert_somebody_without_a_vacancy(scene, run):
    run.clone("candidates_candidate", scene.petra.candidate, subject_id=scene.stranger)


@attack("I1", rule=KEPT, guard=KEPT_CANDIDATE)
def insert_somebody_to_be_erased_never(scene, run):
    run.clone("candidates_candidate", scene.petra.candidate, subject_id=scene.stranger, erase_on="9999-12-31")


@attack("I1", rule=KEPT, guard=KEPT_CANDIDATE)
def keep_somebody_who_never_agreed(scene, run):
    run("UPDATE candidates_candidate SET erase_on = current_date + 60 WHERE id = %s", scene.wim.candidate)


@attack("I1", rule=KEPT, guard=KEPT_CANDIDATE)
def keep_somebody_on_a_consent_to_an_introduction(scene, run):
    run("UPDATE candidates_candidate SET erase_on = current_date + 60 WHERE id = %s", scene.petra.candidate)


@attack("I1", rule=KEPT, guard=KEPT_CANDIDATE)
def keep_somebody_longer_than_they_agreed(scene, run):
    run("UPDATE candidates_candidate SET erase_on = erase_on + 1 WHERE id = %s", scene.pia.candidate)


@attack("I1", rule=KEPT, guard="consent.ConsentEvent:i1_kept")
def withdraw_and_keep_the_date(scene, run):
    run.clone("consent_consentevent", scene.pool_yes, kind="withdrawn")


@attack("I1", rule=KEPT, guard="consent.ConsentEvent:i1_kept")
def expire_and_keep_the_date(scene, run):
    run.clone("consent_consentevent", scene.pool_yes, kind="expired", link_id=None)


@attack("I1", rule=KEPT, guard=KEPT_CANDIDATE)
def keep_a_runner_up_longer_than_their_day(scene, run):
    run("UPDATE candidates_candidate SET erase_on = erase_on + 1 WHERE id = %s", scene.rik.candidate)


@attack("I1", rule=KEPT, guard="consent.ConsentEvent:i1_kept")
def withdraw_as_runner_up_and_keep_the_date(scene, run):
    run.clone("consent_consentevent", scene.reserve_yes, kind="withdrawn")


@attack("I1", rule=RULE, guard=ON_CANDIDATE)
def copy_somebody_in(scene, run):
    row = run.one(
        "SELECT concat_ws(E'\\t', gen_random_uuid(), %s, 'Nobody', 'nl', 'neutral', 'nobody', now())", scene.stranger
    )
    blank = ["given_name", "initials", "infix", "partner_infix", "partner_surname", "title_before", "title_after"]
    blank += ["job_title", "employer", "place"]
    columns = ("id", "subject_id", "surname", "language", "salutation", "sort_key", "created_at", *blank)
    lines = io.StringIO(row + "\t" * len(blank) + "\n")
    run.cursor.copy_expert(f"COPY public.candidates_candidate ({', '.join(columns)}) FROM STDIN", lines)


@attack("I1", rule=RULE, guard=ON_CANDIDATE)
def take_the_date_away_after_the_vacancy(scene, run):
    pk = run.clone("candidates_candidate", scene.petra.candidate, subject_id=scene.stranger, erase_on="2020-01-01")
    run.commit_checks()
    run("SET CONSTRAINTS ALL DEFERRED")
    run("UPDATE candidates_candidate SET erase_on = NULL WHERE id = %s", pk)


@attack("I1", rule=RULE, guard=ON_CANDIDATE)
def merge_the_date_away(scene, run):
    pk = run.clone("candidates_candidate", scene.petra.candidate, subject_id=scene.stranger, erase_on="2020-01-01")
    run.commit_checks()
    run("SET CONSTRAINTS ALL DEFERRED")
    run(
        "MERGE INTO candidates_candidate c USING (SELECT %s::uuid AS id) x ON c.id = x.id"
        " WHEN MATCHED THEN UPDATE SET erase_on = NULL",
        pk,
    )


@attack("I1", rule=RULE, guard=ON_CANDIDACY)
def delete_the_only_candidacy(scene, run):
    run("DELETE FROM candidates_source WHERE candidacy_id = %s", scene.wim)
    run("DELETE FROM candidates_candidacy WHERE id = %s", scene.wim)


@attack("I1", rule=RULE, guard=ON_CANDIDACY)
def delete_both_candidacies_one_by_one(scene, run):
    for one in (scene.quinten, scene.quinten_too):
        run("DELETE FROM candidates_source WHERE candidacy_id = %s", one)
        run("DELETE FROM candidates_candidacy WHERE id = %s", one)


@attack("I1", rule=RULE, guard=ON_CANDIDACY)
def delete_after_an_early_check(scene, run):
    run("UPDATE candidates_candidacy SET candidate_id = candidate_id WHERE id = %s", scene.wim)
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")
    delete_the_only_candidacy(scene, run)


@attack("I1", rule=RULE, guard="candidates.Candidacy:no_truncate", besides=TRUNCATES, denied_to=(APP,))
def truncate_the_candidacies(scene, run):
    run("TRUNCATE candidates_candidacy CASCADE")


@attack(
    "I1",
    rule=RULE,
    guard="candidates.Candidate:no_truncate",
    besides=("candidates.Candidacy:no_truncate", *TRUNCATES),
    denied_to=(APP,),
)
def truncate_the_candidates(scene, run):
    run("TRUNCATE candidates_candidate CASCADE")


@pytest.mark.parametrize(("role", "attempt"), by_role("I1"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


def test_a_real_commit_is_refused(scene, second):
    app = second(APP)
    with app.cursor() as cursor:
        cursor.execute("DELETE FROM candidates_source WHERE candidacy_id = %s", [str(scene.wim.pk)])
        cursor.execute("DELETE FROM candidates_candidacy WHERE id = %s", [str(scene.wim.pk)])
    with pytest.raises(psycopg2.errors.CheckViolation) as refused:
        app.commit()
    assert refused.value.diag.constraint_name == RULE
