"""The worker's side of this room: thin, and safe to run twice."""

import logging
from uuid import UUID

from celery import shared_task
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from candidates import services
from candidates.models import Candidacy, Candidate
from candidates.sourcing import batches
from mailing.models import Message, State
from privacy import services as privacy
from privacy.guards import Refused
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
def erase_due() -> int:
    """Erase everybody whose last day has passed; how many. One failure stops no other and is seen in the log.

    Left for a later round: who waits for a receipt, which needs the address; who asked something about their data that
    is not answered yet; and who asked to have them kept (GDPR art. 18).
    """
    waiting = Message.objects.filter(subject=OuterRef("subject"), state__in=(State.QUEUED, State.CLAIMED))
    asking = DataRequest.objects.open().filter(subject=OuterRef("subject"))
    due = Candidate.objects.filter(
        ~Exists(waiting),
        ~Exists(asking),
        erase_on__lt=timezone.localdate(),
        subject__erased_at=None,
        subject__restricted_at=None,
    )
    erased = 0
    for candidate in due.select_related("subject").order_by("erase_on", "pk").iterator(chunk_size=500):
        try:
            privacy.erase(candidate.subject, reason="retention")
            erased += 1
        except Refused:
            logger.exception("retention: subject %s could not be erased", candidate.subject_id)
    return erased
