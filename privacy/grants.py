"""What the application's role may not do, as grants beside the guards."""

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections, models

OWNERS = {"owner": "default", "vault_owner": "vault"}
# The app after whose migration the grants of a database are set.
KEEPERS = {"default": "privacy", "vault": "privacy.vault"}


def ledgers() -> list[type[models.Model]]:
    """Every model whose rows are append-only."""
    return [
        model
        for model in apps.get_models()
        if any(trigger.name == "append_only" for trigger in getattr(model._meta, "triggers", ()))
    ]


def revoke_on_ledgers(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """After a migration by the owner: the application's role loses UPDATE and DELETE on every ledger it can see."""
    home = OWNERS.get(using)
    if home is None or sender.name != KEEPERS[home]:
        return
    role = settings.DATABASES[home]["USER"]
    if role == settings.DATABASES[using]["USER"]:
        return
    connection = connections[using]
    present = set(connection.introspection.table_names())
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for model in ledgers():
            if model._meta.db_table in present:
                cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {quote(model._meta.db_table)} FROM {quote(role)}")
