"""From what the relay webhook posts to a mail as a person reads it. Whatever comes in, nothing here raises.

Mail comes from anybody. The standard library's parser is kept to what people send: long headers and endless parts
make it take minutes, so headers are cut and a mail beyond measure is read by its headers and the provider's text.
"""

import base64
import binascii
import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.policy import EmailPolicy
from email.utils import parsedate_to_datetime
from typing import Any, cast

from mailing.models import InboundKind
from mailing.replies import html
from privacy.identifiers import BadContact, normalise_email

logger = logging.getLogger(__name__)

LONGEST_HEADER = 2_000
LONGEST_THREAD = 20_000  # References of a long conversation
LONGEST_TEXT = 100_000
MOST_PARTS = 1_000
MOST_NESTED = 40
CUT = "\n[…]"

_THREAD_HEADERS = ("references", "in-reply-to")
_BULK = ("bulk", "junk", "list", "auto_reply", "auto-reply")
_MACHINES = re.compile(r"(?:mailer-daemon|postmaster)@", re.I)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")


class CutHeaders(EmailPolicy):
    """The default policy, which parses a header when it is asked for, on headers no longer than people write."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name[:LONGEST_HEADER], value[: LONGEST_THREAD if name.lower() in _THREAD_HEADERS else LONGEST_HEADER]


POLICY = CutHeaders()


@dataclass(frozen=True)
class Attached:
    """One file as it came."""

    name: str
    data: bytes
    is_mail: bool = False


@dataclass
class Parsed:
    """One mail that came in: who, to which of our addresses, what it answers, its text and files."""

    rcpt_to: str
    kind: str = InboundKind.MAIL
    message_id: str = ""
    thread: str = ""  # In-Reply-To and References as they are
    from_email: str = ""
    from_name: str = ""
    subject_line: str = ""
    text: str = ""
    sent_at: datetime | None = None
    files: list[Attached] = field(default_factory=list)
    unreadable: bool = False
    content: bytes = b""


@dataclass(frozen=True)
class Envelope:
    """What the provider says of one mail."""

    sender: str
    to: str
    subject_line: str


def read(body: bytes) -> tuple[list[Parsed], int]:
    """The mails in a posted body and how many parts were set aside as malformed. Never raises."""
    try:
        posted = json.loads(body)
    except (ValueError, RecursionError):
        return [], int(bool(body.strip()))
    parts = list(_parts(posted))
    return [mail_of(relay) for relay in parts if relay is not None], parts.count(None)


def envelopes(body: bytes) -> list[Envelope]:
    """Whom the mails in a posted body are from, to which address and about what, unparsed. Never raises."""
    return [
        Envelope(
            sender=_line(relay.get("friendly_from") or relay.get("msg_from"), 254),
            to=_line(relay.get("rcpt_to"), 254),
            subject_line=_line(relay["content"].get("subject"), 300),
        )
        for relay in _relayed(body)
    ]


def originals(body: bytes) -> list[bytes]:
    """The mails in a posted body as their senders' servers handed them over. Never raises."""
    return [raw for relay in _relayed(body) if (raw := _raw(relay["content"]))]


def _relayed(body: bytes) -> list[Mapping[str, Any]]:
    try:
        return [relay for relay in _parts(json.loads(body)) if relay is not None]
    except (ValueError, RecursionError):
        return []


def _parts(posted: Any) -> Iterator[Mapping[str, Any] | None]:
    """Each relay_message of a post; None for a part that is none."""
    for item in posted if isinstance(posted, list) else [posted]:
        wrapped = item.get("msys") if isinstance(item, Mapping) else None
        if not isinstance(wrapped, Mapping):
            if item not in ({}, {"message": {"msys": {}}}):
                yield None
            continue
        for name, inner in wrapped.items():
            is_mail = name == "relay_message" and isinstance(inner, Mapping)
            yield inner if is_mail and isinstance(inner.get("content"), Mapping) else None


def mail_of(relay: Mapping[str, Any]) -> Parsed:
    """One relay_message as a mail; what cannot be parsed keeps what the provider says of it."""
    content = relay["content"]
    raw = _raw(content)
    parsed = Parsed(rcpt_to=_line(relay.get("rcpt_to"), 254), content=raw or repr(content).encode("utf-8", "replace"))
    try:
        message = None if not raw or _is_beyond_measure(raw) else BytesParser(policy=POLICY).parsebytes(raw)
        if message is not None:
            parsed.text, parsed.files = _body(cast(EmailMessage, message))
    except Exception as error:
        # Not its words: they are somebody's.
        logger.warning("mail: an incoming mail could not be parsed (%s)", type(error).__name__)
        message, parsed.files = None, []
    if message is None:
        parsed.unreadable = True
        parsed.text = _provided(content)
        message = BytesHeaderParser(policy=POLICY).parsebytes(raw.split(b"\n\n", 1)[0][:LONGEST_TEXT])
    parsed.text = _cut(_clean(parsed.text))
    _head(parsed, message, relay)
    return parsed


def _raw(content: Mapping[str, Any]) -> bytes:
    given = content.get("email_rfc822")
    if not isinstance(given, str):
        return b""
    if str(content.get("email_rfc822_is_base64")).lower() in ("true", "1"):
        try:
            return base64.b64decode("".join(given.split()) + "==").replace(b"\r\n", b"\n")
        except (binascii.Error, ValueError):
            return b""
    return given.encode("utf-8", "replace").replace(b"\r\n", b"\n")


