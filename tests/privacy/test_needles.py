"""What an erased person is searched for: every way in which an address may have been written down."""

import base64
import json
from email.charset import QP, Charset
from urllib.parse import quote

import pytest

from privacy.erasure import grepping, needles

ADDRESS = "zoë.o'brien+cv@müller.example"


def found_in(text: bytes, kind: str, value: str) -> bool:
    forms = needles.forms(kind, value)
    return bool(grepping.lines_with(forms, lambda out: out.write(text + b"\n")))


def written(address: str) -> dict[str, bytes]:
    """One address in each form in which a system may hold it."""
    raw = address.encode()
    charset = Charset("utf-8")
    charset.body_encoding = QP
    local, _at, domain = address.rpartition("@")
    return {
        "plain": raw,
        "in capitals": address.upper().encode() if address.isascii() else raw,
        "in a URL": quote(address, safe="").encode(),
        "as bytes in a dump": b"\\\\x" + raw.hex().encode(),
        "as JSON": json.dumps({"to": address}).encode(),
        "quoted-printable": charset.body_encode(address).encode(),
        "in punycode": f"{local}@{domain.encode('idna').decode()}".encode(),
        **{f"base64 after {n}": base64.b64encode(b"x" * n + raw + b"yyy") for n in range(6)},
        **{f"base64 for URLs after {n}": base64.urlsafe_b64encode(b"x" * n + raw + b"yyy") for n in range(3)},
    }


@pytest.mark.parametrize("address", [ADDRESS, "Anna.Vries@person.example"])
def test_an_address_is_found_in_every_form(address):
    for form, text in written(address).items():
        assert found_in(b"before " + text + b" after", "email", address), form


def test_another_address_is_not_found():
    for form, text in written("anna@person.example").items():
        assert not found_in(text, "email", "berta@person.example"), form


@pytest.mark.parametrize("text", ["+31612345678", "06 12345678", "06-12 34 56 78", "0031612345678", "tel:612345678"])
def test_a_phone_number_is_found_however_it_is_written(text):
    assert found_in(text.encode(), "phone", "+31612345678")
    assert not found_in(text.encode(), "phone", "+31687654321")


def test_a_profile_is_found_with_and_without_what_stands_before_it():
    for text in (
        "https://www.linkedin.com/in/anna-vries/",
        "linkedin.com/in/anna-vries?x=1",
        "LINKEDIN.com/in/anna-vries",
    ):
        assert found_in(text.encode(), "url", "https://www.linkedin.com/in/anna-vries")
    assert not found_in(b"https://www.linkedin.com/in/berta", "url", "https://www.linkedin.com/in/anna-vries")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("anna@person.example", "email"),
        ("+31 6 1234 5678", "phone"),
        ("https://x.example/anna", "url"),
        ("Anna de Vries", "name"),
        ("192.168.100.100", "name"),
        ("12345", "name"),
    ],
)
def test_what_an_identifier_is(value, kind):
    assert needles.kind_of(value) == kind


def test_names_condemn_nothing_and_where_the_answer_goes_is_searched_once():
    wanted = needles.of([("name", "Anna de Vries"), ("email", "a@person.example"), ("answer", "a@person.example")])
    assert b"anna de vries" in wanted.soft
    assert b"anna de vries" not in wanted.strict
    assert b"a@person.example" in wanted.strict
    assert not any(kind == "answer" for kind, _value in wanted.strict.values())


def test_what_is_too_short_would_be_found_anywhere():
    assert needles.forms("name", "Bo") == []


def test_thousands_of_words_and_bytes_that_are_no_text():
    words = [f"person{number}@x.example".encode() for number in range(5000)]

    def write(out):
        for number in range(2000):
            out.write(b"\xff\xfe\x00 nothing here\n")
            if number == 1234:
                out.write(b"\xff to PERSON4999@X.example \xfe\n")

    (line,) = grepping.lines_with(words, write)
    assert grepping.words_in(line, words) == [b"person4999@x.example"]


def test_no_words_find_nothing():
    assert grepping.lines_with([], lambda out: out.write(b"anything\n")) == []
