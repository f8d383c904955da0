"""A calendar as any calendar program reads it (RFC 5545): whole days, with what and until when, never who."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings

LINE_BYTES = 75


@dataclass(frozen=True)
class Day:
    """One whole day in a calendar: `uid` stays the same when the day moves; `path` is where it leads on this site."""

    uid: str
    on: date
    summary: str
    description: str = ""
    path: str = ""


def text_of(name: str, days: Iterable[Day]) -> str:
    """The calendar under this name, ready to be sent as `text/calendar`."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Watson//Watson//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ]
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for day in days:
        lines += _event(day, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _event(day: Day, now: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{day.uid}@{settings.BASE_URL.partition('://')[2].partition('/')[0]}"
    yield f"DTSTAMP:{now}"
    yield f"DTSTART;VALUE=DATE:{day.on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{day.on + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{escaped(day.summary)}"
    if day.description:
        yield f"DESCRIPTION:{escaped(day.description)}"
    if day.path:
        yield f"URL:{settings.BASE_URL}{day.path}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """Text with the signs that mean something in a calendar escaped (RFC 5545 §3.3.11)."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> Iterator[str]:
    """Lines of at most 75 bytes; what goes on begins with a space (RFC 5545 §3.1). No character is cut in two."""
    part = ""
    for char in line:
        if len((part + char).encode()) > LINE_BYTES:
            yield part
            part = " "
        part += char
    yield part
