"""Days as people type them, in Dutch and English: "morgen", "volgende week", "in 2 weeks", "vrijdag", "12-3"."""

import re
from calendar import monthrange
from datetime import date, timedelta

_NUMBERS = {
    "a": 1,
    "an": 1,
    "een": 1,
    "één": 1,
    "one": 1,
    "twee": 2,
    "two": 2,
    "drie": 3,
    "three": 3,
    "vier": 4,
    "four": 4,
    "vijf": 5,
    "five": 5,
    "zes": 6,
    "six": 6,
}
_FIXED = {
    "vandaag": 0,
    "today": 0,
    "morgen": 1,
    "tomorrow": 1,
    "overmorgen": 2,
    "the day after tomorrow": 2,
}
_WEEKDAYS = [
    ("maandag", "ma", "monday", "mon"),
    ("dinsdag", "di", "tuesday", "tue"),
    ("woensdag", "wo", "wednesday", "wed"),
    ("donderdag", "do", "thursday", "thu"),
    ("vrijdag", "vr", "friday", "fri"),
    ("zaterdag", "za", "saturday", "sat"),
    ("zondag", "zo", "sunday", "sun"),
]
_DAYS = {word: number for number, words in enumerate(_WEEKDAYS) for word in words}
_MONTHS = {
    word: number
    for number, words in enumerate(
        [
            ("jan", "januari", "january"),
            ("feb", "februari", "february"),
            ("mrt", "maart", "mar", "march"),
            ("apr", "april"),
            ("mei", "may"),
            ("jun", "juni", "june"),
            ("jul", "juli", "july"),
            ("aug", "augustus", "august"),
            ("sep", "sept", "september"),
            ("okt", "oktober", "oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ],
        start=1,
    )
    for word in words
}
_UNITS = {
    **dict.fromkeys(("dag", "dagen", "day", "days", "d"), "day"),
    **dict.fromkeys(("week", "weken", "weeks", "w"), "week"),
    **dict.fromkeys(("maand", "maanden", "month", "months"), "month"),
}
_NEXT = ("volgende", "next", "aanstaande", "komende", "coming")
# What stands behind the last `>` of a line is the day to come back to it.
_BEHIND = re.compile(r"(?:^|\s)>\s*([^>\n]{1,40})\s*$")


def day_of(words: str, today: date) -> date | None:
    """The day these words mean, seen from `today`; None when they mean none. A day without a year is the next one."""
    text = " ".join(words.lower().replace(".", " ").split())
    for prefix in ("op ", "on "):
        text = text.removeprefix(prefix)
    if text in _FIXED:
        return today + timedelta(days=_FIXED[text])
    return _in_numbers(text, today) or _after(text, today) or _next(text, today)


def split(line: str) -> tuple[str, str]:
    """The words of a line, and what stands behind its last `>`: "Belt terug > vrijdag" is ("Belt terug", "vrijdag")."""
    found = _BEHIND.search(line)
    return (line[: found.start()].rstrip(), found[1].strip()) if found else (line, "")


def _in_numbers(text: str, today: date) -> date | None:
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})[-/ ](\d{1,2})(?:[-/ ](\d{4}))?", text):
        return _of_year(int(found[1]), int(found[2]), found[3], today)
    if (found := re.fullmatch(r"(\d{1,2}) ([a-z]+)(?: (\d{4}))?", text)) and found[2] in _MONTHS:
        return _of_year(int(found[1]), _MONTHS[found[2]], found[3], today)
    return None


def _of_year(day: int, month: int, year: str | None, today: date) -> date | None:
    if year:
        return _date(int(year), month, day)
    this = _date(today.year, month, day)
    return this if this is None or this >= today else _date(today.year + 1, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _after(text: str, today: date) -> date | None:
    found = re.fullmatch(r"(?:over |in )?(\d{1,3}|[a-zé]+) ?([a-z]+)", text)
    if found is None or found[2] not in _UNITS:
        return None
    number = int(found[1]) if found[1].isdigit() else _NUMBERS.get(found[1])
    if number is None:
        return None
    unit = _UNITS[found[2]]
    if unit == "month":
        month = today.month - 1 + number
        year, month = today.year + month // 12, month % 12 + 1
        return date(year, month, min(today.day, monthrange(year, month)[1]))
    return today + timedelta(days=number * (7 if unit == "week" else 1))


def _next(text: str, today: date) -> date | None:
    first, _space, rest = text.partition(" ")
    is_next = first in _NEXT
    word = rest if is_next else text
    monday = today - timedelta(days=today.weekday())
    if is_next and word in ("week", "maand", "month"):
        return monday + timedelta(days=7) if word == "week" else _after(f"1 {word}", today)
    if word not in _DAYS:
        return None
    if first in ("volgende", "next"):
        return monday + timedelta(days=7 + _DAYS[word])
    return today + timedelta(days=(_DAYS[word] - today.weekday() - 1) % 7 + 1)
