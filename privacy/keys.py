"""Keys of files, one per owner, in the vault: a person's key is destroyed with the person (crypto-shredding).

What an owner's key sealed opens nowhere else: the context is authenticated, as in `privacy.sealing`. The vault holds
each key sealed under SEAL_KEYS, so that neither the vault nor the main database nor the environment
alone opens a file.
"""

import os
from collections.abc import Iterable
from uuid import UUID, uuid5

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privacy import sealing
from privacy.sealing import NONCE_BYTES, TAG_BYTES, Unsealable
from privacy.vault.models import FileKey

KEY_BYTES = 32
# No id of a key in SEAL_KEYS can look like this, so the two kinds of blob are never confused.
MARK = b"\x06@owner"
ORGANISATION = uuid5(UUID(int=0), "organisation")


def seal(owner: UUID, data: bytes, *, context: str) -> bytes:
    """Seal `data` under the key of its owner, made on first use; not within a transaction of the main database."""
    key = _open(_held([owner]).get(owner) or _make(owner), owner)
    nonce = os.urandom(NONCE_BYTES)
    return MARK + owner.bytes + nonce + AESGCM(key).encrypt(nonce, data, MARK + owner.bytes + context.encode())


def unseal(blob: bytes | memoryview, *, context: str) -> bytes:
    """What `seal` sealed, or `privacy.sealing` did before owners had keys. Raises Unsealable."""
    return unseal_all([(blob, context)])[0]


def unseal_all(blobs: Iterable[tuple[bytes | memoryview, str]]) -> list[bytes]:
    """The same for many (blob, context), with one query for their keys. Raises Unsealable."""
    rows = [(bytes(blob), context) for blob, context in blobs]
    held = _held(owner for blob, _context in rows if (owner := owner_of(blob)))
    return [_unseal(blob, context, held) for blob, context in rows]


def owner_of(blob: bytes) -> UUID | None:
    """Whose key a blob was sealed under; None for one of `privacy.sealing`."""
    start = len(MARK)
    return UUID(bytes=blob[start : start + 16]) if blob.startswith(MARK) and len(blob) >= start + 16 else None


def destroy(owners: Iterable[UUID]) -> int:
    """Destroy the keys of these owners: what they sealed is unreadable from now on. How many there were."""
    return FileKey.objects.filter(owner__in=list(owners)).delete()[0]


def _unseal(blob: bytes, context: str, held: dict[UUID, FileKey]) -> bytes:
    owner = owner_of(blob)
    if owner is None:
        return sealing.unseal(blob, context=context)
    if owner not in held:
        raise Unsealable("The key this was sealed with was destroyed.")
    body = blob[len(MARK) + 16 :]
    if len(body) < NONCE_BYTES + TAG_BYTES:
        raise Unsealable("The blob is too short to be a sealed one.")
    try:
        return AESGCM(_open(held[owner], owner)).decrypt(
            body[:NONCE_BYTES], body[NONCE_BYTES:], MARK + owner.bytes + context.encode()
        )
    except InvalidTag:
        raise Unsealable("The blob was changed, or belongs to another context.") from None


def _held(owners: Iterable[UUID]) -> dict[UUID, FileKey]:
    wanted = set(owners)
    return FileKey.objects.in_bulk(wanted) if wanted else {}


def _make(owner: UUID) -> FileKey:
    fresh = FileKey(owner=owner, key=sealing.seal(os.urandom(KEY_BYTES), context=_context(owner)))
    # Two may make it at once: the first one stands.
    FileKey.objects.bulk_create([fresh], ignore_conflicts=True)
    return FileKey.objects.get(pk=owner)


def _open(row: FileKey, owner: UUID) -> bytes:
    return sealing.unseal(row.key, context=_context(owner))


def _context(owner: UUID) -> str:
    return f"filekey:{owner}"
