"""What this floor must know of the floors above: who is in a vacancy, and what becomes of them when it ends."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.models import User
from privacy.ports import Port
from vacancies.models import Vacancy


@dataclass(frozen=True)
class People:
    """How many people are running in a vacancy, and in which stage (label and number, in the order of the board)."""

    running: int = 0
    stages: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Leaver:
    """Somebody who leaves when the procedure ends now, as this user may see them.

    `erased_on`: the day they are erased then; None for who stays in another vacancy. `hindrance`: why they cannot be
    asked whether they may be kept, `no_reserve` why they cannot be asked to stay as runner-up; empty for who can.
    """

    pk: UUID
    subject_id: UUID
    name: str
    line: str
    stage: str
    erased_on: date | None
    hindrance: str = ""
    no_reserve: str = ""


@dataclass(frozen=True)
class Asking:
    """Whom of those who leave to ask what, by `Leaver.pk`: to be kept for other vacancies, and to stay as runner-up for
    this one until a day."""

    keep: frozenset[UUID] = frozenset()
    reserve: frozenset[UUID] = frozenset()
    until: date | None = None


@dataclass(frozen=True)
class Question:
    """A question as one person would read it, and how many others get the same with their own name."""

    name: str
    subject: str
    text: str
    others: int


leavers_port: Port[Callable[[Vacancy, User], Iterable[Leaver]]] = Port("vacancies.leavers", many=False)
register_leavers = leavers_port.register


def leavers(vacancy: Vacancy, user: User) -> list[Leaver]:
    """Everybody who is in this procedure now, by name; a handful of queries."""
    return list(leavers_port.all()[0](vacancy, user))


questions_port: Port[Callable[[Vacancy, Asking, User], Iterable[Question]]] = Port("vacancies.questions", many=False)
register_questions = questions_port.register


def questions(vacancy: Vacancy, asking: Asking, user: User) -> list[Question]:
    """The questions that closing this procedure would send, one of each kind; nothing is sent or kept by looking."""
    return list(questions_port.all()[0](vacancy, asking, user))


people_port: Port[Callable[[set[UUID]], Mapping[UUID, People]]] = Port("vacancies.people", many=False)
register_people = people_port.register


def people(vacancy_ids: Iterable[UUID]) -> dict[UUID, People]:
    """The people in each of these vacancies, in one question for all of them."""
    wanted = set(vacancy_ids)
    found = people_port.all()[0](wanted) if wanted else {}
    return {vacancy: found.get(vacancy, People()) for vacancy in wanted}


@dataclass(frozen=True)
class Placed:
    """Somebody got the job: from when, until when the guarantee runs, and the page of its record."""

    start_on: date
    guarantee_until: date | None
    invoice_number: str
    url: str


placed_port: Port[Callable[[set[UUID]], Mapping[UUID, Iterable[Placed]]]] = Port("vacancies.placed", many=False)
register_placed = placed_port.register


def placed(vacancy_ids: Iterable[UUID]) -> dict[UUID, list[Placed]]:
    """The placements of these vacancies, the latest first; one query for all of them."""
    wanted = set(vacancy_ids)
    found = placed_port.all()[0](wanted) if wanted else {}
    return {vacancy: list(found.get(vacancy, ())) for vacancy in wanted}
