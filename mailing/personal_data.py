"""Personal data in messages and in what the provider reports about them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from mailing import attachments, rendering, wording
from mailing.models import Attachment, InboundFile, InboundKind, InboundMail, Message, State, StoredFile
from mailing.replies import files as reply_files
from mailing.whose import Owned, still_theirs
from privacy.models import DataRequest, Subject
from privacy.registry import DELETE, Class, HeldFile, PersonalData, Section, closure, columns_of, register, teller

UNSENT = (State.DRAFT, State.QUEUED)
# Tables of mail that came in, and the way from each to the mail.
INBOUND = {"mailing.InboundMail": "", "mailing.InboundFile": "mail__", "mailing.Suggestion": "mail__"}


@register
class MailingData(PersonalData):
    # Mail nobody filed goes with whose address it is. That an address turned out to be a stranger's, whose mail must
    # stay, the floors above know only while they still have it.
    goes_first = True
    columns = {
        "mailing.TemplateVersion": columns_of(
            {
                Class.TECHNICAL: "id author changed_by published_by",
                Class.NONE: (
                    "kind language name version subject_line body short note created_at revision changed_at"
                    " published_at"
                ),
            }
        ),
        "mailing.RetiredTemplate": columns_of({Class.TECHNICAL: "id by", Class.NONE: "kind language name at"}),
        "mailing.Message": columns_of(
            {
                Class.TECHNICAL: (
                    "id key template subject about_id vacancy_ref client_ref act_id sender claimed_at attempts"
                    " transmission_id provider_message_id"
                ),
                Class.IDENTIFIER: "to_email to_name recipient_hmacs",
                Class.PERSONAL: "prefetched_at opened_at clicked_at answered_at complained_at",
                Class.FREE_TEXT: "subject_line body_text body_html",
                Class.NONE: (
                    "kind channel language about_kind act_kind track state reason stop_reason created_at not_before"
                    " accepted_at delivered_at failed_at ended_at handled_at"
                ),
            }
        ),
        "mailing.WebhookBatch": columns_of(
            {Class.TECHNICAL: "id events set_aside", Class.SECRET: "body", Class.NONE: "received_at taken_in_at"}
        ),
        "mailing.MailEvent": columns_of(
            {
                Class.TECHNICAL: "event_id message transmission_id provider_message_id",
                Class.PERSONAL: "type at",
                Class.NONE: "bounce_class is_prefetched received_at",
            }
        ),
        "mailing.MessageMark": columns_of(
            {Class.TECHNICAL: "message claimed_at", Class.NONE: "state created_at not_before handled_at"}
        ),
        "mailing.ProviderMail": columns_of({Class.TECHNICAL: "provider_message_id message"}),
        "mailing.StoredFile": columns_of(
            {
                Class.TECHNICAL: "id sha256 added_by",
                Class.FREE_TEXT: "name",
                Class.SECRET: "body",
                Class.NONE: "content_type size added_at",
            }
        ),
        "mailing.Attachment": columns_of({Class.TECHNICAL: "id message file content_id"}),
        "mailing.Logo": columns_of({Class.TECHNICAL: "id file", Class.NONE: "width height"}),
        "mailing.Unfollowed": columns_of({Class.TECHNICAL: "id subject", Class.PERSONAL: "at"}),
        "mailing.ProviderStream": columns_of(
            {
                Class.TECHNICAL: "name brought",
                Class.NONE: "sure_until looked_at trouble troubled_since again_at webhook_at gap_at",
            }
        ),
        "mailing.OutgoingStop": columns_of(
            {Class.TECHNICAL: "id subject", Class.SECRET: "address", Class.NONE: "made_at"}
        ),
        "mailing.QueuePause": columns_of({Class.TECHNICAL: "id", Class.NONE: "until code since"}),
        "mailing.InboundBatch": columns_of(
            {
                Class.TECHNICAL: "id attempts mails set_aside",
                Class.SECRET: "body",
                Class.NONE: "received_at taken_in_at stuck_at erase_on",
            }
        ),
        "mailing.InboundMail": columns_of(
            {
                Class.TECHNICAL: "id digest subject answers vacancy_ref handled_by",
                Class.IDENTIFIER: "from_email from_name to_email",
                Class.FREE_TEXT: "subject_line text quoted",
                Class.PERSONAL: "sent_at received_at",
                Class.NONE: "kind found_by other_address masked unreadable erase_on handled_at",
            }
        ),
        "mailing.InboundFile": columns_of(
            {
                Class.TECHNICAL: "id mail sha256",
                Class.FREE_TEXT: "name",
                Class.SECRET: "body",
                Class.NONE: "content_type size set_aside masked",
            }
        ),
        "mailing.Mailbox": columns_of(
            {
                Class.TECHNICAL: "id owner linked_by",
                Class.IDENTIFIER: "address login",
                Class.SECRET: "secret",
                Class.NONE: "kind mode host port security way linked_at checked_at trouble trouble_since",
            }
        ),
        "mailing.MailboxWatch": columns_of({Class.TECHNICAL: "mailbox mark", Class.NONE: "looked_at"}),
        "mailing.MailboxSweep": columns_of(
            {
                Class.TECHNICAL: "id erasure mailbox owner attempts going",
                Class.NONE: "mode state trouble removed kept searched_at verified_at would_go would_ask",
            }
        ),
        "mailing.MailboxFind": columns_of(
            {
                Class.TECHNICAL: "id sweep key decided_by",
                Class.SECRET: "body",
                Class.NONE: "decision decided_at",
            }
        ),
        "mailing.Suggestion": columns_of(
            {
                Class.TECHNICAL: "id mail settled_by act_id",
                Class.PERSONAL: "kind phrase confirmed",
                Class.NONE: "settled_at",
            }
        ),
    }
    paths = {
        "mailing.InboundFile": "mail__subject",
        "mailing.Suggestion": "mail__subject",
        "mailing.InboundMail": "subject",
        "mailing.Message": "subject",
        "mailing.MailEvent": "message__subject",
        "mailing.StoredFile": "uses__message__subject",
        "mailing.Attachment": "message__subject",
        "mailing.Unfollowed": "subject",
        "mailing.OutgoingStop": "subject",
        "mailing.Mailbox": "owner__staff_subject__subject",
    }
    kept = {
        "mailing.OutgoingStop": (
            "The person's own stop on its way to the provider (GDPR art. 21(3)): sealed, and deleted as soon as it is"
            " there, whatever happens to the person meanwhile."
        ),
    }
    erasure = {
        # Before the messages: their addresses tell which mail that nobody filed is this person's too.
        "mailing.InboundFile": DELETE,
        "mailing.Suggestion": DELETE,
        "mailing.InboundMail": DELETE,
        "mailing.MailEvent": DELETE,
        # Only those that nobody else got; what others got too goes with the last of them.
        "mailing.StoredFile": DELETE,
        "mailing.Attachment": DELETE,
        "mailing.Unfollowed": DELETE,
        # A colleague's own link, with what opens it.
        "mailing.Mailbox": DELETE,
        "mailing.Message": {
            "to_email": "",
            "to_name": "",
            "recipient_hmacs": [],
            "subject_line": "",
            "body_text": "",
            "body_html": "",
            "prefetched_at": None,
            "opened_at": None,
            "clicked_at": None,
            "answered_at": None,
            "complained_at": None,
        },
    }

    sections = {
        **dict.fromkeys(("mailing.Message", "mailing.InboundMail", "mailing.InboundFile"), Section.MAIL),
        **dict.fromkeys(("mailing.MailEvent", "mailing.StoredFile"), Section.MAIL),
        "mailing.Suggestion": Section.REQUESTS,
    }
    told = {
        "mailing.Message": {"vacancy_ref": "vacancies.Vacancy", "sender": "accounts.User"},
        "mailing.InboundMail": {"vacancy_ref": "vacancies.Vacancy", "handled_by": "accounts.User"},
        "mailing.StoredFile": {"added_by": "accounts.User"},
    }
    beside = {
        "mailing.MailEvent": ("message__subject_line",),
        "mailing.InboundFile": ("mail__subject_line",),
        "mailing.Suggestion": ("mail__subject_line",),
    }
    data_only = {
        "mailing.Message": (
            "recipient_hmacs body_html about_kind act_kind track reason stop_reason not_before handled_at"
        ),
        "mailing.InboundMail": "found_by other_address unreadable handled_at masked",
        "mailing.InboundFile": "masked",
        "mailing.MailEvent": "received_at bounce_class",
    }
    made_fit = {"mailing.Message": {"body_text": rendering.masked, "body_html": rendering.masked}}
    words = {
        "mailing.Message": {"kind": wording.KINDS},
        "mailing.MailEvent": {"type": {code: said for code, (_icon, said) in wording.EVENTS.items()}},
    }
    given = {
        "mailing.InboundMail": (Q(kind=InboundKind.MAIL), "from_email from_name subject_line text sent_at"),
        "mailing.InboundFile": (Q(mail__kind=InboundKind.MAIL, set_aside=""), "name content_type size"),
    }

    def files(self, subject: Subject) -> Iterable[HeldFile]:
        """What came with their mail, and what went along with ours; of what was set aside nothing was kept."""
        for came in self.rows("mailing.InboundFile", subject).filter(set_aside="").order_by("mail__sent_at", "name"):
            yield _file(came, partial(reply_files.content_of, came), from_person=True)
        for sent in self.rows("mailing.StoredFile", subject).order_by("added_at", "name"):
            yield _file(sent, partial(attachments.content_of, sent), from_person=False)

    def find(self, kind: str, normalised: str) -> Iterable[UUID]:
        yield from {subject for subject, _address in _owned(kind, [normalised])}

    def known(self, kind: str, addresses: Collection[str]) -> Iterable[str]:
        yield from {address for _subject, address in _owned(kind, addresses)}

    def rows(self, label: str, subject: Subject) -> "QuerySet[Any]":
        """Mail nobody has filed is the person's too, when it came from an address of theirs."""
        if label == "mailing.StoredFile":
            uses = Attachment.objects.filter(message__subject__in=closure(subject))
            return StoredFile.objects.filter(pk__in=uses.values("file"))
        rows = super().rows(label, subject)
        if label not in INBOUND:
            return rows
        to_mail = INBOUND[label]
        theirs = closure(subject)
        stray = Q(**{f"{to_mail}subject": None, f"{to_mail}from_email__in": _addresses_of(theirs)})
        return rows.model._default_manager.filter(Q(**{f"{to_mail}subject__in": theirs}) | stray)

    def erasable(self, label: str, subject: Subject) -> "QuerySet[Any]":
        """A file that others got too, or are about to get, stays theirs; this person's use of it goes."""
        rows = super().erasable(label, subject)
        if label == "mailing.StoredFile":
            others = Attachment.objects.exclude(message__subject__in=closure(subject))
            return rows.exclude(pk__in=others.values("file")).exclude(pk__in=StoredFile.objects.awaited().values("pk"))
        return rows

    def key_owners(self, subject: Subject) -> Iterable[UUID]:
        yield from self.erasable("mailing.StoredFile", subject).values_list("pk", flat=True)
        yield from self.rows("mailing.InboundMail", subject).values_list("pk", flat=True)

    def keys_in_use(self, owners: Collection[UUID]) -> Collection[UUID]:
        files = StoredFile.objects.filter(pk__in=owners).values_list("pk", flat=True)
        return {*files, *InboundMail.objects.filter(pk__in=owners).values_list("pk", flat=True)}

    def erase(self, subject: Subject) -> int:
        """Stop what is not sent yet, then leave of every message only that it was, when and in which words."""
        waiting = Message.objects.filter(subject__in=closure(subject), state__in=UNSENT)
        stopped = waiting.update(state=State.ABORTED, reason="erased", ended_at=timezone.now())
        return stopped + super().erase(subject)


