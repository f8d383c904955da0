"""Who was found and not told within a month leaves, and is erased the day after."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from candidates.models import Source
from candidates.services.answers import ANOTHER_CHANNEL
from candidates.tasks import end_untold, erase_due
from consent.models import Notice
from mailing import events
from mailing import services as mail
from mailing.models import Message, State
from mailing.signals import notice_handed_over
from privacy.deadlines import add_months
from tests import factories
from tests.mailing.batches import batch, event


def found_on(candidacy, day):
    moment = timezone.make_aware(datetime.combine(day, time(12)))
    Source.objects.filter(candidacy=candidacy).update(obtained_at=moment)


@pytest.fixture
def month_ago():
    """The latest day whose month is over."""
    day = timezone.localdate() - timedelta(days=27)
    while add_months(day, 1) >= timezone.localdate():
        day -= timedelta(days=1)
    return day


def test_who_was_not_told_in_time_leaves(db, month_ago):
    factories.make_organisation()
    late, on_time, told = factories.make_candidacy(), factories.make_candidacy(), factories.make_candidacy(notice=True)
    found_on(late, month_ago)
    found_on(told, month_ago)
    found_on(on_time, month_ago + timedelta(days=1))
    waiting = factories.make_message(late, state=State.QUEUED)
    assert end_untold() == 1
    late.refresh_from_db()
    waiting.refresh_from_db()
    assert late.ended_reason == "no_notice"
    assert late.candidate.erase_on == timezone.localdate()
    assert waiting.state == State.ABORTED
    for other in (on_time, told):
        other.refresh_from_db()
        assert other.ended_at is None
    assert end_untold() == 0
    type(late.candidate).objects.filter(pk=late.candidate_id).update(erase_on=month_ago)
    assert erase_due() == 1


def test_a_message_on_its_way_may_still_tell_them(db, month_ago):
    factories.make_organisation()
    candidacy = factories.make_candidacy()
    found_on(candidacy, month_ago)
    message = factories.make_message(candidacy, state=State.CLAIMED, claimed_at=timezone.now())
    assert end_untold() == 0
    Message.objects.filter(pk=message.pk).update(state=State.FAILED, ended_at=timezone.now())
    assert end_untold() == 1


@pytest.fixture
def told_late(db, month_ago):
    """A question to somebody found more than a month ago, and the mail that told them."""
    factories.make_organisation()
    candidacy = factories.make_candidacy()
    found_on(candidacy, month_ago)
    asked = factories.make_request(candidacy)
    message = factories.make_message(
        candidacy,
        template=factories.make_template(),
        about_kind="consent_request",
        about_id=asked.pk,
        state=State.ACCEPTED,
        accepted_at=timezone.now(),
    )
    notice_handed_over.send(Message, messages=[message])
    return candidacy, asked, message


def bounces(message):
    posted = mail.receive(batch(event(message, "out_of_band", bounce_class="10")))
    assert posted is not None
    events.take_in(str(posted.pk))
    message.refresh_from_db()
    assert message.state == State.BOUNCED


def is_told(message):
    return Notice.objects.standing().filter(message=message).exists()


@pytest.mark.parametrize("how", ["event", "reply"])
def test_who_answered_was_told_whatever_bounces_later(told_late, how):
    _candidacy, asked, message = told_late
    if how == "event":
        factories.make_event(asked)
    else:
        type(asked).objects.filter(pk=asked.pk).update(replied_at=timezone.now())
    bounces(message)
    assert is_told(message)
    asked.refresh_from_db()
    assert asked.handed_over_at
    assert end_untold() == 0


@pytest.mark.parametrize("how", ["event", "reply"])
def test_who_answered_does_not_leave_for_want_of_a_notice(told_late, how):
    candidacy, asked, message = told_late
    Notice.objects.filter(message=message).update(undone_at=timezone.now() - ANOTHER_CHANNEL)
    if how == "event":
        factories.make_event(asked)
    else:
        type(asked).objects.filter(pk=asked.pk).update(replied_at=timezone.now())
    assert end_untold() == 0
    candidacy.refresh_from_db()
    assert candidacy.ended_at is None


def test_after_a_late_bounce_there_are_days_for_another_channel(told_late):
    candidacy, _asked, message = told_late
    bounces(message)
    assert not is_told(message)
    assert end_untold() == 0
    Notice.objects.filter(message=message).update(undone_at=timezone.now() - ANOTHER_CHANNEL)
    assert end_untold() == 1
    candidacy.refresh_from_db()
    assert candidacy.ended_reason == "no_notice"
