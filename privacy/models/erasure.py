"""Erasures: what was planned, what was done so far, and what the search afterwards found (GDPR art. 17)."""

import uuid
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.guards import Guard, append_only, fixed, no_truncate, raise_sql, refuse
from privacy.models.requests import KEPT, DataRequest
from privacy.models.subjects import Subject

UNFINISHED = refuse(
    "erasure_unfinished", _("An erasure is done when every step of it is done and the addresses are destroyed.")
)
NOT_APPROVED = refuse("erasure_not_approved", _("An erasure that was asked for starts after an officer approved it."))
ERASURE_FIXED = refuse("erasure_fixed", _("An erasure stays with its people, its request and its approval."))
PLAN_FIXED = refuse("erasure_plan_fixed", _("A plan that was approved never changes. Make a new one instead."))
STEP_STAYS = refuse("erasure_step_stays", _("A step that is done stays done."))


class ErasureReason(models.TextChoices):
    REQUEST = "request", _("asked for by the person")
    RETENTION = "retention", _("the time to keep it is over")
    REPLAY = "replay", _("done again after a backup was put back")


class StepState(models.TextChoices):
    PENDING = "pending", _("not begun")
    RUNNING = "running", _("under way")
    RETRY = "retry", _("tried again by itself")
    NEEDS_HUMAN = "needs_human", _("needs a person")
    DONE = "done", _("done")


class PlanAction(models.TextChoices):
    DELETE = "delete", _("is deleted")
    BLANK = "blank", _("is emptied")
    KEEP = "keep", _("stays")
    ASK = "ask", _("somebody else is asked to delete it")
    EXPIRE = "expire", _("ends by itself")
    BY_HAND = "by_hand", _("a colleague does it by hand")


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def open(self) -> Self:
        """Approved and not finished."""
        return self.filter(finished_at=None, approved_at__isnull=False)

    def incomplete(self) -> Self:
        """Of which a step could not be done yet."""
        stuck = ErasureStep.objects.filter(erasure=OuterRef("pk"), state__in=(StepState.RETRY, StepState.NEEDS_HUMAN))
        return self.open().filter(Exists(stuck))

    def stalled(self) -> Self:
        """That may go on now: a step never begun, left by a dead worker, or whose wait is over; or only the end."""
        now = timezone.now()
        waiting = ErasureStep.objects.filter(
            Q(state__in=(StepState.PENDING, StepState.RUNNING)) | Q(state=StepState.RETRY, next_at__lte=now),
            erasure=OuterRef("pk"),
        )
        undone = ErasureStep.objects.filter(erasure=OuterRef("pk")).exclude(state=StepState.DONE)
        return self.open().filter(Exists(waiting) | ~Exists(undone))


class Erasure(models.Model):
    """The erasure of one person who asked, or of some whose time is over; done when all of its steps are."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        DataRequest, models.PROTECT, null=True, blank=True, related_name="erasures", verbose_name=_("request")
    )
    reason = models.CharField(_("why"), max_length=10, choices=ErasureReason)
    policy = models.CharField(_("rules it was planned by"), max_length=20)
    language = models.CharField(_("language"), max_length=2, default="nl")
    planned_at = models.DateTimeField(_("planned"), db_default=Now())
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("planned by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-planned_at"]
        indexes = [models.Index(fields=["approved_at"], name="erasure_open", condition=Q(finished_at=None))]
        constraints = [
            models.CheckConstraint(
                name=NOT_APPROVED,
                condition=~Q(reason=ErasureReason.REQUEST)
                | Q(approved_at=None)
                | Q(approved_by__isnull=False, request__isnull=False),
            ),
            models.UniqueConstraint(
                name="erasure_once_per_request",
                fields=["request"],
                condition=Q(approved_at__isnull=False),
                violation_error_message=_("The erasure for this request was approved already."),
            ),
        ]
        triggers = [
            fixed("id", "request_id", "reason", "policy", "planned_at", "planned_by_id", rule=ERASURE_FIXED),
            Guard(
                name="finished_when_done",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=f"""
                    IF TG_OP = 'UPDATE' AND (
                        OLD.approved_at IS NOT NULL AND ROW(OLD.approved_at, OLD.approved_by_id)
                            IS DISTINCT FROM ROW(NEW.approved_at, NEW.approved_by_id)
                        OR OLD.finished_at IS NOT NULL AND OLD.finished_at IS DISTINCT FROM NEW.finished_at) THEN
                        {raise_sql(ERASURE_FIXED, "approval and end stay")}
                    END IF;
                    IF NEW.finished_at IS NULL THEN RETURN NEW; END IF;
                    IF NEW.approved_at IS NULL
                       OR NOT EXISTS (SELECT 1 FROM public.privacy_erasurestep s WHERE s.erasure_id = NEW.id)
                       OR EXISTS (SELECT 1 FROM public.privacy_erasurestep s
                                  WHERE s.erasure_id = NEW.id AND s.state <> 'done')
                       OR EXISTS (SELECT 1 FROM public.privacy_erasureperson p
                                  WHERE p.erasure_id = NEW.id AND octet_length(p.identifiers) > 0) THEN
                        {raise_sql(UNFINISHED, "steps are open or addresses are still held")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=f"""
                    IF OLD.approved_at IS NOT NULL
                       AND (OLD.finished_at IS NULL OR OLD.finished_at >= now() - interval '{KEPT}') THEN
                        {raise_sql(ERASURE_FIXED, "an approved erasure stays")}
                    END IF;
                    RETURN OLD;
                """,
            ),
            no_truncate(ERASURE_FIXED),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"


