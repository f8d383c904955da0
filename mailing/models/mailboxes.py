"""Mailboxes of colleagues that are linked, and how far an erasure is in each of them."""

import uuid
from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import STAFF_ROLES, MailboxMode, Role, User
from privacy.guards import Guard, fixed, no_truncate, raise_sql, refuse
from privacy.models import Erasure
from privacy.models.requests import KEPT

MAILBOX_FIXED = refuse("mailbox_fixed", _("A linked mailbox stays whose it is. Unlink it, and link the other one."))
SWEEP_STAYS = refuse("mailbox_sweep_stays", _("What was erased from a mailbox and searched again stays on record."))


class MailboxKind(models.TextChoices):
    IMAP = "imap", _("IMAP")
    GOOGLE = "google", _("Gmail, linked by its owner")
    DELEGATED = "delegated", _("Gmail, linked by an administrator")


class MailboxWay(models.TextChoices):
    PASSWORD = "password", _("app password")
    TOKEN = "token", _("token (XOAUTH2)")


class MailboxSecurity(models.TextChoices):
    TLS = "tls", _("TLS from the start (port 993)")
    STARTTLS = "starttls", _("STARTTLS (port 143)")


class MailboxQuerySet(models.QuerySet["Mailbox"]):
    def manageable_by(self, user: User) -> Self:
        """One's own; an administrator's are all, for they help with what fails. Nobody sees a secret."""
        if user.role == Role.ADMINISTRATOR:
            return self
        return self.filter(owner=user) if user.works_here else self.none()

    def visible_to(self, user: User) -> Self:
        """The officer sees which are linked; what is in them nobody sees here."""
        return self if user.role == Role.OFFICER else self.manageable_by(user)

    def looked_into_by(self, user: User) -> Self:
        """Whose mail this person decides about: one's own. The officer's are those of colleagues who left as well."""
        own = Q(owner=user)
        if user.is_officer:
            own |= Q(owner__is_active=False, owner__role__in=STAFF_ROLES)
        return self.filter(own) if user.works_here else self.none()


