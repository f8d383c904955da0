"""Approaching several people at once: first what will happen to each, then the act."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import staff_only, staff_user
from accounts.models import User
from candidates import services, tasks
from candidates.models import Candidacy
from mailing import rendering
from mailing.models import Message
from privacy import access
from vacancies.models import Vacancy

AT_ONCE = 200
# Longer rounds are made by a worker.
IN_A_REQUEST = 25


@require_POST
@staff_only
def approach(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show what will happen to each of the chosen people; with `send`, do it."""
    user = staff_user(request)
    vacancy = get_object_or_404(Vacancy.objects.visible_to(user).select_related("client"), pk=pk)
    chosen = _chosen(request, vacancy, user)
    if not chosen:
        messages.info(request, _("Choose somebody first: tick the box on a card."))
        return redirect("candidates:board", vacancy.pk)
    if "send" in request.POST:
        return _send(request, vacancy, chosen, user)
    prospects, first = services.preview(chosen, actor=user)
    access.log(user, "list", [one.subject_id for one in chosen], about_kind="approach", about_id=vacancy.pk)
    return render(request, "candidates/approach.html", _preview_context(vacancy, prospects, first, user))


@require_POST
@staff_only
def undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Call back what has not left yet."""
    user = staff_user(request)
    vacancy = get_object_or_404(Vacancy.objects.visible_to(user), pk=pk)
    number = services.undo_approach(vacancy, actor=user)
    if number:
        said = ngettext("%(n)s message is called back.", "%(n)s messages are called back.", number) % {"n": number}
        messages.success(request, said)
    else:
        messages.warning(request, _("Everything has left already."))
    return redirect("candidates:board", vacancy.pk)


def _chosen(request: HttpRequest, vacancy: Vacancy, user: User) -> list[Candidacy]:
    asked = []
    for value in request.POST.getlist("pk")[:AT_ONCE]:
        try:
            asked.append(UUID(value))
        except ValueError:
            continue
    mine = Candidacy.objects.visible_to(user).filter(vacancy=vacancy, pk__in=asked)
    return list(mine.select_related("candidate", "subject", "vacancy").order_by("candidate__sort_key", "pk"))


def _send(request: HttpRequest, vacancy: Vacancy, chosen: list[Candidacy], user: User) -> HttpResponse:
    undo_url = reverse("candidates:approach-undo", args=[vacancy.pk])
    if len(chosen) > IN_A_REQUEST:
        ids = [str(candidacy.pk) for candidacy in chosen]
        transaction.on_commit(partial(tasks.approach_people.delay, str(user.pk), ids))
        said = _("%(n)s messages are being made; the cards move as it goes.") % {"n": len(ids)}
        messages.success(request, said, extra_tags=undo_url)
        return redirect("candidates:board", vacancy.pk)
    outcomes = services.approach(chosen, actor=user)
    sent = [outcome for outcome in outcomes if outcome.message]
    if sent:
        said = ngettext("%(n)s message is on its way.", "%(n)s messages are on their way.", len(sent)) % {
            "n": len(sent)
        }
        messages.success(request, said, extra_tags=undo_url)
    for outcome in outcomes:
        if outcome.refusal:
            messages.warning(request, f"{outcome.candidacy.candidate.name}: {outcome.refusal}")
    return redirect("candidates:board", vacancy.pk)


def _preview_context(
    vacancy: Vacancy, prospects: list[services.Prospect], first: Message | None, user: User
) -> dict[str, Any]:
    subjects = [prospect.candidacy.subject_id for prospect in prospects]
    warnings = services.approached_elsewhere_many(subjects, vacancy, actor=user)
    return {
        "vacancy": vacancy,
        "rows": [(prospect, warnings.get(prospect.candidacy.subject_id, [])) for prospect in prospects],
        "number": sum(prospect.refusal is None for prospect in prospects),
        "first": first,
        "first_text": rendering.masked(first.body_text) if first else "",
        "crumbs": [
            {"label": _("Vacancies"), "url": reverse("vacancies:vacancies")},
            {"label": vacancy.title, "url": reverse("candidates:board", args=[vacancy.pk])},
            {"label": _("Approach")},
        ],
    }
