"""Where we stand with the provider."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from privacy.models import Subject


class QueuePause(models.Model):
    """Why the outbox stands still: a limit that passes by itself, or a fault that needs an operator."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    code = models.CharField(_("code"), max_length=20, blank=True)
    since = models.DateTimeField(_("since"), null=True, blank=True)

    class Meta:
        verbose_name = _("pause of the outbox")
        verbose_name_plural = _("pause of the outbox")
        constraints = [models.CheckConstraint(name="queue_pause_is_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.code


class Stream(models.TextChoices):
    EVENTS = "events", _("what happened to messages")
    SUPPRESSIONS = "suppressions", _("the provider's list of stops")
    OWN_STOPS = "own_stops", _("our stops for the provider")
    CALLS = "calls", _("whether the provider answers at all")
    SETUP = "setup", _("how the account is set up")


class ProviderStream(models.Model):
    """How far we are with what the provider has for us, or we for it, and what is in the way."""

    name = models.CharField(_("stream"), max_length=15, choices=Stream, primary_key=True)
    sure_until = models.DateTimeField(_("complete until"), null=True, blank=True)
    looked_at = models.DateTimeField(_("last asked"), null=True, blank=True)
    trouble = models.CharField(_("what went wrong"), max_length=40, blank=True)
    troubled_since = models.DateTimeField(_("wrong since"), null=True, blank=True)
    again_at = models.DateTimeField(_("not again before"), null=True, blank=True)
    webhook_at = models.DateTimeField(_("last post of the provider"), null=True, blank=True)
    # A post that came after a long silence: something before it may never have been posted.
    gap_at = models.DateTimeField(_("first post after a silence"), null=True, blank=True)
    brought = models.PositiveIntegerField(_("events asked for, since the last post"), default=0)

    class Meta:
        verbose_name = _("stream of the provider")
        verbose_name_plural = _("streams of the provider")

    def __str__(self) -> str:
        return self.name


class OutgoingStop(models.Model):
    """An address whose place on the provider's list must be brought in line with ours; gone as soon as it is.

    Our own list knows hashes alone, so this holds the address itself, sealed, from the moment it is stopped or lifted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(
        Subject, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    address = models.BinaryField(_("sealed address"))
    made_at = models.DateTimeField(_("made"), db_default=Now())

    class Meta:
        verbose_name = _("stop for the provider")
        verbose_name_plural = _("stops for the provider")
        indexes = [models.Index(fields=["made_at"], name="outgoingstop_made")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def context(self) -> str:
        """What the sealed address is bound to."""
        return f"outgoing-stop:{self.pk}"
