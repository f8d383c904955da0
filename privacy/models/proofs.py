"""Sealed proofs of introductions: for how long they are kept, and who opened one with whose approval."""

import uuid
from datetime import datetime, timedelta
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.guards import Guard, append_only, fixed, no_identity_numbers, no_truncate, raise_sql, refuse
from privacy.models.governance import AssessmentAbout, LegitimateInterestAssessment

LONGEST_MONTHS = 36
# So long an approval is waited for, and so long after it the proof can be shown.
ANSWER_DAYS = 7
SHOWN_WITHIN_HOURS = 24

RULE_RESTS = refuse(
    "proof_rule_rests",
    _(
        "Proof of introductions is kept only on an approved assessment that is about just that,"
        " and is not past its review."
    ),
)
OTHER_APPROVER = refuse("proof_other_approver", _("Somebody other than who asks must approve the opening."))
WRONG_ROLE = refuse(
    "proof_wrong_role",
    _("A privacy officer asks to open a proof, and another officer or an administrator approves it."),
)
IN_ORDER = refuse(
    "proof_in_order",
    _("A proof is opened once: asked with a reason, approved within a week, and shown within a day."),
)
OPENING_FIXED = refuse("proof_opening_fixed", _("Who asked to open a proof, when and why, stays as it is."))


class RuleQuerySet(models.QuerySet["ProofRule"]):
    def newest(self) -> "ProofRule | None":
        return self.select_related("assessment").order_by("-id").first()


