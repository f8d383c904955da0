"""What a hold keeps, in the plan of an erasure that was asked for while it stands."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from privacy.erasure.holders import Holder, Line, Run, register
from privacy.models.erasure import ErasureReason, PlanAction
from privacy.retention import holding


@register
class Hold(Holder):
    """Nothing goes while it stands: the plan says so, and nobody can approve it (GDPR art. 17(3)(b) and (e))."""

    code = "hold"
    label = _("Legal hold")
    position = 5
    reasons = frozenset({ErasureReason.REQUEST.value})

    def plan(self, run: Run) -> Iterable[Line]:
        for person in run.people:
            for hold in holding.of(person.subject):
                yield Line("hold", PlanAction.KEEP, 1, f"hold_{hold.ground}", hold.until)
