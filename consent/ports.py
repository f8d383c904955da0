"""What this floor needs from the floors above; filled in their `AppConfig.ready`."""

from collections.abc import Callable
from typing import Any

from consent.models import ConsentRequest
from privacy.models import Link
from vacancies.models import Vacancy

_own_interest: list[Callable[..., Any]] = []
_applications: list[Callable[..., Any]] = []


def register_own_interest(filler: Callable[..., Any]) -> Callable[..., Any]:
    """Fill `own_interest`; one filler only."""
    _own_interest[:] = [filler]
    return filler


def own_interest(*, request: ConsentRequest, link: Link, details: dict[str, str], language: str) -> ConsentRequest:
    """Start a new candidacy from a person's own details after an expired link, and return the new open request."""
    if not _own_interest:
        raise LookupError("Nobody fills consent.ports.own_interest.")
    result: ConsentRequest = _own_interest[0](request=request, link=link, details=details, language=language)
    return result


def register_application(filler: Callable[..., Any]) -> Callable[..., Any]:
    """Fill `application`; one filler only."""
    _applications[:] = [filler]
    return filler


def application(*, request: ConsentRequest, link: Link, vacancy: Vacancy, language: str) -> ConsentRequest:
    """Start a candidacy of somebody who wrote of their own accord and chose this vacancy; the question about it."""
    if not _applications:
        raise LookupError("Nobody fills consent.ports.application.")
    result: ConsentRequest = _applications[0](request=request, link=link, vacancy=vacancy, language=language)
    return result


def is_filled() -> bool:
    return bool(_own_interest) and bool(_applications)
