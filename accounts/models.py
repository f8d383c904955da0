"""Staff and portal users, teams, and the organisation's own settings."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    RECRUITER = "recruiter", _("Recruiter")
    OFFICER = "officer", _("Privacy officer")
    ADMINISTRATOR = "administrator", _("Administrator")
    CLIENT = "client", _("Client contact")


STAFF_ROLES = (Role.RECRUITER, Role.OFFICER, Role.ADMINISTRATOR)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user; without a password the account can only be opened by a link."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make an administrator (`manage.py createsuperuser`)."""
        return self.create_user(email, password, **{**fields, "role": Role.ADMINISTRATOR})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def staff(self) -> models.QuerySet["User"]:
        """Everyone who works at the agency and may still sign in."""
        return self.filter(role__in=STAFF_ROLES, is_active=True)

    def left(self) -> models.QuerySet["User"]:
        """Everyone who worked at the agency and may sign in no more."""
        return self.filter(role__in=STAFF_ROLES, is_active=False)


class User(AbstractBaseUser):
    """Someone who signs in: with a password (staff) or a one-time link (client contacts)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(
        _("e-mail address"),
        unique=True,
        error_messages={"unique": _("Somebody with this e-mail address is here already.")},
    )
    name = models.CharField(_("name"), max_length=200)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.RECRUITER)
    job_title = models.CharField(_("job title"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=[("nl", _("Dutch")), ("en", _("English"))], default="nl"
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    mailbox_gone_on = models.DateField(
        _("their mailbox was deleted"),
        null=True,
        blank=True,
        help_text=_("Of a colleague who left. Until then an erasure asks for somebody to search it."),
    )
    date_joined = models.DateTimeField(_("since"), auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(name="user_email_lower_case", condition=models.Q(email=Lower("email"))),
            models.CheckConstraint(name="user_role_known", condition=models.Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower()

    @property
    def is_recruiter(self) -> bool:
        return self.role == Role.RECRUITER

    @property
    def is_officer(self) -> bool:
        return self.role == Role.OFFICER

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    @property
    def is_client(self) -> bool:
        return self.role == Role.CLIENT

    @property
    def works_here(self) -> bool:
        """True for the agency's own people, whose session may never act for a candidate."""
        return self.role in STAFF_ROLES

    @property
    def has_left(self) -> bool:
        """True for somebody who worked here and may sign in no more."""
        return self.works_here and not self.is_active

    # Django admin asks these three; the role is the only answer.
    @property
    def is_staff(self) -> bool:
        return self.is_administrator

    @property
    def is_superuser(self) -> bool:
        return self.is_administrator

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_active and self.is_administrator

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        return self.is_active and self.is_administrator

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_administrator


class Team(models.Model):
    """Recruiters who share vacancies."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    members = models.ManyToManyField(User, through="Membership", related_name="teams", verbose_name=_("members"))

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person in one team."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.team_id}:{self.user_id}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def shown_to(self, user: User, page: str) -> Self:
        """A person's own views of a page, and those their teams share."""
        shared = Q(team__in=Team.objects.filter(members=user))
        return self.filter(Q(owner=user) | shared, page=page).select_related("owner").order_by("name", "pk")


