"""What is done about a request: who did what, who asks, what was decided, told, and to whom it has to be told."""

import uuid
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.guards import Guard, append_only, fixed, no_identity_numbers, no_truncate, raise_sql, refuse
from privacy.models.requests import I7_DUE, KEPT, DataRequest, due_sql
from privacy.models.subjects import Subject

I7_NO_NOTICE = refuse(
    "i7_no_notice", _("A term is only longer once the person was told so, with the reasons. Send the notice first.")
)
I7_LATE = refuse("i7_notice_late", _("The first term has ended, so it can no longer be made longer."))
I7_STAYS = refuse("i7_extension_stays", _("An extension stays as it was told to the person."))
I7_NOT_TOLD = refuse("i7_not_told", _("That the person was told is only noted once the message has left."))
DECISION_FIXED = refuse("decision_fixed", _("A decision on a request stays the one that was taken. Take a new one."))
NEEDS_DOUBT = refuse(
    "identity_needs_doubt",
    _("More than the known mailbox or number may only be asked with a reason to doubt who asks (GDPR art. 12(6))."),
)


class RequestStep(models.Model):
    """Somebody, or a clock, did one thing about a request. `code` is what; `ref` about which row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="steps", verbose_name=_("request"))
    code = models.CharField(_("what was done"), max_length=40)
    ref = models.UUIDField(_("about which"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("step of a request")
        verbose_name_plural = _("steps of requests")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "code", "ref"], name="request_step_once", nulls_distinct=False),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.code} {self.request_id}"


class Milestone(models.TextChoices):
    DAY14 = "day14", _("two weeks have passed")
    DAY21 = "day21", _("three weeks have passed")
    DUE = "due", _("today is the last day")
    OVERDUE = "overdue", _("the term has passed")


class Crossing(models.Model):
    """A request passed a milestone of its term; written once, and told to the officers with it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="crossings", verbose_name=_("request"))
    milestone = models.CharField(_("milestone"), max_length=10, choices=Milestone)
    on = models.DateField(_("day it was passed"))
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("milestone passed")
        verbose_name_plural = _("milestones passed")
        ordering = ["on", "at"]
        constraints = [
            # An extension gives the last day a second date, and so a second crossing.
            models.UniqueConstraint(fields=["request", "milestone", "on"], name="crossing_once"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.milestone} {self.request_id}"


class Method(models.TextChoices):
    """How somebody shows who they are. A copy of an identity document is none of them, and never will be."""

    LINK = "link", _("through their own link")
    MAILBOX = "mailbox", _("link and code to the mailbox we know")
    CALLBACK = "callback", _("called back on the number we know")
    COLLEAGUE = "colleague", _("a colleague who knows them spoke to them")
    OTHER = "other", _("another way, because of a doubt")


class IdentityCheckQuerySet(models.QuerySet["IdentityCheck"]):
    def waiting(self) -> Self:
        """Checks that can still be passed."""
        return self.filter(confirmed_at=None, expires_at__gt=timezone.now(), attempts__lt=IdentityCheck.ATTEMPTS)


class IdentityCheck(models.Model):
    """One way in which somebody was asked to show who they are, and whether they did (GDPR art. 12(6))."""

    ATTEMPTS = 5

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="identity_checks", verbose_name=_("request"))
    subject = models.ForeignKey(
        Subject, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who they say they are")
    )
    method = models.CharField(_("how"), max_length=10, choices=Method)
    doubt = models.TextField(_("why there is doubt"), blank=True)
    asked = models.TextField(_("what is asked"), blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    expires_at = models.DateTimeField(_("works until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("wrong codes"), default=0)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("noted by")
    )

    objects = IdentityCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("identity check")
        verbose_name_plural = _("identity checks")
        ordering = ["asked_at"]
        triggers = [
            no_identity_numbers("doubt", "asked"),
            Guard(
                name="needs_doubt",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("method", "request_id", "asked_at"),
                func=f"""
                    IF NEW.method = 'other' AND (NEW.asked_by_id IS NULL OR btrim(NEW.doubt) = '') THEN
                        {raise_sql(NEEDS_DOUBT, "more is asked without a recorded doubt")}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.pk}"


class Mandate(models.Model):
    """Somebody asks for somebody else: who, and whether the mandate was looked at and holds."""

    request = models.OneToOneField(DataRequest, models.PROTECT, primary_key=True, related_name="mandate")
    # Not the request's own until the mandate was looked at: the agent must learn nothing before that.
    subject = models.ForeignKey(
        Subject, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    agent = models.CharField(_("who asks for them"), max_length=200, blank=True)
    person = models.CharField(_("for whom: e-mail address or phone number"), max_length=254, blank=True)
    holds = models.BooleanField(_("the mandate holds"), null=True, blank=True)
    looked_at = models.TextField(_("what was looked at"), blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("checked by")
    )
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        constraints = [
            models.CheckConstraint(
                name="mandate_checked_by_somebody",
                condition=Q(holds=None, checked_by=None, checked_at=None)
                | Q(holds__isnull=False, checked_by__isnull=False, checked_at__isnull=False),
            ),
        ]
        triggers = [no_identity_numbers("looked_at")]

    def __str__(self) -> str:
        return str(self.request_id)


class DecisionKind(models.TextChoices):
    EXTENSION = "extension", _("longer term")
    REFUSAL = "refusal", _("refusal")


class Ground(models.TextChoices):
    """Why a term is longer (GDPR art. 12(3)) or a request refused (art. 12(5), 11(2), 15(4), 17(3), 20)."""

    COMPLEX = "complex", _("the request is complex")
    MANY = "many", _("there are many requests at once")
    UNFOUNDED = "unfounded", _("manifestly unfounded")
    EXCESSIVE = "excessive", _("excessive, because it is repeated")
    UNKNOWN = "unknown", _("we cannot tell who asks")
    OTHERS = "others", _("it would harm the rights of others")
    DUTY = "duty", _("a law obliges us to keep it")
    CLAIM = "claim", _("it is needed for a legal claim")
    NOT_GIVEN = "not_given", _("the data were not given by the person")


EXTENSION_GROUNDS = (Ground.COMPLEX, Ground.MANY)
REFUSAL_GROUNDS = tuple(ground for ground in Ground if ground not in EXTENSION_GROUNDS)
# The controller has to show these, so somebody else looks as well (GDPR art. 12(5)).
TWO_PEOPLE = (Ground.UNFOUNDED, Ground.EXCESSIVE)


class Decision(models.Model):
    """An officer decided to take longer, or to refuse. It works once the person was told."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="decisions", verbose_name=_("request"))
    kind = models.CharField(_("what"), max_length=10, choices=DecisionKind)
    ground = models.CharField(_("ground"), max_length=12, choices=Ground)
    reasons = models.TextField(_("reasons, as the person reads them"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )

    class Meta:
        verbose_name = _("decision on a request")
        verbose_name_plural = _("decisions on requests")
        ordering = ["decided_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                name="extension_decided_once",
                condition=Q(kind="extension"),
                violation_error_message=_("A term is made longer once, not more."),
            ),
            models.CheckConstraint(
                name="decision_ground_fits",
                condition=Q(kind="extension", ground__in=EXTENSION_GROUNDS)
                | Q(kind="refusal", ground__in=REFUSAL_GROUNDS),
            ),
            models.CheckConstraint(
                name="decision_approved_by_another",
                condition=Q(approved_by=None) | ~Q(approved_by=models.F("decided_by")),
                violation_error_message=_("Somebody else has to approve this."),
            ),
        ]
        triggers = [
            no_identity_numbers("reasons"),
            fixed("id", "request_id", "kind", "ground", "decided_by_id", "decided_at", rule=DECISION_FIXED),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.request_id}"


class RequestNotice(models.Model):
    """The person was told something about a request: by a message that left, or by somebody in another way.

    `kind` is that of the closed list of legal messages (I8). The moment is the database's own, so that nobody can have
    been told earlier than it was written down.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="notices", verbose_name=_("request"))
    kind = models.CharField(_("what was told"), max_length=20)
    message_ref = models.UUIDField(_("message"), null=True, blank=True)
    channel = models.CharField(_("how"), max_length=10)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("told by")
    )
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("notice about a request")
        verbose_name_plural = _("notices about requests")
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["message_ref"], name="request_notice_once", condition=Q(message_ref__isnull=False)
            ),
        ]
        triggers = [
            Guard(
                name="i7_told",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                # Messages lie on an upper floor; here they are only looked up.
                func=f"""
                    IF NEW.message_ref IS NULL AND NEW.by_id IS NULL OR NEW.message_ref IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM public.mailing_message m
                        WHERE m.id = NEW.message_ref AND m.kind = NEW.kind AND m.accepted_at IS NOT NULL
                          AND m.act_kind = 'data_request' AND m.act_id = NEW.request_id) THEN
                        {raise_sql(I7_NOT_TOLD, "no such message has left")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.request_id}"


class Extension(models.Model):
    """The term is three months, counted from receipt: there only with the notice the person got in time (I7)."""

    request = models.OneToOneField(DataRequest, models.PROTECT, primary_key=True, related_name="extension")
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="extension")
    notice = models.OneToOneField(RequestNotice, models.PROTECT, related_name="extension")
    due_on = models.DateField(_("answer before the end of"))
    calendar_version = models.CharField(_("calendar"), max_length=20)

    class Meta:
        verbose_name = _("extension of a term")
        verbose_name_plural = _("extensions of terms")
        triggers = [
            Guard(
                name="i7_extension",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("asked", "record"), ("told", "timestamptz"), ("received", "date")],
                func=f"""
                    SELECT r.received_at, r.due_on INTO asked FROM public.privacy_datarequest r
                        WHERE r.id = NEW.request_id;
                    SELECT n.at INTO told FROM public.privacy_requestnotice n
                        WHERE n.id = NEW.notice_id AND n.request_id = NEW.request_id AND n.kind = 'extension';
                    IF told IS NULL OR NOT EXISTS (
                        SELECT 1 FROM public.privacy_decision d WHERE d.id = NEW.decision_id
                          AND d.request_id = NEW.request_id AND d.kind = 'extension') THEN
                        {raise_sql(I7_NO_NOTICE, "no notice of an extension was given")}
                    END IF;
                    IF told >= (asked.due_on + 1)::timestamp AT TIME ZONE 'Europe/Amsterdam' THEN
                        {raise_sql(I7_LATE, "told after the first term had ended")}
                    END IF;
                    received := (asked.received_at AT TIME ZONE 'Europe/Amsterdam')::date;
                    {due_sql("NEW.due_on", 3, I7_DUE)}
                    RETURN NEW;
                """,
            ),
            Guard(
                name="i7_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=f"""
                    -- It goes with the file of its request, and not before.
                    IF TG_OP = 'UPDATE' OR EXISTS (
                        SELECT 1 FROM public.privacy_datarequest r WHERE r.id = OLD.request_id
                          AND (r.answered_at IS NULL OR r.created_at >= now() - interval '{KEPT}')) THEN
                        {raise_sql(I7_STAYS, "an extension is never changed or removed")}
                    END IF;
                    RETURN OLD;
                """,
            ),
            no_truncate(I7_STAYS),
        ]

    def __str__(self) -> str:
        return str(self.request_id)


class Party(models.TextChoices):
    CLIENT = "client", _("client")
    VENDOR = "vendor", _("company that works for us")
    OTHER = "other", _("somebody else")


class TellingQuerySet(models.QuerySet["Telling"]):
    def open(self) -> Self:
        """Parties that were not told, and for which nobody said why not."""
        return self.filter(sent_at=None, waived_at=None)


class Telling(models.Model):
    """One recipient of the person's data to be told of what was done (GDPR art. 19), with what came of it.

    `party` is the contact at that recipient, who is a data subject too; `source_ref` the row that says they got it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="tellings", verbose_name=_("request"))
    kind = models.CharField(_("which"), max_length=10, choices=Party)
    party = models.ForeignKey(
        Subject, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contact there")
    )
    source_ref = models.UUIDField(_("got it by"), null=True, blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    disclosed_at = models.DateTimeField(_("got the data"), null=True, blank=True)
    created_at = models.DateTimeField(_("on the list since"), auto_now_add=True)
    sent_at = models.DateTimeField(_("told"), null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("told by")
    )
    message_ref = models.UUIDField(_("message"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("said to be done"), null=True, blank=True)
    waived_at = models.DateTimeField(_("not told"), null=True, blank=True)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    waived_reason = models.CharField(_("why not told"), max_length=300, blank=True)

    objects = TellingQuerySet.as_manager()

    class Meta:
        verbose_name = _("recipient to be told")
        verbose_name_plural = _("recipients to be told")
        ordering = ["disclosed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "source_ref", "party"],
                name="telling_once",
                condition=Q(source_ref__isnull=False),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="telling_waived_by_somebody",
                condition=Q(waived_at=None, waived_by=None) | Q(waived_at__isnull=False, waived_by__isnull=False),
            ),
        ]
        triggers = [no_identity_numbers("waived_reason")]

    def __str__(self) -> str:
        return str(self.pk)


class ClockFeed(models.Model):
    """An officer's calendar of every clock, behind an address that holds a secret; without any name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="clock_feeds")
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("calendar of clocks")
        verbose_name_plural = _("calendars of clocks")
        constraints = [
            models.UniqueConstraint(fields=["user"], name="clock_feed_one_alive", condition=Q(revoked_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.pk)
