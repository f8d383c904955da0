"""What an erasure leaves of an introduction on purpose: a sealed proof, until the contract's term ends.

Contracts with clients name a term after an introduction in which the agency's claim stands; without any proof of whom
it introduced it could never show that (GDPR art. 17(3)(e)). Only where a rule on a standing assessment says so, and
only for introductions whose person was told (docs/adr/0019).
"""

from collections.abc import Iterable, Iterator
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from candidates.models import Candidate, ContactKind, ContactPoint
from introductions.models import Introduction
from privacy import ports
from privacy.deadlines import add_months
from privacy.erasure.holders import Holder, Line, Person, Run, register
from privacy.models import ProofRule
from privacy.models.erasure import ErasureReason, PlanAction
from privacy.proofs import services, wording
from privacy.proofs.services import Proof


@register
class Proofs(Holder):
    """Seals the proof before the tables are emptied: afterwards nobody knows the name."""

    code = "proofs"
    label = _("Sealed proof of introductions, outside the database")
    position = 35
    is_remote = True  # the vault
    holds_up = True

    def plan(self, run: Run) -> Iterable[Line]:
        ends = [until for _one, until in _due(run.people)]
        if ends:
            yield Line("minimal_proof", PlanAction.KEEP, len(ends), "claim", max(ends))

    def erase(self, run: Run) -> int:
        people = list(run.people)
        if run.erasure.reason == ErasureReason.RETENTION:
            people = _over(people)
        return services.keep(_proofs(people), erasure=run.erasure.pk)


def _over(people: list[Person]) -> list[Person]:
    """Those whose time is over still: whoever came back is spared, and their proof is not needed yet."""
    with transaction.atomic():  # it locks what decides
        due = ports.due_among(person.subject.pk for person in people)
    return [person for person in people if person.subject.pk in due]


def _due(people: Iterable[Person]) -> list[tuple[Introduction, date]]:
    """The introductions of these people of which proof is kept, each with its last day; those that are over are not."""
    rule = ProofRule.standing()
    if rule is None:
        return []
    told = Introduction.objects.filter(
        subject__in=[pk for person in people for pk in person.ids],
        at__gte=rule.since,
        request__text__notice_nl__contains=wording.PLACE,
        request__text__notice_en__contains=wording.PLACE,
    )
    today = timezone.localdate()
    rows = [
        (one, _last_day(one, rule.months))
        for one in told.select_related("client", "vacancy", "vacancy__agreement").order_by("at", "pk")
    ]
    return [(one, until) for one, until in rows if until >= today]


def _last_day(one: Introduction, months: int) -> date:
    """The last day of the term: the vacancy's agreement may name a shorter one than the rule, never a longer."""
    agreed = one.vacancy.agreement.introduction_months if one.vacancy.agreement else None
    return add_months(timezone.localdate(one.at), min(months, agreed) if agreed is not None else months)


def _proofs(people: list[Person]) -> Iterator[Proof]:
    due = _due(people)
    subjects = {one.subject_id for one, _until in due}
    names = {row.subject_id: row for row in Candidate.objects.filter(subject__in=subjects)}
    emails: dict[object, str] = {}
    points = ContactPoint.objects.filter(candidate__subject__in=subjects, kind=ContactKind.EMAIL, removed_at=None)
    for subject, address in points.order_by("created_at").values_list("candidate__subject", "normalised"):
        emails.setdefault(subject, address)
    for one, until in due:
        who = names.get(one.subject_id)
        if who is None or not who.name:
            continue  # emptied already: a second run keeps what the first one sealed
        yield Proof(
            introduction=one.pk,
            subject=one.subject_id,
            name=who.name,
            email=emails.get(one.subject_id, ""),
            client=one.client.legal_name,
            vacancy=one.vacancy.title,
            introduced_on=timezone.localdate(one.at),
            until=until,
        )
