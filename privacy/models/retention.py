"""Legal holds, which keep somebody longer than the clocks would, and the runs of the clock that erases."""

import uuid
from datetime import timedelta
from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.guards import Guard, fixed, no_identity_numbers, no_truncate, raise_sql, refuse
from privacy.models.subjects import UNAPPROVED_HOLDS, Subject

HOLD_FIXED = refuse(
    "hold_fixed", _("A hold stays as it was asked for. End it, and ask for another one where that is needed.")
)
HOLD_APPROVER = refuse(
    "hold_other_approver", _("A hold is approved by a privacy officer or administrator who did not ask for it.")
)
HOLD_DATES = refuse("hold_dates", _("A hold ends after the day on which it was asked for, and within a year of it."))
HOLD_NOBODY = refuse("hold_nobody", _("This person has been erased already, so there is nothing to keep."))
RUN_STAYS = refuse("retention_run_stays", _("What a night's run did stays on record."))

LONGEST_HOLD = timedelta(days=366)


class HoldGround(models.TextChoices):
    CLAIM = "claim", _("a legal claim, made or expected")
    AUTHORITY = "authority", _("an authority asked us to keep the data")
    DUTY = "duty", _("the law has us keep the data")


class HoldQuerySet(models.QuerySet["LegalHold"]):
    def in_force(self) -> Self:
        """Those that keep people today: approved, or asked for in the last days; not ended, and not past their day."""
        asked_lately = Q(asked_at__gt=timezone.now() - UNAPPROVED_HOLDS)
        return self.filter(Q(approved_at__isnull=False) | asked_lately, ended_at=None, until__gte=timezone.localdate())


class LegalHold(models.Model):
    """Some people are kept until a day, for a reason, though their time is over or they asked to be erased
    (GDPR art. 17(3)(b) and (e)). Nobody approves their own; it ends by itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ground = models.CharField(_("on which ground"), max_length=10, choices=HoldGround)
    reason = models.TextField(_("why, in your own words"), blank=True)
    until = models.DateField(_("until and including"))
    # The vacancy whose people it keeps; None where it was asked for one person.
    vacancy_ref = models.UUIDField(_("vacancy"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked for"), db_default=Now(), editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    ended_at = models.DateTimeField(_("ended early"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by")
    )

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        ordering = ["until", "asked_at"]
        indexes = [models.Index(fields=["until"], name="hold_until", condition=Q(ended_at=None))]
        constraints = [
            models.CheckConstraint(
                name=HOLD_APPROVER,
                condition=Q(approved_at=None, approved_by=None)
                | (Q(approved_at__isnull=False, approved_by__isnull=False) & ~Q(approved_by=F("asked_by"))),
            ),
        ]
        triggers = [
            no_identity_numbers("reason"),
            fixed(
                *("id", "ground", "until", "vacancy_ref", "asked_at", "asked_by_id"),
                rule=HOLD_FIXED,
            ),
            Guard(
                name="lawful",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=f"""
                    IF TG_OP = 'INSERT' THEN
                        NEW.asked_at := clock_timestamp();
                        IF NEW.until <= (NEW.asked_at AT TIME ZONE 'Europe/Amsterdam')::date OR NEW.until >
                           (NEW.asked_at AT TIME ZONE 'Europe/Amsterdam')::date + {LONGEST_HOLD.days} THEN
                            {raise_sql(HOLD_DATES, "ends too early or too late")}
                        END IF;
                        IF NEW.reason !~ '\\S' THEN {raise_sql(HOLD_FIXED, "a hold has a reason")} END IF;
                    ELSIF OLD.approved_at IS NOT NULL AND ROW(OLD.approved_at, OLD.approved_by_id)
                            IS DISTINCT FROM ROW(NEW.approved_at, NEW.approved_by_id)
                       OR OLD.ended_at IS NOT NULL AND ROW(OLD.ended_at, OLD.ended_by_id)
                            IS DISTINCT FROM ROW(NEW.ended_at, NEW.ended_by_id)
                       OR NEW.reason IS DISTINCT FROM OLD.reason AND NEW.reason <> '' THEN
                        {raise_sql(HOLD_FIXED, "approval, end and words stay")}
                    END IF;
                    IF NEW.approved_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.approved_at IS NULL)
                       AND NOT EXISTS (
                        SELECT 1 FROM public.accounts_user u WHERE u.id = NEW.approved_by_id AND u.is_active
                           AND u.role IN ('officer', 'administrator')) THEN
                        {raise_sql(HOLD_APPROVER, "approved by nobody who may")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=raise_sql(HOLD_FIXED, "a hold stays on record"),
            ),
            no_truncate(HOLD_FIXED),
        ]

    def __str__(self) -> str:
        return f"{self.ground} {self.pk}"

    @property
    def state(self) -> str:
        """`waiting` for a second person, `standing`, or `over`."""
        if self.ended_at is not None or self.until < timezone.localdate():
            return "over"
        if self.approved_at is not None:
            return "standing"
        return "waiting" if self.asked_at > timezone.now() - UNAPPROVED_HOLDS else "over"


