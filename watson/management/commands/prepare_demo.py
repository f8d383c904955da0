"""Migrate both databases, fill them with the demo's agency and write down who can sign in; `make demo` calls it."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from watson.demo_data import LOGINS


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--logins", type=Path, required=True, help="the file for role, address and password of each"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This fills a database with people who do not exist, so it wants DEMO=1.")
        call_command("migrate", database="owner", verbosity=0, skip_checks=True)
        # Nothing but this app has tables there, and going through the others' migrations takes as long as making them.
        call_command("migrate", "vault", database="vault_owner", verbosity=0, skip_checks=True)
        call_command("seed_demo")
        options["logins"].write_text(json.dumps(LOGINS))
