"""The audit ledger: freely appended, sealed in ranges a moment later, anchored in the vault.

Writers take no lock. Each entry carries the number of its transaction; the sealer hashes the entries of transactions
below the oldest one still running, so that a late commit of a low number can never fall behind a seal. The hash of
every seal is copied to the vault, where a cut tail shows.
"""

import hashlib
import hmac
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import User
from privacy.models import LedgerDetail, LedgerEntry, LedgerSeal, Subject
from privacy.vault.models import LedgerHead

logger = logging.getLogger(__name__)

SEAL_LOCK = 0x57A7_5EA1
GENESIS = "0" * 64
SALT_BYTES = 32
UNSEALED_AFTER = timedelta(seconds=5)
KEPT = timedelta(days=5 * 366)

# Domain separation: the hash of an entry can never pass for the hash of a seal.
ENTRY_TAG = b"\x00watson ledger entry\x00"
SEAL_TAG = b"\x01watson ledger seal\x00"

_KIND = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*")
_CODE = re.compile(r"[A-Za-z0-9_.:+/\-]{0,80}")


# Writing


def append(
    kind: str, *, subject: Subject | UUID | None = None, actor: User | None = None, detail: str = "", **codes: Any
) -> LedgerEntry:
    """Add one entry. `codes` are ids, codes, counts and dates, never values; words go in `detail`, which can be erased.

    Raises ValueError for a code that could be somebody's words.
    """
    if len(kind) > 60 or not _KIND.fullmatch(kind):
        raise ValueError("A kind is a dotted code in lower case.")
    salt = os.urandom(SALT_BYTES) if detail else b""
    entry = LedgerEntry(
        kind=kind,
        subject_id=subject.pk if isinstance(subject, Subject) else subject,
        actor=actor.pk if actor else None,
        codes={name: _plain(name, value) for name, value in codes.items()},
        commitment=commitment(salt, detail) if detail else "",
    )
    with transaction.atomic():
        entry.save(force_insert=True)
        if detail:
            LedgerDetail.objects.create(entry=entry, salt=salt, text=detail)
    return entry


def commitment(salt: bytes, text: str) -> str:
    """What an entry says about its erasable words: HMAC-SHA256 in hex under a salt that is erased with them."""
    return hmac.new(bytes(salt), text.encode(), hashlib.sha256).hexdigest()


def _plain(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, UUID | date):
        return value.isoformat() if isinstance(value, date) else str(value)
    if isinstance(value, str) and _CODE.fullmatch(value):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        plain = [_plain(name, item) for item in value]
        return sorted(plain, key=str) if isinstance(value, set | frozenset) else plain
    raise ValueError(f"The code {name} of a ledger entry is an id, a code, a count or a date; words go in the detail.")


# Sealing


def seal() -> int:
    """Seal what was committed since the last seal and anchor the heads; the number of entries sealed.

    Returns 0 when another sealer is at work, or nothing is new. Runs in a transaction of its own.
    """
    anchored = _newest_head()
    with transaction.atomic():
        sealed = _seal_range(anchored)
    anchor()
    return sealed


