"""Keeping somebody for other vacancies: asked from a stranger's mail or a person's page, shown and used there."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import staff_only, staff_user
from accounts.models import Organisation, User
from candidates import services
from candidates.dossiers import Dossier
from candidates.forms import ApplicantForm, IntoVacancyForm, errors_in_words
from candidates.history import Moment
from candidates.models import Candidate
from candidates.names import split_name
from candidates.services import keeping
from consent import pool
from consent.models import Basis, EventKind
from mailing.models import InboundMail
from mailing.replies.services import language_of
from privacy.deadlines import purge_after_days
from privacy.guards import Refused, told_on
from privacy.identifiers import BadContact

_ICONS = {EventKind.GIVEN: "check", EventKind.REFUSED: "ban", EventKind.WITHDRAWN: "undo"}


@require_http_methods(["GET", "POST"])
@staff_only
def ask_writer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A stranger's mail about no vacancy: tell the writer what we do with it, and let them choose."""
    user = staff_user(request)
    mail = get_object_or_404(InboundMail.objects.visible_to(user).strays(), pk=pk)
    name = split_name(mail.from_name)
    initial = {
        "language": language_of(mail),
        **{part: getattr(name, part) for part in ("given_name", "infix", "surname")},
    }
    form = ApplicantForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        parts = {part: given[part] for part in ("given_name", "infix", "surname")}
        try:
            with told_on(form):
                person = services.take_application(mail, name=parts, language=given["language"], actor=user)
                messages.success(request, _("The question is on its way. Nobody at a client sees this person."))
                return redirect("candidates:person", person.pk)
        except BadContact as error:
            form.add_error(None, str(error))
    days = Organisation.current().no_answer_days
    context = {
        "mail": mail,
        "form": form,
        "erased_on": purge_after_days(timezone.localdate(), days),
        "crumbs": [
            {"url": reverse("mailing:replies"), "label": _("Mail that came in")},
            {"url": reverse("mailing:reply", args=[pk]), "label": mail.who or _("Unknown sender")},
            {"label": _("Ask what we may do with it")},
        ],
    }
    return render(request, "candidates/reply_keep.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask somebody whose procedure has ended whether we may keep them."""
    someone = _get(request, pk)
    try:
        services.ask_to_keep(someone, actor=staff_user(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The question is on its way."))
    return redirect("candidates:person", someone.pk)


@require_POST
@staff_only
def into_vacancy(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put somebody who agreed to be kept in a vacancy, to be asked for it."""
    user = staff_user(request)
    someone = _get(request, pk)
    form = IntoVacancyForm(request.POST, user=user)
    if not form.is_valid():
        messages.error(request, errors_in_words(form))
        return redirect("candidates:person", someone.pk)
    try:
        sourced = services.into_vacancy(someone, vacancy=form.cleaned_data["vacancy"], actor=user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("candidates:person", someone.pk)
    messages.success(request, _("Added. Now ask for this vacancy: the consent to be kept does not carry it."))
    board = reverse("candidates:board", args=[sourced.candidacy.vacancy_id])
    return redirect(f"{board}?person={sourced.candidacy.pk}")


def context_of(someone: Candidate, user: User, dossier: Dossier) -> dict[str, Any]:
    """What the page of a person shows about keeping them; empty `moments` where it was never at issue."""
    was_asked = any(asked.is_pool for asked in dossier.questions)
    until = pool.until_of([someone.subject_id]).get(someone.subject_id) if was_asked else None
    basis = max(dossier.bases_of(None), key=lambda row: row.pk, default=None)
    hindrance = keeping.hindrances([someone]).get(someone.pk, "")
    return {
        "until": until,
        "applied": until is None and basis is not None and basis.basis == Basis.OWN_REQUEST,
        "hindrance": hindrance,
        "may_ask": not hindrance,
        "form": IntoVacancyForm(user=user) if until else None,
        "moments": _moments(someone, dossier),
    }


def _moments(someone: Candidate, dossier: Dossier) -> list[Moment]:
    moments = []
    for row in dossier.bases_of(None):
        if row.basis == Basis.RUNNER_UP:
            continue
        until = _("until %(day)s") % {"day": date_format(row.until, "j F Y")} if row.until else ""
        detail = " · ".join(filter(None, (row.get_reason_display(), until)))
        icon = "stop" if row.basis == Basis.LEGAL_OBLIGATION else "check" if row.basis == Basis.POOL else "scale"
        said = _("Legal basis: %(basis)s") % {"basis": row.get_basis_display()}
        moments.append(Moment(row.at, icon, said, row.by.name if row.by else "", detail))
    # Whether they stay as runner-up stands with the vacancy it is about.
    questions = [asked for asked in dossier.questions if asked.is_pool]
    for asked in questions:
        said = _("Asked once more: “May we keep you?”") if asked.renews_id else _("Question made: “May we keep you?”")
        words = _("in words v%(version)s") % {"version": asked.text.version}
        moments.append(Moment(asked.created_at, "question", said, asked.asked_by.name, words))
    for event in dossier.answers_to(questions):
        said = _("Answer: %(answer)s") % {"answer": event.get_kind_display()}
        who = "" if event.kind == EventKind.EXPIRED else someone.name
        moments.append(Moment(event.at, _ICONS.get(EventKind(event.kind), "clock"), said, who))
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def _get(request: HttpRequest, pk: UUID) -> Candidate:
    visible = Candidate.objects.visible_to(staff_user(request)).select_related("subject")
    return get_object_or_404(visible, pk=pk)
