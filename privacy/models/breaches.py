"""Breaches: what happened, since when it is known, whether the authority hears of it and why, and when it did
(GDPR art. 33). Every breach is registered, also one that is not notified (art. 33(5))."""

import uuid
from datetime import timedelta
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from privacy.deadlines import BREACH_HOURS
from privacy.guards import Guard, append_only, fixed, no_identity_numbers, no_truncate, raise_sql, refuse

BREACH_FIXED = refuse(
    "breach_fixed", _("What was reported, and since when it is known, stays as it is. Add to it in the decision.")
)
BREACH_DECIDED = refuse(
    "breach_decided", _("The authority is told only after somebody decided that, with a reason; and told is told.")
)
BREACH_LATE = refuse(
    "breach_late_reason", _("Later than 72 hours: say why, for the law has you tell it with the report (art. 33(1)).")
)
BREACH_FUTURE = refuse("breach_future", _("A breach cannot have been discovered in the future."))

TERM = timedelta(hours=BREACH_HOURS)


class Notify(models.TextChoices):
    YES = "yes", _("the authority is told")
    NO = "no", _("the authority is not told: a risk for people is unlikely")


class BreachMilestone(models.TextChoices):
    REPORTED = "reported", _("reported")
    DAY = "h24", _("known for 24 hours")
    TWO_DAYS = "h48", _("known for 48 hours")
    LAST = "h60", _("12 hours left")
    OVERDUE = "overdue", _("the 72 hours are over")


class BreachQuerySet(models.QuerySet["Breach"]):
    def open(self) -> Self:
        """Of which the authority still has to hear, or that nobody decided on."""
        return self.filter(Q(notify="") | Q(notify=Notify.YES, notified_at=None))


class Breach(models.Model):
    """Something happened to data about people: who reported it, and what was decided."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    what = models.TextField(_("what happened"))
    aware_at = models.DateTimeField(_("known since"))
    reported_at = models.DateTimeField(_("reported"), db_default=Now(), editable=False)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("reported by")
    )
    notify = models.CharField(_("decision"), max_length=3, choices=Notify, blank=True)
    reason = models.TextField(_("why"), blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    notified_at = models.DateTimeField(_("authority told"), null=True, blank=True)
    reference = models.CharField(_("reference of the authority"), max_length=60, blank=True)
    late_reason = models.TextField(_("why later than 72 hours"), blank=True)

    objects = BreachQuerySet.as_manager()

    class Meta:
        verbose_name = _("breach")
        verbose_name_plural = _("breaches")
        ordering = ["-aware_at"]
        constraints = [
            models.CheckConstraint(
                name=BREACH_DECIDED,
                condition=Q(notify="", decided_at=None, decided_by=None, notified_at=None)
                | Q(notify=Notify.NO, decided_at__isnull=False, decided_by__isnull=False, notified_at=None)
                & ~Q(reason="")
                | Q(notify=Notify.YES, decided_at__isnull=False, decided_by__isnull=False) & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name=BREACH_LATE,
                condition=Q(notified_at=None) | Q(notified_at__lte=F("aware_at") + TERM) | ~Q(late_reason=""),
            ),
            models.CheckConstraint(name=BREACH_FUTURE, condition=Q(aware_at__lte=F("reported_at"))),
        ]
        triggers = [
            no_identity_numbers("what", "reason", "late_reason"),
            fixed(
                *("id", "what", "aware_at", "reported_at", "reported_by_id"), rule=BREACH_FIXED, name="reported_stays"
            ),
            Guard(
                name="told_is_told",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    IF TG_OP = 'DELETE' THEN
                        IF OLD.reported_at >= now() - interval '5 years' THEN
                            {raise_sql(BREACH_FIXED, "a breach stays in the register")}
                        END IF;
                        RETURN OLD;
                    END IF;
                    IF OLD.notified_at IS NOT NULL AND ROW(OLD.notified_at, OLD.notify, OLD.reason)
                       IS DISTINCT FROM ROW(NEW.notified_at, NEW.notify, NEW.reason) THEN
                        {raise_sql(BREACH_DECIDED, "told is told")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            no_truncate(BREACH_FIXED),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        """Whether the clock still runs."""
        return self.notify == "" or (self.notify == Notify.YES and self.notified_at is None)


class BreachCrossing(models.Model):
    """A breach passed a moment of its 72 hours, and the officers were told; once each."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    breach = models.ForeignKey(Breach, models.PROTECT, related_name="crossings", verbose_name=_("breach"))
    milestone = models.CharField(_("passed"), max_length=10, choices=BreachMilestone)
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("milestone of a breach")
        verbose_name_plural = _("milestones of breaches")
        constraints = [models.UniqueConstraint(name="breach_crossing_once", fields=["breach", "milestone"])]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.milestone} {self.breach_id}"
