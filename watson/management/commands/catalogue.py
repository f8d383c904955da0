"""`manage.py catalogue`: bring locale/nl up to what the code says, and name what lacks Dutch."""

from typing import Any

from django.core.management.base import BaseCommand

from watson import catalogue


class Command(BaseCommand):
    help = "Update locale/nl/LC_MESSAGES/django.po from the code and the templates, and list what has no Dutch yet."

    def handle(self, *args: Any, **options: Any) -> None:
        updated = catalogue.update()
        lacking = catalogue.untranslated(updated)
        for message in lacking:
            self.stdout.write(repr(message))
        self.stdout.write(f"{len(updated)} messages, {len(lacking)} without Dutch.")
