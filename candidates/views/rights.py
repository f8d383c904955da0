"""A person asks something about their data by phone, WhatsApp or across the table: noted in two clicks."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import staff_only, staff_user
from candidates.models import Candidacy, Candidate, ContactPoint
from consent import services as consent
from privacy import deadlines, ports
from privacy.desk import telling
from privacy.guards import Refused
from privacy.models import DataRequest, RequestNotice
from privacy.models.requests import RequestChannel, RequestKind
from privacy.services import take_in

WITHDRAWAL = "withdrawal"
CHANNELS = (RequestChannel.PHONE, RequestChannel.WHATSAPP, RequestChannel.PERSON)


class AskForm(forms.Form):
    """What somebody asked a recruiter, and how."""

    kind = forms.ChoiceField(choices=[*RequestKind.choices, (WITHDRAWAL, gettext_lazy("withdraw their consent"))])
    channel = forms.ChoiceField(choices=[(channel.value, channel.label) for channel in CHANNELS])
    candidacy = forms.UUIDField(required=False)


@require_POST
@staff_only
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take it in as a request, with today as its receipt; a withdrawal and an objection take effect at once."""
    user = staff_user(request)
    person = get_object_or_404(Candidate.objects.visible_to(user).select_related("subject"), pk=pk)
    form = AskForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose what they asked, and how."))
        return redirect("candidates:person", pk)
    data = form.cleaned_data
    try:
        if data["kind"] == WITHDRAWAL:
            return _withdraw(request, person, data["candidacy"])
        known = ports.reach([person.subject_id]).get(person.subject_id)
        with transaction.atomic():
            noted = take_in(
                kind=data["kind"],
                channel=data["channel"],
                contact=known.email if known else _number(person),
                words="",
                language=person.language,
                subject=person.subject,
                actor=user,
            )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("candidates:person", pk)
    day = date_format(noted.due_on)
    if known is None:
        return redirect("candidates:asked", noted.pk)
    messages.success(
        request, _("Noted. They get a receipt by mail, and an answer before the end of %(day)s.") % {"day": day}
    )
    return _back(request, person)


@require_GET
@staff_only
def asked(request: HttpRequest, asked: UUID) -> HttpResponse:
    """What to tell somebody who has no mailbox here, for whoever noted their request."""
    found = get_object_or_404(DataRequest, pk=asked, logged_by=staff_user(request))
    try:
        letter = ports.letter("receipt_request", request=found.pk, words={})
    except Refused:
        letter = None
    context = {
        "asked": found,
        "letter": letter,
        "why": deadlines.why(found.received_at),
        "was_told": RequestNotice.objects.filter(request=found, kind="receipt").exists(),
        "crumbs": [{"url": reverse("candidates:list"), "label": _("Candidates")}, {"label": _("Request")}],
    }
    return render(request, "candidates/asked.html", context)


@require_POST
@staff_only
def told(request: HttpRequest, asked: UUID) -> HttpResponse:
    """The recruiter told them, by the way they asked."""
    found = get_object_or_404(DataRequest, pk=asked, logged_by=staff_user(request))
    telling.tell_by_hand(found, kind="receipt", channel="phone", actor=staff_user(request))
    messages.success(request, _("Noted that they know."))
    return redirect("candidates:list")


def _withdraw(request: HttpRequest, person: Candidate, candidacy: UUID | None) -> HttpResponse:
    theirs = Candidacy.objects.visible_to(staff_user(request)).filter(candidate=person)
    held = theirs.filter(pk=candidacy).first() if candidacy else theirs.order_by("-created_at").first()
    if held is None:
        raise Http404
    if consent.withdraw_by_mail(subject=person.subject, vacancy=held.vacancy_id, language=person.language) is None:
        messages.error(request, _("They were never asked for consent in this vacancy, so there is none to withdraw."))
    else:
        messages.success(request, _("Withdrawn, from this moment. Whoever got their data is told."))
    return _back(request, person)


def _number(person: Candidate) -> str:
    points = ContactPoint.objects.usable().filter(candidate=person, kind="phone").order_by("created_at")
    return points.values_list("normalised", flat=True).first() or ""


def _back(request: HttpRequest, person: Candidate) -> HttpResponse:
    """To their page; somebody who objected or is set aside may no longer have one."""
    if Candidate.objects.visible_to(staff_user(request)).filter(pk=person.pk).exists():
        return redirect("candidates:person", person.pk)
    return redirect("candidates:list")
