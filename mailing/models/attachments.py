"""What goes along with a message: files under it, pictures in it."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from mailing.models.messages import Message
from privacy.guards import no_identity_numbers


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def unused(self) -> Self:
        """Files that nothing holds any more: no message, and no draft of a floor above."""
        return self.filter(**{relation.name: None for relation in self.model._meta.related_objects})

    def awaited(self) -> Self:
        """Files that more than messages hold: a draft, or messages that are still to be made."""
        held = Q(pk__in=[])
        for relation in self.model._meta.related_objects:
            if relation.related_model is not Attachment:
                held |= Q(**{f"{relation.name}__isnull": False})
        return self.filter(held)


class StoredFile(models.Model):
    """One file as it was added, sealed; several messages may hold the same."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=150)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    body = models.BinaryField(_("sealed content"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("added by"),
    )
    added_at = models.DateTimeField(_("added"), db_default=Now())

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file sent along")
        verbose_name_plural = _("files sent along")
        triggers = [no_identity_numbers("name")]

    def __str__(self) -> str:
        return str(self.pk)


class Attachment(models.Model):
    """A file's use by one message: under it, or shown in it where its HTML names the `content_id`."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments", verbose_name=_("message"))
    file = models.ForeignKey(StoredFile, models.CASCADE, related_name="uses", verbose_name=_("file"))
    content_id = models.CharField(_("name inside the message"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["message", "file"], name="attachment_once"),
            models.UniqueConstraint(
                fields=["message", "content_id"], name="attachment_content_id_once", condition=~Q(content_id="")
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Logo(models.Model):
    """The organisation's picture at the head of every mail; without a row there is none."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="logo", verbose_name=_("picture"))
    width = models.PositiveSmallIntegerField(_("shown this wide, in pixels"))
    height = models.PositiveSmallIntegerField(_("shown this high, in pixels"))

    class Meta:
        verbose_name = _("logo in mail")
        verbose_name_plural = _("logo in mail")
        constraints = [models.CheckConstraint(name="logo_is_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.pk)
