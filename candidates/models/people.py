"""People, how to reach them, where they were found, and where they stand in each vacancy."""

import uuid
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.names import PersonName
from consent.models import (
    I1_KEPT,
    I3_BASIS,
    KEEPING_PURPOSES,
    KEPT_WITHOUT_CONSENT,
    ConsentRequest,
    kept_too_long_sql,
)
from privacy.guards import Guard, append_only, fixed, newest_sql, no_identity_numbers, no_truncate, raise_sql, refuse
from privacy.models import Subject
from vacancies.models import Vacancy

I1_PURPOSE = refuse(
    "i1_no_purpose",
    _("Nobody is kept without a purpose: link this person to a vacancy, or set the date of erasure."),
)
I2_VACANCY_OPEN = refuse("i2_vacancy_open", _("People can only be added to a vacancy that is open for sourcing."))
I2_ASSIGNMENT = refuse("i2_assignment", _("The vacancy lacks evidence of the client's assignment."))
I2_PURPOSE = refuse("i2_purpose", _("The vacancy lacks a purpose statement."))
I2_ROLE = refuse("i2_role", _("The vacancy does not say which role the agency has for the data."))
I2_AGREEMENT = refuse("i2_agreement", _("This role needs a signed agreement with the client that is valid today."))
I2_ASSESSMENT = refuse(
    "i2_assessment",
    _("The vacancy lacks an approved legitimate-interest assessment that is not past its review date."),
)
I6_HUMAN = refuse("i6_decided_by_human", _("A stage changes only by the decision of a named recruiter."))
I6_FROM_CURRENT = refuse(
    "i6_from_current", _("Somebody else moved this person meanwhile. Look again before you decide.")
)
SAME_SUBJECT = refuse("candidacy_same_subject", _("The candidacy and the candidate are about different people."))
CANDIDACY_FIXED = refuse(
    "candidacy_fixed",
    _("A candidacy stays with its person and its vacancy. Add the person to the other vacancy instead."),
)

# How far off the date of erasure may be is the guard `i1_kept`'s.
UNPURPOSED = """c.erase_on IS NULL
    AND NOT EXISTS (SELECT 1 FROM public.candidates_candidacy y WHERE y.candidate_id = c.id)"""

# Found by us, running, and without a notice that stands: the candidacy `y` has a mark (`Untold`).
UNTOLD = """y.ended_at IS NULL
    AND EXISTS (SELECT 1 FROM public.candidates_source o WHERE o.candidacy_id = y.id)
    AND NOT EXISTS (SELECT 1 FROM public.candidates_source o WHERE o.candidacy_id = y.id AND o.type = 'application')
    AND NOT EXISTS (SELECT 1 FROM public.consent_notice n
                    WHERE n.subject_id = y.subject_id AND n.vacancy_id = y.vacancy_id AND n.undone_at IS NULL)"""


def mark_untold_sql(candidacy: str, condition: str) -> str:
    """Plpgsql that marks this candidacy as one whose person must still be told, where the condition on `y` holds."""
    return f"""
        INSERT INTO public.candidates_untold (candidacy_id)
        SELECT y.id FROM public.candidates_candidacy y WHERE y.id = {candidacy} AND {condition}
        ON CONFLICT DO NOTHING;
    """


def undecided_sql(candidacy: str) -> str:
    """Plpgsql that refuses when the stage of this candidacy is not the one a named person decided last (I6)."""
    return f"""
        IF EXISTS (
            SELECT 1 FROM public.candidates_candidacy y WHERE y.id = {candidacy} AND y.stage IS DISTINCT FROM COALESCE(
                (SELECT d.to_stage FROM public.candidates_stagedecision d
                 WHERE d.candidacy_id = y.id ORDER BY d.id DESC LIMIT 1), 'found')) THEN
            {raise_sql(I6_HUMAN, "a stage without a decision")}
        END IF;
        RETURN NULL;
    """


