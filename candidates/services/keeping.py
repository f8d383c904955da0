"""Keeping people by their own consent: who is asked, what a yes or a no does to the date of erasure (I1), and how
somebody kept comes into a vacancy."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, Role, User
from candidates import retention
from candidates.models import (
    Candidacy,
    Candidate,
    ContactGround,
    ContactKind,
    ContactPoint,
    EndReason,
    SourceType,
    Task,
)
from candidates.names import greeting
from candidates.services import making
from candidates.services.sourcing import (
    Contact,
    Sourced,
    addresses_of,
    addresses_of_candidate,
    source,
)
from consent import pool, runner_up
from consent import services as consent
from consent.models import Basis, BasisReason, ConsentEvent, ConsentRequest, EventKind, LegalBasis, Purpose
from mailing import services as mail
from mailing.kinds import APPLICATION, APPLIED, POOL_AGAIN, POOL_ASK
from mailing.models import I8_SUPPRESSED, InboundMail, Message
from mailing.replies import services as replies
from privacy import ledger, suppression
from privacy.deadlines import purge_after_days
from privacy.guards import REFUSALS, Refused, Sentence, lawful, refuse
from privacy.models import Link, Subject, SuppressionEntry
from vacancies.models import Vacancy

NOT_IN_TOUCH = refuse("pool_not_in_touch", _("This person never answered us, so they are not asked for more."))
RUNNING = refuse("pool_running", _("This person is still in a procedure. Ask when that has ended."))
NOT_KEPT = refuse("pool_nobody_kept", _("This person did not agree to be kept for other vacancies."))
NOBODY_ASKS = refuse("pool_nobody_asks", _("Nobody who works here can ask this person once more."))
HERE = refuse("pool_here", _("Somebody with this address is here already. Look the person up instead."))

RECEIPTS = {
    (Purpose.POOL, EventKind.GIVEN): "receipt_pool_yes",
    (Purpose.POOL, EventKind.REFUSED): "receipt_pool_no",
    (Purpose.POOL, EventKind.WITHDRAWN): "receipt_pool_no",
    (Purpose.RUNNER_UP, EventKind.GIVEN): "receipt_runner_up_yes",
    (Purpose.RUNNER_UP, EventKind.REFUSED): "receipt_runner_up_no",
    (Purpose.RUNNER_UP, EventKind.WITHDRAWN): "receipt_runner_up_no",
}


def take_application(mail_in: InboundMail, *, name: Mapping[str, str], language: str, actor: User) -> Candidate:
    """Somebody wrote of their own accord about no vacancy: they are told at once what we do with it (GDPR art. 13) and
    choose themselves: an open vacancy, to be kept, or to be erased. Without an answer they are erased.

    Nobody at a client sees them. Raises Refused, and BadContact for an address that can't be used.
    """
    contact = Contact(kind=ContactKind.EMAIL, value=mail_in.from_email, ground=ContactGround.APPLICATION)
    last_day = purge_after_days(timezone.localdate(), Organisation.current().no_answer_days)
    with lawful():
        stops = suppression.standing_for(addresses_of([(contact.kind, contact.normalised)]))
        if stops.exists():
            raise Refused(REFUSALS[I8_SUPPRESSED], I8_SUPPRESSED)
        if Candidate.objects.of_address(contact.kind, contact.normalised).exists():
            raise Refused(REFUSALS[HERE], HERE)
        candidate = Candidate.objects.create(
            subject=Subject.objects.create(), **dict(name), language=language, erase_on=last_day
        )
        ContactPoint.objects.create(
            candidate=candidate,
            kind=contact.kind,
            value=contact.value,
            normalised=contact.normalised,
            ground=contact.ground,
            evidence_on=timezone.localdate(mail_in.sent_at),
        )
        consent.start_basis(
            subject=candidate.subject,
            vacancy=None,
            basis=Basis.OWN_REQUEST,
            reason=BasisReason.APPLIED,
            actor=None,
            until=last_day,
        )
        ledger.append("candidate.applied", subject=candidate.subject, actor=actor, mail=str(mail_in.pk))
        replies.give(mail_in, subject=candidate.subject, vacancy=None, actor=actor)
        asked = pool.ask(subject=candidate.subject, actor=actor, language=language)
        _send(
            APPLICATION,
            asked,
            candidate,
            sender=actor,
            applied_on=_day(timezone.localdate(mail_in.sent_at), language),
            erase_on=_day(last_day, language),
        )
    return candidate


def hindrances(candidates: Collection[Candidate], *, ending: UUID | None = None) -> dict[UUID, Sentence]:
    """Why these people cannot be asked whether they may be kept, by candidate; who is not in it can. A few queries.

    `ending`: a vacancy whose procedure is about to end, which does not count as one they are still in.
    """
    of = {candidate.pk: candidate.subject_id for candidate in candidates}
    subjects = list(of.values())
    running = Candidacy.objects.running().filter(candidate__in=of).exclude(vacancy=ending)
    busy = set(running.values_list("candidate", flat=True))
    kept = pool.until_of(subjects)
    if all(candidate in busy or subject in kept for candidate, subject in of.items()):
        return {candidate: REFUSALS[pool.KEPT if subject in kept else RUNNING] for candidate, subject in of.items()}
    questions = ConsentRequest.objects.filter(subject__in=subjects)
    spoke = set(questions.filter(events__link__isnull=False).values_list("subject", flat=True))
    spoke |= set(questions.filter(replied_at__isnull=False).values_list("subject", flat=True))
    said_no = ConsentEvent.objects.filter(request=OuterRef("pk"), kind__in=(EventKind.REFUSED, EventKind.WITHDRAWN))
    refused = set(questions.pool().filter(Exists(said_no)).values_list("subject", flat=True))
    open_ones = questions.pool().filter(closed_at=None, expires_at__gt=timezone.now())
    asked = set(open_ones.values_list("subject", flat=True))
    mails, addresses = reach(list(of))
    halted = stopped(addresses)
    found: dict[UUID, Sentence] = {}
    for candidate, subject in of.items():
        rules = (
            (subject in kept, pool.KEPT),
            (candidate in busy, RUNNING),
            (subject in refused, pool.SAID_NO),
            (subject in asked, pool.ASKED),
            (candidate in halted, I8_SUPPRESSED),
            (subject not in spoke, NOT_IN_TOUCH),
            (candidate not in mails, making.NO_EMAIL),
        )
        if rule := next((rule for holds, rule in rules if holds), ""):
            found[candidate] = REFUSALS[rule]
    return found


def ask_to_keep(candidate: Candidate, *, actor: User, ending: UUID | None = None) -> Message:
    """Ask somebody whose procedure has ended whether we may keep them. Raises Refused with the reason why not.

    `ending`: a vacancy whose procedure is about to end (`hindrances`), to look at the question before it does.
    """
    with lawful():
        candidate = Candidate.objects.select_related("subject").get(pk=candidate.pk)
        if sentence := hindrances([candidate], ending=ending).get(candidate.pk):
            raise Refused(sentence, "pool_hindered")
        asked = pool.ask(subject=candidate.subject, actor=actor, language=candidate.language)
        return _send(POOL_ASK, asked, candidate, sender=actor)


def ask_again(ending: ConsentRequest) -> Message | None:
    """The clock asks once more before a consent to be kept ends. None for who can't be written to now.

    In the name of who asked, or of who took their place (`_asker_now`).
    """
    candidate = Candidate.objects.filter(subject=ending.subject_id, subject__restricted_at=None).first()
    until = pool.until_of([ending.subject_id]).get(ending.subject_id)
    if candidate is None or until is None:
        return None
    with lawful():
        making.address_of(candidate)
        if suppression.standing_for(addresses_of_candidate(candidate)).exists():
            raise Refused(REFUSALS[I8_SUPPRESSED], I8_SUPPRESSED)
        asker = _asker_now(ending, candidate)
        asked = pool.ask(subject=candidate.subject, actor=asker, language=ending.language, renews=ending)
        return _send(POOL_AGAIN, asked, candidate, sender=asker, pool_until=_day(until, ending.language))


def _asker_now(asked: ConsentRequest, candidate: Candidate) -> User:
    """In whose name messages about this question go now: the colleague who asked, else the owner of the person's last
    vacancy, else an administrator; only somebody who works here. Raises Refused where there is nobody at all."""
    last = Candidacy.objects.filter(candidate=candidate).select_related("vacancy__owner").order_by("-created_at")
    owners = (candidacy.vacancy.owner for candidacy in last[:1])
    administrators = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk")
    for user in (asked.asked_by, *owners, administrators.first()):
        if user is not None and user.is_active and user.works_here:
            return user
    raise Refused(REFUSALS[NOBODY_ASKS], NOBODY_ASKS)


def apply(*, request: ConsentRequest, link: Link, vacancy: Vacancy, language: str) -> ConsentRequest:
    """Somebody who wrote of their own accord chose a vacancy that is open to applicants: a candidacy by their own act,
    the notice about it by mail, and the question whether we may introduce them, before them at once. Raises Refused.
    """
    with lawful():
        candidate = (
            Candidate.objects.select_for_update(of=("self",)).select_related("subject").get(subject=link.subject_id)
        )
        there = ConsentRequest.objects.filter(subject=candidate.subject, vacancy=vacancy, closed_at=None).first()
        if there is not None:
            return there  # pressed twice
        sourced = source(
            vacancy=vacancy,
            actor=None,
            name={"surname": candidate.surname, "given_name": candidate.given_name},
            contacts=[],
            source_type=SourceType.APPLICATION,
            language=language,
            person=candidate,
        )
        candidacy = sourced.candidacy
        asked = consent.request(
            subject=candidate.subject, vacancy=vacancy, actor=vacancy.owner, language=language, by_own_act=True
        )
        address = making.address_of(candidate)
        mail.queue(
            APPLIED,
            key=f"{APPLIED}:{asked.pk}",
            subject=candidate.subject,
            to_email=address.normalised,
            to_name=candidate.name,
            addresses=addresses_of_candidate(candidate),
            language=language,
            context=making.context_of(candidacy, asked),
            links=making.question_links(asked),
            about=("consent_request", asked.pk),
            vacancy=vacancy.pk,
            client=vacancy.client_id,
            sender=vacancy.owner,
            transactional=True,
        )
        Task.objects.get_or_create(
            candidacy=candidacy, kind="applied", done_at=None, defaults={"assignee": candidacy.owner}
        )
        return asked


def into_vacancy(candidate: Candidate, *, vacancy: Vacancy, actor: User) -> Sourced:
    """Put somebody who agreed to be kept in a vacancy, to be asked for it. Raises Refused when they did not.

    Their consent to be kept carries nothing there: the vacancy has its own basis, notice and question (I2-I4).
    """
    with lawful():
        until = pool.until_of([candidate.subject_id]).get(candidate.subject_id)
        if until is None:
            raise Refused(REFUSALS[NOT_KEPT], NOT_KEPT)
        with translation.override(actor.language or "nl"):
            detail = str(_("Agreed to be kept for other vacancies until %(day)s.")) % {"day": date_format(until)}
        return source(
            vacancy=vacancy,
            actor=actor,
            name={"surname": candidate.surname, "given_name": candidate.given_name},
            contacts=[],
            source_type=SourceType.POOL,
            detail=detail,
            person=candidate,
        )


def on_keeping_changed(request: ConsentRequest, event: ConsentEvent) -> None:
    """The date of erasure follows the answer in the same transaction, and the person gets a receipt.

    A yes moves it to the consent's last day (of two, the later one), a no or a withdrawal back to where it would be
    without. Who is in a running procedure has no date; who said no to being kept longer keeps the one agreed before.
    """
    candidate = Candidate.objects.select_for_update(of=("self",)).filter(subject=request.subject_id).first()
    if candidate is None:
        return
    if event.kind in (EventKind.GIVEN, EventKind.REFUSED, EventKind.WITHDRAWN):
        settle(candidate)  # before the receipt, whose verb looks whether every date is lawful
        if event.link_id:
            _receipt(candidate, request, event)


def settle(candidate: Candidate) -> None:
    """Set the day on which nothing carries this person any more: none while a candidacy runs (I1)."""
    if Candidacy.objects.running().filter(candidate=candidate).exists():
        return
    until = kept_until(candidate.subject_id)
    without = date_without_consent(candidate)
    # Somebody may be asked to stay as runner-up for less than the period they are kept for anyway.
    Candidate.objects.filter(pk=candidate.pk).update(erase_on=max(until, without) if until else without)


def kept_until(subject: UUID) -> date | None:
    """The last day on which this person may be kept by any consent of their own; None without one."""
    found = (pool.until_of([subject]).get(subject), runner_up.until_of([subject]).get(subject))
    return max((day for day in found if day is not None), default=None)


def date_without_consent(candidate: Candidate) -> date:
    """When somebody in no running procedure is erased unless they agreed to be kept: the organisation's period after
    the last procedure that ended by itself, else today."""
    today = timezone.localdate()
    ended = Candidacy.objects.filter(candidate=candidate, ended_reason=EndReason.CLOSED, ended_at__isnull=False)
    dates = [retention.period_ends(timezone.localdate(at)) for at in ended.values_list("ended_at", flat=True) if at]
    return max([today, *dates])


def kept_date(candidate: UUID, otherwise: date) -> date:
    """The later of a date of erasure and the last day of this person's consents to be kept."""
    until = kept_until(Candidate.objects.values_list("subject", flat=True).get(pk=candidate))
    return max(until, otherwise) if until else otherwise


