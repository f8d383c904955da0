"""Consent texts, requests and events, the log of legal bases, and notices given."""

import uuid
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.forms.models import model_to_dict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent import lint
from mailing.models import Channel, Language, Message, TemplateVersion
from privacy.guards import APPEND_ONLY, Guard, append_only, frozen_once, newest_sql, no_truncate, raise_sql, refuse
from privacy.models import LegitimateInterestAssessment, Link, Subject
from vacancies.models import Client, Shared, Vacancy

OWN_ACT = refuse("consent_own_act", _("Only the person can say this, through their own link."))
WRONG_SUBJECT = refuse("consent_same_subject", _("This link belongs to another person."))
REQUEST_FIXED = refuse("consent_request_fixed", _("What was asked cannot be changed afterwards. Ask anew instead."))
NOT_REVEALED = refuse(
    "consent_client_revealed",
    _("The client is still confidential. Reveal it to this person first; then consent can be asked."),
)
BASIS_PROOF = refuse(
    "legal_basis_has_proof",
    _("Legitimate interest rests on an assessment, and consent on the person's own yes."),
)
NO_SWAP = refuse(
    "legal_basis_no_swap",
    _("After the person answered, this vacancy cannot go back to legitimate interest by itself."),
)
I3_BASIS = refuse("i3_no_basis", _("Everybody in a vacancy needs a current legal basis."))
POOL_ALONE = refuse(
    "consent_pool_alone", _("A consent to be kept names no vacancy and no client, and lets nothing be sent.")
)
NOTICE_OF_MESSAGE = refuse(
    "notice_of_message", _("A notice rests on a message that went to this person about this vacancy.")
)
NOTICE_FIXED = refuse("notice_fixed", _("A notice given stays as it is; one undone has to be given anew."))

RUNNER_UP_ALONE = refuse(
    "consent_runner_up_until",
    _("A question to be kept as runner-up names its vacancy and its last day, after today and within a year."),
)
I1_KEPT = refuse(
    "i1_kept_by_consent",
    _("Somebody outside a procedure is kept this long only with their own consent, and no longer than that lasts."),
)

# The longest anybody is kept without a consent of their own: four weeks after a procedure, and a week for the clock.
KEPT_WITHOUT_CONSENT = "35 days"
# Consents to be kept, which are about no introduction; in SQL.
KEEPING_PURPOSES = "('pool', 'runner_up')"
KEPT_BASES = "('pool_consent', 'runner_up_consent')"


def kept_too_long_sql(candidate: str) -> str:
    """A condition: the candidate with this alias carries a date of erasure that no consent of theirs covers."""
    return f"""
        {candidate}.erase_on > (now() AT TIME ZONE 'Europe/Amsterdam')::date + interval '{KEPT_WITHOUT_CONSENT}'
        AND NOT EXISTS (
            SELECT 1 FROM public.consent_consentrequest r
            CROSS JOIN LATERAL (
                SELECT e.id, e.kind FROM public.consent_consentevent e
                WHERE e.request_id = r.id ORDER BY e.id DESC LIMIT 1) last
            JOIN public.consent_legalbasis b ON b.event_id = last.id AND b.basis IN {KEPT_BASES}
            WHERE r.subject_id = {candidate}.subject_id AND r.purpose IN {KEEPING_PURPOSES} AND last.kind = 'given'
              AND b.until >= {candidate}.erase_on)"""


# After one of these a person is not put back on legitimate interest by somebody else.
SETTLED = "('given', 'refused', 'withdrawn', 'expired')"


