"""Days as people type them, in Dutch and English."""

from datetime import date

import pytest

from candidates.when import day_of, split

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("morgen", date(2026, 11, 24)),
        ("Volgende week", date(2026, 11, 30)),
        ("in a week", date(2026, 11, 30)),
        ("over twee weken", date(2026, 12, 7)),
        ("3 days", date(2026, 11, 26)),
        ("in 3 months", date(2027, 2, 23)),
        ("vrijdag", date(2026, 11, 27)),
        ("op maandag", date(2026, 11, 30)),
        ("next friday", date(2026, 12, 4)),
        ("12-3", date(2027, 3, 12)),
        ("1/12", date(2026, 12, 1)),
        ("12 dec.", date(2026, 12, 12)),
        ("2026-12-24", date(2026, 12, 24)),
        ("31-2", None),
        ("100k", None),
        ("later", None),
        ("", None),
    ],
)
def test_words_mean_a_day(words, day):
    assert day_of(words, MONDAY) == day


def test_a_month_ends_where_it_ends():
    assert day_of("in a month", date(2027, 1, 31)) == date(2027, 2, 28)


def test_the_day_stands_behind_the_last_sign():
    assert split("Belt terug > volgende week") == ("Belt terug", "volgende week")
    assert split("CFO > CEO > vrijdag") == ("CFO > CEO", "vrijdag")
    assert split("Wil 5>4 dagen") == ("Wil 5>4 dagen", "")
    assert split("Geen dag") == ("Geen dag", "")
