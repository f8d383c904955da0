"""Legal holds: asked for by one, approved by another, over by themselves (GDPR art. 17(3)(b) and (e))."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy import ledger, ports, registry
from privacy.deadlines import TZ
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import HeldPerson, LegalHold, Subject
from privacy.models.retention import HOLD_APPROVER, HOLD_NOBODY, HoldGround
from privacy.models.subjects import UNAPPROVED_HOLDS
from privacy.ports import Key, Place, clock_rows, register_clock, register_place

HOLD_OVER = refuse("hold_over", _("This hold is over already."))
HOLD_STANDS = refuse("hold_stands", _("This hold was approved already."))


def of(subject: Subject) -> "QuerySet[LegalHold]":
    """The holds that keep this person today, under whatever id."""
    people = HeldPerson.objects.filter(subject__in=registry.closure(subject), released_at=None)
    return LegalHold.objects.in_force().filter(pk__in=people.values("hold"))


def ask(
    *, ground: str, reason: str, until: date, actor: User, subject: Subject | None = None, vacancy: UUID | None = None
) -> LegalHold:
    """Ask that a person, or everybody in a vacancy, be kept until and including a day. It holds at once, and for good
    once a second person has approved it. Raises Refused where nobody is left to keep."""
    wanted = [subject.pk] if subject is not None else list(ports.retention().people_of(vacancy)) if vacancy else []
    with lawful():
        # An erasure locks these rows too: who is being erased this moment is waited for, and then is nobody any more.
        locked = Subject.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
        people = [one for one in locked if one.erased_at is None]
        if not people:
            raise Refused(REFUSALS[HOLD_NOBODY], HOLD_NOBODY)
        hold = LegalHold.objects.create(
            ground=HoldGround(ground), reason=reason, until=until, vacancy_ref=vacancy, asked_by=actor
        )
        HeldPerson.objects.bulk_create(HeldPerson(hold=hold, subject=one) for one in people)
        codes = {"hold": hold.pk, "ground": hold.ground, "until": until, "vacancy": vacancy}
        ledger.append_all("hold.asked", ((one.pk, codes) for one in people), actor=actor)
    hold.refresh_from_db()
    return hold


def approve(hold: LegalHold, *, actor: User) -> LegalHold:
    """A second person agrees. Raises Refused for whoever asked for it, and for one that is over."""
    with lawful():
        held = LegalHold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
        if held.state != "waiting":
            raise Refused(REFUSALS[HOLD_STANDS if held.state == "standing" else HOLD_OVER], "hold_state")
        if held.asked_by_id == actor.pk:
            raise Refused(REFUSALS[HOLD_APPROVER], HOLD_APPROVER)
        held.approved_at, held.approved_by = timezone.now(), actor
        held.save(update_fields=["approved_at", "approved_by"])
        ledger.append("hold.approved", actor=actor, hold=held.pk)
    return held


def end(hold: LegalHold, *, actor: User) -> LegalHold:
    """End a hold before its day, or turn down what was asked: from now on the clocks decide again. Doing it twice is
    once."""
    with lawful():
        held = LegalHold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
        if held.ended_at is None:
            held.ended_at, held.ended_by = timezone.now(), actor
            held.save(update_fields=["ended_at", "ended_by"])
            ledger.append("hold.ended", actor=actor, hold=held.pk)
    return held


def widen() -> int:
    """Who came into a vacancy after its people were put under a hold is kept too; how many."""
    added = 0
    for hold in LegalHold.objects.in_force().filter(vacancy_ref__isnull=False):
        there = set(hold.people.values_list("subject", flat=True))
        new = [pk for pk in ports.retention().people_of(hold.vacancy_ref) if pk not in there]  # type: ignore[arg-type]
        with lawful():
            kept = Subject.objects.select_for_update(no_key=True).filter(pk__in=new, erased_at=None).order_by("pk")
            rows = [HeldPerson(hold=hold, subject=one) for one in kept]
            HeldPerson.objects.bulk_create(rows, ignore_conflicts=True)
            ledger.append_all("hold.widened", ((row.subject_id, {"hold": hold.pk}) for row in rows))
            added += len(rows)
    return added


@register_clock
def ending() -> "QuerySet[Any, Any]":
    """Approved holds, and their last day."""
    rows = LegalHold.objects.in_force().filter(approved_at__isnull=False)
    return clock_rows(rows, kind="hold", due_on="until", since="approved_at", reason="hold")


@register_clock
def unapproved() -> "QuerySet[Any, Any]":
    """Holds nobody approved yet, and the day on which they stop holding without that."""
    rows = LegalHold.objects.in_force().filter(approved_at=None)
    lapses = ExpressionWrapper(F("asked_at") + UNAPPROVED_HOLDS, output_field=DateTimeField())
    return clock_rows(
        rows, kind="hold_approval", due_on=TruncDate(lapses, tzinfo=TZ), since="asked_at", reason="hold_approval"
    )


@register_place
def places(user: User, asked: Mapping[str, set[UUID]]) -> Mapping[Key, Place]:
    """The pages of holds, for officers."""
    if not (user.is_officer or user.is_administrator):
        return {}
    ids = {kind: asked[kind] for kind in ("hold", "hold_approval") if kind in asked}
    return {
        (kind, pk): Place(reverse("privacy:retention:hold", args=[pk]), str(_("Legal hold")))
        for kind, pks in ids.items()
        for pk in pks
    }


def people_in(holds: Collection[LegalHold]) -> dict[UUID, list[UUID]]:
    """Whom each of these holds keeps, in one query."""
    found: dict[UUID, list[UUID]] = {hold.pk: [] for hold in holds}
    rows = HeldPerson.objects.filter(hold__in=holds, released_at=None).order_by("pk")
    for hold, subject in rows.values_list("hold", "subject"):
        found[hold].append(subject)
    return found
