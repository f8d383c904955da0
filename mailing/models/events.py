"""What the provider says happened to messages."""

import uuid
from typing import Self

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mailing.models.messages import Message


class WebhookBatchQuerySet(models.QuerySet["WebhookBatch"]):
    def waiting(self) -> Self:
        """Batches no worker has taken in yet."""
        return self.filter(taken_in_at=None)


class WebhookBatch(models.Model):
    """One post of the provider, sealed as it came, for the minutes until the worker has taken it in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    received_at = models.DateTimeField(_("received"), db_default=Now())
    body = models.BinaryField(_("sealed body"))
    events = models.PositiveIntegerField(_("events"), default=0)
    set_aside = models.PositiveIntegerField(_("set aside as malformed"), default=0)
    taken_in_at = models.DateTimeField(_("taken in"), null=True, blank=True)

    objects = WebhookBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("event batch")
        verbose_name_plural = _("event batches")
        indexes = [models.Index(fields=["received_at"], name="batch_waiting", condition=Q(taken_in_at=None))]

    def __str__(self) -> str:
        return str(self.pk)


class MailEvent(models.Model):
    """One thing the provider says happened to a message. No IP address, place or browser is kept."""

    event_id = models.CharField(_("event"), max_length=80, primary_key=True)
    type = models.CharField(_("type"), max_length=30)
    at = models.DateTimeField(_("at"))
    # No constraint and no index of its own: events come by the thousand, are written by one statement that has their
    # messages locked, and are gone in a month; a message never goes.
    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, db_constraint=False, db_index=False, related_name="events"
    )
    transmission_id = models.CharField(_("transmission"), max_length=40, blank=True)
    provider_message_id = models.CharField(_("provider's message id"), max_length=80, blank=True)
    bounce_class = models.PositiveSmallIntegerField(_("bounce class"), null=True, blank=True)
    is_prefetched = models.BooleanField(_("fetched by a machine"), default=False)
    received_at = models.DateTimeField(_("received"), db_default=Now())

    class Meta:
        verbose_name = _("mail event")
        verbose_name_plural = _("mail events")
        indexes = [
            models.Index(fields=["message", "at"], name="mailevent_message"),
            BrinIndex(fields=["received_at"], name="mailevent_received"),
            models.Index(
                fields=["transmission_id"],
                name="mailevent_orphan_transmission",
                condition=Q(message=None) & ~Q(transmission_id=""),
            ),
            models.Index(
                fields=["provider_message_id"],
                name="mailevent_orphan_mail",
                condition=Q(message=None) & ~Q(provider_message_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"
