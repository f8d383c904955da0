"""The page of one person, and their own facts."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import staff_only, staff_user
from candidates import boards, retention, services, threads
from candidates.forms import ContactPointForm, PersonForm
from candidates.models import Candidacy, Candidate, ContactPoint
from candidates.views import keeping, panel
from privacy import access
from privacy.guards import told_on
from privacy.retention import holding


@require_GET
@staff_only
def person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One person in every vacancy this user may see."""
    return _page(request, _get(request, pk))


@require_http_methods(["GET", "POST"])
@staff_only
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Correct a person's own facts."""
    someone = _get(request, pk)
    form = PersonForm(request.POST or None, instance=someone)
    if request.method == "POST" and form.is_valid():
        services.correct(Candidate(pk=someone.pk), actor=staff_user(request), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("candidates:person", someone.pk)
    shown = _get(request, pk)
    if request.method == "GET":
        access.log(staff_user(request), "view", [shown.subject_id], about_kind="candidate", about_id=shown.pk)
    return render(request, "candidates/edit.html", _frame(shown, form, _("Edit")), status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@staff_only
def contact_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One more way to reach a person."""
    someone = _get(request, pk)
    form = ContactPointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            services.add_contact(someone, contact=form.contact, actor=staff_user(request))
            messages.success(request, _("Added."))
            return redirect("candidates:person", someone.pk)
    frame = _frame(someone, form, _("Add a contact point"))
    return render(request, "candidates/edit.html", frame, status=422 if form.errors else 200)


@require_POST
@staff_only
def contact_wrong(request: HttpRequest, pk: UUID, point: UUID) -> HttpResponse:
    """This is not theirs, or it works no more."""
    someone = _get(request, pk)
    services.mark_wrong(
        get_object_or_404(ContactPoint.objects.standing(), pk=point, candidate=someone), actor=staff_user(request)
    )
    messages.success(request, _("Taken away. It is not used again."))
    return redirect("candidates:person", someone.pk)


def _get(request: HttpRequest, pk: UUID) -> Candidate:
    visible = Candidate.objects.visible_to(staff_user(request)).select_related("subject")
    return get_object_or_404(visible, pk=pk)


def _page(request: HttpRequest, someone: Candidate) -> HttpResponse:
    user = staff_user(request)
    access.log(user, "view", [someone.subject_id], about_kind="candidate", about_id=someone.pk)
    theirs = Candidacy.objects.visible_to(user).filter(candidate=someone)
    seen = boards.answered(theirs.select_related("candidate", "subject", "owner", "vacancy__client", "vacancy__owner"))
    running_first = sorted(seen, key=lambda candidacy: (candidacy.ended_at is not None, candidacy.created_at))
    thread = threads.of(someone, user)
    dossier = panel.dossier_of(someone, running_first, user)
    context = {
        "person": someone,
        "sections": [panel.details(request, candidacy, thread, dossier) for candidacy in running_first],
        "others": thread.of(None),
        "notes": dossier.notes_of(None)[: panel.NOTES_SHOWN],
        "kept": keeping.context_of(someone, user, dossier),
        "last_day": retention.of_person(someone),
        "holds": list(holding.of(someone.subject)),
        "may_hold": user.is_officer or user.is_administrator,
        "points": dossier.points,
        "looks": panel.looks(someone.subject_id),
        "crumbs": [{"label": _("Candidates"), "url": reverse("candidates:list")}, {"label": someone.name}],
    }
    return render(request, "candidates/person.html", context)


def _frame(someone: Candidate, form: Any, here: str) -> dict[str, Any]:
    back = reverse("candidates:person", args=[someone.pk])
    return {
        "person": someone,
        "form": form,
        "title": here,
        "back": back,
        "crumbs": [
            {"label": _("Candidates"), "url": reverse("candidates:list")},
            {"label": someone.name, "url": back},
            {"label": here},
        ],
    }
