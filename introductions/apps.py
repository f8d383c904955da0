"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntroductionsConfig(AppConfig):
    name = "introductions"
    verbose_name = _("Introductions")

    def ready(self) -> None:
        from consent.signals import consent_changed, everything_stopped
        from introductions import fillers, services  # noqa: F401  (fillers answer by being imported)

        consent_changed.connect(services.on_consent_changed, dispatch_uid="introductions.consent_changed")
        everything_stopped.connect(services.on_everything_stopped, dispatch_uid="introductions.everything_stopped")
