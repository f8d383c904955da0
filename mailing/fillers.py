"""What this floor answers to the ports below."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from mailing import services
from mailing.models import Message
from privacy.identifiers import BadContact, normalise_email
from privacy.models import DataRequest, Subject
from privacy.ports import register_mail


@register_mail
def mail(kind: str, *, subject: UUID | None, codes: Mapping[str, Any]) -> Message | None:
    """Queue the receipt of a request to the address it came from; None when that is no e-mail address."""
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
