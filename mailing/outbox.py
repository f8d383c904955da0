"""The hand-over: claim what is due, send it outside any transaction, write down what came of it.

A message is claimed before it is sent and stays claimed until the outcome is known. What a crash or a broken line
leaves claimed is never sent again blindly: the reconciler asks SparkPost's events what became of it first.

Several lines send side by side; all database work is this thread's, in few statements for many messages: while one
chunk is on its way the next is claimed, and outcomes are written together as soon as they are known.
"""

import logging
import time
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.models import Organisation
from mailing import events, pauses, transmissions
from mailing.events import bulk
from mailing.kinds import ACCOUNT
from mailing.lines import Lines, Sent, TooLate, open_lines
from mailing.models import Channel, Message, State
from mailing.provider import streams
from mailing.rendering import EmptyPlaceholder
from mailing.signals import answer_handed_over, notice_failed, notice_handed_over
from mailing.sparkpost import errors
from mailing.sparkpost.client import Accepted, Client
from privacy.guards import rule_of
from privacy.models.suppression import SUPPRESSION_LOCK

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
AHEAD = 8  # claimed at most, times the lines: a fifth of a second's work, so that a stop reaches the rest
TOO_MANY_REQUESTS = 429
# Stops that no act of the person explains: another way has to be found, so they stand on Today.
NEWS = ("address_failed", "address_wrong")
ROUND_SECONDS = 20.0  # so that a long queue doesn't keep a worker from everything else; beat begins the next round


def share_suppression_lock() -> None:
    """Taken before any row lock by whatever claims, so that a claim sees every stop committed before it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [SUPPRESSION_LOCK])


def missing() -> list[str]:
    """What must be filled in before any mail may leave: the organisation's details, the key of SparkPost."""
    lacks = Organisation.current().missing
    return lacks if settings.SPARKPOST_API_KEY else [*lacks, "SPARKPOST_API_KEY"]


@lru_cache(maxsize=4)
def _client(api_key: str, base_url: str, timeout: float) -> Client:
    return Client(api_key, base_url, timeout)


def client() -> Client:
    """One client per process and setting, so that connections are used again."""
    return _client(settings.SPARKPOST_API_KEY, settings.SPARKPOST_BASE_URL, settings.SPARKPOST_TIMEOUT)


def hand_over() -> int:
    """Hand over what is due until nothing is, time is up, or the outbox must stand still; the number SparkPost took."""
    if missing() or pauses.in_force():
        return 0
    with open_lines(client()) as lines:
        return _Round(lines).run() if lines else 0


# Claiming

# The lock is a statement of its own, so that the claim's snapshot is taken after it. Messages are looked at one by one
# in the order of their marks until there are enough: joined at once, the whole queue would be read each time.
_CLAIM = """
    SELECT pg_advisory_xact_lock_shared(%(lock)s);
    WITH due AS MATERIALIZED (
        SELECT held.id FROM (
            SELECT message_id FROM mailing_messagemark
            WHERE state = 'queued' AND not_before <= %(now)s AND NOT EXISTS (
                SELECT 1 FROM mailing_queuepause WHERE since IS NOT NULL AND (until IS NULL OR until > %(now)s))
            ORDER BY not_before, message_id
        ) mark, LATERAL (
            SELECT id FROM mailing_message
            WHERE id = mark.message_id AND state = 'queued' AND not_before <= %(now)s AND channel = 'email'
            FOR NO KEY UPDATE SKIP LOCKED
        ) held
        LIMIT %(limit)s
    )
    UPDATE mailing_message message
    SET state = 'claimed', claimed_at = %(now)s, attempts = attempts + 1, reason = ''
    FROM due WHERE message.id = due.id
    RETURNING message.*
"""


def claim(limit: int | None = None) -> list[Message]:
    """Claim due messages for this worker. One that I8 refuses is aborted with the rule's name, the others go on."""
    limit = limit or settings.MAIL_CONNECTIONS
    try:
        with transaction.atomic():
            asked = {"lock": SUPPRESSION_LOCK, "now": timezone.now(), "limit": limit}
            return sorted(Message.objects.raw(_CLAIM, asked), key=lambda message: (message.not_before, message.pk))
    except IntegrityError as error:
        if not rule_of(error).startswith("i8_"):
            raise
    # Somebody among them said stop: one by one, until there is one to send or all are looked at.
    while True:
        claimed, looked_at = _claim_one_by_one(limit)
        if claimed or not looked_at:
            return list(Message.objects.filter(pk__in=claimed))