class ErasurePerson(models.Model):
    """Somebody in an erasure. What they are searched for by is sealed here, until nothing needs it any more."""

    id = models.BigAutoField(primary_key=True)
    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="people", verbose_name=_("erasure"))
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="erasures", verbose_name=_("person"))
    identifiers = models.BinaryField(_("sealed identifiers"), default=b"", blank=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)
    # The clock's erasures only: somebody who came back, or asked something, since the list was made.
    spared_at = models.DateTimeField(_("left alone"), null=True, blank=True)

    class Meta:
        verbose_name = _("person in an erasure")
        verbose_name_plural = _("people in erasures")
        constraints = [models.UniqueConstraint(name="erasure_person_once", fields=["erasure", "subject"])]
        triggers = [fixed("id", "erasure_id", "subject_id", rule=ERASURE_FIXED)]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def context(self) -> str:
        """What the sealed identifiers are bound to."""
        return f"erasure:{self.erasure_id}:{self.subject_id}"


class ErasureLine(models.Model):
    """One line of a plan: where, how many, and what happens to them. Codes and counts; never changed."""

    id = models.BigAutoField(primary_key=True)
    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="lines", verbose_name=_("erasure"))
    holder = models.CharField(_("who holds it"), max_length=30)
    what = models.CharField(_("what"), max_length=60)
    action = models.CharField(_("what happens"), max_length=10, choices=PlanAction)
    count = models.PositiveIntegerField(_("how many"))
    ground = models.CharField(_("ground"), max_length=60, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("line of an erasure plan")
        verbose_name_plural = _("lines of erasure plans")
        ordering = ["pk"]
        triggers = [
            Guard(
                name="plan_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF EXISTS (SELECT 1 FROM public.privacy_erasure e
                               WHERE e.id = NEW.erasure_id AND e.approved_at IS NOT NULL) THEN
                        {raise_sql(PLAN_FIXED, "an approved plan gets no more lines")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"{self.holder} {self.what}"


class ErasureStep(models.Model):
    """One step of an erasure and how far it is. Its effect and its `done` are written together."""

    id = models.BigAutoField(primary_key=True)
    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="steps", verbose_name=_("erasure"))
    position = models.PositiveSmallIntegerField(_("order"))
    holder = models.CharField(_("who holds it"), max_length=30)
    state = models.CharField(_("state"), max_length=15, choices=StepState, default=StepState.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("not again before"), null=True, blank=True)
    started_at = models.DateTimeField(_("begun"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    touched = models.PositiveIntegerField(_("how many"), default=0)
    trouble = models.CharField(_("what went wrong"), max_length=60, blank=True)
    found = models.JSONField(_("what the search found, in codes and counts"), default=dict, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("done by hand by"),
    )

    class Meta:
        verbose_name = _("step of an erasure")
        verbose_name_plural = _("steps of erasures")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(name="erasure_step_once", fields=["erasure", "holder"]),
            models.CheckConstraint(
                name="erasure_step_done_dated",
                condition=Q(state=StepState.DONE, done_at__isnull=False) | ~Q(state=StepState.DONE) & Q(done_at=None),
            ),
        ]
        triggers = [
            fixed("id", "erasure_id", "position", "holder", rule=ERASURE_FIXED),
            Guard(
                name="step_in_order",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Insert,
                func=f"""
                    IF TG_OP = 'UPDATE' AND OLD.state = 'done' AND to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW) THEN
                        {raise_sql(STEP_STAYS, "a step that is done stays")}
                    END IF;
                    IF NEW.state <> 'pending' AND NOT EXISTS (
                        SELECT 1 FROM public.privacy_erasure e
                        WHERE e.id = NEW.erasure_id AND e.approved_at IS NOT NULL) THEN
                        {raise_sql(NOT_APPROVED, "not approved yet")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=f"""
                    IF EXISTS (SELECT 1 FROM public.privacy_erasure e
                               WHERE e.id = OLD.erasure_id AND e.approved_at IS NOT NULL
                                 AND (e.finished_at IS NULL OR e.finished_at >= now() - interval '{KEPT}')) THEN
                        {raise_sql(STEP_STAYS, "a step of an approved erasure stays")}
                    END IF;
                    RETURN OLD;
                """,
            ),
            no_truncate(STEP_STAYS),
        ]

    def __str__(self) -> str:
        return f"{self.holder} {self.state}"


class Canary(models.Model):
    """Words of nobody, planted before a search: a search that doesn't find them has proved nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    words = models.TextField(_("words"))
    raw = models.BinaryField(_("the same as bytes"))
    at = models.DateTimeField(_("planted"), db_default=Now())

    class Meta:
        verbose_name = _("planted canary")
        verbose_name_plural = _("planted canaries")

    def __str__(self) -> str:
        return str(self.pk)
