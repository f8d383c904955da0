"""A message of the recruiter's own words to one person in a running candidacy, for example to plan a conversation."""

from uuid import UUID, uuid4

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Candidacy, SourceType
from candidates.names import greeting
from candidates.services import making
from candidates.services.making import AS_USUAL, Wish
from candidates.services.sourcing import addresses_of_candidate
from consent.models import ConsentRequest, Notice
from mailing import services as mail
from mailing.kinds import LETTER
from mailing.models import Message
from privacy.guards import REFUSALS, Refused, lawful, refuse

NOT_TOLD = refuse(
    "letter_not_told",
    _("This person was not told yet where we found them and why. The first message does that: approach them first."),
)


def is_told(candidacy: Candidacy) -> bool:
    """Whether the notice of art. 14 stands, or the person came by themselves and so told us."""
    told = Notice.objects.standing().filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id)
    return told.exists() or candidacy.sources.filter(type=SourceType.APPLICATION).exists()


def write(
    candidacy: Candidacy, *, actor: User, title: str, text: str, wish: Wish = AS_USUAL, key: UUID | None = None
) -> Message:
    """Queue a message in the published frame round the recruiter's own subject and text.

    The same `key` is the same message. Raises Refused for somebody who was not told yet (GDPR art. 14): the first
    message is the notice.
    """
    with lawful():
        candidacy = making.running(candidacy)
        if not is_told(candidacy):
            raise Refused(REFUSALS[NOT_TOLD], NOT_TOLD)
        address = making.address_of(candidacy.candidate)
        making.check_stops(candidacy)
        language = _language_of(candidacy)
        message = mail.queue(
            LETTER,
            key=f"{LETTER}:{candidacy.pk}:{key or uuid4()}",
            subject=candidacy.subject,
            to_email=address.normalised,
            to_name=candidacy.candidate.name,
            addresses=addresses_of_candidate(candidacy.candidate),
            language=language,
            context={
                "greeting": greeting(candidacy.candidate.full_name, language),
                "subject": title,
                "text": text.replace("\r\n", "\n"),
            },
            links=making.person_links(candidacy.subject),
            about=("candidacy", candidacy.pk),
            vacancy=candidacy.vacancy_id,
            client=candidacy.vacancy.client_id,
            sender=actor,
            template=making.words_of(LETTER, language, wish),
            not_before=wish.leaves_at,
            attachments=wish.files,
        )
        making.contacted(candidacy, actor, at=timezone.now())
    return message


def _language_of(candidacy: Candidacy) -> str:
    """The language they were asked in, which they may have chosen themselves; else the one noted."""
    asked = ConsentRequest.objects.filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id)
    return asked.order_by("-created_at").values_list("language", flat=True).first() or candidacy.candidate.language
