"""What every message to a candidate is made of: the words chosen, what they may name, links, and who it goes to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet
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
    EndReason,
    Source,
    Stage,
    StageDecision,
)
from candidates.names import greeting
from candidates.services.sourcing import addresses_of, addresses_of_candidate
from consent.models import Basis, ConsentRequest, LegalBasis
from mailing import outbox, rendering
from mailing import services as mail
from mailing.kinds import NOTICE_KINDS, REMINDER
from mailing.models import (
    I8_SUPPRESSED,
    InboundMail,
    Message,
    MessageQuerySet,
    State,
    StoredFile,
    TemplateVersion,
)
from privacy import ledger, links, suppression
from privacy.deadlines import purge_after_days
from privacy.guards import REFUSALS, Refused, refuse
from privacy.models import Link, Subject, SuppressionEntry
from privacy.models.subjects import LinkPurpose
from privacy.proofs import wording as proofs

NO_EMAIL = refuse(
    "approach_no_email", _("There is no e-mail address that works. Copy the text and send it another way.")
)
ENDED = refuse("approach_ended", _("This candidacy has ended."))
NO_TEMPLATE = refuse("approach_no_template", _("The chosen words are not there for this message. Choose others."))
NO_PLACE = refuse(
    "approach_no_place", _("These words have no place for a line of your own. Choose others, or leave the line out.")
)
TOO_LATE = refuse("approach_too_late", _("This moment is too late for this person. Choose an earlier one."))

# What happened to a message that leaves the question unasked: it may be sent again another way.
UNASKED = (State.DRAFT, State.ABORTED, State.BOUNCED, State.FAILED)
# The others, and what was called back too late and is not known to have failed.
ASKED = ~Q(state__in=UNASKED) | Q(state=State.ABORTED, accepted_at__isnull=False, failed_at=None)
# Names under which words have a place for the line of one's own; the second is that of words published earlier.
PLACES = ("note", "words")
# A message is planned within this time: what it says about dates and people must still be so.
AHEAD = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How a message is wanted: in which named words by language, with which line and files, at which moment.

    What is left out is the standard: the standard words, no line, as soon as the undo is over, and no files.
    """

    templates: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    not_before: datetime | None = None
    files: tuple[StoredFile, ...] = ()

    @property
    def leaves_at(self) -> datetime:
        """When it may leave; never before its undo is over."""
        undo = mail.undo_moment()
        return max(self.not_before, undo) if self.not_before else undo

    @property
    def contact_at(self) -> datetime:
        """The moment that counts as the contact: now, or the planned one."""
        return max(self.not_before or timezone.now(), timezone.now())

    @property
    def is_planned(self) -> bool:
        return self.not_before is not None and self.not_before > timezone.now()


AS_USUAL = Wish()


def words_of(kind: str, language: str, wish: Wish, *, short: bool = False) -> TemplateVersion | None:
    """The published words a wish asks for; None for the standard ones. Raises Refused when they do not fit."""
    name = wish.templates.get(language, "")
    chosen = TemplateVersion.objects.offered(kind, language).filter(name=name).first()
    if name and chosen is None:
        raise Refused(REFUSALS[NO_TEMPLATE], NO_TEMPLATE)
    if wish.note and chosen is not None:
        places = rendering.names_in(chosen.short if short else chosen.body)
        if not places.intersection(PLACES):
            raise Refused(REFUSALS[NO_PLACE], NO_PLACE)
    return chosen


def line_of(wish: Wish) -> dict[str, str]:
    """The line of one's own as words may name it: one paragraph."""
    return dict.fromkeys(PLACES, " ".join(wish.note.split()))


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
            "asked_on": date_format(timezone.localdate(asked.handed_over_at or timezone.now())),
            "retention_days": str(organisation.no_answer_days),
            "proof": proofs.sentence(asked.language, proofs.months()),
        }


def question_links(asked: ConsentRequest) -> dict[str, Link]:
    """Links of a message that asks: the answer's own, and those every message carries."""
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


def running(candidacy: Candidacy) -> Candidacy:
    """Lock first, then look: two recruiters may press send at once, and the person may answer meanwhile."""
    # Whoever says no or withdraws takes this lock before the question too; the other way round they would deadlock.
    outbox.share_suppression_lock()
    ConsentRequest.objects.lock(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id)
    candidacy = (
        Candidacy.objects.select_for_update(of=("self",))
        .select_related("candidate", "subject", "vacancy__client", "vacancy__owner")
        .get(pk=candidacy.pk)
    )
    if candidacy.ended_at is not None:
        raise Refused(_("This candidacy has ended."), ENDED)
    return candidacy


def address_of(candidate: Candidate) -> ContactPoint:
    """The e-mail address that works. Raises Refused when there is none."""
    point = candidate.contact_points.usable().filter(kind=ContactKind.EMAIL).order_by("created_at").first()
    if point is None:
        raise Refused(REFUSALS[NO_EMAIL], NO_EMAIL)
    return point


def check_stops(candidacy: Candidacy) -> None:
    """Say at once what the claim of I8 would say later. Raises Refused."""
    stops = suppression.standing_for(
        addresses_of_candidate(candidacy.candidate), vacancy=candidacy.vacancy_id, client=candidacy.vacancy.client_id
    )
    if stops.exists():
        raise Refused(REFUSALS[I8_SUPPRESSED], I8_SUPPRESSED)


def points_of(chosen: Iterable[Candidacy]) -> dict[UUID, list[ContactPoint]]:
    """Contact points by candidate, oldest first, in one query."""
    points: dict[UUID, list[ContactPoint]] = {}
    people = [candidacy.candidate_id for candidacy in chosen]
    for point in ContactPoint.objects.standing().filter(candidate__in=people).order_by("created_at"):
        points.setdefault(point.candidate_id, []).append(point)
    return points


