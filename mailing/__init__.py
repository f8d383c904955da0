"""Templates, the outbox, and what the provider says happened to a message."""

from mailing.linter import lint

__all__ = ["lint"]
