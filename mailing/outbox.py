"""The hand-over: claim what is due, send it outside any transaction, write down what came of it.

A message is claimed before it is sent and stays claimed until the outcome is known. What a crash or a broken line
leaves claimed is never sent again blindly: `reconcile` asks SparkPost's events what became of it first.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import MailTracking, Organisation
from mailing import events, footers, rendering
from mailing.kinds import ACCOUNT
from mailing.models import Channel, Message, QueuePause, State, Unfollowed
from mailing.replies import addresses
from mailing.signals import notice_failed
from mailing.sparkpost import errors, payload
from mailing.sparkpost.client import Accepted, Client
from privacy import links as links_of
from privacy.guards import rule_of
from privacy.models import Link
from privacy.models.subjects import LinkPurpose
from privacy.models.suppression import SUPPRESSION_LOCK

logger = logging.getLogger(__name__)

CHUNK = 5  # claimed together, so that a stop reaches all but the next few
MAX_ATTEMPTS = 8
ROUND_SECONDS = 20.0  # so that a long queue doesn't keep a worker from everything else; beat begins the next round
RECONCILED_TOGETHER = 50
EVENTS_KEPT = timedelta(days=9)  # SparkPost keeps them for 10


def share_suppression_lock() -> None:
    """Taken before any row lock by whatever claims, so that a claim sees every stop committed before it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [SUPPRESSION_LOCK])


def links_in(message: Message) -> dict[UUID, Link]:
    """The links this message's bodies hold places for; only the addressee's own."""
    ids = rendering.stored_links(message.body_text, message.body_html)
    return Link.objects.filter(subject=message.subject_id).in_bulk(ids)


def missing() -> list[str]:
    """What must be filled in before any mail may leave: the organisation's details, the key of SparkPost."""
    lacks = Organisation.current().missing
    return lacks if settings.SPARKPOST_API_KEY else [*lacks, "SPARKPOST_API_KEY"]


def pause_in_force() -> QueuePause | None:
    """Why the outbox stands still now, if it does."""
    pause = QueuePause.objects.exclude(since=None).first()
    return pause if pause and (pause.until is None or pause.until > timezone.now()) else None


class Outcome(Enum):
    """What one hand-over means for the next."""

    TAKEN = auto()
    NOT_TAKEN = auto()
    STAND_STILL = auto()


def hand_over() -> int:
    """Hand over what is due until nothing is, time is up, or the outbox must stand still; the number SparkPost took."""
    taken = 0
    until = time.monotonic() + ROUND_SECONDS
    while time.monotonic() < until and not missing() and not pause_in_force() and (claimed := claim()):
        for position, message in enumerate(claimed):
            try:
                outcome = _hand_over(message)
            except Exception:
                # This one stays claimed, since nobody knows; the others never left.
                _give_back(claimed[position + 1 :])
                raise
            taken += outcome is Outcome.TAKEN
            if outcome is Outcome.STAND_STILL:
                _give_back(claimed[position + 1 :])
                return taken
    return taken


def claim(limit: int = CHUNK) -> list[Message]:
    """Claim due messages for this worker. One that I8 refuses is aborted with the rule's name, the others go on."""
    while True:
        claimed, looked_at = _claim_chunk(limit)
        if claimed or not looked_at:
            return claimed


def _claim_chunk(limit: int) -> tuple[list[Message], int]:
    claimed, looked_at = [], 0
    with transaction.atomic():
        share_suppression_lock()
        due = Message.objects.due().filter(channel=Channel.EMAIL).select_for_update(skip_locked=True)
        for message in due[:limit]:
            looked_at += 1
            now = timezone.now()
            try:
                with transaction.atomic():
                    Message.objects.filter(pk=message.pk).update(
                        state=State.CLAIMED, claimed_at=now, attempts=F("attempts") + 1, reason=""
                    )
            except IntegrityError as error:
                rule = rule_of(error)
                if not rule.startswith("i8_"):
                    raise
                Message.objects.filter(pk=message.pk).update(state=State.ABORTED, reason=rule, ended_at=now)
                continue
            message.state, message.claimed_at, message.attempts = State.CLAIMED, now, message.attempts + 1
            claimed.append(message)
    return claimed, looked_at


