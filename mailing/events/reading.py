"""A posted body as events, with only what we keep of each. Nothing here raises for what a stranger wrote."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from privacy.models.suppression import Reason

OPENS = ("open", "initial_open", "amp_open", "amp_initial_open")
CLICKS = ("click", "amp_click")
FOLLOWING = (*OPENS, *CLICKS)
BOUNCES = ("bounce", "out_of_band")
NEVER_MADE = ("policy_rejection", "generation_failure", "generation_rejection")
COMPLAINT = "spam_complaint"
INJECTION = "injection"
STOPS = {
    COMPLAINT: Reason.COMPLAINT,
    "list_unsubscribe": Reason.UNSUBSCRIBED,
    "link_unsubscribe": Reason.UNSUBSCRIBED,
}
MAY_STOP = frozenset({*STOPS, *BOUNCES})
KNOWN = frozenset({INJECTION, "delivery", "delay", *OPENS, *CLICKS, *BOUNCES, *NEVER_MADE, *STOPS})
UNSUBSCRIBED_AT_FAR_END = 90

_SPELLED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")  # as str(UUID) does
_NUMBER = re.compile(r"\d{1,11}(?:\.\d+)?")
_EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)


class Event(msgspec.Struct, frozen=True, gc=False):
    """One event, without IP address, place or browser. `rcpt_to` is used for a stop and never stored."""

    event_id: str
    type: str
    at: datetime | None
    message: str | None  # a uuid, spelled as the database spells it
    transmission_id: str
    provider_message_id: str
    bounce_class: int | None
    is_prefetched: bool
    rcpt_to: str

    @property
    def stop(self) -> Reason | None:
        """Why this event stops all mail to its reader; None when it doesn't."""
        if self.type in BOUNCES and self.bounce_class == UNSUBSCRIBED_AT_FAR_END:
            return Reason.UNSUBSCRIBED
        return STOPS.get(self.type)


class _Meta(msgspec.Struct, gc=False):
    message: Any = None


class _Agent(msgspec.Struct, gc=False):
    is_prefetched: Any = None


class _Wire(msgspec.Struct, gc=False):
    """The fields we look at; the decoder skips all others, so they never become objects."""

    type: Any = None
    event_id: Any = None
    timestamp: Any = None
    rcpt_meta: _Meta | None = None
    transmission_id: Any = None
    message_id: Any = None
    bounce_class: Any = None
    user_agent_parsed: _Agent | None = None
    raw_rcpt_to: Any = None
    rcpt_to: Any = None


class _Item(msgspec.Struct, gc=False):
    """One element of a batch as documented; a `cust` beside it is skipped."""

    msys: dict[str, _Wire]


_BATCH = msgspec.json.Decoder(list[_Item])


class _PlainMeta(msgspec.Struct, gc=False):
    message: str = ""


class _PlainAgent(msgspec.Struct, gc=False):
    is_prefetched: bool = False


class _Plain(msgspec.Struct, gc=False):
    """The same fields with the types SparkPost gives them: the decoder itself sees that nothing else is there."""

    type: str
    event_id: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    timestamp: str
    rcpt_meta: _PlainMeta
    transmission_id: Annotated[str, msgspec.Meta(max_length=40)] = ""
    message_id: Annotated[str, msgspec.Meta(max_length=80)] = ""
    bounce_class: str | None = None
    user_agent_parsed: _PlainAgent | None = None
    raw_rcpt_to: Annotated[str, msgspec.Meta(max_length=320)] = ""
    rcpt_to: Annotated[str, msgspec.Meta(max_length=320)] = ""


class _PlainItem(msgspec.Struct, gc=False):
    msys: dict[str, _Plain]


_PLAIN_BATCH = msgspec.json.Decoder(list[_PlainItem])


def read(body: bytes) -> tuple[list[Event], int]:
    """The events in a posted body and how many parts were set aside as malformed. Never raises."""
    try:
        return _read_plainly(body), 0
    except (ValueError, RecursionError):
        pass
    try:
        items = _BATCH.decode(body)
    except (ValueError, RecursionError):
        return _read_leniently(body)
    latest = _tomorrow()
    found: list[Event] = []
    set_aside = 0
    for item in items:
        for wire in item.msys.values():
            event = _event(wire, latest)
            if event is not None:
                found.append(event)
            elif type(wire.type) is not str:
                set_aside += 1
    return found, set_aside


def _read_plainly(body: bytes) -> list[Event]:
    """A body in which everything has the type SparkPost gives it, as nearly all have. Raises ValueError for another."""
    latest = _tomorrow()
    found: list[Event] = []
    for item in _PLAIN_BATCH.decode(body):
        for wire in item.msys.values():
            if wire.type in KNOWN:
                agent, number, rcpt_to = wire.user_agent_parsed, wire.bounce_class, wire.raw_rcpt_to or wire.rcpt_to
                if "\0" in wire.event_id + wire.transmission_id + wire.message_id + rcpt_to:
                    raise ValueError("no text of a database")
                found.append(
                    Event(
                        wire.event_id,
                        wire.type,
                        _moment(wire.timestamp, latest),
                        _uuid_of(wire.rcpt_meta.message),
                        wire.transmission_id,
                        wire.message_id,
                        None if number is None else _small_number(number),
                        agent is not None and agent.is_prefetched,
                        rcpt_to,
                    )
                )
    return found


