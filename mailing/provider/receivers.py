"""What the floor below announces about stops: noted here, in its transaction, for the provider's list."""

from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from mailing import tasks
from mailing.models import OutgoingStop
from mailing.provider.stops import KNOWN_THERE
from privacy import sealing
from privacy.models import Subject
from privacy.models.suppression import Reason, Scope
from privacy.suppression import Address


def on_suppressed(
    sender: Any, scope: str, reason: str, subject: Subject | None, addresses: list[Address], **kwargs: Any
) -> None:
    """A stop for everything is passed on, unless the provider told us itself, or is to forget this person."""
    if scope == Scope.ALL and reason not in KNOWN_THERE and reason != Reason.ERASED:
        _note(addresses, subject.pk if subject else None)


def on_lifted(sender: Any, subject_id: UUID, addresses: list[Address], **kwargs: Any) -> None:
    """A lift takes our own entry off the provider's list again."""
    _note(addresses, subject_id)


def _note(addresses: Iterable[Address], subject_id: UUID | None) -> None:
    emails = [address for kind, address in addresses if kind == "email"]
    if not emails:
        return
    rows = [OutgoingStop(subject_id=subject_id) for _email in emails]
    for row, email in zip(rows, emails, strict=True):
        row.address = sealing.seal(email.encode(), context=row.context)
    # Without a key there is no list to put them on yet: they wait for one, though not for ever.
    OutgoingStop.objects.bulk_create(rows)
    if settings.SPARKPOST_API_KEY:
        transaction.on_commit(partial(tasks.tell_stops.apply_async, expires=60), robust=True)