def _seal_range(anchored: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEAL_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        # A statement of its own, before the entries are read: what ends in between has a number we leave for later.
        cursor.execute(
            "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint FROM pg_current_snapshot() s"
        )
        until, unborn = cursor.fetchone()
    last = LedgerSeal.objects.order_by("seq").last()
    since = last.until_xid if last else 0
    if unborn < since:
        logger.error("ledger: the transaction counter lies before the last seal; was this database restored?")
        return 0
    entries = LedgerEntry.objects.filter(xid__gte=since, xid__lt=until).order_by("xid", "id")
    previous = last.hash if last else GENESIS
    count, digest = _hash_range(previous, since, until, entries.iterator())
    if not count:
        return 0
    # Numbers the vault has seen are never used again, so that a cut tail leaves a gap instead of a conflict.
    seq = max(last.seq if last else 0, anchored) + 1
    LedgerSeal.objects.create(seq=seq, from_xid=since, until_xid=until, entries=count, previous=previous, hash=digest)
    return count


def _hash_range(previous: str, since: int, until: int, entries: Iterable[LedgerEntry]) -> tuple[int, str]:
    running = hashlib.sha256(SEAL_TAG + f"{previous}:{since}:{until}:".encode())
    count = 0
    for entry in entries:
        running.update(entry_hash(entry))
        count += 1
    running.update(f":{count}".encode())
    return count, running.hexdigest()


def entry_hash(entry: LedgerEntry) -> bytes:
    """SHA-256 over the canonical JSON of every column of an entry."""
    fields = {
        "id": str(entry.pk),
        "xid": entry.xid,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "kind": entry.kind,
        "subject": str(entry.subject_id) if entry.subject_id else None,
        "actor": str(entry.actor) if entry.actor else None,
        "codes": entry.codes,
        "commitment": entry.commitment,
    }
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(ENTRY_TAG + canonical.encode()).digest()


def anchor() -> int:
    """Copy the hashes of seals newer than the vault's newest head; how many. A vault out of reach is tried again."""
    try:
        newest = LedgerHead.objects.order_by("seq").last()
        if newest and LedgerSeal.objects.filter(seq=newest.seq).values_list("hash", flat=True).first() != newest.hash:
            logger.error("ledger: head %s in the vault is not the seal of that number", newest.seq)
        fresh = LedgerSeal.objects.filter(seq__gt=newest.seq if newest else 0).order_by("seq")
        heads = [LedgerHead(seq=seq, hash=digest) for seq, digest in fresh.values_list("seq", "hash")]
        # Another sealer may anchor the same ones at this moment; equal rows are no conflict worth an error.
        LedgerHead.objects.bulk_create(heads, ignore_conflicts=True)
    except DatabaseError as error:
        logger.error("ledger: the vault did not take the heads (%s)", type(error).__name__)
        return 0
    return len(heads)


def _newest_head() -> int:
    try:
        newest = LedgerHead.objects.order_by("seq").last()
    except DatabaseError:
        return 0
    return newest.seq if newest else 0


# Verifying


@dataclass(frozen=True)
class Problem:
    """Something wrong with the ledger: a code, a seal's number where there is one, and a sentence in plain words."""

    code: str
    sentence: str
    seq: int | None = None

    def __str__(self) -> str:
        return self.sentence


def verify(now: datetime | None = None) -> list[Problem]:
    """All that does not add up: changed, missing or forged entries, a broken chain, a cut tail, a late sealer."""
    now = now or timezone.now()
    newest = LedgerSeal.objects.order_by("seq").last()
    return [*_verify_seals(newest, now), *_verify_heads(newest, now), *_verify_open_end(newest, now)]


def _verify_seals(newest: LedgerSeal | None, now: datetime) -> Iterator[Problem]:
    if newest is None:
        return
    entries = iter(LedgerEntry.objects.filter(xid__lt=newest.until_xid).order_by("xid", "id").iterator(chunk_size=2000))
    entry = next(entries, None)
    previous: LedgerSeal | None = None
    for seal in LedgerSeal.objects.filter(seq__lte=newest.seq).order_by("seq").iterator(chunk_size=2000):
        expired = seal.at < now - KEPT
        if previous is None:
            if seal.seq > 1 and not expired:
                yield Problem("missing_seal", f"The seals before number {seal.seq} are missing.", seal.seq)
            elif seal.seq == 1 and (seal.previous != GENESIS or seal.from_xid != 0):
                yield Problem("chain", "The first seal does not begin the chain.", seal.seq)
        else:
            if seal.seq != previous.seq + 1:
                yield Problem(
                    "missing_seal", f"Between seals {previous.seq} and {seal.seq} there are seals missing.", seal.seq
                )
            if seal.previous != previous.hash or seal.from_xid != previous.until_xid:
                yield Problem(
                    "chain", f"Seal {seal.seq} does not follow on seal {previous.seq}: the chain is broken.", seal.seq
                )
        members = []
        while entry is not None and entry.xid < seal.until_xid:
            members.append(entry)
            entry = next(entries, None)
        count, digest = _hash_range(seal.previous, seal.from_xid, seal.until_xid, members)
        if count != seal.entries and not (expired and count < seal.entries):
            yield _miscount(seal, count)
        elif digest != seal.hash and count == seal.entries:
            yield Problem(
                "changed",
                f"The {seal.entries} entries under seal {seal.seq} are not those that were sealed: one was changed.",
                seal.seq,
            )
        previous = seal


def _miscount(seal: LedgerSeal, count: int) -> Problem:
    off = abs(seal.entries - count)
    if count < seal.entries:
        sentence = f"Under seal {seal.seq} there should be {seal.entries} entries, and {off} are missing."
        return Problem("missing", sentence, seal.seq)
    sentence = f"Under seal {seal.seq} there should be {seal.entries} entries, and {off} were added later."
    return Problem("forged", sentence, seal.seq)


def _verify_heads(newest: LedgerSeal | None, now: datetime) -> Iterator[Problem]:
    """The vault's copies against the seals: a copy without its seal is a cut, another hash is another history."""
    try:
        last_seal = newest.seq if newest else 0
        beyond = set(LedgerHead.objects.filter(seq__gt=last_seal).values_list("seq", flat=True))
        # A seal may have been made and anchored between our two looks.
        beyond -= set(LedgerSeal.objects.filter(seq__in=beyond).values_list("seq", flat=True))
        if beyond:
            yield Problem(
                "cut_tail",
                f"The vault knows {len(beyond)} seals after number {last_seal} that are gone here: the tail was cut.",
                last_seal,
            )
        seals = iter(LedgerSeal.objects.filter(seq__lte=last_seal).order_by("seq").iterator(chunk_size=2000))
        seal = next(seals, None)
        for head in LedgerHead.objects.filter(seq__lte=last_seal).order_by("seq").iterator(chunk_size=2000):
            while seal is not None and seal.seq < head.seq:
                yield from _unanchored(seal, now)
                seal = next(seals, None)
            if seal is None or seal.seq > head.seq:
                if head.anchored_at > now - KEPT:
                    yield Problem("missing_seal", f"The vault knows seal {head.seq}, but it is gone here.", head.seq)
                continue
            if seal.hash != head.hash:
                yield Problem("head", f"Seal {seal.seq} is not the one the vault knows by that number.", seal.seq)
            seal = next(seals, None)
        while seal is not None:
            yield from _unanchored(seal, now)
            seal = next(seals, None)
    except DatabaseError as error:
        yield Problem("vault", f"The vault cannot be read ({type(error).__name__}), so a cut tail would not show.")


def _unanchored(seal: LedgerSeal, now: datetime) -> Iterator[Problem]:
    if seal.at < now - UNSEALED_AFTER and seal.at > now - KEPT:
        yield Problem("unanchored", f"Seal {seal.seq} has no copy in the vault.", seal.seq)


def _verify_open_end(newest: LedgerSeal | None, now: datetime) -> Iterator[Problem]:
    since = newest.until_xid if newest else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        (unborn,) = cursor.fetchone()
    if unborn < since:
        yield Problem("rewound", "The transaction counter of this database lies before its last seal: it was restored.")
        return
    unsealed = LedgerEntry.objects.filter(xid__gte=since)
    if unsealed.filter(xid__gte=unborn).exists():
        yield Problem("forged", "There are entries of transactions that have not begun yet.")
    late = unsealed.filter(at__lt=now - UNSEALED_AFTER, xid__lt=unborn).count()
    if late:
        yield Problem(
            "unsealed",
            f"{late} entries are older than {UNSEALED_AFTER.seconds} seconds and not sealed:"
            " the sealer stands still, or a transaction stays open.",
        )
