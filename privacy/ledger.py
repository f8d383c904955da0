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

from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from privacy.models import LedgerDetail, LedgerEntry, LedgerSeal, Subject
from privacy.vault.models import LedgerHead, Restoration

logger = logging.getLogger(__name__)

LOOKS = 5
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

_APPEND = """
    INSERT INTO privacy_ledgerentry (id, kind, actor, subject_id, codes, commitment)
    SELECT gen_random_uuid(), %s, %s::uuid, given.subject, given.codes, ''
    FROM unnest(%s::uuid[], %s::jsonb[]) AS given(subject, codes)
"""


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
    if not detail:
        entry.save(force_insert=True)
        return entry
    with transaction.atomic():
        entry.save(force_insert=True)
        LedgerDetail.objects.create(entry=entry, salt=salt, text=detail)
    return entry


def append_all(kind: str, rows: Iterable[tuple[UUID | None, dict[str, Any]]], *, actor: User | None = None) -> None:
    """Add one entry of this kind for each (subject, codes) in one statement; as `append`, without details."""
    if len(kind) > 60 or not _KIND.fullmatch(kind):
        raise ValueError("A kind is a dotted code in lower case.")
    given = [(subject, {name: _plain(name, value) for name, value in codes.items()}) for subject, codes in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            _APPEND,
            [
                kind,
                actor.pk if actor else None,
                [None if subject is None else str(subject) for subject, _codes in given],
                [json.dumps(codes) for _subject, codes in given],
            ],
        )


def commitment(salt: bytes | memoryview, text: str) -> str:
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
        until, unborn = _horizon(cursor)
        shift = _shift(cursor)
        until, unborn = until + shift, unborn + shift
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