class ConsentText(models.Model):
    """The words of the question, in both languages. Once published they never change (I10)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(_("purpose"), max_length=20)
    version = models.PositiveSmallIntegerField(_("version"))
    question_nl = models.TextField(_("question, Dutch"))
    question_en = models.TextField(_("question, English"))
    yes_nl = models.CharField(_("sentence for yes, Dutch"), max_length=300)
    yes_en = models.CharField(_("sentence for yes, English"), max_length=300)
    notice_nl = models.TextField(_("privacy notice, Dutch"))
    notice_en = models.TextField(_("privacy notice, English"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("author"),
    )
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        ordering = ["purpose", "-version"]
        constraints = [models.UniqueConstraint(fields=["purpose", "version"], name="consent_text_version_once")]
        triggers = frozen_once("published_at")

    def __str__(self) -> str:
        return f"{self.purpose} v{self.version}"

    def clean(self) -> None:
        super().clean()
        if self.published_at and (items := self.lacking):
            raise ValidationError(_("It still lacks: %(items)s."), params={"items": ", ".join(items)})

    @property
    def lacking(self) -> list[str]:
        """What stands in the way of publishing these words, each in words."""
        return lint.lacking(model_to_dict(self))


class Purpose(models.TextChoices):
    TALK = "talk", _("may we talk about a confidential vacancy")
    INTRODUCE = "introduce", _("introduction to the client")
    # About the person and no vacancy: it never opens an introduction (I4).
    POOL = "pool", _("kept to be asked for other vacancies")
    # About one vacancy whose procedure has ended, until a day; it never opens an introduction either.
    RUNNER_UP = "runner_up", _("kept as runner-up for one vacancy")


KEEPING = (Purpose.POOL, Purpose.RUNNER_UP)


class EventKind(models.TextChoices):
    GIVEN = "given", _("yes")
    REFUSED = "refused", _("no")
    TALK_FIRST = "talk_first", _("talk to me first")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("expired")
    PENDING = "pending", _("yes by phone, to be confirmed")


OWN_ACTS = (EventKind.GIVEN, EventKind.REFUSED, EventKind.TALK_FIRST, EventKind.WITHDRAWN)
ANSWERS = (EventKind.GIVEN, EventKind.REFUSED, EventKind.TALK_FIRST)


class RequestQuerySet(models.QuerySet["ConsentRequest"]):
    def with_latest(self) -> Self:
        """Annotate `latest`, the kind of the latest event, and `latest_at`; both None when nothing was answered."""
        latest = ConsentEvent.objects.filter(request=OuterRef("pk")).order_by("-id")
        return self.annotate(latest=Subquery(latest.values("kind")[:1]), latest_at=Subquery(latest.values("at")[:1]))

    def given(self) -> Self:
        """Requests whose latest event is an unwithdrawn yes."""
        return self.with_latest().filter(latest=EventKind.GIVEN)

    def lock(self, *, subject: uuid.UUID, vacancy: uuid.UUID) -> None:
        """Lock every question to this person about this vacancy; before their candidacy or a message, as answers do."""
        list(self.filter(subject=subject, vacancy=vacancy).order_by("pk").select_for_update().values_list("pk"))

    def lock_pool(self, subject: uuid.UUID) -> None:
        """Lock every question to this person to be kept; before the person, as answers do."""
        keeping = self.filter(purpose__in=KEEPING, subject=subject)
        list(keeping.order_by("pk").select_for_update().values_list("pk"))

    def pool(self) -> Self:
        """Questions whether somebody may be kept to be asked for other vacancies."""
        return self.filter(purpose=Purpose.POOL)

    def keeping(self) -> "models.QuerySet[Any, Any]":
        """Those with a standing yes that has not ended, each with `until`, its last day."""
        yes = LegalBasis.objects.filter(event__request=OuterRef("pk"), basis=Basis.POOL).order_by("-id")
        kept = self.pool().given().annotate(until=Subquery(yes.values("until")[:1]))
        return kept.filter(until__gte=timezone.localdate())

    def runners_up(self) -> Self:
        """Those with a standing yes to be kept as runner-up that has not ended; `keep_until` is its last day."""
        return self.filter(purpose=Purpose.RUNNER_UP, keep_until__gte=timezone.localdate()).given()

    def waiting(self) -> Self:
        """Handed over and not answered."""
        answered = ConsentEvent.objects.filter(request=OuterRef("pk"))
        return self.with_latest().filter(~Exists(answered), handed_over_at__isnull=False, closed_at=None)


class ConsentRequest(models.Model):
    """One question to one person about one vacancy, with everything as it was shown. The row both sides of I4 lock."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="consent_requests", verbose_name=_("person"))
    vacancy = models.ForeignKey(
        Vacancy, models.PROTECT, null=True, blank=True, related_name="consent_requests", verbose_name=_("vacancy")
    )
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose, default=Purpose.INTRODUCE)
    client = models.ForeignKey(
        Client,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("client named to the person"),
    )
    # The consent to be kept whose end is near; each is asked again once.
    renews = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="renewal", verbose_name=_("asks again")
    )
    # The vacancy for which somebody is kept as runner-up, and until when. Not `vacancy`: no question about it is meant.
    reserve_for = models.ForeignKey(
        Vacancy, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("runner-up for")
    )
    keep_until = models.DateField(_("kept as runner-up until and including"), null=True, blank=True)
    client_as_named = models.CharField(_("client as named"), max_length=200, blank=True)
    vacancy_title = models.CharField(_("vacancy as named"), max_length=200, blank=True)
    vacancy_text = models.TextField(_("vacancy text as shown"), blank=True)
    shared = ArrayField(
        models.CharField(max_length=10, choices=Shared), default=list, verbose_name=_("what would be sent")
    )
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="requests", verbose_name=_("words"))
    language = models.CharField(_("language"), max_length=2, choices=Language)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_at = models.DateTimeField(_("can be answered until"))
    handed_over_at = models.DateTimeField(_("first handed over"), null=True, blank=True)
    follow_up_on = models.DateField(_("agreed to speak on"), null=True, blank=True)
    # An answer in their own words, which is no yes and no no: it only ends the wait for one.
    replied_at = models.DateTimeField(_("answered in words"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    events_seen = models.PositiveIntegerField(_("lock counter"), default=0, editable=False)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent request")
        verbose_name_plural = _("consent requests")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="consent_introduce_names_client",
                condition=~Q(purpose=Purpose.INTRODUCE) | Q(client__isnull=False),
            ),
            models.CheckConstraint(
                name=POOL_ALONE,
                condition=(
                    Q(purpose__in=KEEPING, vacancy=None, client=None, shared__len=0)
                    | (~Q(purpose__in=KEEPING) & Q(vacancy__isnull=False, renews=None))
                ),
            ),
            models.CheckConstraint(
                name=RUNNER_UP_ALONE,
                condition=(
                    Q(purpose=Purpose.RUNNER_UP, reserve_for__isnull=False, keep_until__isnull=False, renews=None)
                    | (~Q(purpose=Purpose.RUNNER_UP) & Q(reserve_for=None, keep_until=None))
                ),
            ),
            models.UniqueConstraint(
                fields=["subject", "reserve_for"],
                name="consent_runner_up_open_once",
                condition=Q(purpose="runner_up", closed_at=None),
                violation_error_message=_("This person has been asked already."),
            ),
            models.UniqueConstraint(
                fields=["subject", "vacancy", "purpose"],
                name="consent_request_open_once",
                condition=Q(closed_at=None),
                violation_error_message=_("This person has been asked already."),
            ),
            models.UniqueConstraint(
                fields=["subject"],
                name="consent_pool_open_once",
                condition=Q(purpose="pool", closed_at=None, renews=None),
                violation_error_message=_("This person has been asked already."),
            ),
        ]
        indexes = [
            models.Index(fields=["subject"], name="consent_keeping_of", condition=Q(purpose__in=["pool", "runner_up"]))
        ]
        triggers = [
            Guard(
                name="fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF (OLD.id, OLD.subject_id, OLD.vacancy_id, OLD.purpose, OLD.client_id, OLD.renews_id,
                        OLD.reserve_for_id, OLD.keep_until, OLD.client_as_named,
                        OLD.vacancy_title,
                        OLD.vacancy_text, OLD.shared, OLD.text_id, OLD.asked_by_id, OLD.created_at)
                       IS DISTINCT FROM
                       (NEW.id, NEW.subject_id, NEW.vacancy_id, NEW.purpose, NEW.client_id, NEW.renews_id,
                        NEW.reserve_for_id, NEW.keep_until, NEW.client_as_named,
                        NEW.vacancy_title,
                        NEW.vacancy_text, NEW.shared, NEW.text_id, NEW.asked_by_id, NEW.created_at) THEN
                        {raise_sql(REQUEST_FIXED, "what was asked is fixed")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="answered",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=f"""
                    IF EXISTS (SELECT 1 FROM public.consent_consentevent e WHERE e.request_id = OLD.id) THEN
                        {raise_sql(REQUEST_FIXED, "a question with answers stays")}
                    END IF;
                    RETURN OLD;
                """,
            ),
            Guard(
                name="published",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NOT EXISTS (SELECT 1 FROM public.consent_consenttext t
                                   WHERE t.id = NEW.text_id AND t.published_at IS NOT NULL
                                     AND t.purpose = NEW.purpose) THEN
                        {raise_sql("consent_text_published", "the text is not published")}
                    END IF;
                    IF NEW.purpose = 'introduce' AND EXISTS (
                        SELECT 1 FROM public.vacancies_vacancy v WHERE v.id = NEW.vacancy_id AND v.is_confidential
                          AND NOT EXISTS (SELECT 1 FROM public.consent_revelation r
                                          WHERE r.vacancy_id = NEW.vacancy_id AND r.subject_id = NEW.subject_id)) THEN
                        {raise_sql(NOT_REVEALED, "the client is still confidential")}
                    END IF;
                    IF NEW.purpose = 'runner_up' AND (
                        NEW.keep_until <= (now() AT TIME ZONE 'Europe/Amsterdam')::date
                        OR NEW.keep_until > (now() AT TIME ZONE 'Europe/Amsterdam')::date + interval '1 year') THEN
                        {raise_sql(RUNNER_UP_ALONE, "kept as runner-up for no time, or for too long")}
                    END IF;
                    IF NEW.renews_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM public.consent_consentrequest r
                        WHERE r.id = NEW.renews_id AND r.purpose = 'pool' AND r.subject_id = NEW.subject_id) THEN
                        {raise_sql(REQUEST_FIXED, "it asks again what this person was never asked")}
                    END IF;
                    RETURN NEW;
                """,
                refusals={"consent_text_published": _("The question must be asked in published words.")},
            ),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and self.expires_at > timezone.now()

    @property
    def is_pool(self) -> bool:
        """Whether it asks to keep the person for other vacancies, and so is about none."""
        return self.purpose == Purpose.POOL

    @property
    def is_runner_up(self) -> bool:
        """Whether it asks to keep the person as runner-up for one vacancy."""
        return self.purpose == Purpose.RUNNER_UP

    @property
    def is_keeping(self) -> bool:
        """Whether it asks to keep the person, for whatever: no introduction rests on it."""
        return self.purpose in KEEPING

    @property
    def job(self) -> Vacancy:
        """The vacancy of a question about one. Raises LookupError for a question to be kept."""
        if self.vacancy is None:
            raise LookupError("A question to be kept is about no vacancy.")
        return self.vacancy


class Revelation(models.Model):
    """A named recruiter revealed a confidential client to one person."""

    id = models.BigAutoField(primary_key=True)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="revelations", verbose_name=_("person"))
    vacancy = models.ForeignKey(Vacancy, models.PROTECT, related_name="revelations", verbose_name=_("vacancy"))
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", verbose_name=_("client"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("revealed client")
        verbose_name_plural = _("revealed clients")
        constraints = [models.UniqueConstraint(fields=["subject", "vacancy"], name="revelation_once")]
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.pk)


class ConsentEvent(models.Model):
    """What the person answered, or what a clock ended. Later rows overrule earlier ones; none ever changes (I5)."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(ConsentRequest, models.PROTECT, related_name="events", verbose_name=_("request"))
    kind = models.CharField(_("answer"), max_length=12, choices=EventKind)
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)
    link = models.ForeignKey(
        Link,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="consent_events",
        verbose_name=_("through link"),
    )
    channel = models.CharField(_("how"), max_length=10, choices=Channel, default=Channel.EMAIL)
    language = models.CharField(_("language shown"), max_length=2, choices=Language)
    wording_sha256 = models.CharField(_("hash of the words shown"), max_length=64)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("noted by"),
    )

    class Meta:
        verbose_name = _("consent event")
        verbose_name_plural = _("consent events")
        ordering = ["id"]
        indexes = [models.Index(fields=["request", "-id"], name="consent_latest")]
        constraints = [
            models.CheckConstraint(name="consent_event_kind_known", condition=Q(kind__in=EventKind.values)),
            models.CheckConstraint(
                name=OWN_ACT,
                condition=(
                    Q(kind__in=[*OWN_ACTS], link__isnull=False, recorded_by=None)
                    | Q(kind=EventKind.PENDING, link=None, recorded_by__isnull=False)
                    | Q(kind=EventKind.EXPIRED, link=None, recorded_by=None)
                ),
            ),
        ]
        triggers = [
            Guard(
                name="serialise",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                # The update is the lock of I4: an introduction locks the same row, so one of the two sees the other.
                # It writes, rather than only locks, so that a REPEATABLE READ transaction fails instead of missing it.
                func=f"""
                    UPDATE public.consent_consentrequest SET events_seen = events_seen + 1 WHERE id = NEW.request_id;
                    {newest_sql("consent_consentevent", "request_id")}
                    IF NEW.link_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM public.privacy_link l
                        JOIN public.consent_consentrequest r ON r.id = NEW.request_id
                        WHERE l.id = NEW.link_id AND l.subject_id = r.subject_id) THEN
                        {raise_sql(WRONG_SUBJECT, "the link is another person's")}
                    END IF;
                    IF NEW.link_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM public.privacy_link l WHERE l.id = NEW.link_id
                          AND (NEW.kind <> 'given' AND l.purpose IN ('consent', 'withdraw', 'me')
                               OR l.purpose = 'consent' AND l.about_id = NEW.request_id AND l.revoked_at IS NULL)) THEN
                        {raise_sql(OWN_ACT, "this link does not carry that answer")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="i3_basis",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                # Who takes back a yes is no longer here on consent: the next basis is written with the answer.
                func=f"""
                    IF EXISTS (
                        SELECT 1 FROM public.consent_consentrequest r
                        JOIN public.candidates_candidacy y
                          ON y.subject_id = r.subject_id AND y.vacancy_id = r.vacancy_id
                        CROSS JOIN LATERAL (
                            SELECT b.basis, b.event_id FROM public.consent_legalbasis b
                            WHERE b.subject_id = r.subject_id AND b.vacancy_id = r.vacancy_id
                            ORDER BY b.id DESC LIMIT 1) held
                        JOIN public.consent_consentevent g ON g.id = held.event_id AND g.request_id = r.id
                        WHERE r.id = NEW.request_id AND held.basis = 'consent' AND 'given' <> (
                            SELECT e.kind FROM public.consent_consentevent e
                            WHERE e.request_id = r.id ORDER BY e.id DESC LIMIT 1)) THEN
                        {raise_sql(I3_BASIS, "on a consent that was taken back")}
                    END IF;
                    RETURN NULL;
                """,
            ),
            Guard(
                name="i1_kept",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                # Who takes back a yes to be kept, or whose yes ended, keeps no date of erasure that rested on it.
                func=f"""
                    IF NEW.kind <> 'given' AND EXISTS (
                        SELECT 1 FROM public.consent_consentrequest asked
                        JOIN public.candidates_candidate c ON c.subject_id = asked.subject_id
                        WHERE asked.id = NEW.request_id AND asked.purpose IN {KEEPING_PURPOSES}
                          AND {kept_too_long_sql("c")}) THEN
                        {raise_sql(I1_KEPT, "kept longer than a consent lasts")}
                    END IF;
                    RETURN NULL;
                """,
            ),
            Guard(
                name="oldest_first",
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                # To forget a withdrawal and keep the yes before it would bring the yes back.
                func=f"""
                    IF EXISTS (SELECT 1 FROM public.consent_consentevent e
                               WHERE e.request_id = OLD.request_id AND e.id < OLD.id) THEN
                        {raise_sql(APPEND_ONLY, "append-only: the oldest answer goes first")}
                    END IF;
                    RETURN NULL;
                """,
            ),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ConsentTrace(models.Model):
    """Where an answer came from: erasable, gone after the organisation's period (90 days at most)."""

    event = models.OneToOneField(ConsentEvent, models.CASCADE, related_name="trace", primary_key=True)
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("trace of an answer")
        verbose_name_plural = _("traces of answers")

    def __str__(self) -> str:
        return str(self.pk)


class Basis(models.TextChoices):
    LEGITIMATE_INTEREST = "legitimate_interest", _("legitimate interest")
    CONSENT = "consent", _("consent")
    # These three carry no candidacy, and say until when.
    OWN_REQUEST = "own_request", _("the person's own application")
    POOL = "pool_consent", _("consent to be kept for other vacancies")
    RUNNER_UP = "runner_up_consent", _("consent to be kept as runner-up")
    LEGAL_OBLIGATION = "legal_obligation", _("only to honour the person's answer and erase")


class BasisReason(models.TextChoices):
    FOUND = "found", _("found for this vacancy")
    OWN_INTEREST = "own_interest", _("the person showed interest")
    APPLIED = "applied", _("wrote to us of their own accord")
    GIVEN = "given", _("said yes")
    REFUSED = "refused", _("said no")
    WITHDRAWN = "withdrawn", _("withdrew")
    OBJECTED = "objected", _("objected")
    NOT_ME = "not_me", _("the address was somebody else's")
    EXPIRED = "expired", _("consent expired")
    NO_ANSWER = "no_answer", _("no answer in time")
    CLOSED = "closed", _("the procedure ended")


class BasisQuerySet(models.QuerySet["LegalBasis"]):
    def current_of(self, subject: uuid.UUID, vacancy: uuid.UUID) -> "LegalBasis | None":
        """The basis in force for this person in this vacancy, or None."""
        return self.filter(subject=subject, vacancy=vacancy).order_by("-id").first()

    def personal_of(self, subject: uuid.UUID) -> "LegalBasis | None":
        """The same outside any vacancy: their own application, a consent to be kept, or what ended it."""
        return self.filter(subject=subject, vacancy=None).order_by("-id").first()


class LegalBasis(models.Model):
    """Why this person may be in this vacancy, since when and by whom; the latest row is in force (I3)."""

    id = models.BigAutoField(primary_key=True)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="legal_bases", verbose_name=_("person"))
    vacancy = models.ForeignKey(
        Vacancy, models.PROTECT, null=True, blank=True, related_name="legal_bases", verbose_name=_("vacancy")
    )
    basis = models.CharField(_("basis"), max_length=20, choices=Basis)
    reason = models.CharField(_("why"), max_length=15, choices=BasisReason)
    at = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    assessment = models.ForeignKey(
        LegitimateInterestAssessment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assessment"),
    )
    event = models.ForeignKey(
        ConsentEvent, models.PROTECT, null=True, blank=True, related_name="bases", verbose_name=_("answer")
    )
    until = models.DateField(_("last day"), null=True, blank=True)

    objects = BasisQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal basis")
        verbose_name_plural = _("legal bases")
        ordering = ["id"]
        indexes = [models.Index(fields=["subject", "vacancy", "-id"], name="basis_latest")]
        constraints = [
            models.CheckConstraint(
                name=BASIS_PROOF,
                condition=(
                    Q(basis=Basis.LEGITIMATE_INTEREST, assessment__isnull=False, vacancy__isnull=False, until=None)
                    | Q(basis=Basis.CONSENT, event__isnull=False, vacancy__isnull=False, until=None)
                    | Q(
                        basis__in=(Basis.POOL, Basis.RUNNER_UP),
                        event__isnull=False,
                        vacancy=None,
                        until__isnull=False,
                    )
                    | Q(basis=Basis.OWN_REQUEST, vacancy=None, until__isnull=False)
                    | Q(basis=Basis.LEGAL_OBLIGATION, until=None)
                ),
            ),
        ]
        triggers = [
            Guard(
                name="proof",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    {newest_sql("consent_legalbasis", "subject_id", "vacancy_id")}
                    IF NEW.vacancy_id IS NULL AND EXISTS (
                        SELECT 1 FROM public.consent_legalbasis t WHERE t.subject_id = NEW.subject_id
                          AND t.vacancy_id IS NULL AND t.id >= NEW.id) THEN
                        {raise_sql(APPEND_ONLY, "append-only: only at the end")}
                    END IF;
                    IF NOT (NEW.basis = 'legitimate_interest' AND NEW.reason IN ('found', 'own_interest')
                            OR NEW.basis IN ('consent', 'pool_consent', 'runner_up_consent')
                               AND NEW.reason = 'given'
                            OR NEW.basis = 'own_request' AND NEW.reason = 'applied'
                            OR NEW.basis = 'legal_obligation'
                               AND NEW.reason NOT IN ('found', 'own_interest', 'applied', 'given')) THEN
                        {raise_sql(BASIS_PROOF, "the reason does not carry this basis")}
                    END IF;
                    IF NEW.event_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM public.consent_consentevent e
                        JOIN public.consent_consentrequest r ON r.id = e.request_id
                        WHERE e.id = NEW.event_id AND r.subject_id = NEW.subject_id
                          AND r.vacancy_id IS NOT DISTINCT FROM NEW.vacancy_id
                          AND (NEW.basis NOT IN ('consent', 'pool_consent', 'runner_up_consent') OR e.kind = 'given')
                          AND (NEW.basis <> 'pool_consent' OR r.purpose = 'pool')
                          AND (NEW.basis <> 'runner_up_consent'
                               OR r.purpose = 'runner_up' AND r.keep_until = NEW.until)) THEN
                        {raise_sql(BASIS_PROOF, "the answer does not carry this basis")}
                    END IF;
                    IF NEW.until > (now() AT TIME ZONE 'Europe/Amsterdam')::date + (CASE NEW.basis
                        WHEN 'pool_consent' THEN interval '1 year'
                        WHEN 'runner_up_consent' THEN interval '1 year' ELSE interval '{KEPT_WITHOUT_CONSENT}' END) THEN
                        {raise_sql(BASIS_PROOF, "longer than this basis can last")}
                    END IF;
                    IF NEW.basis IN ('consent', 'pool_consent', 'runner_up_consent') THEN
                        -- Lock as an introduction does, then look whether that yes still is the last word.
                        PERFORM 1 FROM public.consent_consentrequest r
                            WHERE r.id = (SELECT e.request_id FROM public.consent_consentevent e
                                          WHERE e.id = NEW.event_id) FOR UPDATE;
                        IF EXISTS (
                            SELECT 1 FROM public.consent_consentevent yes
                            JOIN public.consent_consentevent e ON e.id > yes.id
                            JOIN public.consent_consentrequest r ON r.id = e.request_id
                            WHERE yes.id = NEW.event_id AND (e.request_id = yes.request_id
                                OR r.subject_id = NEW.subject_id AND r.vacancy_id IS NOT DISTINCT FROM NEW.vacancy_id
                                   AND e.kind IN ('refused', 'withdrawn'))) THEN
                            {raise_sql(BASIS_PROOF, "that yes is not the last word")}
                        END IF;
                    END IF;
                    IF NEW.basis = 'legitimate_interest' AND (
                        NEW.reason <> 'own_interest' AND NEW.by_id IS NULL OR NOT EXISTS (
                            SELECT 1 FROM public.vacancies_vacancyassessment x
                            JOIN public.privacy_legitimateinterestassessment a ON a.id = x.assessment_id
                            WHERE x.vacancy_id = NEW.vacancy_id AND a.id = NEW.assessment_id
                              AND a.approved_at IS NOT NULL AND a.withdrawn_at IS NULL)) THEN
                        {raise_sql(BASIS_PROOF, "no standing assessment of this vacancy, or nobody who found them")}
                    END IF;
                    IF NEW.basis = 'legitimate_interest' AND NEW.reason <> 'own_interest' THEN
                        -- The rows that answers lock, so that an answer on its way is waited for.
                        PERFORM 1 FROM public.consent_consentrequest r
                            WHERE r.subject_id = NEW.subject_id AND r.vacancy_id = NEW.vacancy_id
                            ORDER BY r.id FOR UPDATE;
                        IF EXISTS (
                            SELECT 1 FROM public.consent_legalbasis b WHERE b.subject_id = NEW.subject_id
                              AND b.vacancy_id = NEW.vacancy_id AND b.basis <> 'legitimate_interest')
                           OR EXISTS (
                            SELECT 1 FROM public.consent_consentevent e
                            JOIN public.consent_consentrequest r ON r.id = e.request_id
                            WHERE r.subject_id = NEW.subject_id AND r.vacancy_id = NEW.vacancy_id
                              AND r.purpose = 'introduce' AND e.kind IN {SETTLED}) THEN
                            {raise_sql(NO_SWAP, "no way back to legitimate interest")}
                        END IF;
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="i3_basis",
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func=f"""
                    IF EXISTS (SELECT 1 FROM public.candidates_candidacy y
                               WHERE y.subject_id = OLD.subject_id AND y.vacancy_id = OLD.vacancy_id) THEN
                        {raise_sql(I3_BASIS, "the bases of a candidacy stay while it does")}
                    END IF;
                    RETURN NULL;
                """,
            ),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"{self.basis} {self.pk}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def standing(self) -> Self:
        return self.filter(undone_at=None)


class Notice(models.Model):
    """The art. 14 notice reached this person for this vacancy; a hard bounce undoes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="notices", verbose_name=_("person"))
    vacancy = models.ForeignKey(Vacancy, models.PROTECT, related_name="notices", verbose_name=_("vacancy"))
    message = models.OneToOneField(Message, models.PROTECT, related_name="notice", verbose_name=_("message"))
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="+", verbose_name=_("words"))
    template = models.ForeignKey(
        TemplateVersion, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("template")
    )
    given_at = models.DateTimeField(_("given"))
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_reason = models.CharField(_("why undone"), max_length=60, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [models.Index(fields=["subject", "vacancy"], name="notice_of")]
        triggers = [
            Guard(
                name="of_message",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NOT EXISTS (
                        SELECT 1 FROM public.mailing_message m
                        JOIN public.consent_consenttext t ON t.id = NEW.text_id AND t.published_at IS NOT NULL
                        WHERE m.id = NEW.message_id AND m.state IN ('accepted', 'delivered')
                          -- Spelled so that only the key can find the row: in the middle of a round the statistics
                          -- know little of its vacancy, and its index may look as good.
                          AND m.subject_id IS NOT DISTINCT FROM NEW.subject_id
                          AND m.vacancy_ref IS NOT DISTINCT FROM NEW.vacancy_id) THEN
                        {raise_sql(NOTICE_OF_MESSAGE, "no message handed over to this person")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF (OLD.id, OLD.subject_id, OLD.vacancy_id, OLD.message_id, OLD.text_id, OLD.template_id,
                        OLD.given_at)
                       IS DISTINCT FROM
                       (NEW.id, NEW.subject_id, NEW.vacancy_id, NEW.message_id, NEW.text_id, NEW.template_id,
                        NEW.given_at)
                       OR OLD.undone_at IS NOT NULL AND NEW.undone_at IS NULL THEN
                        {raise_sql(NOTICE_FIXED, "a notice stays as it was given")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="untold",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("undone_at") | pgtrigger.Delete,
                # By person, as above: the vacancy's index would do for a planner that knows little.
                func="""
                    IF TG_OP = 'INSERT' AND NEW.undone_at IS NULL THEN
                        DELETE FROM public.candidates_untold u USING public.candidates_candidacy y
                        WHERE y.subject_id = NEW.subject_id AND y.vacancy_id IS NOT DISTINCT FROM NEW.vacancy_id
                          AND u.candidacy_id = y.id;
                    ELSIF TG_OP <> 'INSERT' AND OLD.undone_at IS NULL
                          AND (TG_OP = 'DELETE' OR NEW.undone_at IS NOT NULL) THEN
                        -- Whether another notice stands is not asked: two undone at once would each see the other's.
                        INSERT INTO public.candidates_untold (candidacy_id)
                        SELECT y.id FROM public.candidates_candidacy y
                        WHERE y.subject_id = OLD.subject_id AND y.vacancy_id IS NOT DISTINCT FROM OLD.vacancy_id
                          AND y.ended_at IS NULL
                        ON CONFLICT DO NOTHING;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
