"""Erase again whom the vault knows to be erased."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from privacy.erasure import replaying


class Command(BaseCommand):
    help = "After a restore: erase again whoever was erased since the backup; exit 1 while that is not done."

    def handle(self, *args: Any, **options: Any) -> None:
        done, left = replaying.replay()
        self.stdout.write(f"{done} erasures done again.")
        for pk in left:
            self.stderr.write(
                f"Erasure {pk} is not done yet: see its steps in the admin, mend what is left, run again."
            )
        if left:
            sys.exit(1)
