"""Where we stand with the provider."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class QueuePause(models.Model):
    """Why the outbox stands still: a limit that passes by itself, or a fault that needs an operator."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    code = models.CharField(_("code"), max_length=20, blank=True)
    since = models.DateTimeField(_("since"), null=True, blank=True)

    class Meta:
        verbose_name = _("pause of the outbox")
        verbose_name_plural = _("pause of the outbox")
        constraints = [models.CheckConstraint(name="queue_pause_is_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.code
