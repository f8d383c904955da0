"""One mailbox in one erasure: search, remove what is surely the person's, ask about the rest, and search again.

Every run begins with a search and works on what is there now, so it may be cut off anywhere and repeated. What is sent
to a mailbox happens between transactions; only counts, codes and hashes are written down, and headers sealed for the
owner where a person has to look.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from mailing.mailboxes import opening, services
from mailing.mailboxes.clients import Client, Letter, Trouble
from mailing.models import FindDecision, InboundMail, Mailbox, MailboxFind, MailboxMode, MailboxSweep, Message
from mailing.models.mailboxes import SweepState
from mailing.replies import addresses
from privacy import ledger, sealing
from privacy.erasure.holders import Run
from privacy.erasure.needles import EMAIL, NAME, PHONE, URL
from privacy.sealing import Unsealable

SHORTEST_WORD = 6
MOST_TO_REVIEW = 500


@dataclass(frozen=True)
class Sought:
    """Whom a mailbox is searched for: addresses by which mail is theirs, words that only make a mail worth a look."""

    ids: tuple[UUID, ...]
    emails: frozenset[str]
    words: tuple[str, ...]

    @classmethod
    def of(cls, run: Run, *, by_words: bool = True) -> "Sought":
        words = (*run.values(EMAIL), *_phones(run.values(PHONE)), *run.values(URL), *_names(run.values(NAME)))
        return cls(
            ids=tuple(run.ids),
            emails=frozenset(value.lower() for value in run.values(EMAIL)),
            words=words if by_words else (),
        )


@dataclass
class Split:
    """What a search found: surely theirs, and to be looked at."""

    theirs: list[Letter]
    unsure: list[Letter]


def carry_on(sweep: MailboxSweep, mailbox: Mailbox, run: Run, *, asks: bool = True) -> SweepState:
    """Do what can be done in this mailbox now; how far it is then. Trouble is written down, and raised again.

    Not `asks`: only what is surely theirs is looked for, and nobody has to look at the rest.
    """
    MailboxSweep.objects.filter(pk=sweep.pk).update(attempts=F("attempts") + 1)
    try:
        with opening.opened(mailbox) as client:
            state = _work(sweep, mailbox, client, Sought.of(run, by_words=asks), asks=asks)
    except Trouble as trouble:
        services.note(mailbox, trouble.code)
        _set(sweep, state=SweepState.RETRY, trouble=trouble.code)
        raise
    services.note(mailbox, "")
    return state


def _work(sweep: MailboxSweep, mailbox: Mailbox, client: Client, sought: Sought, *, asks: bool) -> SweepState:
    split = find(client, mailbox, sought)
    searched(mailbox, sought.ids, why="erasure", found=len(split.theirs) + len(split.unsure))
    decisions = _decisions(sweep)
    going = [*split.theirs, *(one for one in split.unsure if decisions.get(one.identity) == FindDecision.GO)]
    _remove(sweep, client, [one for one in going if not _is_gone(one, sweep.mode)])
    left = find(client, mailbox, sought)
    if not client.sees():
        raise Trouble("blind")
    if any(not _is_gone(one, sweep.mode) for one in left.theirs):
        raise Trouble("left")
    open_ones = [one for one in left.unsure if not _is_gone(one, sweep.mode)]
    undecided = [one for one in open_ones if one.identity not in decisions]
    if any(decisions.get(one.identity) == FindDecision.GO for one in open_ones):
        raise Trouble("left")
    return _settle(sweep, undecided if asks else [])


def count(sweep: MailboxSweep, mailbox: Mailbox, run: Run) -> None:
    """Look what is in this mailbox for a plan, and change nothing in it. What fails is written down."""
    sought = Sought.of(run)
    rows = MailboxSweep.objects.filter(pk=sweep.pk, state=SweepState.PENDING)
    try:
        with opening.opened(mailbox) as client:
            split = find(client, mailbox, sought)
    except Trouble as trouble:
        services.note(mailbox, trouble.code)
        rows.update(trouble=trouble.code)
        return
    searched(mailbox, sought.ids, why="plan", found=len(split.theirs) + len(split.unsure))
    goes, asks = (
        {one.identity for one in found if not _is_gone(one, sweep.mode)} for found in (split.theirs, split.unsure)
    )
    rows.update(would_go=len(goes), would_ask=len(asks - goes), trouble="")


def searched(mailbox: Mailbox, people: Iterable[UUID], *, why: str, found: int) -> None:
    """Note in the ledger that a mailbox was searched for somebody, and how many mails that gave."""
    told = {"mailbox": mailbox.pk, "why": why, "found": found}
    ledger.append_all("mailbox.searched", [(subject, told) for subject in people])


def find(client: Client, mailbox: Mailbox, sought: Sought) -> Split:
    """Search for a person, by address and by word."""
    by_address = client.by_address(sorted(sought.emails))
    by_words = [ref for ref in client.by_words(sought.words) if ref not in set(by_address)]
    letters = client.letters([*by_address, *by_words])
    rule = Linked.of(mailbox, sought.ids, letters)
    theirs = [one for one in letters if one.parties & sought.emails and rule.knows(one, sought.emails)]
    known = {one.ref for one in theirs}
    return Split(theirs, [one for one in letters if one.ref not in known and _concerns(one, by_address, sought)])


def _concerns(letter: Letter, by_address: Collection[str], sought: Sought) -> bool:
    """A server's search by address also finds longer ones: xanna@… is not anna@…."""
    if letter.ref not in by_address or letter.parties & sought.emails:
        return True
    return not any(email in party for party in letter.parties for email in sought.emails)


