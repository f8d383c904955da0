"""What the person was told about a request, and what the recipients of their data were told (GDPR art. 12, 19)."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy import deadlines, ledger, ports
from privacy.deadlines import CALENDAR_VERSION
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import DataRequest, Decision, Extension, RequestNotice, Telling
from privacy.models.handling import I7_LATE, DecisionKind, Party
from privacy.models.requests import TOLD_ON, RequestKind
from privacy.steps import record, register_start

ANSWERS = ("rights_answer", "refusal")
EMAIL = "email"
BY_HAND = {"phone": _("by phone"), "letter": _("by letter"), "other": _("another way")}

NO_ADDRESS = refuse("telling_no_address", _("No mail can go to this recipient. Tell them another way, and note it."))
ALREADY = refuse("telling_already", _("This recipient was told already."))
WHY_NOT = refuse("telling_why_not", _("Say why this recipient is not told: it is impossible, or far too much effort."))


# The person


def note_handed_over(messages: Iterable[tuple[UUID, UUID, str]]) -> None:
    """These messages (id, request, kind) about requests have left: write down that the person was told.

    A longer term begins with this, if it comes before the first one ended (I7). Safe to run twice.
    """
    for message, request, kind in messages:
        if RequestNotice.objects.filter(message_ref=message).exists():
            continue
        notice = RequestNotice.objects.create(request_id=request, kind=kind, message_ref=message, channel=EMAIL)
        _begin_extension(notice)


def tell_by_hand(request: DataRequest, *, kind: str, channel: str, actor: User) -> RequestNotice:
    """Somebody told the person without mail: read aloud, or by letter. Raises Refused for an extension too late."""
    with lawful():
        notice = RequestNotice.objects.create(request=request, kind=kind, channel=channel, by=actor)
        ledger.append("request.told", subject=request.subject_id, actor=actor, request=request.pk, kind_of=kind)
        if not _begin_extension(notice) and kind == "extension":
            raise Refused(REFUSALS[I7_LATE], I7_LATE)
    return notice


def note_failed(request_id: UUID, *, message: UUID, kind: str) -> None:
    """What was to answer a request did not arrive, so it was not answered: it stands in the queue again."""
    if kind not in ANSWERS:
        return
    with lawful():
        request = DataRequest.objects.select_for_update(of=("self",)).filter(pk=request_id).first()
        if request is None or request.answered_at is None:
            return
        request.answered_at = request.answered_by = None
        request.save(update_fields=["answered_at", "answered_by"])
        record(request, "answer.failed", actor=None, ref=message)
        ledger.append("request.answer_failed", subject=request.subject_id, request=request.pk, message=message)


def _begin_extension(notice: RequestNotice) -> bool:
    """The longer term that this notice tells of; False when it tells of none, or came too late to begin one."""
    if notice.kind != "extension":
        return False
    decision = Decision.objects.filter(request=notice.request_id, kind=DecisionKind.EXTENSION).first()
    request = DataRequest.objects.get(pk=notice.request_id)
    if decision is None or Extension.objects.filter(pk=request.pk).exists():
        return False
    notice.refresh_from_db(fields=["at"])
    if notice.at >= deadlines.closes_at(request.due_on):
        # It left, and what was told stays true; but the term had ended by then and is not longer.
        record(request, "extension.late", actor=None, ref=notice.pk)
        return False
    Extension.objects.create(
        request=request,
        decision=decision,
        notice=notice,
        due_on=deadlines.extended_due_date(request.received_at),
        calendar_version=CALENDAR_VERSION,
    )
    ledger.append("request.extended", subject=request.subject_id, actor=decision.decided_by, request=request.pk)
    return True


# The recipients


@register_start("recipients.listed", *TOLD_ON)
def list_recipients(request: DataRequest) -> None:
    """Put whoever got this person's data on the list of those to be told; again adds only who is new."""
    if request.subject_id is None:
        return
    Telling.objects.bulk_create(
        [
            Telling(
                request=request,
                kind=one.kind,
                party_id=one.party,
                source_ref=one.ref,
                name=one.name,
                disclosed_at=one.at,
                acknowledged_at=one.acknowledged_at,
            )
            for one in ports.recipients(request.subject_id)
            # Whoever only carries our mail has nothing to correct and nothing to set aside.
            if one.kind != Party.VENDOR or request.kind == RequestKind.ERASURE
        ],
        ignore_conflicts=True,
    )


def tell(telling: Telling, *, actor: User) -> Telling:
    """Mail one recipient what they have to do with the data. Raises Refused where no mail can go."""
    with lawful():
        telling = Telling.objects.select_for_update(of=("self",)).select_related("request").get(pk=telling.pk)
        if telling.sent_at is not None:
            return telling
        message = None
        if telling.kind == Party.CLIENT and telling.party_id is not None:
            codes = {"telling": str(telling.pk), "request": str(telling.request_id)}
            message = ports.mail("art19_request", subject=telling.party_id, codes=codes)
        if message is None:
            raise Refused(REFUSALS[NO_ADDRESS], NO_ADDRESS)
        _sent(telling, actor, message.pk)
    return telling


def told_by_hand(telling: Telling, *, actor: User) -> Telling:
    """Somebody told this recipient another way, or did there what had to be done."""
    with lawful():
        telling = Telling.objects.select_for_update(of=("self",)).select_related("request").get(pk=telling.pk)
        if telling.sent_at is None:
            _sent(telling, actor, None)
    return telling


def waive(telling: Telling, *, reason: str, actor: User) -> Telling:
    """This recipient is not told, for a reason (GDPR art. 19: impossible, or disproportionate effort)."""
    if not reason.strip():
        raise Refused(REFUSALS[WHY_NOT], WHY_NOT)
    with lawful():
        telling = Telling.objects.select_for_update(of=("self",)).select_related("request").get(pk=telling.pk)
        if telling.sent_at is not None:
            raise Refused(REFUSALS[ALREADY], ALREADY)
        telling.waived_at, telling.waived_by, telling.waived_reason = timezone.now(), actor, reason.strip()[:300]
        telling.save(update_fields=["waived_at", "waived_by", "waived_reason"])
        ledger.append(
            "request.recipient_waived",
            subject=telling.request.subject_id,
            actor=actor,
            request=telling.request_id,
            telling=telling.pk,
        )
    return telling


def acknowledge(*, source_ref: UUID, party: UUID) -> int:
    """A recipient says it is done: every open line about what they got. Saying it twice changes nothing."""
    lines = Telling.objects.filter(source_ref=source_ref, party=party, acknowledged_at=None)
    with transaction.atomic():
        return lines.update(acknowledged_at=timezone.now())


def acknowledge_line(telling: Telling, *, actor: User) -> Telling:
    """An officer heard from this recipient that it is done."""
    with lawful():
        changed = Telling.objects.filter(pk=telling.pk, acknowledged_at=None).update(acknowledged_at=timezone.now())
        if changed:
            ledger.append("request.recipient_done", actor=actor, request=telling.request_id, telling=telling.pk)
    telling.refresh_from_db()
    return telling


def _sent(telling: Telling, actor: User, message: UUID | None) -> None:
    telling.sent_at, telling.sent_by, telling.message_ref = timezone.now(), actor, message
    telling.waived_at = telling.waived_by = None
    telling.waived_reason = ""
    telling.save(
        update_fields=["sent_at", "sent_by", "message_ref", "waived_at", "waived_by", "waived_reason"],
    )
    ledger.append(
        "request.recipient_told",
        subject=telling.request.subject_id,
        actor=actor,
        request=telling.request_id,
        telling=telling.pk,
        by_mail=message is not None,
    )
