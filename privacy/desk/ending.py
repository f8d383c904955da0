"""The end of a request's file: some years after the answer nobody needs to show it any more (GDPR art. 5(1)(e))."""

from datetime import date

from django.conf import settings
from django.db import connections
from django.utils import timezone

from privacy import ledger
from privacy.deadlines import add_months
from privacy.guards import lawful
from privacy.models import DataRequest, RequestGroup


def last_day(asked: DataRequest) -> date | None:
    """The last day on which the file of an answered request is here; None while it is open."""
    if asked.answered_at is None:
        return None
    return add_months(timezone.localdate(max(asked.answered_at, asked.created_at)), 12 * settings.REQUEST_YEARS)


def forget_files() -> dict[str, int]:
    """Delete the files of requests answered REQUEST_YEARS ago, erasures ended then, and their records in the vault.

    Set-based, through a function of the owner: the application may delete no row of a ledger, and the guards look at
    every date once more. How many of each; safe to run twice.
    """
    years = settings.REQUEST_YEARS
    with lawful(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT requests, erasures FROM public.watson_forget_requests(%s)", [years])
        requests, erasures = cursor.fetchone()
        before = add_months(timezone.localdate(), -12 * years)
        groups = RequestGroup.objects.filter(requests=None, created_at__date__lt=before).delete()[0]
        if requests or erasures or groups:
            ledger.append("request.files_ended", requests=requests, erasures=erasures, groups=groups)
    with connections["vault"].cursor() as cursor:
        cursor.execute("SELECT public.watson_forget_records(%s)", [years])
        records = cursor.fetchone()[0]
    return {"requests": requests, "erasures": erasures, "groups": groups, "records": records}
