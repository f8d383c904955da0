"""Mail that colleagues sent to a client from a linked mailbox with a candidate in it, past the portal and its guard.

Nothing of the mail is kept but when it went, to which contact, about whom, and by what that was seen. Its sender
says what it was: an introduction, which is registered only where the person said yes (I4), a breach, or neither.
"""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Candidacy, ContactKind
from introductions.models import Introduction, SpottedMail, SpottedWhat, SpottedWhy
from mailing.mailboxes import opening
from mailing.mailboxes import services as mailboxes
from mailing.mailboxes.clients import Client, Content, Letter, Trouble
from mailing.models import Mailbox, MailboxWatch
from privacy import ledger, ports
from privacy.breaches import services as breaches
from privacy.guards import REFUSALS, Refused, lawful, refuse
from vacancies.models import ClientContact

logger = logging.getLogger(__name__)

SETTLED = refuse("spotted_settled", _("This was settled meanwhile."))
NOT_INTRODUCED = refuse(
    "spotted_not_introduced", _("No introduction to this client is registered. Register it first, or report a breach.")
)
CV = re.compile(r"(?:^|[\W_])(?:cv|curriculum|resume|résumé)(?:[\W_]|$)", re.IGNORECASE)
DOCUMENTS = (".pdf", ".doc", ".docx", ".odt", ".rtf")
PHONE_DIGITS = 9


@dataclass(frozen=True)
class Known:
    """What a candidate of a client's vacancies would be seen by in a mail."""

    candidacy: UUID
    client: UUID
    marks: tuple[tuple[str, str], ...]

    def seen_in(self, text: str) -> str:
        """By what they are in this text, if they are."""
        low = " ".join(text.casefold().split())
        digits = re.sub(r"\D", "", text)
        for why, mark in self.marks:
            if mark in (digits if why == SpottedWhy.PHONE else low):
                return why
        return ""


def watch(mailbox: Mailbox) -> int:
    """Look at what was sent since last time; how many mails ask for an answer. Raises Trouble."""
    row = MailboxWatch.objects.filter(mailbox=mailbox).first()
    contacts = _contacts()
    with opening.opened(mailbox) as client:
        refs, mark = client.sent_since(row.mark if row else "")
        found = list(_spotted(client, mailbox, refs, contacts)) if refs and contacts else []
    with transaction.atomic():
        before = SpottedMail.objects.filter(mailbox=mailbox).count()
        SpottedMail.objects.bulk_create(found, ignore_conflicts=True)
        MailboxWatch.objects.update_or_create(mailbox=mailbox, defaults={"mark": mark, "looked_at": timezone.now()})
        return SpottedMail.objects.filter(mailbox=mailbox).count() - before


def watch_and_note(mailbox: Mailbox) -> int:
    """The same for a task: what fails is written down for the owner."""
    try:
        return watch(mailbox)
    except Trouble as trouble:
        logger.warning("watch: mailbox %s could not be read (%s)", mailbox.pk, trouble.code)
        mailboxes.note(mailbox, trouble.code)
        return 0


def _contacts() -> dict[str, ClientContact]:
    rows = ClientContact.objects.active().filter(subject__erased_at=None)
    return {row.email.lower(): row for row in rows}


def _spotted(
    client: Client, mailbox: Mailbox, refs: list[str], contacts: dict[str, ClientContact]
) -> Iterable[SpottedMail]:
    for letter in client.letters(refs):
        to = [contacts[one] for one in letter.receivers if one in contacts]
        if not to:
            continue
        content = client.content(letter.ref)
        for contact in to:
            yield from _in_one(mailbox, letter, content, contact)


def _in_one(mailbox: Mailbox, letter: Letter, content: Content, contact: ClientContact) -> Iterable[SpottedMail]:
    text = "\n".join((letter.subject, content.text, *content.files))
    seen = {known.candidacy: why for known in _candidates(contact.client_id) if (why := known.seen_in(text))}
    if not seen and any(is_cv(name) for name in content.files):
        yield _row(mailbox, letter, contact, None, SpottedWhy.CV)
    for candidacy, why in seen.items():
        yield _row(mailbox, letter, contact, candidacy, why)


