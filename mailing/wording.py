"""What happened to a message, in words a recruiter understands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from mailing import reasons
from mailing.events import BOUNCES, CLICKS, LATE_TRACE, NEVER_MADE, NOT_A_BOUNCE, OPENS, WENT_TWICE
from mailing.kinds import is_followed
from mailing.models import TROUBLED, Channel, MailEvent, Message, State, Unfollowed
from privacy.guards import Sentence

KINDS: dict[str, Sentence] = {
    "approach": _("First message"),
    "talk_invite": _("First message, client confidential"),
    "applied": _("First message, to an applicant"),
    "revealed": _("Client revealed"),
    "reminder": _("Reminder"),
    "letter": _("Message"),
    "test": _("Test to oneself"),
    "receipt": _("Receipt"),
    "receipt_yes": _("Receipt of a yes"),
    "receipt_no": _("Receipt of a no"),
    "receipt_talk": _("Receipt of “talk first”"),
    "receipt_withdrawn": _("Receipt of a withdrawal"),
    "receipt_request": _("Receipt of a privacy request"),
    "rights_answer_copy": _("Link to a copy of their data"),
    "rights_answer_code": _("Code for a copy of their data"),
    "restriction_lift": _("End of a restriction"),
    "application_received": _("Notice to an applicant, and what we may do"),
    "pool_ask": _("Question to be kept"),
    "pool_again": _("Question to be kept, once more"),
    "runner_up_ask": _("Question to be kept as runner-up"),
    "receipt_runner_up_yes": _("Receipt of a yes to be kept as runner-up"),
    "receipt_runner_up_no": _("Receipt of a no to be kept as runner-up"),
    "receipt_pool_yes": _("Receipt of a yes to be kept"),
    "receipt_pool_no": _("Receipt of a no to be kept"),
    "receipt_identity": _("Code that shows who asks"),
    "receipt_question": _("Question who asks"),
    "rights_answer": _("Answer to a privacy request"),
    "extension": _("Longer term for a privacy request"),
    "refusal": _("Refusal of a privacy request"),
    "art19_request": _("What to do with data, to a recipient"),
    "introduced_client": _("Introduction, to the client"),
    "withdrawn_client": _("Withdrawal, to the client"),
    "art19": _("Withdrawal, to the client"),
    "portal_link": _("Link to the portal"),
    "certificate": _("Message that somebody was erased"),
    "account": _("Sign-in and security"),
}

EVENTS: dict[str, tuple[str, Sentence]] = {
    "injection": ("send", _("SparkPost took it in")),
    "delivery": ("inbox", _("Delivered to the mail server of the reader")),
    "delay": ("hourglass", _("The mail server of the reader lets us wait; SparkPost tries again")),
    "bounce": ("bounce", _("Sent back")),
    "out_of_band": ("bounce", _("Sent back after it was delivered")),
    "policy_rejection": ("ban", _("Held back by SparkPost")),
    "generation_failure": ("alert", _("SparkPost could not make the mail")),
    "generation_rejection": ("alert", _("SparkPost did not want to make the mail")),
    "spam_complaint": ("ban", _("Marked as spam by the reader")),
    "list_unsubscribe": ("stop", _("Unsubscribed through the mail program")),
    "link_unsubscribe": ("stop", _("Unsubscribed")),
    **dict.fromkeys(OPENS, ("opened", _("Opened"))),
    **dict.fromkeys(CLICKS, ("click", _("Link to the privacy policy clicked"))),
}
_NOT_A_BOUNCE = _("Answered by a machine, such as an out-of-office note")
_BY_MACHINE = _("Fetched by a mail program, which says nothing about the reader")
# What each event is about, so that a message's own moment is told only where the event is gone.
_SORTS: dict[str, str] = {
    "delivery": "delivered",
    **dict.fromkeys(OPENS, "opened"),
    **dict.fromkeys(CLICKS, "clicked"),
    "spam_complaint": "complained",
    **dict.fromkeys((*BOUNCES, *NEVER_MADE), "failed"),
}
_FETCHED = "prefetched"
# Whoever said stop, or may have got it already, isn't written to again from here.
NEVER_AGAIN = frozenset(
    {"refused", "withdrawn", "objected", "not_me", "erased", "no_notice", "no_trace_kept", "bounce_90"}
    | {"i8_suppressed", "i8_restricted", "i8_erased", LATE_TRACE, WENT_TWICE}
)
# For three days SparkPost goes on trying to deliver (facts: delay events, 72 hours).
KEEPS_TRYING = timedelta(hours=72)


@dataclass(frozen=True)
class Moment:
    """One line of a message's life; `by_machine`: it says nothing about the reader."""

    at: datetime
    icon: str
    text: Sentence
    detail: Sentence = ""
    by_machine: bool = False


