"""Erasing again whom the vault knows to be erased, in a database that was put back from a backup."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from privacy import keyed_hash, quarantine, registry, suppression
from privacy.erasure import planning, running
from privacy.models import DataRequest, Erasure, ErasureStep, HeldPerson, Subject, SuppressionEntry
from privacy.models.erasure import ErasureReason, StepState
from privacy.models.suppression import Reason, Scope
from privacy.vault.models import ErasureRecord


def replay() -> tuple[int, list[UUID]]:
    """Do again every erasure this database does not know; how many are done, and which are not done yet."""
    lost = quarantine.missing()
    done, open_ones = 0, []
    for record in ErasureRecord.objects.filter(erasure__in=lost).order_by("at"):
        if _again(record):
            done += 1
        else:
            open_ones.append(record.erasure)
    return done, open_ones


def _again(record: ErasureRecord) -> bool:
    erasure = Erasure.objects.filter(pk=record.erasure).first()
    if erasure is None:
        people = Subject.objects.filter(pk__in={*record.people, *_found_by_hash(record)}, merged_into=None)
        request = DataRequest.objects.filter(pk=record.request).first() if record.request else None
        erasure = planning.make(people.order_by("pk"), reason=ErasureReason.REPLAY, request=request, pk=record.erasure)
    elif erasure.reason != ErasureReason.REPLAY:
        return _go_on(erasure)
    _stop_again(record)
    # They were erased when no hold stood: one that the copy brought back keeps them no more.
    HeldPerson.objects.filter(subject__erasures__erasure=erasure, released_at=None).update(released_at=timezone.now())
    ErasureStep.objects.filter(erasure=erasure, state__in=(StepState.RETRY, StepState.NEEDS_HUMAN)).update(
        state=StepState.PENDING, next_at=None
    )
    return running.carry_on(erasure.pk)


def _go_on(erasure: Erasure) -> bool:
    """The copy is from between the approval and the record: the erasure itself goes on from there."""
    if erasure.approved_at is None:
        Erasure.objects.filter(pk=erasure.pk, reason=ErasureReason.RETENTION).update(approved_at=timezone.now())
    running.carry_on(erasure.pk)
    return erasure.pk not in quarantine.missing()


def _found_by_hash(record: ErasureRecord) -> set[UUID]:
    """Who is here under one of the erased addresses, as somebody else, from before the erasure.

    Whoever came later is another story: they may have been found again, lawfully, since.
    """
    wanted = set(record.hashes)
    if not wanted:
        return set()
    found: set[UUID] = set()
    for handler in registry.handlers.values():
        for kind, address, subject in handler.all_addresses():
            spelled = suppression.variants(kind, address)[-1]
            if any(f"{kind}:{key}:{digest}" in wanted for key, digest in keyed_hash.hashes(kind, spelled).items()):
                found.add(subject)
    early = Subject.objects.filter(pk__in=found, created_at__lt=record.at)
    return set(early.values_list("pk", flat=True))


def _stop_again(record: ErasureRecord) -> None:
    """Who asked to be forgotten also said stop, and the copy may not know that either."""
    if record.reason != ErasureReason.REQUEST:
        return
    for kind, key_id, digest in _parts(record.hashes):
        if not SuppressionEntry.objects.filter(kind=kind, key_id=key_id, hash=digest, scope=Scope.ALL).exists():
            SuppressionEntry.objects.create(
                kind=kind, key_id=key_id, hash=digest, scope=Scope.ALL, reason=Reason.ERASED
            )


def _parts(hashes: Iterable[str]) -> Iterable[tuple[str, str, str]]:
    for one in hashes:
        kind, key_id, digest = one.split(":")
        yield kind, key_id, digest
