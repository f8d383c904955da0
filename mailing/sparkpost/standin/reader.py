"""What the person behind the address does with a mail, and what a mail gateway does before that person."""

import time
from collections.abc import Callable

from mailing.sparkpost.standin import compose, web
from mailing.sparkpost.standin.engine import Engine
from mailing.sparkpost.standin.events import AGENT
from mailing.sparkpost.standin.store import Mail

READER_AGENT = "Mozilla/5.0 (stand-in reader)"
SCANNER_AGENT = "Mozilla/5.0 (stand-in mail gateway)"


class NotPossible(Exception):
    """This mail offers no such thing."""


class Reader:
    """Acts on mails as their recipients."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.base = ""  # the stand-in's own URL, known once it listens
        self.acts: dict[str, Callable[[Mail], str]] = {
            "open": self.open,
            "click": self.click,
            "hard_bounce": self._told(engine.hard_bounce, "bounced, address unknown"),
            "soft_bounce": self._told(engine.soft_bounce, "bounced, mailbox full"),
            "complaint": self._told(engine.complaint, "complained of spam"),
            "one_click": self.one_click,
            "list_unsubscribe": self._told(engine.list_unsubscribe, "list_unsubscribe event sent"),
            "scan": self.scan,
        }

    def act(self, mail: Mail, name: str) -> str:
        """Do something by name and note it with the mail; raises KeyError or NotPossible."""
        note = self.acts[name](mail)
        with self.engine.store.lock:
            mail.notes.append(f"{time.strftime('%H:%M:%S')} {note}")
            self.engine.store.touch()
        return note

    def _told(self, act: Callable[[Mail], None], note: str) -> Callable[[Mail], str]:
        def told(mail: Mail) -> str:
            act(mail)
            return note

        return told

    def open(self, mail: Mail, agent: str = READER_AGENT) -> str:
        """Look at the mail with images on: the top pixel, then the bottom one."""
        if not mail.opens_tracked:
            raise NotPossible("Opens of this mail aren't tracked: a real reader would send no event either.")
        if mail.option("initial_open", False):
            self.pixel(mail, "top", agent)
        self.pixel(mail, "bottom", agent)
        return "opened"

    def pixel(self, mail: Mail, place: str, agent: str) -> None:
        """One of the two pixels was fetched."""
        kind = "initial_open" if place == "top" else "open"
        self.engine.emit(mail, kind, **_engagement(agent))

    def click(self, mail: Mail) -> str:
        """Follow the first tracked link."""
        index = next((index for index, link in enumerate(mail.links) if link.tracked), None)
        if index is None:
            raise NotPossible("No link of this mail is tracked: a real click would send no event either.")
        self.followed(mail, index, READER_AGENT)
        return f"clicked {mail.links[index].url}"

    def followed(self, mail: Mail, index: int, agent: str) -> str:
        """A tracked link was fetched; where it leads."""
        link = mail.links[index]
        extra = {"target_link_url": link.url, "target_link_name": link.name or "Raw URL"}
        self.engine.emit(mail, "click", **extra, **_engagement(agent))
        return link.url

    def one_click(self, mail: Mail) -> str:
        """Press the mail program's unsubscribe button (RFC 8058): a POST without cookies or login."""
        url = mail.one_click_url
        if not url:
            raise NotPossible("This mail offers no one-click unsubscribe.")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": READER_AGENT}
        reply = web.call("POST", url, body=b"List-Unsubscribe=One-Click", headers=headers)
        return f"one-click unsubscribe answered {reply.status or reply.body}"

    def scan(self, mail: Mail) -> str:
        """Fetch every link, pixel and header link as a mail gateway does, without pressing anything."""
        targets = [compose.href(mail, index, self.base) for index in range(len(mail.links))]
        told = []
        for target in dict.fromkeys(targets):
            reply = web.call("GET", target, headers={"User-Agent": SCANNER_AGENT}, hops=5)
            told.append(str(reply.status or reply.body))
        return f"scanner fetched {len(told)} links: {', '.join(told)}" if told else "scanner found no links"


def _engagement(agent: str) -> dict[str, object]:
    return {
        "user_agent": agent,
        "user_agent_parsed": AGENT,
        "ip_address": "127.0.0.1",
        "geo_ip": {"country": "NL", "region": "NH", "city": "Amsterdam", "latitude": 52.37, "longitude": 4.89},
    }
