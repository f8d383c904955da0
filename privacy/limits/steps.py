"""What a request for limited use needs: that it begins."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from privacy.models import DataRequest, Restriction
from privacy.models.requests import RequestKind
from privacy.steps import Step, Steps, register_steps


@register_steps
def limit_steps(requests: Sequence[DataRequest]) -> Steps:
    """Begun or not, in one query for however many requests."""
    asked = [request for request in requests if request.kind == RequestKind.RESTRICTION and request.subject_id]
    rows = Restriction.objects.filter(request__in=asked).select_related("by")
    made = {row.request_id: row for row in rows}
    return {request.pk: [_step(request, made.get(request.pk))] for request in asked}


def _step(request: DataRequest, made: Restriction | None) -> Step:
    return Step(
        "restricted",
        _("Limit the use of the data"),
        order=50,
        url=reverse("privacy:limits:page", args=[request.pk]),
        done_at=made.since if made else None,
        done_by=str(made.by) if made and made.by else "",
        detail=made.get_ground_display() if made else "",
    )
