"""Any IMAP server, Gmail's included, which is a case of its own: there a folder is only a label on a mail.

Folders are known by what the server says they are for (RFC 6154), for their names are in any language. Only single
mails are deleted (UIDPLUS, RFC 4315): a plain EXPUNGE would take along whatever else was marked.
"""

import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from django.conf import settings
from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from mailing.mailboxes.clients import (
    HEADERS,
    Content,
    Letter,
    Trouble,
    content_of,
    gmail_from_or_to,
    gmail_words,
    letter_of,
)

AT_ONCE = 200
LONGEST_MAIL = 2_000_000
LOOKED_FOR = 5  # mails that are known to be there, of which a search has to find one
PORTS = (993, 143)
_FETCH = f"BODY.PEEK[HEADER.FIELDS ({' '.join(HEADERS).upper()})]"
_WHOLE = f"BODY.PEEK[]<0.{LONGEST_MAIL}>"
ALL, TRASH, JUNK, SENT = b"\\All", b"\\Trash", b"\\Junk", b"\\Sent"


@dataclass(frozen=True)
class Server:
    """Where a mailbox is, and whether TLS begins with the connection."""

    host: str
    port: int
    starttls: bool = False


@dataclass(frozen=True)
class Folder:
    name: str
    flags: frozenset[bytes] = field(default_factory=frozenset)

    @property
    def is_trash(self) -> bool:
        return TRASH in self.flags


def refuse_inside(host: str, port: int) -> None:
    """Keep people from having Watson knock on doors inside its own network. Raises Trouble.

    `MAILBOX_HOSTS` names the servers that may be inside, or on a port of their own.
    """
    if host.lower() in settings.MAILBOX_HOSTS:
        return
    if port not in PORTS:
        raise Trouble("port")
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise Trouble("unknown_host") from error
    if not all(ipaddress.ip_address(address.partition("%")[0]).is_global for address in found):
        raise Trouble("inside")


@contextlib.contextmanager
def opened(server: Server, sign_in: Callable[[IMAPClient], object], *, needs_trash: bool) -> "Iterator[ImapMailbox]":
    """An open mailbox; `needs_trash`: mail goes to the bin there. Raises Trouble."""
    with _told():
        refuse_inside(server.host, server.port)
        connection = _connect(server)
    try:
        with _told():
            sign_in(connection)
            mailbox = ImapMailbox(connection, needs_trash=needs_trash)
        yield mailbox
    finally:
        with contextlib.suppress(Exception):
            connection.logout()
        with contextlib.suppress(Exception):
            connection.shutdown()


