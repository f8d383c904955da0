"""Each answer of SparkPost's wire, on real sockets, and what the client makes of it."""

import base64
import contextlib
import gzip
import json
import logging
import pickle
import socket
import ssl
import threading
import traceback
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from mailing.sparkpost.client import Client
from mailing.sparkpost.errors import (
    Ambiguous,
    Failure,
    QuotaReached,
    Refused,
    Retry,
    Stop,
    classify,
    mask,
    retry_delay,
)
from mailing.sparkpost.standin import StandIn
from tests.mailing.wire import make_payload, serve

ODD = "a+b/c@x"


@pytest.fixture
def standin():
    with StandIn(delay=None, events_lag=-5) as running:
        yield running


@pytest.fixture
def client(standin):
    return Client("standin-key", standin.url, timeout=(2.0, 5.0))


@pytest.fixture
def server():
    with serve() as running:
        yield running


def answering(server, status, body, kind="application/json"):
    text = body if isinstance(body, str) else json.dumps(body)
    server.answer = lambda seen: (status, kind, text)
    return Client("key", server.url, timeout=(2.0, 5.0))


def failing(client):
    with pytest.raises(Failure) as caught:
        client.transmissions.send(make_payload())
    return caught.value


# Sending


def test_send_gives_the_transmission_as_text(client, standin):
    accepted = client.transmissions.send(make_payload())
    assert (accepted.accepted, accepted.rejected, accepted.errors) == (1, 0, ())
    assert accepted.transmission_id == standin.mails[0].transmission_id
    assert int(accepted.transmission_id) > 2**53


def test_send_sends_exactly_the_payload(server):
    client = answering(server, 200, {"results": {"id": "1", "total_accepted_recipients": 1}})
    payload = make_payload(subject="Zoë — 日本")
    client.transmissions.send(payload)
    [seen] = server.seen
    assert seen.json == payload
    assert (seen.method, seen.path) == ("POST", "/api/v1/transmissions")
    assert seen.headers["authorization"] == "key"
    assert seen.headers["content-type"] == "application/json"


def test_ids_beyond_2_53_survive_as_numbers_too(server):
    client = answering(server, 200, '{"results": {"id": 11668787484950529, "total_accepted_recipients": 1}}')
    assert client.transmissions.send(make_payload()).transmission_id == "11668787484950529"


def test_errors_beside_results_are_kept(server):
    body = {
        "errors": [{"message": "transmission created, but with validation errors", "code": 2000}],
        "results": {
            "id": "5",
            "total_accepted_recipients": 0,
            "total_rejected_recipients": 1,
            "rcpt_to_errors": [{"message": "invalid: ann.smit@candidate.example", "code": "1300"}],
        },
    }
    accepted = answering(server, 200, body).transmissions.send(make_payload())
    assert (accepted.accepted, accepted.rejected) == (0, 1)
    assert [problem.code for problem in accepted.errors] == ["2000", "1300"]
    assert "ann.smit" not in repr(accepted)


def test_two_recipients_are_refused_before_sending(server):
    client = answering(server, 200, {})
    payload = make_payload()
    payload["recipients"] *= 2
    with pytest.raises(ValueError, match="one recipient"):
        client.transmissions.send(payload)
    assert server.seen == []


# Misbehaviour


def test_429_waits_without_burning_an_attempt(client, standin):
    standin.misbehave("429")
    failure = failing(client)
    assert isinstance(failure, Retry)
    assert failure.after >= 5
    assert failure.burn is False
    assert standin.mails == []
    assert client.transmissions.send(make_payload()).accepted == 1


@pytest.mark.parametrize(("code", "least"), [("2101", 3600), (2102, 4 * 3600), (None, 3600)])
def test_420_is_a_quota(client, standin, code, least):
    standin.misbehave("420", code=code)
    failure = failing(client)
    assert isinstance(failure, QuotaReached)
    assert failure.after >= least
    assert standin.mails == []


