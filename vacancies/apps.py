"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VacanciesConfig(AppConfig):
    name = "vacancies"
    verbose_name = _("Vacancies and clients")

    def ready(self) -> None:
        from privacy.guards import REFUSALS
        from vacancies import fillers  # noqa: F401  (fillers answer by being imported)

        # Constraints that a form checks first still have to speak when two people save at the same moment.
        for model in self.get_models():
            for constraint in model._meta.constraints:
                sentence = constraint.violation_error_message
                if sentence and sentence != constraint.default_violation_error_message:
                    REFUSALS.setdefault(constraint.name, sentence)
