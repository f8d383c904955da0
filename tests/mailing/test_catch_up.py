"""What the webhook did not bring is asked for: after silence, after a gap, once a day, and again after a failure."""

import threading
from datetime import timedelta
from zlib import crc32

import pytest
from django.db import connection
from django.utils import timezone

from mailing import events, outbox
from mailing.models import MailEvent, Message, ProviderStream, State, Stream
from mailing.provider import catch_up, streams
from tests.factories import make_message
from tests.mailing.batches import batch, event

NOW = timezone.now


@pytest.fixture(autouse=True)
def _patience(settings):
    settings.MAIL_SILENCE_AFTER = 1800


def sent(queue, standin):
    """A message SparkPost has delivered, of which its webhook told us nothing."""
    message = queue()
    outbox.hand_over()
    standin.flush_events()
    return message


def state_of(message):
    message.refresh_from_db()
    return message.state


def stream(**fields):
    """The stream of events: everything there until now, unless told otherwise."""
    values = {"sure_until": NOW(), "looked_at": NOW(), **fields}
    ProviderStream.objects.update_or_create(pk=Stream.EVENTS, defaults=values)


def mark():
    """Until when everything is there."""
    found = streams.state_of(Stream.EVENTS).sure_until
    assert found is not None
    return found


def quiet(minutes, **fields):
    """Under way for this long, and nothing was posted since."""
    at = NOW() - timedelta(minutes=minutes)
    return make_message(state=State.ACCEPTED, accepted_at=at, **fields)


# Asking


def test_what_was_never_posted_is_asked_for(queue, standin):
    message = sent(queue, standin)
    assert state_of(message) == State.ACCEPTED
    assert catch_up.catch_up() == 2
    assert state_of(message) == State.DELIVERED
    assert sorted(message.events.values_list("type", flat=True)) == ["delivery", "injection"]


def test_what_came_by_both_ways_is_stored_once(queue, standin):
    message = sent(queue, standin)
    posted = [body for mail in standin.mails for body in mail.events]
    events.store(events.parsed(posted))
    assert catch_up.catch_up() == 0
    assert message.events.count() == 2


def test_running_twice_changes_nothing(queue, standin):
    sent(queue, standin)
    assert catch_up.catch_up() == 2
    ProviderStream.objects.update(sure_until=None)
    assert catch_up.catch_up() == 0
    assert MailEvent.objects.count() == 2


def test_the_mark_is_the_moment_of_asking_and_the_next_run_overlaps(queue, standin):
    before = NOW()
    catch_up.catch_up()
    assert before <= mark() <= NOW()

    late = sent(queue, standin)  # found only now, though it happened before the mark
    for row in standin.store.events.values():
        row.body["timestamp"] = str(int((mark() - timedelta(minutes=5)).timestamp()))
    ProviderStream.objects.update(gap_at=NOW())
    assert catch_up.catch_up() == 2
    assert state_of(late) == State.DELIVERED


def test_ten_days_back_and_no_further(queue, standin):
    old, older = sent(queue, standin), sent(queue, standin)
    first, second = standin.mails
    for mail, days in ((first, 9), (second, 11)):
        for body in mail.events:
            body["timestamp"] = str(int((NOW() - timedelta(days=days)).timestamp()))
    ProviderStream.objects.create(name=Stream.EVENTS, sure_until=NOW() - timedelta(days=40))
    assert catch_up.catch_up() == 2
    assert {state_of(old), state_of(older)} == {State.DELIVERED, State.ACCEPTED}


def test_more_than_ten_thousand_events_over_pages(queue, standin):
    message = sent(queue, standin)
    [mail] = standin.mails
    model = mail.events[-1]
    for number in range(10_200):
        standin.store.add_event(mail, {**model, "type": "open", "event_id": f"{10**17 + number}"})
    assert catch_up.catch_up() == 10_202
    assert message.events.filter(type="open").count() == 10_200
    assert state_of(message) == State.DELIVERED


# Failing