def parsed(flat: Iterable[Mapping[str, Any]]) -> list[Event]:
    """Events as the Events API gives them, without the webhook's wrapping."""
    latest = _tomorrow()
    return [event for item in flat if (event := _of_mapping(item, latest)) is not None]


def _read_leniently(body: bytes) -> tuple[list[Event], int]:
    """A body of which some part has not the documented shape: that part is set aside, its neighbours are not lost."""
    try:
        posted = json.loads(body)
    except (ValueError, RecursionError):
        return [], int(bool(body.strip()))
    latest = _tomorrow()
    found: list[Event] = []
    set_aside = 0
    for item in posted if isinstance(posted, list) else [posted]:
        wrapped = item.get("msys") if isinstance(item, Mapping) else None
        if not isinstance(wrapped, Mapping):
            set_aside += int(not _is_ping(item))
            continue
        for inner in wrapped.values():
            event = _of_mapping(inner, latest)
            if event is not None:
                found.append(event)
            elif not isinstance(inner, Mapping) or not isinstance(inner.get("type"), str):
                set_aside += 1
    return found, set_aside


def _is_ping(item: Any) -> bool:
    return item in ({}, {"message": {"msys": {}}})


def _of_mapping(inner: Any, latest: datetime) -> Event | None:
    if type(inner) is not dict:
        return None
    wire = _Wire(**{name: inner.get(name) for name in _Wire.__struct_fields__})
    meta, agent = inner.get("rcpt_meta"), inner.get("user_agent_parsed")
    wire.rcpt_meta = _Meta(meta.get("message")) if type(meta) is dict else None
    wire.user_agent_parsed = _Agent(agent.get("is_prefetched")) if type(agent) is dict else None
    return _event(wire, latest)


def _event(wire: _Wire, latest: datetime) -> Event | None:
    """One event with what we keep of it; None for what is no event about a message we know how to read."""
    kind = wire.type
    if type(kind) is not str or kind not in KNOWN:
        return None
    meta, agent = wire.rcpt_meta, wire.user_agent_parsed
    machine = None if agent is None else agent.is_prefetched
    at = _moment(wire.timestamp, latest) if type(wire.timestamp) in (str, int, float) else None
    message = None if meta is None else _uuid(meta.message)
    transmission_id = _text(wire.transmission_id, 40)
    provider_message_id = _text(wire.message_id, 80)
    bounce_class = None if wire.bounce_class is None else _small_number(wire.bounce_class)
    is_prefetched = machine is True or (machine is not None and str(machine).lower() in ("true", "1"))
    rcpt_to = _text(wire.raw_rcpt_to or wire.rcpt_to, 320)
    event_id = _text(wire.event_id, 1000)
    if not event_id or len(event_id) > 80:
        told = (kind, at, message, transmission_id, provider_message_id, bounce_class, is_prefetched, rcpt_to)
        known = event_id or json.dumps(told, default=str)
        event_id = f"sha256:{hashlib.sha256(known.encode()).hexdigest()}"
    return Event(
        event_id, kind, at, message, transmission_id, provider_message_id, bounce_class, is_prefetched, rcpt_to
    )


def _text(value: Any, longest: int) -> str:
    if type(value) is not str:  # not isinstance: this is asked five times of each event
        if value is None or isinstance(value, Mapping | list | bool):
            return ""
        value = str(value)
    if not value.isascii() or "\0" in value:
        value = value.replace("\0", "").encode("utf-8", "replace").decode()
    return value if len(value) <= longest else ""


@lru_cache(maxsize=4096)  # the events of one message come together
def _uuid_of(text: str) -> str | None:
    if _SPELLED.fullmatch(text):
        return text
    try:
        return str(UUID(text))
    except ValueError:
        return None


def _uuid(value: Any) -> str | None:
    return _uuid_of(value) if type(value) is str else None


def _small_number(value: Any) -> int | None:
    try:
        number = int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 <= number < 1000 else None


@lru_cache(maxsize=4096)  # a batch has many events of one second
def _read_moment(value: str | float) -> datetime | None:
    """A timestamp as text or number of seconds, or ISO; None for anything that can't be a moment of a mail."""
    try:
        is_number = isinstance(value, int | float) or _NUMBER.fullmatch(value)
        at = datetime.fromtimestamp(float(value), tz=UTC) if is_number else parse_datetime(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    if at is None:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at if at > _EARLIEST else None


def _moment(value: str | float, latest: datetime) -> datetime | None:
    at = _read_moment(value)
    return at if at is not None and at < latest else None


def _tomorrow() -> datetime:
    return timezone.now() + timedelta(days=1)
