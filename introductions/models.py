"""Introductions: who was introduced to which client, on which consent, and who at the client may see it."""

import uuid
from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Candidacy, Stage
from consent.models import ConsentEvent, ConsentRequest, EventKind
from mailing.models import Mailbox
from privacy.guards import Guard, fixed, no_identity_numbers, no_truncate, raise_sql, refuse
from privacy.models import Breach, Subject
from vacancies.models import Client, ClientContact, Shared, Vacancy

I4_NO_CONSENT = refuse(
    "i4_no_consent",
    _("No introduction without the person's own yes for this vacancy and this client, not withdrawn since."),
)
I4_OTHER_CLIENT = refuse("i4_other_client", _("The person said yes to another client or vacancy."))
I4_REACHABLE = refuse("i4_not_restricted", _("This person's data may not be shared now."))
I4_TOO_MUCH = refuse("i4_shared_more", _("More would be shared than the person said yes to."))
I4_NOTICE = refuse("i4_notice_given", _("The person has not been given the privacy notice yet."))
I4_RECIPIENT = refuse("i4_recipient", _("Only somebody who works at this client may see the introduction."))
PLACED = refuse("placement_hired", _("A placement is noted for somebody who was hired in this vacancy."))
PLACEMENT_FIXED = refuse(
    "placement_fixed", _("Whose placement this is, and who noted it, stays. Its dates, fee and invoice can change.")
)
PLACEMENT_STAYS = refuse(
    "placement_stays", _("The law has us keep the record of a placement until the end of the seventh year after it.")
)
VERDICTS = [
    ("yes", _("we would like to meet")),
    ("no", _("not for us")),
    ("question", _("we have a question")),
]
INTRODUCTION_FIXED = refuse("introduction_fixed", _("An introduction stays the one it is. Make a new one instead."))


class IntroductionQuerySet(models.QuerySet["Introduction"]):
    def standing(self) -> Self:
        """Introductions whose request still ends in a yes (I4), of people who may be shown. Derived on every read.

        A later no to any question about the vacancy counts: one may withdraw from the footer of whichever mail.
        """
        return self._with_answers().filter(
            no_since=False, latest=EventKind.GIVEN, subject__erased_at=None, subject__restricted_at=None
        )

    def taken_back(self) -> Self:
        """Introductions whose yes was withdrawn or ran out, or whose person was erased: what the client has must go.

        Whoever was hired stays known to the client, which by then holds the data for reasons of its own.
        """
        return (
            self._with_answers()
            .filter(Q(no_since=True) | ~Q(latest=EventKind.GIVEN) | Q(subject__erased_at__isnull=False))
            .exclude(no_since=False, latest=EventKind.EXPIRED, candidacy__stage=Stage.HIRED)
        )

    def _with_answers(self) -> Self:
        latest = ConsentEvent.objects.filter(request=OuterRef("request")).order_by("-id").values("kind")[:1]
        no_since = ConsentEvent.objects.filter(
            request__subject=OuterRef("subject"),
            request__vacancy=OuterRef("vacancy"),
            kind__in=[EventKind.REFUSED, EventKind.WITHDRAWN],
            id__gt=OuterRef("event"),
        )
        return self.annotate(latest=Subquery(latest), no_since=Exists(no_since))

    def visible_to(self, user: User) -> Self:
        """What this client contact may see: standing introductions addressed to them while they work there."""
        if not (user.is_authenticated and user.is_active and user.is_client):
            return self.none()
        mine = ClientContact.objects.active().filter(user=user, subject__erased_at=None)
        return (
            self.standing()
            .filter(recipients__contact__in=mine, recipients__contact__client=F("client"), closed_at=None)
            .distinct()
        )


