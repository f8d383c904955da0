"""Our own reply addresses and Message-IDs, which say by its id alone which message is answered; those of vacancies."""

import re
from email.utils import formataddr
from uuid import UUID

from django.conf import settings

_REPLY = re.compile(r"r-([0-9a-f]{32})@(.+)", re.I)
_VACANCY = re.compile(r"vacature-([0-9a-f]{10})@(.+)", re.I)
_OURS = re.compile(r"m-([0-9a-f]{32})@", re.I)


def reply_to(message_id: UUID, *, name: str, otherwise: str) -> str:
    """Where an answer to this message goes: its own address at the inbound domain, or `otherwise` without one."""
    if not settings.MAIL_INBOUND_DOMAIN:
        return otherwise
    return formataddr((name, f"r-{message_id.hex}@{settings.MAIL_INBOUND_DOMAIN}"))


def message_id_header(message_id: UUID) -> dict[str, str]:
    """Our own Message-ID, so that an answer's In-Reply-To names the message; SparkPost may put its own over it."""
    if not settings.MAIL_INBOUND_DOMAIN:
        return {}
    return {"Message-ID": f"<m-{message_id.hex}@{settings.MAIL_INBOUND_DOMAIN}>"}


def answered_by_headers(thread: str) -> list[UUID]:
    """The messages that In-Reply-To and References name, the one answered directly first."""
    # In-Reply-To comes first; References run from the oldest to the newest.
    first, _space, rest = thread.partition(" ")
    found = [*_OURS.findall(first), *reversed(_OURS.findall(rest))]
    return [UUID(hexed) for hexed in dict.fromkeys(found)]


def of_vacancy(vacancy_id: UUID) -> str:
    """Where anybody may write about a vacancy, such as `vacature-0a1b2c3d4e@…`; empty without an inbound domain."""
    domain = settings.MAIL_INBOUND_DOMAIN
    return f"vacature-{vacancy_id.hex[:10]}@{domain}" if domain else ""


def vacancy_code(rcpt_to: str) -> str:
    """The first ten hexadecimal digits of the vacancy whose address this is; empty for any other address."""
    return _ours(_VACANCY, rcpt_to).lower()


def answered_by_address(rcpt_to: str) -> UUID | None:
    """The message whose reply address this is."""
    found = _ours(_REPLY, rcpt_to)
    return UUID(found) if found else None


def _ours(pattern: re.Pattern[str], rcpt_to: str) -> str:
    found = pattern.fullmatch(rcpt_to.strip().strip("<>"))
    domain = settings.MAIL_INBOUND_DOMAIN
    return found[1] if found and domain and found[2].lower().rstrip(".") == domain.lower() else ""
