"""The page on which a colleague says what a mail to a client was that had a candidate in it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import staff_only, staff_user
from candidates.models import Candidacy
from introductions import hindrance, spotting
from introductions.models import SpottedMail, SpottedWhat
from privacy import access, ports
from privacy.deadlines import breach_due
from privacy.guards import Refused


@require_safe
@staff_only
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """When it went, to whom, about whom, and the three things it can have been."""
    user = staff_user(request)
    found = _spotted(request, pk)
    people = [found.candidacy.subject_id] if found.candidacy else []
    access.log(user, "view", people, about_kind="spotted", about_id=found.pk)
    names = ports.names(people)
    context = {
        "spotted": found,
        "name": names.get(people[0], "") if people else "",
        "may_tell": SpottedMail.objects.told_by(user).filter(pk=found.pk).exists(),
        "left": found.sender if found.sender_id != user.pk and found.sender.has_left else None,
        "may_introduce": found.candidacy is not None
        and Candidacy.objects.visible_to(user).filter(pk=found.candidacy.pk).exists(),
        "hindrance": hindrance.of(found.candidacy) if found.candidacy else None,
        "due": breach_due(found.settled_at) if found.what == SpottedWhat.BREACH and found.settled_at else None,
        # The register is the officers'.
        "breach_url": reverse("privacy:breaches:breach", args=[found.breach_id])
        if found.breach_id and (user.is_officer or user.is_administrator)
        else "",
        "crumbs": [{"label": _("Mail to a client")}],
    }
    return render(request, "introductions/spotted.html", context)


@require_POST
@staff_only
def settle(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Its sender says what it was, or an officer where the sender has left."""
    found = get_object_or_404(SpottedMail.objects.told_by(staff_user(request)), pk=pk)
    what = request.POST.get("what", "")
    if what not in SpottedWhat.values:
        messages.error(request, _("Choose what this mail was."))
        return redirect("introductions:spotted", pk)
    try:
        spotting.settle(found, what, actor=staff_user(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("introductions:spotted", pk)
    told = {
        SpottedWhat.BREACH.value: _("Reported. The privacy officers have been told, and the 72 hours run."),
        SpottedWhat.INTRODUCED.value: _("Noted: this introduction is registered."),
    }
    messages.success(request, told.get(what, _("Noted. Nothing else follows from it.")))
    return redirect("watson:today")


def _spotted(request: HttpRequest, pk: UUID) -> SpottedMail:
    beside = ("contact__client", "sender", "settled_by", "candidacy__vacancy__client", "candidacy__subject")
    rows = SpottedMail.objects.visible_to(staff_user(request)).select_related(*beside)
    return get_object_or_404(rows, pk=pk)
