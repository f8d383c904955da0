"""Keyed hashes of identifiers, so that a suppression list can recognise a person without holding an address.

The keys live outside the database. New entries use the first live key; look-ups use all of them, because an
entry cannot be hashed again under a new key: its plaintext is gone.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping

from django.conf import settings

KEY_BYTES = 32
_KEY_ID = re.compile(r"[a-z0-9]{1,16}")


def parse_keys(text: str) -> dict[str, bytes]:
    """Read `"2026a:<base64url of 32 bytes>,2025a:…"` into live keys, the current one first.

    Raises ValueError with a sentence that names the key's id, never its bytes.
    """
    keys: dict[str, bytes] = {}
    for position, entry in enumerate(filter(None, map(str.strip, text.split(","))), start=1):
        key_id, colon, encoded = entry.partition(":")
        if not colon or not _KEY_ID.fullmatch(key_id):
            raise ValueError(f"Entry {position} must read id:key; an id is 1 to 16 lower-case letters or digits.")
        if key_id in keys:
            raise ValueError(f"The key id {key_id} is used twice.")
        key = _decode(encoded)
        if key is None or len(key) != KEY_BYTES:
            raise ValueError(f"Key {key_id} must be {KEY_BYTES} bytes in base64url.")
        if key in keys.values():
            raise ValueError(f"Key {key_id} repeats an earlier key.")
        keys[key_id] = key
    if not keys:
        raise ValueError("At least one key is needed, written as id:key.")
    return keys


def live_keys() -> Mapping[str, bytes]:
    """The suppression keys of this installation, the current one first."""
    keys: Mapping[str, bytes] = settings.SUPPRESSION_KEYS
    return keys


def hashes(kind: str, normalised: str, keys: Mapping[str, bytes] | None = None) -> dict[str, str]:
    """HMAC-SHA256 in hex of a normalised identifier under every live key, by key id: for look-ups."""
    if not kind or "\0" in kind:
        raise ValueError("The kind of an identifier is a short code without NUL.")
    message = f"{kind}\0{normalised}".encode()
    live = live_keys() if keys is None else keys
    return {key_id: hmac.new(key, message, hashlib.sha256).hexdigest() for key_id, key in live.items()}


def current(kind: str, normalised: str, keys: Mapping[str, bytes] | None = None) -> tuple[str, str]:
    """The id of the current key and the hash under it: what a new entry stores."""
    return next(iter(hashes(kind, normalised, keys).items()))


def _decode(encoded: str) -> bytes | None:
    try:
        unpadded = encoded.rstrip("=")
        return base64.b64decode(unpadded + "=" * (-len(unpadded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
