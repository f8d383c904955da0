"""The first message: notice and question in one, by mail or by a text to copy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from candidates.models import (
    Candidacy,
    Candidate,
    ContactKind,
    ContactPoint,
    DecisionReason,
    Source,
    Stage,
    StageDecision,
)
from candidates.names import greeting
from candidates.services.sourcing import addresses_of, addresses_of_candidate
from consent import services as consent
from consent.models import ConsentRequest, Purpose
from mailing import services as mail
from mailing.kinds import NOTICE_KINDS
from mailing.models import I8_SUPPRESSED, Channel, Message, State
from privacy import ledger, links, suppression
from privacy.guards import REFUSALS, Refused, Sentence, lawful, refuse
from privacy.models import Link, Subject, SuppressionEntry
from privacy.models.subjects import LinkPurpose
from vacancies.models import Vacancy

NO_EMAIL = refuse(
    "approach_no_email", _("There is no e-mail address that works. Copy the text and send it another way.")
)
ASKED_ALREADY = refuse("approach_asked_already", _("This person has been asked already."))
ENDED = refuse("approach_ended", _("This candidacy has ended."))

# What happened to a message that leaves the question unasked: it may be sent again another way.
UNASKED = (State.DRAFT, State.ABORTED, State.BOUNCED, State.FAILED)


@dataclass(frozen=True)
class Outcome:
    """What came of approaching one person: the queued message, or the sentence that says why not."""

    candidacy: Candidacy
    message: Message | None = None
    refusal: Sentence | None = None


def approach(candidacies: Iterable[Candidacy], *, actor: User) -> list[Outcome]:
    """Queue notice and consent request to each by mail. One refusal stops no other; each is its own transaction."""
    outcomes = []
    for candidacy in candidacies:
        try:
            outcomes.append(Outcome(candidacy, message=_approach(candidacy, actor=actor)))
        except Refused as refusal:
            outcomes.append(Outcome(candidacy, refusal=refusal.sentence))
    return outcomes


@dataclass(frozen=True)
class Prospect:
    """What approaching one person would do: mail this address, or nothing for the reason in the sentence."""

    candidacy: Candidacy
    address: str = ""
    refusal: Sentence | None = None


def preview(candidacies: Iterable[Candidacy], *, actor: User) -> tuple[list[Prospect], Message | None]:
    """What `approach` would do to each, in a handful of queries, and the first message word for word.

    That message is found by making it and undoing it; nothing is sent or kept. All are of one vacancy.
    """
    chosen = list(candidacies)
    prospects = _prospects(chosen)
    for number, prospect in enumerate(prospects):
        if prospect.refusal is not None:
            continue
        with transaction.atomic():
            outcome = approach([prospect.candidacy], actor=actor)[0]
            transaction.set_rollback(True)
        if outcome.message is not None:
            return prospects, outcome.message
        prospects[number] = Prospect(prospect.candidacy, refusal=outcome.refusal)
    return prospects, None


def _prospects(chosen: list[Candidacy]) -> list[Prospect]:
    """The obstacles the verb meets too, looked up for all at once; it has the last word when the mail is made."""
    points: dict[UUID, list[ContactPoint]] = {}
    people = [candidacy.candidate_id for candidacy in chosen]
    for point in ContactPoint.objects.standing().filter(candidate__in=people).order_by("created_at"):
        points.setdefault(point.candidate_id, []).append(point)
    asked, stopped = _asked_already(chosen), _stopped(chosen, points)
    prospects = []
    for candidacy in chosen:
        theirs = points.get(candidacy.candidate_id, [])
        mails = [point for point in theirs if point.kind == ContactKind.EMAIL and point.failed_at is None]
        rule = ""
        if candidacy.ended_at is not None:
            rule = ENDED
        elif not mails:
            rule = NO_EMAIL
        elif candidacy.candidate_id in stopped:
            rule = I8_SUPPRESSED
        elif candidacy.subject_id in asked:
            rule = ASKED_ALREADY
        if rule:
            prospects.append(Prospect(candidacy, refusal=REFUSALS[rule]))
        else:
            prospects.append(Prospect(candidacy, address=mails[0].normalised))
    return prospects


def _asked_already(chosen: list[Candidacy]) -> set[UUID]:
    """Subjects whose open question was answered, or sent in a way that did not fail."""
    subjects, vacancies = {one.subject_id for one in chosen}, {one.vacancy_id for one in chosen}
    questions = list(
        ConsentRequest.objects.with_latest().filter(subject__in=subjects, vacancy__in=vacancies, closed_at=None)
    )
    live = Message.objects.about("consent_request", [asked.pk for asked in questions]).exclude(state__in=UNASKED)
    sent = set(live.values_list("about_id", flat=True))
    return {asked.subject_id for asked in questions if asked.latest or asked.pk in sent}  # type: ignore[attr-defined]


def _stopped(chosen: list[Candidacy], points: Mapping[UUID, list[ContactPoint]]) -> set[UUID]:
    """Candidates who said stop under any address they have."""
    owners: dict[str, UUID] = {}
    for candidate, theirs in points.items():
        addresses = addresses_of((point.kind, point.normalised) for point in theirs)
        owners.update(dict.fromkeys(suppression.hmacs(addresses), candidate))
    if not owners:
        return set()
    vacancy = chosen[0].vacancy
    entries = SuppressionEntry.objects.filter(hash__in=list(owners)).standing()
    covering = entries.covering(vacancy=vacancy.pk, client=vacancy.client_id)
    return {owners[digest] for digest in covering.values_list("hash", flat=True)}


def undo_approach(vacancy: Vacancy, *, actor: User) -> int:
    """Call back what this recruiter queued for this vacancy and has not left, cards included; how many messages."""
    waiting = Message.objects.filter(
        sender=actor, vacancy_ref=vacancy.pk, state=State.QUEUED, kind__in=NOTICE_KINDS, not_before__gt=timezone.now()
    )
    called_back = 0
    for message in waiting:
        try:
            mail.cancel(message, actor=actor)
        except Refused:
            continue  # it left while we looked
        called_back += 1
        _uncontacted(message, actor)
    return called_back


def prepare_copy(candidacy: Candidacy, *, channel: str, actor: User) -> Message:
    """The short text with the person's own link, to copy into another channel. Not sent, so not a notice yet."""
    with lawful():
        candidacy = _running(candidacy)
        asked = _question(candidacy, actor)
        kind = _kind_of(asked)
        key = f"{kind}:{channel}:{asked.pk}"
        # The same text again is not made anew, and neither are its links.
        holders = {} if Message.objects.filter(key=key).exists() else _links(asked)
        return mail.copy_text(
            kind,
            key=key,
            channel=channel,
            subject=candidacy.subject,
            to_email="",
            to_name=candidacy.candidate.name,
            addresses=addresses_of_candidate(candidacy.candidate),
            language=asked.language,
            context=context_of(candidacy, asked),
            links=holders,
            about=("consent_request", asked.pk),
            vacancy=candidacy.vacancy_id,
            client=candidacy.vacancy.client_id,
            sender=actor,
        )


