"""Mails as bytes, for mailboxes."""

from email.message import EmailMessage


def mail(sender: str, to: str, subject: str, text: str = "Hallo", **headers: str) -> bytes:
    """One mail; more headers by name, `In_Reply_To="<…>"`."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = "Mon, 23 Nov 2026 10:00:00 +0100"
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    message["Message-ID"] = given.pop("Message-ID", f"<{abs(hash((sender, to, subject)))}@elsewhere.example>")
    for name, value in given.items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes()
