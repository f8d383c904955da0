"""I4: no introduction without an explicit, unwithdrawn yes of that person, for that vacancy and that named client."""

import pytest

from introductions.models import Introduction
from tests.attack.support import assert_refused, attack, by_role, rolled_back, silence
from watson.roles import APP, OWNER

GUARD = "introductions.Introduction:i4_consent"
EVENT = "consent.ConsentEvent:serialise"
RESERVE = "consent_runner_up_until"
NO_CONSENT, OTHER_CLIENT = "i4_no_consent", "i4_other_client"


def introduce(run, scene, **values):
    """Yusuf said yes to the client and was not introduced yet: everything here is lawful but for `values`."""
    row = {
        "candidacy_id": scene.yusuf,
        "subject_id": scene.yusuf.subject,
        "request_id": scene.yusuf_request,
        "event_id": scene.yusuf_yes,
        **values,
    }
    return run.clone("introductions_introduction", scene.introduction, **row)


def introduce_wim(run, scene, event):
    introduce(
        run,
        scene,
        candidacy_id=scene.wim,
        subject_id=scene.wim.subject,
        request_id=scene.wim_request,
        event_id=event,
    )


def say(run, scene, kind, **values):
    """An event on Quinten's open question, through his own link."""
    row = {"request_id": scene.asked, "kind": kind, "link_id": scene.asked_link, "recorded_by_id": None, **values}
    return run.clone("consent_consentevent", scene.yes, **row)


# Introducing without a yes


@attack("I4", rule=NO_CONSENT, guard=GUARD)
def introduce_on_a_withdrawn_yes(scene, run):
    introduce_wim(run, scene, scene.wim_yes)


@attack("I4", rule=NO_CONSENT, guard=GUARD)
def introduce_on_a_withdrawal(scene, run):
    introduce_wim(run, scene, scene.wim_no)


@attack("I4", rule=NO_CONSENT, guard=GUARD)
def introduce_on_no_answer(scene, run):
    introduce(
        run,
        scene,
        candidacy_id=scene.quinten,
        subject_id=scene.quinten.subject,
        request_id=scene.asked,
        event_id=scene.yusuf_yes,
    )


@attack("I4", rule=NO_CONSENT, guard=GUARD)
def introduce_on_a_yes_by_phone(scene, run):
    event = say(run, scene, "pending", link_id=None, recorded_by_id=scene.recruiter)
    introduce(
        run,
        scene,
        candidacy_id=scene.quinten,
        subject_id=scene.quinten.subject,
        request_id=scene.asked,
        event_id=event,
    )


@attack("I4", rule=NO_CONSENT, guard=GUARD)
def introduce_on_another_persons_yes(scene, run):
    run("DELETE FROM introductions_feedback WHERE recipient_id = %s", scene.recipient)
    run("DELETE FROM introductions_recipient WHERE id = %s", scene.recipient)
    run("DELETE FROM introductions_introduction WHERE id = %s", scene.introduction)
    run(
        "INSERT INTO introductions_introduction (id, candidacy_id, subject_id, vacancy_id, client_id, request_id,"
        " event_id, shared, introduced_by_id, words, at)"
        " VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s, '{profile}', %s, '', now())",
        scene.yusuf,
        scene.yusuf.subject,
        scene.vacancy,
        scene.client,
        scene.yusuf_request,
        scene.yes,
        scene.recruiter,
    )


@attack("I4", rule=NO_CONSENT, guard=GUARD)
def introduce_on_a_yes_to_talk(scene, run):
    link = run.clone("privacy_link", scene.asked_link, subject_id=scene.carla.subject, about_id=scene.talk)
    event = say(run, scene, "given", request_id=scene.talk, link_id=link)
    introduce(
        run,
        scene,
        candidacy_id=scene.carla,
        subject_id=scene.carla.subject,
        vacancy_id=scene.confidential,
        client_id=scene.other_client,
        request_id=scene.talk,
        event_id=event,
    )


@attack("I4", rule=NO_CONSENT, guard=GUARD)
def introduce_on_a_yes_to_be_kept(scene, run):
    introduce(
        run,
        scene,
        candidacy_id=scene.pia,
        subject_id=scene.pia.subject,
        request_id=scene.pool,
        event_id=scene.pool_yes,
        shared=[],
    )


