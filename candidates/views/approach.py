"""Composing to one or many: choose, look at each message, leave people out, plan, send."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import staff_only, staff_user
from accounts.models import User
from candidates import services
from candidates.forms import ComposeForm, errors_in_words
from candidates.models import Candidacy, Round, RoundKind, RoundPerson
from candidates.services import approaching, making, reminding, rounds
from candidates.services.approaching import Prospect
from candidates.views.attaching import keep_files
from mailing import rendering
from mailing.kinds import REMINDER
from privacy import access
from privacy.guards import Refused, Sentence
from vacancies.models import Vacancy

# Refusals that another moment would mend.
MENDED_BY_MOMENT = (making.TOO_LATE, reminding.LATE, reminding.OVER)
TOASTS = 3


@require_POST
@staff_only
def approach(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Begin composing to the chosen people; nothing is sent or kept but the choice itself."""
    user = staff_user(request)
    vacancy = get_object_or_404(Vacancy.objects.visible_to(user), pk=pk)
    kind = request.POST.get("kind") or RoundKind.APPROACH
    chosen = _chosen(request, vacancy, user) if kind in (RoundKind.APPROACH, RoundKind.REMINDER) else []
    if not chosen:
        messages.info(request, _("Choose somebody first: tick the box on a card."))
        return redirect("candidates:board", vacancy.pk)
    if len(request.POST.getlist("pk")) > rounds.AT_MOST:
        said = _("At most %(n)s people at once: each message is a personal one. These are the first %(n)s.")
        messages.warning(request, said % {"n": rounds.AT_MOST})
    made = rounds.open_round(vacancy, chosen, kind=kind, actor=user)
    return redirect("candidates:compose", vacancy.pk, made.pk)


@require_http_methods(["GET", "POST"])
@staff_only
def compose(request: HttpRequest, pk: UUID, made: UUID) -> HttpResponse:
    """The people of a draft, what each will read, and the act of sending. Every button saves what was typed."""
    user = staff_user(request)
    vacancy = get_object_or_404(Vacancy.objects.visible_to(user).select_related("client"), pk=pk)
    draft = get_object_or_404(Round.objects.to_many(), pk=made, vacancy=vacancy, made_by=user)
    draft.vacancy = vacancy
    if not draft.is_draft:
        return _sent_already(request, draft)
    people = rounds.people_of(draft)
    if request.method == "POST":
        return _take(request, draft, people)
    shown = _person(people, request.GET.get("person")) or _first(people)
    access.log(user, "list", [one.candidacy.subject_id for one in people], about_kind="approach", about_id=vacancy.pk)
    return _page(request, draft, people, shown)


def _take(request: HttpRequest, draft: Round, people: list[RoundPerson]) -> HttpResponse:
    user = staff_user(request)
    shown = _person(people, request.POST.get("person")) or _first(people)
    form = _form(draft, people, shown, request.POST)
    keep_files(request, draft, form)
    if not form.is_valid():
        return _page(request, draft, people, shown, form=form)
    data = form.cleaned_data
    try:
        draft = rounds.arrange(
            draft, note=data["note"], templates=form.templates, not_before=data["not_before"], actor=user
        )
        if shown is not None:
            rounds.write_line(draft, shown.candidacy_id, note=data["line"], actor=user)
    except Refused as refusal:
        if "act" in request.POST:
            messages.warning(request, str(refusal))
        return _sent_already(request, draft)
    act, _colon, number = request.POST.get("act", "").partition(":")
    other = _person(people, number)
    if act in ("out", "in") and other is not None:
        rounds.leave_out(draft, other.candidacy_id, out=act == "out", actor=user)
    elif act == "show" and other is not None:
        shown = other
    elif act == "remove" and number.isdecimal():
        rounds.detach(draft, int(number), actor=user)
    people = rounds.people_of(draft)
    if act == "send":
        return _send(request, draft, people, shown)
    shown = _person(people, str(shown.pk)) if shown else None
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(_address(draft, shown))
    response = _page(request, draft, people, shown)
    response["HX-Push-Url" if act == "show" else "HX-Replace-Url"] = _address(draft, shown)
    return response


def _send(request: HttpRequest, draft: Round, people: list[RoundPerson], shown: RoundPerson | None) -> HttpResponse:
    form = _form(draft, people, shown, request.POST)
    form.is_valid()
    found = rounds.prospects(draft, people)
    late = [
        one.candidacy.candidate.name
        for person, one in zip(people, found, strict=True)
        if one.rule in MENDED_BY_MOMENT and not person.left_out
    ]
    if late and draft.not_before:
        text = _("Too late on that day for: %(names)s. Choose an earlier day, or leave them out.")
        form.add_error("day", text % {"names": ", ".join(late)})
        return _page(request, draft, people, shown, form=form)
    try:
        sent = rounds.start(draft, actor=staff_user(request))
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, draft, people, shown, form=form)
    if not sent.is_over or not _tell(request, sent):
        return _go(request, reverse("candidates:round", args=[sent.vacancy_id, sent.pk]))
    return _go(request, reverse("candidates:board", args=[sent.vacancy_id]))


