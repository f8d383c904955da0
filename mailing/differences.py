"""What changed between two texts: line by line, and within a changed line word by word. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

SAME, GONE, NEW, SKIPPED = "same", "gone", "new", "skipped"
# Unchanged lines shown around a change.
AROUND = 2

_WORD = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Line:
    """One line of the comparison: `pieces` are (same, gone or new, text); a skipped one stands for `skipped` others."""

    pieces: tuple[tuple[str, str], ...] = ()
    skipped: int = 0


def compare(old: str, new: str) -> list[Line]:
    """The lines of both texts together; empty when they are the same."""
    before, after = (text.replace("\r\n", "\n").split("\n") for text in (old, new))
    if before == after:
        return []
    lines: list[Line] = []
    for what, start, end, begin, finish in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            lines += _shortened([Line(((SAME, line),)) for line in before[start:end]], start, end == len(before))
        else:
            lines += [
                Line(tuple(_words(gone, came))) for gone, came in zip_longest(before[start:end], after[begin:finish])
            ]
    return lines


def _shortened(lines: list[Line], start: int, is_end: bool) -> list[Line]:
    head, tail = (AROUND if start else 0), (0 if is_end else AROUND)
    hidden = len(lines) - head - tail
    if hidden < 2:
        return lines
    return [*lines[:head], Line(skipped=hidden), *lines[len(lines) - tail :]]


def _words(gone: str | None, came: str | None) -> Iterator[tuple[str, str]]:
    if gone is None or came is None:
        yield (NEW, came or "") if gone is None else (GONE, gone)
        return
    before, after = _WORD.findall(gone), _WORD.findall(came)
    for what, start, end, begin, finish in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            yield SAME, "".join(before[start:end])
            continue
        if start < end:
            yield GONE, "".join(before[start:end])
        if begin < finish:
            yield NEW, "".join(after[begin:finish])
