"""The outbox: every mail as its recipient would see it, and the ways things can go wrong."""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from html import escape
from urllib.parse import quote

from mailing.sparkpost.standin import compose
from mailing.sparkpost.standin.faults import API_FAULTS, MAIL_FAULTS, WEBHOOK_FAULTS, Fault
from mailing.sparkpost.standin.store import Mail

PER_PAGE = 100
ACTS = (
    ("open", "Open"),
    ("click", "Click a tracked link"),
    ("scan", "Scan every link"),
    ("one_click", "One-click unsubscribe"),
    ("list_unsubscribe", "List-unsubscribe event"),
    ("soft_bounce", "Soft bounce"),
    ("hard_bounce", "Hard bounce"),
    ("complaint", "Spam complaint"),
)
_LINK = re.compile(r"https?://[^\s<>\"']+")


def outbox(mails: list[Mail], faults: list[Fault], *, page: int, total: int, notice: str = "") -> str:
    """The list, newest first, and the misbehaviour panel."""
    rows = "".join(
        f"<tr><td class='main'><a href='/outbox/{quote(mail.key)}/'>{escape(mail.subject or '(no subject)')}</a>"
        f"</td><td>{escape(_person(mail))}</td><td class='time'>{_time(mail.received)}</td>"
        f"<td>{_state(mail)}</td></tr>"
        for mail in mails
    )
    listing = (
        f"<div class='wrap'><table><thead><tr><th scope='col'>Subject</th><th scope='col'>To</th>"
        f"<th scope='col'>Time</th><th scope='col'>State</th></tr></thead><tbody>{rows}</tbody></table></div>"
        if mails
        else "<p class='empty'>No mail yet. Whatever Watson sends appears here; nothing leaves this machine.</p>"
    )
    return _page(
        "Outbox",
        f"<header class='head'><h1>Outbox</h1><p class='muted'>{total} mail{'' if total == 1 else 's'}, newest first"
        "</p><a class='button' href='/outbox/new/'>New mail</a><a class='button' href='/outbox/'>Refresh</a></header>"
        f"{_notice(notice)}{listing}"
        f"{_paging(page, total)}{_misbehaviour(faults)}",
    )


def mail_page(mail: Mail, base: str, *, notice: str = "") -> str:
    """One mail: its parts, its events, what can be done to it."""
    headers = [
        ("From", _named(mail.from_name, mail.from_email)),
        ("To", _named(mail.to_name, mail.to)),
        ("Reply-To", mail.reply_to),
        ("Date", _time(mail.received)),
        *mail.headers.items(),
    ]
    head = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in headers if value)
    key = quote(mail.key)
    unavailable = {
        "open": not mail.opens_tracked,
        "click": not any(link.tracked for link in mail.links),
        "one_click": not mail.one_click_url,
    }
    buttons = "".join(
        f"<button name='do' value='{name}'{' disabled' if unavailable.get(name) else ''}>{label}</button>"
        for name, label in ACTS
    )
    parts = ""
    if mail.html:
        parts += (
            f"<section><h2>HTML part</h2><p><a href='/outbox/{key}/html/' target='_blank' rel='noopener'>"
            f"Open in a tab of its own</a></p><iframe title='HTML part' src='/outbox/{key}/html/' "
            f"sandbox='allow-popups allow-popups-to-escape-sandbox'></iframe></section>"
        )
    if mail.text:
        text = _linked(compose.delivered_text(mail, base))
        parts += f"<section><h2>Text part</h2><pre class='text' tabindex='0'>{text}</pre></section>"
    parts += _files(mail)
    events = "".join(
        f"<tr><td class='main'>{escape(event['type'])}</td><td class='time'>{_time(float(event['timestamp']))}</td>"
        f"<td class='why'>{escape(_why(event))}</td></tr>"
        for event in mail.events
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in mail.notes)
    payload = escape(json.dumps(mail.payload, indent=2, ensure_ascii=False))
    return _page(
        mail.subject or "(no subject)",
        f"<p class='crumb'><a href='/outbox/'>Outbox</a></p><header class='head'>"
        f"<h1>{escape(mail.subject or '(no subject)')}</h1>{_state(mail)}</header>{_notice(notice)}"
        f"<dl class='headers'>{head}</dl>"
        f"<section><h2>As the recipient</h2><form method='post' action='/outbox/{key}/do/' class='buttons'>{buttons}"
        f"</form>{_untracked(unavailable)}<ul class='notes'>{notes}</ul></section>{_reply(mail, key)}{parts}"
        f"<section><h2>Events</h2><div class='wrap'><table><thead><tr><th scope='col'>Type</th>"
        f"<th scope='col'>Time</th><th scope='col'>Detail</th></tr></thead><tbody>{events}</tbody></table></div>"
        f"</section><section><h2>As sent to SparkPost</h2><p class='muted'>Transmission "
        f"{escape(mail.transmission_id)}, message {escape(mail.message_id)}</p>"
        f"<details><summary>JSON</summary><pre tabindex='0'>{payload}</pre></details></section>",
    )


