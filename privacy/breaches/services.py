"""Report a breach, decide whether the authority hears of it, and note that it did; the clock that warns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from privacy import deadlines, ledger
from privacy.deadlines import TZ
from privacy.desk.running import officers
from privacy.guards import REFUSALS, Refused, lawful
from privacy.models import Breach
from privacy.models.breaches import BREACH_DECIDED, BREACH_FUTURE, TERM, BreachMilestone, Notify
from privacy.ports import Key, Place, clock_rows, register_clock, register_place

# Whatever is being changed this moment is met an hour later; nothing is passed twice, whatever runs beside this.
_CROSS = """
    WITH running AS MATERIALIZED (
        SELECT b.id, b.aware_at FROM privacy_breach b
        WHERE b.notify = '' OR b.notify = 'yes' AND b.notified_at IS NULL
        ORDER BY b.id FOR NO KEY UPDATE OF b SKIP LOCKED
    ), passed AS (
        SELECT running.id, milestone.code FROM running CROSS JOIN LATERAL (VALUES
            ('h24', running.aware_at + interval '24 hours'), ('h48', running.aware_at + interval '48 hours'),
            ('h60', running.aware_at + interval '60 hours'), ('overdue', running.aware_at + interval '72 hours')
        ) AS milestone(code, at) WHERE milestone.at <= %(now)s
    )
    INSERT INTO privacy_breachcrossing (id, breach_id, milestone)
    SELECT gen_random_uuid(), passed.id, passed.code FROM passed
    ON CONFLICT (breach_id, milestone) DO NOTHING
    RETURNING breach_id, milestone
"""
_ORDER = {milestone: place for place, milestone in enumerate(BreachMilestone.values)}


def report(*, what: str, aware_at: datetime, actor: User) -> Breach:
    """Somebody here saw that something happened; the 72 hours run from when it was known, and the officers hear it."""
    if aware_at > timezone.now():
        raise Refused(REFUSALS[BREACH_FUTURE], BREACH_FUTURE)
    with lawful():
        breach = Breach.objects.create(what=what, aware_at=aware_at, reported_by=actor)
        ledger.append("breach.reported", actor=actor, breach=breach.pk)
        breach.crossings.create(milestone=BreachMilestone.REPORTED)
        _tell({breach.pk: BreachMilestone.REPORTED})
    return breach


def decide(breach: Breach, *, notify: str, reason: str, actor: User) -> Breach:
    """Whether the authority hears of it, and why (GDPR art. 33(1), (5)). Raises Refused once it was told."""
    with lawful():
        held = Breach.objects.select_for_update(of=("self",)).get(pk=breach.pk)
        held.notify, held.reason = Notify(notify), reason
        held.decided_at, held.decided_by = timezone.now(), actor
        held.save(update_fields=["notify", "reason", "decided_at", "decided_by"])
        ledger.append("breach.decided", actor=actor, breach=held.pk, notify=held.notify)
    return held


def notified(breach: Breach, *, at: datetime, reference: str = "", late_reason: str = "", actor: User) -> Breach:
    """Note that the authority was told, and when. Raises Refused without a decision, or when late without a reason."""
    with lawful():
        held = Breach.objects.select_for_update(of=("self",)).get(pk=breach.pk)
        if held.notify != Notify.YES or not held.aware_at <= at <= timezone.now():
            raise Refused(REFUSALS[BREACH_DECIDED], BREACH_DECIDED)
        held.notified_at, held.reference, held.late_reason = at, reference, late_reason
        held.save(update_fields=["notified_at", "reference", "late_reason"])
        ledger.append("breach.notified", actor=actor, breach=held.pk)
    return held


def cross(now: datetime) -> int:
    """Write the milestones that were passed and mail the officers about them; how many. Safe to run twice."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CROSS, {"now": now})
            passed = cursor.fetchall()
        furthest: dict[UUID, str] = {}
        for breach, milestone in passed:
            if breach not in furthest or _ORDER[milestone] > _ORDER[furthest[breach]]:
                furthest[breach] = milestone
        if furthest:
            _tell(furthest)
    return len(passed)


def _tell(passed: Mapping[UUID, str]) -> None:
    """One mail to each officer: ids, moments and addresses of pages, never what happened."""
    rows = list(Breach.objects.filter(pk__in=passed).order_by("aware_at"))
    for reader in officers():
        with translation.override(reader.language):
            lines = [_line(breach, passed[breach.pk]) for breach in rows]
            subject = ngettext("%(n)s breach needs you", "%(n)s breaches need you", len(rows)) % {"n": len(rows)}
            EmailMessage(subject, "\n\n".join(lines), to=[reader.email]).send()


def _line(breach: Breach, milestone: str) -> str:
    page = f"{settings.BASE_URL}{reverse('privacy:breaches:breach', args=[breach.pk])}"
    words = {"number": str(breach.pk)[:8], "passed": BreachMilestone(milestone).label}
    return "\n".join((_("Breach %(number)s: %(passed)s.") % words, deadlines.why_breach(breach.aware_at), page))


@register_clock
def running() -> "QuerySet[Any, Any]":
    """Breaches of which the authority may still have to hear: 72 hours from when they were known."""
    ends = ExpressionWrapper(F("aware_at") + TERM, output_field=DateTimeField())
    rows = Breach.objects.open()
    return clock_rows(rows, kind="breach", due_on=TruncDate(ends, tzinfo=TZ), since="aware_at", reason="art33")


@register_place
def places(user: User, asked: Mapping[str, set[UUID]]) -> Mapping[Key, Place]:
    """The pages of breaches, for officers."""
    if not (user.is_officer or user.is_administrator):
        return {}
    return {
        ("breach", pk): Place(reverse("privacy:breaches:breach", args=[pk]), str(_("A breach")))
        for pk in asked.get("breach", ())
    }
