"""An officer's calendar of every clock, for any calendar program (RFC 5545): what and until when, never who.

The address holds a token derived from the feed's id, so that the database holds no working address; revoking a feed
makes a new one with another address.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Role, User
from privacy import clocks, ledger, ports, tokens
from privacy.models import ClockFeed
from privacy.ports import Clock

PURPOSE = "clock feed"
AHEAD = timedelta(days=400)
EVENTS = 2000
LINE_BYTES = 75


def own(user: User) -> ClockFeed | None:
    """The feed of this officer that works now."""
    return ClockFeed.objects.filter(user=user, revoked_at=None).first()


def renew(user: User) -> ClockFeed:
    """A new address for this officer; the one before stops working at once."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        ClockFeed.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
        feed = ClockFeed.objects.create(user=user)
        ledger.append("feed.renewed", actor=user, feed=feed.pk)
    return feed


def revoke(user: User) -> None:
    """This officer's address stops working. Again changes nothing."""
    with transaction.atomic():
        if ClockFeed.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now()):
            ledger.append("feed.revoked", actor=user)


def url(feed: ClockFeed) -> str:
    """The whole secret address, for its owner's eyes."""
    return f"{settings.BASE_URL}{reverse('privacy:feed', args=[tokens.token_for(feed.pk, PURPOSE)])}"


def behind(token: str) -> ClockFeed | None:
    """The feed of a token, while it is not revoked and its owner still is an officer here."""
    found = tokens.read_token(token, PURPOSE)
    if found is None:
        return None
    feeds = ClockFeed.objects.select_related("user").filter(pk=found, revoked_at=None, user__is_active=True)
    return feeds.filter(user__role__in=(Role.OFFICER, Role.ADMINISTRATOR)).first()


def calendar(feed: ClockFeed) -> str:
    """Every clock that ends within a year or so, or ended, as whole days; in the owner's language, in two queries."""
    user = feed.user
    until = timezone.localdate() + AHEAD
    rows = [Clock(*row) for row in ports.clock_query(until=until)[:EVENTS]]
    places = ports.places(user, rows)
    with translation.override(user.language):
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Watson//Privacy desk//EN",
            "CALSCALE:GREGORIAN",
            "METHOD:PUBLISH",
            f"X-WR-CALNAME:{_escaped(_('Privacy clocks'))}",
            "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        ]
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        for clock in rows:
            place = places.get((clock.kind, clock.object_id))
            lines += _event(clock, now, place.url if place else "")
        lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(clock: Clock, now: str, path: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{clock.kind}-{clock.object_id}@{_host()}"
    yield f"DTSTAMP:{now}"
    yield f"DTSTART;VALUE=DATE:{clock.due_on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{clock.due_on + timedelta(days=1):%Y%m%d}"
    word = _("Somebody %(word)s") % {"word": clocks.word(clock)} if clock.subject_id else clocks.word(clock)
    yield f"SUMMARY:{_escaped(f'{word} ({str(clock.object_id)[:8]})')}"
    yield f"DESCRIPTION:{_escaped(clocks.why(clock))}"
    if path:
        yield f"URL:{settings.BASE_URL}{path}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _host() -> str:
    return settings.BASE_URL.partition("://")[2].partition("/")[0]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Lines of at most 75 bytes; what goes on begins with a space (RFC 5545 §3.1). No character is cut in two."""
    part = ""
    for char in line:
        if len((part + char).encode()) > LINE_BYTES:
            yield part
            part = " "
        part += char
    yield part
