"""Requests of people about their data (GDPR art. 15–22)."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.models.subjects import Subject


class RequestKind(models.TextChoices):
    ACCESS = "access", _("see my data")
    RECTIFICATION = "rectification", _("correct my data")
    ERASURE = "erasure", _("erase my data")
    RESTRICTION = "restriction", _("limit the use of my data")
    PORTABILITY = "portability", _("take my data along")
    OBJECTION = "objection", _("object to the use of my data")


class RequestChannel(models.TextChoices):
    LINK = "link", _("own link")
    FORM = "form", _("public form")
    MAIL = "mail", _("e-mail")
    PHONE = "phone", _("phone")
    LETTER = "letter", _("letter")


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    def open(self) -> Self:
        return self.filter(answered_at=None)


class DataRequest(models.Model):
    """One request, with the moment it reached the agency and the date by which it must be answered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("what"), max_length=15, choices=RequestKind)
    subject = models.ForeignKey(
        Subject, models.PROTECT, null=True, blank=True, related_name="requests", verbose_name=_("person")
    )
    channel = models.CharField(_("how"), max_length=10, choices=RequestChannel)
    contact = models.CharField(_("answer to"), max_length=254, blank=True)
    words = models.TextField(_("in their own words"), blank=True)
    received_at = models.DateTimeField(_("received"))
    due_on = models.DateField(_("answer before the end of"))
    calendar_version = models.CharField(_("calendar"), max_length=20)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    outcome = models.TextField(_("what was done"), blank=True)
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("noted by"),
    )
    created_at = models.DateTimeField(_("noted at"), auto_now_add=True)

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["due_on", "received_at"]
        constraints = [
            models.CheckConstraint(
                name="request_answered_by_somebody",
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
            models.CheckConstraint(
                name="request_received_before_noted", condition=Q(received_at__lte=models.F("created_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
