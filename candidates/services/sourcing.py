"""Finding somebody for a vacancy: the person, the candidacy, the source and the legal basis in one step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.contact import email_variants_for_suppression, normalise_email, normalise_phone, normalise_profile
from candidates.models import Candidacy, Candidate, ContactKind, ContactPoint, EndReason, Source
from consent.models import Basis, BasisReason, LegalBasis
from consent.services import start_basis
from privacy import ledger, suppression
from privacy.guards import REFUSALS, Refused, Sentence, lawful, refuse, rule_of
from privacy.models import Subject
from vacancies.models import Vacancy

SUPPRESSED = refuse("source_suppressed", _("Somebody with this address asked not to be contacted about this."))
TWO_PEOPLE = refuse("source_two_people", _("These contact points belong to two different people who are here already."))
UNREACHABLE = refuse("source_unreachable", _("This person's data may not be used now."))
SAID_NO = refuse("source_said_no", _("This person said no to this vacancy or withdrew from it."))
OVER = refuse("source_over", _("This person was in this vacancy before, and that has ended. It does not begin again."))
OTHERS = refuse("source_others_address", _("We could not note this address here. Reply to our message, or call us."))
NO_NAME = refuse("source_no_name", _("Type a surname, or a first name."))

OWN_NO = (EndReason.REFUSED, EndReason.WITHDRAWN, EndReason.OBJECTED)

NORMALISE = {
    ContactKind.EMAIL: normalise_email,
    ContactKind.PHONE: normalise_phone,
    ContactKind.PROFILE: normalise_profile,
}


@dataclass(frozen=True, kw_only=True)
class Contact:
    """One way to reach somebody as typed, why it may be used (Tw 11.7), and the evidence."""

    kind: str
    value: str
    ground: str
    evidence: str = ""
    evidence_on: date | None = None

    @property
    def normalised(self) -> str:
        """The value under which twins meet. Raises BadContact."""
        return NORMALISE[ContactKind(self.kind)](self.value)


@dataclass(frozen=True, kw_only=True)
class Sourced:
    """What came of finding somebody."""

    candidacy: Candidacy
    person_is_new: bool
    candidacy_is_new: bool
    warnings: list[Sentence] = field(default_factory=list)


def addresses_of(contacts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Every spelling under which these (kind, normalised) addresses may have said stop."""
    spelled: list[tuple[str, str]] = []
    for kind, value in contacts:
        variants = email_variants_for_suppression(value) if kind == ContactKind.EMAIL else [value]
        spelled.extend((str(kind), variant) for variant in variants)
    return spelled


def addresses_of_candidate(candidate: Candidate) -> list[tuple[str, str]]:
    """The same for the contact points a person has now."""
    return addresses_of(candidate.contact_points.standing().values_list("kind", "normalised"))


def source(
    *,
    vacancy: Vacancy,
    actor: User | None,
    name: Mapping[str, str],
    contacts: Iterable[Contact],
    source_type: str,
    url: str = "",
    detail: str = "",
    obtained_at: datetime | None = None,
    job_title: str = "",
    employer: str = "",
    place: str = "",
    language: str = "nl",
    person: Candidate | None = None,
) -> Sourced:
    """Make or find the person, and put them in the vacancy on legitimate interest (I2, I3).

    Suppression is looked at first. An exact contact point that is here already means the same person; their own name
    and job are then left as they are. `actor` is None only when the person came by themselves; `person` is then who
    they proved to be by their own link.
    Raises Refused with a sentence, BadContact for a contact that cannot be used.
    """
    given = list(contacts)
    for attempt in (1, 2):
        try:
            return _source(
                vacancy=vacancy,
                actor=actor,
                name=name,
                contacts=given,
                source_type=source_type,
                url=url,
                detail=detail,
                obtained_at=obtained_at or timezone.now(),
                profile={"job_title": job_title, "employer": employer, "place": place, "language": language},
                person=person,
            )
        except IntegrityError as error:
            # A colleague saved the same person between our look and our write: now they can be found.
            if rule_of(error) not in ("contact_point_once", "candidacy_once") or attempt == 2:
                raise
    raise AssertionError("unreachable")


