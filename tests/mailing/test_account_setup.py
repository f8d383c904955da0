"""`manage.py sparkpost`: what setup makes, mends and says, and what doctor explains, against the stand-in."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from mailing import events
from mailing.models import Message, OutgoingStop, ProviderStream, QueuePause, State, Stream, WebhookBatch
from mailing.provider import setup
from mailing.sparkpost.client import Client
from tests import factories
from tests.mailing.conftest import KEY
from tests.mailing.wire import make_payload, serve

USER, PASSWORD, SECRET, TOKEN = "sparkpost-user", "pass-of-the-hook", "secret-of-the-hook", "token-of-the-relay"
DOMAIN = "sterling.example"
REPLY = "reply.sterling.example"


@pytest.fixture
def site():
    """Our side's address; it answers 200 to who brings the right header, as the site does."""
    with serve() as running:
        running.answer = lambda seen: (200 if seen.headers.get("x-watson-secret") == SECRET else 401, "text/plain", "")
        yield running


@pytest.fixture(autouse=True)
def _settings(settings, site, standin, db):
    settings.BASE_URL = site.url
    settings.SPARKPOST_WEBHOOK_USER = USER
    settings.SPARKPOST_WEBHOOK_PASSWORD = PASSWORD
    settings.SPARKPOST_WEBHOOK_SECRET = SECRET
    settings.SPARKPOST_RELAY_TOKEN = TOKEN
    settings.MAIL_INBOUND_DOMAIN = REPLY
    factories.make_organisation(mail_domain=DOMAIN)


@pytest.fixture
def api(standin):
    return Client(KEY, standin.url, timeout=(2.0, 10.0))


def run(*arguments):
    """What the command printed and whether it ended well."""
    out = StringIO()
    try:
        call_command("sparkpost", *arguments, stdout=out)
    except SystemExit as ended:
        return out.getvalue(), ended.code
    return out.getvalue(), 0


def lines(text, level):
    return [line for line in text.splitlines() if line.startswith(level)]


def everything(standin):
    return (
        dict(standin.store.webhooks),
        dict(standin.store.relay_webhooks),
        dict(standin.store.sending_domains),
        list(standin.store.inbound_domains),
    )


# Setup


def test_setup_makes_all_there_must_be(standin, api, site):
    text, code = run("setup")
    assert code == 0, text
    [hook] = api.webhooks.list()
    assert hook["target"] == f"{site.url}/hooks/sparkpost/"
    assert set(hook["events"]) == set(events.KNOWN)
    assert (hook["auth_type"], hook["auth_credentials"]) == ("basic", {"username": USER, "password": PASSWORD})
    [relay] = api.relay_webhooks.list()
    assert (relay["target"], relay["match"]["domain"]) == (f"{site.url}/hooks/sparkpost/relay/", REPLY)
    assert (relay["auth_token"], relay["custom_headers"]) == (TOKEN, {"X-Watson-Secret": SECRET})
    assert api.sending_domains.get(DOMAIN)["status"]["ownership_verified"]
    assert "rx1.sparkpostmail.com, rx2" in text


def test_the_second_run_changes_nothing_and_says_so(standin):
    first, _code = run("setup")
    assert lines(first, "changed")
    before = everything(standin)
    text, code = run("setup")
    assert (code, lines(text, "changed")) == (0, [])
    assert "nothing was changed" in text
    assert everything(standin) == before


def test_no_secret_is_ever_printed(standin, settings):
    for arguments in (["setup", "--check"], ["setup"], ["setup"], ["doctor"]):
        text, _code = run(*arguments)
        assert text
        for secret in (KEY, PASSWORD, SECRET, TOKEN):
            assert secret not in text, arguments


