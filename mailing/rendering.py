"""From the words of a template to the two parts of a mail, and from there to what leaves.

A template is plain text with placeholders: `[vacancy]` must have a value, a line with an empty `[phone?]` falls away,
`[link:consent|Give your answer]` is one of the reader's links. `# ` begins a heading, `- ` an item, `> ` a block of its
own. What is stored holds `[[link:consent:<uuid>]]` for each link; its address, which holds the token, is filled in when
the mail leaves. Values are never read as a template again, so nobody's name can become a placeholder.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from mailing import footers
from mailing.ink import has_ink
from privacy.guards import Refused, Sentence
from privacy.models import Link

SHORT_LENGTH = 500
SUBJECT_LENGTH = 200
MASK = "https://…/"

PLACEHOLDER = re.compile(r"\[(link:)?([a-z_]+)(\?)?(?:\|([^\]\n]+))?\]")
_MARK = re.compile(r"^(?:# |> ?)")
_STORED_LINK = re.compile(r"\[\[link:([a-z_]+):([0-9a-f-]{36})\]\]")
_ADDRESS = re.compile(r"https?://[^\s<>\[\]\"']+")
_TRAILING = ".,;:!?)"
_UNTRACKED = '[[data-msys-clicktrack="0"]]'
_HREF = re.compile(r'(?<=<a )href="([^"]*)"')
_CONTENT_ID = re.compile(r'(?<=<img )src="cid:([a-z0-9._-]+)"')
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
POLICY = "policy"

NO_SUBJECT = _("Nothing would be left of the subject of this message.")
NO_TEXT = _("Nothing would be left of the text of this message.")


class Blank(Refused):
    """Nothing to read would be left; an empty mail is never made."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence, "mail_blank")


class EmptyPlaceholder(Refused):
    """The words need something that isn't there; a mail with a hole in it is never made."""

    def __init__(self, name: str) -> None:
        super().__init__(_("The text of this message needs “%(name)s”, and that is empty.") % {"name": name})
        self.name = name


@dataclass(frozen=True)
class Rendered:
    """The two parts of one message as stored, and its subject."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Shown:
    """A picture at the head of the formatted part: its content id, its size, and what it shows in words."""

    content_id: str
    width: int
    height: int
    words: str


@dataclass(frozen=True)
class Block:
    """One block of the formatted part: `kind` is paragraph, heading, list, aside or button."""

    kind: str
    html: SafeString
    items: tuple[SafeString, ...] = ()


def render(
    *,
    subject: str,
    body: str,
    values: Mapping[str, str],
    links: Mapping[str, Link],
    language: str,
    footer: str = "",
    picture: Shown | None = None,
) -> Rendered:
    """Fill a template's words; raises EmptyPlaceholder for what is unknown or empty, Blank when nothing is left."""
    clean = {name: _inert(value) for name, value in values.items()}
    title = " ".join(_fill_text(subject, clean, links).split())[:SUBJECT_LENGTH]
    text = _fill_text(body, clean, links)
    foot = _fill_text(footer, clean, links)
    _check_ink(title, text)
    html = render_to_string(
        "mailing/message.html",
        {
            "language": language,
            "title": title,
            "picture": picture,
            "blocks": list(_blocks(body, clean, links)),
            "footer": list(_blocks(footer, clean, links)),
        },
    )
    return Rendered(title, f"{text}\n\n-- \n{foot}\n" if foot else f"{text}\n", html)


def render_short(body: str, values: Mapping[str, str], links: Mapping[str, Link]) -> str:
    """The short text for another channel; raises EmptyPlaceholder or Blank."""
    text = _fill_text(body, {name: _inert(value) for name, value in values.items()}, links)
    if not has_ink(text):
        raise Blank(NO_TEXT)
    return text


def render_plain(subject: str, body: str, *, language: str, legal_name: str) -> Rendered:
    """A text that is no template (Django's own mail), shown word for word; raises Blank."""
    _check_ink(subject, body)
    foot = footers.identity_line(legal_name)
    blocks = [Block("paragraph", _broken(escape(part))) for part in _parts(body)]
    footer = [Block("paragraph", escape(foot))] if foot else []
    context = {"language": language, "title": subject, "blocks": blocks, "footer": footer}
    return Rendered(
        " ".join(subject.split())[:SUBJECT_LENGTH],
        f"{body.strip()}\n\n-- \n{foot}\n" if foot else f"{body.strip()}\n",
        render_to_string("mailing/message.html", context),
    )


def names_in(body: str) -> set[str]:
    """What a template asks for: `vacancy`, `link:consent`; optional ones too."""
    return {f"{found[1] or ''}{found[2]}" for found in PLACEHOLDER.finditer(body)}


def stored_links(*bodies: str) -> dict[UUID, str]:
    """The links in stored bodies: id to name."""
    return {UUID(found[2]): found[1] for body in bodies for found in _STORED_LINK.finditer(body)}


def with_addresses(body: str, addresses: Mapping[str, str]) -> str:
    """A stored body with the real address of each link, by its id; raises EmptyPlaceholder when a link is gone."""

    def address(found: re.Match[str]) -> str:
        known = addresses.get(found[2])
        if known is None:
            raise EmptyPlaceholder(f"link:{found[1]}")
        return known

    return _STORED_LINK.sub(address, body)