@pytest.mark.parametrize(("fault", "code"), [("429", "429"), ("500", "1500"), ("502", "502"), ("503", "1900")])
def test_a_failure_half_way_loses_nothing(queue, standin, fault, code):
    message = sent(queue, standin)
    days = timedelta(days=3)
    ProviderStream.objects.create(name=Stream.EVENTS, sure_until=NOW() - days)
    standin.misbehave("slow", path="events", seconds=0)  # the first part of the gap is answered
    standin.misbehave(fault, path="events")
    assert catch_up.catch_up() == 0
    known = streams.state_of(Stream.EVENTS)
    assert known.trouble == code
    assert known.troubled_since
    assert NOW() - days < mark() < NOW() - timedelta(days=1), "the part that was read to its end counts"
    assert state_of(message) == State.ACCEPTED

    assert catch_up.catch_up() == 0, "not before the provider wants it"
    assert not catch_up.is_due(NOW())
    ProviderStream.objects.update(again_at=NOW())
    assert catch_up.catch_up() == 2
    known = streams.state_of(Stream.EVENTS)
    assert (known.trouble, known.troubled_since, known.again_at) == ("", None, None)
    assert state_of(message) == State.DELIVERED


def test_a_failure_between_pages_keeps_what_was_read_and_reads_that_part_again(queue, standin):
    message = sent(queue, standin)
    [mail] = standin.mails
    model = mail.events[-1]
    for number in range(2_500):
        standin.store.add_event(mail, {**model, "type": "open", "event_id": f"{10**17 + number}"})
    stream(sure_until=NOW() - timedelta(hours=25), looked_at=None)
    begun = mark()
    for _page in range(3):  # one of the first day, two of the second
        standin.misbehave("slow", path="events", seconds=0)
    standin.misbehave("429", path="events")
    first = catch_up.catch_up()
    assert 0 < first < 2_502
    assert begun < mark() < NOW() - timedelta(minutes=50)
    ProviderStream.objects.update(again_at=NOW())
    assert first + catch_up.catch_up() == 2_502
    assert message.events.count() == 2_502


def test_a_refused_key_is_noted_and_asked_again_later(queue, standin, settings):
    settings.SPARKPOST_API_KEY = "another-key"
    stream(sure_until=None)
    assert catch_up.catch_up() == 0
    known = streams.state_of(Stream.EVENTS)
    assert known.trouble == "401"
    assert known.again_at
    assert known.again_at > NOW() + timedelta(minutes=10)


def test_without_a_key_nobody_is_asked(db, settings):
    settings.SPARKPOST_API_KEY = ""
    assert not catch_up.is_due(NOW())
    assert catch_up.catch_up() == 0


# When


def test_a_day_later_in_any_case(db, standin):
    stream()
    assert not catch_up.is_due(NOW())
    assert catch_up.is_due(NOW() + timedelta(days=1, minutes=1))


def test_silence_counts_only_while_something_is_under_way(db, standin):
    stream(webhook_at=NOW() - timedelta(hours=5), looked_at=NOW() - timedelta(hours=5))
    make_message(state=State.DELIVERED, accepted_at=NOW() - timedelta(hours=2))
    make_message(state=State.ACCEPTED, accepted_at=NOW() - timedelta(days=5))  # nothing comes of it any more
    make_message(state=State.ACCEPTED, accepted_at=NOW() - timedelta(hours=2), channel="whatsapp")
    assert catch_up.silence() is None
    assert not catch_up.is_due(NOW())
    message = quiet(minutes=40)
    assert catch_up.silence() == catch_up.Silence(message.accepted_at, 1)
    assert catch_up.is_due(NOW())


@pytest.mark.parametrize(("minutes", "due"), [(29, False), (31, True)])
def test_silence_lasts_as_long_as_the_setting_says(db, standin, minutes, due):
    stream(webhook_at=NOW() - timedelta(minutes=minutes), looked_at=NOW() - timedelta(hours=1))
    quiet(minutes=55)
    assert catch_up.is_due(NOW()) is due


def test_while_it_is_silent_it_asks_now_and_then(queue, standin):
    sent(queue, standin)
    Message.objects.update(accepted_at=NOW() - timedelta(hours=1))
    make_message(state=State.ACCEPTED, accepted_at=NOW() - timedelta(hours=1))
    stream(looked_at=NOW() - timedelta(hours=1))
    assert catch_up.catch_up() == 2
    assert not catch_up.is_due(NOW())
    assert catch_up.is_due(NOW() + timedelta(minutes=31))


