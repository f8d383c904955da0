"""Correcting a person's facts on request: proposed, decided, made (GDPR art. 16)."""

from collections.abc import Mapping
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Candidate, ContactGround, ContactKind, ContactPoint, Correction, CorrectionValues
from candidates.models.corrections import WAYS, CorrectionState, Fact
from candidates.services.people import add_contact, correct, mark_wrong
from candidates.services.sourcing import Contact
from privacy import ledger, ports, registry
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.identifiers import BadContact, normalise_email, normalise_phone
from privacy.models import DataRequest, Subject

NO_CANDIDATE = refuse("correction_no_candidate", _("Nobody here has facts of their own that belong to this request."))
SAME = refuse("correction_same", _("That is what we have already."))
DECIDED = refuse("correction_decided", _("This was decided already."))
BAD_WAY = refuse("correction_bad_way", _("This is no address or number we can use."))
NOT_ALLOWED = refuse(
    "correction_not_allowed", _("This holds something that may not be stored, such as a citizen service number.")
)
SURNAME_NEEDED = refuse("correction_surname", _("A surname is needed."))

_NORMALISE = {Fact.EMAIL: normalise_email, Fact.PHONE: normalise_phone}


def held(subject: Subject) -> dict[str, str]:
    """What we have of each fact now, by its code; nothing for who is no candidate. Two queries."""
    candidate = _candidate(subject)
    if candidate is None:
        return {}
    facts = {fact.value: str(getattr(candidate, fact.value)) for fact in Fact if fact not in WAYS}
    points = candidate.contact_points.usable().order_by("-created_at").values_list("kind", "normalised")
    return {**facts, **{kind: value for kind, value in points if kind in WAYS}}


def propose(request: DataRequest, changes: Mapping[str, str], *, actor: User | None) -> list[Correction]:
    """Write down what should be otherwise; `actor` None: the person says so. What is so already is left out.

    Raises Refused for an address that is none, and for words that may not be kept.
    """
    subject = request.subject
    now = held(subject) if subject else {}
    if subject is None or not now:
        raise Refused(REFUSALS[NO_CANDIDATE], NO_CANDIDATE)
    wanted = {Fact(fact): _clean(Fact(fact), value) for fact, value in changes.items()}
    wanted = {fact: value for fact, value in wanted.items() if value != now.get(fact, "")}
    made = []
    with lawful():
        for fact, value in wanted.items():
            correction, is_new = Correction.objects.waiting().get_or_create(
                request=request, fact=fact, defaults={"subject": subject, "proposed_by": actor}
            )
            CorrectionValues.objects.update_or_create(
                correction=correction, defaults={"before": now.get(fact, ""), "after": value}
            )
            made.append(correction)
            if is_new:
                ledger.append(
                    "correction.proposed",
                    subject=subject,
                    actor=actor,
                    correction=correction.pk,
                    request=request.pk,
                    fact=fact.value,
                )
    return made


def make(correction: Correction, *, actor: User) -> Correction:
    """Correct it; whoever got the data is told with the request (GDPR art. 19). Raises Refused when decided before."""
    with lawful():
        locked = _decide(correction, CorrectionState.MADE, actor)
        candidate = _candidate(locked.subject)
        if candidate is None:
            raise Refused(REFUSALS[NO_CANDIDATE], NO_CANDIDATE)
        if locked.fact in WAYS:
            _replace_way(candidate, locked, actor)
        else:
            correct(candidate, actor=actor, **{locked.fact: locked.values.after})
    return locked


def decline(correction: Correction, *, actor: User) -> Correction:
    """Leave it as it is: the reasons go to the person with the answer to the request (GDPR art. 12(4))."""
    with lawful():
        return _decide(correction, CorrectionState.DECLINED, actor)


def make_now(request: DataRequest, changes: Mapping[str, str], *, actor: User) -> list[Correction]:
    """The officer knows what is right: propose and correct in one go."""
    with lawful():
        made = propose(request, changes, actor=actor)
        if not made:
            raise Refused(REFUSALS[SAME], SAME)
        return [make(one, actor=actor) for one in made]


def made_for(request_id: UUID) -> list[Correction]:
    """What was corrected for one request, in the order in which it was said."""
    rows = Correction.objects.filter(request=request_id, state=CorrectionState.MADE)
    return list(rows.select_related("values"))


def _decide(correction: Correction, state: str, actor: User) -> Correction:
    rows = Correction.objects.select_for_update(of=("self",)).select_related("subject", "request", "values")
    locked = rows.get(pk=correction.pk)
    if locked.state != CorrectionState.PROPOSED:
        raise Refused(REFUSALS[DECIDED], DECIDED)
    locked.state, locked.decided_by, locked.decided_at = state, actor, timezone.now()
    locked.save(update_fields=["state", "decided_by", "decided_at"])
    ledger.append(
        f"correction.{state}",
        subject=locked.subject_id,
        actor=actor,
        correction=locked.pk,
        request=locked.request_id,
        fact=locked.fact,
    )
    return locked


def _replace_way(candidate: Candidate, correction: Correction, actor: User) -> None:
    values = correction.values
    contact = Contact(kind=ContactKind(correction.fact), value=values.after, ground=ContactGround.APPLICATION)
    add_contact(candidate, contact=contact, actor=actor)
    old = ContactPoint.objects.standing().filter(candidate=candidate, kind=correction.fact, normalised=values.before)
    for point in old if values.before else ():
        mark_wrong(point, actor=actor)


def _clean(fact: Fact, value: str) -> str:
    value = " ".join(value.split())
    if ports.gate_text(value):
        raise Refused(REFUSALS[NOT_ALLOWED], NOT_ALLOWED)
    if fact == Fact.SURNAME and not value:
        raise Refused(REFUSALS[SURNAME_NEEDED], SURNAME_NEEDED)
    if fact not in WAYS:
        return value
    try:
        return _NORMALISE[fact](value)
    except BadContact as error:
        raise Refused(REFUSALS[BAD_WAY], BAD_WAY) from error


def _candidate(subject: Subject) -> Candidate | None:
    rows = Candidate.objects.filter(subject__in=registry.closure(subject), subject__erased_at=None)
    return rows.order_by("-subject__created_at").first()
