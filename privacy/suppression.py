"""Who must not be contacted, recognised by keyed hash: no address and no name is kept (GDPR art. 21(3)).

An address is hashed in the one spelling that all spellings of its mailbox share; a look-up compares every spelling
under every live key, so entries made under an older key keep working after a new one is put first.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy import keyed_hash, ledger
from privacy.guards import Refused, lawful
from privacy.models import Link, Subject, SuppressionEntry, SuppressionLift
from privacy.models.suppression import SUPPRESSION_LOCK, Reason, Scope, SuppressionQuerySet
from privacy.signals import lifted, suppressed

Address = tuple[str, str]

_DOTLESS = frozenset({"gmail.com", "googlemail.com"})


def variants(kind: str, normalised: str) -> list[str]:
    """The spellings under which a normalised address may return; the last is the same for all of them.

    An e-mail address also counts without its plus-tag, and Gmail's without dots; other kinds have one spelling.
    """
    if kind != "email" or "@" not in normalised:
        return [normalised]
    local, _at, domain = normalised.rpartition("@")
    untagged = local.partition("+")[0] or local
    spellings = [normalised, f"{untagged}@{domain}"]
    if domain in _DOTLESS:
        spellings.append(f"{untagged.replace('.', '')}@gmail.com")
    return list(dict.fromkeys(spellings))


def hmacs(addresses: Iterable[Address]) -> list[str]:
    """The hashes of these (kind, normalised) addresses: one per live key and spelling, each once."""
    found: dict[str, None] = {}
    for kind, normalised in addresses:
        for spelling in variants(kind, normalised):
            found.update(dict.fromkeys(keyed_hash.hashes(kind, spelling).values()))
    return list(found)


def lock() -> None:
    """Take the suppression lock for the rest of this transaction; always before any row lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SUPPRESSION_LOCK])


def standing_for(
    addresses: Iterable[Address], *, vacancy: UUID | None = None, client: UUID | None = None
) -> SuppressionQuerySet:
    """Entries that forbid contact with these addresses about this vacancy or client, under whatever live key."""
    entries = SuppressionEntry.objects.filter(hash__in=hmacs(addresses))
    return entries.standing().covering(vacancy=vacancy, client=client)


def suppress(
    addresses: Iterable[Address],
    *,
    scope: str,
    reason: str,
    vacancy: UUID | None = None,
    client: UUID | None = None,
    actor: User | None,
    subject: Subject | None = None,
) -> int:
    """Forbid contact with these addresses in one scope; the number of new entries. Repeating it changes nothing."""
    given = list(dict.fromkeys(addresses))
    with transaction.atomic():
        lock()
        standing = standing_among(given, scope=scope, vacancy=vacancy, client=client)
        fresh = [address for address in given if address not in standing]
        entries: dict[str, SuppressionEntry] = {}
        for kind, normalised in fresh:
            key_id, digest = keyed_hash.current(kind, variants(kind, normalised)[-1])
            entries[digest] = SuppressionEntry(
                kind=kind,
                key_id=key_id,
                hash=digest,
                scope=scope,
                vacancy_ref=vacancy,
                client_ref=client,
                reason=reason,
            )
        if entries:
            SuppressionEntry.objects.bulk_create(entries.values())
            ledger.append(
                "suppression.added",
                subject=subject,
                actor=actor,
                scope=scope,
                reason=reason,
                entries=[entry.pk for entry in entries.values()],
                vacancy=vacancy,
                client=client,
            )
            suppressed.send(SuppressionEntry, scope=scope, reason=reason, subject=subject, addresses=fresh)
    return len(entries)


def standing_among(
    addresses: Iterable[Address], *, scope: str = Scope.ALL, vacancy: UUID | None = None, client: UUID | None = None
) -> set[Address]:
    """Which of these addresses have an entry of exactly this scope that nobody lifted."""
    by_hash = _by_hash(addresses)
    same = SuppressionEntry.objects.filter(
        hash__in=list(by_hash), scope=Scope(scope), vacancy_ref=vacancy, client_ref=client
    )
    return {address for digest in same.standing().values_list("hash", flat=True) for address in by_hash[digest]}


def somebody_elses(addresses: Iterable[Address]) -> set[Address]:
    """Of which of these addresses the reader said that they are not whom we meant, and nobody lifted it."""
    by_hash = _by_hash(addresses)
    told = SuppressionEntry.objects.filter(hash__in=list(by_hash), reason=Reason.NOT_ME).standing()
    return {address for digest in told.values_list("hash", flat=True) for address in by_hash[digest]}


def _by_hash(addresses: Iterable[Address]) -> dict[str, list[Address]]:
    found: dict[str, list[Address]] = {}
    for kind, normalised in dict.fromkeys(addresses):
        for digest in keyed_hash.hashes(kind, variants(kind, normalised)[-1]).values():
            found.setdefault(digest, []).append((kind, normalised))
    return found


def lifted_at(addresses: Iterable[Address]) -> dict[Address, datetime]:
    """When each of these addresses was last freed of a stop for everything, by the person's own act; others lack."""
    by_hash = _by_hash(addresses)
    found: dict[Address, datetime] = {}
    lifts = SuppressionLift.objects.filter(entry__hash__in=list(by_hash), entry__scope=Scope.ALL).order_by("at")
    for digest, at in lifts.values_list("entry__hash", "at"):
        found.update(dict.fromkeys(by_hash[digest], at))
    return found


def lift(entries: Iterable[SuppressionEntry], *, link: Link, addresses: Iterable[Address] = ()) -> int:
    """End suppressions by the person's own act, done through a link of theirs; how many. Raises Refused.

    `addresses`: the spellings the person is known by now, for who keeps a list of addresses elsewhere.
    """
    if link.revoked_at is not None:
        raise Refused(_("This link no longer works."), "link_revoked")
    with lawful():
        lock()
        standing = list(SuppressionEntry.objects.filter(pk__in=[entry.pk for entry in entries]).standing())
        # One by one: bulk_create would do too, but a refusal should name the first entry it meets.
        for entry in standing:
            SuppressionLift.objects.create(entry=entry, link=link, subject_id=link.subject_id)
        if standing:
            ledger.append(
                "suppression.lifted",
                subject=link.subject_id,
                link=link.pk,
                entries=[entry.pk for entry in standing],
            )
            lifted.send(SuppressionEntry, subject_id=link.subject_id, addresses=list(addresses))
    return len(standing)
