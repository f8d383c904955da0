"""The organisation's logo: a small picture within every mail, so that nothing is fetched when it is read."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from mailing import attachments
from mailing.models import Logo
from privacy import ledger
from privacy.guards import REFUSALS, Refused, lawful, refuse

CONTENT_ID = "logo"
# It goes along with every single mail.
MOST_BYTES = 50 * 1024
MOST_PIXELS = 2000
# Twice as many pixels as are shown look sharp on every screen; more is only weight.
SHOWN_WIDTH, SHOWN_HEIGHT = 240, 64

LARGE = refuse("mail_logo_large", _("A logo is at most 50 KB: it goes along with every mail. Make it smaller."))
NO_PICTURE = refuse("mail_logo_no_picture", _("A logo is a PNG, JPEG or GIF picture that mail programs can show."))
VAST = refuse("mail_logo_vast", _("A logo is at most 2000 pixels wide and high. Make it smaller."))


class Picture(NamedTuple):
    """A picture by its own first bytes."""

    content_type: str
    width: int
    height: int


def current() -> Logo | None:
    """The logo that goes along with mail now, without its content."""
    return Logo.objects.select_related("file").defer("file__body").first()


def read(content: bytes) -> Picture:
    """What kind of picture this is and its size in pixels, whatever its name says. Raises Refused."""
    if len(content) > MOST_BYTES:
        raise Refused(REFUSALS[LARGE], LARGE)
    picture = _read(content)
    if picture is None or not picture.width or not picture.height:
        raise Refused(REFUSALS[NO_PICTURE], NO_PICTURE)
    if max(picture.width, picture.height) > MOST_PIXELS:
        raise Refused(REFUSALS[VAST], VAST)
    return picture


def choose(content: bytes, *, actor: User) -> Logo:
    """From now on this picture stands at the head of every mail. Raises Refused."""
    picture = read(content)
    part = min(1, SHOWN_WIDTH / picture.width, SHOWN_HEIGHT / picture.height)
    ending = picture.content_type.partition("/")[2]
    with lawful():
        file = attachments.add(f"logo.{ending}", content, content_type=picture.content_type, actor=actor)
        logo, _is_new = Logo.objects.update_or_create(
            pk=1,
            defaults={
                "file": file,
                "width": max(1, round(picture.width * part)),
                "height": max(1, round(picture.height * part)),
            },
        )
        ledger.append("mail.logo_chosen", actor=actor, file=file.pk)
    return logo


def _read(content: bytes) -> Picture | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR" and len(content) >= 24:
        return Picture("image/png", *struct.unpack(">II", content[16:24]))
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        return Picture("image/gif", *struct.unpack("<HH", content[6:10]))
    if content.startswith(b"\xff\xd8\xff"):
        return next(_frames(content), None)
    return None


def _frames(content: bytes) -> Iterator[Picture]:
    """The sizes that the parts of a JPEG name (ISO 10918-1: SOF0 to SOF15, but no tables)."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            yield Picture("image/jpeg", width, height)
        if length < 2:
            return
        at += 2 + length
