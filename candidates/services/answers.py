"""What follows on this floor from what a person answers. All of it inside the answer's own transaction."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from candidates import retention
from candidates.contact import email_variants_for_suppression
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
from candidates.names import PersonName, greeting, split_name
from candidates.services import keeping, reserve
from candidates.services.making import person_links
from candidates.services.reminding import drop_reminders
from candidates.services.sourcing import OTHERS, Contact, addresses_of, addresses_of_candidate, source
from consent import services as consent
from consent.models import Basis, BasisReason, ConsentEvent, ConsentRequest, EventKind, LegalBasis, Notice, Purpose
from mailing import services as mail
from mailing.models import Channel, Message, State
from mailing.whose import still_theirs
from privacy import ledger, links, suppression
from privacy.guards import REFUSALS, Refused, lawful
from privacy.models import Link, Subject
from privacy.models.subjects import LinkPurpose
from privacy.models.suppression import Reason, Scope
from vacancies.models import Vacancy, VacancyState
from vacancies.ports import Asking

RECEIPTS = {
    EventKind.GIVEN: "receipt_yes",
    EventKind.REFUSED: "receipt_no",
    EventKind.TALK_FIRST: "receipt_talk",
    EventKind.WITHDRAWN: "receipt_withdrawn",
}
# How long somebody whose notice bounced may still be told another way, when their month is over.
ANOTHER_CHANNEL = timedelta(days=3)
# Which contact point a text sent by hand went to.
REACHES: dict[str, ContactKind] = {
    Channel.INMAIL: ContactKind.PROFILE,
    Channel.WHATSAPP: ContactKind.PHONE,
    Channel.SMS: ContactKind.PHONE,
    Channel.PHONE: ContactKind.PHONE,
}
TASKS = {EventKind.GIVEN: "answer_yes", EventKind.TALK_FIRST: "talk_first"}
ENDS = {
    EventKind.REFUSED: (EndReason.REFUSED, Reason.REFUSED),
    EventKind.WITHDRAWN: (EndReason.WITHDRAWN, Reason.WITHDRAWN),
    EventKind.EXPIRED: (EndReason.NO_ANSWER, None),
}


def on_consent_changed(sender: Any, request: ConsentRequest, event: ConsentEvent, **kwargs: Any) -> None:
    """Tasks for the recruiter, the end of the candidacy after a no, and the receipt to the person.

    The stage stays where it is: what a person answers changes the basis, never the stage (I6).
    """
    if request.is_keeping:
        keeping.on_keeping_changed(request, event)
        return
    candidacy = (
        Candidacy.objects.select_related("candidate", "subject", "vacancy")
        .filter(subject=request.subject_id, vacancy=request.vacancy_id)
        .first()
    )
    if candidacy is None:
        return
    kind = EventKind(event.kind)
    drop_reminders(subject=request.subject_id, vacancy=request.vacancy_id)
    Candidacy.objects.filter(pk=candidacy.pk).update(changed_at=timezone.now())
    if kind in TASKS:
        Task.objects.create(candidacy=candidacy, kind=TASKS[kind], assignee=candidacy.owner)
    # The receipt is made before the address is suppressed, and belongs to the closed list that still arrives (I8).
    if kind in RECEIPTS and event.link_id:
        _receipt(candidacy, request, event)
    if kind in ENDS:
        reason, stop = ENDS[kind]
        if kind == EventKind.EXPIRED and request.events.filter(kind=EventKind.GIVEN).exists():
            reason = EndReason.EXPIRED  # a yes that lived its time is no silence
        if stop:
            suppression.suppress(
                addresses_of_candidate(candidacy.candidate),
                scope=Scope.VACANCY,
                reason=stop,
                vacancy=candidacy.vacancy_id,
                actor=None,
                subject=candidacy.subject,
            )
        if candidacy.vacancy.state == VacancyState.PROCEDURE_CLOSED:
            end_with_procedure(candidacy)
        else:
            end(candidacy, reason)


def on_procedure_closed(sender: Any, vacancy: Vacancy, actor: User, asking: Asking, **kwargs: Any) -> None:
    """Everybody still in the procedure leaves it, and is kept no longer than the organisation's period after it.

    Of them those are asked whom the recruiter chose: to be kept for other vacancies, to stay as runner-up for this one.
    """
    chosen = list(vacancy.candidacies.filter(pk__in=asking.keep).select_related("candidate"))
    for candidacy in vacancy.candidacies.running().select_related("candidate", "subject"):
        current = LegalBasis.objects.current_of(candidacy.subject_id, vacancy.pk)
        if current is None or current.basis == Basis.LEGITIMATE_INTEREST:
            consent.start_basis(
                subject=candidacy.subject,
                vacancy=vacancy,
                basis=Basis.LEGAL_OBLIGATION,
                reason=BasisReason.CLOSED,
                actor=None,
            )
        end_with_procedure(candidacy)
    # What stands in the way of one is told of before; who cannot be asked now is left out, and nobody else for it.
    hindered = keeping.hindrances([candidacy.candidate for candidacy in chosen])
    for candidacy in chosen:
        if candidacy.candidate_id not in hindered:
            keeping.ask_to_keep(candidacy.candidate, actor=actor)
    if asking.until is None:
        return
    staying = list(vacancy.candidacies.filter(pk__in=asking.reserve).select_related("candidate", "vacancy"))
    hindered = reserve.hindrances(staying)
    for candidacy in staying:
        if candidacy.pk not in hindered:
            reserve.ask_to_stay(candidacy, until=asking.until, actor=actor)


def on_everything_stopped(
    sender: Any, subject: Subject, link: Link, request: ConsentRequest | None, **kwargs: Any
) -> None:
    """All addresses of the person are suppressed for everything, and every candidacy ends."""
    candidate = Candidate.objects.filter(subject=subject).first()
    if candidate is None:
        return
    suppression.suppress(
        addresses_of_candidate(candidate), scope=Scope.ALL, reason=Reason.OBJECTED, actor=None, subject=subject
    )
    for candidacy in candidate.candidacies.running().select_related("vacancy"):
        current = LegalBasis.objects.current_of(subject.pk, candidacy.vacancy_id)
        if current is None or current.basis != Basis.LEGAL_OBLIGATION:
            consent.start_basis(
                subject=subject,
                vacancy=candidacy.vacancy,
                basis=Basis.LEGAL_OBLIGATION,
                reason=BasisReason.OBJECTED,
                actor=None,
            )
        end(candidacy, EndReason.OBJECTED)


def on_notice_failed(sender: Any, messages: list[Message], **kwargs: Any) -> None:
    """Messages to people did not arrive: wrong addresses are set aside, recruiters choose another way. Set-based."""
    gone = [message for message in messages if message.bounced_for_good and message.subject_id]
    if gone:
        addresses, subjects = {one.to_email for one in gone}, {one.subject_id for one in gone if one.subject_id}
        mail.abort_to(addresses, subjects=subjects, reason="address_failed")
        # Whatever it was about, and whether or not they are still in a procedure: nobody writes there again.
        used = ContactPoint.objects.usable().filter(kind=ContactKind.EMAIL, normalised__in=addresses)
        used.filter(candidate__subject__in=subjects).update(failed_at=timezone.now())
    about = {
        (message.subject_id, message.vacancy_ref)
        for message in messages
        if message.about_kind in ("consent_request", "candidacy")
    }
    if not about:
        return
    running = Candidacy.objects.running().filter(subject__in={subject for subject, _vacancy in about})
    candidacies = [one for one in running.order_by("pk") if (one.subject_id, one.vacancy_id) in about]
    Candidacy.objects.filter(pk__in=[one.pk for one in candidacies]).update(changed_at=timezone.now())
    told = set(
        Task.objects.filter(candidacy__in=candidacies, kind="not_reached", done_at=None).values_list("candidacy")
    )
    Task.objects.bulk_create(
        Task(candidacy=one, kind="not_reached", assignee_id=one.owner_id)
        for one in candidacies
        if (one.pk,) not in told
    )


def on_addresses_failed(sender: Any, addresses: list[str], **kwargs: Any) -> None:
    """The provider delivers nothing to these addresses any more: set aside, and another way is to be chosen."""
    now = timezone.now()
    used = ContactPoint.objects.usable().filter(kind=ContactKind.EMAIL, normalised__in=addresses)
    of_whom = dict(used.select_for_update(of=("self",)).values_list("candidate", "candidate__subject"))
    people = set(of_whom)
    used.update(failed_at=now)
    mail.abort_to(addresses, subjects=list(of_whom.values()), reason="address_failed")
    told = Task.objects.filter(kind="not_reached", done_at=None).values("candidacy")
    running = Candidacy.objects.running().filter(candidate__in=people)
    Task.objects.bulk_create(
        Task(candidacy=candidacy, kind="not_reached", assignee_id=candidacy.owner_id)
        for candidacy in running.exclude(pk__in=told)
    )
    running.update(changed_at=now)


def on_stop_received(sender: Any, message: Message, reason: str, **kwargs: Any) -> None:
    """The reader said stop through their mail program: the same as pressing stop behind the link in that message.

    An address that turned out to be somebody else's is stopped, and says nothing about the person we wrote to.
    """
    subject = message.subject
    if subject is None or subject.erased_at is not None:
        return
    if message.to_email and not still_theirs([(subject.pk, message.to_email)]):
        return
    theirs = Link.objects.filter(subject=subject, purpose=LinkPurpose.WITHDRAW, revoked_at=None)
    # An objection is tied to a link of that person's own, also where none stands any more.
    link = theirs.order_by("-created_at").first() or links.issue(LinkPurpose.WITHDRAW, subject=subject)
    consent.stop_everything(link=link, language=message.language)


def on_not_me(sender: Any, subject: Subject, link: Link, request: ConsentRequest | None, **kwargs: Any) -> None:
    """The address that got the link is removed and suppressed; the recruiter and the officer are told."""
    candidate = Candidate.objects.filter(subject=subject).first()
    if candidate is None:
        return
    used = _address_behind(candidate, request)
    if used is not None:
        used.removed_at = timezone.now()
        used.save(update_fields=["removed_at"])
        variants = (
            email_variants_for_suppression(used.normalised) if used.kind == ContactKind.EMAIL else [used.normalised]
        )
        suppression.suppress(
            [(used.kind, variant) for variant in variants],
            scope=Scope.ALL,
            reason=Reason.NOT_ME,
            actor=None,
            subject=subject,
        )
    for candidacy in candidate.candidacies.running():
        Task.objects.create(candidacy=candidacy, kind="not_me", assignee=None)
        Task.objects.create(candidacy=candidacy, kind="not_reached", assignee=candidacy.owner)


def start_from_own_interest(
    *, request: ConsentRequest, link: Link, details: dict[str, str], language: str
) -> ConsentRequest:
    """'I am still interested': the person's own details start a new candidacy in the same vacancy, with a new question.

    Their own act lifts the stop they made for this vacancy. Raises Refused while the vacancy is not open.
    """
    name = split_name(details["name"])
    contacts = [
        Contact(kind=kind, value=details[kind], ground=ContactGround.APPLICATION)
        for kind in (ContactKind.EMAIL, ContactKind.PHONE)
        if details.get(kind)
    ]
    with lawful():
        suppression.lock()  # before any row: their act may lift a stop
        return _start_again(request, link, name, contacts, language)


def _start_again(
    request: ConsentRequest, link: Link, name: PersonName, contacts: list[Contact], language: str
) -> ConsentRequest:
    person = Candidate.objects.filter(subject=request.subject_id, subject__erased_at=None).first()
    keyed = addresses_of((contact.kind, contact.normalised) for contact in contacts)
    if _belong_to_another(contacts, person):
        # Whoever holds this link has shown to be one person; that does not open another one's file.
        raise Refused(REFUSALS[OTHERS], OTHERS)
    suppression.lift(suppression.standing_for(keyed, vacancy=request.vacancy_id), link=link, addresses=keyed)
    if person is not None:
        Candidacy.objects.filter(candidate=person, vacancy=request.vacancy_id).update(ended_at=None, ended_reason="")
    sourced = source(
        vacancy=request.job,
        actor=None,
        name={part: getattr(name, part) for part in ("given_name", "initials", "infix", "surname")},
        contacts=contacts,
        source_type=SourceType.APPLICATION,
        language=language,
        person=person,
    )
    Task.objects.create(candidacy=sourced.candidacy, kind="talk_first", assignee=sourced.candidacy.owner)
    return consent.request(
        subject=sourced.candidacy.subject,
        vacancy=request.job,
        actor=request.job.owner,
        language=language,
        purpose=request.purpose,
        by_own_act=True,
    )


def _belong_to_another(contacts: list[Contact], person: Candidate | None) -> bool:
    return any(
        ContactPoint.objects.standing()
        .filter(kind=contact.kind, normalised=contact.normalised)
        .exclude(candidate=person)
        .exists()
        for contact in contacts
    )


def end_untold(candidacy: Candidacy) -> bool:
    """Nobody told this person within the month, so they leave and are erased (GDPR art. 14(3)(a)). True when ended.

    A message in the provider's hands at this moment may still tell them: then nothing is ended. Nor is it for who
    answered, who was reached, or within `ANOTHER_CHANNEL` after a message that told them turned out not to arrive.
    """
    with lawful():
        ConsentRequest.objects.lock(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id)
        candidacy = Candidacy.objects.select_for_update(of=("self",)).select_related("candidate").get(pk=candidacy.pk)
        told = Notice.objects.standing().filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id)
        leaving = Message.objects.filter(
            subject=candidacy.subject_id, vacancy_ref=candidacy.vacancy_id, state=State.CLAIMED
        )
        if candidacy.ended_at is not None or told.exists() or leaving.exists():
            return False
        questions = ConsentRequest.objects.filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id)
        undone = Notice.objects.filter(
            subject=candidacy.subject_id,
            vacancy=candidacy.vacancy_id,
            undone_at__gt=timezone.now() - ANOTHER_CHANNEL,
        )
        if questions.filter(Q(events__isnull=False) | Q(replied_at__isnull=False)).exists() or undone.exists():
            return False
        mail.abort(subject=candidacy.subject, vacancy=candidacy.vacancy_id, reason="no_notice")
        questions.filter(closed_at=None).update(closed_at=timezone.now())
        end(candidacy, EndReason.NO_NOTICE)
        ledger.append("candidacy.untold", subject=candidacy.subject_id, candidacy=str(candidacy.pk))
    return True


def end_with_procedure(candidacy: Candidacy) -> None:
    """End a candidacy because its procedure is over: kept for the organisation's period, four weeks at most."""
    end(candidacy, EndReason.CLOSED, erase_on=retention.period_ends(timezone.localdate()))


