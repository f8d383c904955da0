"""What the clocks do by themselves: milestones written once, officers told, steps begun that need no decision."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Role, User
from privacy import deadlines, services
from privacy.models import DataRequest, IdentityCheck, LedgerEntry, RequestStep
from privacy.models.handling import Milestone
from privacy.models.requests import PROVEN, RequestKind
from privacy.steps import record, starters_for

logger = logging.getLogger(__name__)

AT_ONCE = 500
LINES = 50

# Whoever is being handled this moment is met an hour later; nobody is passed twice, whatever runs beside this.
_CROSS = """
    WITH running AS MATERIALIZED (
        SELECT r.id, (r.received_at AT TIME ZONE 'Europe/Amsterdam')::date AS received,
               (SELECT e.due_on FROM privacy_extension e WHERE e.request_id = r.id) AS longer, r.due_on
        FROM privacy_datarequest r WHERE r.answered_at IS NULL
        ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED
    ), passed AS (
        SELECT running.id, milestone.code, milestone.day
        FROM running CROSS JOIN LATERAL (VALUES
            ('day14', running.received + %(amber)s), ('day21', running.received + %(red)s),
            ('due', coalesce(running.longer, running.due_on)),
            ('overdue', coalesce(running.longer, running.due_on) + 1)
        ) AS milestone(code, day)
        WHERE milestone.day <= %(today)s
    )
    INSERT INTO privacy_crossing (id, request_id, milestone, "on")
    SELECT gen_random_uuid(), passed.id, passed.code, passed.day FROM passed
    WHERE NOT EXISTS (SELECT 1 FROM privacy_crossing c
                      WHERE c.request_id = passed.id AND c.milestone = passed.code AND c."on" = passed.day)
    ON CONFLICT (request_id, milestone, "on") DO NOTHING
    RETURNING request_id, milestone
"""
_ORDER = {milestone: place for place, milestone in enumerate(Milestone.values)}


@dataclass(frozen=True)
class Ran:
    """What one run did, in numbers."""

    crossings: int
    mails: int
    started: int


def run() -> Ran:
    """One run: safe to run twice, beside another, and after a week off."""
    crossings, mails = _cross(timezone.localdate(timezone=deadlines.TZ))
    return Ran(crossings, mails, _again() + _start())


def _cross(today: date) -> tuple[int, int]:
    """Write the milestones passed by today and queue one mail per officer about them, in one transaction."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            terms: dict[str, Any] = {"today": today, "amber": deadlines.AMBER_FROM_DAY, "red": deadlines.RED_FROM_DAY}
            cursor.execute(_CROSS, terms)
            passed = cursor.fetchall()
        return len(passed), _tell_officers(passed) if passed else 0


def _tell_officers(passed: Iterable[tuple[UUID, str]]) -> int:
    """One mail for all of it: ids, days and addresses of pages, never a name."""
    furthest: dict[UUID, str] = {}
    for request, milestone in passed:
        if request not in furthest or _ORDER[milestone] > _ORDER[furthest[request]]:
            furthest[request] = milestone
    asked = list(DataRequest.objects.filter(pk__in=furthest).with_due().soonest_first())
    readers = officers()
    for reader in readers:
        with translation.override(reader.language):
            lines = [_line(request, furthest[request.pk]) for request in asked[:LINES]]
            if len(asked) > LINES:
                lines.append(_("And %(n)s more.") % {"n": len(asked) - LINES})
            subject = ngettext(
                "%(n)s privacy request passed a milestone", "%(n)s privacy requests passed a milestone", len(asked)
            ) % {"n": len(asked)}
            end = _("All clocks: %(url)s") % {"url": f"{settings.BASE_URL}{reverse('privacy:desk')}"}
            EmailMessage(subject, "\n\n".join([*lines, end]), to=[reader.email]).send()
    return len(readers)


def _line(request: DataRequest, milestone: str) -> str:
    page = f"{settings.BASE_URL}{reverse('privacy:data-request', args=[request.pk])}"
    words = {
        "number": str(request.pk)[:8],
        "kind": RequestKind(request.kind).label,
        "passed": Milestone(milestone).label,
        "day": date_format(request.answer_by),
    }
    return _("Request %(number)s (%(kind)s): %(passed)s. Answer before the end of %(day)s.") % words + f"\n{page}"


def officers() -> list[User]:
    """Who is told: the privacy officers, or where there are none the administrators."""
    staff = User.objects.staff()
    return list(staff.filter(role=Role.OFFICER)) or list(staff.filter(role=Role.ADMINISTRATOR))


def _again() -> int:
    """Receipts that could not be made when the request came in, because words or details lacked."""
    lacked = LedgerEntry.objects.filter(kind=services.NO_RECEIPT).values_list("codes__request", flat=True)
    begun = 0
    without = DataRequest.objects.open().filter(notices=None, contact__contains="@").order_by("pk")
    without = without.filter(~Exists(RequestStep.objects.filter(request=OuterRef("pk"), code="receipt.again")))
    for pk in list(without.filter(pk__in=list(lacked)).values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            request = DataRequest.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
            if request is not None and services.send_receipt(request, actor=None):
                record(request, "receipt.again", actor=None)
                begun += 1
    return begun


def _start() -> int:
    """Begin, for each request once, with what needs no decision; what fails is tried again in the next run."""
    shown = IdentityCheck.objects.filter(request=OuterRef("pk"), confirmed_at__isnull=False)
    known = DataRequest.objects.open().filter(subject__isnull=False, subject__erased_at=None)
    known = known.filter(~Q(kind__in=PROVEN) | Exists(shown))
    begun = 0
    for kind in RequestKind.values:
        for code, starter in starters_for(kind).items():
            was = RequestStep.objects.filter(request=OuterRef("pk"), code=code)
            waiting = known.filter(~Exists(was), kind=kind).order_by("due_on", "pk")
            for pk in list(waiting.values_list("pk", flat=True)[:AT_ONCE]):
                try:
                    with transaction.atomic():
                        held = DataRequest.objects.select_for_update(skip_locked=True, of=("self",))
                        request = held.filter(pk=pk, answered_at=None).filter(~Exists(was)).first()
                        if request is not None:
                            starter(request)
                            record(request, code, actor=None)
                            begun += 1
                except Exception:
                    # One request must not keep the others from their start; it is met again in an hour.
                    logger.exception("privacy: %s could not begin for request %s", code, pk)
    return begun
