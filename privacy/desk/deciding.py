"""Answers: done, in part, nothing held, refused, or later than a month; each told to the person (GDPR art. 12)."""

from collections.abc import Collection
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy import deadlines, ledger, ports
from privacy.desk import proposing, telling
from privacy.guards import REFUSALS, Refused, lawful, refuse, rule_of
from privacy.models import DataRequest, Decision, RequestStep
from privacy.models.handling import I7_LATE, TWO_PEOPLE, DecisionKind
from privacy.models.requests import Result
from privacy.steps import record, steps_for

ANSWERED = refuse("request_answered", _("This request has been answered already."))
NOT_CLOSED = refuse("request_steps_open", _("Something is still open. A request is closed when nothing is."))
NEEDS_REASONS = refuse("decision_needs_reasons", _("Give the reasons in words: the person reads them."))
EXTENDED = refuse("extension_once", _("A term is made longer once, not more."))
APPROVE_FIRST = refuse("refusal_not_approved", _("Somebody else has to approve this refusal before it is sent."))
SELF_APPROVED = refuse("refusal_own", _("Who decided a refusal cannot approve it as well."))
UNAPPROVABLE = refuse("refusal_needs_none", _("This refusal needs nobody's approval."))
NO_MAIL = refuse(
    "answer_no_mail",
    _("No mail can go out: there is no e-mail address, or words or details of the agency lack. Tell it another way."),
)
REFUSE_INSTEAD = refuse(
    "answer_refuse_instead",
    _("A refusal has its own form: the person must read the reasons and where to complain."),
)
HOLD_GONE = refuse(
    "refusal_hold_gone", _("The legal hold changed or ended meanwhile. Look at the request anew, and decide again.")
)


def extend(request: DataRequest, *, ground: str, reasons: str, actor: User) -> Decision:
    """Decide to take two months longer and send the notice; the term is longer once that has left (I7).

    Raises Refused after the first term, a second time, and without reasons. Without a mailbox the notice is told by
    hand (`telling.tell_by_hand`).
    """
    with lawful():
        request = _open(request)
        if timezone.now() >= deadlines.closes_at(request.due_on):
            raise _refused(I7_LATE)
        decision = _decide(request, DecisionKind.EXTENSION, ground, reasons, actor)
        ports.mail("extension", subject=request.subject_id, codes=codes_of(request, decision=str(decision.pk)))
    return decision


def refuse_request(request: DataRequest, *, ground: str, reasons: str, actor: User) -> Decision:
    """Decide to refuse; `send_refusal` tells it, where the law puts the proof on us after somebody else's approval."""
    with lawful():
        return _decide(_open(request), DecisionKind.REFUSAL, ground, reasons, actor)


def approve(decision: Decision, *, actor: User) -> Decision:
    """A second person looked at the proof that a request is unfounded or excessive (GDPR art. 12(5))."""
    with lawful():
        decision = Decision.objects.select_for_update(of=("self",)).get(pk=decision.pk)
        if not needs_approval(decision):
            raise _refused(UNAPPROVABLE)
        if decision.decided_by_id == actor.pk:
            raise _refused(SELF_APPROVED)
        decision.approved_by = actor
        decision.save(update_fields=["approved_by"])
        ledger.append("request.refusal_approved", actor=actor, request=decision.request_id, decision=decision.pk)
    return decision


def needs_approval(decision: Decision) -> bool:
    """Whether somebody else still has to look."""
    return decision.ground in TWO_PEOPLE and decision.approved_by_id is None


def send_refusal(decision: Decision, *, actor: User, channel: str = "") -> DataRequest:
    """Tell the person, by mail or in `channel`, and close the request as refused. Raises Refused without approval."""
    with lawful():
        request = _open(decision.request)
        decision = Decision.objects.get(pk=decision.pk)
        if needs_approval(decision):
            raise _refused(APPROVE_FIRST)
        _tell("refusal", request, channel, actor, decision=str(decision.pk))
        return _close(request, Result.REFUSED, decision.reasons, actor)


def refuse_as_proposed(
    request: DataRequest, *, holds: Collection[UUID], reasons: str, actor: User, channel: str = ""
) -> DataRequest:
    """Refuse on the legal hold that stands, tell the person, and close: one decision of one person.

    `holds`: those the officer saw, on which the words rest. Raises Refused where they are not the same any more.
    """
    with lawful():
        request = _open(request)
        proposal = proposing.refusal(request)
        if proposal is None or set(proposal.holds) != set(holds):
            raise _refused(HOLD_GONE)
        decision = _decide(request, DecisionKind.REFUSAL, proposal.ground, reasons, actor)
        for hold in proposal.holds:
            record(request, "refusal.hold", actor=actor, ref=hold)
        return send_refusal(decision, actor=actor, channel=channel)


def answer_request(
    request: DataRequest, *, outcome: str, actor: User, result: str = Result.DONE, channel: str = ""
) -> DataRequest:
    """Tell the person what was done, by mail or in `channel` (`telling.BY_HAND`), and close the request.

    Raises Refused when it was answered before, when a step is still open, and when no mail can be made.
    """
    if result == Result.REFUSED:
        raise _refused(REFUSE_INSTEAD)
    with lawful():
        request = _open(request)
        if any(step.is_open for step in steps_for(request)) and result not in (Result.TAKEN_BACK, Result.UNPROVEN):
            raise _refused(NOT_CLOSED)
        request.outcome = outcome
        request.save(update_fields=["outcome"])
        _tell("rights_answer", request, channel, actor)
        return _close(request, result, outcome, actor)


def codes_of(request: DataRequest, **more: str) -> dict[str, str]:
    """What a message about a request is made of: ids and codes."""
    return {"request": str(request.pk), "language": request.language, **more}


def _tell(kind: str, request: DataRequest, channel: str, actor: User, **more: str) -> None:
    if channel:
        telling.tell_by_hand(request, kind=kind, channel=channel, actor=actor)
    else:
        # One that did not arrive is answered anew, in a message of its own.
        attempt = RequestStep.objects.filter(request=request, code="answer.failed").count()
        codes = codes_of(request, attempt=str(attempt), **more)
        if ports.mail(kind, subject=request.subject_id, codes=codes) is None:
            raise _refused(NO_MAIL)


def _close(request: DataRequest, result: str, outcome: str, actor: User) -> DataRequest:
    request.answered_at, request.answered_by = timezone.now(), actor
    request.result, request.outcome = Result(result), outcome
    request.save(update_fields=["answered_at", "answered_by", "result", "outcome"])
    ledger.append(
        "request.answered",
        subject=request.subject_id,
        actor=actor,
        request=request.pk,
        result=request.result,
        late=deadlines.is_late(request.answered_at, request.answer_by),
    )
    return request


def _decide(request: DataRequest, kind: str, ground: str, reasons: str, actor: User) -> Decision:
    if not reasons.strip():
        raise _refused(NEEDS_REASONS)
    try:
        decision = Decision.objects.create(
            request=request, kind=kind, ground=ground, reasons=reasons.strip(), decided_by=actor
        )
    except IntegrityError as error:
        if rule_of(error) != "extension_decided_once":
            raise
        raise _refused(EXTENDED) from error
    ledger.append(
        "request.decided", subject=request.subject_id, actor=actor, request=request.pk, kind_of=kind, ground=ground
    )
    return decision


def _open(request: DataRequest) -> DataRequest:
    # Lock, then look: two officers may press the button on the same request.
    held = DataRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if held.answered_at is not None:
        raise _refused(ANSWERED)
    return held


def _refused(rule: str) -> Refused:
    return Refused(REFUSALS[rule], rule)
