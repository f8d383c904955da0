"""Personal data in messages and in what the provider reports about them."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from mailing.models import Message, State
from privacy.models import Subject
from privacy.registry import DELETE, Class, PersonalData, closure, columns_of, register

UNSENT = (State.DRAFT, State.QUEUED)


@register
class MailingData(PersonalData):
    columns = {
        "mailing.TemplateVersion": columns_of(
            {
                Class.TECHNICAL: "id author published_by",
                Class.NONE: "kind language name version subject_line body short note created_at published_at",
            }
        ),
        "mailing.RetiredTemplate": columns_of({Class.TECHNICAL: "id by", Class.NONE: "kind language name at"}),
        "mailing.Message": columns_of(
            {
                Class.TECHNICAL: (
                    "id key template subject about_id vacancy_ref client_ref act_id sender claimed_at attempts"
                    " transmission_id provider_message_id"
                ),
                Class.IDENTIFIER: "to_email to_name recipient_hmacs",
                Class.PERSONAL: "prefetched_at opened_at clicked_at answered_at complained_at",
                Class.FREE_TEXT: "subject_line body_text body_html",
                Class.NONE: (
                    "kind channel language about_kind act_kind track state reason created_at not_before accepted_at"
                    " delivered_at failed_at ended_at handled_at"
                ),
            }
        ),
        "mailing.WebhookBatch": columns_of(
            {Class.TECHNICAL: "id events set_aside", Class.SECRET: "body", Class.NONE: "received_at taken_in_at"}
        ),
        "mailing.MailEvent": columns_of(
            {
                Class.TECHNICAL: "event_id message transmission_id provider_message_id",
                Class.PERSONAL: "type at",
                Class.NONE: "bounce_class is_prefetched received_at",
            }
        ),
        "mailing.Unfollowed": columns_of({Class.TECHNICAL: "id subject", Class.PERSONAL: "at"}),
        "mailing.QueuePause": columns_of({Class.TECHNICAL: "id", Class.NONE: "until code since"}),
    }
    paths = {
        "mailing.Message": "subject",
        "mailing.MailEvent": "message__subject",
        "mailing.Unfollowed": "subject",
    }
    erasure = {
        "mailing.MailEvent": DELETE,
        "mailing.Unfollowed": DELETE,
        "mailing.Message": {
            "to_email": "",
            "to_name": "",
            "recipient_hmacs": [],
            "subject_line": "",
            "body_text": "",
            "body_html": "",
            "prefetched_at": None,
            "opened_at": None,
            "clicked_at": None,
            "answered_at": None,
            "complained_at": None,
        },
    }

    def find(self, kind: str, normalised: str) -> Iterable[UUID]:
        if kind != "email":
            return ()
        sent = Message.objects.filter(to_email__iexact=normalised, subject__isnull=False)
        return sent.values_list("subject", flat=True)

    def erase(self, subject: Subject) -> int:
        """Stop what is not sent yet, then leave of every message only that it was, when and in which words."""
        waiting = Message.objects.filter(subject__in=closure(subject), state__in=UNSENT)
        stopped = waiting.update(state=State.ABORTED, reason="erased", ended_at=timezone.now())
        return stopped + super().erase(subject)
