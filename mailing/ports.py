"""What this floor needs from the floors above; filled in their `AppConfig.ready`. Set-based."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.models import User
from privacy.guards import Sentence
from privacy.ports import Port

if TYPE_CHECKING:
    from mailing.models import Message

VisibleVacancies = Callable[[User], Iterable[UUID]]

_visible_vacancies: list[VisibleVacancies] = []


def register_visible_vacancies(filler: VisibleVacancies) -> VisibleVacancies:
    """Fill `visible_vacancies`; one filler only."""
    _visible_vacancies[:] = [filler]
    return filler


def visible_vacancies(user: User) -> Iterable[UUID]:
    """The ids of the vacancies this user may see, best as a QuerySet of values; none until somebody above says so."""
    return _visible_vacancies[0](user) if _visible_vacancies else []


@dataclass(frozen=True)
class Fact:
    """One line about a message that a floor above knows: what it rests on, what it counts as."""

    label: Sentence
    text: Sentence
    detail: Sentence = ""
    url: str = ""


@dataclass(frozen=True)
class Way:
    """Who a message is to, for somebody who may open them: where they are, and how else to reach them.

    `other_url` makes a text for another channel; `again_url` takes a POST of `again_pk` and previews a new message.
    """

    name: str = ""
    url: str = ""
    other_url: str = ""
    again_url: str = ""
    again_pk: UUID | None = None


@dataclass(frozen=True)
class Reader:
    """Somebody real to show a template with; `values` by name of placeholder, where they were asked for."""

    id: UUID
    subject: UUID
    name: str
    about: str
    values: Mapping[str, str]


facts_port: Port[Callable[[Message, User], Iterable[Fact]]] = Port("mailing.facts")
ways_port: Port[Callable[[Sequence[Message], User], Mapping[UUID, Way]]] = Port("mailing.ways")
people_port: Port[Callable[[User, str], Iterable[UUID]]] = Port("mailing.people")
subjects_port: Port[Callable[[User], Iterable[UUID]]] = Port("mailing.subjects", many=False)
gone_port: Port[Callable[[Collection[str]], Iterable[tuple[UUID, str]]]] = Port("mailing.gone")
titles_port: Port[Callable[[User], Iterable[tuple[UUID, str]]]] = Port("mailing.titles", many=False)
coded_port: Port[Callable[[str], UUID | None]] = Port("mailing.coded", many=False)

readers_port: Port[Callable[[User, str], Iterable[Reader]]] = Port("mailing.readers", many=False)
reader_port: Port[Callable[[User, UUID, str, str], Reader | None]] = Port("mailing.reader", many=False)

register_facts = facts_port.register
register_ways = ways_port.register
register_people = people_port.register
register_subjects = subjects_port.register
register_gone = gone_port.register
register_titles = titles_port.register
register_coded = coded_port.register
register_readers = readers_port.register
register_reader = reader_port.register


def facts(message: Message, user: User) -> list[Fact]:
    """What the floors above know about this one message, for somebody who may read it."""
    return [fact for filler in facts_port.all() for fact in filler(message, user)]


def ways(messages: Sequence[Message], user: User) -> dict[UUID, Way]:
    """The people these messages are to, by message; only those this user may open."""
    found: dict[UUID, Way] = {}
    for filler in ways_port.all():
        found = {**filler(messages, user), **found}
    return found


def people_named(user: User, words: str) -> list[UUID]:
    """The subjects of people this user may open whose name holds these words, some hundreds at most."""
    return [subject for filler in people_port.all() for subject in filler(user, words)]


def visible_subjects(user: User) -> Iterable[UUID]:
    """Whoever stands in a vacancy this user may see, as a QuerySet of values."""
    return subjects_port.all()[0](user)


def gone(addresses: Collection[str]) -> set[tuple[UUID, str]]:
    """Which of these e-mail addresses are no longer whose they were, as (subject, address)."""
    return {pair for filler in gone_port.all() for pair in filler(addresses)}


def titles(user: User) -> list[tuple[UUID, str]]:
    """The vacancies this user may see, with their titles, from A to Z."""
    return list(titles_port.all()[0](user))


def vacancy_coded(code: str) -> UUID | None:
    """The vacancy whose id begins with these hexadecimal digits."""
    return coded_port.all()[0](code)


def readers(user: User, words: str) -> list[Reader]:
    """A few people of this user's own to show a template with, whose name holds these words; without values."""
    return list(readers_port.all()[0](user, words))


def reader(user: User, pk: UUID, kind: str, language: str) -> Reader | None:
    """One of them, with what a message of this kind would say to them; None for who is not theirs."""
    return reader_port.all()[0](user, pk, kind, language)
