"""I8: no message is claimed for a suppressed, restricted or erased person, save the closed list the law wants sent."""

import psycopg2
import pytest

from mailing.models import LEGAL_KINDS, State
from tests.attack.support import assert_refused, attack, by_role, rolled_back, silence
from watson.roles import APP, OWNER

CLAIM, CLAIM_NEW, FIXED = (f"mailing.Message:{name}" for name in ("i8_claim", "i8_claim_new", "i8_fixed"))
LEFT = [state for state in State.values if state not in ("draft", "queued", "aborted")]


def claim(run, message):
    run(
        "UPDATE mailing_message SET state = 'claimed', claimed_at = now(), attempts = attempts + 1 WHERE id = %s",
        message,
    )


def write(run, scene, **values):
    """A message to Wim, who said stop."""
    return run.clone("mailing_message", scene.to_wim, key=str(id(run)), **values)


for state in LEFT:

    @attack("I8", rule="i8_suppressed", guard=CLAIM, name=f"take-a-message-to-{state}")
    def take_it_there(scene, run, state=state):
        run("UPDATE mailing_message SET state = %s WHERE id = %s", state, scene.to_wim)

    @attack("I8", rule="i8_suppressed", guard=CLAIM_NEW, name=f"insert-a-message-as-{state}")
    def insert_it_there(scene, run, state=state):
        write(run, scene, state=state)


@attack("I8", rule="i8_suppressed", guard=CLAIM)
def claim_a_text_to_copy(scene, run):
    claim(run, write(run, scene, state="draft", channel="inmail", to_email=""))


@attack("I8", rule="i8_suppressed", guard=CLAIM)
def claim_an_aborted_message(scene, run):
    pk = write(run, scene, state="aborted")
    claim(run, pk)


@attack("I8", rule="i8_suppressed", guard=CLAIM)
def claim_by_upsert(scene, run):
    run(
        "INSERT INTO mailing_message SELECT * FROM mailing_message WHERE id = %s"
        " ON CONFLICT (id) DO UPDATE SET state = 'claimed'",
        scene.to_wim,
    )


@attack("I8", rule="i8_suppressed", guard=CLAIM)
def claim_by_merge(scene, run):
    run(
        "MERGE INTO mailing_message m USING (SELECT 1) x ON m.id = %s WHEN MATCHED THEN UPDATE SET state = 'claimed'",
        scene.to_wim,
    )


@attack("I8", rule="i8_suppressed", guard=CLAIM)
def claim_again_after_the_stop(scene, run):
    claim(run, scene.queued)
    run.clone("privacy_suppressionentry", scene.stop, hash="a" * 64)
    claim(run, scene.queued)


@attack("I8", rule="i8_suppressed", guard=CLAIM)
def claim_for_a_stopped_vacancy(scene, run):
    run.clone("privacy_suppressionentry", scene.stop, hash="a" * 64, scope="vacancy", vacancy_ref=scene.vacancy)
    claim(run, scene.queued)


@attack("I8", rule="i8_suppressed", guard=CLAIM)
def claim_for_a_stopped_client(scene, run):
    run.clone("privacy_suppressionentry", scene.stop, hash="a" * 64, scope="client", client_ref=scene.client)
    claim(run, scene.queued)


@attack("I8", rule="i8_suppressed", guard=CLAIM)
def claim_when_one_of_many_addresses_is_stopped(scene, run):
    claim(run, write(run, scene, recipient_hmacs=["d" * 64, "b" * 64, "e" * 64]))


@attack("I8", rule="i8_erased", guard=CLAIM)
def claim_for_somebody_erased(scene, run):
    claim(run, scene.to_erased)


@attack("I8", rule="i8_restricted", guard=CLAIM)
def claim_for_somebody_restricted(scene, run):
    claim(run, scene.to_restricted)


@attack("I8", rule="i8_unchecked", guard=CLAIM)
def claim_without_anything_to_compare(scene, run):
    claim(run, write(run, scene, recipient_hmacs=[]))


@attack("I8", rule="i8_unchecked", guard=CLAIM_NEW)
def send_by_hand_without_anything_to_compare(scene, run):
    write(run, scene, recipient_hmacs=[], channel="inmail", to_email="", state="accepted")


# Changing what is compared


def bend(name, change):
    @attack("I8", rule="i8_addressee_fixed", guard=FIXED, name=name, besides=(CLAIM,) if "claim" in name else ())
    def try_it(scene, run):
        run(f"UPDATE mailing_message SET {change} WHERE id = %s", scene.queued)