def _file(row: InboundFile | StoredFile, read: Callable[[], bytes], *, from_person: bool) -> HeldFile:
    return HeldFile(row.pk, row._meta.label, row.name, row.content_type, row.size, from_person, read)


@teller("accounts.User")
def colleagues_told(people: Collection[UUID], keys: Collection[Any]) -> Mapping[Any, str]:
    """Colleagues by what they do here; by name where they wrote to the person themselves (C-579/21)."""
    wrote = set(
        Message.objects.filter(subject__in=people, sender__in=keys, accepted_at__isnull=False).values_list(
            "sender", flat=True
        )
    )
    said = {}
    for user in User.objects.filter(pk__in=keys):
        does = user.job_title or str(user.get_role_display())
        said[user.pk] = f"{user.name}, {does}" if user.pk in wrote else does
    return said


def _owned(kind: str, addresses: Collection[str]) -> set[Owned]:
    """Who is known on this floor by which of these normalised addresses."""
    if kind != "email":
        return set()
    sent = Message.objects.annotate(lower=Lower("to_email")).filter(lower__in=addresses, subject__isnull=False)
    # An address somebody once wrote from, other than theirs, is nobody's by that alone.
    came = InboundMail.objects.filter(from_email__in=addresses, subject__isnull=False, other_address=False)
    found = sent.values_list("subject", "lower").union(came.values_list("subject", "from_email"))
    return still_theirs(found)


def _addresses_of(subjects: list[UUID]) -> set[str]:
    """The addresses by which this floor and the requests know these people, as they are compared."""
    sent = Message.objects.filter(subject__in=subjects).exclude(to_email="").values_list("subject", "to_email")
    came = InboundMail.objects.filter(subject__in=subjects, other_address=False).values_list("subject", "from_email")
    asked = DataRequest.objects.filter(subject__in=subjects).values_list("subject", "contact")
    found = still_theirs(pair for pair in (*sent, *came, *asked) if "@" in pair[1])
    return {address for _subject, address in found}
