"""What the clock that erases will do and did, and the holds that keep somebody longer."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import roles, staff_user
from accounts.models import Role, User
from privacy import access, clocks, ports
from privacy.guards import Refused, told_on
from privacy.models import LegalHold, RetentionRun, Subject
from privacy.ports import Clock
from privacy.retention import forecasting, holding, sweeping
from privacy.retention.forms import HoldForm

OFFICERS = (Role.OFFICER, Role.ADMINISTRATOR)
PER_PAGE = 50
RUNS_SHOWN = 14

CAUSES = {
    "waiting": gettext_lazy("a message to them, such as a receipt, has to leave first"),
    "asking": gettext_lazy("they asked something about their data that is not answered yet"),
    "restricted": gettext_lazy("their data may only be kept for now"),
    "hold": gettext_lazy("a legal hold keeps them"),
}


@require_GET
@roles(*OFFICERS)
def page(request: HttpRequest) -> HttpResponse:
    """How many people go, when and why; who is next, by name where this user may see them; and the last nights."""
    user = staff_user(request)
    listed: Page[Clock] = Paginator(ports.clock_list(kinds=("erase",)), PER_PAGE).get_page(request.GET.get("page"))
    rows = _people(user, list(listed))
    access.log(user, "list", [row["clock"].subject_id for row in rows if row["name"]], about_kind="retention")
    forecast = forecasting.forecast()
    context = {
        "forecast": forecast,
        "left_alone": [(CAUSES.get(cause, cause), number) for cause, number in forecast.left_alone.items()],
        "page": listed,
        "rows": rows,
        "runs": RetentionRun.objects.all()[:RUNS_SHOWN],
        "silent_since": sweeping.silent_since(timezone.now()),
        "unfinished": sweeping.unfinished(),
        "crumbs": _crumbs(_("Retention")),
    }
    return render(request, "privacy/retention/page.html", context)


@require_GET
@roles(*OFFICERS)
def holds(request: HttpRequest) -> HttpResponse:
    """Every hold: those that wait for a second person, those that stand, and those that are over."""
    listed = Paginator(
        LegalHold.objects.select_related("asked_by", "approved_by").order_by("-asked_at"), PER_PAGE
    ).get_page(request.GET.get("page"))
    context = {"page": listed, "rows": _hold_rows(request, list(listed)), "crumbs": _crumbs(_("Legal holds"))}
    return render(request, "privacy/retention/holds.html", context)


@require_http_methods(["GET", "POST"])
@roles(*OFFICERS)
def hold_new(request: HttpRequest, subject: UUID | None = None, vacancy: UUID | None = None) -> HttpResponse:
    """Ask for a hold on one person, or on everybody in a vacancy."""
    user = staff_user(request)
    person, name = _about(subject, vacancy)
    form = HoldForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            made = holding.ask(subject=person, vacancy=vacancy, actor=user, **form.cleaned_data)
            messages.success(request, _("Asked. It holds from now on, and needs a second person within seven days."))
            return redirect("privacy:retention:hold", made.pk)
    context = {
        "form": form,
        "name": name,
        "is_vacancy": vacancy is not None,
        "crumbs": _crumbs(_("Legal holds"), _("New")),
    }
    return render(request, "privacy/retention/hold_new.html", context, status=422 if form.errors else 200)


@require_GET
@roles(*OFFICERS)
def hold(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One hold: whom it keeps, why, until when, and who agreed."""
    return _page(request, _get(pk))


@require_POST
@roles(*OFFICERS)
def hold_approve(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The second person agrees."""
    found = _get(pk)
    try:
        holding.approve(found, actor=staff_user(request))
    except Refused as refusal:
        return _page(request, found, refusal=str(refusal))
    messages.success(request, _("Approved. It ends by itself after its last day."))
    return redirect("privacy:retention:hold", pk)


@require_POST
@roles(*OFFICERS)
def hold_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a hold early, or turn it down."""
    holding.end(_get(pk), actor=staff_user(request))
    messages.success(request, _("Ended. From now on the clocks decide again."))
    return redirect("privacy:retention:hold", pk)


def _get(pk: UUID) -> LegalHold:
    return get_object_or_404(LegalHold.objects.select_related("asked_by", "approved_by", "ended_by"), pk=pk)


def _about(subject: UUID | None, vacancy: UUID | None) -> tuple[Subject | None, str]:
    """The person a hold is asked for, and the name of them or of the vacancy; 404 for who is erased or not there."""
    if vacancy is not None:
        name = ports.retention().vacancy_names({vacancy}).get(vacancy)
        if name is None:
            raise Http404
        return None, name
    person = get_object_or_404(Subject, pk=subject, erased_at=None)
    return person, ports.names([person.pk]).get(person.pk, "")


def _page(request: HttpRequest, found: LegalHold, *, refusal: str = "") -> HttpResponse:
    user = staff_user(request)
    rows = _hold_rows(request, [found])
    context = {
        **rows[0],
        "may_approve": found.state == "waiting" and found.asked_by_id != user.pk,
        "refusal": refusal,
        "crumbs": _crumbs(_("Legal holds"), _("Hold")),
    }
    return render(request, "privacy/retention/hold.html", context, status=409 if refusal else 200)


def _hold_rows(request: HttpRequest, shown: list[LegalHold]) -> list[dict[str, Any]]:
    """Each hold with the people it keeps, by name, and its vacancy; a handful of queries for all of them."""
    people = holding.people_in(shown)
    everybody = {pk for theirs in people.values() for pk in theirs}
    names = ports.names(everybody)
    vacancies = ports.retention().vacancy_names({one.vacancy_ref for one in shown if one.vacancy_ref})
    access.log(staff_user(request), "list", list(names), about_kind="legal_hold")
    return [
        {
            "hold": one,
            "names": sorted(names[pk] for pk in people[one.pk] if pk in names),
            "number": len(people[one.pk]),
            "vacancy": vacancies.get(one.vacancy_ref, "") if one.vacancy_ref else "",
        }
        for one in shown
    ]


def _people(user: User, shown: list[Clock]) -> list[dict[str, Any]]:
    names = ports.names({clock.subject_id for clock in shown if clock.subject_id})
    places = ports.places(user, shown)
    whys = ports.whys(shown)
    today = timezone.localdate()
    rows = []
    for clock in shown:
        place = places.get((clock.kind, clock.object_id))
        name = names.get(clock.subject_id, "") if clock.subject_id and place else ""
        rows.append(
            {
                "clock": clock,
                "name": name,
                "url": place.url if place else "",
                "why": whys.get((clock.kind, clock.object_id), ""),
                "tone": clocks.tone(clock, today),
            }
        )
    return rows


def _crumbs(*here: str) -> list[dict[str, str]]:
    trail = [{"url": reverse("privacy:desk"), "label": _("Privacy")}]
    if len(here) > 1:
        trail.append({"url": reverse("privacy:retention:holds"), "label": here[0]})
    return [*trail, {"label": here[-1]}]
