"""The verbs of the board: find, approach, move, log."""

from candidates.services.answers import (
    end_untold,
    on_addresses_failed,
    on_consent_changed,
    on_everything_stopped,
    on_not_me,
    on_notice_failed,
    on_procedure_closed,
    on_stop_received,
    start_from_own_interest,
)
from candidates.services.approaching import (
    UNASKED,
    Outcome,
    Prospect,
    approach,
    approached_elsewhere,
    approached_elsewhere_many,
    prepare_copy,
    preview,
    reveal,
    sent_by_hand,
    undo_approach,
)
from candidates.services.board import I4, finish_task, log_contact, move, note_oral_yes
from candidates.services.people import add_contact, correct, mark_wrong
from candidates.services.reaching import on_question_left, on_troubles_handled
from candidates.services.replies import file_reply, on_reply_handled, on_reply_received
from candidates.services.sourcing import Contact, Sourced, addresses_of, source

__all__ = [
    "I4",
    "UNASKED",
    "Contact",
    "Outcome",
    "Prospect",
    "Sourced",
    "add_contact",
    "addresses_of",
    "approach",
    "approached_elsewhere",
    "approached_elsewhere_many",
    "correct",
    "end_untold",
    "file_reply",
    "finish_task",
    "log_contact",
    "mark_wrong",
    "move",
    "note_oral_yes",
    "on_addresses_failed",
    "on_consent_changed",
    "on_everything_stopped",
    "on_not_me",
    "on_notice_failed",
    "on_procedure_closed",
    "on_question_left",
    "on_reply_handled",
    "on_reply_received",
    "on_stop_received",
    "on_troubles_handled",
    "prepare_copy",
    "preview",
    "reveal",
    "sent_by_hand",
    "source",
    "start_from_own_interest",
    "undo_approach",
]