def _is_beyond_measure(raw: bytes) -> bool:
    nested = raw.count(b"multipart/") + raw.count(b"Multipart/") + raw.count(b"message/rfc822")
    return nested > MOST_NESTED or (nested > 0 and raw.count(b"\n--") > MOST_PARTS)


def _provided(content: Mapping[str, Any]) -> str:
    text = content.get("text")
    if isinstance(text, str) and text.strip():
        return text[: LONGEST_TEXT * 2]
    markup = content.get("html")
    return html.text_of(markup) if isinstance(markup, str) else ""


# Headers


def _head(parsed: Parsed, message: Any, relay: Mapping[str, Any]) -> None:
    parsed.from_email, parsed.from_name = _sender(message, relay)
    parsed.subject_line = _line(_header(message, "Subject") or _text(relay["content"].get("subject")), 300)
    parsed.message_id = _line(_header(message, "Message-ID"), 300)
    parsed.thread = f"{_raw_header(message, 'In-Reply-To')} {_raw_header(message, 'References')}"
    parsed.sent_at = moment(_raw_header(message, "Date"))
    parsed.kind = _kind(message, relay, parsed.from_email)


def _header(message: Any, name: str) -> str:
    """A header decoded; as it stands where it can't be; never raises."""
    try:
        return str(message[name] or "")
    except Exception:
        return _raw_header(message, name)


def _raw_header(message: Any, name: str) -> str:
    return next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def _sender(message: Any, relay: Mapping[str, Any]) -> tuple[str, str]:
    try:
        first = next(iter(message["From"].addresses))
        name, candidates = first.display_name, [first.addr_spec]
    except Exception:
        name, candidates = "", [_raw_header(message, "From")]
    for given in (*candidates, _text(relay.get("friendly_from")), _text(relay.get("msg_from"))):
        try:
            return normalise_email(given), _line(name, 200)
        except BadContact:
            continue
    return "", _line(name, 200)


def moment(value: str) -> datetime | None:
    """The moment in a Date header; one without a zone is taken as UTC."""
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _kind(message: Any, relay: Mapping[str, Any], from_email: str) -> str:
    """Whether a person wrote it (RFC 3834, and what mail programs do besides)."""
    sender = relay.get("msg_from")
    from_nobody = isinstance(sender, str) and sender.strip() in ("", "<>")
    content_type = _raw_header(message, "Content-Type").lower()
    if "multipart/report" in content_type and "disposition-notification" not in content_type:
        return InboundKind.BOUNCE
    if _raw_header(message, "X-Failed-Recipients") or (from_nobody and _MACHINES.match(from_email)):
        return InboundKind.BOUNCE
    submitted = _raw_header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    answered = any(_raw_header(message, name) for name in ("X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond"))
    by_machine = submitted not in ("", "no") or _raw_header(message, "Precedence").strip().lower() in _BULK
    if by_machine or answered or from_nobody or "multipart/report" in content_type:
        return InboundKind.AUTO
    return InboundKind.MAIL


# Parts


def _body(message: EmailMessage) -> tuple[str, list[Attached]]:
    """The text of a mail (its plain part; without one its formatted part) and the files with it."""
    plain: list[str] = []
    formatted: list[str] = []
    files: list[Attached] = []
    for part in _leaves(message):
        kind = part.get_content_type()
        name = _file_name(part)
        if kind in ("text/plain", "text/html") and not name and part.get_content_disposition() != "attachment":
            (plain if kind == "text/plain" else formatted).append(_decoded(part))
        elif kind == "message/rfc822":
            files.append(Attached(name or "mail.eml", b"", is_mail=True))
        elif data := part.get_payload(decode=True):
            files.append(Attached(name or _nameless(kind), cast(bytes, data)))
    text = "\n".join(plain)
    return (text if text.strip() else "\n".join(html.text_of(one) for one in formatted)), files


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts of a mail, in order; a mail inside the mail is one part."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload()
        if part.get_content_type() != "message/rfc822" and isinstance(inner, list):
            waiting.extend(reversed(cast(list[EmailMessage], inner)))
        else:
            yield part


def _file_name(part: EmailMessage) -> str:
    try:
        return _line(part.get_filename() or "", 200)
    except Exception:
        return "file"


def _nameless(kind: str) -> str:
    return {"text/calendar": "invitation.ics"}.get(kind, "file")


def _decoded(part: EmailMessage) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    data = data[: LONGEST_TEXT * 8]
    for charset in (part.get_content_charset("utf-8"), "utf-8", "cp1252"):
        try:
            return data.decode(charset)
        except (LookupError, ValueError):
            continue
    return data.decode("utf-8", "replace")


# Words


def _text(value: Any) -> str:
    return value[: LONGEST_HEADER * 2] if isinstance(value, str) else ""


def _line(value: Any, longest: int) -> str:
    return " ".join(_clean(_text(value)).split())[:longest]


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _cut(text: str) -> str:
    lines = [line[:5_000] for line in text[:LONGEST_TEXT].split("\n")]
    cut = "\n".join(lines).strip()
    return cut if len(text) <= LONGEST_TEXT else f"{cut}{CUT}"