def mails_of(points: Iterable[ContactPoint]) -> list[str]:
    """The e-mail addresses among them that work."""
    return [point.normalised for point in points if point.kind == ContactKind.EMAIL and point.failed_at is None]


def stopped_among(chosen: list[Candidacy], points: Mapping[UUID, list[ContactPoint]]) -> set[UUID]:
    """Candidates who said stop under any address they have; all are of one vacancy."""
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


def askings(questions: Iterable[UUID]) -> MessageQuerySet:
    """The messages that asked these questions and did not fail; a reminder asks nothing new."""
    about = Message.objects.about("consent_request", list(questions))
    return about.exclude(kind=REMINDER).filter(ASKED)


def tell_by(candidacies: Iterable[UUID]) -> dict[UUID, date]:
    """The last day to tell each person who was not told yet (GDPR art. 14(3)(a)), in one query."""
    from candidates.fillers import art14

    rows = art14().filter(clock_object__in=list(candidacies))
    return dict(rows.values_list("clock_object", "clock_due_on"))


def check_moment(candidacy: Candidacy, wish: Wish) -> None:
    """Raises Refused when a planned moment lies too far ahead, or after the last day to tell the person."""
    if not wish.is_planned or wish.not_before is None:
        return
    last = min(
        timezone.localdate(timezone.now() + AHEAD),
        tell_by([candidacy.pk]).get(candidacy.pk, date.max),
    )
    if timezone.localdate(wish.not_before) > last:
        raise Refused(too_late(last), TOO_LATE)


def too_late(last: date) -> str:
    """The sentence for a moment after a person's last day."""
    return str(format_lazy(_("Too late: this person must be told by {day}."), day=date_format(last, "j F")))


def contacted(candidacy: Candidacy, actor: User | None, *, at: datetime) -> None:
    """Sending is the recruiter's own act, so it is also the decision that moves a found person on (I6).

    `at` is when the message leaves: a planned one is a contact of that day.
    """
    from candidates.services.board import move

    candidacy.last_contact_at = at
    candidacy.save(update_fields=["last_contact_at", "changed_at"])
    if candidacy.stage == Stage.FOUND and actor is not None:
        move(candidacy.pk, to=Stage.APPROACHED, reason=DecisionReason.NEXT_STEP, actor=actor)
    ledger.append("candidacy.contacted", subject=candidacy.subject_id, actor=actor, candidacy=str(candidacy.pk))


def on_calling_back(sender: Any, message: Message, **kwargs: Any) -> None:
    """The question and the card before the message: the order in which everybody takes them."""
    if message.subject_id and message.vacancy_ref:
        ConsentRequest.objects.lock(subject=message.subject_id, vacancy=message.vacancy_ref)
        list(_card_of(message).select_for_update(of=("self",)).values_list("pk"))


def on_called_back(sender: Any, message: Message, actor: User, **kwargs: Any) -> None:
    """Nothing was sent after all: the last contact is the one before, and a card this moved on goes back."""
    from candidates.services.board import move

    candidacy = _card_of(message).first()
    if candidacy is None:
        return
    Candidacy.objects.filter(pk=candidacy.pk).update(
        last_contact_at=_last_contact(candidacy), changed_at=timezone.now()
    )
    last = StageDecision.objects.filter(candidacy=candidacy).order_by("-id").first()
    was_moved = last is not None and (last.from_stage, last.to_stage) == (Stage.FOUND, Stage.APPROACHED)
    if message.kind in NOTICE_KINDS and was_moved and candidacy.ended_at is None:
        move(candidacy.pk, to=Stage.FOUND, reason=DecisionReason.CORRECTION, actor=actor)
    if message.kind in NOTICE_KINDS and candidacy.ended_at is None:
        _leave_again(candidacy)


def _leave_again(candidacy: Candidacy) -> None:
    """Who left with a procedure and was to be asked again, was not asked after all: their date is what it was."""
    from candidates.services.answers import end

    newest = LegalBasis.objects.current_of(candidacy.subject_id, candidacy.vacancy_id)
    if newest is None or newest.basis != Basis.LEGAL_OBLIGATION:
        return
    left_on = timezone.localdate(newest.at)
    day = max(timezone.localdate(), purge_after_days(left_on, Organisation.current().retention_days))
    questions = ConsentRequest.objects.filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id)
    questions.filter(closed_at=None).update(closed_at=timezone.now())
    end(candidacy, EndReason.CLOSED, erase_on=day)


def _card_of(message: Message) -> "QuerySet[Candidacy]":
    return Candidacy.objects.filter(subject=message.subject_id, vacancy=message.vacancy_ref)


def _last_contact(candidacy: Candidacy) -> datetime | None:
    """The newest of what left, what was noted by hand, and what surely came from this person."""
    about = {"subject": candidacy.subject_id, "vacancy_ref": candidacy.vacancy_id}
    planned = Message.objects.filter(state__in=(State.QUEUED, State.CLAIMED), **about).aggregate(at=Max("not_before"))
    sent = Message.objects.filter(**about).aggregate(at=Max("accepted_at"))
    noted = candidacy.contacts.aggregate(at=Max("at"))
    came = InboundMail.objects.by_them().filter(**about).aggregate(at=Max("sent_at"))
    return max((found["at"] for found in (planned, sent, noted, came) if found["at"]), default=None)


def _source_in_words(found: Source | None) -> str:
    if found is None:
        return str(_("your own message to us"))
    if found.url:
        return f"{found.get_type_display()} ({found.url})"
    return str(found.get_type_display())
