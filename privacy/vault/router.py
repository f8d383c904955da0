"""Which table lives in which database, and through which role."""

from typing import Any

from django.db.models import Model

OWNERS = {"owner": "default", "vault_owner": "vault"}


class VaultRouter:
    """Vault tables live in the vault database, everything else in the main one; only the owners migrate."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return "vault" if model._meta.app_label == "vault" else None

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        return self.db_for_read(model)

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return (one._meta.app_label == "vault") == (other._meta.app_label == "vault")

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        home = OWNERS.get(db, db)
        return (home == "vault") == (app_label == "vault")
