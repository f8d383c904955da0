"""What of this floor lies outside the tables when somebody is erased: files that colleagues took along."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from candidates.models import ListExportPerson
from privacy.erasure.holders import Holder, Later, Line, Run, register
from privacy.models.erasure import ErasureReason, PlanAction


@register
class Lists(Holder):
    """Exported lists: whoever made one deletes the file and says so; this waits for it."""

    code = "lists"
    label = _("Lists colleagues took along as a file")
    position = 25
    # Who is erased by the clock was in no list of the last days: retention is longer than a list may be kept.
    reasons = frozenset({ErasureReason.REQUEST.value})

    def plan(self, run: Run) -> Iterable[Line]:
        if ends := list(_open(run).values_list("export__until", flat=True)):
            yield Line("lists", PlanAction.BY_HAND, len(ends), "", max(ends))

    def erase(self, run: Run) -> int:
        if _open(run).exists():
            raise Later("lists_open", 600)
        return 0


def _open(run: Run) -> "QuerySet[ListExportPerson]":
    return ListExportPerson.objects.filter(subject__in=run.ids, export__deleted_at=None)
