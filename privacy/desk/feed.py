"""An officer's calendar of every clock, for any calendar program (RFC 5545): what and until when, never who.

The address holds a token derived from the feed's id, so that the database holds no working address; revoking a feed
makes a new one with another address.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Role, User
from privacy import calendars, clocks, ledger, ports, tokens
from privacy.models import ClockFeed
from privacy.ports import Clock, Key, Place

PURPOSE = "clock feed"
AHEAD = timedelta(days=400)
EVENTS = 2000


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
