"""Whose mail it is: the message it names in its headers, else by its address, else the person with this address."""

from dataclasses import dataclass, replace
from uuid import UUID

from mailing import ports as mail_ports
from mailing.models import FoundBy, Message
from mailing.replies import addresses
from mailing.replies.reading import Parsed
from mailing.whose import still_theirs
from privacy import ports
from privacy.identifiers import BadContact, normalise_email
from privacy.models import Subject


@dataclass(frozen=True)
class Place:
    """Where a mail belongs; nowhere, when it is of nobody we know."""

    subject: Subject | None = None
    message: Message | None = None
    vacancy: UUID | None = None
    found_by: str = ""
    other_address: bool = False


def place_of(parsed: Parsed) -> Place:
    """The person, message and vacancy of a mail. The address it came from becomes nobody's by that.

    What was sent to a vacancy's own address is about that vacancy, whoever wrote it.
    """
    named = addresses.answered_by_headers(parsed.thread)[:20]
    known = Message.objects.select_related("subject").in_bulk(named)
    for message_id in named:
        if message := known.get(message_id):
            return _answering(message, parsed, FoundBy.MESSAGE_ID)
    by_address = addresses.answered_by_address(parsed.rcpt_to)
    if by_address and (message := Message.objects.select_related("subject").filter(pk=by_address).first()):
        return _answering(message, parsed, FoundBy.ADDRESS)
    code = addresses.vacancy_code(parsed.rcpt_to)
    vacancy = mail_ports.vacancy_coded(code) if code else None
    found = _of_sender(parsed)
    return replace(found, vacancy=vacancy) if vacancy else found


def _answering(message: Message, parsed: Parsed, found_by: str) -> Place:
    subject = _living(message.subject)
    if subject is None:
        # Of somebody erased, or of nobody: who writes may be known all the same.
        found = _of_sender(parsed)
        return Place(found.subject, message, found.vacancy or message.vacancy_ref, found.found_by)
    same = _is_theirs(message, parsed.from_email) or subject.pk in _owners(parsed.from_email)
    return Place(subject, message, message.vacancy_ref, found_by, other_address=not same)


def _is_theirs(message: Message, address: str) -> bool:
    if message.subject_id is None or _normalised(message.to_email) != address:
        return False
    return bool(still_theirs([(message.subject_id, address)]))


def _of_sender(parsed: Parsed) -> Place:
    owners = _owners(parsed.from_email)
    if len(owners) != 1:
        return Place()
    subject = Subject.objects.get(pk=owners.pop())
    newest = Message.objects.filter(subject=subject, accepted_at__isnull=False).order_by("-accepted_at").first()
    return Place(subject, newest, newest.vacancy_ref if newest else None, FoundBy.SENDER)


def _owners(address: str) -> set[UUID]:
    """Who has this address, after merges and without erased people."""
    found = Subject.objects.filter(pk__in=ports.find("email", address)) if address else ()
    return {living.pk for subject in found if (living := _living(subject))}


def _living(subject: Subject | None) -> Subject | None:
    seen: set[UUID] = set()
    while subject is not None and subject.merged_into_id and subject.pk not in seen:
        seen.add(subject.pk)
        subject = subject.merged_into
    return subject if subject is not None and subject.erased_at is None else None


def _normalised(address: str) -> str:
    try:
        return normalise_email(address) if address else ""
    except BadContact:
        return ""
