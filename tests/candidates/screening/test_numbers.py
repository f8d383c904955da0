"""Citizen service numbers and numbers of identity documents."""

import pytest
from django.core.exceptions import ValidationError

from candidates import screening
from candidates.forms import gated
from privacy import ports


@pytest.mark.parametrize(
    "text",
    [
        "111222333",
        "BSN 111222333",
        "bsn: 111.222.333",
        "his BSN is 111-222-333.",
        "burgerservicenummer: 111 222 333",
        "BSN-123456782",
        "Sofi-nummer 12345672",
        "(123456782)",
        "see 111222333, and call",
        "line one\n123456782\nline three",
        "BSN 123\u00a0456\u00a0782",
        "123\u2011456\u2011782",
    ],
)
def test_a_citizen_service_number_is_seen(text):
    found = screening.find_numbers(text)
    assert [one.category for one in found] == ["bsn"]
    assert screening.is_bsn("".join(char for char in text[found[0].start : found[0].end] if char.isdigit()))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123456789",
        "000000000",
        "bsn 000000000",
        "12345672",
        "call 06 12345678",
        "+31 6 12345678",
        "0031 123456782",
        "tel. 123456782",
        "KvK 12345678",
        "kvk: 123456782",
        "NL91ABNA0417164300",
        "NL 91 ABNA 0123456782",
        "https://www.linkedin.com/in/jan-123456782",
        "https://x.example/123456782/",
        "invoice 123456782",
        "1234567820",
        "x 123456782 9",
        "2026-11-22 10:00",
        "€ 123.456.782",
        "123.456.782 euro",
        "02 345 67 89",
        "RSIN 123456782",
        "c0ffee12-3456-4782-9abc-123456782abc",
    ],
)
def test_other_numbers_are_left_alone(text):
    assert screening.find_numbers(text) == []


def test_two_numbers_are_two_findings_in_order():
    found = screening.find_numbers("BSN 111222333 of 123456782")
    assert [one.start for one in found] == [4, 17]


def test_the_gate_is_filled_and_speaks():
    assert [finding.kind for finding in ports.gate_text("BSN 111222333")] == ["bsn"]
    assert gated("Nothing of the kind") == "Nothing of the kind"
    with pytest.raises(ValidationError, match="citizen service number"):
        gated("BSN 111222333")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Paspoort: NX4K8P2D7", "NX4K8P2D7"),
        ("paspoortnummer van hem is NX4K8P2D7.", "NX4K8P2D7"),
        ("Mijn ID-kaart heeft nummer IJ2BK97C3", "IJ2BK97C3"),
        ("DRIVING LICENCE NO. MORGA657054SM9IJ", "MORGA657054SM9IJ"),
        ("rijksregisternummer 85.07.30-033.28", "85.07.30-033.28"),
        ("P<NLDDE<BRUIJN<<WILLEKE<LISELOTTE<<<<<<<<<<<", "P<NLDDE<BRUIJN<<WILLEKE<LISELOTTE<<<<<<<<<<<"),
    ],
)
def test_the_number_of_a_document_is_seen(text, number):
    found = screening.find_numbers(text)
    assert [(one.category, text[one.start : one.end]) for one in found] == [("id_document", number)]


@pytest.mark.parametrize(
    "text",
    ["a valid passport", "rijbewijs B sinds 2004", "Paspoort vervangen in 2019 of 2020", "order NX4K8P2D7", "A << B"],
)
def test_a_document_without_its_number_is_none(text):
    assert screening.find_numbers(text) == []
