"""Clients, their people and agreements, and vacancies: the purpose every search needs."""

import uuid
from datetime import timedelta
from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Role, Team, User
from privacy.guards import Guard, fixed, no_identity_numbers, raise_sql, refuse
from privacy.models import LegitimateInterestAssessment, Subject

AGENCY_OWN_STAFF = refuse(
    "vacancy_agency_own_staff", _("The agency is no client of its own, except for its own staff.")
)
AGREEMENT_OF_CLIENT = refuse("vacancy_agreement_of_client", _("The agreement belongs to another client."))
ASSESSMENT_OF_SEARCH = refuse(
    "vacancy_assessment_of_search", _("This assessment is about something else than looking for people.")
)
VACANCY_FORWARD = refuse(
    "vacancy_forward",
    _("A vacancy goes from draft to sourcing to closed to procedure closed, and back only to sourcing."),
)
VACANCY_STAYS = refuse(
    "vacancy_stays",
    _("People were looked for in this vacancy, so it keeps its client and stays. Make a new vacancy instead."),
)
CONTACT_STAYS = refuse(
    "contact_stays",
    _("A contact stays with their client. Note that they left, and add them at the other client."),
)
ART28_ITEMS = ("a", "b", "c", "d", "e", "f", "g", "h")


class ProcessingRole(models.TextChoices):
    OWN = "own", _("the agency decides for itself (controller)")
    JOINT = "joint", _("together with the client (joint controllers)")
    PROCESSOR = "processor", _("on the client's instructions (processor)")


NEEDS_AGREEMENT = (ProcessingRole.JOINT, ProcessingRole.PROCESSOR)


class Client(models.Model):
    """An organisation that gives the agency an assignment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200)
    legal_name = models.CharField(_("legal name"), max_length=200)
    kvk = models.CharField(_("Chamber of Commerce number"), max_length=20, blank=True)
    sector = models.CharField(_("sector"), max_length=120)
    place = models.CharField(_("place"), max_length=120, blank=True)
    website = models.URLField(_("website"), blank=True)
    is_agency = models.BooleanField(_("this is the agency itself"), default=False)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by")
    )

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["legal_name"],
                name="client_legal_name_once",
                violation_error_message=_("A client with this legal name is here already."),
            ),
            models.UniqueConstraint(fields=["is_agency"], name="client_agency_once", condition=Q(is_agency=True)),
        ]

    def __str__(self) -> str:
        return self.name


class ContactQuerySet(models.QuerySet["ClientContact"]):
    def active(self) -> Self:
        return self.filter(left_on=None)


class ClientContact(models.Model):
    """Somebody who works at a client, with or without access to the portal."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="contacts", verbose_name=_("client"))
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="client_contacts", verbose_name=_("data subject"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="client_contacts",
        verbose_name=_("portal account"),
    )
    name = models.CharField(_("name"), max_length=200)
    job_title = models.CharField(_("job title"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail address"))
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=[("nl", _("Dutch")), ("en", _("English"))], default="nl"
    )
    left_on = models.DateField(_("left on"), null=True, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("client contact")
        verbose_name_plural = _("client contacts")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "email"],
                name="client_contact_email_once",
                violation_error_message=_("This client has a contact with that e-mail address already."),
            ),
        ]
        # Whom somebody was introduced to follows from where the contact works.
        triggers = [fixed("id", "client_id", rule=CONTACT_STAYS)]

    def __str__(self) -> str:
        return self.name


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def valid(self) -> Self:
        today = timezone.localdate()
        return self.filter(
            Q(valid_until=None) | Q(valid_until__gte=today), valid_from__lte=today, signed_on__isnull=False
        )