def kind_of(message: Message) -> Sentence:
    kind = message.template.kind if message.template else message.kind
    return KINDS.get(kind, kind)


def mark_of(message: Message) -> tuple[str, Sentence]:
    """The code of the component that shows where a message is, and the word beside it (empty: its own)."""
    by_hand = message.channel != Channel.EMAIL
    match message.state:
        case State.DRAFT:
            return "queued", State.DRAFT.label
        case State.CLAIMED:
            return "queued", State.CLAIMED.label
        case State.NEEDS_PERSON:
            return "failed", State.NEEDS_PERSON.label
        case State.ACCEPTED if by_hand:
            return "copied", ""
        case State.ACCEPTED | State.DELIVERED:
            if message.clicked_at:
                return "clicked", ""
            if message.opened_at:
                return "opened", ""
            return ("delivered" if message.state == State.DELIVERED else "sent"), ""
        case _:
            return message.state, ""


def reason_of(message: Message) -> Sentence:
    """Why it is where it is; empty where that needs no words."""
    return reasons.why(message.reason).words


def advice_of(message: Message) -> Sentence:
    """What to do about it now; empty where nothing is the matter or somebody has dealt with it."""
    return reasons.why(message.reason).advice if message.handled_at is None else ""


def words_of(message: Message) -> str:
    """Which template a message was made of: its kind, its own name where it has one, and the version."""
    if message.template is None:
        return ""
    named = f"{kind_of(message)}: {message.template.name}" if message.template.name else str(kind_of(message))
    version = _("version %(version)s") % {"version": message.template.version}
    return f"{named}, {version}"


def trouble_of(message: Message) -> Sentence:
    """What is the matter with a message that needs somebody, in a few words."""
    if message.state == State.NEEDS_PERSON:
        return _("This message needs you")
    return _("This message was not sent") if message.state == State.ABORTED else _("This message did not arrive")


def following_of(message: Message) -> tuple[Sentence, Sentence]:
    """Whether opens and clicks are followed, and why (not)."""
    if message.channel != Channel.EMAIL:
        return _("not followed"), _("What is sent by hand cannot be followed.")
    if message.subject_id and Unfollowed.objects.filter(subject=message.subject_id).exists():
        return _("not followed"), _("This person switched it off.")
    if message.track:
        return _("followed"), _("The message says so. Nobody is chosen or left out by it.")
    if message.template is None or not is_followed(message.template.kind):
        return _("not followed"), _("A message of this kind never is.")
    return _("not followed"), _("The agency did not follow mail when this was written.")


