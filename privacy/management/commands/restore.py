"""Put a backup back."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy import backups, quarantine


class Command(BaseCommand):
    help = "Replace a database by a backup. Stop the site, the workers and beat first; what is there now is lost."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("which", choices=[backups.MAIN, backups.VAULT])
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="do it; without this nothing happens")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["file"].exists():
            raise CommandError(f"There is no file {options['file']}.")
        if not options["yes"]:
            raise CommandError("This replaces the whole database. Say --yes if you mean it.")
        try:
            backups.put_back(options["which"], options["file"])
        except backups.CannotBackUp as error:
            raise CommandError(str(error)) from error
        lost = len(quarantine.missing())
        if lost:
            self.stdout.write(f"{lost} erasures since the backup. {quarantine.SENTENCE}")
        else:
            self.stdout.write("Nobody was erased since the backup. Watson may start.")
