"""Everything that happened with one person, on one page."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import staff_only, staff_user, way_back
from candidates.history import KINDS, History
from candidates.models import Candidate
from privacy import access

PER_PAGE = 50


@require_GET
@staff_only
def history(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Decisions, mail, consent, notes, calls, tasks, introductions and looks by date; `?kind=` narrows it to one."""
    user = staff_user(request)
    someone = get_object_or_404(Candidate.objects.visible_to(user).select_related("subject"), pk=pk)
    access.log(user, "view", [someone.subject_id], about_kind="candidate", about_id=someone.pk)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    told: Any = History(someone, user, kind=kind)
    page: Any = Paginator(told, PER_PAGE).get_page(request.GET.get("page"))
    person_url = reverse("candidates:person", args=[someone.pk])
    context = {
        "person": someone,
        "page": page,
        "kind": kind,
        "query": f"kind={kind}" if kind else "",
        "tabs": [{"url": "?", "label": _("Everything"), "current": not kind}]
        + [{"url": f"?kind={code}", "label": label, "current": code == kind} for code, label in KINDS.items()],
        "back": way_back(request, person_url),
        "crumbs": [
            {"label": _("Candidates"), "url": reverse("candidates:list")},
            {"label": someone.name, "url": person_url},
            {"label": _("What happened")},
        ],
    }
    return render(request, "candidates/history.html", context)
