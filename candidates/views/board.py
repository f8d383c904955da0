"""The board of a vacancy, and its pulse."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.access import staff_only, staff_user
from accounts.models import User
from candidates import boards
from candidates.views import panel, rounds
from candidates.views.drawing import board_context, board_fragment, note_shown, stamped_or_404
from mailing import health
from mailing.replies import addresses
from vacancies.models import Vacancy, VacancyState

STATE_LABELS = {
    "interest": gettext_lazy("Legitimate interest"),
    "asked": gettext_lazy("Consent asked"),
    "talk": gettext_lazy("Talk first"),
    "pending": gettext_lazy("Yes, to be confirmed"),
    "given": gettext_lazy("Consent given"),
}


@require_GET
@staff_only
def board(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A vacancy's people by stage; `?person=` opens one of them beside it."""
    user = staff_user(request)
    vacancy = stamped_or_404(user, pk)
    filters = boards.Filters.read(request.GET)
    context = board_context(vacancy, user, filters)
    note_shown(user, vacancy, context["board"])
    context |= {
        "filters": filters,
        "states": [(code, STATE_LABELS[code]) for code in boards.STATES],
        "owners": owners(vacancy),
        "health": health.of_vacancy(vacancy.pk),
        "mail_address": addresses.of_vacancy(vacancy.pk),
        "may_add": vacancy.state == VacancyState.SOURCING,
        "crumbs": [{"label": _("Vacancies"), "url": reverse("vacancies:vacancies")}, {"label": vacancy.title}],
        **rounds.strip_context(vacancy),
        **panel.asked_for(request, vacancy),
    }
    return render(request, "candidates/board.html", context)


@require_GET
@staff_only
def pulse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """204 while nothing changed since the board with the stamp `seen` was drawn; else the board again."""
    user = staff_user(request)
    vacancy = stamped_or_404(user, pk)
    if request.GET.get("seen") == boards.stamp(vacancy):
        return HttpResponse(status=204)
    return HttpResponse(board_fragment(request, vacancy, user, oob=True))


def owners(vacancy: Vacancy) -> list[User]:
    """Recruiters with people on this board, for the filter."""
    return list(User.objects.filter(pk__in=vacancy.candidacies.order_by().values("owner")).order_by("name"))