@pytest.mark.parametrize("code", ["2103", 2105])
def test_420_for_good_stops_the_queue(client, standin, code):
    standin.misbehave("420", code=code)
    failure = failing(client)
    assert isinstance(failure, Stop)
    assert failure.code == str(code)


@pytest.mark.parametrize(("fault", "code"), [("500", "1500"), ("500", 1501), ("503", "1900"), ("400", 1502)])
def test_a_transient_refusal_is_retried_and_counts(client, standin, fault, code):
    standin.misbehave(fault, code=code)
    failure = failing(client)
    assert isinstance(failure, Retry)
    assert failure.after >= 5
    assert failure.burn is True
    assert failure.code == str(code)
    assert standin.mails == []


@pytest.mark.parametrize("fault", ["504", "reset", "garbage"])
def test_accepted_but_not_told_is_ambiguous(client, standin, fault):
    standin.misbehave(fault)
    assert isinstance(failing(client), Ambiguous)
    assert len(standin.mails) == 1  # which is why it must never be sent again blindly


def test_a_read_time_out_is_ambiguous(standin):
    standin.misbehave("slow", seconds=3)
    assert isinstance(failing(Client("standin-key", standin.url, timeout=(2.0, 0.6))), Ambiguous)
    assert len(standin.mails) == 1


def test_a_slow_answer_within_the_time_out_is_an_answer(client, standin):
    standin.misbehave("slow", seconds=0.2)
    assert client.transmissions.send(make_payload()).accepted == 1


def test_a_gateway_page_is_ambiguous(client, standin):
    standin.misbehave("502")
    failure = failing(client)
    assert isinstance(failure, Ambiguous)
    assert "<" not in str(failure)


def test_nobody_listening_is_a_retry():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        failure = failing(Client("key", f"http://127.0.0.1:{taken.getsockname()[1]}"))
    assert isinstance(failure, Retry)
    assert failure.burn is False


def test_a_connection_closed_without_an_answer_is_ambiguous():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up():
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        failure = failing(Client("key", f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=(2.0, 5.0)))
        thread.join(5)
    assert isinstance(failure, Ambiguous)


def test_a_body_cut_short_is_ambiguous():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def cut():
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"results": {"id": "1"')
            connection.close()

        thread = threading.Thread(target=cut)
        thread.start()
        failure = failing(Client("key", f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=(2.0, 5.0)))
        thread.join(5)
    assert isinstance(failure, Ambiguous)


def test_a_redirect_is_not_followed_with_the_key(server):
    server.answer = lambda seen: (302, "location", f"{server.url}/elsewhere")
    assert isinstance(failing(Client("key", server.url)), Stop)
    assert [seen.path for seen in server.seen] == ["/api/v1/transmissions"]


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, {"errors": [{"message": "Unauthorized."}]}, Stop, "401"),
        (401, "<html>", Stop, "401"),
        (403, {"errors": [{"message": "Forbidden.", "code": "1601"}]}, Stop, "1601"),
        (400, {"errors": [{"message": "Unconfigured Sending Domain", "code": "7001"}]}, Stop, "7001"),
        (400, {"errors": [{"message": "blocked", "code": 7000}]}, Stop, "7000"),
        (404, "<html>nginx</html>", Stop, "404"),
        (404, {"errors": [{"message": "no such path", "code": "1101"}]}, Stop, "1101"),
        (302, "", Stop, "302"),
        (400, {"errors": [{"message": "bad", "code": 1200}]}, Refused, "1200"),
        (400, {"errors": [{}]}, Refused, ""),
        (400, {"errors": ["plain words"]}, Refused, ""),
        (400, {"errors": {"message": "an object", "code": 1300}}, Refused, "1300"),
        (413, "<html>too large</html>", Refused, ""),
        (422, {"errors": [{"message": "x"}, {"message": "y", "code": "3000"}]}, Refused, "3000"),
        (420, "<html>", QuotaReached, ""),
        (400, {"errors": [{"message": "limit", "code": "2102"}]}, QuotaReached, "2102"),
        (429, "<html>", Retry, ""),
        (500, {"errors": [{"message": "no code"}]}, Retry, ""),
        (503, "<html>", Retry, ""),
        (500, "<html>", Ambiguous, ""),
        (502, "<html>", Ambiguous, ""),
        (504, {"errors": [{"message": "in words", "code": "1500"}]}, Ambiguous, "1500"),
    ],
)
def test_every_answer_has_a_meaning(server, status, body, kind, code):
    failure = failing(answering(server, status, body))
    assert type(failure) is kind
    assert failure.status == status
    assert failure.code == code


