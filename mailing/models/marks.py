"""What finds a message by what becomes of it. The message's own row is then written anew without touching an index.

Events by the thousand move messages from accepted to delivered, opened, clicked. PostgreSQL writes such a row beside
the old one and leaves every index alone, as long as no index holds a column that changed (a heap-only update). So no
index of the message names its state or a moment of its life; what must be found by those stands here, in few and narrow
rows. A mark only finds: the message's own columns decide, under its lock (ADR 21).
"""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mailing.models.messages import TROUBLED, UNMARKED, Message, State
from privacy.guards import Guard, no_truncate, raise_sql, refuse

MARK_FOLLOWS = refuse("mark_follows", _("Where a message stands follows from the message alone."))

_TOLD = ("state", "created_at", "not_before", "claimed_at", "handled_at")


class MessageMarkQuerySet(models.QuerySet["MessageMark"]):
    def troubled(self) -> Self:
        """Of messages that did not arrive and that nobody has dealt with."""
        return self.filter(state__in=TROUBLED, handled_at=None)


class MessageMark(models.Model):
    """A message that is not simply sent: it waits, is being sent, or did not arrive. Its message's guards write it."""

    # No constraint: the guard looks the message up, and a message never goes while this one knows it.
    message = models.OneToOneField(
        Message,
        models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="mark",
        verbose_name=_("message"),
    )
    state = models.CharField(_("state"), max_length=15, choices=State)
    created_at = models.DateTimeField(_("made"))
    not_before = models.DateTimeField(_("not before"))
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    handled_at = models.DateTimeField(_("dealt with"), null=True, blank=True)

    objects = MessageMarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("mark of a message")
        verbose_name_plural = _("marks of messages")
        indexes = [
            models.Index(fields=["not_before", "message"], name="mark_due", condition=Q(state="queued")),
            models.Index(fields=["claimed_at"], name="mark_claimed", condition=Q(state="claimed")),
            models.Index(fields=["state", "created_at"], name="mark_state"),
            models.Index(
                fields=["created_at", "message"],
                name="mark_troubled",
                condition=Q(handled_at=None, state__in=["bounced", "failed", "aborted", "needs_person"]),
            ),
        ]
        triggers = [
            Guard(
                name="follows",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    IF TG_OP <> 'DELETE' AND NOT EXISTS (
                        SELECT 1 FROM public.mailing_message m
                        WHERE m.id = NEW.message_id AND m.state NOT IN {UNMARKED}
                          AND ROW({", ".join(f"m.{name}" for name in _TOLD)})
                              IS NOT DISTINCT FROM ROW({", ".join(f"NEW.{name}" for name in _TOLD)})) THEN
                        {raise_sql(MARK_FOLLOWS, "the message says otherwise")}
                    END IF;
                    IF TG_OP = 'INSERT' THEN RETURN NEW; END IF;
                    IF (TG_OP = 'DELETE' OR NEW.message_id <> OLD.message_id) AND EXISTS (
                        SELECT 1 FROM public.mailing_message m
                        WHERE m.id = OLD.message_id AND m.state NOT IN {UNMARKED}) THEN
                        {raise_sql(MARK_FOLLOWS, "the message would be lost from sight")}
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
            no_truncate(MARK_FOLLOWS),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class ProviderMail(models.Model):
    """The provider's own id of a mail: the only one that events of mail older than 60 days carry."""

    provider_message_id = models.CharField(_("provider's message id"), max_length=80, primary_key=True)
    # No constraint and no index: written once by the statement that has the message locked, and never looked up by it.
    message = models.ForeignKey(
        Message, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", verbose_name=_("message")
    )

    class Meta:
        verbose_name = _("provider's id of a mail")
        verbose_name_plural = _("provider's ids of mails")

    def __str__(self) -> str:
        return self.provider_message_id
