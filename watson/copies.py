"""The page behind the link to a copy of somebody's data: a code first, then reading and saving, for half an hour."""

from typing import Any

from django import forms
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Organisation
from consent.views import link_page
from privacy.exports import services, serving
from privacy.exports.services import Opening
from privacy.guards import Refused
from privacy.models import DataCopy, Link
from privacy.models.exports import CodeBy
from privacy.models.subjects import LinkPurpose

COOKIE = "copy"

WRONG = _("This is not the code. Look at it again; after five tries it no longer works.")
NO_CODE = _("This code no longer works. Ask for a new one.")


class CodeForm(forms.Form):
    """The code that came another way than the link."""

    code = forms.CharField(
        label=_("Your code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "input--short input--mono"}
        ),
        help_text=_("Eight digits."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@link_page(LinkPurpose.COPY)
def copy(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """Ask for a code, give it, and then read or save the copy. A GET changes nothing."""
    held = services.of_link(link)
    if held is None:
        return _page(request, None)
    if request.method == "POST" and "ask" in request.POST:
        try:
            services.ask_code(link)
        except Refused as refusal:
            return _page(request, held, refusal=str(refusal), status=409)
        return redirect(f"{request.path}?sent=1")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        outcome = services.open_copy(link, code=form.cleaned_data["code"])
        if outcome == Opening.OPENED:
            response = redirect(request.path)
            response.set_signed_cookie(
                COOKIE,
                str(link.pk),
                salt=COOKIE,
                max_age=int(services.READ_FOR.total_seconds()),
                path=request.path,
                secure=request.is_secure(),
                httponly=True,
                samesite="Strict",
            )
            return response
        if outcome != Opening.OVER:
            form.add_error("code", WRONG if outcome == Opening.WRONG else NO_CODE)
        held = services.of_link(link)
    return _page(request, held, form=form, is_open=_may_read(request, held), status=422 if form.errors else 200)


@require_safe
@link_page(LinkPurpose.COPY)
def read(request: HttpRequest, link: Link, token: str, name: str = "") -> HttpResponse:
    """One file of the copy, in the browser that opened it; `all.zip` is the whole."""
    held = services.of_link(link)
    if held is None or not _may_read(request, held):
        return _page(request, held, status=403)
    body = services.content(held)
    return serving.whole(body) if name == "all.zip" else serving.member(body, name)


def _may_read(request: HttpRequest, held: DataCopy | None) -> bool:
    if held is None or not services.is_readable(held):
        return False
    try:
        opened = request.get_signed_cookie(COOKIE, salt=COOKIE, max_age=services.READ_FOR)
    except (BadSignature, KeyError):
        return False
    return opened == str(held.link_id)


def _page(
    request: HttpRequest,
    held: DataCopy | None,
    *,
    form: CodeForm | None = None,
    is_open: bool = False,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "organisation": Organisation.current(),
        "held": held,
        "form": form or CodeForm(),
        "is_open": is_open,
        "refusal": refusal,
        "sent": bool(request.GET.get("sent")),
        "minutes": int(services.READ_FOR.total_seconds() // 60),
    }
    if held is not None and held.is_open:
        mailbox = services.mailbox_of(held)
        context["mailbox"] = masked(mailbox) if mailbox and held.code_by == CodeBy.MAILBOX else ""
    chosen = request.GET.get("lang") or request.COOKIES.get("language", "")
    with translation.override(held.language if held and chosen not in ("nl", "en") else translation.get_language()):
        return render(request, "watson/copy.html", context, status=status)


def masked(address: str) -> str:
    """An e-mail address as its owner knows it and nobody else can use it."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
