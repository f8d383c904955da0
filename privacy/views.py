"""The public policy and request form, and the officer's desk with every clock in one queue."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts.access import roles, staff_only, staff_user
from accounts.models import Organisation, Role, User
from privacy import access, clocks, deadlines, ledger, ports, services
from privacy.forms import AnswerForm, LogRequestForm, PublicRequestForm
from privacy.guards import told_on
from privacy.models import DataRequest, LegitimateInterestAssessment
from privacy.models.requests import RequestChannel
from privacy.ports import Clock

OFFICERS = (Role.OFFICER, Role.ADMINISTRATOR)
PER_PAGE = 50
REQUESTS_PER_HOUR = 200  # of the whole public form: a campaign gets through, a flood does not
REQUESTS_PER_ADDRESS = 5  # an hour, so that nobody's mailbox is filled with our receipts


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """The public privacy policy."""
    return render(request, "privacy/policy.html", {"organisation": Organisation.current()})


@require_http_methods(["GET", "HEAD", "POST"])
def public_request(request: HttpRequest) -> HttpResponse:
    """Ask to see, correct, erase, limit or take along, or object; by anybody, without an account (GDPR art. 12(2))."""
    form = PublicRequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if _asked_often(form.cleaned_data["contact"]):
            form.add_error("contact", _("We have several requests from this address already, and answer each."))
        elif _flooded():
            form.add_error(None, _("Too many requests come in now. Please write to us, or try again in an hour."))
        else:
            taken = services.take_in(channel=RequestChannel.FORM, language=_language(), **form.cleaned_data)
            context = {"organisation": Organisation.current(), "taken": taken, "why": deadlines.why(taken.received_at)}
            return render(request, "privacy/request_received.html", context)
    status = 422 if form.errors else 200
    context = {"organisation": Organisation.current(), "form": form}
    return render(request, "privacy/request.html", context, status=status)


@require_GET
@staff_only
def desk(request: HttpRequest) -> HttpResponse:
    """Every clock, soonest first. Recruiters see the assessments; requests and people's clocks are the officer's."""
    user = staff_user(request)
    officer = user.role in OFFICERS
    context: dict[str, Any] = {
        "officer": officer,
        "assessments": LegitimateInterestAssessment.objects.expiring(),
    }
    if officer:
        page = Paginator(ports.clock_query(), PER_PAGE).get_page(request.GET.get("page"))
        context |= {
            "page": page,
            "rows": _clock_rows(user, [Clock(*row) for row in page]),
            "problems": ledger.verify() if request.GET.get("verify") else None,
        }
        people = [row["clock"].subject_id for row in context["rows"] if row["name"] and row["clock"].subject_id]
        access.log(user, "list", people, about_kind="privacy_desk")
    return render(request, "privacy/desk.html", context)


def _clock_rows(user: User, shown: list[Clock]) -> list[dict[str, Any]]:
    today = timezone.localdate()
    names = ports.names({clock.subject_id for clock in shown if clock.subject_id})
    places = ports.places(user, shown)
    rows = []
    for clock in shown:
        place = places.get((clock.kind, clock.object_id))
        name = names.get(clock.subject_id, "") if clock.subject_id else ""
        rows.append(
            {
                "clock": clock,
                "name": name or (place.label if place else ""),
                "url": place.url if place else "",
                "word": clocks.word(clock),
                "tone": clocks.tone(clock, today),
            }
        )
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
@roles(*OFFICERS)
def request_log(request: HttpRequest) -> HttpResponse:
    """Note a request that came by phone, letter or mail."""
    user = staff_user(request)
    form = LogRequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            # The officer had it from the person, so whose address this is is who objects.
            person = services.owner_of(form.cleaned_data["contact"])
            taken = services.take_in(subject=person, look_up=False, actor=user, **form.cleaned_data)
            messages.success(request, _("Noted. The date by which it must be answered stands on top."))
            return redirect("privacy:data-request", taken.pk)
    context = {"form": form, "crumbs": _crumbs(_("Note a request"))}
    return render(request, "privacy/request_log.html", context, status=422 if form.errors else 200)


@require_GET
@roles(*OFFICERS)
def data_request(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One request: what was asked, until when, and what was done."""
    return _request_page(request, get_object_or_404(DataRequest.objects.select_related("subject"), pk=pk), AnswerForm())


@require_POST
@roles(*OFFICERS)
def request_answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Close a request with what was done about it."""
    asked = get_object_or_404(DataRequest.objects.select_related("subject"), pk=pk)
    form = AnswerForm(request.POST)
    if form.is_valid():
        with told_on(form):
            services.answer_request(asked, outcome=form.cleaned_data["outcome"], actor=staff_user(request))
            messages.success(request, _("Answered. The clock of this request has stopped."))
            return redirect("privacy:data-request", pk)
    return _request_page(request, asked, form)


def _request_page(request: HttpRequest, asked: DataRequest, form: AnswerForm) -> HttpResponse:
    user = staff_user(request)
    names = ports.names([asked.subject_id]) if asked.subject_id else {}
    access.log(user, "view", list(names), about_kind="data_request", about_id=asked.pk)
    today = timezone.localdate()
    context = {
        "asked": asked,
        "form": form,
        "name": names.get(asked.subject_id, "") if asked.subject_id else "",
        "why": deadlines.why(asked.received_at),
        "tone": deadlines.clock_tone(timezone.localdate(asked.received_at), asked.due_on, today),
        "has_receipt": services.has_receipt(asked),
        "strays": ports.strays(user, "email", asked.contact) if "@" in asked.contact else [],
        "crumbs": _crumbs(_("Request")),
    }
    return render(request, "privacy/data_request.html", context, status=422 if form.errors else 200)


def _crumbs(here: str) -> list[dict[str, str]]:
    return [{"url": reverse("privacy:desk"), "label": _("Privacy")}, {"label": here}]


def _language() -> str:
    return translation.get_language() or "nl"


def _asked_often(contact: str) -> bool:
    since = timezone.now() - timedelta(hours=1)
    lately = DataRequest.objects.filter(contact=contact, channel=RequestChannel.FORM, received_at__gt=since)
    return lately.count() >= REQUESTS_PER_ADDRESS


def _flooded() -> bool:
    key = "public-requests"
    if cache.add(key, 1, timeout=3600):
        return False
    try:
        return cache.incr(key) > REQUESTS_PER_HOUR
    except ValueError:  # the hour ended between the two
        return False
