"""The public policy and request form, and the officer's desk with every clock in one queue."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts.access import roles, staff_only, staff_user
from accounts.models import Organisation, User
from privacy import access, clocks, deadlines, ledger, links, ports, services
from privacy.desk import feed, groups, identity
from privacy.desk.views import OFFICERS
from privacy.forms import CodeForm, LogRequestForm, PublicRequestForm
from privacy.guards import told_on
from privacy.models import DataRequest, IdentityCheck, LegitimateInterestAssessment, ProofOpening
from privacy.models.requests import RequestChannel, RequestKind
from privacy.models.subjects import LinkPurpose
from privacy.ports import Clock
from privacy.proofs.wording import months as proof_months
from privacy.retention import sweeping

PER_PAGE = 50
# What one word of the filter stands for.
SORTS = {"request": ("request", "request_group")}
PERIODS = {"overdue": timedelta(days=-1), "week": timedelta(days=7), "month": timedelta(days=31)}
PERIOD_WORDS = {
    "overdue": gettext_lazy("overdue"),
    "week": gettext_lazy("within a week"),
    "month": gettext_lazy("within a month"),
}
REQUESTS_PER_HOUR = 200  # of the whole public form: a campaign gets through, a flood does not
REQUESTS_PER_ADDRESS = 5  # an hour, so that nobody's mailbox is filled with our receipts


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """The public privacy policy."""
    context = {"organisation": Organisation.current(), "proof_months": proof_months()}
    return render(request, "privacy/policy.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def public_request(request: HttpRequest) -> HttpResponse:
    """Ask to see, correct, erase, limit or take along, or object; by anybody, without an account (GDPR art. 12(2))."""
    form = PublicRequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        # An agent sends many: their own address is not the one to protect against our receipts.
        if not form.cleaned_data["agent"] and _asked_often(form.cleaned_data["contact"]):
            form.add_error("contact", _("We have several requests from this address already, and answer each."))
        elif _flooded():
            form.add_error(None, _("Too many requests come in now. Please write to us, or try again in an hour."))
        else:
            taken = services.take_in(channel=RequestChannel.FORM, language=_language(), **form.cleaned_data)
            context = {
                "organisation": Organisation.current(),
                "taken": taken,
                "why": deadlines.why(taken.received_at),
                "by_mail": "@" in taken.contact and services.has_receipt(taken),
            }
            return render(request, "privacy/request_received.html", context)
    status = 422 if form.errors else 200
    context = {"organisation": Organisation.current(), "form": form}
    return render(request, "privacy/request.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show who asks: the link came to the mailbox we know, and so did the code. A GET changes nothing."""
    link = links.resolve(token, LinkPurpose.CONFIRM)
    check = identity.behind(link) if link is not None else None
    context: dict[str, Any] = {"organisation": Organisation.current(), "check": check}
    if link is None or check is None or link.subject.erased_at is not None:
        return render(request, "privacy/confirm.html", context, status=404)
    chosen = translation.get_language() if request.GET.get("lang") in ("nl", "en") else check.request.language
    with translation.override(chosen):
        form = CodeForm(request.POST if request.method == "POST" else None)
        works = IdentityCheck.objects.waiting().filter(pk=check.pk).exists()
        if request.method == "POST" and request.user.is_authenticated:
            # Who works here must never show who somebody else is.
            form.add_error(None, _("You are signed in here. Only the person themselves can do this."))
        elif request.method == "POST" and works and form.is_valid():
            if identity.try_code(check, form.cleaned_data["code"]):
                return redirect(request.path)
            check.refresh_from_db()
            works = IdentityCheck.objects.waiting().filter(pk=check.pk).exists()
            form.add_error("code", _("This is not the code we sent. Look in the same message as the link."))
        context |= {"form": form, "works": works, "left": IdentityCheck.ATTEMPTS - check.attempts}
        response = render(request, "privacy/confirm.html", context, status=422 if form.errors else 200)
        response.headers["Content-Language"] = translation.get_language() or ""
        return response


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
        filters = _asked(request)
        until = timezone.localdate() + PERIODS[filters["until"]] if filters["until"] else None
        kinds = SORTS.get(filters["kind"], (filters["kind"],)) if filters["kind"] else None
        found = ports.clock_list(until=until, kinds=kinds)
        page: Page[Clock] = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        rows = _clock_rows(user, list(page))
        mine = feed.FEEDS.own(user)
        context |= {
            "page": page,
            "rows": rows,
            "filters": filters,
            "kinds": [(kind, clocks.WORDS[kind]) for kind in clocks.WORDS if kind != "request_group"],
            "periods": PERIOD_WORDS.items(),
            "query": urlencode({name: value for name, value in filters.items() if value}),
            "is_filtered": any(filters.values()),
            "groupable": sum(row["clock"].kind == "request" for row in rows) > 1,
            "offers": _offers(),
            "openings": ProofOpening.objects.waiting().count(),
            "silent_since": sweeping.silent_since(timezone.now()),
            "feed": mine,
            "feed_url": feed.FEEDS.url(mine) if mine else "",
            "problems": ledger.verify() if request.GET.get("verify") else None,
            "restorations": ledger.restorations() if request.GET.get("verify") else [],
        }
        people = [row["clock"].subject_id for row in rows if row["name"] and row["clock"].subject_id]
        access.log(user, "list", people, about_kind="privacy_desk")
    return render(request, "privacy/desk.html", context)


def _asked(request: HttpRequest) -> dict[str, str]:
    kind, until = request.GET.get("kind", ""), request.GET.get("until", "")
    return {"kind": kind if kind in clocks.WORDS else "", "until": until if until in PERIODS else ""}


def _offers() -> list[dict[str, Any]]:
    return [
        {
            "day": day,
            "kind": kind,
            "channel": channel,
            "number": number,
            "asked_for": RequestKind(kind).label,
            "how": RequestChannel(channel).label,
        }
        for day, kind, channel, number in groups.offers()
    ]


def _clock_rows(user: User, shown: list[Clock]) -> list[dict[str, Any]]:
    today = timezone.localdate()
    names = ports.names({clock.subject_id for clock in shown if clock.subject_id})
    places = ports.places(user, shown)
    whys = ports.whys(shown)
    sizes = dict(
        DataRequest.objects.open()
        .filter(group__in=[clock.object_id for clock in shown if clock.kind == "request_group"])
        .order_by()
        .values_list("group")
        .annotate(number=Count("pk"))
    )
    asked = dict(
        DataRequest.objects.filter(pk__in=[clock.object_id for clock in shown if clock.kind == "request"]).values_list(
            "pk", "kind"
        )
    )
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
                "why": whys.get((clock.kind, clock.object_id)) or clocks.why(clock),
                "asked": RequestKind(asked[clock.object_id]).label if clock.object_id in asked else "",
                "size": sizes.get(clock.object_id),
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
            data = form.cleaned_data
            # The officer had it from the person, so whose address this is is who objects.
            owner = services.owner_of(data["person"] or data["contact"])
            taken = services.take_in(subject=owner, look_up=False, actor=user, **data)
            messages.success(request, _("Noted. The date by which it must be answered stands on top."))
            return redirect("privacy:data-request", taken.pk)
    context = {"form": form, "crumbs": _crumbs(_("Note a request"))}
    return render(request, "privacy/request_log.html", context, status=422 if form.errors else 200)


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