def test_check_changes_nothing_and_names_what_lacks(standin):
    before = everything(standin)
    text, code = run("setup", "--check")
    assert code == 1
    assert everything(standin) == before
    wrong = "\n".join(lines(text, "wrong"))
    for about in ("Sending domain", "Event webhook", "Inbound domain"):
        assert about in wrong
    run("setup")
    text, code = run("setup", "--check")
    assert (code, lines(text, "wrong")) == (0, [])
    assert "All is well" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"events": ["delivery"]}, "lacks the events"),
        ({"active": False}, "switched off"),
        ({"auth_credentials": {"username": USER, "password": "old"}}, "name or password"),
        ({"auth_type": "none"}, "name or password"),
        ({"custom_headers": {}}, "X-Watson-Secret"),
        ({"custom_headers": {"x-watson-secret": "old"}}, "X-Watson-Secret"),
    ],
)
def test_a_webhook_that_is_not_right_is_named_and_mended(standin, api, change, said):
    run("setup")
    [hook] = api.webhooks.list()
    api.webhooks.update(hook["id"], change)
    text, code = run("setup", "--check")
    assert code == 1
    assert said in "\n".join(lines(text, "wrong"))
    text, code = run("setup")
    assert (code, len(lines(text, "changed"))) == (0, 1)
    assert run("setup")[1] == 0
    assert not lines(run("setup")[0], "changed")
    assert len(api.webhooks.list()) == 1


def test_a_webhook_of_somebody_else_is_left_alone(standin, api, site):
    theirs = api.webhooks.create(
        {
            "name": "Watson",
            "target": f"{site.url}/other/",
            "events": ["bounce"],
            "custom_headers": {"X-Watson-Secret": SECRET},
        }
    )
    run("setup")
    assert api.webhooks.get(theirs)["events"] == ["bounce"]
    assert len(api.webhooks.list()) == 2


def test_two_webhooks_to_us_are_named(standin, api, site):
    run("setup")
    [hook] = api.webhooks.list()
    api.webhooks.create({key: hook[key] for key in ("name", "target", "events", "auth_type", "custom_headers")})
    text, code = run("setup")
    assert code == 0
    assert "2 webhooks post to" in "\n".join(lines(text, "note"))


@pytest.mark.parametrize("first", [True, False])
def test_a_site_that_does_not_answer_is_said(standin, api, site, first):
    if not first:
        run("setup")
    site.answer = lambda seen: (503, "text/plain", "")
    text, code = run("setup")
    assert code == 1
    assert "got no 200 back" in "\n".join(lines(text, "wrong"))
    assert len(api.webhooks.list()) == (0 if first else 1)


def test_a_domain_whose_record_lacks_is_explained_with_the_record(standin, api):
    standin.api.account.missing_dns.add(f"dkim {DOMAIN}")
    text, code = run("setup")
    assert code == 1
    public = api.sending_domains.get(DOMAIN)["dkim"]["public"]
    assert f"scph1126._domainkey.{DOMAIN}  TXT  v=DKIM1; k=rsa; h=sha256; p={public}" in text
    standin.api.account.missing_dns.clear()
    text, code = run("setup")
    assert code == 0
    assert "is verified now" in "\n".join(lines(text, "changed"))


def test_a_blocked_domain_is_said(standin):
    run("setup")
    standin.store.sending_domains[DOMAIN]["status"]["compliance_status"] = "blocked"
    text, code = run("setup")
    assert code == 1
    assert "support" in text


def test_where_bounces_return_to_is_said(standin):
    text, _code = run("setup")
    assert f"bounces.{DOMAIN}" in text
    standin.store.sending_domains[f"bounces.{DOMAIN}"] = {
        "status": {"cname_status": "valid"},
        "is_default_bounce_domain": True,
        "dkim": {},
    }
    text, _code = run("setup")
    assert f"Bounces return to bounces.{DOMAIN}" in "\n".join(lines(text, "ok"))


def test_without_a_domain_for_answers_only_a_word_about_it(standin, settings, api):
    settings.MAIL_INBOUND_DOMAIN = ""
    text, code = run("setup")
    assert code == 0
    assert "MAIL_INBOUND_DOMAIN is empty" in text
    assert api.relay_webhooks.list() == []