def _tell(request: HttpRequest, sent: Round) -> bool:
    """What came of a short round, with its undo; False when its page has to say the rest."""
    people = rounds.people_of(sent)
    number = sum(person.message is not None for person in people)
    undo = reverse("candidates:round-stop", args=[sent.vacancy_id, sent.pk])
    if number and sent.not_before:
        said = ngettext("%(n)s message waits until %(when)s.", "%(n)s messages wait until %(when)s.", number)
        when = date_format(timezone.localtime(sent.not_before), "l j F H:i")
        messages.success(request, said % {"n": number, "when": when}, extra_tags=undo)
    elif number:
        said = ngettext("%(n)s message is on its way.", "%(n)s messages are on their way.", number)
        messages.success(request, said % {"n": number}, extra_tags=undo)
    refused = [person for person in people if person.refusal]
    if len(refused) > TOASTS:
        return False
    for person in refused:
        messages.warning(request, f"{person.candidacy.candidate.name}: {person.why_not}")
    return True


def _sent_already(request: HttpRequest, draft: Round) -> HttpResponse:
    if request.htmx and "act" not in request.POST:  # type: ignore[attr-defined]
        # What was typed last saves itself, and may come in after the button that sent it: it leads nowhere.
        return HttpResponse(status=204)
    return _go(request, reverse("candidates:round", args=[draft.vacancy_id, draft.pk]))


def _go(request: HttpRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)  # type: ignore[attr-defined]


def _chosen(request: HttpRequest, vacancy: Vacancy, user: User) -> list[Candidacy]:
    asked = []
    for value in request.POST.getlist("pk")[: rounds.AT_MOST]:
        try:
            asked.append(UUID(value))
        except ValueError:
            continue
    mine = Candidacy.objects.visible_to(user).filter(vacancy=vacancy, pk__in=asked)
    return list(mine.select_related("candidate", "subject", "vacancy").order_by("candidate__sort_key", "pk"))


def _address(draft: Round, shown: RoundPerson | None) -> str:
    path = reverse("candidates:compose", args=[draft.vacancy_id, draft.pk])
    return f"{path}?person={shown.pk}" if shown else path


def _person(people: list[RoundPerson], number: str | None) -> RoundPerson | None:
    return next((person for person in people if str(person.pk) == number), None)


def _first(people: list[RoundPerson]) -> RoundPerson | None:
    """Whom the page begins with: the first who will get a message."""
    return next((person for person in people if not person.left_out), people[0] if people else None)


def _form(draft: Round, people: list[RoundPerson], shown: RoundPerson | None, data: Any = None) -> ComposeForm:
    return ComposeForm(
        data,
        made=draft,
        kind=REMINDER if draft.kind == RoundKind.REMINDER else approaching.kind_for(draft.vacancy),
        languages=[person.candidacy.candidate.language for person in people],
        initial={"line": shown.note if shown else ""},
    )


@dataclass(frozen=True)
class Row:
    """One person on the page."""

    person: RoundPerson
    prospect: Prospect
    warnings: list[Sentence]

    @property
    def look(self) -> str:
        if self.prospect.refusal:
            return "refused"
        return "warn" if self.warnings else "ok"

    @property
    def gets_it(self) -> bool:
        return not self.person.left_out and not self.prospect.refusal


def _page(
    request: HttpRequest,
    draft: Round,
    people: list[RoundPerson],
    shown: RoundPerson | None,
    form: ComposeForm | None = None,
) -> HttpResponse:
    user, vacancy = staff_user(request), draft.vacancy
    found = rounds.prospects(draft, people)
    warnings = services.approached_elsewhere_many([one.candidacy.subject_id for one in people], vacancy, actor=user)
    rows = [
        Row(person, prospect, warnings.get(person.candidacy.subject_id, []))
        for person, prospect in zip(people, found, strict=True)
    ]
    place = people.index(shown) if shown else 0
    message, why_not = rounds.preview(shown, draft, actor=user) if shown else (None, "")
    context = {
        "vacancy": vacancy,
        "round": draft,
        "is_reminder": draft.kind == RoundKind.REMINDER,
        "rows": rows,
        "number": sum(row.gets_it for row in rows),
        "form": form or _form(draft, people, shown),
        "shown": shown,
        "shown_row": rows[place] if shown else None,
        "place": place + 1,
        "previous": people[place - 1] if shown and place else None,
        "next": people[place + 1] if shown and place + 1 < len(people) else None,
        "message": message,
        "message_text": rendering.masked(message.body_text) if message else "",
        "why_not": why_not,
        "files": rounds.files_of(draft),
        "problem": errors_in_words(form) if form is not None else "",
        "crumbs": [
            {"label": _("Vacancies"), "url": reverse("vacancies:vacancies")},
            {"label": vacancy.title, "url": reverse("candidates:board", args=[vacancy.pk])},
            {"label": _("Remind") if draft.kind == RoundKind.REMINDER else _("Approach")},
        ],
    }
    template = "candidates/_compose.html" if request.htmx else "candidates/compose.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=422 if form is not None and form.errors else 200)
