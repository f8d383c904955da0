"""The first message: by mail to several, by hand to one, and what stands in its way."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates import services
from candidates.models import Candidacy, LoggedContact, Source, StageDecision
from consent.models import ConsentRequest, Notice, Revelation
from mailing import services as mail
from mailing.models import FoundBy, Message, State, TemplateVersion
from mailing.signals import notice_failed
from privacy import suppression
from privacy.guards import Refused
from tests.factories import make_candidacy, make_inbound, make_template, make_vacancy
from tests.support.threads import at_once


@pytest.fixture(autouse=True)
def _time_to_think(settings):
    settings.MAIL_UNDO_SECONDS = 30


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, given_name="Anna", surname="Bos", email="anna@person.example")


@pytest.fixture
def bert(vacancy):
    return make_candidacy(vacancy, given_name="Bert", surname="Kok", email="bert@person.example")


def mailed(candidacy, actor) -> Message:
    message = services.approach([candidacy], actor=actor)[0].message
    assert message is not None
    return message


def fail(message, state=State.BOUNCED):
    reason = "bounce_10" if state == State.BOUNCED else "attempts_used"
    Message.objects.filter(pk=message.pk).update(state=state, reason=reason, ended_at=timezone.now())
    message.refresh_from_db()
    notice_failed.send(Message, messages=[message])


# By mail


def test_notice_and_question_leave_in_one_message(anna, rosa):
    message = mailed(anna, rosa)
    assert (message.state, message.to_email, message.kind) == (State.QUEUED, "anna@person.example", "approach")
    asked = ConsentRequest.objects.get()
    assert (message.about_id, asked.purpose, asked.asked_by) == (asked.pk, "introduce", rosa)
    assert asked.client_as_named in message.subject_line
    assert "linkedin.com/in/anna" in message.body_text
    assert "[[link:consent:" in message.body_text
    anna.refresh_from_db()
    assert anna.stage == "approached"
    assert StageDecision.objects.get().decided_by == rosa
    assert message.not_before > timezone.now()


def test_one_refusal_stops_no_other(anna, bert, rosa, vacancy):
    bert.candidate.contact_points.update(removed_at=timezone.now())
    stopped = make_candidacy(vacancy, email="stop@person.example")
    suppression.suppress([("email", "stop@person.example")], scope="all", reason="objected", actor=None)
    outcomes = services.approach([bert, stopped, anna], actor=rosa)
    assert "no e-mail address that works" in str(outcomes[0].refusal)
    assert "asked not to be contacted" in str(outcomes[1].refusal)
    assert outcomes[2].message
    assert Message.objects.count() == 1
    assert ConsentRequest.objects.count() == 1


def test_nobody_is_asked_twice(anna, rosa, tom):
    services.approach([anna], actor=rosa)
    assert "asked already" in str(services.approach([anna], actor=tom)[0].refusal)
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_recruiters_who_press_send_at_once_send_one_message(anna, rosa, tom):
    results: list[Any] = at_once(
        lambda: services.approach([anna], actor=rosa), lambda: services.approach([anna], actor=tom)
    )
    assert sorted(bool(outcomes[0].message) for outcomes in results) == [False, True], results
    assert Message.objects.count() == 1
    assert ConsentRequest.objects.count() == 1


def test_an_ended_candidacy_is_not_approached(anna, rosa):
    Candidacy.objects.update(ended_at=timezone.now(), ended_reason="refused")
    assert "has ended" in str(services.approach([anna], actor=rosa)[0].refusal)


@pytest.mark.parametrize("about", ["consent_request", "data_request"])
def test_a_bounce_after_the_end_or_of_a_receipt_sets_the_address_aside_too(anna, bert, rosa, about):
    first = mailed(anna, rosa)
    Message.objects.filter(pk=first.pk).update(about_kind=about, reason="bounce_10")
    Candidacy.objects.filter(pk=anna.pk).update(ended_at=timezone.now(), ended_reason="refused")
    fail(first)
    assert anna.candidate.contact_points.get().failed_at
    assert not anna.tasks.exists()
    assert bert.candidate.contact_points.get().failed_at is None, "somebody else's"


def test_a_bounce_sets_the_address_aside_and_the_next_goes_to_another(anna, rosa):
    first = mailed(anna, rosa)
    fail(first)
    assert anna.tasks.get().kind == "not_reached"
    assert anna.candidate.contact_points.get().failed_at
    assert "no e-mail address that works" in str(services.approach([anna], actor=rosa)[0].refusal)
    services.add_contact(
        anna.candidate,
        contact=services.Contact(kind="email", value="new@person.example", ground="own_application"),
        actor=rosa,
    )
    second = mailed(anna, rosa)
    assert second.to_email == "new@person.example"
    assert second.about_id == first.about_id


def test_a_full_mailbox_keeps_its_address(anna, rosa):
    first = mailed(anna, rosa)
    Message.objects.filter(pk=first.pk).update(state=State.BOUNCED, reason="bounce_22", ended_at=timezone.now())
    first.refresh_from_db()
    notice_failed.send(Message, messages=[first])
    assert anna.tasks.get().kind == "not_reached"
    assert anna.candidate.contact_points.get().failed_at is None


def test_a_failure_that_is_not_the_address_may_be_tried_again(anna, rosa):
    first = mailed(anna, rosa)
    fail(first, State.FAILED)
    second = mailed(anna, rosa)
    assert second.pk != first.pk
    assert second.state == State.QUEUED


def test_one_called_back_puts_everything_back(anna, rosa):
    first = mailed(anna, rosa)
    mail.cancel(first, actor=rosa)
    anna.refresh_from_db()
    assert (anna.stage, anna.last_contact_at) == ("found", None)
    assert Message.objects.get().state == State.ABORTED
    again = mailed(anna, rosa)
    assert again.state == State.QUEUED
    assert ConsentRequest.objects.filter(subject=anna.subject).count() == 1


def test_the_page_of_the_message_puts_the_card_back_as_the_board_does(anna, rosa, desk):
    first = mailed(anna, rosa)
    anna.refresh_from_db()
    assert anna.stage == "approached"
    desk(rosa).post(reverse("mailing:cancel", args=[first.pk]))
    anna.refresh_from_db()
    assert (anna.stage, anna.last_contact_at) == ("found", None)
    desk(rosa).post(reverse("mailing:cancel", args=[first.pk]))
    assert StageDecision.objects.filter(candidacy=anna, to_stage="found").count() == 1


def test_calling_back_forgets_no_other_contact(anna, rosa):
    services.log_contact(anna, actor=rosa, kind="phone")
    called = LoggedContact.objects.get().at
    wrote = called + timedelta(minutes=1)
    first = mailed(anna, rosa)
    mail.cancel(first, actor=rosa)
    anna.refresh_from_db()
    assert anna.last_contact_at == called
    make_inbound(anna, found_by=FoundBy.SENDER, sent_at=wrote + timedelta(minutes=1))
    mail.cancel(mailed(anna, rosa), actor=rosa)
    anna.refresh_from_db()
    assert anna.last_contact_at == called, "an address alone can be anybody's"
    make_inbound(anna, found_by=FoundBy.ADDRESS, sent_at=wrote)
    mail.cancel(mailed(anna, rosa), actor=rosa)
    anna.refresh_from_db()
    assert anna.last_contact_at == wrote


def test_one_called_back_that_left_all_the_same_has_asked(anna, rosa):
    first = mailed(anna, rosa)
    mail.cancel(first, actor=rosa)
    Message.objects.filter(pk=first.pk).update(reason="late_trace", accepted_at=timezone.now())
    assert "been asked already" in str(services.approach([anna], actor=rosa)[0].refusal)
    assert [one.rule for one in services.prospects([anna])] == ["approach_asked_already"]
    with pytest.raises(Refused, match="asked already"):
        services.prepare_copy(anna, channel="inmail", actor=rosa)
    Message.objects.filter(pk=first.pk).update(reason="late_trace_failed", failed_at=timezone.now())
    assert mailed(anna, rosa).state == State.QUEUED


def test_what_is_said_beforehand_is_what_happens(anna, bert, rosa, vacancy):
    bert.candidate.contact_points.update(removed_at=timezone.now())
    stopped = make_candidacy(vacancy, email="stop@person.example")
    suppression.suppress([("email", "stop@person.example")], scope="all", reason="objected", actor=None)
    asked = make_candidacy(vacancy)
    mailed(asked, rosa)
    over = make_candidacy(vacancy)
    Candidacy.objects.filter(pk=over.pk).update(ended_at=timezone.now(), ended_reason="refused")
    over.refresh_from_db()
    chosen = [anna, bert, stopped, asked, over]
    prospects = services.prospects(chosen)
    assert prospects[0].address == "anna@person.example"
    outcomes = services.approach(chosen, actor=rosa)
    assert [str(prospect.refusal) for prospect in prospects] == [str(outcome.refusal) for outcome in outcomes]


# A wish of one's own


def test_a_line_of_ones_own_stands_in_the_message_as_one_paragraph(anna, rosa):
    wish = services.Wish(note="Wij spraken\n elkaar in Breda [[link:consent:x]] <b>.")
    message = services.approach_one(anna, actor=rosa, wish=wish)
    assert "\n\nWij spraken elkaar in Breda [ [link:consent:x]] <b>.\n\n" in message.body_text
    assert "&lt;b&gt;" in message.body_html


def test_other_words_are_taken_by_name_and_only_published_ones(anna, bert, rosa):
    body = TemplateVersion.objects.latest_of("approach", "nl").body
    make_template("approach", name="Short", body=f"KORT\n\n{body}", version=1)
    wish = services.Wish(templates={"nl": "Short"})
    assert "KORT" in services.approach_one(anna, actor=rosa, wish=wish).body_text
    with pytest.raises(Refused, match="not there for this message"):
        services.approach_one(bert, actor=rosa, wish=services.Wish(templates={"nl": "Long"}))
    assert not ConsentRequest.objects.filter(subject=bert.subject).exists()


def test_a_line_is_never_lost_in_words_without_a_place_for_it(anna, rosa):
    body = TemplateVersion.objects.latest_of("approach", "nl").body
    make_template("approach", name="Strict", body=body.replace("[note?]", ""), version=1)
    wish = services.Wish(templates={"nl": "Strict"}, note="Wij spraken elkaar.")
    with pytest.raises(Refused, match="no place for a line"):
        services.approach_one(anna, actor=rosa, wish=wish)
    assert services.approach_one(anna, actor=rosa, wish=services.Wish(templates={"nl": "Strict"}))


def test_a_planned_message_waits_and_its_time_to_answer_counts_from_then(anna, rosa):
    at = timezone.now() + timedelta(days=5)
    message = services.approach_one(anna, actor=rosa, wish=services.Wish(not_before=at))
    assert message.not_before == at
    asked = ConsentRequest.objects.get()
    assert asked.expires_at == at + timedelta(days=28)
    anna.refresh_from_db()
    assert (anna.stage, anna.last_contact_at) == ("approached", at)


def test_nobody_is_planned_to_be_told_after_the_month(anna, bert, rosa):
    Source.objects.filter(candidacy=anna).update(obtained_at=timezone.now() - timedelta(days=26))
    wish = services.Wish(not_before=timezone.now() + timedelta(days=9))
    outcomes = services.approach([anna, bert], actor=rosa, wish=wish)
    assert "must be told by" in str(outcomes[0].refusal)
    assert outcomes[1].message
    far = services.Wish(not_before=timezone.now() + timedelta(days=16))
    assert "Too late" in str(services.approach([anna], actor=rosa, wish=far)[0].refusal)


# By hand


def test_a_copied_text_counts_when_it_was_sent(anna, rosa):
    message = services.prepare_copy(anna, channel="inmail", actor=rosa)
    assert message.state == State.DRAFT
    assert services.prepare_copy(anna, channel="inmail", actor=rosa) == message
    assert not Notice.objects.exists()
    services.sent_by_hand(message, actor=rosa)
    assert Notice.objects.get().subject == anna.subject
    anna.refresh_from_db()
    assert anna.stage == "approached"
    assert ConsentRequest.objects.get().handed_over_at


def test_after_a_mail_a_prepared_text_is_not_sent_as_well(anna, rosa):
    message = services.prepare_copy(anna, channel="sms", actor=rosa)
    services.approach([anna], actor=rosa)
    with pytest.raises(Refused, match="asked already"):
        services.sent_by_hand(message, actor=rosa)


def test_a_copied_text_may_have_other_words_and_a_line(anna, rosa):
    plain = services.prepare_copy(anna, channel="inmail", actor=rosa)
    make_template("approach", name="Brief", short="Hoi. [note?]\n\n[link:consent]", version=1)
    wish = services.Wish(templates={"nl": "Brief"}, note="Tot gauw.")
    other = services.prepare_copy(anna, channel="inmail", actor=rosa, wish=wish)
    assert other != plain
    assert other.body_text.startswith("Hoi. Tot gauw.")
    assert services.prepare_copy(anna, channel="inmail", actor=rosa, wish=wish) == other
    services.sent_by_hand(other, actor=rosa)
    with pytest.raises(Refused, match="asked already"):
        services.sent_by_hand(plain, actor=rosa)


def test_a_text_is_not_made_for_who_said_stop(anna, rosa):
    suppression.suppress([("email", "anna@person.example")], scope="all", reason="objected", actor=None)
    with pytest.raises(Refused, match="asked not to be contacted"):
        services.prepare_copy(anna, channel="inmail", actor=rosa)
    assert not Message.objects.exists()
    assert not ConsentRequest.objects.exists()


def test_a_stop_between_making_and_sending_counts(anna, rosa):
    message = services.prepare_copy(anna, channel="inmail", actor=rosa)
    suppression.suppress([("email", "anna@person.example")], scope="all", reason="objected", actor=None)
    with pytest.raises(Refused, match="asked not to be contacted"):
        mail.text_to_copy(message)
    with pytest.raises(Refused, match="asked not to be contacted"):
        services.sent_by_hand(message, actor=rosa)
    assert not Notice.objects.exists()


# A confidential client


def test_a_confidential_client_is_not_named_until_revealed(agency, rosa):
    secret = make_vacancy(owner=rosa, is_confidential=True, sector_label="a dairy company in the north")
    candidacy = make_candidacy(secret)
    invite = mailed(candidacy, rosa)
    assert invite.kind == "talk_invite"
    assert secret.client.legal_name not in invite.subject_line + invite.body_text + invite.body_html
    assert "dairy company" in invite.body_text
    message = services.reveal(candidacy, actor=rosa)
    assert message is not None
    assert secret.client.legal_name in message.body_text
    assert Revelation.objects.get().by == rosa
    assert ConsentRequest.objects.get(closed_at=None).purpose == "introduce"


def test_revealing_to_somebody_without_an_address_asks_to_copy(agency, rosa):
    secret = make_vacancy(owner=rosa, is_confidential=True, sector_label="a dairy company in the north")
    candidacy = make_candidacy(secret)
    candidacy.candidate.contact_points.update(kind="profile", normalised="https://www.linkedin.com/in/anna")
    assert services.reveal(candidacy, actor=rosa) is None
    message = services.prepare_copy(candidacy, channel="inmail", actor=rosa)
    assert secret.client.legal_name in message.body_text
