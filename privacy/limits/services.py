"""Restricting the use of somebody's data, and lifting that with notice (GDPR art. 18).

While it stands the data are only kept: lists, search, mail, introductions, the portal and exports of lists leave the
person out (`Subject.restricted_at`, which guards I4 and I8 read too); the officer alone sees them.
"""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy import ledger, ports, registry, suppression
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import DataRequest, Restriction, Subject
from privacy.models.restrictions import RESTRICTION_TOLD, LiftReason, RestrictionGround, ToldHow

OTHER_PERSON = refuse("restriction_other_person", _("This request is about another person."))
NONE_STANDS = refuse("restriction_none", _("The use of this person's data is not limited."))
NO_REQUEST = refuse(
    "restriction_no_request", _("Note the request first: the message to the person answers a request that is on file.")
)
NO_ADDRESS = refuse(
    "restriction_no_address", _("There is no e-mail address to tell it to. Tell the person another way and note that.")
)
NOT_LEFT = refuse("restriction_not_left", _("The message to the person has not left yet. Try again in a minute."))
TOLD_LATER = refuse("restriction_told_later", _("The person cannot have been told in the future, or before it began."))


def standing(subject: Subject) -> Restriction | None:
    """The restriction in force for this person, under whatever id; None when their data may be used."""
    rows = Restriction.objects.standing().filter(subject__in=registry.closure(subject))
    return rows.select_related("subject", "request", "by").order_by("since").first()


def restrict(subject: Subject, *, ground: str, request: DataRequest | None = None, actor: User | None) -> Restriction:
    """Limit the use of a person's data from now on; `actor` None: by their own request. Doing it twice is once."""
    if request is not None and request.subject_id not in registry.closure(subject):
        raise Refused(REFUSALS[OTHER_PERSON], OTHER_PERSON)
    with lawful():
        suppression.lock()  # as a claim does: what is being handed over now leaves before this, nothing after it
        people = list(Subject.objects.select_for_update().filter(pk__in=registry.closure(subject)).order_by("pk"))
        if there := standing(subject):
            return there
        made = Restriction.objects.create(subject=subject, request=request, ground=RestrictionGround(ground), by=actor)
        Subject.objects.filter(pk__in=[one.pk for one in people], erased_at=None).update(restricted_at=made.since)
        ledger.append(
            "subject.restricted",
            subject=subject,
            actor=actor,
            restriction=made.pk,
            ground=made.ground,
            request=request.pk if request else None,
        )
    return made


def announce(restriction: Restriction, *, reason: str, language: str, actor: User) -> Restriction:
    """Mail the person that and why their data will be used again. Raises Refused without a request or an address."""
    with lawful():
        held = _locked(restriction)
        if held.request is None:
            raise Refused(REFUSALS[NO_REQUEST], NO_REQUEST)
        held.lift_reason, held.told_how, held.told_at = LiftReason(reason), ToldHow.MAIL, None
        message = ports.mail(
            "restriction_lift",
            subject=held.subject_id,
            codes={
                "request": str(held.request_id),
                "restriction": str(held.pk),
                "reason": held.lift_reason,
                "language": language,
            },
        )
        if message is None:
            raise Refused(REFUSALS[NO_ADDRESS], NO_ADDRESS)
        held.notice_ref = message.pk
        held.save(update_fields=["lift_reason", "told_how", "told_at", "notice_ref"])
        ledger.append(
            "restriction.announced", subject=held.subject_id, actor=actor, restriction=held.pk, message=message.pk
        )
    return held


def note_told(restriction: Restriction, *, reason: str, how: str, told_at: datetime, actor: User) -> Restriction:
    """Note that a colleague told the person, by phone or letter, that and why their data will be used again."""
    with lawful():
        held = _locked(restriction)
        # People note it to the minute.
        if not held.since.replace(second=0, microsecond=0) <= told_at <= timezone.now():
            raise Refused(REFUSALS[TOLD_LATER], TOLD_LATER)
        held.lift_reason, held.told_how, held.told_at = LiftReason(reason), ToldHow(how), told_at
        held.notice_ref = None
        held.save(update_fields=["lift_reason", "told_how", "told_at", "notice_ref"])
        ledger.append("restriction.told", subject=held.subject_id, actor=actor, restriction=held.pk, how=held.told_how)
    return held


def lift(restriction: Restriction, *, actor: User) -> Restriction:
    """End a restriction whose end the person was told of (GDPR art. 18(3)). Raises Refused before that."""
    with lawful():
        suppression.lock()
        held = _locked(restriction)
        if held.told_at is None and held.notice_ref is not None:
            held.told_at = ports.handed_over([held.notice_ref]).get(held.notice_ref)
            if held.told_at is None:
                raise Refused(REFUSALS[NOT_LEFT], NOT_LEFT)
        if held.told_at is None:
            raise Refused(REFUSALS[RESTRICTION_TOLD], RESTRICTION_TOLD)
        held.lifted_at, held.lifted_by = timezone.now(), actor
        held.save(update_fields=["told_at", "lifted_at", "lifted_by"])
        Subject.objects.filter(pk__in=registry.closure(held.subject)).update(restricted_at=None)
        ledger.append(
            "subject.restriction_lifted",
            subject=held.subject_id,
            actor=actor,
            restriction=held.pk,
            reason=held.lift_reason,
            how=held.told_how,
        )
    return held


def _locked(restriction: Restriction) -> Restriction:
    rows = Restriction.objects.select_for_update(of=("self",)).select_related("subject", "request")
    held = rows.get(pk=restriction.pk)
    if held.lifted_at is not None:
        raise Refused(REFUSALS[NONE_STANDS], NONE_STANDS)
    return held
