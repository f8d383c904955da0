"""Files that go along with messages: adding, joining to a message, what SparkPost gets, forgetting."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from mailing.events import bulk
from mailing.models import Attachment, Message, StoredFile
from privacy import keys, ledger, sealing
from privacy.guards import REFUSALS, Refused, lawful, refuse

# SparkPost takes 20 MB of text, HTML and files together, files written in base64, which is a third more.
MOST_BYTES = 14 * 1024 * 1024
UNUSED_FOR = timedelta(days=1)

EMPTY = refuse("mail_file_empty", _("This file is empty."))
TOO_LARGE = refuse(
    "mail_files_too_large", _("Files with one message are at most 14 MB together. Leave some out or make them smaller.")
)
KIND = refuse(
    "mail_file_kind", _("Mail servers refuse programs and scripts. Send it as a PDF or another kind of document.")
)
NO_TYPE = refuse("mail_file_type", _("It cannot be told what kind of file this is."))

# What Gmail and Outlook send back, whatever is inside: https://support.google.com/mail/answer/6590.
REFUSED_ENDINGS = re.compile(
    r"ade|adp|apk|appx(bundle)?|bat|cab|chm|cmd|com|cpl|diag(cab|cfg|pkg)|dll|dmg|ex|ex_|exe|hta|img|ins|iso|isp|jar|jnlp"
    r"|jse?|lib|lnk|mde|mjs|ms[cipt]|msix(bundle)?|nsh|pif|ps1|reg|scr|sct|shb|sys|url|vbe?|vbs|vhd|vxd|ws[cfh]|xll",
    re.IGNORECASE,
)
# How a program begins, under whatever name: of Windows, and of Linux.
_PROGRAMS = (b"MZ", b"\x7fELF")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,25}/[a-z0-9][a-z0-9!#$&^_.+-]{0,70}")
_CONTENT_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,50}")
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|]+')


# Most have nothing, and are asked about for every few that are sent.
_HAVING = "SELECT DISTINCT message_id FROM mailing_attachment WHERE message_id = ANY(%s::uuid[])"


@dataclass(frozen=True)
class Along:
    """What goes along with one message, in the shape of SparkPost's `attachments` and `inline_images`."""

    attachments: list[dict[str, str]]
    inline_images: list[dict[str, str]]


NOTHING = Along([], [])


def add(name: str, content: bytes, *, content_type: str, actor: User | None) -> StoredFile:
    """Store a file, sealed. Raises Refused for an empty or too large one, and for a kind that mail servers refuse."""
    if not content:
        raise Refused(REFUSALS[EMPTY], EMPTY)
    if len(content) > MOST_BYTES:
        raise Refused(REFUSALS[TOO_LARGE], TOO_LARGE)
    ending = plain_name(name).rpartition(".")[2]
    if REFUSED_ENDINGS.fullmatch(ending) or content.startswith(_PROGRAMS):
        raise Refused(REFUSALS[KIND], KIND)
    content_type = content_type.strip().lower()
    if not _TYPE.fullmatch(content_type):
        raise Refused(REFUSALS[NO_TYPE], NO_TYPE)
    file = StoredFile(
        name=plain_name(name),
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        added_by=actor,
    )
    # A key of its own, for several people may get it: it goes with the last of them.
    file.body = sealed(file, content)
    with lawful():
        file.save(force_insert=True)
        ledger.append("mail.file_added", actor=actor, file=file.pk, sha256=file.sha256)
    return file


def sealed(file: StoredFile, content: bytes) -> bytes:
    """The content of this file, under the file's own key."""
    return keys.seal(file.pk, content, context=_context(file))


def plain_name(name: str) -> str:
    """A name that is one: no path, no control characters, and no braces, which SparkPost may take for its template."""
    last = re.split(r"[/\\]", name.strip())[-1]
    clean = " ".join(_NOT_IN_NAMES.sub(" ", last).replace("{", "(").replace("}", ")").split()).strip(" .")
    stem, dot, ending = clean.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: 149 - len(ending)]}.{ending}"
    return clean[:150] or "file"


def content_of(file: StoredFile) -> bytes:
    """The file as it was added. Raises Unsealable."""
    return keys.unseal(file.body, context=_context(file))


def check(files: Iterable[StoredFile]) -> None:
    """Refuse what together is more than one message may hold."""
    if sum(file.size for file in files) > MOST_BYTES:
        raise Refused(REFUSALS[TOO_LARGE], TOO_LARGE)


def join(message: Message, files: Iterable[StoredFile], inline: Mapping[str, StoredFile]) -> None:
    """Put files under a message, and pictures in it by their content id. Within the caller's transaction."""
    bad = [content_id for content_id in inline if not _CONTENT_ID.fullmatch(content_id)]
    if bad:
        raise ValueError("A content id is a short code.")
    uses = [Attachment(message=message, file=file) for file in files]
    uses += [Attachment(message=message, file=file, content_id=content_id) for content_id, file in inline.items()]
    Attachment.objects.bulk_create(uses)


def along_with(messages: Iterable[Message]) -> dict[UUID, Along]:
    """What goes along with these messages; one that has nothing is left out. A few queries for all."""
    found: dict[UUID, Along] = {}
    having = bulk.column(_HAVING, [message.pk for message in messages])
    if not having:
        return {}
    uses = list(Attachment.objects.filter(message__in=having).select_related("file").order_by("pk"))
    contents = keys.unseal_all((use.file.body, _context(use.file)) for use in uses)
    for use, content in zip(uses, contents, strict=True):
        along = found.setdefault(use.message_id, Along([], []))
        data = base64.b64encode(content).decode()
        entry = {"type": use.file.content_type, "data": data}
        if use.content_id:
            along.inline_images.append({"name": use.content_id, **entry})
        else:
            along.attachments.append({"name": use.file.name, **entry})
    return found


def pictures_in(message: Message) -> dict[str, str]:
    """The pictures shown in a message as data addresses, by content id; without those whose key is gone."""
    found = {}
    for use in message.attachments.exclude(content_id="").select_related("file"):
        with suppress(sealing.Unsealable):
            data = base64.b64encode(content_of(use.file)).decode()
            found[use.content_id] = f"data:{use.file.content_type};base64,{data}"
    return found


def parts_of(along: Along) -> dict[str, Any]:
    """The same as parts of SparkPost's `content`."""
    given = {"attachments": along.attachments, "inline_images": along.inline_images}
    return {name: entries for name, entries in given.items() if entries}


def forget_unused() -> int:
    """Delete files that no message and no draft holds; how many."""
    unused = list(
        StoredFile.objects.unused().filter(added_at__lt=timezone.now() - UNUSED_FOR).values_list("pk", flat=True)
    )
    gone = StoredFile.objects.unused().filter(pk__in=unused).delete()[0]
    keys.destroy(set(unused) - set(StoredFile.objects.filter(pk__in=unused).values_list("pk", flat=True)))
    return gone


def _context(file: StoredFile) -> str:
    return f"mailfile:{file.pk}"
