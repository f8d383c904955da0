"""What the two commands say about the account: one line each, with what it means and what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from mailing.sparkpost import errors


class Level(StrEnum):
    OK = "ok"
    CHANGED = "changed"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Line:
    """One finding: what it is about, what is so, and what to do about it where something is to do."""

    level: Level
    about: str
    text: str
    advice: str = ""


Lines = Iterator[Line]


def ok(about: str, text: str, advice: str = "") -> Line:
    return Line(Level.OK, about, text, advice)


def changed(about: str, text: str, advice: str = "") -> Line:
    return Line(Level.CHANGED, about, text, advice)


def note(about: str, text: str, advice: str = "") -> Line:
    return Line(Level.NOTE, about, text, advice)


def wrong(about: str, text: str, advice: str) -> Line:
    return Line(Level.WRONG, about, text, advice)


def told(about: str, step: Callable[[], Lines]) -> Lines:
    """The lines of a step; a call that fails ends it with a line of its own, so that the other steps still run."""
    try:
        yield from step()
    except errors.Failure as failure:
        yield in_words(about, failure)


def in_words(about: str, failure: errors.Failure) -> Line:
    """What a failed call means for who sets up the account."""
    place = settings.SPARKPOST_BASE_URL
    if isinstance(failure, errors.Stop):
        if failure.status == 401:
            return wrong(
                about,
                f"{place} does not know the key.",
                "Check SPARKPOST_API_KEY and SPARKPOST_BASE_URL: a key works in one region only.",
            )
        if failure.status == 403:
            return wrong(
                about,
                "The key may not do this, or the account is suspended.",
                "In SparkPost, under API keys, give the key the grants that docs/deploy.md names, and look at the"
                " account's status.",
            )
        return wrong(about, f"{place} does not answer as SparkPost does.", "Check SPARKPOST_BASE_URL.")
    if isinstance(failure, errors.Refused):
        words = f": {failure.message}" if failure.message else ""
        return wrong(
            about, f"SparkPost refused ({failure.code or failure.status}){words}.", "Mend that and run this again."
        )
    code = f" ({failure.status})" if failure.status else ""
    return wrong(
        about,
        f"SparkPost gave no answer to go by{code}.",
        "Run this again in a few minutes. If it stays so, see whether this machine can reach SparkPost at all.",
    )


def moment(at: datetime | None) -> str:
    """A moment as the operator reads it, in the site's own time."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "never"
