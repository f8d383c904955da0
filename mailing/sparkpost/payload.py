"""The JSON of one transmission: one recipient, an opaque id, and nothing SparkPost takes for a template."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

CAMPAIGN_BYTES = 64
# These have fields of their own, or belong to SparkPost.
RESERVED_HEADERS = frozenset(
    {"to", "cc", "bcc", "from", "subject", "reply-to", "content-type", "content-transfer-encoding"}
)

_SPACE = re.compile(r"\s+|[\x00-\x1f\x7f]+")
_RUN = re.compile(r"\{+|\}+")
_MACROS = {
    "{": ("{{opening_double_curly()}}", "{{opening_triple_curly()}}"),
    "}": ("{{closing_double_curly()}}", "{{closing_triple_curly()}}"),
}
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def neutralise(value: str) -> str:
    """`value` on one line, with each run of braces as SparkPost's own macro for it.

    Headers, subject and names are substituted even with `perform_substitutions` off. There is no macro for
    a single brace; one that would touch a macro's braces gets a space between.
    """
    line = _SPACE.sub(" ", value).strip()
    out = ""
    position = 0
    for run in _RUN.finditer(line):
        plain = line[position : run.start()]
        piece, macro = run.group(), len(run.group()) > 1
        if macro:
            double, triple = _MACROS[piece[0]]
            odd = len(piece) % 2
            piece = triple * odd + double * ((len(piece) - 3 * odd) // 2)
        out += plain
        # '{' before '{{…' reads as '{{{', '}' after '…}}' as '}}}'.
        if not plain and ((macro and out.endswith("{")) or (piece == "}" and out.endswith("}"))):
            out += " "
        out += piece
        position = run.end()
    return out + line[position:]


def build(
    *,
    message_id: UUID,
    to_email: str,
    to_name: str,
    from_name: str,
    from_email: str,
    reply_to: str,
    subject: str,
    text: str,
    html: str,
    campaign_id: str,
    open_tracking: bool,
    click_tracking: bool,
    transactional: bool,
    headers: Mapping[str, str],
) -> dict[str, Any]:
    """The payload of one message to one person; raises ValueError for what SparkPost would refuse or misread.

    Metadata is only encoded, not hidden, in the mail itself: it holds the message's id alone.
    """
    if len(campaign_id.encode()) > CAMPAIGN_BYTES:
        raise ValueError(f"A campaign id is at most {CAMPAIGN_BYTES} bytes.")
    if not (text or html):
        raise ValueError("A message needs a text or an HTML part.")
    sent_headers: dict[str, str] = {}
    for name, value in headers.items():
        if name.lower() in RESERVED_HEADERS or not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} can't be set as a header.")
        sent_headers[name] = neutralise(value)
    content: dict[str, Any] = {
        "from": {"name": neutralise(from_name), "email": _address(from_email)},
        "subject": neutralise(subject),
    }
    if reply_to:
        content["reply_to"] = neutralise(reply_to)
    if text:
        content["text"] = text
    if html:
        content["html"] = html
    if sent_headers:
        content["headers"] = sent_headers
    return {
        "options": {
            "open_tracking": open_tracking,
            # Left out, it is the account's setting: tracking that nobody chose.
            "initial_open": open_tracking,
            "click_tracking": click_tracking,
            "transactional": transactional,
            "perform_substitutions": False,
        },
        **({"campaign_id": _plain(campaign_id)} if campaign_id else {}),
        "recipients": [
            {
                "address": {
                    "email": _address(to_email),
                    **({"name": neutralise(to_name)} if to_name.strip() else {}),
                },
                "metadata": {"message": str(message_id)},
            }
        ],
        "content": content,
    }


def _address(value: str) -> str:
    address = value.strip()
    local, _, domain = address.rpartition("@")
    if not local or not domain or _SPACE.search(address):
        raise ValueError("This isn't an e-mail address.")
    return _plain(address)


def _plain(value: str) -> str:
    if "{{" in value or "}}" in value:
        raise ValueError("Double braces can't stand in an address or a campaign id.")
    return value
