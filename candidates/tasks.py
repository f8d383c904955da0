"""The worker's side of this room: thin, and safe to run twice."""

import logging
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from candidates import services
from candidates.fillers import art14
from candidates.models import Candidacy, Candidate
from candidates.sourcing import batches
from mailing.models import Message, State
from privacy import services as privacy
from privacy.models import DataRequest

logger = logging.getLogger(__name__)


@shared_task
def approach_people(actor_id: str, candidacy_ids: list[str]) -> int:
    """Queue the first message to each of these people; how many. Whoever was asked already is not asked again."""
    actor = User.objects.get(pk=actor_id, is_active=True)
    mine = Candidacy.objects.visible_to(actor).filter(pk__in=candidacy_ids)
    chosen = mine.select_related("candidate", "subject", "vacancy").order_by("candidate__sort_key", "pk")
    return sum(outcome.message is not None for outcome in services.approach(chosen, actor=actor))


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

    Left for a later round: who waits for a receipt, which needs the address; who asked something about their data that
    is not answered yet; and who asked to have them kept (GDPR art. 18).
    """
    erased = 0
    for pk in list(_due().order_by("erase_on", "pk").values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                # Lock, then look: they may have come back, or asked something, since the list was made.
                candidate = _due().select_for_update(of=("self",)).filter(pk=pk).first()
                if candidate is None:
                    continue
                privacy.erase(candidate.subject, reason="retention")
            erased += 1
        except Exception:
            logger.exception("retention: candidate %s could not be erased", pk)
    return erased


def _due() -> "QuerySet[Candidate]":
    waiting = Message.objects.filter(subject=OuterRef("subject"), state__in=(State.QUEUED, State.CLAIMED))
    asking = DataRequest.objects.open().filter(subject=OuterRef("subject"))
    return Candidate.objects.filter(
        ~Exists(waiting),
        ~Exists(asking),
        erase_on__lt=timezone.localdate(),
        subject__erased_at=None,
        subject__restricted_at=None,
    )
