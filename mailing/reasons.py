"""Why a message is where it is, by code: plain words, and what a recruiter may do now. Nothing personal is in them.

The codes: our own verbs' (`undone`), the guards' (`i8_suppressed`), SparkPost's refusals (`provider_1902`) and the
classes of bounces (`bounce_22`), as in https://support.sparkpost.com/docs/deliverability/bounce-classification-codes.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from mailing.events import LATE_TRACE, LATE_TRACE_FAILED, WENT_TWICE
from privacy.guards import REFUSALS, Sentence


@dataclass(frozen=True)
class Why:
    """What happened, and what to do about it (empty where nothing needs doing)."""

    words: Sentence
    advice: Sentence = ""


_CHECK_ADDRESS = _(
    "Look whether the address was typed as the person shows it. If it was, choose another channel; never guess one."
)
_OTHER_CHANNEL = _("Choose another channel: InMail, a text message or a call.")
_WAIT = _("Wait some days and try again, or choose another channel.")
_RESPECT = _("Nothing needs doing. This person is not contacted about it again.")
_BY_ITSELF = _("Nothing needs doing now. It goes on by itself.")
_TELL_ADMINISTRATOR = _(
    "Tell your administrator. The person themselves can be reached through another channel meanwhile."
)
_ASK_FIRST = _("Find out whether the person got it, for example by a call. Then say here whether it arrived.")

_REASONS: dict[str, Why] = {
    "undone": Why(_("You or a colleague called it back before it left."), _("Send it anew when it is ready.")),
    "answered": Why(
        _("The person answered before it left, so the reminder was not needed."), _("Nothing needs doing.")
    ),
    "refused": Why(_("The person said no before it left."), _RESPECT),
    "withdrawn": Why(_("The person withdrew before it left."), _RESPECT),
    "objected": Why(_("The person asked to stop all contact before it left."), _RESPECT),
    "expired": Why(_("The question was over before it left."), _("Ask anew if it is still needed.")),
    "no_notice": Why(
        _("The person was not told in time where we found them, so they left the vacancy before it was sent."),
        _("Nothing needs doing. Their data is erased."),
    ),
    "not_me": Why(_("The address turned out to be somebody else's."), _OTHER_CHANNEL),
    "address_wrong": Why(_("A colleague marked the address as wrong before it left."), _OTHER_CHANNEL),
    "address_failed": Why(_("The address was found not to work before it left."), _OTHER_CHANNEL),
    "erased": Why(_("The person was erased before it left."), _("Nothing needs doing.")),
    "retry": Why(_("SparkPost could not take it just now."), _BY_ITSELF),
    "no_trace": Why(_("The line broke while it was handed over, and SparkPost has not seen it."), _BY_ITSELF),
    "no_trace_kept": Why(
        _("The line broke while it was handed over, too long ago to ask SparkPost whether it left."), _ASK_FIRST
    ),
    "trace_unclear": Why(
        _("The line broke while it was handed over. SparkPost sent this address something, and does not say what."),
        _ASK_FIRST,
    ),
    "attempts_used": Why(
        _("SparkPost could not take it, after several attempts."),
        _("Try again later, or choose another channel."),
    ),
    "unsendable": Why(
        _("The message could not be made into a mail. The address or a link in it is not right."), _CHECK_ADDRESS
    ),
    "not_arrived": Why(_("You or a colleague found out that it did not arrive."), _OTHER_CHANNEL),
    LATE_TRACE: Why(
        _("It did leave after all, the first time. It was not sent a second time."),
        _("Nothing needs sending. Mark it as dealt with when you have seen this."),
    ),
    WENT_TWICE: Why(
        _("It was sent twice: no word came of the first time until the second had left."),
        _("Nothing needs sending. Say sorry if the person mentions it, and mark it as dealt with."),
    ),
    LATE_TRACE_FAILED: Why(_("It did leave after all, and did not arrive."), _OTHER_CHANNEL),
    "provider_suppressed": Why(
        _("SparkPost holds this address on its own list of stops."),
        _("Choose another channel. If the person asked for mail from us, your administrator can look at that list."),
    ),
    "provider_rejected": Why(_("SparkPost did not accept this address."), _CHECK_ADDRESS),
    "policy_rejection": Why(_("SparkPost's rules did not let it through."), _OTHER_CHANNEL),
    "generation_failure": Why(_("SparkPost could not make the mail."), _TELL_ADMINISTRATOR),
    "generation_rejection": Why(
        _("SparkPost did not want to make the mail: the address is on its own list of stops."), _OTHER_CHANNEL
    ),
}

_MALFORMED = Why(_("SparkPost could not read the message we made."), _TELL_ADMINISTRATOR)
_TEMPLATE = Why(_("SparkPost could not make a mail of these words."), _TELL_ADMINISTRATOR)
_DOMAIN = Why(_("SparkPost does not let us send from our own domain now."), _TELL_ADMINISTRATOR)
_ACCOUNT = Why(_("SparkPost does not let our account send now."), _TELL_ADMINISTRATOR)
_NO_ADDRESS = Why(_("SparkPost found no address it can send to."), _CHECK_ADDRESS)
_TOO_LARGE = Why(_("The message is larger than SparkPost takes."), _("Leave attachments out, or send them later."))
_LIMIT = Why(_("Our sending limit at SparkPost was reached."), _("Try again later, or choose another channel."))
_UPSET = Why(_("Something went wrong at SparkPost."), _("Try again later, or choose another channel."))

# By SparkPost's own code, or by the HTTP status where it gave none.
_PROVIDER: dict[int, Why] = {
    **dict.fromkeys((400, 404, 405, 406, 409, 415, 422), _MALFORMED),
    **dict.fromkeys((1101, 1102, 1103, 1200, 1300, 1301, 1305, 1400, 1401, 1600, 1602, 1603, 1700, 1800), _MALFORMED),
    **dict.fromkeys((2000, 5002, 2008), _NO_ADDRESS),
    **dict.fromkeys((1901, 2001, 2003, 2004, 2005, 2006, 2106, 3000, 3001, 3002, 3010, 3020, 3040, 3050), _TEMPLATE),
    1902: _REASONS["provider_suppressed"],
    **dict.fromkeys((413, 2002, 2007), _TOO_LARGE),
    **dict.fromkeys((1100, 7000, 7001), _DOMAIN),
    **dict.fromkeys((401, 403, 1303, 1304, 1601, 2103, 2105), _ACCOUNT),
    **dict.fromkeys((420, 429, 2101, 2102), _LIMIT),
    **dict.fromkeys((500, 502, 503, 504, 1500, 1501, 1502, 1900), _UPSET),
}
_PROVIDER_OTHER = _("SparkPost refused the message (code %(code)s).")

_UNWANTED = _("The mail server took it for spam or unwanted mail.")
_BOUNCES: dict[int, Why] = {
    1: Why(_("The mail server sent it back without a clear reason."), _OTHER_CHANNEL),
    10: Why(_("This address does not exist."), _CHECK_ADDRESS),
    20: Why(_("The mail server could not take it, for a reason that may pass."), _WAIT),
    21: Why(_("The domain of this address could not be found."), _CHECK_ADDRESS),
    22: Why(_("The mailbox is full."), _WAIT),
    23: Why(_("The message was too large for this mailbox."), _("Leave attachments out, or choose another channel.")),
    24: Why(_("The mail server did not answer for three days."), _OTHER_CHANNEL),
    25: Why(
        _("SparkPost held it back: the address is on its own list of stops, or its rules forbid it."), _OTHER_CHANNEL
    ),
    30: Why(_("The mail server does not know this address."), _CHECK_ADDRESS),
    40: Why(_("The mail server sent it back, in words that do not say why."), _OTHER_CHANNEL),
    **dict.fromkeys((50, 51), Why(_UNWANTED, _OTHER_CHANNEL)),
    52: Why(_("The mail server took the words of the message for spam."), _OTHER_CHANNEL),
    53: Why(
        _("The mail server does not let an attachment like this through."),
        _("Leave the attachment out, or choose another channel."),
    ),
    54: Why(_("The mail server does not take mail for this address from us."), _OTHER_CHANNEL),
    60: Why(_("Answered by a machine, such as an out-of-office note. The message arrived."), _("Nothing needs doing.")),
    70: Why(_("The mail server lets us wait. SparkPost tries again by itself."), _BY_ITSELF),
    80: Why(_("The reader's mail program answered with a subscription, not with a reply."), _("Nothing needs doing.")),
    90: Why(_("The mail server says this person unsubscribed."), _RESPECT),
    100: Why(
        _("The reader's mail program asks the sender to prove to be human."),
        _("Choose another channel: the person may never see this message."),
    ),
}
# As SparkPost names them, for whoever talks to its support.
CLASS_NAMES: dict[int, str] = {
    1: "Undetermined",
    10: "Invalid Recipient",
    20: "Soft Bounce",
    21: "DNS Failure",
    22: "Mailbox Full",
    23: "Too Large",
    24: "Timeout",
    25: "Admin Failure",
    30: "Generic Bounce: No RCPT",
    40: "Generic Bounce",
    50: "Mail Block",
    51: "Spam Block",
    52: "Spam Content",
    53: "Prohibited Attachment",
    54: "Relaying Denied",
    60: "Auto-Reply",
    70: "Transient Failure",
    80: "Subscribe",
    90: "Unsubscribe",
    100: "Challenge-Response",
}
_GUARDS: dict[str, Sentence] = {
    "i8_suppressed": _RESPECT,
    "i8_erased": _("Nothing needs doing."),
    "i8_restricted": _("Nothing needs doing until the privacy officer lifts the restriction."),
    "i8_unchecked": _TELL_ADMINISTRATOR,
    "i8_legal_act": _TELL_ADMINISTRATOR,
}
_UNKNOWN = _("Why is not known (code %(code)s).")


def why(code: str) -> Why:
    """The words and the advice for one reason code; an empty code has neither, an unknown one says so."""
    if not code:
        return Why("")
    if code in _REASONS:
        return _REASONS[code]
    if code in REFUSALS:
        return Why(REFUSALS[code], _GUARDS.get(code, ""))
    what, _underscore, number = code.rpartition("_")
    if what == "bounce" and number.isdigit():
        return bounce(int(number))
    if what == "provider" and number.isdigit():
        return _PROVIDER.get(int(number)) or Why(str(_PROVIDER_OTHER) % {"code": number}, _TELL_ADMINISTRATOR)
    return Why(str(_UNKNOWN) % {"code": code}, _TELL_ADMINISTRATOR)


def bounce(number: int) -> Why:
    """The words for a class of bounces; one SparkPost adds later is one without a clear reason."""
    return _BOUNCES.get(number, _BOUNCES[1])


def is_known(code: str) -> bool:
    """Whether this code has words of its own."""
    what, _underscore, number = code.rpartition("_")
    tables = {"bounce": _BOUNCES, "provider": _PROVIDER}
    return code in _REASONS or code in REFUSALS or (number.isdigit() and int(number) in tables.get(what, {}))


def technical(code: str) -> str:
    """What to tell an administrator or SparkPost's support: the class of a bounce with its name, or the code."""
    what, _underscore, number = code.rpartition("_")
    if what == "bounce" and number.isdigit():
        return _("bounce class %(number)s (%(name)s)") % {
            "number": number,
            "name": CLASS_NAMES.get(int(number), "–"),
        }
    return f"SparkPost {number}" if what == "provider" and number.isdigit() else code
