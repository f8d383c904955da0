"""When the outbox stands still: limits that pass by themselves, faults that an operator must mend."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mailing import outbox, pauses, services, tasks
from mailing.models import Message, QueuePause, State
from privacy.models import LedgerEntry
from tests import factories
from tests.mailing.wire import serve
from tests.support.client import Client


def fresh(message):
    message.refresh_from_db()
    return message


def waits_unharmed(messages):
    return [(fresh(message).state, message.attempts) for message in messages] == [(State.QUEUED, 0)] * len(messages)


@pytest.fixture
def administrator(organisation):
    return factories.make_user("Ada", role="administrator")


def pages(user):
    client = Client()
    client.force_login(user)
    return [client.get(path).content.decode() for path in ("/", "/mail/")]


LIMITS = [
    ("429", "", "429", 4, "more calls at once"),
    ("420", "2101", "2101", 3500, "hourly sending limit"),
    ("420", "2102", "2102", 4 * 3500, "daily sending limit"),
    ("420", "", "quota", 3500, "sending limit"),
]


@pytest.mark.parametrize(("fault", "code", "kept", "seconds", "said"), LIMITS)
def test_a_limit_pauses_burns_nothing_is_said_and_passes(
    queue, standin, administrator, fault, code, kept, seconds, said
):
    messages = [queue() for _ in range(3)]
    standin.misbehave(fault, times=3, code=code)
    assert outbox.hand_over() == 0
    pause = pauses.in_force()
    assert pause
    assert pause.code == kept
    assert pause.until
    assert pause.until > timezone.now() + timedelta(seconds=seconds)
    assert waits_unharmed(messages)
    assert standin.mails == []

    QueuePause.objects.update(until=timezone.now() + timedelta(hours=1))
    pause.refresh_from_db()
    for page in pages(administrator):
        assert said in page
        assert pauses.words(pause).title in page

    standin.reset()
    assert outbox.hand_over() == 0  # it waits
    QueuePause.objects.update(until=timezone.now())
    assert outbox.hand_over() == 3
    assert pauses.in_force() is None
    assert QueuePause.objects.get().since is None
    assert said not in pages(administrator)[0]


def test_a_limit_met_again_waits_longer_and_is_said_since_the_first_time(queue, standin):
    queue()
    standin.misbehave("429", times=2)
    outbox.hand_over()
    assert pauses.in_force()
    earlier = timezone.now() - timedelta(seconds=60)
    QueuePause.objects.update(since=earlier, until=timezone.now())
    outbox.hand_over()
    again = QueuePause.objects.get()
    assert again.since == earlier
    assert again.until
    assert again.until > timezone.now() + timedelta(seconds=50)


def test_a_short_wait_never_takes_the_place_of_a_longer_one(db):
    pauses.limit("2102", 4 * 3600)
    long = QueuePause.objects.get()
    pauses.limit("429", 5)
    assert QueuePause.objects.values_list("code", "since", "until").get() == (long.code, long.since, long.until)
    # The other way round the longer one counts.
    QueuePause.objects.update(until=timezone.now() + timedelta(seconds=5), code="429")
    pauses.limit("2102", 4 * 3600)
    longer = QueuePause.objects.get()
    assert longer.code == "2102"
    assert longer.until
    assert longer.until > timezone.now() + timedelta(hours=3)


STOPS = [
    ("401", "", "401", "does not accept our API key"),
    ("403", "", "403", "is suspended"),
    ("403", "1601", "1601", "is suspended"),
    ("400", "7000", "7000", "has blocked our sending domain"),
    ("400", "7001", "7001", "is not set up or not verified"),
    ("420", "2103", "2103", "a few test mails"),
    ("420", "2105", "2105", "monthly sending limit"),
]


@pytest.mark.parametrize(("fault", "code", "kept", "said"), STOPS)
def test_a_fault_stops_the_queue_until_somebody_mends_it(
    queue, standin, administrator, caplog, fault, code, kept, said
):
    messages = [queue() for _ in range(3)]
    standin.misbehave(fault, times=3, code=code)
    assert outbox.hand_over() == 0
    pause = pauses.in_force()
    assert pause
    assert (pause.code, pause.until) == (kept, None)
    assert waits_unharmed(messages)
    stops = [line for line in caplog.records if line.levelname == "ERROR" and "stands still" in line.getMessage()]
    assert len(stops) == 1
    for page in pages(administrator):
        assert said in page

    assert outbox.hand_over() == 0
    services.resume(actor=administrator)
    assert LedgerEntry.objects.filter(kind="mail.resumed").exists()
    assert outbox.hand_over() == 3


def test_a_wrong_key_of_our_own_stops_it_too(queue, standin, settings):
    message = queue()
    settings.SPARKPOST_API_KEY = "another-key"
    assert outbox.hand_over() == 0
    assert waits_unharmed([message])
    assert QueuePause.objects.exclude(since=None).get().until is None


def test_a_limit_does_not_soften_a_stop(queue, standin):
    pauses.stop("7001")
    pauses.limit("429", 5)
    assert QueuePause.objects.values_list("code", "until").get() == ("7001", None)


def test_the_operator_is_paged_once_per_stop_without_a_name(
    queue, standin, transactional_db, run_tasks, settings, administrator
):
    with serve() as pager:
        settings.OPERATOR_WEBHOOK_URL = f"{pager.url}/hooks/watson"
        messages = [queue() for _ in range(3)]
        standin.misbehave("400", times=3, code="7001")
        outbox.hand_over()
        pauses.stop("7001")  # another worker meets the same
        run_tasks()
        (page,) = pager.posts()
        assert page.path == "/hooks/watson"
        assert list(page.json) == ["text"]
        assert "7001" in page.json["text"]
        assert settings.BASE_URL in page.json["text"]
        for message in messages:
            assert message.to_name not in page.body
            assert message.to_email not in page.body

        services.resume(actor=administrator)
        standin.misbehave("401")
        outbox.hand_over()
        run_tasks()
        assert len(pager.posts()) == 2
        assert "401" in pager.posts()[1].json["text"]


def test_a_pager_that_does_not_answer_is_tried_again(transactional_db, run_tasks, settings):
    with serve() as pager:
        settings.OPERATOR_WEBHOOK_URL = pager.url
        pager.answer = lambda seen: (503, "text/plain", "later")
        pauses.stop("7001")
        run_tasks()
        assert len(pager.posts()) == 1
        pager.answer = lambda seen: (200, "text/plain", "ok")
        run_tasks(include_delayed=True)
        assert len(pager.posts()) == 2
        run_tasks(include_delayed=True)
        assert len(pager.posts()) == 2


def test_nobody_is_paged_about_a_stop_that_is_over(transactional_db, run_tasks, settings, administrator):
    with serve() as pager:
        settings.OPERATOR_WEBHOOK_URL = pager.url
        pauses.stop("7001")
        services.resume(actor=administrator)
        run_tasks()
        assert pager.posts() == []
        pauses.stop("7001")
        run_tasks()
        assert len(pager.posts()) == 1


def test_without_a_pager_nothing_is_posted(transactional_db, run_tasks):
    pauses.stop("7001")
    assert tasks.page_operator.name in run_tasks()


def test_a_message_that_waits_is_not_touched_by_the_pause(queue, standin):
    pauses.limit("2102", 3600)
    message = queue()
    assert outbox.hand_over() == 0
    assert Message.objects.get(pk=message.pk).state == State.QUEUED