bend("clear-the-hashes", "recipient_hmacs = '{}'")
bend("clear-the-hashes-with-the-claim", "recipient_hmacs = '{}', state = 'claimed'")
bend("replace-the-hashes", "recipient_hmacs = ARRAY[repeat('f', 64)]")
bend("change-the-address", "to_email = 'wim@person.example'")
bend("change-the-kind", "kind = 'receipt', vacancy_ref = NULL, client_ref = NULL, act_id = gen_random_uuid()")
bend("change-the-channel", "channel = 'inmail'")
bend("leave-the-person-out", "subject_id = NULL")
bend("leave-the-vacancy-out", "vacancy_ref = NULL")
bend("leave-the-client-out", "client_ref = NULL")
bend("change-the-words", "template_id = NULL")
bend("change-the-key", "id = gen_random_uuid()")


@attack("I8", rule="i8_addressee_fixed", guard=FIXED)
def change_the_address_after_the_claim(scene, run):
    claim(run, scene.queued)
    run("UPDATE mailing_message SET to_email = 'wim@person.example' WHERE id = %s", scene.queued)


@attack("I8", rule="i8_addressee_fixed", guard=FIXED)
def change_the_address_between_two_attempts(scene, run):
    claim(run, scene.queued)
    run("UPDATE mailing_message SET state = 'queued', to_email = 'wim@person.example' WHERE id = %s", scene.queued)


# The closed list


def legal(run, scene, **values):
    """A message of a legal kind to Wim, who withdrew through his own link; his question is the act."""
    row = {
        "kind": "receipt",
        "act_kind": "consent_request",
        "act_id": scene.wim_request,
        "vacancy_ref": None,
        "client_ref": None,
        "template_id": scene.other_template,
        **values,
    }
    claim(run, write(run, scene, **row))


@attack("I8", rule="i8_legal_act", guard="mailing_message.i8_legal_act")
def a_legal_kind_about_a_vacancy(scene, run):
    legal(run, scene, vacancy_ref=scene.vacancy)


@attack("I8", rule="i8_legal_act", guard="mailing_message.i8_legal_act", besides=(CLAIM,))
def a_legal_kind_without_an_act(scene, run):
    legal(run, scene, act_id=None)


@attack("I8", rule="i8_legal_act", guard=CLAIM)
def a_legal_kind_on_an_act_that_never_was(scene, run):
    legal(run, scene, act_id=scene.stranger)


@attack("I8", rule="i8_legal_act", guard=CLAIM)
def a_legal_kind_on_an_act_of_a_kind_unheard_of(scene, run):
    legal(run, scene, act_kind="whim")


@attack("I8", rule="i8_legal_act", guard=CLAIM)
def tell_somebody_who_is_no_recipient(scene, run):
    legal(run, scene, kind="art19", act_kind="telling", act_id=scene.telling, template_id=None)


@attack("I8", rule="i8_legal_act", guard=CLAIM)
def pass_a_receipt_for_what_a_recipient_is_told(scene, run):
    party = scene.contact.subject
    legal(run, scene, kind="receipt", act_kind="telling", act_id=scene.telling, subject_id=party, template_id=None)


@attack("I8", rule="i8_legal_act", guard=CLAIM)
def a_legal_kind_on_another_persons_act(scene, run):
    legal(run, scene, act_id=scene.petra_request)


@attack("I8", rule="i8_legal_act", guard=CLAIM)
def a_receipt_of_no_answer(scene, run):
    legal(run, scene, subject_id=scene.quinten.subject, act_id=scene.asked)


@attack("I8", rule="i8_legal_act", guard=CLAIM)
def an_approach_dressed_as_a_receipt(scene, run):
    legal(run, scene, template_id=scene.template)


@attack("I8", rule="i8_legal_act", guard=CLAIM)
def an_introduction_told_to_somebody_it_was_not_made_to(scene, run):
    legal(run, scene, kind="art19", act_kind="introduction", act_id=scene.introduction, template_id=None)


# The stops themselves


def undo(name, guard, rule, statement, **more):
    @attack("I8", rule=rule, guard=guard, name=name, **more)
    def try_it(scene, run):
        run(statement)


STOPS, STAYS = "privacy.SuppressionEntry:", "suppression_stays"
for table, guard in (
    ("privacy_suppressionentry", "privacy.SuppressionEntry"),
    ("privacy_suppressionlift", "privacy.SuppressionLift"),
):
    short = table.rpartition("_")[2]
    target = (
        f"{table} WHERE id IN (SELECT max(id::text)::{'uuid' if short.endswith('entry') else 'bigint'} FROM {table})"
    )
    undo(
        f"delete-a-{short}",
        f"{guard}:stays",
        STAYS,
        f"DELETE FROM {table} e WHERE NOT EXISTS"
        f" (SELECT 1 FROM privacy_suppressionlift l WHERE l.entry_id::text = e.id::text)",
    )
    undo(f"change-a-{short}", f"{guard}:stays", STAYS, f"UPDATE {table} SET at = now()")

