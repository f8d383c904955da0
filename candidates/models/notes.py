"""What colleagues write about a person for each other, whom they name in it, and the calendar of their own tasks."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models.people import Candidacy, Candidate
from privacy.guards import fixed, no_identity_numbers, refuse

NOTE_FIXED = refuse("note_fixed", _("A note stays with its person, its vacancy and whoever wrote it."))


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, user: User) -> Self:
        """Notes in vacancies this colleague may open, and those about people they may open in no vacancy's name."""
        return self.filter(
            Q(candidacy__in=Candidacy.objects.visible_to(user))
            | Q(candidacy=None, candidate__in=Candidate.objects.visible_to(user))
        )

    def standing(self) -> Self:
        return self.filter(removed_at=None)


class Note(models.Model):
    """Plain words about a person, within a vacancy or in general. The person may ask for all of them (GDPR art. 15)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="notes", verbose_name=_("candidate"))
    candidacy = models.ForeignKey(
        Candidacy, models.CASCADE, null=True, blank=True, related_name="notes", verbose_name=_("candidacy")
    )
    text = models.TextField(_("note"))
    # For a day, so that a change can be undone; then nobody needs them any more (GDPR art. 5(1)(c)).
    former = models.TextField(_("words before the last change"), blank=True)
    may_read = models.BooleanField(_("the person may read this"), default=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"))
    at = models.DateTimeField(_("at"), auto_now_add=True)
    edited_at = models.DateTimeField(_("changed"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["-at"]
        indexes = [models.Index(fields=["candidate", "-at"], name="note_newest")]
        triggers = [
            no_identity_numbers("text", "former"),
            fixed("id", "candidate_id", "candidacy_id", "author_id", "at", rule=NOTE_FIXED),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class MentionQuerySet(models.QuerySet["Mention"]):
    def unread(self) -> Self:
        return self.filter(read_at=None, note__removed_at=None)


class Mention(models.Model):
    """A colleague named in a note, who finds it on Today until it is read."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    note = models.ForeignKey(Note, models.CASCADE, related_name="mentions", verbose_name=_("note"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("for"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = MentionQuerySet.as_manager()

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="mention_once")]
        indexes = [models.Index(fields=["user"], name="mention_unread", condition=Q(read_at=None))]

    def __str__(self) -> str:
        return str(self.pk)


class TaskFeed(models.Model):
    """A colleague's calendar of their own tasks, behind an address that holds a secret; without any name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="task_feeds", verbose_name=_("of"))
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("calendar of tasks")
        verbose_name_plural = _("calendars of tasks")
        constraints = [
            models.UniqueConstraint(fields=["user"], name="task_feed_one_alive", condition=Q(revoked_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.pk)
