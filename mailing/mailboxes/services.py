"""Verbs on linked mailboxes: link, test, change what happens to mail, unlink; and decide about single mails."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from mailing.mailboxes import opening
from mailing.mailboxes.clients import Trouble
from mailing.models import (
    FindDecision,
    Mailbox,
    MailboxFind,
    MailboxKind,
    MailboxMode,
    MailboxSweep,
    SweepState,
)
from privacy import ledger
from privacy.erasure import services as erasures
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import ErasureStep
from privacy.models.erasure import StepState

LINKED = refuse("mailbox_linked", _("This mailbox is linked already."))
SETTLED = refuse("mailbox_find_settled", _("This was settled meanwhile."))
STEP = "mailboxes"


@dataclass(frozen=True)
class Server:
    """What somebody typed to link a mailbox by IMAP."""

    host: str
    port: int
    security: str
    login: str
    way: str


def link_imap(address: str, server: Server, secret: str, *, owner: User, mode: str, actor: User) -> Mailbox:
    """Link a mailbox that opens with this secret. Raises Trouble when it does not, Refused when it is linked."""
    mailbox = Mailbox(
        owner=owner,
        address=address.lower(),
        kind=MailboxKind.IMAP,
        mode=MailboxMode(mode),
        host=server.host,
        port=server.port,
        security=server.security,
        login=server.login,
        way=server.way,
        linked_by=actor,
    )
    return _link(mailbox, secret, actor=actor)


def link_google(address: str, refresh_token: str, *, owner: User, mode: str, actor: User) -> Mailbox:
    """Link a Gmail mailbox by its owner's own yes at Google. Raises Trouble, Refused."""
    mailbox = Mailbox(
        owner=owner, address=address.lower(), kind=MailboxKind.GOOGLE, mode=MailboxMode(mode), linked_by=actor
    )
    return _link(mailbox, refresh_token, actor=actor)


def link_delegated(owner: User, *, mode: str, actor: User) -> Mailbox:
    """Link a colleague's Gmail mailbox by the service account. Raises Trouble, also off the allow-list; Refused."""
    mailbox = Mailbox(
        owner=owner, address=owner.email, kind=MailboxKind.DELEGATED, mode=MailboxMode(mode), linked_by=actor
    )
    return _link(mailbox, "", actor=actor)


def _link(mailbox: Mailbox, secret: str, *, actor: User) -> Mailbox:
    if Mailbox.objects.filter(address=mailbox.address).exists():
        raise Refused(REFUSALS[LINKED], LINKED)
    with opening.opened(mailbox, secret=secret) as client:
        client.check()
    mailbox.checked_at = timezone.now()
    if secret:
        mailbox.secret = opening.sealed(mailbox, secret)
    try:
        with lawful():
            mailbox.save(force_insert=True)
            ledger.append("mailbox.linked", actor=actor, mailbox=mailbox.pk, owner=mailbox.owner_id, by=mailbox.kind)
    except IntegrityError as error:
        raise Refused(REFUSALS[LINKED], LINKED) from error
    return mailbox


def check(mailbox: Mailbox) -> str:
    """Open it and look whether all that is needed is there; the code of what is wrong, empty when nothing is."""
    try:
        with opening.opened(mailbox) as client:
            client.check()
    except Trouble as trouble:
        note(mailbox, trouble.code)
        return trouble.code
    note(mailbox, "")
    return ""


def note(mailbox: Mailbox, code: str) -> None:
    """Write down how opening a mailbox went; since when it fails stays the moment it began."""
    now = timezone.now()
    rows = Mailbox.objects.filter(pk=mailbox.pk)
    if not code:
        rows.update(checked_at=now, trouble="", trouble_since=None)
    else:
        rows.filter(trouble="").update(trouble_since=now, trouble=code)
        rows.update(checked_at=now, trouble=code)


def set_mode(mailbox: Mailbox, mode: str, *, actor: User) -> Mailbox:
    """What happens to mail that goes: to the bin, or for good. Raises Refused where Google's yes is for the other."""
    with lawful():
        held = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
        if held.kind == MailboxKind.GOOGLE and mode == MailboxMode.PURGE and held.mode != mode:
            raise Refused(REFUSALS[NEW_YES], NEW_YES)
        held.mode = MailboxMode(mode)
        held.save(update_fields=["mode"])
        ledger.append("mailbox.mode", actor=actor, mailbox=held.pk, mode=held.mode)
    return held


NEW_YES = refuse(
    "mailbox_new_yes",
    _("Google allowed only the bin for this mailbox. Unlink it, and link it again with “deleted for good”."),
)


def unlink(mailbox: Mailbox, *, actor: User) -> None:
    """Forget the mailbox and what opens it. Erasures that were not through with it ask for it by hand instead."""
    with lawful():
        held = Mailbox.objects.select_for_update().filter(pk=mailbox.pk).first()
        if held is None:
            return
        open_sweeps = MailboxSweep.objects.filter(mailbox=held, verified_at=None)
        waiting = list(open_sweeps.values_list("erasure", flat=True))
        MailboxFind.objects.filter(sweep__in=open_sweeps).delete()
        ledger.append("mailbox.unlinked", actor=actor, mailbox=held.pk, owner=held.owner_id)
        held.delete()
    for erasure in waiting:
        _go_on(erasure, actor)


def note_gone(colleague: User, *, actor: User) -> None:
    """The mailbox of somebody who left was deleted. Erasures that waited for a search of it by hand go on."""
    with lawful():
        held = User.objects.left().select_for_update(of=("self",)).get(pk=colleague.pk)
        if held.mailbox_gone_on is not None:
            return
        held.mailbox_gone_on = timezone.localdate()
        held.save(update_fields=["mailbox_gone_on"])
        ledger.append("mailbox.gone", actor=actor, owner=held.pk)
    steps = ErasureStep.objects.filter(holder=STEP, state=StepState.NEEDS_HUMAN)
    for erasure in steps.values_list("erasure", flat=True):
        _go_on(erasure, actor)


def decide(sweep: MailboxSweep, going: Iterable[UUID], *, otherwise: str, actor: User) -> MailboxSweep:
    """The owner looked, or the officer where the owner has left: these go, and every other mail in the list stays for
    the reason `otherwise`. Raises Refused."""
    chosen = set(going)
    reason = FindDecision(otherwise)
    with lawful():
        held = MailboxSweep.objects.select_for_update(of=("self",)).get(pk=sweep.pk)
        found = MailboxFind.objects.select_for_update().filter(sweep=held, decision=FindDecision.OPEN)
        rows = set(found.values_list("pk", flat=True))
        if not rows or held.state == SweepState.DONE:
            raise Refused(REFUSALS[SETTLED], SETTLED)
        stamp = {"decided_at": timezone.now(), "decided_by": actor}
        going_rows = MailboxFind.objects.filter(pk__in=rows & chosen)
        staying = MailboxFind.objects.filter(pk__in=rows - chosen)
        gone = going_rows.update(decision=FindDecision.GO, **stamp)
        # What stays is known by its hash alone from here on.
        kept = staying.update(decision=reason, body=b"", **stamp)
        ledger.append(
            "mailbox.decided", actor=actor, erasure=held.erasure_id, sweep=held.pk, go=gone, stay=kept, why=reason.value
        )
    _go_on(held.erasure_id, actor)
    return held


def _go_on(erasure: UUID, actor: User) -> None:
    step = ErasureStep.objects.filter(erasure=erasure, holder=STEP).first()
    if step is not None:
        erasures.again(step, actor=actor)
