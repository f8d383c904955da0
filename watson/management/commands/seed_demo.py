"""`manage.py seed_demo`: the agency of the demo, made once."""

from typing import Any

from django.core.management.base import BaseCommand

from watson import demo_data


class Command(BaseCommand):
    help = "Make the demo's agency when it is not there yet (only with DEMO=1)."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("The demo's agency is ready." if demo_data.plant() else "The demo's agency was here already.")
