"""What kind of file came with a mail, by its content and never by its name, and whether it may be kept."""

import hashlib
import io
import re
import zipfile
import zlib
from typing import NamedTuple
from uuid import UUID

from mailing.models import InboundFile, SetAside
from mailing.replies.masking import mask
from mailing.replies.reading import Attached
from privacy import keys, sealing

MOST = 30
LONGEST_TEXT = 1_000_000

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OFFICE_FOLDERS = (
    ("word/", "wordprocessingml.document"),
    ("xl/", "spreadsheetml.sheet"),
    ("ppt/", "presentationml.presentation"),
)
_OPEN_DOCUMENT = re.compile(rb"application/vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation)")
_RUNS = ("vbaproject.bin", ".exe", ".dll", ".js", ".vbs")
_BY_START: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)
_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa",
    b"L\0\0\0\x01\x14\x02\0",
    b"dex\n",
)
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"MSCF", b"ITSF")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_MACRO_STREAMS = tuple(name.encode("utf-16-le") for name in ("_VBA_PROJECT", "Macros", "VBA"))
_LOCKED_STREAM = "EncryptedPackage".encode("utf-16-le")
_SCRIPT_NAME = re.compile(
    r"\.(?:js|jse|vbs|vbe|wsf|wsh|hta|ps1|psm1|bat|cmd|sh|bash|py|pl|rb|php|jar|scr|com|pif|lnk|url|reg|desktop|command)$",
    re.I,
)
_IDENTITY = re.compile(
    r"(?<![a-z])(?:paspoort|passport|pasfoto|id[ _-]?(?:kaart|card|bewijs)|identiteits(?:kaart|bewijs)"
    r"|identity[ _-]?card|rijbewijs|driv(?:ing|er'?s?)[ _-]?licen[cs]e|verblijfsvergunning"
    r"|residence[ _-]?permit)(?![a-z])",
    re.I,
)


class Kind(NamedTuple):
    """The type of a file by its content; or why it is set aside."""

    content_type: str = ""
    set_aside: str = ""


def kept(attached: list[Attached], mail_id: UUID, owner: UUID | None = None) -> list[InboundFile]:
    """The rows of a mail's files, unsaved: sealed where they may be kept, without content where not.

    `owner`: under whose key in the vault, so that it goes with them; None: under the general one.
    """
    rows = []
    for number, file in enumerate(attached):
        kind = Kind(set_aside=SetAside.TOO_MANY) if number >= MOST else kind_of(file)
        if number > MOST:
            break
        rows.append(_row(file, kind, mail_id, owner))
    return rows


def content_of(file: InboundFile) -> bytes:
    """What was sent. Raises privacy.sealing.Unsealable when its key is gone."""
    return zlib.decompress(keys.unseal(file.body, context=_context(file)))


def kind_of(file: Attached) -> Kind:
    """By the bytes it begins with and the parts it has; a name can only make it worse."""
    data = file.data
    if file.is_mail:
        return Kind(set_aside=SetAside.MAIL)
    if _IDENTITY.search(file.name):
        return Kind(set_aside=SetAside.IDENTITY)
    if data.startswith(_PROGRAMS):
        return Kind(set_aside=SetAside.EXECUTABLE)
    if data.startswith(b"#!") or _SCRIPT_NAME.search(file.name):
        return Kind(set_aside=SetAside.SCRIPT)
    for start, content_type in _BY_START:
        if data.startswith(start):
            return Kind(content_type)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Kind("image/webp")
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"):
        return Kind("image/heic")
    if data.startswith(_ARCHIVES):
        return Kind(set_aside=SetAside.ARCHIVE)
    if data.startswith(_ZIP):
        return _zipped(data)
    if data.startswith(_OLE):
        return _ole(data)
    if data.startswith(b"{\\rtf"):
        return Kind(set_aside=SetAside.MACRO) if b"\\obj" in data.lower() else Kind("application/rtf")
    return _plain(data)


def _zipped(data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = {entry.filename.lower() for entry in entries}
            # OpenDocument says what it is in its first, uncompressed entry.
            is_open = "mimetype" in names and data[30:38] == b"mimetype"
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
        return Kind(set_aside=SetAside.ARCHIVE)
    if any(name.endswith(_RUNS) or name.startswith("basic/") for name in names):
        return Kind(set_aside=SetAside.MACRO)
    if any(entry.flag_bits & 1 for entry in entries):
        return Kind(set_aside=SetAside.LOCKED)
    if "[content_types].xml" in names:
        for folder, which in _OFFICE_FOLDERS:
            if any(name.startswith(folder) for name in names):
                return Kind(f"{_OFFICE}.{which}")
    if is_open and (found := _OPEN_DOCUMENT.match(data[38:100])):
        return Kind(found[0].decode())
    if "index/document.iwa" in names:
        return Kind("application/vnd.apple.pages")
    return Kind(set_aside=SetAside.ARCHIVE)


def _ole(data: bytes) -> Kind:
    if _LOCKED_STREAM in data:
        return Kind(set_aside=SetAside.LOCKED)
    if any(name in data for name in _MACRO_STREAMS):
        return Kind(set_aside=SetAside.MACRO)
    if "WordDocument".encode("utf-16-le") in data:
        return Kind("application/msword")
    if "Workbook".encode("utf-16-le") in data:
        return Kind("application/vnd.ms-excel")
    if "PowerPoint Document".encode("utf-16-le") in data:
        return Kind("application/vnd.ms-powerpoint")
    return Kind(set_aside=SetAside.UNKNOWN)


def _plain(data: bytes) -> Kind:
    if data[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        return Kind(set_aside=SetAside.HTML)
    if len(data) > LONGEST_TEXT or b"\0" in data:
        return Kind(set_aside=SetAside.UNKNOWN)
    return Kind("text/plain") if _text(data) is not None else Kind(set_aside=SetAside.UNKNOWN)


def _text(data: bytes) -> str | None:
    for charset in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(charset)
        except ValueError:
            continue
    return None


def _row(file: Attached, kind: Kind, mail_id: UUID, owner: UUID | None) -> InboundFile:
    data, masked = file.data, 0
    if kind.content_type == "text/plain":
        written = _text(data) or ""
        text, masked = mask(written)
        data = data if text == written else text.encode()
    stem, dot, ending = file.name.rpartition(".")
    stem, in_name = mask(stem if dot else ending)
    row = InboundFile(
        mail_id=mail_id,
        name=mask(f"{stem}{dot}{ending if dot else ''}")[0],
        content_type=kind.content_type,
        size=len(file.data),
        sha256=hashlib.sha256(data).hexdigest(),
        set_aside=kind.set_aside,
        masked=masked + in_name,
    )
    if not kind.set_aside:
        packed, context = zlib.compress(data), _context(row)
        row.body = keys.seal(owner, packed, context=context) if owner else sealing.seal(packed, context=context)
    return row


def _context(file: InboundFile) -> str:
    return f"inbound_file:{file.pk}"
