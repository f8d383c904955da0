"""The words an installation starts with, published as `manage.py seed_texts` does, but composed only once a run."""

import io
from collections.abc import Callable

from django.db import connection, models, transaction

from consent import seed as consent_seed
from consent.models import ConsentText
from mailing import seed as mailing_seed
from mailing.models import TemplateVersion

SEEDS: list[tuple[type[models.Model], Callable[[], int]]] = [
    (ConsentText, consent_seed.publish_defaults),
    (TemplateVersion, mailing_seed.publish_defaults),
]
_composed: dict[str, bytes] = {}


def publish_texts() -> None:
    """Publish every first text that lacks: the questions and the mails."""
    with transaction.atomic():
        for model, publish in SEEDS:
            _publish(model, publish)


def publish_templates() -> None:
    """Publish the first mails that lack, and no question."""
    with transaction.atomic():
        _publish(*SEEDS[1])


def _publish(model: type[models.Model], publish: Callable[[], int]) -> None:
    if model._default_manager.exists():
        publish()
        return
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if table in _composed:
            cursor.copy_expert(f"COPY {table} FROM STDIN", io.BytesIO(_composed[table]))
            return
        publish()
        rows = io.BytesIO()
        cursor.copy_expert(f"COPY {table} TO STDOUT", rows)
        _composed[table] = rows.getvalue()
