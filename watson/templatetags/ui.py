"""Tags for the parts that stand on a page by the hundred: icons, legal states, clocks. Markup: docs/design.md."""

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from django import template
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

register = template.Library()

# Code: (icon, word). The word is what a recruiter reads; pages may pass their own.
STATES = {
    "interest": ("scale", _("Legitimate interest")),
    "asked": ("asked", _("Consent asked")),
    "given": ("check", _("Consent given")),
    "refused": ("ban", _("Refused")),
    "withdrawn": ("undo", _("Withdrawn")),
    "talk": ("phone", _("Talk first")),
    "pending": ("hourglass", _("Yes, to be confirmed")),
    "pool": ("history", _("Agreed to be kept")),
    "none": ("question", _("No basis")),
}
CLOCKS = {
    "calm": ("clock", _("On time")),
    "amber": ("clock", _("Due soon")),
    "red": ("hourglass", _("Due very soon")),
    "overdue": ("alert", _("Overdue")),
    "done": ("check", _("Done")),
}
MAIL_STATES = {
    "queued": ("queue", _("Queued")),
    "sent": ("send", _("Sent")),
    "delivered": ("inbox", _("Delivered")),
    "opened": ("opened", _("Opened")),
    "clicked": ("click", _("Clicked")),
    "bounced": ("bounce", _("Bounced")),
    "failed": ("alert", _("Failed")),
    "aborted": ("stop", _("Not sent")),
    "copied": ("copy", _("Copied by hand")),
}
NOTES = {"info": "info", "warn": "alert", "danger": "alert", "ok": "check"}
_SELECTED = mark_safe(" selected")
VERDICTS = {
    "ok": ("check", _("Will be added")),
    "warn": ("alert", _("Look first")),
    "refused": ("ban", _("Refused")),
}


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the sprite; decorative unless it has a label. Size: '', 'm' or 'l'."""
    if not label:
        return _decorative(name, size)
    css = f"icon icon--{size}" if size else "icon"
    return format_html('<svg class="{}" role="img" aria-label="{}">{}</svg>', css, label, _shape(name))


@lru_cache(maxsize=512)
def _decorative(name: str, size: str = "") -> SafeString:
    css = f"icon icon--{size}" if size else "icon"
    return format_html('<svg class="{}" aria-hidden="true">{}</svg>', css, _shape(name))


def _shape(name: str) -> SafeString:
    return format_html('<use href="{}#{}"></use>', static("icons.svg"), name)


def _marked(block: str, code: str, parts: tuple[str, object], word: str, title: str = "") -> SafeString:
    name, own = parts
    return _chip(block, code, name, str(word or own), str(title))


# The same few words and days stand on a page by the hundred. By type: what is safe as it is equals what is not.
@lru_cache(maxsize=1024, typed=True)
def _chip(block: str, code: str, name: str, text: str, title: str) -> SafeString:
    hint = format_html(' title="{}"', title) if title else ""
    return format_html('<span class="{0} {0}--{1}"{2}>{3}{4}</span>', block, code, hint, _decorative(name), text)


@register.simple_tag
def at(name: str, key: object) -> str:
    """As `url`, for one of many rows by its id: what is the same in the addresses of all of them is looked up once."""
    before, after = _around(name, get_script_prefix())
    return f"{before}{key}{after}"


@lru_cache(maxsize=64)
def _around(name: str, prefix: str) -> tuple[str, str]:
    blank = UUID(int=0)
    before, _key, after = reverse(name, args=[blank]).partition(str(blank))
    return before, after


@register.simple_tag
def state(code: str, word: str = "") -> SafeString:
    """The legal basis or answer of a candidacy."""
    return _marked("state", code, STATES.get(code, STATES["none"]), word)


@register.simple_tag
def clock(level: str, word: str = "", title: str = "") -> SafeString:
    """How near a date is: calm, amber, red, overdue or done."""
    return _marked("clock", level, CLOCKS.get(level, CLOCKS["calm"]), word, title)


@register.simple_tag
def mailstate(code: str, word: str = "") -> SafeString:
    """Where a message is."""
    return _marked("mailstate", code, MAIL_STATES.get(code, ("mail", code)), word)


@register.simple_tag
def verdict_word(code: str, word: str = "") -> SafeString:
    """What an import will do with a row."""
    name, own = VERDICTS.get(code, VERDICTS["warn"])
    return format_html('<span class="verdict__word">{}{}</span>', icon(name), word or own)


@register.simple_tag
def options(choices: Iterable[tuple[object, object]], chosen: object) -> SafeString:
    """The options of a select, of which there may be hundreds; `chosen` is the value of the one that is."""
    known = str(chosen) if chosen else None
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, _SELECTED if str(value) == known else "", label) for value, label in choices),
    )


@register.filter
def note_icon(kind: str) -> str:
    """The icon of a notice of this kind."""
    return NOTES.get(kind, "info")


@register.filter
def first_line(value: object) -> str:
    """The title of a choice whose label holds a title, a newline and a help text."""
    return str(value).partition("\n")[0]


@register.filter
def other_lines(value: object) -> str:
    """What comes after the title of such a label."""
    return str(value).partition("\n")[2]
