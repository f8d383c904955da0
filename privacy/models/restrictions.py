"""Restrictions: whose data may only be kept, since when, why, and how it ended (GDPR art. 18)."""

import uuid
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from privacy.guards import Guard, fixed, raise_sql, refuse
from privacy.models.requests import KEPT, DataRequest
from privacy.models.subjects import Subject

RESTRICTION_FIXED = refuse("restriction_fixed", _("A restriction stays as it began, and one that was lifted stays so."))
RESTRICTION_TOLD = refuse(
    "restriction_told_first", _("Tell the person first: a restriction is lifted only after that (GDPR art. 18(3)).")
)
RESTRICTION_ONCE = "restriction_open_once"


class RestrictionGround(models.TextChoices):
    CONTESTED = "contested", _("the person says that the data are not right")
    UNLAWFUL = "unlawful", _("we may not use the data, and the person wants them kept")
    CLAIM = "claim", _("the person needs the data for a legal claim")
    OBJECTION = "objection", _("an objection is being weighed")


class LiftReason(models.TextChoices):
    CORRECTED = "corrected", _("the data were corrected")
    CHECKED = "checked", _("the data were checked and are right")
    WEIGHED = "weighed", _("the objection was weighed and does not stand")
    ASKED = "asked", _("the person asks us to use the data again")
    CLAIM_OVER = "claim_over", _("the legal claim is over")


class ToldHow(models.TextChoices):
    MAIL = "mail", _("by e-mail")
    PHONE = "phone", _("by phone")
    LETTER = "letter", _("by letter")


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    def standing(self) -> Self:
        """Restrictions nobody has lifted."""
        return self.filter(lifted_at=None)


class Restriction(models.Model):
    """One person's data may only be kept until this is lifted, with notice. `Subject.restricted_at` follows it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="restrictions", verbose_name=_("person"))
    request = models.ForeignKey(
        DataRequest, models.PROTECT, null=True, blank=True, related_name="restrictions", verbose_name=_("request")
    )
    ground = models.CharField(_("why limited"), max_length=12, choices=RestrictionGround)
    since = models.DateTimeField(_("limited since"), auto_now_add=True)
    # None: by the person's own request, which needs nobody's decision.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    lift_reason = models.CharField(_("why lifted"), max_length=12, choices=LiftReason, blank=True)
    told_how = models.CharField(_("how the person was told"), max_length=10, choices=ToldHow, blank=True)
    notice_ref = models.UUIDField(_("message that tells it"), null=True, blank=True)
    told_at = models.DateTimeField(_("told"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lifted by")
    )

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(fields=["subject"], name=RESTRICTION_ONCE, condition=Q(lifted_at=None)),
            models.CheckConstraint(
                name=RESTRICTION_TOLD,
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(
                    lifted_at__isnull=False,
                    lifted_by__isnull=False,
                    told_at__isnull=False,
                    told_at__lte=F("lifted_at"),
                )
                & ~Q(lift_reason="")
                & ~Q(told_how=""),
                violation_error_message=_("Tell the person first: a restriction is lifted only after that."),
            ),
        ]
        triggers = [
            fixed("id", "subject_id", "request_id", "ground", "since", "by_id", rule=RESTRICTION_FIXED),
            Guard(
                name="lifted_for_good",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    IF TG_OP = 'DELETE' AND OLD.lifted_at < now() - interval '{KEPT}' THEN RETURN OLD; END IF;
                    IF TG_OP = 'DELETE' OR OLD.lifted_at IS NOT NULL THEN
                        {raise_sql(RESTRICTION_FIXED, "a restriction is lifted once and stays on record")}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ground} {self.pk}"