undo("change-the-hash-of-a-stop", STOPS + "stays", STAYS, "UPDATE privacy_suppressionentry SET hash = repeat('f', 64)")
undo(
    "narrow-a-stop",
    STOPS + "stays",
    STAYS,
    "UPDATE privacy_suppressionentry SET scope = 'vacancy', vacancy_ref = gen_random_uuid()",
)
undo(
    "truncate-the-stops",
    STOPS + "no_truncate",
    STAYS,
    "TRUNCATE privacy_suppressionentry CASCADE",
    denied_to=(APP,),
    besides=("privacy.SuppressionLift:no_truncate",),
)
undo(
    "truncate-the-lifts",
    "privacy.SuppressionLift:no_truncate",
    "i5_append_only",
    "TRUNCATE privacy_suppressionlift",
    denied_to=(APP,),
)


def lift(run, scene, **values):
    run.clone("privacy_suppressionlift", scene.lift, entry_id=scene.stop, **values)


LIFT = "privacy.SuppressionLift:own_act"


@attack("I8", rule="suppression_lifted_by_own_act", guard=LIFT)
def lift_a_stop_through_another_persons_link(scene, run):
    lift(run, scene, link_id=scene.asked_link)


@attack("I8", rule="suppression_lifted_by_own_act", guard=LIFT)
def lift_a_stop_through_a_notice(scene, run):
    lift(run, scene, link_id=scene.link, subject_id=scene.quinten.subject)


@attack("I8", rule="suppression_lifted_by_own_act", guard=LIFT)
def lift_a_stop_through_a_revoked_link(scene, run):
    run("UPDATE privacy_link SET revoked_at = now() WHERE id = %s", scene.lift_link)
    lift(run, scene)


@attack("I8", rule="subject_erased_for_good", guard="privacy.Subject:erased_for_good")
def bring_back_somebody_erased(scene, run):
    run("UPDATE privacy_subject SET erased_at = NULL WHERE id = %s", scene.erased)


@attack("I8", rule="subject_erased_for_good", guard="privacy.Subject:erased_for_good")
def swap_somebody_erased_with_somebody_else(scene, run):
    run.swap("privacy_subject", scene.erased, scene.stranger)


@attack("I8", rule="subject_erased_for_good", guard="privacy.Subject:erased_for_good")
def make_somebody_erased_anew(scene, run):
    run.anew("privacy_subject", scene.erased, erased_at=None)


@pytest.mark.parametrize(("role", "attempt"), by_role("I8"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_claim_on_an_old_snapshot_is_refused(isolation, role, ignore, scene, second):
    """Such a transaction would not see a stop that was committed since it began."""
    with rolled_back(second(role)) as run:
        run(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        silence(run, ignore)
        with pytest.raises(psycopg2.errors.CheckViolation) as refused:
            claim(run, scene.queued)
    assert refused.value.diag.constraint_name == "i8_unchecked"


def test_what_may_be_claimed_is_claimed(role, scene, second):
    with rolled_back(second(role)) as run:
        claim(run, scene.queued)
        run.commit_checks()


@pytest.mark.parametrize("kind", LEGAL_KINDS)
def test_what_the_law_wants_sent_still_goes(kind, scene, second):
    """The other side of the closed list: an answer to the person's own request reaches somebody who said stop."""
    with rolled_back(second(OWNER)) as run:
        act = run.one(
            "INSERT INTO privacy_datarequest (id, kind, subject_id, channel, contact, words, received_at, due_on,"
            " calendar_version, outcome, created_at) VALUES (gen_random_uuid(), 'access', %s, 'link', '', '', now(),"
            " current_date + 31, '1', '', now()) RETURNING id",
            scene.wim.subject,
        )
        legal(run, scene, kind=kind, act_kind="data_request", act_id=act, template_id=None)
        run.commit_checks()


def test_whom_it_went_to_can_be_forgotten(scene, second):
    with rolled_back(second(APP)) as run:
        run(
            "UPDATE mailing_message SET to_email = '', recipient_hmacs = '{}', state = 'aborted' WHERE id = %s",
            scene.queued,
        )
        run(
            "UPDATE mailing_message SET to_email = '', to_name = '', recipient_hmacs = '{}', body_text = ''"
            " WHERE id = %s",
            scene.notice.message,
        )
        run.commit_checks()