@attack(
    "I4",
    rule=NO_CONSENT,
    guard=GUARD,
    besides=("consent.ConsentRequest:fixed", "consent_consentrequest.consent_pool_alone"),
)
def introduce_on_a_yes_to_be_kept_that_names_the_client(scene, run):
    run(
        "UPDATE consent_consentrequest SET vacancy_id = %s, client_id = %s, shared = '{profile}' WHERE id = %s",
        scene.vacancy,
        scene.client,
        scene.pool,
    )
    introduce_on_a_yes_to_be_kept(scene, run)


@attack("I4", rule="consent_pool_alone", guard="consent_consentrequest.consent_pool_alone")
def ask_to_keep_somebody_for_one_client(scene, run):
    run.clone("consent_consentrequest", scene.pool, vacancy_id=scene.vacancy, client_id=scene.client, closed_at="now")


@attack("I4", rule="consent_request_fixed", guard="consent.ConsentRequest:published")
def ask_again_what_another_person_agreed_to(scene, run):
    run.clone("consent_consentrequest", scene.pool, subject_id=scene.petra.subject, renews_id=scene.pool)


@attack("I4", rule=NO_CONSENT, guard=GUARD)
def introduce_on_a_yes_to_stay_as_runner_up(scene, run):
    introduce(
        run,
        scene,
        candidacy_id=scene.rik,
        subject_id=scene.rik.subject,
        request_id=scene.reserve,
        event_id=scene.reserve_yes,
        shared=[],
    )


@attack("I4", rule=RESERVE, guard="consent_consentrequest.consent_runner_up_until")
def ask_a_runner_up_without_a_last_day(scene, run):
    run.clone("consent_consentrequest", scene.reserve, keep_until=None, closed_at="now")


@attack("I4", rule=RESERVE, guard="consent.ConsentRequest:published")
def ask_a_runner_up_for_more_than_a_year(scene, run):
    run.clone("consent_consentrequest", scene.reserve, keep_until="9999-12-31", closed_at="now")


@attack("I4", rule="consent_request_fixed", guard="consent.ConsentRequest:fixed")
def let_the_yes_of_a_runner_up_last_longer(scene, run):
    run("UPDATE consent_consentrequest SET keep_until = keep_until + 30 WHERE id = %s", scene.reserve)


@attack("I4", rule=NO_CONSENT, guard=GUARD)
def introduce_on_a_question_closed_since(scene, run):
    run("UPDATE consent_consentrequest SET closed_at = now() WHERE id = %s", scene.yusuf_request)
    introduce(run, scene)


@attack("I4", rule=NO_CONSENT, guard=GUARD)
def introduce_after_a_no_to_another_question_about_the_vacancy(scene, run):
    talk = run.clone(
        "consent_consentrequest",
        scene.yusuf_request,
        purpose="talk",
        client_id=None,
        text_id=scene.talk_text,
    )
    link = run.clone("privacy_link", scene.asked_link, subject_id=scene.yusuf.subject, about_id=talk)
    say(run, scene, "withdrawn", request_id=talk, link_id=link)
    introduce(run, scene)


@attack("I4", rule=OTHER_CLIENT, guard=GUARD)
def introduce_to_another_client(scene, run):
    introduce(run, scene, client_id=scene.other_client)


@attack("I4", rule=OTHER_CLIENT, guard=GUARD)
def introduce_for_another_vacancy(scene, run):
    introduce(run, scene, vacancy_id=scene.other_vacancy, client_id=scene.other_client)


@attack("I4", rule=OTHER_CLIENT, guard=GUARD)
def introduce_for_another_vacancy_of_the_same_client(scene, run):
    introduce(run, scene, vacancy_id=scene.processor_vacancy)


@attack("I4", rule=OTHER_CLIENT, guard=GUARD)
def introduce_somebody_else_on_his_yes(scene, run):
    introduce(run, scene, subject_id=scene.carla.subject)


@attack("I4", rule=OTHER_CLIENT, guard=GUARD)
def introduce_somebody_elses_candidacy(scene, run):
    introduce(run, scene, candidacy_id=scene.wim)


