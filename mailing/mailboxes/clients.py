"""What Watson asks of any mailbox, and how a mailbox says that it can't: one interface, IMAP and Gmail behind it.

Nothing here touches the database, so that no call to a mailbox ever stands in a transaction. A `ref` names one mail for
as long as a client is open; across runs a mail is known by `Letter.identity`.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import Any, Protocol

from mailing.replies import reading

#: The headers that are read to see whose mail it is; never its text.
HEADERS = ("From", "Sender", "To", "Cc", "Bcc", "Subject", "Date", "Message-ID", "In-Reply-To", "References")

_ADDRESS = re.compile(r"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+")


class Trouble(Exception):
    """A mailbox could not be asked: why, in a code of `wording.TROUBLES`; `after` so many seconds it may work again."""

    def __init__(self, code: str, after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.after = after


@dataclass(frozen=True)
class Letter:
    """The headers of one mail; addresses in lower case."""

    ref: str
    message_id: str
    thread: str
    sent_at: datetime | None
    senders: tuple[str, ...]
    receivers: tuple[str, ...]
    subject: str
    in_trash: bool = False

    @property
    def parties(self) -> frozenset[str]:
        return frozenset((*self.senders, *self.receivers))

    @property
    def identity(self) -> str:
        """A hash by which this mail is known again in another folder or another run."""
        known_by = self.message_id or f"{self.sent_at}|{self.senders}|{self.receivers}|{self.subject}"
        return hashlib.sha256(known_by.encode()).hexdigest()


@dataclass(frozen=True)
class Content:
    """The text of a mail, its formatted part where it has no plain one, and the names of its files."""

    text: str = ""
    files: tuple[str, ...] = ()


class Client(Protocol):
    """An open mailbox. Every call may raise Trouble; a mail that is gone already is no trouble."""

    def check(self) -> None:
        """Make sure that all that an erasure needs is there."""

    def sees(self) -> bool:
        """Whether a search finds a mail that is there: one that finds nothing has proved nothing otherwise."""

    def by_address(self, addresses: Iterable[str]) -> list[str]:
        """Mail, spam and bin included, with one of these in From, To, Cc or Bcc."""

    def by_words(self, words: Iterable[str]) -> list[str]:
        """Mail, spam and bin included, in which one of these stands anywhere."""

    def letters(self, refs: Sequence[str]) -> list[Letter]:
        """The headers of these mails, those that are gone left out."""

    def trash(self, refs: Sequence[str]) -> None:
        """Move these single mails, not their threads, to the bin."""

    def purge(self, refs: Sequence[str]) -> None:
        """Delete these single mails, not their threads, for good."""

    def content(self, ref: str) -> "Content":
        """One mail as a person reads it; empty when it is gone."""

    def sent_since(self, mark: str) -> tuple[list[str], str]:
        """Mail sent after this mark, and the mark to go on from. Without a mark: none, and where it stands now."""


Opened = AbstractContextManager[Client]


def letter_of(ref: str, raw: bytes, *, in_trash: bool = False) -> Letter:
    """The headers of a mail as they came. Never raises: what can't be read is empty."""
    message = BytesHeaderParser(policy=reading.POLICY).parsebytes(raw)
    return Letter(
        ref=ref,
        message_id=_first(message, "Message-ID"),
        thread=f"{_first(message, 'In-Reply-To')} {_first(message, 'References')}",
        sent_at=reading.moment(_first(message, "Date")),
        senders=_addresses(message, "From", "Sender"),
        receivers=_addresses(message, "To", "Cc", "Bcc"),
        subject=_decoded(message, "Subject"),
        in_trash=in_trash,
    )


def content_of(raw: bytes) -> Content:
    """A whole mail as it came. Never raises."""
    parsed = reading.mail_of(
        {"content": {"email_rfc822": base64.b64encode(raw).decode(), "email_rfc822_is_base64": True}}
    )
    return Content(parsed.text, tuple(file.name for file in parsed.files))


def gmail_from_or_to(address: str) -> str:
    """A search in Gmail's own words for mail from or to somebody (support.google.com/mail/answer/7190)."""
    quoted = gmail_words(address)
    return f"{{from:{quoted} to:{quoted} cc:{quoted} bcc:{quoted}}}"


def gmail_words(words: str) -> str:
    """A search in Gmail's own words for these words, in this order."""
    return '"{}"'.format(words.replace('"', " "))


def _raw(message: Any, name: str) -> list[str]:
    return [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]


def _first(message: Any, name: str) -> str:
    return " ".join(next(iter(_raw(message, name)), "").split())


def _addresses(message: Any, *names: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in (" ".join(value.split()) for name in names for value in _raw(message, name)):
        read = [address for _name, address in getaddresses([value]) if "@" in address]
        # What is no list of addresses by the rules is read as people would.
        found.update(dict.fromkeys(address.lower() for address in read or _ADDRESS.findall(value)))
    return tuple(found)


def _decoded(message: Any, name: str) -> str:
    try:
        return " ".join(str(message[name] or "").split())[:300]
    except Exception:  # a header nobody can decode is shown as it stands
        return _first(message, name)[:300]
