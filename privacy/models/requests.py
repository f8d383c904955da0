"""Requests of people about their data (GDPR art. 15–22)."""

import uuid
from datetime import date
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from privacy.guards import Guard, fixed, no_identity_numbers, no_truncate, raise_sql, refuse
from privacy.models.subjects import Subject

I7_RECEIPT = refuse("i7_receipt", _("When a request came in, and by when it must be answered, never changes."))
I7_DUE = refuse(
    "i7_due",
    _("This date is not the one the law gives: one month after receipt, or three with an extension."),
)
REQUEST_FUTURE = refuse("i7_future", _("A request cannot have been received in the future."))
REQUEST_KEPT = refuse("i7_kept", _("A request is kept for five years after it was answered."))
KEPT = "5 years"


def due_sql(column: str, months: int, rule: str) -> str:
    """Plpgsql that holds `column` between the nominal day and six days later, the longest a last day ever moves (I7).

    `received` is the day of receipt in Amsterdam, a variable of the guard.
    """
    return f"""
        IF {column} NOT BETWEEN (received + interval '{months} months')::date
                            AND (received + interval '{months} months')::date + 6 THEN
            {raise_sql(rule, f"not {months} months after receipt")}
        END IF;
    """


class RequestKind(models.TextChoices):
    ACCESS = "access", _("see my data")
    RECTIFICATION = "rectification", _("correct my data")
    ERASURE = "erasure", _("erase my data")
    RESTRICTION = "restriction", _("limit the use of my data")
    PORTABILITY = "portability", _("take my data along")
    OBJECTION = "objection", _("object to the use of my data")


# Whoever got the data hears of these (GDPR art. 19).
TOLD_ON = (RequestKind.RECTIFICATION, RequestKind.ERASURE, RequestKind.RESTRICTION)
# These hand something over or cannot be undone, so it has to be sure who asks.
PROVEN = (RequestKind.ACCESS, RequestKind.PORTABILITY, RequestKind.ERASURE, RequestKind.RECTIFICATION)


class RequestChannel(models.TextChoices):
    LINK = "link", _("own link")
    FORM = "form", _("public form")
    MAIL = "mail", _("e-mail")
    PHONE = "phone", _("phone")
    WHATSAPP = "whatsapp", _("WhatsApp")
    PERSON = "person", _("in person")
    LETTER = "letter", _("letter")


class Result(models.TextChoices):
    """What became of a request."""

    DONE = "done", _("done as asked")
    PARTLY = "partly", _("done in part")
    NOTHING_HELD = "nothing", _("we hold nothing")
    REFUSED = "refused", _("refused")
    TAKEN_BACK = "taken_back", _("taken back by the person")
    UNPROVEN = "unproven", _("nobody showed who asked")


class RequestGroup(models.Model):
    """Requests that came together, from one agent or one campaign, and are worked through in one screen."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    label = models.CharField(_("name of the group"), max_length=120)
    # Only an agent's own: whoever asks for themselves is never put together by address.
    agent = models.CharField(_("asked by, for others"), max_length=254, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("group of requests")
        verbose_name_plural = _("groups of requests")

    def __str__(self) -> str:
        return str(self.pk)


# The last day as it is now: the one after an extension where there is one.
ANSWER_BY = Coalesce(F("extension__due_on"), F("due_on"))


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    def open(self) -> Self:
        return self.filter(answered_at=None)

    def with_due(self) -> Self:
        """With what `answer_by` reads, in the same query."""
        return self.select_related("extension")

    def soonest_first(self) -> Self:
        """By the last day as it is now."""
        return self.order_by(ANSWER_BY, "received_at", "pk")


class DataRequest(models.Model):
    """One request, with the moment it reached the agency and the date by which it must be answered (I7)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("what"), max_length=15, choices=RequestKind)
    subject = models.ForeignKey(
        Subject, models.PROTECT, null=True, blank=True, related_name="requests", verbose_name=_("person")
    )
    channel = models.CharField(_("how"), max_length=10, choices=RequestChannel)
    contact = models.CharField(_("answer to"), max_length=254, blank=True)
    language = models.CharField(
        _("language of the answer"),
        max_length=2,
        choices=[("nl", _("Dutch")), ("en", _("English"))],
        default="nl",
        db_default="nl",
    )
    words = models.TextField(_("in their own words"), blank=True)
    group = models.ForeignKey(
        RequestGroup, models.PROTECT, null=True, blank=True, related_name="requests", verbose_name=_("came with")
    )
    received_at = models.DateTimeField(_("received"))
    due_on = models.DateField(_("answer before the end of"))
    calendar_version = models.CharField(_("calendar"), max_length=20)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    result = models.CharField(_("what became of it"), max_length=10, choices=Result, blank=True, db_default="")
    outcome = models.TextField(_("what was done"), blank=True)
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("noted by"),
    )
    created_at = models.DateTimeField(_("noted at"), auto_now_add=True)

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["due_on", "received_at"]
        indexes = [models.Index(fields=["due_on", "received_at"], name="request_open", condition=Q(answered_at=None))]
        constraints = [
            models.CheckConstraint(
                name="request_answered_by_somebody",
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
            models.CheckConstraint(
                name="request_received_before_noted", condition=Q(received_at__lte=models.F("created_at"))
            ),
        ]
        triggers = [
            no_identity_numbers("words", "outcome"),
            Guard(
                name="i7_due",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("received", "date := (NEW.received_at AT TIME ZONE 'Europe/Amsterdam')::date")],
                # Five minutes for clocks that differ: later than that the term would begin too late.
                func=f"""
                    IF NEW.received_at > clock_timestamp() + interval '5 minutes' THEN
                        {raise_sql(REQUEST_FUTURE, "received in the future")}
                    END IF;
                    {due_sql("NEW.due_on", 1, I7_DUE)}
                    RETURN NEW;
                """,
            ),
            fixed(
                *("id", "kind", "channel", "received_at", "due_on", "calendar_version", "created_at", "logged_by_id"),
                rule=I7_RECEIPT,
                name="i7_receipt",
            ),
            Guard(
                name="i7_kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                # Deleted and made anew it would have another receipt.
                func=f"""
                    IF OLD.answered_at IS NULL OR OLD.created_at >= now() - interval '{KEPT}' THEN
                        {raise_sql(REQUEST_KEPT, "a request is kept")}
                    END IF;
                    RETURN OLD;
                """,
            ),
            no_truncate(REQUEST_KEPT),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def answer_by(self) -> date:
        """The last day as it is now: the first one, or the one after an extension."""
        extension = getattr(self, "extension", None)
        return extension.due_on if extension is not None else self.due_on

    @property
    def is_open(self) -> bool:
        return self.answered_at is None
