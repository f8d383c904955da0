"""Requests of people: taken in with their date, and answered (GDPR art. 12)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy import ledger, ports, registry, suppression
from privacy.deadlines import CALENDAR_VERSION, due_date
from privacy.guards import Refused, lawful
from privacy.identifiers import BadContact, normalise_email, normalise_phone
from privacy.models import DataRequest, LedgerEntry, LegitimateInterestAssessment, Subject
from privacy.models.requests import RequestChannel, RequestKind
from privacy.ports import Key, Place, clock_rows, register_clock, register_place
from privacy.signals import objected

LIA_WARNING_DAYS = 30
NO_RECEIPT = "request.no_receipt"


def receive_request(
    *,
    kind: str,
    channel: str,
    subject: Subject | None = None,
    contact: str = "",
    words: str = "",
    received_at: datetime | None = None,
    actor: User | None = None,
) -> DataRequest:
    """Take in a request and compute the last day to answer it (GDPR art. 12(3)). Raises Refused for a future receipt.

    `received_at` is when it reached the agency, however late it is noted; `actor` is who noted it, None for the person.
    """
    now = timezone.now()
    received_at = received_at or now
    if received_at > now:
        raise Refused(_("A request cannot have been received in the future."), "request_future")
    with lawful():
        request = DataRequest.objects.create(
            kind=RequestKind(kind),
            channel=RequestChannel(channel),
            subject=subject,
            contact=contact,
            words=words,
            received_at=received_at,
            due_on=due_date(received_at),
            calendar_version=CALENDAR_VERSION,
            logged_by=actor,
        )
        ledger.append(
            "request.received",
            subject=subject,
            actor=actor,
            request=request.pk,
            kind_of=request.kind,
            channel=request.channel,
            due_on=request.due_on,
        )
    return request


def take_in(
    *,
    kind: str,
    channel: str,
    contact: str,
    words: str,
    language: str,
    subject: Subject | None = None,
    look_up: bool = True,
    received_at: datetime | None = None,
    actor: User | None = None,
) -> DataRequest:
    """Take a request in, tied to whom the caller names or else to `owner_of` this address, and queue its receipt.

    `look_up` False: nobody knows who asks, whatever address it came from. The law counts from the receipt, whatever we
    can send: where no mail can be made, the ledger says so. An objection a colleague noted of somebody they named takes
    effect now (GDPR art. 21).
    """
    named = subject
    with transaction.atomic():
        asked = receive_request(
            kind=kind,
            channel=channel,
            subject=named or (owner_of(contact) if look_up else None),
            contact=contact,
            words=words,
            received_at=received_at,
            actor=actor,
        )
        codes = {"request": str(asked.pk), "language": language}
        try:
            sent = ports.mail("receipt_request", subject=asked.subject_id, codes=codes)
        except Refused:
            sent = None
        if sent is None:
            ledger.append(NO_RECEIPT, subject=asked.subject_id, actor=actor, request=asked.pk)
        if asked.kind == RequestKind.OBJECTION and named is not None and actor is not None:
            # Only on a colleague's word: on the public form and in a mail anybody can use somebody else's address.
            objected.send(DataRequest, subject=named, language=language)
    return asked


def has_receipt(request: DataRequest) -> bool:
    """Whether a receipt was queued when the request came in."""
    return not LedgerEntry.objects.filter(kind=NO_RECEIPT, codes__request=str(request.pk)).exists()


def owner_of(contact: str) -> Subject | None:
    """Who alone has exactly this e-mail address or phone number, however it is written."""
    for kind, normalise in (("email", normalise_email), ("phone", normalise_phone)):
        try:
            owners = ports.find(kind, normalise(contact))
        except BadContact:
            continue
        return Subject.objects.filter(pk__in=owners, erased_at=None).first() if len(owners) == 1 else None
    return None


def answer_request(request: DataRequest, *, outcome: str, actor: User) -> DataRequest:
    """Close a request with what was done about it. Raises Refused when it was answered before."""
    with lawful():
        # Lock, then look: two officers may press the button on the same request.
        request = DataRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if request.answered_at is not None:
            raise Refused(_("This request has been answered already."), "request_answered")
        request.answered_at, request.answered_by, request.outcome = timezone.now(), actor, outcome
        request.save(update_fields=["answered_at", "answered_by", "outcome"])
        ledger.append(
            "request.answered",
            subject=request.subject_id,
            actor=actor,
            request=request.pk,
            late=timezone.localdate(request.answered_at) > request.due_on,
        )
    return request


@register_clock
def open_requests() -> "QuerySet[Any, Any]":
    """Every open request, until its due day."""
    return clock_rows(
        DataRequest.objects.open(),
        kind="request",
        subject="subject",
        due_on="due_on",
        reason="art12_3",
        since="received_at",
    )


@register_clock
def expiring_assessments() -> "QuerySet[Any, Any]":
    """Assessments whose review is near or past: after it nobody can be added to their vacancies."""
    limit = timezone.localdate() + timedelta(days=LIA_WARNING_DAYS)
    rows = LegitimateInterestAssessment.objects.filter(
        approved_at__isnull=False, withdrawn_at=None, review_on__lte=limit
    )
    return clock_rows(rows, kind="lia_review", due_on="review_on", reason="review", since="approved_at")


@register_place
def places(user: User, asked: Mapping[str, set[UUID]]) -> Mapping[Key, Place]:
    """The pages of requests, for officers, and of assessments, for officers and their author."""
    found: dict[Key, Place] = {}
    assessments = LegitimateInterestAssessment.objects.filter(pk__in=asked.get("lia_review", ()))
    if user.is_officer or user.is_administrator:
        for key in asked.get("request", ()):
            found["request", key] = Place(reverse("privacy:data-request", args=[key]))
    else:
        assessments = assessments.filter(author=user)
    return found | assessment_places(assessments)


def assessment_places(assessments: "QuerySet[LegitimateInterestAssessment]") -> dict[Key, Place]:
    """Where these assessments are, for floors that know who else works with them."""
    return {
        ("lia_review", row.pk): Place(reverse("privacy:governance:assessment", args=[row.pk]), row.title)
        for row in assessments
    }


def erase(subject: Subject, *, reason: str, actor: User | None = None) -> int:
    """Erase a person in every table that is registered, in one transaction; how many rows it touched.

    `actor` is None where a clock does it. Ledgers keep their ids and codes; the subject stays as a bare id that can
    never come back (GDPR art. 17). Safe to repeat: the second time nothing is left. Raises Refused when something is.
    """
    with lawful():
        suppression.lock()  # as a claim does: it has messages in hand when its guard reads the person
        locked = Subject.objects.select_for_update().get(pk=subject.pk)
        rows = sum(handler.erase(locked) for handler in registry.handlers.values())
        left = [place for handler in registry.handlers.values() for place in handler.verify(locked)]
        if left:
            raise Refused(_("The person could not be erased whole: %(places)s.") % {"places": ", ".join(left)})
        if locked.erased_at is None:
            locked.erased_at = timezone.now()
            locked.save(update_fields=["erased_at"])
            ledger.append("subject.erased", subject=locked, actor=actor, reason=reason, rows=rows)
    return rows
