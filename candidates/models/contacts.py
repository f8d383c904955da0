"""What was said outside the mail: calls and answers that a colleague noted."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from candidates.models.people import Candidacy
from privacy.guards import no_identity_numbers


class ContactSort(models.TextChoices):
    PHONE = "phone", _("A call")
    REPLY = "reply", _("A reply by mail")
    INMAIL = "inmail", _("A reply by InMail")
    OTHER = "other", _("Another way")


class LoggedContact(models.Model):
    """A call or an answer that did not come in by itself, as a colleague noted it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidacy = models.ForeignKey(Candidacy, models.CASCADE, related_name="contacts", verbose_name=_("candidacy"))
    kind = models.CharField(_("what"), max_length=10, choices=ContactSort)
    note = models.TextField(_("note"), blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("noted by"))

    class Meta:
        verbose_name = _("noted contact")
        verbose_name_plural = _("noted contacts")
        ordering = ["-at"]
        indexes = [models.Index(fields=["candidacy", "-at"], name="contact_newest")]
        triggers = [no_identity_numbers("note")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
