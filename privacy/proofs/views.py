"""Sealed proofs at the desk: for how long they are kept, which there are, and opening one with two people."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import roles, staff_user
from accounts.models import Role, User
from privacy import ports
from privacy.guards import Refused, told_on
from privacy.models import ProofOpening, ProofRule
from privacy.proofs import services
from privacy.proofs.forms import AskForm, RuleForm
from privacy.proofs.services import APPROVERS, Unsealable
from privacy.vault.models import SealedProof

PER_PAGE = 50


@require_safe
@roles(*APPROVERS)
def proofs(request: HttpRequest) -> HttpResponse:
    """Every sealed proof, the first to go on top, and the openings that wait for somebody."""
    user = staff_user(request)
    page = Paginator(SealedProof.objects.order_by("until", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    waiting = list(ProofOpening.objects.waiting().select_related("asked_by").order_by("asked_at"))
    labels = _labels(user, [*(row.pk for row in page), *(one.introduction for one in waiting)])
    newest = ProofRule.objects.newest()
    context = {
        "page": page,
        "rows": [{"proof": row, "label": labels.get(row.pk, "")} for row in page],
        "waiting": [
            {"opening": one, "label": labels.get(one.introduction, ""), "mine": one.asked_by_id == user.pk}
            for one in waiting
        ],
        "rule": newest if newest is not None and newest.is_standing else None,
        "lapsed": newest is not None and newest.months > 0 and not newest.is_standing,
        "crumbs": _crumbs(),
    }
    return render(request, "privacy/proofs/proofs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@roles(*APPROVERS)
def rule(request: HttpRequest) -> HttpResponse:
    """For how long proof is kept from now on, and on which assessment."""
    standing = ProofRule.standing()
    initial = {"months": standing.months, "assessment": standing.assessment_id} if standing else None
    form = RuleForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            services.set_rule(actor=staff_user(request), **form.cleaned_data)
            messages.success(request, _("Saved. It holds for introductions made from now on."))
            return redirect("privacy:proofs:proofs")
    context = {"form": form, "rule": standing, "crumbs": _crumbs(_("For how long"))}
    return render(request, "privacy/proofs/rule.html", context, status=422 if form.errors else 200)


@require_POST
@roles(*APPROVERS)
def end_rule(request: HttpRequest) -> HttpResponse:
    """Keep no new proof from now on; what was sealed goes on its own day."""
    services.set_rule(months=0, assessment=None, actor=staff_user(request))
    messages.success(request, _("No new proof is kept. What is sealed goes on its own day."))
    return redirect("privacy:proofs:proofs")


@require_safe
@roles(*APPROVERS)
def proof(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One proof from outside: until when it is there, and who asked to open it."""
    return _page(request, _get(pk), AskForm())


@require_POST
@roles(Role.OFFICER)
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An officer asks to open it."""
    found = _get(pk)
    form = AskForm(request.POST)
    if form.is_valid():
        with told_on(form):
            services.ask(found.pk, reason=form.cleaned_data["reason"], actor=staff_user(request))
            messages.success(request, _("Asked. Somebody else has to approve it within a week."))
            return redirect("privacy:proofs:proof", found.pk)
    return _page(request, found, form)


@require_POST
@roles(*APPROVERS)
def approve(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Somebody else lets it be opened."""
    opening = _opening(pk)
    found = _get(opening.introduction)
    try:
        services.approve(opening, actor=staff_user(request))
    except Refused as refusal:
        return _page(request, found, AskForm(), refusal=str(refusal))
    messages.success(request, _("Approved. Who asked can open it once, within a day."))
    return redirect("privacy:proofs:proof", found.pk)


@never_cache
@require_POST
@roles(*APPROVERS)
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open it, once: the answer to this very POST is the only place where it is read."""
    opening = _opening(pk)
    found = _get(opening.introduction)
    try:
        shown = services.show(opening, actor=staff_user(request))
    except Refused as refusal:
        return _page(request, found, AskForm(), refusal=str(refusal))
    except Unsealable:
        lost = _("This proof cannot be opened any more: the key it was sealed with is gone.")
        return _page(request, found, AskForm(), refusal=lost)
    return render(request, "privacy/proofs/shown.html", {"proof": shown, "crumbs": _crumbs(_("Opened"))})


def _get(pk: UUID) -> SealedProof:
    return get_object_or_404(SealedProof, pk=pk)


def _opening(pk: UUID) -> ProofOpening:
    return get_object_or_404(ProofOpening.objects.select_related("asked_by"), pk=pk)


def _page(request: HttpRequest, found: SealedProof, form: AskForm, *, refusal: str = "") -> HttpResponse:
    user = staff_user(request)
    theirs = ProofOpening.objects.filter(introduction=found.pk)
    openings = list(theirs.select_related("asked_by", "approved_by"))
    waiting = set(theirs.waiting().values_list("pk", flat=True))
    ready = set(theirs.ready().values_list("pk", flat=True))
    context: dict[str, Any] = {
        "proof": found,
        "label": _labels(user, [found.pk]).get(found.pk, ""),
        "openings": [
            {
                "opening": one,
                "may_approve": one.pk in waiting and one.asked_by_id != user.pk,
                "is_waiting": one.pk in waiting,
                "may_show": one.pk in ready and one.asked_by_id == user.pk,
                "is_ready": one.pk in ready,
            }
            for one in openings
        ],
        "form": form if user.role == Role.OFFICER and not (waiting or ready) else None,
        "refusal": refusal,
        "crumbs": _crumbs(_("One proof")),
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "privacy/proofs/proof.html", context, status=status)


def _labels(user: User, introductions: Iterable[UUID]) -> dict[UUID, str]:
    """What each proof is about, without a name: the client, the vacancy and the day, from the floor that knows."""
    asked = {"introduction": set(introductions)}
    return {key: place.label for (_kind, key), place in ports.places_of(user, asked).items()}


def _crumbs(here: str = "") -> list[dict[str, str]]:
    crumbs = [{"url": reverse("privacy:desk"), "label": _("Privacy")}]
    if not here:
        return [*crumbs, {"label": _("Sealed proofs")}]
    return [*crumbs, {"url": reverse("privacy:proofs:proofs"), "label": _("Sealed proofs")}, {"label": here}]
