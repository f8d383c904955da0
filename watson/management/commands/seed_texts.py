"""`manage.py seed_texts`: publish the first words of every message and question."""

from typing import Any

from django.core.management.base import BaseCommand

from consent import seed as consent_texts
from mailing import seed as mail_texts


class Command(BaseCommand):
    help = "Publish the texts Watson starts with, where none is published yet. Safe to run twice."

    def handle(self, *args: Any, **options: Any) -> None:
        made = mail_texts.publish_defaults() + consent_texts.publish_defaults()
        self.stdout.write(f"{made} texts published.")
