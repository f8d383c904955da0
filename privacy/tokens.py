"""Tokens of the links in a person's hands: derived at hand-over from the link's id, never stored.

A token is the link's UUID and 16 bytes of an HMAC over its purpose and that UUID, in base64url without
padding. Whoever reads the database has the ids but not the key, and so holds no working link.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings

ID_BYTES = 16
TAG_BYTES = 16
TOKEN_LENGTH = 43


def token_for(link_id: UUID, purpose: str) -> str:
    """The token of a link for one purpose, 43 characters that are safe in a URL, under the current key."""
    key = next(iter(_live_keys().values()))
    return _encode(link_id.bytes + _tag(key, purpose, link_id.bytes))


def read_token(token: str, purpose: str) -> UUID | None:
    """The id in a token made for this purpose under any live key; None for anything else. Never raises."""
    raw = _decode(token)
    if raw is None:
        return None
    link, tag = raw[:ID_BYTES], raw[ID_BYTES:]
    # Every key is tried, so that the time taken does not tell which one fits.
    matches = [hmac.compare_digest(tag, _tag(key, purpose, link)) for key in _live_keys().values()]
    return UUID(bytes=link) if any(matches) else None


def _live_keys() -> Mapping[str, bytes]:
    keys: Mapping[str, bytes] = settings.LINK_KEYS
    return keys


def _tag(key: bytes, purpose: str, link: bytes) -> bytes:
    return hmac.new(key, purpose.encode() + link, hashlib.sha256).digest()[:TAG_BYTES]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(token: object) -> bytes | None:
    if not isinstance(token, str) or len(token) != TOKEN_LENGTH:
        return None
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=")
    except (UnicodeEncodeError, binascii.Error):
        return None
    # Decoding forgives foreign characters and stray bits; a token has one spelling only.
    return raw if len(raw) == ID_BYTES + TAG_BYTES and _encode(raw) == token else None