def masked(body: str) -> str:
    """A stored body for the desk: the places of links are shown, where they lead is not."""
    return _STORED_LINK.sub(lambda found: f"{MASK}{found[1]}", body)


def leading_to(body: str, address: str) -> str:
    """A body whose links all lead to one address, for a mail that is no real one."""
    return _STORED_LINK.sub(address, body)


def as_seen(html: str, pictures: Mapping[str, str] | None = None) -> str:
    """The formatted part for the desk: as the reader saw it, with links that lead nowhere and say where they would.

    `pictures`: the data address of each picture by its content id.
    """
    held = pictures or {}
    shown = _CONTENT_ID.sub(lambda found: f'src="{held[found[1]]}"' if found[1] in held else 'src=""', html)
    return _HREF.sub(r'title="\1"', masked(shown))


def styles_in(html: str) -> list[str]:
    """The sources for a policy that lets the style sheets of this formatted part work, and no other style."""
    digests = (hashlib.sha256(style.encode()).digest() for style in _STYLE.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def without_click_tracking(text: str, *, except_for: Iterable[str] = ()) -> str:
    """The text part with SparkPost's mark against tracking behind each address that is not excepted."""
    followed = frozenset(except_for)

    def marked(found: re.Match[str]) -> str:
        address = found[0].rstrip(_TRAILING)
        rest = found[0][len(address) :]
        return found[0] if address in followed else f"{address}{_UNTRACKED}{rest}"

    return _ADDRESS.sub(marked, text)


def _check_ink(subject: str, text: str) -> None:
    if not has_ink(subject):
        raise Blank(NO_SUBJECT)
    if not has_ink(text):
        raise Blank(NO_TEXT)


def _inert(value: object) -> str:
    """A value that can't be taken for the place of a link later on; empty when there is nothing to see in it."""
    text = str(value if value is not None else "").replace("\0", "").replace("[[", "[ [").strip()
    return text if has_ink(text) else ""


def _fill_text(body: str, values: Mapping[str, str], links: Mapping[str, Link]) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1]:
            place = f"[[link:{found[2]}:{links[found[2]].pk}]]"
            return f"{found[4]}:\n{place}" if found[4] else place
        return f"{found[4]}: {values[found[2]]}" if found[4] else values[found[2]]

    filled = [PLACEHOLDER.sub(value, _MARK.sub("", line)) for line in _lines(body, values, links)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(filled)).strip()


def _blocks(body: str, values: Mapping[str, str], links: Mapping[str, Link]) -> Iterator[Block]:
    for part in _parts("\n".join(_lines(body, values, links))):
        lines = part.split("\n")
        alone = PLACEHOLDER.fullmatch(part.strip())
        if alone and alone[1] and alone[4]:
            yield Block("button", _anchor(alone[2], alone[4], links))
        elif part.startswith("# "):
            yield Block("heading", _inline(part[2:], values, links))
        elif all(line.startswith("- ") for line in lines):
            yield Block("list", mark_safe(""), tuple(_inline(line[2:], values, links) for line in lines))
        elif all(line.startswith(">") for line in lines):
            inner = "\n".join(line.removeprefix(">").strip() for line in lines)
            yield Block("aside", _inline(inner, values, links))
        else:
            yield Block("paragraph", _inline(part, values, links))


def _lines(body: str, values: Mapping[str, str], links: Mapping[str, Link]) -> Iterator[str]:
    """The template's lines that stay: one with an optional placeholder without a value falls away."""
    for line in body.replace("\r\n", "\n").split("\n"):
        stays = True
        for found in PLACEHOLDER.finditer(line):
            there = found[2] in links if found[1] else bool(values.get(found[2]))
            if not there and not found[3]:
                raise EmptyPlaceholder(f"{found[1] or ''}{found[2]}")
            stays = stays and there
        if stays:
            yield line


def _inline(part: str, values: Mapping[str, str], links: Mapping[str, Link]) -> SafeString:
    out, position = "", 0
    for found in PLACEHOLDER.finditer(part):
        out += escape(part[position : found.start()])
        if found[1]:
            out += _anchor(found[2], found[4] or "", links)
        elif found[2] == POLICY:
            out += format_html('<a href="{}">{}</a>', values[POLICY], found[4] or values[POLICY])
        else:
            out += escape(values[found[2]])
        position = found.end()
    return _broken(out + escape(part[position:]))


def _anchor(name: str, label: str, links: Mapping[str, Link]) -> SafeString:
    place = f"[[link:{name}:{links[name].pk}]]"
    words = label if has_ink(label) else place
    return format_html('<a href="{}" data-msys-clicktrack="0">{}</a>', place, words)


def _broken(html: str) -> SafeString:
    """Escaped text with its line breaks; safe, because every piece was escaped where it was put in."""
    return mark_safe(html.strip().replace("\n", "<br>\n"))  # noqa: S308


def _parts(body: str) -> list[str]:
    return [part.strip("\n") for part in re.split(r"\n[ \t]*\n", body.replace("\r\n", "\n").strip()) if part.strip()]
