"""An officer's calendar of every clock, for any calendar program (RFC 5545): what and until when, never who."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from privacy import calendars, clocks, ports
from privacy.feeds import Feeds
from privacy.models import ClockFeed
from privacy.ports import Clock, Key, Place

AHEAD = timedelta(days=400)
EVENTS = 2000


FEEDS = Feeds(
    ClockFeed,
    purpose="clock feed",
    address="privacy:feed",
    kind="feed",
    may=lambda user: user.is_officer or user.is_administrator,
)


def calendar(feed: ClockFeed) -> str:
    """Every clock that ends within a year or so, or ended, as whole days; in the owner's language, in a few queries."""
    user = feed.user
    until = timezone.localdate() + AHEAD
    rows = ports.clocks(until=until, limit=EVENTS)
    places = ports.places(user, rows)
    with translation.override(user.language):
        return calendars.text_of(_("Privacy clocks"), [_day(clock, places) for clock in rows])


def _day(clock: Clock, places: Mapping[Key, Place]) -> calendars.Day:
    place = places.get((clock.kind, clock.object_id))
    word = _("Somebody %(word)s") % {"word": clocks.word(clock)} if clock.subject_id else clocks.word(clock)
    return calendars.Day(
        uid=f"{clock.kind}-{clock.object_id}",
        on=clock.due_on,
        summary=f"{word} ({str(clock.object_id)[:8]})",
        description=clocks.why(clock),
        path=place.url if place else "",
    )