class Introduction(models.Model):
    """One person introduced to one client for one vacancy, on one consent event (I4)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="introductions", verbose_name=_("candidacy"))
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="introductions", verbose_name=_("person"))
    vacancy = models.ForeignKey(Vacancy, models.PROTECT, related_name="introductions", verbose_name=_("vacancy"))
    client = models.ForeignKey(Client, models.PROTECT, related_name="introductions", verbose_name=_("client"))
    request = models.ForeignKey(
        ConsentRequest, models.PROTECT, related_name="introductions", verbose_name=_("consent request")
    )
    event = models.ForeignKey(
        ConsentEvent, models.PROTECT, related_name="introductions", verbose_name=_("the person's yes")
    )
    shared = ArrayField(models.CharField(max_length=10, choices=Shared), default=list, verbose_name=_("what is shown"))
    introduced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("introduced by")
    )
    words = models.TextField(_("words to the client"), blank=True)
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = IntroductionQuerySet.as_manager()

    class Meta:
        verbose_name = _("introduction")
        verbose_name_plural = _("introductions")
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["event"],
                name="introduction_once_per_yes",
                violation_error_message=_("This person has been introduced already."),
            ),
        ]
        triggers = [
            no_identity_numbers("words"),
            Guard(
                name="i4_consent",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf(
                    "candidacy_id",
                    "subject_id",
                    "vacancy_id",
                    "client_id",
                    "request_id",
                    "event_id",
                    "shared",
                ),
                declare=[("asked", "record"), ("latest", "record")],
                func=f"""
                    -- Lock first, then look: a withdrawal writes this same row before its event.
                    SELECT * INTO asked FROM public.consent_consentrequest WHERE id = NEW.request_id FOR UPDATE;
                    SELECT e.id, e.kind INTO latest FROM public.consent_consentevent e
                        WHERE e.request_id = NEW.request_id ORDER BY e.id DESC LIMIT 1;
                    IF latest.kind IS DISTINCT FROM 'given' OR latest.id IS DISTINCT FROM NEW.event_id
                       OR asked.purpose IS DISTINCT FROM 'introduce' OR asked.closed_at IS NOT NULL
                       OR EXISTS (SELECT 1 FROM public.consent_consentevent e
                                  JOIN public.consent_consentrequest r ON r.id = e.request_id
                                  WHERE r.subject_id = NEW.subject_id AND r.vacancy_id = NEW.vacancy_id
                                    AND e.kind IN ('refused', 'withdrawn') AND e.id > NEW.event_id) THEN
                        {raise_sql(I4_NO_CONSENT, "no standing consent")}
                    END IF;
                    IF ROW(asked.subject_id, asked.vacancy_id, asked.client_id)
                       IS DISTINCT FROM ROW(NEW.subject_id, NEW.vacancy_id, NEW.client_id)
                       OR NOT EXISTS (SELECT 1 FROM public.vacancies_vacancy v
                                      WHERE v.id = NEW.vacancy_id AND v.client_id = NEW.client_id)
                       OR NOT EXISTS (SELECT 1 FROM public.candidates_candidacy y WHERE y.id = NEW.candidacy_id
                                      AND y.subject_id = NEW.subject_id AND y.vacancy_id = NEW.vacancy_id) THEN
                        {raise_sql(I4_OTHER_CLIENT, "consent is for another client or vacancy")}
                    END IF;
                    IF NOT (NEW.shared <@ asked.shared) THEN {raise_sql(I4_TOO_MUCH, "more than consented")} END IF;
                    IF NOT EXISTS (SELECT 1 FROM public.consent_notice n WHERE n.subject_id = NEW.subject_id
                                   AND n.vacancy_id = NEW.vacancy_id AND n.undone_at IS NULL) THEN
                        {raise_sql(I4_NOTICE, "no notice was given")}
                    END IF;
                    IF EXISTS (SELECT 1 FROM public.privacy_subject s WHERE s.id = NEW.subject_id
                               AND (s.erased_at IS NOT NULL OR s.restricted_at IS NOT NULL)) THEN
                        {raise_sql(I4_REACHABLE, "restricted or erased")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            # Recipients rest on the key: a swap would show a person to another client's contacts.
            fixed("id", rule=INTRODUCTION_FIXED),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RecipientQuerySet(models.QuerySet["Recipient"]):
    def of(self, user: User) -> Self:
        """What was addressed to this client contact at the clients where they work now."""
        if not (user.is_authenticated and user.is_active and user.is_client):
            return self.none()
        return self.filter(contact__in=ClientContact.objects.active().filter(user=user, subject__erased_at=None))

    def to_delete(self, user: User) -> Self:
        """What this contact should delete and has not said to have deleted (GDPR art. 17(2), 19)."""
        return self.of(user).filter(
            introduction__in=Introduction.objects.taken_back().values("pk"), deletion_confirmed_at=None
        )


class Recipient(models.Model):
    """A client contact who may see an introduction."""

    introduction = models.ForeignKey(Introduction, models.CASCADE, related_name="recipients")
    contact = models.ForeignKey(ClientContact, models.PROTECT, related_name="received", verbose_name=_("contact"))
    first_seen_at = models.DateTimeField(_("first seen"), null=True, blank=True)
    deletion_confirmed_at = models.DateTimeField(_("said to be deleted"), null=True, blank=True)

    objects = RecipientQuerySet.as_manager()

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        constraints = [models.UniqueConstraint(fields=["introduction", "contact"], name="recipient_once")]
        triggers = [
            Guard(
                name="i4_recipient",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=f"""
                    IF NOT EXISTS (
                        SELECT 1 FROM public.introductions_introduction i
                        JOIN public.vacancies_clientcontact c ON c.client_id = i.client_id
                        WHERE i.id = NEW.introduction_id AND c.id = NEW.contact_id) THEN
                        {raise_sql(I4_RECIPIENT, "the contact works at another client")}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Feedback(models.Model):
    """What a client contact said about a person introduced to them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="feedback")
    verdict = models.CharField(
        _("answer"),
        max_length=10,
        choices=VERDICTS,
    )
    words = models.TextField(_("words"), blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ["at"]
        triggers = [no_identity_numbers("words")]

    def __str__(self) -> str:
        return str(self.pk)


class FeeKind(models.TextChoices):
    SHARE = "share", _("a share of the yearly salary")
    FIXED = "fixed", _("a fixed amount")
    RETAINER = "retainer", _("a retainer, in parts")


# Kept so long by law after the year in which the last of it happened (AWR art. 52).
BILLING_YEARS = 7
INVOICE_NUMBER = r"^[A-Za-z0-9][A-Za-z0-9/._-]{0,29}$"


class PlacementQuerySet(models.QuerySet["Placement"]):
    def visible_to(self, user: User) -> Self:
        """What a member of staff may see: those of their own vacancies; officers and administrators all."""
        return self.filter(vacancy__in=Vacancy.objects.visible_to(user))

    def over(self) -> Self:
        """Those whose last day has passed."""
        return self.filter(keep_until__lt=timezone.localdate())


class Placement(models.Model):
    """The billing record of somebody who got the job: dates, the fee, the invoice's number; no name and no salary.

    It stays when the person is erased: the law has the agency keep its accounts (AWR art. 52, GDPR art. 17(3)(b)). The
    name stands on the invoice, in the books.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidacy = models.OneToOneField(Candidacy, models.PROTECT, related_name="placement", verbose_name=_("candidacy"))
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="placements", verbose_name=_("person"))
    vacancy = models.ForeignKey(Vacancy, models.PROTECT, related_name="placements", verbose_name=_("vacancy"))
    client = models.ForeignKey(Client, models.PROTECT, related_name="placements", verbose_name=_("client"))
    start_on = models.DateField(_("first working day"))
    guarantee_until = models.DateField(_("guarantee until and including"), null=True, blank=True)
    fee_kind = models.CharField(_("fee"), max_length=10, choices=FeeKind)
    fee = models.DecimalField(
        _("amount of the fee, without VAT"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    invoice_number = models.CharField(_("number of the invoice"), max_length=30, blank=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("noted by"))
    noted_at = models.DateTimeField(_("noted"), db_default=Now(), editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    # The database's own: the end of the seventh year after the last date.
    keep_until = models.DateField(_("kept until and including"), null=True, editable=False)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        ordering = ["-start_on", "pk"]
        indexes = [models.Index(fields=["keep_until"], name="placement_keep_until")]
        constraints = [
            models.CheckConstraint(
                name="placement_guarantee_after_start",
                condition=Q(guarantee_until=None) | Q(guarantee_until__gte=F("start_on")),
                violation_error_message=_("The guarantee ends before the first working day."),
            ),
            models.CheckConstraint(
                name="placement_fee_positive",
                condition=Q(fee=None) | Q(fee__gte=0),
                violation_error_message=_("A fee is not less than nothing."),
            ),
            models.CheckConstraint(
                # No words fit in it, so no name does.
                name="placement_invoice_number",
                condition=Q(invoice_number="") | Q(invoice_number__regex=INVOICE_NUMBER),
                violation_error_message=_("A number of an invoice is letters, digits and . / _ - without spaces."),
            ),
        ]
        triggers = [
            Guard(
                name="placed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=f"""
                    IF TG_OP = 'INSERT' THEN
                        NEW.noted_at := clock_timestamp();
                        IF NOT EXISTS (
                            SELECT 1 FROM public.candidates_candidacy y
                            JOIN public.vacancies_vacancy v ON v.id = y.vacancy_id
                            JOIN public.privacy_subject s ON s.id = y.subject_id
                            WHERE y.id = NEW.candidacy_id AND y.subject_id = NEW.subject_id
                              AND y.vacancy_id = NEW.vacancy_id AND v.client_id = NEW.client_id
                              AND y.stage = 'hired' AND s.erased_at IS NULL) THEN
                            {raise_sql(PLACED, "nobody was hired there")}
                        END IF;
                    END IF;
                    NEW.keep_until := make_date(
                        extract(year FROM greatest(NEW.start_on, NEW.guarantee_until))::int + {BILLING_YEARS}, 12, 31);
                    RETURN NEW;
                """,
            ),
            Guard(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=f"""
                    IF OLD.keep_until >= (now() AT TIME ZONE 'Europe/Amsterdam')::date THEN
                        {raise_sql(PLACEMENT_STAYS, "kept by law until its last day")}
                    END IF;
                    RETURN OLD;
                """,
            ),
            fixed(
                *("id", "candidacy_id", "subject_id", "vacancy_id", "client_id", "noted_by_id", "noted_at"),
                rule=PLACEMENT_FIXED,
            ),
            no_truncate(PLACEMENT_STAYS),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SpottedWhy(models.TextChoices):
    EMAIL = "email", _("their e-mail address stands in it")
    PHONE = "phone", _("their phone number stands in it")
    PROFILE = "profile", _("their profile stands in it")
    NAME = "name", _("their name stands in it")
    CV = "cv", _("a CV goes along")


class SpottedWhat(models.TextChoices):
    INTRODUCED = "introduced", _("an introduction")
    BREACH = "breach", _("a data breach")
    NOTHING = "nothing", _("not an introduction")


class SpottedQuerySet(models.QuerySet["SpottedMail"]):
    def waiting_for(self, user: User) -> Self:
        """What this colleague sent and has not said yet what it was; people whose data may not be used left out."""
        return self.told_by(user).filter(what="").exclude(candidacy__subject__restricted_at__isnull=False)

    def told_by(self, user: User) -> Self:
        """Of which this person says what it was: what they sent; an officer also what colleagues sent who left."""
        own = Q(sender=user)
        return self.filter(own | Q(sender__is_active=False) if user.is_officer else own)

    def visible_to(self, user: User) -> Self:
        """One's own; an officer's are those that were reported as a breach, and those of colleagues who left."""
        own = self.told_by(user)
        return own | self.filter(what=SpottedWhat.BREACH) if user.is_officer or user.is_administrator else own


class SpottedMail(models.Model):
    """A mail to a client with a candidate in it, sent past the portal. When, to whom, about whom; nothing it said."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mailbox = models.ForeignKey(
        Mailbox, models.SET_NULL, null=True, blank=True, related_name="spotted", verbose_name=_("mailbox")
    )
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    key = models.CharField(_("which mail, as a hash"), max_length=110)
    contact = models.ForeignKey(ClientContact, models.PROTECT, related_name="+", verbose_name=_("sent to"))
    candidacy = models.ForeignKey(
        Candidacy, models.CASCADE, null=True, blank=True, related_name="spotted", verbose_name=_("candidacy")
    )
    why = models.CharField(_("seen by"), max_length=10, choices=SpottedWhy)
    sent_at = models.DateTimeField(_("sent"))
    what = models.CharField(_("what it was"), max_length=10, choices=SpottedWhat, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    breach = models.ForeignKey(
        Breach, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("place in the register")
    )

    objects = SpottedQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail to a client with a candidate in it")
        verbose_name_plural = _("mail to clients with a candidate in it")
        ordering = ["sent_at"]
        constraints = [
            models.UniqueConstraint(name="spotted_mail_once", fields=["mailbox", "key", "contact"]),
            models.CheckConstraint(
                name="spotted_mail_settled_by_somebody",
                condition=Q(what="", settled_at=None, settled_by=None)
                | ~Q(what="") & Q(settled_at__isnull=False, settled_by__isnull=False),
            ),
            models.CheckConstraint(
                name="spotted_mail_breach_registered",
                condition=Q(what="breach", breach__isnull=False) | ~Q(what="breach") & Q(breach=None),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
