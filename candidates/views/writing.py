"""A message of the recruiter's own words to one person, and calling one message back."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import staff_only, staff_user
from accounts.models import User
from candidates import services
from candidates.forms import LetterForm
from candidates.models import Candidacy
from candidates.services import letters
from candidates.views import panel
from mailing import rendering
from mailing import services as mail
from mailing.models import Message
from privacy import access
from privacy.guards import REFUSALS, Refused, told_on


@require_http_methods(["GET", "POST"])
@staff_only
def write(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Type a message, look at it, send it."""
    user = staff_user(request)
    candidacy = panel.get_or_404(request, pk)
    form = LetterForm(request.POST or None, initial={"key": uuid4()})
    message = None
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            if "send" in request.POST:
                message = _write(candidacy, form, user)
                messages.success(request, _("The message is on its way."), extra_tags=_undo(candidacy, message))
                return redirect(_board(candidacy))
            message = _look(candidacy, form, user)
    access.log(user, "view", [candidacy.subject_id], about_kind="candidacy", about_id=candidacy.pk)
    context: dict[str, Any] = {
        "candidacy": candidacy,
        "vacancy": candidacy.vacancy,
        "person": candidacy.candidate,
        "form": form,
        "refusal": "" if letters.is_told(candidacy) else REFUSALS[letters.NOT_TOLD],
        "message": message,
        "message_text": rendering.masked(message.body_text) if message else "",
        "back": _board(candidacy),
        "crumbs": [
            {"label": _("Vacancies"), "url": reverse("vacancies:vacancies")},
            {"label": candidacy.vacancy.title, "url": reverse("candidates:board", args=[candidacy.vacancy_id])},
            {"label": candidacy.candidate.name, "url": _board(candidacy)},
            {"label": _("Write a message")},
        ],
    }
    return render(request, "candidates/write.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only
def call_back(request: HttpRequest, pk: UUID, message: UUID) -> HttpResponse:
    """Call one message back that waits."""
    candidacy = panel.get_or_404(request, pk)
    mine = Message.objects.filter(subject=candidacy.subject_id, vacancy_ref=candidacy.vacancy_id)
    try:
        mail.cancel(get_object_or_404(mine, pk=message), actor=staff_user(request))
    except Refused as refusal:
        return panel.told(request, candidacy, str(refusal))
    return panel.answer(request, candidacy, _("The message is called back."))


def _write(candidacy: Candidacy, form: LetterForm, user: User) -> Message:
    data = form.cleaned_data
    return services.write(candidacy, actor=user, title=data["title"], text=data["text"], key=data["key"])


def _look(candidacy: Candidacy, form: LetterForm, user: User) -> Message:
    """The message as it would be, made and undone."""
    with transaction.atomic():
        try:
            return _write(candidacy, form, user)
        finally:
            transaction.set_rollback(True)


def _undo(candidacy: Candidacy, message: Message) -> str:
    return reverse("candidates:call-back", args=[candidacy.pk, message.pk])


def _board(candidacy: Candidacy) -> str:
    return f"{reverse('candidates:board', args=[candidacy.vacancy_id])}?person={candidacy.pk}"
