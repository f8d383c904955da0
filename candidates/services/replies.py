"""What follows on this floor from mail that came in: a task for the recruiter, a person out of a stranger's mail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from candidates.models import Candidacy, ContactGround, ContactKind, SourceType, Task
from candidates.services.people import add_contact
from candidates.services.reminding import drop_reminders
from candidates.services.sourcing import Contact, Sourced, source
from consent import services as consent
from consent.models import ConsentRequest
from mailing.models import InboundMail
from mailing.replies import services as replies
from privacy.guards import lawful
from privacy.models import Subject
from vacancies.models import Vacancy

REPLY = "reply"


def on_reply_received(
    sender: Any, mail: InboundMail, subject: Subject, at: datetime, sure: bool, **kwargs: Any
) -> None:
    """A person answered by mail: a task for whoever has the card. Neither stage nor consent moves (I6)."""
    if mail.vacancy_ref is None:
        mail.vacancy_ref = _vacancy_of(mail, subject)
        if mail.vacancy_ref is None:
            return
        InboundMail.objects.filter(pk=mail.pk).update(vacancy_ref=mail.vacancy_ref)
        if sure:
            consent.note_reply(subject=subject, vacancy=mail.vacancy_ref, at=at)
    candidacy = Candidacy.objects.filter(subject=subject, vacancy=mail.vacancy_ref).first()
    if candidacy is None:
        return
    if sure:
        _note_contact(candidacy, at)
    if candidacy.ended_at is None:
        Task.objects.get_or_create(
            candidacy=candidacy, kind=REPLY, done_at=None, defaults={"assignee": candidacy.owner}
        )


def on_reply_recognised(sender: Any, mail: InboundMail, subject: Subject, at: datetime, **kwargs: Any) -> None:
    """A colleague said it was this person who wrote: from now on it counts as contact."""
    candidacy = Candidacy.objects.filter(subject=subject, vacancy=mail.vacancy_ref).first()
    if candidacy is not None:
        _note_contact(candidacy, max(at, candidacy.last_contact_at or at))


def _note_contact(candidacy: Candidacy, at: datetime) -> None:
    drop_reminders(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id)
    Candidacy.objects.filter(pk=candidacy.pk).update(last_contact_at=at, changed_at=timezone.now())


def _vacancy_of(mail: InboundMail, subject: Subject) -> UUID | None:
    """What the law has us send names no vacancy; the question it is about does. Else the only one they are in."""
    answered = mail.answers
    if answered is not None and answered.about_kind == "consent_request" and answered.about_id:
        asked = ConsentRequest.objects.filter(pk=answered.about_id, subject=subject).first()
        if asked is not None:
            return asked.vacancy_id
    theirs = Candidacy.objects.filter(subject=subject)
    in_them = list(theirs.running().values_list("vacancy", flat=True)[:2])
    in_them = in_them or list(theirs.values_list("vacancy", flat=True)[:2])
    return in_them[0] if len(in_them) == 1 else None


def on_reply_handled(sender: Any, mail: InboundMail, **kwargs: Any) -> None:
    """The last answer of this person about this vacancy was dealt with: so is the task."""
    if mail.subject_id is None or mail.vacancy_ref is None:
        return
    theirs = InboundMail.objects.answers_in().filter(subject=mail.subject_id, vacancy_ref=mail.vacancy_ref)
    if not theirs.exists():
        Task.objects.filter(
            candidacy__subject=mail.subject_id, candidacy__vacancy=mail.vacancy_ref, kind=REPLY, done_at=None
        ).update(done_at=timezone.now(), done_by=mail.handled_by)


def file_reply(mail: InboundMail, *, vacancy: Vacancy, name: Mapping[str, str], language: str, actor: User) -> Sourced:
    """A mail of somebody who is not here becomes a candidate for a vacancy, by their own interest.

    The same gates as for anybody who is found (I2, suppression); the mail and its files are theirs from now on.
    Raises Refused, and BadContact for an address that can't be used.
    """
    with lawful():
        sourced = source(
            vacancy=vacancy,
            actor=None,
            name=name,
            contacts=[Contact(kind=ContactKind.EMAIL, value=mail.from_email, ground=ContactGround.APPLICATION)],
            source_type=SourceType.APPLICATION,
            obtained_at=mail.sent_at,
            language=language,
        )
        replies.give(mail, subject=sourced.candidacy.subject, vacancy=vacancy.pk, actor=actor)
    return sourced


def file_under_person(mail: InboundMail, *, candidacy: Candidacy, ground: str, evidence: str, actor: User) -> None:
    """A stranger turns out to be somebody who is here and writes from a new address: it becomes one of their own.

    The mail, and what else came from there, is theirs from now on and counts as their answer about that vacancy.
    Raises Refused where the address said stop or is somebody else's, and BadContact for one that can't be used.
    """
    with lawful():
        contact = Contact(
            kind=ContactKind.EMAIL,
            value=mail.from_email,
            ground=ground,
            evidence=evidence,
            evidence_on=timezone.localdate(mail.sent_at),
        )
        add_contact(candidacy.candidate, contact=contact, actor=actor)
        replies.give(mail, subject=candidacy.subject, vacancy=candidacy.vacancy_id, actor=actor)
