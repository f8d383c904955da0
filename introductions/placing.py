"""Placements at the desk: noted from the board, listed, and given to the books."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import roles, staff_only, staff_user
from accounts.models import Role
from candidates.models import Candidacy, Stage
from introductions import placements
from introductions.forms import BooksForm, PlacementForm
from introductions.models import Placement
from privacy import access, ports, spreadsheets
from privacy.guards import told_on
from vacancies import guarantees

PER_PAGE = 50
FIRST_YEAR, LAST_YEAR = 1900, 2200


@require_http_methods(["GET", "POST"])
@staff_only
def placement(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Note the placement of somebody who was hired, or correct it."""
    user = staff_user(request)
    visible = Candidacy.objects.visible_to(user).select_related("candidate", "vacancy__client", "subject")
    candidacy = get_object_or_404(visible, pk=pk)
    earlier = Placement.objects.filter(candidacy=candidacy).first()
    initial = {} if earlier else {"guarantee_until": guarantees.usual(timezone.localdate())}
    form = PlacementForm(request.POST or None, instance=earlier, initial=initial)
    board = f"{reverse('candidates:board', args=[candidacy.vacancy_id])}?person={candidacy.pk}"
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            placements.note(candidacy, actor=user, **form.cleaned_data)
            messages.success(request, _("Noted. The record stays for the books; the person goes as everybody does."))
            return redirect(board)
    access.log(user, "view", [candidacy.subject_id], about_kind="placement", about_id=candidacy.pk)
    context = {
        "candidacy": candidacy,
        "person": candidacy.candidate,
        "form": form,
        "earlier": earlier,
        "is_hired": earlier is not None or candidacy.stage == Stage.HIRED,
        "back": board,
        "crumbs": [
            {"label": candidacy.vacancy.title, "url": reverse("candidates:board", args=[candidacy.vacancy_id])},
            {"label": _("Placement")},
        ],
    }
    return render(request, "introductions/placement.html", context, status=422 if form.errors else 200)


@require_safe
@staff_only
def listed(request: HttpRequest) -> HttpResponse:
    """The placements this colleague may see, of one year or all."""
    return _list(request, BooksForm())


@require_http_methods(["POST"])
@roles(Role.OFFICER, Role.ADMINISTRATOR)
def books(request: HttpRequest) -> HttpResponse:
    """The list as a file for the books, with what it is for."""
    form = BooksForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    found = _found(request).order_by("start_on", "pk")
    rows = placements.rows_for_books(list(found), reason=form.cleaned_data["reason"], actor=staff_user(request))
    return spreadsheets.download(rows, "placements.csv")


def _found(request: HttpRequest) -> "QuerySet[Placement]":
    found = Placement.objects.visible_to(staff_user(request)).select_related("client", "vacancy", "candidacy")
    year = _year(request)
    return found.filter(start_on__year=year) if year else found


def _year(request: HttpRequest) -> int | None:
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return year if FIRST_YEAR < year < LAST_YEAR else None


def _list(request: HttpRequest, form: BooksForm, status: int = 200) -> HttpResponse:
    user = staff_user(request)
    page = Paginator(_found(request), PER_PAGE).get_page(request.GET.get("page"))
    rows: list[Any] = list(page)
    names = ports.names(one.subject_id for one in rows)
    access.log(user, "list", list(names), about_kind="placements")
    years = Placement.objects.visible_to(user).dates("start_on", "year", order="DESC")
    context = {
        "page": page,
        "rows": [{"placement": one, "name": names.get(one.subject_id, "")} for one in rows],
        "years": [day.year for day in years],
        "year": _year(request),
        "query": f"year={_year(request)}" if _year(request) else "",
        "form": form,
        "may_export": user.is_officer or user.is_administrator,
        "crumbs": [{"label": _("Vacancies"), "url": reverse("vacancies:vacancies")}, {"label": _("Placements")}],
    }
    return render(request, "introductions/placements.html", context, status=status)
