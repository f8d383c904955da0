"""Clocks in words and in colour, for every page that shows them."""

from collections.abc import Mapping
from datetime import date

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from privacy import deadlines
from privacy.deadlines import ANSWER_MONTHS, EXTENDED_MONTHS, Tone, clock_tone
from privacy.ports import Clock

# Terms of about a month that begin with an event: they are coloured by how long they run. The others by what is left.
BY_AGE = ("request", "request_group", "art14", "no_answer")
RED_DAYS_LEFT = 7
AMBER_DAYS_LEFT = 14

WORDS: Mapping[str, Promise] = {
    "art14": _("must be told that we found them"),
    "no_answer": _("has not answered yet"),
    "consent_expiry": _("consent ends"),
    "pool_expiry": _("consent to be kept ends"),
    "runner_up_expiry": _("consent to be kept as runner-up ends"),
    "guarantee": _("guarantee of the placement ends"),
    "erase": _("is to be erased"),
    "breach": _("must be told to the authority, if people are at risk"),
    "hold": _("legal hold ends"),
    "hold_approval": _("legal hold waits for a second person"),
    "request": _("asked about their data"),
    "request_group": _("requests that came together"),
    "list_export": _("must delete a list taken along as a file"),
    "lia_review": _("assessment must be reviewed"),
    "agreement_expiry": _("agreement ends"),
    "vacancy_review": _("vacancy must be reviewed"),
}


def word(clock: Clock) -> str:
    """What a clock is about, as the end of a sentence that begins with a name."""
    return str(WORDS.get(clock.kind, clock.kind))


def why(clock: Clock) -> str:
    """Why a clock ends on its day, in words."""
    match clock.kind:
        case "request" | "request_group":
            months = EXTENDED_MONTHS if clock.reason == "art12_3_extended" else ANSWER_MONTHS
            return deadlines.why(clock.since, months)
        case "breach":
            return deadlines.why_breach(clock.since)
        case "art14":
            return deadlines.why_art14(clock.since, due=clock.due_on)
        case "no_answer":
            return deadlines.why_after_days(clock.since, clock.due_on)
    return deadlines.why_since(clock.since, clock.due_on)


def tone(clock: Clock, today: date) -> Tone:
    """The colour of a clock today."""
    if clock.kind in BY_AGE:
        return clock_tone(timezone.localdate(clock.since), clock.due_on, today)
    left = (clock.due_on - today).days
    if left < 0:
        return Tone.OVERDUE
    if left <= RED_DAYS_LEFT:
        return Tone.RED
    return Tone.AMBER if left <= AMBER_DAYS_LEFT else Tone.CALM
