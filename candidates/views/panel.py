"""One person in one vacancy: everything about it beside the board, and every act on it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from accounts.access import staff_only, staff_user, way_back
from accounts.models import User
from candidates import boards, dossiers, history, retention, services, threads
from candidates.forms import ContactLogForm, CopyForm, MoveForm, NoteForm, TaskForm, errors_in_words
from candidates.history import Moment
from candidates.models import Candidacy, Candidate, EndReason, Stage, Task
from candidates.services import making, reminding, reserve
from candidates.views.drawing import board_fragment, stamped_or_404
from consent import runner_up
from consent.models import ConsentRequest, EventKind, Purpose, Revelation
from mailing.kinds import REMINDER
from mailing.models import Message, State
from mailing.services import text_to_copy
from privacy import access
from privacy.guards import REFUSALS, Refused
from privacy.models import AccessEntry
from vacancies import guarantees
from vacancies.forms import ReserveForm
from vacancies.models import Vacancy, VacancyState

LOOKS_SHOWN = 5
DONE_SHOWN = 5
NOTES_SHOWN = 50
OWN_FORMS = ("contact_form", "copy_form", "note_form", "task_form")
I4 = services.I4


@require_GET
@staff_only
def panel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The panel as a fragment; without a script its address leads to the board with the panel open."""
    candidacy = get_or_404(request, pk)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(_board_url(candidacy))
    return render(request, "candidates/_panel.html", context_of(request, candidacy))


@require_POST
@staff_only
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Decide a stage: by a drag (answers with the board), from the panel, or by a plain form."""
    candidacy = get_or_404(request, pk)
    form = MoveForm({**request.GET.dict(), **request.POST.dict()}, stage=candidacy.stage)
    from_panel = "reason" in request.POST
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.move(
                candidacy.pk,
                to=data["to"],
                reason=data["reason"],
                note=data["note"],
                expected=data["expected"],
                actor=staff_user(request),
            )
        except Refused as refusal:
            return told(request, candidacy, str(refusal))
        if from_panel or not request.htmx:  # type: ignore[attr-defined]
            return answer(request, candidacy, _("Moved to %(stage)s.") % {"stage": Stage(data["to"]).label})
        return _moved_board(request, candidacy)
    if from_panel:
        return refused(request, candidacy, "move_form", form)
    # A drag has no place for a reason: the panel asks for it.
    response = _sentence(errors_in_words(form))
    if form.data.get("to") in Stage.values:
        response["X-Panel"] = f"{reverse('candidates:panel', args=[candidacy.pk])}?to={form.data['to']}"
    if not request.htmx:  # type: ignore[attr-defined]
        messages.error(request, errors_in_words(form))
        return redirect(_board_url(candidacy))
    return response


@require_POST
@staff_only
def copy(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make the text with the person's own link, and show it to copy."""
    candidacy = get_or_404(request, pk)
    form = _copy_form(candidacy, _reminding(candidacy), request.POST)
    if not form.is_valid():
        return refused(request, candidacy, "copy_form", form)
    wish = services.Wish(templates=form.templates, note=form.cleaned_data["note"])
    prepare = reminding.prepare_copy if form.kind == REMINDER else services.prepare_copy
    try:
        message = prepare(candidacy, channel=form.cleaned_data["channel"], actor=staff_user(request), wish=wish)
    except Refused as refusal:
        return told(request, candidacy, str(refusal))
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "candidates/_panel.html", context_of(request, candidacy, copied=message))
    back = way_back(request, _board_url(candidacy))
    return redirect(f"{back}{'&' if '?' in back else '?'}copy={message.pk}")


@require_POST
@staff_only
def sent(request: HttpRequest, pk: UUID) -> HttpResponse:
    """'I sent it': notice and first contact, from this moment."""
    candidacy = get_or_404(request, pk)
    message = get_object_or_404(_drafts(candidacy), pk=_uuid(request.POST.get("message")))
    try:
        services.sent_by_hand(message, actor=staff_user(request))
    except Refused as refusal:
        return told(request, candidacy, str(refusal))
    if message.kind == REMINDER:
        return answer(request, candidacy, _("Noted as sent now: this counts as the one reminder."))
    return answer(request, candidacy, _("Noted as sent now: this counts as the notice and the first contact."))


