"""Sealing of small secrets with AES-256-GCM under keys that live outside the database.

A sealed blob is: one byte with the length of the key's id, the id, a 12-byte nonce, the ciphertext with its
tag. The context (what the blob is and whose, such as `"screening:<uuid>"`) is authenticated but not stored,
so that a blob moved to another row or column does not open there.
"""

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
TAG_BYTES = 16


class Unsealable(Exception):
    """The blob was not sealed here, was changed, belongs to another context, or its key is gone."""


def seal(data: bytes, *, context: str) -> bytes:
    """Seal `data` under the current key; `unseal` opens it with the same context only."""
    key_id, key = next(iter(_live_keys().items()))
    name = key_id.encode("ascii")
    header = bytes([len(name)]) + name
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + AESGCM(key).encrypt(nonce, data, header + context.encode())


def unseal(blob: bytes | memoryview, *, context: str) -> bytes:
    """The data in a blob made by `seal` with this context under any live key. Raises Unsealable."""
    sealed = bytes(blob)
    if not sealed:
        raise Unsealable("An empty blob holds nothing.")
    body = 1 + sealed[0]
    header, nonce, ciphertext = sealed[:body], sealed[body : body + NONCE_BYTES], sealed[body + NONCE_BYTES :]
    if len(ciphertext) < TAG_BYTES:
        raise Unsealable("The blob is too short to be a sealed one.")
    key = _live_keys().get(header[1:].decode("ascii", errors="replace"))
    if key is None:
        raise Unsealable("The key this was sealed with is not among the live ones.")
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, header + context.encode())
    except InvalidTag:
        raise Unsealable("The blob was changed, or belongs to another context.") from None


def _live_keys() -> Mapping[str, bytes]:
    keys: Mapping[str, bytes] = settings.SEAL_KEYS
    return keys
