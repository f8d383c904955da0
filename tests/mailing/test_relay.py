"""The door through which mail comes in."""

import json

import pytest
from django.urls import reverse

from mailing.models import InboundBatch, InboundMail
from tests.mailing.letters import attach, letter, relay
from tests.support.client import Client

URL = "/hooks/sparkpost/relay/"
TOKEN, SECRET = "a-token", "a-secret"


@pytest.fixture(autouse=True)
def _secrets(settings, db):
    settings.SPARKPOST_RELAY_TOKEN = TOKEN
    settings.SPARKPOST_WEBHOOK_SECRET = SECRET


@pytest.fixture
def post(client):
    def one(body=b"[]", *, content_type="application/json", **headers):
        given = {"X-MessageSystems-Webhook-Token": TOKEN, "X-Watson-Secret": SECRET, **headers}
        given = {name: value for name, value in given.items() if value is not None}
        return client.post(URL, data=body, content_type=content_type, headers=given)

    return one


def test_the_address_stays():
    assert reverse("mailing:relay") == URL


@pytest.mark.parametrize(
    "headers",
    [
        {"X-MessageSystems-Webhook-Token": None},
        {"X-Watson-Secret": None},
        {"X-MessageSystems-Webhook-Token": "wrong"},
        {"X-Watson-Secret": "gehëim"},
    ],
)
def test_a_stranger_gets_401_and_leaves_nothing(post, headers):
    assert post(relay(letter()), **headers).status_code == 401
    assert not InboundBatch.objects.exists()
    assert post(relay(letter())).status_code == 200
    assert InboundBatch.objects.count() == 1


@pytest.mark.parametrize("name", ["SPARKPOST_RELAY_TOKEN", "SPARKPOST_WEBHOOK_SECRET"])
def test_a_secret_nobody_set_opens_nothing(post, settings, name):
    setattr(settings, name, "")
    empty = "X-MessageSystems-Webhook-Token" if "RELAY" in name else "X-Watson-Secret"
    assert post(relay(letter()), **{empty: ""}).status_code == 401


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_a_post_is_taken(client, method):
    headers = {"X-MessageSystems-Webhook-Token": TOKEN, "X-Watson-Secret": SECRET}
    assert getattr(client, method)(URL, headers=headers).status_code == 405


def test_no_csrf_token_is_asked():
    headers = {"X-MessageSystems-Webhook-Token": TOKEN, "X-Watson-Secret": SECRET}
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(URL, data=relay(letter()), content_type="application/json", headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'[{"msys":{}}]', b'{"msys":{}}', b'{"message":{"msys":{}}}'])
def test_a_ping_is_answered_and_leaves_nothing(post, body):
    assert post(body).status_code == 200
    assert not InboundBatch.objects.exists()


@pytest.mark.parametrize(
    ("body", "set_aside"),
    [
        (b"not json", 1),
        (b"\xff\xfe", 1),
        (b"[" * 200_000, 1),
        (b"null", 1),
        (b'[1, null, "x", [], {"msys": 3}, {"msys": {"relay_message": 5}}]', 6),
        (b'[{"msys":{"relay_message":{"content":[]}}}]', 1),
        (json.dumps([{"msys": {"relay_event": {"type": "relay_injection"}}}]).encode(), 1),
    ],
)
def test_garbage_is_answered_200_and_counted(post, body, set_aside, run_tasks, transactional_db):
    assert post(body).status_code == 200
    run_tasks()
    batch = InboundBatch.objects.get()
    assert (batch.mails, batch.set_aside, bool(batch.taken_in_at)) == (0, set_aside, True)
    assert not InboundMail.objects.exists()


def test_a_mail_is_sealed_until_it_is_taken_in_and_then_gone(post, run_tasks, transactional_db):
    assert post(relay(letter("Mijn geheim is groot"))).status_code == 200
    waiting = InboundBatch.objects.get()
    assert b"geheim" not in bytes(waiting.body)
    assert run_tasks() == ["mailing.tasks.take_in_mail"]
    waiting.refresh_from_db()
    assert (bytes(waiting.body), waiting.mails, waiting.set_aside) == (b"", 1, 0)
    assert InboundMail.objects.get().text == "Mijn geheim is groot"


def test_a_mail_of_twenty_megabytes_is_taken(post, run_tasks, settings, transactional_db):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    big = attach(letter(), "cv.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 58_000, "application/pdf")
    body = relay(big)
    assert 20_000_000 < len(body) < settings.RELAY_MAX_BYTES
    assert post(body).status_code == 200
    run_tasks()
    file = InboundMail.objects.get().files.get()
    assert (file.content_type, file.size) == ("application/pdf", 9 + 256 * 58_000)


def test_a_mail_beyond_all_measure_is_refused(post, settings):
    settings.RELAY_MAX_BYTES = 1000
    assert post(relay(letter("x" * 2000))).status_code == 413
    assert not InboundBatch.objects.exists()
