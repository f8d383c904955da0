"""Mistakes in the placeholders of a text while it is written, each at its line and in words. Pure: no database."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from django.utils.translation import gettext as _

from mailing import placeholders, rendering
from mailing.ink import has_ink

SUBJECT_SHOWN = 80

_CURLY = re.compile(r"\{\{|\}\}")
_BRACKET = re.compile(r"\[[^\]]*\]?|\]")
# The addresses behind which somebody acts as the reader (DESIGN §5).
_PERSONAL = re.compile(r"https?://[^\s/]+/(?:c|w|me)/[\w-]{8,}")


@dataclass(frozen=True)
class Problem:
    """What is wrong, where: `part` is subject, body or short, `line` counts from 1. A mere hint stops nothing."""

    part: str
    line: int
    text: str
    is_hint: bool = False


def proofread(kind: str, language: str, *, subject: str, body: str, short: str = "") -> list[Problem]:
    """Everything wrong with these words, in the order of reading."""
    parts = {"subject": subject, "body": body, "short": short}
    problems = [
        Problem(part, number, sentence)
        for part, words in parts.items()
        for number, line in enumerate(words.replace("\r\n", "\n").split("\n"), start=1)
        for sentence in _line(kind, part, line)
    ]
    return sorted([*problems, *_lengths(kind, language, subject, short)], key=lambda one: list(parts).index(one.part))


def _line(kind: str, part: str, line: str) -> Iterator[str]:
    known = {one.name: one for one in placeholders.of(kind)}
    links = {one.name: one for one in placeholders.links_of(kind)}
    rest, position = "", 0
    for found in rendering.PLACEHOLDER.finditer(line):
        rest += line[position : found.start()]
        position = found.end()
        is_link, name, optional, label = bool(found[1]), found[2], bool(found[3]), found[4]
        if label is not None and not has_ink(label):
            yield _("“%(what)s” has no words behind the bar.") % {"what": found[0]}
        if is_link and part == "subject":
            yield _("A link can't stand in a subject.")
        elif is_link and name not in links:
            yield _no_link(name, links)
        elif not is_link and name not in known:
            yield _unknown(name, optional, list(known))
        elif optional and part == "subject":
            yield _("A “?” lets the whole line fall away, and a subject has only one line. Leave it out.")
        elif not optional and (links[name] if is_link else known[name]).may_be_empty:
            yield _("“%(what)s” can be empty. Write “%(better)s”: then the line falls away.") % {
                "what": found[0],
                "better": found[0].replace(name, f"{name}?", 1),
            }
    rest += line[position:]
    for found in _BRACKET.finditer(rest):
        yield _bracket(found[0], list(known))
    if _CURLY.search(line):
        yield _("Double curly brackets are not placeholders. Write a name in square brackets: [name].")
    if _PERSONAL.search(line):
        yield _("This is somebody's personal link. Write [link:…] instead; each reader gets their own.")


def _unknown(name: str, optional: bool, known: list[str]) -> str:
    if optional:
        said = _("This message has no [%(name)s]: the line would always fall away.") % {"name": name}
    else:
        said = _("This message has no [%(name)s].") % {"name": name}
    return said + _meant(name, known)


def _no_link(name: str, links: dict[str, placeholders.Place]) -> str:
    said = _("This message has no link “%(name)s”.") % {"name": name}
    there = ", ".join(f"[link:{one}]" for one in links)
    return said + " " + _("There are: %(links)s.") % {"links": there}


def _bracket(written: str, known: list[str]) -> str:
    name = written.strip("[] ").lower().replace(" ", "_")
    if written == "]":
        return _("Here is a closing bracket without an opening one.")
    if not written.endswith("]"):
        return _("“%(what)s” is not closed: a “]” lacks.") % {"what": written[:40].strip()} + _meant(name, known)
    return _("“%(what)s” is not a placeholder: a name has small letters and no spaces.") % {
        "what": written[:40]
    } + _meant(name, known)


def _meant(name: str, known: list[str]) -> str:
    close = get_close_matches(name[:30], known, n=1)
    return " " + _("Did you mean [%(name)s]?") % {"name": close[0]} if close else ""


def _lengths(kind: str, language: str, subject: str, short: str) -> Iterator[Problem]:
    examples = placeholders.examples(kind, language)
    filled = len(rendering.PLACEHOLDER.sub(lambda found: examples.get(found[2], ""), subject))
    if filled > rendering.SUBJECT_LENGTH:
        text = _("About %(n)s characters: the subject is cut off after %(most)s.")
        yield Problem("subject", 1, text % {"n": filled, "most": rendering.SUBJECT_LENGTH})
    elif filled > SUBJECT_SHOWN:
        text = _("About %(n)s characters: a phone shows the first 40 to 80.")
        yield Problem("subject", 1, text % {"n": filled}, is_hint=True)
    filled = len(rendering.PLACEHOLDER.sub(lambda found: "" if found[1] else examples.get(found[2], ""), short))
    if filled > rendering.SHORT_LENGTH:
        text = _("About %(n)s characters: an InMail or text message is best within %(most)s.")
        yield Problem("short", 1, text % {"n": filled, "most": rendering.SHORT_LENGTH}, is_hint=True)
