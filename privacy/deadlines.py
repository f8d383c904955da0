"""The calendar of the law: which day is the last one, and why.

Periods in months follow Regulation 1182/71: the day of the event does not count, a month ends on the day of
the same number, a number the month does not have becomes its last day, and a last day that is no working day
moves to the next one. Receipt never moves. Retention and consent end on the nominal day. Periods in hours run
in real hours. Legal dates are days in Europe/Amsterdam, whatever zone the process runs in.
"""

import calendar
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

TZ = ZoneInfo("Europe/Amsterdam")

# Stored beside every computed date; a change of a rule below raises it, so that old dates stay explained.
CALENDAR_VERSION = "nl-2026.1"

ANSWER_MONTHS = 1
EXTENDED_MONTHS = 3
BREACH_HOURS = 72
AMBER_FROM_DAY = 14
RED_FROM_DAY = 21

SATURDAY = 5
SUNDAY = 6


class Tone(StrEnum):
    """How a clock looks; always shown with a word and an icon beside it."""

    CALM = "calm"
    AMBER = "amber"
    RED = "red"
    OVERDUE = "overdue"


# The days on which no term ends


@lru_cache(maxsize=256)
def holidays(year: int) -> "Mapping[date, StrPromise]":
    """The public holidays of the Netherlands by date, with their names (Algemene termijnenwet art. 3(1)-(2)).

    Days equated by royal decree are left out on purpose: whether they move a European term is doubtful.
    """
    easter = _easter_sunday(year)
    kings_day = date(year, 4, 27)
    if kings_day.weekday() == SUNDAY:
        kings_day -= timedelta(days=1)
    return MappingProxyType(
        {
            date(year, 1, 1): gettext_lazy("New Year's Day"),
            easter - timedelta(days=2): gettext_lazy("Good Friday"),
            easter + timedelta(days=1): gettext_lazy("Easter Monday"),
            kings_day: gettext_lazy("King's Day"),
            date(year, 5, 5): gettext_lazy("Liberation Day"),
            easter + timedelta(days=39): gettext_lazy("Ascension Day"),
            easter + timedelta(days=50): gettext_lazy("Whit Monday"),
            date(year, 12, 25): gettext_lazy("Christmas Day"),
            date(year, 12, 26): gettext_lazy("the second day of Christmas"),
        }
    )


def is_nonworking(day: date) -> bool:
    """Whether a term cannot end on this day: a Saturday, a Sunday or a public holiday."""
    return day.weekday() >= SATURDAY or day in holidays(day.year)


def roll(day: date) -> date:
    """The day itself, or the next working day (Regulation 1182/71 art. 3(4))."""
    while is_nonworking(day):
        day += timedelta(days=1)
    return day


