"""Answers to people's requests that carry words and links of their own; queued for the floor below through its port."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext, override

from mailing import services
from mailing.models import Message
from privacy import ports
from privacy.exports import codes as copy_codes
from privacy.exports import services as copies
from privacy.identifiers import BadContact, normalise_email
from privacy.models import DataCopy, DataRequest, Link, Restriction, Subject
from privacy.models.restrictions import LiftReason


class Parts:
    """What one answer brings: its place in the outbox, whom it goes to, its values and its links."""

    def __init__(self, key: str, to: str | None, values: Mapping[str, str], links: Mapping[str, Link] | None = None):
        self.key, self.to, self.values, self.links = key, to, values, links or {}


def queue(kind: str, *, subject: UUID | None, codes: Mapping[str, Any]) -> Message | None:
    """Queue an answer of one of `KINDS`; None when there is no e-mail address it could go to."""
    request = DataRequest.objects.get(pk=codes["request"])
    language = str(codes.get("language", "nl"))
    with override(language):
        parts = KINDS[kind](request, codes)
        name = ports.names([subject]).get(subject, "") if subject else ""
        greeting = {} if name else {"greeting": gettext("Hello,")}
    if parts.to is None:
        return None
    return services.queue(
        kind,
        key=parts.key,
        subject=Subject.objects.filter(pk=subject).first() if subject else None,
        to_email=parts.to,
        to_name=name,
        addresses=[("email", parts.to)],
        language=language,
        context={**greeting, **parts.values},
        links=parts.links,
        act=("data_request", request.pk),
        sender=None,
        transactional=True,
    )


def _answer(request: DataRequest, codes: Mapping[str, Any]) -> Parts:
    """The link to a copy, to where the request says, else to the mailbox we know."""
    copy = DataCopy.objects.select_related("subject", "request", "link").get(pk=codes["copy"])
    values = {"copy_kind": str(copy.get_kind_display()), "until_on": date_format(copy.delete_on)}
    to = _address(request.contact) or copies.mailbox_of(copy)
    return Parts(f"rights_answer_copy:{copy.link_id}", to, values, {"copy": copy.link} if copy.link else {})


def _code(request: DataRequest, codes: Mapping[str, Any]) -> Parts:
    """The code that opens it, to the mailbox we know, whatever address the request names."""
    copy = DataCopy.objects.select_related("subject", "request").get(pk=codes["copy"])
    digits = copy_codes.code_of(copy)
    values = {"code": f"{digits[:4]} {digits[4:]}", "minutes": str(int(copies.CODE_LIVES.total_seconds() // 60))}
    return Parts(f"rights_answer_code:{copy.pk}:{copy.code_number}", copies.mailbox_of(copy), values)


def _lift(request: DataRequest, codes: Mapping[str, Any]) -> Parts:
    """That somebody's data will be used again, and why (GDPR art. 18(3))."""
    restriction = Restriction.objects.get(pk=codes["restriction"])
    values = {
        "received_on": date_format(timezone.localdate(restriction.since)),
        "reasons": f"{capfirst(str(LiftReason(codes['reason']).label))}.",
    }
    # Announced again for another reason is another message.
    return Parts(f"restriction_lift:{restriction.pk}:{codes['reason']}", _address(request.contact), values)


def _address(contact: str) -> str | None:
    try:
        return normalise_email(contact)
    except BadContact:
        return None


KINDS: dict[str, Callable[[DataRequest, Mapping[str, Any]], Parts]] = {
    "rights_answer_copy": _answer,
    "rights_answer_code": _code,
    "restriction_lift": _lift,
}
