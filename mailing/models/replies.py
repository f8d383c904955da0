"""Mail that came in: what answers us, from whom, and what came with it."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from mailing import ports
from mailing.models.messages import Message
from privacy.guards import no_identity_numbers, refuse
from privacy.models import Subject

ERASE_ON = refuse("inbound_erase_on", _("Mail of somebody who is not here carries the day on which it is deleted."))


class InboundBatchQuerySet(models.QuerySet["InboundBatch"]):
    def waiting(self) -> Self:
        """Posts a worker has not taken in yet, and may still try."""
        return self.filter(taken_in_at=None, stuck_at=None)

    def stuck(self) -> Self:
        """Posts no worker could take in, kept for a person to deal with."""
        return self.filter(taken_in_at=None, stuck_at__isnull=False)

    def overdue(self, today: object) -> Self:
        """Those of them whose last day has passed."""
        return self.stuck().filter(erase_on__lt=today)


class InboundBatch(models.Model):
    """One post of the relay webhook, sealed as it came, for the minutes until the worker has taken it in.

    One that can't be taken in is kept, sealed, until somebody has dealt with it or its last day has passed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    received_at = models.DateTimeField(_("received"), db_default=Now())
    body = models.BinaryField(_("sealed body"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    mails = models.PositiveIntegerField(_("mails"), default=0)
    set_aside = models.PositiveIntegerField(_("set aside as malformed"), default=0)
    taken_in_at = models.DateTimeField(_("taken in"), null=True, blank=True)
    stuck_at = models.DateTimeField(_("given up"), null=True, blank=True)
    erase_on = models.DateField(_("deleted after"), null=True, blank=True)

    objects = InboundBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch of incoming mail")
        verbose_name_plural = _("batches of incoming mail")
        indexes = [models.Index(fields=["received_at"], name="inbound_waiting", condition=Q(taken_in_at=None))]
        constraints = [
            models.CheckConstraint(name="inbound_stuck_ends", condition=Q(stuck_at=None) | Q(erase_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class InboundKind(models.TextChoices):
    MAIL = "mail", _("mail")
    AUTO = "auto", _("automatic reply")
    BOUNCE = "bounce", _("mail that came back")


class FoundBy(models.TextChoices):
    MESSAGE_ID = "message_id", _("the mail it answers")
    ADDRESS = "address", _("the address it was sent to")
    SENDER = "sender", _("the sender's address")
    HAND = "hand", _("a colleague")


class InboundMailQuerySet(models.QuerySet["InboundMail"]):
    def visible_to(self, user: User) -> Self:
        """Officers and administrators see all; a recruiter what answers their own mail or is about a vacancy of theirs,
        what is about none and of a person in one of theirs, and what is of nobody. Mail of restricted people is the
        officer's."""
        if user.role in (Role.OFFICER, Role.ADMINISTRATOR):
            return self if user.role == Role.OFFICER else self.filter(subject__restricted_at=None)
        if user.role != Role.RECRUITER:
            return self.none()
        nobodys = Q(subject=None) & (Q(answers=None) | Q(answers__sender=None))
        of_their_people = Q(subject__in=ports.visible_subjects(user))
        return self.filter(
            Q(answers__sender=user)
            | Q(vacancy_ref__in=ports.visible_vacancies(user))
            | Q(vacancy_ref=None) & (nobodys | of_their_people),
            subject__restricted_at=None,
        )

    def answers_in(self) -> Self:
        """What people we know wrote and nobody has dealt with; machines don't count."""
        return self.filter(kind=InboundKind.MAIL, subject__isnull=False, handled_at=None)

    def by_them(self) -> Self:
        """What people we know surely wrote: by the way it came in, or because a colleague dealt with it as theirs."""
        sure = ~Q(found_by=FoundBy.SENDER) & Q(other_address=False)
        theirs = Q(answers__answered_at=F("sent_at"))
        return self.filter(sure | theirs, kind=InboundKind.MAIL, subject__isnull=False)

    def strays(self) -> Self:
        """Mail of nobody we know, waiting to be filed or deleted."""
        return self.filter(subject=None)

    def overdue(self, today: object) -> Self:
        """Strays whose last day has passed."""
        return self.strays().filter(erase_on__lt=today)


class InboundMail(models.Model):
    """One mail that came in, as a person may read it. Nothing follows from it until somebody has decided."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=InboundKind, default=InboundKind.MAIL)
    subject = models.ForeignKey(
        Subject, models.PROTECT, null=True, blank=True, related_name="inbound_mails", verbose_name=_("person")
    )
    answers = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="replies", verbose_name=_("the mail it answers")
    )
    vacancy_ref = models.UUIDField(_("vacancy"), null=True, blank=True)
    found_by = models.CharField(_("found by"), max_length=10, choices=FoundBy, blank=True)
    other_address = models.BooleanField(_("from another address than we wrote to"), default=False)
    from_email = models.CharField(_("sender's address"), max_length=254, blank=True)
    from_name = models.CharField(_("sender"), max_length=200, blank=True)
    to_email = models.CharField(_("sent to"), max_length=254, blank=True)
    subject_line = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    quoted = models.TextField(_("quoted text below it"), blank=True)
    masked = models.PositiveSmallIntegerField(_("identity numbers taken out"), default=0)
    unreadable = models.BooleanField(_("could not be read whole"), default=False)
    sent_at = models.DateTimeField(_("sent"))
    received_at = models.DateTimeField(_("received"))
    erase_on = models.DateField(_("deleted after"), null=True, blank=True)
    handled_at = models.DateTimeField(_("dealt with"), null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("dealt with by"),
    )

    objects = InboundMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("incoming mail")
        verbose_name_plural = _("incoming mail")
        indexes = [
            models.Index(fields=["subject", "sent_at"], name="inbound_subject"),
            models.Index(fields=["from_email"], name="inbound_from"),
            models.Index(fields=["vacancy_ref", "sent_at"], name="inbound_vacancy"),
            models.Index(fields=["sent_at"], name="inbound_open", condition=Q(handled_at=None)),
        ]
        constraints = [
            models.CheckConstraint(name=ERASE_ON, condition=Q(subject__isnull=False) | Q(erase_on__isnull=False)),
            models.CheckConstraint(name="inbound_kind_known", condition=Q(kind__in=InboundKind.values)),
        ]
        triggers = [no_identity_numbers("subject_line", "text", "quoted")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_sure(self) -> bool:
        """Whether the sender is who we wrote to: a From address alone can be anybody's, a thread only from theirs."""
        return self.found_by != FoundBy.SENDER and not self.other_address

    @property
    def who(self) -> str:
        """The sender as the mail names them."""
        return self.from_name or self.from_email


class SetAside(models.TextChoices):
    EXECUTABLE = "executable", _("a program")
    SCRIPT = "script", _("a script")
    HTML = "html", _("a web page")
    MACRO = "macro", _("a document with macros")
    LOCKED = "locked", _("a document locked with a password")
    ARCHIVE = "archive", _("an archive, which can hold anything")
    MAIL = "mail", _("a mail inside the mail")
    IDENTITY = "identity", _("a copy of an identity document, by its name")
    UNKNOWN = "unknown", _("a kind of file we do not know")
    TOO_MANY = "too_many", _("too many files in one mail")


class InboundFile(models.Model):
    """One file that came with a mail, sealed; of a dangerous one only the name and why it was set aside."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mail = models.ForeignKey(InboundMail, models.CASCADE, related_name="files", verbose_name=_("mail"))
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("kind of file"), max_length=100, blank=True)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    body = models.BinaryField(_("sealed content"), blank=True, default=b"")
    set_aside = models.CharField(_("set aside as"), max_length=12, choices=SetAside, blank=True)
    masked = models.PositiveSmallIntegerField(_("identity numbers taken out"), default=0)

    class Meta:
        verbose_name = _("file in incoming mail")
        verbose_name_plural = _("files in incoming mail")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(name="inbound_file_kept_or_not", condition=Q(set_aside="") | Q(body=b"")),
        ]
        triggers = [no_identity_numbers("name")]

    def __str__(self) -> str:
        return str(self.pk)


class SuggestionKind(models.TextChoices):
    OBJECTION = "objection", _("no more contact")
    ERASURE = "erasure", _("erase my data")
    ACCESS = "access", _("see my data")
    WITHDRAWAL = "withdrawal", _("withdraws from this vacancy")


class Suggestion(models.Model):
    """Words in a mail that may be a request. A suggestion does nothing: a colleague confirms or dismisses it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mail = models.ForeignKey(InboundMail, models.CASCADE, related_name="suggestions", verbose_name=_("mail"))
    kind = models.CharField(_("what it may be"), max_length=12, choices=SuggestionKind)
    phrase = models.CharField(_("because of the words"), max_length=120)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    confirmed = models.BooleanField(_("confirmed"), null=True)
    act_id = models.UUIDField(_("what came of it"), null=True, blank=True)

    class Meta:
        verbose_name = _("suggested request")
        verbose_name_plural = _("suggested requests")
        ordering = ["kind"]
        constraints = [
            models.UniqueConstraint(fields=["mail", "kind"], name="suggestion_once"),
            models.CheckConstraint(
                name="suggestion_settled_by_somebody",
                condition=Q(settled_at=None, settled_by=None, confirmed=None)
                | Q(settled_at__isnull=False, settled_by__isnull=False, confirmed__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
