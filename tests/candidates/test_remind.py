"""The one reminder: when it may go, what it says, by hand, by another channel and by the clock."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organisation
from candidates import services, tasks
from candidates.models import Candidacy
from candidates.services import making, reminding
from consent import services as consent
from consent.fillers import no_answer
from consent.models import ConsentRequest, Notice
from mailing import services as mail
from mailing.models import Message, State
from mailing.rendering import stored_links
from mailing.signals import reply_received
from privacy import suppression
from privacy.guards import Refused
from tests.candidates.composing import asked_days_ago, question_to
from tests.factories import make_candidacy, make_event, make_inbound, make_link, make_template
from tests.support.threads import at_once

WEDNESDAY_TEN = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def anna(vacancy, rosa):
    return asked_days_ago(vacancy, 8, actor=rosa, given_name="Anna", surname="Bos", email="anna@person.example")


def reminders(*states):
    found = Message.objects.filter(kind="reminder")
    return found.filter(state__in=states) if states else found


def refused(candidacy, actor):
    with pytest.raises(Refused) as refusal:
        services.remind(candidacy, actor=actor)
    assert str(reminding.prospects([candidacy])[0].refusal) == str(refusal.value)
    return refusal.value.code


# What it is


def test_it_asks_once_more_with_the_link_the_person_has(anna, rosa):
    first = Message.objects.get()
    asked = question_to(anna)
    clock = list(no_answer())
    message = services.remind(anna, actor=rosa)
    assert (message.kind, message.about_id, message.to_email) == ("reminder", asked.pk, "anna@person.example")
    assert "enige herinnering" in message.body_text
    links = {name: pk for pk, name in stored_links(message.body_text).items()}
    assert links["consent"] in stored_links(first.body_text)
    assert links["withdraw"] in stored_links(first.body_text)
    # Neither a second notice nor more time to answer.
    assert Notice.objects.count() == 1
    assert list(no_answer()) == clock
    anna.refresh_from_db()
    assert timezone.now() - anna.last_contact_at < timedelta(minutes=1)


def test_there_is_one_and_a_colleague_makes_no_second(anna, rosa, tom):
    services.remind(anna, actor=rosa)
    assert refused(anna, tom) == "one_reminder"
    assert reminders().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_recruiters_who_remind_at_once_send_one(anna, rosa, tom):
    results = at_once(lambda: services.remind(anna, actor=rosa), lambda: services.remind(anna, actor=tom))
    assert [type(one) for one in results].count(Refused) == 1, results
    assert reminders().count() == 1


def test_one_called_back_was_none(anna, rosa):
    left_at = anna.last_contact_at
    mail.cancel(services.remind(anna, actor=rosa), actor=rosa)
    anna.refresh_from_db()
    assert (anna.stage, anna.last_contact_at < timezone.now() - timedelta(days=7)) == ("approached", True), left_at
    assert services.remind(anna, actor=rosa).state == State.QUEUED


def test_a_reminder_that_failed_leaves_the_question_asked(anna, rosa):
    message = services.remind(anna, actor=rosa)
    Message.objects.filter(pk=message.pk).update(state=State.BOUNCED, accepted_at=timezone.now())
    assert refused(anna, rosa) == "one_reminder"
    assert making.askings([question_to(anna).pk]).count() == 1


def test_a_reminder_without_a_subject_is_never_sent(anna, rosa):
    make_template("reminder", name="Leeg", subject_line="[note?]")
    empty, before = making.Wish(templates={"nl": "Leeg"}), anna.last_contact_at
    with pytest.raises(Refused) as refusal:
        services.remind(anna, actor=rosa, wish=empty)
    assert refusal.value.code == "mail_blank"
    assert not reminders().exists()
    anna.refresh_from_db()
    assert anna.last_contact_at == before, "nobody was contacted"
    filled = making.Wish(templates={"nl": "Leeg"}, note="Mag ik u nog eens vragen?")
    assert services.remind(anna, actor=rosa, wish=filled).subject_line == "Mag ik u nog eens vragen?"


def test_the_clock_sends_no_reminder_without_a_subject(automatic, anna):
    make_template("reminder", subject_line="[note?]")
    assert list(reminding.due_now()) == [anna]
    assert reminding.remind_due() == 0
    assert not reminders().exists()
    make_template("reminder")
    assert reminding.remind_due() == 1


# When it may not


@pytest.mark.parametrize(("days", "code"), [(6, "remind_early"), (7, ""), (14, ""), (15, "remind_late")])
def test_it_goes_seven_to_fourteen_days_after_the_first_message(vacancy, rosa, days, code):
    candidacy = asked_days_ago(vacancy, days, actor=rosa)
    if code:
        assert refused(candidacy, rosa) == code
    else:
        assert services.remind(candidacy, actor=rosa)


def test_the_organisation_may_wait_longer(anna, rosa):
    Organisation.objects.update(reminder_days=10)
    assert refused(anna, rosa) == "remind_early"


def test_nobody_is_reminded_of_what_was_not_asked(vacancy, rosa):
    candidacy = make_candidacy(vacancy)
    assert refused(candidacy, rosa) == "remind_not_asked"
    services.approach([candidacy], actor=rosa)  # queued, not left
    assert refused(candidacy, rosa) == "remind_not_asked"


@pytest.mark.parametrize("kind", ["given", "talk_first", "pending"])
def test_who_answered_is_not_reminded(anna, rosa, kind):
    make_event(question_to(anna), kind)
    assert refused(anna, rosa) == "remind_answered"


def test_who_replied_by_mail_is_not_reminded(anna, rosa, vacancy):
    Message.objects.update(answered_at=timezone.now())
    assert refused(anna, rosa) == "remind_answered"
    bert = asked_days_ago(vacancy, 8, actor=rosa)
    consent.note_reply(subject=bert.subject, vacancy=vacancy.pk, at=timezone.now())
    assert refused(bert, rosa) == "remind_answered"
    assert not reminding.due_now()


def test_a_day_to_speak_again_takes_its_place(anna, rosa):
    services.log_contact(anna, actor=rosa, kind="phone", follow_up_on=timezone.localdate() + timedelta(days=3))
    assert refused(anna, rosa) == "remind_follow_up"


def test_after_a_bounce_another_way_is_chosen(anna, rosa):
    Message.objects.update(state=State.BOUNCED)
    assert refused(anna, rosa) == "remind_bounced"


def test_after_a_stop_and_after_the_end_nobody_is_reminded(anna, rosa):
    suppression.suppress([("email", "anna@person.example")], scope="all", reason="objected", actor=None)
    assert refused(anna, rosa) == "i8_suppressed"
    Candidacy.objects.filter(pk=anna.pk).update(ended_at=timezone.now(), ended_reason="refused")
    anna.refresh_from_db()
    assert refused(anna, rosa) == "approach_ended"


def test_when_the_time_to_answer_is_over_so_is_the_reminder(anna, rosa):
    ConsentRequest.objects.update(expires_at=timezone.now())
    assert refused(anna, rosa) == "remind_over"


def test_without_an_address_it_is_copied(anna, rosa):
    anna.candidate.contact_points.update(removed_at=timezone.now())
    assert refused(anna, rosa) == making.NO_EMAIL


def test_a_plan_looks_at_the_day_it_leaves(anna, rosa):
    inside = services.Wish(not_before=timezone.now() + timedelta(days=3))
    outside = services.Wish(not_before=timezone.now() + timedelta(days=8))
    with pytest.raises(Refused, match="too late for a reminder"):
        services.remind(anna, actor=rosa, wish=outside)
    assert services.remind(anna, actor=rosa, wish=inside).not_before == inside.not_before


# An answer while it waits


def test_an_answer_stops_a_reminder_that_waits(anna, rosa):
    message = services.remind(anna, actor=rosa)
    asked = question_to(anna)
    consent.give(asked, link=make_link(asked), language="nl")
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.ABORTED, "answered")


def test_a_reply_or_an_agreed_day_stops_it_too(anna, rosa, vacancy):
    bert = asked_days_ago(vacancy, 8, actor=rosa)
    for candidacy in (anna, bert):
        services.remind(candidacy, actor=rosa)
    mail = make_inbound(anna)
    reply_received.send(Message, mail=mail, subject=anna.subject, channel="email", at=timezone.now(), sure=True)
    services.log_contact(bert, actor=rosa, kind="phone", follow_up_on=timezone.localdate() + timedelta(days=3))
    assert reminders(State.ABORTED).count() == 2


# By another channel


def test_a_reminder_by_hand_counts_as_the_one(anna, rosa):
    message = reminding.prepare_copy(anna, channel="whatsapp", actor=rosa, wish=services.Wish(note="Tot gauw."))
    assert "Tot gauw." in message.body_text
    assert "enige herinnering" in message.body_text
    services.sent_by_hand(message, actor=rosa)
    assert Notice.objects.count() == 1
    assert refused(anna, rosa) == "one_reminder"


def test_after_the_mail_a_prepared_reminder_is_not_sent_as_well(anna, rosa):
    message = reminding.prepare_copy(anna, channel="inmail", actor=rosa)
    services.remind(anna, actor=rosa)
    with pytest.raises(Refused, match="reminded already"):
        services.sent_by_hand(message, actor=rosa)


# By the clock


@pytest.fixture
def automatic(vacancy):
    Organisation.objects.update(reminder_automatic=True, reminder_reason="Many miss the first mail.")


def test_the_clock_reminds_whom_it_may_and_nobody_twice(automatic, anna, vacancy, rosa):
    early = asked_days_ago(vacancy, 3, actor=rosa)
    late = asked_days_ago(vacancy, 20, actor=rosa)
    bounced = asked_days_ago(vacancy, 9, actor=rosa)
    Message.objects.filter(subject=bounced.subject_id).update(state=State.BOUNCED)
    agreed = asked_days_ago(vacancy, 9, actor=rosa)
    services.log_contact(agreed, actor=rosa, kind="phone", follow_up_on=timezone.localdate() + timedelta(days=3))
    called_back = asked_days_ago(vacancy, 9, actor=rosa)
    mail.cancel(services.remind(called_back, actor=rosa), actor=rosa)
    assert list(reminding.due_now()) == [anna], (early, late)
    assert reminding.remind_due() == 1
    assert reminding.remind_due() == 0
    message = reminders(State.QUEUED).get()
    assert (message.subject, message.sender) == (anna.subject, rosa)


def test_the_clock_leaves_a_question_that_was_called_back_too_late(automatic, anna):
    first = Message.objects.get(subject=anna.subject_id)
    assert list(reminding.due_now()) == [anna]
    # Somebody called it back, and it left all the same: the person is not pressed on top of that.
    Message.objects.filter(pk=first.pk).update(state=State.ABORTED, reason="late_trace", handled_at=timezone.now())
    assert list(reminding.due_now()) == []
    assert reminding.remind_due() == 0


def test_the_clock_is_off_unless_the_organisation_wants_it(anna):
    assert list(reminding.due_now()) == [anna]
    assert reminding.remind_due() == 0
    assert not reminders().exists()


def test_the_task_keeps_to_office_hours(automatic, anna):
    assert tasks.remind_due() == int(reminding.is_office_time(timezone.now()))


@pytest.mark.parametrize(
    ("moment", "open_now"),
    [
        (WEDNESDAY_TEN, True),
        (WEDNESDAY_TEN.replace(hour=7, minute=59), False),
        (WEDNESDAY_TEN.replace(hour=15, minute=59), True),
        (WEDNESDAY_TEN.replace(hour=16), False),
        (WEDNESDAY_TEN.replace(day=28), False),
        (WEDNESDAY_TEN.replace(day=29), False),
        (WEDNESDAY_TEN.replace(month=12), False),
        # Summer time: nine in Amsterdam is seven in UTC.
        (datetime(2026, 7, 1, 7, 0, tzinfo=UTC), True),
        (datetime(2026, 4, 27, 9, 0, tzinfo=UTC), False),
    ],
    ids=["wednesday", "early", "last minute", "evening", "saturday", "sunday", "christmas", "summer", "king's day"],
)
def test_it_never_goes_in_a_weekend_on_a_holiday_or_at_night(moment, open_now):
    assert reminding.is_office_time(moment) is open_now


def test_finding_whom_to_remind_takes_one_query(anna, vacancy, rosa, django_assert_num_queries):
    asked_days_ago(vacancy, 9, actor=rosa)
    Organisation.current()
    with django_assert_num_queries(2):
        assert len(reminding.due_now()) == 2


# On the desk


def test_the_panel_offers_it_and_says_why_not_yet(desk, anna, vacancy, rosa):
    early = asked_days_ago(vacancy, 3, actor=rosa)
    browser = desk(rosa, htmx=True)
    page = browser.get(reverse("candidates:panel", args=[anna.pk])).content.decode()
    assert 'name="kind" value="reminder"' in page
    assert "Copy the reminder" in page
    page = browser.get(reverse("candidates:panel", args=[early.pk])).content.decode()
    assert 'name="kind" value="reminder"' not in page
    assert "It is too early: a reminder may go from" in page


def test_it_is_sent_from_the_card_in_two_clicks(desk, anna, vacancy, rosa):
    browser = desk(rosa)
    url = reverse("candidates:approach", args=[vacancy.pk])
    page = browser.post(url, {"pk": anna.pk, "kind": "reminder"}, follow=True)
    assert "enige herinnering" in page.content.decode()
    assert not reminders().exists()
    sent = browser.post(page.request["PATH_INFO"], {"when": "now", "act": "send"}, follow=True)
    assert "1 message is on its way" in sent.content.decode()
    assert reminders().count() == 1


def test_a_copied_reminder_is_noted_as_the_one(desk, anna, rosa):
    browser = desk(rosa, htmx=True)
    made = browser.post(reverse("candidates:copy", args=[anna.pk]), {"channel": "inmail", "note": "Tot gauw."})
    assert "Tot gauw." in made.content.decode()
    message = reminders(State.DRAFT).get()
    sent = browser.post(reverse("candidates:sent", args=[anna.pk]), {"message": message.pk})
    assert "counts as the one reminder" in sent["HX-Trigger"]
    assert reminders(State.ACCEPTED).count() == 1
