"""What an erased person is searched for: each identifier in every form in which it may have been written down.

Pure: no database. An address that is gone as text may still stand as hex in a dump of bytes, in base64 in a queued job,
or with its digits apart. Names are too common to condemn a place by; they only make a list for a person to look at.
"""

import base64
import ipaddress
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.charset import QP, Charset
from urllib.parse import quote

NAME = "name"
EMAIL = "email"
PHONE = "phone"
URL = "url"
# Where the answer goes; the same address stands under its own kind too.
ANSWER = "answer"
# An owner of a key in the vault: nothing to search for.
KEY = "key"
# Short of this a form would be found in anything.
SHORTEST = 6
PHONE_DIGITS = 9

Identifier = tuple[str, str]


@dataclass(frozen=True)
class Needles:
    """Forms to search for, in lower case where the search ignores case, each with the identifier it is of.

    `strict` may be nowhere but in other people's rows; `soft` (names) are counted and shown, nothing more.
    """

    strict: dict[bytes, Identifier]
    soft: dict[bytes, Identifier]

    def __bool__(self) -> bool:
        return bool(self.strict)


def kind_of(value: str) -> str:
    """What an identifier looks like, by which it is decided how it is searched for."""
    text = value.strip()
    if re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        return EMAIL
    if _is_ip(text):
        return NAME  # many people's
    if re.match(r"(?:https?://|www\.)", text, re.IGNORECASE):
        return URL
    if re.fullmatch(r"[\d\s()+\-./]+", text) and len(re.sub(r"\D", "", text)) >= PHONE_DIGITS:
        return PHONE
    return NAME


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def of(identifiers: Iterable[Identifier]) -> Needles:
    """Every form of these (kind, value)."""
    strict: dict[bytes, Identifier] = {}
    soft: dict[bytes, Identifier] = {}
    for kind, value in dict.fromkeys(identifiers):
        if kind in (ANSWER, KEY):
            continue
        where = soft if kind == NAME else strict
        for form in forms(kind, value):
            where.setdefault(form, (kind, value))
    return Needles(strict, soft)


def forms(kind: str, value: str) -> list[bytes]:
    """All spellings of one identifier, as lower-case bytes, the plain one first."""
    texts = [spelling for spelling in dict.fromkeys(_spellings(kind, value.strip())) if len(spelling) >= SHORTEST]
    found: dict[bytes, None] = {}
    for text in texts:
        for form in _encoded(text):
            if len(form) >= SHORTEST:
                found[form.lower()] = None
    return list(found)


def _spellings(kind: str, value: str) -> Iterable[str]:
    low = value.lower()
    yield low
    if value != low:
        yield value
    if kind == EMAIL:
        local, _at, domain = low.rpartition("@")
        for name in _punycode(domain):
            yield f"{local}@{name}"
    elif kind == PHONE:
        digits = re.sub(r"\D", "", value)[-PHONE_DIGITS:]
        if len(digits) == PHONE_DIGITS:
            yield digits
            # As people write it: 6 12345678, 6-12345678, 12 34 56 78.
            pairs = [digits[place : place + 2] for place in range(1, PHONE_DIGITS, 2)]
            for apart in (" ", "-", "."):
                yield f"{digits[0]}{apart}{digits[1:]}"
                yield apart.join(pairs)
    elif kind == URL:
        bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", low).rstrip("/")
        if "/" in bare:  # a bare domain is a company's, not a person's
            yield bare


def _punycode(domain: str) -> Iterable[str]:
    for codec in (lambda: domain.encode("idna").decode(), lambda: domain.encode("ascii").decode("idna")):
        try:
            other = codec()
        except (UnicodeError, ValueError):
            continue
        if other != domain:
            yield other


def _encoded(text: str) -> Iterable[bytes]:
    raw = text.encode()
    yield raw
    yield quote(text, safe="").encode()
    yield quote(text).encode()
    yield raw.hex().encode()
    yield json.dumps(text)[1:-1].encode()
    # A COPY of a column that holds JSON doubles the backslashes of its escapes.
    yield json.dumps(text)[1:-1].replace("\\", "\\\\").encode()
    charset = Charset("utf-8")
    charset.body_encoding = QP
    yield charset.body_encode(text).encode()
    yield "".join(f"={byte:02X}" if chr(byte) in "@=" or byte > 126 else chr(byte) for byte in raw).encode()
    for offset in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            coded = encode(b"\0" * offset + raw)
            # Bytes at either end also depend on their neighbours, which nobody knows.
            begin = (0, 2, 3)[offset]
            whole = (offset + len(raw)) * 8 // 6
            yield coded[begin:whole]