@require_POST
@staff_only
def contact(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A reply or a call, and the day to speak again when there is one."""
    candidacy = get_or_404(request, pk)
    form = ContactLogForm(request.POST)
    if not form.is_valid():
        return refused(request, candidacy, "contact_form", form)
    try:
        services.log_contact(candidacy, actor=staff_user(request), **form.cleaned_data)
    except Refused as refusal:
        return told(request, candidacy, str(refusal))
    day = form.cleaned_data["follow_up_on"]
    if day is None:
        return answer(request, candidacy, _("Noted. The no-answer clock runs on."))
    said = _("Noted. The no-answer clock waits for %(day)s, and you find it on Today then.")
    return answer(request, candidacy, said % {"day": date_format(day, "l j F")})


@require_POST
@staff_only
def oral(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A yes by phone: pending until the person confirms it."""
    candidacy = get_or_404(request, pk)
    try:
        services.note_oral_yes(candidacy, actor=staff_user(request))
    except Refused as refusal:
        return told(request, candidacy, str(refusal))
    return answer(request, candidacy, _("Noted: it counts once the person confirms it through the link."))


@require_POST
@staff_only
def reveal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Name a confidential client to this person, and ask for consent with that name."""
    candidacy = get_or_404(request, pk)
    try:
        message = services.reveal(candidacy, actor=staff_user(request))
    except Refused as refusal:
        return told(request, candidacy, str(refusal))
    if message is None:
        return answer(
            request, candidacy, _("The client may be named to this person now. Copy the text to send it."), "warn"
        )
    return answer(request, candidacy, _("The client is named to this person, and the question is on its way."))


@require_POST
@staff_only
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The vacancy was reopened: ask somebody anew who left when the procedure was closed."""
    candidacy = get_or_404(request, pk)
    try:
        services.ask_again(candidacy, actor=staff_user(request))
    except Refused as refusal:
        return told(request, candidacy, str(refusal))
    return answer(request, get_or_404(request, pk), _("Asked again. They stay in this vacancy until they answer."))


@require_POST
@staff_only
def stay(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask somebody whose procedure has ended whether they stay as runner-up for it."""
    candidacy = get_or_404(request, pk)
    form = ReserveForm(request.POST)
    if not form.is_valid():
        return refused(request, candidacy, "reserve_form", form)
    try:
        services.ask_to_stay(candidacy, until=form.cleaned_data["until"], actor=staff_user(request))
    except Refused as refusal:
        return told(request, candidacy, str(refusal))
    return answer(request, candidacy, _("The question is on its way. Without a yes nothing changes."))


@require_POST
@staff_only
def task_done(request: HttpRequest, pk: UUID, task: UUID) -> HttpResponse:
    """Tick a task of this person off."""
    candidacy = get_or_404(request, pk)
    services.finish_task(get_object_or_404(Task, pk=task, candidacy=candidacy), actor=staff_user(request))
    return answer(request, candidacy, _("Done."))


# Answers


def get_or_404(request: HttpRequest, pk: UUID) -> Candidacy:
    """A candidacy this user may see, with everything the panel names."""
    visible = Candidacy.objects.visible_to(staff_user(request))
    whole = visible.select_related("candidate", "subject", "owner", "vacancy__client", "vacancy__owner")
    return boards.answered([get_object_or_404(whole, pk=pk)])[0]


def answer(request: HttpRequest, candidacy: Candidacy, said: str, kind: str = "ok") -> HttpResponse:
    """The panel anew with a toast, or back to the page with it."""
    if not request.htmx:  # type: ignore[attr-defined]
        messages.add_message(request, messages.SUCCESS if kind == "ok" else messages.WARNING, said)
        return redirect(way_back(request, _board_url(candidacy)))
    response = render(request, "candidates/_panel.html", context_of(request, get_or_404(request, candidacy.pk)))
    trigger_client_event(response, "toast", {"text": said, "kind": kind})
    # The board need not wait for its next pulse.
    return trigger_client_event(response, "board:changed", {})


def refused(request: HttpRequest, candidacy: Candidacy, name: str, form: Any) -> HttpResponse:
    """The panel with a form as it was typed, its errors at the fields."""
    template = "candidates/_panel.html"
    context = context_of(request, candidacy, **{name: form})
    if not request.htmx:  # type: ignore[attr-defined]
        template = "candidates/panel_page.html"
        context["back"] = way_back(request, _board_url(candidacy))
    return render(request, template, context, status=422)


def told(request: HttpRequest, candidacy: Candidacy, sentence: str) -> HttpResponse:
    """A refusal as a sentence."""
    if request.htmx:  # type: ignore[attr-defined]
        raise Refused(sentence)
    messages.error(request, sentence)
    return redirect(way_back(request, _board_url(candidacy)))


def _sentence(text: str) -> HttpResponse:
    return HttpResponse(text, status=422, content_type="text/plain; charset=utf-8")


def _moved_board(request: HttpRequest, candidacy: Candidacy) -> HttpResponse:
    user = staff_user(request)
    return HttpResponse(board_fragment(request, stamped_or_404(user, candidacy.vacancy_id), user))


def _board_url(candidacy: Candidacy) -> str:
    return f"{reverse('candidates:board', args=[candidacy.vacancy_id])}?person={candidacy.pk}"


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _drafts(candidacy: Candidacy) -> Any:
    return Message.objects.filter(
        subject=candidacy.subject_id, vacancy_ref=candidacy.vacancy_id, about_kind="consent_request", state=State.DRAFT
    )


# What the panel shows


def asked_for(request: HttpRequest, vacancy: Vacancy) -> dict[str, Any]:
    """The panel a page's address asks for with `?person=`, or nothing."""
    pk = _uuid(request.GET.get("person"))
    if pk is None:
        return {}
    candidacy = get_or_404(request, pk)
    if candidacy.vacancy_id != vacancy.pk:
        return {}
    return context_of(request, candidacy)


def context_of(request: HttpRequest, candidacy: Candidacy, **forms: Any) -> dict[str, Any]:
    """Everything about one person in one vacancy; that it was shown goes into the access log."""
    user = staff_user(request)
    access.log(user, "view", [candidacy.subject_id], about_kind="candidacy", about_id=candidacy.pk)
    return {**details(request, candidacy, **forms), "person": candidacy.candidate, "looks": looks(candidacy.subject_id)}


def details(
    request: HttpRequest,
    candidacy: Candidacy,
    entries_of: threads.Thread | None = None,
    whole: dossiers.Dossier | None = None,
    **forms: Any,
) -> dict[str, Any]:
    """What the panel shows, without the log; a page about the whole person brings their thread and dossier along."""
    user = staff_user(request)
    dossier = whole or dossier_of(candidacy.candidate, [candidacy], user)
    thread = entries_of or threads.of(candidacy.candidate, user, vacancy=candidacy.vacancy_id)
    entries = thread.of(candidacy.vacancy_id)
    code, word = boards.state_of(candidacy)
    newest = next(iter(dossier.questions_of(candidacy.vacancy_id)), None)
    open_one = newest if newest and newest.closed_at is None else None
    copied = forms.pop("copied", None) or _copy_asked(request, candidacy)
    may_approach = candidacy.ended_at is None and _is_unasked(newest)
    one = None if may_approach or open_one is None or open_one.latest else _reminding(candidacy)  # type: ignore[attr-defined]
    may_remind = one is not None and not one.rule
    may_copy = may_approach or may_remind
    to = request.GET.get("to", "")
    moving = forms.pop("move_form", None) or MoveForm(
        stage=candidacy.stage, initial={"to": to or _next(candidacy.stage), "expected": candidacy.stage}
    )
    filters = boards.Filters.read(request.GET)
    since = timezone.now()
    tasks = dossier.tasks_of(candidacy)
    done = [task for task in tasks if task.done_at is not None and task.kind != "reply"]
    shown_forms = {
        "move_form": moving,
        "contact_form": forms.get("contact_form") or ContactLogForm(),
        "note_form": forms.get("note_form") or NoteForm(candidate=candidacy.candidate, candidacy=candidacy),
        "task_form": forms.get("task_form") or TaskForm(vacancy=candidacy.vacancy, user=user),
        "copy_form": forms.get("copy_form") or (_copy_form(candidacy, one) if may_copy else None),
    }
    for name, form in shown_forms.items():
        # Several forms with a note stand on one page, and one person in several vacancies.
        if form is not None:
            form.auto_id = f"{name}-{candidacy.pk}-%s"
    return {
        **shown_forms,
        "candidacy": candidacy,
        "filters_query": filters.query(),
        "state": code,
        "state_word": word,
        "clocks": boards.clocks_of([candidacy]).get(candidacy.pk, []),
        "retention": retention.kept_of([candidacy.pk])[candidacy.pk],
        "points": dossier.points,
        "sources": dossier.sources_of(candidacy),
        "tasks": [task for task in tasks if task.done_at is None],
        "done_tasks": sorted(done, key=lambda task: task.done_at or since, reverse=True)[:DONE_SHOWN],
        "today": timezone.localdate(),
        "timeline": timeline(candidacy, dossier),
        "thread": entries,
        "thread_short": threads.SHORT if entries_of is None else 0,
        "waiting": _waiting(candidacy),
        "warnings": services.approached_elsewhere(candidacy.candidate, candidacy.vacancy, actor=user),
        "move_open": bool(moving.is_bound or to),
        "move_now": bool(to),
        "notes": dossier.notes_of(candidacy)[:NOTES_SHOWN],
        "way": request.GET.get("way", ""),
        "copy_open": request.GET.get("way") == "copy",
        "copied": copied,
        "copied_text": _text(copied),
        "is_running": candidacy.ended_at is None,
        "may_ask_again": candidacy.ended_reason == EndReason.CLOSED
        and candidacy.vacancy.state == VacancyState.SOURCING,
        **_reserve(candidacy, forms.pop("reserve_form", None)),
        "may_approach": may_approach,
        "may_remind": may_remind,
        # Why not is told where it is about the days; the rest can be seen on the page.
        "no_reminder": one.refusal if one is not None and one.rule in (reminding.EARLY, reminding.LATE) else "",
        "may_write": candidacy.ended_at is None and dossier.is_told(candidacy),
        "may_note_yes": open_one is not None and open_one.latest in (None, EventKind.TALK_FIRST),  # type: ignore[attr-defined]
        "may_reveal": _may_reveal(candidacy),
        "may_introduce": code == "given",
        "introduce_url": _introduce_url(candidacy),
        "no_introduction": REFUSALS[I4],
        **{name: form for name, form in forms.items() if name not in OWN_FORMS},
    }


def dossier_of(person: Candidate, candidacies: list[Candidacy], user: User) -> dossiers.Dossier:
    """What is on record about a person in these candidacies, with what was done or removed of late, to put it back."""
    return dossiers.of(person, candidacies, user, done_since=timezone.now() - services.UNDO)


def _reserve(candidacy: Candidacy, form: ReserveForm | None) -> dict[str, Any]:
    """Whether somebody whose procedure has ended stays as runner-up, or may be asked to."""
    if candidacy.vacancy.state != VacancyState.PROCEDURE_CLOSED or candidacy.ended_reason != EndReason.CLOSED:
        return {}
    hindrance = reserve.hindrances([candidacy]).get(candidacy.pk, "")
    usual = guarantees.proposed_for(candidacy.vacancy_id, timezone.localdate())
    asked = runner_up.of(candidacy.subject_id, candidacy.vacancy_id)
    latest = asked.latest if asked is not None else None  # type: ignore[attr-defined]
    return {
        "reserve": asked,
        "reserve_word": EventKind(latest).label if latest else "",
        "reserve_hindrance": hindrance,
        "reserve_form": form or (None if hindrance else ReserveForm(initial={"until": usual})),
    }


def _is_unasked(asked: ConsentRequest | None) -> bool:
    """Whether the question may still be put: nobody asked, or what was sent did not arrive."""
    if asked is None or asked.closed_at is not None:
        return True
    if asked.latest:  # type: ignore[attr-defined]
        return False
    return not making.askings([asked.pk]).exists()


def _waiting(candidacy: Candidacy) -> list[Message]:
    """Messages that can still be called back."""
    rows = Message.objects.filter(
        subject=candidacy.subject_id, vacancy_ref=candidacy.vacancy_id, state=State.QUEUED, sender__isnull=False
    )
    return list(rows.defer("body_text", "body_html").order_by("not_before"))


def _reminding(candidacy: Candidacy) -> reminding.Reminding:
    return reminding.remindings([candidacy], at=timezone.now(), by_mail=False)[0]


def _copy_form(candidacy: Candidacy, one: reminding.Reminding | None, data: Any = None) -> CopyForm:
    """The form of a text to copy: the reminder where one may go, else the first message."""
    if one is not None and not one.rule and one.asked is not None:
        return CopyForm(data, kind=REMINDER, language=one.asked.language)
    first = "talk_invite" if _may_reveal(candidacy) else "approach"
    return CopyForm(data, kind=first, language=candidacy.candidate.language)


def _may_reveal(candidacy: Candidacy) -> bool:
    return (
        candidacy.ended_at is None
        and candidacy.vacancy.is_confidential
        and not Revelation.objects.filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id).exists()
    )


def _introduce_url(candidacy: Candidacy) -> str:
    try:
        return reverse("introductions:introduce", args=[candidacy.pk])
    except NoReverseMatch:
        return ""


def _next(stage: str) -> str:
    order = list(Stage.values)
    at = order.index(stage)
    return order[at + 1] if at + 1 < len(order) - 1 else stage


def _copy_asked(request: HttpRequest, candidacy: Candidacy) -> Message | None:
    pk = _uuid(request.GET.get("copy"))
    found: Message | None = _drafts(candidacy).filter(pk=pk).first() if pk else None
    return found


def _text(message: Message | None) -> str:
    if message is None:
        return ""
    try:
        return text_to_copy(message)
    except (Refused, ValidationError) as refusal:
        return str(refusal)


def looks(subject: UUID) -> list[AccessEntry]:
    """Who opened this person last."""
    entries = AccessEntry.objects.filter(subjects__contains=[subject], action="view").select_related("actor")
    return list(entries.order_by("-id")[:LOOKS_SHOWN])


def timeline(candidacy: Candidacy, dossier: dossiers.Dossier) -> list[Moment]:
    """Bases, questions, answers, notices and decisions in one line of time, newest first."""
    vacancy = candidacy.vacancy_id
    asked = dossier.questions_of(vacancy)
    moments = [
        *_reserve_moments(vacancy, dossier),
        *map(history.basis, dossier.bases_of(vacancy)),
        *map(history.question, asked),
        *(history.answered(row, candidacy.candidate) for row in dossier.answers_to(asked)),
        *map(history.decision, dossier.decisions_of(candidacy)),
    ]
    for notice in dossier.notices_of(vacancy):
        moments.append(history.notice(notice))
        if notice.undone_at:
            moments.append(Moment(notice.undone_at, "bounce", _("That notice did not arrive after all")))
    if candidacy.ended_at:
        moments.append(history.ended(candidacy))
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def _reserve_moments(vacancy: UUID, dossier: dossiers.Dossier) -> list[Moment]:
    """What was asked and answered about staying as runner-up for this vacancy."""
    about = [row for row in dossier.questions if row.purpose == Purpose.RUNNER_UP and row.reserve_for_id == vacancy]
    moments = []
    for asked in about:
        said = _("Question made: “May we keep you as runner-up until %(day)s?”")
        day = {"day": date_format(asked.keep_until, "j F Y") if asked.keep_until else ""}
        words = _("in words v%(version)s") % {"version": asked.text.version}
        moments.append(Moment(asked.created_at, "question", said % day, asked.asked_by.name, words))
    moments.extend(history.answered(event, dossier.person) for event in dossier.answers_to(about))
    return moments
