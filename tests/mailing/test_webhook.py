"""The door through which SparkPost reports."""

import base64
import json

import pytest
from django.urls import reverse

from mailing.models import MailEvent, WebhookBatch
from tests.mailing.batches import batch, event

URL = "/hooks/sparkpost/"
USER, PASSWORD, SECRET = "sparkpost", "a-password", "a-secret"


@pytest.fixture(autouse=True)
def _secrets(settings, db):
    settings.SPARKPOST_WEBHOOK_USER = USER
    settings.SPARKPOST_WEBHOOK_PASSWORD = PASSWORD
    settings.SPARKPOST_WEBHOOK_SECRET = SECRET


def basic(user=USER, password=PASSWORD):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def post(client):
    def one(body=b"[]", *, content_type="application/json", **headers):
        given = {"Authorization": basic(), "X-Watson-Secret": SECRET, **headers}
        given = {name: value for name, value in given.items() if value is not None}
        return client.post(URL, data=body, content_type=content_type, headers=given)

    return one


def test_the_address_stays():
    assert reverse("mailing:sparkpost") == URL


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": None},
        {"X-Watson-Secret": None},
        {"Authorization": basic(password="wrong")},
        {"Authorization": basic(user="wrong")},
        {"Authorization": "Bearer " + basic().split()[1]},
        {"Authorization": "Basic ££££"},
        {"Authorization": "Basic"},
        {"X-Watson-Secret": "wrong"},
        {"X-Watson-Secret": "gehëim"},
    ],
)
def test_a_stranger_gets_401_and_leaves_nothing(post, headers):
    answer = post(batch(event()), **headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert not WebhookBatch.objects.exists()


@pytest.mark.parametrize("name", ["USER", "PASSWORD", "SECRET"])
def test_a_secret_nobody_set_opens_nothing(post, settings, name):
    setattr(settings, f"SPARKPOST_WEBHOOK_{name}", "")
    empty = {"USER": {"Authorization": basic(user="")}, "PASSWORD": {"Authorization": basic(password="")}}
    headers = empty.get(name, {"X-Watson-Secret": ""})
    assert post(batch(event()), **headers).status_code == 401


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_a_post_is_taken(client, method):
    headers = {"Authorization": basic(), "X-Watson-Secret": SECRET}
    assert getattr(client, method)(URL, headers=headers).status_code == 405


def test_no_csrf_token_is_asked(settings):
    from tests.support.client import Client

    strict = Client(enforce_csrf_checks=True)
    headers = {"Authorization": basic(), "X-Watson-Secret": SECRET}
    answer = strict.post(URL, data=batch(event()), content_type="application/json", headers=headers)
    assert answer.status_code == 200
    assert WebhookBatch.objects.count() == 1


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'[{"msys":{}}]', b'{"msys":{}}', b'{"message":{"msys":{}}}', b"  "]
)
def test_a_ping_is_answered_and_leaves_nothing(post, body):
    assert post(body).status_code == 200
    assert not WebhookBatch.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"\xff\xfe",
        b"[" * 200_000,
        b"12",
        b'"text"',
        b"null",
        b'[1, null, "x", [], {"msys": 3}, {"msys": {"message_event": 5}}]',
        b'[{"msys":{"message_event":{"type":["delivery"]}}}]',
        b'[{"msys":{"message_event":{"no":"type"}}}]',
        json.dumps([{"msys": {"new_class": {"type": "never_heard_of", "event_id": "1"}}}]).encode(),
        json.dumps([{"msys": {"message_event": {"type": "delivery", "event_id": None, "timestamp": {}}}}]).encode(),
        json.dumps([{"msys": {"message_event": {"type": "delivery", "event_id": "a\u0000b"}}}]).encode(),
        b'[{"msys":{"message_event":{"type":"delivery","event_id":"\\ud800","timestamp":1e400}}}]',
        b'[{"msys":{"message_event":{"type":"delivery","event_id":"e","timestamp":"99999999999"}}}]',
    ],
)
def test_whatever_comes_from_sparkpost_is_answered_200_and_taken_in(post, body, run_tasks, transactional_db):
    assert post(body).status_code == 200
    assert post(body, content_type="text/plain").status_code == 200
    run_tasks()
    assert not WebhookBatch.objects.filter(taken_in_at=None).exists()


def test_a_batch_is_sealed_until_it_is_taken_in_and_then_gone(post, run_tasks, transactional_db):
    assert post(batch(event(rcpt_to="secret.person@person.example"))).status_code == 200
    waiting = WebhookBatch.objects.get()
    assert b"secret.person" not in bytes(waiting.body)
    assert run_tasks() == ["mailing.tasks.take_in"]
    waiting.refresh_from_db()
    assert waiting.taken_in_at
    assert bytes(waiting.body) == b""
    assert (waiting.events, waiting.set_aside) == (1, 0)
    assert MailEvent.objects.count() == 1


def test_one_call_of_a_worker_serves_all_posts_before_it_begins(post, run_tasks, transactional_db):
    for _ in range(3):
        assert post(batch(event())).status_code == 200
    assert run_tasks() == ["mailing.tasks.take_in"]
    assert not WebhookBatch.objects.waiting().exists()
    assert post(batch(event())).status_code == 200
    assert run_tasks() == ["mailing.tasks.take_in"]
    assert MailEvent.objects.count() == 4


def test_a_batch_larger_than_a_form_may_be_is_taken(post, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert post(batch(*[event() for _ in range(50)])).status_code == 200
    assert WebhookBatch.objects.count() == 1


def test_a_batch_beyond_all_measure_is_refused(post, settings):
    settings.WEBHOOK_MAX_BYTES = 1000
    assert post(batch(*[event() for _ in range(50)])).status_code == 413
    assert not WebhookBatch.objects.exists()


def test_no_trace_of_machine_or_place_is_kept(post, run_tasks, transactional_db):
    opened = event(type="open", ip_address="203.0.113.9", user_agent="Agent/1.0", geo_ip={"city": "Utrecht"})
    post(batch(opened))
    run_tasks()
    (kept,) = MailEvent.objects.values()
    assert "203.0.113.9" not in str(kept)
    assert "Agent/1.0" not in str(kept)
    assert "Utrecht" not in str(kept)
