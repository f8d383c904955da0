"""Whose an address is: to have written to it once proves nothing when it turned out to be somebody else's."""

from collections.abc import Iterable
from uuid import UUID

from mailing import ports
from privacy import suppression

Owned = tuple[UUID, str]


def still_theirs(pairs: Iterable[Owned]) -> set[Owned]:
    """Of these (subject, e-mail address) those nobody took back, addresses in lower case; in two queries."""
    given = {(subject, address.lower()) for subject, address in pairs}
    addresses = {address for _subject, address in given}
    if not addresses:
        return set()
    strangers = {address for _kind, address in suppression.somebody_elses(("email", one) for one in addresses)}
    return {pair for pair in given - ports.gone(addresses) if pair[1] not in strangers}
