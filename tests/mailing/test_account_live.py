"""The commands against the running site, with the stand-in as its own program; and a worker killed while asking."""

import time
from io import StringIO

from django.conf import settings as site_settings
from django.core.management import call_command

from mailing import outbox
from mailing.models import MailEvent, ProviderStream, Stream
from mailing.provider import catch_up
from mailing.sparkpost.client import Client
from tests import factories
from tests.mailing.conftest import KEY
from tests.support.nursery import Program


def run(*arguments):
    out = StringIO()
    try:
        call_command("sparkpost", *arguments, stdout=out)
    except SystemExit as ended:
        return out.getvalue(), ended.code
    return out.getvalue(), 0


def test_setup_makes_webhooks_that_the_site_really_answers(sparkpost_standin, settings):
    factories.make_organisation(mail_domain="sterling.example")
    settings.MAIL_INBOUND_DOMAIN = "reply.sterling.example"
    api = Client(site_settings.SPARKPOST_API_KEY, sparkpost_standin.url)
    for hook in api.webhooks.list():
        api.webhooks.delete(hook["id"])
    text, code = run("setup")
    assert code == 0, text
    [hook] = api.webhooks.list()
    [relay] = api.relay_webhooks.list()
    assert api.webhooks.validate(hook["id"])["response"]["status"] == 200
    assert api.relay_webhooks.validate(relay["id"])["response"]["status"] == 200

    # With another password the site turns the test away, and setup mends it.
    api.webhooks.update(hook["id"], {"auth_credentials": {"username": "sparkpost", "password": "old"}})
    assert run("setup", "--check")[1] == 1
    assert run("setup")[1] == 0
    assert run("doctor")[1] == 0


def test_a_worker_killed_while_asking_loses_nothing(transactional_db, queue, standin):
    message = queue()
    outbox.hand_over()
    standin.flush_events()
    [mail] = standin.mails
    for number in range(1_500):
        standin.store.add_event(mail, {**mail.events[-1], "type": "open", "event_id": f"{10**17 + number}"})
    ProviderStream.objects.create(name=Stream.EVENTS)
    # The gap is ten parts of a day; its last has two pages, of which the second is never answered.
    for _page in range(10):
        standin.misbehave("slow", path="events", seconds=0)
    standin.misbehave("slow", path="events", seconds=60)
    own = {"SPARKPOST_API_KEY": KEY, "SPARKPOST_BASE_URL": standin.url, "SPARKPOST_TIMEOUT": "90"}
    worker = Program("asks", code="from mailing.provider import catch_up; catch_up.catch_up()", extra=own)
    deadline = time.monotonic() + 60
    try:
        while not MailEvent.objects.exists():
            assert time.monotonic() < deadline, "it stored nothing"
            assert worker.running()
    finally:
        worker.kill()
    assert MailEvent.objects.count() == 1_000
    while not catch_up.catch_up():  # until the dead one's lock is gone with its connection
        assert time.monotonic() < deadline + 60
    assert message.events.count() == 1_502
