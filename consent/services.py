"""Asking, answering, withdrawing: every change of consent and of the legal basis that follows from it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from consent import wording
from consent.models import (
    Basis,
    BasisReason,
    ConsentEvent,
    ConsentRequest,
    ConsentText,
    ConsentTrace,
    EventKind,
    LegalBasis,
    Notice,
    Purpose,
    RequestQuerySet,
    Revelation,
)
from consent.signals import consent_changed, everything_stopped, not_me_said
from mailing import services as mail
from mailing.events import bulk
from mailing.kinds import ASKING_KINDS, POOL_KINDS, RUNNER_UP_KINDS
from mailing.models import Channel, Message, State
from privacy import ledger, links, suppression
from privacy.deadlines import purge_after_months
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import LedgerEntry, LegitimateInterestAssessment, Link, Subject
from privacy.models.subjects import LinkPurpose
from vacancies.models import Vacancy, VacancyState

LINK_OVER = refuse("consent_link_over", _("This question can no longer be answered through this link."))
SAID_NO = refuse("consent_said_no", _("This person said no to this vacancy and is not asked again."))
NO_TEXT = refuse("consent_no_text", _("There is no published text for this question yet."))
TEXT_LACKS = refuse("consent_text_lacks", _("This text does not say everything the law asks for yet."))
NOTHING_TO_NOTE = refuse("consent_nothing_to_note", _("There is no open question to note an answer to."))
NOT_CONFIDENTIAL = refuse("consent_not_confidential", _("This client is not confidential: there is nothing to reveal."))
REVEALED = refuse("consent_revealed", _("The client has been revealed to this person already, and consent was asked."))
NAMES_CLIENT = refuse(
    "consent_names_client",
    _("The title or the text of this vacancy names the client, who is still confidential. Take the name out first."),
)

UNARRIVED = (State.BOUNCED, State.FAILED, State.ABORTED)
CLOSING = (EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.EXPIRED)


@dataclass(frozen=True)
class Trace:
    """Where an answer came from; kept beside the event and erased after the organisation's period."""

    ip: str | None
    user_agent: str


def publish_text(draft: ConsentText, *, actor: User) -> ConsentText:
    """Publish a draft: from now on it is asked in these words, and they never change (I10).

    Raises Refused with what it lacks of GDPR art. 13 and 14. Publishing twice changes nothing.
    """
    with lawful():
        text = ConsentText.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        if text.published_at is not None:
            return text
        if items := text.lacking:
            raise Refused(_("It still lacks: %(items)s.") % {"items": ", ".join(items)}, TEXT_LACKS)
        text.published_at = timezone.now()
        text.save(update_fields=["published_at"])
        ledger.append("consent_text.published", actor=actor, text=text.pk, purpose=text.purpose, version=text.version)
    return text


def request(
    *,
    subject: Subject,
    vacancy: Vacancy,
    actor: User,
    language: str,
    purpose: str | None = None,
    shared: list[str] | None = None,
    by_own_act: bool = False,
) -> ConsentRequest:
    """Write down one question to one person about a vacancy, everything as it will be shown. An earlier open question
    is closed. Whether somebody may be kept is asked by `consent.pool.ask`.

    Without `purpose` it is the one the law allows now: a talk while the client is confidential and not revealed to
    this person, an introduction otherwise. Raises Refused when the person said no to this vacancy before, unless
    they came back by their own act.
    """
    with lawful():
        revealed = not vacancy.is_confidential or Revelation.objects.filter(subject=subject, vacancy=vacancy).exists()
        purpose = purpose or (Purpose.INTRODUCE if revealed else Purpose.TALK)
        said_no = ConsentEvent.objects.filter(
            request__subject=subject, request__vacancy=vacancy, kind__in=(EventKind.REFUSED, EventKind.WITHDRAWN)
        )
        if not by_own_act and said_no.exists():
            raise Refused(_("This person said no to this vacancy and is not asked again."), SAID_NO)
        text = ConsentText.objects.filter(purpose=purpose, published_at__isnull=False).order_by("-version").first()
        if text is None:
            raise Refused(_("There is no published text for this question yet."), NO_TEXT)
        now = timezone.now()
        ConsentRequest.objects.filter(subject=subject, vacancy=vacancy, purpose=purpose, closed_at=None).update(
            closed_at=now
        )
        names_client = purpose == Purpose.INTRODUCE
        if not names_client and tells_the_client(vacancy):
            raise Refused(REFUSALS[NAMES_CLIENT], NAMES_CLIENT)
        asked = ConsentRequest.objects.create(
            subject=subject,
            vacancy=vacancy,
            purpose=purpose,
            client=vacancy.client if names_client else None,
            client_as_named=vacancy.client.legal_name if names_client else vacancy.sector_label,
            vacancy_title=vacancy.title,
            vacancy_text=vacancy.text,
            shared=list(shared if shared is not None else vacancy.shared) if names_client else [],
            text=text,
            language=language,
            asked_by=actor,
            expires_at=now + timedelta(days=Organisation.current().link_days),
            # Who came by themselves has the question before them as soon as it is made.
            handed_over_at=now if by_own_act else None,
        )
        ledger.append(
            "consent.requested",
            subject=subject,
            actor=actor,
            request=str(asked.pk),
            vacancy=str(vacancy.pk),
            purpose=purpose,
            text=str(text.pk),
        )
    return asked