class ProofRule(models.Model):
    """For how many months after an introduction proof of it is kept, from now on; 0 for none. The newest row holds."""

    id = models.BigAutoField(primary_key=True)
    months = models.PositiveSmallIntegerField(_("months after the introduction"))
    assessment = models.ForeignKey(
        LegitimateInterestAssessment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assessment"),
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("set by"))
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule on proof of introductions")
        verbose_name_plural = _("rules on proof of introductions")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="proof_rule_whole",
                condition=Q(months=0, assessment=None)
                | Q(months__gte=1, months__lte=LONGEST_MONTHS, assessment__isnull=False),
                violation_error_message=_("Between 1 and 36 months on an assessment, or 0 without one."),
            ),
        ]
        triggers = [
            Guard(
                name="rests",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NEW.assessment_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM public.privacy_legitimateinterestassessment a
                        WHERE a.id = NEW.assessment_id AND a.about = 'proof' AND a.approved_at IS NOT NULL
                          AND a.withdrawn_at IS NULL
                          AND a.review_on >= (now() AT TIME ZONE 'Europe/Amsterdam')::date) THEN
                        {raise_sql(RULE_RESTS, "no standing assessment of proofs")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"{self.months} {self.at}"

    @classmethod
    def standing(cls) -> Self | None:
        """The rule by which proofs are sealed today, or None: none was set, it was ended, or its assessment fell."""
        rule = cls.objects.newest()
        return rule if rule is not None and rule.is_standing else None  # type: ignore[return-value]

    @property
    def is_standing(self) -> bool:
        return bool(
            self.months
            and self.assessment
            and self.assessment.about == AssessmentAbout.PROOF
            and self.assessment.is_standing
        )

    @property
    def since(self) -> datetime:
        """From when on proof has been kept without a break: earlier introductions were not told of it."""
        rows = type(self).objects.filter(id__lte=self.pk)
        ended = rows.filter(months=0).order_by("-id").values_list("id", flat=True).first() or 0
        return rows.filter(id__gt=ended).order_by("id").values_list("at", flat=True)[0]


class OpeningQuerySet(models.QuerySet["ProofOpening"]):
    def waiting(self) -> Self:
        """Asked and not approved, while somebody still may."""
        return self.filter(approved_at=None, asked_at__gt=timezone.now() - timedelta(days=ANSWER_DAYS))

    def ready(self) -> Self:
        """Approved and not shown, while it still may be."""
        limit = timezone.now() - timedelta(hours=SHOWN_WITHIN_HOURS)
        return self.filter(approved_at__gt=limit, shown_at=None)


class ProofOpening(models.Model):
    """One opening of one proof: an officer asks with a reason, somebody else approves, and it is shown once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    introduction = models.UUIDField(_("introduction"), db_index=True)
    reason = models.TextField(_("why it must be opened"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"), db_default=Now(), editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    shown_at = models.DateTimeField(_("shown"), null=True, blank=True)

    objects = OpeningQuerySet.as_manager()

    class Meta:
        verbose_name = _("opening of a proof")
        verbose_name_plural = _("openings of proofs")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                name=OTHER_APPROVER,
                condition=Q(approved_by=None) | ~Q(approved_by=F("asked_by")),
                violation_error_message=_("Somebody other than who asks must approve the opening."),
            ),
        ]
        triggers = [
            fixed("id", "introduction", "asked_by_id", "asked_at", rule=OPENING_FIXED),
            no_identity_numbers("reason"),
            Guard(
                name="reason_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    -- It may name somebody, so it goes with the proof; it never becomes another one.
                    IF NEW.reason IS DISTINCT FROM OLD.reason AND NEW.reason <> '' THEN
                        {raise_sql(OPENING_FIXED, "the reason stays, or goes whole")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="two_people",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=f"""
                    IF TG_OP = 'INSERT' AND NOT EXISTS (
                        SELECT 1 FROM public.accounts_user u
                        WHERE u.id = NEW.asked_by_id AND u.is_active AND u.role = 'officer') THEN
                        {raise_sql(WRONG_ROLE, "only an officer asks")}
                    END IF;
                    IF NEW.approved_by_id IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.approved_by_id IS NULL)
                       AND NOT EXISTS (
                        SELECT 1 FROM public.accounts_user u
                        WHERE u.id = NEW.approved_by_id AND u.is_active
                          AND u.role IN ('officer', 'administrator')) THEN
                        {raise_sql(WRONG_ROLE, "only an officer or an administrator approves")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="in_order",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=f"""
                    IF TG_OP = 'INSERT' THEN
                        NEW.asked_at := clock_timestamp();
                        IF NEW.reason !~ '\\S' OR NEW.approved_by_id IS NOT NULL OR NEW.approved_at IS NOT NULL
                           OR NEW.shown_at IS NOT NULL THEN
                            {raise_sql(IN_ORDER, "asked first, with a reason")}
                        END IF;
                        RETURN NEW;
                    END IF;
                    IF OLD.approved_at IS NULL AND NEW.approved_at IS NOT NULL THEN
                        NEW.approved_at := clock_timestamp();
                        IF NEW.approved_by_id IS NULL
                           OR OLD.asked_at < clock_timestamp() - interval '{ANSWER_DAYS} days' THEN
                            {raise_sql(IN_ORDER, "approved by somebody, within a week")}
                        END IF;
                    ELSIF ROW(NEW.approved_by_id, NEW.approved_at)
                          IS DISTINCT FROM ROW(OLD.approved_by_id, OLD.approved_at) THEN
                        {raise_sql(IN_ORDER, "an approval stays")}
                    END IF;
                    IF OLD.shown_at IS NULL AND NEW.shown_at IS NOT NULL THEN
                        NEW.shown_at := clock_timestamp();
                        IF OLD.approved_at IS NULL
                           OR OLD.approved_at < clock_timestamp() - interval '{SHOWN_WITHIN_HOURS} hours' THEN
                            {raise_sql(IN_ORDER, "shown after the approval, within a day")}
                        END IF;
                    ELSIF NEW.shown_at IS DISTINCT FROM OLD.shown_at THEN
                        {raise_sql(IN_ORDER, "shown once")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=f"""
                    IF OLD.asked_at >= now() - interval '5 years' THEN
                        {raise_sql(OPENING_FIXED, "an opening stays for five years")}
                    END IF;
                    RETURN OLD;
                """,
            ),
            no_truncate(OPENING_FIXED),
        ]

    def __str__(self) -> str:
        return str(self.pk)
