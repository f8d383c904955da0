"""Mails as people send them, and the body in which the relay webhook brings them."""

import base64
import itertools
import json
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from django.utils import timezone

DOMAIN = "reply.search.example"
_count = itertools.count(1)


def letter(text: str = "Dat klinkt goed.", *, html: str = "", **headers: Any) -> EmailMessage:
    """A mail of Anna's, with these headers over the usual ones (`From_`, `In_Reply_To`); None takes one away."""
    message = EmailMessage()
    given = {
        "From": "Anna de Vries <anna@person.example>",
        "To": f"info@{DOMAIN}",
        "Subject": "Re: Vacature",
        "Date": format_datetime(timezone.now()),
        "Message-ID": f"<{next(_count)}.letter@person.example>",
        **{name.strip("_").replace("_", "-"): value for name, value in headers.items()},
    }
    for name, value in given.items():
        if value is not None:
            message[name] = value
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message


def attach(message: EmailMessage, name: str, data: bytes, kind: str = "application/octet-stream") -> EmailMessage:
    """The mail with one more file."""
    main, _slash, sub = kind.partition("/")
    message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message


def relay(message: EmailMessage | bytes, *, to: str = "", in_base64: bool = False, **fields: Any) -> bytes:
    """What SparkPost posts for one mail; `fields` over those of relay_message, None takes one away."""
    raw = message if isinstance(message, bytes) else message.as_bytes()
    sender = "anna@person.example" if isinstance(message, bytes) else str(message["From"] or "")
    inner = {
        "content": {
            "html": "",
            "text": "what the provider made of it",
            "subject": "as the provider has it",
            "to": [to],
            "cc": [],
            "headers": [{"Subject": "as the provider has it"}],
            "email_rfc822": base64.b64encode(raw).decode() if in_base64 else raw.decode("utf-8", "replace"),
            "email_rfc822_is_base64": in_base64,
        },
        "friendly_from": sender.partition("<")[2].rstrip(">") or sender,
        "msg_from": sender.partition("<")[2].rstrip(">") or sender,
        "rcpt_to": to or f"info@{DOMAIN}",
        "webhook_id": "4839201967643219",
        "protocol": "smtp",
        "customer_id": "1337",
        **fields,
    }
    kept = {name: value for name, value in inner.items() if value is not None}
    return json.dumps([{"msys": {"relay_message": kept}}]).encode()


def reply_address(message: Any) -> str:
    """The address to which answers to a message of ours go."""
    return f"r-{message.pk.hex}@{DOMAIN}"
