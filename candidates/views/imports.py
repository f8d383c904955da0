"""Importing a list: upload, say what will happen to each row, do it, tell what came of it."""

from functools import partial
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import staff_only, staff_user
from candidates import tasks
from candidates.forms import ColumnsForm, UploadForm
from candidates.models import Candidacy, ImportBatch
from candidates.sourcing import batches, planning, reading
from privacy import access
from privacy.guards import told_on
from privacy.sealing import Unsealable
from vacancies import services as vacancies
from vacancies.models import Vacancy, VacancyState

PER_PAGE = 100
# Code: (word, look of the row).
VERDICTS = {
    planning.NEW: (gettext_lazy("New person"), "ok"),
    planning.KNOWN: (gettext_lazy("Known person"), "ok"),
    planning.HERE: (gettext_lazy("Here already"), "warn"),
    planning.REFUSED: (gettext_lazy("Refused"), "refused"),
}
DONE = {
    planning.NEW: gettext_lazy("Added"),
    planning.KNOWN: gettext_lazy("Known, added here"),
    planning.HERE: gettext_lazy("Was here already"),
    planning.REFUSED: gettext_lazy("Refused"),
}


@require_http_methods(["GET", "POST"])
@staff_only
def upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take in a file; nothing is saved but the sealed list, for a day."""
    user = staff_user(request)
    vacancy = get_object_or_404(_visible(request), pk=pk)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form, "file"):
            file = form.cleaned_data["file"]
            if file.size > reading.MAX_BYTES:
                sheet = reading.read(b" " * (reading.MAX_BYTES + 1))
            else:
                sheet = reading.read(file.read())
            batch = batches.start(sheet, form.defaults, vacancy=vacancy, actor=user)
            return redirect("candidates:import-preview", vacancy.pk, batch.pk)
    context = {**_frame(vacancy), "form": form, "fields": [label for label, _headers in reading.FIELDS.values()]}
    return render(request, "candidates/import.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@staff_only
def preview(request: HttpRequest, pk: UUID, batch: UUID) -> HttpResponse:
    """What will happen to each row and why; which column holds what can be said anew."""
    vacancy = get_object_or_404(_visible(request), pk=pk)
    found = _batch(request, vacancy, batch)
    if found.outcome:
        return redirect("candidates:import-result", vacancy.pk, found.pk)
    payload = _payload(found)
    form = ColumnsForm(
        request.POST or None, headers=payload.sheet.headers, columns=payload.columns, initial=payload.defaults
    )
    if request.method == "POST" and form.is_valid():
        batches.arrange(found, form.columns, form.defaults)
        return redirect("candidates:import-preview", vacancy.pk, found.pk)
    rows = payload.plan(vacancy=vacancy, actor=staff_user(request))
    lacking = [condition for condition in vacancies.conditions(vacancy) if not condition.is_met]
    counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in VERDICTS}
    context = {
        **_frame(vacancy),
        "batch": found,
        "form": form,
        "page_obj": Paginator(
            [(row, *VERDICTS[row.verdict], [" ".join(pair) for pair in row.contacts]) for row in rows], PER_PAGE
        ).get_page(request.GET.get("page")),
        "counts": [(VERDICTS[verdict][0], number) for verdict, number in counts.items() if number],
        "will": counts[planning.NEW] + counts[planning.KNOWN],
        "here": counts[planning.HERE],
        "lacking": lacking,
        "is_possible": vacancy.state == VacancyState.SOURCING and not lacking,
    }
    return render(request, "candidates/import_preview.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only
def run(request: HttpRequest, pk: UUID, batch: UUID) -> HttpResponse:
    """Do what the preview said: at once for a short list, by a worker for a long one."""
    vacancy = get_object_or_404(_visible(request), pk=pk)
    found = _batch(request, vacancy, batch)
    if batches.claim(found.pk):
        if found.row_count > batches.IN_A_REQUEST:
            transaction.on_commit(partial(tasks.carry_out_import.delay, str(found.pk)))
        else:
            batches.carry_out(found.pk)
    return redirect("candidates:import-result", vacancy.pk, found.pk)


@require_GET
@staff_only
def result(request: HttpRequest, pk: UUID, batch: UUID) -> HttpResponse:
    """What came of each row; while a worker is busy, how far it is."""
    vacancy = get_object_or_404(_visible(request), pk=pk)
    found = _batch(request, vacancy, batch)
    if not found.outcome:
        return redirect("candidates:import-preview", vacancy.pk, found.pk)
    outcomes = found.outcome.get("rows", [])
    context = {**_frame(vacancy), "batch": found, "done": len(outcomes)}
    if found.done_at is None:
        template = "candidates/_import_progress.html" if request.htmx else "candidates/import_progress.html"  # type: ignore[attr-defined]
        return render(request, template, context)
    if request.htmx:  # type: ignore[attr-defined]
        response = HttpResponse(status=204)
        response["HX-Redirect"] = request.path
        return response
    names = _names(found)
    context |= {
        "page_obj": Paginator(
            [(one, names.get(one["row"], ""), DONE[one["verdict"]], VERDICTS[one["verdict"]][1]) for one in outcomes],
            PER_PAGE,
        ).get_page(request.GET.get("page")),
        "added": sum(one["verdict"] in (planning.NEW, planning.KNOWN) for one in outcomes),
        "refused": sum(one["verdict"] == planning.REFUSED for one in outcomes),
    }
    shown = [one["candidacy"] for one, *_rest in context["page_obj"] if one.get("candidacy")]
    subjects = Candidacy.objects.filter(pk__in=shown).values_list("subject", flat=True)
    access.log(staff_user(request), "list", subjects, about_kind="import", about_id=found.pk)
    return render(request, "candidates/import_result.html", context)


@require_GET
@staff_only
def refused(request: HttpRequest, pk: UUID, batch: UUID) -> HttpResponse:
    """The refused rows as they came, with why, to mend and bring again."""
    vacancy = get_object_or_404(_visible(request), pk=pk)
    found = _batch(request, vacancy, batch)
    if found.done_at is None:
        raise Http404
    _payload(found)
    # The mark in front lets a spreadsheet read the letters right.
    response = HttpResponse("\ufeff" + batches.refused_rows(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="refused.csv"'
    return response


def _visible(request: HttpRequest) -> Any:
    return Vacancy.objects.visible_to(staff_user(request)).select_related(
        "client", "owner", "agreement", "assessment_link__assessment"
    )


def _batch(request: HttpRequest, vacancy: Vacancy, pk: UUID) -> ImportBatch:
    return get_object_or_404(ImportBatch, pk=pk, vacancy=vacancy, made_by=staff_user(request))


def _payload(batch: ImportBatch) -> batches.Payload:
    try:
        return batches.open_batch(batch)
    except Unsealable as error:
        raise Http404 from error


def _names(batch: ImportBatch) -> dict[int, str]:
    payload = _payload(batch)
    held = {name: number for number, name in payload.columns.items()}
    wanted = [held[name] for name in ("name", "given_name", "infix", "surname") if name in held]
    return {
        number: " ".join(filter(None, (cells[column] for column in wanted)))
        for number, cells in zip(payload.sheet.numbers, payload.sheet.rows, strict=True)
    }


def _frame(vacancy: Vacancy) -> dict[str, Any]:
    return {
        "vacancy": vacancy,
        "crumbs": [
            {"label": _("Vacancies"), "url": reverse("vacancies:vacancies")},
            {"label": vacancy.title, "url": reverse("candidates:board", args=[vacancy.pk])},
            {"label": _("Import")},
        ],
    }