def next_of(message: Message, *, paused: bool = False) -> Sentence:
    """What comes next and when, in one sentence; empty where nothing does."""
    now = timezone.now()
    match message.state:
        case State.DRAFT:
            return _("Send the text yourself, then say so on the board: from that moment it counts.")
        case State.QUEUED if paused:
            return _("It waits until the outbox runs again, and leaves by itself then.")
        case State.QUEUED if message.attempts or message.reason:
            return _("It is tried again by itself at %(moment)s.") % {"moment": moment(max(message.not_before, now))}
        case State.QUEUED if message.not_before > now:
            return _("It leaves at %(moment)s.") % {"moment": moment(message.not_before, seconds=True)}
        case State.QUEUED:
            return _("It leaves within a minute.")
        case State.CLAIMED:
            asked = (message.claimed_at or now) + timedelta(seconds=settings.MAIL_RECONCILE_AFTER)
            return _("It is being handed over. If nothing is heard of it, SparkPost is asked at %(moment)s.") % {
                "moment": moment(max(asked, now))
            }
        case State.ACCEPTED if message.channel == Channel.EMAIL and message.accepted_at:
            if (until := message.accepted_at + KEEPS_TRYING) > now:
                return _(
                    "If the mail server of the reader lets us wait, SparkPost goes on trying until %(moment)s."
                ) % {"moment": moment(until)}
    return ""


def moment(at: datetime, *, seconds: bool = False) -> str:
    """A moment as people say it: the time alone when it is today."""
    local = timezone.localtime(at)
    time = date_format(local, "H:i:s" if seconds else "H:i")
    if local.date() == timezone.localdate():
        return time
    return f"{date_format(local, 'j F')}, {time}"


def life_of(message: Message) -> list[Moment]:
    """Everything that happened to a message, oldest first; repeated opens and clicks once.

    Events are kept for some weeks only: what is gone is told by the message's own moments.
    """
    by_hand = message.channel != Channel.EMAIL
    life = [Moment(message.created_at, "edit", _("Written"))]
    if message.accepted_at:
        sent = _("Sent by hand") if by_hand else _("Handed over to SparkPost")
        life.append(Moment(message.accepted_at, "copy" if by_hand else "send", sent))
    told: set[str] = set()
    for event in message.events.order_by("at", "event_id"):
        sort = _FETCHED if event.type in OPENS and event.is_prefetched else _SORTS.get(event.type, "")
        if sort in told and sort in (_FETCHED, "opened", "clicked"):
            continue
        happened = _moment(event)
        if sort and happened.text is not _NOT_A_BOUNCE:
            told.add(sort)
        life.append(happened)
    life += _own_moments(message, told)
    if message.handled_at and message.state != State.ABORTED:
        life.append(Moment(message.handled_at, "check", _("Dealt with")))
    return sorted(life, key=lambda moment: moment.at)


def _own_moments(message: Message, told: set[str]) -> Iterator[Moment]:
    """The moments a message itself keeps, of which no event tells."""
    own: tuple[tuple[str, datetime | None, str, Sentence], ...] = (
        ("delivered", message.delivered_at, *EVENTS["delivery"]),
        (_FETCHED, message.prefetched_at, "download", _BY_MACHINE),
        ("opened", message.opened_at, *EVENTS["open"]),
        ("clicked", message.clicked_at, *EVENTS["click"]),
        ("complained", message.complained_at, *EVENTS["spam_complaint"]),
        ("answered", message.answered_at, "reply", _("Answered by the reader")),
    )
    for sort, at, icon, text in own:
        if at and sort not in told:
            yield Moment(at, icon, text, by_machine=sort == _FETCHED)
    failed_at = message.failed_at or message.ended_at
    if message.state in TROUBLED and failed_at and "failed" not in told:
        yield Moment(failed_at, "stop", State(message.state).label, reason_of(message))


def _moment(event: MailEvent) -> Moment:
    icon, text = EVENTS.get(event.type, ("mail", event.type))
    if event.type in OPENS and event.is_prefetched:
        return Moment(event.at, "download", _BY_MACHINE, by_machine=True)
    if event.type in BOUNCES:
        if event.bounce_class in NOT_A_BOUNCE:
            return Moment(event.at, "reply", _NOT_A_BOUNCE)
        return Moment(event.at, icon, text, reasons.bounce(event.bounce_class or 1).words)
    if event.type in NEVER_MADE:
        return Moment(event.at, icon, text, reasons.why(event.type).words)
    return Moment(event.at, icon, text)
