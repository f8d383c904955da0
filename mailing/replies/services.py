"""Verbs of incoming mail: receive a post, settle what it may ask, deal with it, give it a person, delete it."""

import zlib
from datetime import date
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from mailing.models import FoundBy, InboundBatch, InboundKind, InboundMail, Suggestion, SuggestionKind
from mailing.replies import intake, reading
from mailing.signals import reply_handled, withdrawal_confirmed
from privacy import ledger, sealing, suppression
from privacy import services as privacy
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import DataRequest, Subject
from privacy.models.requests import RequestChannel, RequestKind

NOT_A_STRAY = refuse("inbound_not_a_stray", _("This mail belongs to somebody. It goes when that person is erased."))
SETTLE_FIRST = refuse(
    "inbound_settle_first",
    _("These words may be a request under the law. Confirm or dismiss that first."),
)
NOT_THAT_DAY = refuse(
    "inbound_not_that_day", _("Choose a day from today on, and not later than the one on which it goes by itself.")
)
NOTHING_TO_WITHDRAW = refuse(
    "inbound_nothing_to_withdraw",
    _("Nothing was asked of this person about a vacancy, so there is nothing to withdraw."),
)

PING_BYTES = 300
REQUESTS = {
    SuggestionKind.OBJECTION: RequestKind.OBJECTION,
    SuggestionKind.ERASURE: RequestKind.ERASURE,
    SuggestionKind.ACCESS: RequestKind.ACCESS,
}
LONGEST_WORDS = 5_000


def receive(body: bytes) -> InboundBatch | None:
    """Seal a post of the relay webhook as it came and wake a worker; None for a ping, which holds no mail."""
    from mailing import tasks

    if len(body) <= PING_BYTES and not any(reading.read(body)):
        return None
    with transaction.atomic():
        batch = InboundBatch()
        batch.body = sealing.seal(zlib.compress(body, 1), context=intake.context_of(batch))
        batch.save(force_insert=True)
        transaction.on_commit(partial(tasks.take_in_mail.delay, str(batch.pk)), robust=True)
    return batch


def confirm(suggestion: Suggestion, *, actor: User, same_person: bool = True) -> Suggestion:
    """A colleague read the words and says it is a request: taken in with the mail's own date (GDPR art. 12(3)).

    An objection and a withdrawal take effect at once. `same_person` False: whoever wrote from another address is not
    known to be the person we wrote to, so nothing of theirs is touched and the officer finds out who it is.
    Raises Refused. Confirming twice changes nothing.
    """
    with lawful():
        suppression.lock()  # before any row: what they ask may end in a stop
        suggestion, mail = _lock(suggestion)
        if suggestion.settled_at is not None:
            return suggestion
        subject = mail.subject if same_person else None
        if suggestion.kind == SuggestionKind.WITHDRAWAL:
            suggestion.act_id = _withdraw(mail, subject)
        else:
            suggestion.act_id = privacy.take_in(
                kind=REQUESTS[SuggestionKind(suggestion.kind)],
                channel=RequestChannel.MAIL,
                contact=mail.from_email,
                words=mail.text[:LONGEST_WORDS],
                language=language_of(mail),
                subject=subject,
                # The sender's address proves nothing: it may be that of a third person.
                look_up=same_person,
                received_at=mail.sent_at,
                actor=actor,
            ).pk
        _settle(suggestion, mail, actor=actor, confirmed=True)
        if same_person:
            intake.recognise(mail)
        if not mail.suggestions.filter(settled_at=None).exists():
            handle(mail, actor=actor)
    return suggestion


def dismiss(suggestion: Suggestion, *, actor: User) -> Suggestion:
    """A colleague read the words and says they ask nothing. Dismissing twice changes nothing."""
    with lawful():
        suggestion, mail = _lock(suggestion)
        if suggestion.settled_at is None:
            _settle(suggestion, mail, actor=actor, confirmed=False)
    return suggestion


def handle(mail: InboundMail, *, actor: User) -> InboundMail:
    """Somebody has dealt with this mail: it leaves Today, and counts as an answer. Doing it twice changes nothing.

    It doesn't count where a colleague took in a request of it without being sure that this person wrote it.
    Raises Refused while its words may be a request that nobody has looked at.
    """
    with lawful():
        if mail.suggestions.filter(settled_at=None).exists():
            raise Refused(REFUSALS[SETTLE_FIRST], SETTLE_FIRST)
        open_one = InboundMail.objects.filter(pk=mail.pk, handled_at=None)
        if open_one.update(handled_at=timezone.now(), handled_by=actor):
            mail.refresh_from_db()
            ledger.append("reply.handled", subject=mail.subject, actor=actor, mail=mail.pk)
            if not _is_anothers(mail):
                intake.recognise(mail)
            reply_handled.send(InboundMail, mail=mail)
    return mail


def handle_all(*, subject: UUID, vacancy: UUID, actor: User) -> int:
    """The same for every answer of this person about this vacancy; how many."""
    theirs = InboundMail.objects.answers_in().filter(subject=subject, vacancy_ref=vacancy)
    return len([handle(mail, actor=actor) for mail in theirs])


def count_as_answer(mail: InboundMail, *, actor: User) -> InboundMail:
    """What looked like a machine was a person: it counts as an answer from now on."""
    with lawful():
        mail = InboundMail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
        if mail.kind == InboundKind.AUTO:
            mail.kind = InboundKind.MAIL
            mail.save(update_fields=["kind"])
            intake.suggest(mail)
            ledger.append("reply.by_a_person", subject=mail.subject, actor=actor, mail=mail.pk)
            intake.announce(mail)
    return mail


