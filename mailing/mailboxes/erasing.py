"""The holder of colleagues' own mailboxes: each linked one by itself, the others by hand, colleague by colleague."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from mailing.mailboxes import services, sweeping, wording
from mailing.mailboxes.clients import Trouble
from mailing.models import FindDecision, Mailbox, MailboxMode, MailboxSweep
from mailing.models.mailboxes import SweepState
from privacy.erasure.holders import ByHand, Foreseen, Holder, Later, Line, Part, Run, Words, register
from privacy.models import Erasure, ErasureStep
from privacy.models.erasure import ErasureReason, PlanAction

# What Gmail keeps in the bin; the owner of another server's bin was asked to see to it (docs/privacy.md).
BIN = timedelta(days=30)
LOOK_AGAIN = 3600.0
LINKED, HAND = "mailbox:", "mailbox-hand:"


def without_one() -> list[User]:
    """Colleagues none of whose mailboxes is linked: theirs are searched by hand. Of who left, until it was deleted."""
    found = User.objects.staff() | User.objects.left().filter(mailbox_gone_on=None)
    erased = Q(staff_subject__subject__erased_at__isnull=False)
    return list(found.filter(mailboxes=None).exclude(erased).order_by("name", "pk"))


@register
class Mailboxes(Holder):
    """Before the tables, for they tell which mail is surely the person's.

    The clock's erasures open the linked mailboxes too, after the tables, and take what is surely theirs. Nobody is
    asked about the rest every night, and nobody searches by hand for whom the clock erases (docs/adr/0018).
    """

    code = services.STEP
    label = _("Mailboxes of colleagues")
    position = 35
    is_remote = True
    always = True
    # No backup reaches a mailbox: what was taken out of it is still out after a restore.
    reasons = frozenset({ErasureReason.REQUEST.value, ErasureReason.RETENTION.value})

    def plan(self, run: Run) -> Iterable[Line]:
        for pk in Mailbox.objects.order_by("address").values_list("pk", flat=True):
            yield Line(f"{LINKED}{pk}", PlanAction.DELETE)
        for colleague in without_one() if _asks(run.erasure) else ():
            yield Line(f"{HAND}{colleague.pk}", PlanAction.BY_HAND)

    def erase(self, run: Run) -> int:
        failed: list[Trouble] = []
        states = []
        asks = _asks(run.erasure)
        if not asks:
            run = _of_those_erased(run)
        for sweep in _sweeps(run.erasure):
            if sweep.state == SweepState.DONE or sweep.mailbox is None:
                continue
            try:
                states.append(sweeping.carry_on(sweep, sweep.mailbox, run, asks=asks))
            except Trouble as trouble:
                failed.append(trouble)
        removed = sum(MailboxSweep.objects.filter(erasure=run.erasure).values_list("removed", flat=True))
        ErasureStep.objects.filter(erasure=run.erasure, holder=self.code).update(touched=removed)
        if failed:
            after = [trouble.after for trouble in failed if trouble.after is not None]
            raise Later("mailboxes_failed", max(after) if len(after) == len(failed) else None)
        if SweepState.REVIEW in states:
            # Looked at again by itself: a mail may have gone, or a decision come, meanwhile.
            raise Later("mailboxes_review", LOOK_AGAIN)
        if colleagues := _by_hand(run.erasure) if asks else []:
            raise ByHand("mailboxes_by_hand", {"colleagues": len(colleagues)})
        return removed

    def foresee(self, run: Run) -> None:
        for sweep in _sweeps(run.erasure):
            if sweep.mailbox is not None and sweep.state == SweepState.PENDING:
                sweeping.count(sweep, sweep.mailbox, run)

    def foreseen(self, erasure: Erasure) -> Mapping[str, Foreseen]:
        found = {}
        for sweep in MailboxSweep.objects.filter(erasure=erasure, mailbox__isnull=False):
            if sweep.would_go is not None and sweep.would_ask is not None:
                found[f"{LINKED}{sweep.mailbox_id}"] = Foreseen(
                    _counted(sweep.would_go, sweep.would_ask), sweep.would_go
                )
            elif sweep.trouble:
                found[f"{LINKED}{sweep.mailbox_id}"] = Foreseen(str(wording.trouble(sweep.trouble)))
        return found

    def residual(self) -> timedelta | None:
        return BIN if Mailbox.objects.filter(mode=MailboxMode.TRASH).exists() else None

    def say(self, whats: Collection[str]) -> Mapping[str, Words]:
        keys = dict(what.split(":", 1)[::-1] for what in whats if ":" in what)
        boxes = {str(box.pk): box for box in Mailbox.objects.select_related("owner").filter(pk__in=keys)}
        people = {str(user.pk): user for user in User.objects.filter(pk__in=keys)}
        return {f"{kind}:{key}": _said(boxes.get(key), people.get(key)) for key, kind in keys.items()}

    def parts(self, erasure: Erasure) -> Iterable[Part]:
        waiting = Count("finds", filter=Q(finds__decision=FindDecision.OPEN))
        sweeps = MailboxSweep.objects.filter(Q(mailbox__isnull=False) | Q(verified_at__isnull=False), erasure=erasure)
        for sweep in sweeps.select_related("mailbox", "owner").annotate(waiting=waiting).order_by("owner__name", "pk"):
            yield _part(sweep)
        step = ErasureStep.objects.select_related("by").filter(erasure=erasure, holder=self.code).first()
        told = step.by if step else None
        for colleague in _by_hand(erasure) if _asks(erasure) else ():
            said = gettext("by hand, %(who)s says") % {"who": told} if told else gettext("by hand")
            yield Part(colleague.name, said, is_done=told is not None)


def _counted(goes: int, asks: int) -> str:
    said = [ngettext("%(n)s mail goes", "%(n)s mails go", goes) % {"n": goes}]
    if asks:
        said.append(ngettext("%(n)s mail to look at", "%(n)s mails to look at", asks) % {"n": asks})
    return ", ".join(said)


def _asks(erasure: Erasure) -> bool:
    """Whether colleagues are asked about mail: where a person asked, not for each of those the clock takes."""
    return erasure.reason == ErasureReason.REQUEST


def _of_those_erased(run: Run) -> Run:
    """What the clock erases is known when its tables are done: whoever came back meanwhile keeps their mail.

    Raises Later before that. What ties a mail to a record is read from columns that an erasure leaves.
    """
    erased = tuple(person for person in run.people if run.rows[person.subject.pk].erased_at)
    if len(erased) < len(run.people):
        raise Later("mailboxes_after", 0)
    return replace(run, people=erased)


def _by_hand(erasure: Erasure) -> list[User]:
    """Who has to search by hand: colleagues without a linked mailbox, and those who unlinked one before it was done."""
    unlinked = MailboxSweep.objects.filter(erasure=erasure, mailbox=None, verified_at=None).select_related("owner")
    owners = (sweep.owner for sweep in unlinked if not (sweep.owner.has_left and sweep.owner.mailbox_gone_on))
    found = {user.pk: user for user in (*without_one(), *owners)}
    return sorted(found.values(), key=lambda user: (user.name, user.pk))


def _said(mailbox: Mailbox | None, colleague: User | None) -> str:
    if colleague is not None:
        words = gettext("%(who)s searches their own mail for every address, bin and spam too, and deletes it")
        if colleague.has_left:
            words = gettext(
                "the mailbox of %(who)s, who left: an administrator searches it for every address and deletes what is"
                " there, or says that the mailbox is gone"
            )
        return words % {"who": colleague}
    if mailbox is None:
        return gettext("a mailbox that is no longer linked")
    if mailbox.mode == MailboxMode.PURGE:
        words = gettext(
            "mail between %(address)s (%(who)s) and this person is deleted; about other mail %(asked)s is asked"
        )
    else:
        words = gettext(
            "mail between %(address)s (%(who)s) and this person is binned; about other mail %(asked)s is asked"
        )
    asked = gettext("the privacy officer") if mailbox.owner.has_left else mailbox.owner
    return words % {"address": mailbox.address, "who": mailbox.owner, "asked": asked}


def _sweeps(erasure: Erasure) -> list[MailboxSweep]:
    """One row for every mailbox that is linked now."""
    for mailbox in Mailbox.objects.all():
        MailboxSweep.objects.get_or_create(
            erasure=erasure, mailbox=mailbox, defaults={"owner_id": mailbox.owner_id, "mode": mailbox.mode}
        )
    rows = MailboxSweep.objects.filter(erasure=erasure, mailbox__isnull=False)
    # Counted for the plan, and chosen otherwise since: what holds is the choice at the approval.
    modes = Mailbox.objects.filter(pk=OuterRef("mailbox")).values("mode")
    rows.filter(state=SweepState.PENDING, attempts=0).update(mode=Subquery(modes))
    return list(rows.select_related("mailbox__owner").order_by("mailbox__address"))


def _part(sweep: MailboxSweep) -> Part:
    label = sweep.mailbox.address if sweep.mailbox else gettext("a mailbox of %(who)s") % {"who": sweep.owner}
    said = [str(sweep.get_state_display())]
    if sweep.removed:
        said.append(ngettext("%(n)s mail removed", "%(n)s mails removed", sweep.removed) % {"n": sweep.removed})
    if sweep.kept:
        said.append(ngettext("%(n)s kept with a reason", "%(n)s kept with a reason", sweep.kept) % {"n": sweep.kept})
    if waiting := getattr(sweep, "waiting", 0):
        who = gettext("the privacy officer") if sweep.owner.has_left else sweep.owner
        words = ngettext("%(n)s mail for %(who)s to look at", "%(n)s mails for %(who)s to look at", waiting)
        said.append(words % {"n": waiting, "who": who})
    # Only where its owner has left: otherwise the list is nobody's but theirs.
    url = reverse("mailing:mailbox-look", args=[sweep.pk]) if waiting and sweep.owner.has_left else ""
    return Part(label, ", ".join(said), str(wording.trouble(sweep.trouble)), sweep.state == SweepState.DONE, url)


@dataclass(frozen=True)
class Waiting:
    """A list of mails that somebody has to decide about: how many, and whose mailbox where its owner has left."""

    pk: UUID
    number: int
    left: str = ""

    @property
    def title(self) -> str:
        if self.left:
            words = ngettext(
                "%(n)s mail of %(who)s, who left, waits for your decision",
                "%(n)s mails of %(who)s, who left, wait for your decision",
                self.number,
            )
        else:
            words = ngettext("%(n)s mail waits for your decision", "%(n)s mails wait for your decision", self.number)
        return words % {"n": self.number, "who": self.left}

    @property
    def text(self) -> str:
        if self.left:
            return gettext(
                "Somebody asked to be erased, and this mail may be about them. You decide in the place of who left."
            )
        return gettext("Somebody asked to be erased, and this mail may be about them. Only you see what it is.")


def lists_of(user: User) -> "QuerySet[MailboxSweep]":
    """The lists this person decides about: of their own mailboxes, and an officer in the place of who left."""
    return MailboxSweep.objects.filter(mailbox__in=Mailbox.objects.looked_into_by(user), state=SweepState.REVIEW)


def waiting_for(user: User) -> list[Waiting]:
    """What this person has to look at, the oldest first."""
    counted = lists_of(user).annotate(waiting=Count("finds", filter=Q(finds__decision=FindDecision.OPEN)))
    rows = counted.select_related("owner").order_by("searched_at", "pk")
    return [Waiting(row.pk, row.waiting, row.owner.name if row.owner_id != user.pk else "") for row in rows]
