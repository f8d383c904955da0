"""Stops, both ways: ours go onto the provider's list as non-transactional, and what it has itself becomes ours.

Everything we send is transactional, so an entry of ours never holds up the closed list of legal kinds; whom we may not
mail is our own guard's to say (I8). It keeps anybody else who sends by the same account from mailing them.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from mailing import objections, outbox
from mailing.models import Message, OutgoingStop, Stream
from mailing.provider import streams
from mailing.provider.catch_up import portions
from mailing.signals import addresses_failed
from mailing.sparkpost import errors
from privacy import registry, sealing, suppression
from privacy.identifiers import BadContact, normalise_email
from privacy.models.suppression import Reason, Scope

logger = logging.getLogger(__name__)

# By this an entry is known as ours. Why somebody said stop is nobody else's business.
OURS = "watson"
KIND = "non_transactional"
MANUALLY = "Manually Added"
BOUNCED = "Bounce Rule"
# What the person did themselves, as SparkPost saw it. Anything else on the list is a stop, but no objection.
OBJECTIONS = {
    "Spam Complaint": Reason.COMPLAINT,
    "List Unsubscribe": Reason.UNSUBSCRIBED,
    "Unsubscribe Link": Reason.UNSUBSCRIBED,
}
# It told us these itself.
KNOWN_THERE = (*OBJECTIONS.values(), Reason.PROVIDER)
TOLD_TOGETHER = 1000
TAKEN_TOGETHER = 500
# An address nobody can be told of is kept no longer than this; our own guard holds without it.
WITHOUT_KEY = timedelta(days=28)
OVERLAP = timedelta(minutes=30)  # a search may lag behind by twenty
LISTED_TOGETHER = 1000
NEVER = datetime.min.replace(tzinfo=UTC)


# Ours, to the provider


def tell() -> int:
    """Bring the provider's list in line for every address that waits, and forget the address; how many.

    What stands now counts, so neither the order of rows nor a second run matters: whoever dies between telling and
    forgetting is told again.
    """
    now = timezone.now()
    if not settings.SPARKPOST_API_KEY:
        OutgoingStop.objects.filter(made_at__lt=now - WITHOUT_KEY).delete()
        return 0
    if streams.is_held_off(streams.state_of(Stream.OWN_STOPS), now):
        return 0
    told = 0
    with streams.alone(Stream.OWN_STOPS) as mine:
        while mine and (rows := list(OutgoingStop.objects.order_by("made_at", "pk")[:TOLD_TOGETHER])):
            try:
                _tell(rows)
            except errors.Failure as failure:
                logger.warning("mail: our stops can't be passed on now: %s", failure)
                streams.went_wrong(Stream.OWN_STOPS, failure)
                return told
            OutgoingStop.objects.filter(pk__in=[row.pk for row in rows]).delete()
            streams.went_well(Stream.OWN_STOPS, at=timezone.now())
            told += len(rows)
    return told


def _tell(rows: list[OutgoingStop]) -> None:
    emails = {email: None for row in rows if (email := _address(row))}
    standing = {email for _kind, email in suppression.standing_among(("email", email) for email in emails)}
    _put([email for email in emails if email in standing])
    for email in emails:
        if email not in standing:
            take_off(email)


def _address(row: OutgoingStop) -> str:
    try:
        return sealing.unseal(row.address, context=row.context).decode()
    except sealing.Unsealable:
        # Without its key nobody can ever read it; our own guard still holds.
        logger.error("mail: stop %s can't be opened and is not passed on", row.pk)
        return ""


def _put(emails: list[str]) -> None:
    """Onto the list. An address that is none for SparkPost, or held by its compliance, keeps no other from it."""
    if not emails:
        return
    entries = [{"recipient": email, "type": KIND, "description": OURS} for email in emails]
    try:
        outbox.client().suppression.put_many(entries)
    except errors.Refused as failure:
        if len(emails) == 1:
            logger.warning("mail: one of our stops is not taken: %s", failure)
            return
        half = len(emails) // 2
        _put(emails[:half])
        _put(emails[half:])


def take_off(email: str) -> None:
    """Take our own entry off the provider's list, where there is one; entries of others stay."""
    held = outbox.client().suppression.get(email)
    if any(is_ours(entry) and entry.get("type") == KIND and not entry.get("list_id") for entry in held):
        outbox.client().suppression.delete(email, kind=KIND, list_id="")


