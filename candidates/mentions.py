"""Colleagues named in a note by `@` and their name: all of it, or the first when only one colleague is called so."""

import re
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from candidates.models import Candidacy, Candidate

# An `@` within a word is an address, not a name.
_AT = re.compile(r"(?<![\w.])@(?=\w)")
MOST = 10


def named(text: str, staff: Sequence[User]) -> list[User]:
    """Who is named in a text, each once. Raises ValidationError for a name nobody has, or more than one has."""
    found: dict[User, None] = {}
    for place in _AT.finditer(text):
        found[_whose(text[place.end() :], staff)] = None
    if len(found) > MOST:
        raise ValidationError(_("Name at most %(most)s colleagues in one note.") % {"most": MOST})
    return list(found)


def _whose(rest: str, staff: Sequence[User]) -> User:
    begins = rest.casefold()
    whole = [one for one in staff if _is_word(begins, one.name.casefold())]
    if whole:
        return max(whole, key=lambda one: len(one.name))
    first = [one for one in staff if _is_word(begins, one.name.casefold().split(" ")[0])]
    word = re.split(r"\s", rest, maxsplit=1)[0].rstrip(".,;:!?)")
    if not first:
        raise ValidationError(_("Nobody here is called “%(name)s”. Type @ and a colleague's name.") % {"name": word})
    if len(first) > 1:
        names = ", ".join(sorted(one.name for one in first))
        raise ValidationError(
            _("More than one colleague is called “%(name)s”: %(names)s. Type the whole name.")
            % {"name": word, "names": names}
        )
    return first[0]


def _is_word(text: str, name: str) -> bool:
    return bool(name) and text.startswith(name) and not re.match(r"\w", text[len(name) :])


def may_open(user: User, *, candidate: Candidate, candidacy: Candidacy | None) -> bool:
    """Whether a colleague may open what a note is about."""
    if candidacy is not None:
        return Candidacy.objects.visible_to(user).filter(pk=candidacy.pk).exists()
    return Candidate.objects.visible_to(user).filter(pk=candidate.pk).exists()


def readers(text: str, *, candidate: Candidate, candidacy: Candidacy | None) -> list[User]:
    """Who is named in a note and may open what it is about. Raises ValidationError in words for anybody else."""
    if "@" not in text:
        return []
    found = named(text, list(User.objects.staff()))
    shut = [one.name for one in found if not may_open(one, candidate=candidate, candidacy=candidacy)]
    if shut:
        raise ValidationError(_("%(names)s may not open this person, so can't read it.") % {"names": ", ".join(shut)})
    return found