@attack("I4", rule=OTHER_CLIENT, guard=GUARD, besides=("vacancies.Vacancy:consistent",))
def introduce_after_the_vacancy_changed_clients(scene, run):
    run("UPDATE vacancies_vacancy SET client_id = %s WHERE id = %s", scene.other_client, scene.vacancy)
    introduce(run, scene)


@attack("I4", rule="i4_shared_more", guard=GUARD)
def share_more_than_was_asked(scene, run):
    introduce(run, scene, shared=["profile", "cv"])


@attack("I4", rule="i4_shared_more", guard=GUARD)
def share_more_afterwards(scene, run):
    run("UPDATE introductions_introduction SET shared = '{profile,cv}' WHERE id = %s", scene.introduction)


@attack("I4", rule="i4_notice_given", guard=GUARD)
def introduce_without_a_notice(scene, run):
    run("DELETE FROM consent_notice WHERE subject_id = %s", scene.yusuf.subject)
    introduce(run, scene)


@attack("I4", rule="i4_notice_given", guard=GUARD)
def introduce_on_a_notice_that_bounced(scene, run):
    run("UPDATE consent_notice SET undone_at = now() WHERE subject_id = %s", scene.yusuf.subject)
    introduce(run, scene)


@attack("I4", rule="i4_not_restricted", guard=GUARD)
def introduce_somebody_restricted(scene, run):
    run("UPDATE privacy_subject SET restricted_at = now() WHERE id = %s", scene.yusuf.subject)
    introduce(run, scene)


@attack("I4", rule="i4_not_restricted", guard=GUARD)
def introduce_somebody_erased(scene, run):
    run("UPDATE privacy_subject SET erased_at = now() WHERE id = %s", scene.yusuf.subject)
    introduce(run, scene)


# Bending an introduction that stands


@attack("I4", rule=NO_CONSENT, guard=GUARD)
def move_an_introduction_to_a_withdrawn_yes(scene, run):
    run(
        "UPDATE introductions_introduction SET request_id = %s, event_id = %s, subject_id = %s, candidacy_id = %s"
        " WHERE id = %s",
        scene.wim_request,
        scene.wim_yes,
        scene.wim.subject,
        scene.wim,
        scene.introduction,
    )


@attack("I4", rule=NO_CONSENT, guard=GUARD)
def upsert_an_introduction_onto_another_yes(scene, run):
    run(
        "INSERT INTO introductions_introduction SELECT * FROM introductions_introduction WHERE id = %s"
        " ON CONFLICT (id) DO UPDATE SET event_id = %s",
        scene.introduction,
        scene.wim_yes,
    )


@attack("I4", rule=OTHER_CLIENT, guard=GUARD)
def merge_an_introduction_to_another_client(scene, run):
    run(
        "MERGE INTO introductions_introduction i USING (SELECT %s::uuid AS client) x ON i.id = %s"
        " WHEN MATCHED THEN UPDATE SET client_id = x.client",
        scene.other_client,
        scene.introduction,
    )


@attack("I4", rule="introduction_fixed", guard="introductions.Introduction:fixed")
def swap_two_introductions_under_their_recipients(scene, run):
    run.swap("introductions_introduction", introduce(run, scene), scene.introduction)


@attack("I4", rule="i4_recipient", guard="introductions.Recipient:i4_recipient")
def show_an_introduction_to_another_client(scene, run):
    run(
        "INSERT INTO introductions_recipient (introduction_id, contact_id) VALUES (%s, %s)",
        scene.introduction,
        scene.other_contact,
    )


@attack("I4", rule="i4_recipient", guard="introductions.Recipient:i4_recipient")
def hand_an_introduction_on_to_another_client(scene, run):
    run("UPDATE introductions_recipient SET contact_id = %s WHERE id = %s", scene.other_contact, scene.recipient)


@attack("I4", rule="contact_stays", guard="vacancies.ClientContact:fixed")
def take_an_introduction_along_to_another_client(scene, run):
    run("UPDATE vacancies_clientcontact SET client_id = %s WHERE id = %s", scene.other_client, scene.contact)


# Forging the yes


@attack("I4", rule="consent_own_act", guard="consent_consentevent.consent_own_act")
def say_yes_for_somebody(scene, run):
    say(run, scene, "given", link_id=None, recorded_by_id=scene.recruiter)