def _claim_one_by_one(limit: int) -> tuple[list[UUID], int]:
    claimed: list[UUID] = []
    looked_at = 0
    with transaction.atomic():
        share_suppression_lock()
        due = Message.objects.due().filter(channel=Channel.EMAIL)
        locked = due.select_for_update(skip_locked=True, no_key=True, of=("self",))
        for pk in locked.values_list("pk", flat=True)[:limit]:
            looked_at += 1
            now = timezone.now()
            try:
                with transaction.atomic():
                    Message.objects.filter(pk=pk).update(
                        state=State.CLAIMED, claimed_at=now, attempts=F("attempts") + 1, reason=""
                    )
            except IntegrityError as error:
                rule = rule_of(error)
                if not rule.startswith("i8_"):
                    raise
                Message.objects.filter(pk=pk).update(state=State.ABORTED, reason=rule, ended_at=now)
                continue
            claimed.append(pk)
    return claimed, looked_at


# Sending


class _Round:
    """One round of a worker: chunks go out over the lines, outcomes come in, until there is a reason to end."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.taken = 0
        self.ends_at = time.monotonic() + ROUND_SECONDS
        self.is_going = True
        self.words = transmissions.Words()
        self.organisation: Organisation | None = None
        self.read_at = 0.0
        self.fault: Exception | None = None

    def run(self) -> int:
        """The number SparkPost took. A fault of our own ends the round, and is raised once all outcomes are written."""
        while self.is_going or self.lines.outstanding:
            if self.is_going:
                self._send_more()
            if self.lines.outstanding:
                self._write(self.lines.collect())
        if self.fault is not None:
            raise self.fault
        return self.taken

    def _send_more(self) -> None:
        """Claim the next few while those before are on their way."""
        lines = self.lines
        if lines.outstanding > AHEAD * lines.width // 2:
            return
        organisation = self._organisation()
        if time.monotonic() >= self.ends_at or organisation.missing:
            self.is_going = False
            return
        try:
            claimed = claim(AHEAD * lines.width - lines.outstanding)
        except Exception as error:
            self._halt(error)
            return
        if any(message.attempts > 1 for message in claimed):
            claimed = self._still_ours(claimed)
        if not claimed:
            self.is_going = False
            return
        built = transmissions.build(claimed, organisation, self.words)
        for message in claimed:
            self._send(message, built[message.pk])

    def _organisation(self) -> Organisation:
        """In whose name mail leaves, as it was a second ago at most."""
        now = time.monotonic()
        if self.organisation is None or now - self.read_at > 1.0:
            self.organisation, self.read_at = Organisation.current(), now
        return self.organisation

    def _send(self, message: Message, transmission: dict[str, Any] | Exception) -> None:
        if isinstance(transmission, EmptyPlaceholder | ValueError):
            logger.warning("mail: message %s can't be made into a mail (%s)", message.pk, type(transmission).__name__)
            mark_failed(message, "unsendable")
        elif isinstance(transmission, Exception):
            # This one stays claimed, so that it is not met again at once; the others go back.
            self._halt(transmission)
        elif self.is_going:
            self.lines.send(message, transmission)
        else:
            _give_back([message])

    def _still_ours(self, claimed: list[Message]) -> list[Message]:
        """One that was tried before may show a late trace at any moment, so these wait for nothing but their call."""
        while self.lines.outstanding:
            self._write(self.lines.collect())
        if not self.is_going:
            _give_back(claimed)
            return []
        ours = set(_mine(claimed).values_list("pk", flat=True))
        return [message for message in claimed if message.pk in ours]

    def _halt(self, fault: Exception | None = None) -> None:
        """Nothing more goes out; what no line has begun with goes back into the queue."""
        self.is_going = False
        self.fault = self.fault or fault
        _give_back(self.lines.withdraw())

    def _write(self, sent: list[Sent]) -> None:
        """Write down what came of these calls, what was taken first and together."""
        taken = [(one.message, one.outcome) for one in sent if isinstance(one.outcome, Accepted) and one.outcome.taken]
        if taken:
            self._write_taken(taken)
        for one in sent:
            if isinstance(one.outcome, Accepted):
                if not one.outcome.taken:
                    code = next((problem.code for problem in one.outcome.errors if problem.code), "rejected")
                    mark_failed(one.message, f"provider_{code}", transmission_id=one.outcome.transmission_id)
            elif not self._write_failure(one.message, one.outcome):
                self._halt()

    def _write_taken(self, taken: list[tuple[Message, Accepted]]) -> None:
        try:
            mark_all_accepted(taken)
        except Exception as error:
            if len(taken) == 1:
                # It left, but that can't be written down: it stays claimed, and its events will tell.
                logger.exception("mail: message %s was taken, and that can't be written down", taken[0][0].pk)
                self._halt(error)
                return
            for one in taken:
                self._write_taken([one])
            return
        if not self.taken:
            pauses.passed()
            streams.answered()
        self.taken += len(taken)

    def _write_failure(self, message: Message, failure: Exception) -> bool:
        """Write down what a call that was not taken means; False when the next message would meet the same."""
        if isinstance(failure, errors.Failure):
            streams.unanswered(failure)
        match failure:
            case errors.Ambiguous():
                # It may have been sent. It stays claimed until its events tell.
                logger.warning("mail: no word on message %s; its events will tell", message.pk)
                return True
            case errors.Refused():
                reason = "provider_suppressed" if failure.suppressed else f"provider_{failure.code or failure.status}"
                mark_failed(message, reason, transmission_id=failure.transmission_id)
                return True
            case TooLate():
                _give_back([message])
                return True
            case errors.Retry() if failure.status == TOO_MANY_REQUESTS:
                pauses.limit(pauses.TOO_MANY_CALLS, failure.after)
            case errors.QuotaReached():
                pauses.limit(failure.code or "quota", failure.after)
            case errors.Stop():
                if pauses.stop(failure.code or "stop"):
                    logger.error("mail: what SparkPost said: %s", failure)
            case errors.Retry():
                _again(message, failure)
                # What doesn't burn an attempt is no fault of this message: the next would meet it too.
                return failure.burn
            case _:
                self._halt(failure)  # nobody knows whether it left: it stays claimed
                return False
        # Nothing was sent, and no attempt is lost.
        _give_back([message])
        return False


# Writing down

_ACCEPT = """
    WITH given AS (
        SELECT * FROM unnest(%(ids)s::uuid[], %(claims)s::timestamptz[], %(transmissions)s::text[])
            AS given(id, claimed_at, transmission_id)
    ), held AS MATERIALIZED (
        SELECT message.id FROM mailing_message message JOIN given USING (id)
        -- Within a function, so that only the key can find them: no index knows these, and few are like this.
        WHERE coalesce(message.state = 'claimed' AND message.claimed_at = given.claimed_at
                       AND message.accepted_at IS NULL AND message.transmission_id = '', false)
        ORDER BY message.id FOR NO KEY UPDATE OF message
    )
    UPDATE mailing_message message
    SET state = 'accepted', reason = '', ended_at = NULL, accepted_at = %(now)s,
        transmission_id = given.transmission_id
    FROM held JOIN given USING (id)
    WHERE message.id = held.id
    RETURNING message.id, EXISTS (
        SELECT 1 FROM mailing_mailevent event WHERE event.message_id = message.id
    ) OR EXISTS (
        SELECT 1 FROM mailing_mailevent event
        WHERE event.message_id IS NULL AND event.transmission_id <> ''
          AND event.transmission_id = message.transmission_id)
