"""What a request to see or take along one's data needs: a copy, prepared and delivered."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from privacy.models import DataCopy, DataRequest
from privacy.models.exports import CopyState
from privacy.models.requests import RequestKind
from privacy.steps import Step, Steps, register_steps

COPIED = (RequestKind.ACCESS, RequestKind.PORTABILITY)


@register_steps
def copy_steps(requests: Sequence[DataRequest]) -> Steps:
    """Prepare and deliver, in one query for however many requests."""
    asked = [request for request in requests if request.kind in COPIED and request.subject_id]
    copies: dict[object, list[DataCopy]] = {}
    rows = DataCopy.objects.filter(request__in=asked).select_related("delivered_by").defer("body", "notes")
    for copy in rows.order_by("asked_at"):
        copies.setdefault(copy.request_id, []).append(copy)
    return {request.pk: _steps(request, copies.get(request.pk, [])) for request in asked}


def _steps(request: DataRequest, copies: list[DataCopy]) -> list[Step]:
    url = reverse("privacy:exports:copy", args=[request.pk])
    ready = [copy for copy in copies if copy.state == CopyState.READY]
    sent = [copy for copy in copies if copy.delivered_at]
    return [
        Step(
            "copy_prepared",
            _("Have the copy made, and look at it"),
            order=50,
            url=url,
            done_at=ready[-1].made_at if ready else None,
        ),
        Step(
            "copy_delivered",
            _("Send the link to the copy"),
            order=80,
            url=url,
            done_at=sent[-1].delivered_at if sent else None,
            done_by=str(sent[-1].delivered_by) if sent else "",
            detail=_("opened") if sent and sent[-1].opened_at else "",
            # One that goes by letter is noted by the officer in the answer.
            needed=bool(request.contact),
        ),
    ]
