"""Dutch names: how they are shown, addressed, sorted and searched, and a first guess at a typed one.

A surname has an infix (tussenvoegsel) that is shown before it and passed over in sorting; a partner's name goes
before the own one ("Jansen-de Vries"). How somebody is addressed is chosen by a person, never read off a name.
"""

import re
import unicodedata
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Self


class Salutation(StrEnum):
    """The codes of the chosen form of address; `none` greets without any name."""

    NEUTRAL = "neutral"
    DHR = "dhr"
    MEVR = "mevr"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """The parts of one person's name, each as typed; every part may be empty."""

    given_name: str = ""
    initials: str = ""
    infix: str = ""
    surname: str = ""
    partner_infix: str = ""
    partner_surname: str = ""
    title_before: str = ""
    title_after: str = ""
    salutation: str = Salutation.NEUTRAL

    @classmethod
    def of(cls, record: Any) -> Self:
        """The name in any object that has the parts as attributes, such as a model instance."""
        return cls(**{part.name: getattr(record, part.name) for part in fields(cls)})

    @property
    def family_name(self) -> str:
        """The whole surname as it follows a given name: `de Vries`, `Jansen-de Vries`."""
        own = _attach(self.infix, self.surname)
        partner = _attach(self.partner_infix, self.partner_surname)
        return "-".join(filter(None, (partner, own)))

    @property
    def display_name(self) -> str:
        """The name on the desk: `Anna de Vries`, `A.B. de Vries`, or `De Vries` where nothing precedes it."""
        first = self.given_name or self.initials
        return _spaced(first, self.family_name if first else capitalise_infix(self.family_name))

    @property
    def formal_name(self) -> str:
        """The name in a letter or document: `dr. A.B. de Vries MSc`."""
        first = self.initials or self.given_name
        family = self.family_name if first else capitalise_infix(self.family_name)
        return _spaced(self.title_before, first, family, self.title_after)

    @property
    def sort_name(self) -> str:
        """The name in an alphabetic list: `Vries, Anna de`."""
        core, infix = self._core_and_infix
        behind = _spaced(self.given_name or self.initials, infix)
        return ", ".join(filter(None, (core, behind)))

    @property
    def sort_key(self) -> str:
        """The key that orders names by surname, then given name, then infix, compared byte by byte.

        Two spaces end a part, so that `Berg, Zoë` comes before `Berg-Smit, Anna`.
        """
        core, infix = self._core_and_infix
        return "  ".join(map(fold, (core, self.given_name or self.initials, infix))).strip()

    @property
    def _core_and_infix(self) -> tuple[str, str]:
        """The surname without its leading infix, and that infix."""
        if self.partner_surname:
            own = _attach(self.infix, self.surname)
            return "-".join(filter(None, (self.partner_surname, own))), self.partner_infix
        if self.surname:
            return self.surname, self.infix
        return self.infix, ""


# Greeting

_GREETINGS = {
    "nl": {
        Salutation.NEUTRAL: "Beste {name},",
        Salutation.DHR: "Geachte heer {family},",
        Salutation.MEVR: "Geachte mevrouw {family},",
        Salutation.NONE: "Goedendag,",
    },
    "en": {
        Salutation.NEUTRAL: "Dear {name},",
        Salutation.DHR: "Dear Mr {family},",
        Salutation.MEVR: "Dear Ms {family},",
        Salutation.NONE: "Hello,",
    },
}


def greeting(name: PersonName, language: str) -> str:
    """The opening line of a message in `nl` or `en`, by the chosen salutation and by nothing else."""
    phrases = _GREETINGS["nl" if language.partition("-")[0] == "nl" else "en"]
    salutation = Salutation(name.salutation or Salutation.NEUTRAL)
    family = capitalise_infix(name.family_name)
    if salutation in (Salutation.DHR, Salutation.MEVR) and family:
        return phrases[salutation].format(family=family)
    if salutation is Salutation.NONE or not name.display_name:
        return phrases[Salutation.NONE]
    return phrases[Salutation.NEUTRAL].format(name=name.display_name)


def capitalise_infix(family_name: str) -> str:
    """A surname that no given name or initials precede: `De Vries`, `D'Hondt`, but `'t Hooft`."""
    return family_name[:1].upper() + family_name[1:]


