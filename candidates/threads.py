"""All mail with one person, in and out and over every channel, as one thread per vacancy: a handful of queries."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from candidates.models import Candidacy, Candidate, LoggedContact
from consent.models import ConsentRequest
from mailing import rendering, wording
from mailing.models import Channel, InboundKind, InboundMail, Message, State
from privacy.registry import closure

# The newest of each sort; whoever needs more has the list of mail.
TOGETHER = 100
SHORT = 5
FOLDED = 280
FOOTER = "\n-- \n"


@dataclass(frozen=True)
class Entry:
    """One thing said: by us (`out`), by the person (`in`), or noted by a colleague (`note`)."""

    at: datetime
    way: str
    icon: str
    title: str
    who: str
    text: str = ""
    mark: tuple[str, str] | None = None
    url: str = ""
    files: int = 0

    @property
    def is_long(self) -> bool:
        return len(self.text) > FOLDED


@dataclass
class Thread:
    """Entries newest first, by vacancy; under None what is about no vacancy, or none this user may open."""

    by_vacancy: dict[UUID | None, list[Entry]] = field(default_factory=dict)

    def of(self, vacancy: UUID | None) -> list[Entry]:
        return self.by_vacancy.get(vacancy, [])


def of(person: Candidate, user: User, *, vacancy: UUID | None = None) -> Thread:
    """The thread with this person as far as this user may see it; of one vacancy alone when that is given."""
    subjects = closure(person.subject)
    sent = Message.objects.visible_to(user).filter(subject__in=subjects).exclude(state=State.DRAFT)
    came = InboundMail.objects.visible_to(user).filter(subject__in=subjects)
    candidacies = Candidacy.objects.visible_to(user).filter(subject__in=subjects)
    open_to = set(candidacies.values_list("vacancy", flat=True))
    noted = LoggedContact.objects.filter(candidacy__in=candidacies).select_related("by", "candidacy")
    if vacancy:
        came, noted = came.filter(vacancy_ref=vacancy), noted.filter(candidacy__vacancy=vacancy)
    found: list[tuple[UUID | None, Entry]] = [*_sent(sent, person), *_came(came), *_noted(noted)]
    thread = Thread()
    for about, entry in sorted(found, key=lambda pair: pair[1].at, reverse=True):
        place = about if about in open_to else None
        if vacancy is None or place == vacancy:
            thread.by_vacancy.setdefault(place, []).append(entry)
    return thread


def _sent(rows: Iterable[Message], person: Candidate) -> Iterator[tuple[UUID | None, Entry]]:
    messages = list(
        rows.defer("body_html").select_related("template", "sender").order_by("-created_at")[:TOGETHER]  # type: ignore[attr-defined]
    )
    # What the law requires carries no vacancy; the question it answers does.
    asked = {m.about_id for m in messages if m.vacancy_ref is None and m.about_kind == "consent_request" and m.about_id}
    of_question = dict(ConsentRequest.objects.filter(pk__in=asked).values_list("pk", "vacancy")) if asked else {}
    for message in messages:
        by_hand = message.channel != Channel.EMAIL
        sender = message.sender.name if message.sender else "Watson"
        kind = str(wording.kind_of(message))
        yield (
            message.vacancy_ref or of_question.get(message.about_id),
            Entry(
                at=message.accepted_at or message.created_at,
                way="out",
                icon="copy" if by_hand else "send",
                title=message.subject_line or f"{kind}, {message.get_channel_display()}",
                who=_("%(sender)s to %(name)s") % {"sender": sender, "name": message.to_name or person.name},
                text=rendering.masked(message.body_text).partition(FOOTER)[0].strip(),
                mark=wording.mark_of(message),  # type: ignore[arg-type]
                url=reverse("mailing:message", args=[message.pk]),
            ),
        )


def _came(rows: Iterable[InboundMail]) -> Iterator[tuple[UUID | None, Entry]]:
    counted = rows.annotate(file_count=Count("files")).order_by("-sent_at")[:TOGETHER]  # type: ignore[attr-defined]
    for mail in counted:
        by_machine = mail.kind != InboundKind.MAIL
        yield (
            mail.vacancy_ref,
            Entry(
                at=mail.sent_at,
                way="note" if by_machine else "in",
                icon="reply",
                title=mail.get_kind_display().capitalize() if by_machine else mail.subject_line or _("Reply"),
                who=(_("%(sender)s to us, from another address") if mail.other_address else _("%(sender)s to us"))
                % {"sender": mail.who},
                text=mail.text.strip(),
                url=reverse("mailing:reply", args=[mail.pk]),
                files=mail.file_count,
            ),
        )


def _noted(rows: Iterable[LoggedContact]) -> Iterator[tuple[UUID | None, Entry]]:
    for contact in rows.order_by("-at")[:TOGETHER]:  # type: ignore[attr-defined]
        yield (
            contact.candidacy.vacancy_id,
            Entry(
                at=contact.at,
                way="note",
                icon="phone" if contact.kind == "phone" else "note",
                title=contact.get_kind_display(),
                who=_("noted by %(name)s") % {"name": contact.by.name},
                text=contact.note.strip(),
            ),
        )
