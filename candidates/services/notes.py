"""Notes: written, changed and removed by their author, each for a day to be undone; and who was asked to read them."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates import mentions
from candidates.models import Candidacy, Candidate, Mention, Note
from candidates.services.tasks import OVER
from privacy import ledger
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import DataRequest, Subject
from privacy.models.requests import RequestKind
from privacy.registry import closure

NOT_YOURS = refuse("note_not_yours", _("Only who wrote a note changes or removes it."))
ASKED_FOR = refuse(
    "note_asked_for",
    _("This person asked for their data. Until they have them, their notes stay as they are."),
)
NOTHING_TO_UNDO = refuse("note_nothing_to_undo", _("That cannot be undone any more."))
# How long a change can be undone; after that the words are gone.
UNDO = timedelta(days=1)


def write_note(
    candidate: Candidate, *, text: str, actor: User, candidacy: Candidacy | None = None, may_read: bool = False
) -> Note:
    """Write a note about a person; colleagues named in it find it on Today. Raises ValidationError for a wrong name."""
    if candidacy is not None and candidacy.ended_at is not None:
        raise Refused(REFUSALS[OVER], OVER)
    named = mentions.readers(text, candidate=candidate, candidacy=candidacy)
    with lawful():
        note = Note.objects.create(candidate=candidate, candidacy=candidacy, text=text, may_read=may_read, author=actor)
        _tell(note, named)
        ledger.append("note.written", subject=candidate.subject_id, actor=actor, note=str(note.pk))
    return note


def rewrite_note(note: Note, *, text: str, may_read: bool, actor: User) -> Note:
    """Change a note; the words before are kept for a day. Nothing different changes nothing."""
    named = mentions.readers(text, candidate=note.candidate, candidacy=note.candidacy)
    with lawful():
        note = _own(note, actor)
        if (note.text, note.may_read) == (text, may_read):
            return note
        if note.text != text:
            note.former, note.text, note.edited_at = note.text, text, timezone.now()
        note.may_read = may_read
        note.save(update_fields=["former", "text", "edited_at", "may_read"])
        _tell(note, named)
        ledger.append("note.changed", subject=note.candidate.subject_id, actor=actor, note=str(note.pk))
    return note


def remove_note(note: Note, *, actor: User) -> Note:
    """Take a note away; within a day it can be put back. Again changes nothing."""
    with lawful():
        note = _own(note, actor)
        if note.removed_at is None:
            note.removed_at = timezone.now()
            note.save(update_fields=["removed_at"])
            ledger.append("note.removed", subject=note.candidate.subject_id, actor=actor, note=str(note.pk))
    return note


def undo_note(note: Note, *, actor: User) -> Note:
    """Put a removed note back, or the words from before the last change."""
    with lawful():
        note = _own(note, actor)
        if note.removed_at is not None:
            note.removed_at = None
        elif note.former:
            note.text, note.former, note.edited_at = note.former, "", None
        else:
            raise Refused(REFUSALS[NOTHING_TO_UNDO], NOTHING_TO_UNDO)
        note.save(update_fields=["removed_at", "text", "former", "edited_at"])
        ledger.append("note.undone", subject=note.candidate.subject_id, actor=actor, note=str(note.pk))
    return note


def read_mention(mention: Mention, *, actor: User) -> Mention:
    """Whoever was named has read it. Again changes nothing."""
    Mention.objects.filter(pk=mention.pk, user=actor, read_at=None).update(read_at=timezone.now())
    mention.refresh_from_db()
    return mention


def forget_words() -> int:
    """Delete removed notes and the words before a change when their day is over; how many. Safe to run twice.

    Not of somebody who asked for their data and has no answer yet: what was held when they asked is what they get.
    """
    over = timezone.now() - UNDO
    waiting = DataRequest.objects.open().filter(kind=RequestKind.ACCESS, subject__isnull=False).values("subject")
    notes = Note.objects.exclude(Q(candidate__subject__in=waiting) | Q(candidate__subject__merged_into__in=waiting))
    gone, _by_table = notes.filter(removed_at__lt=over).delete()
    return gone + notes.filter(edited_at__lt=over).exclude(former="").update(former="")


def _own(note: Note, actor: User) -> Note:
    note = Note.objects.select_for_update(of=("self",)).select_related("candidate__subject").get(pk=note.pk)
    if note.author_id != actor.pk:
        raise Refused(REFUSALS[NOT_YOURS], NOT_YOURS)
    if _is_asked_for(note.candidate.subject):
        raise Refused(REFUSALS[ASKED_FOR], ASKED_FOR)
    return note


def _is_asked_for(subject: Subject) -> bool:
    return DataRequest.objects.open().filter(kind=RequestKind.ACCESS, subject__in=closure(subject)).exists()


def _tell(note: Note, named: list[User]) -> None:
    rows = [Mention(note=note, user=user) for user in named if user.pk != note.author_id]
    Mention.objects.bulk_create(rows, ignore_conflicts=True)
