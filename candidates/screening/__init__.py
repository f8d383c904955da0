"""Looks for what may never be stored in free words. Pure standard library: text in, places out.

A BSN has no ground in recruitment before somebody is hired, and consent does not help (UAVG art. 46).
"""

import re
from typing import NamedTuple


class Found(NamedTuple):
    """What kind of thing stands where in a text."""

    kind: str
    start: int
    end: int


# Eight or nine digits, in groups as people write them.
_DIGITS = r"\d(?:[ .\-]?\d){7,8}"
_AFTER = r"(?![\w/]|[.\-]\w| \d)"
# What stands right before may not make it the end of a longer number, or of an address on the web.
_BARE = re.compile(rf"(?<![\w+/])(?<!\w[.\-])(?<!\d ){_DIGITS}{_AFTER}")
_NAMED = re.compile(
    r"\b(?:bsn|burger\s?service(?:\s?nummer)?|sofi(?:[ -]?n(?:umme)?r)?|citizen service number)\b"
    rf"[^\d\n]{{0,30}}({_DIGITS}){_AFTER}",
    re.I,
)
_OTHER = re.compile(
    r"\b(?:kvk|k\.v\.k\.|kamer van koophandel|iban|rekening(?:nummer)?|tel(?:efoon)?|phone|mobiel|fax|"
    r"order(?:nummer)?|factuur(?:nummer)?|invoice)\b[^\w\n]{0,12}$",
    re.I,
)
_NEAR = 40


def find(text: str, language: str | None = None) -> list[Found]:
    """Every citizen service number in a text: nine digits that pass the eleven-test, or eight behind its name.

    The language makes no difference to digits; it is here for finders of words.
    """
    named = {match.span(1) for match in _NAMED.finditer(text) if is_bsn(_plain(match[1]))}
    bare = {
        match.span()
        for match in _BARE.finditer(text)
        if len(_plain(match.group())) == 9
        and is_bsn(_plain(match.group()))
        and not _OTHER.search(text[max(0, match.start() - _NEAR) : match.start()])
    }
    return [Found("bsn", start, end) for start, end in sorted(named | bare)]


def _plain(number: str) -> str:
    return re.sub(r"\D", "", number)


def is_bsn(digits: str) -> bool:
    """Whether eight or nine digits pass the eleven-test of a citizen service number."""
    padded = digits.zfill(9)
    if len(padded) != 9 or not padded.isdigit() or not padded.strip("0"):
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(int(digit) * weight for digit, weight in zip(padded, weights, strict=True)) % 11 == 0
