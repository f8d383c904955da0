"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CandidatesConfig(AppConfig):
    name = "candidates"
    verbose_name = _("Candidates")

    def ready(self) -> None:
        from candidates import fillers, services, steps  # noqa: F401  (fillers answer by being imported)
        from candidates.services import keeping
        from consent import ports as consent_ports
        from consent.signals import consent_changed, everything_stopped, not_me_said
        from mailing.signals import (
            addresses_failed,
            called_back,
            calling_back,
            notice_failed,
            notice_handed_over,
            reply_handled,
            reply_received,
            reply_recognised,
            stop_received,
            troubles_handled,
        )
        from vacancies.signals import procedure_closed

        consent_changed.connect(services.on_consent_changed, dispatch_uid="candidates.consent_changed")
        consent_changed.connect(services.on_answered, dispatch_uid="candidates.answered")
        everything_stopped.connect(services.on_everything_stopped, dispatch_uid="candidates.everything_stopped")
        not_me_said.connect(services.on_not_me, dispatch_uid="candidates.not_me")
        calling_back.connect(services.on_calling_back, dispatch_uid="candidates.calling_back")
        called_back.connect(services.on_called_back, dispatch_uid="candidates.called_back")
        notice_failed.connect(services.on_notice_failed, dispatch_uid="candidates.notice_failed")
        addresses_failed.connect(services.on_addresses_failed, dispatch_uid="candidates.addresses_failed")
        stop_received.connect(services.on_stop_received, dispatch_uid="candidates.stop_received")
        reply_received.connect(services.on_reply_received, dispatch_uid="candidates.reply_received")
        reply_recognised.connect(services.on_reply_recognised, dispatch_uid="candidates.reply_recognised")
        reply_handled.connect(services.on_reply_handled, dispatch_uid="candidates.reply_handled")
        troubles_handled.connect(services.on_troubles_handled, dispatch_uid="candidates.troubles_handled")
        notice_handed_over.connect(services.on_question_left, dispatch_uid="candidates.question_left")
        procedure_closed.connect(services.on_procedure_closed, dispatch_uid="candidates.procedure_closed")
        consent_ports.register_own_interest(services.start_from_own_interest)
        consent_ports.register_application(keeping.apply)
