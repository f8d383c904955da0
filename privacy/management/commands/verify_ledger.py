"""Check the audit ledger against its seals and the vault."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from privacy import ledger
from privacy.models import LedgerEntry, LedgerSeal


class Command(BaseCommand):
    help = "Check that no ledger entry was changed, removed or added under a seal; exit 1 when one was."

    def handle(self, *args: Any, **options: Any) -> None:
        for sentence in ledger.restorations():
            self.stdout.write(sentence)
        problems = ledger.verify()
        for problem in problems:
            self.stderr.write(str(problem))
        if problems:
            sys.exit(1)
        entries, seals = LedgerEntry.objects.count(), LedgerSeal.objects.count()
        sentence = _("The ledger is whole: %(entries)s entries under %(seals)s seals, as the vault knows them.")
        self.stdout.write(sentence % {"entries": entries, "seals": seals})
