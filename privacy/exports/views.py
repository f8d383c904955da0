"""The officer's pages of a copy: prepare it, look at it, cover what is about others, send the link."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import roles, staff_user
from accounts.models import Role
from privacy import access, ports
from privacy.exports import services, serving
from privacy.exports.forms import CoverForm, DeliverForm, PrepareForm
from privacy.guards import told_on
from privacy.models import DataCopy, DataRequest
from privacy.models.exports import CodeBy, CopyKind, CopyState
from privacy.models.requests import RequestKind

OFFICERS = (Role.OFFICER, Role.ADMINISTRATOR)


@require_GET
@roles(*OFFICERS)
def copy_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The copies made for one request, and what can be done with the newest."""
    return _page(request, _request(pk))


@require_POST
@roles(*OFFICERS)
def prepare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have a copy made."""
    asked = _request(pk)
    form = PrepareForm(request.POST)
    if form.is_valid():
        with told_on(form):
            services.prepare(asked, actor=staff_user(request), **form.cleaned_data)
            return redirect("privacy:exports:copy", pk)
    return _page(request, asked, prepare=form)


@require_POST
@roles(*OFFICERS)
def cover(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Cover words about other people and leave files out; the copy is made anew."""
    copy = _copy(pk)
    form = CoverForm(request.POST, files=services.notes_of(copy).files)
    if form.is_valid():
        with told_on(form):
            services.cover(copy, words=form.cleaned_data["words"], left_out=form.left_out, actor=staff_user(request))
            messages.success(request, _("The copy is made anew. Look at it again before it goes."))
            return redirect("privacy:exports:copy", copy.request_id)
    return _page(request, copy.request, cover=form)


@require_POST
@roles(*OFFICERS)
def deliver(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send the one-time link. A code that the officer tells is shown on this page alone, once."""
    copy = _copy(pk)
    form = DeliverForm(request.POST)
    if form.is_valid():
        with told_on(form):
            _sent, code = services.deliver(copy, code_by=form.cleaned_data["code_by"], actor=staff_user(request))
            if code:
                return _page(request, copy.request, code=f"{code[:4]} {code[4:]}")
            messages.success(request, _("The link is on its way."))
            return redirect("privacy:exports:copy", copy.request_id)
    return _page(request, copy.request, deliver=form)


@require_GET
@roles(*OFFICERS)
def preview(request: HttpRequest, pk: UUID, name: str = "") -> HttpResponse:
    """The copy as the person will see it; that somebody looked is in the access log, and what lets it go."""
    copy = _ready(pk)
    response = serving.member(services.content(copy), name)
    access.log(staff_user(request), services.PREVIEW, [copy.subject_id], about_kind=services.ABOUT, about_id=copy.pk)
    return response


@require_GET
@roles(*OFFICERS)
def download(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The ZIP, for somebody who can only be reached by letter."""
    copy = _ready(pk)
    body = services.content(copy)
    access.log(staff_user(request), "download", [copy.subject_id], about_kind=services.ABOUT, about_id=copy.pk)
    return serving.whole(body)


def _page(request: HttpRequest, asked: DataRequest, *, code: str = "", **forms: Any) -> HttpResponse:
    copy = asked.copies.select_related("subject", "link", "delivered_by", "request").first()
    names = ports.names([asked.subject_id]) if asked.subject_id else {}
    access.log(staff_user(request), "view", list(names), about_kind="data_request", about_id=asked.pk)
    context: dict[str, Any] = {
        "asked": asked,
        "copy": copy,
        "name": names.get(asked.subject_id, "") if asked.subject_id else "",
        "code": code,
        "prepare": forms.get("prepare") or PrepareForm(initial={"kind": _kind(asked), "language": asked.language}),
        "crumbs": [
            {"url": reverse("privacy:desk"), "label": _("Privacy")},
            {"url": reverse("privacy:data-request", args=[asked.pk]), "label": _("Request")},
            {"label": _("Copy of the data")},
        ],
    }
    if copy is not None:
        context |= _of_copy(copy, forms)
    if copy is not None and request.headers.get("HX-Request"):
        if copy.state in (CopyState.WAITING, CopyState.MAKING):
            return HttpResponse(status=204)
        return HttpResponse(headers={"HX-Refresh": "true"})
    failed = any(form.errors for form in forms.values())
    return render(request, "privacy/exports/page.html", context, status=422 if failed else 200)


def _of_copy(copy: DataCopy, forms: dict[str, Any]) -> dict[str, Any]:
    notes = services.notes_of(copy)
    mailbox = services.mailbox_of(copy)
    initial = {"words": "\n".join(notes.words), **{f"file-{pk}": reason for pk, reason in copy.left_out.items()}}
    return {
        "is_making": copy.state in (CopyState.WAITING, CopyState.MAKING),
        "is_ready": copy.state == CopyState.READY,
        "is_whole": copy.kind == CopyKind.ACCESS,
        "looked": services.looked(copy),
        "found": [word for word in notes.found if word not in notes.words],
        "mailbox": mailbox,
        "cover": forms.get("cover") or CoverForm(initial=initial, files=notes.files),
        "deliver": forms.get("deliver")
        or DeliverForm(initial={"code_by": CodeBy.MAILBOX if mailbox else CodeBy.COLLEAGUE}),
    }


def _kind(asked: DataRequest) -> str:
    return CopyKind.PORTABILITY if asked.kind == RequestKind.PORTABILITY else CopyKind.ACCESS


def _request(pk: UUID) -> DataRequest:
    return get_object_or_404(DataRequest.objects.select_related("subject"), pk=pk)


def _copy(pk: UUID) -> DataCopy:
    return get_object_or_404(DataCopy.objects.select_related("request", "subject", "link"), pk=pk)


def _ready(pk: UUID) -> DataCopy:
    copy = _copy(pk)
    if copy.state != CopyState.READY:
        raise Http404
    return copy
