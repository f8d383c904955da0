"""The officer's page of corrections: what somebody says is wrong, and what is decided about it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import roles, staff_user
from accounts.models import Role
from candidates.forms.corrections import CorrectionForm
from candidates.models import Correction
from candidates.models.corrections import CorrectionState
from candidates.services import corrections
from privacy import access, ports
from privacy.guards import Refused, told_on
from privacy.models import DataRequest

OFFICERS = (Role.OFFICER, Role.ADMINISTRATOR)


@require_GET
@roles(*OFFICERS)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is said to be wrong for one request, before and after."""
    return _page(request, _request(pk))


@require_POST
@roles(*OFFICERS)
def new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Correct something the person said in another way than through their own page."""
    asked = _request(pk)
    held = corrections.held(asked.subject) if asked.subject else {}
    form = CorrectionForm(request.POST, held=held, masked=False)
    if form.is_valid():
        with told_on(form):
            corrections.make_now(asked, form.changes, actor=staff_user(request))
            messages.success(request, _("Corrected."))
            return redirect("candidates:corrections", pk)
    return _page(request, asked, form=form)


@require_POST
@roles(*OFFICERS)
def make(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Correct it as the person says."""
    correction = _correction(pk)
    try:
        corrections.make(correction, actor=staff_user(request))
    except Refused as refusal:
        return _page(request, correction.request, refusal=str(refusal))
    messages.success(request, _("Corrected."))
    return redirect("candidates:corrections", correction.request_id)


@require_POST
@roles(*OFFICERS)
def decline(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Leave it as it is; why goes with the answer."""
    correction = _correction(pk)
    try:
        corrections.decline(correction, actor=staff_user(request))
    except Refused as refusal:
        return _page(request, correction.request, refusal=str(refusal))
    messages.success(request, _("Left as it is. Say why in your answer."))
    return redirect("candidates:corrections", correction.request_id)


def _page(
    request: HttpRequest, asked: DataRequest, *, form: CorrectionForm | None = None, refusal: str = ""
) -> HttpResponse:
    subject = asked.subject
    names = ports.names([subject.pk]) if subject else {}
    access.log(staff_user(request), "view", list(names), about_kind="data_request", about_id=asked.pk)
    held = corrections.held(subject) if subject else {}
    named = list(Correction.objects.filter(request=asked).select_related("values", "proposed_by", "decided_by"))
    context = {
        "asked": asked,
        "name": names.get(subject.pk, "") if subject else "",
        "waiting": [one for one in named if one.state == CorrectionState.PROPOSED],
        "decided": [one for one in named if one.state != CorrectionState.PROPOSED],
        "has_facts": bool(held),
        "form": form or CorrectionForm(held=held, masked=False),
        "refusal": refusal,
        "crumbs": [
            {"url": reverse("privacy:desk"), "label": _("Privacy")},
            {"url": reverse("privacy:data-request", args=[asked.pk]), "label": _("Request")},
            {"label": _("Corrections")},
        ],
    }
    failed = refusal or (form is not None and form.errors)
    return render(request, "candidates/corrections.html", context, status=422 if failed else 200)


def _request(pk: UUID) -> DataRequest:
    return get_object_or_404(DataRequest.objects.select_related("subject"), pk=pk)


def _correction(pk: UUID) -> Correction:
    return get_object_or_404(Correction.objects.select_related("request__subject", "subject", "values"), pk=pk)