def give(mail: InboundMail, *, subject: Subject, vacancy: UUID | None, actor: User) -> InboundMail:
    """A colleague filed a stray, or asks the writer about none (None): it is this person's from now on, as is what else
    came from there, and answers us.

    Mail sent to the address of another vacancy stays about that one.
    """
    with lawful():
        strays = InboundMail.objects.strays()
        theirs = strays.filter(pk=mail.pk) | strays.filter(from_email=mail.from_email).exclude(from_email="")
        given = list(theirs.select_for_update().order_by("pk").values_list("pk", flat=True))
        changed = InboundMail.objects.filter(pk__in=given)
        changed.update(subject=subject, found_by=FoundBy.HAND, erase_on=None)
        if vacancy is not None:
            changed.filter(Q(pk=mail.pk) | Q(vacancy_ref=None)).update(vacancy_ref=vacancy)
        for one in changed.select_related("subject", "answers").order_by("pk"):
            ledger.append("reply.filed", subject=subject, actor=actor, mail=one.pk, vacancy=one.vacancy_ref)
            if one.kind == InboundKind.MAIL:
                intake.announce(one)
        mail.refresh_from_db()
        if not mail.suggestions.filter(settled_at=None).exists():
            handle(mail, actor=actor)
    return mail


def delete(mail: InboundMail, *, actor: User) -> None:
    """Delete a stray now, with its files. Raises Refused for mail of a person and while it may hold a request."""
    with lawful():
        mail = InboundMail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
        if mail.subject_id is not None:
            raise Refused(REFUSALS[NOT_A_STRAY], NOT_A_STRAY)
        if mail.suggestions.filter(settled_at=None).exists():
            raise Refused(REFUSALS[SETTLE_FIRST], SETTLE_FIRST)
        ledger.append("reply.deleted", actor=actor, mail=mail.pk)
        mail.delete()


def delete_after(mail: InboundMail, *, day: date, actor: User) -> InboundMail:
    """Decide that a stray is deleted after this day, which is never later than it would be anyway: it leaves Today.

    Raises Refused for mail of a person, for another day, and while it may hold a request.
    """
    with lawful():
        mail = InboundMail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
        if mail.subject_id is not None or mail.erase_on is None:
            raise Refused(REFUSALS[NOT_A_STRAY], NOT_A_STRAY)
        if mail.suggestions.filter(settled_at=None).exists():
            raise Refused(REFUSALS[SETTLE_FIRST], SETTLE_FIRST)
        if not timezone.localdate() <= day <= mail.erase_on:
            raise Refused(REFUSALS[NOT_THAT_DAY], NOT_THAT_DAY)
        mail.erase_on, mail.handled_at, mail.handled_by = day, timezone.now(), actor
        mail.save(update_fields=["erase_on", "handled_at", "handled_by"])
        ledger.append("reply.delete_after", actor=actor, mail=mail.pk, day=str(day))
    return mail


def delete_overdue() -> int:
    """Delete strays whose last day has passed; how many. What may hold a request waits on Today until it is settled."""
    asking = Suggestion.objects.filter(mail=OuterRef("pk"), settled_at=None)
    deleted = 0
    for pk in list(InboundMail.objects.overdue(timezone.localdate()).filter(~Exists(asking)).values_list("pk")):
        with transaction.atomic():
            going = InboundMail.objects.overdue(timezone.localdate()).select_for_update().filter(pk=pk[0]).first()
            if going is not None:
                ledger.append("reply.deleted", mail=going.pk)
                going.delete()
                deleted += 1
    return deleted


def language_of(mail: InboundMail) -> str:
    """In which language the writer is answered: that of the mail they answer."""
    return mail.answers.language if mail.answers else "nl"


def _is_anothers(mail: InboundMail) -> bool:
    acts = [act for act in mail.suggestions.filter(confirmed=True).values_list("act_id", flat=True) if act]
    return DataRequest.objects.filter(pk__in=acts, subject=None).exists()


def _withdraw(mail: InboundMail, subject: Subject | None) -> UUID | None:
    if subject is None or mail.vacancy_ref is None:
        raise Refused(REFUSALS[NOTHING_TO_WITHDRAW], NOTHING_TO_WITHDRAW)
    answers = withdrawal_confirmed.send(
        InboundMail, mail=mail, subject=subject, vacancy=mail.vacancy_ref, language=language_of(mail)
    )
    acts = [act for _listener, act in answers if act is not None]
    if not acts:
        raise Refused(REFUSALS[NOTHING_TO_WITHDRAW], NOTHING_TO_WITHDRAW)
    act: UUID = UUID(str(acts[0]))
    return act


def _lock(suggestion: Suggestion) -> tuple[Suggestion, InboundMail]:
    # Two colleagues may press different buttons on the same words.
    locked = Suggestion.objects.select_for_update(of=("self",)).select_related("mail__subject", "mail__answers")
    found = locked.get(pk=suggestion.pk)
    return found, found.mail


def _settle(suggestion: Suggestion, mail: InboundMail, *, actor: User, confirmed: bool) -> None:
    suggestion.settled_at, suggestion.settled_by, suggestion.confirmed = timezone.now(), actor, confirmed
    suggestion.save(update_fields=["settled_at", "settled_by", "confirmed", "act_id"])
    ledger.append(
        "reply.suggestion_confirmed" if confirmed else "reply.suggestion_dismissed",
        subject=mail.subject,
        actor=actor,
        mail=mail.pk,
        kind_of=suggestion.kind,
        act=suggestion.act_id,
    )
