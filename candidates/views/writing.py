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
from candidates.models import Candidacy, Round
from candidates.services import letters, rounds
from candidates.services.making import AS_USUAL, Wish
from candidates.views import panel
from candidates.views.attaching import keep_files
from mailing import rendering
from mailing import services as mail
from mailing.models import Message
from privacy import access
from privacy.guards import REFUSALS, Refused, lawful, told_on


@require_http_methods(["GET", "POST"])
@staff_only
def write(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Type a message, add files, look at it, send it."""
    user = staff_user(request)
    candidacy = panel.get_or_404(request, pk)
    form = LetterForm(request.POST or None, initial={"key": uuid4()})
    draft = _draft(request, candidacy, form) if request.method == "POST" else None
    message = None
    act, _colon, number = request.POST.get("act", "").partition(":")
    if act == "remove" and draft is not None and number.isdecimal():
        rounds.detach(draft, int(number), actor=user)
    if act in ("remove", "add") and not form.errors.get("new_files"):
        # Only the files were touched: what is typed so far need not be right yet.
        form = LetterForm(initial=request.POST.dict())
    elif request.method == "POST" and form.is_valid():
        with told_on(form):
            if "send" in request.POST:
                message = _write(candidacy, form, draft, user)
                messages.success(request, _("The message is on its way."), extra_tags=_undo(candidacy, message))
                return redirect(_board(candidacy))
            message = _look(candidacy, form, draft, user)
    access.log(user, "view", [candidacy.subject_id], about_kind="candidacy", about_id=candidacy.pk)
    context: dict[str, Any] = {
        "candidacy": candidacy,
        "vacancy": candidacy.vacancy,
        "person": candidacy.candidate,
        "form": form,
        "files": rounds.files_of(draft) if draft else [],
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


def _draft(request: HttpRequest, candidacy: Candidacy, form: LetterForm) -> Round | None:
    """What holds the files of the message being typed, with those just chosen; None while there are none."""
    user = staff_user(request)
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        return None  # the form says so
    if not request.FILES:
        return rounds.letter(candidacy, key=key, actor=user)
    try:
        draft = rounds.open_letter(candidacy, key=key, actor=user)
    except Refused as refusal:
        form.add_error("new_files", str(refusal))
        return None
    keep_files(request, draft, form)
    return draft


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


def _write(candidacy: Candidacy, form: LetterForm, draft: Round | None, user: User) -> Message:
    data = form.cleaned_data
    wish = Wish(files=tuple(one.file for one in rounds.files_of(draft))) if draft else AS_USUAL
    with lawful():
        message = services.write(
            candidacy, actor=user, title=data["title"], text=data["text"], wish=wish, key=data["key"]
        )
        if draft is not None:
            rounds.close_letter(draft)
    return message


def _look(candidacy: Candidacy, form: LetterForm, draft: Round | None, user: User) -> Message:
    """The message as it would be, made and undone."""
    with transaction.atomic():
        try:
            return _write(candidacy, form, draft, user)
        finally:
            transaction.set_rollback(True)


def _undo(candidacy: Candidacy, message: Message) -> str:
    return reverse("candidates:call-back", args=[candidacy.pk, message.pk])


def _board(candidacy: Candidacy) -> str:
    return f"{reverse('candidates:board', args=[candidacy.vacancy_id])}?person={candidacy.pk}"