def sent_by_hand(message: Message, *, actor: User) -> Message:
    """The recruiter says the copied text was sent: that moment is first contact and notice (GDPR art. 14(3)(b))."""
    with lawful():
        candidacy = _running(Candidacy.objects.get(subject=message.subject_id, vacancy=message.vacancy_ref))
        others = Message.objects.about("consent_request", [message.about_id]).exclude(pk=message.pk)  # type: ignore[list-item]
        if others.exclude(state__in=UNASKED).exists():
            raise Refused(REFUSALS[ASKED_ALREADY], ASKED_ALREADY)
        sent = mail.sent_by_hand(message, actor=actor)
        _contacted(candidacy, actor)
    return sent


def reveal(candidacy: Candidacy, *, actor: User) -> Message | None:
    """Reveal a confidential client to this person and ask for consent with the legal name; None without an address."""
    with lawful():
        candidacy = _running(candidacy)
        asked = consent.reveal_client(subject=candidacy.subject, vacancy=candidacy.vacancy, actor=actor)
        address = _address(candidacy.candidate)
        if address is None:
            return None
        return _queue("revealed", candidacy, asked, address, actor)


def approached_elsewhere(candidate: Candidate, vacancy: Vacancy, *, actor: User | None) -> list[Sentence]:
    """'Talk to … first' for each colleague who approached this person lately; the other client is not named."""
    return approached_elsewhere_many([candidate.subject_id], vacancy, actor=actor).get(candidate.subject_id, [])