def test_mail_posted_elsewhere_is_not_taken_over(standin, api, site):
    api.inbound_domains.create(REPLY)
    api.relay_webhooks.create({"target": f"{site.url}/theirs/", "match": {"domain": REPLY}})
    text, code = run("setup")
    assert code == 1
    assert "posted to another address" in text
    assert api.relay_webhooks.list()[0]["target"] == f"{site.url}/theirs/"


def test_a_relay_with_an_old_token_is_mended(standin, api):
    run("setup")
    [relay] = api.relay_webhooks.list()
    api.relay_webhooks.update(relay["id"], {"auth_token": "old"})
    assert run("setup", "--check")[1] == 1
    assert run("setup")[1] == 0
    assert api.relay_webhooks.list()[0]["auth_token"] == TOKEN


@pytest.mark.parametrize("name", ["SPARKPOST_WEBHOOK_USER", "SPARKPOST_WEBHOOK_SECRET", "SPARKPOST_API_KEY"])
def test_what_lacks_here_is_named(settings, name):
    setattr(settings, name, "")
    text, code = run("setup")
    assert code == 1
    assert f"{name} is empty" in text


def test_an_address_sparkpost_can_not_post_to_is_said(settings, site):
    settings.SPARKPOST_BASE_URL = "https://api.eu.sparkpost.example"
    for url in ("http://watson.example.com", "https://watson.example.com:8443"):
        settings.BASE_URL = url
        [line] = list(setup.event_webhook(check=True))
        assert "https on the ordinary port" in line.text


@pytest.mark.parametrize(
    ("fault", "said"),
    [("401", "does not know the key"), ("403", "may not do this"), ("503", "no answer to go by"), ("429", "no answer")],
)
def test_each_failure_is_in_words_and_the_other_steps_still_run(standin, fault, said):
    standin.misbehave(fault, path="sending-domains")
    text, code = run("setup")
    assert code == 1
    assert said in "\n".join(lines(text, "wrong"))
    assert "Event webhook: Made" in text


def test_a_stand_in_that_is_gone_is_said(standin):
    standin.stop()
    text, code = run("setup")
    assert code == 1
    assert "no answer to go by" in text


# Doctor


def healthy(standin):
    run("setup")
    now = timezone.now()
    for stream in Stream:
        ProviderStream.objects.update_or_create(
            name=stream, defaults={"sure_until": now, "looked_at": now, "webhook_at": now}
        )


def test_doctor_says_that_all_is_well(standin):
    healthy(standin)
    text, code = run("doctor")
    assert (code, lines(text, "wrong")) == (0, []), text
    for about in (
        "Key",
        "Account",
        "Sending domain",
        "Event webhook",
        "Posts of the last day",
        "Relay webhook",
        "Stops",
        "Queue",
        "Last post",
        "Catching up",
    ):
        assert f"{about}: " in text
    assert "All is well" in text


def test_doctor_calls_nothing_wrong_that_setup_never_looked_at(standin, api):
    text, _code = run("doctor")
    for about in ("Sending domain", "Event webhook", "Inbound domain"):
        assert wrong_in(text, about) == []
        assert f"{about}: Not checked yet: setup never ran here." in text
    run("setup")
    assert "Not checked yet" not in run("doctor")[0]
    for hook in api.webhooks.list():
        api.webhooks.delete(hook["id"])
    text, _code = run("doctor")
    assert wrong_in(text, "Event webhook"), "somebody took it away"


def test_doctor_changes_nothing(standin):
    before = everything(standin)
    text, _code = run("doctor")
    assert "Not checked yet" in text, "it looked at what it must not make"
    assert everything(standin) == before


def wrong_in(text, about):
    return [line for line in lines(text, "wrong") if f" {about}: " in line]


def test_doctor_on_a_key_of_another_region(standin, settings):
    settings.SPARKPOST_API_KEY = "another"
    text, code = run("doctor")
    assert code == 1
    assert wrong_in(text, "Key")
    assert "one region only" in text