def _hand_over(message: Message) -> Outcome:
    """Send one claimed message and write down what came of it."""
    if not _mine(message).exists():
        return Outcome.NOT_TAKEN  # called back, or taken for lost and queued again, while its turn came
    try:
        transmission = transmission_of(message)
    except (rendering.EmptyPlaceholder, ValueError) as error:
        logger.warning("mail: message %s can't be made into a mail (%s)", message.pk, type(error).__name__)
        _failed(message, "unsendable")
        return Outcome.NOT_TAKEN
    try:
        accepted = client().transmissions.send(transmission)
    except errors.Ambiguous:
        # It may have been sent. It stays claimed until its events tell.
        logger.warning("mail: no word on message %s; its events will tell", message.pk)
        return Outcome.NOT_TAKEN
    except errors.Retry as failure:
        _again(message, failure)
        # What doesn't burn an attempt is no fault of this message: the next would meet it too.
        return Outcome.NOT_TAKEN if failure.burn else Outcome.STAND_STILL
    except errors.QuotaReached as failure:
        _pause(failure.code or "quota", timezone.now() + timedelta(seconds=failure.after))
        _give_back([message])
        return Outcome.STAND_STILL
    except errors.Stop as failure:
        logger.error("mail: the outbox stands still: %s", failure)
        _pause(failure.code or "stop", None)
        _give_back([message])
        return Outcome.STAND_STILL
    except errors.Refused as failure:
        reason = "provider_suppressed" if failure.suppressed else f"provider_{failure.code or failure.status}"
        _failed(message, reason, transmission_id=failure.transmission_id)
        return Outcome.NOT_TAKEN
    if accepted.accepted == 0 and accepted.rejected:
        code = next((problem.code for problem in accepted.errors if problem.code), "rejected")
        _failed(message, f"provider_{code}", transmission_id=accepted.transmission_id)
        return Outcome.NOT_TAKEN
    _accepted(message, accepted)
    return Outcome.TAKEN


@dataclass(frozen=True)
class Sender:
    """In whose name a message goes, from which address, and where answers go."""

    name: str
    email: str
    reply_to: str


def sender_of(message: Message) -> Sender:
    """The recruiter through the agency's sending domain, or the agency itself."""
    organisation = Organisation.current()
    agency = organisation.name or organisation.legal_name
    own = message.sender.email if message.sender else organisation.email
    name = message.sender.name if message.sender else agency
    return Sender(
        name=f"{name} ({agency})" if message.sender else agency,
        email=f"{own.partition('@')[0]}@{organisation.mail_domain}",
        # Nobody answers account mail in a thread.
        reply_to=own if message.kind == ACCOUNT else addresses.reply_to(message.pk, name=name, otherwise=own),
    )


def transmission_of(message: Message) -> dict[str, object]:
    """The JSON of one message: real addresses in, tracking as the organisation and the person allow."""
    organisation = Organisation.current()
    links = links_in(message)
    track = message.track and organisation.mail_tracking == MailTracking.DISCLOSED
    if track and Unfollowed.objects.filter(subject=message.subject_id).exists():
        track = False
    text = rendering.with_addresses(message.body_text, links)
    if track:
        text = rendering.without_click_tracking(text, except_for=[footers.policy_address(message.language)])
    sender = sender_of(message)
    built: dict[str, object] = payload.build(
        message_id=message.pk,
        to_email=message.to_email,
        to_name=message.to_name,
        from_name=sender.name,
        from_email=sender.email,
        reply_to=sender.reply_to,
        subject=message.subject_line,
        text=text,
        html=rendering.with_addresses(message.body_html, links) if message.body_html else "",
        campaign_id=message.pk.hex,
        open_tracking=track,
        click_tracking=track,
        # SparkPost puts its own List-Unsubscribe over ours on anything else.
        transactional=True,
        headers={**addresses.message_id_header(message.pk), **_unsubscribe(message, links)},
    )
    return built