@dataclass(frozen=True)
class Linked:
    """What ties a mail to our records: it names a message of ours to this person, or it lies between the person and a
    colleague who wrote to them through Watson, and between nobody else (docs/adr/0018)."""

    messages: frozenset[UUID]
    wrote: bool
    own: frozenset[str]

    @classmethod
    def of(cls, mailbox: Mailbox, ids: Collection[UUID], letters: Iterable[Letter]) -> "Linked":
        named = {pk for letter in letters for pk in _named(letter)}
        ours = Message.objects.filter(subject__in=ids)
        known = ours.filter(pk__in=named).values_list("pk", flat=True) if named else ()
        wrote = ours.filter(sender=mailbox.owner_id, accepted_at__isnull=False).exists()
        wrote = wrote or InboundMail.objects.filter(subject__in=ids, answers__sender=mailbox.owner_id).exists()
        own = {mailbox.address, mailbox.owner.email}
        return cls(frozenset(known), wrote, frozenset(own))

    def knows(self, letter: Letter, emails: Collection[str]) -> bool:
        if self.messages.intersection(_named(letter)):
            return True
        others = (one for one in letter.parties if one not in emails and one not in self.own)
        return self.wrote and all(addresses.answered_by_address(one) is not None for one in others)


def _named(letter: Letter) -> list[UUID]:
    return addresses.answered_by_headers(f"{letter.message_id} {letter.thread}")


def _is_gone(letter: Letter, mode: str) -> bool:
    return mode == MailboxMode.TRASH and letter.in_trash


def _remove(sweep: MailboxSweep, client: Client, letters: list[Letter]) -> None:
    if not letters:
        return
    refs = [one.ref for one in letters]
    with transaction.atomic():
        held = MailboxSweep.objects.select_for_update(of=("self",)).get(pk=sweep.pk)
        _set(held, going=sorted({*held.going, *(one.identity for one in letters)}))
    if sweep.mode == MailboxMode.PURGE:
        client.purge(refs)
    else:
        client.trash(refs)


def _decisions(sweep: MailboxSweep) -> dict[str, str]:
    """By the identity of a mail what its owner decided."""
    return dict(sweep.finds.exclude(decision=FindDecision.OPEN).values_list("key", "decision"))


def _settle(sweep: MailboxSweep, undecided: list[Letter]) -> SweepState:
    """Write down what is left to look at, or that nothing is."""
    wanted = {one.identity: one for one in undecided[:MOST_TO_REVIEW]}
    now = timezone.now()
    with transaction.atomic():
        held = MailboxSweep.objects.select_for_update(of=("self",)).get(pk=sweep.pk)
        waiting = held.finds.filter(decision=FindDecision.OPEN)
        waiting.exclude(key__in=wanted).delete()  # gone from the mailbox by other means
        known = set(waiting.values_list("key", flat=True))
        rows = [MailboxFind(sweep=held, key=key) for key in wanted if key not in known]
        for row in rows:
            row.body = _sealed(row, wanted[row.key])
        MailboxFind.objects.bulk_create(rows, ignore_conflicts=True)
        if wanted:
            _set(held, state=SweepState.REVIEW, trouble="", searched_at=now, removed=len(held.going))
            return SweepState.REVIEW
        held.finds.filter(decision=FindDecision.GO).delete()
        counts = {"removed": len(held.going), "kept": held.finds.count()}
        _set(held, state=SweepState.DONE, trouble="", searched_at=now, verified_at=now, going=[], **counts)
    return SweepState.DONE


def _set(sweep: MailboxSweep, **changes: object) -> None:
    MailboxSweep.objects.filter(pk=sweep.pk, verified_at=None).update(**changes)


@dataclass(frozen=True)
class Shown:
    """One mail as its owner sees it in the list to decide about."""

    pk: UUID
    sent_at: datetime | None
    is_out: bool
    other: str
    subject: str


def shown(sweep: MailboxSweep) -> list[Shown]:
    """What waits for the owner, the newest first; for their eyes alone."""
    found = []
    for row in sweep.finds.filter(decision=FindDecision.OPEN):
        try:
            held = json.loads(sealing.unseal(row.body, context=row.context))
        except Unsealable:
            held = {}
        at = datetime.fromisoformat(held["at"]) if held.get("at") else None
        found.append(Shown(row.pk, at, bool(held.get("out")), held.get("other", ""), held.get("subject", "")))
    return sorted(found, key=lambda one: one.sent_at.timestamp() if one.sent_at else 0.0, reverse=True)


def _sealed(row: MailboxFind, letter: Letter) -> bytes:
    owner = row.sweep.mailbox.address if row.sweep.mailbox else ""
    is_out = owner in letter.senders
    others = [one for one in (letter.receivers if is_out else letter.senders) if one != owner]
    told = {
        "at": letter.sent_at.isoformat() if letter.sent_at else "",
        "out": is_out,
        "other": ", ".join(others)[:300],
        "subject": letter.subject,
    }
    return sealing.seal(json.dumps(told).encode(), context=row.context)


def _phones(numbers: Iterable[str]) -> list[str]:
    """As people write them: with the country, and in the country."""
    found: dict[str, None] = {}
    for number in numbers:
        found[number] = None
        digits = "".join(one for one in number if one.isdigit())
        if digits.startswith("31") and len(digits) == 11:
            found["0" + digits[2:]] = None
    return list(found)


def _names(names: Iterable[str]) -> list[str]:
    """Whole names only: half a name is anybody's."""
    return [name for name in names if " " in name.strip() and len(name.strip()) >= SHORTEST_WORD]