def add_months(day: date, n: int) -> date:
    """The same day `n` months later, or that month's last day where it has no such day (art. 3(2)(c))."""
    years, month = divmod(day.month - 1 + n, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


# Requests of people (GDPR art. 12)


def received_date(received_at: datetime) -> date:
    """The day in Amsterdam on which something arrived; never moved, not even off a Sunday."""
    return _aware(received_at).astimezone(TZ).date()


def nominal_due_date(received_at: datetime, months: int = ANSWER_MONTHS) -> date:
    """The last day before it moves off a weekend or holiday; work towards this one."""
    return add_months(received_date(received_at), _known_period(months))


def due_date(received_at: datetime) -> date:
    """The last day to answer a request: one month after receipt (GDPR art. 12(3))."""
    return roll(nominal_due_date(received_at))


def extended_due_date(received_at: datetime) -> date:
    """The last day after an extension: three months counted from receipt, never from the first due date."""
    return roll(nominal_due_date(received_at, EXTENDED_MONTHS))


def paused_due_date(received_at: datetime, asked_on: date, answered_on: date, months: int = ANSWER_MONTHS) -> date:
    """The last day when the term stood still while proof of identity was awaited (EDPB guidelines 01/2022).

    `asked_on` and `answered_on` are days in Amsterdam; `months` is 1, or 3 after an extension.
    """
    waited = _pause(received_date(received_at), asked_on, answered_on)
    return roll(nominal_due_date(received_at, months) + waited)


def pause_ask_by(received_at: datetime, working_days: int = 3) -> date:
    """The last day on which asking for proof of identity may still stop the term: later is undue delay."""
    day = received_date(received_at)
    for _step in range(working_days):
        day = roll(day + timedelta(days=1))
    return day


# Other periods


def art14_due_date(obtained_at: datetime, first_contact_at: datetime | None = None) -> date:
    """The last day to tell a person where their data came from (GDPR art. 14(3)).

    One month after obtaining the data, or the day of the first contact or disclosure when that is earlier.
    """
    month = roll(nominal_due_date(obtained_at))
    return month if first_contact_at is None else min(month, received_date(first_contact_at))


def breach_due(aware_at: datetime, hours: int = BREACH_HOURS) -> datetime:
    """The moment, in UTC, by which the authority must hear of a breach (GDPR art. 33(1)).

    Real hours: nights, weekends and holidays count, and a change of the clock adds or takes none.
    """
    return _aware(aware_at).astimezone(UTC) + timedelta(hours=hours)


def purge_after_days(day: date, n: int) -> date:
    """The day on which retention ends, `n` days later; it never moves, not off a holiday either."""
    return day + timedelta(days=n)


def purge_after_months(day: date, n: int) -> date:
    """The day on which retention or a consent ends, `n` months later; it never moves."""
    return add_months(day, n)


# Where a clock stands


def closes_at(due: date) -> datetime:
    """The first moment that is too late: midnight in Amsterdam after the due day."""
    return datetime.combine(due + timedelta(days=1), time.min, tzinfo=TZ)


def is_late(done_at: datetime, due: date) -> bool:
    """Whether something was done after the last hour of its due day in Amsterdam."""
    return _aware(done_at).astimezone(UTC) >= closes_at(due)


def clock_tone(received: date, due: date, today: date) -> Tone:
    """The tone of a clock: amber from day 14, red from day 21 and on the last day, overdue after it."""
    if today > due:
        return Tone.OVERDUE
    age = (today - received).days
    # A clock can be shorter than three weeks, such as a notice due at first contact: its last day is red too.
    if age >= RED_FROM_DAY or today == due:
        return Tone.RED
    return Tone.AMBER if age >= AMBER_FROM_DAY else Tone.CALM


# Why that date, in the language active at the call


def why(
    received_at: datetime,
    months: int = ANSWER_MONTHS,
    *,
    asked_on: date | None = None,
    answered_on: date | None = None,
) -> str:
    """Why a request is due on its date; with `months=3` or a pause, why on its extended or paused date."""
    received = received_date(received_at)
    nominal = nominal_due_date(received_at, months)
    sentence = _("Received on %(day)s.") % {"day": _long(received)}
    if asked_on is None or answered_on is None:
        return _join(sentence, _why_nominal(received, nominal, months), _why_roll(nominal))
    waited = _pause(received, asked_on, answered_on)
    pause = ngettext(
        "The term stood still for %(days)s day, from %(asked)s to %(answered)s, which makes it %(day)s.",
        "The term stood still for %(days)s days, from %(asked)s to %(answered)s, which makes it %(day)s.",
        waited.days,
    ) % {
        "days": waited.days,
        "asked": _long(asked_on),
        "answered": _long(answered_on),
        "day": _long(nominal + waited),
    }
    return _join(sentence, _why_nominal(received, nominal, months), pause, _why_roll(nominal + waited))


def why_after_days(since: datetime, due: date) -> str:
    """Why something ends that runs a number of days, as a sentence: retention and waiting never move off a holiday."""
    begun = received_date(since)
    return ngettext(
        "Began on %(begun)s; %(days)s day later is %(due)s.",
        "Began on %(begun)s; %(days)s days later is %(due)s.",
        (due - begun).days,
    ) % {"begun": _long(begun), "days": (due - begun).days, "due": _long(due)}


def why_since(since: datetime, due: date) -> str:
    """From when to when something holds, as a sentence."""
    return _("Since %(since)s, until %(due)s.") % {"since": _long(received_date(since)), "due": _long(due)}


def why_art14(obtained_at: datetime, first_contact_at: datetime | None = None, *, due: date | None = None) -> str:
    """Why the notice of art. 14 is due on its date, as a sentence; `due` is the day a clock keeps to, if it keeps to
    one before the last."""
    obtained = received_date(obtained_at)
    sentence = _("Obtained on %(day)s.") % {"day": _long(obtained)}
    last = due or art14_due_date(obtained_at, first_contact_at)
    if first_contact_at is not None and last == received_date(first_contact_at):
        contact = _("The first contact is on %(day)s, and the notice goes with it at the latest.")
        return _join(sentence, contact % {"day": _long(last)})
    nominal = nominal_due_date(obtained_at)
    rolled = "" if last == nominal else _why_roll(nominal)
    return _join(sentence, _why_nominal(obtained, nominal, ANSWER_MONTHS), rolled)


def why_breach(aware_at: datetime, hours: int = BREACH_HOURS) -> str:
    """Why a breach must be notified by its moment, as a sentence with times in Amsterdam."""
    return _("Known since %(aware)s; %(hours)s hours later is %(due)s. Nights, weekends and holidays count.") % {
        "aware": _moment(_aware(aware_at)),
        "hours": hours,
        "due": _moment(breach_due(aware_at, hours)),
    }


def _join(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _why_nominal(received: date, nominal: date, months: int) -> str:
    if nominal.day != received.day:
        return _("%(number)s %(month)s does not exist, so the last day of %(month)s counts: %(day)s.") % {
            "number": received.day,
            "month": MONTHS[nominal.month],
            "day": _long(nominal),
        }
    return ngettext(
        "%(months)s month later is %(day)s.",
        "%(months)s months later is %(day)s.",
        months,
    ) % {"months": months, "day": _long(nominal)}


def _why_roll(nominal: date) -> str:
    if not is_nonworking(nominal):
        return ""
    day = _long(roll(nominal))
    holiday = holidays(nominal.year).get(nominal)
    if holiday is None:
        return _("That is a %(weekday)s, so the next working day counts: %(day)s.") % {
            "weekday": WEEKDAYS[nominal.weekday()],
            "day": day,
        }
    return _("That is %(holiday)s, so the next working day counts: %(day)s.") % {
        "holiday": holiday,
        "day": day,
    }


def _long(day: date) -> str:
    return _("%(weekday)s %(number)s %(month)s %(year)s") % {
        "weekday": WEEKDAYS[day.weekday()],
        "number": day.day,
        "month": MONTHS[day.month],
        "year": day.year,
    }


def _moment(moment: datetime) -> str:
    local = moment.astimezone(TZ)
    return f"{_long(local.date())} {local:%H:%M}"


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("A moment needs a time zone: without one its day in Amsterdam is anybody's guess.")
    return moment


def _known_period(months: int) -> int:
    if months not in (ANSWER_MONTHS, EXTENDED_MONTHS):
        raise ValueError("A request is answered within 1 month, or within 3 months after an extension.")
    return months


def _pause(received: date, asked_on: date, answered_on: date) -> timedelta:
    if asked_on < received:
        raise ValueError("Proof of identity cannot have been asked before the request was received.")
    if answered_on < asked_on:
        raise ValueError("Proof of identity cannot have been answered before it was asked.")
    return answered_on - asked_on


def _easter_sunday(year: int) -> date:
    """Easter in the Gregorian calendar, by the anonymous algorithm (Meeus, Jones, Butcher)."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    drift = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - leap_centuries - drift + 15) % 30
    leaps, leap_rest = divmod(of_century, 4)
    to_sunday = (32 + 2 * century_rest + 2 * leaps - moon - leap_rest) % 7
    late = (golden + 11 * moon + 22 * to_sunday) // 451
    month, day = divmod(moon + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)