class Mailbox(models.Model):
    """A mailbox that its owner, or an administrator, has linked. What opens it is sealed, and gone when unlinked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="mailboxes", verbose_name=_("colleague")
    )
    address = models.CharField(
        _("e-mail address"),
        max_length=254,
        unique=True,
        error_messages={"unique": _("This mailbox is linked already.")},
    )
    kind = models.CharField(_("kind"), max_length=10, choices=MailboxKind)
    mode = models.CharField(_("what happens to mail"), max_length=5, choices=MailboxMode)
    host = models.CharField(_("server"), max_length=253, blank=True)
    port = models.PositiveIntegerField(_("port"), null=True, blank=True)
    security = models.CharField(_("encryption"), max_length=8, choices=MailboxSecurity, blank=True)
    login = models.CharField(_("user name"), max_length=254, blank=True)
    way = models.CharField(_("sign-in"), max_length=8, choices=MailboxWay, blank=True)
    secret = models.BinaryField(_("sealed secret"), default=b"", blank=True)
    linked_at = models.DateTimeField(_("linked"), db_default=Now())
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("linked by")
    )
    checked_at = models.DateTimeField(_("last checked"), null=True, blank=True)
    trouble = models.CharField(_("what fails"), max_length=40, blank=True)
    trouble_since = models.DateTimeField(_("fails since"), null=True, blank=True)

    objects = MailboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("linked mailbox")
        verbose_name_plural = _("linked mailboxes")
        ordering = ["address"]
        constraints = [
            models.CheckConstraint(name="mailbox_address_lower_case", condition=Q(address=Lower("address"))),
            models.CheckConstraint(
                name="mailbox_trouble_dated",
                condition=Q(trouble="", trouble_since=None) | ~Q(trouble="") & Q(trouble_since__isnull=False),
            ),
        ]
        triggers = [fixed("id", "owner_id", "address", "kind", rule=MAILBOX_FIXED)]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def context(self) -> str:
        """What the sealed secret is bound to."""
        return f"mailbox:{self.pk}"


class MailboxWatch(models.Model):
    """How far the sent mail of a mailbox was looked at; nothing of the mail itself."""

    mailbox = models.OneToOneField(
        Mailbox, models.CASCADE, primary_key=True, related_name="watch", verbose_name=_("mailbox")
    )
    mark = models.CharField(_("how far"), max_length=60)
    looked_at = models.DateTimeField(_("last looked"))

    class Meta:
        verbose_name = _("watch over sent mail")
        verbose_name_plural = _("watches over sent mail")

    def __str__(self) -> str:
        return str(self.pk)


class SweepState(models.TextChoices):
    PENDING = "pending", _("not begun")
    RETRY = "retry", _("tried again by itself")
    REVIEW = "review", _("its owner has mail to look at")
    DONE = "done", _("done")


class MailboxSweep(models.Model):
    """One mailbox in one erasure: what was found and removed, in counts, until a second search found nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="sweeps", verbose_name=_("erasure"))
    mailbox = models.ForeignKey(
        Mailbox, models.SET_NULL, null=True, blank=True, related_name="sweeps", verbose_name=_("mailbox")
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("colleague"))
    mode = models.CharField(_("what happens to mail"), max_length=5, choices=MailboxMode)
    state = models.CharField(_("state"), max_length=8, choices=SweepState, default=SweepState.PENDING)
    trouble = models.CharField(_("what fails"), max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    removed = models.PositiveIntegerField(_("removed"), default=0)
    kept = models.PositiveIntegerField(_("kept with a reason"), default=0)
    searched_at = models.DateTimeField(_("last searched"), null=True, blank=True)
    verified_at = models.DateTimeField(_("searched again, nothing left"), null=True, blank=True)
    # What is on its way out, as hashes: written before it goes, so that a worker that dies counts nothing twice.
    going = ArrayField(models.CharField(max_length=64), verbose_name=_("on its way out"), default=list, blank=True)
    # Counted for the plan, before anybody approves it; None until it was.
    would_go = models.PositiveIntegerField(_("counted for the plan: goes"), null=True, blank=True)
    would_ask = models.PositiveIntegerField(_("counted for the plan: to look at"), null=True, blank=True)

    class Meta:
        verbose_name = _("mailbox in an erasure")
        verbose_name_plural = _("mailboxes in erasures")
        constraints = [
            models.UniqueConstraint(name="mailbox_sweep_once", fields=["erasure", "mailbox"]),
            models.CheckConstraint(
                name="mailbox_sweep_verified",
                condition=Q(state=SweepState.DONE, verified_at__isnull=False)
                | ~Q(state=SweepState.DONE) & Q(verified_at=None),
            ),
        ]
        triggers = [
            fixed("id", "erasure_id", "owner_id", rule=SWEEP_STAYS),
            Guard(
                name="verified_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    -- It goes with the file of its erasure, and not before.
                    IF OLD.verified_at IS NOT NULL AND (
                        TG_OP = 'DELETE' AND OLD.verified_at >= now() - interval '{KEPT}' OR TG_OP = 'UPDATE'
                        AND to_jsonb(OLD) - 'mailbox_id' IS DISTINCT FROM to_jsonb(NEW) - 'mailbox_id') THEN
                        {raise_sql(SWEEP_STAYS, "a mailbox that was searched again stays so")}
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
            no_truncate(SWEEP_STAYS),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class FindDecision(models.TextChoices):
    OPEN = "", _("not decided")
    GO = "go", _("goes")
    OTHER = "other", _("stays: it is about somebody else")
    CLAIM = "claim", _("stays: it is needed for a legal claim (GDPR art. 17(3)(e))")


class MailboxFind(models.Model):
    """One mail a person has to look at: what it is lies sealed, for the mailbox's owner alone, until it is settled."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sweep = models.ForeignKey(MailboxSweep, models.CASCADE, related_name="finds", verbose_name=_("mailbox"))
    key = models.CharField(_("which mail, as a hash"), max_length=64)
    body = models.BinaryField(_("sealed headers"), default=b"", blank=True)
    decision = models.CharField(_("decision"), max_length=6, choices=FindDecision, default="", blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )

    class Meta:
        verbose_name = _("mail to look at")
        verbose_name_plural = _("mail to look at")
        constraints = [
            models.UniqueConstraint(name="mailbox_find_once", fields=["sweep", "key"]),
            models.CheckConstraint(
                name="mailbox_find_decided_by_somebody",
                condition=Q(decision="", decided_at=None, decided_by=None)
                | ~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def context(self) -> str:
        """What the sealed headers are bound to."""
        return f"mailbox_find:{self.pk}"