@attack("I4", rule="consent_own_act", guard="consent_consentevent.consent_own_act")
def say_yes_for_nobody(scene, run):
    say(run, scene, "given", link_id=None)


@attack("I4", rule="consent_own_act", guard="consent_consentevent.consent_own_act")
def withdraw_for_somebody(scene, run):
    say(run, scene, "withdrawn", link_id=None, recorded_by_id=scene.recruiter)


@attack(
    "I4",
    rule="consent_event_kind_known",
    guard="consent_consentevent.consent_event_kind_known",
    besides=("consent_consentevent.consent_own_act", EVENT),
)
def answer_in_words_of_ones_own(scene, run):
    say(run, scene, "maybe")


@attack("I4", rule="consent_same_subject", guard=EVENT)
def say_yes_through_another_persons_link(scene, run):
    say(run, scene, "given", link_id=scene.lift_link)


@attack("I4", rule="consent_own_act", guard=EVENT)
def say_yes_through_the_notice(scene, run):
    say(run, scene, "given", link_id=scene.link)


@attack("I4", rule="consent_own_act", guard=EVENT)
def say_yes_through_the_link_of_another_question(scene, run):
    link = run.clone("privacy_link", scene.asked_link, about_id=scene.talk)
    say(run, scene, "given", link_id=link)


@attack("I4", rule="consent_own_act", guard=EVENT)
def say_yes_through_a_revoked_link(scene, run):
    run("UPDATE privacy_link SET revoked_at = now() WHERE id = %s", scene.asked_link)
    say(run, scene, "given")


@attack("I4", rule="link_fixed", guard="privacy.Link:fixed")
def give_somebodys_link_to_another(scene, run):
    run("UPDATE privacy_link SET subject_id = %s WHERE id = %s", scene.quinten.subject, scene.lift_link)


@attack("I4", rule="link_fixed", guard="privacy.Link:fixed")
def swap_two_links(scene, run):
    run.swap("privacy_link", scene.asked_link, scene.lift_link)


@attack("I4", rule="link_fixed", guard="privacy.Link:answered_through")
def make_an_answered_link_anew_for_another(scene, run):
    run.anew("privacy_link", scene.yes.link, subject_id=scene.stranger)


@attack("I4", rule="consent_request_fixed", guard="consent.ConsentRequest:fixed")
def ask_another_client_afterwards(scene, run):
    run("UPDATE consent_consentrequest SET client_id = %s WHERE id = %s", scene.other_client, scene.yusuf_request)


@attack("I4", rule="consent_request_fixed", guard="consent.ConsentRequest:fixed")
def ask_for_more_afterwards(scene, run):
    run("UPDATE consent_consentrequest SET shared = '{profile,cv}' WHERE id = %s", scene.yusuf_request)


@attack("I4", rule="consent_request_fixed", guard="consent.ConsentRequest:fixed")
def swap_an_answered_question_for_another(scene, run):
    run.swap("consent_consentrequest", scene.yusuf_request, scene.asked)


@attack("I4", rule="consent_request_fixed", guard="consent.ConsentRequest:answered")
def make_an_answered_question_anew_for_another_client(scene, run):
    run.anew("consent_consentrequest", scene.yusuf_request, client_id=scene.other_client)


@attack("I4", rule="consent_client_revealed", guard="consent.ConsentRequest:published")
def ask_to_introduce_to_a_client_not_revealed(scene, run):
    run.clone(
        "consent_consentrequest",
        scene.asked,
        subject_id=scene.carla.subject,
        vacancy_id=scene.confidential,
        client_id=scene.other_client,
    )


@attack("I4", rule="consent_introduce_names_client", guard="consent_consentrequest.consent_introduce_names_client")
def ask_to_introduce_to_nobody(scene, run):
    run.clone("consent_consentrequest", scene.asked, vacancy_id=scene.other_vacancy, client_id=None)


@attack(
    "I4",
    rule="i5_append_only",
    guard="consent.ConsentRequest:no_truncate",
    denied_to=(APP,),
    besides=("consent.ConsentEvent:no_truncate", "consent.LegalBasis:no_truncate"),
)
def truncate_the_questions(scene, run):
    run("TRUNCATE consent_consentrequest CASCADE")