def give_time(asked: ConsentRequest, *, leaves_at: datetime) -> ConsentRequest:
    """A question not sent yet can be answered for the organisation's period from when it leaves, not from when it
    was made."""
    until = leaves_at + timedelta(days=Organisation.current().link_days)
    if asked.handed_over_at is None and asked.expires_at < until:
        asked.expires_at = until
        asked.save(update_fields=["expires_at"])
    return asked


def start_basis(
    *,
    subject: Subject,
    vacancy: Vacancy | None,
    basis: str,
    reason: str,
    actor: User | None,
    assessment: LegitimateInterestAssessment | None = None,
    event: ConsentEvent | None = None,
    until: date | None = None,
) -> LegalBasis:
    """Add the row in force from now on for this person in this vacancy (I3), or outside any (None).

    `actor` None: the person or a clock. `until`: the last day of a basis that says so itself.
    """
    row = LegalBasis.objects.create(
        subject=subject,
        vacancy=vacancy,
        basis=basis,
        reason=reason,
        by=actor,
        assessment=assessment,
        event=event,
        until=until,
    )
    about = {"vacancy": str(vacancy.pk)} if vacancy else {"until": str(until)} if until else {}
    ledger.append("basis.started", subject=subject, actor=actor, basis=basis, reason=reason, **about)
    return row


def reveal_client(*, subject: Subject, vacancy: Vacancy, actor: User) -> ConsentRequest:
    """A named recruiter reveals a confidential client to one person; only now can an introduction be asked (C4)."""
    with lawful():
        if not vacancy.is_confidential:
            raise Refused(_("This client is not confidential: there is nothing to reveal."), NOT_CONFIDENTIAL)
        _row, is_new = Revelation.objects.get_or_create(
            subject=subject, vacancy=vacancy, defaults={"client": vacancy.client, "by": actor}
        )
        if is_new:
            ledger.append("client.revealed", subject=subject, actor=actor, vacancy=str(vacancy.pk))
        asked = ConsentRequest.objects.filter(subject=subject, vacancy=vacancy, purpose=Purpose.INTRODUCE)
        if asked.filter(closed_at=None).exists():
            # Pressed twice: a second question would close the first, and with it an answer given meanwhile.
            raise Refused(REFUSALS[REVEALED], REVEALED)
        talk = ConsentRequest.objects.filter(subject=subject, vacancy=vacancy, purpose=Purpose.TALK, closed_at=None)
        language = talk.values_list("language", flat=True).first() or actor.language
        talk.update(closed_at=timezone.now())
        return request(subject=subject, vacancy=vacancy, actor=actor, language=language, purpose=Purpose.INTRODUCE)