"""


def mark_all_accepted(taken: list[tuple[Message, Accepted]]) -> None:
    """SparkPost has these messages; in a few statements for all of them, in one transaction.

    Where an event was faster, or somebody took the message for lost meanwhile, it goes the careful way, one by one.
    """
    now = timezone.now()
    by_id = {message.pk: (message, accepted) for message, accepted in taken}
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _ACCEPT,
                {
                    "ids": bulk.array(by_id),
                    "claims": bulk.array(message.claimed_at for message, _accepted in taken),
                    "transmissions": [accepted.transmission_id for _message, accepted in taken],
                    "now": now,
                },
            )
            written = dict(cursor.fetchall())
        for pk in written:
            message, accepted = by_id[pk]
            message.state, message.reason, message.ended_at = State.ACCEPTED, "", None
            message.accepted_at, message.transmission_id = now, accepted.transmission_id
        if account := [pk for pk in written if by_id[pk][0].kind == ACCOUNT]:
            # They hold a way into an account, and nobody needs to read that here any more.
            Message.objects.filter(pk__in=account).update(body_text="", body_html="")
        asking = [by_id[pk][0] for pk in by_id if pk in written and by_id[pk][0].asks]
        if asking:
            notice_handed_over.send(Message, messages=asking)
        answering = [by_id[pk][0] for pk in by_id if pk in written and by_id[pk][0].act_kind]
        if answering:
            answer_handed_over.send(Message, messages=answering)
        for pk in sorted(by_id.keys() - written.keys()):
            _mark_accepted_late(*by_id[pk], at=now)
        events.settle([pk for pk, has_events in written.items() if has_events])


def _mark_accepted_late(message: Message, accepted: Accepted, *, at: datetime) -> None:
    held = Message.objects.select_for_update(no_key=True, of=("self",)).select_related("template").get(pk=message.pk)
    if not held.transmission_id:
        Message.objects.filter(pk=held.pk).update(transmission_id=accepted.transmission_id)
    # An event may have been faster, and has then done this already.
    events.mark_accepted(held, at)
    events.settle([held.pk])
    if held.transmission_id and held.transmission_id != accepted.transmission_id:
        # Another hand-over took it before this one, so the reader has it twice.
        Message.objects.filter(pk=held.pk).exclude(state=State.ABORTED).update(
            state=State.NEEDS_PERSON, reason=events.WENT_TWICE, ended_at=at, handled_at=None
        )


def mark_failed(message: Message, reason: str, *, transmission_id: str = "") -> bool:
    """This worker's claim ends here, and the floors above hear of it. False when it was settled meanwhile.

    Nothing of it left: one that was stopped meanwhile ends by its stop.
    """
    with transaction.atomic():
        changed = _mine([message]).update(
            **_unless_stopped(State.FAILED, reason[:60], ended_at=Value(timezone.now())),
            transmission_id=transmission_id,
        )
        if changed:
            message.refresh_from_db()
            if message.state == State.FAILED:
                notice_failed.send(Message, messages=[message])
    return bool(changed)


def _again(message: Message, failure: errors.Retry) -> None:
    if failure.burn and message.attempts >= MAX_ATTEMPTS:
        mark_failed(message, "attempts_used")
        return
    after = max(failure.after, errors.retry_delay(message.attempts)) if failure.burn else failure.after
    queue_again(
        _mine([message]),
        "retry",
        not_before=timezone.now() + timedelta(seconds=after),
        attempts=message.attempts if failure.burn else message.attempts - 1,
    )


def _give_back(messages: list[Message]) -> None:
    """Nothing was sent: back in the queue, and the attempt doesn't count."""
    if messages:
        queue_again(_mine(messages), attempts=F("attempts") - 1)


