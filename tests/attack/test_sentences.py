"""Every refusal has a sentence somebody at the desk understands."""

import re

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from privacy.guards import REFUSALS, constraint_sentences, sentence_for
from tests import factories
from tests.attack.support import rolled_back
from watson.roles import OWNER

# No form leads to these: they hold code and scripts to what the forms and verbs already keep to.
TECHNICAL = {
    "inbound_stuck_ends",
    "logo_is_one",
    "correction_decided_by_somebody",
    "correction_waits_once",
    "restriction_open_once",
    "clock_feed_one_alive",
    "crossing_once",
    "decision_ground_fits",
    "mandate_checked_by_somebody",
    "request_notice_once",
    "request_step_once",
    "telling_once",
    "telling_waived_by_somebody",
    "user_email_lower_case",
    "user_role_known",
    "membership_once",
    "organisation_is_one",
    "queue_pause_is_one",
    "candidacy_stage_known",
    "mention_once",
    "task_feed_one_alive",
    "round_file_once",
    "round_kind_known",
    "round_person_once",
    "search_document_once",
    "list_export_person_once",
    "candidacy_ended_has_reason",
    "consent_event_kind_known",
    "consent_introduce_names_client",
    "consent_text_version_once",
    "template_retired_once",
    "template_version_once",
    "lia_version_once",
    "message_state_known",
    "recipient_once",
    "revelation_once",
    "request_answered_by_somebody",
    "request_received_before_noted",
    "source_found_by_somebody",
    "stage_decision_moves",
    "subject_not_merged_into_itself",
    "suppression_row_once",
    "suppression_scope_complete",
    "vacancy_state_dated",
    "client_agency_once",
    "attachment_content_id_once",
    "attachment_once",
    "inbound_file_kept_or_not",
    "inbound_kind_known",
    "message_key_once",
    "suggestion_once",
    "erasure_person_once",
    "erasure_step_done_dated",
    "erasure_step_once",
    "suggestion_settled_by_somebody",
    "mailbox_address_lower_case",
    "mailbox_find_decided_by_somebody",
    "mailbox_find_once",
    "mailbox_sweep_once",
    "mailbox_sweep_verified",
    "mailbox_trouble_dated",
    "spotted_mail_breach_registered",
    "spotted_mail_once",
    "spotted_mail_settled_by_somebody",
    "held_person_once",
    "breach_crossing_once",
}


def ours() -> list[type[models.Model]]:
    floors = ("introductions", "candidates", "consent", "vacancies", "mailing", "privacy", "accounts")
    return [model for model in apps.get_models() if model._meta.app_label in floors]


def test_every_rule_a_guard_raises_has_a_sentence(scene, second):
    with rolled_back(second(OWNER)) as run:
        run("SELECT prosrc FROM pg_proc WHERE proname LIKE 'pgtrigger_%%'")
        raised = {rule for (source,) in run.cursor.fetchall() for rule in re.findall(r"CONSTRAINT = '(\w+)'", source)}
    assert len(raised) > 30
    assert raised <= set(REFUSALS)


def test_every_constraint_has_a_sentence_or_is_out_of_reach():
    named = {constraint.name for model in ours() for constraint in model._meta.constraints}
    assert len(named) > 30
    assert named - set(REFUSALS) - set(constraint_sentences()) == TECHNICAL & named


def test_a_sentence_is_a_sentence():
    for rule, sentence in {**REFUSALS, **constraint_sentences()}.items():
        assert re.fullmatch(r"[A-Z].*[.?]", str(sentence)), f"{rule}: {sentence}"
        assert rule not in str(sentence)


@pytest.mark.django_db
def test_a_constraint_of_a_model_is_told_in_its_own_words():
    candidacy = factories.make_candidacy()
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        factories.make_candidacy(candidacy.vacancy, candidate=candidacy.candidate)
    assert str(sentence_for(refused.value)) == "This person is in this vacancy already."