def end(candidacy: Candidacy, reason: str, *, erase_on: date | None = None) -> None:
    """End a candidacy. A person left without a running one carries the date of erasure: today, or `erase_on` (I1),
    or the last day of their own consent to be kept."""
    now = timezone.now()
    if not Candidacy.objects.filter(pk=candidacy.pk, ended_at=None).update(
        ended_at=now, ended_reason=reason, changed_at=now
    ):
        return
    Task.objects.filter(
        candidacy=candidacy, done_at=None, kind__in=["answer_yes", "talk_first", "follow_up", "applied"]
    ).update(done_at=now)
    # Lock, then look: an answer to the question to be kept moves the same date, and locks the same rows in this order,
    # the questions first, as the guard that looks at the date does.
    ConsentRequest.objects.lock_pool(candidacy.subject_id)
    Candidate.objects.select_for_update(of=("self",), no_key=True).get(pk=candidacy.candidate_id)
    if not Candidacy.objects.running().filter(candidate=candidacy.candidate_id).exists():
        day = keeping.kept_date(candidacy.candidate_id, erase_on or timezone.localdate())
        Candidate.objects.filter(pk=candidacy.candidate_id).update(erase_on=day)


def _receipt(candidacy: Candidacy, request: ConsentRequest, event: ConsentEvent) -> None:
    address = candidacy.candidate.contact_points.usable().filter(kind=ContactKind.EMAIL).order_by("created_at").first()
    if address is None:
        return
    template = RECEIPTS[EventKind(event.kind)]
    if event.kind == EventKind.GIVEN and request.purpose == Purpose.TALK:
        # Nothing may be sent on yet, and no client was named: a receipt of consent would say so.
        template = "receipt_talk"
    try:
        mail.queue(
            "receipt",
            template_kind=template,
            key=f"{template}:{event.pk}",
            subject=candidacy.subject,
            to_email=address.normalised,
            to_name=candidacy.candidate.name,
            addresses=addresses_of_candidate(candidacy.candidate),
            language=event.language,
            context={
                "greeting": greeting(candidacy.candidate.full_name, event.language),
                "name": candidacy.candidate.name,
                "recruiter": request.asked_by.name,
            },
            links=person_links(candidacy.subject, request),
            about=("consent_request", request.pk),
            act=("consent_request", request.pk),
            sender=request.asked_by,
        )
    except Refused:
        # What somebody says takes effect, whether or not the words and the agency's details for a receipt are there.
        ledger.append("mail.no_receipt", subject=candidacy.subject, request=str(request.pk), event=event.pk)


def _address_behind(candidate: Candidate, request: ConsentRequest | None) -> ContactPoint | None:
    """The contact point the question went to; without a trace of that, the only one there is."""
    points = list(candidate.contact_points.standing().order_by("created_at"))
    if request is not None:
        sent_to = set(
            Message.objects.about("consent_request", [request.pk])
            .exclude(to_email="")
            .values_list("to_email", flat=True)
        )
        for point in points:
            if point.kind == ContactKind.EMAIL and point.normalised in sent_to:
                return point
        by_hand = Message.objects.about("consent_request", [request.pk]).exclude(channel=Channel.EMAIL)
        for channel in by_hand.exclude(accepted_at=None).order_by("-accepted_at").values_list("channel", flat=True):
            of_kind = [point for point in points if point.kind == REACHES.get(channel)]
            if of_kind:
                return of_kind[0]
    return points[0] if len(points) == 1 else None
