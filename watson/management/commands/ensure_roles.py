"""Create the two database roles and both databases on servers of your own; safe to repeat."""

import os
from argparse import ArgumentParser
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from watson.roles import Role, ensure_roles

HOMES = (("ADMIN_DATABASE_URL", "default", "owner"), ("ADMIN_VAULT_DATABASE_URL", "vault", "vault_owner"))


class Command(BaseCommand):
    """Names and passwords of the roles come from the settings' addresses; the administrator's from two variables."""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.epilog = (
            "ADMIN_DATABASE_URL and ADMIN_VAULT_DATABASE_URL name a role that may create roles and databases."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for variable, alias, owner_alias in HOMES:
            app, owner = settings.DATABASES[alias], settings.DATABASES[owner_alias]
            if not os.environ.get(variable):
                raise CommandError(f"Set {variable} to the address of a role that may create roles and databases.")
            if app["USER"] == owner["USER"]:
                raise CommandError("The role that migrates and the role that runs Watson must be two roles.")
            try:
                ensure_roles(
                    os.environ[variable],
                    databases=(app["NAME"],),
                    owner=Role(owner["USER"], owner["PASSWORD"]),
                    app=Role(app["USER"], app["PASSWORD"]),
                )
            except psycopg2.Error as error:
                raise CommandError(f"{variable}: {error}") from error
            self.stdout.write(f"{app['NAME']}: owned by {owner['USER']}, used by {app['USER']}.")
