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
    Outcome,
    Prospect,
    approach,
    approach_one,
    approached_elsewhere,
    approached_elsewhere_many,
    ask_again,
    prepare_copy,
    prospects,
    reveal,
    sent_by_hand,
)
from candidates.services.board import I4, log_contact, move, note_oral_yes
from candidates.services.keeping import ask_to_keep, into_vacancy, take_application
from candidates.services.letters import write
from candidates.services.making import Wish, on_called_back, on_calling_back
from candidates.services.notes import UNDO, forget_words, read_mention, remove_note, rewrite_note, undo_note, write_note
from candidates.services.people import add_contact, correct, mark_wrong
from candidates.services.reaching import on_answered, on_question_left, on_troubles_handled
from candidates.services.reminding import remind
from candidates.services.replies import (
    file_reply,
    file_under_person,
    on_reply_handled,
    on_reply_received,
    on_reply_recognised,
)
from candidates.services.reserve import ask_to_stay
from candidates.services.sourcing import Contact, Sourced, addresses_of, source
from candidates.services.tasks import add_task, finish_task, reopen_task

__all__ = [
    "I4",
    "UNDO",
    "Contact",
    "Outcome",
    "Prospect",
    "Sourced",
    "Wish",
    "add_contact",
    "add_task",
    "addresses_of",
    "approach",
    "approach_one",
    "approached_elsewhere",
    "approached_elsewhere_many",
    "ask_again",
    "ask_to_keep",
    "ask_to_stay",
    "correct",
    "end_untold",
    "file_reply",
    "file_under_person",
    "finish_task",
    "forget_words",
    "into_vacancy",
    "log_contact",
    "mark_wrong",
    "move",
    "note_oral_yes",
    "on_addresses_failed",
    "on_answered",
    "on_called_back",
    "on_calling_back",
    "on_consent_changed",
    "on_everything_stopped",
    "on_not_me",
    "on_notice_failed",
    "on_procedure_closed",
    "on_question_left",
    "on_reply_handled",
    "on_reply_received",
    "on_reply_recognised",
    "on_stop_received",
    "on_troubles_handled",
    "prepare_copy",
    "prospects",
    "read_mention",
    "remind",
    "remove_note",
    "reopen_task",
    "reveal",
    "rewrite_note",
    "sent_by_hand",
    "source",
    "start_from_own_interest",
    "take_application",
    "undo_note",
    "write",
    "write_note",
]
