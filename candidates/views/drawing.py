"""Drawing a board: as part of its page, for its pulse, and after a move."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import User
from candidates import boards
from privacy import access
from privacy.models import AccessEntry
from vacancies.models import Vacancy

# Within this time the same people on the same board are one look, however often the board is drawn anew.
ONE_LOOK = timedelta(minutes=10)


def stamped_or_404(user: User, pk: UUID) -> Vacancy:
    """The vacancy with what its stamp is made of: read before the board, so that a change in between is not missed."""
    visible = boards.stamped(Vacancy.objects.visible_to(user)).select_related("client", "owner")
    return get_object_or_404(visible, pk=pk)


def board_context(vacancy: Vacancy, user: User, filters: boards.Filters) -> dict[str, Any]:
    """What the fragment of the board shows."""
    return {
        "vacancy": vacancy,
        "board": boards.of_vacancy(vacancy, user, filters),
        "query": filters.query(),
        "more_query": filters.query(shown=filters.shown + boards.PER_COLUMN),
        "stamp": boards.stamp(vacancy),
    }


def board_fragment(request: HttpRequest, vacancy: Vacancy, user: User, *, oob: bool = False) -> str:
    """The board alone, to take the place of the one on the page."""
    context = board_context(vacancy, user, boards.Filters.read(request.GET))
    note_shown(user, vacancy, context["board"])
    return render_to_string("candidates/_board.html", {**context, "oob": oob}, request)


def note_shown(user: User, vacancy: Vacancy, shown: boards.Board) -> None:
    """One row in the access log for one look at a board."""
    subjects = list(dict.fromkeys(shown.subjects))
    seen = AccessEntry.objects.filter(
        actor=user, about_id=vacancy.pk, at__gte=timezone.now() - ONE_LOOK, subjects__contains=subjects
    )
    if subjects and not seen.exists():
        access.log(user, "list", subjects, about_kind="vacancy", about_id=vacancy.pk)