class Agreement(models.Model):
    """Who decides what about the data, laid down with a client (GDPR art. 26, 28)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="agreements", verbose_name=_("client"))
    role = models.CharField(_("role of the agency"), max_length=10, choices=ProcessingRole)
    title = models.CharField(_("title"), max_length=200)
    art28_items = ArrayField(
        models.CharField(max_length=1), default=list, blank=True, verbose_name=_("art. 28(3) points covered")
    )
    art26_essence = models.TextField(_("essence of the arrangement, for candidates"), blank=True)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    introduction_months = models.PositiveSmallIntegerField(
        _("months after an introduction in which it still counts"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(36)],
    )
    file = models.FileField(_("signed file"), upload_to="agreements/%Y/", blank=True)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by")
    )

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(
                name="agreement_period",
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("valid_from")),
                violation_error_message=_("The agreement ends before it begins."),
            ),
            models.CheckConstraint(
                name="agreement_processor_whole",
                condition=~Q(role=ProcessingRole.PROCESSOR)
                | Q(signed_on=None)
                | Q(art28_items__contains=list(ART28_ITEMS)),
                violation_error_message=_("A processor agreement covers all points (a) to (h) of art. 28(3) GDPR."),
            ),
            models.CheckConstraint(
                name="agreement_joint_essence",
                condition=~Q(role=ProcessingRole.JOINT) | Q(signed_on=None) | ~Q(art26_essence=""),
                violation_error_message=_("A joint arrangement has an essence candidates can read (art. 26(2) GDPR)."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_valid(self) -> bool:
        today = timezone.localdate()
        return bool(
            self.signed_on and self.valid_from <= today and (self.valid_until is None or self.valid_until >= today)
        )


class VacancyState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SOURCING = "sourcing", _("sourcing")
    CLOSED = "closed", _("closed")
    PROCEDURE_CLOSED = "procedure_closed", _("procedure closed")


class Shared(models.TextChoices):
    PROFILE = "profile", _("name, job and employer")
    CV = "cv", _("CV")
    LETTER = "letter", _("the recruiter's proposal")
    CONTACT = "contact", _("contact details")


class VacancyQuerySet(models.QuerySet["Vacancy"]):
    def visible_to(self, user: User) -> Self:
        """Vacancies this member of staff may open: their own and their teams'; officers and administrators see all."""
        if not (user.is_authenticated and user.is_active and user.works_here):
            return self.none()
        if user.is_officer or user.is_administrator:
            return self.all()
        return self.filter(Q(owner=user) | Q(team__in=Team.objects.filter(members=user)))

    def sourcing(self) -> Self:
        return self.filter(state=VacancyState.SOURCING)

    def open_to_applicants(self) -> Self:
        """Open vacancies the agency shows to people who write of their own accord; never a confidential one."""
        return self.sourcing().filter(is_public=True, is_confidential=False).order_by("title", "pk")

    def unreviewed(self, months: int = 3) -> Self:
        """Open vacancies nobody looked at for this many months."""
        limit = timezone.now() - timedelta(days=30 * months)
        return self.sourcing().filter(reviewed_at__lt=limit)


