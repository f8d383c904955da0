"""The calendar of the law: worked examples, properties, and a second opinion from the `holidays` package."""

import time as process_time
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import holidays as holidays_package
import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from privacy import deadlines
from privacy.deadlines import (
    TZ,
    Tone,
    add_months,
    art14_due_date,
    breach_due,
    clock_tone,
    closes_at,
    due_date,
    extended_due_date,
    holidays,
    is_late,
    is_nonworking,
    nominal_due_date,
    pause_ask_by,
    paused_due_date,
    purge_after_days,
    purge_after_months,
    received_date,
    roll,
    why,
    why_art14,
    why_breach,
)

DAY = timedelta(days=1)

days = st.dates(date(2018, 5, 25), date(2099, 12, 31))
zones = st.timezones() | st.just(UTC) | st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
moments = st.datetimes(datetime(2018, 5, 25), datetime(2099, 12, 31), timezones=zones)  # noqa: DTZ001


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=TZ)


def at(text: str) -> datetime:
    """A moment on an Amsterdam clock."""
    return datetime.fromisoformat(text).replace(tzinfo=TZ)


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def process_zone(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    process_time.tzset()
    yield request.param
    monkeypatch.undo()
    process_time.tzset()


# Worked examples

EXAMPLES = [
    ("2024-03-05", "2024-04-05", "vr", "EDPB 01/2022: 5 March -> 5 April, a plain day"),
    ("2026-08-31", "2026-09-30", "wo", "EDPB and ICO: 31 August -> 30 September"),
    ("2025-09-03", "2025-10-03", "vr", "ICO: 3 September -> 3 October"),
    ("2026-03-31", "2026-04-30", "do", "ICO: 31 March -> 30 April, no longer a Dutch holiday"),
    ("2026-01-30", "2026-03-02", "ma", "28 February 2026 is a Saturday"),
    ("2028-01-31", "2028-02-29", "di", "31 January in a leap year"),
    ("2026-03-06", "2026-04-07", "di", "the nominal day is Easter Monday"),
    ("2027-03-27", "2027-04-28", "wo", "the nominal day is King's Day"),
    ("2026-04-01", "2026-05-01", "vr", "1 May is no holiday in the Netherlands"),
    ("2026-11-25", "2026-12-28", "ma", "both days of Christmas and a Sunday"),
]


@pytest.mark.parametrize(("received", "due", "weekday", "reason"), EXAMPLES, ids=[row[3] for row in EXAMPLES])
def test_worked_example(received, due, weekday, reason):
    answer = due_date(noon(date.fromisoformat(received)))

    assert answer == date.fromisoformat(due)
    assert ("ma", "di", "wo", "do", "vr", "za", "zo")[answer.weekday()] == weekday


@pytest.mark.parametrize(("received", "due", "weekday", "reason"), EXAMPLES, ids=[row[3] for row in EXAMPLES])
def test_worked_example_in_any_process_zone(process_zone, received, due, weekday, reason):
    for hour in (time(0), time(23, 59, 59, 999999)):
        received_at = datetime.combine(date.fromisoformat(received), hour, tzinfo=TZ).astimezone(UTC)
        assert due_date(received_at) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("received_at", "day"),
    [
        ("2026-11-21T22:59:59+00:00", "2026-11-21"),  # 23:59:59 in winter
        ("2026-11-21T23:00:00+00:00", "2026-11-22"),  # midnight in winter
        ("2026-06-30T21:59:59+00:00", "2026-06-30"),  # 23:59:59 in summer
        ("2026-06-30T22:00:00+00:00", "2026-07-01"),  # midnight in summer
        ("2026-11-22T12:00:00-11:00", "2026-11-23"),
    ],
)
def test_receipt_is_the_day_in_amsterdam_even_on_a_sunday(received_at, day):
    assert received_date(datetime.fromisoformat(received_at)) == date.fromisoformat(day)


def test_extension_counts_three_months_from_receipt():
    # Counted from the first due date, 2 March, it would have become 4 May.
    assert extended_due_date(noon(date(2026, 1, 30))) == date(2026, 4, 30)
    assert extended_due_date(noon(date(2026, 11, 30))) == date(2027, 3, 1)


def test_pause_adds_the_days_waited_before_it_rolls():
    received_at = noon(date(2026, 11, 22))
    assert paused_due_date(received_at, date(2026, 11, 23), date(2026, 11, 27)) == date(2026, 12, 28)
    assert paused_due_date(received_at, date(2026, 11, 23), date(2026, 11, 24)) == date(2026, 12, 23)
    assert paused_due_date(received_at, date(2026, 11, 23), date(2026, 11, 24), months=3) == date(2027, 2, 23)
    # The nominal day, 28 February, is a Saturday; rolled first, two days more would have made it 4 March.
    assert paused_due_date(noon(date(2026, 1, 30)), date(2026, 2, 2), date(2026, 2, 4)) == date(2026, 3, 2)


