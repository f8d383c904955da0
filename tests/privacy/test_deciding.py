"""Answers: closed when nothing is open, refused with reasons, later only with a notice that left in time."""

import pytest
from django.db import IntegrityError

from mailing.models import Message
from mailing.signals import notice_failed
from privacy import deadlines
from privacy.desk import deciding, identity, telling
from privacy.guards import Refused
from privacy.models import DataRequest, Extension, LedgerEntry, RequestNotice, RequestStep
from privacy.steps import Step, register_steps, steps_port
from tests.factories import make_message
from tests.privacy.asking import anna, ask, leave, received

pytestmark = pytest.mark.usefixtures("own_steps")


@pytest.fixture
def asked(agency):
    """Asked by somebody nobody here knows."""
    return ask()


@pytest.fixture
def known(agency):
    """Asked by somebody known, through their own link."""
    return ask("erasure", channel="link", subject=anna().subject)


def sent(kind: str) -> Message:
    return Message.objects.get(template__kind=kind)


# Done


def test_an_answer_is_told_and_closes_the_request(asked, olga):
    deciding.answer_request(asked, outcome="We hold nothing about you.", result="nothing", actor=olga)
    asked.refresh_from_db()
    assert (asked.result, asked.answered_by, asked.is_open) == ("nothing", olga, False)
    assert sent("rights_answer").kind == "rights_answer"
    assert "We hold nothing about you." in sent("rights_answer").body_text
    assert "see my data" in sent("rights_answer").body_text
    leave()
    assert set(asked.notices.values_list("kind", flat=True)) == {"receipt", "rights_answer"}


def test_it_is_answered_once(asked, olga):
    deciding.answer_request(asked, outcome="Done.", actor=olga)
    with pytest.raises(Refused, match="answered already"):
        deciding.answer_request(asked, outcome="Again.", actor=olga)


def test_it_is_not_closed_while_something_is_open(agency, olga):
    anna()
    asked = ask()
    with pytest.raises(Refused, match="still open"):
        deciding.answer_request(asked, outcome="Done.", actor=olga)
    asked.refresh_from_db()
    assert asked.is_open
    assert asked.outcome == ""
    identity.confirm(asked, method="callback", actor=olga)
    deciding.answer_request(asked, outcome="Done.", actor=olga)


def test_another_room_can_keep_it_open(asked, olga, monkeypatch):
    monkeypatch.setattr(steps_port, "fillers", list(steps_port.fillers))

    @register_steps
    def theirs(requests):
        return {request.pk: [Step("export.check", "Look through the export", order=30)] for request in requests}

    with pytest.raises(Refused, match="still open"):
        deciding.answer_request(asked, outcome="Done.", actor=olga)


def test_who_takes_it_back_is_answered_whatever_is_open(agency, olga):
    anna()
    asked = ask()
    deciding.answer_request(asked, outcome="You took it back.", result="taken_back", actor=olga)
    asked.refresh_from_db()
    assert asked.result == "taken_back"


def test_without_an_address_it_is_told_by_hand(agency, olga):
    asked = ask(contact="0612345678")
    with pytest.raises(Refused, match="Tell it another way"):
        deciding.answer_request(asked, outcome="Nothing held.", actor=olga)
    deciding.answer_request(asked, outcome="Nothing held.", result="nothing", channel="phone", actor=olga)
    notice = asked.notices.get(kind="rights_answer")
    assert (notice.channel, notice.by, notice.message_ref) == ("phone", olga, None)


def test_an_answer_that_did_not_arrive_answers_nothing(asked, olga):
    deciding.answer_request(asked, outcome="Done.", actor=olga)
    message = sent("rights_answer")
    notice_failed.send(Message, messages=[message])
    asked.refresh_from_db()
    assert asked.is_open
    deciding.answer_request(asked, outcome="Done.", actor=olga)
    assert Message.objects.filter(template__kind="rights_answer").count() == 2, "in a message of its own"


# Refused


def test_a_refusal_names_reasons_authority_and_court(asked, olga):
    decision = deciding.refuse_request(asked, ground="claim", reasons="A claim of yours runs.", actor=olga)
    assert asked.is_open
    assert not Message.objects.filter(kind="refusal").exists(), "decided is not yet told"
    deciding.send_refusal(decision, actor=olga)
    asked.refresh_from_db()
    assert (asked.result, asked.is_open) == ("refused", False)
    words = sent("refusal").body_text
    assert "A claim of yours runs." in words
    assert "it is needed for a legal claim" in words
    assert "Autoriteit Persoonsgegevens" in words
    assert "district court" in words
    assert "six weeks" in words


def test_no_refusal_without_reasons_and_none_as_an_answer(asked, olga):
    with pytest.raises(Refused, match="Give the reasons"):
        deciding.refuse_request(asked, ground="claim", reasons=" ", actor=olga)
    with pytest.raises(Refused, match="has its own form"):
        deciding.answer_request(asked, outcome="No.", result="refused", actor=olga)


