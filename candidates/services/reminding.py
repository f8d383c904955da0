"""The one reminder: the same question once more, 7 to 14 days after it left, to somebody who did not answer."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from candidates.models import Candidacy, ContactPoint
from candidates.services import making
from candidates.services.approaching import Prospect, digest_of
from candidates.services.making import AS_USUAL, ENDED, NO_EMAIL, Wish
from candidates.services.sourcing import addresses_of_candidate
from consent.models import ConsentRequest
from mailing import rendering, transmissions
from mailing import services as mail
from mailing.kinds import REMINDER
from mailing.models import I8_SUPPRESSED, ONE_REMINDER, Channel, Message, State
from privacy import deadlines
from privacy.guards import REFUSALS, Refused, Sentence, lawful, refuse
from privacy.models import Link
from vacancies.models import VacancyState

logger = logging.getLogger(__name__)

# After this many days nobody is reminded any more; from when on is the organisation's to say (Tw 11.7, one reminder).
UNTIL_DAYS = 14
OFFICE_HOURS = (time(9), time(17))
TOGETHER = 200

NOT_ASKED = refuse("remind_not_asked", _("This person was not asked yet, so there is nothing to remind of."))
ANSWERED = refuse("remind_answered", _("This person has answered. There is nothing to remind of."))
BOUNCED = refuse("remind_bounced", _("The first message did not arrive. Choose another way to ask first."))
AGREED = refuse("remind_follow_up", _("A day to speak again is agreed with this person. They are not reminded."))
OVER = refuse("remind_over", _("The time to answer this question is over."))
EARLY = refuse("remind_early", _("It is too early for a reminder."))
LATE = refuse("remind_late", _("It is too late for a reminder: it goes within 14 days after the first message."))

ON_ITS_WAY = (State.QUEUED, State.CLAIMED)
LEFT = (State.ACCEPTED, State.DELIVERED, State.NEEDS_PERSON)
LOST = (State.BOUNCED, State.FAILED)


@dataclass(frozen=True)
class Reminding:
    """What reminding one person rests on: the open question, the first message, and what stands in the way."""

    candidacy: Candidacy
    asked: ConsentRequest | None = None
    first: "Asking | None" = None
    address: str = ""
    rule: str = ""
    refusal: Sentence = ""


@dataclass(frozen=True)
class Asking:
    """What matters here of a message about a question."""

    pk: UUID
    kind: str
    state: str
    accepted_at: datetime | None
    answered_at: datetime | None


def remindings(chosen: list[Candidacy], *, at: datetime, by_mail: bool = True) -> list[Reminding]:
    """What reminding each at this moment would rest on, in a handful of queries. All are of one vacancy."""
    points = making.points_of(chosen)
    stopped = making.stopped_among(chosen, points)
    questions = _questions(chosen)
    messages = _messages(asked.pk for asked in questions.values())
    days = Organisation.current().reminder_days
    found = []
    for candidacy in chosen:
        asked = questions.get(candidacy.subject_id)
        about = messages.get(asked.pk, []) if asked else []
        first = min(
            (one for one in about if one.kind != REMINDER and one.accepted_at and one.state in LEFT),
            key=lambda one: one.accepted_at,  # type: ignore[arg-type,return-value]
            default=None,
        )
        mails = making.mails_of(points.get(candidacy.candidate_id, []))
        rule, refusal = _in_the_way(candidacy, asked, about, first, at, days)
        if not rule and candidacy.candidate_id in stopped:
            rule, refusal = I8_SUPPRESSED, REFUSALS[I8_SUPPRESSED]
        if not rule and by_mail and not mails:
            rule, refusal = NO_EMAIL, REFUSALS[NO_EMAIL]
        found.append(Reminding(candidacy, asked, first, mails[0] if mails else "", rule, refusal))
    return found


def prospects(chosen: list[Candidacy], *, at: datetime | None = None) -> list[Prospect]:
    """What `remind` would do to each, as for a first message."""
    return [
        Prospect(one.candidacy, one.address, one.refusal if one.rule else None, one.rule)
        for one in remindings(chosen, at=at or timezone.now())
    ]


def remind(candidacy: Candidacy, *, actor: User, wish: Wish = AS_USUAL, by_clock: bool = False) -> Message:
    """Queue the one reminder to this person, with the link they have. The no-answer clock goes on as it was.

    Raises Refused in words. `by_clock`: nobody pressed anything; `actor` is whose question it is.
    """
    with lawful():
        candidacy = making.running(candidacy)
        one = remindings([candidacy], at=wish.contact_at)[0]
        asked = _granted(one)
        about = Message.objects.about("consent_request", [asked.pk]).filter(kind=REMINDER, channel=Channel.EMAIL)
        message = mail.queue(
            REMINDER,
            # One called back in time was none, so the next has a number of its own; the guard counts the others.
            key=f"{REMINDER}:{asked.pk}:{about.count() + 1}",
            to_email=one.address,
            template=making.words_of(REMINDER, asked.language, wish),
            not_before=wish.leaves_at,
            attachments=wish.files,
            **_made_of(candidacy, asked, one, actor, wish),
        )
        making.contacted(candidacy, None if by_clock else actor, at=wish.contact_at)
    return message


def prepare_copy(candidacy: Candidacy, *, channel: str, actor: User, wish: Wish = AS_USUAL) -> Message:
    """The reminder as a text for another channel; sent, it is the one reminder."""
    with lawful():
        candidacy = making.running(candidacy)
        one = remindings([candidacy], at=timezone.now(), by_mail=False)[0]
        asked = _granted(one)
        return mail.copy_text(
            REMINDER,
            key=f"{REMINDER}:{channel}:{asked.pk}{digest_of(wish, asked.language)}",
            channel=channel,
            template=making.words_of(REMINDER, asked.language, wish, short=True),
            **_made_of(candidacy, asked, one, actor, wish),
        )


def drop_reminders(*, subject: UUID, vacancy: UUID | None) -> int:
    """The person answered: a reminder that waits is not needed any more. How many."""
    return mail.abort(subject=subject, vacancy=vacancy, reason="answered", kinds=[REMINDER])


def due_now() -> "QuerySet[Candidacy]":
    """Whom the clock may remind today, in one query; the verb looks again under its lock."""
    now = timezone.now()
    first_day = timezone.localdate(now) - timedelta(days=UNTIL_DAYS)
    last_day = timezone.localdate(now) - timedelta(days=Organisation.current().reminder_days)
    about = Message.objects.filter(about_kind="consent_request", about_id=OuterRef("pk"))
    waiting = (
        ConsentRequest.objects.waiting()
        .filter(
            follow_up_on=None,
            replied_at=None,
            expires_at__gt=now,
            handed_over_at__gte=_midnight(first_day),
            handed_over_at__lt=_midnight(last_day + timedelta(days=1)),
            subject__erased_at=None,
            subject__restricted_at=None,
        )
        .filter(Exists(about.filter(state__in=LEFT).exclude(kind=REMINDER)))
        .exclude(
            Exists(
                about.filter(
                    Q(answered_at__isnull=False)
                    | Q(state__in=(*ON_ITS_WAY, *LOST))
                    | (Q(kind=REMINDER) & ~Q(state__in=(State.DRAFT, State.ABORTED)))
                    # Somebody called it back: then it does not go by itself after all.
                    | Q(kind=REMINDER, reason="undone")
                )
            )
        )
        .filter(subject=OuterRef("subject"), vacancy=OuterRef("vacancy"))
    )
    mails = ContactPoint.objects.usable().filter(candidate=OuterRef("candidate"), kind="email")
    return (
        Candidacy.objects.running()
        .filter(Exists(waiting), Exists(mails))
        .exclude(vacancy__state=VacancyState.PROCEDURE_CLOSED)
        .select_related("candidate", "subject", "vacancy__client", "vacancy__owner", "owner")
        .order_by("created_at", "pk")
    )


def remind_due() -> int:
    """Send the reminders that go by themselves, where the organisation wants that. How many; safe to run twice."""
    if not Organisation.current().reminder_automatic:
        return 0
    reminded = 0
    for candidacy in due_now()[:TOGETHER]:
        sender = _sender_of(candidacy)
        if sender is None:
            continue
        try:
            remind(candidacy, actor=sender, by_clock=True)
        except Refused:
            continue  # answered, stopped or reminded by hand since the list was made
        except Exception:
            logger.exception("reminder: candidacy %s could not be reminded", candidacy.pk)
            continue
        reminded += 1
    return reminded


def is_office_time(moment: datetime) -> bool:
    """Whether it is a working day in the Netherlands, between nine and five."""
    local = timezone.localtime(moment, deadlines.TZ)
    return not deadlines.is_nonworking(local.date()) and OFFICE_HOURS[0] <= local.time() < OFFICE_HOURS[1]


def _sender_of(candidacy: Candidacy) -> User | None:
    """Whose question it is, else who has the person now; somebody who still works here."""
    asked = ConsentRequest.objects.filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id, closed_at=None)
    newest = asked.select_related("asked_by").order_by("-created_at").first()
    for user in (newest.asked_by if newest else None, candidacy.owner, candidacy.vacancy.owner):
        if user is not None and user.is_active and user.works_here:
            return user
    return None


def _granted(one: Reminding) -> ConsentRequest:
    if one.rule or one.asked is None:
        raise Refused(one.refusal or REFUSALS[NOT_ASKED], one.rule or NOT_ASKED)
    return one.asked


def _made_of(candidacy: Candidacy, asked: ConsentRequest, one: Reminding, actor: User, wish: Wish) -> dict[str, Any]:
    return {
        "subject": candidacy.subject,
        "to_name": candidacy.candidate.name,
        "addresses": addresses_of_candidate(candidacy.candidate),
        "language": asked.language,
        "context": {
            **making.context_of(candidacy, asked),
            # Who writes now, which a colleague may be.
            "recruiter": actor.name,
            "recruiter_title": actor.job_title,
            "recruiter_phone": actor.phone or Organisation.current().phone,
            **making.line_of(wish),
        },
        "links": _same_links(asked, one),
        "about": ("consent_request", asked.pk),
        "vacancy": candidacy.vacancy_id,
        "client": candidacy.vacancy.client_id,
        "sender": actor,
    }


def _same_links(asked: ConsentRequest, one: Reminding) -> dict[str, Link]:
    """The links of the first message, so that the answer is behind the address the person has already."""
    first = Message.objects.get(pk=one.first.pk) if one.first else None
    if first is not None:
        names = rendering.stored_links(first.body_text, first.body_html)
        held = {
            names[pk]: link
            for pk, link in transmissions.links_in(first).items()
            if link.revoked_at is None and not link.is_expired
        }
        if "consent" in held and "withdraw" in held:
            return held
    return making.question_links(asked)


def _questions(chosen: Iterable[Candidacy]) -> Mapping[UUID, ConsentRequest]:
    """The newest question to each of these subjects, with its latest answer."""
    pairs = list(chosen)
    found: dict[UUID, ConsentRequest] = {}
    rows = ConsentRequest.objects.with_latest().filter(
        subject__in={one.subject_id for one in pairs}, vacancy__in={one.vacancy_id for one in pairs}
    )
    for asked in rows.select_related("asked_by", "subject").order_by("created_at"):
        found[asked.subject_id] = asked
    return found


def _messages(questions: Iterable[UUID]) -> dict[UUID, list[Asking]]:
    found: dict[UUID, list[Asking]] = {}
    rows = Message.objects.about("consent_request", list(questions)).annotate(question=F("about_id"))
    for row in rows.values_list("question", "pk", "kind", "state", "accepted_at", "answered_at"):
        found.setdefault(row[0], []).append(Asking(*row[1:]))
    return found


def _in_the_way(
    candidacy: Candidacy,
    asked: ConsentRequest | None,
    about: list[Asking],
    first: Asking | None,
    at: datetime,
    days: int,
) -> tuple[str, Sentence]:
    """The rule that forbids the reminder and its sentence; empty when nothing does."""
    if candidacy.ended_at is not None:
        return _told(ENDED)
    if asked is None:
        return _told(NOT_ASKED)
    if asked.latest or asked.replied_at or any(one.answered_at for one in about):  # type: ignore[attr-defined]
        return _told(ANSWERED)
    if asked.closed_at is not None:
        return _told(OVER)
    if any(one.kind == REMINDER and one.state not in (State.DRAFT, State.ABORTED) for one in about):
        return _told(ONE_REMINDER)
    if any(one.state in LOST for one in about):
        return _told(BOUNCED)
    if first is None or asked.handed_over_at is None or first.accepted_at is None:
        return _told(NOT_ASKED)
    if asked.follow_up_on is not None:
        return _told(AGREED)
    if asked.expires_at <= at:
        return _told(OVER)
    from_day, until_day = window(first.accepted_at, days)
    if timezone.localdate(at) < from_day:
        text = _("It is too early: a reminder may go from {first} to {last}.")
        return EARLY, format_lazy(text, first=date_format(from_day, "j F"), last=date_format(until_day, "j F"))
    if timezone.localdate(at) > until_day:
        return _told(LATE)
    return "", ""


def window(left_at: datetime, days: int) -> tuple[date, date]:
    """The first and the last day for a reminder of a message that left then; days in Amsterdam."""
    left_on = timezone.localdate(left_at)
    return left_on + timedelta(days=days), left_on + timedelta(days=UNTIL_DAYS)


def _told(rule: str) -> tuple[str, Sentence]:
    return rule, REFUSALS[rule]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
