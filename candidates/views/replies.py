"""A mail of nobody we know: it makes a candidate for a vacancy, or is of somebody who wrote from a new address."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import staff_only, staff_user
from accounts.models import User
from candidates import services
from candidates.forms import FileReplyForm, OwnAddressForm
from candidates.models import Candidacy
from candidates.names import fold, split_name
from mailing.models import InboundMail
from mailing.replies.services import language_of
from privacy import access
from privacy.guards import told_on
from privacy.identifiers import BadContact

SHOWN = 20


@require_http_methods(["GET", "POST"])
@staff_only
def file_reply(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose the vacancy and correct the name; everything else the mail says itself."""
    user = staff_user(request)
    mail = get_object_or_404(InboundMail.objects.visible_to(user).strays(), pk=pk)
    name = split_name(mail.from_name)
    initial = {
        "vacancy": mail.vacancy_ref,
        "language": language_of(mail),
        **{part: getattr(name, part) for part in ("given_name", "infix", "surname")},
    }
    form = FileReplyForm(request.POST if request.method == "POST" else None, initial=initial, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            with told_on(form):
                given = form.cleaned_data
                parts = {part: given[part] for part in ("given_name", "infix", "surname")}
                sourced = services.file_reply(
                    mail, vacancy=given["vacancy"], name=parts, language=given["language"], actor=user
                )
                messages.success(request, _("Filed. The mail and its files stand with the person."))
                board = reverse("candidates:board", args=[sourced.candidacy.vacancy_id])
                return redirect(f"{board}?person={sourced.candidacy.pk}")
        except BadContact as error:
            form.add_error(None, str(error))
    context = {"mail": mail, "form": form, "crumbs": _crumbs(mail, _("File under a vacancy"))}
    status = 422 if form.errors else 200
    return render(request, "candidates/reply_file.html", context, status=status)


@require_http_methods(["GET", "POST"])
@staff_only
def file_under_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Find who wrote (`q`), choose the card it is about (`candidacy`), and say why the new address may be used."""
    user = staff_user(request)
    mail = get_object_or_404(InboundMail.objects.visible_to(user).strays().exclude(from_email=""), pk=pk)
    asked = request.POST if request.method == "POST" else request.GET
    chosen = _chosen(user, asked.get("candidacy", ""))
    if chosen is None:
        return _choose(request, mail)
    day = date_format(timezone.localdate(mail.sent_at), "j F Y")
    initial = {"evidence": _("Own mail of %(day)s") % {"day": day}}
    form = OwnAddressForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            with told_on(form):
                services.file_under_person(mail, candidacy=chosen, actor=user, **form.cleaned_data)
                messages.success(request, _("Filed. The mail stands with the person, and the address is theirs."))
                return redirect(f"{reverse('candidates:board', args=[chosen.vacancy_id])}?person={chosen.pk}")
        except BadContact as error:
            form.add_error(None, str(error))
    access.log(user, "view", [chosen.subject_id], about_kind="candidacy", about_id=chosen.pk)
    context: dict[str, Any] = {
        "mail": mail,
        "form": form,
        "candidacy": chosen,
        "points": chosen.candidate.contact_points.standing(),
        "crumbs": _crumbs(mail, _("File with a person")),
    }
    return render(request, "candidates/reply_person.html", context, status=422 if form.errors else 200)


def _choose(request: HttpRequest, mail: InboundMail) -> HttpResponse:
    """People of this user's own by name; the sender's own name to begin with."""
    user = staff_user(request)
    words = request.GET.get("q", split_name(mail.from_name).surname or mail.from_name)[:80].strip()
    found = Candidacy.objects.visible_to(user).select_related("candidate", "vacancy__client")
    for word in fold(words).split():
        found = found.filter(candidate__sort_key__contains=word)
    about_it = Case(When(vacancy=mail.vacancy_ref, then=0), default=1)
    order = [about_it, "ended_at", "candidate__sort_key", "pk"] if mail.vacancy_ref else ["candidate__sort_key", "pk"]
    rows = list(found.order_by(*order)[:SHOWN]) if words else []
    access.log(user, "list", [row.subject_id for row in rows], about_kind="inbound", about_id=mail.pk)
    context = {
        "mail": mail,
        "rows": rows,
        "q": words,
        "limit": SHOWN,
        "crumbs": _crumbs(mail, _("File with a person")),
    }
    return render(request, "candidates/reply_person.html", context)


def _chosen(user: User, text: str) -> Candidacy | None:
    try:
        pk = UUID(text)
    except ValueError:
        return None
    mine = Candidacy.objects.visible_to(user).select_related("candidate", "subject", "vacancy__client")
    return get_object_or_404(mine, pk=pk)


def _crumbs(mail: InboundMail, last: str) -> list[dict[str, str]]:
    return [
        {"url": reverse("mailing:replies"), "label": _("Mail that came in")},
        {"url": reverse("mailing:reply", args=[mail.pk]), "label": mail.who or _("Unknown sender")},
        {"label": last},
    ]
