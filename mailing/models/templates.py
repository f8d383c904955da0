"""Words: the versions of each kind of message in each language."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.guards import frozen_once


class Language(models.TextChoices):
    DUTCH = "nl", _("Dutch")
    ENGLISH = "en", _("English")


class TemplateQuerySet(models.QuerySet["TemplateVersion"]):
    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def latest_of(self, kind: str, language: str) -> "TemplateVersion":
        """The version to use now for this kind of message. Raises DoesNotExist when none is published."""
        return self.published().filter(kind=kind, language=language).latest("version")


class TemplateVersion(models.Model):
    """One version of the words of one kind of message in one language. Once published it never changes (I10)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=30)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    version = models.PositiveSmallIntegerField(_("version"))
    subject_line = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    short = models.TextField(_("short text for other channels"), blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("author"),
    )
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("template version")
        verbose_name_plural = _("template versions")
        ordering = ["kind", "language", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "language", "version"], name="template_version_once"),
        ]
        triggers = frozen_once("published_at")

    def __str__(self) -> str:
        return f"{self.kind} {self.language} v{self.version}"