def new_mail(domain: str) -> str:
    """A form to write to Watson as somebody it may not know."""
    to = f"info@{domain}" if domain else ""
    return _page(
        "New mail",
        "<p class='crumb'><a href='/outbox/'>Outbox</a></p><h1>New mail</h1>"
        "<form method='post' action='/outbox/new/' enctype='multipart/form-data' class='letter'>"
        "<label>From <input name='from' required value='Eva Stranger &lt;eva@stranger.example&gt;'></label>"
        f"<label>To <input name='to' required value='{escape(to)}'></label>"
        "<label>Subject <input name='subject' value='My application'></label>"
        "<label>Text <textarea name='text' rows='8' required></textarea></label>"
        "<label>File <input type='file' name='file'></label><button>Send</button></form>",
    )


def _reply(mail: Mail, key: str) -> str:
    """What the reader answers; it comes in through the relay webhook."""
    return (
        f"<section><h2>Reply</h2><form method='post' action='/outbox/{key}/reply/' enctype='multipart/form-data' "
        "class='letter'><label>Text <textarea name='text' rows='5' required></textarea></label>"
        f"<label>From <input name='from' value='{escape(mail.to)}'></label>"
        "<label>File <input type='file' name='file'></label>"
        "<label class='check'><input type='checkbox' name='automatic' value='1'> an automatic reply</label>"
        "<button>Send the reply</button></form></section>"
    )


def _files(mail: Mail) -> str:
    rows = "".join(
        f"<tr><td class='main'><a href='/outbox/{quote(mail.key)}/file/{number}/' download>{escape(file.name)}</a></td>"
        f"<td>{escape(file.content_type)}</td><td class='time'>{len(file.content):,} bytes</td>"
        f"<td>{'in the text' if file.inline else 'attached'}</td></tr>"
        for number, file in enumerate(mail.files)
    )
    return rows and (
        f"<section><h2>Files</h2><div class='wrap'><table><thead><tr><th scope='col'>Name</th><th scope='col'>Type</th>"
        f"<th scope='col'>Size</th><th scope='col'>Where</th></tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def message_page(title: str, text: str) -> str:
    """A page that says one thing."""
    return _page(title, f"<h1>{escape(title)}</h1><p>{escape(text)}</p><p><a href='/outbox/'>To the outbox</a></p>")


def html_part(mail: Mail, base: str) -> str:
    """The HTML part, its links opening in a new tab."""
    source = compose.delivered_html(mail, base)
    target = '<base target="_blank"><meta name="referrer" content="no-referrer">'
    head = re.search(r"<head\b[^>]*>", source, re.IGNORECASE)
    return source[: head.end()] + target + source[head.end() :] if head else target + source


def _page(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)} · mail stand-in</title><link rel='stylesheet' href='/outbox.css'>"
        "<link rel='icon' href='data:,'></head><body><p class='banner'>This is the local stand-in for the mail "
        f"service. No mail here has left this machine.</p><main>{body}</main></body></html>"
    )


