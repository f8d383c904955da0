"""The public policy and request form, and the officer's desk with every clock in one queue."""

from django.core.cache import cache
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import roles, staff_user
from accounts.models import Organisation, Role
from privacy import access, clocks, deadlines, ledger, ports, services
from privacy.forms import AnswerForm, LogRequestForm, PublicRequestForm
from privacy.guards import told_on
from privacy.models import DataRequest, LegitimateInterestAssessment, Subject
from privacy.models.requests import RequestChannel

DESK = (Role.OFFICER, Role.ADMINISTRATOR, Role.RECRUITER)
OFFICERS = (Role.OFFICER, Role.ADMINISTRATOR)
REQUESTS_PER_HOUR = 200  # of the whole public form: a campaign gets through, a flood does not


@require_GET
def policy(request: HttpRequest) -> HttpResponse:
    """The public privacy policy."""
    return render(request, "privacy/policy.html", {"organisation": Organisation.current()})


@require_http_methods(["GET", "HEAD", "POST"])
def public_request(request: HttpRequest) -> HttpResponse:
    """Ask to see, correct, erase, limit or take along, or object; by anybody, without an account (GDPR art. 12(2))."""
    form = PublicRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _flooded():
            form.add_error(None, _("Too many requests come in now. Please write to us, or try again in an hour."))
        else:
            taken = take_in(
                kind=form.cleaned_data["kind"],
                channel=RequestChannel.FORM,
                contact=form.cleaned_data["contact"],
                words=form.cleaned_data["words"],
            )
            context = {"organisation": Organisation.current(), "taken": taken, "why": deadlines.why(taken.received_at)}
            return render(request, "privacy/request_received.html", context)
    status = 422 if form.errors else 200
    context = {"organisation": Organisation.current(), "form": form}
    return render(request, "privacy/request.html", context, status=status)


def take_in(*, kind: str, channel: str, contact: str, words: str, **fields: object) -> DataRequest:
    """Take a request in, tied to whoever has exactly this address, and send the receipt once it is saved."""
    owners = ports.find("email" if "@" in contact else "phone", contact)
    owner = Subject.objects.filter(pk__in=owners).first() if len(owners) == 1 else None
    subject = fields.pop("subject", owner)
    with transaction.atomic():
        taken = services.receive_request(
            kind=kind,
            channel=channel,
            subject=subject,  # type: ignore[arg-type]
            contact=contact,
            words=words,
            **fields,  # type: ignore[arg-type]
        )
        ports.mail(
            "receipt_request",
            subject=taken.subject_id,
            codes={"request": str(taken.pk), "language": translation.get_language() or "nl"},
        )
    return taken


@require_GET
@roles(*DESK)
def desk(request: HttpRequest) -> HttpResponse:
    """Every clock, soonest first. Recruiters see the assessments; requests and people's clocks are the officer's."""
    user = staff_user(request)
    officer = user.role in OFFICERS
    today = timezone.localdate()
    running = ports.clocks() if officer else []
    page = Paginator(running, 50).get_page(request.GET.get("page"))
    names = ports.names({clock.subject_id for clock in page if clock.subject_id})
    access.log(user, "list", list(names), about_kind="privacy_desk")
    rows = [
        {
            "clock": clock,
            "name": names.get(clock.subject_id, "") if clock.subject_id else "",
            "word": clocks.word(clock),
            "tone": clocks.tone(clock, today),
        }
        for clock in page
    ]
    context = {
        "page": page,
        "rows": rows,
        "officer": officer,
        "assessments": LegitimateInterestAssessment.objects.expiring(),
        "problems": ledger.verify() if officer and request.GET.get("verify") else None,
    }
    return render(request, "privacy/desk.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@roles(*OFFICERS)
def request_log(request: HttpRequest) -> HttpResponse:
    """Note a request that came by phone, letter or mail."""
    user = staff_user(request)
    form = LogRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        taken = take_in(actor=user, **form.cleaned_data)
        return redirect("privacy:data-request", taken.pk)
    return render(request, "privacy/request_log.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@roles(*OFFICERS)
def data_request(request: HttpRequest, pk: str) -> HttpResponse:
    """One request: what was asked, until when, and what was done."""
    return _request_page(request, get_object_or_404(DataRequest.objects.select_related("subject"), pk=pk), AnswerForm())


@require_POST
@roles(*OFFICERS)
def request_answer(request: HttpRequest, pk: str) -> HttpResponse:
    """Close a request with what was done about it."""
    asked = get_object_or_404(DataRequest.objects.select_related("subject"), pk=pk)
    form = AnswerForm(request.POST)
    if form.is_valid():
        with told_on(form):
            services.answer_request(asked, outcome=form.cleaned_data["outcome"], actor=staff_user(request))
        if not form.errors:
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
    }
    return render(request, "privacy/data_request.html", context, status=422 if form.errors else 200)


def _flooded() -> bool:
    cache.add("public-requests", 0, timeout=3600)
    return cache.incr("public-requests") > REQUESTS_PER_HOUR