def _row(mailbox: Mailbox, letter: Letter, contact: ClientContact, candidacy: UUID | None, why: str) -> SpottedMail:
    return SpottedMail(
        mailbox=mailbox,
        sender_id=mailbox.owner_id,
        key=f"{letter.identity}:{candidacy or ''}",
        contact=contact,
        candidacy_id=candidacy,
        why=why,
        sent_at=letter.sent_at or timezone.now(),
    )


def is_cv(name: str) -> bool:
    """Whether a file is a CV by its name."""
    return name.lower().endswith(DOCUMENTS) and CV.search(name.rpartition(".")[0]) is not None


def _candidates(client: UUID) -> list[Known]:
    """Whoever is in this client's vacancies and not introduced to it: by address, number, profile and whole name."""
    rows = Candidacy.objects.filter(vacancy__client=client, subject__erased_at=None)
    rows = rows.exclude(pk__in=Introduction.objects.standing().filter(client=client).values("candidacy"))
    held = list(rows.select_related("candidate").prefetch_related("candidate__contact_points"))
    names = ports.names({row.subject_id for row in held})
    found = []
    for row in held:
        marks = [mark for point in row.candidate.contact_points.all() if (mark := _mark(point.kind, point.normalised))]
        name = " ".join(names.get(row.subject_id, "").casefold().split())
        if " " in name:
            marks.append((SpottedWhy.NAME.value, name))
        found.append(Known(row.pk, client, tuple(marks)))
    return found


def _mark(kind: str, value: str) -> tuple[str, str] | None:
    low = value.casefold()
    if kind == ContactKind.EMAIL:
        return SpottedWhy.EMAIL.value, low
    if kind == ContactKind.PHONE:
        digits = re.sub(r"\D", "", value)[-PHONE_DIGITS:]
        return (SpottedWhy.PHONE.value, digits) if len(digits) == PHONE_DIGITS else None
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", low).rstrip("/")
    return (SpottedWhy.PROFILE.value, bare) if "/" in bare else None


def settle(spotted: SpottedMail, what: str, *, actor: User) -> SpottedMail:
    """Its sender says what the mail was. An introduction has to be registered (I4); a breach goes into the register,
    where its 72 hours run. Raises Refused."""
    with lawful():
        held = (
            SpottedMail.objects.select_for_update(of=("self",))
            .select_related("contact", "candidacy")
            .get(pk=spotted.pk)
        )
        if held.what:
            raise Refused(REFUSALS[SETTLED], SETTLED)
        if what == SpottedWhat.INTRODUCED and not _is_registered(held):
            raise Refused(REFUSALS[NOT_INTRODUCED], NOT_INTRODUCED)
        held.what, held.settled_at, held.settled_by = SpottedWhat(what), timezone.now(), actor
        if held.what == SpottedWhat.BREACH:
            held.breach = breaches.report(what=_told(held), aware_at=held.settled_at, actor=actor)
        held.save(update_fields=["what", "settled_at", "settled_by", "breach"])
        ledger.append(
            "mail.spotted_settled",
            subject=held.candidacy.subject_id if held.candidacy else None,
            actor=actor,
            spotted=held.pk,
            contact=held.contact_id,
            what=held.what,
        )
    return held


def _told(spotted: SpottedMail) -> str:
    """What the register says happened: the client and the day, and where to look; nobody's name."""
    text = _("A mail to %(client)s of %(day)s had a candidate in it who was not introduced there. See %(url)s")
    url = settings.BASE_URL + reverse("introductions:spotted", args=[spotted.pk])
    day = date_format(timezone.localtime(spotted.sent_at), "DATE_FORMAT")
    return text % {"client": spotted.contact.client, "day": day, "url": url}


def _is_registered(spotted: SpottedMail) -> bool:
    if spotted.candidacy is None:
        return False
    standing = Introduction.objects.standing().filter(candidacy=spotted.candidacy, client=spotted.contact.client_id)
    return standing.exists()
