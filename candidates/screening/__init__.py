"""Looks for what may not be stored, or not lightly, in free words. Pure standard library: text in, places out.

Special categories of personal data (GDPR art. 9), criminal matters (art. 10), citizen service numbers (UAVG art. 46)
and numbers of identity documents. No model and no network: rules a person can read, in `rules/`; docs/screening.md.
"""

from typing import NamedTuple

from candidates.screening import words
from privacy import numbers
from privacy.numbers import is_bsn

NUMBERS = ("bsn", "id_document")
CATEGORIES = (*words.CATEGORIES, "bsn")

__all__ = ["CATEGORIES", "NUMBERS", "Finding", "explain", "find", "find_numbers", "is_bsn"]


class Finding(NamedTuple):
    """What kind of thing stands where in a text, and the rule that saw it."""

    category: str
    start: int
    end: int
    rule: str


def find(text: str, language: str | None = None) -> list[Finding]:
    """Everything in a text that needs care, in order of place; `language` is nl or en, None for both."""
    found = [*find_numbers(text), *(Finding(*one) for one in words.find(text, language))]
    return sorted(found, key=lambda one: (one.start, one.category))


def find_numbers(text: str) -> list[Finding]:
    """Only what may never be stored: citizen service numbers and numbers of identity documents (I9)."""
    bsn = [Finding("bsn", start, end, "bsn.number") for start, end in numbers.bsn(text)]
    taken = {place for one in bsn for place in range(one.start, one.end)}
    papers = [
        Finding("id_document", start, end, f"id_document.{rule}")
        for start, end, rule in numbers.documents(text)
        if start not in taken
    ]
    return sorted([*bsn, *papers], key=lambda one: one.start)


def explain(finding: Finding, text: str, language: str) -> str:
    """Why this was found, in nl or en: ‘burn-out’ tells about health."""
    return words.explain(finding.category, finding.rule, text[finding.start : finding.end], language)
