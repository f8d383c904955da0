"""App configuration."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsentConfig(AppConfig):
    name = "consent"
    verbose_name = _("Consent")

    def ready(self) -> None:
        from consent import fillers  # noqa: F401  (fillers answer by being imported)
        from mailing.signals import (
            notice_failed,
            notice_handed_over,
            reply_received,
            reply_recognised,
            withdrawal_confirmed,
        )
        from privacy.signals import objected
        from vacancies.signals import procedure_closed

        notice_handed_over.connect(_note_notices, dispatch_uid="consent.note_notices")
        notice_failed.connect(_undo_notices, dispatch_uid="consent.undo_notice")
        reply_received.connect(_note_reply, dispatch_uid="consent.reply_received")
        reply_recognised.connect(_note_recognised, dispatch_uid="consent.reply_recognised")
        withdrawal_confirmed.connect(_withdraw, dispatch_uid="consent.withdrawal_confirmed")
        objected.connect(_stop, dispatch_uid="consent.objected")
        procedure_closed.connect(_close_questions, dispatch_uid="consent.procedure_closed")


def _note_notices(sender: Any, messages: Any, **kwargs: Any) -> None:
    from consent import services

    services.note_handed_over(messages)


def _undo_notices(sender: Any, messages: Any, **kwargs: Any) -> None:
    from consent import services

    services.undo_handed_over(messages)


def _note_reply(sender: Any, mail: Any, subject: Any, at: Any, sure: bool, **kwargs: Any) -> None:
    from consent import services

    if mail.vacancy_ref and sure:
        services.note_reply(subject=subject, vacancy=mail.vacancy_ref, at=at)


def _note_recognised(sender: Any, mail: Any, subject: Any, at: Any, **kwargs: Any) -> None:
    from consent import services

    if mail.vacancy_ref:
        services.note_late_reply(subject=subject, vacancy=mail.vacancy_ref, at=at)


def _withdraw(sender: Any, subject: Any, vacancy: Any, language: str, **kwargs: Any) -> Any:
    from consent import services

    asked = services.withdraw_by_mail(subject=subject, vacancy=vacancy, language=language)
    return asked.pk if asked else None


def _close_questions(sender: Any, vacancy: Any, **kwargs: Any) -> None:
    from consent import services

    services.close_questions(vacancy)


def _stop(sender: Any, subject: Any, language: str, **kwargs: Any) -> None:
    from consent import services
    from privacy import links
    from privacy.models.subjects import LinkPurpose

    # An answer is tied to a link of that person's own, also when it came by phone.
    services.stop_everything(link=links.issue(LinkPurpose.MY_DATA, subject=subject), language=language)
