"""The shape of one kind's words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Subject and body of the mail, and the short text for InMail, WhatsApp, SMS or the phone."""

    subject: str
    body: str
    short: str = ""