def _misbehaviour(faults: Iterable[Fault]) -> str:
    def options(choices: dict[str, str]) -> str:
        return "".join(f"<option value='{name}'>{name}: {escape(what)}</option>" for name, what in choices.items())

    planned = "".join(
        f"<li>{escape(fault.kind)}: next {fault.times} "
        f"{'batches' if fault.of_webhook else 'mails' if fault.of_mail else escape(f'calls to {fault.path}')}</li>"
        for fault in faults
    )
    return (
        "<section class='panel'><h2>Misbehave</h2><p class='muted'>What the next calls, or the next batches of events, "
        "meet.</p><form method='post' action='/control/misbehave' class='fields'>"
        f"<label>Fault <select name='fault'><optgroup label='Calls'>{options(API_FAULTS)}</optgroup>"
        f"<optgroup label='Mails'>{options(MAIL_FAULTS)}</optgroup>"
        f"<optgroup label='Event batches'>{options(WEBHOOK_FAULTS)}</optgroup></select></label>"
        "<label>Times <input type='number' name='times' value='1' min='1' max='1000'></label>"
        "<label>Seconds (slow, delay) <input type='number' name='seconds' min='0' max='600' step='any'></label>"
        f"<button>Plan</button></form><ul class='notes'>{planned}</ul>"
        "<form method='post' action='/control/reset' class='buttons'><button>Behave again</button></form></section>"
    )


def _paging(page: int, total: int) -> str:
    links = []
    if page > 1:
        links.append(f"<a href='/outbox/?page={page - 1}'>Newer</a>")
    if page * PER_PAGE < total:
        links.append(f"<a href='/outbox/?page={page + 1}'>Older</a>")
    return f"<nav class='paging' aria-label='Pages'>{''.join(links)}</nav>" if links else ""


def _untracked(unavailable: dict[str, bool]) -> str:
    reasons = {
        "open": "opens aren't tracked",
        "click": "no link is tracked",
        "one_click": "no one-click unsubscribe is offered",
    }
    told = [reasons[name] for name, missing in unavailable.items() if missing]
    return f"<p class='muted'>In this mail {', '.join(told)}.</p>" if told else ""


def _notice(text: str) -> str:
    return f"<p class='notice' role='status'>{escape(text)}</p>" if text else ""


def _state(mail: Mail) -> str:
    seen = [name for name in ("opened", "clicked") if _happened(mail, name)]
    words = ", ".join([mail.state, *seen])
    return f"<span class='state state-{escape(mail.state)}'>{escape(words)}</span>"


def _happened(mail: Mail, name: str) -> bool:
    kinds = {"opened": ("open", "initial_open"), "clicked": ("click",)}[name]
    return any(event["type"] in kinds for event in mail.events)


def _why(event: dict[str, object]) -> str:
    detail = event.get("target_link_url") or event.get("raw_reason") or event.get("user_agent") or ""
    bounce_class = event.get("bounce_class")
    return f"class {bounce_class}: {detail}" if bounce_class else str(detail)


def _person(mail: Mail) -> str:
    return f"{mail.to_name} · {mail.to}" if mail.to_name else mail.to


def _named(name: str, email: str) -> str:
    return f"{name} <{email}>" if name else email


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%-d %b %Y, %H:%M:%S")


def _linked(text: str) -> str:
    out, position = [], 0
    for found in _LINK.finditer(text):
        url = found.group().rstrip(".,;:!?)")
        out.append(escape(text[position : found.start()]))
        out.append(f"<a href='{escape(url)}' target='_blank' rel='noopener noreferrer'>{escape(url)}</a>")
        position = found.start() + len(url)
    return "".join([*out, escape(text[position:])])
