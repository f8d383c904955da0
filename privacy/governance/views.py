"""Assessments: read and written by all staff, approved and withdrawn by officers and administrators."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import roles, staff_only, staff_user, way_back
from privacy.governance import services
from privacy.governance.forms import ApproveForm, AssessmentForm
from privacy.governance.services import APPROVERS
from privacy.guards import told_on
from privacy.models import LegitimateInterestAssessment

PER_PAGE = 50
WARN_DAYS = 30
STEP_TITLES = (
    (gettext_lazy("Purpose"), gettext_lazy("Is there a real and lawful interest?")),
    (gettext_lazy("Necessity"), gettext_lazy("Is this search needed for it, with these sources and these data?")),
    (gettext_lazy("Balance"), gettext_lazy("Do the interests of the people found weigh less?")),
)


@dataclass(frozen=True)
class Standing:
    """How far an assessment is, as a clock of the look: calm, amber, red, overdue or done; or a plain word."""

    level: str
    word: str


def standing_of(assessment: LegitimateInterestAssessment) -> Standing:
    if assessment.withdrawn_at:
        return Standing("", _("Withdrawn"))
    if not assessment.approved_at or not assessment.review_on:
        return Standing("", _("Draft"))
    days = (assessment.review_on - timezone.localdate()).days
    if days < 0:
        return Standing("overdue", _("Past its review date"))
    if days <= WARN_DAYS:
        return Standing("amber", ngettext("Review within %(n)s day", "Review within %(n)s days", days) % {"n": days})
    return Standing("calm", _("Stands"))


@require_GET
@staff_only
def assessments(request: HttpRequest) -> HttpResponse:
    """The newest version of each kind of search, and what stands."""
    newer = LegitimateInterestAssessment.objects.filter(title=OuterRef("title"), version__gt=OuterRef("version"))
    rows = LegitimateInterestAssessment.objects.select_related("author", "approved_by").annotate(
        replaced=Exists(newer.filter(approved_at__isnull=False))
    )
    chosen = request.GET.get("show", "")
    if chosen == "waiting":
        rows = rows.filter(approved_at=None)
    elif chosen == "standing":
        rows = rows.standing()
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    tabs = [
        {"label": label, "url": f"?show={code}" if code else "?", "current": chosen == code}
        for code, label in (("", _("All")), ("waiting", _("Waiting for approval")), ("standing", _("Standing")))
    ]
    return render(
        request,
        "privacy/governance/assessments.html",
        {
            "page_obj": page,
            "rows": [(row, standing_of(row)) for row in page],
            "tabs": tabs,
            "query": f"show={chosen}" if chosen in ("waiting", "standing") else "",
        },
    )


@require_http_methods(["GET", "POST"])
@staff_only
def assessment_new(request: HttpRequest) -> HttpResponse:
    """Begin a draft."""
    form = AssessmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            made = services.write_assessment(actor=staff_user(request), **form.cleaned_data)
            messages.success(request, _("Draft saved. A privacy officer or an administrator approves it."))
            return redirect(_with_next(request, reverse("privacy:governance:assessment", args=[made.pk])))
    return _form_page(request, form, None)


@require_http_methods(["GET", "POST"])
@staff_only
def assessment_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a draft of one's own."""
    mine = LegitimateInterestAssessment.objects.filter(author=staff_user(request), approved_at=None)
    draft = get_object_or_404(mine, pk=pk)
    form = AssessmentForm(request.POST or None, instance=draft)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            services.save_assessment(draft, actor=staff_user(request), **form.cleaned_data)
            messages.success(request, _("Draft saved."))
            return redirect(_with_next(request, reverse("privacy:governance:assessment", args=[pk])))
    return _form_page(request, form, draft)


@require_GET
@staff_only
def assessment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One version, with what can be done with it."""
    found = get_object_or_404(LegitimateInterestAssessment.objects.select_related("author", "approved_by"), pk=pk)
    return _page(request, found, ApproveForm())


@require_POST
@roles(*APPROVERS)
def assessment_approve(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Approve a version somebody else wrote."""
    found = get_object_or_404(LegitimateInterestAssessment.objects.select_related("author", "approved_by"), pk=pk)
    form = ApproveForm(request.POST)
    if form.is_valid():
        with told_on(form):
            services.approve(found, review_on=form.cleaned_data["review_on"], actor=staff_user(request))
            messages.success(request, _("Approved. Vacancies within its scope can rest on it now."))
            return redirect("privacy:governance:assessment", pk)
    return _page(request, found, form)


@require_POST
@staff_only
def assessment_new_version(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open a draft of the next version."""
    found = get_object_or_404(LegitimateInterestAssessment, pk=pk)
    draft = services.new_version(found, actor=staff_user(request))
    if draft.author_id != staff_user(request).pk:
        messages.info(request, _("A draft of the next version is here already."))
        return redirect("privacy:governance:assessment", draft.pk)
    return redirect("privacy:governance:assessment-edit", draft.pk)


@require_http_methods(["GET", "POST"])
@roles(*APPROVERS)
def assessment_withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what will happen, then withdraw."""
    approved = LegitimateInterestAssessment.objects.filter(approved_at__isnull=False, withdrawn_at=None)
    found = get_object_or_404(approved, pk=pk)
    if request.method == "POST":
        services.withdraw(found, actor=staff_user(request))
        messages.success(request, _("Withdrawn. Nobody new can be sourced on it."))
        return redirect("privacy:governance:assessment", pk)
    return render(request, "privacy/governance/assessment_withdraw.html", {"assessment": found})


def _page(request: HttpRequest, found: LegitimateInterestAssessment, form: ApproveForm) -> HttpResponse:
    user = staff_user(request)
    family = LegitimateInterestAssessment.objects.filter(title=found.title).select_related("approved_by")
    missing = services.missing_sections(found)
    context = {
        "assessment": found,
        "standing": standing_of(found),
        "steps": [
            (title, question, [(found._meta.get_field(name).verbose_name, getattr(found, name)) for name in names])  # type: ignore[union-attr]
            for (title, question), names in zip(STEP_TITLES, services.STEPS, strict=True)
        ],
        "missing": missing,
        "versions": [(row, standing_of(row)) for row in family],
        "form": form,
        "is_author": found.author_id == user.pk,
        "may_approve": user.role in APPROVERS and found.author_id != user.pk and not found.approved_at and not missing,
        "is_approver": user.role in APPROVERS,
        "back": way_back(request, ""),
    }
    return render(request, "privacy/governance/assessment.html", context, status=422 if form.errors else 200)


def _form_page(request: HttpRequest, form: AssessmentForm, draft: LegitimateInterestAssessment | None) -> HttpResponse:
    context = {
        "form": form,
        "assessment": draft,
        "steps": [
            (title, question, [form[name] for name in names])
            for (title, question), names in zip(STEP_TITLES, services.STEPS, strict=True)
        ],
        "next": way_back(request, ""),
        "back": way_back(request, reverse("privacy:governance:assessments")),
    }
    return render(request, "privacy/governance/assessment_form.html", context, status=422 if form.errors else 200)


def _with_next(request: HttpRequest, url: str) -> str:
    back = way_back(request, "")
    return f"{url}?{urlencode({'next': back})}" if back else url