def _source(
    *,
    vacancy: Vacancy,
    actor: User | None,
    name: Mapping[str, str],
    contacts: list[Contact],
    source_type: str,
    url: str,
    detail: str,
    obtained_at: datetime,
    profile: Mapping[str, str],
    person: Candidate | None,
) -> Sourced:
    from candidates.services.approaching import approached_elsewhere

    if not (name.get("surname") or name.get("given_name")):
        raise Refused(_("Type a surname, or a first name."), NO_NAME)
    # Sorted, so that two who save the same addresses at once wait for each other in one order.
    keyed = dict(sorted(((str(contact.kind), contact.normalised), contact) for contact in contacts))
    with lawful():
        check_stops(addresses_of(keyed), vacancy)
        candidate = person or _find(keyed)
        is_new = candidate is None
        if candidate is None:
            candidate = Candidate.objects.create(subject=Subject.objects.create(), **dict(name), **profile)
        else:
            _check_reachable(candidate)
            # They may have said stop under an address that was not typed now.
            check_stops(addresses_of_candidate(candidate), vacancy)
        _add_contacts(candidate, keyed, actor)
        candidacy, fresh = Candidacy.objects.get_or_create(
            candidate=candidate,
            vacancy=vacancy,
            defaults={"subject": candidate.subject, "owner": actor or vacancy.owner},
        )
        if not fresh and candidacy.ended_at is not None:
            raise _ended(candidacy)
        Source.objects.create(
            candidacy=candidacy, type=source_type, url=url, detail=detail, obtained_at=obtained_at, found_by=actor
        )
        current = LegalBasis.objects.current_of(candidate.subject_id, vacancy.pk)
        if current is None or (actor is None and current.basis == Basis.LEGAL_OBLIGATION):
            start_basis(
                subject=candidate.subject,
                vacancy=vacancy,
                basis=Basis.LEGITIMATE_INTEREST,
                reason=BasisReason.FOUND if actor else BasisReason.OWN_INTEREST,
                actor=actor,
                assessment=vacancy.assessment_link.assessment if hasattr(vacancy, "assessment_link") else None,
            )
        if candidate.erase_on is not None:
            candidate.erase_on = None
            candidate.save(update_fields=["erase_on"])
        ledger.append(
            "candidacy.sourced" if fresh else "candidacy.source_added",
            subject=candidate.subject,
            actor=actor,
            vacancy=str(vacancy.pk),
            candidacy=str(candidacy.pk),
            source=source_type,
        )
        warnings = approached_elsewhere(candidate, vacancy, actor=actor)
    return Sourced(candidacy=candidacy, person_is_new=is_new, candidacy_is_new=fresh, warnings=warnings)


def _find(keyed: Mapping[tuple[str, str], Contact]) -> Candidate | None:
    known = ContactPoint.objects.standing().filter(normalised__in=[value for _kind, value in keyed])
    found = {
        point.candidate
        for point in known.select_related("candidate__subject")
        if (point.kind, point.normalised) in keyed
    }
    if len(found) > 1:
        raise Refused(_("These contact points belong to two different people who are here already."), TWO_PEOPLE)
    return found.pop() if found else None


def check_stops(addresses: list[tuple[str, str]], vacancy: Vacancy) -> None:
    """Raise Refused when one of these addresses said stop to this vacancy, its client or everything."""
    if suppression.standing_for(addresses, vacancy=vacancy.pk, client=vacancy.client_id).exists():
        raise Refused(_("Somebody with this address asked not to be contacted about this."), SUPPRESSED)


def _ended(candidacy: Candidacy) -> Refused:
    rule = SAID_NO if candidacy.ended_reason in OWN_NO else OVER
    return Refused(REFUSALS[rule], rule)


def _check_reachable(candidate: Candidate) -> None:
    if candidate.subject.erased_at or candidate.subject.restricted_at:
        raise Refused(_("This person's data may not be used now."), UNREACHABLE)


def _add_contacts(candidate: Candidate, keyed: Mapping[tuple[str, str], Contact], actor: User | None) -> None:
    have = set(candidate.contact_points.standing().values_list("kind", "normalised"))
    for (kind, normalised), contact in keyed.items():
        if (kind, normalised) in have:
            continue
        ContactPoint.objects.create(
            candidate=candidate,
            kind=kind,
            value=contact.value,
            normalised=normalised,
            ground=contact.ground,
            evidence=contact.evidence,
            evidence_on=contact.evidence_on or timezone.localdate(),
            added_by=actor,
        )
