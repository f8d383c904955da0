"""The list of vacancies, their intake, and the steps from draft to closed procedure."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import staff_only, staff_user, way_back
from accounts.models import Organisation, User
from privacy import access
from privacy.guards import told_on
from vacancies import guarantees, ports, services
from vacancies.forms import IntakeForm, ReserveForm, VacancyForm
from vacancies.models import Client, Vacancy, VacancyState

PER_PAGE = 50
SORTS = {
    "title": ("title", "pk"),
    "-title": ("-title", "pk"),
    "client": ("client__name", "title", "pk"),
    "-client": ("-client__name", "title", "pk"),
    "owner": ("owner__name", "title", "pk"),
    "-owner": ("-owner__name", "title", "pk"),
    "since": (F("opened_at").asc(nulls_last=True), "pk"),
    "-since": (F("opened_at").desc(nulls_last=True), "-created_at", "pk"),
}
DEFAULT_SORT = "-since"
# Drafts and running searches are what a desk works on; the rest is a filter away.
ACTIVE = "active"


@require_GET
@staff_only
def vacancies(request: HttpRequest) -> HttpResponse:
    """The vacancies this user may open, filtered by state and owner, sorted by facts."""
    user = staff_user(request)
    mine = Vacancy.objects.visible_to(user)
    state, owner, sort = _asked(request)
    found = mine.select_related("client", "owner", "team").order_by(*SORTS[sort])
    if state == ACTIVE:
        found = found.filter(state__in=(VacancyState.DRAFT, VacancyState.SOURCING))
    elif state:
        found = found.filter(state=state)
    if owner:
        found = found.filter(owner=owner)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    people = ports.people(vacancy.pk for vacancy in page)
    filters = {"state": state, "owner": str(owner or "")}
    context = {
        "page_obj": page,
        "rows": [(vacancy, people[vacancy.pk]) for vacancy in page],
        "state": state,
        "states": [(ACTIVE, _("Draft and sourcing")), ("", _("All")), *VacancyState.choices],
        "owner": str(owner or ""),
        "owners": User.objects.filter(pk__in=mine.values("owner")).order_by("name"),
        "sort": sort,
        "columns": [
            _column(filters, sort, name, label)
            for name, label in (("title", _("Vacancy")), ("client", _("Client")), ("owner", _("Owner")))
        ],
        "since": _column(filters, sort, "since", _("Sourcing since")),
        "query": urlencode({**filters, "sort": sort}),
        "has_any": page.paginator.count > 0 or mine.exists(),
    }
    return render(request, "vacancies/vacancies.html", context)


def _asked(request: HttpRequest) -> tuple[str, UUID | None, str]:
    state = request.GET.get("state", ACTIVE)
    if state not in (ACTIVE, "", *VacancyState.values):
        state = ACTIVE
    try:
        owner = UUID(request.GET["owner"])
    except (KeyError, ValueError):
        owner = None
    sort = request.GET.get("sort", DEFAULT_SORT)
    return state, owner, sort if sort in SORTS else DEFAULT_SORT


def _column(filters: dict[str, str], sort: str, name: str, label: str) -> dict[str, str]:
    now = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    other = f"-{name}" if now == "ascending" else name
    return {"name": name, "label": label, "aria": now, "url": f"?{urlencode({**filters, 'sort': other})}"}


@require_http_methods(["GET", "POST"])
@staff_only
def vacancy_new(request: HttpRequest) -> HttpResponse:
    """Begin a draft, then go on to its intake."""
    user = staff_user(request)
    form = VacancyForm(request.POST or None, actor=user, initial={"client": _client_of(request)})
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            made = services.create_vacancy(actor=user, **form.cleaned_data)
            return redirect("vacancies:intake", made.pk)
    context = {
        "form": form,
        "has_clients": Client.objects.exists(),
        "crumbs": [{"label": _("Vacancies"), "url": reverse("vacancies:vacancies")}, {"label": _("New vacancy")}],
    }
    return render(request, "vacancies/vacancy_new.html", context, status=422 if form.errors else 200)


def _client_of(request: HttpRequest) -> Client | None:
    try:
        return Client.objects.filter(pk=request.GET["client"]).first()
    except (KeyError, ValidationError):
        return None


# Intake


@require_http_methods(["GET", "POST"])
@staff_only
def intake(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything the vacancy needs; saved however far it is."""
    vacancy = _get(request, pk)
    if vacancy.state not in services.EDITABLE:
        return _closed_page(request, vacancy)
    form = IntakeForm(request.POST or None, instance=vacancy)
    if request.method == "POST" and _save(request, form):
        messages.success(request, _("Saved."))
        here = urlencode({"next": reverse("vacancies:intake", args=[pk])})
        match request.POST.get("then"):
            case "agreement":
                client = form.cleaned_data["client"].pk
                role = urlencode({"role": form.cleaned_data["role"]})
                return redirect(f"{reverse('vacancies:agreement-new', args=[client])}?{role}&{here}")
            case "assessment":
                return redirect(f"{reverse('privacy:governance:assessment-new')}?{here}")
        return _after_save(request, pk, "vacancies:intake")
    return _intake_page(request, form, vacancy)


