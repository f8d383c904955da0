"""Keeping somebody to be asked for other vacancies: asked, answered and ended as any consent, but about no vacancy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from consent import services, wording
from consent.models import Basis, ConsentEvent, ConsentRequest, ConsentText, EventKind, LegalBasis, Purpose
from consent.services import NO_TEXT, Trace
from privacy import ledger, links, suppression
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import Link, Subject
from privacy.models.subjects import LinkPurpose

ASKED = refuse("pool_asked", _("This person has been asked already whether we may keep their data."))
KEPT = refuse("pool_kept", _("This person has agreed already to be kept."))
SAID_NO = refuse("pool_said_no", _("This person said no to being kept and is not asked again."))
NOT_KEPT = refuse("pool_not_kept", _("This consent to be kept has ended."))
NOBODY_TO_ANSWER = refuse("pool_nobody", _("Nobody here has been in touch with this person."))


@dataclass(frozen=True)
class Offer:
    """What somebody may be offered on a page of their own: the words as published, or the day their yes ends."""

    question: str = ""
    yes: str = ""
    notice: str = ""
    until: date | None = None


def until_of(subjects: Iterable[UUID]) -> dict[UUID, date]:
    """The last day on which each of these people may be kept by their own consent, in one query; others lack."""
    kept = ConsentRequest.objects.keeping().filter(subject__in=list(subjects)).values_list("subject", "until")
    found: dict[UUID, date] = {}
    for subject, until in kept:
        found[subject] = max(until, found.get(subject, until))
    return found


def text() -> ConsentText:
    """The newest published words of the question. Raises Refused when there are none."""
    found = ConsentText.objects.filter(purpose=Purpose.POOL, published_at__isnull=False).order_by("-version").first()
    if found is None:
        raise Refused(REFUSALS[NO_TEXT], NO_TEXT)
    return found


def ask(
    *,
    subject: Subject,
    actor: User,
    language: str,
    renews: ConsentRequest | None = None,
    by_own_act: bool = False,
) -> ConsentRequest:
    """Write down the question whether this person may be kept. `renews`: the consent whose end is near.

    Raises Refused for who was asked and may still answer, who agreed already, and who said no, unless they came back by
    their own act.
    """
    with lawful():
        theirs = list(_locked(subject))
        kept = {asked.pk for asked in ConsentRequest.objects.keeping().filter(subject=subject)}
        if renews is None and kept:
            raise Refused(REFUSALS[KEPT], KEPT)
        if renews is not None and (renews.pk not in kept or any(one.renews_id == renews.pk for one in theirs)):
            raise Refused(REFUSALS[NOT_KEPT], NOT_KEPT)
        said_no = ConsentEvent.objects.filter(
            request__in=theirs, kind__in=(EventKind.REFUSED, EventKind.WITHDRAWN)
        ).exists()
        if said_no and not by_own_act and renews is None:
            raise Refused(REFUSALS[SAID_NO], SAID_NO)
        unanswered = [one for one in theirs if one.closed_at is None and one.pk not in kept]
        if any(one.is_open and not by_own_act for one in unanswered):
            raise Refused(REFUSALS[ASKED], ASKED)
        now = timezone.now()
        ConsentRequest.objects.filter(pk__in=[one.pk for one in unanswered]).update(closed_at=now)
        asked = ConsentRequest.objects.create(
            subject=subject,
            purpose=Purpose.POOL,
            renews=renews,
            text=text(),
            language=language,
            asked_by=actor,
            expires_at=now + timedelta(days=Organisation.current().link_days),
            handed_over_at=now if by_own_act else None,
        )
        ledger.append(
            "consent.requested",
            subject=subject,
            actor=None if by_own_act else actor,
            request=str(asked.pk),
            purpose=asked.purpose,
            text=str(asked.text_id),
        )
    return asked


def keep_by_own_act(*, link: Link, language: str, trace: Trace | None = None) -> ConsentEvent:
    """The person themselves asks to be kept, on a page with the published words before them.

    Doing it twice changes nothing. Raises Refused for whom it was not offered to.
    """
    with lawful():
        standing = ConsentRequest.objects.keeping().filter(subject=link.subject_id).order_by("until").last()
        if standing is not None:
            latest = standing.events.order_by("-id").first()
            assert latest is not None  # noqa: S101  (it is what makes it standing)
            return latest
        if not may_offer(link.subject):
            raise Refused(REFUSALS[NOT_KEPT], NOT_KEPT)
        asked = ask(subject=link.subject, actor=_who_asked(link.subject), language=language, by_own_act=True)
        # A yes is tied to a link to the very question; theirs opens another page.
        own = links.issue(LinkPurpose.CONSENT, subject=link.subject, about_kind="consent_request", about_id=asked.pk)
        return services.give(asked, link=own, language=language, trace=trace)


def withdraw(*, link: Link, language: str, trace: Trace | None = None) -> ConsentEvent | None:
    """The person takes back their yes to be kept, through whatever link of theirs; None when there is none."""
    with lawful():
        suppression.lock()
        standing = ConsentRequest.objects.pool().given().filter(subject=link.subject_id).order_by("pk").first()
        return None if standing is None else services.withdraw(standing, link=link, language=language, trace=trace)


def offer(subject: Subject, language: str) -> Offer | None:
    """What to show on a page of this person's own: until when they are kept, or the question; None for neither."""
    if until := until_of([subject.pk]).get(subject.pk):
        return Offer(until=until)
    if not may_offer(subject):
        return None
    try:
        words = wording.sentences(ConsentRequest(text=text()), language)
    except Refused:
        return None
    return Offer(question=words["question"], yes=words["yes"], notice=words["notice"])


def may_offer(subject: Subject) -> bool:
    """Whether 'ask me again' may be offered: a procedure of this person has ended, or they wrote of their own accord;
    not to who stopped everything."""
    if subject.erased_at is not None or services.has_stopped(subject):
        return False
    newest = LegalBasis.objects.filter(subject=subject, vacancy__isnull=False).order_by("vacancy_id", "-id")
    over = newest.distinct("vacancy_id").values_list("basis", flat=True)
    by_themselves = LegalBasis.objects.personal_of(subject.pk) is not None
    return (by_themselves or Basis.LEGAL_OBLIGATION in over) and _asker(subject) is not None


def near_end(today: date) -> "list[ConsentRequest]":
    """Consents to be kept that end within the organisation's days and were not asked again yet; the soonest first."""
    limit = today + timedelta(days=Organisation.current().pool_again_days)
    rows = ConsentRequest.objects.keeping().filter(until__lte=limit, renewal__isnull=True, closed_at=None)
    reachable = rows.filter(subject__erased_at=None, subject__restricted_at=None)
    return list(reachable.select_related("subject", "asked_by").order_by("until", "pk"))


def _locked(subject: Subject) -> Iterable[ConsentRequest]:
    # The row of the person first: for who was never asked there is no other row to wait at.
    Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    return ConsentRequest.objects.pool().filter(subject=subject).order_by("pk").select_for_update(of=("self",))


def _asker(subject: Subject) -> User | None:
    last = ConsentRequest.objects.filter(subject=subject).select_related("asked_by").order_by("-created_at").first()
    return last.asked_by if last else None


def _who_asked(subject: Subject) -> User:
    asker = _asker(subject)
    if asker is None:
        raise Refused(REFUSALS[NOBODY_TO_ANSWER], NOBODY_TO_ANSWER)
    return asker