def give(
    asked: ConsentRequest, *, link: Link, language: str, channel: str = Channel.EMAIL, trace: Trace | None = None
) -> ConsentEvent:
    """The person says yes. For an introduction the legal basis becomes consent; a yes to be kept says until when.

    Saying it twice changes nothing.
    """
    with lawful():
        asked, latest = _lock(asked)
        if latest and latest.kind == EventKind.GIVEN:
            return latest
        _must_be_open(asked, link)
        event = _record(asked, EventKind.GIVEN, link=link, language=language, channel=channel, trace=trace)
        if asked.purpose == Purpose.INTRODUCE:
            start_basis(
                subject=asked.subject,
                vacancy=asked.vacancy,
                basis=Basis.CONSENT,
                reason=BasisReason.GIVEN,
                actor=None,
                event=event,
            )
        elif asked.is_pool:
            start_basis(
                subject=asked.subject,
                vacancy=None,
                basis=Basis.POOL,
                reason=BasisReason.GIVEN,
                actor=None,
                event=event,
                until=purge_after_months(timezone.localdate(), Organisation.current().pool_months),
            )
        elif asked.is_runner_up:
            start_basis(
                subject=asked.subject,
                vacancy=None,
                basis=Basis.RUNNER_UP,
                reason=BasisReason.GIVEN,
                actor=None,
                event=event,
                until=asked.keep_until,
            )
        consent_changed.send(ConsentRequest, request=asked, event=event)
    return event


def refuse_request(
    asked: ConsentRequest, *, link: Link, language: str, channel: str = Channel.EMAIL, trace: Trace | None = None
) -> ConsentEvent:
    """The person says no: nothing more is sent about this vacancy. After a yes this is a withdrawal.

    One may say it through any message about the vacancy, so it reaches whichever question stands now. A no to being
    kept longer than was agreed is no withdrawal: the yes before it ends on its own day.
    """
    with lawful():
        suppression.lock()  # a no may end in a stop; waiting for this with a row in hand is a deadlock
        rows = _lock_all(asked)
        if again := _asks_again(asked, rows, link):
            return _decline(again, link=link, language=language, channel=channel, trace=trace)
        asked, latest = _standing(asked, rows)
        if latest and latest.kind in CLOSING:
            return latest
        kind = EventKind.WITHDRAWN if latest and latest.kind == EventKind.GIVEN else EventKind.REFUSED
        return _stop(asked, kind, link=link, language=language, channel=channel, trace=trace)


def talk_first(
    asked: ConsentRequest, *, link: Link, language: str, channel: str = Channel.EMAIL, trace: Trace | None = None
) -> ConsentEvent:
    """The person wants to talk first: no consent, but an answer, so the no-answer clock ends (DESIGN §4)."""
    with lawful():
        asked, latest = _lock(asked)
        if latest and latest.kind in (EventKind.TALK_FIRST, EventKind.GIVEN):
            return latest
        _must_be_open(asked, link)
        event = _record(asked, EventKind.TALK_FIRST, link=link, language=language, channel=channel, trace=trace)
        consent_changed.send(ConsentRequest, request=asked, event=event)
    return event


def withdraw(
    asked: ConsentRequest, *, link: Link, language: str, channel: str = Channel.EMAIL, trace: Trace | None = None
) -> ConsentEvent:
    """The person withdraws; without an earlier yes it is a no. Takes effect at once (GDPR art. 7(3), 21(3))."""
    return refuse_request(asked, link=link, language=language, channel=channel, trace=trace)


def stop_everything(*, link: Link, language: str, trace: Trace | None = None) -> int:
    """The person stops all contact: every open question ends, nothing is sent again. Returns how many ended."""
    with lawful():
        suppression.lock()
        # Where a no still has something to end: open questions, and those whose yes stands.
        unsettled = Q(closed_at=None) | Q(latest=EventKind.GIVEN)
        standing = list(ConsentRequest.objects.with_latest().filter(unsettled, subject=link.subject).order_by("pk"))
        for asked in standing:
            withdraw(asked, link=link, language=language, trace=trace)
        if standing or not has_stopped(link.subject):
            ledger.append("contact.stopped", subject=link.subject, link=str(link.pk), ended=len(standing))
        mail.abort(subject=link.subject, vacancy=None, reason="objected")
        everything_stopped.send(Subject, subject=link.subject, link=link, request=_request_of(link))
    return len(standing)


def has_stopped(subject: Subject) -> bool:
    """Whether the person stopped everything, and did not come back by their own act since."""
    stopped = LedgerEntry.objects.filter(subject=subject, kind="contact.stopped").order_by("-at").first()
    if stopped is None:
        return False
    return not ConsentRequest.objects.filter(subject=subject, created_at__gt=stopped.at).exists()


def standing(asked: ConsentRequest) -> tuple[ConsentRequest, ConsentEvent | None]:
    """The question to this person about this vacancy that stands now, and its latest answer: the one a no reaches."""
    return _standing(asked, _of_same_vacancy(asked))


