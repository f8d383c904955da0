"""Writing a template: saved and checked while one types, with a preview of what somebody would read."""

from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import staff_only, staff_user
from accounts.models import User
from mailing import authoring, placeholders, ports, rendering, wording
from mailing.authoring import Check
from mailing.forms import DraftForm
from mailing.models import TemplateVersion
from mailing.ports import Reader
from mailing.views.templates import _crumbs, title_of
from privacy import access
from privacy.guards import Refused

# The candidacy somebody chose to look at drafts with: an id, for as long as they are signed in.
READER = "template_reader"
# What the buttons of the page do, beside saving.
PUBLISH, TEST = "publish", "test"


@require_http_methods(["GET", "POST"])
@staff_only
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # its stubs know no view with an argument
def editor(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The draft to write. A POST keeps what was typed, then does what its button says (`act`): publish it, or test it.

    One address for all of it, because the page saves to wherever it stands: after a save that met a colleague's, that
    is the draft of its own.
    """
    user = staff_user(request)
    draft = get_object_or_404(TemplateVersion.objects.select_related("changed_by", "author"), pk=pk)
    if request.method == "GET":
        if draft.published_at:
            return redirect("mailing:template", draft.pk)
        if reader := _reader(request, draft):
            access.log(user, "view", [reader.subject], about_kind="template", about_id=draft.pk)
        return _page(request, draft, DraftForm(instance=draft, initial={"revision": draft.revision}))
    act = request.POST.get("act", "")
    if act == PUBLISH and not authoring.may_publish(user):
        raise Http404
    form = DraftForm(request.POST)
    if not form.is_valid():
        if request.htmx:  # type: ignore[attr-defined]
            return render(request, "mailing/_unsaved.html", {"form": form})
        return _page(request, draft, form, status=422)
    saved = authoring.save(draft, words=form.words, revision=form.cleaned_data["revision"], actor=user)
    if request.htmx:  # type: ignore[attr-defined]
        response = render(request, "mailing/_checked.html", _about(request, saved.draft, saved.theirs))
        if saved.theirs:
            # From here on this page writes the draft of its own; what is typed stays where it is.
            response.headers["HX-Replace-Url"] = reverse("mailing:draft", args=[saved.draft.pk])
        return response
    if saved.theirs:
        messages.warning(request, _apart(saved.draft, saved.theirs))
    elif act == PUBLISH:
        return _publish(request, saved.draft, user)
    elif act == TEST:
        _send_test(request, saved.draft, user)
    return redirect("mailing:draft", saved.draft.pk)


@require_GET
@staff_only
@xframe_options_sameorigin
def preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The formatted part of a draft, for the frame beside it: no script, no link, nothing remote. Changes nothing."""
    draft = get_object_or_404(TemplateVersion, pk=pk)
    shown = authoring.preview(draft, actor=staff_user(request), reader=_reader(request, draft))
    policy = (
        "sandbox allow-same-origin; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        f"style-src {' '.join(rendering.styles_in(shown.html)) or NONE}"
    )
    return HttpResponse(shown.html or shown.blank, headers={"Content-Security-Policy": policy})


@require_POST
@staff_only
def choose_reader(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Find somebody of one's own to show the draft with (`who`), or choose one (`reader`; empty: the invented one)."""
    user = staff_user(request)
    draft = get_object_or_404(TemplateVersion, pk=pk)
    context: dict[str, Any] = {"draft": draft}
    if "reader" in request.POST:
        request.session[READER] = request.POST["reader"]
        reader = _reader(request, draft)
        if reader is None:
            request.session.pop(READER)
        else:
            access.log(user, "view", [reader.subject], about_kind="template", about_id=draft.pk)
    else:
        reader = _reader(request, draft)
        found = ports.readers(user, request.POST.get("who", "").strip()[:80])
        access.log(user, "list", [one.subject for one in found], about_kind="template", about_id=draft.pk)
        context |= {"readers": found, "searched": True}
    response = render(request, "mailing/_readers.html", {**context, "reader": reader})
    if "reader" in request.POST:
        # The page saves what was typed and is drawn anew with this person.
        response.headers["HX-Trigger-After-Swap"] = "readerchosen"
    return response


@require_POST
@staff_only
def discard(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Throw a draft away."""
    draft = get_object_or_404(TemplateVersion, pk=pk)
    authoring.discard(draft, actor=staff_user(request))
    messages.success(request, _("The draft is gone."))
    return redirect("mailing:templates")


@require_http_methods(["GET", "HEAD"])
def test_link(request: HttpRequest) -> HttpResponse:
    """Where the links of a test lead: to the word that it was one."""
    return render(request, "mailing/test_link.html")


def _publish(request: HttpRequest, draft: TemplateVersion, user: User) -> HttpResponseBase:
    try:
        authoring.publish(draft, actor=user)
    except Refused as refusal:
        fresh = DraftForm(instance=draft, initial={"revision": draft.revision})
        return _page(request, draft, fresh, status=422, refusal=str(refusal))
    messages.success(request, _("Published. From now on messages are made of these words."))
    return redirect("mailing:template", draft.pk)


def _send_test(request: HttpRequest, draft: TemplateVersion, user: User) -> None:
    try:
        authoring.send_test(draft, actor=user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("A test is on its way to %(address)s.") % {"address": user.email})


def _apart(mine: TemplateVersion, theirs: TemplateVersion) -> str:
    who = theirs.changed_by.name if theirs.changed_by else _("Somebody")
    return _("%(who)s saved other words meanwhile. Theirs are draft %(theirs)s, yours are kept as draft %(yours)s.") % {
        "who": who,
        "theirs": theirs.version,
        "yours": mine.version,
    }


def _reader(request: HttpRequest, draft: TemplateVersion) -> Reader | None:
    """The person this user chose, while they still may see them."""
    try:
        pk = UUID(str(request.session.get(READER, "")))
    except ValueError:
        return None
    return ports.reader(staff_user(request), pk, draft.kind, draft.language)


def _page(
    request: HttpRequest, draft: TemplateVersion, form: DraftForm, *, status: int = 200, **more: Any
) -> HttpResponseBase:
    shown = {
        "form": form,
        "kind": wording.KINDS.get(draft.kind, draft.kind),
        "title": title_of(draft),
        "placeholders": [
            (one.written, one.meaning, one.example[draft.language]) for one in placeholders.of(draft.kind)
        ],
        "places": [(one.written(draft.language), one.meaning) for one in placeholders.links_of(draft.kind)],
        "may_discard": draft.author_id == staff_user(request).pk or authoring.may_publish(staff_user(request)),
        "crumbs": _crumbs(draft, {"label": _("Draft %(n)s") % {"n": draft.version}}),
    }
    return render(request, "mailing/draft.html", {**_about(request, draft, None), **shown, **more}, status=status)


def _about(request: HttpRequest, draft: TemplateVersion, theirs: TemplateVersion | None) -> dict[str, Any]:
    user = staff_user(request)
    reader = _reader(request, draft)
    found: Check = authoring.check(draft)
    return {
        "draft": draft,
        "check": found,
        "shown": authoring.preview(draft, actor=user, reader=reader),
        "reader": reader,
        "may_publish": authoring.may_publish(user),
        "apart": _apart(draft, theirs) if theirs else "",
        "theirs": theirs,
    }
