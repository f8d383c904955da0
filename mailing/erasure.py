"""What the mail provider holds of an erased person, the last message to them, and that message's own trace."""

import hashlib
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from mailing import attachments, filesearch, outbox, services
from mailing.mailboxes import erasing  # noqa: F401 - the holder of linked mailboxes
from mailing.models import Message, OutgoingStop, State, StoredFile, Stream
from mailing.provider import stops, streams
from mailing.sparkpost import errors
from privacy import keys, registry
from privacy.erasure import grepping
from privacy.erasure.holders import ByHand, Findings, Holder, Later, Line, Run, register
from privacy.erasure.needles import ANSWER, EMAIL, Needles
from privacy.identifiers import BadContact, normalise_email
from privacy.links import request_link
from privacy.models.erasure import ErasureReason, PlanAction

logger = logging.getLogger(__name__)

ASKED = frozenset({ErasureReason.REQUEST.value})
# SparkPost: a request to forget somebody is "completed within 30 days", and nobody hears when.
PROVIDER_WINDOW = timedelta(days=30)
# So long the events of the last message are waited for, before its trace goes without them.
LAST_EVENTS = timedelta(hours=72)
LOOK_AGAIN = 30.0
UNDER_WAY = (State.QUEUED, State.CLAIMED)
ENDED = (State.DELIVERED, State.BOUNCED, State.FAILED, State.ABORTED)


def emails_of(run: Run) -> list[str]:
    """The e-mail addresses of the people in an erasure, as SparkPost knows them."""
    found: dict[str, None] = {}
    for email in run.values(EMAIL):
        try:
            found[normalise_email(email)] = None
        except BadContact:
            continue
    return list(found)


def forget(emails: Iterable[str], ids: Iterable[Any]) -> int:
    """Ask SparkPost to forget these addresses, and take our own entries off its list; how many. Raises Later.

    Our own list keeps the stop as a keyed hash; the entry there is an address in the clear, and stops nothing of ours
    (docs/adr/0015).
    """
    wanted = list(emails)
    if not wanted:
        return 0
    if not settings.SPARKPOST_API_KEY:
        raise Later("provider_no_key")
    with streams.alone(Stream.OWN_STOPS) as mine:
        if not mine:
            raise Later("provider_busy", LOOK_AGAIN)
        # What still waited to be put there is not put there any more.
        OutgoingStop.objects.filter(subject__in=list(ids)).delete()
        try:
            _ask(wanted)
            for email in wanted:
                stops.take_off(email)
        except errors.Failure as failure:
            after = failure.after if isinstance(failure, errors.Retry | errors.QuotaReached) else None
            code = str(failure.code or failure.status or "unreachable")
            raise Later(f"provider_{code}"[:60], after or None) from failure
    return len(wanted)


def _ask(emails: list[str]) -> None:
    """One address that is none for SparkPost refuses the whole call, and keeps no other from being forgotten."""
    try:
        outbox.client().data_privacy.rtbf_request(emails)
    except errors.Refused as failure:
        if len(emails) == 1:
            logger.warning("mail: SparkPost does not know an address that is to be forgotten: %s", failure.status)
            return
        half = len(emails) // 2
        _ask(emails[:half])
        _ask(emails[half:])


@register
class Provider(Holder):
    """SparkPost: everything about these addresses, and our entries on its list."""

    code = "provider"
    label = _("SparkPost, which sends our mail")
    position = 60
    is_remote = True
    window = PROVIDER_WINDOW
    reasons = frozenset({ErasureReason.REQUEST.value, ErasureReason.RETENTION.value})

    def plan(self, run: Run) -> Iterable[Line]:
        left = Message.objects.filter(subject__in=run.ids, accepted_at__isnull=False, channel="email")
        waiting = OutgoingStop.objects.filter(subject__in=run.ids)
        if left.exists() or waiting.exists():
            yield Line("rtbf", PlanAction.ASK, len(emails_of(run)), "", timezone.localdate() + PROVIDER_WINDOW)

    def erase(self, run: Run) -> int:
        return forget(emails_of(run), run.ids)