def expire(asked: ConsentRequest) -> ConsentEvent | None:
    """A clock ends a question: a yes that lived its time, or no answer at all. None when neither is due now."""
    with lawful():
        asked, latest = _lock(asked)
        if asked.closed_at is not None or not _is_over(asked, latest):
            return None
        event = _record(asked, EventKind.EXPIRED, link=None, language=asked.language, channel=Channel.OTHER)
        asked.closed_at = timezone.now()
        asked.save(update_fields=["closed_at"])
        if _had_a_basis(asked, latest) and not is_kept(asked):
            start_basis(
                subject=asked.subject,
                vacancy=asked.vacancy,
                basis=Basis.LEGAL_OBLIGATION,
                reason=BasisReason.EXPIRED if latest and latest.kind == EventKind.GIVEN else BasisReason.NO_ANSWER,
                actor=None,
                event=event,
            )
        _call_back(asked, reason="expired")
        consent_changed.send(ConsentRequest, request=asked, event=event)
    return event


def is_kept(asked: ConsentRequest) -> bool:
    """Whether another yes to be kept stands, so that the end of this question to be kept changes nothing."""
    if not asked.is_keeping:
        return False
    theirs = ConsentRequest.objects.filter(subject=asked.subject_id)
    return theirs.keeping().exists() or theirs.runners_up().exists()


def _had_a_basis(asked: ConsentRequest, latest: ConsentEvent | None) -> bool:
    """Whether anything rested on this question: on one to be a runner-up, only where it was answered with yes."""
    return not asked.is_runner_up or (latest is not None and latest.kind == EventKind.GIVEN)


def close_questions(vacancy: Vacancy) -> int:
    """The procedure is over: standing consents expire with it (C12), open questions close. Returns how many did."""
    open_ones = list(ConsentRequest.objects.filter(vacancy=vacancy, closed_at=None).order_by("pk"))
    for asked in open_ones:
        if expire(asked) is None:
            ConsentRequest.objects.filter(pk=asked.pk, closed_at=None).update(closed_at=timezone.now())
            mail.abort(subject=asked.subject, vacancy=vacancy, reason="expired")
    return len(open_ones)


def note_oral(asked: ConsentRequest, *, actor: User, channel: str = Channel.PHONE) -> ConsentEvent:
    """Note a yes given by phone: pending, opening nothing, until the person confirms through the link (C5)."""
    with lawful():
        asked, latest = _lock(asked)
        if not asked.is_open or (latest and latest.kind in CLOSING):
            raise Refused(_("There is no open question to note an answer to."), NOTHING_TO_NOTE)
        if latest and latest.kind in (EventKind.PENDING, EventKind.GIVEN):
            return latest
        event = _record(
            asked, EventKind.PENDING, link=None, language=asked.language, channel=channel, recorded_by=actor
        )
        consent_changed.send(ConsentRequest, request=asked, event=event)
    return event


def not_me(*, link: Link, trace: Trace | None = None) -> None:
    """Somebody else got the link: its questions die at once, the links too, and the floors above remove the address.

    A yes given through it was not this person's, so it is taken back.
    """
    with lawful():
        suppression.lock()
        now = timezone.now()
        theirs = list(ConsentRequest.objects.given().filter(subject=link.subject).order_by("pk"))
        ConsentRequest.objects.filter(subject=link.subject, closed_at=None).update(closed_at=now)
        Link.objects.filter(subject=link.subject, revoked_at=None).update(revoked_at=now)
        mail.abort(subject=link.subject, vacancy=None, reason="not_me")
        ledger.append("contact.not_me", subject=link.subject, link=str(link.pk))
        not_me_said.send(Subject, subject=link.subject, link=link, request=_request_of(link))
        for asked in theirs:
            # After the address is gone: no receipt goes to whoever lives there.
            asked, latest = _lock(asked)
            if latest and latest.kind == EventKind.GIVEN:
                _stop(
                    asked,
                    EventKind.WITHDRAWN,
                    link=link,
                    language=asked.language,
                    channel=Channel.EMAIL,
                    trace=trace,
                    reason=BasisReason.NOT_ME,
                )


def agree_to_speak(asked: ConsentRequest, *, actor: User, on: date) -> None:
    """A follow-up date takes the place of the no-answer clock (DESIGN §4)."""
    asked.follow_up_on = on
    asked.save(update_fields=["follow_up_on"])
    ledger.append("consent.follow_up", subject=asked.subject, actor=actor, request=str(asked.pk))


