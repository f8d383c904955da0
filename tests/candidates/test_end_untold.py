"""Who was found and not told within a month leaves, and is erased the day after."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from candidates.models import Source
from candidates.tasks import end_untold, erase_due
from mailing.models import Message, State
from privacy.deadlines import add_months
from tests import factories


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