def test_doctor_on_a_suspended_account_and_a_used_up_quota(standin, api):
    healthy(standin)
    standin.api.account.status = "suspended"
    standin.api.account.day_limit = 1
    api.transmissions.send(make_payload())
    text, _code = run("doctor")
    assert len(wrong_in(text, "Account")) == 2
    assert "“suspended”" in text
    assert "1 of 1 messages were used today" in text


def test_doctor_on_posts_that_failed_and_came_late(standin, api, site):
    healthy(standin)
    good = site.answer
    site.answer = lambda seen: (500, "text/plain", "")
    api.transmissions.send(make_payload())
    standin.flush_events()
    site.answer = good
    text, _code = run("doctor")
    assert "1 × 500" in wrong_in(text, "Posts of the last day")[0]
    standin.flush_events()
    text, _code = run("doctor")
    assert not wrong_in(text, "Posts of the last day")
    assert "only at a later try" in text


def test_doctor_on_stops(standin):
    healthy(standin)
    standin.engine.suppress("a@person.example", "non_transactional", "Spam Complaint", "")
    text, _code = run("doctor")
    assert "SparkPost's list has 1 spam complaints" in text
    OutgoingStop.objects.create(address=b"sealed", made_at=timezone.now() - timedelta(hours=1))
    ProviderStream.objects.filter(pk=Stream.OWN_STOPS).update(trouble="403")
    ProviderStream.objects.filter(pk=Stream.SUPPRESSIONS).update(trouble="403", troubled_since=timezone.now())
    text, _code = run("doctor")
    assert len(wrong_in(text, "Stops")) == 2
    assert "1 of our own wait" in text


def test_doctor_on_the_queue(standin):
    healthy(standin)
    now = timezone.now()
    factories.make_message(state=State.QUEUED, not_before=now - timedelta(hours=1))
    factories.make_message(state=State.QUEUED, not_before=now + timedelta(hours=1))
    lost = factories.make_message(state=State.QUEUED)
    Message.objects.filter(pk=lost.pk).update(state=State.NEEDS_PERSON, reason="late_trace")
    text, _code = run("doctor")
    assert "1 messages are due, 1 leave later" in wrong_in(text, "Queue")[0]
    assert "1 messages need a person" in text

    QueuePause.objects.create(pk=1, code="7001", since=now)
    text, _code = run("doctor")
    assert "code 7001" in wrong_in(text, "Queue")[0]
    QueuePause.objects.update(until=now + timedelta(hours=1))
    text, _code = run("doctor")
    assert not wrong_in(text, "Queue")
    assert "It goes on by itself" in text


def test_doctor_on_silence_and_what_waits(standin, settings):
    healthy(standin)
    settings.MAIL_SILENCE_AFTER = 60
    now = timezone.now()
    factories.make_message(state=State.ACCEPTED, accepted_at=now - timedelta(hours=1))
    ProviderStream.objects.filter(pk=Stream.EVENTS).update(
        webhook_at=now - timedelta(hours=2), looked_at=now - timedelta(hours=2)
    )
    WebhookBatch.objects.create(body=b"sealed", received_at=now - timedelta(hours=1))
    text, _code = run("doctor")
    assert "1 messages are under way" in wrong_in(text, "Last post")[0]
    assert "1 posts were stored" in wrong_in(text, "Last post")[1]
    ProviderStream.objects.filter(pk=Stream.EVENTS).update(looked_at=now)
    text, _code = run("doctor")
    assert "SparkPost has no news of them either" in text


def test_doctor_on_asking_that_fails(standin):
    healthy(standin)
    ProviderStream.objects.filter(pk=Stream.EVENTS).update(trouble="429", troubled_since=timezone.now())
    text, _code = run("doctor")
    assert "code 429" in wrong_in(text, "Catching up")[0]


def test_doctor_without_a_key(settings):
    settings.SPARKPOST_API_KEY = ""
    text, code = run("doctor")
    assert code == 1
    assert wrong_in(text, "Key")
    assert "Queue: " in text


def test_nobody_guesses_an_act():
    with pytest.raises(CommandError):
        call_command("sparkpost")
    with pytest.raises(CommandError):
        call_command("sparkpost", "nonsense")
