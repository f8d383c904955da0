"""What must not share a backup with the main database."""

import uuid

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.guards import Guard, append_only, no_truncate, raise_sql, refuse

KEY_STAYS = refuse("vault_key_stays", _("A key is made once and destroyed once. It never changes."))

PROOF_STAYS = refuse("vault_proof_stays", _("A sealed proof never changes, and stays until its last day."))
PROOF_TERM = refuse(
    "vault_proof_term", _("A proof is kept until the introduction's term ends, and never longer than 36 months.")
)

RESTORED = refuse("vault_restored", _("Only a restore says that a backup was put back."))


class LedgerHead(models.Model):
    """The hash of one ledger seal, kept apart so that a cut tail shows."""

    seq = models.BigIntegerField(_("seal"), primary_key=True)
    hash = models.CharField(_("hash"), max_length=64)
    anchored_at = models.DateTimeField(_("anchored at"), auto_now_add=True)

    class Meta:
        verbose_name = _("ledger head")
        verbose_name_plural = _("ledger heads")
        # Or whoever cuts the tail of the ledger would cut its copy here with the same hand.
        triggers = append_only("anchored_at")

    def __str__(self) -> str:
        return str(self.seq)


class ErasureRecord(models.Model):
    """That these people were erased: what a database put back from a backup is held against, and erased by again.

    UUIDs, never numbers: after a restore numbers are given out anew, to other people. Keyed hashes find somebody who
    came into the older copy by another way.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    erasure = models.UUIDField(_("erasure"), unique=True)
    request = models.UUIDField(_("request"), null=True, blank=True)
    reason = models.CharField(_("why"), max_length=10)
    people = ArrayField(models.UUIDField(), verbose_name=_("people"))
    records = ArrayField(models.UUIDField(), default=list, blank=True, verbose_name=_("records"))
    # kind:key:hash, under the keys of the do-not-contact list.
    hashes = ArrayField(models.CharField(max_length=120), default=list, blank=True, verbose_name=_("keyed hashes"))
    policy = models.CharField(_("rules it was planned by"), max_length=20)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("erasure record")
        verbose_name_plural = _("erasure records")
        ordering = ["at"]
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.erasure)


class ErasureEnd(models.Model):
    """When an erasure in these records was finished."""

    erasure = models.UUIDField(_("erasure"), primary_key=True)
    finished_at = models.DateTimeField(_("finished"), auto_now_add=True)

    class Meta:
        verbose_name = _("end of an erasure")
        verbose_name_plural = _("ends of erasures")
        triggers = append_only("finished_at")

    def __str__(self) -> str:
        return str(self.erasure)


class FileKey(models.Model):
    """The key of one owner's files: a person, one file that several people got, or the organisation.

    Sealed under a key outside the databases. Destroying the row makes every copy of the files unreadable, in backups
    of the main database too.
    """

    owner = models.UUIDField(_("owner"), primary_key=True)
    key = models.BinaryField(_("sealed key"))
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("file key")
        verbose_name_plural = _("file keys")
        triggers = [
            Guard(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=raise_sql(KEY_STAYS, "a key never changes"),
            ),
            no_truncate(KEY_STAYS),
        ]

    def __str__(self) -> str:
        return str(self.owner)


class SealedProof(models.Model):
    """That somebody who was erased had been introduced: to whom, for what and when, sealed under a key outside the
    databases. It opens for two people together (`privacy.models.proofs`) and goes by itself after its last day."""

    introduction = models.UUIDField(_("introduction"), primary_key=True)
    erasure = models.UUIDField(_("erasure"))
    sealed = models.BinaryField(_("sealed proof"))
    until = models.DateField(_("last day"))
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("sealed proof of an introduction")
        verbose_name_plural = _("sealed proofs of introductions")
        indexes = [models.Index(fields=["until"], name="sealed_proof_until")]
        triggers = [
            Guard(
                name="within_term",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    NEW.made_at := clock_timestamp();
                    IF NEW.until < (now() AT TIME ZONE 'Europe/Amsterdam')::date
                       OR NEW.until > (now() AT TIME ZONE 'Europe/Amsterdam')::date + interval '36 months' THEN
                        {raise_sql(PROOF_TERM, "a term of at most 36 months, that is not over")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=raise_sql(PROOF_STAYS, "a proof never changes"),
            ),
            Guard(
                name="goes_after_term",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=f"""
                    IF OLD.until >= (now() AT TIME ZONE 'Europe/Amsterdam')::date THEN
                        {raise_sql(PROOF_STAYS, "a proof stays until its last day")}
                    END IF;
                    RETURN OLD;
                """,
            ),
            no_truncate(PROOF_STAYS),
        ]

    def __str__(self) -> str:
        return str(self.introduction)


class Restoration(models.Model):
    """That the main database was put back from a backup: which seals it lost by that, and from which it goes on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    last_seal = models.BigIntegerField(_("last seal of the copy"))
    last_head = models.BigIntegerField(_("last head in the vault"))
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("restoration")
        verbose_name_plural = _("restorations")
        triggers = [
            Guard(
                name="by_owner",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("owner", "oid")],
                func=f"""
                    SELECT c.relowner INTO owner FROM pg_class c WHERE c.oid = TG_RELID;
                    IF NOT pg_has_role(current_user, owner, 'USAGE') OR NEW.last_seal < 0 THEN
                        {raise_sql(RESTORED, "only a restore says so")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            *append_only(),
        ]

    def __str__(self) -> str:
        return str(self.pk)
