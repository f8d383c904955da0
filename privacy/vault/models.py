"""What must not share a backup with the main database."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.guards import append_only


class LedgerHead(models.Model):
    """The hash of one ledger seal, kept apart so that a cut tail shows."""

    seq = models.BigIntegerField(_("seal"), primary_key=True)
    hash = models.CharField(_("hash"), max_length=64)
    anchored_at = models.DateTimeField(_("anchored at"), auto_now_add=True)

    class Meta:
        verbose_name = _("ledger head")
        verbose_name_plural = _("ledger heads")
        # Or whoever cuts the tail of the ledger would cut its copy here with the same hand.
        triggers = append_only("anchored_at")

    def __str__(self) -> str:
        return str(self.seq)