def note_reply(*, subject: Subject, vacancy: UUID, at: datetime) -> int:
    """An answer in words came in: nobody waits for one any more. It decides nothing. Returns how many questions."""
    return _note_reply(subject, vacancy, replied_at=at, follow_up_on=None)


def note_late_reply(*, subject: Subject, vacancy: UUID, at: datetime) -> int:
    """The same for one recognised later: a day agreed stays, for it may have been agreed upon this very answer."""
    return _note_reply(subject, vacancy, replied_at=at)


def _note_reply(subject: Subject, vacancy: UUID, **noted: datetime | None) -> int:
    with lawful():
        asked = ConsentRequest.objects.filter(subject=subject, vacancy=vacancy, closed_at=None)
        ids = list(asked.order_by("pk").select_for_update().values_list("pk", flat=True))
        return ConsentRequest.objects.filter(pk__in=ids).update(**noted)


def withdraw_by_mail(*, subject: Subject, vacancy: UUID, language: str) -> ConsentRequest | None:
    """The person wrote that they withdraw, and a colleague confirmed that they did: the same as pressing it.

    None when nothing was ever asked. An answer is tied to a link of that person's own, also when it came by mail.
    """
    with lawful():
        suppression.lock()
        asked = ConsentRequest.objects.filter(subject=subject, vacancy=vacancy).order_by("-created_at").first()
        if asked is None:
            return None
        link = links.issue(LinkPurpose.WITHDRAW, subject=subject, about_kind="consent_request", about_id=asked.pk)
        withdraw(asked, link=link, language=language)
        return asked


# Locked in one order: an answer may be coming in to any of them.
_HANDED_OVER = """
    WITH asked AS MATERIALIZED (
        SELECT request.id, given.at FROM consent_consentrequest request
        JOIN unnest(%s::uuid[], %s::timestamptz[]) AS given(id, at) USING (id)
        -- Within a function, so that only the key can find them: nearly all were handed over, so this looks rare.
        WHERE coalesce(request.handed_over_at IS NULL, false)
        ORDER BY request.id FOR NO KEY UPDATE OF request
    )
    UPDATE consent_consentrequest request SET handed_over_at = asked.at
    FROM asked WHERE request.id = asked.id
"""
_GIVE_NOTICE = """
    INSERT INTO consent_notice
        (id, message_id, subject_id, vacancy_id, text_id, template_id, given_at, undone_reason)
    SELECT gen_random_uuid(), message.id, request.subject_id, request.vacancy_id, request.text_id, message.template_id,
        given.at, ''
    FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) AS given(message, request, at)
    JOIN mailing_message message ON message.id = given.message
    JOIN consent_consentrequest request ON request.id = given.request
    ON CONFLICT (message_id) DO NOTHING
    RETURNING message_id, subject_id, vacancy_id
"""


def note_handed_over(messages: Sequence[Message]) -> list[UUID]:
    """The questions left with these messages: from now on their answers are awaited. Set-based.

    Returns the messages that hold an art. 14 notice not written down before; each is written once."""
    left = {
        message.about_id: message.accepted_at or timezone.now()
        for message in messages
        if message.about_id and message.about_kind == "consent_request"
    }
    told = [(message, message.about_id) for message in messages if message.about_id in left and message.is_notice]
    with connection.cursor() as cursor:
        cursor.execute(_HANDED_OVER, [bulk.array(left), bulk.array(left.values())])
        if not told:
            return []
        cursor.execute(
            _GIVE_NOTICE,
            [
                bulk.array(message.pk for message, _request in told),
                bulk.array(request for _message, request in told),
                bulk.array(left[request] for _message, request in told if request),
            ],
        )
        given = cursor.fetchall()
    ledger.append_all(
        "notice.given",
        [(subject, {"vacancy": str(vacancy), "message": str(message)}) for message, subject, vacancy in given],
    )
    return [message for message, _subject, _vacancy in given]


