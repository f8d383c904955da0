"""Show what the clock that erases would do now, or have it do so."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from privacy import ports
from privacy.retention import forecasting, sweeping


class Command(BaseCommand):
    help = "Count who would be erased now, by reason, and what goes and stays; nothing is erased without --execute."

    def add_arguments(self, parser: ArgumentParser) -> None:
        act = parser.add_mutually_exclusive_group()
        act.add_argument("--dry-run", action="store_true", help="only count, as without any option")
        act.add_argument("--execute", action="store_true", help="erase them now, as the nightly clock does")
        parser.add_argument("--ids", action="store_true", help="the ids of the people too, one on a line")

    def handle(self, *args: Any, **options: Any) -> None:
        words = ports.retention().words
        if not options["execute"]:
            counted = forecasting.due_by_reason()
            for reason, number in sorted(counted.items()):
                self.stdout.write(f"{number:8}  {words.get(reason, reason)}")
            self.stdout.write(_("%(n)s people would be erased now.") % {"n": sum(counted.values())})
            for cause, number in sorted(ports.retention().left_alone().items()):
                self.stdout.write(_("%(n)s left for later: %(cause)s") % {"n": number, "cause": cause})
            where = ""
            for line in forecasting.what_happens(forecasting.due_subjects()):
                if line.where != where:
                    where = line.where
                    self.stdout.write(f"\n{where}:")
                why = f" ({line.ground})" if line.ground else ""
                self.stdout.write(f"{line.number:8}  {line.what}: {line.action}{why}")
            if options["ids"]:
                for pk in forecasting.due_subjects():
                    self.stdout.write(str(pk))
            return
        ran = sweeping.run()
        if ran is None:
            raise CommandError(_("The clock runs already."))
        told = {"erased": ran.erased, "spared": ran.spared, "failed": ran.failed}
        self.stdout.write(_("%(erased)s erased, %(spared)s left alone, %(failed)s could not be erased.") % told)
        if ran.failed:
            raise CommandError(_("Somebody could not be erased; it is tried again by itself."))
