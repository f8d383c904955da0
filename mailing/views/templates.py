"""Templates at the desk: which there are, how each came to be, and what changed between two versions."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import roles, staff_only, staff_user
from mailing import authoring, differences, linter, wording
from mailing.authoring import PUBLISHERS
from mailing.forms import NameForm
from mailing.kinds import KINDS, WITHOUT_TEMPLATE
from mailing.models import Language, RetiredTemplate, TemplateVersion
from privacy.guards import told_on


@require_GET
@staff_only
def template_list(request: HttpRequest) -> HttpResponseBase:
    """Every template by kind and language, with the version in use and the drafts beside it."""
    user = staff_user(request)
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    versions = TemplateVersion.objects.defer("body", "short").select_related("author", "published_by")
    for version in versions.order_by("version"):
        row = found.setdefault((version.kind, version.language, version.name), {"drafts": []})
        if version.published_at:
            row["newest"] = version
        else:
            row["drafts"].append(version)
        row["any"] = version
    for key in RetiredTemplate.objects.values_list("kind", "language", "name"):
        if key in found:
            found[key]["retired"] = True
    groups = [
        {
            "kind": kind,
            "word": wording.KINDS.get(kind, kind),
            "rows": sorted(
                (
                    {"language": Language(language).label, "name": name, **row}
                    for (of, language, name), row in found.items()
                    if of == kind
                ),
                key=lambda row: (row["name"], row["any"].language),
            ),
        }
        for kind in KINDS
        if kind not in WITHOUT_TEMPLATE
    ]
    context = {"groups": [group for group in groups if group["rows"]], "may_publish": authoring.may_publish(user)}
    return render(request, "mailing/templates.html", {**context, "crumbs": _crumbs()})


@require_GET
@staff_only
def template_page(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One version word for word, beside the whole history of its template."""
    user = staff_user(request)
    version = _version(pk)
    history = list(_history(version))
    return render(
        request,
        "mailing/template_page.html",
        {
            "version": version,
            "kind": wording.KINDS.get(version.kind, version.kind),
            "history": [(one, history[place + 1 :][:1]) for place, one in enumerate(history)],
            "in_use": next((one for one in history if one.published_at), None),
            "drafts": [one for one in history if not one.published_at],
            "is_retired": version.is_retired,
            "was_published": any(one.published_at for one in history),
            "items": linter.items(version.kind, version.language, body=version.body, short=version.short),
            "may_publish": authoring.may_publish(user),
            "crumbs": _crumbs(version),
        },
    )


@require_GET
@staff_only
def compare(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """What changed from another version (`with`; else the one before) to this one."""
    version = _version(pk)
    history = list(_history(version))
    others = [one for one in history if one.pk != version.pk]
    asked = request.GET.get("with")
    if asked:
        other = next((one for one in others if str(one.pk) == asked), None)
    else:
        other = next((one for one in others if one.version < version.version), None)
    if other is None:
        raise Http404
    old, new = sorted((other, version), key=lambda one: one.version)
    parts = [
        (_("Subject"), differences.compare(old.subject_line, new.subject_line)),
        (_("Text"), differences.compare(old.body, new.body)),
        (_("Short text for other channels"), differences.compare(old.short, new.short)),
    ]
    return render(
        request,
        "mailing/template_compare.html",
        {
            "version": version,
            "old": old,
            "new": new,
            "others": others,
            "other": other,
            "parts": [(title, lines) for title, lines in parts if lines],
            "crumbs": _crumbs(version, {"label": _("What changed")}),
        },
    )


@require_http_methods(["GET", "POST"])
@staff_only
def new_named(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Begin a template with a name of its own, from the words of this version."""
    version = _version(pk)
    form = NameForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with told_on(form, "name"):
            draft = authoring.start_named(origin=version, name=form.cleaned_data["name"], actor=staff_user(request))
            return redirect("mailing:draft", draft.pk)
    context = {
        "form": form,
        "version": version,
        "kind": wording.KINDS.get(version.kind, version.kind),
        "crumbs": _crumbs(version, {"label": _("New template")}),
    }
    return render(request, "mailing/template_new.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only
def new_draft(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Begin a new version from the words of this one."""
    version = _version(pk)
    draft = authoring.start(
        kind=version.kind, language=version.language, name=version.name, origin=version, actor=staff_user(request)
    )
    return redirect("mailing:draft", draft.pk)


@require_POST
@roles(*PUBLISHERS)
def retire(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Offer this template no longer."""
    authoring.retire(_version(pk), actor=staff_user(request))
    messages.success(
        request,
        _("Retired. Nobody can choose it any more; what was sent keeps its words."),
        extra_tags=reverse("mailing:template-bring-back", args=[pk]),
    )
    return redirect("mailing:template", pk)


@require_POST
@roles(*PUBLISHERS)
def bring_back(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Offer a retired template again."""
    authoring.bring_back(_version(pk), actor=staff_user(request))
    messages.success(request, _("It can be chosen again."))
    return redirect("mailing:template", pk)


def title_of(version: TemplateVersion) -> str:
    """A template in a heading: its name, else that it is the standard one."""
    return version.name or str(_("Standard"))


def _version(pk: UUID) -> TemplateVersion:
    return get_object_or_404(TemplateVersion.objects.select_related("author", "published_by", "changed_by"), pk=pk)


def _history(version: TemplateVersion) -> QuerySet[TemplateVersion]:
    mine = TemplateVersion.objects.of(version.kind, version.language, version.name)
    return mine.select_related("author", "published_by", "changed_by").order_by("-version")


def _crumbs(version: TemplateVersion | None = None, *more: dict[str, Any]) -> list[dict[str, Any]]:
    crumbs: list[dict[str, Any]] = [{"url": reverse("mailing:list"), "label": _("Mail")}]
    if version is None:
        return [*crumbs, {"label": _("Templates")}]
    crumbs.append({"url": reverse("mailing:templates"), "label": _("Templates")})
    here: dict[str, Any] = {"label": f"{wording.KINDS.get(version.kind, version.kind)}: {title_of(version)}"}
    if more:
        here["url"] = reverse("mailing:template", args=[version.pk])
    return [*crumbs, here, *more]
