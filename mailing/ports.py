"""What this floor needs from the floors above; filled in their `AppConfig.ready`. Set-based."""

from collections.abc import Callable, Iterable
from uuid import UUID

from accounts.models import User

VisibleVacancies = Callable[[User], Iterable[UUID]]
Unfollowed = Callable[[Iterable[UUID]], set[UUID]]

_visible_vacancies: list[VisibleVacancies] = []
_unfollowed: list[Unfollowed] = []


def register_visible_vacancies(filler: VisibleVacancies) -> VisibleVacancies:
    """Fill `visible_vacancies`; one filler only."""
    _visible_vacancies[:] = [filler]
    return filler


def visible_vacancies(user: User) -> Iterable[UUID]:
    """The ids of the vacancies this user may see, best as a QuerySet of values; none until somebody above says so."""
    return _visible_vacancies[0](user) if _visible_vacancies else []


def register_unfollowed(filler: Unfollowed) -> Unfollowed:
    """Add a source of people who switched off that their opens and clicks are measured."""
    _unfollowed.append(filler)
    return filler


def unfollowed(subject_ids: Iterable[UUID]) -> set[UUID]:
    """Of these people, who switched off that their opens and clicks are measured."""
    ids = list(subject_ids)
    return set().union(*(filler(ids) for filler in _unfollowed))
