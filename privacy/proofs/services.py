"""Verbs of sealed proofs: set the rule, seal, ask to open, approve, show once, and let go."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from privacy import access, ledger, sealing
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import LegitimateInterestAssessment, ProofOpening, ProofRule, Subject
from privacy.models.proofs import IN_ORDER, OTHER_APPROVER, WRONG_ROLE
from privacy.sealing import Unsealable
from privacy.vault.models import SealedProof

GONE = refuse("proof_gone", _("This proof is gone: its last day has passed."))
NO_REASON = refuse("proof_no_reason", _("Say why this proof has to be opened."))
ASKED_ALREADY = refuse("proof_asked_already", _("Somebody has asked already to open this proof."))
NOT_YOURS = refuse("proof_not_yours", _("A proof is shown only to the officer who asked for it."))
APPROVERS = (Role.OFFICER, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Proof:
    """What a proof says: who was introduced, under which address, to whom, for what, and on which day."""

    introduction: UUID
    subject: UUID
    name: str
    email: str
    client: str
    vacancy: str
    introduced_on: date
    until: date


def _refused(rule: str) -> Refused:
    return Refused(REFUSALS[rule], rule)


def set_rule(*, months: int, assessment: LegitimateInterestAssessment | None, actor: User) -> ProofRule:
    """From now on proof is kept for so many months after an introduction, on this assessment; 0 and None end it.

    Proofs that were sealed stay until their own last day. Raises Refused where the assessment carries none.
    """
    with lawful():
        rule = ProofRule.objects.create(months=months, assessment=assessment, by=actor)
        ledger.append("proof.rule", actor=actor, months=months, assessment=str(assessment.pk) if assessment else None)
    return rule


# Sealing


def keep(proofs: Iterable[Proof], *, erasure: UUID) -> int:
    """Seal these in the vault; how many of this erasure are there. Outside any transaction of the main database.

    Safe to repeat: what is there stays. What is over by today is not kept at all.
    """
    today = timezone.localdate()
    rows = [
        SealedProof(
            introduction=proof.introduction,
            erasure=erasure,
            sealed=sealing.seal(_packed(proof), context=_context(proof.introduction)),
            until=proof.until,
        )
        for proof in proofs
        if proof.until >= today
    ]
    SealedProof.objects.bulk_create(rows, ignore_conflicts=True)
    return SealedProof.objects.filter(erasure=erasure).count()


def _packed(proof: Proof) -> bytes:
    held = {
        "subject": str(proof.subject),
        "name": proof.name,
        "email": proof.email,
        "client": proof.client,
        "vacancy": proof.vacancy,
        "introduced_on": proof.introduced_on.isoformat(),
    }
    return json.dumps(held).encode()


def _unpacked(row: SealedProof) -> Proof:
    held = json.loads(sealing.unseal(row.sealed, context=_context(row.introduction)))
    return Proof(
        introduction=row.introduction,
        subject=UUID(held["subject"]),
        name=held["name"],
        email=held["email"],
        client=held["client"],
        vacancy=held["vacancy"],
        introduced_on=date.fromisoformat(held["introduced_on"]),
        until=row.until,
    )


def _context(introduction: UUID) -> str:
    return f"proof:{introduction}"


def kept_of(erasure: UUID) -> tuple[int, date | None]:
    """How many proofs an erasure left behind on purpose, and until when at most."""
    found = SealedProof.objects.filter(erasure=erasure).aggregate(number=Count("pk"), last=Max("until"))
    return found["number"], found["last"]


# Opening


def ask(introduction: UUID, *, reason: str, actor: User) -> ProofOpening:
    """An officer asks to open one proof. Raises Refused without a reason, for another role, or when it is gone."""
    if actor.role != Role.OFFICER:
        raise _refused(WRONG_ROLE)
    if not reason.strip():
        raise _refused(NO_REASON)
    if not SealedProof.objects.filter(pk=introduction).exists():
        raise _refused(GONE)
    with lawful():
        # Two officers at once: the second one waits here, and finds the question of the first.
        User.objects.select_for_update(no_key=True).filter(pk=actor.pk).first()
        mine = ProofOpening.objects.filter(introduction=introduction)
        if mine.waiting().exists() or mine.ready().exists():
            raise _refused(ASKED_ALREADY)
        opening = ProofOpening.objects.create(introduction=introduction, reason=reason.strip(), asked_by=actor)
        ledger.append("proof.asked", actor=actor, opening=opening.pk, introduction=introduction)
    return opening


def approve(opening: ProofOpening, *, actor: User) -> ProofOpening:
    """Somebody else lets the officer open it, within a week. Raises Refused for who asked, another role, too late."""
    with lawful():
        held = ProofOpening.objects.select_for_update(of=("self",)).get(pk=opening.pk)
        if held.asked_by_id == actor.pk:
            raise _refused(OTHER_APPROVER)
        if actor.role not in APPROVERS:
            raise _refused(WRONG_ROLE)
        if not ProofOpening.objects.waiting().filter(pk=held.pk).exists():
            raise _refused(IN_ORDER)
        held.approved_by, held.approved_at = actor, timezone.now()
        held.save(update_fields=["approved_by", "approved_at"])
        ledger.append("proof.approved", actor=actor, opening=held.pk, introduction=held.introduction)
    return held


def show(opening: ProofOpening, *, actor: User) -> Proof:
    """What the proof says, to the officer who asked, once. Raises Refused before the approval, a second time, or for
    somebody else, and Unsealable when the key it was sealed under is gone."""
    row = SealedProof.objects.filter(pk=opening.introduction).first()
    if row is None:
        raise _refused(GONE)
    proof = _unpacked(row)  # before it counts as shown
    with lawful():
        held = ProofOpening.objects.select_for_update(of=("self",)).get(pk=opening.pk)
        if held.asked_by_id != actor.pk:
            raise _refused(NOT_YOURS)
        if not ProofOpening.objects.ready().filter(pk=held.pk).exists():
            raise _refused(IN_ORDER)
        held.shown_at = timezone.now()
        held.save(update_fields=["shown_at"])
        access.log(actor, "view", [proof.subject], about_kind="proof", about_id=proof.introduction)
        # A database put back from before the person came does not know them; the proof in the vault does.
        known = Subject.objects.filter(pk=proof.subject).first()
        ledger.append("proof.shown", subject=known, actor=actor, opening=held.pk, introduction=held.introduction)
    return proof


# Letting go


def forget_ended() -> int:
    """Delete the proofs whose last day has passed, and the reasons for which they were opened; how many. One statement
    for all of them, safe to run twice."""
    gone = SealedProof.objects.filter(until__lt=timezone.localdate()).delete()[0]
    left = set(SealedProof.objects.filter(pk__in=_opened()).values_list("pk", flat=True))
    with lawful():
        ProofOpening.objects.exclude(introduction__in=left).exclude(reason="").update(reason="")
        if gone:
            ledger.append("proof.ended", proofs=gone)
    return gone


def _opened() -> list[Any]:
    return list(ProofOpening.objects.exclude(reason="").values_list("introduction", flat=True).distinct())


__all__ = ["Proof", "Unsealable", "approve", "ask", "forget_ended", "keep", "kept_of", "set_rule", "show"]
