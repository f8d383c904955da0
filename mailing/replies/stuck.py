"""Incoming mail that no worker could take in: looked at, tried again, dealt with by hand, or deleted by its date."""

import io
import zipfile
import zlib
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from mailing.models import InboundBatch
from mailing.replies import intake, reading
from privacy import ledger, sealing
from privacy.guards import REFUSALS, Refused, lawful, refuse

NOT_STUCK = refuse("inbound_not_stuck", _("This mail is not waiting for anybody any more. Look at the list again."))
LOCKED = refuse("inbound_locked", _("This mail can't be opened: the key it was sealed with is not here."))


def envelopes(batch: InboundBatch) -> list[reading.Envelope]:
    """From whom, to which address and about what the mails in a post are; empty where even that can't be read."""
    try:
        return reading.envelopes(intake.content_of(batch))
    except (sealing.Unsealable, zlib.error):
        return []


def original(batch: InboundBatch, *, actor: User) -> bytes:
    """The mails of a post as they came, as a ZIP of .eml files, to be read elsewhere; the ledger notes who looked.

    A post that holds no mail is given as it is. Raises Refused when it can't be opened.
    """
    try:
        body = intake.content_of(batch)
    except (sealing.Unsealable, zlib.error) as error:
        raise Refused(REFUSALS[LOCKED], LOCKED) from error
    mails = reading.originals(body)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, mail in enumerate(mails, start=1):
            archive.writestr(f"mail-{number}.eml", mail)
        if not mails:
            archive.writestr("post.json", body)
    with lawful():
        ledger.append("reply.stuck_read", actor=actor, batch=batch.pk)
    return packed.getvalue()


def try_again(batch: InboundBatch, *, actor: User) -> None:
    """Have a worker try once more, as what was in the way may be mended; else it is back here. Raises Refused."""
    from mailing import tasks

    with lawful():
        held = _lock(batch)
        held.stuck_at, held.attempts = None, intake.MAX_ATTEMPTS - 1
        held.save(update_fields=["stuck_at", "attempts"])
        ledger.append("reply.stuck_again", actor=actor, batch=held.pk)
        transaction.on_commit(partial(tasks.take_in_mail.delay, str(held.pk)), robust=True)


def delete(batch: InboundBatch, *, actor: User) -> None:
    """Somebody has dealt with it: what was posted goes for good. Raises Refused."""
    with lawful():
        _forget(_lock(batch))
        ledger.append("reply.stuck_deleted", actor=actor, batch=batch.pk)


def delete_overdue() -> int:
    """Delete what nobody dealt with by its last day; how many."""
    deleted = 0
    for pk in list(InboundBatch.objects.overdue(timezone.localdate()).values_list("pk", flat=True)):
        with transaction.atomic():
            going = InboundBatch.objects.overdue(timezone.localdate()).select_for_update().filter(pk=pk).first()
            if going is not None:
                _forget(going)
                ledger.append("reply.stuck_deleted", batch=pk)
                deleted += 1
    return deleted


def _forget(batch: InboundBatch) -> None:
    batch.body, batch.set_aside, batch.taken_in_at = b"", max(batch.set_aside, 1), timezone.now()
    batch.save(update_fields=["body", "set_aside", "taken_in_at"])


def _lock(batch: InboundBatch) -> InboundBatch:
    held = InboundBatch.objects.stuck().select_for_update().filter(pk=batch.pk).first()
    if held is None:
        raise Refused(REFUSALS[NOT_STUCK], NOT_STUCK)
    return held
