"""Lists that were taken along as a file: by whom, why, with whom in them, and until when."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy.guards import no_identity_numbers
from privacy.models import Subject


class ListExportQuerySet(models.QuerySet["ListExport"]):
    def open(self) -> Self:
        """Files whose maker has not said yet that they are gone."""
        return self.filter(deleted_at=None)

    def of(self, user: User) -> Self:
        """Those this person made and may confirm; an officer's are everybody's."""
        return self if user.is_officer else self.filter(made_by=user)


class ListExport(models.Model):
    """One CSV file of people outside Watson. Its maker deletes it in time and says so; until then it holds people."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    reason = models.TextField(_("what for"))
    with_contacts = models.BooleanField(_("with contact points"), default=False)
    rows = models.PositiveIntegerField(_("people"))
    until = models.DateField(_("to be deleted by"))
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects = ListExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("exported list")
        verbose_name_plural = _("exported lists")
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["made_by", "until"], name="list_export_open", condition=Q(deleted_at=None))]
        triggers = [no_identity_numbers("reason")]

    def __str__(self) -> str:
        return str(self.pk)


class ListExportPerson(models.Model):
    """Somebody in such a file."""

    export = models.ForeignKey(ListExport, models.CASCADE, related_name="people", verbose_name=_("exported list"))
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+", verbose_name=_("data subject"))

    class Meta:
        verbose_name = _("person in an exported list")
        verbose_name_plural = _("people in exported lists")
        constraints = [models.UniqueConstraint(fields=["export", "subject"], name="list_export_person_once")]

    def __str__(self) -> str:
        return str(self.pk)