def test_identity_is_asked_within_three_working_days():
    assert pause_ask_by(noon(date(2026, 11, 24))) == date(2026, 11, 27)
    assert pause_ask_by(noon(date(2026, 11, 22))) == date(2026, 11, 25)
    assert pause_ask_by(noon(date(2026, 12, 24))) == date(2026, 12, 30)


def test_notice_of_article_14_is_due_after_a_month_or_at_first_contact():
    obtained_at = noon(date(2026, 3, 6))
    assert art14_due_date(obtained_at) == date(2026, 4, 7)
    assert art14_due_date(obtained_at, at("2026-03-08T23:59")) == date(2026, 3, 8)
    assert art14_due_date(obtained_at, at("2026-06-01T09:00")) == date(2026, 4, 7)


@pytest.mark.parametrize(
    ("aware", "due"),
    [
        ("2026-11-20T17:30", "2026-11-23T17:30"),  # over a weekend
        ("2026-12-24T18:00", "2026-12-27T18:00"),  # ends on a Sunday, after both days of Christmas
        ("2026-10-23T14:00", "2026-10-26T13:00"),  # the clock goes back
        ("2026-03-27T14:00", "2026-03-30T15:00"),  # the clock goes forward
    ],
)
def test_breach_hours_are_real_hours(aware, due):
    assert breach_due(at(aware)) == at(due).astimezone(UTC)


def test_breach_hours_are_a_parameter():
    assert breach_due(at("2026-11-20T17:30"), hours=96) == at("2026-11-24T17:30").astimezone(UTC)


def test_retention_never_rolls():
    christmas = date(2026, 12, 25)
    assert purge_after_days(date(2026, 11, 27), 28) == christmas
    assert purge_after_months(date(2026, 11, 25), 1) == christmas
    assert purge_after_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert purge_after_months(date(2026, 8, 31), 1) == date(2026, 9, 30)


@pytest.mark.parametrize(
    ("done", "late"),
    [
        ("2026-12-22T00:00:00", False),
        ("2026-12-22T23:59:59.999999", False),
        ("2026-12-23T00:00:00", True),
    ],
)
def test_late_begins_at_midnight_after_the_due_day(done, late):
    due = date(2026, 12, 22)
    assert is_late(at(done), due) is late
    assert is_late(at(done).astimezone(UTC), due) is late
    assert is_late(at(done).astimezone(ZoneInfo("Pacific/Kiritimati")), due) is late


@pytest.mark.parametrize(
    ("age", "tone"),
    [(0, "calm"), (13, "calm"), (14, "amber"), (20, "amber"), (21, "red"), (30, "red"), (31, "overdue")],
)
def test_clock_tone_by_age(age, tone):
    received = date(2026, 11, 22)
    assert clock_tone(received, date(2026, 12, 22), received + age * DAY) == tone


def test_a_short_clock_is_red_on_its_last_day():
    day = date(2026, 11, 22)
    assert clock_tone(day, day + DAY, day) is Tone.CALM
    assert clock_tone(day, day, day) is Tone.RED
    assert clock_tone(day, day, day + DAY) is Tone.OVERDUE


# Holidays


def test_holidays_of_a_year():
    assert sorted(holidays(2026)) == [
        date(2026, 1, 1),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 4, 27),
        date(2026, 5, 5),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 12, 25),
        date(2026, 12, 26),
    ]


@pytest.mark.parametrize("year", [2025, 2031])
def test_kings_day_moves_to_saturday_when_it_is_a_sunday(year):
    assert date(year, 4, 26) in holidays(year)
    assert date(year, 4, 27) not in holidays(year)


DECREED = """
2023-04-28 2023-05-19 2024-05-10 2024-12-27 2025-05-30 2026-01-02 2026-05-15 2027-05-07 2028-04-28 2028-05-26
"""


@pytest.mark.parametrize("decreed", DECREED.split())
def test_days_equated_by_royal_decree_do_not_move_a_date(decreed):
    day = date.fromisoformat(decreed)
    assert not is_nonworking(day)
    assert due_date(noon(add_months(day, -1))) == day


@pytest.mark.parametrize("month_day", [(5, 1), (5, 4), (12, 5), (12, 24), (12, 31), (4, 30)])
def test_days_that_are_no_holiday_here(month_day):
    assert all(date(year, *month_day) not in holidays(year) for year in (2021, 2022, 2023, 2026, 2027))


