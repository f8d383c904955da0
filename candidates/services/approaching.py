"""The first message: notice and question in one, by mail or by a text to copy."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from candidates.models import Candidacy, Candidate, ContactPoint, EndReason
from candidates.services import making
from candidates.services.making import AS_USUAL, ENDED, NO_EMAIL, Wish
from candidates.services.sourcing import addresses_of_candidate
from consent import services as consent
from consent.models import ConsentRequest, Purpose
from mailing import outbox
from mailing import services as mail
from mailing.kinds import NOTICE_KINDS, REMINDER
from mailing.models import I8_SUPPRESSED, Channel, Message
from privacy import ledger
from privacy.guards import REFUSALS, Refused, Sentence, lawful, refuse
from vacancies.models import Vacancy, VacancyState

NOT_AGAIN = refuse(
    "approach_not_again", _("Only somebody who left because the procedure was closed can be asked again.")
)
NOT_OPEN = refuse("approach_not_open", _("Reopen the vacancy first. Then people can be asked again."))
TOO_LATE_TO_ASK = refuse("approach_over_date", _("This person's last day has passed. They are erased tonight."))
ASKED_ALREADY = refuse("approach_asked_already", _("This person has been asked already."))


@dataclass(frozen=True)
class Outcome:
    """What came of approaching one person: the queued message, or the sentence that says why not."""

    candidacy: Candidacy
    message: Message | None = None
    refusal: Sentence | None = None


def approach(candidacies: Iterable[Candidacy], *, actor: User, wish: Wish = AS_USUAL) -> list[Outcome]:
    """Queue notice and consent request to each by mail. One refusal stops no other; each is its own transaction."""
    outcomes = []
    for candidacy in candidacies:
        try:
            outcomes.append(Outcome(candidacy, message=approach_one(candidacy, actor=actor, wish=wish)))
        except Refused as refusal:
            outcomes.append(Outcome(candidacy, refusal=refusal.sentence))
    return outcomes


def approach_one(candidacy: Candidacy, *, actor: User, wish: Wish = AS_USUAL) -> Message:
    """Queue notice and consent request to one person, and move a found card on. Raises Refused."""
    with lawful():
        candidacy = making.running(candidacy)
        address = making.address_of(candidacy.candidate)
        making.check_stops(candidacy)
        making.check_moment(candidacy, wish)
        asked = _question(candidacy, actor, wish)
        message = _queue(_kind_of(asked), candidacy, asked, address, actor, wish)
        making.contacted(candidacy, actor, at=wish.contact_at)
    return message


def ask_again(candidacy: Candidacy, *, actor: User, wish: Wish = AS_USUAL) -> Message:
    """The vacancy was reopened, and this person is asked anew: with that, and nothing else, their date stops. What they
    agreed to before has lapsed and stays so; without a new yes nobody is introduced. Raises Refused."""
    with lawful():
        outbox.share_suppression_lock()
        ConsentRequest.objects.lock(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id)
        # The person first: whoever erases them looks at their date under the same lock.
        person = (
            Candidate.objects.select_for_update(of=("self",)).select_related("subject").get(pk=candidacy.candidate_id)
        )
        left = Candidacy.objects.select_for_update(of=("self",)).select_related("vacancy").get(pk=candidacy.pk)
        if left.ended_at is None or left.ended_reason != EndReason.CLOSED:
            raise Refused(REFUSALS[NOT_AGAIN], NOT_AGAIN)
        if left.vacancy.state != VacancyState.SOURCING:
            raise Refused(REFUSALS[NOT_OPEN], NOT_OPEN)
        if person.subject.erased_at or (person.erase_on is not None and person.erase_on < timezone.localdate()):
            raise Refused(REFUSALS[TOO_LATE_TO_ASK], TOO_LATE_TO_ASK)
        Candidacy.objects.filter(pk=left.pk).update(ended_at=None, ended_reason="", changed_at=timezone.now())
        Candidate.objects.filter(pk=person.pk).update(erase_on=None)
        ledger.append("candidacy.asked_again", subject=left.subject_id, actor=actor, candidacy=left.pk)
        return approach_one(left, actor=actor, wish=wish)


@dataclass(frozen=True)
class Prospect:
    """What writing to one person would do: mail this address, or nothing for the reason in the sentence."""

    candidacy: Candidacy
    address: str = ""
    refusal: Sentence | None = None
    rule: str = ""


def prospects(chosen: list[Candidacy]) -> list[Prospect]:
    """What `approach` would do to each, in a handful of queries; the verb has the last word. All are of one vacancy."""
    points = making.points_of(chosen)
    asked, stopped = _asked_already(chosen), making.stopped_among(chosen, points)
    found = []
    for candidacy in chosen:
        mails = making.mails_of(points.get(candidacy.candidate_id, []))
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
            found.append(Prospect(candidacy, refusal=REFUSALS[rule], rule=rule))
        else:
            found.append(Prospect(candidacy, address=mails[0]))
    return found


def _asked_already(chosen: list[Candidacy]) -> set[UUID]:
    """Subjects whose open question was answered, or sent in a way that did not fail."""
    subjects, vacancies = {one.subject_id for one in chosen}, {one.vacancy_id for one in chosen}
    questions = list(
        ConsentRequest.objects.with_latest().filter(subject__in=subjects, vacancy__in=vacancies, closed_at=None)
    )
    sent = set(making.askings(asked.pk for asked in questions).values_list("about_id", flat=True))
    return {asked.subject_id for asked in questions if asked.latest or asked.pk in sent}  # type: ignore[attr-defined]


def kind_for(vacancy: Vacancy) -> str:
    """The kind of first message a vacancy sends, but for people to whom a confidential client was revealed."""
    return "talk_invite" if vacancy.is_confidential else "approach"


def prepare_copy(candidacy: Candidacy, *, channel: str, actor: User, wish: Wish = AS_USUAL) -> Message:
    """The short text with the person's own link, to copy into another channel. Not sent, so not a notice yet."""
    with lawful():
        candidacy = making.running(candidacy)
        asked = _question(candidacy, actor, AS_USUAL)
        kind = _kind_of(asked)
        words = making.words_of(kind, asked.language, wish, short=True)
        key = f"{kind}:{channel}:{asked.pk}{digest_of(wish, asked.language)}"
        # The same text again is not made anew, and neither are its links.
        holders = {} if Message.objects.filter(key=key).exists() else making.question_links(asked)
        return mail.copy_text(
            kind,
            key=key,
            channel=channel,
            subject=candidacy.subject,
            to_email="",
            to_name=candidacy.candidate.name,
            addresses=addresses_of_candidate(candidacy.candidate),
            language=asked.language,
            context={**making.context_of(candidacy, asked), **making.line_of(wish)},
            links=holders,
            about=("consent_request", asked.pk),
            vacancy=candidacy.vacancy_id,
            client=candidacy.vacancy.client_id,
            sender=actor,
            template=words,
        )


