"""Mail the other way: somebody answers, or writes for the first time, and the relay webhook posts it."""

import base64
import json
import mimetypes
import time
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import formataddr, formatdate, make_msgid, parseaddr
from typing import Any
from urllib.parse import parse_qsl

from mailing.sparkpost.standin import web
from mailing.sparkpost.standin.store import Mail

LONGEST_MAIL = 20 * 1024 * 1024


class NotRelayed(Exception):
    """There is nowhere to post it, or nobody took it."""


@dataclass
class Relay:
    """Where incoming mail is posted, and with what: a token of its own, for relay webhooks know no Basic auth."""

    url: str = ""
    token: str = ""
    secret: str = ""
    domain: str = ""

    def post(self, mail: EmailMessage, *, rcpt_to: str) -> str:
        """Post one mail as documented; raises NotRelayed."""
        if not self.url:
            raise NotRelayed("This stand-in was started without --relay-url, so incoming mail goes nowhere.")
        headers = {"Content-Type": "application/json", "User-Agent": "SparkPost"}
        if self.token:
            headers["X-MessageSystems-Webhook-Token"] = self.token
        if self.secret:
            headers["X-Watson-Secret"] = self.secret
        body = json.dumps([{"msys": {"relay_message": relay_message(mail, rcpt_to)}}]).encode()
        reply = web.call("POST", self.url, body=body, headers=headers)
        if reply.status != 200:
            raise NotRelayed(f"The relay webhook answered {reply.status or reply.body}. SparkPost would try again.")
        return f"{parseaddr(str(mail['From']))[1]} wrote to {rcpt_to}"


def answer(mail: Mail, form: "Form") -> tuple[EmailMessage, str]:
    """What a mail program sends when the reader of a mail presses Reply; and to which address."""
    address = form.get("from") or mail.to
    name = mail.to_name if address == mail.to else ""
    to = parseaddr(mail.reply_to or mail.from_email)[1]
    when = time.strftime("%a, %d %b %Y at %H:%M", time.localtime(mail.received))
    quoted = "\n".join(f"> {line}".rstrip() for line in (mail.text or "").splitlines())
    intro = f"On {when} {mail.from_name or mail.from_email} <{to}> wrote:"
    automatic = form.get("automatic") == "1"
    written = _written(form, name, address, to, f"Re: {mail.subject}", f"{form.get('text')}\n\n{intro}\n{quoted}\n")
    named = {key.lower(): value for key, value in mail.headers.items()}
    if own := named.get("message-id"):
        written["In-Reply-To"] = own
        written["References"] = own
    if automatic:
        written["Auto-Submitted"] = "auto-replied"
    return written, to


def first(form: "Form") -> tuple[EmailMessage, str]:
    """What somebody sends who writes by themselves."""
    to = form.get("to")
    name, address = parseaddr(form.get("from"))
    return _written(form, name, address, to, form.get("subject"), form.get("text")), to


def relay_message(mail: EmailMessage, rcpt_to: str) -> dict[str, Any]:
    """The documented body: the mail itself, and the provider's own splitting of it."""
    raw = mail.as_bytes(policy=policy.SMTP)
    try:
        text, in_base64 = raw.decode(), False
    except UnicodeDecodeError:
        text, in_base64 = base64.b64encode(raw).decode(), True
    plain, formatted = mail.get_body(("plain",)), mail.get_body(("html",))
    sender = parseaddr(str(mail["From"]))[1]
    return {
        "content": {
            "html": formatted.get_content() if formatted else "",
            "text": plain.get_content() if plain else "",
            "subject": str(mail["Subject"] or ""),
            "to": [str(mail["To"])],
            "cc": [],
            "headers": [{name: str(value)} for name, value in mail.items()],
            "email_rfc822": text,
            "email_rfc822_is_base64": in_base64,
        },
        "friendly_from": sender,
        # A machine's answer has no envelope sender, so that nobody answers it (RFC 3834).
        "msg_from": "" if mail["Auto-Submitted"] else sender,
        "rcpt_to": rcpt_to,
        "webhook_id": "standin-relay",
        "protocol": "smtp",
        "customer_id": "1",
    }


@dataclass
class Form:
    """The fields and the one file of a posted form."""

    fields: dict[str, str] = field(default_factory=dict)
    file_name: str = ""
    file: bytes = b""

    def get(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    @classmethod
    def read(cls, body: bytes, content_type: str) -> "Form":
        """A form as a browser posts it, with or without a file."""
        if "multipart/form-data" not in content_type:
            return cls(dict(parse_qsl(body.decode("utf-8", "replace"))))
        head = f"Content-Type: {content_type}\r\n\r\n".encode()
        form = cls()
        for part in BytesParser(policy=policy.HTTP).parsebytes(head + body).iter_parts():
            name = part.get_param("name", "", header="content-disposition")
            data = part.get_payload(decode=True) or b""
            if not isinstance(data, bytes):
                continue
            if part.get_filename():
                form.file_name, form.file = str(part.get_filename()), data
            else:
                form.fields[str(name)] = data.decode("utf-8", "replace")
        return form


def _written(form: Form, name: str, address: str, to: str, subject: str, text: str) -> EmailMessage:
    if "@" not in address or "@" not in to:
        raise NotRelayed("A mail needs an address it comes from and one it goes to.")
    mail = EmailMessage()
    mail["From"] = formataddr((name, address))
    mail["To"] = to
    mail["Subject"] = " ".join(subject.split())
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain=address.rpartition("@")[2] or "reader.example")
    mail.set_content(text.replace("\r\n", "\n"))
    if form.file_name:
        if len(form.file) > LONGEST_MAIL:
            raise NotRelayed("SparkPost takes no mail above 20 MB.")
        main, _slash, sub = (mimetypes.guess_type(form.file_name)[0] or "application/octet-stream").partition("/")
        mail.add_attachment(form.file, maintype=main, subtype=sub, filename=form.file_name)
    return mail