def _send(kind: str, asked: ConsentRequest, candidate: Candidate, *, sender: User, **words: str) -> Message:
    address = making.address_of(candidate)
    return mail.queue(
        kind,
        key=f"{kind}:{asked.pk}",
        subject=candidate.subject,
        to_email=address.normalised,
        to_name=candidate.name,
        addresses=addresses_of_candidate(candidate),
        language=asked.language,
        context={
            "greeting": greeting(candidate.full_name, asked.language),
            "pool_months": str(Organisation.current().pool_months),
            "answer_by": _day(timezone.localdate(asked.expires_at), asked.language),
            **words,
        },
        links=making.question_links(asked),
        about=("consent_request", asked.pk),
        sender=sender,
        # Whoever applied waits for this one, and the law wants it told at once (GDPR art. 13(1)).
        transactional=kind == APPLICATION,
    )


def _receipt(candidate: Candidate, request: ConsentRequest, event: ConsentEvent) -> None:
    address = candidate.contact_points.usable().filter(kind=ContactKind.EMAIL).order_by("created_at").first()
    if address is None:
        return
    template = RECEIPTS[Purpose(request.purpose), EventKind(event.kind)]
    yes = LegalBasis.objects.filter(event=event, basis__in=(Basis.POOL, Basis.RUNNER_UP)).first()
    context = {"greeting": greeting(candidate.full_name, event.language), "name": candidate.name}
    if yes is not None and yes.until is not None:
        context["pool_until" if request.is_pool else "kept_until"] = _day(yes.until, event.language)
    try:
        mail.queue(
            "receipt",
            template_kind=template,
            key=f"{template}:{event.pk}",
            subject=candidate.subject,
            to_email=address.normalised,
            to_name=candidate.name,
            addresses=addresses_of_candidate(candidate),
            language=event.language,
            context=context,
            links=making.person_links(candidate.subject, request),
            about=("consent_request", request.pk),
            act=("consent_request", request.pk),
            sender=_asker_now(request, candidate),
        )
    except Refused:
        # What somebody says takes effect, whether or not the words for a receipt are there.
        ledger.append("mail.no_receipt", subject=candidate.subject, request=str(request.pk), event=event.pk)


def reach(candidates: list[UUID]) -> tuple[set[UUID], dict[UUID, list[tuple[str, str]]]]:
    """Who has an e-mail address that works, and every address of each, in one query."""
    mails: set[UUID] = set()
    addresses: dict[UUID, list[tuple[str, str]]] = {}
    for point in ContactPoint.objects.standing().filter(candidate__in=candidates):
        addresses.setdefault(point.candidate_id, []).append((point.kind, point.normalised))
        if point.kind == ContactKind.EMAIL and point.failed_at is None:
            mails.add(point.candidate_id)
    return mails, addresses


def stopped(addresses: Mapping[UUID, list[tuple[str, str]]]) -> set[UUID]:
    """Who said stop to everything, under any address they have, in one query."""
    owners: dict[str, UUID] = {}
    for candidate, theirs in addresses.items():
        owners.update(dict.fromkeys(suppression.hmacs(addresses_of(theirs)), candidate))
    if not owners:
        return set()
    entries = SuppressionEntry.objects.filter(hash__in=list(owners)).standing().covering()
    return {owners[digest] for digest in entries.values_list("hash", flat=True)}


def _day(day: date, language: str) -> str:
    with translation.override(language):
        return date_format(day)