def _attach(infix: str, surname: str) -> str:
    return infix + surname if infix.endswith(tuple(_APOSTROPHES)) else _spaced(infix, surname)


def _spaced(*parts: str) -> str:
    return " ".join(filter(None, parts))


# Folding

_APOSTROPHES = "'’‘ʼ`´′"
# Letters that no decomposition takes apart; ĳ, ligatures and ß fall apart by themselves.
_LETTERS = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "ŋ": "n",
        "ə": "e",
        "ƒ": "f",
    }
    | dict.fromkeys(_APOSTROPHES, "")
)


def fold(text: str) -> str:
    """The search and sort key of a text: no case, no diacritics, words of letters and digits, single spaces.

    `Çağla Øst-d’Hondt` becomes `cagla ost dhondt`. Folding twice changes nothing.
    """
    plain = _unmarked(_unmarked(text).casefold()).translate(_LETTERS)
    return " ".join("".join(char if char.isalnum() else " " for char in plain).split())


def _unmarked(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char) != "Mn")


# Splitting


def _list(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The prefixes of the Dutch civil registry, word by word.
INFIXES = _list("""
    a à aan af al am auf aus bij bin boven d' da dal dalla das de deca degli dei del della den der des di die
    do dos du el gen het i im in l' la las le les lo los of onder op over s' 's 't te ten ter tho thoe tot
    uijt uit unter van vanden vander ver vom von voor vor zu zum zur 'm
    """)
# Only these open a name that has no given name before them, in any case: Al, Di and La are people too.
OPENING_INFIXES = _list("aan bij de den der d' het in onder op over 's 't te ten ter uit van vanden vander von voor")
# With a capital these are given names or initials.
_LOWER_CASE_ONLY = _list("a am do i im of tot")
TITLES_BEFORE = _list("prof dr drs ir ing mr bc")
TITLES_AFTER = _list("""
    ba bsc beng bba bec bed llb ma msc meng mba mphil med llm mpa emba phd dba edd md pdeng ra aa rc cpa cfa acca
    emia crm
    """)
# Written `Msc` these are still degrees; `Meng`, `Ma` and `Bec` are surnames.
_CARELESS_DEGREES = _list("bsc llb llm mba msc phd")
# Dropped, not kept: how to address somebody is asked, never copied from a heading.
_ADDRESSES = _list("dhr mevr mevrouw meneer mw mrs ms miss")
_INITIALS = re.compile(r"(?:[^\W\d_]{1,3}\.-?)+[^\W\d_]?|[^\W\d_]")
_GLUED = re.compile(r"([dls]')(\w.*)")


def split_name(text: str) -> PersonName:
    """A first guess at a typed name, `Anna van der Berg` or `Berg, Anna van der`, for the typist to correct.

    An infix with a capital behind a given name (`Jan De Smet`) stays in the surname, as in Flanders.
    """
    words, title_before = _take_titles(_words(text))
    words, title_after = _take_degrees(words)
    surname, *behind = (segment.split() for segment in " ".join(words).split(","))
    if behind:
        given, family, inner = _turn_round(surname, behind)
        title_before = _spaced(title_before, inner)
    else:
        given, family = _cut(surname)
    initials, given_name = _take_initials(given)
    own, partner = _family(family, flemish=bool(given))
    return PersonName(
        given_name=given_name.strip(),
        initials=initials.strip(),
        infix=own[0],
        surname=own[1],
        partner_infix=partner[0],
        partner_surname=partner[1],
        title_before=title_before,
        title_after=title_after,
    )


def _words(text: str) -> list[str]:
    visible = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    plain = re.sub(f"[{_APOSTROPHES}]", "'", unicodedata.normalize("NFC", visible))
    plain = re.sub(r"\s+[-–]\s+", "-", plain)
    words = re.sub(r"[\s,]*,[\s,]*", ", ", plain).strip(" ,").split()
    # Caps lock says nothing about a name.
    if len(words) > 1 and (plain.isupper() or plain.islower()):
        words = [_recase(word, before) for word, before in zip(words, ["", *words], strict=False)]
    return words


def _recase(word: str, before: str) -> str:
    key = word.casefold().strip(".,")
    opens = not before or before.endswith(",")
    if key in TITLES_AFTER or (opens and key in TITLES_BEFORE):
        return word
    if _INITIALS.fullmatch(word):
        return word.title()
    if key in (OPENING_INFIXES if opens else INFIXES):
        return word.lower()
    parts = word.lower().split("-")
    cased = [part if part in INFIXES and parts[0] != part else _capitalise(part) for part in parts]
    return "-".join(cased)


def _capitalise(part: str) -> str:
    if glued := _GLUED.fullmatch(part):
        return glued[1] + _capitalise(glued[2])
    return re.sub(r"(^|')(ij|[^\W\d_])", lambda match: match[1] + match[2].upper(), part)


def _is_infix(word: str) -> bool:
    key = word.casefold()
    return key in INFIXES and (word == key or key not in _LOWER_CASE_ONLY)


def _take_titles(words: list[str]) -> tuple[list[str], str]:
    """Cut the titles off the front of a name; forms of address go too, unkept."""
    taken = []
    while len(words) > 1:
        keys = words[0].casefold().rstrip(".").split(".")
        if TITLES_BEFORE.issuperset(keys):
            taken.append(words[0])
        elif not _ADDRESSES.issuperset(keys):
            break
        words = words[1:]
    return words, " ".join(taken)


def _take_degrees(words: list[str]) -> tuple[list[str], str]:
    """Cut the degrees off the end of a name."""
    taken: list[str] = []
    while len(words) > 1:
        word = words[-1].strip(",()")
        key = word.casefold().replace(".", "")
        in_capitals = any(char.isupper() for char in word[1:])
        if key not in TITLES_AFTER or not (in_capitals or key in _CARELESS_DEGREES):
            break
        taken.insert(0, word)
        words = [*words[:-2], words[-2].rstrip(",")]
    return words, " ".join(taken)


def _turn_round(surname: list[str], behind: list[list[str]]) -> tuple[list[str], list[str], str]:
    """Put `Berg, Anna van der` or `Berg, van der, Anna` in spoken order: given names, family name, titles."""
    if len(behind) > 1 and all(map(_is_infix, behind[0])):
        behind = [*behind[1:], behind[0]]
    words, titles = _take_titles([word for segment in behind for word in segment])
    start = len(words)
    while start and _is_infix(words[start - 1]):
        start -= 1
    # `Berg, van der` has no given name, `Berg, Al` no infix.
    if start == 0 and words[0].casefold() not in OPENING_INFIXES:
        start = 1
    return words[:start], [*(word.lower() for word in words[start:]), *surname], titles


def _cut(words: list[str]) -> tuple[list[str], list[str]]:
    """Cut a name without a comma into given names and family name: before its first infix, else its last word."""
    if len(words) > 1 and words[0].casefold() in OPENING_INFIXES:
        return [], words
    for position, word in enumerate(words[:-1]):
        # `Jansen-de Vries`: the infix stands behind the hyphen.
        if (position and _is_infix(word)) or ("-" in word and _is_infix(word.rpartition("-")[2])):
            return words[:position], words[position:]
    if len(words) == 1:
        return words, []
    return words[:-1], words[-1:]


def _take_initials(words: list[str]) -> tuple[str, str]:
    """Part `A.B. (Anna)` into initials and given name; an initial behind a given name belongs to that."""
    count = 0
    while count < len(words) and _INITIALS.fullmatch(words[count]):
        count += 1
    return "".join(words[:count]), " ".join(words[count:]).strip("()")


def _family(words: list[str], *, flemish: bool) -> tuple[tuple[str, str], tuple[str, str]]:
    """Part a family name into own and partner's (infix, surname); only `Jansen-de Vries` shows a partner's name."""
    partner, hyphen, own = " ".join(words).rpartition("-")
    if hyphen and partner:
        own_parts = _infix_and_surname(own.split(), flemish=True)
        if own_parts[0] and own_parts[1]:
            return own_parts, _infix_and_surname(partner.split(), flemish=flemish)
    return _infix_and_surname(words, flemish=flemish), ("", "")


def _infix_and_surname(words: list[str], *, flemish: bool) -> tuple[str, str]:
    count = 0
    if not (flemish and words and words[0][:1].isupper()):
        while count < len(words) - 1 and _is_infix(words[count]):
            count += 1
    infix, surname = [word.lower() for word in words[:count]], " ".join(words[count:])
    if glued := _GLUED.fullmatch(surname):
        infix.append(glued[1])
        surname = glued[2]
    return " ".join(infix), surname