def queue_again(claimed: QuerySet[Message], reason: str = "", **changes: Any) -> int:
    """Nothing of these left: back in the queue for `reason`, or ended where they were stopped meanwhile. How many."""
    return claimed.update(**_unless_stopped(State.QUEUED, reason, ended_at=F("ended_at")), **changes)


def _unless_stopped(state: State, reason: str, *, ended_at: Any) -> dict[str, Any]:
    """What becomes of a claim of which nothing left: this, or the end its stop meant for it."""
    # In one statement, so that a stop is met whether it comes before or after.
    goes_on = Q(stop_reason="")
    is_seen = goes_on | Q(stop_reason__in=NEWS)
    now = timezone.now()
    return {
        "state": Case(When(goes_on, then=Value(state)), default=Value(State.ABORTED)),
        "reason": Case(When(goes_on, then=Value(reason)), default=F("stop_reason")),
        "ended_at": Case(When(goes_on, then=ended_at), default=Value(now)),
        # Nobody needs to look at the others: the person's own act explains them.
        "handled_at": Case(When(is_seen, then=F("handled_at")), default=Value(now)),
    }


def _mine(messages: list[Message]) -> QuerySet[Message]:
    """Those of these messages that are still as this worker claimed them."""
    claims = {message.claimed_at for message in messages}
    return Message.objects.filter(
        pk__in=[message.pk for message in messages], state=State.CLAIMED, claimed_at__in=claims
    )