@pytest.mark.parametrize("ground", ["unfounded", "excessive"])
def test_somebody_else_approves_what_we_have_to_prove(asked, olga, ada, ground):
    decision = deciding.refuse_request(asked, ground=ground, reasons="The tenth time this week.", actor=olga)
    with pytest.raises(Refused, match="has to approve"):
        deciding.send_refusal(decision, actor=olga)
    with pytest.raises(Refused, match="cannot approve it as well"):
        deciding.approve(decision, actor=olga)
    decision = deciding.approve(decision, actor=ada)
    deciding.send_refusal(decision, actor=olga)
    assert decision.approved_by == ada


def test_others_need_nobody(asked, olga, ada):
    decision = deciding.refuse_request(asked, ground="claim", reasons="A claim runs.", actor=olga)
    with pytest.raises(Refused, match="nobody"):
        deciding.approve(decision, actor=ada)


def test_the_database_wants_another_person_too(asked, olga):
    decision = deciding.refuse_request(asked, ground="unfounded", reasons="Reasons.", actor=olga)
    decision.approved_by = olga
    with pytest.raises(IntegrityError, match="decision_approved_by_another"):
        decision.save()


# Later


def test_the_term_is_longer_once_the_notice_has_left(asked, olga):
    deciding.extend(asked, ground="complex", reasons="Your data are in three assignments.", actor=olga)
    assert not Extension.objects.exists()
    due = deadlines.extended_due_date(asked.received_at)
    words = sent("extension").body_text
    assert "Your data are in three assignments." in words
    assert str(due.year) in words
    leave()
    extension = Extension.objects.get()
    assert (extension.due_on, extension.notice.kind, extension.decision.decided_by) == (due, "extension", olga)
    assert DataRequest.objects.with_due().get(pk=asked.pk).answer_by == due
    assert DataRequest.objects.get(pk=asked.pk).due_on == deadlines.due_date(asked.received_at), "the first stays"


def test_a_notice_that_leaves_too_late_changes_nothing(agency, olga):
    asked = received(40, contact="anna@person.example")
    with pytest.raises(Refused, match="first term has ended"):
        deciding.extend(asked, ground="many", reasons="Many.", actor=olga)
    # Decided in time and stuck in the queue until after the first term: it left, and the term is not longer.
    asked.decisions.create(kind="extension", ground="many", reasons="Many.", decided_by=olga)
    with pytest.raises(Refused, match="first term has ended"):
        telling.tell_by_hand(asked, kind="extension", channel="letter", actor=olga)
    assert not RequestNotice.objects.exists()
    late = make_message(
        kind="extension", act_kind="data_request", act_id=asked.pk, vacancy_ref=None, client_ref=None, subject=None
    )
    leave()
    assert RequestNotice.objects.get().message_ref == late.pk, "that it was told stays true"
    assert not Extension.objects.exists()
    assert RequestStep.objects.filter(request=asked, code="extension.late").exists()


def test_it_is_longer_once(asked, olga):
    deciding.extend(asked, ground="complex", reasons="Much.", actor=olga)
    with pytest.raises(Refused, match="once, not more"):
        deciding.extend(asked, ground="many", reasons="More.", actor=olga)


def test_by_letter_the_notice_counts_when_it_is_noted(agency, olga):
    asked = ask(contact="0612345678")
    deciding.extend(asked, ground="many", reasons="Many.", actor=olga)
    assert not Message.objects.filter(kind="extension").exists()
    telling.tell_by_hand(asked, kind="extension", channel="letter", actor=olga)
    assert Extension.objects.get().notice.by == olga


def test_an_extension_needs_reasons(asked, olga):
    with pytest.raises(Refused, match="Give the reasons"):
        deciding.extend(asked, ground="complex", reasons="", actor=olga)


def test_handing_over_twice_is_written_once(asked, olga):
    deciding.extend(asked, ground="complex", reasons="Much.", actor=olga)
    (message,) = [one for one in leave() if one.kind == "extension"]
    telling.note_handed_over([(message.pk, asked.pk, "extension")])
    assert RequestNotice.objects.filter(kind="extension").count() == 1


def test_late_is_late_after_the_last_hour(agency, olga):
    asked = received(60)
    deciding.answer_request(asked, outcome="Sorry.", channel="letter", actor=olga)
    assert LedgerEntry.objects.get(kind="request.answered").codes["late"] is True
    fresh = received(1)
    deciding.answer_request(fresh, outcome="Done.", channel="letter", actor=olga)
    entry = LedgerEntry.objects.get(kind="request.answered", codes__request=str(fresh.pk))
    assert entry.codes["late"] is False
