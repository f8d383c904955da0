"""What this floor must know of the floors above: how many people are in a vacancy."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from privacy.ports import Port


@dataclass(frozen=True)
class People:
    """How many people are running in a vacancy, and in which stage (label and number, in the order of the board)."""

    running: int = 0
    stages: tuple[tuple[str, int], ...] = ()


people_port: Port[Callable[[set[UUID]], Mapping[UUID, People]]] = Port("vacancies.people", many=False)
register_people = people_port.register


def people(vacancy_ids: Iterable[UUID]) -> dict[UUID, People]:
    """The people in each of these vacancies, in one question for all of them."""
    wanted = set(vacancy_ids)
    found = people_port.all()[0](wanted) if wanted else {}
    return {vacancy: found.get(vacancy, People()) for vacancy in wanted}
