"""App configuration."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsentConfig(AppConfig):
    name = "consent"
    verbose_name = _("Consent")

    def ready(self) -> None:
        from consent import fillers  # noqa: F401  (fillers answer by being imported)
        from mailing.signals import notice_failed, notice_handed_over
        from privacy.signals import objected
        from vacancies.signals import procedure_closed

        notice_handed_over.connect(_note_notice, dispatch_uid="consent.note_notice")
        notice_failed.connect(_undo_notice, dispatch_uid="consent.undo_notice")
        objected.connect(_stop, dispatch_uid="consent.objected")
        procedure_closed.connect(_close_questions, dispatch_uid="consent.procedure_closed")


def _note_notice(sender: Any, message: Any, **kwargs: Any) -> None:
    from consent import services

    services.note_handed_over(message)


def _undo_notice(sender: Any, message: Any, **kwargs: Any) -> None:
    from consent import services

    services.undo_handed_over(message)


def _close_questions(sender: Any, vacancy: Any, **kwargs: Any) -> None:
    from consent import services

    services.close_questions(vacancy)


def _stop(sender: Any, subject: Any, language: str, **kwargs: Any) -> None:
    from consent import services
    from privacy import links
    from privacy.models.subjects import LinkPurpose

    # An answer is tied to a link of that person's own, also when it came by phone.
    services.stop_everything(link=links.issue(LinkPurpose.MY_DATA, subject=subject), language=language)