def undo_handed_over(messages: Sequence[Message]) -> int:
    """These messages did not arrive: nobody was asked by them, and the art. 14 clocks run again. Set-based.

    The number of notices undone. Who answered was reached, whatever the mail servers say: of theirs nothing is undone.
    """
    reached = _unask([message for message in messages if message.asks and message.about_kind == "consent_request"])
    gone = {message.pk: message for message in messages if message.about_id not in reached}
    notices = Notice.objects.filter(message__in=gone, undone_at=None).order_by("pk").select_for_update(of=("self",))
    undone = dict(notices.values_list("message", "pk"))
    now = timezone.now()
    for state in {gone[message].state for message in undone}:
        of_state = [pk for message, pk in undone.items() if gone[message].state == state]
        Notice.objects.filter(pk__in=of_state).update(undone_at=now, undone_reason=state)
    if undone:
        codes = [(gone[pk].subject_id, {"message": str(pk), "state": gone[pk].state}) for pk in undone]
        ledger.append_all("notice.undone", codes)
    return len(undone)


def _unask(messages: Sequence[Message]) -> set[UUID | None]:
    """Their questions were not asked by these; by the first of the others, if any. Which were answered all the same."""
    ids = {message.about_id for message in messages if message.about_id}
    if not ids:
        return set()
    # Lock first, then look: an answer writes this same row before its event.
    asked = list(ConsentRequest.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
    reached: set[UUID | None] = {row.pk for row in asked if row.replied_at is not None}
    reached.update(ConsentEvent.objects.filter(request__in=asked).values_list("request", flat=True))
    about = Message.objects.about("consent_request", [row.pk for row in asked])
    others = about.filter(template__kind__in=ASKING_KINDS).exclude(state__in=UNARRIVED)
    others = others.exclude(pk__in=[message.pk for message in messages])
    first = dict(others.values("about_id").annotate(first=Min("accepted_at")).values_list("about_id", "first"))
    unasked = [row for row in asked if row.pk not in reached]
    for row in unasked:
        row.handed_over_at = first.get(row.pk)
    ConsentRequest.objects.bulk_update(unasked, ["handed_over_at"])
    return reached


def _lock(asked: ConsentRequest) -> tuple[ConsentRequest, ConsentEvent | None]:
    """Lock first, then look: the row that introductions lock too (I4)."""
    locked = next(row for row in _lock_all(asked) if row.pk == asked.pk)
    return locked, locked.events.order_by("-id").first()


def _of_same_vacancy(asked: ConsentRequest) -> RequestQuerySet:
    rows = ConsentRequest.objects.select_related("text", "vacancy__client", "vacancy__owner", "subject", "asked_by")
    return rows.filter(subject=asked.subject_id, vacancy=asked.vacancy_id, reserve_for=asked.reserve_for_id).order_by(
        "pk"
    )


def _lock_all(asked: ConsentRequest) -> list[ConsentRequest]:
    # Always in one order: an answer to one question may end the others.
    return list(_of_same_vacancy(asked).select_for_update(of=("self",)))


def _standing(asked: ConsentRequest, rows: Iterable[ConsentRequest]) -> tuple[ConsentRequest, ConsentEvent | None]:
    """An introduction before a talk, and of those a yes before an open question; else whichever was answered last."""

    def rank(pair: tuple[ConsentRequest, ConsentEvent | None]) -> tuple[int, ...]:
        row, latest = pair
        given = latest is not None and latest.kind == EventKind.GIVEN
        is_open = row.closed_at is None and (latest is None or latest.kind not in CLOSING)
        introduces = row.purpose == Purpose.INTRODUCE
        last_word = latest.pk if latest else 0
        return given and introduces, is_open and introduces, given, is_open, last_word, row.pk == asked.pk

    return max(((row, row.events.order_by("-id").first()) for row in rows), key=rank)


def tells_the_client(vacancy: Vacancy) -> bool:
    """Whether anything a person is told of a vacancy beforehand names its client."""
    told = "\n".join((vacancy.title, vacancy.text, vacancy.place, vacancy.sector_label))
    names = {vacancy.client.name.strip(), vacancy.client.legal_name.strip()} - {""}
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", told, re.IGNORECASE) for name in names)


def _must_be_open(asked: ConsentRequest, link: Link) -> None:
    if not asked.is_open or link.is_expired:
        raise Refused(_("This question can no longer be answered through this link."), LINK_OVER)


def _record(
    asked: ConsentRequest,
    kind: str,
    *,
    link: Link | None,
    language: str,
    channel: str,
    trace: Trace | None = None,
    recorded_by: User | None = None,
) -> ConsentEvent:
    event = ConsentEvent.objects.create(
        request=asked,
        kind=kind,
        link=link,
        channel=channel,
        language=language,
        wording_sha256=wording.sha256(asked, language),
        recorded_by=recorded_by,
    )
    if trace:
        ConsentTrace.objects.create(event=event, ip=trace.ip, user_agent=trace.user_agent[:300])
    ledger.append(
        f"consent.{kind}",
        subject=asked.subject,
        actor=recorded_by,
        request=str(asked.pk),
        event=event.pk,
        wording=event.wording_sha256,
    )
    return event


def _asks_again(asked: ConsentRequest, rows: Iterable[ConsentRequest], link: Link) -> ConsentRequest | None:
    """The open question that asks for a yes to be kept anew, where this is the page of that very question."""
    if asked.renews_id is None or link.purpose != LinkPurpose.CONSENT:
        return None
    found = next(row for row in rows if row.pk == asked.pk)
    return None if found.events.exists() else found


def _decline(asked: ConsentRequest, *, link: Link, language: str, channel: str, trace: Trace | None) -> ConsentEvent:
    event = _record(asked, EventKind.REFUSED, link=link, language=language, channel=channel, trace=trace)
    asked.closed_at = timezone.now()
    asked.save(update_fields=["closed_at"])
    consent_changed.send(ConsentRequest, request=asked, event=event)
    return event


def _stop(
    asked: ConsentRequest,
    kind: str,
    *,
    link: Link,
    language: str,
    channel: str,
    trace: Trace | None,
    reason: str = "",
) -> ConsentEvent:
    event = _record(asked, kind, link=link, language=language, channel=channel, trace=trace)
    asked.closed_at = timezone.now()
    asked.save(update_fields=["closed_at"])
    # A no to a talk or to an introduction is a no to the vacancy: its other questions end with it, a yes to them too.
    others = _of_same_vacancy(asked).exclude(pk=asked.pk)
    for other in others.given().order_by("pk"):
        _record(other, EventKind.WITHDRAWN, link=link, language=language, channel=channel)
    others.filter(closed_at=None).update(closed_at=asked.closed_at)
    if not (asked.is_runner_up and kind != EventKind.WITHDRAWN) and not is_kept(asked):
        start_basis(
            subject=asked.subject,
            vacancy=asked.vacancy,
            basis=Basis.LEGAL_OBLIGATION,
            reason=reason or (BasisReason.WITHDRAWN if kind == EventKind.WITHDRAWN else BasisReason.REFUSED),
            actor=None,
            event=event,
        )
    _call_back(asked, reason=kind)
    consent_changed.send(ConsentRequest, request=asked, event=event)
    return event


def _call_back(asked: ConsentRequest, *, reason: str) -> None:
    """Stop what waits to be sent about this question's vacancy, or about keeping the person."""
    if asked.is_keeping:
        kinds = POOL_KINDS if asked.is_pool else RUNNER_UP_KINDS
        mail.abort(subject=asked.subject, vacancy=None, reason=reason, kinds=kinds)
    else:
        mail.abort(subject=asked.subject, vacancy=asked.job, reason=reason)


def _is_over(asked: ConsentRequest, latest: ConsentEvent | None) -> bool:
    now = timezone.now()
    organisation = Organisation.current()
    if asked.is_pool and latest and latest.kind == EventKind.GIVEN:
        yes = LegalBasis.objects.filter(event=latest, basis=Basis.POOL).first()
        return yes is None or yes.until is None or yes.until < timezone.localdate(now)
    if asked.is_runner_up and asked.keep_until is not None and asked.keep_until < timezone.localdate(now):
        return True
    if asked.is_runner_up and latest and latest.kind == EventKind.GIVEN:
        return False
    if latest and latest.kind == EventKind.GIVEN:
        last_day = purge_after_months(timezone.localdate(latest.at), organisation.consent_months)
        return timezone.localdate(now) >= last_day or asked.job.state == VacancyState.PROCEDURE_CLOSED
    if latest and latest.kind == EventKind.TALK_FIRST:
        return asked.job.state == VacancyState.PROCEDURE_CLOSED
    if asked.follow_up_on and asked.follow_up_on >= timezone.localdate(now):
        return False
    if asked.handed_over_at is None or (asked.replied_at and asked.follow_up_on is None):
        return False
    return now >= asked.handed_over_at + timedelta(days=organisation.no_answer_days)


def _request_of(link: Link) -> ConsentRequest | None:
    if link.about_kind != "consent_request" or link.about_id is None:
        return None
    return ConsentRequest.objects.filter(pk=link.about_id).first()
