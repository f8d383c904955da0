"""Words: the versions of each kind of message in each language."""

import uuid
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from mailing.ink import PATTERN
from mailing.kinds import KINDS, NOTICE_KINDS, WITHOUT_TEMPLATE
from privacy.guards import Guard, frozen_once, raise_sql, refuse

TEMPLATE_BLANK = refuse("template_blank", _("A template needs a subject and a text before it is published."))
KIND_UNKNOWN = refuse("template_kind_unknown", _("There is no such kind of message."))
LINK_LACKS = refuse("template_link_lacks", _("The text lacks a link this message can't do without."))
NOTICE_LACKS = refuse("template_notice_lacks", _("The text lacks a fact a first message must hold (GDPR art. 14)."))

STANDARD_STAYS = refuse(
    "template_standard_stays", _("The standard template is always needed. Publish a new version of it instead.")
)


class Language(models.TextChoices):
    DUTCH = "nl", _("Dutch")
    ENGLISH = "en", _("English")


# The name of the template that every kind has, and that is used where nobody chose another.
STANDARD = ""


# What the database itself can see of the linter's items: the placeholders a notice can't do without.
_IN_NOTICES = ("legal_name", "privacy_contact", "source", "client", "retention_days", "tracking?")


def _publishable() -> Guard:
    """Words that are published say something, of a kind we know, with the links and facts that kind can't do without.

    The linter asks for more; this holds for whoever writes past it.
    """
    kinds = sorted(set(KINDS) - WITHOUT_TEMPLATE)
    links = "".join(
        f"""
        IF NEW.kind = '{kind}' AND NEW.body !~ '[[]link:{link}[]|]' THEN
            {raise_sql(LINK_LACKS, "a link this kind needs is not there")}
        END IF;"""
        for kind in kinds
        for link in KINDS[kind].links
    )
    facts = " OR ".join(f"strpos(NEW.body, '[{name}]') = 0" for name in _IN_NOTICES)
    return Guard(
        name="publishable",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"""
            IF NEW.published_at IS NULL THEN RETURN NEW; END IF;
            IF NEW.kind NOT IN ({", ".join(f"'{kind}'" for kind in kinds)}) THEN
                {raise_sql(KIND_UNKNOWN, "no such kind of message")}
            END IF;
            IF NEW.subject_line !~ '{PATTERN}' OR NEW.body !~ '{PATTERN}' THEN
                {raise_sql(TEMPLATE_BLANK, "subject or text is blank")}
            END IF;{links}
            IF NEW.kind IN ({", ".join(f"'{kind}'" for kind in sorted(NOTICE_KINDS))}) AND ({facts}) THEN
                {raise_sql(NOTICE_LACKS, "a fact of GDPR art. 14 is not there")}
            END IF;
            RETURN NEW;
        """,
    )


class TemplateQuerySet(models.QuerySet["TemplateVersion"]):
    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def of(self, kind: str, language: str, name: str = STANDARD) -> Self:
        """All versions of one template."""
        return self.filter(kind=kind, language=language, name=name)

    def latest_of(self, kind: str, language: str, name: str = STANDARD) -> "TemplateVersion":
        """The version to use now for this kind of message. Raises DoesNotExist when none is published."""
        return self.published().of(kind, language, name).latest("version")

    def offered(self, kind: str, language: str) -> Self:
        """The newest published version of each template to choose from, the standard one first; no retired ones."""
        newest = self.published().filter(kind=kind, language=language).order_by("name", "-version").distinct("name")
        retired = RetiredTemplate.objects.filter(kind=kind, language=language).values("name")
        return self.filter(pk__in=newest.values("pk")).exclude(name__in=retired).order_by("name")


class TemplateVersion(models.Model):
    """One version of the words of one kind of message in one language. Once published it never changes (I10).

    An agency may have several templates of a kind: the standard one has no name, each other has a title of its own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=30)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    name = models.CharField(_("name"), max_length=60, blank=True, default=STANDARD)
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
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    # Counts the times a draft was saved, so that nobody writes over words they have not seen.
    revision = models.PositiveIntegerField(_("times saved"), default=0)
    changed_at = models.DateTimeField(_("last saved"), null=True, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("last saved by"),
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("template version")
        verbose_name_plural = _("template versions")
        ordering = ["kind", "language", "name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "language", "name", "version"], name="template_version_once"),
        ]
        triggers = [*frozen_once("published_at"), _publishable()]

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.name} v{self.version}".replace("  ", " ")

    @property
    def is_retired(self) -> bool:
        """Whether its template is no longer offered."""
        return RetiredTemplate.objects.filter(kind=self.kind, language=self.language, name=self.name).exists()


class RetiredTemplate(models.Model):
    """This template is no longer offered. Its versions stay as they are, for the messages that were made of them."""

    kind = models.CharField(_("kind"), max_length=30)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    name = models.CharField(_("name"), max_length=60)
    at = models.DateTimeField(_("since"), auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("retired template")
        verbose_name_plural = _("retired templates")
        ordering = ["kind", "language", "name"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "language", "name"], name="template_retired_once"),
            models.CheckConstraint(name=STANDARD_STAYS, condition=~models.Q(name=STANDARD)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.name}"