def test_a_refusal_for_suppression_keeps_the_id_it_came_with(server):
    body = {
        "errors": [{"message": "Message generation rejected", "code": "1902"}],
        "results": {"id": 11668787484950529},
    }
    failure = failing(answering(server, 400, body))
    assert isinstance(failure, Refused)
    assert failure.suppressed
    assert failure.transmission_id == "11668787484950529"


def test_taken_without_an_id_is_ambiguous(server):
    assert isinstance(failing(answering(server, 200, {"results": {}})), Ambiguous)
    assert isinstance(failing(answering(server, 200, "[]")), Ambiguous)


def test_retry_after_is_honoured_within_an_hour():
    waits = {"17": 17, "999999": 3600, "Wed, 21 Oct 2026 07:28:00 GMT": 5, "": 5}
    for header, seconds in waits.items():
        failure = classify(429, None, retry_after=header)
        assert isinstance(failure, Retry)
        assert failure.after == seconds


@given(st.integers(-3, 5000))
def test_the_delay_starts_at_five_seconds_grows_and_is_capped(attempt):
    assert 5 <= retry_delay(attempt) <= 3600
    assert retry_delay(attempt + 1) >= min(retry_delay(attempt), 3600) / 1.25


# Nothing personal in texts


def test_no_address_or_name_in_an_exception(server):
    text = "550 <ann.smit@candidate.example>: user ann.smit (Ann Smit) unknown"
    failure = failing(answering(server, 400, {"errors": [{"message": text, "code": "5002"}]}))
    shown = "".join(traceback.format_exception(failure))
    assert "unknown" in shown
    for part in ("ann.smit", "Ann Smit", "candidate.example"):
        assert part not in shown
    assert failure.__context__ is None


def test_no_address_in_the_traceback_of_a_broken_call():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = Client("key", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(Retry) as caught:
            client.suppression.get("ann@candidate.example")
    assert caught.value.__context__ is None
    assert "no connection" in str(caught.value)
    assert "ann" not in str(caught.value)


def test_no_address_in_the_logs(client, caplog):
    # The settings silence it; somebody who looks for a fault may turn it up.
    with caplog.at_level(logging.DEBUG, "mailing.sparkpost.transport"):
        client.suppression.get("ann@candidate.example")
    assert "GET [address]: 404" in caplog.text  # the call is logged
    assert "candidate.example" not in caplog.text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("550 <ann@x.example> no", "550 <[address]> no"),
        ("for bounce+ann=x.example@b.example;", "for [address];"),
        ('"ann smit"@x.example', "[address]"),
        ("/suppression-list/ann%40x.example", "[address]"),
        ("two\r\nlines", "two lines"),
        ("nothing here", "nothing here"),
    ],
)
def test_mask(text, masked):
    assert mask(text) == masked


@given(st.emails(), st.text(max_size=30), st.text(max_size=30))
def test_mask_leaves_no_address(email, before, after):
    assert email not in mask(f"{before} <{email}> {after}")


def test_mask_is_short_and_quick_for_anything():
    assert len(mask("x" * 1_000_000)) <= 300
    assert len(mask("a@b " * 100_000)) <= 300


