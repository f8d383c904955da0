"""`manage.py sparkpost setup` makes and mends what SparkPost must have for us; `doctor` explains how the account is."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from mailing.provider.doctor import doctor
from mailing.provider.report import Level
from mailing.provider.setup import setup


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        make = acts.add_parser(
            "setup", help="make or mend the webhooks and the sending domain; exit code 1 if not all is well"
        )
        make.add_argument("--check", action="store_true", help="only look; change nothing")
        acts.add_parser("doctor", help="explain the state of the account; exit code 1 if something is wrong")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        check = act == "setup" and options["check"]
        seen = set()
        for line in doctor() if act == "doctor" else setup(check=check):
            seen.add(line.level)
            self.stdout.write(f"{line.level:<8} {line.about}: {line.text}")
            for part in line.advice.splitlines():
                self.stdout.write(f"         → {part}")
        self.stdout.write(_ending(act, seen, check=check))
        if Level.WRONG in seen:
            sys.exit(1)


def _ending(act: str, seen: set[Level], *, check: bool) -> str:
    if Level.WRONG in seen:
        return "Something is wrong: see the lines that begin so."
    if Level.CHANGED in seen:
        return "Everything is as it should be now."
    return "All is well." if act == "doctor" or check else "Everything was as it should be: nothing was changed."
