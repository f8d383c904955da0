"""Make a backup of one of the two databases."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy import backups


class Command(BaseCommand):
    help = "Dump the main database or the vault into a directory; keep the two apart. Drops what is too old there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("which", choices=[backups.MAIN, backups.VAULT])
        parser.add_argument("directory", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = backups.make(options["which"], options["directory"])
        except backups.CannotBackUp as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{made}")
