"""Requests of people: taken in with their date, and answered (GDPR art. 12)."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, QuerySet, Subquery, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy import ledger, ports, registry, suppression
from privacy.deadlines import CALENDAR_VERSION, due_date
from privacy.desk import groups, identity
from privacy.guards import Refused, lawful
from privacy.identifiers import BadContact, normalise_email, normalise_phone
from privacy.models import DataRequest, LedgerEntry, LegitimateInterestAssessment, RequestGroup, Subject
from privacy.models.handling import Method
from privacy.models.requests import ANSWER_BY, PROVEN, RequestChannel, RequestKind
from privacy.ports import Key, Place, clock_rows, register_clock, register_place

LIA_WARNING_DAYS = 30
NO_RECEIPT = "request.no_receipt"
NO_CODE = "request.no_code"


def receive_request(
    *,
    kind: str,
    channel: str,
    subject: Subject | None = None,
    contact: str = "",
    words: str = "",
    language: str = "nl",
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
            language=language if language in ("nl", "en") else "en",
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
    agent: str = "",
    person: str = "",
) -> DataRequest:
    """Take a request in, tied to whom the caller names or else to `owner_of` this address, and queue its receipt.

    `look_up` False: nobody knows who asks, whatever address it came from. `agent` asks for somebody else, the one with
    the address `person`, and is answered at `contact`. The law counts from the receipt, whatever we can send: where no
    mail can be made, the ledger says so. What needs no decision takes effect as soon as it is known who asks.
    """
    named = subject
    found = named or (owner_of(person or contact) if look_up else None)
    with transaction.atomic():
        asked = receive_request(
            kind=kind,
            channel=channel,
            subject=None if agent else found,
            contact=contact,
            words=words,
            language=language,
            received_at=received_at,
            actor=actor,
        )
        if agent:
            groups.note_mandate(asked, agent=agent, person=person, subject=found)
        send_receipt(asked, actor=actor)
        if agent or asked.subject is None:
            return asked
        if asked.channel == RequestChannel.LINK:
            identity.known(asked, method=Method.LINK, actor=None)
        elif actor is not None and named is not None and asked.kind not in PROVEN:
            # Only on a colleague's word: on the public form and in a mail anybody can use somebody else's address.
            identity.known(asked, method=Method.COLLEAGUE, actor=actor)
        else:
            try:
                with transaction.atomic():
                    identity.ask_mailbox(asked, actor=None)
            except Refused:
                ledger.append(NO_CODE, subject=asked.subject_id, actor=actor, request=asked.pk)
    return asked


def send_receipt(request: DataRequest, *, actor: User | None) -> bool:
    """Queue the receipt with the due date, once; False where no mail can be made, which the ledger says."""
    codes = {"request": str(request.pk), "language": request.language}
    try:
        with transaction.atomic():
            sent = ports.mail("receipt_request", subject=request.subject_id, codes=codes)
    except Refused:
        sent = None
    if sent is None:
        ledger.append(NO_RECEIPT, subject=request.subject_id, actor=actor, request=request.pk)
    return sent is not None


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


@register_clock
def open_requests() -> "QuerySet[Any, Any]":
    """Every open request that stands alone, until its last day: the first one, or the one after an extension."""
    return clock_rows(
        DataRequest.objects.open().filter(group=None),
        kind="request",
        subject="subject",
        due_on=ANSWER_BY,
        reason=Case(When(extension__isnull=True, then=Value("art12_3")), default=Value("art12_3_extended")),
        since="received_at",
    )


@register_clock
def open_groups() -> "QuerySet[Any, Any]":
    """Requests that came together: one line for all of them, until the first of them is due."""
    first = DataRequest.objects.open().filter(group=OuterRef("pk")).soonest_first().annotate(last_day=ANSWER_BY)
    return clock_rows(
        RequestGroup.objects.filter(Exists(first)).annotate(
            first_due=Subquery(first.values("last_day")[:1]), first_in=Subquery(first.values("received_at")[:1])
        ),
        kind="request_group",
        due_on="first_due",
        reason="art12_3",
        since="first_in",
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
        if ids := asked.get("request_group"):
            for pk, label in RequestGroup.objects.filter(pk__in=ids).values_list("pk", "label"):
                found["request_group", pk] = Place(reverse("privacy:request-group", args=[pk]), label)
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
    never come back (GDPR art. 17). Safe to repeat: the second time nothing is left. Raises Refused when something is,
    and for somebody under a legal hold.
    """
    return erase_together([subject.pk], reason=reason, actor=actor)


def erase_together(subjects: Collection[UUID], *, reason: str, actor: User | None = None) -> int:
    """The same for many people at once: a few statements per table, however many they are; all of them or none."""
    with lawful():
        suppression.lock()  # as a claim does: it has messages in hand when its guard reads the person
        locked = list(Subject.objects.select_for_update().filter(pk__in=subjects).order_by("pk"))
        if not locked:
            return 0
        with registry.together(registry.closures([one.pk for one in locked])):
            rows = sum(handler.erase(locked[0]) for handler in registry.in_order())
            left = {place for handler in registry.handlers.values() for place in handler.verify(locked[0])}
        if left:
            places = ", ".join(sorted(left))
            raise Refused(_("The person could not be erased whole: %(places)s.") % {"places": places})
        fresh = [one.pk for one in locked if one.erased_at is None]
        Subject.objects.filter(pk__in=fresh).update(erased_at=timezone.now())
        counted = {"rows": rows} if len(locked) == 1 else {"together": len(locked)}
        codes = {"reason": reason, **counted}
        ledger.append_all("subject.erased", ((pk, codes) for pk in fresh), actor=actor)
    return rows
