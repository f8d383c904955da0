"""Requests of people: taken in with their date, and answered (GDPR art. 12)."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy import ledger
from privacy.deadlines import CALENDAR_VERSION, due_date
from privacy.guards import Refused, lawful
from privacy.models import DataRequest, LegitimateInterestAssessment, Subject
from privacy.models.requests import RequestChannel, RequestKind
from privacy.ports import clock_rows, register_clock

LIA_WARNING_DAYS = 30


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
