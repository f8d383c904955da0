"""The register of breaches: everybody here reports, officers decide."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import roles, staff_only, staff_user
from accounts.models import Role
from privacy import deadlines
from privacy.breaches import services
from privacy.breaches.forms import DecideForm, NotifiedForm, ReportForm
from privacy.guards import told_on
from privacy.models import Breach

OFFICERS = (Role.OFFICER, Role.ADMINISTRATOR)
PER_PAGE = 50


@require_GET
@roles(*OFFICERS)
def breaches(request: HttpRequest) -> HttpResponse:
    """Every breach, the newest first, also those of which nobody was told (GDPR art. 33(5))."""
    rows = Breach.objects.select_related("reported_by")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "privacy/breaches/breaches.html", {"page": page, "crumbs": _crumbs(_("Breaches"))})


@require_http_methods(["GET", "POST"])
@staff_only
def new(request: HttpRequest) -> HttpResponse:
    """Report a breach: whoever works here, in one page."""
    user = staff_user(request)
    is_sent = request.method == "POST"
    form = ReportForm(request.POST if is_sent else None, initial={"aware_at": timezone.localtime()})
    if is_sent and form.is_valid():
        with told_on(form):
            made = services.report(actor=user, **form.cleaned_data)
            messages.success(request, _("Reported. The privacy officers have been told, and the 72 hours run."))
            if user.role in OFFICERS:
                return redirect("privacy:breaches:breach", made.pk)
            return redirect("privacy:desk")
    context = {"form": form, "crumbs": _crumbs(_("Report a breach"))}
    return render(request, "privacy/breaches/new.html", context, status=422 if form.errors else 200)


@require_GET
@roles(*OFFICERS)
def breach(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One breach: what happened, how long there is, what was decided and done."""
    return _page(request, _get(pk))


@require_POST
@roles(*OFFICERS)
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Decide whether the authority hears of it."""
    found = _get(pk)
    form = DecideForm(request.POST)
    if form.is_valid():
        with told_on(form):
            services.decide(found, actor=staff_user(request), **form.cleaned_data)
            messages.success(request, _("Decided, with the reason in the register."))
            return redirect("privacy:breaches:breach", pk)
    return _page(request, found, decide=form)


@require_POST
@roles(*OFFICERS)
def notified(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Note that the authority was told through its own form."""
    found = _get(pk)
    form = NotifiedForm(request.POST, breach=found)
    if form.is_valid():
        with told_on(form):
            services.notified(found, actor=staff_user(request), **form.cleaned_data)
            messages.success(request, _("Noted. The clock of this breach has stopped."))
            return redirect("privacy:breaches:breach", pk)
    return _page(request, found, notified=form)


def _get(pk: UUID) -> Breach:
    return get_object_or_404(Breach.objects.select_related("reported_by", "decided_by"), pk=pk)


def _page(request: HttpRequest, found: Breach, **forms: Any) -> HttpResponse:
    context = {
        "breach": found,
        "why": deadlines.why_breach(found.aware_at),
        "due": deadlines.breach_due(found.aware_at),
        "is_late": found.is_open and timezone.now() > deadlines.breach_due(found.aware_at),
        "decide": forms.get("decide") or DecideForm(initial={"notify": found.notify, "reason": found.reason}),
        "notified": forms.get("notified") or NotifiedForm(breach=found, initial={"at": timezone.localtime()}),
        "crumbs": _crumbs(_("Breaches"), _("Breach")),
    }
    failed = any(form.errors for form in forms.values())
    return render(request, "privacy/breaches/breach.html", context, status=422 if failed else 200)


def _crumbs(*here: str) -> list[dict[str, str]]:
    trail = [{"url": reverse("privacy:desk"), "label": _("Privacy")}]
    if len(here) > 1:
        trail.append({"url": reverse("privacy:breaches:breaches"), "label": here[0]})
    return [*trail, {"label": here[-1]}]
