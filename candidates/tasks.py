"""The worker's side of this room: thin, and safe to run twice."""

import logging
from uuid import UUID

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from candidates import services
from candidates.fillers import art14
from candidates.models import Candidacy
from candidates.services import keeping, lists, reminding, rounds
from candidates.sourcing import batches
from consent import pool
from privacy.guards import Refused
from privacy.retention import sweeping

logger = logging.getLogger(__name__)


@shared_task(autoretry_for=(OperationalError,), max_retries=5, retry_backoff=1)
def make_round(round_id: str) -> None:
    """Make the next messages of a round, then stand in line again for the rest, so that others get their turn."""
    if rounds.carry_out(UUID(round_id)):
        make_round.delay(round_id)


@shared_task
def take_over_rounds() -> int:
    """Go on with rounds whose worker was killed; how many."""
    lost = rounds.lost()
    for round_id in lost:
        make_round.delay(str(round_id))
    return len(lost)


@shared_task
def remind_due() -> int:
    """Send the reminders that go by themselves, on working days in office hours; how many."""
    return reminding.remind_due() if reminding.is_office_time(timezone.now()) else 0


@shared_task
def ask_to_keep_again() -> int:
    """Ask once more, in office hours, whose consent to be kept ends soon; how many. One failure stops no other."""
    if not reminding.is_office_time(timezone.now()):
        return 0
    asked = 0
    for ending in pool.near_end(timezone.localdate()):
        try:
            asked += keeping.ask_again(ending) is not None
        except Refused as refusal:
            logger.info("pool: %s is not asked again (%s)", ending.pk, refusal.code)
        except Exception:
            logger.exception("pool: %s could not be asked again", ending.pk)
    return asked


@shared_task
def carry_out_import(batch_id: str) -> None:
    """Add the people of a long list; the request that queued it has claimed it."""
    batches.carry_out(UUID(batch_id))


@shared_task
def end_untold() -> int:
    """End the candidacies of people whom nobody told within the month; how many. One failure stops no other."""
    ended = 0
    overdue = art14().filter(clock_due_on__lt=timezone.localdate()).values_list("clock_object", flat=True)
    for candidacy in Candidacy.objects.filter(pk__in=list(overdue)).order_by("created_at", "pk"):
        try:
            ended += services.end_untold(candidacy)
        except Exception:
            logger.exception("art. 14: candidacy %s could not be ended", candidacy.pk)
    return ended


@shared_task
def erase_due() -> int:
    """Erase everybody whose last day has passed; how many. One failure stops no other and is seen in the log.

    Left for a later night: who waits for a receipt, which needs the address; who asked something about their data that
    is not answered yet; who asked to have them kept (GDPR art. 18); and who is under a legal hold.
    """
    run = sweeping.run()
    return run.erased if run is not None else 0


@shared_task
def forget_words() -> int:
    """Delete removed notes, and the words before a change, when they can be undone no more; how many."""
    return services.forget_words()


@shared_task
def forget_exports() -> int:
    """Delete what is registered of files that hold nobody any more; how many."""
    return lists.forget_exports()
