"""The verb that writes a message in the outbox."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from mailing import services
from mailing.models import Message, State
from mailing.rendering import EmptyPlaceholder
from privacy import links, tokens
from privacy.guards import Refused
from privacy.models import Link
from tests import factories
from tests.mailing.conftest import WORDS


def test_a_message_is_a_row_before_it_is_mail(queue):
    message = queue()
    assert message.state == State.QUEUED
    assert message.subject_line == "Finance director bij Molen B.V.: mag ik u voorstellen?"
    assert "Beste Anna de Vries," in message.body_text
    assert message.template.kind == "approach"
    assert message.recipient_hmacs


def test_the_same_key_is_the_same_message(queue):
    candidacy = factories.make_candidacy()
    first = queue(candidacy, key="once")
    assert queue(candidacy, key="once", to_email="somebody@else.example") == first
    assert Message.objects.count() == 1


def test_a_recruiters_mail_waits_for_an_undo_and_an_answer_does_not(queue, settings):
    settings.MAIL_UNDO_SECONDS = 30
    waiting = queue(not_before=None)
    assert timedelta(seconds=25) < waiting.not_before - timezone.now() <= timedelta(seconds=30)
    answering = queue(kind="receipt_yes", not_before=None, transactional=True)
    assert answering.not_before <= timezone.now()


def test_stored_bodies_hold_no_token(queue):
    message = queue()
    held = Link.objects.filter(subject=message.subject)
    assert held.count() >= 3
    for link in held:
        token = tokens.token_for(link.pk, link.purpose)
        assert token not in message.body_text + message.body_html
    consent = held.get(purpose="consent")
    assert f"[[link:consent:{consent.pk}]]" in message.body_text
    assert f"[[link:consent:{consent.pk}]]" in message.body_html


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_message_to_a_person_has_its_footer(queue, language):
    message = queue(language=language)
    for part in (message.body_text, message.body_html):
        for shown in ("Voorbeeld Search B.V.", "Kade 1, 3511 AA Utrecht", "12345678", "[[link:withdraw:", "[[link:me:"):
            assert shown in part
        assert f"/privacy/?lang={language}" in part
    why = {"nl": "U krijgt dit bericht omdat", "en": "You get this message because"}
    assert why[language] in message.body_text


def test_a_message_without_a_withdraw_link_gets_one_of_its_own(queue):
    candidacy = factories.make_candidacy()
    message = queue(candidacy, kind="receipt_yes", links={}, transactional=True)
    assert "[[link:withdraw:" in message.body_text
    assert Link.objects.filter(subject=candidacy.subject, purpose="withdraw", about_kind="").exists()


def test_whoever_we_do_not_know_still_reads_who_we_are(organisation):
    message = services.queue(
        "receipt_request",
        key="somebody",
        subject=None,
        to_email="somebody@person.example",
        language="nl",
        context={"greeting": "Goedendag,"},
        act=("data_request", uuid.uuid4()),
        sender=None,
        transactional=True,
    )
    assert "Kade 1, 3511 AA Utrecht" in message.body_text
    assert "/privacy/?lang=nl" in message.body_text
    assert "[[link:" not in message.body_text + message.body_html


@pytest.mark.parametrize("missing", ["vacancy", "client", "source", "found_on"])
def test_a_hole_in_the_words_is_an_error_and_never_a_blank_mail(queue, missing):
    with pytest.raises(EmptyPlaceholder) as refused:
        queue(context={**WORDS, missing: ""})
    assert refused.value.name == missing
    assert missing in str(refused.value)
    assert not Message.objects.exists()


def test_a_missing_link_is_an_error(queue):
    with pytest.raises(EmptyPlaceholder, match="link:consent"):
        queue(links={})


def test_an_unnamed_organisation_sends_nothing_nameless(queue):
    factories.make_organisation(legal_name="")
    with pytest.raises(EmptyPlaceholder, match="legal_name"):
        queue()


def test_no_published_words_is_a_sentence(queue):
    with pytest.raises(Refused, match="no published text"):
        queue(kind="unheard_of")


def test_what_is_no_address_is_refused(queue):
    with pytest.raises(Refused, match="not an e-mail address"):
        queue(to_email="anna at person")


def test_newer_words_are_used_and_older_messages_keep_theirs(queue):
    first = queue()
    newer = factories.make_template(subject_line="Nieuw")
    second = queue()
    assert second.template == newer
    assert second.subject_line == "Nieuw"
    first.refresh_from_db()
    assert first.template.version == 1


def test_a_legal_answer_is_bound_to_its_act_and_names_no_vacancy(queue):
    candidacy = factories.make_candidacy()
    message = queue(candidacy, kind="receipt_withdrawn", transactional=True)
    assert (message.kind, message.vacancy_ref, message.client_ref) == ("receipt", None, None)
    assert message.act_kind == "consent_request"
    assert message.act_id == message.about_id
    for word in ("Finance director", "Molen"):
        assert word not in message.subject_line + message.body_text


def test_a_confidential_client_is_not_named(queue):
    message = queue(kind="talk_invite", context={**WORDS, "client": "een voedingsbedrijf in het oosten"})
    assert "Molen" not in message.body_text + message.body_html
    assert "een voedingsbedrijf in het oosten" in message.body_text


def test_what_waits_can_be_called_back_once_and_not_after(queue):
    message = queue()
    actor = message.sender
    assert services.cancel(message, actor=actor).state == State.ABORTED
    assert services.cancel(message, actor=actor).reason == "undone"
    Message.objects.filter(pk=(sent := queue()).pk).update(state=State.CLAIMED)
    with pytest.raises(Refused, match="has left already"):
        services.cancel(sent, actor=actor)


def test_what_the_law_has_us_send_is_not_called_back(queue):
    legal = queue(kind="receipt_withdrawn", transactional=True, not_before=timezone.now() + timedelta(hours=1))
    assert not services.can_cancel(legal)
    with pytest.raises(Refused, match="The law has us send this message"):
        services.cancel(legal, actor=factories.make_user("Rosa"))
    assert Message.objects.get(pk=legal.pk).state == State.QUEUED


def test_abort_stops_what_waits_in_that_vacancy_and_never_a_legal_answer(queue):
    candidacy = factories.make_candidacy()
    elsewhere = factories.make_candidacy(candidate=candidacy.candidate)
    here, there = queue(candidacy), queue(elsewhere)
    legal = queue(candidacy, kind="receipt_withdrawn", transactional=True)
    assert services.abort(subject=candidacy.subject, vacancy=candidacy.vacancy_id, reason="withdrawn") == 1
    states = {m.pk: m.state for m in Message.objects.all()}
    assert states == {here.pk: State.ABORTED, there.pk: State.QUEUED, legal.pk: State.QUEUED}
    assert services.abort(subject=candidacy.subject, vacancy=None, reason="objected") == 1


def test_a_worker_is_woken_when_the_message_is_due_now(queue, transactional_db, run_tasks, settings):
    settings.SPARKPOST_API_KEY = ""
    queue()
    assert run_tasks() == ["mailing.tasks.hand_over"]
    queue(not_before=timezone.now() + timedelta(hours=1))
    assert run_tasks() == []


def test_what_left_is_found_by_person(queue):
    message = queue()
    assert services.sent_to([message.subject_id]) == {}
    Message.objects.filter(pk=message.pk).update(state=State.CLAIMED)
    Message.objects.filter(pk=message.pk).update(state=State.ACCEPTED, accepted_at=timezone.now())
    assert services.sent_to([message.subject_id]) == {message.subject_id: [message]}


def test_links_of_somebody_else_are_never_filled_in(queue):
    victim = factories.make_candidacy()
    theirs = links.issue("me", subject=victim.subject)
    trap = f"[[link:me:{theirs.pk}]]"
    message = queue(to_name=f"Anna {trap}", context={**WORDS, "vacancy": trap})
    assert trap not in message.body_text + message.body_html + message.subject_line
