"""What a request to be erased needs before it is closed, for the request's page."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from privacy.models import DataRequest, Erasure
from privacy.models.requests import RequestKind
from privacy.steps import Step, Steps, register_steps


@register_steps
def steps(requests: Sequence[DataRequest]) -> Steps:
    """Approve a plan, and see it carried out; in one query."""
    asking = [one for one in requests if one.kind == RequestKind.ERASURE and one.subject_id is not None]
    if not asking:
        return {}
    approved = {
        erasure.request_id: erasure
        for erasure in Erasure.objects.filter(request__in=asking, approved_at__isnull=False).select_related(
            "approved_by"
        )
    }
    return {request.pk: _steps_of(request, approved.get(request.pk)) for request in asking}


def _steps_of(request: DataRequest, erasure: Erasure | None) -> list[Step]:
    url = reverse("privacy:erasure:page", args=[request.pk])
    return [
        Step(
            "erasure.approve",
            _("See what goes and what stays, and approve it"),
            order=40,
            url=url,
            done_at=erasure.approved_at if erasure else None,
            done_by=str(erasure.approved_by or "") if erasure else "",
        ),
        Step(
            "erasure.run",
            _("Erased, searched and told"),
            order=50,
            url=url,
            done_at=erasure.finished_at if erasure else None,
        ),
    ]