@require_POST
@staff_only
def intake_check(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Which conditions would still lack if what is typed were saved; changes nothing."""
    vacancy = _get(request, pk)
    typed = IntakeForm(request.POST, instance=vacancy).as_typed()
    return render(request, "vacancies/_conditions.html", _readiness(typed))


@require_POST
@staff_only
def vacancy_open(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Save what came along with the button, then open; per condition it is said what lacks."""
    vacancy = _get(request, pk)
    form = IntakeForm(request.POST if "title" in request.POST else None, instance=vacancy)
    if form.is_bound and not _save(request, form):
        return _intake_page(request, form, vacancy)
    try:
        services.open_vacancy(vacancy, actor=staff_user(request))
    except services.NotReady as not_ready:
        vacancy = _get(request, pk)
        if form.is_bound:
            for field, sentence in not_ready.fields.items():
                form.add_error(field, str(sentence))
        return _intake_page(request, form, vacancy, refusal=not_ready)
    messages.success(request, _("Open for sourcing."))
    return _after_save(request, pk, "candidates:board")


def _save(request: HttpRequest, form: IntakeForm) -> bool:
    """True when the form was valid and is saved; else its errors say why not."""
    if not form.is_valid():
        return False
    with told_on(form):
        services.save_intake(
            form.instance, actor=staff_user(request), assessment=form.newly_confirmed, **form.vacancy_fields
        )
    return not form.errors


def _after_save(request: HttpRequest, pk: UUID, view: str) -> HttpResponse:
    if Vacancy.objects.visible_to(staff_user(request)).filter(pk=pk).exists():
        return redirect(view, pk)
    messages.info(request, _("The vacancy has another owner now."))
    return redirect("vacancies:vacancies")


def _readiness(vacancy: Vacancy) -> dict[str, Any]:
    found = [_in_place(condition) for condition in services.conditions(vacancy)]
    return {
        "vacancy": vacancy,
        "conditions": found,
        "lacking": [condition for condition in found if not condition.is_met],
        "is_draft": vacancy.state == VacancyState.DRAFT,
    }


def _in_place(condition: services.Condition) -> services.Condition:
    """On the intake itself no link leaves the page, for that would lose what is typed; buttons there save first."""
    if not condition.url:
        return condition
    field = condition.url.partition("#")[2] or f"add-{condition.code}"
    return replace(condition, url=f"#{field}")


def _intake_page(
    request: HttpRequest, form: IntakeForm, vacancy: Vacancy, refusal: services.NotReady | None = None
) -> HttpResponse:
    # A refused form keeps what was typed, so the conditions are judged on that too.
    shown = form.as_typed() if form.is_bound and form.errors else vacancy
    context = {
        **_readiness(shown),
        "form": form,
        "refusal": refusal,
        **_frame(vacancy, _("Intake")),
    }
    return render(request, "vacancies/intake.html", context, status=422 if form.errors or refusal else 200)


def _frame(vacancy: Vacancy, here: str) -> dict[str, Any]:
    return {
        "vacancy": vacancy,
        "crumbs": [
            {"label": _("Vacancies"), "url": reverse("vacancies:vacancies")},
            {
                "label": vacancy.title,
                "url": reverse(
                    "vacancies:intake" if vacancy.state == VacancyState.DRAFT else "candidates:board", args=[vacancy.pk]
                ),
            },
            {"label": here},
        ],
    }


def _closed_page(request: HttpRequest, vacancy: Vacancy) -> HttpResponse:
    """A closed vacancy can be read, reopened, or ended for good."""
    if request.method == "POST":
        messages.error(request, _("A closed vacancy does not change any more. Reopen it first."))
        return redirect("vacancies:intake", vacancy.pk)
    context = {**_frame(vacancy, _("Intake")), "placed": ports.placed([vacancy.pk])[vacancy.pk]}
    return render(request, "vacancies/closed.html", context)


# The steps after opening


@require_http_methods(["GET", "POST"])
@staff_only
def vacancy_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say who is affected, then stop sourcing."""
    vacancy = _get(request, pk)
    if request.method == "POST":
        services.close_vacancy(vacancy, actor=staff_user(request))
        undo = reverse("vacancies:reopen", args=[pk])
        messages.success(request, _("Closed: nobody new can be added."), extra_tags=undo)
        return redirect("vacancies:intake", pk)
    if vacancy.state != VacancyState.SOURCING:
        return redirect("vacancies:intake", pk)
    return _preview(request, vacancy, "vacancies/close.html", _("Close"))


@require_http_methods(["GET", "POST"])
@staff_only
def procedure_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say who is erased when, offer to ask them whether they may be kept, then end the procedure."""
    vacancy = _get(request, pk)
    looks = request.method == "POST" and "look" in request.POST
    if vacancy.state != VacancyState.CLOSED and (looks or request.method == "GET"):
        return redirect("vacancies:intake", pk)
    user = staff_user(request)
    leavers = ports.leavers(vacancy, user)
    keep, reserve = set(request.POST.getlist("keep")), set(request.POST.getlist("reserve"))
    asking = ports.Asking(
        keep=frozenset(one.pk for one in leavers if str(one.pk) in keep and not one.hindrance),
        reserve=frozenset(one.pk for one in leavers if str(one.pk) in reserve and not one.no_reserve),
    )
    form = ReserveForm(
        request.POST if asking.reserve else None,
        initial={"until": guarantees.proposed_for(vacancy.pk, timezone.localdate())},
    )
    if form.is_valid():
        asking = replace(asking, until=form.cleaned_data["until"])
    if request.method == "POST" and not looks and not form.errors:
        services.close_procedure(vacancy, actor=user, keep=asking.keep, reserve=asking.reserve, until=asking.until)
        messages.success(request, _closed_as(asking))
        return redirect("vacancies:intake", pk)
    access.log(user, "list", [one.subject_id for one in leavers], about_kind="leavers")
    return _preview(
        request,
        vacancy,
        "vacancies/close_procedure.html",
        _("Close the procedure"),
        status=422 if form.errors else 200,
        leavers=[(one, one.pk in asking.keep, one.pk in asking.reserve) for one in leavers],
        may_keep=any(not one.hindrance for one in leavers),
        may_reserve=any(not one.no_reserve for one in leavers),
        form=form,
        questions=ports.questions(vacancy, asking, user) if looks else [],
        looked_for_nothing=looks and not (asking.keep or asking.reserve),
    )


def _closed_as(asking: ports.Asking) -> str:
    """What closing did, and whom it asked what."""
    said = [_("The procedure is closed. From now on the retention period runs.")]
    if kept := len(asking.keep):
        words = ngettext(
            "%(n)s person is asked whether we may keep their data.",
            "%(n)s people are asked whether we may keep their data.",
            kept,
        )
        said.append(words % {"n": kept})
    if staying := len(asking.reserve):
        words = ngettext(
            "%(n)s person is asked whether they stay as runner-up.",
            "%(n)s people are asked whether they stay as runner-up.",
            staying,
        )
        said.append(words % {"n": staying})
    return " ".join(said)


@require_POST
@staff_only
def vacancy_reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Closed to sourcing again."""
    services.reopen_vacancy(_get(request, pk), actor=staff_user(request))
    messages.success(request, _("Open for sourcing again."))
    return redirect("vacancies:intake", pk)


@require_POST
@staff_only
def vacancy_review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Note that somebody looked and the search goes on."""
    services.mark_reviewed(_get(request, pk), actor=staff_user(request))
    messages.success(request, _("Noted: this search is still needed."))
    return redirect(way_back(request, reverse("vacancies:intake", args=[pk])))


def _preview(
    request: HttpRequest, vacancy: Vacancy, template: str, here: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    days = Organisation.current().retention_days
    context = {
        "people": ports.people([vacancy.pk])[vacancy.pk],
        "retention_days": days,
        "erased_from": timezone.localdate() + timedelta(days=days),
        "pool_months": Organisation.current().pool_months,
        **more,
        **_frame(vacancy, here),
    }
    return render(request, template, context, status=status)


def _get(request: HttpRequest, pk: UUID) -> Vacancy:
    mine = Vacancy.objects.visible_to(staff_user(request))
    related = mine.select_related("client", "owner", "team", "agreement", "assessment_link__assessment")
    return get_object_or_404(related, pk=pk)
