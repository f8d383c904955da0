"""The officer's page of an erasure, and the page behind the link of the first receipt."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import roles, staff_user
from accounts.models import Organisation, Role
from privacy import access, deadlines, ports, tokens
from privacy.erasure import certificate, services, wording
from privacy.erasure.holders import holders
from privacy.guards import Refused
from privacy.models import DataRequest, Erasure, ErasureLine, ErasureStep
from privacy.models.erasure import PlanAction, StepState
from privacy.models.requests import RequestKind
from privacy.models.subjects import LinkPurpose
from privacy.retention import holding

OFFICERS = (Role.OFFICER, Role.ADMINISTRATOR)
COUNTED_WITHIN = timedelta(minutes=10)
GOES = (PlanAction.DELETE, PlanAction.BLANK)
OUTSIDE = (PlanAction.ASK, PlanAction.EXPIRE, PlanAction.BY_HAND)


@require_safe
@roles(*OFFICERS)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One erasure: the plan, then how far it is, then what it proves. Looking changes nothing."""
    return _page(request, _asked(pk))


@require_safe
@roles(*OFFICERS)
def counted(request: HttpRequest, pk: UUID, erasure: UUID) -> HttpResponse:
    """What a plan says of what goes, again, while a worker still counts in mailboxes."""
    found = get_object_or_404(Erasure.objects.filter(request=_asked(pk)), pk=erasure)
    context = {"asked": found.request, **_foreseen(found, list(found.lines.order_by("pk")))}
    return render(request, "privacy/_plan_goes.html", context)


