"""Corrections: which fact of a person was wrong, who said so, and what was decided (GDPR art. 16)."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.guards import fixed, no_identity_numbers, refuse
from privacy.models import DataRequest, Subject

CORRECTION_FIXED = refuse("correction_fixed", _("A correction stays with its person and its request."))


class Fact(models.TextChoices):
    """What a person can correct about themselves."""

    GIVEN_NAME = "given_name", _("first name")
    INITIALS = "initials", _("initials")
    INFIX = "infix", _("infix")
    SURNAME = "surname", _("surname")
    JOB_TITLE = "job_title", _("job title")
    EMPLOYER = "employer", _("employer")
    PLACE = "place", _("place")
    EMAIL = "email", _("e-mail address")
    PHONE = "phone", _("phone number")


# Facts that are ways to reach somebody: a new one is added, what it takes the place of is not used any more.
WAYS = (Fact.EMAIL, Fact.PHONE)


class CorrectionState(models.TextChoices):
    PROPOSED = "proposed", _("waits for a decision")
    MADE = "made", _("corrected")
    DECLINED = "declined", _("not corrected")


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def waiting(self) -> Self:
        return self.filter(state=CorrectionState.PROPOSED)


class Correction(models.Model):
    """One fact that somebody says is wrong, as codes; the values stand beside it, where they can be erased."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="corrections", verbose_name=_("person"))
    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="corrections", verbose_name=_("request"))
    fact = models.CharField(_("what"), max_length=12, choices=Fact)
    state = models.CharField(_("state"), max_length=10, choices=CorrectionState, default=CorrectionState.PROPOSED)
    # None: the person, through their own link.
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("said by")
    )
    proposed_at = models.DateTimeField(_("said at"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["proposed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "fact"], name="correction_waits_once", condition=Q(state="proposed")
            ),
            models.CheckConstraint(
                name="correction_decided_by_somebody",
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | Q(~Q(state="proposed"), decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]
        triggers = [
            fixed("id", "subject_id", "request_id", "fact", "proposed_by_id", "proposed_at", rule=CORRECTION_FIXED)
        ]

    def __str__(self) -> str:
        return f"{self.fact} {self.pk}"


class CorrectionValues(models.Model):
    """What stood there and what it should be; erased with the person."""

    correction = models.OneToOneField(Correction, models.CASCADE, related_name="values", primary_key=True)
    before = models.CharField(_("what we had"), max_length=500, blank=True)
    after = models.CharField(_("what it should be"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("values of a correction")
        verbose_name_plural = _("values of corrections")
        triggers = [no_identity_numbers("before", "after")]

    def __str__(self) -> str:
        return str(self.pk)
