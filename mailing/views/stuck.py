"""Incoming mail no worker could take in, for whoever may deal with mail of anybody."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import roles, staff_user
from accounts.models import Role
from mailing.models import InboundBatch
from mailing.replies import stuck
from mailing.views.replies import FILE_POLICY
from privacy.guards import Refused

# Each is opened to say whom it is from.
SHOWN = 20


@require_GET
@roles(Role.OFFICER, Role.ADMINISTRATOR)
def stuck_list(request: HttpRequest) -> HttpResponseBase:
    """What could not be taken in, the oldest first. Whose mail it is nobody knows, so what it says is the officer's."""
    waiting = InboundBatch.objects.stuck().order_by("received_at", "pk")
    may_read = staff_user(request).is_officer
    context = {
        "rows": [(batch, stuck.envelopes(batch) if may_read else []) for batch in waiting[:SHOWN]],
        "total": waiting.count(),
        "may_read": may_read,
        "crumbs": [
            {"url": reverse("mailing:list"), "label": _("Mail")},
            {"url": reverse("mailing:replies"), "label": _("Mail that came in")},
            {"label": _("Could not be taken in")},
        ],
    }
    return render(request, "mailing/stuck.html", context)


@require_POST
@roles(Role.OFFICER, Role.ADMINISTRATOR)
def again(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A worker tries it once more."""
    try:
        stuck.try_again(_batch(pk), actor=staff_user(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is tried again now. If that fails too, it is back here within two minutes."))
    return redirect("mailing:stuck")


@require_POST
@roles(Role.OFFICER)
def original(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The mail as it came, to save and read in a mail program. A POST: the ledger notes who looked."""
    try:
        packed = stuck.original(_batch(pk), actor=staff_user(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("mailing:stuck")
    return HttpResponse(
        packed,
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="mail-{str(pk)[:8]}.zip"',
            "Content-Security-Policy": FILE_POLICY,
            "X-Content-Type-Options": "nosniff",
        },
    )


@require_POST
@roles(Role.OFFICER, Role.ADMINISTRATOR)
def delete(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Somebody has dealt with it another way: it goes for good."""
    try:
        stuck.delete(_batch(pk), actor=staff_user(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Deleted, with everything that came with it."))
    return redirect("mailing:stuck")


def _batch(pk: UUID) -> InboundBatch:
    return get_object_or_404(InboundBatch, pk=pk)
