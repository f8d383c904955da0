"""Who holds something about a person, inside and outside: each says what it holds, erases it, and searches for it.

A floor registers its holders in `erasure.py` of its app, found as `personal_data.py` is. The runner takes them by
`position`; a holder that has nothing of anybody in the plan gets no step.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import ClassVar
from uuid import UUID

from django.utils.functional import Promise

from privacy.erasure.needles import Identifier, Needles
from privacy.models import Erasure, ErasurePerson, Subject
from privacy.models.erasure import ErasureReason

Words = str | Promise


class Later(Exception):
    """A step can't be done now and is tried again by itself: why, in a code, and after how many seconds."""

    def __init__(self, code: str, after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.after = after


class ByHand(Exception):
    """A step can't be done by a machine. `found` are codes and counts that tell a person where to look."""

    def __init__(self, code: str, found: Mapping[str, object] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.found = dict(found or {})


@dataclass(frozen=True)
class Person:
    """Somebody to be erased: under which ids, and what they are known by."""

    subject: Subject
    ids: tuple[UUID, ...]
    identifiers: tuple[Identifier, ...] = ()

    def values(self, kind: str) -> list[str]:
        return [value for found, value in self.identifiers if found == kind]


@dataclass(frozen=True)
class Line:
    """One line of a plan: `what` is a table or a code of the holder's, `ground` why something stays."""

    what: str
    action: str
    count: int = 1
    ground: str = ""
    until: date | None = None


@dataclass(frozen=True)
class Part:
    """One part of a step that consists of several, as a person reads it: what, how far, what is wrong."""

    label: Words
    state: Words
    trouble: Words = ""
    is_done: bool = False
    url: str = ""


@dataclass(frozen=True)
class Foreseen:
    """What counting outside gave for one line of a plan: in words, and as a number where it could be counted."""

    words: Words
    number: int | None = None


@dataclass(frozen=True)
class Run:
    """What a step works on: the erasure and its people, with what they are searched for by while it is still held."""

    erasure: Erasure
    people: tuple[Person, ...] = ()
    rows: Mapping[UUID, ErasurePerson] = field(default_factory=dict)

    @property
    def ids(self) -> list[UUID]:
        return [pk for person in self.people for pk in person.ids]

    def values(self, kind: str) -> list[str]:
        return list(dict.fromkeys(value for person in self.people for value in person.values(kind)))


@dataclass
class Findings:
    """What one search found: places by name with how often, and how many forms were looked for."""

    strict: dict[str, int] = field(default_factory=dict)
    soft: dict[str, int] = field(default_factory=dict)
    canary: bool = False

    def add(self, where: str, *, soft: bool = False) -> None:
        places = self.soft if soft else self.strict
        places[where] = places.get(where, 0) + 1


class Holder:
    """One place where something about a person is kept."""

    code: ClassVar[str]
    label: ClassVar[Words]
    position: ClassVar[int]
    #: Only for erasures begun for these reasons.
    reasons: ClassVar[frozenset[str]] = frozenset(ErasureReason.values)
    #: Its effect lies outside the main database: never within a transaction, and safe to repeat.
    is_remote: ClassVar[bool] = False
    #: Begins only when every step before it is done.
    waits: ClassVar[bool] = False
    #: What comes after it does not begin before it is done.
    holds_up: ClassVar[bool] = False
    #: Has a step even when the plan has no line of it.
    always: ClassVar[bool] = False
    #: What it holds ends by itself, in so many days: in the plan and the certificate, without a step.
    window: ClassVar[timedelta | None] = None
    #: Whether it can be searched, and so has a canary planted in it first.
    is_searched: ClassVar[bool] = False

    def plan(self, run: Run) -> Iterable[Line]:
        """What it holds of these people and what becomes of it."""
        return ()

    def foresee(self, run: Run) -> None:
        """Count outside what a plan could not, for it is written in one transaction; a worker asks. Changes nothing
        there."""

    def foreseen(self, erasure: Erasure) -> Mapping[str, Foreseen]:
        """What that gave so far, by `what` of its lines; those that are still to be counted are left out."""
        return {}

    def erase(self, run: Run) -> int:
        """Erase it; how many. Safe to repeat. Raises Later or ByHand."""
        return 0

    def say(self, whats: Collection[str]) -> Mapping[str, Words]:
        """What its own lines in a plan say: those of `whats` that are neither a table nor in `wording.WHAT`."""
        return {}

    def parts(self, erasure: Erasure) -> Iterable[Part]:
        """How far each part of its step is, where it has several."""
        return ()

    def residual(self) -> timedelta | None:
        """How long something may remain that nobody can reach or search."""
        return self.window

    def search(self, needles: Needles, canary: Needles, run: Run) -> Findings:
        """Look for these forms, and for the canary's, everywhere it keeps anything."""
        raise NotImplementedError

    def plant(self, words: str) -> None:
        """Put the canary where `search` must find it."""

    def remove(self, words: str) -> None:
        """Take the canary away again."""


holders: dict[str, Holder] = {}


def counts_outside(holder: Holder) -> bool:
    """Whether a plan waits for numbers of this holder."""
    return type(holder).foresee is not Holder.foresee


def register(cls: type[Holder]) -> type[Holder]:
    """Class decorator: one more holder. Two with one code are a mistake."""
    if cls.code in holders and type(holders[cls.code]) is not cls:
        raise RuntimeError(f"There is a holder {cls.code} already.")
    holders[cls.code] = cls()
    return cls


def in_order(reason: str | None = None) -> list[Holder]:
    """Every holder, or those that take part in an erasure for this reason, in the order of their steps."""
    wanted = [holder for holder in holders.values() if reason is None or reason in holder.reasons]
    return sorted(wanted, key=lambda holder: (holder.position, holder.code))
