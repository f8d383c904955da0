"""Mail from and to a person in linked mailboxes, for the copy they ask for (GDPR art. 15)."""

import logging
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from mailing.mailboxes import opening, services, sweeping
from mailing.mailboxes.clients import Client, Letter, Trouble
from mailing.models import Mailbox, MailboxKind
from privacy.exports.gathering import Column, Row, Table, addresses
from privacy.exports.outside import Outside, register_outside
from privacy.models import Subject
from privacy.registry import Class, Section

logger = logging.getLogger(__name__)

#: As many mails of one mailbox as a person can still read; beyond it the copy says how many there are more.
MOST = 500


@register_outside
def mail_in_mailboxes(subject: Subject) -> Outside:
    """Every mail with a known address of the person's in From, To, Cc or Bcc: when, which way, about what, its text.

    The same mail in two mailboxes is told once. What could not be searched is said.
    """
    emails = {address for kind, address in addresses(subject) if kind == "email"}
    rows: dict[str, Row] = {}
    failed, more = 0, 0
    for mailbox in Mailbox.objects.select_related("owner").order_by("address") if emails else ():
        try:
            with opening.opened(mailbox) as client:
                left = _read(client, emails, rows)
            sweeping.searched(mailbox, [subject.pk], why="copy", found=len(rows))
            more += left
        except Trouble as trouble:
            logger.warning("copy: mailbox %s could not be read (%s)", mailbox.pk, trouble.code)
            services.note(mailbox, trouble.code)
            failed += 1
    said = []
    if failed:
        words = ngettext(
            "%(n)s mailbox of a colleague could not be searched when this copy was made. What is in it is not here.",
            "%(n)s mailboxes of colleagues could not be searched when this copy was made. What is in them is not here.",
            failed,
        )
        said.append(words % {"n": failed})
    if more:
        words = ngettext(
            "%(n)s older mail is left out; ask us for it.", "%(n)s older mails are left out; ask us.", more
        )
        said.append(words % {"n": more})
    found = sorted(rows.values(), key=lambda row: row["sent_at"] or "")
    return Outside([_table(found)] if found else [], said, _keepers() if found else [])


def _keepers() -> list[str]:
    """Who keeps those mailboxes for us: recipients by name (C-154/21)."""
    said = []
    if Mailbox.objects.exclude(kind=MailboxKind.IMAP).exists():
        said.append(gettext("Google (Workspace): keeps mailboxes of our colleagues."))
    hosts = Mailbox.objects.filter(kind=MailboxKind.IMAP).order_by("host").values_list("host", flat=True).distinct()
    said += [gettext("The mail server %(host)s: keeps mailboxes of our colleagues.") % {"host": host} for host in hosts]
    return said


def _read(client: Client, emails: set[str], rows: dict[str, Row]) -> int:
    """Add what is in this mailbox; how many older mails were left out."""
    letters = [one for one in client.letters(client.by_address(sorted(emails))) if one.parties & emails]
    fresh = {one.identity: one for one in letters if one.identity not in rows}
    newest = sorted(fresh.values(), key=lambda one: one.sent_at.timestamp() if one.sent_at else 0.0, reverse=True)
    for letter in newest[:MOST]:
        rows[letter.identity] = _row(letter, emails, client.content(letter.ref).text)
    return len(newest[MOST:])


def _row(letter: Letter, emails: set[str], text: str) -> Row:
    return {
        "sent_at": letter.sent_at.isoformat() if letter.sent_at else None,
        "direction": "from_you" if emails.intersection(letter.senders) else "to_you",
        "subject_line": letter.subject,
        "text": text,
    }


def _table(rows: list[Row]) -> Table:
    return Table(
        label="mailboxes.Mail",
        title=gettext("Mail in the mailboxes of colleagues"),
        section=Section.MAIL,
        columns=[
            Column("sent_at", gettext("Sent"), Class.PERSONAL, _moment),
            Column("direction", gettext("Direction"), Class.NONE, _direction),
            Column("subject_line", gettext("Subject"), Class.FREE_TEXT, _plain),
            Column("text", gettext("Text"), Class.FREE_TEXT, _plain),
        ],
        rows=rows,
    )


def _moment(value: Any) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(value)), "j F Y, H:i") if value else ""


def _direction(value: Any) -> str:
    return gettext("from you") if value == "from_you" else gettext("to you")


def _plain(value: Any) -> str:
    return str(value or "")
