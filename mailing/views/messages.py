"""Mail at the desk: the list, and the page of one message."""

import math
from datetime import datetime
from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from accounts.access import roles, staff_only, staff_user, way_back
from accounts.models import Organisation, Role
from mailing import attachments, listing, outbox, pauses, ports, reasons, rendering, services, transmissions, wording
from mailing.kinds import ACCOUNT
from mailing.models import TROUBLED, Channel, Message, State
from privacy import access, spreadsheets
from privacy.guards import Sentence

# An undo lasts half a minute; what is planned for another day says its moment instead.
COUNTED_DOWN = 120


@require_GET
@staff_only
def message_list(request: HttpRequest) -> HttpResponseBase:
    """All mail this user may see, what did not arrive first; with `format=csv` as a file."""
    user = staff_user(request)
    filters = listing.Filters.read(request.GET)
    titles = ports.titles(user)
    if request.GET.get("format") == "csv":
        return _file(request, filters, dict(titles))
    pages = listing.pages(user, filters)
    page = pages.get_page(request.GET.get("page"))
    shown = [
        {
            "message": message,
            "kind": wording.kind_of(message),
            "mark": wording.mark_of(message),
            "reason": wording.reason_of(message),
            "is_troubled": message.state in TROUBLED and message.handled_at is None,
        }
        for message in page.object_list
    ]
    access.log(user, "list", [m.subject_id for m in page.object_list if m.subject_id], about_kind="mail")
    return render(
        request,
        "mailing/messages.html",
        {
            "page": page,
            "is_more": pages.is_more,
            "rows": shown,
            "filters": filters,
            "query": filters.query(),
            "states": [(listing.TROUBLE, _("needs attention")), *State.choices],
            "kinds": [(code, word) for code, word in wording.KINDS.items() if code not in ("receipt", "art19")],
            "channels": Channel.choices,
            "periods": [(days, _("last %(days)s days") % {"days": days}) for days in listing.DAYS],
            "titles": titles,
            "has_troubles": any(row["is_troubled"] for row in shown),
            "reason": reasons.why(filters.reason).words,
            "troubled": Message.objects.visible_to(user).troubled().count(),
            **_standing_still(),
        },
    )


def _file(request: HttpRequest, filters: listing.Filters, titles: dict[UUID, str]) -> HttpResponse:
    """The list without bodies and addresses, for a spreadsheet."""
    user = staff_user(request)
    messages_shown = list(listing.exported(user, filters))
    access.log(user, "export", [m.subject_id for m in messages_shown if m.subject_id], about_kind="mail")
    moments = ("created_at", "accepted_at", "delivered_at", "answered_at", "failed_at", "handled_at")
    head: list[Sentence] = [_("To"), _("Vacancy"), _("Message"), _("Channel"), _("From"), _("State"), _("Why")]
    head += [_("Written"), _("Handed over"), _("Delivered"), _("Answered"), _("Did not arrive"), _("Dealt with")]
    rows = [
        [
            message.to_name,
            titles.get(message.vacancy_ref, "") if message.vacancy_ref else "",
            wording.kind_of(message),
            message.get_channel_display(),
            message.sender.name if message.sender else "Watson",
            message.get_state_display(),
            wording.reason_of(message),
            *(_minute(getattr(message, name)) for name in moments),
        ]
        for message in messages_shown
    ]
    return spreadsheets.download([head, *rows], "mail.csv")


def _minute(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""


@require_GET
@staff_only
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
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
    seen = rendering.as_seen(message.body_html, attachments.pictures_in(message))
    return HttpResponse(seen, headers={"Content-Security-Policy": policy})


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
@staff_only
def arrived(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Somebody found out that a message did arrive."""
    services.arrived(_message(request, pk), actor=staff_user(request))
    messages.success(request, _("Noted: it arrived."))
    return redirect(way_back(request, reverse("mailing:message", args=[pk])))


@require_POST
@staff_only
def not_arrived(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Somebody found out that a message did not arrive."""
    services.not_arrived(_message(request, pk), actor=staff_user(request))
    messages.success(request, _("Noted: it did not arrive. This person may be asked again."))
    return redirect(way_back(request, reverse("mailing:message", args=[pk])))


@require_POST
@staff_only
def handled_many(request: HttpRequest) -> HttpResponseBase:
    """The chosen messages have been dealt with, or all that did not arrive for one reason."""
    user = staff_user(request)
    if reason := request.POST.get("reason", ""):
        chosen = Message.objects.visible_to(user).filter(reason=reason)
    else:
        chosen = Message.objects.visible_to(user).filter(pk__in=_chosen(request))
    number = services.handle_all(chosen, actor=user)
    if number:
        said = ngettext("%(n)s message is dealt with.", "%(n)s messages are dealt with.", number) % {"n": number}
        messages.success(request, said)
    else:
        messages.info(request, _("Choose messages that did not arrive first: tick the box in front of them."))
    return redirect(way_back(request, reverse("mailing:list")))


def _chosen(request: HttpRequest) -> list[UUID]:
    return [pk for text in request.POST.getlist("pk")[: listing.PER_PAGE] if (pk := listing.uuid_of(text))]


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
    sender = transmissions.sender_of(message, Organisation.current())
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
        "template_url": reverse("mailing:template", args=[message.template_id]) if message.template_id else "",
        "following": followed,
        "following_why": why,
        "attachments": message.attachments.select_related("file").defer("file__body"),
        "facts": ports.facts(message, staff_user(request)),
        "crumbs": [
            {"url": reverse("mailing:list"), "label": _("Mail")},
            {"label": wording.kind_of(message)},
        ],
        **_standing_still(),
    }


def _progress_of(request: HttpRequest, message: Message) -> dict[str, Any]:
    """What changes while somebody looks: where it is, why, what comes next, its life and what may be done."""
    pause = pauses.in_force() or outbox.missing()
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
        "can_cancel": services.can_cancel(message),
        "seconds_left": math.ceil(left) if message.state == State.QUEUED and 0 < left <= COUNTED_DOWN else 0,
        "is_moving": message.state in (State.QUEUED, State.CLAIMED),
        "is_troubled": message.state in TROUBLED and message.handled_at is None,
        "is_undecided": message.state == State.NEEDS_PERSON,
        "may_again": message.state in TROUBLED and message.reason not in wording.NEVER_AGAIN,
        "way": ports.ways([message], staff_user(request)).get(message.pk),
    }


def _standing_still() -> dict[str, object]:
    pause = pauses.in_force()
    return {"pause": pause, "pause_words": pause and pauses.words(pause), "missing": outbox.missing()}
