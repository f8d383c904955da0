"""What a log line may not hold: the token of somebody's link, and the values PostgreSQL names beside an error."""

import logging
import re

# Django names the path of every answer from 400 up; these paths open somebody's page.
_TOKEN = re.compile(r"(/(?:c|w|me|n|copy|privacy/requests|privacy/confirm|portal/enter|password/reset/key)/)[^/\s\"']+")
# `DETAIL:  Key (email)=(anna@person.example) already exists.` and `LINE 1: … 'anna@person.example'`, however many lines
# the value has: up to the next part of the traceback.
_VALUES = re.compile(
    r"^(?:DETAIL|LINE \d+|CONTEXT|HINT):.*?(?=^(?:Traceback|The above exception|During handling)|\Z)", re.M | re.S
)


class Formatter(logging.Formatter):
    """Formats a record, then leaves out what would tell who somebody is or open their page."""

    def format(self, record: logging.LogRecord) -> str:
        return clean(super().format(record))


def clean(line: str) -> str:
    """A log line with its traceback, without tokens and without the values of rows."""
    return _VALUES.sub("(values left out)\n\n", _TOKEN.sub(r"\1…", line)).rstrip("\n")
