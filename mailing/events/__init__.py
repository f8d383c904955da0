"""What SparkPost says happened: from a posted batch to the state of each message.

Batches come late, twice, shuffled and side by side, and events are forgotten after some weeks. So nothing is applied as
a change: an event is stored once by its id, and each moment of a message (delivered, opened, failed …) is the earliest
that any event tells. Earliest is the same in whatever order it is said, and once said it needs the event no more.
"""

from mailing.events.intake import context_of, take_in, take_in_leftovers, take_in_waiting, take_in_with_others, wake
from mailing.events.reading import (
    BOUNCES,
    CLICKS,
    FOLLOWING,
    KNOWN,
    NEVER_MADE,
    OPENS,
    Event,
    parsed,
    read,
)
from mailing.events.settling import LATE_TRACE, LATE_TRACE_FAILED, NOT_A_BOUNCE, WENT_TWICE, mark_accepted, settle
from mailing.events.storing import store

__all__ = [
    "BOUNCES",
    "CLICKS",
    "FOLLOWING",
    "KNOWN",
    "LATE_TRACE",
    "LATE_TRACE_FAILED",
    "NEVER_MADE",
    "NOT_A_BOUNCE",
    "OPENS",
    "WENT_TWICE",
    "Event",
    "context_of",
    "mark_accepted",
    "parsed",
    "read",
    "settle",
    "store",
    "take_in",
    "take_in_leftovers",
    "take_in_waiting",
    "take_in_with_others",
    "wake",
]
