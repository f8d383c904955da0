"""Writing, approving, renewing and withdrawing a legitimate-interest assessment (GDPR art. 6(1)(f))."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from privacy import ledger
from privacy.guards import Refused, lawful
from privacy.models import LegitimateInterestAssessment

# The three steps, each with the questions it answers.
STEPS: tuple[tuple[str, ...], ...] = (
    ("interest",),
    ("necessity", "sources", "categories"),
    ("balance", "safeguards", "outcome"),
)
SECTIONS = ("scope", *(name for step in STEPS for name in step))
WRITTEN = ("title", "about", *SECTIONS)
APPROVERS = (Role.OFFICER, Role.ADMINISTRATOR)
# The law names no period; a year is this house's choice, and the database holds it.
LONGEST = timedelta(days=365)


def missing_sections(assessment: LegitimateInterestAssessment) -> list[str]:
    """Labels of the questions that still have no answer; empty when it may be approved."""
    return [
        str(assessment._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        for name in SECTIONS
        if not getattr(assessment, name).strip()
    ]


def write_assessment(*, actor: User, **words: Any) -> LegitimateInterestAssessment:
    """Begin a draft for one kind of search; `words` are the fields in WRITTEN."""
    with lawful():
        assessment = LegitimateInterestAssessment.objects.create(author=actor, **_only_written(words))
        ledger.append("assessment.written", actor=actor, assessment=str(assessment.pk), version=assessment.version)
    return assessment


def save_assessment(assessment: LegitimateInterestAssessment, *, actor: User, **words: Any) -> None:
    """Change a draft. Only its author may, so that the approver never approves their own words."""
    with lawful():
        locked = _lock(assessment)
        _draft_of(locked, actor)
        for name, value in _only_written(words).items():
            setattr(locked, name, value)
        locked.save(update_fields=list(words))
        ledger.append("assessment.changed", actor=actor, assessment=str(locked.pk), fields=sorted(words))


def approve(assessment: LegitimateInterestAssessment, *, review_on: date, actor: User) -> LegitimateInterestAssessment:
    """Let new sourcing rest on it until its review date, at most a year away. The author cannot.

    Raises Refused for a wrong role, the author, a missing answer, or a date out of reach.
    """
    with lawful():
        locked = _lock(assessment)
        if actor.role not in APPROVERS:
            raise Refused(_("A privacy officer or an administrator approves an assessment."))
        if locked.author_id == actor.pk:
            raise Refused(_("Somebody other than the author must approve the assessment."), "lia_other_approver")
        if locked.approved_at:
            raise Refused(_("This version has been approved already."))
        if missing := missing_sections(locked):
            raise Refused(_("Still without an answer: %(what)s.") % {"what": ", ".join(missing)})
        today = timezone.localdate()
        if not today < review_on <= today + LONGEST:
            raise Refused(_("The review date lies after today and at most a year from now."))
        locked.approved_by, locked.approved_at, locked.review_on = actor, timezone.now(), review_on
        locked.save(update_fields=["approved_by", "approved_at", "review_on"])
        ledger.append("assessment.approved", actor=actor, assessment=str(locked.pk), review_on=review_on.isoformat())
    return locked


def new_version(assessment: LegitimateInterestAssessment, *, actor: User) -> LegitimateInterestAssessment:
    """A draft with the words of the newest version; the open draft when there is one. The old one stands until its
    review date, or until it is withdrawn."""
    with lawful():
        family = LegitimateInterestAssessment.objects.select_for_update().filter(title=assessment.title)
        newest = family.order_by("-version")[0]
        if newest.approved_at is None:
            return newest
        words = {name: getattr(newest, name) for name in WRITTEN}
        draft = LegitimateInterestAssessment.objects.create(author=actor, version=newest.version + 1, **words)
        ledger.append("assessment.written", actor=actor, assessment=str(draft.pk), version=draft.version)
    return draft


def withdraw(assessment: LegitimateInterestAssessment, *, actor: User) -> None:
    """Stop new sourcing from resting on it, from now on; what was found before keeps its basis. Safe to repeat."""
    with lawful():
        locked = _lock(assessment)
        if actor.role not in APPROVERS:
            raise Refused(_("A privacy officer or an administrator withdraws an assessment."))
        if locked.approved_at is None:
            raise Refused(_("Only an approved assessment can be withdrawn."))
        if locked.withdrawn_at is None:
            locked.withdrawn_at = timezone.now()
            locked.save(update_fields=["withdrawn_at"])
            ledger.append("assessment.withdrawn", actor=actor, assessment=str(locked.pk))


def _lock(assessment: LegitimateInterestAssessment) -> LegitimateInterestAssessment:
    return LegitimateInterestAssessment.objects.select_for_update().get(pk=assessment.pk)


def _draft_of(assessment: LegitimateInterestAssessment, actor: User) -> None:
    if assessment.approved_at:
        raise Refused(_("An approved assessment never changes. Make a new version instead."))
    if assessment.author_id != actor.pk:
        raise Refused(_("Only its author changes a draft."))


def _only_written(words: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(words) - set(WRITTEN):
        raise TypeError(f"Not written by hand: {sorted(unknown)}")
    return words
