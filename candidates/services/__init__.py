"""The verbs of the board: find, approach, move, log."""

from candidates.services.answers import on_consent_changed, on_everything_stopped, on_not_me, start_from_own_interest
from candidates.services.approaching import (
    Outcome,
    approach,
    approached_elsewhere,
    prepare_copy,
    reveal,
    sent_by_hand,
)
from candidates.services.board import finish_task, log_contact, move, note_oral_yes
from candidates.services.sourcing import Contact, Sourced, addresses_of, source

__all__ = [
    "Contact",
    "Outcome",
    "Sourced",
    "addresses_of",
    "approach",
    "approached_elsewhere",
    "finish_task",
    "log_contact",
    "move",
    "note_oral_yes",
    "on_consent_changed",
    "on_everything_stopped",
    "on_not_me",
    "prepare_copy",
    "reveal",
    "sent_by_hand",
    "source",
    "start_from_own_interest",
]