class Salutation(models.TextChoices):
    NEUTRAL = "neutral", _("by name only")
    MR = "dhr", _("Mr")
    MS = "mevr", _("Ms")
    NONE = "none", _("no salutation")


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def visible_to(self, user: User) -> Self:
        """People in a vacancy this member of staff may open, who agreed to be kept, or whom they asked that themselves;
        never erased ones, and restricted ones only for officers."""
        if not (user.is_authenticated and user.is_active and user.works_here):
            return self.none()
        if user.is_officer:
            return self.filter(subject__erased_at=None)
        seen = self.filter(~Exists(Subject.objects.hidden().filter(pk=OuterRef("subject"))))
        if user.is_administrator:
            return seen
        vacancies = Vacancy.objects.visible_to(user)
        # Few people are kept, so these are looked up as a list, not person by person.
        kept = ConsentRequest.objects.keeping().values("subject")
        asked = ConsentRequest.objects.pool().filter(closed_at=None, events=None, asked_by=user).values("subject")
        # A scalar is asked person by person, for the rows of the page; an EXISTS beside an OR makes PostgreSQL list
        # everybody in these vacancies first.
        here = Candidacy.objects.filter(candidate=OuterRef("pk"), vacancy__in=vacancies)
        return seen.alias(is_here=Subquery(here.order_by().values(yes=Value(True))[:1])).filter(
            Q(is_here=True) | Q(subject__in=kept) | Q(subject__in=asked)
        )

    def kept(self) -> Self:
        """Those who agreed to be kept, until `kept_until`."""
        standing = ConsentRequest.objects.keeping().filter(subject=OuterRef("subject")).order_by("-until")
        return self.annotate(kept_until=Subquery(standing.values("until")[:1]))

    def of_address(self, kind: str, normalised: str) -> Self:
        """Whoever has this contact point."""
        return self.filter(contact_points__kind=kind, contact_points__normalised=normalised)


