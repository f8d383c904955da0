"""Mail at the desk: the list, and the page of one message."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import roles, staff_only, staff_user, way_back
from accounts.models import Role
from mailing import outbox, rendering, services, wording
from mailing.kinds import ACCOUNT
from mailing.models import TROUBLED, Message, State
from privacy import access

PER_PAGE = 50
TROUBLE = "trouble"


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
def message_page(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One message: what it says, to whom, and everything that happened to it."""
    user = staff_user(request)
    message = _message(request, pk)
    if message.subject_id:
        access.log(user, "view", [message.subject_id], about_kind="message", about_id=message.pk)
    return render(
        request,
        "mailing/message_page.html",
        {
            "message": message,
            "kind": wording.kind_of(message),
            "mark": wording.mark_of(message),
            "reason": wording.reason_of(message),
            "body": "" if message.kind == ACCOUNT else rendering.masked(message.body_text),
            "life": wording.life_of(message),
            "can_cancel": message.state in services.WAITING,
            "is_troubled": Message.objects.troubled().filter(pk=message.pk).exists(),
            "crumbs": [
                {"url": reverse("mailing:list"), "label": _("Mail")},
                {"label": wording.kind_of(message)},
            ],
            **_standing_still(),
        },
    )


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


def _standing_still() -> dict[str, object]:
    return {"pause": outbox.pause_in_force(), "missing": outbox.missing()}
