"""Jobs of this room."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from privacy import ledger
from privacy.breaches import services as breaches
from privacy.desk import ending, running
from privacy.erasure import running as erasures
from privacy.erasure import services as erasure_services
from privacy.exports import services as exports
from privacy.models import Erasure
from privacy.proofs import services as proofs


@shared_task
def seal_ledger() -> int:
    """Seal and anchor what was committed; two at once are harmless, for the second finds the lock taken."""
    return ledger.seal()


@shared_task
def make_copy(copy_id: str) -> bool:
    """Make the copy of somebody's data that waits; only the run that claims it does."""
    return exports.make(UUID(copy_id))


@shared_task
def tend_copies() -> int:
    """Delete copies whose 14 days are over, then make those whose job was lost; how many were deleted."""
    deleted = exports.forget_old()
    exports.make_leftovers()
    return deleted


@shared_task
def run_deadlines() -> dict[str, int]:
    """Milestones of requests, the officers' mail, and what begins by itself. Safe to run twice and after a week off."""
    ran = running.run()
    breaches.cross(timezone.now())
    return {"crossings": ran.crossings, "mails": ran.mails, "started": ran.started}


@shared_task
def foresee_erasure(erasure_id: str) -> bool:
    """Count for a plan what it takes a network to count, in mailboxes; safe to run twice, it changes nothing there."""
    return erasure_services.foresee(UUID(erasure_id))


@shared_task
def carry_on_erasure(erasure_id: str) -> bool:
    """Go on with one erasure; two at once are harmless, for the second finds the first at work."""
    return erasures.carry_on(UUID(erasure_id))


@shared_task
def carry_on_erasures() -> int:
    """Go on with every erasure that can: its worker died, or its wait is over. How many."""
    waiting = [str(pk) for pk in Erasure.objects.stalled().order_by("approved_at").values_list("pk", flat=True)]
    for erasure_id in waiting:
        carry_on_erasure.delay(erasure_id)
    return len(waiting)


@shared_task
def forget_proofs() -> int:
    """Delete the sealed proofs of introductions whose last day has passed; how many. Safe to run twice."""
    return proofs.forget_ended()


@shared_task
def forget_request_files() -> dict[str, int]:
    """Delete the files of requests and erasures whose years are over; how many of each. Safe to run twice."""
    return ending.forget_files()
