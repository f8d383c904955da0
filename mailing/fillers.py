"""What this floor answers to the ports below."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from accounts.models import User
from mailing import rights, services
from mailing.models import InboundMail, Message
from privacy.identifiers import BadContact, normalise_email
from privacy.models import DataRequest, Subject
from privacy.ports import Place, register_handed_over, register_mail, register_strays

STRAYS_SHOWN = 50


@register_mail
def mail(kind: str, *, subject: UUID | None, codes: Mapping[str, Any]) -> Message | None:
    """Queue what the law wants sent about a request, to the address it came from; None when that is no e-mail
    address. Kinds of `mailing.rights` bring words and links of their own."""
    if kind in rights.KINDS:
        return rights.queue(kind, subject=subject, codes=codes)
    request = DataRequest.objects.get(pk=codes["request"])
    try:
        address = normalise_email(request.contact)
    except BadContact:
        return None
    language = str(codes.get("language", "nl"))
    with override(language):
        context = {
            "greeting": gettext("Hello,"),
            "due_on": date_format(request.due_on),
            "received_on": date_format(timezone.localdate(request.received_at)),
        }
    return services.queue(
        kind,
        key=f"{kind}:{request.pk}",
        subject=Subject.objects.filter(pk=subject).first() if subject else None,
        to_email=address,
        addresses=[("email", address)],
        language=language,
        context=context,
        act=("data_request", request.pk),
        sender=None,
        transactional=True,
    )


@register_handed_over
def handed_over(messages: set[UUID]) -> Mapping[UUID, datetime]:
    """When these left; one that came back or failed after all told nobody anything."""
    left = Message.objects.filter(pk__in=messages, accepted_at__isnull=False, failed_at=None)
    return {pk: at for pk, at in left.values_list("pk", "accepted_at") if at is not None}


@register_strays
def strays(user: User, kind: str, normalised: str) -> Iterable[Place]:
    """Mail that came from this address and is nobody's, or was sent by somebody who usually writes from another."""
    if kind != "email":
        return []
    visible = InboundMail.objects.visible_to(user).filter(from_email=normalised)
    rows = visible.filter(Q(subject=None) | Q(other_address=True)).order_by("-sent_at", "pk")[:STRAYS_SHOWN]
    return [
        Place(
            reverse("mailing:reply", args=[row.pk]),
            f"{date_format(timezone.localdate(row.sent_at))} {row.subject_line}",
        )
        for row in rows
    ]