def approached_elsewhere_many(
    subjects: Iterable[UUID], vacancy: Vacancy, *, actor: User | None
) -> dict[UUID, list[Sentence]]:
    """The same for many people in one query; who has no warning is not in the answer."""
    days = Organisation.current().approach_warning_days
    senders = (
        Message.objects.filter(
            subject__in=list(subjects),
            kind__in=NOTICE_KINDS,
            created_at__gte=timezone.now() - timedelta(days=days),
            sender__isnull=False,
        )
        .exclude(vacancy_ref=vacancy.pk)
        .exclude(state__in=UNASKED)
        .exclude(sender=actor)
        .values_list("subject", "sender__name")
        .order_by("sender__name")
        .distinct()
    )
    found: dict[UUID, list[Sentence]] = {}
    for subject, name in senders:
        text = _("{name} approached this person in the last {days} days. Talk to {name} first.")
        found.setdefault(subject, []).append(format_lazy(text, name=name, days=days))
    return found


def context_of(candidacy: Candidacy, asked: ConsentRequest) -> dict[str, str]:
    """What the templates of this floor may name, in the language of the question."""
    organisation = Organisation.current()
    found = candidacy.sources.order_by("obtained_at").first()
    with translation.override(asked.language):
        return {
            "greeting": greeting(candidacy.candidate.full_name, asked.language),
            "name": candidacy.candidate.name,
            "recruiter": asked.asked_by.name,
            "recruiter_title": asked.asked_by.job_title or str(_("recruiter")),
            "recruiter_phone": asked.asked_by.phone or organisation.phone,
            "agency": organisation.name or organisation.legal_name,
            "vacancy": asked.vacancy_title,
            "client": asked.client_as_named,
            "place": candidacy.vacancy.place or str(_("to be discussed")),
            "source": _source_in_words(found),
            "found_on": date_format(timezone.localdate(found.obtained_at if found else candidacy.created_at)),
            "answer_by": date_format(timezone.localdate(asked.expires_at)),
            "retention_days": str(organisation.no_answer_days),
        }


def _approach(candidacy: Candidacy, *, actor: User) -> Message:
    with lawful():
        candidacy = _running(candidacy)
        address = _address(candidacy.candidate)
        if address is None:
            raise Refused(_("There is no e-mail address that works. Copy the text and send it another way."), NO_EMAIL)
        _check_stops(candidacy)
        asked = _question(candidacy, actor)
        message = _queue(_kind_of(asked), candidacy, asked, address, actor)
        _contacted(candidacy, actor)
    return message


def _queue(kind: str, candidacy: Candidacy, asked: ConsentRequest, address: ContactPoint, actor: User) -> Message:
    # An attempt after a bounce or an undo is another message; the lock on the candidacy numbers them.
    attempt = Message.objects.about("consent_request", [asked.pk]).filter(channel=Channel.EMAIL).count() + 1
    return mail.queue(
        kind,
        key=f"{kind}:{asked.pk}:{attempt}",
        subject=candidacy.subject,
        to_email=address.normalised,
        to_name=candidacy.candidate.name,
        addresses=addresses_of_candidate(candidacy.candidate),
        language=asked.language,
        context=context_of(candidacy, asked),
        links=_links(asked),
        about=("consent_request", asked.pk),
        vacancy=candidacy.vacancy_id,
        client=candidacy.vacancy.client_id,
        sender=actor,
        not_before=mail.undo_moment(),
    )


def _running(candidacy: Candidacy) -> Candidacy:
    """Lock first, then look: two recruiters may press send at once, and the person may answer meanwhile."""
    ConsentRequest.objects.lock(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id)
    candidacy = (
        Candidacy.objects.select_for_update(of=("self",))
        .select_related("candidate", "subject", "vacancy__client", "vacancy__owner")
        .get(pk=candidacy.pk)
    )
    if candidacy.ended_at is not None:
        raise Refused(_("This candidacy has ended."), ENDED)
    return candidacy


