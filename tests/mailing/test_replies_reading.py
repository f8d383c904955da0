"""Mail as programs send it and as nobody should: it is always read, and never for long."""

import json

import pytest

from mailing.models import InboundKind
from mailing.replies import html, reading
from tests.mailing.letters import letter, relay


def read(message, **fields):
    (parsed,), set_aside = reading.read(relay(message, **fields))
    assert set_aside == 0
    return parsed


def test_the_mail_itself_is_read_and_not_the_providers_splitting_of_it():
    parsed = read(letter("Zelf geschreven", Subject="Eigen onderwerp"))
    assert (parsed.text, parsed.subject_line) == ("Zelf geschreven", "Eigen onderwerp")
    assert (parsed.from_email, parsed.from_name) == ("anna@person.example", "Anna de Vries")


def test_base64_and_plain_give_the_same():
    message = letter("Café in Zürich")
    assert read(message).text == read(message, in_base64=True).text == "Café in Zürich"


def test_a_formatted_mail_becomes_text():
    markup = "<style>p{}</style><p>Beste&nbsp;Rosa,</p><p>Graag<br>bellen &amp; praten</p><blockquote>Oud</blockquote>"
    assert read(letter("", html=markup)).text == "Beste Rosa,\n\nGraag\nbellen & praten\n\n> Oud"


def test_the_plain_part_is_preferred():
    assert read(letter("plat", html="<p>opgemaakt</p>")).text == "plat"


@pytest.mark.parametrize("charset", ["x-unknown", "utf-8", "ascii", "", "utf-16"])
def test_a_wrong_charset_raises_nothing(charset):
    raw = b"From: a@b.example\nContent-Type: text/plain; charset=" + charset.encode() + b"\n\nCaf\xe9 \xff"
    assert "Caf" in read(raw, in_base64=True).text or charset == "utf-16"


def test_names_and_subjects_are_decoded():
    raw = b"From: =?utf-8?q?Ren=C3=A9e?= <r@x.example>\nSubject: =?utf-8?b?w6k=?=\n\nhoi"
    parsed = read(raw)
    assert (parsed.from_name, parsed.subject_line) == ("Renée", "é")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\0\0",
        b"no headers at all",
        b"From: \xff\xfe <\xff@\xff>\n\n\xff\0",
        b"Content-Type: multipart/mixed\n\nno boundary",
        b'Content-Type: multipart/mixed; boundary=""\n\n--\n\nx',
        b"From: a@b.example\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!not base64!!!",
        b"From: a@b.example\nContent-Transfer-Encoding: quoted-printable\n\n=ZZ=",
        b"From: a@b.example\nDate: Mon, 99 Foo 99999 99:99:99 +9999\n\nx",
        b"From: a@b.example\nContent-Type: text/plain; name=" + b"x" * 10_000 + b"\n\nx",
        b"From: " + b"a <a@b.example>, " * 100_000 + b"\n\nhi",
        b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\nhi",
        b"From: " + b"(" * 50_000 + b"a@b.example\n\nhi",
        b"".join(b"X-%d: v\n" % number for number in range(10_000)) + b"Subject: s\n\nhi",
        b"From: a@b.example\n\n" + b"x" * 5_000_000,
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=z\n\n" + b"--z\n\nx\n" * 200_000,
        b"From: a@b.example\n"
        + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3_000)),
        b"From: a@b.example\nContent-Type: text/html\n\n" + b"<div><!--" * 200_000,
        b"From: a@b.example\nContent-Type: text/html\n\n" + b"<" * 1_000_000,
        b"From: a@b.example\nContent-Type: text/html\n\n" + b"<script>" * 100_000 + b"&#x0;&#xffffffff;",
        b"From: a@b.example\nContent-Type: text/html\n\n" + b"<blockquote>" * 100_000 + b"diep",
    ],
    ids=lambda raw: f"{raw[:30]!r}+{len(raw)}",
)
def test_hostile_mail_is_read_without_a_word(raw):
    parsed = read(raw, in_base64=True)
    assert len(parsed.text) <= reading.LONGEST_TEXT + 10
    assert "\0" not in parsed.text + parsed.subject_line + parsed.from_name


def test_beyond_measure_the_providers_text_stands_in():
    raw = b"From: a@b.example\nSubject: s\nContent-Type: multipart/mixed; boundary=z\n\n" + b"--z\n\nx\n" * 5_000
    parsed = read(raw)
    assert (parsed.unreadable, parsed.text) == (True, "what the provider made of it")
    assert (parsed.from_email, parsed.subject_line) == ("a@b.example", "s")


@pytest.mark.parametrize("missing", ["protocol", "webhook_id", "customer_id", "msg_from", "friendly_from", "rcpt_to"])
def test_a_missing_field_of_the_provider_is_no_harm(missing):
    parsed = read(letter(), **{missing: None})
    assert (parsed.kind, parsed.text) == (InboundKind.MAIL, "Dat klinkt goed.")


@pytest.mark.parametrize("content", [{}, {"email_rfc822": None}, {"email_rfc822": 5, "html": ["x"], "text": {}}])
def test_content_without_a_mail_gives_an_empty_one(content):
    body = json.dumps([{"msys": {"relay_message": {"content": content, "rcpt_to": ["x"]}}}]).encode()
    (parsed,), set_aside = reading.read(body)
    assert (parsed.text, parsed.unreadable, set_aside) == ("", True, 0)


def test_null_bytes_and_lone_surrogates_never_reach_the_database():
    body = relay(letter("a")).replace(b'"rcpt_to": "', b'"rcpt_to": "\\u0000\\ud800')
    (parsed,), _aside = reading.read(body)
    assert parsed.rcpt_to.isprintable()


def test_text_of_markup_that_is_none():
    assert html.text_of("a < b & c") == "a < b & c"
    assert html.text_of("<p>een</p><ul><li>twee</li></ul>") == "een\n\ntwee"
