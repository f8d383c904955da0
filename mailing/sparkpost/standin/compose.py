"""From a transmission's JSON to the mail its reader gets: substitution, links, tracking."""

import html
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from mailing.sparkpost.standin.store import Link, Mail
from mailing.sparkpost.standin.template import TemplateError, render

_ANCHOR = re.compile(r"<a\b[^>]*>", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_ATTRIBUTE = r"""\bdata-msys-{}\s*=\s*["']?([^"'\s>\]]*)"""
_UNTRACKED = re.compile(_ATTRIBUTE.format("clicktrack"), re.IGNORECASE)
_LINK_NAME = re.compile(r"""\bdata-msys-linkname\s*=\s*["']([^"']*)["']""", re.IGNORECASE)
_TEXT_LINK = re.compile(r"https?://[^\s<>\[\]\"']+", re.IGNORECASE)
_TEXT_ATTRIBUTES = re.compile(r"\[\[([^\]]*)\]\]")
_TRAILING = ".,;:!?)"


def compose(
    payload: Mapping[str, Any], recipient: Mapping[str, Any], *, tid: str, key: str, message_id: str, base: str
) -> Mail:
    """The mail of one recipient; where SparkPost couldn't generate it, `failure` says why. `base`: its own address."""
    address = recipient["address"]
    address = {"email": address} if isinstance(address, str) else address
    content = payload["content"]
    sender = content["from"]
    sender = {"email": sender} if isinstance(sender, str) else sender
    metadata = {**(payload.get("metadata") or {}), **(recipient.get("metadata") or {})}
    mail = Mail(
        key=key,
        transmission_id=tid,
        message_id=message_id,
        received=time.time(),
        payload=dict(payload),
        to=str(address["email"]),
        to_name=str(address.get("name") or ""),
        from_email=str(sender.get("email") or ""),
        metadata=metadata,
        tags=[str(tag) for tag in recipient.get("tags") or []],
        campaign_id=str(payload.get("campaign_id") or ""),
    )
    data = {
        **(payload.get("metadata") or {}),
        **(payload.get("substitution_data") or {}),
        **(recipient.get("metadata") or {}),
        **(recipient.get("substitution_data") or {}),
        "address": {"email": mail.to, "name": mail.to_name},
        "email": mail.to,
        "email_id": mail.to,
        "env_from": "bounces@bounces.invalid",
    }
    substitute = mail.option("perform_substitutions", True)
    mail.text, mail.html = str(content.get("text") or ""), str(content.get("html") or "")
    try:
        # Headers are substituted whatever perform_substitutions says.
        mail.subject = render(str(content.get("subject") or ""), data)
        mail.from_name = render(str(sender.get("name") or ""), data)
        mail.to_name = render(mail.to_name, data)
        mail.reply_to = render(str(content.get("reply_to") or ""), data)
        mail.headers = {str(name): render(str(value), data) for name, value in (content.get("headers") or {}).items()}
        if substitute:
            mail.text = render(mail.text, data)
            mail.html = render(mail.html, data, _html_escape)
    except TemplateError as exc:
        mail.failure = str(exc)
    if not mail.option("transactional", False):
        _put_own_unsubscribe(mail, f"{base}/u/{quote(key)}")
    tracking = mail.option("click_tracking", True)
    mail.links = [
        *(link for link, _, _ in _html_links(mail.html, tracking)),
        *(link for link, _, _ in _text_links(mail.text, tracking)),
        *_header_links(mail),
    ]
    return mail


def _put_own_unsubscribe(mail: Mail, url: str) -> None:
    """On mail that isn't transactional SparkPost puts its own header over the sender's; nothing can keep it off."""
    own = {
        "List-Unsubscribe": f"<mailto:unsubscribe@unsub.invalid?subject=unsubscribe:{mail.key}>, <{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    taken = {name.lower() for name in own}
    mail.headers = {name: value for name, value in mail.headers.items() if name.lower() not in taken} | own


def _html_escape(value: str) -> str:
    return html.escape(value, quote=True).replace("/", "&#x2F;")


def _html_links(source: str, tracking: bool) -> Iterator[tuple[Link, int, int]]:
    for anchor in _ANCHOR.finditer(source):
        href = _HREF.search(anchor.group())
        if href is None:
            continue
        group = 1 if href.group(1) is not None else 2
        url = html.unescape(href.group(group)).strip()
        # Only a link that literally begins with its protocol is seen.
        if url.lower().startswith(("http://", "https://")):
            name = _LINK_NAME.search(anchor.group())
            link = Link(url, "html", tracking and _wants_tracking(anchor.group()), name.group(1)[:63] if name else "")
            yield link, anchor.start() + href.start(group), anchor.start() + href.end(group)


def _text_links(source: str, tracking: bool) -> Iterator[tuple[Link, int, int]]:
    for found in _TEXT_LINK.finditer(source):
        url = found.group().rstrip(_TRAILING)
        end = found.start() + len(url)
        attributes = _TEXT_ATTRIBUTES.match(source, end)
        tracked = tracking and _wants_tracking(attributes.group(1) if attributes else "")
        yield Link(url, "text", tracked), found.start(), attributes.end() if attributes else end


def _header_links(mail: Mail) -> Iterator[Link]:
    for name, value in mail.headers.items():
        if name.lower() == "list-unsubscribe":
            for found in re.findall(r"<(https?://[^>\s]+)>", value):
                yield Link(found, "header", False)


def _wants_tracking(attributes: str) -> bool:
    found = _UNTRACKED.search(attributes)
    return found is None or found.group(1) != "0"


def href(mail: Mail, index: int, base: str) -> str:
    """Where link number `index` leads in the mail as delivered."""
    link = mail.links[index]
    return f"{base}/f/{quote(mail.key)}/{index}" if link.tracked else link.url


def delivered_html(mail: Mail, base: str) -> str:
    """The HTML part as delivered: tracked links and pixels, everything else untouched."""
    out, position = [], 0
    links = _html_links(mail.html, mail.option("click_tracking", True))
    for index, (link, start, end) in enumerate(links):
        if link.tracked:
            out += [mail.html[position:start], html.escape(href(mail, index, base))]
            position = end
    source = "".join([*out, mail.html[position:]])
    if not mail.opens_tracked:
        return source
    pixel = f'<img src="{base}/o/{quote(mail.key)}/{{}}.gif" width="1" height="1" alt="">'
    if mail.option("initial_open", False):
        source = _insert(source, r"<body\b[^>]*>", pixel.format("top"), after=True)
    return _insert(source, r"</body\s*>", pixel.format("bottom"), after=False)


def delivered_text(mail: Mail, base: str) -> str:
    """The text part as delivered: tracked links rewritten, link attributes removed."""
    out, position = [], 0
    first = sum(link.part == "html" for link in mail.links)
    for index, (_, start, end) in enumerate(_text_links(mail.text, mail.option("click_tracking", True))):
        out += [mail.text[position:start], href(mail, first + index, base)]
        position = end
    return "".join([*out, mail.text[position:]])


def _insert(source: str, pattern: str, piece: str, *, after: bool) -> str:
    found = re.search(pattern, source, re.IGNORECASE)
    if found is None:
        return piece + source if after else source + piece
    at = found.end() if after else found.start()
    return source[:at] + piece + source[at:]
