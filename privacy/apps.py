"""App configuration."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = _("Privacy")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from privacy import services  # noqa: F401 - registers the clocks of this room
        from privacy.breaches import services as _breaches  # noqa: F401 - registers the clock of 72 hours
        from privacy.desk import needs, telling  # noqa: F401 - registers what requests need, and what begins by itself
        from privacy.exports import steps as _copies  # noqa: F401 - registers the steps of a copy
        from privacy.grants import revoke_on_ledgers
        from privacy.limits import steps as _limits  # noqa: F401 - registers those of limited use
        from privacy.retention import holder, holding  # noqa: F401 - registers the clocks of holds, and what they keep

        post_migrate.connect(revoke_on_ledgers, dispatch_uid="privacy.grants")
        autodiscover_modules("personal_data")
        from privacy.erasure import house, request_steps, verifying  # noqa: F401 - who holds what

        autodiscover_modules("erasure")
