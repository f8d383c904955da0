"""What stands in files that lie sealed here, for the search after an erasure."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from mailing import attachments
from mailing.models import Attachment, InboundFile, StoredFile
from mailing.replies import files as reply_files
from privacy.sealing import Unsealable

#: So much of one file is read, packed parts unpacked: enough for any letter, too little to be choked by a bomb.
MOST = 20_000_000
_TAGS = re.compile(rb"<[^>]*>")
_STREAMS = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


def written_in(data: bytes) -> bytes:
    """The words of a file as one line: a document that is a ZIP of XML unpacked, a PDF as far as its streams unpack to
    plain words, anything else as it is. Never raises."""
    if data.startswith(b"PK\x03\x04"):
        data = b" ".join(_TAGS.sub(b"", part) for part in _zipped(data)) or data
    elif data.startswith(b"%PDF"):
        data = b" ".join((data, *_unpacked(data)))
    return data.replace(b"\n", b" ").replace(b"\r", b" ").replace(b"\t", b" ")


def _zipped(data: bytes) -> Iterator[bytes]:
    left = MOST
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for entry in packed.infolist():
                if left > 0 and entry.filename.endswith((".xml", ".rels", ".txt")):
                    with packed.open(entry) as file:
                        part = file.read(left)
                    left -= len(part)
                    yield part
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, zlib.error):
        return


def _unpacked(data: bytes) -> Iterator[bytes]:
    left = MOST
    for found in _STREAMS.finditer(data):
        if left <= 0:
            return
        try:
            part = zlib.decompressobj().decompress(found.group(1), left)
        except zlib.error:
            continue
        left -= len(part)
        yield part


def everything() -> Iterator[tuple[str, UUID, bytes]]:
    """The files that are not surely one other person's own, as (table, key, words): what went along with messages,
    which several may have got, and what came in a mail nobody filed.

    A file that somebody sent us lies under that person's key and is theirs: what would be found in it stays there.
    """
    yield from _read("mailing.StoredFile", StoredFile.objects.all(), attachments.content_of)
    strays = InboundFile.objects.filter(mail__subject=None, set_aside="")
    yield from _read("mailing.InboundFile", strays, reply_files.content_of)


def _read(label: str, rows: Iterable[Any], content: Callable[[Any], bytes]) -> Iterator[tuple[str, UUID, bytes]]:
    for row in rows.order_by("pk").iterator(chunk_size=50):  # type: ignore[attr-defined]
        try:
            yield label, row.pk, written_in(content(row))
        except Unsealable:
            continue  # its key was destroyed: nobody reads it any more


def owners_of(label: str, pk: UUID) -> set[UUID]:
    """Whose mail a file went along with; nobody for one that no message holds, and for a stray mail's."""
    if label != "mailing.StoredFile":
        return set()
    used = Attachment.objects.filter(file=pk, message__subject__isnull=False)
    return set(used.values_list("message__subject", flat=True))
