"""A person as a bare id, and the links that person holds."""

import uuid
from datetime import timedelta
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.guards import Guard, fixed, raise_sql, refuse

ERASED_FOR_GOOD = refuse("subject_erased_for_good", _("An erased person cannot be brought back."))
RESTRICTION_STANDS = refuse(
    "subject_restriction_stands", _("The use of this person's data stays limited until that is lifted, with notice.")
)
HELD = refuse(
    "held_not_erased", _("A legal hold stands, so these data cannot be erased now. They can when the hold has ended.")
)
LINK_FIXED = refuse("link_fixed", _("A link stays with the person and the question it was made for."))


# How long a hold that nobody approved yet already holds: no night may be quicker than the second person.
UNAPPROVED_HOLDS = timedelta(days=7)


def in_force_sql(hold: str) -> str:
    """A condition: the legal hold with this alias keeps people today (Amsterdam)."""
    return f"""{hold}.ended_at IS NULL AND {hold}.until >= (now() AT TIME ZONE 'Europe/Amsterdam')::date
        AND ({hold}.approved_at IS NOT NULL OR {hold}.asked_at > now() - interval '{UNAPPROVED_HOLDS.days} days')"""


class SubjectQuerySet(models.QuerySet["Subject"]):
    def reachable(self) -> Self:
        """People who may be searched, mailed, introduced and exported: neither erased nor restricted."""
        return self.filter(erased_at=None, restricted_at=None)

    def hidden(self) -> Self:
        """The others: few, and known by an index of their own. Left out by it, a list need not look at everybody."""
        return self.filter(Q(erased_at__isnull=False) | Q(restricted_at__isnull=False))


class Subject(models.Model):
    """A data subject: everything about a person points here, and nothing here tells who it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)
    restricted_at = models.DateTimeField(_("restricted at"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("merged into")
    )

    objects = SubjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("data subject")
        verbose_name_plural = _("data subjects")
        constraints = [
            models.CheckConstraint(name="subject_not_merged_into_itself", condition=~Q(merged_into=models.F("id"))),
        ]
        # Few among many, whom no list shows.
        indexes = [
            models.Index(
                fields=["id"],
                name="subject_hidden",
                condition=Q(erased_at__isnull=False) | Q(restricted_at__isnull=False),
            )
        ]
        triggers = [
            Guard(
                name="erased_for_good",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                # Swapping two ids, or deleting the row and making it anew, would bring somebody back as well.
                func=f"""
                    IF TG_OP = 'DELETE' THEN
                        IF OLD.erased_at IS NOT NULL THEN
                            {raise_sql(ERASED_FOR_GOOD, "an erased subject is not removed")}
                        END IF;
                        RETURN OLD;
                    END IF;
                    IF NEW.id <> OLD.id
                       OR OLD.erased_at IS NOT NULL AND NEW.erased_at IS DISTINCT FROM OLD.erased_at THEN
                        {raise_sql(ERASED_FOR_GOOD, "an erased subject stays erased")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="held",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("erased_at"),
                func=f"""
                    IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND EXISTS (
                        SELECT 1 FROM public.privacy_heldperson p JOIN public.privacy_legalhold h ON h.id = p.hold_id
                        WHERE p.released_at IS NULL AND {in_force_sql("h")}
                          AND (p.subject_id = NEW.id OR p.subject_id IN (
                              SELECT m.id FROM public.privacy_subject m WHERE m.merged_into_id = NEW.id))) THEN
                        {raise_sql(HELD, "held")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="restriction_stands",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("restricted_at"),
                # At commit: the verb lifts the row and frees the person in one transaction, in whatever order.
                timing=pgtrigger.Deferred,
                func=f"""
                    IF EXISTS (SELECT 1 FROM public.privacy_subject s
                               JOIN public.privacy_restriction r ON r.subject_id = s.id AND r.lifted_at IS NULL
                               WHERE s.id = NEW.id AND s.restricted_at IS NULL) THEN
                        {raise_sql(RESTRICTION_STANDS, "a restriction stands")}
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class StaffSubject(models.Model):
    """Staff are data subjects too."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff_subject")
    subject = models.OneToOneField(Subject, models.PROTECT, related_name="staff")

    class Meta:
        verbose_name = _("staff member as data subject")
        verbose_name_plural = _("staff as data subjects")

    def __str__(self) -> str:
        return str(self.subject_id)


class LinkPurpose(models.TextChoices):
    CONSENT = "consent", _("asked for consent")
    WITHDRAW = "withdraw", _("withdraw or unsubscribe")
    MY_DATA = "me", _("my data")
    NOTICE = "notice", _("privacy notice")
    PORTAL = "portal", _("client portal")
    REQUEST = "request", _("my request")
    CONFIRM = "confirm", _("show who asks")
    COPY = "copy", _("copy of my data")


class LinkQuerySet(models.QuerySet["Link"]):
    def alive(self) -> Self:
        """Links that still open something now."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None, used_at=None)


class Link(models.Model):
    """A link in a person's hands. Its token is derived at hand-over (privacy.tokens) and never stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(_("purpose"), max_length=10, choices=LinkPurpose)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="links")
    about_kind = models.CharField(_("about"), max_length=30, blank=True)
    about_id = models.UUIDField(_("about which"), null=True, blank=True)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("works until"), null=True, blank=True)
    used_at = models.DateTimeField(_("used up at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        indexes = [models.Index(fields=["about_kind", "about_id", "purpose"], name="link_about")]
        triggers = [
            fixed("id", "purpose", "subject_id", "about_kind", "about_id", "created_at", rule=LINK_FIXED),
            Guard(
                name="answered_through",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=f"""
                    IF EXISTS (SELECT 1 FROM public.consent_consentevent e WHERE e.link_id = OLD.id)
                       OR EXISTS (SELECT 1 FROM public.privacy_suppressionlift l WHERE l.link_id = OLD.id) THEN
                        {raise_sql(LINK_FIXED, "an answer was given through this link")}
                    END IF;
                    RETURN OLD;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()
