"""What happened to a message, in words a recruiter understands."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from mailing.events import CLICKS, LATE_TRACE, LATE_TRACE_FAILED, OPENS
from mailing.models import TROUBLED, Channel, MailEvent, Message, State
from privacy.guards import REFUSALS, Sentence

KINDS: dict[str, Sentence] = {
    "approach": _("First message"),
    "talk_invite": _("First message, client confidential"),
    "revealed": _("Client revealed"),
    "receipt": _("Receipt"),
    "receipt_yes": _("Receipt of a yes"),
    "receipt_no": _("Receipt of a no"),
    "receipt_talk": _("Receipt of “talk first”"),
    "receipt_withdrawn": _("Receipt of a withdrawal"),
    "receipt_request": _("Receipt of a privacy request"),
    "introduced_client": _("Introduction, to the client"),
    "withdrawn_client": _("Withdrawal, to the client"),
    "art19": _("Withdrawal, to the client"),
    "portal_link": _("Link to the portal"),
    "account": _("Sign-in and security"),
}

_REASONS: dict[str, Sentence] = {
    "undone": _("You or a colleague called it back before it left."),
    "refused": _("The person said no before it left."),
    "withdrawn": _("The person withdrew before it left."),
    "objected": _("The person asked to stop all contact before it left."),
    "expired": _("The question was over before it left."),
    "not_me": _("The address turned out to be somebody else's."),
    "erased": _("The person was erased before it left."),
    "retry": _("SparkPost could not take it just now. It is tried again by itself."),
    "no_trace": _("The line broke while it was handed over, and SparkPost has not seen it. It is sent again."),
    "no_trace_kept": _("The line broke while it was handed over, too long ago to ask SparkPost whether it left."),
    "attempts_used": _("SparkPost could not take it, after several attempts."),
    "unsendable": _("The message could not be made into a mail. The address or a link in it is not right."),
    LATE_TRACE: _("It did leave after all, the first time. It was not sent a second time."),
    LATE_TRACE_FAILED: _("It did leave after all, and did not arrive."),
    "provider_suppressed": _("SparkPost holds this address on its own list of stops."),
    "provider_rejected": _("SparkPost did not accept this address."),
    "policy_rejection": _("SparkPost's rules did not let it through."),
    "generation_failure": _("SparkPost could not make the mail."),
    "generation_rejection": _("SparkPost did not want to make the mail."),
}
_PROVIDER = _("SparkPost refused the message (code %(code)s).")
_BOUNCES: dict[int, Sentence] = {
    10: _("This address does not exist."),
    30: _("The mail server does not know this address."),
    90: _("The mail server says this person unsubscribed."),
    21: _("The domain of this address could not be found."),
    22: _("The mailbox is full."),
    23: _("The message was too large for this mailbox."),
    24: _("The mail server did not answer for three days."),
    25: _("SparkPost held it back: the address is on its own list of stops, or its rules forbid it."),
    **dict.fromkeys((50, 51, 52, 53), _("The mail server took it for spam or unwanted mail.")),
    54: _("The mail server does not take mail for this address from us."),
}
_BOUNCE = _("The mail server sent it back without a clear reason.")
_EVENTS: dict[str, tuple[str, Sentence]] = {
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


@dataclass(frozen=True)
class Moment:
    """One line of a message's life."""

    at: datetime
    icon: str
    text: Sentence
    detail: Sentence = ""


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
    code = message.reason
    if not code:
        return ""
    if code in REFUSALS:
        return REFUSALS[code]
    if code in _REASONS:
        return _REASONS[code]
    what, _underscore, number = code.rpartition("_")
    if what == "bounce" and number.isdigit():
        return _BOUNCES.get(int(number), _BOUNCE)
    if what == "provider":
        return now_(str(_PROVIDER)) % {"code": number}
    return code


def life_of(message: Message) -> list[Moment]:
    """Everything that happened to a message, oldest first; repeated opens and clicks once."""
    life = [Moment(message.created_at, "edit", _("Written"))]
    if message.accepted_at:
        by_hand = message.channel != Channel.EMAIL
        sent = _("Sent by hand") if by_hand else _("Handed over to SparkPost")
        life.append(Moment(message.accepted_at, "copy" if by_hand else "send", sent))
    seen: set[str] = set()
    for event in message.events.order_by("at", "event_id"):
        moment = _moment(event)
        if str(moment.text) in seen and event.type in (*OPENS, *CLICKS):
            continue
        seen.add(str(moment.text))
        life.append(moment)
    known = message.state == State.BOUNCED and any(moment.icon == "bounce" for moment in life)
    if message.state in TROUBLED and message.ended_at and not known:
        life.append(Moment(message.ended_at, "stop", State(message.state).label, reason_of(message)))
    if message.handled_at and message.state != State.ABORTED:
        life.append(Moment(message.handled_at, "check", _("Dealt with")))
    return sorted(life, key=lambda moment: moment.at)


def _moment(event: MailEvent) -> Moment:
    icon, text = _EVENTS.get(event.type, ("mail", event.type))
    if event.type in OPENS and event.is_prefetched:
        return Moment(event.at, "opened", _BY_MACHINE)
    if event.type in ("bounce", "out_of_band"):
        if event.bounce_class in (60, 80, 100):
            return Moment(event.at, "reply", _NOT_A_BOUNCE)
        return Moment(event.at, icon, text, _BOUNCES.get(event.bounce_class or 1, _BOUNCE))
    return Moment(event.at, icon, text)