def digest_of(wish: Wish, language: str) -> str:
    """What sets a text with a line of one's own, or in other words, apart from the plain one; nothing for the plain."""
    name = wish.templates.get(language, "")
    if not (wish.note or name):
        return ""
    return ":" + hashlib.sha256(f"{name}\n{wish.note}".encode()).hexdigest()[:16]


def sent_by_hand(message: Message, *, actor: User) -> Message:
    """The recruiter says the copied text was sent: that moment is first contact and notice (GDPR art. 14(3)(b)).

    A reminder sent so counts as the one reminder.
    """
    with lawful():
        candidacy = making.running(Candidacy.objects.get(subject=message.subject_id, vacancy=message.vacancy_ref))
        others = making.askings([message.about_id]).exclude(pk=message.pk)  # type: ignore[list-item]
        if message.kind != REMINDER and others.exists():
            raise Refused(REFUSALS[ASKED_ALREADY], ASKED_ALREADY)
        sent = mail.sent_by_hand(message, actor=actor)
        making.contacted(candidacy, actor, at=timezone.now())
    return sent


def reveal(candidacy: Candidacy, *, actor: User) -> Message | None:
    """Reveal a confidential client to this person and ask for consent with the legal name; None without an address."""
    with lawful():
        candidacy = making.running(candidacy)
        asked = consent.reveal_client(subject=candidacy.subject, vacancy=candidacy.vacancy, actor=actor)
        try:
            address = making.address_of(candidacy.candidate)
        except Refused:
            return None
        return _queue("revealed", candidacy, asked, address, actor, AS_USUAL)


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
        .filter(making.ASKED)
        .exclude(vacancy_ref=vacancy.pk)
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


def _queue(
    kind: str, candidacy: Candidacy, asked: ConsentRequest, address: ContactPoint, actor: User, wish: Wish
) -> Message:
    # An attempt after a bounce or an undo is another message; the lock on the candidacy numbers them.
    about = Message.objects.about("consent_request", [asked.pk]).filter(channel=Channel.EMAIL)
    return mail.queue(
        kind,
        key=f"{kind}:{asked.pk}:{about.exclude(kind=REMINDER).count() + 1}",
        subject=candidacy.subject,
        to_email=address.normalised,
        to_name=candidacy.candidate.name,
        addresses=addresses_of_candidate(candidacy.candidate),
        language=asked.language,
        context={**making.context_of(candidacy, asked), **making.line_of(wish)},
        links=making.question_links(asked),
        about=("consent_request", asked.pk),
        vacancy=candidacy.vacancy_id,
        client=candidacy.vacancy.client_id,
        sender=actor,
        template=making.words_of(kind, asked.language, wish),
        not_before=wish.leaves_at,
        attachments=wish.files,
    )


def _question(candidacy: Candidacy, actor: User, wish: Wish) -> ConsentRequest:
    """The open question of this candidacy while nobody has sent it, or a new one; its time counts from its leaving."""
    asked = (
        ConsentRequest.objects.with_latest()
        .filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id, closed_at=None)
        .order_by("-created_at")
        .first()
    )
    if asked is None:
        asked = consent.request(
            subject=candidacy.subject,
            vacancy=candidacy.vacancy,
            actor=actor,
            language=candidacy.candidate.language,
        )
    elif asked.latest or making.askings([asked.pk]).exists():  # type: ignore[attr-defined]
        raise Refused(REFUSALS[ASKED_ALREADY], ASKED_ALREADY)
    return consent.give_time(asked, leaves_at=wish.leaves_at)


def _kind_of(asked: ConsentRequest) -> str:
    return "approach" if asked.purpose == Purpose.INTRODUCE else "talk_invite"
