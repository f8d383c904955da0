"""What the stand-in remembers, kept in one JSON file that is replaced whole."""

import base64
import contextlib
import json
import os
import secrets
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

KEPT_MAILS = 2000


@dataclass
class Link:
    """A link in a mail. `part` is html, text or header."""

    url: str
    part: str
    tracked: bool
    name: str = ""


@dataclass(frozen=True)
class File:
    """A file that came along; `inline`: the HTML shows it by its name as a content id."""

    name: str
    content_type: str
    content: bytes
    inline: bool


@dataclass
class Mail:
    """One mail to one recipient, as its reader would get it."""

    key: str
    transmission_id: str
    message_id: str
    received: float
    payload: dict[str, Any]
    to: str
    to_name: str = ""
    from_email: str = ""
    from_name: str = ""
    reply_to: str = ""
    subject: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    html: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    campaign_id: str = ""
    links: list[Link] = field(default_factory=list)
    state: str = "accepted"
    notes: list[str] = field(default_factory=list)
    failure: str = ""  # why SparkPost couldn't generate it
    fate: str = ""  # what becomes of it by a planned fault
    events: list[dict[str, Any]] = field(default_factory=list)

    def option(self, name: str, default: bool) -> bool:
        """A boolean of the payload's options."""
        options = self.payload.get("options")
        value = options.get(name) if isinstance(options, dict) else None
        return value if isinstance(value, bool) else default

    @property
    def files(self) -> list[File]:
        """The attachments, then the pictures inside."""
        content = self.payload.get("content")
        content = content if isinstance(content, dict) else {}
        return [
            File(str(entry["name"]), str(entry["type"]), base64.b64decode(str(entry["data"])), part == "inline_images")
            for part in ("attachments", "inline_images")
            for entry in content.get(part) or []
        ]

    @property
    def opens_tracked(self) -> bool:
        return self.option("open_tracking", True)

    @property
    def one_click_url(self) -> str:
        """The https or http URL of List-Unsubscribe where the mail offers one-click (RFC 8058)."""
        named = {name.lower(): value for name, value in self.headers.items()}
        if "one-click" not in named.get("list-unsubscribe-post", "").lower():
            return ""
        targets = [part.strip().strip("<>") for part in named.get("list-unsubscribe", "").split(",")]
        return next((target for target in targets if target.startswith(("https://", "http://"))), "")


@dataclass
class Event:
    """One event and its place in the order of things."""

    seq: int
    mail: str
    at: float
    body: dict[str, Any]


@dataclass
class Step:
    """Something that happens to a mail by itself. `due` None: only when events are flushed."""

    due: float | None
    mail: str
    do: str


@dataclass
class Batch:
    """Events on their way to one webhook; the same id on every attempt."""

    id: str
    hook: str
    events: list[int]
    due: float | None
    attempts: int = 0


class Store:
    """All state behind one lock; whoever changes it calls `touch`."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.dirty = False
        self.clear()
        self.problem = self._load() if path is not None else ""

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            self.mails: dict[str, Mail] = {}
            self.events: dict[int, Event] = {}  # by seq, oldest first
            self.steps: list[Step] = []
            self.batches: list[Batch] = []
            self.queues: dict[str, list[int]] = {}
            self.queued_until: dict[str, float | None] = {}
            self.suppressions: dict[str, dict[str, Any]] = {}
            self.webhooks: dict[str, dict[str, Any]] = {}
            self.relay_webhooks: dict[str, dict[str, Any]] = {}
            self.posts: dict[str, list[dict[str, Any]]] = {}  # by webhook: those that failed, or succeeded late
            self.sending_domains: dict[str, dict[str, Any]] = {}
            self.inbound_domains: list[str] = []
            self.privacy: list[dict[str, Any]] = []
            self.seq = 0
            self.touch()

    def touch(self) -> None:
        """Something changed and is to be kept."""
        self.dirty = True

    def new_id(self) -> str:
        """A decimal id beyond 2^53, as SparkPost's: it survives as text alone."""
        return str(10**17 + secrets.randbelow(9 * 10**17))

    def add_mail(self, mail: Mail) -> None:
        """Keep a mail, forgetting the oldest beyond the limit."""
        with self.lock:
            self.mails[mail.key] = mail
            while len(self.mails) > KEPT_MAILS:
                gone = next(iter(self.mails))
                del self.mails[gone]
                self.events = {seq: event for seq, event in self.events.items() if event.mail != gone}
            self.touch()

    def add_event(self, mail: Mail, body: dict[str, Any]) -> Event:
        """Keep an event of a mail."""
        with self.lock:
            self.seq += 1
            event = Event(self.seq, mail.key, time.time(), body)
            self.events[event.seq] = event
            mail.events.append(body)
            self.touch()
            return event

    def save(self) -> None:
        """Replace the file, if there is one and something changed."""
        if self.path is None:
            return
        with self.lock:
            if not self.dirty:
                return
            self.dirty = False
            state = {
                "version": 1,
                "seq": self.seq,
                "mails": [{**asdict(mail), "events": None} for mail in self.mails.values()],
                "events": [asdict(event) for event in self.events.values()],
                "steps": [asdict(step) for step in self.steps],
                "batches": [asdict(batch) for batch in self.batches],
                "queues": self.queues,
                "suppressions": list(self.suppressions.values()),
                "webhooks": self.webhooks,
                "relay_webhooks": self.relay_webhooks,
                "posts": self.posts,
                "sending_domains": self.sending_domains,
                "inbound_domains": self.inbound_domains,
                "privacy": self.privacy,
            }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
                json.dump(state, handle, ensure_ascii=True)
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(name, self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise

    def _load(self) -> str:
        assert self.path is not None  # noqa: S101 - for the type checker
        try:
            state = json.loads(self.path.read_text(encoding="utf-8"))
            for row in state["mails"]:
                row["links"] = [Link(**link) for link in row["links"]]
                row["events"] = []
                self.mails[row["key"]] = Mail(**row)
            for row in state["events"]:
                event = Event(**row)
                self.events[event.seq] = event
                if event.mail in self.mails:
                    self.mails[event.mail].events.append(event.body)
            self.steps = [Step(**row) for row in state["steps"]]
            self.batches = [Batch(**row) for row in state["batches"]]
            self.queues = {hook: list(queue) for hook, queue in state["queues"].items()}
            self.queued_until = {hook: time.time() for hook in self.queues}
            self.suppressions = {suppression_key(row): row for row in state["suppressions"]}
            self.webhooks = state["webhooks"]
            # Files of an earlier version don't have these.
            self.relay_webhooks = state.get("relay_webhooks", {})
            self.posts = state.get("posts", {})
            self.sending_domains = state.get("sending_domains", {})
            self.inbound_domains = state.get("inbound_domains", [])
            self.privacy = state["privacy"]
            self.seq = state["seq"]
        except FileNotFoundError:
            return ""
        except (ValueError, KeyError, TypeError, AttributeError):
            self.clear()
            broken = self.path.with_name(f"{self.path.name}.broken")
            os.replace(self.path, broken)
            return f"The outbox file couldn't be read; it was kept as {broken.name} and a new one begun."
        self.dirty = False
        return ""


def suppression_key(entry: dict[str, Any]) -> str:
    """What makes an entry of the suppression list one: recipient, type and list."""
    return "|".join([str(entry["recipient"]).lower(), str(entry["type"]), str(entry.get("list_id") or "")])
