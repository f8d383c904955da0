"""When the provider is silent: what Today says to whom, and the gauges."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mailing.models import Message, OutgoingStop, ProviderStream, State, Stream
from mailing.provider import streams
from mailing.sparkpost import errors
from tests.factories import make_message
from tests.watson.test_metrics import URL, read

HOUR = timedelta(hours=1)


def text(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def silent(db, settings):
    """Two messages under way for an hour, and no post for two."""
    settings.MAIL_SILENCE_AFTER = 1800
    now = timezone.now()
    ProviderStream.objects.create(name=Stream.EVENTS, webhook_at=now - 2 * HOUR, looked_at=now - 2 * HOUR)
    return [make_message(state=State.ACCEPTED, accepted_at=now - HOUR) for _number in range(2)]


def test_an_administrator_is_told_what_to_run(desk, ada, silent):
    page = text(desk(ada).get("/"))
    assert "The mail provider is silent" in page
    assert "2 messages are under way" in page
    assert "sparkpost doctor" in page


def test_a_recruiter_is_told_what_it_means_for_them(desk, rosa, silent):
    page = text(desk(rosa).get("/"))
    assert "News about sent mail comes later" in page
    assert "Nothing is lost" in page
    assert "sparkpost" not in page.lower()


def test_one_message_is_one_message(desk, rosa, ada, silent):
    silent[0].__class__.objects.filter(pk=silent[0].pk).update(state=State.DELIVERED)
    for user in (rosa, ada):
        assert "1 message is under way" in text(desk(user).get("/"))


def test_an_officer_is_not_told(desk, olga, silent):
    page = text(desk(olga).get("/"))
    assert "The mail provider is silent" not in page
    assert "comes later" not in page


def test_nothing_is_said_while_nothing_is_under_way(desk, ada, silent):
    assert "The mail provider is silent" in text(desk(ada).get("/"))
    type(silent[0]).objects.update(state=State.DELIVERED)
    assert "The mail provider is silent" not in text(desk(ada).get("/"))


def test_nothing_is_said_before_the_settings_time(desk, ada, silent, settings):
    settings.MAIL_SILENCE_AFTER = 2 * 3600
    assert "The mail provider is silent" not in text(desk(ada).get("/"))


def test_the_gauges(client, silent):
    now = timezone.now()
    ProviderStream.objects.update(sure_until=now - 3 * HOUR)
    OutgoingStop.objects.create(address=b"sealed")
    counts = read(client.get(URL))
    assert 3599 <= counts["watson_webhook_silence_seconds"] <= 3660
    assert 3 * 3600 - 1 <= counts["watson_events_sure_age_seconds"] <= 3 * 3600 + 60
    assert counts["watson_stops_waiting"] == 1
    assert counts["watson_stops_waiting_age_seconds"] < 60
    type(silent[0]).objects.update(state=State.DELIVERED)
    assert read(client.get(URL))["watson_webhook_silence_seconds"] == 0


# When the provider answers nothing


def out_for(minutes):
    streams.unanswered(errors.Retry(1.0, False, "no connection"))
    begun = timezone.now() - timedelta(minutes=minutes)
    ProviderStream.objects.filter(pk=Stream.CALLS).update(troubled_since=begun)
    return begun


def test_an_outage_says_since_when_and_goes_by_itself(desk, rosa, ada, olga):
    assert "can&#x27;t be reached" not in text(desk(rosa).get("/"))
    begun = out_for(10)
    said = text(desk(rosa).get("/"))
    assert "The mail provider can&#x27;t be reached" in said
    assert f"{timezone.localtime(begun):%H:%M}" in said
    assert "sparkpost" not in said.lower()
    assert "sparkpost doctor" in text(desk(ada).get("/"))
    assert "can&#x27;t be reached" not in text(desk(olga).get("/"))
    streams.unanswered(errors.Ambiguous("no answer in time"))
    assert streams.outage() == begun, "the same outage goes on"
    streams.answered()
    assert "can&#x27;t be reached" not in text(desk(rosa).get("/"))
    out_for(10)
    streams.went_well(Stream.SUPPRESSIONS, at=timezone.now())
    assert streams.outage() is None


def test_a_single_failure_is_told_to_nobody(desk, rosa):
    out_for(1)
    assert "can&#x27;t be reached" not in text(desk(rosa).get("/"))


@pytest.mark.parametrize(
    "failure",
    [
        errors.Retry(1.0, False, "too many", status=429),
        errors.Refused("1902", status=400),
        errors.Stop("401", status=401),
        errors.QuotaReached(60.0, status=420),
    ],
)
def test_an_answer_is_no_outage_whatever_it_says(db, failure):
    streams.unanswered(failure)
    assert not ProviderStream.objects.filter(pk=Stream.CALLS).exclude(troubled_since=None).exists()
    streams.unanswered(errors.Retry(1.0, True, status=503))
    assert ProviderStream.objects.get(pk=Stream.CALLS).trouble == "503"


def test_mail_of_which_nobody_knows_is_told_with_its_messages(desk, rosa, ada, olga, settings):
    settings.MAIL_RECONCILE_AFTER = 600
    now = timezone.now()
    for minutes in (5, 19, 21, 30):
        make_message(state=State.CLAIMED, claimed_at=now - timedelta(minutes=minutes), attempts=1)
    for user in (rosa, ada):
        said = text(desk(user).get("/"))
        assert "Of 2 messages nobody knows whether they left" in said
        assert "/mail/?state=claimed" in said
    assert "nobody knows" not in text(desk(olga).get("/"))
    Message.objects.filter(claimed_at__lt=now - timedelta(minutes=25)).update(state=State.ACCEPTED)
    assert "Of 1 message nobody knows whether it left" in text(desk(rosa).get("/"))
    Message.objects.update(state=State.ACCEPTED)
    assert "nobody knows" not in text(desk(rosa).get("/"))
