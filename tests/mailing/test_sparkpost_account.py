"""The account's side of SparkPost's wire: webhooks, relay webhooks, domains and limits, against the stand-in."""

import json
from datetime import UTC, datetime

import pytest

from mailing.sparkpost.client import Client
from mailing.sparkpost.errors import Refused, Retry, Stop
from mailing.sparkpost.standin import StandIn
from tests.mailing.wire import make_payload, serve

KEY = "a-key"


@pytest.fixture
def server():
    with serve() as running:
        yield running


@pytest.fixture
def standin():
    with StandIn(api_key=KEY, delay=None) as running:
        yield running


@pytest.fixture
def client(standin):
    return Client(KEY, standin.url, timeout=(2.0, 10.0))


# Webhooks


def hook(server, **changes):
    return {
        "name": "Watson",
        "target": f"{server.url}/in/",
        "events": ["delivery"],
        "auth_type": "basic",
        "auth_credentials": {"username": "u", "password": "p"},
        "custom_headers": {"X-Watson-Secret": "s"},
        **changes,
    }


def test_webhooks_are_made_listed_and_validated(client, server):
    made = client.webhooks.create(hook(server))
    [listed] = client.webhooks.list()
    assert (listed["id"], listed["target"], listed["active"]) == (made, f"{server.url}/in/", True)
    assert client.webhooks.validate(made)["response"]["status"] == 200
    assert [seen.json for seen in server.seen] == [[{"msys": {}}]] * 2
    assert {seen.headers["x-watson-secret"] for seen in server.seen} == {"s"}


def test_a_target_that_does_not_answer_200_makes_no_webhook(client, server):
    server.answer = lambda seen: (201, "text/plain", "made")
    with pytest.raises(Refused) as caught:
        client.webhooks.create(hook(server))
    assert (caught.value.status, caught.value.code) == (400, "400")  # a number on the wire
    assert client.webhooks.list() == []


def test_a_webhook_is_changed_and_a_new_target_is_tried_first(client, server):
    made = client.webhooks.create(hook(server))
    client.webhooks.update(made, {"events": ["bounce", "delivery"]})
    found = client.webhooks.get(made)
    assert (found["events"], found["target"]) == (["bounce", "delivery"], f"{server.url}/in/")
    assert len(server.seen) == 1  # the target stayed, so only its making was tried

    server.answer = lambda seen: (500 if seen.path == "/new/" else 200, "text/plain", "")
    with pytest.raises(Refused):
        client.webhooks.update(made, {"target": f"{server.url}/new/"})
    assert client.webhooks.get(made)["target"] == f"{server.url}/in/"


def test_a_webhook_is_removed(client, server):
    made = client.webhooks.create(hook(server))
    client.webhooks.delete(made)
    assert client.webhooks.get(made) is None
    assert client.webhooks.list() == []
    with pytest.raises(Refused) as caught:
        client.webhooks.delete(made)
    assert caught.value.status == 404


def test_the_stand_ins_own_webhook_can_be_looked_at_and_changed(client, standin, server):
    standin.set_webhook(f"{server.url}/own/", user="u", password="p")
    [own] = client.webhooks.list()
    assert {"delivery", "spam_complaint", "list_unsubscribe"} <= set(own["events"])
    client.webhooks.update(own["id"], {"events": ["bounce"]})
    client.transmissions.send(make_payload())
    standin.flush_events()
    assert server.seen == []  # neither injection nor delivery is wanted now
    client.webhooks.delete(own["id"])
    assert client.webhooks.list() == []


def test_posts_that_failed_or_came_late_are_told(client, standin, server):
    made = client.webhooks.create(hook(server, events=["injection", "delivery"]))
    assert client.webhooks.batch_status(made) == []
    server.answer = lambda seen: (500, "text/plain", "")
    client.transmissions.send(make_payload())
    standin.flush_events()
    [failed] = client.webhooks.batch_status(made)
    assert (failed["response_code"], failed["failure_code"], failed["attempts"]) == ("500", "500", 1)

    server.answer = lambda seen: (200, "text/plain", "")
    standin.flush_events()
    [late] = client.webhooks.batch_status(made)
    assert (late["batch_id"], late["response_code"], late["attempts"]) == (failed["batch_id"], "200", 2)
    assert "failure_code" not in late


def test_posts_that_arrive_at_once_are_not_told(client, standin, server):
    made = client.webhooks.create(hook(server, events=["injection", "delivery"]))
    client.transmissions.send(make_payload())
    standin.flush_events()
    assert len(server.posts()) == 2  # the test and the batch
    assert client.webhooks.batch_status(made) == []


# Relay webhooks and inbound domains


def relay(server, domain="reply.agency.example", **changes):
    return {"name": "Replies", "target": f"{server.url}/relay/", "match": {"domain": domain}, **changes}


def test_a_relay_webhook_needs_its_domain(client, server):
    with pytest.raises(Refused, match="not a registered inbound domain"):
        client.relay_webhooks.create(relay(server))
    client.inbound_domains.create("Reply.agency.example")
    made = client.relay_webhooks.create(relay(server))
    [listed] = client.relay_webhooks.list()
    assert (listed["id"], listed["match"]) == (made, {"protocol": "SMTP", "domain": "reply.agency.example"})
    with pytest.raises(Refused) as caught:
        client.relay_webhooks.create(relay(server))
    assert caught.value.status == 409


