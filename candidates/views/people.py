"""The list of people, and the page of one of them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import staff_only, staff_user
from accounts.models import User
from candidates import boards, retention, services, threads
from candidates.forms import ContactPointForm, PersonForm
from candidates.models import Candidacy, Candidate, ContactPoint, Stage
from candidates.names import fold
from candidates.views import keeping, panel
from consent.models import ConsentRequest
from privacy import access
from privacy.guards import told_on
from privacy.retention import holding
from vacancies.models import Vacancy

PER_PAGE = 50
POOL = "pool"
BASES = [(POOL, gettext_lazy("Agreed to be kept"))]


@require_GET
@staff_only
def people(request: HttpRequest) -> HttpResponse:
    """Everybody this user may see, from A to Z, filtered by words, vacancy and stage."""
    user = staff_user(request)
    filters = _asked(request)
    page = Paginator(_found(user, filters), PER_PAGE).get_page(request.GET.get("page"))
    access.log(user, "list", [person.subject_id for person in page], about_kind="candidates")
    context = {
        "page_obj": page,
        "filters": filters,
        "vacancies": Vacancy.objects.visible_to(user).order_by("title"),
        "stages": Stage.choices,
        "bases": BASES,
        "query": "&".join(part for part in request.GET.urlencode().split("&") if part and not part.startswith("page=")),
        "is_filtered": any(filters.values()),
    }
    return render(request, "candidates/people.html", context)


def _asked(request: HttpRequest) -> dict[str, Any]:
    try:
        vacancy = UUID(request.GET.get("vacancy", ""))
    except ValueError:
        vacancy = None
    stage = request.GET.get("stage", "")
    return {
        "q": request.GET.get("q", "").strip()[:100],
        "vacancy": vacancy,
        "stage": stage if stage in Stage.values else "",
        "basis": request.GET.get("basis", "") if request.GET.get("basis", "") in dict(BASES) else "",
    }


def _found(user: User, filters: dict[str, Any]) -> "QuerySet[Candidate]":
    visible = Candidacy.objects.visible_to(user).select_related("vacancy__client")
    found = Candidate.objects.visible_to(user)
    if filters["basis"] == POOL:
        found = found.filter(subject__in=ConsentRequest.objects.keeping().values("subject"))
    for word in fold(filters["q"]).split():
        found = found.filter(Q(sort_key__contains=word) | Q(employer__icontains=word) | Q(job_title__icontains=word))
    if filters["vacancy"] or filters["stage"]:
        within = visible.filter(candidate=OuterRef("pk"))
        if filters["vacancy"]:
            within = within.filter(vacancy=filters["vacancy"])
        if filters["stage"]:
            within = within.filter(stage=filters["stage"], ended_at=None)
        found = found.filter(Exists(within))
    shown = Prefetch("candidacies", queryset=visible.order_by("created_at"), to_attr="seen_in")
    return found.kept().order_by("sort_key", "pk").prefetch_related(shown)


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
    seen = boards.with_answers(Candidacy.objects.visible_to(user).filter(candidate=someone)).select_related(
        "candidate", "subject", "owner", "vacancy__client", "vacancy__owner"
    )
    running_first = sorted(seen, key=lambda candidacy: (candidacy.ended_at is not None, candidacy.created_at))
    thread = threads.of(someone, user)
    context = {
        "person": someone,
        "sections": [panel.details(request, candidacy, thread) for candidacy in running_first],
        "others": thread.of(None),
        "notes": panel.notes_of(someone, user),
        "kept": keeping.context_of(someone, user),
        "last_day": retention.of_person(someone),
        "holds": list(holding.of(someone.subject)),
        "may_hold": user.is_officer or user.is_administrator,
        "points": list(someone.contact_points.standing().select_related("added_by")),
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