def _horizon(cursor: CursorWrapper) -> tuple[int, int]:
    """Below which transaction number everything in this database has ended, and the number of the next one.

    Read before the entries are: what ends in between has a number we leave for later. A snapshot counts the whole
    cluster, so transactions of other databases, which cannot write here, are left out. A backend is believed to be
    elsewhere only if it held its number before and after we read where it is: process ids are used again. One that
    ended in between could have been anywhere, so we look again.
    """
    for _look in range(LOOKS):
        cursor.execute(
            "SELECT pg_snapshot_xmax(s)::text::bigint, ARRAY(SELECT pg_snapshot_xip(s)::text::bigint),"
            " pg_current_xact_id_if_assigned()::text::bigint FROM pg_current_snapshot() s"
        )
        unborn, running, own = cursor.fetchone()
        if own is not None:
            # A snapshot does not list the transaction that takes it.
            running.append(own)
        if not running:
            return unborn, unborn
        before = _holders(cursor)
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datid <> (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        elsewhere = {pid for (pid,) in cursor.fetchall()}
        stayed = before & _holders(cursor)
        foreign = {number for pid, number in stayed if pid in elsewhere}
        here = [number for number in running if number & 0xFFFFFFFF not in foreign]
        if {number & 0xFFFFFFFF for number in here} <= {number for _pid, number in stayed}:
            break
        cursor.execute("SELECT pg_stat_clear_snapshot()")
    return min(here, default=unborn), unborn


def _shift(cursor: CursorWrapper) -> int:
    """How much higher this server's transactions count since the last restore; read after the horizon, so never less
    than what the entries below it were stamped with."""
    cursor.execute("SELECT COALESCE(max(shift), 0) FROM privacy_ledgerera")
    return int(cursor.fetchone()[0])


def begin_era(using: str) -> int:
    """After a restore, as the owner: let numbers go on above those that were sealed. The shift, 0 if none is needed."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT GREATEST(COALESCE((SELECT max(until_xid) FROM privacy_ledgerseal), 0),"
            " COALESCE((SELECT max(xid) + 1 FROM privacy_ledgerentry), 0)),"
            " pg_current_xact_id()::text::bigint, COALESCE((SELECT max(shift) FROM privacy_ledgerera), 0)"
        )
        needed, own, before = cursor.fetchone()
        shift = max(needed - own, before)
        if shift > before:
            cursor.execute("INSERT INTO privacy_ledgerera (shift, at) VALUES (%s, now())", [shift])
    return int(shift)


def _holders(cursor: CursorWrapper) -> set[tuple[int, int]]:
    """(process id, low half of the transaction number) of every transaction that has a number now."""
    cursor.execute(
        "SELECT pid, transactionid::text::bigint FROM pg_locks"
        " WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted"
    )
    return set(cursor.fetchall())


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
        seal = LedgerSeal.objects.filter(seq=newest.seq).values_list("hash", flat=True).first() if newest else None
        lost = newest is not None and seal is None and newest.seq in _lost()
        if newest and seal != newest.hash and not lost:
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


class _Lost:
    """The numbers of seals that are gone because the main database was put back from a backup, by the vault's account.

    Only a restore writes that account, as the owner, so nobody who cuts a tail can call it a restore.
    """

    def __init__(self, restorations: Iterable[Restoration]) -> None:
        self.ranges = [(one.last_seal, one.last_head) for one in restorations]

    def __contains__(self, seq: int) -> bool:
        return any(last < seq <= head for last, head in self.ranges)


def _lost() -> _Lost:
    return _Lost(Restoration.objects.all())


def restorations() -> list[str]:
    """What the vault knows of backups that were put back, each in plain words: when, and which seals went by that.

    That is no fault of the ledger, but somebody should know of each.
    """
    try:
        known = list(Restoration.objects.order_by("at"))
    except DatabaseError:
        return []
    told = []
    for one in known:
        words = {
            "day": date_format(timezone.localtime(one.at), "DATETIME_FORMAT"),
            "first": one.last_seal + 1,
            "last": one.last_head,
        }
        if one.last_head > one.last_seal:
            sentence = _(
                "On %(day)s the database was put back from a backup. Seals %(first)s to %(last)s were made after that"
                " backup, so they are gone, as is to be expected; everything before and after them was checked. If"
                " nobody here put a backup back then, find out who did."
            )
        else:
            sentence = _(
                "On %(day)s the database was put back from a backup that held every seal, so none is gone by that. If"
                " nobody here put a backup back then, find out who did."
            )
        told.append(sentence % words)
    return told


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
    try:
        # By the vault's clock: whoever can rewrite a seal can also make it look old.
        expired = LedgerHead.objects.filter(anchored_at__lt=now - KEPT).order_by("seq").last()
        lost = _lost()
        heads = list(_verify_heads(newest, now, lost))
    except DatabaseError as error:
        expired, lost = None, _Lost([])
        sentence = _("The vault cannot be read (%(error)s), so a cut tail would not show.")
        heads = [Problem("vault", sentence % {"error": type(error).__name__})]
    return [
        *_verify_seals(newest, expired.seq if expired else 0, lost),
        *heads,
        *_verify_open_end(newest, now),
    ]


def _verify_seals(newest: LedgerSeal | None, expired: int, lost: _Lost) -> Iterator[Problem]:
    """The chain and what lies under each seal; entries under seals up to `expired` may have been cleaned up."""
    if newest is None:
        return
    entries = iter(LedgerEntry.objects.filter(xid__lt=newest.until_xid).order_by("xid", "id").iterator(chunk_size=2000))
    entry = next(entries, None)
    previous: LedgerSeal | None = None
    for seal in LedgerSeal.objects.filter(seq__lte=newest.seq).order_by("seq").iterator(chunk_size=2000):
        yield from _verify_link(seal, previous, expired, lost)
        members = []
        while entry is not None and entry.xid < seal.until_xid:
            members.append(entry)
            entry = next(entries, None)
        count, digest = _hash_range(seal.previous, seal.from_xid, seal.until_xid, members)
        words = {"seq": seal.seq, "count": seal.entries, "off": abs(seal.entries - count)}
        if count > seal.entries:
            sentence = _("Under seal %(seq)s there should be %(count)s entries, and %(off)s were added later.")
            yield Problem("forged", sentence % words, seal.seq)
        elif count < seal.entries and seal.seq > expired:
            sentence = _("Under seal %(seq)s there should be %(count)s entries, and %(off)s are missing.")
            yield Problem("missing", sentence % words, seal.seq)
        elif count == seal.entries and digest != seal.hash:
            sentence = _("The %(count)s entries under seal %(seq)s are not those that were sealed: one was changed.")
            yield Problem("changed", sentence % words, seal.seq)
        previous = seal


def _verify_link(seal: LedgerSeal, previous: LedgerSeal | None, expired: int, lost: _Lost) -> Iterator[Problem]:
    """Whether a seal follows on the one before it, or begins the chain."""
    words = {"seq": seal.seq, "before": previous.seq if previous else 0}
    if previous is None:
        if seal.seq > expired + 1 and not all(seq in lost for seq in range(expired + 1, seal.seq)):
            yield Problem("missing_seal", _("The seals before number %(seq)s are missing.") % words, seal.seq)
        elif seal.seq == 1 and (seal.previous != GENESIS or seal.from_xid != 0):
            yield Problem("chain", _("The first seal does not begin the chain."), seal.seq)
        return
    if seal.seq <= previous.seq or any(seq not in lost for seq in range(previous.seq + 1, seal.seq)):
        sentence = _("Between seals %(before)s and %(seq)s there are seals missing.")
        yield Problem("missing_seal", sentence % words, seal.seq)
    if seal.previous != previous.hash or seal.from_xid != previous.until_xid:
        sentence = _("Seal %(seq)s does not follow on seal %(before)s: the chain is broken.")
        yield Problem("chain", sentence % words, seal.seq)


def _verify_heads(newest: LedgerSeal | None, now: datetime, lost: _Lost) -> Iterator[Problem]:
    """The vault's copies against the seals: a copy without its seal is a cut, another hash is another history."""
    last = newest.seq if newest else 0
    beyond = set(LedgerHead.objects.filter(seq__gt=last).values_list("seq", flat=True))
    # A seal may have been made and anchored between our two looks.
    beyond -= set(LedgerSeal.objects.filter(seq__in=beyond).values_list("seq", flat=True))
    beyond = {seq for seq in beyond if seq not in lost}
    if beyond:
        sentence = _("The vault knows %(count)s seals after number %(seq)s that are gone here: the tail was cut.")
        yield Problem("cut_tail", sentence % {"count": len(beyond), "seq": last}, last)
    seals = iter(LedgerSeal.objects.filter(seq__lte=last).order_by("seq").iterator(chunk_size=2000))
    seal = next(seals, None)
    for head in LedgerHead.objects.filter(seq__lte=last).order_by("seq").iterator(chunk_size=2000):
        while seal is not None and seal.seq < head.seq:
            yield from _unanchored(seal, now)
            seal = next(seals, None)
        if seal is None or seal.seq > head.seq:
            if head.anchored_at > now - KEPT and head.seq not in lost:
                sentence = _("The vault knows seal %(seq)s, but it is gone here.")
                yield Problem("missing_seal", sentence % {"seq": head.seq}, head.seq)
            continue
        if seal.hash != head.hash:
            sentence = _("Seal %(seq)s is not the one the vault knows by that number.")
            yield Problem("head", sentence % {"seq": seal.seq}, seal.seq)
        seal = next(seals, None)
    while seal is not None:
        yield from _unanchored(seal, now)
        seal = next(seals, None)


def _unanchored(seal: LedgerSeal, now: datetime) -> Iterator[Problem]:
    if now - KEPT < seal.at < now - UNSEALED_AFTER:
        yield Problem("unanchored", _("Seal %(seq)s has no copy in the vault.") % {"seq": seal.seq}, seal.seq)


def _verify_open_end(newest: LedgerSeal | None, now: datetime) -> Iterator[Problem]:
    """What is not sealed yet: it may be young, but neither old nor of a transaction still to come."""
    since = newest.until_xid if newest else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        unborn = cursor.fetchone()[0] + _shift(cursor)
    if unborn < since:
        sentence = _("The transaction counter of this database lies before its last seal: it was restored from a copy.")
        yield Problem("rewound", sentence)
        return
    unsealed = LedgerEntry.objects.filter(xid__gte=since)
    if unsealed.filter(xid__gte=unborn).exists():
        yield Problem("forged", _("There are entries of transactions that have not begun yet."))
    if late := unsealed.filter(at__lt=now - UNSEALED_AFTER, xid__lt=unborn).count():
        sentence = _(
            "%(count)s entries are older than %(seconds)s seconds and not sealed: the sealer stands still, or a"
            " transaction stays open."
        )
        yield Problem("unsealed", sentence % {"count": late, "seconds": UNSEALED_AFTER.seconds})