def test_same_dates_as_the_holidays_package_from_2020_to_2031():
    theirs = holidays_package.country_holidays("NL", years=range(2020, 2034), categories=("public", "optional"))
    assert date(2026, 4, 3) in theirs, "without Good Friday the comparison would prove little"

    def their_due(day: date) -> date:
        while day.weekday() >= 5 or day in theirs:
            day += DAY
        return day

    day, differences = date(2020, 1, 1), []
    while day <= date(2031, 12, 31):
        received_at = noon(day)
        ours = due_date(received_at), extended_due_date(received_at)
        if ours != (their_due(add_months(day, 1)), their_due(add_months(day, 3))):
            differences.append((day, ours))
        day += DAY
    assert differences == []


# Properties


@given(moments)
def test_due_is_a_working_day_within_six_days_after_the_nominal_one(received_at):
    for months, due in ((1, due_date(received_at)), (3, extended_due_date(received_at))):
        nominal = nominal_due_date(received_at, months)
        assert nominal == add_months(received_date(received_at), months)
        assert nominal <= due <= nominal + 6 * DAY
        assert not is_nonworking(due)
        assert all(is_nonworking(nominal + n * DAY) for n in range((due - nominal).days))


@given(moments, moments)
def test_who_comes_later_is_never_due_earlier(one, other):
    first, second = sorted((one, other), key=lambda moment: moment.astimezone(UTC))
    assert due_date(first) <= due_date(second)
    assert extended_due_date(first) <= extended_due_date(second)


@given(moments)
def test_due_depends_on_the_amsterdam_day_alone(received_at):
    assert due_date(received_at) == due_date(noon(received_date(received_at)))
    assert due_date(received_at) < extended_due_date(received_at)


@given(moments)
def test_the_extended_date_is_never_computed_from_the_first_due_date(received_at):
    assert extended_due_date(received_at) == roll(add_months(received_date(received_at), 3))


def test_adding_to_the_first_due_date_would_differ():
    received_at = noon(date(2026, 1, 30))
    assert extended_due_date(received_at) != roll(add_months(due_date(received_at), 2))


@given(moments, st.integers(0, 40), st.integers(0, 60), st.sampled_from([1, 3]))
def test_a_pause_never_brings_the_date_forward(received_at, asked_after, waited, months):
    asked_on = received_date(received_at) + asked_after * DAY
    plain = due_date(received_at) if months == 1 else extended_due_date(received_at)
    paused = paused_due_date(received_at, asked_on, asked_on + waited * DAY, months)

    assert paused >= plain
    assert paused >= nominal_due_date(received_at, months) + waited * DAY
    assert not is_nonworking(paused)
    assert waited or paused == plain


@given(moments, moments)
def test_a_first_contact_never_extends_the_notice(obtained_at, first_contact_at):
    due = art14_due_date(obtained_at, first_contact_at)
    assert due <= art14_due_date(obtained_at) == due_date(obtained_at)
    assert due <= received_date(first_contact_at)


@given(moments, st.integers(1, 200))
def test_a_breach_clock_runs_exactly_its_hours(aware_at, hours):
    due = breach_due(aware_at, hours)
    assert due.tzinfo is UTC
    assert due - aware_at.astimezone(UTC) == timedelta(hours=hours)


@given(st.integers(2018, 2099), st.sampled_from([3, 10]), st.integers(-96 * 60, 24 * 60))
def test_seventy_two_hours_hold_across_a_change_of_the_clock(year, month, minutes):
    last = date(year, month, 31)
    change = datetime.combine(last - ((last.weekday() + 1) % 7) * DAY, time(1), tzinfo=UTC)
    aware_at = (change + timedelta(minutes=minutes)).astimezone(TZ)

    assert change.astimezone(TZ).utcoffset() != (change - timedelta(minutes=1)).astimezone(TZ).utcoffset()
    assert breach_due(aware_at) - aware_at.astimezone(UTC) == timedelta(hours=72)


@given(days, st.integers(0, 400))
def test_months_clamp_and_never_overflow(day, n):
    later = add_months(day, n)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == n
    assert later.day == day.day or (later.day < day.day and (later + DAY).day == 1)
    assert add_months(day, 0) == day


@given(days, days)
def test_months_and_rolling_keep_the_order(one, other):
    first, second = sorted((one, other))
    assert add_months(first, 1) <= add_months(second, 1)
    assert roll(first) <= roll(second)
    assert roll(roll(first)) == roll(first)


@given(days)
def test_lateness_agrees_with_the_closing_moment(due):
    closing = closes_at(due)
    assert closing.astimezone(TZ).date() == due + DAY
    assert is_late(closing, due)
    assert not is_late(closing.astimezone(UTC) - timedelta(microseconds=1), due)


@given(days, st.integers(0, 100), st.integers(0, 200))
def test_a_tone_never_turns_back(received, length, age):
    order = list(Tone)
    due = received + length * DAY
    today, tomorrow = (clock_tone(received, due, received + n * DAY) for n in (age, age + 1))
    assert order.index(today) <= order.index(tomorrow)
    assert (today is Tone.OVERDUE) == (age > length)