@register
class Files(Holder):
    """Files under and in mail. Those of the person go with the tables; the search opens what is left and reads it."""

    code = "mail_files"
    label = _("Files that went along with mail")
    position = 83
    is_searched = True

    def search(self, needles: Needles, canary: Needles, run: Run) -> Findings:
        found = Findings()

        def write(out: Any) -> None:
            for label, pk, words in filesearch.everything():
                out.write(f"{label}\t{pk}\t".encode() + words + b"\n")

        for line in grepping.lines_with([*needles.strict, *needles.soft, *canary.strict], write):
            label, pk, words = line.split(b"\t", 2)
            if grepping.words_in(words, canary.strict):
                found.canary = True
            strictly = bool(grepping.words_in(words, needles.strict))
            others = strictly and filesearch.owners_of(label.decode(), UUID(pk.decode())) - set(run.ids)
            if strictly or grepping.words_in(words, needles.soft):
                # A file that somebody else got too is shown to a person, as a row about somebody else is.
                found.add(label.decode(), soft=bool(others) or not strictly)
        return found

    def plant(self, words: str) -> None:
        file = StoredFile(
            pk=_canary_file(words),
            name="canary.txt",
            content_type="text/plain",
            size=len(words),
            sha256=hashlib.sha256(words.encode()).hexdigest(),
        )
        file.body = attachments.sealed(file, words.encode())
        file.save(force_insert=True)

    def remove(self, words: str) -> None:
        pk = _canary_file(words)
        StoredFile.objects.filter(pk=pk).delete()
        keys.destroy([pk])


def _canary_file(words: str) -> UUID:
    # Not the canary's own id: under that one lies the canary among the keys.
    return uuid5(UUID(words.split()[0]), "file")


def _key(run: Run) -> str:
    return f"certificate:{run.erasure.pk}"


def _answer_to(run: Run) -> str:
    for value in run.values(ANSWER):
        try:
            return normalise_email(value)
        except BadContact:
            continue
    return ""


@register
class LastLetter(Holder):
    """The message that it is done, with the way to the certificate: the last one this person gets from us."""

    code = "letter"
    label = _("Message that it is done")
    position = 110
    waits = True
    always = True
    is_remote = True  # queued in a transaction of its own, under one key
    reasons = ASKED

    def erase(self, run: Run) -> int:
        address = _answer_to(run)
        request = run.erasure.request
        if not address or request is None:
            raise ByHand("no_address")
        with override(run.erasure.language):
            context = {
                "greeting": gettext("Hello,"),
                "received_on": date_format(timezone.localdate(request.received_at)),
            }
        message = services.queue(
            "certificate",
            key=_key(run),
            subject=request.subject,
            to_email=address,
            addresses=[("email", address)],
            language=run.erasure.language,
            context=context,
            links={"request": request_link(request.pk), "withdraw": None, "me": None},
            act=("data_request", request.pk),
            sender=None,
            transactional=True,
        )
        if message.state in UNDER_WAY:
            raise Later("letter_waits", LOOK_AGAIN)
        if message.accepted_at is None:
            raise ByHand("letter_failed")
        return 1


@register
class LettersTrace(Holder):
    """The trace of that message itself: its address in our outbox, and whatever SparkPost keeps of it."""

    code = "letter_trace"
    label = _("Trace of that message, here and at SparkPost")
    position = 120
    waits = True
    always = True
    is_remote = True
    window = PROVIDER_WINDOW
    reasons = ASKED

    def erase(self, run: Run) -> int:
        message = Message.objects.filter(key=_key(run)).first()
        if message is None:
            return 0  # it was told another way
        if message.state not in ENDED and timezone.now() < (message.accepted_at or timezone.now()) + LAST_EVENTS:
            raise Later("letter_under_way", LOOK_AGAIN)
        touched = sum(registry.handlers["mailing"].erase(person.subject) for person in run.people)
        if message.accepted_at is not None:
            touched += forget([_answer_to(run)], run.ids)
        return touched
