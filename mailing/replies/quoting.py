"""What is new in a mail, apart from the history quoted below it and the signature."""

import re
from typing import NamedTuple

_LOOKS_AHEAD = 4
_HEADER_LINES = 6

# "On … wrote:" as Gmail, Apple Mail and Thunderbird write it in Dutch, English, German and French.
_INTRODUCES = re.compile(
    r"(?:on\b.{4,200}\bwrote|op\b.{4,200}\b(?:schreef\b.{0,200}|heeft\b.{1,200}\bgeschreven)"
    r"|(?:am|den)\b.{4,200}\bschrieb\b.{0,200}|le\b.{4,200}\ba écrit|.{1,200}\bschreef op\b.{4,100})\s*:\s*",
    re.I,
)
_BEGINS = re.compile(r"(?:on|op|am|den|le)\b", re.I)
_DIVIDES = re.compile(
    r"-{2,}\s*(?:original message|oorspronkelijk(?:e)? bericht|ursprüngliche nachricht|forwarded message"
    r"|doorgestuurd bericht|weitergeleitete nachricht|message d'origine)\s*-{2,}"
    r"|begin (?:forwarded message|doorgestuurd bericht)\s*:|anfang der weitergeleiteten nachricht\s*:",
    re.I,
)
_FROM = re.compile(r"\*?(?:from|van|von|de)\s*:\*?\s*\S", re.I)
_OTHER_HEADER = re.compile(
    r"\*?(?:sent|date|to|subject|cc|verzonden|datum|aan|onderwerp|gesendet|an|betreff|envoyé|à|objet)\s*:", re.I
)
_RULE = re.compile(r"[_\-=*]{5,}\s*")
_SIGNS = re.compile(
    r"(?:--|(?:met\s+)?(?:(?:hele\s+)?vriendelijke|hartelijke|beste|warme)\s+groet(?:en|jes)?|hartelijks|groet(?:en|jes)?"
    r"|m\.?v\.?g\.?|(?:with\s+)?(?:kind|best|warm)(?:est)?\s+regards|regards|best wishes|(?:yours\s+)?sincerely|cheers"
    r"|(?:mit\s+)?(?:freundliche[nr]?|beste[nr]?|viele)\s+grü(?:ß|ss)e[n]?"
    r"|(?:verzonden|verstuurd) vanaf mijn .{1,40}|sent from my .{1,40}|von meinem .{1,40} gesendet)\s*[,.!]?\s*",
    re.I,
)


class Split(NamedTuple):
    """A mail in two: what its writer added, and the rest, word for word."""

    new: str
    quoted: str


def split(text: str) -> Split:
    """The new part of a mail and the quoted history below or between it."""
    lines = text.split("\n")
    new: list[str] = []
    quoted: list[str] = []
    at = 0
    while at < len(lines):
        if _is_quote(lines[at]):
            quoted.append(lines[at])
            at += 1
        elif length := _introduction(lines, at):
            quoted.extend(lines[at : at + length])
            at += length
            while at < len(lines) and not lines[at].strip():
                quoted.append("")
                at += 1
            if not any(_is_quote(line) for line in lines[at : at + _LOOKS_AHEAD]):
                quoted.extend(lines[at:])
                break
        elif _begins_history(lines, at):
            quoted.extend(lines[at:])
            break
        else:
            new.append(lines[at])
            at += 1
    return Split(_tidy(new), _tidy(quoted))


def own_words(new: str) -> str:
    """The new part without the signature under it."""
    lines = new.split("\n")
    end = next((number for number, line in enumerate(lines) if number and _SIGNS.fullmatch(line.strip())), len(lines))
    return "\n".join(lines[:end]).strip()


def _is_quote(line: str) -> bool:
    return line.lstrip().startswith(">")


def _introduction(lines: list[str], at: int) -> int:
    """How many lines from here say that what follows was written before; mail programs wrap them. 0: none."""
    first = lines[at].strip()
    if not first:
        return 0
    if _INTRODUCES.fullmatch(first):
        return 1
    if not _BEGINS.match(first):
        return 0
    for length in (2, 3):
        joined = " ".join(line.strip() for line in lines[at : at + length])
        if len(joined) < 500 and _INTRODUCES.fullmatch(joined):
            return length
    return 0


def _begins_history(lines: list[str], at: int) -> bool:
    line = lines[at].strip()
    if _DIVIDES.fullmatch(line):
        return True
    if _RULE.fullmatch(line):
        return any(_is_head(lines, next_at) for next_at in range(at + 1, min(at + 3, len(lines))))
    return _is_head(lines, at)


def _is_head(lines: list[str], at: int) -> bool:
    """Whether Outlook's head of an older mail stands here: From, and two more of its lines near it."""
    if not _FROM.match(lines[at].strip()):
        return False
    following = [line.strip() for line in lines[at + 1 : at + 1 + _HEADER_LINES]]
    return sum(bool(_OTHER_HEADER.match(line)) for line in following) >= 2


def _tidy(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")
