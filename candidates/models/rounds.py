"""Rounds: what a recruiter composes to one or many, between the first look and the last message made."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from candidates.models.people import Candidacy
from mailing.models import Message, State, StoredFile
from privacy.guards import REFUSALS, Sentence, no_identity_numbers
from vacancies.models import Vacancy


class RoundKind(models.TextChoices):
    APPROACH = "approach", _("first message")
    REMINDER = "reminder", _("reminder")
    # A message of one's own words to one person: only its files wait here while it is typed.
    LETTER = "letter", _("message of one's own")


class RoundQuerySet(models.QuerySet["Round"]):
    def to_many(self) -> Self:
        """Rounds that are composed on a page of their own."""
        return self.exclude(kind=RoundKind.LETTER)

    def unmade(self) -> Self:
        """Sent by the recruiter, and not every message is made yet."""
        return self.filter(started_at__isnull=False, made_at=None, stopped_at=None)

    def open(self) -> Self:
        """Being made, or planned for a moment to come: something of it can still be called back."""
        waiting = RoundPerson.objects.filter(round=OuterRef("pk"), message__state=State.QUEUED)
        planned = Q(not_before__isnull=False) & Exists(waiting)
        return self.filter(Q(made_at=None) | planned, started_at__isnull=False, stopped_at=None)


class Round(models.Model):
    """One message composed to the chosen people of a vacancy; each reads it as a mail of their own (M1: no bulk)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    vacancy = models.ForeignKey(Vacancy, models.CASCADE, related_name="rounds", verbose_name=_("vacancy"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    kind = models.CharField(_("what"), max_length=10, choices=RoundKind, default=RoundKind.APPROACH)
    template_nl = models.CharField(_("words, Dutch"), max_length=60, blank=True)
    template_en = models.CharField(_("words, English"), max_length=60, blank=True)
    note = models.TextField(_("line for everybody"), blank=True)
    not_before = models.DateTimeField(_("planned for"), null=True, blank=True)
    created_at = models.DateTimeField(_("begun"), auto_now_add=True)
    started_at = models.DateTimeField(_("sent"), null=True, blank=True)
    moved_at = models.DateTimeField(_("last message made"), null=True, blank=True)
    made_at = models.DateTimeField(_("every message made"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("round of messages")
        verbose_name_plural = _("rounds of messages")
        constraints = [models.CheckConstraint(name="round_kind_known", condition=Q(kind__in=RoundKind.values))]
        indexes = [
            models.Index(fields=["vacancy", "-created_at"], name="round_of_vacancy"),
            models.Index(fields=["moved_at"], name="round_unmade", condition=Q(made_at=None, stopped_at=None)),
        ]
        triggers = [no_identity_numbers("note")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def templates(self) -> dict[str, str]:
        """The name of the words by language; an empty one is the standard."""
        return {"nl": self.template_nl, "en": self.template_en}

    @property
    def is_draft(self) -> bool:
        return self.started_at is None

    @property
    def is_over(self) -> bool:
        """Whether nothing is made for it any more."""
        return self.made_at is not None or self.stopped_at is not None


class RoundPerson(models.Model):
    """One of the people of a round: left out, with a line of their own, and then the message or why there is none."""

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(Round, models.CASCADE, related_name="people", verbose_name=_("round"))
    candidacy = models.ForeignKey(Candidacy, models.CASCADE, related_name="+", verbose_name=_("candidacy"))
    left_out = models.BooleanField(_("left out"), default=False)
    note = models.TextField(_("personal line"), blank=True)
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("message")
    )
    # The name of a rule, or the sentence itself where it holds a date.
    refusal = models.CharField(_("why there is none"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("person in a round")
        verbose_name_plural = _("people in rounds")
        ordering = ["candidacy__candidate__sort_key", "candidacy_id"]
        constraints = [models.UniqueConstraint(fields=["round", "candidacy"], name="round_person_once")]
        triggers = [no_identity_numbers("note")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def why_not(self) -> Sentence:
        """The refusal in words."""
        return REFUSALS.get(self.refusal, self.refusal)


class RoundFile(models.Model):
    """A file that goes along with every message of a round, until they are made and hold it themselves."""

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(Round, models.CASCADE, related_name="files", verbose_name=_("round"))
    file = models.ForeignKey(StoredFile, models.CASCADE, related_name="round_files", verbose_name=_("file"))

    class Meta:
        verbose_name = _("file of a round")
        verbose_name_plural = _("files of rounds")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["round", "file"], name="round_file_once")]

    def __str__(self) -> str:
        return str(self.pk)
