"""A round after it was sent: how far it is, who could not be written to, and stopping it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import staff_only, staff_user
from candidates import boards
from candidates.models import Round, RoundKind, RoundPerson
from candidates.services import rounds
from mailing.models import Message, State
from privacy import access
from vacancies.models import Vacancy

STRIP = 3


@require_GET
@staff_only
def progress(request: HttpRequest, pk: UUID, made: UUID) -> HttpResponse:
    """How far the round is while it is made; then what came of each person."""
    user = staff_user(request)
    vacancy = get_object_or_404(Vacancy.objects.visible_to(user).select_related("client"), pk=pk)
    found = get_object_or_404(Round.objects.select_related("made_by"), pk=made, vacancy=vacancy)
    if found.is_draft:
        if found.made_by_id != user.pk:
            return redirect("candidates:board", vacancy.pk)
        return redirect("candidates:compose", vacancy.pk, found.pk)
    people = rounds.people_of(found)
    context: dict[str, Any] = {
        "vacancy": vacancy,
        "round": found,
        "is_reminder": found.kind == RoundKind.REMINDER,
        "progress": rounds.progress_of(found),
        "refused": [person for person in people if person.refusal],
    }
    if request.htmx:  # type: ignore[attr-defined]
        if not found.is_over:
            return render(request, "candidates/_round_progress.html", context)
        response = HttpResponse(status=204)
        response["HX-Redirect"] = request.path
        return response
    access.log(user, "list", [one.candidacy.subject_id for one in people], about_kind="round", about_id=found.pk)
    context |= {
        "rows": [(person, *_state_of(person.message)) for person in people if person.message],
        "left_out": [person for person in people if person.left_out],
        "unmade": [person for person in people if _is_unmade(person)] if found.is_over else [],
        "crumbs": [
            {"label": _("Vacancies"), "url": reverse("vacancies:vacancies")},
            {"label": vacancy.title, "url": reverse("candidates:board", args=[vacancy.pk])},
            {"label": _("Round")},
        ],
    }
    return render(request, "candidates/round.html", context)


@require_POST
@staff_only
def stop(request: HttpRequest, pk: UUID, made: UUID) -> HttpResponse:
    """Make nothing more of this round, and call back what has not left."""
    user = staff_user(request)
    vacancy = get_object_or_404(Vacancy.objects.visible_to(user), pk=pk)
    found = get_object_or_404(Round, pk=made, vacancy=vacancy, started_at__isnull=False)
    was_making = not found.is_over
    number = rounds.stop(found, actor=user)
    if number:
        said = ngettext("%(n)s message is called back.", "%(n)s messages are called back.", number) % {"n": number}
        messages.success(request, said)
    elif was_making:
        messages.success(request, _("The round is stopped."))
    else:
        messages.warning(request, _("Everything has left already."))
    return redirect("candidates:board", vacancy.pk)


@require_GET
@staff_only
def strip(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The rounds of a vacancy that are being made or wait, for the board."""
    vacancy = get_object_or_404(Vacancy.objects.visible_to(staff_user(request)), pk=pk)
    return render(request, "candidates/_rounds.html", strip_context(vacancy))


def strip_context(vacancy: Vacancy) -> dict[str, Any]:
    """The newest open rounds with their numbers, in two queries."""
    found = list(Round.objects.open().filter(vacancy=vacancy).select_related("made_by").order_by("-created_at")[:STRIP])
    numbers = rounds.progress(found) if found else {}
    return {
        "vacancy": vacancy,
        "rounds": [(made, numbers[made.pk]) for made in found],
        "is_making": any(not made.is_over for made in found),
    }


def _state_of(message: Message | None) -> tuple[str, bool]:
    """The code of its state, and whether it can still be called back."""
    if message is None:
        return "", False
    return boards.mail_code(message), message.state == State.QUEUED


def _is_unmade(person: RoundPerson) -> bool:
    return not (person.message or person.refusal or person.left_out)
