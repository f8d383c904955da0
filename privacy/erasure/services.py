"""Verbs of an erasure: plan, approve, take by hand, try again; and the clock's own."""

from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy import ledger
from privacy.erasure import planning
from privacy.erasure.holders import in_order
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import DataRequest, Erasure, ErasurePerson, ErasureStep, IdentityCheck, Subject
from privacy.models.erasure import ErasureReason, StepState
from privacy.models.requests import RequestKind
from privacy.retention import holding

NOBODY = refuse("erasure_nobody", _("Find out first who asks: nobody here is tied to this request."))
UNKNOWN = refuse("erasure_unknown", _("First be sure who asks: an erasure cannot be undone."))
OTHER_KIND = refuse("erasure_other_request", _("This request asks for something else than to be erased."))
OTHERS_OPEN = refuse(
    "erasure_others_open", _("This person asked something else too. Answer that first: after the erasure nobody can.")
)
ANSWERED = refuse("erasure_answered", _("This request has been answered already."))
RUNS = refuse("erasure_runs", _("The erasure for this request was approved already."))
CHANGED = refuse(
    "erasure_changed", _("What we hold has changed since this plan was made. Look at the new plan and approve that.")
)
HELD_NOW = refuse(
    "erasure_held",
    _("A legal hold stands for this person. Refuse the request on that ground, or end the hold first."),
)
NOT_BY_HAND = refuse("erasure_not_by_hand", _("This step does not wait for a person."))


def _refused(rule: str) -> Refused:
    return Refused(REFUSALS[rule], rule)


def plan(request: DataRequest, *, actor: User) -> Erasure:
    """Make a fresh plan for a request to be erased; nobody can approve an earlier one any more. Raises Refused."""
    with lawful():
        held = DataRequest.objects.select_for_update(of=("self",)).select_related("subject").get(pk=request.pk)
        person = _check(held)
        erasure = planning.make([person], reason=ErasureReason.REQUEST, request=held, language=held.language, by=actor)
        _forget_plans(held, but=erasure)
        ledger.append("erasure.planned", subject=held.subject, actor=actor, erasure=erasure.pk, request=held.pk)
        transaction.on_commit(partial(_count_outside, erasure.pk), robust=True)
    return erasure


def approve(erasure: Erasure, *, actor: User) -> Erasure:
    """An officer approves a plan, and it begins. Raises Refused when what is held is no longer what the plan says, or
    while it is not known who asks."""
    with lawful():
        request = DataRequest.objects.select_for_update(of=("self",)).get(erasures=erasure)
        _check(request)
        shown = IdentityCheck.objects.filter(request=request, subject=request.subject_id)
        if not shown.filter(confirmed_at__isnull=False).exists():
            raise _refused(UNKNOWN)
        if request.subject is not None and holding.of(request.subject).exists():
            raise _refused(HELD_NOW)
        erasure = Erasure.objects.select_for_update(of=("self",)).select_related("request").get(pk=erasure.pk)
        if erasure.people.filter(identifiers=b"").exists():
            raise _refused(CHANGED)  # a fresher plan was made
        if planning.has_changed(erasure):
            raise _refused(CHANGED)
        erasure.approved_at, erasure.approved_by = timezone.now(), actor
        erasure.save(update_fields=["approved_at", "approved_by"])
        ledger.append(
            "erasure.approved", subject=request.subject_id, actor=actor, erasure=erasure.pk, request=request.pk
        )
        transaction.on_commit(partial(poke, erasure.pk), robust=True)
    return erasure


def done_by_hand(step: ErasureStep, *, actor: User) -> ErasureStep:
    """Somebody did by hand what no machine could, and the erasure goes on. Raises Refused for any other step."""
    with lawful():
        held = ErasureStep.objects.select_for_update().get(pk=step.pk)
        if held.state != StepState.NEEDS_HUMAN or held.trouble not in BY_HAND:
            raise _refused(NOT_BY_HAND)
        held.state, held.done_at, held.by, held.next_at = StepState.DONE, timezone.now(), actor, None
        held.save(update_fields=["state", "done_at", "by", "next_at"])
        ledger.append("erasure.by_hand", actor=actor, erasure=held.erasure_id, holder=held.holder, why=held.trouble)
        transaction.on_commit(partial(poke, held.erasure_id), robust=True)
    return held


# What a person can take upon themselves. What the search found is mended and searched again, never waved through.
BY_HAND = frozenset({"mailboxes_by_hand", "no_address", "letter_failed"})


def again(step: ErasureStep, *, actor: User) -> None:
    """Try a step at once that waits or needed a person."""
    with lawful():
        held = ErasureStep.objects.select_for_update().get(pk=step.pk)
        if held.state in (StepState.RETRY, StepState.NEEDS_HUMAN):
            held.state, held.next_at = StepState.PENDING, None
            held.save(update_fields=["state", "next_at"])
            ledger.append("erasure.again", actor=actor, erasure=held.erasure_id, holder=held.holder)
            transaction.on_commit(partial(poke, held.erasure_id), robust=True)


def poke(pk: UUID) -> None:
    """Have a worker go on with this erasure."""
    from privacy import tasks

    tasks.carry_on_erasure.delay(str(pk))


def under_way() -> "QuerySet[ErasurePerson]":
    """People whom an erasure that was approved still has to reach."""
    return ErasurePerson.objects.filter(
        erased_at=None, spared_at=None, erasure__approved_at__isnull=False, erasure__finished_at=None
    )


def foresee(pk: UUID) -> bool:
    """Have every holder outside count for a plan nobody has approved yet; False for one that is past that."""
    erasure = Erasure.objects.filter(pk=pk, approved_at=None).first()
    if erasure is None or erasure.people.filter(identifiers=b"").exists():
        return False
    run = planning.load(erasure)
    for holder in in_order(erasure.reason):
        holder.foresee(run)
    return True


def _count_outside(pk: UUID) -> None:
    from privacy import tasks

    tasks.foresee_erasure.delay(str(pk))


def _check(request: DataRequest) -> Subject:
    """Whom this request asks to erase. Raises Refused where that cannot be planned or begun."""
    if request.kind != RequestKind.ERASURE:
        raise _refused(OTHER_KIND)
    if request.answered_at is not None:
        raise _refused(ANSWERED)
    if request.subject is None:
        raise _refused(NOBODY)
    if Erasure.objects.filter(request=request, approved_at__isnull=False).exists():
        raise _refused(RUNS)
    if DataRequest.objects.open().filter(subject=request.subject_id).exclude(pk=request.pk).exists():
        raise _refused(OTHERS_OPEN)
    return request.subject


def _forget_plans(request: DataRequest, *, but: Erasure) -> None:
    """Addresses that an earlier plan had sealed are not kept for nothing."""
    old = ErasurePerson.objects.filter(erasure__request=request, erasure__approved_at=None).exclude(erasure=but)
    old.exclude(identifiers=b"").update(identifiers=b"")
