"""Do-not-contact by keyed hash: no address, no name, only whether this address said stop (GDPR art. 21(3))."""

import uuid
from typing import Self

import pgtrigger
from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from privacy.guards import Guard, no_truncate, raise_sql, refuse
from privacy.models.subjects import Link, Subject

OWN_ACT = refuse("suppression_lifted_by_own_act", _("Only the person can lift this, through their own link."))
NO_UNSUPPRESS = refuse("suppression_stays", _("A stop stays until the person lifts it."))

# Claims take this lock shared and suppressions take it exclusively, so that a claim sees every stop committed
# before it. Both take it before any row lock, which keeps the two from waiting for each other.
SUPPRESSION_LOCK = 0x57A7_0008


class Scope(models.TextChoices):
    VACANCY = "vacancy", _("for one vacancy")
    CLIENT = "client", _("for one client")
    ALL = "all", _("for everything")


class Reason(models.TextChoices):
    REFUSED = "refused", _("said no")
    OBJECTED = "objected", _("objected")
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    WITHDRAWN = "withdrawn", _("withdrew consent")
    ERASED = "erased", _("asked to be forgotten")
    NOT_ME = "not_me", _("this address belongs to someone else")
    COMPLAINT = "complaint", _("marked as spam")
    IMPORTED = "imported", _("said stop in an earlier system")
    PROVIDER = "provider", _("on the mail provider's own list")


class SuppressionQuerySet(models.QuerySet["SuppressionEntry"]):
    def standing(self) -> Self:
        """Entries nobody lifted."""
        return self.filter(~Exists(SuppressionLift.objects.filter(entry=OuterRef("pk"))))

    def covering(self, *, vacancy: uuid.UUID | None = None, client: uuid.UUID | None = None) -> Self:
        """Entries that reach a contact about this vacancy or client; an entry for everything always does."""
        reach = Q(scope=Scope.ALL)
        if vacancy is not None:
            reach |= Q(scope=Scope.VACANCY, vacancy_ref=vacancy)
        if client is not None:
            reach |= Q(scope=Scope.CLIENT, client_ref=client)
        return self.filter(reach)


class SuppressionEntry(models.Model):
    """One address that must not be contacted, as HMAC-SHA256 under a key that lives outside the database."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind of address"), max_length=10)
    key_id = models.CharField(_("key"), max_length=20)
    hash = models.CharField(_("keyed hash"), max_length=64)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope)
    vacancy_ref = models.UUIDField(_("vacancy"), null=True, blank=True)
    client_ref = models.UUIDField(_("client"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=15, choices=Reason)
    at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        indexes = [HashIndex(fields=["hash"], name="suppression_hash")]
        constraints = [
            models.CheckConstraint(
                name="suppression_scope_complete",
                condition=(
                    Q(scope=Scope.ALL, vacancy_ref=None, client_ref=None)
                    | Q(scope=Scope.VACANCY, vacancy_ref__isnull=False, client_ref=None)
                    | Q(scope=Scope.CLIENT, client_ref__isnull=False, vacancy_ref=None)
                ),
            ),
            models.UniqueConstraint(
                fields=["kind", "key_id", "hash", "scope", "vacancy_ref", "client_ref", "at"],
                name="suppression_row_once",
                nulls_distinct=False,
            ),
        ]
        triggers = [
            Guard(
                name="serialise",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"PERFORM pg_advisory_xact_lock({SUPPRESSION_LOCK}); RETURN NEW;",
            ),
            Guard(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=raise_sql(NO_UNSUPPRESS, "a suppression is never changed or removed"),
            ),
            no_truncate(NO_UNSUPPRESS),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.pk}"


class SuppressionLift(models.Model):
    """The person's own act that lifts a suppression, bound to the link it was done through."""

    entry = models.OneToOneField(SuppressionEntry, models.PROTECT, related_name="lift")
    link = models.ForeignKey(Link, models.PROTECT, related_name="lifts")
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="lifts")
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("lifted suppression")
        verbose_name_plural = _("lifted suppressions")
        triggers = [
            Guard(
                name="own_act",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    PERFORM pg_advisory_xact_lock({SUPPRESSION_LOCK});
                    IF NOT EXISTS (SELECT 1 FROM public.privacy_link l WHERE l.id = NEW.link_id
                                   AND l.subject_id = NEW.subject_id
                                   AND l.purpose IN ('consent', 'withdraw', 'me')
                                   AND l.revoked_at IS NULL) THEN
                        {raise_sql(OWN_ACT, "lifted only through a link of that person")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=raise_sql(NO_UNSUPPRESS, "a lift is never changed or removed"),
            ),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return str(self.pk)
