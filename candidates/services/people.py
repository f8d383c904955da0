"""A person's own facts and the ways to reach them."""

from typing import Any

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Candidacy, Candidate, ContactKind, ContactPoint
from candidates.services.sourcing import Contact, addresses_of, check_stops
from mailing import services as mail
from privacy import ledger
from privacy.guards import REFUSALS, Refused, lawful, refuse, rule_of

TAKEN = refuse("contact_taken", _("Somebody with this contact point is here already."))


def correct(candidate: Candidate, *, actor: User, **facts: Any) -> Candidate:
    """Change a person's own facts (GDPR art. 16); the ledger notes which, never what."""
    with lawful():
        candidate = Candidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
        changed = sorted(name for name, value in facts.items() if getattr(candidate, name) != value)
        if changed:
            for name in changed:
                setattr(candidate, name, facts[name])
            candidate.save(update_fields=changed)
            _touch(candidate)
            ledger.append("candidate.corrected", subject=candidate.subject_id, actor=actor, fields=changed)
    return candidate


def add_contact(candidate: Candidate, *, contact: Contact, actor: User) -> ContactPoint:
    """Add a way to reach a person, suppression first. Adding it twice changes nothing. Raises Refused, BadContact."""
    normalised = contact.normalised
    try:
        with lawful():
            for candidacy in candidate.candidacies.running().select_related("vacancy"):
                check_stops(addresses_of([(contact.kind, normalised)]), candidacy.vacancy)
            point, is_new = ContactPoint.objects.standing().get_or_create(
                candidate=candidate,
                kind=contact.kind,
                normalised=normalised,
                defaults={
                    "value": contact.value,
                    "ground": contact.ground,
                    "evidence": contact.evidence,
                    "evidence_on": contact.evidence_on or timezone.localdate(),
                    "added_by": actor,
                },
            )
            if is_new:
                _touch(candidate)
                ledger.append(
                    "contact_point.added",
                    subject=candidate.subject_id,
                    actor=actor,
                    point=point.pk,
                    ground=point.ground,
                )
    except IntegrityError as error:
        if rule_of(error) != "contact_point_once":
            raise
        raise Refused(REFUSALS[TAKEN], TAKEN) from error
    return point


def mark_wrong(point: ContactPoint, *, actor: User) -> ContactPoint:
    """A contact point is not this person's, or works no more: it is not used again, and what waits for it stops."""
    with lawful():
        if ContactPoint.objects.standing().filter(pk=point.pk).update(removed_at=timezone.now()):
            if point.kind == ContactKind.EMAIL:
                mail.abort_to([point.normalised], subjects=[point.candidate.subject_id], reason="address_wrong")
            _touch(point.candidate)
            ledger.append("contact_point.removed", subject=point.candidate.subject_id, actor=actor, point=point.pk)
    point.refresh_from_db()
    return point


def _touch(candidate: Candidate) -> None:
    """Let the boards on which this person stands see the change."""
    Candidacy.objects.running().filter(candidate=candidate).update(changed_at=timezone.now())