@attack("I4", rule="i5_append_only", guard="consent.ConsentEvent:oldest_first", only=(OWNER,))
def forget_a_withdrawal_and_keep_the_yes(scene, run):
    run("UPDATE candidates_candidacy SET ended_at = NULL WHERE id = %s", scene.wim)
    run.age("consent_consentevent", scene.wim_no)
    run("SET LOCAL session_replication_role = replica")
    run("DELETE FROM consent_legalbasis WHERE event_id = %s", scene.wim_no)
    run("SET LOCAL session_replication_role = origin")
    run("DELETE FROM consent_consentevent WHERE id = %s", scene.wim_no)


@attack("I4", rule="i5_append_only", guard=EVENT, only=(OWNER,))
def slip_a_yes_behind_by_setting_the_numbers_back(scene, run):
    run("ALTER SEQUENCE consent_consentevent_id_seq RESTART WITH 1")
    run.clone("consent_consentevent", scene.wim_no, kind="talk_first", link_id=scene.lift_link)


# Forging the notice


@attack("I4", rule="notice_of_message", guard="consent.Notice:of_message")
def note_a_notice_nobody_sent(scene, run):
    run.clone(
        "consent_notice",
        scene.notice,
        subject_id=scene.quinten.subject,
        message_id=scene.queued,
    )


@attack("I4", rule="notice_of_message", guard="consent.Notice:of_message")
def note_a_notice_sent_to_somebody_else(scene, run):
    run("DELETE FROM consent_notice WHERE id = %s", scene.notice)
    run(
        "INSERT INTO consent_notice (id, subject_id, vacancy_id, message_id, text_id, given_at, undone_reason)"
        " VALUES (gen_random_uuid(), %s, %s, %s, %s, now(), '')",
        scene.carla.subject,
        scene.vacancy,
        scene.notice.message,
        scene.text,
    )


@attack("I4", rule="notice_fixed", guard="consent.Notice:fixed")
def undo_that_a_notice_bounced(scene, run):
    run("UPDATE consent_notice SET undone_at = now(), undone_reason = 'bounced' WHERE id = %s", scene.notice)
    run("UPDATE consent_notice SET undone_at = NULL, undone_reason = '' WHERE id = %s", scene.notice)


@attack("I4", rule="notice_fixed", guard="consent.Notice:fixed")
def move_a_notice_to_somebody_else(scene, run):
    run("UPDATE consent_notice SET subject_id = %s WHERE id = %s", scene.carla.subject, scene.notice)


@pytest.mark.parametrize(("role", "attempt"), by_role("I4"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


@pytest.mark.parametrize("number", [-1, 1, 9_000_000_000_000_000_000])
@pytest.mark.parametrize("kind", ["withdrawn", "refused"])
def test_a_number_of_ones_own_does_not_choose_the_last_word(number, kind, role, ignore, scene, second):
    with rolled_back(second(role)) as run:
        silence(run, ignore)
        say(run, scene, "given", id=number)
        say(run, scene, kind, id=number)
        numbers = "SELECT id, kind FROM consent_consentevent WHERE request_id = %s ORDER BY id"
        run(numbers, scene.asked)
        (first, said), (last, word) = run.cursor.fetchall()
        assert (said, word) == ("given", kind)
        assert scene.wim_no.pk < first < last < 1_000_000


def test_the_moment_of_an_answer_is_the_databases_own(role, ignore, scene, second):
    with rolled_back(second(role)) as run:
        event = say(run, scene, "given", at="2001-01-01T00:00:00Z")
        assert event
        assert run.one("SELECT now() - max(at) < interval '1 minute' FROM consent_consentevent")
        assert not run.one("SELECT count(*) FROM consent_consentevent WHERE at < now() - interval '1 day'")


def test_a_no_to_any_question_about_the_vacancy_hides_the_introduction(scene, django_db_blocker):
    from django.db import transaction

    from tests import factories

    with django_db_blocker.unblock(), transaction.atomic():
        assert scene.introduction in Introduction.objects.standing()
        talk = factories.make_request(
            scene.petra, purpose="talk", text=scene.talk_text, client=None, client_as_named="A food company"
        )
        factories.make_event(talk, "withdrawn")
        assert scene.introduction not in Introduction.objects.standing()
        transaction.set_rollback(True)