def test_failures_survive_pickling():
    failure = Retry(7.0, True, "later", status=503, code="1900")
    again = pickle.loads(pickle.dumps(failure))
    assert (type(again), again.after, again.burn, again.code, str(again)) == (Retry, 7.0, True, "1900", str(failure))


# Connections


def test_connections_are_reused_and_recycled(server, monkeypatch):
    client = answering(server, 200, {"results": {"id": "1", "total_accepted_recipients": 1}})
    client.transmissions.send(make_payload())
    first = client.transport._held()
    client.transmissions.send(make_payload())
    assert client.transport._held() is first
    monkeypatch.setattr("mailing.sparkpost.transport.RECYCLE_CALLS", 2)
    assert client.transport._held() is not first


def test_a_connection_the_far_end_closed_is_made_anew():
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
    body = gzip.compress(json.dumps({"results": {"id": "1", "total_accepted_recipients": 1}}).encode())
    answer = answer.replace(b"OK", b"OK\r\nContent-Encoding: gzip") % len(body) + body
    closed = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve_twice():
            for _turn in range(2):
                connection, _ = listener.accept()
                connection.recv(65536)
                connection.sendall(answer)
                connection.close()
                closed.set()

        thread = threading.Thread(target=serve_twice)
        thread.start()
        client = Client("key", f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=(2.0, 5.0))
        for _turn in range(2):
            assert client.transmissions.send(make_payload()).transmission_id == "1"
            assert closed.wait(5)
        thread.join(5)


def test_each_thread_has_a_connection_of_its_own(server):
    client = answering(server, 200, {"results": []})
    held = []
    threads = [threading.Thread(target=lambda: held.append(client.transport._held())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one.connection) for one in held}) == 3


