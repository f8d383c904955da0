"""The worker's side of this room: thin, and safe to run twice."""

from uuid import UUID

from celery import shared_task

from candidates.sourcing import batches


@shared_task
def carry_out_import(batch_id: str) -> None:
    """Add the people of a long list; the request that queued it has claimed it."""
    batches.carry_out(UUID(batch_id))