class Vacancy(models.Model):
    """One job at one client: the purpose for which people may be looked for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="vacancies", verbose_name=_("client"))
    title = models.CharField(_("title"), max_length=200)
    purpose = models.TextField(_("purpose of the search"), blank=True)
    text = models.TextField(_("vacancy text"), blank=True)
    place = models.CharField(_("place"), max_length=120, blank=True)
    employment = models.CharField(
        _("employment"),
        max_length=10,
        choices=[("permanent", _("permanent")), ("interim", _("interim"))],
        default="permanent",
    )
    shared = ArrayField(
        models.CharField(max_length=10, choices=Shared),
        default=list,
        blank=True,
        verbose_name=_("what the client gets to see"),
    )
    is_confidential = models.BooleanField(_("confidential client"), default=False)
    sector_label = models.CharField(
        _("how the client is described until revealed"),
        max_length=200,
        blank=True,
        help_text=_("For example: a listed food company in the east of the country."),
    )
    is_public = models.BooleanField(
        _("open to applicants"),
        default=False,
        help_text=_("People who write to us of their own accord may choose this vacancy, and see its client."),
    )
    for_own_staff = models.BooleanField(_("for the agency's own staff"), default=False)
    role = models.CharField(_("role of the agency"), max_length=10, choices=ProcessingRole, blank=True)
    role_reason = models.TextField(_("why this role"), blank=True)
    agreement = models.ForeignKey(
        Agreement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="vacancies",
        verbose_name=_("agreement"),
    )
    assignment = models.TextField(_("evidence of the assignment"), blank=True)
    assignment_on = models.DateField(_("assigned on"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="owned_vacancies", verbose_name=_("owner")
    )
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="vacancies", verbose_name=_("team")
    )
    state = models.CharField(_("state"), max_length=20, choices=VacancyState, default=VacancyState.DRAFT)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    reviewed_at = models.DateTimeField(_("last reviewed"), default=timezone.now)
    opened_at = models.DateTimeField(_("sourcing since"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    procedure_closed_at = models.DateTimeField(_("procedure closed"), null=True, blank=True)

    objects = VacancyQuerySet.as_manager()

    class Meta:
        verbose_name = _("vacancy")
        verbose_name_plural = _("vacancies")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="vacancy_confidential_has_label",
                condition=Q(is_confidential=False) | ~Q(sector_label=""),
                violation_error_message=_("Say how a confidential client is described until it is revealed."),
            ),
            models.CheckConstraint(
                name="vacancy_public_names_client",
                condition=Q(is_public=False) | Q(is_confidential=False),
                violation_error_message=_("A vacancy with a confidential client cannot be open to applicants."),
            ),
            models.CheckConstraint(
                name="vacancy_state_dated",
                condition=(
                    Q(state__in=["draft", "sourcing"], closed_at=None, procedure_closed_at=None)
                    | Q(state="closed", closed_at__isnull=False, procedure_closed_at=None)
                    | Q(state="procedure_closed", closed_at__isnull=False, procedure_closed_at__isnull=False)
                ),
            ),
        ]
        triggers = [
            no_identity_numbers("assignment"),
            Guard(
                name="consistent",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=f"""
                    IF NOT NEW.for_own_staff AND EXISTS (
                        SELECT 1 FROM public.vacancies_client c WHERE c.id = NEW.client_id AND c.is_agency) THEN
                        {raise_sql(AGENCY_OWN_STAFF, "the agency is no client of its own")}
                    END IF;
                    IF NEW.agreement_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM public.vacancies_agreement a
                        WHERE a.id = NEW.agreement_id AND a.client_id = NEW.client_id) THEN
                        {raise_sql(AGREEMENT_OF_CLIENT, "the agreement is another client's")}
                    END IF;
                    IF TG_OP = 'UPDATE' AND NEW.state <> OLD.state AND NOT (
                        (OLD.state, NEW.state) IN (('draft', 'sourcing'), ('sourcing', 'closed'),
                            ('closed', 'procedure_closed'), ('closed', 'sourcing'), ('procedure_closed', 'sourcing'),
                            ('sourcing', 'draft'))) THEN
                        {raise_sql(VACANCY_FORWARD, "no such step for a vacancy")}
                    END IF;
                    -- That it was ever open is a state of the row itself: no snapshot can miss it.
                    IF NEW.state <> 'draft' THEN NEW.opened_at := COALESCE(NEW.opened_at, now()); END IF;
                    IF TG_OP = 'UPDATE' AND OLD.opened_at IS NOT NULL THEN
                        NEW.opened_at := COALESCE(NEW.opened_at, OLD.opened_at);
                        IF ROW(NEW.id, NEW.client_id) IS DISTINCT FROM ROW(OLD.id, OLD.client_id) THEN
                            {raise_sql(VACANCY_STAYS, "an opened vacancy keeps its client")}
                        END IF;
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=f"""
                    IF OLD.opened_at IS NOT NULL THEN {raise_sql(VACANCY_STAYS, "an opened vacancy stays")} END IF;
                    RETURN OLD;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def colleagues(self) -> models.QuerySet[User]:
        """Who may open this vacancy, as `visible_to` has it: its owner, its team, officers and administrators."""
        theirs = Q(pk=self.owner_id) | Q(role__in=(Role.OFFICER, Role.ADMINISTRATOR))
        if self.team_id:
            theirs |= Q(pk__in=Membership.objects.filter(team=self.team_id).values("user"))
        return User.objects.staff().filter(theirs)


class VacancyAssessment(models.Model):
    """A vacancy rests on an assessment of its kind of search, confirmed three times by a named person."""

    vacancy = models.OneToOneField(Vacancy, models.CASCADE, related_name="assessment_link", primary_key=True)
    assessment = models.ForeignKey(
        LegitimateInterestAssessment, models.PROTECT, related_name="+", verbose_name=_("assessment")
    )
    within_scope = models.BooleanField(_("this search falls within its scope"))
    same_sources = models.BooleanField(_("only its sources and kinds of data are used"))
    safeguards_stand = models.BooleanField(_("its safeguards are in place"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), auto_now=True)

    class Meta:
        verbose_name = _("assessment of a vacancy")
        verbose_name_plural = _("assessments of vacancies")
        constraints = [
            models.CheckConstraint(
                name="vacancy_assessment_confirmed",
                condition=Q(within_scope=True, same_sources=True, safeguards_stand=True),
                violation_error_message=_("Confirm all three points, or write an assessment that fits."),
            ),
        ]
        triggers = [
            Guard(
                name="of_searches",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=f"""
                    IF EXISTS (SELECT 1 FROM public.privacy_legitimateinterestassessment a
                               WHERE a.id = NEW.assessment_id AND a.about <> 'search') THEN
                        {raise_sql(ASSESSMENT_OF_SEARCH, "the assessment is about something else")}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
