"""The list of people: filtered by its address, kept as a view, taken along as a file."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import staff_only, staff_user
from accounts.models import SavedView, User
from candidates import listing, searching
from candidates.forms.lists import ExportForm, ViewForm
from candidates.listing import Filters
from candidates.models import CandidateQuerySet, ContactKind, ContactPoint, ListExport, SourceType, Stage
from candidates.paging import page_of
from candidates.services import lists
from privacy import access, spreadsheets
from privacy.guards import told_on
from vacancies.models import Vacancy


@require_GET
@staff_only
def people(request: HttpRequest) -> HttpResponse:
    """Everybody this user may see, by name or newest first, filtered by words and facts."""
    return _list(request, Filters.read(request.GET))


@require_POST
@staff_only
def view_save(request: HttpRequest) -> HttpResponse:
    """Keep the list as it is filtered now under a name. What was typed stays when it can't be."""
    user = staff_user(request)
    filters = Filters.read(QueryDict(request.POST.get("filters", "")))
    form = ViewForm(request.POST, user=user)
    if form.is_valid():
        with told_on(form, "name"):
            view = lists.save_view(page=listing.PAGE, query=filters.facts(), actor=user, **form.cleaned_data)
            messages.success(request, _("View “%(name)s” is kept.") % {"name": view.name})
            return redirect(_address(filters))
    return _list(request, filters, form, status=422)


@require_POST
@staff_only
def view_drop(request: HttpRequest, view: UUID) -> HttpResponse:
    """Forget one's own view; those of colleagues stay."""
    user = staff_user(request)
    lists.drop_view(get_object_or_404(SavedView, pk=view, owner=user, page=listing.PAGE), actor=user)
    messages.success(request, _("The view is gone. The people are where they were."))
    return redirect("candidates:list")


@require_http_methods(["GET", "POST"])
@staff_only
def export(request: HttpRequest) -> HttpResponse:
    """Take the list, or the people ticked in it, along as a file: why first, and who, then the file."""
    user = staff_user(request)
    filters = Filters.read(QueryDict(request.POST.get("filters", "")) if request.method == "POST" else request.GET)
    chosen = _keys((request.POST if request.method == "POST" else request.GET).getlist("pk"))
    form = ExportForm(request.POST if "reason" in request.POST else None)
    found = listing.found(user, filters).to_count
    if chosen:
        found = found.filter(Q(pk__in=chosen) | Q(candidacies__in=chosen)).distinct()
    if form.is_valid():
        with told_on(form):
            taken = list(_whole(found, user, filters)[: lists.AT_MOST + 1])
            lists.take_along(taken, actor=user, **form.cleaned_data)
            name = f"watson-{timezone.localdate():%Y-%m-%d}.csv"
            return spreadsheets.download(_rows(taken, filters, form.cleaned_data["with_contacts"]), name)
    context = {
        "form": form,
        "filters": filters,
        "chosen": chosen,
        "number": found.order_by()[: lists.AT_MOST + 1].count(),
        "at_most": lists.AT_MOST,
        "kept_days": lists.KEPT_DAYS,
        "back": _address(filters),
        "crumbs": _crumbs(_("Take along as a file")),
    }
    return render(request, "candidates/list_export.html", context, status=422 if form.errors else 200)


@require_GET
@staff_only
def exports(request: HttpRequest) -> HttpResponse:
    """Files that were taken along and are not said to be gone yet."""
    user = staff_user(request)
    made = ListExport.objects.open().of(user).select_related("made_by").order_by("until", "pk")
    context = {"exports": made, "today": timezone.localdate(), "crumbs": _crumbs(_("Files taken along"))}
    return render(request, "candidates/list_exports.html", context)


@require_POST
@staff_only
def export_deleted(request: HttpRequest, export: UUID) -> HttpResponse:
    """The file is gone, says whoever made it or the officer."""
    user = staff_user(request)
    lists.confirm_deleted(get_object_or_404(ListExport.objects.of(user), pk=export), actor=user)
    messages.success(request, _("Noted: the file is gone."))
    return redirect("candidates:exports")


def _list(request: HttpRequest, filters: Filters, form: ViewForm | None = None, *, status: int = 200) -> HttpResponse:
    user = staff_user(request)
    found = listing.found(user, filters)
    page = page_of(
        found.in_order,
        searching.SORTS[filters.sort][0],
        request.GET,
        to_count=found.to_count,
        dress=lambda people: listing.with_columns(people, user),
    )
    access.log(user, "list", [person.subject_id for person in page], about_kind="candidates")
    views = list(SavedView.objects.shown_to(user, listing.PAGE))
    for person in page:
        # In one vacancy its own acts apply, so what is ticked is the card there.
        here = [one.pk for one in person.seen_in if one.vacancy_id == filters.vacancy and one.ended_at is None]
        person.picked = here[0] if here else person.pk
        person.choose = _("Choose %(name)s") % {"name": person.name}
    context = {
        "page": page,
        "filters": filters,
        "query": filters.query(),
        "columns": [(code, label, code in filters.columns) for code, label in listing.COLUMNS.items()],
        "shown": [(code, str(listing.COLUMNS[code])) for code in filters.columns],
        "vacancies": Vacancy.objects.visible_to(user).order_by("title").values_list("pk", "title"),
        "owners": User.objects.staff().order_by("name").values_list("pk", "name"),
        "stages": Stage.choices,
        "bases": listing.BASES,
        "sources": SourceType.choices,
        "sorts": [(code, label) for code, (_order, label) in searching.SORTS.items()],
        "views": [(view, view.query == filters.facts(), view.owner_id == user.pk) for view in views],
        "view_form": form or ViewForm(user=user),
    }
    return render(request, "candidates/people.html", context, status=status)


def _whole(found: CandidateQuerySet, user: User, filters: Filters) -> CandidateQuerySet:
    order = searching.SORTS[filters.sort][0]
    points = ContactPoint.objects.standing().order_by("kind", "created_at")
    return (
        listing.with_columns(found, user)
        .prefetch_related(Prefetch("contact_points", queryset=points, to_attr="standing"))
        .order_by(order, "pk")
    )


def _rows(people: list[Any], filters: Filters, with_contacts: bool) -> Iterator[list[str]]:
    kinds = list(ContactKind) if with_contacts else []
    yield [
        _("Name"),
        *(str(listing.COLUMNS[code]) for code in filters.columns),
        *(str(kind.label) for kind in kinds),
    ]
    for person in people:
        cells = {
            "job": ", ".join(filter(None, (person.job_title, person.employer))),
            "place": person.place,
            "in": ", ".join(one.vacancy.title for one in person.seen_in),
            "since": date_format(timezone.localtime(person.created_at), "SHORT_DATE_FORMAT"),
            "language": person.get_language_display(),
        }
        reached = [", ".join(point.value for point in person.standing if point.kind == kind) for kind in kinds]
        yield [person.full_name.sort_name, *(str(cells[code]) for code in filters.columns), *reached]


def _keys(typed: list[str]) -> list[UUID]:
    return [key for key in map(listing.key, typed[: lists.AT_MOST]) if key]


def _address(filters: Filters) -> str:
    query = filters.query()
    return f"{reverse('candidates:list')}{'?' if query else ''}{query}"


def _crumbs(here: str) -> list[dict[str, str]]:
    return [{"label": _("Candidates"), "url": reverse("candidates:list")}, {"label": here}]