class Candidate(models.Model):
    """A person found for, or interested in, at least one vacancy (I1)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.OneToOneField(Subject, models.PROTECT, related_name="candidate", verbose_name=_("data subject"))
    given_name = models.CharField(_("first name"), max_length=100, blank=True)
    initials = models.CharField(_("initials"), max_length=30, blank=True)
    infix = models.CharField(_("infix"), max_length=30, blank=True, help_text=_("For example: van der"))
    surname = models.CharField(_("surname"), max_length=120)
    partner_infix = models.CharField(_("infix of the partner's name"), max_length=30, blank=True)
    partner_surname = models.CharField(_("partner's name"), max_length=120, blank=True)
    title_before = models.CharField(_("title before"), max_length=60, blank=True)
    title_after = models.CharField(_("title after"), max_length=60, blank=True)
    salutation = models.CharField(_("salutation"), max_length=10, choices=Salutation, default=Salutation.NEUTRAL)
    # Collation C: the key is made to be compared byte by byte, whatever language the server sorts in.
    sort_key = models.CharField(_("sort key"), max_length=300, editable=False, db_index=True, db_collation="C")
    job_title = models.CharField(_("job title"), max_length=200, blank=True)
    employer = models.CharField(_("employer"), max_length=200, blank=True)
    place = models.CharField(_("place"), max_length=120, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=[("nl", _("Dutch")), ("en", _("English"))], default="nl"
    )
    erase_on = models.DateField(_("erase on"), null=True, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        ordering = ["sort_key", "id"]
        indexes = [models.Index(fields=["erase_on"], name="candidate_erase_on", condition=Q(erase_on__isnull=False))]
        triggers = [
            Guard(
                name="i1_purpose",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                func=f"""
                    IF EXISTS (SELECT 1 FROM public.candidates_candidate c WHERE c.id = NEW.id AND {UNPURPOSED})
                    THEN {raise_sql(I1_PURPOSE, "a person without a purpose")} END IF;
                    RETURN NULL;
                """,
            ),
            Guard(
                name="i1_kept",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("erase_on"),
                timing=pgtrigger.Deferred,
                func=f"""
                    IF NEW.erase_on IS NULL OR NEW.erase_on <= (now() AT TIME ZONE 'Europe/Amsterdam')::date
                       + interval '{KEPT_WITHOUT_CONSENT}' THEN
                        RETURN NULL;
                    END IF;
                    -- The rows an answer locks, so that a withdrawal on its way is waited for.
                    PERFORM 1 FROM public.consent_consentrequest r
                        WHERE r.subject_id = NEW.subject_id AND r.purpose IN {KEEPING_PURPOSES}
                        ORDER BY r.id FOR UPDATE;
                    IF EXISTS (SELECT 1 FROM public.candidates_candidate c
                               WHERE c.id = NEW.id AND {kept_too_long_sql("c")}) THEN
                        {raise_sql(I1_KEPT, "kept longer than a consent lasts")}
                    END IF;
                    RETURN NULL;
                """,
            ),
            fixed("id", "subject_id", rule=SAME_SUBJECT, name="same_subject"),
            Guard(
                name="same_subject_anew",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=f"""
                    IF EXISTS (SELECT 1 FROM public.candidates_candidate c
                               JOIN public.candidates_candidacy y ON y.candidate_id = c.id
                               WHERE c.id = NEW.id AND y.subject_id <> c.subject_id) THEN
                        {raise_sql(SAME_SUBJECT, "candidate and subject differ")}
                    END IF;
                    RETURN NULL;
                """,
            ),
            no_truncate(I1_PURPOSE),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_key = self.full_name.sort_key
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = {*kwargs["update_fields"], "sort_key"}
        super().save(*args, **kwargs)

    @property
    def full_name(self) -> PersonName:
        """The name with all its parts and ways of showing it."""
        return PersonName.of(self)

    @property
    def name(self) -> str:
        """The name on the desk."""
        return self.full_name.display_name


class ContactKind(models.TextChoices):
    EMAIL = "email", _("e-mail address")
    PHONE = "phone", _("phone number")
    PROFILE = "profile", _("profile page")


class ContactGround(models.TextChoices):
    PUBLISHED = "published_for_jobs", _("published by the person for contact about work")
    OPEN_TO_WORK = "open_to_work", _("the person says to be open to work")
    PRIOR_CONTACT = "prior_contact", _("earlier contact")
    APPLICATION = "own_application", _("given by the person")
    CONSENT = "consent", _("consent")


class ContactPointQuerySet(models.QuerySet["ContactPoint"]):
    def usable(self) -> Self:
        return self.filter(removed_at=None, failed_at=None)

    def standing(self) -> Self:
        return self.filter(removed_at=None)


class ContactPoint(models.Model):
    """One way to reach a person, why it may be used (Tw 11.7), and the evidence for that."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="contact_points", verbose_name=_("candidate"))
    kind = models.CharField(_("kind"), max_length=10, choices=ContactKind)
    value = models.CharField(_("as typed"), max_length=500)
    normalised = models.CharField(_("normalised"), max_length=500)
    ground = models.CharField(_("why it may be used"), max_length=20, choices=ContactGround)
    evidence = models.CharField(_("evidence"), max_length=500, blank=True)
    evidence_on = models.DateField(_("seen on"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("added by"),
    )
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    failed_at = models.DateTimeField(_("does not work since"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = ContactPointQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        ordering = ["kind", "created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "normalised"],
                name="contact_point_once",
                condition=Q(removed_at=None),
                violation_error_message=_("Somebody with this contact point is here already."),
            ),
        ]
        triggers = [no_identity_numbers("evidence")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Stage(models.TextChoices):
    FOUND = "found", _("Found")
    APPROACHED = "approached", _("Approached")
    IN_TALKS = "in_talks", _("In conversation")
    SHORTLISTED = "shortlisted", _("Shortlist")
    INTRODUCED = "introduced", _("Introduced")
    INTERVIEW = "interview", _("Interview")
    OFFER = "offer", _("Offer")
    HIRED = "hired", _("Hired")
    REJECTED = "rejected", _("Not chosen")


class EndReason(models.TextChoices):
    REFUSED = "refused", _("said no")
    WITHDRAWN = "withdrawn", _("withdrew")
    OBJECTED = "objected", _("objected")
    NOT_ME = "not_me", _("the address was somebody else's")
    NO_ANSWER = "no_answer", _("no answer in time")
    EXPIRED = "expired", _("consent expired")
    NO_NOTICE = "no_notice", _("not told in time")
    CLOSED = "closed", _("the procedure ended")


class CandidacyQuerySet(models.QuerySet["Candidacy"]):
    def visible_to(self, user: User) -> Self:
        """Candidacies in vacancies this member of staff may open, of people who are neither erased nor restricted."""
        hidden = Subject.objects.hidden().filter(pk=OuterRef("subject"))
        return self.filter(~Exists(hidden), vacancy__in=Vacancy.objects.visible_to(user))

    def running(self) -> Self:
        return self.filter(ended_at=None)


class Candidacy(models.Model):
    """One candidate in one vacancy. Only `services.move` changes the stage, only a clock or the person ends it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="candidacies", verbose_name=_("candidate"))
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="candidacies", verbose_name=_("data subject"))
    vacancy = models.ForeignKey(Vacancy, models.PROTECT, related_name="candidacies", verbose_name=_("vacancy"))
    stage = models.CharField(_("stage"), max_length=15, choices=Stage, default=Stage.FOUND)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recruiter"),
    )
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    changed_at = models.DateTimeField(_("last change"), auto_now=True)
    last_contact_at = models.DateTimeField(_("last contact"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_reason = models.CharField(_("why ended"), max_length=15, choices=EndReason, blank=True)

    objects = CandidacyQuerySet.as_manager()

    class Meta:
        verbose_name = _("candidacy")
        verbose_name_plural = _("candidacies")
        ordering = ["candidate__sort_key", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["candidate", "vacancy"],
                name="candidacy_once",
                violation_error_message=_("This person is in this vacancy already."),
            ),
            models.CheckConstraint(
                name="candidacy_ended_has_reason",
                condition=Q(ended_at=None, ended_reason="") | (Q(ended_at__isnull=False) & ~Q(ended_reason="")),
            ),
            models.CheckConstraint(name="candidacy_stage_known", condition=Q(stage__in=Stage.values)),
        ]
        indexes = [
            models.Index(fields=["vacancy", "stage", "changed_at"], name="candidacy_board"),
            models.Index(fields=["subject", "vacancy"], name="candidacy_subject"),
        ]
        triggers = [
            Guard(
                name="i2_purpose",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("vacancy_id", "candidate_id", "subject_id"),
                declare=[("v", "record")],
                func=f"""
                    IF NOT EXISTS (SELECT 1 FROM public.candidates_candidate c
                                   WHERE c.id = NEW.candidate_id AND c.subject_id = NEW.subject_id) THEN
                        {raise_sql(SAME_SUBJECT, "candidate and subject differ")}
                    END IF;
                    IF TG_OP = 'UPDATE' AND ROW(NEW.vacancy_id, NEW.candidate_id, NEW.subject_id)
                       IS NOT DISTINCT FROM ROW(OLD.vacancy_id, OLD.candidate_id, OLD.subject_id) THEN
                        RETURN NEW;
                    END IF;
                    SELECT * INTO v FROM public.vacancies_vacancy WHERE id = NEW.vacancy_id FOR SHARE;
                    IF v.state IS DISTINCT FROM 'sourcing' OR v.client_id IS NULL THEN
                        {raise_sql(I2_VACANCY_OPEN, "the vacancy is not open")}
                    END IF;
                    IF v.assignment !~ '\\S' OR v.assignment_on IS NULL THEN
                        {raise_sql(I2_ASSIGNMENT, "no evidence of the assignment")}
                    END IF;
                    IF v.purpose !~ '\\S' THEN {raise_sql(I2_PURPOSE, "no purpose statement")} END IF;
                    IF v.role = '' THEN {raise_sql(I2_ROLE, "no role")} END IF;
                    IF v.role IN ('joint', 'processor') AND NOT EXISTS (
                        SELECT 1 FROM public.vacancies_agreement a
                        WHERE a.id = v.agreement_id AND a.client_id = v.client_id AND a.role = v.role
                          AND a.signed_on IS NOT NULL AND a.valid_from <= (now() AT TIME ZONE 'Europe/Amsterdam')::date
                          AND (a.valid_until IS NULL
                               OR a.valid_until >= (now() AT TIME ZONE 'Europe/Amsterdam')::date) FOR SHARE) THEN
                        {raise_sql(I2_AGREEMENT, "no valid agreement for this role")}
                    END IF;
                    IF NOT EXISTS (
                        SELECT 1 FROM public.vacancies_vacancyassessment x
                        JOIN public.privacy_legitimateinterestassessment a ON a.id = x.assessment_id
                        WHERE x.vacancy_id = v.id AND x.within_scope AND x.same_sources AND x.safeguards_stand
                          AND a.approved_at IS NOT NULL AND a.withdrawn_at IS NULL
                          AND a.review_on >= (now() AT TIME ZONE 'Europe/Amsterdam')::date FOR SHARE) THEN
                        {raise_sql(I2_ASSESSMENT, "no standing assessment")}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="i1_purpose",
                when=pgtrigger.After,
                operation=pgtrigger.Delete | pgtrigger.UpdateOf("candidate_id"),
                timing=pgtrigger.Deferred,
                func=f"""
                    -- A write, not only a lock: two transactions that each take one of the last two candidacies meet
                    -- here, and one with an older snapshot fails.
                    UPDATE public.candidates_candidate SET erase_on = erase_on WHERE id = OLD.candidate_id;
                    IF EXISTS (SELECT 1 FROM public.candidates_candidate c WHERE c.id = OLD.candidate_id
                               AND {UNPURPOSED})
                    THEN {raise_sql(I1_PURPOSE, "a person without a purpose")} END IF;
                    RETURN NULL;
                """,
            ),
            Guard(
                name="i3_basis",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("subject_id", "vacancy_id"),
                timing=pgtrigger.Deferred,
                func=f"""
                    IF EXISTS (SELECT 1 FROM public.candidates_candidacy y WHERE y.id = NEW.id)
                       AND NOT EXISTS (SELECT 1 FROM public.consent_legalbasis b
                                       WHERE b.subject_id = NEW.subject_id AND b.vacancy_id = NEW.vacancy_id) THEN
                        {raise_sql(I3_BASIS, "no legal basis")}
                    END IF;
                    RETURN NULL;
                """,
            ),
            Guard(
                name="untold",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("ended_at") | pgtrigger.Delete,
                func=f"""
                    IF TG_OP = 'DELETE' OR NEW.ended_at IS NOT NULL THEN
                        DELETE FROM public.candidates_untold u WHERE u.candidacy_id = COALESCE(NEW.id, OLD.id);
                    ELSIF TG_OP = 'INSERT' THEN
                        -- Where they were found may have been written first.
                        {mark_untold_sql("NEW.id", UNTOLD)}
                    ELSIF OLD.ended_at IS NOT NULL THEN
                        {mark_untold_sql("NEW.id", "true")}
                    END IF;
                    RETURN NULL;
                """,
            ),
            Guard(
                name="i6_decided",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("stage"),
                timing=pgtrigger.Deferred,
                func=undecided_sql("NEW.id"),
            ),
            fixed("id", "candidate_id", "subject_id", "vacancy_id", rule=CANDIDACY_FIXED),
            Guard(
                name="decided_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=f"""
                    IF EXISTS (SELECT 1 FROM public.candidates_stagedecision d WHERE d.candidacy_id = OLD.id) THEN
                        {raise_sql(CANDIDACY_FIXED, "decisions rest on this candidacy")}
                    END IF;
                    RETURN OLD;
                """,
            ),
            no_truncate(I1_PURPOSE),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DecisionReason(models.TextChoices):
    NEXT_STEP = "next_step", _("next step agreed")
    FITS = "fits", _("fits the requirements")
    CORRECTION = "correction", _("correction of an earlier step")
    NOT_EXPERIENCE = "experience", _("other experience was asked for")
    NOT_AVAILABLE = "availability", _("availability does not match")
    NOT_TERMS = "terms", _("terms do not match")
    CLIENT_CHOSE = "client_chose", _("the client chose somebody else")
    OWN_CHOICE = "own_choice", _("the candidate chose otherwise")
    PLACED = "placed", _("accepted the job")


class StageDecision(models.Model):
    """A named person moved a candidacy (I6, GDPR art. 22). Free words go in the note beside it, never here."""

    id = models.BigAutoField(primary_key=True)
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="decisions", verbose_name=_("candidacy"))
    from_stage = models.CharField(_("from"), max_length=15, choices=Stage)
    to_stage = models.CharField(_("to"), max_length=15, choices=Stage)
    reason = models.CharField(_("reason"), max_length=15, choices=DecisionReason)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("stage decision")
        verbose_name_plural = _("stage decisions")
        ordering = ["id"]
        indexes = [models.Index(fields=["candidacy", "-id"], name="decision_latest")]
        constraints = [
            models.CheckConstraint(name="stage_decision_moves", condition=~Q(from_stage=models.F("to_stage"))),
        ]
        triggers = [
            Guard(
                name="i6_human",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    PERFORM 1 FROM public.candidates_candidacy y WHERE y.id = NEW.candidacy_id FOR UPDATE;
                    IF NOT EXISTS (SELECT 1 FROM public.accounts_user u WHERE u.id = NEW.decided_by_id
                                   AND u.is_active AND u.role IN ('recruiter', 'officer', 'administrator')) THEN
                        {raise_sql(I6_HUMAN, "decided by nobody who works here")}
                    END IF;
                    IF NEW.from_stage IS DISTINCT FROM COALESCE(
                        (SELECT d.to_stage FROM public.candidates_stagedecision d
                         WHERE d.candidacy_id = NEW.candidacy_id ORDER BY d.id DESC LIMIT 1), 'found') THEN
                        {raise_sql(I6_FROM_CURRENT, "not the stage it was in")}
                    END IF;
                    {newest_sql("candidates_stagedecision", "candidacy_id")}
                    RETURN NEW;
                """,
            ),
            Guard(
                name="i6_carried_out",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=undecided_sql("NEW.candidacy_id"),
            ),
            Guard(
                name="i6_still_decided",
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func=undecided_sql("OLD.candidacy_id"),
            ),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"{self.to_stage} {self.pk}"


class DecisionNote(models.Model):
    """The recruiter's own words beside a decision; erasable."""

    decision = models.OneToOneField(StageDecision, models.CASCADE, related_name="note", primary_key=True)
    text = models.TextField(_("note"))

    class Meta:
        verbose_name = _("note on a decision")
        verbose_name_plural = _("notes on decisions")
        triggers = [no_identity_numbers("text")]

    def __str__(self) -> str:
        return str(self.pk)


class SourceType(models.TextChoices):
    LINKEDIN = "linkedin", "LinkedIn"
    GITHUB = "github", "GitHub"
    STACKOVERFLOW = "stackoverflow", "Stack Overflow"
    FACEBOOK = "facebook", "Facebook"
    GOOGLE = "google", "Google"
    PRECONTACTING = "precontacting", "Precontactingtool"
    WEBSITE = "website", _("website")
    NETWORK = "network", _("tip from the network")
    APPLICATION = "application", _("own interest of the person")
    POOL = "pool", _("own consent to be kept for other vacancies")
    OTHER = "other", _("other")


class Source(models.Model):
    """Where, when and by whom a person was found for a vacancy (GDPR art. 14(2)(f))."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidacy = models.ForeignKey(Candidacy, models.CASCADE, related_name="sources", verbose_name=_("candidacy"))
    type = models.CharField(_("kind of source"), max_length=15, choices=SourceType)
    url = models.CharField(_("address"), max_length=500, blank=True)
    detail = models.TextField(_("who told it, when and what"), blank=True)
    obtained_at = models.DateTimeField(_("found at"))
    found_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("found by"),
    )
    created_at = models.DateTimeField(_("noted at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["obtained_at"]
        constraints = [
            models.CheckConstraint(
                name="source_says_where",
                condition=Q(type="application") | ~Q(url="") | ~Q(detail=""),
                violation_error_message=_("Say where the person was found: an address, or who told it, when and what."),
            ),
            models.CheckConstraint(
                name="source_found_by_somebody", condition=Q(type="application") | Q(found_by__isnull=False)
            ),
        ]
        triggers = [
            no_identity_numbers("detail"),
            Guard(
                name="untold",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("type", "candidacy_id") | pgtrigger.Delete,
                func=f"""
                    IF TG_OP <> 'INSERT' AND OLD.type = 'application' THEN
                        {mark_untold_sql("OLD.candidacy_id", "y.ended_at IS NULL")}
                    END IF;
                    IF TG_OP <> 'DELETE' THEN
                        {mark_untold_sql("NEW.candidacy_id", UNTOLD)}
                        IF NEW.type = 'application' THEN
                            DELETE FROM public.candidates_untold u WHERE u.candidacy_id = NEW.candidacy_id;
                        END IF;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class Task(models.Model):
    """Something a recruiter should do: an answer to act on, a call asked for, a failure to mend."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidacy = models.ForeignKey(Candidacy, models.CASCADE, related_name="tasks", verbose_name=_("candidacy"))
    kind = models.CharField(
        _("what"),
        max_length=20,
        choices=[
            ("answer_yes", _("said yes: introduce")),
            ("talk_first", _("wants to talk first: call")),
            ("withdrawn", _("withdrew: tell the client")),
            ("not_reached", _("the message did not arrive: choose another way")),
            ("follow_up", _("follow up")),
            ("reply", _("answered by mail: read it")),
            ("not_me", _("the address was somebody else's")),
            ("applied", _("applied for this vacancy: look at it")),
            ("todo", _("to do")),
        ],
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("for"),
    )
    due_on = models.DateField(_("on"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    # None: it follows from what somebody did, not from what a colleague asked.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("done by"),
    )

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_on", "created_at"]
        indexes = [models.Index(fields=["assignee", "due_on"], name="task_open", condition=Q(done_at=None))]
        triggers = [no_identity_numbers("note")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ImportBatch(models.Model):
    """An uploaded list between its preview and its end; sealed, and gone a day later."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    vacancy = models.ForeignKey(Vacancy, models.CASCADE, related_name="imports", verbose_name=_("vacancy"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    rows = models.BinaryField(_("sealed rows"))
    row_count = models.PositiveIntegerField(_("rows"))
    outcome = models.JSONField(_("outcome"), default=dict, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return str(self.pk)
