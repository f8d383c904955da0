"""The stand-in's other way: answering a mail and writing a first one, posted as the relay webhook posts."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request

import pytest

from mailing.replies import reading
from mailing.sparkpost.client import Client
from mailing.sparkpost.standin import StandIn
from mailing.sparkpost.standin.inbound import Relay
from tests.mailing.wire import make_payload, serve

KEY = "a-key"


@pytest.fixture
def hook():
    with serve() as recorder:
        yield recorder


@pytest.fixture
def standin(hook):
    relay = Relay(url=f"{hook.url}/relay/", token="a-token", secret="a-secret", domain="reply.agency.example")
    with StandIn(api_key=KEY, delay=None, relay=relay) as running:
        yield running


@pytest.fixture
def mail(standin):
    given = make_payload(
        reply_to="Rosa <r-1@reply.agency.example>",
        headers={"Message-ID": "<m-1@reply.agency.example>"},
        text="Vraag\nTwee",
    )
    Client(KEY, standin.url, 5).transmissions.send(given)
    return standin.mails[0]


def form(url, **fields):
    data = urllib.parse.urlencode(fields).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data)) as answer:
        return answer.read().decode()


def posted(hook):
    (seen,) = hook.posts()
    (parsed,), set_aside = reading.read(seen.body.encode())
    assert set_aside == 0
    return seen, parsed


def test_an_answer_is_posted_as_documented(standin, mail, hook):
    page = form(f"{standin.url}/outbox/{mail.key}/reply/", text="Graag", **{"from": mail.to})
    seen, parsed = posted(hook)
    (item,) = seen.json
    assert seen.headers["x-messagesystems-webhook-token"] == "a-token"
    assert seen.headers["x-watson-secret"] == "a-secret"
    assert "authorization" not in seen.headers
    assert set(item["msys"]["relay_message"]) == {
        "content", "friendly_from", "msg_from", "rcpt_to", "webhook_id", "protocol", "customer_id"
    }  # fmt: skip
    assert parsed.rcpt_to == "r-1@reply.agency.example"
    assert "<m-1@reply.agency.example>" in parsed.thread
    assert parsed.text.startswith("Graag\n\nOn ")
    assert "> Vraag\n> Twee" in parsed.text
    assert "wrote to r-1@reply.agency.example" in page


def test_an_automatic_answer_from_elsewhere(standin, mail, hook):
    form(f"{standin.url}/outbox/{mail.key}/reply/", text="Weg", automatic="1", **{"from": "other@place.example"})
    _seen, parsed = posted(hook)
    assert (parsed.kind, parsed.from_email) == ("auto", "other@place.example")


def test_a_first_mail_with_a_file(standin, hook):
    boundary = "b0undary"
    fields = {"from": "Eva <eva@stranger.example>", "to": "info@reply.agency.example", "subject": "CV", "text": "Hallo"}
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    parts += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="cv.pdf"\r\n'
    parts += f"Content-Type: application/pdf\r\n\r\n%PDF-1.7\r\n--{boundary}--\r\n"
    request = urllib.request.Request(
        f"{standin.url}/outbox/new/",
        data=parts.encode(),
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    assert b"eva@stranger.example wrote to" in urllib.request.urlopen(request).read()
    _seen, parsed = posted(hook)
    assert (parsed.from_name, parsed.text) == ("Eva", "Hallo")
    assert [(file.name, file.data) for file in parsed.files] == [("cv.pdf", b"%PDF-1.7")]


def test_the_pages_offer_both(standin, mail):
    page = urllib.request.urlopen(f"{standin.url}/outbox/{mail.key}/").read().decode()
    assert f"/outbox/{mail.key}/reply/" in page
    assert "info@reply.agency.example" in urllib.request.urlopen(f"{standin.url}/outbox/new/").read().decode()


@pytest.mark.parametrize("sender", ["", "nobody"])
def test_a_mail_from_nowhere_is_told(standin, mail, hook, sender):
    with pytest.raises(urllib.error.HTTPError) as refused:
        form(f"{standin.url}/outbox/new/", text="x", to="a@b.example", subject="x", **{"from": sender})
    assert refused.value.code == 409
    assert hook.posts() == []


def test_a_hook_that_refuses_is_told(standin, mail, hook):
    hook.answer = lambda seen: (401, "text/plain", "")
    with pytest.raises(urllib.error.HTTPError) as refused:
        form(f"{standin.url}/outbox/{mail.key}/reply/", text="x", **{"from": mail.to})
    assert "answered 401" in refused.value.read().decode()


def test_bytes_that_are_no_text_travel_in_base64(standin, hook):
    from email.message import EmailMessage

    from mailing.sparkpost.standin.inbound import relay_message

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@b.example", "c@d.example", "x"
    mail.set_content("Café", cte="8bit", charset="latin-1")
    inner = relay_message(mail, "c@d.example")
    assert inner["content"]["email_rfc822_is_base64"] is True
    assert base64.b64decode(inner["content"]["email_rfc822"])
    (parsed,), _aside = reading.read(json.dumps([{"msys": {"relay_message": inner}}]).encode())
    assert parsed.text == "Café"