def _question(candidacy: Candidacy, actor: User) -> ConsentRequest:
    """The open question of this candidacy while nobody has sent it, or a new one."""
    asked = (
        ConsentRequest.objects.with_latest()
        .filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id, closed_at=None)
        .order_by("-created_at")
        .first()
    )
    if asked is not None:
        sent = Message.objects.about("consent_request", [asked.pk]).exclude(state__in=UNASKED)
        if asked.latest or sent.exists():  # type: ignore[attr-defined]
            raise Refused(_("This person has been asked already."), ASKED_ALREADY)
        return asked
    return consent.request(
        subject=candidacy.subject,
        vacancy=candidacy.vacancy,
        actor=actor,
        language=candidacy.candidate.language,
    )


def _kind_of(asked: ConsentRequest) -> str:
    return "approach" if asked.purpose == Purpose.INTRODUCE else "talk_invite"


def _links(asked: ConsentRequest) -> dict[str, Link]:
    about: dict[str, Any] = {"about_kind": "consent_request", "about_id": asked.pk}
    return {
        "consent": links.issue(LinkPurpose.CONSENT, subject=asked.subject, expires_at=asked.expires_at, **about),
        **person_links(asked.subject, asked),
    }


def person_links(subject: Subject, asked: ConsentRequest | None = None) -> dict[str, Link]:
    """The links every message to a person carries; they do not expire while the person is here."""
    about: dict[str, Any] = {"about_kind": "consent_request", "about_id": asked.pk} if asked else {}
    return {
        "withdraw": links.issue(LinkPurpose.WITHDRAW, subject=subject, **about),
        "me": links.issue(LinkPurpose.MY_DATA, subject=subject),
        "notice": links.issue(LinkPurpose.NOTICE, subject=subject, **about),
    }


def _address(candidate: Candidate) -> ContactPoint | None:
    return candidate.contact_points.usable().filter(kind=ContactKind.EMAIL).order_by("created_at").first()


def _check_stops(candidacy: Candidacy) -> None:
    """Say at once what the claim of I8 would say later."""
    stops = suppression.standing_for(
        addresses_of_candidate(candidacy.candidate), vacancy=candidacy.vacancy_id, client=candidacy.vacancy.client_id
    )
    if stops.exists():
        raise Refused(REFUSALS[I8_SUPPRESSED], I8_SUPPRESSED)


def _uncontacted(message: Message, actor: User) -> None:
    """Put the card back where it was before an approach that was undone."""
    from candidates.services.board import move

    with lawful():
        candidacy = Candidacy.objects.select_for_update(of=("self",)).get(
            subject=message.subject_id, vacancy=message.vacancy_ref
        )
        last = StageDecision.objects.filter(candidacy=candidacy).order_by("-id").first()
        Candidacy.objects.filter(pk=candidacy.pk).update(last_contact_at=None, changed_at=timezone.now())
        if last is not None and (last.from_stage, last.to_stage) == (Stage.FOUND, Stage.APPROACHED):
            move(candidacy.pk, to=Stage.FOUND, reason=DecisionReason.CORRECTION, actor=actor)


def _contacted(candidacy: Candidacy, actor: User) -> None:
    """Sending is the recruiter's own act, so it is also the decision that moves a found person on (I6)."""
    from candidates.services.board import move

    candidacy.last_contact_at = timezone.now()
    candidacy.save(update_fields=["last_contact_at", "changed_at"])
    if candidacy.stage == Stage.FOUND:
        move(candidacy.pk, to=Stage.APPROACHED, reason=DecisionReason.NEXT_STEP, actor=actor)
    ledger.append("candidacy.contacted", subject=candidacy.subject_id, actor=actor, candidacy=str(candidacy.pk))


def _source_in_words(found: Source | None) -> str:
    if found is None:
        return str(_("your own message to us"))
    if found.url:
        return f"{found.get_type_display()} ({found.url})"
    return str(found.get_type_display())
