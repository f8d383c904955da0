"""The code that opens a copy beside its link: derived from the copy and the code's number, never stored here."""

import hashlib
import hmac
from collections.abc import Mapping

from django.conf import settings

from privacy.models import DataCopy

DIGITS = 8


def code_of(copy: DataCopy) -> str:
    """The copy's current code, eight digits, under the current key."""
    return _code(copy, next(iter(_live_keys().values())))


def is_code(copy: DataCopy, typed: str) -> bool:
    """Whether this is the copy's current code, under any live key; blanks between the digits don't matter."""
    digits = "".join(typed.split())
    # Every key is tried, so that the time taken does not tell which one fits.
    matches = [hmac.compare_digest(digits.encode(), _code(copy, key).encode()) for key in _live_keys().values()]
    return any(matches)


def _live_keys() -> Mapping[str, bytes]:
    keys: Mapping[str, bytes] = settings.LINK_KEYS
    return keys


def _code(copy: DataCopy, key: bytes) -> str:
    message = b"copy-code" + copy.pk.bytes + copy.code_number.to_bytes(2, "big")
    return f"{int.from_bytes(hmac.new(key, message, hashlib.sha256).digest()[:8], 'big') % 10**DIGITS:0{DIGITS}}"