def test_an_outside_address_is_reached_through_the_environments_proxy(monkeypatch):
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse():
            connection, _ = listener.accept()
            heard.append(connection.recv(65536).decode())
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            connection.close()

        monkeypatch.setenv("HTTPS_PROXY", f"http://ann:p%40ss@127.0.0.1:{listener.getsockname()[1]}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        thread = threading.Thread(target=refuse)
        thread.start()
        failure = failing(Client("key", "https://api.sparkpost.invalid", timeout=(2.0, 5.0)))
        thread.join(5)
    assert heard[0].startswith("CONNECT api.sparkpost.invalid:443 HTTP/1.")
    assert f"Basic {base64.b64encode(b'ann:p@ss').decode()}" in heard[0]
    assert "key" not in heard[0]
    assert isinstance(failure, Retry)
    assert failure.burn is False


def test_a_certificate_nobody_vouches_for_stops_the_queue(tmp_path):
    certificate, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def shake():
            connection, _ = listener.accept()
            with contextlib.suppress(OSError):
                context.wrap_socket(connection, server_side=True).close()

        thread = threading.Thread(target=shake)
        thread.start()
        failure = failing(Client("key", f"https://127.0.0.1:{listener.getsockname()[1]}", timeout=(2.0, 5.0)))
        thread.join(5)
    assert isinstance(failure, Stop)
    assert failure.code == "tls"


def self_signed(place):
    """A certificate of 127.0.0.1 that no authority signed, and its key."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    (place / "certificate").write_bytes(made.sign(private, hashes.SHA256()).public_bytes(Encoding.PEM))
    plain = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (place / "key").write_bytes(plain)
    return place / "certificate", place / "key"


def test_netrc_and_proxies_do_not_touch_a_local_call(server, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    answering(server, 200, {"results": {"id": "1"}}).transmissions.send(make_payload())
    assert server.seen[0].headers["authorization"] == "key"


@pytest.mark.parametrize("url", ["api.sparkpost.com", "http://api.sparkpost.com", "ftp://x", "", "https://x/?a=1"])
def test_an_unfit_base_url_is_refused(url):
    with pytest.raises(ValueError, match="SparkPost"):
        Client("key", url)


def test_base_url_may_end_in_the_version():
    assert Client("k", "https://api.eu.sparkpost.com/api/v1/").base_uri == "https://api.eu.sparkpost.com/api/v1"
    with pytest.raises(ValueError, match="key"):
        Client("")


def test_the_librarys_own_resources_work_through_our_transport(server):
    client = answering(server, 200, {"results": {"id": "x"}, "errors": [{"code": "2000"}]})
    assert client.templates.get("x") == {"id": "x", "errors": [{"code": "2000"}]}
    assert server.seen[0].path.startswith("/api/v1/templates/x")


# Events


def sent(client, standin, count):
    ids = [client.transmissions.send(make_payload()).transmission_id for _ in range(count)]
    standin.flush_events()
    return ids


def test_events_over_all_pages_once_each(client, standin):
    ids = sent(client, standin, 5)
    found = list(client.events.search(per_page=3))
    assert len(found) == 10
    assert len({event["event_id"] for event in found}) == 10
    assert {event["transmission_id"] for event in found} == set(ids)


def test_events_by_transmission(client, standin):
    one, *_ = sent(client, standin, 3)
    found = list(client.events.search(transmissions=[one], events=["injection", "delivery"]))
    assert {event["type"] for event in found} == {"injection", "delivery"}
    assert {event["transmission_id"] for event in found} == {one}


def test_events_by_window(client, standin):
    sent(client, standin, 1)
    now = datetime.now(UTC)
    assert list(client.events.search(since=now - timedelta(minutes=1), until=now + timedelta(minutes=1)))
    assert not list(client.events.search(since=now + timedelta(minutes=1), until=now + timedelta(minutes=2)))


def test_events_of_a_namesake_campaign_are_left_out(client, standin):
    client.transmissions.send(make_payload(campaign_id="spring"))
    client.transmissions.send(make_payload(campaign_id="spring-late"))
    standin.flush_events()
    assert {event["campaign_id"] for event in client.events.search(campaigns="spring")} == {"spring"}


def test_events_repeated_over_pages_are_given_once_and_ids_are_text(server):
    pages = {
        "initial": '{"results": [{"event_id": 92356927693813856, "type": "open"}, {"type": "odd"}], "links": '
        '{"next": "/api/v1/events/message?cursor=two"}}',
        "two": '{"results": [{"event_id": "92356927693813856"}, {"event_id": "7"}], "links": [{"rel": "next", '
        '"href": "/api/v1/events/message?cursor=three"}]}',
        "three": '{"results": [{"event_id": "8"}], "links": []}',
    }
    server.answer = lambda seen: (200, "application/json", pages[seen.path.partition("cursor=")[2].partition("&")[0]])
    found = list(Client("key", server.url).events.search())
    assert [event.get("event_id") for event in found] == ["92356927693813856", None, "7", "8"]
    assert [seen.path for seen in server.seen][1:] == [
        "/api/v1/events/message?cursor=two",
        "/api/v1/events/message?cursor=three",
    ]


def test_a_next_page_that_is_the_same_page_ends(server):
    body = {"results": [], "links": {"next": "/api/v1/events/message?cursor=again"}}
    assert list(answering(server, 200, body).events.search()) == []
    assert len(server.seen) == 2


def test_a_next_page_elsewhere_never_gets_the_key(server):
    with serve() as other:
        client = answering(server, 200, {"results": [], "links": {"next": f"{other.url}/api/v1/events/message"}})
        with pytest.raises(Stop):
            list(client.events.search())
        assert other.seen == []


def test_a_misspelt_filter_is_an_error(client):
    with pytest.raises(TypeError, match="transmission"):
        list(client.events.search(transmission="1"))
    with pytest.raises(ValueError, match="comma"):
        list(client.events.search(subjects="a,b"))
    with pytest.raises(ValueError, match="longer"):
        list(client.events.search(transmissions=["1" * 18] * 300))
    assert list(client.events.search(transmissions=[])) == []


@pytest.mark.parametrize("fault", ["429", "500", "502", "503"])
def test_a_search_that_fails_can_simply_be_repeated(client, standin, fault):
    sent(client, standin, 1)
    standin.misbehave(fault, path="events")
    with pytest.raises(Retry):
        list(client.events.search())
    assert len(list(client.events.search())) == 2


# Suppressions


def test_an_odd_address_is_quoted(client, standin):
    assert client.suppression.get(ODD) == []
    client.suppression.put(ODD, kind="transactional", description="asked")
    client.suppression.put(ODD, kind="non_transactional")
    [first, second] = client.suppression.get(ODD)
    assert (first["recipient"], first["type"], second["type"]) == (ODD, "transactional", "non_transactional")
    assert client.suppression.delete(ODD, kind="transactional")
    assert [entry["type"] for entry in client.suppression.get(ODD)] == ["non_transactional"]
    assert client.suppression.delete(ODD)
    assert not client.suppression.delete(ODD)


@pytest.mark.parametrize("email", [ODD, "a?b#c%20@x.example", "é@x.example", "a b@x.example"])
def test_each_address_is_one_path_segment(server, email):
    answering(server, 200, {"results": []}).suppression.get(email)
    [seen] = server.seen
    assert seen.path.count("/") == 4
    assert "?" not in seen.path


def test_no_address_is_not_the_whole_list(client):
    with pytest.raises(ValueError, match="address"):
        client.suppression.delete("")


def test_bulk_and_list_over_pages(client):
    client.suppression.put_many({"recipient": f"p{n}@x.example", "type": "transactional"} for n in range(7))
    client.suppression.put("p1@x.example", kind="non_transactional", list_id="news")
    assert len(list(client.suppression.list(per_page=3))) == 8
    assert [entry["list_id"] for entry in client.suppression.list(kinds=["non_transactional"])] == ["news"]


def test_delete_of_the_accounts_own_list_alone(client):
    client.suppression.put("p@x.example", kind="transactional", list_id="news")
    assert not client.suppression.delete("p@x.example", list_id="")
    assert client.suppression.delete("p@x.example")


def test_a_compliance_entry_is_a_refusal_not_a_broken_key(client, standin):
    standin.engine.suppress("p@x.example", "transactional", "Compliance", "")
    with pytest.raises(Refused) as caught:
        client.suppression.delete("p@x.example")
    assert caught.value.status == 403
    with pytest.raises(Stop):
        Client("wrong-key", standin.url).suppression.delete("p@x.example")


def test_a_bad_entry_is_refused_without_naming_it(client):
    with pytest.raises(Refused) as caught:
        client.suppression.put_many([{"recipient": "ann smit@x", "type": "transactional"}])
    assert "smit@x" not in str(caught.value)


# Data privacy


def test_forgetting_and_opting_out(client, standin):
    assert client.data_privacy.rtbf_request(["ann@x.example", ODD, "ann@x.example"]) == 2
    assert client.data_privacy.opt_out_request(["ann@x.example"]) == 1
    assert [(row["kind"], row["recipients"]) for row in standin.store.privacy] == [
        ("rtbf-request", ["ann@x.example", ODD]),
        ("opt-out-request", ["ann@x.example"]),
    ]


def test_forgetting_goes_in_thousands(client, standin):
    assert client.data_privacy.rtbf_request(f"p{n}@x.example" for n in range(1001)) == 1001
    assert [len(row["recipients"]) for row in standin.store.privacy] == [1000, 1]


def test_a_bad_address_fails_the_call(client):
    with pytest.raises(Refused) as caught:
        client.data_privacy.rtbf_request(["ann@x.example", "nobody"])
    assert caught.value.status == 400
