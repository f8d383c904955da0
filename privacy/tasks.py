"""Jobs of this room."""

from celery import shared_task

from privacy import ledger


@shared_task
def seal_ledger() -> int:
    """Seal and anchor what was committed; two at once are harmless, for the second finds the lock taken."""
    return ledger.seal()