def test_a_post_after_a_silence_marks_a_gap(db, standin):
    catch_up.heard()
    known = streams.state_of(Stream.EVENTS)
    assert known.webhook_at
    assert known.gap_at is None
    stream(webhook_at=NOW() - timedelta(minutes=10))
    catch_up.heard()
    assert not catch_up.is_due(NOW())
    stream(webhook_at=NOW() - timedelta(hours=9))
    catch_up.heard()
    assert catch_up.is_due(NOW())
    catch_up.catch_up()
    assert not catch_up.is_due(NOW()), "once"


def test_a_stream_of_posts_writes_seldom(db):
    catch_up.heard()
    first = streams.state_of(Stream.EVENTS).webhook_at
    catch_up.heard()
    assert streams.state_of(Stream.EVENTS).webhook_at == first


# Telling


def test_people_are_told_until_asking_shows_that_nothing_is_missing(queue, standin):
    stream(webhook_at=NOW() - timedelta(hours=2), looked_at=NOW() - timedelta(hours=2))
    message = quiet(minutes=60)
    told = catch_up.missed_posts()
    assert told
    assert (told.since, told.messages) == (message.accepted_at, 1)
    assert catch_up.catch_up() == 0  # SparkPost has nothing about it either: the far end keeps it waiting
    assert catch_up.missed_posts() is None


def test_people_are_told_when_asking_brings_what_a_post_should_have_brought(queue, standin):
    sent(queue, standin)
    Message.objects.update(accepted_at=NOW() - timedelta(hours=1))
    still = make_message(state=State.ACCEPTED, accepted_at=NOW() - timedelta(hours=1))
    stream(webhook_at=NOW() - timedelta(hours=2), looked_at=NOW() - timedelta(hours=2))
    assert catch_up.catch_up() == 2
    assert catch_up.missed_posts()
    catch_up.heard()
    assert catch_up.missed_posts() is None
    assert state_of(still) == State.ACCEPTED


def test_people_are_told_while_asking_fails(db, standin):
    stream(webhook_at=NOW() - timedelta(hours=2), looked_at=NOW() - timedelta(hours=2))
    quiet(minutes=60)
    standin.misbehave("503", path="events")
    catch_up.catch_up()
    assert catch_up.missed_posts()


# Side by side


def test_two_workers_do_not_ask_at_once(transactional_db, queue, standin):
    sent(queue, standin)
    brought = []

    def work():
        try:
            brought.append(catch_up.catch_up())
        finally:
            connection.close()

    with streams.alone(Stream.EVENTS) as mine:
        assert mine
        other = threading.Thread(target=work)
        other.start()
        other.join(30)
    assert brought == [0]
    assert catch_up.catch_up() == 2


def test_a_dead_worker_lets_go(transactional_db, connect):
    dead = connect()
    with dead.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", _key())
    with streams.alone(Stream.EVENTS) as mine:
        assert not mine
    dead.close()
    for _try in range(200):
        with streams.alone(Stream.EVENTS) as mine:
            if mine:
                return
    raise AssertionError("It is still held.")


def _key():
    return [streams.LOCK_SPACE, crc32(Stream.EVENTS.encode()) & 0x7FFF_FFFF]


# The door


def test_a_post_is_remembered_and_a_ping_is_not(client, db, settings):
    settings.SPARKPOST_WEBHOOK_USER, settings.SPARKPOST_WEBHOOK_PASSWORD = "u", "p"
    settings.SPARKPOST_WEBHOOK_SECRET = "s"

    def post(body):
        headers = {"Authorization": "Basic dTpw", "X-Watson-Secret": "s"}
        return client.post("/hooks/sparkpost/", data=body, content_type="application/json", headers=headers)

    assert post(b'[{"msys": {}}]').status_code == 200
    assert streams.state_of(Stream.EVENTS).webhook_at is None
    assert post(batch(event())).status_code == 200
    assert streams.state_of(Stream.EVENTS).webhook_at
