"""Notes and tasks about a person: written in the panel and on the person's page."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import staff_only, staff_user, way_back
from candidates import calendar, services
from candidates.forms import NoteForm, TaskForm
from candidates.models import Candidate, Note, Task
from candidates.views import panel
from privacy import access
from privacy.guards import Refused, told_on


@require_POST
@staff_only
def note_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A note about somebody within a vacancy."""
    candidacy = panel.get_or_404(request, pk)
    form = NoteForm(request.POST, candidate=candidacy.candidate, candidacy=candidacy)
    if form.is_valid():
        with told_on(form):
            services.write_note(
                candidacy.candidate, candidacy=candidacy, actor=staff_user(request), **form.cleaned_data
            )
            return panel.answer(request, candidacy, _("Noted."))
    return panel.refused(request, candidacy, "note_form", form)


@require_POST
@staff_only
def task_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A task about somebody within a vacancy, for oneself or a colleague."""
    candidacy = panel.get_or_404(request, pk)
    user = staff_user(request)
    form = TaskForm(request.POST, vacancy=candidacy.vacancy, user=user)
    if form.is_valid():
        with told_on(form):
            task = services.add_task(candidacy, actor=user, **form.cleaned_data)
            day = date_format(task.due_on, "l j F") if task.due_on else ""
            said = _("On the list for %(day)s.") % {"day": day} if day else _("On the list.")
            return panel.answer(request, candidacy, said)
    return panel.refused(request, candidacy, "task_form", form)


@require_POST
@staff_only
def task_undone(request: HttpRequest, pk: UUID, task: UUID) -> HttpResponse:
    """A task of this person was not done after all."""
    candidacy = panel.get_or_404(request, pk)
    try:
        services.reopen_task(get_object_or_404(Task, pk=task, candidacy=candidacy), actor=staff_user(request))
    except Refused as refusal:
        return panel.told(request, candidacy, str(refusal))
    return panel.answer(request, candidacy, _("Back on the list."))


@require_http_methods(["GET", "POST"])
@staff_only
def note_of_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A note about somebody, in no vacancy's name."""
    someone = get_object_or_404(Candidate.objects.visible_to(staff_user(request)).select_related("subject"), pk=pk)
    form = NoteForm(request.POST or None, candidate=someone)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            services.write_note(someone, actor=staff_user(request), **form.cleaned_data)
            messages.success(request, _("Noted."))
            return redirect("candidates:person", someone.pk)
    return _page(request, someone, form, _("Write a note"))


@require_http_methods(["GET", "POST"])
@staff_only
def note_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a note of one's own; what stood there can be put back for a day."""
    note = _note_or_404(request, pk)
    form = NoteForm(
        request.POST or None,
        candidate=note.candidate,
        candidacy=note.candidacy,
        initial={"text": note.text, "may_read": note.may_read},
    )
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            services.rewrite_note(note, actor=staff_user(request), **form.cleaned_data)
            messages.success(request, _("Changed. The words before are kept for a day, then deleted."))
            return redirect(way_back(request, _place(note)))
    return _page(request, note.candidate, form, _("Change a note"), back=way_back(request, _place(note)))


@require_POST
@staff_only
def note_remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a note of one's own away."""
    note = _note_or_404(request, pk)
    return _acted(request, note, services.remove_note, _("Removed. Within a day you can put it back."))


@require_POST
@staff_only
def note_undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a removed note back, or the words from before the last change."""
    return _acted(request, _note_or_404(request, pk), services.undo_note, _("As it was."))


@require_POST
@staff_only
def own_calendar(request: HttpRequest) -> HttpResponse:
    """Make, renew or stop the address of one's own calendar of tasks."""
    user = staff_user(request)
    if request.POST.get("act") == "revoke":
        calendar.FEEDS.revoke(user)
        messages.success(request, _("The address of your calendar no longer works."))
    else:
        calendar.FEEDS.renew(user)
        messages.success(request, _("Your calendar has a new address; an earlier one no longer works."))
    return redirect(f"{way_back(request, '/')}#calendar")


@require_GET
def task_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The tasks behind a secret address; a stranger's guess and a stopped one are a plain 404."""
    found = calendar.FEEDS.behind(token)
    if found is None:
        raise Http404
    response = HttpResponse(calendar.text_of(found), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _note_or_404(request: HttpRequest, pk: UUID) -> Note:
    """One's own note, about somebody this colleague may still open."""
    user = staff_user(request)
    visible = Note.objects.visible_to(user).select_related("candidate__subject", "candidacy")
    return get_object_or_404(visible, pk=pk, author=user)


def _acted(request: HttpRequest, note: Note, verb: Any, said: str) -> HttpResponse:
    """Do it and answer where the note stands: in the panel of its vacancy, or on the person's page."""
    try:
        verb(note, actor=staff_user(request))
    except Refused as refusal:
        if request.htmx:  # type: ignore[attr-defined]
            raise
        messages.error(request, str(refusal))
        return redirect(way_back(request, _place(note)))
    if note.candidacy_id and request.htmx:  # type: ignore[attr-defined]
        return panel.answer(request, panel.get_or_404(request, note.candidacy_id), said)
    messages.success(request, said)
    return redirect(way_back(request, _place(note)))


def _place(note: Note) -> str:
    return reverse("candidates:person", args=[note.candidate_id])


def _page(request: HttpRequest, someone: Candidate, form: NoteForm, title: str, *, back: str = "") -> HttpResponse:
    person_url = reverse("candidates:person", args=[someone.pk])
    access.log(staff_user(request), "view", [someone.subject_id], about_kind="candidate", about_id=someone.pk)
    context = {
        "person": someone,
        "form": form,
        "title": title,
        "back": back or person_url,
        "crumbs": [
            {"label": _("Candidates"), "url": reverse("candidates:list")},
            {"label": someone.name, "url": person_url},
            {"label": title},
        ],
    }
    return render(request, "candidates/edit.html", context, status=422 if form.errors else 200)
