"""Django's own mail (password reset, security notices) goes through the outbox like every other message."""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class Outbox(BaseEmailBackend):
    """Queues each message as a row of kind `account`; the worker hands it over."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        from mailing import services

        return sum(services.queue_account_mail(message) for message in email_messages)

    def close(self) -> Any:
        return None