def _unsubscribe(message: Message, links: dict[UUID, Link]) -> dict[str, str]:
    """One-click unsubscribe (RFC 8058), where the message has a withdraw link."""
    stop = next((link for link in links.values() if link.purpose == LinkPurpose.WITHDRAW), None)
    if stop is None or message.kind == ACCOUNT:
        return {}
    return {
        "List-Unsubscribe": f"<{links_of.url(stop)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@lru_cache(maxsize=4)
def _client(api_key: str, base_url: str, timeout: float) -> Client:
    return Client(api_key, base_url, timeout)


def client() -> Client:
    """One client per process and setting, so that connections are used again."""
    return _client(settings.SPARKPOST_API_KEY, settings.SPARKPOST_BASE_URL, settings.SPARKPOST_TIMEOUT)


def _mine(message: Message) -> QuerySet[Message]:
    return Message.objects.filter(pk=message.pk, state=State.CLAIMED, claimed_at=message.claimed_at)


def _accepted(message: Message, outcome: Accepted) -> None:
    with transaction.atomic():
        held = (
            Message.objects.select_for_update(no_key=True, of=("self",)).select_related("template").get(pk=message.pk)
        )
        if not held.transmission_id:
            Message.objects.filter(pk=held.pk).update(transmission_id=outcome.transmission_id)
        # An event may have been faster, and has then done this already.
        events.mark_accepted(held, timezone.now())
        events.settle([held.pk])


def _failed(message: Message, reason: str, *, transmission_id: str = "") -> None:
    with transaction.atomic():
        changed = _mine(message).update(
            state=State.FAILED, reason=reason[:60], ended_at=timezone.now(), transmission_id=transmission_id
        )
        if changed:
            message.refresh_from_db()
            notice_failed.send(Message, message=message)


def _again(message: Message, failure: errors.Retry) -> None:
    if failure.burn and message.attempts >= MAX_ATTEMPTS:
        _failed(message, "attempts_used")
        return
    after = max(failure.after, errors.retry_delay(message.attempts)) if failure.burn else failure.after
    _mine(message).update(
        state=State.QUEUED,
        not_before=timezone.now() + timedelta(seconds=after),
        attempts=message.attempts if failure.burn else message.attempts - 1,
        reason="retry",
    )


def _give_back(messages: list[Message]) -> None:
    """Nothing was sent: back in the queue, and the attempt doesn't count."""
    for message in messages:
        _mine(message).update(state=State.QUEUED, attempts=message.attempts - 1)


def _pause(code: str, until: datetime | None) -> None:
    QueuePause.objects.update_or_create(pk=1, defaults={"code": code[:20], "until": until, "since": timezone.now()})


def reconcile() -> int:
    """Ask SparkPost's events about messages claimed too long ago: a trace decides, without one they are queued again.

    Returns how many were settled either way.
    """
    now = timezone.now()
    before = now - timedelta(seconds=settings.MAIL_RECONCILE_AFTER)
    lost = Message.objects.filter(state=State.CLAIMED, claimed_at__lte=before).order_by("claimed_at")
    too_old = lost.filter(claimed_at__lt=now - EVENTS_KEPT)
    # Their events are gone, so nothing can tell whether they were sent.
    settled = too_old.update(state=State.NEEDS_PERSON, reason="no_trace_kept", ended_at=now)
    if not settings.SPARKPOST_API_KEY:
        return settled
    claimed = list(lost[:RECONCILED_TOGETHER])
    if not claimed:
        return settled
    try:
        found = list(
            client().events.search(
                since=min(message.claimed_at for message in claimed if message.claimed_at) - timedelta(minutes=5),
                until=now + timedelta(minutes=1),
                campaigns=[message.pk.hex for message in claimed],
            )
        )
    except errors.Failure as failure:
        logger.warning("mail: the events can't be asked now: %s", failure)
        return settled
    events.store(events.parsed(found))
    for message in claimed:
        settled += _queue_again(message)
    return settled


def _queue_again(message: Message) -> bool:
    """After the events were taken in: settled by a trace, or without one queued again."""
    if not _mine(message).exists():
        return True
    if message.attempts >= MAX_ATTEMPTS:
        _failed(message, "attempts_used")
        return True
    return bool(_mine(message).update(state=State.QUEUED, not_before=timezone.now(), reason="no_trace"))
