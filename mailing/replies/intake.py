"""Taking in: from a sealed post to a mail beside the message it answers. Late, twice, side by side: all the same."""

import hashlib
import logging
import re
import zlib
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from mailing.models import (
    Channel,
    InboundBatch,
    InboundBatchQuerySet,
    InboundKind,
    InboundMail,
    Message,
    Suggestion,
)
from mailing.replies import files, phrases, quoting, reading, threads
from mailing.replies.masking import mask
from mailing.replies.reading import Parsed
from mailing.signals import reply_received, reply_recognised
from privacy import ledger, sealing

logger = logging.getLogger(__name__)

LEFT_OVER = timedelta(seconds=60)
LEFTOVERS_TOGETHER = 20
MARKS_KEPT = timedelta(days=30)
MAX_ATTEMPTS = 30
# How far the mail's own date may lie before our receipt: the relay tries again for hours.
BELIEVED = timedelta(days=2)
_ANSWERING = re.compile(r"\s*(?:re|antw|aw|fw|fwd|doorst|wg|ref)\s*(?:\[\d+\])?\s*:", re.I)


def context_of(batch: InboundBatch) -> str:
    """What a sealed body is bound to."""
    return f"relay:{batch.pk}"


def take_in(batch_id: str) -> int:
    """Take in one post and forget its body; the number of new mails. Safe to run twice.

    One mail that fails keeps the post, and holds up none beside it. After `MAX_ATTEMPTS` it is left to a person.
    """
    waiting = InboundBatch.objects.waiting().filter(pk=batch_id)
    if not waiting.update(attempts=F("attempts") + 1):
        return 0
    batch = waiting.first()
    if batch is None:
        return 0
    try:
        return _take_in(batch)
    except Exception:
        if batch.attempts >= MAX_ATTEMPTS:
            give_up(InboundBatch.objects.filter(pk=batch.pk))
        raise


def _take_in(batch: InboundBatch) -> int:
    # Reading a large mail takes a while; nobody waits for a lock meanwhile.
    found, set_aside = reading.read(content_of(batch))
    failed: Exception | None = None
    new = 0
    with transaction.atomic():
        mine = InboundBatch.objects.waiting().filter(pk=batch.pk).select_for_update(skip_locked=True).first()
        if mine is None:
            return 0
        for parsed in found:
            try:
                with transaction.atomic():
                    new += store(parsed, received_at=batch.received_at) is not None
            except OperationalError:
                raise  # it passes: all of it is tried again at once
            except Exception as error:
                failed = error
        if failed is None:
            InboundBatch.objects.filter(pk=batch.pk).update(
                body=b"", mails=len(found), set_aside=set_aside, taken_in_at=timezone.now()
            )
    if failed is not None:
        raise failed
    return new


def content_of(batch: InboundBatch) -> bytes:
    """What was posted. Raises Unsealable when its key is gone, zlib.error when it is no longer whole."""
    return zlib.decompress(sealing.unseal(batch.body, context=context_of(batch)))


def take_in_leftovers() -> int:
    """Take in what no worker has, leave to a person what none can, and forget old marks; the number of new mails."""
    now = timezone.now()
    left = InboundBatch.objects.waiting().filter(received_at__lt=now - LEFT_OVER)
    # Its worker died with it each time, so nobody could say so.
    give_up(left.filter(attempts__gt=MAX_ATTEMPTS))
    new = 0
    for batch_id in list(left.order_by("attempts", "received_at").values_list("pk", flat=True)[:LEFTOVERS_TOGETHER]):
        try:
            new += take_in(str(batch_id))
        except Exception:
            logger.exception("mail: incoming batch %s can't be taken in", batch_id)
    InboundBatch.objects.filter(taken_in_at__lt=now - MARKS_KEPT).delete()
    return new


def give_up(batches: InboundBatchQuerySet) -> None:
    """No worker tries these any more: they stay sealed and stand on Today, no longer than mail of a stranger."""
    for batch in batches.waiting().defer("body"):
        given_up = InboundBatch.objects.waiting().filter(pk=batch.pk)
        if given_up.update(stuck_at=timezone.now(), erase_on=last_day(batch.received_at)):
            logger.error("mail: incoming batch %s can't be taken in and is left to a person", batch.pk)


