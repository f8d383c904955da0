"""What this floor answers to the ports below."""

from typing import Any

from django.db.models import DateField, F, Max, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from accounts.models import Organisation
from consent.models import ConsentRequest
from privacy.ports import clock_rows, register_clock


@register_clock
def no_answer() -> "QuerySet[Any, Any]":
    """Questions nobody answered: the day the candidacy ends, or the follow-up day that took its place."""
    days = Organisation.current().no_answer_days
    end = RawSQL("((consent_consentrequest.handed_over_at AT TIME ZONE 'Europe/Amsterdam')::date + %s)", (days,))
    return clock_rows(
        ConsentRequest.objects.waiting().filter(subject__erased_at=None),
        kind="no_answer",
        due_on=Coalesce(F("follow_up_on"), end, output_field=DateField()),
        since="handed_over_at",
        subject="subject_id",
        reason="no_answer",
    )


@register_clock
def consent_expiry() -> "QuerySet[Any, Any]":
    """Consents that stand, and the day they end by themselves."""
    months = Organisation.current().consent_months
    return clock_rows(
        ConsentRequest.objects.given().filter(closed_at=None).annotate(given_at=Max("events__at")),
        kind="consent_expiry",
        due_on=RawSQL(
            "((SELECT max(e.at) FROM consent_consentevent e WHERE e.request_id = consent_consentrequest.id)"
            " AT TIME ZONE 'Europe/Amsterdam')::date + make_interval(months => %s)",
            (months,),
        ),
        since="given_at",
        subject="subject_id",
        reason="consent_expiry",
    )