class SavedView(models.Model):
    """A list as somebody likes to see it: filters by facts, order and columns. It keeps no words looked for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    page = models.CharField(_("page"), max_length=20)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filters"), max_length=1000, blank=True)
    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_views", verbose_name=_("of"))
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="saved_views", verbose_name=_("shared with")
    )
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "name"],
                name="saved_view_once",
                violation_error_message=_("You have a view with this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class MailTracking(models.TextChoices):
    UNDECIDED = "", _("Not decided yet")
    DISCLOSED = "disclosed", _("Disclosed: named in every notice, the person can switch it off")
    CONSENT = "consent", _("Only with the person's consent")
    OFF = "off", _("Off")


class MailboxMode(models.TextChoices):
    """What happens in a linked mailbox to mail of somebody who is erased."""

    TRASH = "trash", _("to the bin, which empties itself after 30 days")
    PURGE = "purge", _("deleted for good at once")


# The columns of the organisation while a request is answered; None outside of one, where each call asks anew.
_read_once: ContextVar[dict[str, Any] | None] = ContextVar("organisation", default=None)


class Organisation(models.Model):
    """The agency itself: who it is in law, and the periods the law leaves open, with their defaults."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("trade name"), max_length=200, blank=True)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True)
    postal_address = models.TextField(_("postal address"), blank=True)
    kvk = models.CharField(_("Chamber of Commerce number"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    website = models.URLField(_("website"), blank=True)
    privacy_contact = models.CharField(
        _("privacy contact"),
        max_length=200,
        blank=True,
        help_text=_("Name and e-mail address named in every notice."),
    )
    mail_domain = models.CharField(
        _("sending domain"), max_length=200, blank=True, help_text=_("The verified domain mail is sent from.")
    )
    mail_tracking = models.CharField(_("mail tracking"), max_length=10, choices=MailTracking, blank=True, default="")
    mail_tracking_reason = models.TextField(_("why tracking is set so"), blank=True)
    no_answer_days = models.PositiveSmallIntegerField(
        _("days without an answer"), default=28, validators=[MinValueValidator(7), MaxValueValidator(28)]
    )
    link_days = models.PositiveSmallIntegerField(
        _("days a consent link works"), default=28, validators=[MinValueValidator(7), MaxValueValidator(28)]
    )
    consent_months = models.PositiveSmallIntegerField(
        _("months a consent lasts at most"),
        default=6,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    retention_days = models.PositiveSmallIntegerField(
        _("days kept after the procedure"), default=28, validators=[MaxValueValidator(28)]
    )
    pool_months = models.PositiveSmallIntegerField(
        _("months in the pool"), default=12, validators=[MaxValueValidator(12)]
    )
    pool_again_days = models.PositiveSmallIntegerField(
        _("days before a pool consent ends that it is asked again"),
        default=28,
        validators=[MinValueValidator(7), MaxValueValidator(60)],
        help_text=_("Once. Without a new yes the consent ends by itself."),
    )
    trace_days = models.PositiveSmallIntegerField(
        _("days IP address and browser of an answer are kept"), default=90, validators=[MaxValueValidator(90)]
    )
    reminder_days = models.PositiveSmallIntegerField(
        _("days before a reminder may go"),
        default=7,
        validators=[MinValueValidator(7), MaxValueValidator(14)],
        help_text=_("Counted from the first message. After 14 days no reminder goes any more."),
    )
    reminder_automatic = models.BooleanField(
        _("reminders go by themselves"),
        default=False,
        help_text=_("On working days, in office hours. Otherwise a recruiter sends each by hand."),
    )
    reminder_reason = models.TextField(_("why reminders are set so"), blank=True)
    mailbox_mode = models.CharField(
        _("mail of somebody who is erased, in linked mailboxes"),
        max_length=5,
        choices=[("", _("as suits the mailbox: Gmail's bin, elsewhere for good")), *MailboxMode.choices],
        blank=True,
        default="",
        help_text=_("With this a newly linked mailbox begins; whoever links it can choose otherwise."),
    )
    approach_warning_days = models.PositiveSmallIntegerField(_("days a colleague's approach warns"), default=14)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisation")
        constraints = [
            models.CheckConstraint(name="organisation_is_one", condition=models.Q(id=1)),
            models.CheckConstraint(
                name="organisation_tracking_has_reason",
                condition=models.Q(mail_tracking="") | ~models.Q(mail_tracking_reason=""),
                violation_error_message=_("Say why mail tracking is set so."),
            ),
            models.CheckConstraint(
                name="organisation_reminder_has_reason",
                condition=models.Q(reminder_automatic=False) | ~models.Q(reminder_reason=""),
                violation_error_message=_("Say why reminders go by themselves."),
            ),
            models.CheckConstraint(
                name="organisation_reminder_days",
                condition=models.Q(reminder_days__range=(7, 14)),
                violation_error_message=_("A reminder goes 7 to 14 days after the first message."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        if (held := _read_once.get()) is not None:
            held.clear()

    @classmethod
    def current(cls) -> Self:
        """The one organisation of this installation; made empty when it is not there yet.

        While a request is answered it is read once (`read_once`); each caller gets a copy of their own.
        """
        held = _read_once.get()
        if held is None:
            return cls.objects.get_or_create(pk=1)[0]
        if not held:
            found = cls.objects.get_or_create(pk=1)[0]
            held.update({field.attname: getattr(found, field.attname) for field in cls._meta.concrete_fields})
        return cls.from_db("default", list(held), list(held.values()))

    @staticmethod
    @contextmanager
    def read_once() -> Iterator[None]:
        """Until the end of this block `current` asks the database at most once, and again after a save."""
        token = _read_once.set({})
        try:
            yield
        finally:
            _read_once.reset(token)

    @property
    def missing(self) -> list[str]:
        """Labels of what must be filled in before any mail may leave (Tw 11.7(4), GDPR art. 13(1)(a))."""
        names = (
            "legal_name",
            "postal_address",
            "kvk",
            "email",
            "privacy_contact",
            "mail_domain",
            "mail_tracking",
        )
        return [str(self._meta.get_field(name).verbose_name) for name in names if not getattr(self, name)]  # type: ignore[union-attr]
