"""What search looks in: the words about each person, kept by the database itself (ADR 22)."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from candidates.models.people import Candidate
from vacancies.models import Vacancy


class SearchDocument(models.Model):
    """The folded words about one person: without a vacancy the facts, with one those and the notes made there.

    Triggers write it (migration 0006), nobody else. A person may be seen and a vacancy they are in not, so the notes
    made in each stand in a row of their own.
    """

    candidate = models.ForeignKey(
        Candidate, models.CASCADE, related_name="search_documents", verbose_name=_("candidate")
    )
    vacancy = models.ForeignKey(
        Vacancy, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("vacancy")
    )
    words = SearchVectorField(_("words"))

    class Meta:
        verbose_name = _("search document")
        verbose_name_plural = _("search documents")
        ordering = ["id"]
        indexes = [GinIndex(fields=["words"], name="search_words")]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "vacancy"], name="search_document_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return str(self.pk)
