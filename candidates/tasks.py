"""The worker's side of this room: thin, and safe to run twice."""

from uuid import UUID

from celery import shared_task

from accounts.models import User
from candidates import services
from candidates.models import Candidacy
from candidates.sourcing import batches


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