def is_ours(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of the provider's list was put there by us."""
    return entry.get("source") == MANUALLY and entry.get("description") == OURS


# The provider's, to us


def take_over() -> int:
    """Read what changed on the provider's list since the last time and make it ours; how many stops were new.

    The mark moves when the whole list was read; what is read twice changes nothing.
    """
    now = timezone.now()
    with streams.alone(Stream.SUPPRESSIONS) as mine:
        state = streams.state_of(Stream.SUPPRESSIONS)
        if not mine or not settings.SPARKPOST_API_KEY or streams.is_held_off(state, now):
            return 0
        since = state.sure_until - OVERLAP if state.sure_until else None
        new = 0
        try:
            listed = outbox.client().suppression.list(since=since, per_page=LISTED_TOGETHER)
            for part in portions(listed, TAKEN_TOGETHER):
                new += _take_over(part)
        except errors.Failure as failure:
            logger.warning("mail: the provider's stops can't be read now: %s", failure)
            streams.went_wrong(Stream.SUPPRESSIONS, failure)
            return new
        streams.went_well(Stream.SUPPRESSIONS, at=now, sure_until=now)
    return new


def _take_over(entries: Iterable[Mapping[str, Any]]) -> int:
    reasons: dict[str, Reason] = {}
    moments: dict[str, datetime] = {}
    bounced: dict[str, None] = {}
    for email, entry in _addressed(entries):
        source = entry.get("source")
        if source == BOUNCED:
            bounced[email] = None
        elif not is_ours(entry):
            if reasons.get(email) not in OBJECTIONS.values():
                reasons[email] = OBJECTIONS.get(str(source), Reason.PROVIDER)
            moments[email] = max(_moment(entry), moments.get(email, NEVER))
    if bounced:
        with transaction.atomic():
            addresses_failed.send(Message, addresses=list(bounced))
    fresh = _not_standing(_not_lifted_since(reasons, moments))
    new = 0
    for email in sorted(registry.known("email", [email for email in fresh if reasons[email] in OBJECTIONS.values()])):
        people = objections.people(email)
        if people:
            new += objections.object_to_all(email, reasons[email], people)
            fresh.remove(email)
    for reason in set(reasons.values()):
        unknown = [("email", email) for email in fresh if reasons[email] == reason]
        new += suppression.suppress(unknown, scope=Scope.ALL, reason=reason, actor=None) if unknown else 0
    return new


def _addressed(entries: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for entry in entries:
        try:
            yield normalise_email(str(entry.get("recipient") or "")), entry
        except BadContact:
            continue  # what we could never mail needs no stop


def _moment(entry: Mapping[str, Any]) -> datetime:
    """When it was put on the list or renewed, in whole seconds; without a word on that it counts as new."""
    try:
        at = parse_datetime(str(entry.get("updated") or entry.get("created") or ""))
    except ValueError:
        at = None
    if at is None:
        return timezone.now()
    return at if timezone.is_aware(at) else at.replace(tzinfo=UTC)


def _not_lifted_since(reasons: Mapping[str, Reason], moments: Mapping[str, datetime]) -> list[str]:
    """Without those whose stop is older than the person's own lifting of it: the provider's list never hears of one."""
    lifted = suppression.lifted_at(("email", email) for email in reasons)
    return [
        email
        for email in reasons
        if (at := lifted.get(("email", email))) is None or moments[email] >= at.replace(microsecond=0)
    ]


def _not_standing(emails: Iterable[str]) -> list[str]:
    known = suppression.standing_among(("email", email) for email in emails)
    return [email for email in emails if ("email", email) not in known]
