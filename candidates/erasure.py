"""What of this floor lies outside the tables when somebody is erased: files that colleagues took along."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from candidates.models import ListExportPerson
from privacy import registry
from privacy.erasure.holders import Holder, Later, Line, Part, Run, register
from privacy.models import Erasure
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

    def parts(self, erasure: Erasure) -> Iterable[Part]:
        """Whose each file is, for who has to ask them; an officer says it in the place of who left."""
        people = registry.closures(list(erasure.people.values_list("subject", flat=True)))
        ids = [pk for theirs in people.values() for pk in theirs]
        rows = ListExportPerson.objects.filter(subject__in=ids, export__deleted_at=None).select_related(
            "export__made_by"
        )
        for row in rows.order_by("export__until", "pk"):
            maker = row.export.made_by
            label = gettext("%(who)s, who left") % {"who": maker} if maker.has_left else str(maker)
            made = date_format(timezone.localdate(row.export.made_at), "j F Y")
            yield Part(label, gettext("a file of %(day)s") % {"day": made}, url=reverse("candidates:exports"))

    def erase(self, run: Run) -> int:
        if _open(run).exists():
            raise Later("lists_open", 600)
        return 0


def _open(run: Run) -> "QuerySet[ListExportPerson]":
    return ListExportPerson.objects.filter(subject__in=run.ids, export__deleted_at=None)
