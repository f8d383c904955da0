"""Counts for Prometheus: about nobody, and for nobody who is not meant to read them."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from mailing.models import QueuePause, State
from privacy import ledger, services
from tests.factories import make_candidacy, make_message

URL = "/metrics"


def read(response) -> dict[str, float]:
    """Samples by name, with the state in brackets where there is one."""
    found = {}
    for family in text_string_to_metric_families(response.content.decode()):
        for sample in family.samples:
            state = sample.labels.get("state")
            found[f"{sample.name}[{state}]" if state else sample.name] = sample.value
    return found


# Who may


def test_the_machine_itself_may_read(client, db):
    for address in ("127.0.0.1", "127.9.9.9", "::1"):
        assert client.get(URL, REMOTE_ADDR=address).status_code == 200
    assert client.head(URL).status_code == 200
    assert client.post(URL).status_code == 405


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "", "nonsense"])
def test_nobody_else_may(client, db, address):
    assert client.get(URL, REMOTE_ADDR=address).status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via"])
def test_a_proxy_on_this_machine_is_somebody_else(client, db, header):
    assert client.get(URL, headers={header: "127.0.0.1"}).status_code == 404


def test_staff_and_strangers_are_the_same(client, olga):
    client.force_login(olga)
    assert client.get(URL, REMOTE_ADDR="192.0.2.1").status_code == 404


def test_the_token_opens_it_from_anywhere(client, db, settings):
    settings.METRICS_TOKEN = "a-long-token"
    away = {"REMOTE_ADDR": "192.0.2.1"}
    assert client.get(URL, headers={"Authorization": "Bearer a-long-token"}, **away).status_code == 200
    assert client.get(URL, headers={"Authorization": "bearer a-long-token"}, **away).status_code == 200
    for wrong in ("Bearer another", "Bearer ", "Bearer", "Basic a-long-token", "a-long-token", "Bearer é"):
        assert client.get(URL, headers={"Authorization": wrong}, **away).status_code == 404, wrong


def test_no_token_set_is_no_token_at_all(client, db, settings):
    settings.METRICS_TOKEN = ""
    for header in ("Bearer ", "Bearer", "Bearer  "):
        assert client.get(URL, headers={"Authorization": header}, REMOTE_ADDR="192.0.2.1").status_code == 404


# What it says


def test_it_stands_before_anything_happened(client, db):
    found = read(client.get(URL))
    assert found["watson_outbox_messages[queued]"] == 0
    assert found["watson_outbox_paused"] == 0
    assert found["watson_ledger_unsealed_age_seconds"] == 0
    assert "watson_worker_heartbeat_age_seconds" not in found, "no worker ever ran"


def test_the_outbox(client, vacancy):
    candidacy = make_candidacy(vacancy)
    long_ago = timezone.now() - timedelta(minutes=10)
    make_message(candidacy, state=State.QUEUED, not_before=long_ago)
    make_message(candidacy, state=State.QUEUED, not_before=timezone.now() + timedelta(hours=1))
    make_message(candidacy, state=State.ACCEPTED)
    make_message(candidacy, state=State.BOUNCED)
    make_message(candidacy, state=State.BOUNCED, handled_at=timezone.now())
    found = read(client.get(URL))
    assert found["watson_outbox_messages[queued]"] == 2
    assert found["watson_outbox_messages[bounced]"] == 1
    assert found["watson_outbox_messages[claimed]"] == 0
    assert 600 <= found["watson_outbox_oldest_due_seconds"] < 700
    QueuePause.objects.create(since=timezone.now(), code="403")
    assert read(client.get(URL))["watson_outbox_paused"] == 1


def test_the_ledger_until_it_is_sealed(client, transactional_db):
    ledger.append("test.happened", number=1)
    found = read(client.get(URL))
    assert found["watson_ledger_unsealed_entries"] == 1
    assert 0 < found["watson_ledger_unsealed_age_seconds"] < 60
    ledger.seal()
    found = read(client.get(URL))
    assert (found["watson_ledger_unsealed_entries"], found["watson_ledger_unsealed_age_seconds"]) == (0, 0)


def test_requests(client, db):
    services.receive_request(kind="access", channel="mail")
    services.receive_request(kind="access", channel="mail", received_at=timezone.now() - timedelta(days=60))
    found = read(client.get(URL))
    assert (found["watson_data_requests_open"], found["watson_data_requests_overdue"]) == (2, 1)


def test_the_worker_says_that_it_runs(client, db, run_tasks):
    from watson.tasks import heartbeat

    heartbeat.delay()
    assert run_tasks() == ["watson.tasks.heartbeat"]
    assert 0 <= read(client.get(URL))["watson_worker_heartbeat_age_seconds"] < 60
    cache.clear()


def test_it_names_nobody(client, vacancy):
    candidacy = make_candidacy(vacancy, surname="Vogel", email="vogel@person.example")
    make_message(candidacy, state=State.BOUNCED, to_email="vogel@person.example", to_name="Anna Vogel")
    page = client.get(URL).content.decode().lower()
    assert "watson_outbox_messages" in page
    assert "vogel" not in page
    assert str(candidacy.subject_id) not in page