@require_POST
@roles(*OFFICERS)
def plan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make a plan, or a fresh one."""
    return _do(request, _asked(pk), lambda asked, user: services.plan(asked, actor=user))


@require_POST
@roles(*OFFICERS)
def approve(request: HttpRequest, pk: UUID, erasure: UUID) -> HttpResponse:
    """Approve a plan; where what we hold has changed meanwhile, there is a fresh plan to look at instead."""
    asked = _asked(pk)
    found = get_object_or_404(Erasure.objects.filter(request=asked, approved_at=None), pk=erasure)
    user = staff_user(request)
    try:
        services.approve(found, actor=user)
    except Refused as refusal:
        if refusal.code == services.CHANGED:
            services.plan(asked, actor=user)
        return _page(request, asked, refusal=str(refusal), status=409)
    messages.success(request, _("Approved. The erasure goes on by itself; this page shows how far it is."))
    return redirect("privacy:erasure:page", asked.pk)


@require_POST
@roles(*OFFICERS)
def by_hand(request: HttpRequest, pk: UUID, step: int) -> HttpResponse:
    """Somebody did this step by hand."""
    found = _step(pk, step)
    return _do(request, _asked(pk), lambda _asked, user: services.done_by_hand(found, actor=user))


@require_POST
@roles(*OFFICERS)
def again(request: HttpRequest, pk: UUID, step: int) -> HttpResponse:
    """Try a step again now."""
    found = _step(pk, step)
    return _do(request, _asked(pk), lambda _asked, user: services.again(found, actor=user))


@require_safe
def own(request: HttpRequest, token: str) -> HttpResponse:
    """The page of one's own request: until when the answer comes, and once erased the certificate. Nobody's name."""
    pk = tokens.read_token(token, LinkPurpose.REQUEST)
    asked = DataRequest.objects.filter(pk=pk).first() if pk else None
    organisation = Organisation.current()
    if asked is None:
        return render(request, "consent/gone.html", {"organisation": organisation}, status=404)
    language = request.GET.get("lang") or asked.language
    with translation.override(language if language in ("nl", "en") else "nl"):
        erasure = Erasure.objects.filter(request=asked, finished_at__isnull=False).first()
        context = {
            "organisation": organisation,
            "asked": asked,
            "why": deadlines.why(asked.received_at),
            "certificate": certificate.of(erasure) if erasure else None,
            "rights_links": [{"url": reverse("privacy:policy"), "label": _("How we handle your data")}],
        }
        response = render(request, "privacy/own_request.html", context)
        response.headers["Content-Language"] = translation.get_language() or ""
        return response


def _asked(pk: UUID) -> DataRequest:
    return get_object_or_404(DataRequest.objects.select_related("subject").filter(kind=RequestKind.ERASURE), pk=pk)


def _step(pk: UUID, step: int) -> ErasureStep:
    return get_object_or_404(ErasureStep.objects.filter(erasure__request=pk), pk=step)


def _do(request: HttpRequest, asked: DataRequest, act: Any) -> HttpResponse:
    try:
        act(asked, staff_user(request))
    except Refused as refusal:
        return _page(request, asked, refusal=str(refusal), status=409)
    return redirect("privacy:erasure:page", asked.pk)


def _page(request: HttpRequest, asked: DataRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    user = staff_user(request)
    names = ports.names([asked.subject_id]) if asked.subject_id else {}
    access.log(user, "view", list(names), about_kind="erasure", about_id=asked.pk)
    plans = Erasure.objects.filter(request=asked).select_related("planned_by", "approved_by")
    erasure = plans.filter(approved_at__isnull=False).first() or plans.order_by("-planned_at").first()
    lines = list(erasure.lines.order_by("pk")) if erasure else []
    context = {
        "asked": asked,
        "name": names.get(asked.subject_id, "") if asked.subject_id else "",
        "erasure": erasure,
        **_foreseen(erasure, lines),
        "stays": wording.told_of([line for line in lines if line.action == PlanAction.KEEP and not _is_sealed(line)]),
        "sealed": wording.told_of([line for line in lines if _is_sealed(line)]),
        "outside": wording.told_of([line for line in lines if line.action in OUTSIDE]),
        "steps": _steps(erasure) if erasure and erasure.approved_at else [],
        "certificate": certificate.of(erasure) if erasure and erasure.finished_at else None,
        "refusal": refusal,
        "holds": list(holding.of(asked.subject)) if asked.subject and not (erasure and erasure.approved_at) else [],
        "crumbs": [
            {"url": reverse("privacy:desk"), "label": _("Privacy")},
            {"url": reverse("privacy:data-request", args=[asked.pk]), "label": _("Request")},
            {"label": _("Erasure")},
        ],
    }
    return render(request, "privacy/erasure.html", context, status=status)


def _foreseen(erasure: Erasure | None, lines: list[ErasureLine]) -> dict[str, Any]:
    """What goes, line by line and by holder, with what was counted outside so far. It names nobody."""
    goes = wording.with_foreseen([line for line in lines if line.action in GOES], erasure) if erasure else []
    awaited = erasure is not None and erasure.approved_at is None and any(line.is_awaited for line in goes)
    return {
        "erasure": erasure,
        "goes": goes,
        "figures": wording.by_holder(lines, erasure) if erasure else [],
        # A worker that never comes is asked for no longer than this.
        "is_awaited": awaited and erasure is not None and timezone.now() - erasure.planned_at < COUNTED_WITHIN,
    }


def _is_sealed(line: ErasureLine) -> bool:
    return line.ground == wording.SEALED


def _steps(erasure: Erasure) -> list[dict[str, Any]]:
    rows = []
    for step in erasure.steps.select_related("by").order_by("position"):
        rows.append(
            {
                "step": step,
                "label": wording.label(step),
                "tone": wording.TONES.get(step.state, ""),
                "icon": wording.ICONS.get(step.state, "clock"),
                "trouble": wording.trouble(step),
                "left": sorted(step.found.get("left", {}).items()) if step.state != StepState.DONE else [],
                "parts": list(holders[step.holder].parts(erasure)) if step.holder in holders else [],
                "namesakes": sum(step.found.get("namesakes", {}).values()),
                "by_hand": step.state == StepState.NEEDS_HUMAN and step.trouble in services.BY_HAND,
                "again": step.state == StepState.RETRY
                or (step.state == StepState.NEEDS_HUMAN and step.trouble not in services.BY_HAND),
            }
        )
    return rows
