"""Publishes the words Watson starts with."""

from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from mailing.models import TemplateVersion
from mailing.models.templates import STANDARD
from mailing.texts import DEFAULTS


def publish_defaults() -> int:
    """Publish each default text that isn't there yet, word for word; how many were new. Safe to run twice.

    An organisation's own newer version stays the newest: only a text nobody ever published is added.
    """
    with transaction.atomic():
        standard = TemplateVersion.objects.filter(name=STANDARD).order_by().values("language", "kind")
        known = {
            (row["language"], row["kind"]): row
            for row in standard.annotate(last=Max("version"), published=Count("published_at"))
        }
        now = timezone.now()
        lacking = [
            TemplateVersion(
                kind=kind,
                language=language,
                version=known.get((language, kind), {"last": 0})["last"] + 1,
                subject_line=words.subject,
                body=words.body,
                short=words.short,
                published_at=now,
            )
            for language, kinds in DEFAULTS.items()
            for kind, words in kinds.items()
            if not known.get((language, kind), {"published": 0})["published"]
        ]
        return len(TemplateVersion.objects.bulk_create(lacking))
