"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailingConfig(AppConfig):
    name = "mailing"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from mailing import (
            fillers,  # noqa: F401  (fillers answer by being imported)
            legal,
        )
        from mailing.mailboxes import copies  # noqa: F401 - answers for what lies in mailboxes
        from mailing.provider import receivers
        from mailing.signals import answer_handed_over, notice_failed
        from privacy.signals import lifted, suppressed

        answer_handed_over.connect(legal.on_handed_over, dispatch_uid="mailing.answer_handed_over")
        notice_failed.connect(legal.on_failed, dispatch_uid="mailing.answer_failed")
        suppressed.connect(receivers.on_suppressed, dispatch_uid="mailing.suppressed")
        lifted.connect(receivers.on_lifted, dispatch_uid="mailing.lifted")