# Bad input


@pytest.mark.parametrize(
    "call",
    [
        received_date,
        due_date,
        nominal_due_date,
        extended_due_date,
        pause_ask_by,
        art14_due_date,
        breach_due,
        why,
        why_art14,
        why_breach,
        lambda moment: paused_due_date(moment, date(2026, 11, 23), date(2026, 11, 24)),
        lambda moment: art14_due_date(noon(date(2026, 11, 22)), moment),
        lambda moment: is_late(moment, date(2026, 12, 22)),
    ],
)
def test_a_moment_without_zone_is_refused(call):
    call(noon(date(2026, 11, 22)))
    with pytest.raises(ValueError, match="needs a time zone"):
        call(datetime(2026, 11, 22, 12))  # noqa: DTZ001


def test_a_pause_has_an_order():
    received_at = noon(date(2026, 11, 22))
    with pytest.raises(ValueError, match="asked before the request was received"):
        paused_due_date(received_at, date(2026, 11, 21), date(2026, 11, 24))
    with pytest.raises(ValueError, match="answered before it was asked"):
        paused_due_date(received_at, date(2026, 11, 24), date(2026, 11, 23))


@pytest.mark.parametrize("months", [0, 2, 4, -1])
def test_there_are_two_periods(months):
    with pytest.raises(ValueError, match="within 1 month, or within 3 months"):
        nominal_due_date(noon(date(2026, 11, 22)), months)


# Why that date


WHY = {
    date(2026, 11, 22): "Received on Sunday 22 November 2026. 1 month later is Tuesday 22 December 2026.",
    date(2026, 8, 31): (
        "Received on Monday 31 August 2026. "
        "31 September does not exist, so the last day of September counts: Wednesday 30 September 2026."
    ),
    date(2026, 3, 6): (
        "Received on Friday 6 March 2026. 1 month later is Monday 6 April 2026. "
        "That is Easter Monday, so the next working day counts: Tuesday 7 April 2026."
    ),
    date(2026, 1, 30): (
        "Received on Friday 30 January 2026. "
        "30 February does not exist, so the last day of February counts: Saturday 28 February 2026. "
        "That is a Saturday, so the next working day counts: Monday 2 March 2026."
    ),
}


@pytest.mark.parametrize(("received", "sentence"), WHY.items(), ids=str)
def test_why_in_english(received, sentence):
    with override("en"):
        assert why(noon(received)) == sentence


def test_why_an_extension_or_a_pause():
    received_at = noon(date(2026, 11, 22))
    with override("en"):
        assert why(received_at, 3).endswith("3 months later is Monday 22 February 2027.")
        assert why(received_at, asked_on=date(2026, 11, 23), answered_on=date(2026, 11, 27)) == (
            "Received on Sunday 22 November 2026. 1 month later is Tuesday 22 December 2026. "
            "The term stood still for 4 days, from Monday 23 November 2026 to Friday 27 November 2026, "
            "which makes it Saturday 26 December 2026. "
            "That is the second day of Christmas, so the next working day counts: Monday 28 December 2026."
        )


def test_why_a_notice_or_a_breach():
    with override("en"):
        assert why_art14(noon(date(2026, 11, 20))) == (
            "Obtained on Friday 20 November 2026. 1 month later is Sunday 20 December 2026. "
            "That is a Sunday, so the next working day counts: Monday 21 December 2026."
        )
        assert why_art14(noon(date(2026, 11, 20)), at("2026-11-22T10:00")) == (
            "Obtained on Friday 20 November 2026. "
            "The first contact is on Sunday 22 November 2026, and the notice goes with it at the latest."
        )
        assert why_breach(at("2026-10-23T14:00")) == (
            "Known since Friday 23 October 2026 14:00; 72 hours later is Monday 26 October 2026 13:00. "
            "Nights, weekends and holidays count."
        )


def test_why_speaks_the_language_of_the_moment():
    received_at = noon(date(2026, 11, 22))
    with override("nl"):
        assert "zondag 22 november 2026" in why(received_at)
        assert "dinsdag 22 december 2026" in why(received_at)
    with override("en"):
        assert "Sunday 22 November 2026" in why(received_at)


@given(moments, st.sampled_from([1, 3]), st.sampled_from(["nl", "en"]))
def test_why_ends_on_the_date_it_explains(received_at, months, language):
    due = due_date(received_at) if months == 1 else extended_due_date(received_at)
    with override(language):
        assert why(received_at, months).endswith(f"{deadlines._long(due)}.")


def test_the_calendar_has_a_version():
    assert deadlines.CALENDAR_VERSION
    assert len(deadlines.CALENDAR_VERSION) <= 20  # the width of its column
