"""Finds words that tell about somebody's health, belief, origin and the like, by the rules in `rules/`.

How a rule is written is told in `rules/README.md`. A text is gone through once: only where a word stands that a rule
begins with is the rule tried, and only within the sentence it stands in. So a megabyte takes well under a second.
"""

import re
import tomllib
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

CATEGORIES = (
    "religion",
    "race_ethnicity",
    "union",
    "biometric",
    "genetic",
    "health",
    "sexual_orientation",
    "political",
    "criminal",
    "id_document",
)
LANGUAGES = ("nl", "en")
RULES = Path(__file__).parent / "rules"

# How far before and behind a word is looked, and the longest sentence; a longer one is looked at in parts.
_BESIDE = 80
_LONGEST = 300
_END = re.compile(r"[.!?]+[\"')\]]*(?=\s+[\"'(\[]?[A-Z0-9])|[;|]|\n(?=\s*(?:[-*•>+#]|\d|[A-Z]|\n|$))")
_WORD = re.compile(r"\w+")
_KEY = 3

Place = tuple[str, int, int, str]


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the rules. There are four thousand, of which a text meets a few: each is compiled when it is met."""
    return re.compile(pattern)


@dataclass(frozen=True)
class Rule:
    """One rule: the context in which its words tell something or do not, as regular expressions or empty."""

    name: str
    category: str
    language: str
    before: str
    after: str
    near: str
    not_before: str
    not_after: str
    not_near: str

    def holds(self, sentence: str, start: int, end: int) -> bool:
        """Whether the words from start to end tell something, in this sentence in lower case."""
        head, tail = sentence[max(0, start - _BESIDE) : start], sentence[end : end + _BESIDE]
        wanted = [(self.before, head), (self.after, tail), (self.near, sentence)]
        asked = [(pattern, part) for pattern, part in wanted if pattern]
        if asked and not any(compiled(pattern).search(part) for pattern, part in asked):
            return False
        refused = ((self.not_before, head), (self.not_after, tail), (self.not_near, sentence))
        return not any(pattern and compiled(pattern).search(part) for pattern, part in refused)


@dataclass(frozen=True)
class Entry:
    """One of the words of a rule; `exact` where capitals count."""

    rule: Rule
    pattern: str
    exact: bool


Hot = dict[str, list[Entry]]


@dataclass
class Book:
    """The rules of one language, by the letters their words begin with."""

    heads: dict[str, list[tuple[str, Entry]]] = field(default_factory=dict)
    inner: list[tuple[str, Entry]] = field(default_factory=list)

    def entries(self, word: str) -> list[Entry]:
        """What might begin at this word in lower case."""
        found: dict[int, Entry] = {}
        for size in range(1, min(_KEY, len(word)) + 1):
            for head, entry in self.heads.get(word[:size], ()):
                if word.startswith(head):
                    found[id(entry)] = entry
        if self.any_inner.search(word):
            found.update((id(entry), entry) for part, entry in self.inner if part in word)
        return list(found.values())

    @cached_property
    def any_inner(self) -> re.Pattern[str]:
        """Whether a word has the end of any compound in it; most have none."""
        return re.compile("|".join(sorted({re.escape(part) for part, _entry in self.inner})) or "(?!)")


def find(text: str, language: str | None = None) -> list[Place]:
    """(category, start, end, rule) of every finding; those of one category do not overlap."""
    folded, places = fold(text)
    lowered = _lower(folded)
    books = [book(one) for one in LANGUAGES if language in (None, one)]
    hot: Hot = {}
    for word in set(_WORD.findall(lowered)):
        if entries := [entry for one in books for entry in one.entries(word)]:
            hot[word] = entries
    if not hot:
        return []
    ends = _ends(folded)
    seen: dict[str, list[Place]] = {}
    found: list[Place] = []
    done = 0
    for match in _WORD.finditer(lowered):
        if match.start() < done or match.group() not in hot:
            continue
        at = bisect_right(ends, match.start())
        low, done = ends[at - 1], ends[at]
        sentence = folded[low:done]
        if sentence not in seen:
            seen[sentence] = _in_sentence(sentence, lowered[low:done], hot)
        found += [(category, low + start, low + end, rule) for category, start, end, rule in seen[sentence]]
    return _apart(found, places)


def _tongue(words: set[str]) -> str | None:
    """The language of a sentence, where its small words leave no doubt."""
    dutch, english = words & _small("nl"), words & _small("en")
    return "nl" if dutch and not english else "en" if english and not dutch else None


def _ends(text: str) -> list[int]:
    """Where sentences end, beginning with 0; a very long one ends at a space now and then."""
    ends = [0]
    for end in (*(match.end() for match in _END.finditer(text)), len(text)):
        while end - ends[-1] > _LONGEST:
            space = text.rfind(" ", ends[-1] + 1, ends[-1] + _LONGEST)
            ends.append(space if space > 0 else ends[-1] + _LONGEST)
        ends.append(end)
    return ends


def _in_sentence(sentence: str, lowered: str, hot: Hot) -> list[Place]:
    words = [(match.start(), match.group()) for match in _WORD.finditer(lowered)]
    tongue = _tongue({word for _start, word in words})
    hits = ((start, hot.get(word, ())) for start, word in words)
    return [place for start, entries in hits for place in _at_word(sentence, lowered, start, entries, tongue)]


def _at_word(sentence: str, lowered: str, start: int, entries: Iterable[Entry], tongue: str | None) -> list[Place]:
    """What the rules that may begin at this word find there."""
    hits: dict[str, tuple[int, Rule]] = {}
    for entry in entries:
        rule = entry.rule
        if tongue and rule.language != tongue:
            continue
        hit = compiled(entry.pattern).match(sentence if entry.exact else lowered, start)
        if hit and hits.get(rule.category, (0,))[0] < hit.end() and rule.holds(lowered, start, hit.end()):
            hits[rule.category] = (hit.end(), rule)
    return [(category, start, end, rule.name) for category, (end, rule) in hits.items()]


def _apart(found: list[Place], places: list[int] | None) -> list[Place]:
    """Of findings of one category that overlap, the first and longest; as places in the text that was given."""
    kept: list[Place] = []
    last: dict[str, int] = {}
    for category, start, end, rule in sorted(found, key=lambda one: (one[1], -one[2], one[0])):
        if start >= last.get(category, -1):
            last[category] = end
            kept.append((category, start, end, rule))
    if places is None:
        return kept
    return [(category, places[start], places[end - 1] + 1, rule) for category, start, end, rule in kept]


# Reading what is written


def fold(text: str) -> tuple[str, list[int] | None]:
    """The text without accents and invisible signs, and where each of its signs stood; None where nothing moved."""
    plain = text.translate(_SAME)
    if plain.isascii() or not _MOVED.search(plain):
        return plain, None
    kept = [(sign, place) for place, sign in enumerate(plain) if not _MOVED.match(sign)]
    return "".join(sign for sign, _place in kept), [place for _sign, place in kept]


def _lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)


def _table() -> dict[int, str]:
    table = {ord(sign): " " for sign in "\u00a0\u2007\u202f\u2009"}
    table |= {ord(sign): "-" for sign in "\u2010\u2011\u2012\u2013\u2014"}
    table |= {ord(sign): "'" for sign in "\u2018\u2019\u02bc\u00b4`"}
    for number in range(0xC0, 0x250):
        base = unicodedata.normalize("NFD", chr(number))[0]
        if base.isascii() and base.isalpha():
            table[number] = base
    return table


_SAME = _table()
# Accents that stand by themselves, soft hyphens and joiners: signs nobody sees within a word.
_MOVED = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff]")


# Reading the rules


@cache
def book(language: str) -> Book:
    """The rules of one language, read once."""
    made = Book()
    for category in CATEGORIES:
        data = _read(category)
        lists = _lists(language, data)
        for spec in data["rule"]:
            if spec["language"] == language:
                _add(made, category, spec, lists)
    return made


def explain(category: str, rule: str, words: str, language: str) -> str:
    """One sentence for who typed it: which words, and what they tell about."""
    return f"‘{words}’ {_sayings()[rule][language]}"


@cache
def _sayings() -> dict[str, dict[str, str]]:
    said = _read("numbers")["says"]
    for category in CATEGORIES:
        data = _read(category)
        for spec in data["rule"]:
            said[_name(category, spec)] = {one: f"{data['says'][one]}: {spec[one]}" for one in LANGUAGES}
    return said


@cache
def _small(language: str) -> frozenset[str]:
    """Words a sentence hardly does without in this language, and that the other one does not have."""
    return frozenset(" ".join(_read("common")[language]["small"]).split())


def _add(made: Book, category: str, spec: dict[str, Any], lists: dict[str, list[str]]) -> None:
    contexts = {name: _context(name, spec.get(name, []), lists) for name in CONTEXTS}
    rule = Rule(_name(category, spec), category, spec["language"], **contexts)
    for word in (one for words in _spelled(spec["words"], lists) for one in _begun(words)):
        exact = any(sign.isupper() for sign in re.sub(r"\\.", "", word))
        entry = Entry(rule, rf"\b(?:{_pattern(word)})(?!\w)", exact)
        if word.startswith("*"):
            made.inner.append((_head(word[1:].lower()), entry))
        else:
            head = _head(word.lower())
            made.heads.setdefault(head[:_KEY], []).append((head, entry))


CONTEXTS = ("before", "after", "near", "not_before", "not_after", "not_near")


def _context(name: str, wanted: list[str], lists: dict[str, list[str]]) -> str:
    if not wanted:
        return ""
    any_of = "|".join(_pattern(one) for one in _spelled(wanted, lists))
    if name.endswith("before"):
        return rf"\b(?:{any_of})\W*$"
    return rf"^\W*(?:{any_of})(?!\w)" if name.endswith("after") else rf"\b(?:{any_of})(?!\w)"


def _spelled(wanted: list[str], lists: dict[str, list[str]]) -> list[str]:
    """The words with each `{list}` in its place: alone it gives its words, among others their alternatives."""
    spelled: list[str] = []
    for one in wanted:
        if whole := re.fullmatch(r"\{(\w+)\}", one):
            spelled += _spelled(lists[whole[1]], lists)
        else:
            spelled.append(_LIST.sub(lambda match: "(" + "|".join(_spelled(lists[match[1]], lists)) + ")", one))
    return spelled


_LIST = re.compile(r"\{([a-z]\w*)\}")


def _begun(words: str) -> list[str]:
    """The words with each way in which a bracket at their beginning can be read."""
    if not words.startswith("("):
        return [words]
    depth, cuts = 0, [0]
    for place, sign in enumerate(words):
        depth += (sign == "(") - (sign == ")")
        if (sign == "|" and depth == 1) or depth == 0:
            cuts.append(place)
        if depth == 0:
            break
    rest = words[cuts[-1] + 1 :]
    options = [words[low + 1 : high] for low, high in pairwise(cuts)]
    if rest.startswith("?"):
        rest, options = rest[1:], [*options, ""]
    return [one for option in options for one in _begun(option + rest)]


def _pattern(words: str) -> str:
    """The regular expression of words as rules write them."""
    words = fold(words)[0].strip()
    words = words.replace("(", "(?:").replace("(?:?", "(?")
    words = re.sub(r"(?<!\\w)(?<!\))\*", r"\\w*", words)
    words = re.sub(r" (_+) ?", lambda match: rf"(?:\W+\w+){{0,{3 * len(match[1])}}}?\W+", words)
    words = re.sub(r"^_+ ", lambda match: rf"(?:\w+\W+){{0,{3 * (len(match[0]) - 1)}}}?", words)
    return words.replace(" ", r"\W+")


def _head(word: str) -> str:
    """The letters every text for this word begins with."""
    letters = re.match(r"[a-z0-9]+", fold(word)[0])
    if letters is None:
        raise ValueError(f"A rule's word begins with letters: {word!r}")
    head = letters.group()
    return head[:-1] if word[len(head) : len(head) + 1] == "?" else head


def _lists(language: str, data: dict[str, Any]) -> dict[str, list[str]]:
    return _read("common")[language] | data.get("lists", {}).get(language, {})


def _name(category: str, spec: dict[str, Any]) -> str:
    return f"{category}.{spec['language']}.{spec['name']}"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((RULES / f"{name}.toml").read_text("utf-8"))