def store(parsed: Parsed, *, received_at: datetime) -> InboundMail | None:
    """Keep one mail once, beside what it answers, and tell the floors above when a person answered.

    None for one that is here already. Identity numbers are covered before anything is written.
    """
    digest = _digest(parsed)
    if InboundMail.objects.filter(digest=digest).exists():
        return None
    place = threads.place_of(parsed)
    new, quoted = quoting.split(parsed.text)
    text, in_text = mask(new)
    below, in_quoted = mask(quoted)
    line, in_line = mask(parsed.subject_line)
    sent_at = _sent_at(parsed, received_at)
    mail, made = InboundMail.objects.get_or_create(
        digest=digest,
        defaults={
            "kind": parsed.kind,
            "subject": place.subject,
            "answers": place.message,
            "vacancy_ref": place.vacancy,
            "found_by": place.found_by if place.subject else "",
            "other_address": place.other_address,
            "from_email": parsed.from_email,
            "from_name": mask(parsed.from_name)[0],
            "to_email": parsed.rcpt_to,
            "subject_line": line,
            "text": text,
            "quoted": below,
            "masked": in_text + in_quoted + in_line,
            "unreadable": parsed.unreadable,
            "sent_at": sent_at,
            "received_at": received_at,
            "erase_on": None if place.subject else last_day(received_at),
        },
    )
    if not made:
        return None
    if parsed.kind != InboundKind.BOUNCE:
        for row in files.kept(parsed.files, mail.pk, place.subject.pk if place.subject else mail.pk):
            row.save(force_insert=True)
    if parsed.kind == InboundKind.MAIL:
        suggest(mail)
    ledger.append(
        "reply.received",
        subject=place.subject,
        mail=mail.pk,
        message=place.message.pk if place.message else None,
        kind_of=mail.kind,
        found_by=mail.found_by,
    )
    if mail.kind == InboundKind.MAIL and place.subject is not None:
        announce(mail)
    return mail


def announce(mail: InboundMail) -> None:
    """A person answered: the floors above know it, and where it is sure who wrote, so does their message."""
    if mail.subject is None:
        return
    # Questions are locked before messages, as every answer does.
    reply_received.send(
        InboundMail,
        mail=mail,
        subject=mail.subject,
        channel=Channel.EMAIL,
        at=mail.sent_at,
        sure=mail.is_sure,
    )
    if mail.is_sure:
        _note_answer(mail)


def recognise(mail: InboundMail) -> None:
    """A colleague says it is this person who wrote: what waits for an answer knows it now. Safe to repeat."""
    if mail.subject is None or mail.is_sure or mail.kind != InboundKind.MAIL:
        return
    reply_recognised.send(InboundMail, mail=mail, subject=mail.subject, at=mail.sent_at)
    _note_answer(mail)


def _note_answer(mail: InboundMail) -> None:
    if mail.answers_id:
        Message.objects.filter(pk=mail.answers_id, answered_at=None).update(answered_at=mail.sent_at)


def last_day(received_at: datetime) -> date:
    """The day after which mail of nobody we know is deleted."""
    return timezone.localdate(received_at) + timedelta(days=settings.MAIL_STRAY_DAYS)


def suggest(mail: InboundMail) -> None:
    """Note what the words of a mail may ask, for a colleague to decide."""
    # Behind "Re:" stand our own words.
    line = "" if _ANSWERING.match(mail.subject_line) else mail.subject_line
    words = f"{line}\n{quoting.own_words(mail.text)}"
    Suggestion.objects.bulk_create(
        [Suggestion(mail=mail, kind=hint.kind, phrase=hint.phrase) for hint in phrases.hints(words)],
        ignore_conflicts=True,
    )


def _digest(parsed: Parsed) -> str:
    """What makes two posts one mail: its Message-ID and our address; without an id its whole content."""
    known = parsed.message_id.encode() or parsed.content
    return hashlib.sha256(b"\0".join((known, parsed.rcpt_to.lower().encode()))).hexdigest()


def _sent_at(parsed: Parsed, received_at: datetime) -> datetime:
    """The mail's own date where it can be believed, else our receipt: terms of the law begin with it."""
    sent = parsed.sent_at
    return sent if sent and received_at - BELIEVED <= sent <= received_at else received_at
