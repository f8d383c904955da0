"""Mail at the desk: the list, and the page of one message."""

import math
from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from accounts.access import roles, staff_only, staff_user, way_back
from accounts.models import Role
from mailing import outbox, ports, reasons, rendering, services, wording
from mailing.kinds import ACCOUNT
from mailing.models import TROUBLED, Channel, Message, State
from privacy import access

PER_PAGE = 50
TROUBLE = "trouble"
# An undo lasts half a minute; what is planned for another day says its moment instead.
COUNTED_DOWN = 120


@require_GET
@staff_only
def message_list(request: HttpRequest) -> HttpResponseBase:
    """All mail this user may see, what did not arrive first."""
    user = staff_user(request)
    visible = Message.objects.visible_to(user)
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    if state == TROUBLE:
        visible = visible.troubled()
    elif state in State.values:
        visible = visible.filter(state=state)
    if kind in wording.KINDS:
        visible = visible.filter(template__kind=kind) if kind != ACCOUNT else visible.filter(kind=kind)
    first = Case(
        When(state__in=TROUBLED, handled_at=None, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    rows = visible.select_related("template", "sender").order_by(first, "-created_at", "pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    shown = [
        {
            "message": message,
            "kind": wording.kind_of(message),
            "mark": wording.mark_of(message),
            "reason": wording.reason_of(message),
        }
        for message in page.object_list
    ]
    access.log(user, "list", [m.subject_id for m in page.object_list if m.subject_id], about_kind="mail")
    query = request.GET.copy()
    query.pop("page", None)
    return render(
        request,
        "mailing/messages.html",
        {
            "page": page,
            "rows": shown,
            "query": query.urlencode(),
            "state": state,
            "kind": kind,
            "states": [(TROUBLE, _("needs attention")), *State.choices],
            "kinds": [(code, word) for code, word in wording.KINDS.items() if code not in ("receipt", "art19")],
            "filtered": bool(state or kind),
            "troubled": Message.objects.visible_to(user).troubled().count(),
            **_standing_still(),
        },
    )


@require_GET
@staff_only
@csp_update({"frame-src": [SELF]})
def message_page(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One message: what it says, to whom, on which ground, and everything that happened to it."""
    message = _message(request, pk)
    if message.subject_id:
        access.log(staff_user(request), "view", [message.subject_id], about_kind="message", about_id=message.pk)
    return render(request, "mailing/message_page.html", _page_of(request, message))


@require_GET
@staff_only
def progress(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """How far a message is, drawn anew while it moves. The page around it noted who looks."""
    return render(request, "mailing/_progress.html", _progress_of(request, _message(request, pk)))


@require_GET
@staff_only
@xframe_options_sameorigin
def body(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The formatted part as the reader saw it, for a frame on its page: no script, no link, nothing remote."""
    message = _message(request, pk)
    if message.kind == ACCOUNT or not message.body_html:
        raise Http404
    policy = (
        "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        f"img-src data:; style-src {' '.join(rendering.styles_in(message.body_html)) or NONE}"
    )
    return HttpResponse(rendering.as_seen(message.body_html), headers={"Content-Security-Policy": policy})


@require_POST
@staff_only
def cancel(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Call a waiting message back."""
    message = _message(request, pk)
    services.cancel(message, actor=staff_user(request))
    messages.success(request, _("Called back. The message is not sent."))
    return redirect(way_back(request, reverse("mailing:message", args=[pk])))


@require_POST
@staff_only
def handled(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A message that did not arrive has been dealt with."""
    message = _message(request, pk)
    services.handle(message, actor=staff_user(request))
    messages.success(request, _("Dealt with."))
    return redirect(way_back(request, reverse("mailing:list")))


@require_POST
@roles(Role.ADMINISTRATOR)
def resume(request: HttpRequest) -> HttpResponseBase:
    """An administrator has mended what stopped the outbox."""
    services.resume(actor=staff_user(request))
    messages.success(request, _("The outbox runs again."))
    return redirect("mailing:list")


def _message(request: HttpRequest, pk: UUID) -> Message:
    visible = Message.objects.visible_to(staff_user(request))
    return get_object_or_404(visible.select_related("template", "sender", "subject"), pk=pk)


def _page_of(request: HttpRequest, message: Message) -> dict[str, Any]:
    sender = outbox.sender_of(message)
    followed, why = wording.following_of(message)
    by_mail = message.channel == Channel.EMAIL
    has_words = message.kind != ACCOUNT and bool(message.body_text or message.body_html)
    return {
        **_progress_of(request, message),
        "kind": wording.kind_of(message),
        "body": rendering.masked(message.body_text) if has_words else "",
        "has_html": has_words and bool(message.body_html),
        "from_name": sender.name if by_mail or message.sender is None else message.sender.name,
        "from_email": sender.email if by_mail else "",
        "reply_to": sender.reply_to if by_mail else "",
        "template_name": wording.words_of(message),
        "following": followed,
        "following_why": why,
        "facts": ports.facts(message, staff_user(request)),
        "crumbs": [
            {"url": reverse("mailing:list"), "label": _("Mail")},
            {"label": wording.kind_of(message)},
        ],
        **_standing_still(),
    }


def _progress_of(request: HttpRequest, message: Message) -> dict[str, Any]:
    """What changes while somebody looks: where it is, why, what comes next, its life and what may be done."""
    pause = outbox.pause_in_force() or outbox.missing()
    left = (message.not_before - timezone.now()).total_seconds()
    return {
        "message": message,
        "mark": wording.mark_of(message),
        "reason": wording.reason_of(message),
        "advice": wording.advice_of(message),
        "trouble_title": wording.trouble_of(message),
        "technical": reasons.technical(message.reason) if message.state in TROUBLED else "",
        "next": wording.next_of(message, paused=bool(pause)),
        "life": wording.life_of(message),
        "can_cancel": message.state in services.WAITING,
        "seconds_left": math.ceil(left) if message.state == State.QUEUED and 0 < left <= COUNTED_DOWN else 0,
        "is_moving": message.state in (State.QUEUED, State.CLAIMED),
        "is_troubled": message.state in TROUBLED and message.handled_at is None,
        "may_again": message.state in TROUBLED and message.reason not in wording.NEVER_AGAIN,
        "way": ports.ways([message], staff_user(request)).get(message.pk),
    }


def _standing_still() -> dict[str, object]:
    return {"pause": outbox.pause_in_force(), "missing": outbox.missing()}
