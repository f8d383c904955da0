"""Copies of somebody's data on their way to that person: prepared, looked at, handed out once, and gone."""

import uuid
from datetime import date, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.guards import fixed, refuse
from privacy.models.requests import DataRequest
from privacy.models.subjects import Link, Subject

# How long a copy stays, counted from when it was asked for.
COPY_DAYS = 14

COPY_LOOKED = refuse("copy_looked_at_first", _("Look at the copy before it is handed out."))
COPY_FIXED = refuse("copy_fixed", _("A copy stays with its person and its request. Prepare a new one instead."))
COPY_SHORT = refuse("copy_gone_in_time", _("A copy is deleted after 14 days."))


class CopyKind(models.TextChoices):
    ACCESS = "access", _("everything we hold")
    PORTABILITY = "portability", _("what the person gave, to take along")


class CopyState(models.TextChoices):
    WAITING = "waiting", _("being prepared")
    MAKING = "making", _("being made")
    READY = "ready", _("ready to look at")
    FAILED = "failed", _("could not be made")


class CodeBy(models.TextChoices):
    MAILBOX = "mailbox", _("by e-mail, to the address we know")
    COLLEAGUE = "colleague", _("I tell the code myself, by phone or face to face")


class DataCopyQuerySet(models.QuerySet["DataCopy"]):
    def live(self) -> Self:
        """Copies whose day of deletion has not come."""
        return self.filter(delete_on__gte=timezone.localdate())

    def overdue(self, today: date) -> Self:
        return self.filter(delete_on__lt=today)

    def unmade(self) -> Self:
        """Copies nobody makes now: waiting, or with a worker that is gone."""
        gone = timezone.now() - timedelta(minutes=10)
        return self.filter(Q(state=CopyState.WAITING) | Q(state=CopyState.MAKING, claimed_at__lt=gone))


class DataCopy(models.Model):
    """One sealed copy of everything about a person, for one request. Deleted after 14 days and at erasure."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="copies", verbose_name=_("request"))
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="copies", verbose_name=_("person"))
    kind = models.CharField(_("what it holds"), max_length=12, choices=CopyKind)
    language = models.CharField(_("language"), max_length=2, choices=[("nl", _("Dutch")), ("en", _("English"))])
    state = models.CharField(_("state"), max_length=10, choices=CopyState, default=CopyState.WAITING)
    asked_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    claimed_at = models.DateTimeField(_("a worker makes it since"), null=True, blank=True)
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    # The ZIP, and the notes of what is or may be covered in it, sealed: both may name other people.
    body = models.BinaryField(_("sealed content"), default=b"", blank=True)
    size = models.PositiveIntegerField(_("size in bytes"), default=0)
    counts = models.JSONField(_("how much it holds"), default=dict, blank=True)
    notes = models.BinaryField(_("sealed notes of what is covered"), default=b"", blank=True)
    left_out = models.JSONField(_("files left out, and why"), default=dict, blank=True)
    looked_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    looked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("looked at by"),
    )
    delivered_at = models.DateTimeField(_("link sent"), null=True, blank=True)
    delivered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sent by")
    )
    link = models.ForeignKey(Link, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("link"))
    code_by = models.CharField(_("how the code goes"), max_length=10, choices=CodeBy, blank=True)
    # Codes are derived from their number, so none is stored here.
    code_number = models.PositiveSmallIntegerField(_("number of the code"), default=0)
    code_at = models.DateTimeField(_("code made"), null=True, blank=True)
    codes_left = models.PositiveSmallIntegerField(_("codes that may still be asked for"), default=0)
    tries_left = models.PositiveSmallIntegerField(_("tries left for this code"), default=0)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    delete_on = models.DateField(_("deleted after"))

    objects = DataCopyQuerySet.as_manager()

    class Meta:
        verbose_name = _("copy of somebody's data")
        verbose_name_plural = _("copies of people's data")
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["delete_on"], name="copy_delete_on")]
        constraints = [
            models.CheckConstraint(
                name=COPY_LOOKED,
                condition=Q(delivered_at=None)
                | Q(delivered_at__isnull=False, looked_at__isnull=False, looked_by__isnull=False, link__isnull=False),
            ),
            models.CheckConstraint(
                name=COPY_SHORT, condition=Q(delete_on__lte=models.F("asked_at") + timedelta(days=COPY_DAYS + 1))
            ),
        ]
        triggers = [fixed("id", "request_id", "subject_id", "kind", "language", "asked_at", rule=COPY_FIXED)]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether its link can still be used."""
        return bool(self.link and self.delivered_at and self.opened_at is None and not self.link.is_expired)
