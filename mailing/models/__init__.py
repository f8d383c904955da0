"""Tables of this room."""

from mailing.models.events import MailEvent, WebhookBatch
from mailing.models.messages import (
    I8_ERASED,
    I8_FIXED,
    I8_LEGAL_ACT,
    I8_RESTRICTED,
    I8_SUPPRESSED,
    I8_UNCHECKED,
    I10_WORDS,
    LEGAL_KINDS,
    TROUBLED,
    Channel,
    Message,
    MessageQuerySet,
    State,
    Unfollowed,
)
from mailing.models.provider import QueuePause
from mailing.models.templates import (
    STANDARD,
    STANDARD_STAYS,
    Language,
    RetiredTemplate,
    TemplateQuerySet,
    TemplateVersion,
)

__all__ = [
    "I8_ERASED",
    "I8_FIXED",
    "I8_LEGAL_ACT",
    "I8_RESTRICTED",
    "I8_SUPPRESSED",
    "I8_UNCHECKED",
    "I10_WORDS",
    "LEGAL_KINDS",
    "STANDARD",
    "STANDARD_STAYS",
    "TROUBLED",
    "Channel",
    "Language",
    "MailEvent",
    "Message",
    "MessageQuerySet",
    "QueuePause",
    "RetiredTemplate",
    "State",
    "TemplateQuerySet",
    "TemplateVersion",
    "Unfollowed",
    "WebhookBatch",
]
