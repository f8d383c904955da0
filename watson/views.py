"""Today, search, the palette, the error pages and the health check."""

import logging
from typing import Any
from urllib.parse import urlencode

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.access import staff_only, staff_user
from accounts.models import User
from candidates import calendar, searching
from candidates import services as candidates
from candidates.models import Mention
from candidates.paging import page_of
from privacy import access
from watson import failures, finding
from watson import today as day

logger = logging.getLogger(__name__)


@require_GET
def home(request: HttpRequest) -> HttpResponseBase:
    """Today for staff; the portal for a client contact."""
    if request.user.is_authenticated and request.user.is_client:
        return redirect("introductions:portal")
    return today(request)


@staff_only
def today(request: HttpRequest) -> HttpResponse:
    """Whose move it is: answers, clocks, failures."""
    user = staff_user(request)
    clocks = day.clocks(user)
    failed = failures.of(user)
    moves = _moves(user)
    shown = [*moves.pop("shown"), *failed.shown]
    answers = day.answers(user)
    shown += [row["mail"].subject_id for row in answers]
    shown += [clock.subject_id for clock in clocks if clock.subject_id and clock.name]
    mentions = list(day.to_read(user))
    shown += [mention.note.candidate.subject_id for mention in mentions]
    access.log(user, "list", shown, about_kind="today")
    own_feed = calendar.FEEDS.own(user)
    context = {
        **moves,
        "mentions": mentions,
        "calendar_url": calendar.FEEDS.url(own_feed) if own_feed else "",
        "clocks": clocks,
        "failures": failed,
        "answers": answers,
        "strays": day.strays(user),
        "banners": day.banners(user),
        "requests_waiting": day.requests_waiting(user),
    }
    return render(request, "watson/today.html", context)


@require_POST
@staff_only
def task_done(request: HttpRequest, pk: str) -> HttpResponse:
    """Tick a task off, in place; one's own only. Doing it twice changes nothing."""
    user = staff_user(request)
    candidates.finish_task(get_object_or_404(day.own_tasks(user), pk=pk), actor=user)
    return _moved(request)


@require_POST
@staff_only
def task_undone(request: HttpRequest, pk: str) -> HttpResponse:
    """A task of one's own was not done after all: back on the list, in place."""
    user = staff_user(request)
    candidates.reopen_task(get_object_or_404(day.own_tasks(user), pk=pk), actor=user)
    return _moved(request)


@require_POST
@staff_only
def mention_read(request: HttpRequest, pk: str) -> HttpResponse:
    """A note in which one was named is read; one's own only."""
    user = staff_user(request)
    candidates.read_mention(get_object_or_404(Mention, pk=pk, user=user), actor=user)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("watson:today")
    mentions = list(day.to_read(user))
    access.log(user, "list", [mention.note.candidate.subject_id for mention in mentions], about_kind="today")
    return render(request, "watson/_to_read.html", {"mentions": mentions, "limit": day.LIMIT})


def _moved(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("watson:today")
    moves = _moves(user)
    access.log(user, "list", moves.pop("shown"), about_kind="today")
    return render(request, "watson/_moves.html", moves)


def _moves(user: User) -> dict[str, Any]:
    """The section of tasks: what is to be done, what was just done, and whom that shows."""
    tasks, done = list(day.tasks(user)), list(day.done_today(user))
    return {
        "tasks": tasks,
        "done_tasks": done,
        "shown": [task.candidacy.subject_id for task in (*tasks, *done)],
        "today": timezone.localdate(),
        "limit": day.LIMIT,
    }


@require_GET
@staff_only
def search(request: HttpRequest) -> HttpResponse:
    """People, vacancies and clients with these words; sorted by name or date, never by a score."""
    user = staff_user(request)
    query = searching.asked(request.GET.get("q", ""))
    sort = request.GET.get("sort", "")
    sort = sort if sort in searching.SORTS else searching.BY_NAME
    found = finding.people(user, query)
    page = page_of(found.in_order, searching.SORTS[sort][0], request.GET, to_count=found.to_count)
    access.log(user, "search", [person.subject_id for person in page], about_kind="search")
    context = {
        "q": query,
        "sort": sort,
        "sorts": [(code, label) for code, (_order, label) in searching.SORTS.items()],
        "query": urlencode({"q": query} | ({"sort": sort} if sort != searching.BY_NAME else {})),
        "page": page,
        "vacancies": list(finding.vacancies(user, query)[:20]),
        "clients": list(finding.clients(query)[:20]),
    }
    return render(request, "watson/search.html", context)


@require_GET
@staff_only
def palette(request: HttpRequest) -> HttpResponse:
    """The first few of the same, as a fragment for the command palette."""
    user = staff_user(request)
    query = searching.asked(request.GET.get("q", ""))
    people = list(finding.people(user, query).in_order[:8])
    access.log(user, "search", [person.subject_id for person in people], about_kind="palette")
    context = {
        "q": query,
        "people": people,
        "vacancies": list(finding.vacancies(user, query)[:5]),
        "clients": list(finding.clients(query)[:5]),
    }
    return render(request, "watson/_palette.html", context)


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, else 503. It says nothing more: everybody may ask."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.error("healthz: the database does not answer (%s)", type(error).__name__)
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it by this name on answers that are no page."""
    return redirect(static("favicon.svg"), permanent=True)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    # Without the request: its context asks the database for the rail, and that may be what failed.
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