def test_a_relay_webhook_is_validated_with_an_example_mail(client, server):
    client.inbound_domains.create("reply.agency.example")
    made = client.relay_webhooks.create(relay(server, custom_headers={"X-Watson-Secret": "s"}))
    assert client.relay_webhooks.validate(made)["response"]["status"] == 200
    [seen] = server.seen
    [element] = seen.json
    assert element["msys"]["relay_message"]["webhook_id"] == made
    assert seen.headers["x-watson-secret"] == "s"


def test_a_relay_webhook_is_changed_and_removed(client, server):
    client.inbound_domains.create("reply.agency.example")
    made = client.relay_webhooks.create(relay(server))
    client.relay_webhooks.update(made, {"target": f"{server.url}/other/"})
    assert client.relay_webhooks.get(made)["target"] == f"{server.url}/other/"
    with pytest.raises(Refused, match="delete the relay-webhook first"):
        client.inbound_domains.delete("reply.agency.example")
    client.relay_webhooks.delete(made)
    assert client.relay_webhooks.get(made) is None
    client.inbound_domains.delete("reply.agency.example")
    assert client.inbound_domains.get("reply.agency.example") is None
    assert client.inbound_domains.list() == []


def test_at_most_five_headers(client, server):
    client.inbound_domains.create("reply.agency.example")
    with pytest.raises(Refused, match="5 custom headers"):
        client.relay_webhooks.create(relay(server, custom_headers={f"x-{n}": "1" for n in range(6)}))


# Sending domains


def test_a_sending_domain_from_new_to_verified(client, standin):
    assert client.sending_domains.get("agency.example") is None
    made = client.sending_domains.create("agency.example")
    assert set(made["dkim"]) >= {"public", "selector"}
    assert client.sending_domains.get("agency.example")["status"]["ownership_verified"] is False

    standin.api.account.missing_dns.add("dkim agency.example")
    refused = client.sending_domains.verify("agency.example")
    assert (refused["dkim_status"], refused["ownership_verified"]) == ("invalid", False)
    assert "no record" in refused["dns"]["dkim_error"]

    standin.api.account.missing_dns.clear()
    told = client.sending_domains.verify("agency.example", cname=True)
    assert (told["dkim_status"], told["cname_status"], told["ownership_verified"]) == ("valid", "valid", True)
    [listed] = client.sending_domains.list()
    assert listed["domain"] == "agency.example"
    with pytest.raises(Refused):
        client.sending_domains.create("agency.example")


def test_a_domain_it_was_started_with_is_verified():
    with StandIn(api_key=KEY, delay=None, sending_domains=("agency.example",)) as standin:
        found = Client(KEY, standin.url).sending_domains.get("agency.example") or {}
    assert (found["status"]["ownership_verified"], found["status"]["dkim_status"]) == (True, "valid")


# Account


def test_the_account_and_what_it_used(client):
    client.transmissions.send(make_payload())
    account = client.account.get()
    assert account["status"] == "active"
    assert (account["usage"]["day"]["used"], account["usage"]["day"]["limit"]) == (1, 50_000)


def test_suppressions_are_counted_by_source(client, standin):
    client.suppression.put_many({"recipient": f"p{n}@x.example", "type": "non_transactional"} for n in range(3))
    standin.engine.suppress("q@x.example", "non_transactional", "Spam Complaint", "")
    summary = client.suppression.summary()
    assert (summary["manually_added"], summary["spam_complaint"], summary["total"]) == (3, 1, 4)


def test_suppressions_since_a_moment(client, standin):
    client.suppression.put("new@x.example", kind="non_transactional")
    client.suppression.put("old@x.example", kind="non_transactional")
    [old] = [entry for entry in standin.store.suppressions.values() if entry["recipient"] == "old@x.example"]
    old["updated"] = "2020-01-01T00:00:00+00:00"
    found = client.suppression.list(since=datetime(2025, 1, 1, tzinfo=UTC))
    assert [entry["recipient"] for entry in found] == ["new@x.example"]


def test_a_key_without_the_grant_stops_a_bulk_change_and_no_entry_is_blamed(server):
    server.answer = lambda seen: (403, "application/json", json.dumps({"errors": [{"message": "Forbidden."}]}))
    with pytest.raises(Stop):
        Client(KEY, server.url).suppression.put_many([{"recipient": "p@x.example", "type": "non_transactional"}])


def test_an_empty_answer_is_no_list(server):
    server.answer = lambda seen: (200, "application/json", "")
    with pytest.raises(Retry):
        Client(KEY, server.url).webhooks.list()


def test_the_account_survives_a_restart(tmp_path, server):
    data = tmp_path / "standin.json"
    with StandIn(api_key=KEY, delay=None, data=data) as first:
        client = Client(KEY, first.url)
        client.inbound_domains.create("reply.agency.example")
        client.relay_webhooks.create(relay(server))
        client.sending_domains.create("agency.example")
    with StandIn(api_key=KEY, delay=None, data=data) as second:
        client = Client(KEY, second.url)
        assert len(client.relay_webhooks.list()) == 1
        assert client.inbound_domains.get("reply.agency.example")
        assert client.sending_domains.get("agency.example")
