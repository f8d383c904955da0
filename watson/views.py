"""Today, search, the palette, the error pages and the health check."""

from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from accounts.access import staff_only, staff_user
from candidates import services as candidates
from candidates.models import Task
from privacy import access
from watson import finding
from watson import today as day


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
    tasks = list(day.tasks(user))
    clocks = day.clocks(user)
    access.log(user, "list", [task.candidacy.subject_id for task in tasks], about_kind="today")
    context = {
        "tasks": tasks,
        "clocks": clocks,
        "troubles": list(day.troubles(user)),
        "banners": day.banners(user),
        "requests_waiting": day.requests_waiting(user),
    }
    return render(request, "watson/today.html", context)


@require_POST
@staff_only
def task_done(request: HttpRequest, pk: str) -> HttpResponse:
    """Tick a task off, in place."""
    user = staff_user(request)
    task = get_object_or_404(Task.objects.filter(pk__in=day.tasks(user).values("pk")), pk=pk)
    candidates.finish_task(task, actor=user)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse("")
    return redirect("watson:today")


@require_GET
@staff_only
def search(request: HttpRequest) -> HttpResponse:
    """People, vacancies and clients whose name or address begins like this; sorted by name, never by a score."""
    user = staff_user(request)
    query = request.GET.get("q", "").strip()
    people = finding.people(user, query)
    page = Paginator(people, 50).get_page(request.GET.get("page"))
    access.log(user, "search", [person.subject_id for person in page], about_kind="search")
    context = {
        "q": query,
        "page": page,
        "vacancies": finding.vacancies(user, query)[:20],
        "clients": finding.clients(user, query)[:20],
    }
    return render(request, "watson/search.html", context)


@require_GET
@staff_only
def palette(request: HttpRequest) -> HttpResponse:
    """The first few of the same, as a fragment for the command palette."""
    user = staff_user(request)
    query = request.GET.get("q", "").strip()
    people = list(finding.people(user, query)[:8]) if query else []
    access.log(user, "search", [person.subject_id for person in people], about_kind="palette")
    context = {
        "q": query,
        "people": people,
        "vacancies": list(finding.vacancies(user, query)[:5]) if query else [],
        "clients": list(finding.clients(user, query)[:5]) if query else [],
    }
    return render(request, "watson/_palette.html", context)


@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


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
