"""Calendars behind an address that holds a secret: one of a kind for each colleague.

The address holds a token derived from the feed's id, so that the database holds no working address; a new one ends the
one before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from privacy import ledger, tokens

Feed = TypeVar("Feed", bound=models.Model)


@dataclass(frozen=True)
class Feeds(Generic[Feed]):
    """The feeds of one table: the purpose of their tokens, the name of their address, their kind in the ledger."""

    model: type[Feed]
    purpose: str
    address: str
    kind: str
    may: Callable[[User], bool]

    def own(self, user: User) -> Feed | None:
        """The feed of this colleague that works now."""
        return self._alive().filter(user=user).first()

    def renew(self, user: User) -> Feed:
        """A new address for this colleague; the one before stops working at once."""
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user.pk)
            self._alive().filter(user=user).update(revoked_at=timezone.now())
            feed = self.model._default_manager.create(user=user)
            ledger.append(f"{self.kind}.renewed", actor=user, feed=feed.pk)
        return feed

    def revoke(self, user: User) -> None:
        """This colleague's address stops working. Again changes nothing."""
        with transaction.atomic():
            if self._alive().filter(user=user).update(revoked_at=timezone.now()):
                ledger.append(f"{self.kind}.revoked", actor=user)

    def url(self, feed: Feed) -> str:
        """The whole secret address, for its owner's eyes."""
        return f"{settings.BASE_URL}{reverse(self.address, args=[tokens.token_for(feed.pk, self.purpose)])}"

    def behind(self, token: str) -> Feed | None:
        """The feed of a token, while it is not revoked and its owner still may have it."""
        found = tokens.read_token(token, self.purpose)
        if found is None:
            return None
        feed = self._alive().select_related("user").filter(pk=found, user__is_active=True).first()
        return feed if feed is not None and self.may(feed.user) else None  # type: ignore[attr-defined]

    def _alive(self) -> models.QuerySet[Feed]:
        return self.model._default_manager.filter(revoked_at=None)