class HeldPerson(models.Model):
    """Somebody a hold keeps. Released: the hold goes on for the others, or a backup brought the row back."""

    id = models.BigAutoField(primary_key=True)
    hold = models.ForeignKey(LegalHold, models.PROTECT, related_name="people", verbose_name=_("hold"))
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="holds", verbose_name=_("person"))
    since = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    released_at = models.DateTimeField(_("released"), null=True, blank=True)

    class Meta:
        verbose_name = _("person under a hold")
        verbose_name_plural = _("people under holds")
        constraints = [models.UniqueConstraint(name="held_person_once", fields=["hold", "subject"])]
        triggers = [
            fixed("id", "hold_id", "subject_id", "since", rule=HOLD_FIXED),
            Guard(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    IF TG_OP = 'INSERT' THEN
                        -- An erasure locks this row too: one of the two waits, and sees what the other did.
                        PERFORM 1 FROM public.privacy_subject s WHERE s.id = NEW.subject_id FOR NO KEY UPDATE;
                        IF EXISTS (SELECT 1 FROM public.privacy_subject s
                                   WHERE s.id = NEW.subject_id AND s.erased_at IS NOT NULL) THEN
                            {raise_sql(HOLD_NOBODY, "erased already")}
                        END IF;
                        RETURN NEW;
                    END IF;
                    IF TG_OP = 'DELETE' OR OLD.released_at IS NOT NULL AND NEW.released_at IS NULL THEN
                        {raise_sql(HOLD_FIXED, "who was held stays on record")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            no_truncate(HOLD_FIXED),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RunQuerySet(models.QuerySet["RetentionRun"]):
    def finished(self) -> Self:
        return self.filter(finished_at__isnull=False)


class RetentionRun(models.Model):
    """One run of the clock that erases whose time is over: numbers and codes, nobody's name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    started_at = models.DateTimeField(_("begun"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    due = models.PositiveIntegerField(_("whose time was over"), default=0)
    erased = models.PositiveIntegerField(_("erased"), default=0)
    spared = models.PositiveIntegerField(_("came back meanwhile"), default=0)
    failed = models.PositiveIntegerField(_("could not be erased"), default=0)
    erasures = ArrayField(models.UUIDField(), default=list, blank=True, verbose_name=_("erasures"))
    by_reason = models.JSONField(_("by reason"), default=dict, blank=True)
    left_alone = models.JSONField(_("left for later, by cause"), default=dict, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run of the retention clock")
        verbose_name_plural = _("runs of the retention clock")
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["finished_at"], name="retention_run_finished")]
        triggers = [
            Guard(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    IF TG_OP = 'DELETE' AND OLD.started_at < now() - interval '5 years' THEN RETURN OLD; END IF;
                    IF TG_OP = 'DELETE' OR OLD.finished_at IS NOT NULL OR OLD.started_at <> NEW.started_at THEN
                        {raise_sql(RUN_STAYS, "a finished run stays")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            no_truncate(RUN_STAYS),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d} {self.erased}"
