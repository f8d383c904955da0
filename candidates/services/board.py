"""Moving a candidacy and logging contact."""

from datetime import date
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Candidacy, DecisionNote, DecisionReason, LoggedContact, Stage, StageDecision, Task
from candidates.services.reminding import drop_reminders
from consent import services as consent
from consent.models import ConsentEvent, ConsentRequest, Purpose
from privacy import ledger
from privacy.guards import REFUSALS, Refused, lawful, refuse

SINCE_MOVED = refuse("move_since_moved", _("A colleague moved this card meanwhile. Look again before you decide."))
ENDED = refuse("move_ended", _("This candidacy has ended, so it stays where it is."))
NO_QUESTION = refuse("oral_no_question", _("Prepare the question first: then a spoken yes can be noted."))

# The sentence belongs to the introductions above this floor; its rule is known by name.
I4 = "i4_no_consent"
BEFORE = (Stage.FOUND, Stage.APPROACHED, Stage.IN_TALKS, Stage.SHORTLISTED)
AFTER = (Stage.INTRODUCED, Stage.INTERVIEW, Stage.OFFER, Stage.HIRED)


def move(candidacy_id: UUID, *, to: str, reason: str, actor: User, note: str = "", expected: str = "") -> Candidacy:
    """Decide a stage (I6). Repeating a move changes nothing; with `expected`, a colleague's move meanwhile is told.

    Nobody is moved past the introduction without the yes an introduction needs (I4). Raises Refused in words.
    """
    with lawful():
        # Lock, then look: two recruiters may drag the same card.
        candidacy = Candidacy.objects.select_for_update().get(pk=candidacy_id)
        if candidacy.stage == to:
            return candidacy
        if candidacy.ended_at is not None:
            raise Refused(_("This candidacy has ended, so it stays where it is."), ENDED)
        if expected and candidacy.stage != expected:
            raise Refused(_("A colleague moved this card meanwhile. Look again before you decide."), SINCE_MOVED)
        if candidacy.stage in BEFORE and to in AFTER and not _said_yes(candidacy):
            raise Refused(REFUSALS[I4], I4)
        decision = StageDecision.objects.create(
            candidacy=candidacy,
            from_stage=candidacy.stage,
            to_stage=Stage(to),
            reason=DecisionReason(reason),
            decided_by=actor,
        )
        if note:
            DecisionNote.objects.create(decision=decision, text=note)
        candidacy.stage = to
        candidacy.save(update_fields=["stage", "changed_at"])
        ledger.append(
            "candidacy.moved",
            subject=candidacy.subject_id,
            actor=actor,
            candidacy=str(candidacy.pk),
            to=to,
            reason=reason,
        )
    return candidacy


def _said_yes(candidacy: Candidacy) -> bool:
    """Whether an explicit, unwithdrawn yes to an introduction stands (I4)."""
    asked = ConsentRequest.objects.given().filter(
        subject=candidacy.subject_id, vacancy=candidacy.vacancy_id, purpose=Purpose.INTRODUCE, closed_at=None
    )
    return asked.exists()


def log_contact(
    candidacy: Candidacy, *, actor: User, kind: str, follow_up_on: date | None = None, note: str = ""
) -> Task | None:
    """A reply, call or InMail was logged. A follow-up date makes a task and takes the place of the no-answer clock."""
    with lawful():
        if candidacy.ended_at is not None:
            raise Refused(REFUSALS[ENDED], ENDED)
        task = None
        if follow_up_on:
            # The question before the candidacy: the order in which an answer takes the two.
            for asked in ConsentRequest.objects.filter(
                subject=candidacy.subject_id, vacancy=candidacy.vacancy_id, closed_at=None
            ).order_by("pk"):
                consent.agree_to_speak(asked, actor=actor, on=follow_up_on)
            task = Task.objects.create(
                candidacy=candidacy, kind="follow_up", assignee=actor, made_by=actor, due_on=follow_up_on, note=note
            )
            drop_reminders(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id)
        LoggedContact.objects.create(candidacy=candidacy, kind=kind, note=note, by=actor)
        candidacy.last_contact_at = timezone.now()
        candidacy.save(update_fields=["last_contact_at", "changed_at"])
        ledger.append(
            "contact.logged", subject=candidacy.subject_id, actor=actor, candidacy=str(candidacy.pk), channel=kind
        )
    return task


def note_oral_yes(candidacy: Candidacy, *, actor: User, channel: str = "phone") -> ConsentEvent:
    """A yes given by phone: pending until the person confirms it through the link (C5)."""
    asked = (
        ConsentRequest.objects.filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id, closed_at=None)
        .order_by("-created_at")
        .first()
    )
    if asked is None:
        raise Refused(_("Prepare the question first: then a spoken yes can be noted."), NO_QUESTION)
    return consent.note_oral(asked, actor=actor, channel=channel)
