"""What may never be stored in free words."""

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
    ],
)
def test_a_citizen_service_number_is_seen(text):
    found = screening.find(text)
    assert [one.kind for one in found] == ["bsn"]
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
    ],
)
def test_other_numbers_are_left_alone(text):
    assert screening.find(text) == []


def test_two_numbers_are_two_findings_in_order():
    found = screening.find("BSN 111222333 of 123456782")
    assert [one.start for one in found] == [4, 17]


def test_the_gate_is_filled_and_speaks():
    assert [finding.kind for finding in ports.gate_text("BSN 111222333")] == ["bsn"]
    assert gated("Nothing of the kind") == "Nothing of the kind"
    with pytest.raises(ValidationError, match="citizen service number"):
        gated("BSN 111222333")
