"""The officer's page of a restriction: begin it, tell the person that it ends, lift it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import roles, staff_user
from accounts.models import Role
from privacy import access, ports, registry
from privacy.guards import Refused, told_on
from privacy.limits import services
from privacy.limits.forms import RestrictForm, TellForm
from privacy.models import DataRequest, Restriction
from privacy.models.restrictions import RestrictionGround, ToldHow

OFFICERS = (Role.OFFICER, Role.ADMINISTRATOR)


@require_GET
@roles(*OFFICERS)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Whether the use of this person's data is limited, since when and why, and what comes next."""
    return _page(request, _request(pk))


@require_POST
@roles(*OFFICERS)
def restrict(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Limit the use from now on."""
    asked = _request(pk)
    form = RestrictForm(request.POST)
    if form.is_valid() and asked.subject is not None:
        with told_on(form):
            services.restrict(
                asked.subject, ground=form.cleaned_data["ground"], request=asked, actor=staff_user(request)
            )
            messages.success(request, _("From now on these data are only kept."))
            return redirect("privacy:limits:page", pk)
    return _page(request, asked, restrict=form)


@require_POST
@roles(*OFFICERS)
def tell(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Tell the person that their data will be used again: by mail now, or note that a colleague told it."""
    asked = _request(pk)
    form = TellForm(request.POST)
    standing = services.standing(asked.subject) if asked.subject else None
    if form.is_valid() and standing is not None:
        data = form.cleaned_data
        actor = staff_user(request)
        with told_on(form):
            if data["how"] == ToldHow.MAIL:
                services.announce(standing, reason=data["reason"], language=asked.language, actor=actor)
                messages.success(request, _("The message is on its way. Once it has left, you can lift the limit."))
            else:
                services.note_told(
                    standing, reason=data["reason"], how=data["how"], told_at=data["told_at"], actor=actor
                )
                messages.success(request, _("Noted. You can lift the limit now."))
            return redirect("privacy:limits:page", pk)
    return _page(request, asked, tell=form)


@require_POST
@roles(*OFFICERS)
def lift(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Lift the limit, of which the person was told."""
    asked = _request(pk)
    standing = services.standing(asked.subject) if asked.subject else None
    if standing is None:
        return redirect("privacy:limits:page", pk)
    try:
        services.lift(standing, actor=staff_user(request))
    except Refused as refusal:
        return _page(request, asked, refusal=str(refusal))
    messages.success(request, _("The data may be used again."))
    return redirect("privacy:limits:page", pk)


def _page(request: HttpRequest, asked: DataRequest, *, refusal: str = "", **forms: Any) -> HttpResponse:
    subject = asked.subject
    names = ports.names([subject.pk]) if subject else {}
    access.log(staff_user(request), "view", list(names), about_kind="data_request", about_id=asked.pk)
    standing = services.standing(subject) if subject else None
    earlier = Restriction.objects.exclude(lifted_at=None).select_related("by", "lifted_by")
    left = ports.handed_over([standing.notice_ref]) if standing and standing.notice_ref else {}
    context = {
        "asked": asked,
        "name": names.get(subject.pk, "") if subject else "",
        "standing": standing,
        "told_at": standing and (standing.told_at or next(iter(left.values()), None)),
        "earlier": earlier.filter(subject__in=registry.closure(subject)) if subject else [],
        "refusal": refusal,
        "restrict": forms.get("restrict") or RestrictForm(initial={"ground": RestrictionGround.CONTESTED}),
        "tell": forms.get("tell") or TellForm(initial={"how": ToldHow.MAIL if "@" in asked.contact else ToldHow.PHONE}),
        "crumbs": [
            {"url": reverse("privacy:desk"), "label": _("Privacy")},
            {"url": reverse("privacy:data-request", args=[asked.pk]), "label": _("Request")},
            {"label": _("Limited use")},
        ],
    }
    failed = refusal or any(form.errors for form in forms.values())
    return render(request, "privacy/limits/page.html", context, status=422 if failed else 200)


def _request(pk: UUID) -> DataRequest:
    return get_object_or_404(DataRequest.objects.select_related("subject"), pk=pk)
