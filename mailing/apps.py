"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailingConfig(AppConfig):
    name = "mailing"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from mailing import fillers  # noqa: F401  (fillers answer by being imported)
        from mailing.provider import receivers
        from privacy.signals import lifted, suppressed

        suppressed.connect(receivers.on_suppressed, dispatch_uid="mailing.suppressed")
        lifted.connect(receivers.on_lifted, dispatch_uid="mailing.lifted")
