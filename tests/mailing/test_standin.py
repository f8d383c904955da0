"""The stand-in: what it takes, what it posts back, what its outbox shows and how it misbehaves."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from base64 import b64encode
from pathlib import Path

import pytest
import requests

from mailing.sparkpost.client import Client
from mailing.sparkpost.errors import Ambiguous, Refused, Retry, Stop
from mailing.sparkpost.standin import StandIn
from mailing.sparkpost.standin.template import TemplateError, render
from tests.mailing.wire import make_payload, serve

ROOT = Path(__file__).resolve().parents[2]
UNSUBSCRIBE_POST = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


@pytest.fixture
def hook():
    with serve() as running:
        yield running


@pytest.fixture
def standin(hook):
    with StandIn(
        delay=None,
        webhook_url=f"{hook.url}/hooks/sparkpost/",
        webhook_user="sparkpost",
        webhook_password="pässword",
        webhook_secret="secret",
    ) as running:
        yield running


@pytest.fixture
def client(standin):
    return Client("standin-key", standin.url, timeout=(2.0, 10.0))


def send(client, standin, **changes):
    return standin.mail(client.transmissions.send(make_payload(**changes)).transmission_id)


def types(mail):
    return [event["type"] for event in mail.events]


def until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def post(standin, path, data=None, headers=None, **kwargs):
    return requests.post(standin.url + path, data=data, headers=headers, allow_redirects=False, timeout=10, **kwargs)


def raw(standin, payload, **headers):
    body = payload if isinstance(payload, bytes) else json.dumps(payload)
    given = {"Authorization": "standin-key", "Content-Type": "application/json", **headers}
    return requests.post(f"{standin.url}/api/v1/transmissions/", data=body, headers=given, timeout=10)


# Transmissions


def test_a_mail_is_kept_as_its_reader_gets_it(client, standin):
    message_id = uuid.uuid4()
    mail = send(client, standin, message_id=message_id, subject="Een vraag", headers={"X-A": "1"})
    assert (mail.to, mail.to_name) == ("ann.smit@candidate.example", "Ann Smit")
    assert (mail.subject, mail.text, mail.headers) == ("Een vraag", "Hello", {"X-A": "1"})
    assert mail.metadata == {"message": str(message_id)}
    assert int(mail.transmission_id) > 2**53


def test_the_answer_has_the_documented_shape(standin):
    answer = raw(standin, make_payload())
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert isinstance(results.pop("id"), str)
    assert results == {"total_accepted_recipients": 1, "total_rejected_recipients": 0}


def without(payload, *path):
    holder = payload
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return payload


def with_(payload, value, *path):
    holder = payload
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return payload


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (lambda p: without(p, "recipients"), 422, "1400"),
        (lambda p: with_(p, [], "recipients"), 400, "5002"),
        (lambda p: with_(p, "nobody", "recipients", 0, "address", "email"), 400, "5002"),
        (lambda p: with_(p, "ann", "recipients"), 422, "1300"),
        (lambda p: without(p, "content"), 422, "1400"),
        (lambda p: without(p, "content", "from"), 422, "1400"),
        (lambda p: without(p, "content", "subject"), 422, "1400"),
        (lambda p: without(p, "content", "text"), 422, "1400"),
        (lambda p: with_(p, "x", "content", "template_id"), 422, "1301"),
        (lambda p: with_(p, {"template_id": "x"}, "content"), 422, "1603"),
        (lambda p: with_(p, "@agency.example", "content", "from"), 400, "2008"),
        (lambda p: with_(p, "yes", "options", "open_tracking"), 422, "1300"),
        (lambda p: with_(p, True, "options", "sandbox"), 420, "2103"),
        (lambda p: with_(p, "x" * 65, "campaign_id"), 422, "1300"),
        (lambda p: with_(p, {"a": "x" * 11_000}, "metadata"), 422, "2007"),
        (lambda p: with_(p, {"a": "x" * 110_000}, "substitution_data"), 422, "2002"),
        (lambda p: with_(p, {"To": "x"}, "content", "headers"), 422, "3010"),
        (lambda p: [p], 400, "1200"),
        (lambda p: b"{", 400, "1200"),
        (lambda p: b'"\xff"', 400, "1305"),
    ],
)
def test_the_documented_refusals(standin, change, status, code):
    answer = raw(standin, change(make_payload()))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
    assert standin.mails == []


def test_the_door(standin):
    assert raw(standin, make_payload(), Authorization="wrong").status_code == 401
    assert raw(standin, make_payload(), **{"Content-Type": "text/plain"}).json()["errors"][0]["code"] == "1700"
    url = f"{standin.url}/api/v1"
    assert requests.get(f"{url}/webhooks", auth=("standin-key", ""), timeout=10).status_code == 200
    known = {"Authorization": "standin-key"}
    assert requests.get(f"{url}/nothing", headers=known, timeout=10).json()["errors"][0]["code"] == "1101"
    assert requests.delete(f"{url}/webhooks", headers=known, timeout=10).status_code == 405


def test_one_bad_recipient_among_good_ones_is_2000(standin):
    payload = make_payload()
    payload["recipients"].append({"address": {"email": "nobody"}})
    payload["recipients"].append({"address": "bob@candidate.example"})
    body = raw(standin, payload).json()
    assert body["errors"][0]["code"] == "2000"
    assert body["results"]["total_rejected_recipients"] == 1
    first, second = standin.mails
    assert (first.transmission_id, second.to) == (second.transmission_id, "bob@candidate.example")


def test_an_unverified_domain_stops():
    with (
        StandIn(delay=None, sending_domains=("agency.example",)) as standin,
        pytest.raises(Stop) as caught,
    ):
        Client("standin-key", standin.url).transmissions.send(make_payload(from_email="a@other.example"))
    assert caught.value.code == "7001"


def test_an_injection_shows(standin):
    payload = make_payload(text="To {{address.email}}")
    payload["options"]["perform_substitutions"] = True
    payload["content"]["subject"] = "Hi {{address.name}} {{nick or 'there'}}"
    raw(standin, payload)
    assert standin.mails[0].subject == "Hi Ann Smit there"
    assert standin.mails[0].text == "To ann.smit@candidate.example"


def test_headers_are_substituted_even_when_bodies_are_not(standin):
    payload = make_payload(text="{{address.name}}")
    payload["content"]["subject"] = "{{address.name}}"
    raw(standin, payload)
    assert (standin.mails[0].subject, standin.mails[0].text) == ("Ann Smit", "{{address.name}}")


def test_a_broken_template_is_accepted_and_fails_later(standin, hook):
    payload = make_payload()
    payload["content"]["subject"] = "Hi {{if"
    assert raw(standin, payload).status_code == 200
    standin.flush_events()
    assert types(standin.mails[0]) == ["generation_failure"]
    [row] = hook.posts()[0].json
    assert "message_id" not in row["msys"]["gen_event"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{a}}{{ a }}{{{a}}}", "<b>|<b>|<b>"),
        ("{{missing}}.", "."),
        ("{{x.y}} {{x['y']}}", "z z"),
        ("{{ opening_double_curly() }}{{closing_triple_curly()}}", "{{}}}"),
    ],
)
def test_the_template_language(text, shown):
    assert render(text, {"a": "<b>", "x": {"y": "z"}}).replace("><", ">|<") == shown


@pytest.mark.parametrize("text", ["{{", "{{}}", "{{if a}}x{{end}}", "{{a b}}", "{{{a}}", "{{end}}"])
def test_what_the_template_language_is_not(text):
    with pytest.raises(TemplateError):
        render(text, {"a": "1"})


# Events


def test_injection_then_delivery_reach_the_webhook(client, standin, hook):
    message_id = uuid.uuid4()
    mail = send(client, standin, message_id=message_id, to_email="Ann.Smit@Candidate.example")
    assert types(mail) == []
    assert standin.flush_events() == 1
    [seen] = hook.posts()
    assert (seen.path, seen.headers["content-type"]) == ("/hooks/sparkpost/", "application/json")
    assert seen.headers["x-watson-secret"] == "secret"
    assert requests.auth._basic_auth_str(b"sparkpost", "pässword".encode()) == seen.headers["authorization"]
    assert seen.headers["x-messagesystems-batch-id"]
    assert [list(row) for row in seen.json] == [["msys"], ["msys"]]
    assert [list(row["msys"]) for row in seen.json] == [["message_event"], ["message_event"]]
    injection, delivery = hook.events()
    assert (injection["type"], delivery["type"]) == ("injection", "delivery")
    for event in (injection, delivery):
        assert event["transmission_id"] == mail.transmission_id
        assert event["message_id"] == mail.message_id
        assert event["rcpt_meta"] == {"message": str(message_id)}
        assert (event["rcpt_to"], event["raw_rcpt_to"]) == ("ann.smit@candidate.example", "Ann.Smit@Candidate.example")
        for name in ("timestamp", "event_id", "customer_id", "template_version", "msg_size", "transactional"):
            assert isinstance(event[name], str)
        assert int(event["event_id"]) > 2**53
        assert event["timestamp"].isdigit()
        assert event["open_tracking"] is False
    assert delivery["num_retries"] == "0"
    assert injection["event_id"] != delivery["event_id"]
    assert mail.state == "delivered"
    assert standin.flush_events() == 0


def test_it_happens_by_itself(hook):
    with StandIn(delay=0.02, batch_delay=0.02, webhook_url=hook.url) as standin:
        mail = send(Client("standin-key", standin.url), standin)
        until(lambda: len(hook.events()) == 2)
    assert mail.state == "delivered"


@pytest.mark.parametrize("address", ["bounce@candidate.example", "ann@bounce.example", "ann@x.bounce.example"])
def test_a_bouncing_address_is_suppressed_afterwards(client, standin, hook, address):
    mail = send(client, standin, to_email=address)
    standin.flush_events()
    assert types(mail) == ["injection", "bounce"]
    bounce = hook.events()[-1]
    assert (bounce["bounce_class"], bounce["error_code"]) == ("10", "550")
    assert address in bounce["raw_reason"]
    again = send(client, standin, to_email=address)
    standin.flush_events()
    assert types(again) == ["injection", "bounce"]
    assert (again.events[-1]["bounce_class"], again.events[-1]["error_code"]) == ("25", "554")


def test_a_transactional_mail_passes_a_non_transactional_suppression(client, standin):
    client.suppression.put("ann.smit@candidate.example", kind="non_transactional")
    through = send(client, standin, transactional=True)
    stopped = send(client, standin, transactional=False)
    standin.flush_events()
    assert (through.state, stopped.state) == ("delivered", "bounced")


def test_a_batch_is_posted_again_until_exactly_200(client, standin, hook):
    send(client, standin)
    for status in (500, 201, 302):
        hook.answer = lambda seen, status=status: (status, "text/plain", "")
        assert standin.flush_events() == 0
    hook.answer = lambda seen: (200, "text/plain", "")
    assert standin.flush_events() == 1
    assert len(hook.posts()) == 4
    assert len({seen.headers["x-messagesystems-batch-id"] for seen in hook.posts()}) == 1
    assert len({seen.body for seen in hook.posts()}) == 1


def test_a_webhook_gets_the_types_it_asked_for(client, standin, hook):
    standin.set_webhook(None)
    client.webhooks.create({"name": "x", "target": hook.url, "events": ["delivery"]})
    hook.seen.clear()
    send(client, standin)
    standin.flush_events()
    assert [event["type"] for event in hook.events()] == ["delivery"]


def test_events_api_differs_from_webhooks_as_documented(client, standin):
    standin.api.events_lag = -5
    mail = send(client, standin)
    standin.flush_events()
    found = list(client.events.search())
    assert [event["event_id"] for event in found] == [event["event_id"] for event in reversed(mail.events)]
    assert isinstance(found[0]["customer_id"], int)
    assert "T" in found[0]["timestamp"]


def test_events_api_lags_a_minute_behind(client, standin):
    send(client, standin)
    standin.flush_events()
    assert list(client.events.search()) == []
    standin.api.events_lag = -5
    assert len(list(client.events.search())) == 2


# Misbehaving webhooks


def test_duplicates(client, standin, hook):
    standin.misbehave("duplicate")
    send(client, standin)
    standin.flush_events()
    batches = [seen.headers["x-messagesystems-batch-id"] for seen in hook.posts()]
    assert len(batches) == 3
    assert len(set(batches)) == 2  # the same batch twice, and its events once more in another
    assert sorted(event["type"] for event in hook.events()) == ["delivery"] * 3 + ["injection"] * 3
    assert len({event["event_id"] for event in hook.events()}) == 2


def test_shuffled(client, standin, hook):
    standin.misbehave("shuffle")
    send(client, standin)
    standin.flush_events()
    assert [event["type"] for event in hook.events()] == ["delivery", "injection"]
    assert len(hook.posts()) == 2


def test_shuffled_by_itself(hook):
    with StandIn(delay=0.02, batch_delay=0.02, webhook_url=hook.url) as standin:
        standin.misbehave("shuffle")
        send(Client("standin-key", standin.url), standin)
        until(lambda: len(hook.events()) == 2)
    assert [event["type"] for event in hook.events()] == ["delivery", "injection"]


def test_delayed(hook):
    with StandIn(delay=0.01, batch_delay=0.05, webhook_url=hook.url) as standin:
        standin.misbehave("delay", seconds=600)
        first = send(Client("standin-key", standin.url), standin)
        until(lambda: standin.store.batches)
        second = send(Client("standin-key", standin.url), standin)
        until(lambda: any(event["transmission_id"] == second.transmission_id for event in hook.events()))
        held = {event["event_id"] for event in first.events[:1]}
        assert not held & {event["event_id"] for event in hook.events()}
        standin.flush_events()
        assert held <= {event["event_id"] for event in hook.events()}


def test_an_unknown_fault_is_an_error(standin):
    for wrong in ("nonsense", "200", 99):
        with pytest.raises(ValueError, match="fault"):
            standin.misbehave(wrong)
    with pytest.raises(ValueError, match="once"):
        standin.misbehave("429", 0)


# The outbox


def test_the_list_is_newest_first_and_escapes(client, standin):
    send(client, standin, subject="First")
    send(client, standin, subject="<script>alert(1)</script>")
    answer = requests.get(f"{standin.url}/outbox/", timeout=10)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "same-origin"  # no-referrer makes our own forms' Origin null
    assert "local stand-in" in answer.text
    assert "<script>" not in answer.text
    assert answer.text.index("&lt;script&gt;") < answer.text.index(">First<")


def test_a_mails_page(client, standin):
    mail = send(
        client,
        standin,
        subject="Een vraag",
        text="See https://agency.example/c/abc/.",
        html="<p>Hello</p>",
        headers={"List-Unsubscribe": "<https://agency.example/w/abc/>"},
    )
    standin.flush_events()
    page = requests.get(f"{standin.url}/outbox/{mail.transmission_id}/", timeout=10).text
    for part in (
        "Een vraag",
        "Ann Smit &lt;ann.smit@candidate.example&gt;",
        "List-Unsubscribe",
        "<a href='https://agency.example/c/abc/' target='_blank'",
        "sandbox='allow-popups allow-popups-to-escape-sandbox'",
        "injection",
        "&quot;perform_substitutions&quot;: false",
    ):
        assert part in page
    assert requests.get(f"{standin.url}/outbox/123/", timeout=10).status_code == 404


def test_the_html_part_is_sandboxed_by_its_own_policy(client, standin):
    mail = send(client, standin, html="<html><head></head><body><p>Hello</p></body></html>")
    answer = requests.get(f"{standin.url}/outbox/{mail.key}/html/", timeout=10)
    assert answer.headers["Content-Security-Policy"].startswith("sandbox allow-popups")
    assert '<head><base target="_blank">' in answer.text


def test_only_tracked_links_are_rewritten(client, standin):
    html = (
        '<a href="http://agency.example/notice/?a=1&amp;b=2" data-msys-linkname="notice">notice</a>'
        "<a class='x' href='http://agency.example/c/token/' data-msys-clicktrack=\"0\">answer</a>"
        '<a href="/relative">r</a><a href="mailto:x@y.example">m</a>'
    )
    text = 'http://agency.example/notice/ and http://agency.example/c/token/[[data-msys-clicktrack="0"]].'
    mail = send(client, standin, html=html, text=text, click_tracking=True)
    shown = standin.described(mail)
    base = f"{standin.url}/f/{mail.key}"
    assert shown["html"] == html.replace("http://agency.example/notice/?a=1&amp;b=2", f"{base}/0")
    assert shown["text"] == f"{base}/2 and http://agency.example/c/token/."
    assert [(link["url"], link["tracked"]) for link in shown["links"]] == [
        ("http://agency.example/notice/?a=1&b=2", True),
        ("http://agency.example/c/token/", False),
        ("http://agency.example/notice/", True),
        ("http://agency.example/c/token/", False),
    ]
    untracked = send(client, standin, html=html, text="x", click_tracking=False)
    assert standin.described(untracked)["html"] == html


def test_following_a_tracked_link_is_a_click(client, standin, hook):
    html = '<a href="http://agency.example/notice/" data-msys-linkname="notice">n</a>'
    mail = send(client, standin, html=html, click_tracking=True)
    answer = requests.get(standin.links(mail)[0]["href"], allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://agency.example/notice/")
    [click] = [event for event in mail.events if event["type"] == "click"]
    assert (click["target_link_url"], click["target_link_name"]) == ("http://agency.example/notice/", "notice")
    standin.flush_events()
    assert "track_event" in [key for seen in hook.posts() for row in seen.json for key in row["msys"]]


def test_showing_the_mail_opens_it_only_when_tracked(client, standin):
    html = "<html><body><p>Hello</p></body></html>"
    mail = send(client, standin, html=html, open_tracking=True)
    shown = standin.described(mail)["html"]
    top, bottom = (part.partition('"')[0] for part in shown.split('<img src="')[1:])
    assert shown.index(top) < shown.index("Hello") < shown.index(bottom)
    for pixel in (top, bottom):
        assert requests.get(pixel, timeout=10).headers["Content-Type"] == "image/gif"
    assert types(mail) == ["initial_open", "open"]
    untracked = send(client, standin, html=html)
    assert standin.described(untracked)["html"] == html
    assert requests.get(f"{standin.url}/o/{untracked.key}/top.gif", timeout=10).status_code == 404
    assert types(untracked) == []


@pytest.mark.parametrize(
    ("act", "expected", "state"),
    [
        ("open", ["initial_open", "open"], "delivered"),
        ("click", ["click"], "delivered"),
        ("hard_bounce", ["out_of_band"], "bounced"),
        ("soft_bounce", ["out_of_band"], "bounced"),
        ("complaint", ["spam_complaint"], "delivered"),
        ("list_unsubscribe", ["list_unsubscribe"], "delivered"),
    ],
)
def test_each_button_emits(client, standin, hook, act, expected, state):
    mail = send(client, standin, text="http://agency.example/", open_tracking=True, click_tracking=True)
    standin.flush_events()
    hook.seen.clear()
    answer = post(standin, f"/outbox/{mail.key}/do/", {"do": act}, {"Origin": standin.url})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/outbox/{mail.key}/")
    standin.flush_events()
    assert [event["type"] for event in hook.events()] == expected
    assert mail.state == state


def test_a_soft_bounce_before_delivery_is_a_bounce(client, standin):
    mail = send(client, standin)
    standin.reader.act(mail, "soft_bounce")
    assert [(event["type"], event["bounce_class"]) for event in mail.events] == [("bounce", "22")]


@pytest.mark.parametrize("act", ["open", "click", "one_click"])
def test_what_a_mail_does_not_offer_is_said(client, standin, act):
    mail = send(client, standin)
    answer = post(standin, f"/outbox/{mail.key}/do/", {"do": act})
    assert answer.status_code == 409
    assert types(mail) == []
    assert post(standin, f"/outbox/{mail.key}/do/", {"do": "nothing"}).status_code == 404


def test_one_click_posts_to_the_mails_own_url(client, standin, hook):
    url = f"{hook.url}/w/token/"
    headers = {"List-Unsubscribe": f"<mailto:x@agency.example>, <{url}>", **UNSUBSCRIBE_POST}
    mail = send(client, standin, headers=headers)
    assert post(standin, f"/outbox/{mail.key}/do/", {"do": "one_click"}).status_code == 303
    [seen] = hook.posts()
    assert (seen.path, seen.body) == ("/w/token/", "List-Unsubscribe=One-Click")
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "cookie" not in seen.headers
    assert types(mail) == []


def test_the_scanner_gets_every_link_and_posts_nothing(client, standin, hook):
    mail = send(
        client,
        standin,
        html=f'<a href="{hook.url}/notice/">n</a><a href="{hook.url}/c/t/" data-msys-clicktrack="0">c</a>',
        text=f"{hook.url}/me/t/ https://elsewhere.example/",
        headers={"List-Unsubscribe": f"<{hook.url}/w/t/>", **UNSUBSCRIBE_POST},
        click_tracking=True,
    )
    standin.reader.act(mail, "scan")
    assert {(seen.method, seen.path) for seen in hook.seen} == {
        ("GET", "/notice/"),
        ("GET", "/c/t/"),
        ("GET", "/me/t/"),
        ("GET", "/w/t/"),
    }
    assert "click" in types(mail)  # a gateway's fetch of a tracked link can't be told from a person's
    assert "not on this machine" in mail.notes[0]


# Controls


def test_misbehave_and_reset_as_json(client, standin):
    planned = post(standin, "/control/misbehave", json={"fault": "429", "times": 2, "path": "events"})
    assert planned.json()["planned"][0] == {"kind": "429", "times": 2, "path": "events", "code": None, "seconds": 0.0}
    assert client.transmissions.send(make_payload()).accepted == 1
    assert post(standin, "/control/misbehave", json={"fault": "nonsense"}).status_code == 400
    assert post(standin, "/control/misbehave", json=[]).status_code == 400
    assert post(standin, "/control/reset", json={}).json() == {"mails": 1}
    assert standin.faults.pending() == []
    assert post(standin, "/control/reset", json={"mails": True}).json() == {"mails": 0}


def test_misbehave_as_a_form(standin):
    answer = post(standin, "/control/misbehave", {"fault": "420", "times": "3", "seconds": ""}, {"Origin": standin.url})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/outbox/")
    assert "420: next 3 calls" in requests.get(f"{standin.url}/outbox/", timeout=10).text
    assert post(standin, "/control/misbehave", {"fault": "420", "times": "many"}).status_code == 400


def test_mails_flush_and_act_as_json(client, standin, hook):
    mail = send(client, standin, text=f"{hook.url}/c/t/", click_tracking=False)
    [row] = requests.get(f"{standin.url}/control/mails", timeout=10).json()
    assert (row["transmission_id"], row["to"], row["state"]) == (mail.key, mail.to, "accepted")
    assert row["links"] == [
        {"url": f"{hook.url}/c/t/", "part": "text", "tracked": False, "name": "", "href": f"{hook.url}/c/t/"}
    ]
    assert post(standin, "/control/flush", json={}).json() == {"posted": 1}
    note = post(standin, "/control/act", json={"mail": mail.key, "do": "scan"}).json()["note"]
    assert note == "scanner fetched 1 links: 200"
    [row] = requests.get(f"{standin.url}/control/mails", timeout=10).json()
    assert [event["type"] for event in row["events"]] == ["injection", "delivery"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ],
)
def test_a_page_elsewhere_can_not_press_its_buttons(client, standin, headers):
    mail = send(client, standin)
    assert post(standin, f"/outbox/{mail.key}/do/", {"do": "hard_bounce"}, headers).status_code in (403, 421)
    assert post(standin, "/control/reset", {"mails": "1"}, headers).status_code in (403, 421)
    assert types(mail) == []
    assert len(standin.mails) == 1


def test_it_only_listens_to_this_machine():
    with pytest.raises(ValueError, match="own addresses"):
        StandIn(host="0.0.0.0")


def test_a_stopped_stand_in_answers_nobody(standin, client):
    client.transmissions.send(make_payload())
    standin.stop()
    with pytest.raises((Retry, Ambiguous)):
        client.transmissions.send(make_payload())


# Keeping


def test_the_outbox_survives_a_restart(tmp_path, hook):
    data = tmp_path / "outbox.json"
    with StandIn(delay=None, data=data, webhook_url=hook.url) as first:
        client = Client("standin-key", first.url)
        mail = send(client, first, text="http://agency.example/", click_tracking=True)
        first.reader.act(mail, "click")
        client.suppression.put("p@x.example", kind="transactional")
    assert data.stat().st_mode & 0o777 == 0o600
    with StandIn(delay=None, data=data, webhook_url=hook.url) as second:
        again = second.mail(mail.key)
        assert (again.payload, again.links, again.notes) == (mail.payload, mail.links, mail.notes)
        assert Client("standin-key", second.url).suppression.get("p@x.example")
        second.flush_events()
        assert types(again) == ["click", "injection", "delivery"]
    assert [event["type"] for event in hook.events()] == ["click", "injection", "delivery"]
    assert [path.name for path in tmp_path.iterdir()] == ["outbox.json"]


@pytest.mark.parametrize("content", ["{", "[]", '{"mails": [{"odd": 1}]}', ""])
def test_a_broken_file_is_put_aside(tmp_path, content):
    data = tmp_path / "outbox.json"
    data.write_text(content)
    standin = StandIn(data=data)
    assert "couldn't be read" in standin.store.problem
    assert (tmp_path / "outbox.json.broken").read_text() == content
    assert standin.mails == []


def test_as_a_process_of_its_own(tmp_path, hook):
    command = [sys.executable, "-m", "mailing.sparkpost.standin", "--port", "0", "--delay", "0.02"]
    command += ["--webhook-url", hook.url, "--data", str(tmp_path / "outbox.json")]
    # A drawn secret may begin with a dash, which an argument must not.
    secrets = {"SPARKPOST_API_KEY": "k", "SPARKPOST_WEBHOOK_USER": "u", "SPARKPOST_WEBHOOK_PASSWORD": "-p"}
    environment = {**os.environ, **secrets, "SPARKPOST_WEBHOOK_SECRET": "-s"}
    for expected in (1, 2):
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
        try:
            assert child.stdout is not None
            url = child.stdout.readline().split(": ", 1)[1].strip().removesuffix("/outbox/")
            Client("k", url).transmissions.send(make_payload())
            until(lambda: len(hook.events()) == 2 * expected)  # noqa: B023 - called at once
            assert len(requests.get(f"{url}/control/mails", timeout=10).json()) == expected
        finally:
            child.send_signal(signal.SIGTERM)
            assert child.wait(20) == 0
            child.communicate()
    first = hook.posts()[0].headers
    assert (first["x-watson-secret"], first["authorization"]) == ("-s", "Basic " + b64encode(b"u:-p").decode())


def test_a_taken_port_is_said_plainly(standin):
    command = [sys.executable, "-m", "mailing.sparkpost.standin", "--port", str(standin.port)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert f"can't start on 127.0.0.1:{standin.port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_suppressing_a_malformed_kind_is_refused(client):
    with pytest.raises(Refused) as caught:
        client.suppression.put("p@x.example", kind="everything")
    assert caught.value.status == 400
