"""Finding people by words: prefixes as one types, "phrases", and -without. It filters and never ranks (DESIGN §4)."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.contact import BadContact, kind_of, normalise_email, normalise_phone, normalise_profile
from candidates.models import CandidateQuerySet, ContactKind, ContactPoint, SearchDocument
from candidates.names import fold
from vacancies.models import Vacancy

# More of either is a text that was pasted, not something to look for.
LONGEST = 200
BY_NAME = "name"
# By facts alone: no order says who is the better one.
SORTS = {BY_NAME: ("sort_key", _("by name")), "new": ("-created_at", _("newest first"))}
MOST_WORDS = 16
# Documents that are looked up one by one rather than met on the way.
FEW = 500
# As typed: perhaps a minus, then a phrase whose end may not be there yet, or one word.
_TERM = re.compile(r'(?P<without>-?)(?:"(?P<phrase>[^"]*)(?P<ended>"?)|(?P<word>[^\s"]+))')
_NUMBER = re.compile(r"[+\d][\d\s()./-]{5,}")
_NORMALISE = {"email": normalise_email, "phone": normalise_phone, "profile": normalise_profile}


@dataclass(frozen=True, slots=True)
class Terms:
    """What was typed, as conditions of PostgreSQL: every one of `wanted`, none of `unwanted`; and an exact address."""

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    address: tuple[str, str] | None = None

    def __bool__(self) -> bool:
        return bool(self.wanted or self.unwanted)


def asked(typed: str) -> str:
    """What was typed, as something to look for."""
    return " ".join(typed.replace("\0", "").split())[:LONGEST]


def read(typed: str) -> Terms:
    """The terms in what was typed; signs alone are no term. A word is found by its beginning, a phrase as it is."""
    wanted: list[str] = []
    unwanted: list[str] = []
    typed = asked(typed)
    if _NUMBER.fullmatch(typed):
        # Digits are stored together, however they are typed: +31 6 12…, 06-12…
        typed = re.sub(r"\D", "", typed).removeprefix("00")
    for found in list(_TERM.finditer(typed))[:MOST_WORDS]:
        words = fold(found["phrase"] if found["word"] is None else found["word"]).split()
        if not words:
            continue
        if found["without"]:
            unwanted.append(_phrase(words, is_open=False))
        else:
            wanted.append(_phrase(words, is_open=found["word"] is not None or not found["ended"]))
    return Terms(tuple(wanted), tuple(unwanted), _address(typed))


class Matches(NamedTuple):
    """The same people twice: as they are counted fastest, and as they are met fastest in the order of a list."""

    to_count: CandidateQuerySet
    in_order: CandidateQuerySet


def matching(people: CandidateQuerySet, terms: Terms, user: User) -> Matches:
    """Those of `people` about whom these words can be read by this user; notes only in vacancies they may open."""
    readable = SearchDocument.objects.all()
    if not (user.is_officer or user.is_administrator):
        readable = readable.filter(Q(vacancy=None) | Q(vacancy__in=Vacancy.objects.visible_to(user)))
    if terms.address:
        kind, normalised = terms.address
        reached = ContactPoint.objects.standing().filter(kind=kind, normalised=normalised)
        if owners := list(reached.values_list("candidate", flat=True)):
            found = people.filter(pk__in=owners)
            return Matches(found, found)
    here = readable.filter(candidate=OuterRef("pk"))
    if terms.unwanted:
        people = people.exclude(Exists(here.filter(words=_query(" | ".join(terms.unwanted)))))
    if terms.wanted:
        wanted = _query(" & ".join(terms.wanted))
        # Rare words are looked up, frequent ones are met soon in the order of the list. The planner takes prefixes for
        # frequent and would walk everybody for a rare one, so it is told.
        few = list(readable.filter(words=wanted).order_by().values_list("candidate", flat=True)[: FEW + 1])
        if len(few) > FEW:
            # A scalar is asked person by person, until the page is full; a semi-join compares everybody with everybody.
            said = Subquery(here.filter(words=wanted).order_by().values(yes=Value(True))[:1])
            return Matches(people.filter(Exists(here.filter(words=wanted))), people.alias(said=said).filter(said=True))
        people = people.filter(pk__in=set(few))
    return Matches(people, people)


def _phrase(words: list[str], *, is_open: bool) -> str:
    """Words after each other; of an open one the last may go on."""
    quoted = [f"'{word}'" for word in words]  # folded words hold letters and digits alone
    return "(" + " <-> ".join(quoted) + (":*" if is_open else "") + ")"


def _query(terms: str) -> SearchQuery:
    return SearchQuery(terms, config="simple", search_type="raw")


def _address(typed: str) -> tuple[str, str] | None:
    kind = kind_of(typed)
    if kind not in ContactKind.values:
        return None
    try:
        return kind, _NORMALISE[kind](typed)
    except BadContact:
        return None
