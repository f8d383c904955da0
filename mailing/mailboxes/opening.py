"""From a linked mailbox to an open one, and the sealing of what opens it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from imapclient import IMAPClient

from mailing.mailboxes import gmail, imap, oauth
from mailing.mailboxes.clients import Client, Trouble
from mailing.models import Mailbox, MailboxKind, MailboxMode, MailboxSecurity, MailboxWay
from privacy import sealing
from privacy.sealing import Unsealable


def sealed(mailbox: Mailbox, secret: str) -> bytes:
    """A password or refresh token, bound to this mailbox."""
    return sealing.seal(json.dumps({"secret": secret}).encode(), context=mailbox.context)


@contextmanager
def opened(mailbox: Mailbox, *, secret: str | None = None) -> Iterator[Client]:
    """The mailbox, open; `secret` for one that is not linked yet. Raises Trouble. Never within a transaction."""
    if mailbox.kind == MailboxKind.IMAP:
        given = _secret(mailbox) if secret is None else secret
        server = imap.Server(mailbox.host, mailbox.port or 993, starttls=mailbox.security == MailboxSecurity.STARTTLS)
        needs_trash = mailbox.mode == MailboxMode.TRASH
        with imap.opened(server, lambda one: _sign_in(one, mailbox, given), needs_trash=needs_trash) as client:
            yield client
        return
    if mailbox.kind == MailboxKind.DELEGATED:
        credentials = oauth.delegated_credentials(mailbox.address, mailbox.mode)
    else:
        given = _secret(mailbox) if secret is None else secret
        credentials = oauth.google_credentials(given, mailbox.mode)
    with gmail.opened(credentials, mailbox.address) as google:
        yield google


def _sign_in(connection: IMAPClient, mailbox: Mailbox, secret: str) -> None:
    login = mailbox.login or mailbox.address
    if mailbox.way == MailboxWay.TOKEN:
        connection.oauth2_login(login, oauth.imap_token(secret))
    else:
        connection.login(login, secret)


def _secret(mailbox: Mailbox) -> str:
    try:
        return str(json.loads(sealing.unseal(mailbox.secret, context=mailbox.context))["secret"])
    except Unsealable as error:
        raise Trouble("no_key") from error
