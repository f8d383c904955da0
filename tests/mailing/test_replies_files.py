"""Files that come with a mail: by what they hold, kept sealed or set aside with a word."""

import io
import uuid
import zipfile

import pytest

from mailing.models import InboundFile, SetAside
from mailing.replies import files
from mailing.replies.reading import Attached
from privacy import sealing

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def zipped(*names, first=b""):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        if first:
            archive.writestr("mimetype", first)
        for name in names:
            archive.writestr(name, "x")
    return made.getvalue()


def stream(name):
    return OLE + b"\0" * 512 + name.encode("utf-16-le") + b"\0" * 64


OPEN = "application/vnd.oasis.opendocument.text"
OFFICE = "application/vnd.openxmlformats-officedocument."
KEPT = {
    "cv.pdf": (b"%PDF-1.7 x", "application/pdf"),
    "cv.docx": (zipped("[Content_Types].xml", "word/document.xml"), f"{OFFICE}wordprocessingml.document"),
    "list.xlsx": (zipped("[Content_Types].xml", "xl/workbook.xml"), f"{OFFICE}spreadsheetml.sheet"),
    "cv.odt": (
        zipped("content.xml", first=b"application/vnd.oasis.opendocument.text"),
        "application/vnd.oasis.opendocument.text",
    ),
    "cv.doc": (stream("WordDocument"), "application/msword"),
    "cv.rtf": (b"{\\rtf1 cv}", "application/rtf"),
    "cv.txt": (b"Ervaring: caf\xe9", "text/plain"),
    "photo.png": (b"\x89PNG\r\n\x1a\nx", "image/png"),
    "photo.jpg": (b"\xff\xd8\xff\xe0x", "image/jpeg"),
    "as a.exe.pdf": (b"%PDF-1.7 x", "application/pdf"),
}
ASIDE = {
    "cv.pdf": (b"MZ\x90\0", SetAside.EXECUTABLE),
    "run": (b"\x7fELF", SetAside.EXECUTABLE),
    "run.txt": (b"#!/bin/sh\nrm", SetAside.SCRIPT),
    "x.js": (b"alert(1)", SetAside.SCRIPT),
    "x.ps1": (b"Get-Item", SetAside.SCRIPT),
    "page.html": (b"<!DOCTYPE html><script>", SetAside.HTML),
    "picture.svg": (b"\xef\xbb\xbf <svg onload='x'>", SetAside.HTML),
    "cv.docm": (zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), SetAside.MACRO),
    "old.doc": (stream("WordDocument") + "_VBA_PROJECT".encode("utf-16-le"), SetAside.MACRO),
    "object.rtf": (b"{\\rtf1{\\object x}}", SetAside.MACRO),
    "locked.docx": (stream("EncryptedPackage"), SetAside.LOCKED),
    "all.zip": (zipped("cv.pdf"), SetAside.ARCHIVE),
    "broken.docx": (b"PK\x03\x04 nothing", SetAside.ARCHIVE),
    "all.7z": (b"7z\xbc\xaf\x27\x1c", SetAside.ARCHIVE),
    "Paspoort Anna.pdf": (b"%PDF-1.7", SetAside.IDENTITY),
    "my_passport.jpg": (b"\xff\xd8\xff", SetAside.IDENTITY),
    "noise.bin": (b"\0\1\2\3", SetAside.UNKNOWN),
}


def row_of(name, data, **fields):
    (row,) = files.kept([Attached(name, data, **fields)], uuid.uuid4())
    return row


@pytest.mark.parametrize("name", KEPT)
def test_a_document_is_kept_sealed_under_the_type_of_its_bytes(name):
    data, kind = KEPT[name]
    row = row_of(name, data)
    assert (row.content_type, row.set_aside, row.size) == (kind, "", len(data))
    assert data[:20] not in bytes(row.body)
    assert files.content_of(row) == data
    with pytest.raises(sealing.Unsealable):
        files.content_of(InboundFile(body=row.body))


@pytest.mark.parametrize("name", ASIDE)
def test_a_dangerous_file_is_set_aside_with_a_word_and_not_kept(name):
    data, why = ASIDE[name]
    row = row_of(name, data)
    assert (row.set_aside, bytes(row.body), row.content_type) == (why, b"", "")
    assert row.get_set_aside_display()


def test_a_mail_inside_the_mail_is_set_aside():
    assert row_of("x.eml", b"", is_mail=True).set_aside == SetAside.MAIL


def test_a_mail_brings_thirty_files_at_most():
    rows = files.kept([Attached(f"{number}.pdf", b"%PDF-1") for number in range(200)], uuid.uuid4())
    assert len(rows) == 31
    assert [row.set_aside for row in rows[-2:]] == ["", SetAside.TOO_MANY]


def test_a_number_in_a_text_file_is_covered_and_the_rest_stays():
    row = row_of("cv.txt", b"Ervaring. BSN 123456782. Slot.")
    assert files.content_of(row).decode() == "Ervaring. BSN •••••••••. Slot."
    assert row.masked == 1


@pytest.mark.parametrize("name", ["rapportpaspoortloos.txt", "Passporta CV.pdf", "idkaarten.pdf"])
def test_a_name_is_read_by_whole_words(name):
    assert row_of(name, b"%PDF-1.7").set_aside == ""
