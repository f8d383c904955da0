"""Adding somebody to a vacancy."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import staff_only, staff_user
from candidates import services
from candidates.contact import kind_of, source_type_for
from candidates.forms import PARTS, AddForm, parts_of
from candidates.models import ContactGround
from privacy.guards import told_on
from vacancies.models import Vacancy, VacancyState

GROUND = "candidates.ground"


@require_http_methods(["GET", "POST"])
@staff_only
def add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Capture a person: paste, name, save."""
    vacancy = get_object_or_404(Vacancy.objects.visible_to(staff_user(request)).select_related("client"), pk=pk)
    form = AddForm(request.POST) if request.method == "POST" else AddForm(initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        request.session[GROUND] = form.cleaned_data.get("ground", "")
        with told_on(form):
            sourced = services.source(vacancy=vacancy, actor=staff_user(request), **form.found)
            _tell(request, sourced)
            if "again" in request.POST:
                return redirect("candidates:add", vacancy.pk)
            return redirect(f"{reverse('candidates:board', args=[vacancy.pk])}?person={sourced.candidacy.pk}")
    return render(request, "candidates/add.html", _context(vacancy, form), status=422 if form.errors else 200)


@require_GET
@staff_only
def add_parts(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The parts of a typed name, for the typist to correct."""
    get_object_or_404(Vacancy.objects.visible_to(staff_user(request)), pk=pk)
    name = request.GET.get("name", "")[:200]
    form = AddForm(initial={**parts_of(name), "split_of": name})
    return render(request, "candidates/_name_parts.html", {"form": form, "open": bool(name)})


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What can be known before anything is typed: today, the ground chosen last, and what came along in the address."""
    ground = request.session.get(GROUND, "")
    initial: dict[str, Any] = {
        "found_on": timezone.localdate(),
        "ground": ground if ground in ContactGround.values else "",
        "language": "nl",
    }
    pasted = request.GET.get("paste", "")[:500].strip()
    kind = kind_of(pasted) if pasted else None
    if kind:
        initial |= {kind: pasted}
        if kind == "profile":
            initial |= {"source_type": source_type_for(pasted), "source_url": pasted}
    elif pasted:
        initial |= {"name": pasted, "split_of": pasted, **parts_of(pasted)}
    return initial


def _context(vacancy: Vacancy, form: AddForm) -> dict[str, Any]:
    board = reverse("candidates:board", args=[vacancy.pk])
    return {
        "vacancy": vacancy,
        "form": form,
        "is_open": vacancy.state == VacancyState.SOURCING,
        "parts_open": any(form[part].value() for part in PARTS) or any(form[part].errors for part in PARTS),
        "crumbs": [
            {"label": _("Vacancies"), "url": reverse("vacancies:vacancies")},
            {"label": vacancy.title, "url": board},
            {"label": _("Add a person")},
        ],
    }


def _tell(request: HttpRequest, sourced: services.Sourced) -> None:
    name = sourced.candidacy.candidate.name
    if sourced.person_is_new:
        messages.success(request, _("%(name)s is added.") % {"name": name})
    elif sourced.candidacy_is_new:
        messages.success(request, _("%(name)s is here already and is added to this vacancy.") % {"name": name})
    else:
        messages.info(
            request, _("%(name)s is in this vacancy already; where you found them is noted.") % {"name": name}
        )
    for warning in sourced.warnings:
        messages.warning(request, str(warning))
