"""What a request to correct something needs on this floor: each fact that was named, decided."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from candidates.models import Correction
from candidates.models.corrections import CorrectionState
from privacy.models import DataRequest
from privacy.models.requests import RequestKind
from privacy.steps import Step, Steps, register_steps


@register_steps
def correction_steps(requests: Sequence[DataRequest]) -> Steps:
    """One step per request, done when nothing waits; one query for however many requests."""
    asked = [request for request in requests if request.kind == RequestKind.RECTIFICATION and request.subject_id]
    named: dict[object, list[Correction]] = {}
    for row in Correction.objects.filter(request__in=asked).select_related("decided_by").order_by("decided_at"):
        named.setdefault(row.request_id, []).append(row)
    return {request.pk: [_step(request, named.get(request.pk, []))] for request in asked}


def _step(request: DataRequest, named: list[Correction]) -> Step:
    decided = [one for one in named if one.state != CorrectionState.PROPOSED]
    is_done = bool(named) and len(decided) == len(named)
    return Step(
        "corrected",
        _("Correct what is wrong"),
        order=50,
        url=reverse("candidates:corrections", args=[request.pk]),
        done_at=decided[-1].decided_at if is_done else None,
        done_by=str(decided[-1].decided_by) if is_done else "",
        detail=f"{len(decided)}/{len(named)}" if named else "",
        # Words may name what is no fact of ours; then the officer says in the answer what was done.
        needed=bool(named),
    )
