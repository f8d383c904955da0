"""What every request needs, whatever is asked: a receipt, who asks, the recipients told."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from privacy.models import DataRequest, IdentityCheck, Mandate, RequestNotice, Telling
from privacy.models.requests import PROVEN, TOLD_ON
from privacy.steps import Step, Steps, register_steps


@register_steps
def own_steps(requests: Sequence[DataRequest]) -> Steps:
    """The steps of this room, in four queries for however many requests."""
    ids = [request.pk for request in requests]
    receipts = {
        notice.request_id: notice
        for notice in RequestNotice.objects.filter(request__in=ids, kind="receipt").select_related("by")
    }
    shown = {
        check.request_id: check
        for check in IdentityCheck.objects.filter(request__in=ids, confirmed_at__isnull=False).select_related(
            "confirmed_by"
        )
    }
    mandates = {mandate.pk: mandate for mandate in Mandate.objects.filter(pk__in=ids).select_related("checked_by")}
    to_tell: dict[object, list[Telling]] = {}
    for telling in Telling.objects.filter(request__in=ids):
        to_tell.setdefault(telling.request_id, []).append(telling)
    return {
        request.pk: [
            _receipt(request, receipts.get(request.pk)),
            *_who(request, shown.get(request.pk)),
            *_mandate(request, mandates.get(request.pk)),
            *_recipients(request, to_tell.get(request.pk, [])),
        ]
        for request in requests
    }


def _receipt(request: DataRequest, told: RequestNotice | None) -> Step:
    # Not needed to close: an answer on the same day says all that a receipt would.
    return Step(
        "receipt",
        _("Tell them that it came in, and by when they have an answer"),
        order=10,
        url=_page(request, "receipt"),
        done_at=told.at if told else None,
        done_by=str(told.by) if told and told.by else "",
        needed=False,
    )


def _who(request: DataRequest, check: IdentityCheck | None) -> list[Step]:
    if request.subject_id is None:
        label = _("Find out who asks, or answer that we hold nothing")
        return [Step("identity", label, order=20, url=_page(request, "who"), needed=False)]
    return [
        Step(
            "identity",
            _("Know that it is this person who asks"),
            order=20,
            url=_page(request, "who"),
            done_at=check.confirmed_at if check else None,
            done_by=str(check.confirmed_by) if check and check.confirmed_by else "",
            detail=check.get_method_display() if check else "",
            needed=request.kind in PROVEN,
        )
    ]


def _mandate(request: DataRequest, mandate: Mandate | None) -> list[Step]:
    if mandate is None:
        return []
    return [
        Step(
            "mandate",
            _("See that the agent may ask for this person"),
            order=22,
            url=_page(request, "mandate"),
            done_at=mandate.checked_at,
            done_by=str(mandate.checked_by or ""),
            detail="" if mandate.holds is None else _("it holds") if mandate.holds else _("it does not hold"),
        )
    ]


def _recipients(request: DataRequest, tellings: list[Telling]) -> list[Step]:
    if request.kind not in TOLD_ON or request.subject_id is None:
        return []
    waiting = [telling for telling in tellings if telling.sent_at is None and telling.waived_at is None]
    moments = [moment for telling in tellings if (moment := telling.sent_at or telling.waived_at)]
    if not tellings:
        return []
    return [
        Step(
            "recipients",
            _("Tell whoever got the data"),
            order=60,
            url=_page(request, "recipients"),
            done_at=None if waiting else max(moments),
            detail=f"{len(tellings) - len(waiting)}/{len(tellings)}",
        )
    ]


def _page(request: DataRequest, part: str) -> str:
    return f"{reverse('privacy:data-request', args=[request.pk])}#{part}"
