"""What this floor needs from the floors above; filled in their `AppConfig.ready`. Set-based."""

from collections.abc import Callable, Iterable
from uuid import UUID

from accounts.models import User

VisibleVacancies = Callable[[User], Iterable[UUID]]

_visible_vacancies: list[VisibleVacancies] = []


def register_visible_vacancies(filler: VisibleVacancies) -> VisibleVacancies:
    """Fill `visible_vacancies`; one filler only."""
    _visible_vacancies[:] = [filler]
    return filler


def visible_vacancies(user: User) -> Iterable[UUID]:
    """The ids of the vacancies this user may see, best as a QuerySet of values; none until somebody above says so."""
    return _visible_vacancies[0](user) if _visible_vacancies else []
