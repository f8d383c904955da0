"""The audit ledger and the access log: ids and codes, never values (GDPR art. 5(2), 32)."""

import uuid
from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from privacy.guards import Guard, append_only, no_identity_numbers, no_truncate, raise_sql, refuse
from privacy.models.subjects import Subject

ERA = refuse("ledger_era", _("Only a restored backup begins a new count of the ledger, and nobody changes it."))

CURRENT_XID = RawSQL("(pg_current_xact_id()::text::bigint)", ())


class LedgerEra(models.Model):
    """From here on, transactions of this server count `shift` higher: it was put back from a backup into a server whose
    own numbers lie below those that were sealed already. Written by the owner alone, when it restores."""

    id = models.BigAutoField(primary_key=True)
    shift = models.BigIntegerField(_("added to transaction numbers"))
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("era of the ledger")
        verbose_name_plural = _("eras of the ledger")
        triggers = [
            Guard(
                name="by_owner",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("owner", "oid")],
                func=f"""
                    SELECT c.relowner INTO owner FROM pg_class c WHERE c.oid = TG_RELID;
                    IF NOT pg_has_role(current_user, owner, 'USAGE')
                       OR NEW.shift < COALESCE((SELECT max(e.shift) FROM public.privacy_ledgerera e), 0) THEN
                        {raise_sql(ERA, "an era begins with a restore, and never goes back")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=raise_sql(ERA, "an era stays"),
            ),
            no_truncate(ERA),
        ]

    def __str__(self) -> str:
        return str(self.shift)


class LedgerEntry(models.Model):
    """One thing that happened. Inserted without any lock; a sealer hashes committed ranges a moment later."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    xid = models.BigIntegerField(_("transaction"), db_default=CURRENT_XID, editable=False)
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)
    kind = models.CharField(_("kind"), max_length=60)
    subject = models.ForeignKey(Subject, models.PROTECT, null=True, blank=True, related_name="+")
    actor = models.UUIDField(_("actor"), null=True, blank=True)
    codes = models.JSONField(_("codes"), default=dict)
    commitment = models.CharField(_("commitment to the erasable detail"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes = [
            models.Index(fields=["xid", "id"], name="ledger_xid"),
            models.Index(fields=["subject", "at"], name="ledger_subject"),
        ]
        triggers = [
            Guard(
                name="stamp",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                # Whatever the writer claims, the row carries its own transaction: the seal rests on it.
                func="""
                    NEW.xid := pg_current_xact_id()::text::bigint
                        + COALESCE((SELECT max(e.shift) FROM public.privacy_ledgerera e), 0);
                    RETURN NEW;
                """,
            ),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class LedgerDetail(models.Model):
    """Words beside a ledger entry. Salt and text go together, so that nothing left behind can be guessed at."""

    entry = models.OneToOneField(LedgerEntry, models.PROTECT, related_name="detail", primary_key=True)
    salt = models.BinaryField(_("salt"))
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("ledger detail")
        verbose_name_plural = _("ledger details")
        triggers = [no_identity_numbers("text")]

    def __str__(self) -> str:
        return str(self.pk)


class LedgerSeal(models.Model):
    """The hash over all entries of transactions in [from_xid, until_xid), chained to the seal before it."""

    seq = models.BigIntegerField(_("number"), primary_key=True)
    from_xid = models.BigIntegerField(_("from transaction"))
    until_xid = models.BigIntegerField(_("until transaction"), unique=True)
    entries = models.PositiveIntegerField(_("entries"))
    previous = models.CharField(_("previous hash"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64, unique=True)
    at = models.DateTimeField(_("sealed at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("ledger seal")
        verbose_name_plural = _("ledger seals")
        ordering = ["seq"]
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.seq)


class AccessQuerySet(models.QuerySet["AccessEntry"]):
    def about(self, subject: uuid.UUID) -> Self:
        """Everyone who looked at this person, newest first."""
        return self.filter(subjects__contains=[subject]).order_by("-at", "-pk")


class AccessEntry(models.Model):
    """Who looked at whom: one row per page, with the ids shown on it."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    action = models.CharField(_("did what"), max_length=30)
    subjects = ArrayField(models.UUIDField(), verbose_name=_("people shown"))
    about_kind = models.CharField(_("on what"), max_length=30, blank=True)
    about_id = models.UUIDField(_("on which"), null=True, blank=True)

    objects = AccessQuerySet.as_manager()

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log")
        indexes = [GinIndex(fields=["subjects"], name="access_subjects")]
        triggers = append_only(keep="12 months")

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"