def _connect(server: Server) -> IMAPClient:
    context = ssl.create_default_context()
    if settings.MAILBOX_CA_FILE:
        context.load_verify_locations(settings.MAILBOX_CA_FILE)
    wait = SocketTimeout(connect=10, read=settings.MAILBOX_TIMEOUT)
    connection = IMAPClient(server.host, server.port, ssl=not server.starttls, ssl_context=context, timeout=wait)
    if server.starttls:
        connection.starttls(context)
    return connection


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Whatever goes wrong on the wire as one of our codes; what the server said may hold anything and is dropped."""
    try:
        yield
    except Trouble:
        raise
    except LoginError as error:
        raise Trouble("refused") from error
    except CapabilityError as error:
        raise Trouble("no_uidplus" if "UIDPLUS" in str(error) else "not_able") from error
    except IMAPClientAbortError as error:
        raise Trouble("broke_off") from error
    except IMAPClientError as error:
        raise Trouble("not_able") from error
    except ssl.SSLCertVerificationError as error:
        raise Trouble("certificate") from error
    except ssl.SSLError as error:
        raise Trouble("no_tls") from error
    except socket.gaierror as error:
        raise Trouble("unknown_host") from error
    except OSError as error:
        raise Trouble("unreachable") from error


class ImapMailbox:
    """An open mailbox (`clients.Client`). A ref is `uidvalidity:uid:folder`."""

    def __init__(self, connection: IMAPClient, *, needs_trash: bool) -> None:
        self._imap = connection
        self._needs_trash = needs_trash
        self._is_gmail = bool(connection.has_capability("X-GM-EXT-1"))
        self._selected: tuple[str, bool] | None = None
        self._validity = 0
        self._every = [Folder(name, frozenset(flags)) for flags, _delimiter, name in connection.list_folders()]
        self._folders = self._useful(self._every)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def _useful(self, folders: list[Folder]) -> list[Folder]:
        """Where mail can be. On Gmail three folders hold all of it; if one is hidden there, nothing can be promised."""
        if self._is_gmail:
            for flag, code in ((ALL, "all_mail_hidden"), (TRASH, "bin_hidden"), (JUNK, "spam_hidden")):
                if not any(flag in folder.flags for folder in folders):
                    raise Trouble(code)
            return [folder for folder in folders if folder.flags & {ALL, TRASH, JUNK}]
        closed = {b"\\Noselect", b"\\NonExistent"}
        useful = [folder for folder in folders if not folder.flags & closed]
        if self._needs_trash and not any(folder.is_trash for folder in useful):
            raise Trouble("no_bin")
        # A folder of all mail is a view of the others nearly always: what it alone holds comes last.
        return sorted(useful, key=lambda folder: ALL in folder.flags)

    def check(self) -> None:
        with _told():
            if not self._imap.has_capability("UIDPLUS"):
                raise Trouble("no_uidplus")
            self._select(self._folders[0].name if self._folders else "INBOX")

    def sees(self) -> bool:
        with _told():
            for folder in self._folders:
                self._select(folder.name)
                newest = self._imap.search(["UNDELETED"])[-LOOKED_FOR:]
                letters = self.letters([f"{self._validity}:{uid}:{folder.name}" for uid in newest])
                known = [(one.ref, one.senders[0]) for one in letters if one.senders and _is_plain(one.senders[0])]
                if known:
                    return any(ref in self._search_here("FROM", sender) for ref, sender in known)
        return True  # an empty mailbox

    def by_address(self, addresses: Iterable[str]) -> list[str]:
        wanted = [address for address in addresses if _is_plain(address)]
        if self._is_gmail:
            return self._search([["X-GM-RAW", gmail_from_or_to(one)] for one in wanted])
        return self._search([[header, one] for one in wanted for header in ("FROM", "TO", "CC", "BCC")])

    def by_words(self, words: Iterable[str]) -> list[str]:
        wanted = [word for word in words if _is_plain(word)]
        if self._is_gmail:
            return self._search([["X-GM-RAW", gmail_words(one)] for one in wanted])
        return self._search([["TEXT", one] for one in wanted])

    def _search(self, questions: list[list[str]]) -> list[str]:
        found: dict[str, None] = {}
        with _told():
            for folder in self._folders if questions else []:
                self._select(folder.name)
                for key, value in questions:
                    found.update(dict.fromkeys(self._search_here(key, value)))
        return list(found)

    def _search_here(self, key: str, value: str) -> list[str]:
        """The refs of what matches in the folder that is open."""
        folder = self._selected[0] if self._selected else ""
        return [f"{self._validity}:{uid}:{folder}" for uid in self._imap.search(*_criteria(key, value))]

    def letters(self, refs: Sequence[str]) -> list[Letter]:
        trash = {folder.name for folder in self._folders if folder.is_trash}
        found = []
        with _told():
            for folder, uids in self._by_folder(refs):
                for part in _parts(uids):
                    for uid, held in self._imap.fetch(part, [_FETCH]).items():
                        raw = next((value for name, value in held.items() if name.startswith(b"BODY[")), b"")
                        ref = f"{self._validity}:{uid}:{folder}"
                        found.append(letter_of(ref, raw, in_trash=folder in trash))
        return found

    def trash(self, refs: Sequence[str]) -> None:
        bin_ = next((folder.name for folder in self._folders if folder.is_trash), None)
        if bin_ is None:
            raise Trouble("no_bin")
        with _told():
            for _folder, uids in self._by_folder(refs, but=bin_, write=True):
                self._move(uids, bin_)

    def purge(self, refs: Sequence[str]) -> None:
        with _told():
            if self._is_gmail:
                self._purge_gmail(refs)
                return
            for _folder, uids in self._by_folder(refs, write=True):
                self._delete(uids)

    def _purge_gmail(self, refs: Sequence[str]) -> None:
        """Only in the bin does deleting delete on Gmail; elsewhere it takes a label off, and the mail stays."""
        bin_ = next(folder.name for folder in self._folders if folder.is_trash)
        numbers: list[int] = []
        for folder, uids in self._by_folder(refs, write=True):
            for part in _parts(uids):
                numbers += [held[b"X-GM-MSGID"] for held in self._imap.fetch(part, ["X-GM-MSGID"]).values()]
            if folder != bin_:
                self._move(uids, bin_)
        self._select(bin_, write=True)
        self._delete([uid for number in numbers for uid in self._imap.search(f"X-GM-MSGID {number}")])

    def _move(self, uids: list[int], to: str) -> None:
        for part in _parts(uids):
            if self._imap.has_capability("MOVE"):
                self._imap.move(part, to)
            else:
                self._imap.copy(part, to)
                self._delete(part)

    def _delete(self, uids: list[int]) -> None:
        if not self._imap.has_capability("UIDPLUS"):
            raise Trouble("no_uidplus")
        for part in _parts(uids):
            self._imap.add_flags(part, [b"\\Deleted"], silent=True)
            self._imap.uid_expunge(part)

    def content(self, ref: str) -> Content:
        with _told():
            for _folder, uids in self._by_folder([ref]):
                for held in self._imap.fetch(uids, [_WHOLE]).values():
                    return content_of(next((value for name, value in held.items() if name.startswith(b"BODY[")), b""))
        return Content()

    def sent_since(self, mark: str) -> tuple[list[str], str]:
        with _told():
            sent = next((folder for folder in self._every if SENT in folder.flags), None)
            if sent is None:
                raise Trouble("no_sent")
            answer = self._imap.select_folder(sent.name, readonly=True)
            self._selected, self._validity = (sent.name, False), int(answer.get(b"UIDVALIDITY", 0))
            validity, _colon, last = mark.partition(":")
            newest = int(answer.get(b"UIDNEXT", 1)) - 1
            if not mark or int(validity) != self._validity:
                return [], f"{self._validity}:{newest}"
            # A server answers `n:*` with its last mail, be it older than n.
            fresh = [uid for uid in self._imap.search(f"UID {int(last) + 1}:*") if uid > int(last)]
            return [
                f"{self._validity}:{uid}:{sent.name}" for uid in fresh
            ], f"{self._validity}:{max([int(last), *fresh])}"

    def _by_folder(self, refs: Sequence[str], *, but: str = "", write: bool = False) -> Iterator[tuple[str, list[int]]]:
        """The numbers of these mails folder by folder, each folder open while it is worked on."""
        uids: dict[tuple[str, int], list[int]] = {}
        for ref in refs:
            validity, uid, folder = ref.split(":", 2)
            if folder != but:
                uids.setdefault((folder, int(validity)), []).append(int(uid))
        for (folder, known), theirs in uids.items():
            self._select(folder, write=write)
            if self._validity != known:
                raise Trouble("changed", 60)  # the server numbered its mail anew: search again
            yield folder, theirs

    def _select(self, folder: str, *, write: bool = False) -> None:
        if self._selected != (folder, write):
            answer = self._imap.select_folder(folder, readonly=not write)
            self._selected, self._validity = (folder, write), int(answer.get(b"UIDVALIDITY", 0))


def _criteria(key: str, value: str) -> tuple[Any, ...]:
    """A search that takes `value` as it is; what is not ASCII goes as a literal in UTF-8."""
    if value.isascii():
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return (f'{key} "{quoted}"',)
    return ([key, value], "UTF-8")


def _is_plain(value: str) -> bool:
    """Whether a value can stand in a command: nothing that would end it."""
    return bool(value.strip()) and value.isprintable()


def _parts(uids: list[int]) -> Iterator[list[int]]:
    for first in range(0, len(uids), AT_ONCE):
        yield uids[first : first + AT_ONCE]
