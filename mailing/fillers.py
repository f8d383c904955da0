"""What this floor answers to the ports below."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from mailing import legal
from mailing.models import InboundMail, Message
from privacy.ports import (
    GotIt,
    Place,
    register_handed_over,
    register_letter,
    register_mail,
    register_recipients,
    register_strays,
)

STRAYS_SHOWN = 50
SPARKPOST = UUID("6d61696c-7370-4a72-8b50-6f7374000000")

register_mail(legal.mail)
register_letter(legal.letter)


@register_recipients
def recipients(subject: UUID) -> Iterable[GotIt]:
    """SparkPost, where mail to this person went through it."""
    left = Message.objects.filter(subject=subject, channel="email", accepted_at__isnull=False)
    first = left.order_by("accepted_at").values_list("accepted_at", flat=True).first()
    return [GotIt(kind="vendor", ref=SPARKPOST, party=None, name="SparkPost", at=first)] if first else []


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
