"""Assessments that must stand before a kind of processing starts (GDPR art. 6(1)(f), 35)."""

import uuid
from datetime import timedelta
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.guards import Guard, frozen_once, raise_sql, refuse

OTHER_APPROVER = refuse("lia_other_approver", _("Somebody other than the author must approve the assessment."))
APPROVED_WHOLE = refuse(
    "lia_approved_whole",
    _("An approved assessment names who approved it, when, and its review date within a year."),
)
WITHDRAWN_FOR_GOOD = refuse(
    "lia_withdrawn_for_good", _("A withdrawn assessment does not come back. Write a new version instead.")
)


class AssessmentAbout(models.TextChoices):
    SEARCH = "search", _("looking for people for a vacancy")
    PROOF = "proof", _("keeping proof of introductions after an erasure")


class AssessmentQuerySet(models.QuerySet["LegitimateInterestAssessment"]):
    def of_searches(self) -> Self:
        """Those a vacancy can rest on."""
        return self.filter(about=AssessmentAbout.SEARCH)

    def of_proofs(self) -> Self:
        """Those on which proof of introductions may be kept."""
        return self.filter(about=AssessmentAbout.PROOF)

    def standing(self) -> Self:
        """Approved and not past the review date: new sourcing may rest on it today."""
        return self.filter(approved_at__isnull=False, review_on__gte=timezone.localdate(), withdrawn_at=None)

    def expiring(self, days: int = 30) -> Self:
        return self.standing().filter(review_on__lte=timezone.localdate() + timedelta(days=days))


class LegitimateInterestAssessment(models.Model):
    """The three steps for one kind of search: purpose, necessity, balance (GDPR art. 6(1)(f))."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(_("kind of search"), max_length=200)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    about = models.CharField(
        _("what it is for"), max_length=10, choices=AssessmentAbout, default=AssessmentAbout.SEARCH
    )
    scope = models.TextField(_("which searches it covers"))
    interest = models.TextField(_("the interest, and whose it is"))
    necessity = models.TextField(_("why less data or another way will not do"))
    sources = models.TextField(_("sources, and what people expect of each"))
    categories = models.TextField(_("kinds of data"))
    balance = models.TextField(_("what it means for the people found"))
    safeguards = models.TextField(_("safeguards and opt-out"))
    outcome = models.TextField(_("outcome"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    review_on = models.DateField(_("review before"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("legitimate-interest assessment")
        verbose_name_plural = _("legitimate-interest assessments")
        ordering = ["title", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["title", "version"], name="lia_version_once"),
            models.CheckConstraint(
                name=OTHER_APPROVER,
                condition=Q(approved_by=None) | ~Q(approved_by=F("author")),
                violation_error_message=_("Somebody other than the author must approve the assessment."),
            ),
            models.CheckConstraint(
                name=APPROVED_WHOLE,
                condition=Q(approved_at=None, approved_by=None, review_on=None)
                | Q(
                    approved_at__isnull=False,
                    approved_by__isnull=False,
                    review_on__isnull=False,
                    review_on__lte=F("approved_at") + timedelta(days=366),
                ),
            ),
        ]
        triggers = [
            *frozen_once("approved_at", keep=("withdrawn_at",)),
            Guard(
                name="withdrawn_for_good",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at THEN
                        {raise_sql(WITHDRAWN_FOR_GOOD, "withdrawn for good")}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"

    @property
    def is_standing(self) -> bool:
        return bool(
            self.approved_at and self.review_on and self.review_on >= timezone.localdate() and not self.withdrawn_at
        )


class ImpactAssessment(models.Model):
    """A DPIA of one feature (GDPR art. 35(7)); mail tracking is the first that needs one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    feature = models.CharField(_("feature"), max_length=30)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("what is done, and why"))
    necessity = models.TextField(_("necessity and proportion"))
    risks = models.TextField(_("risks for people"))
    measures = models.TextField(_("measures"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    review_on = models.DateField(_("review before"), null=True, blank=True)

    class Meta:
        verbose_name = _("impact assessment")
        verbose_name_plural = _("impact assessments")
        triggers = frozen_once("approved_at")

    def __str__(self) -> str:
        return self.title
