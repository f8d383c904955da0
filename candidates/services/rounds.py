"""Composing to one or many: the round from its first look to its last message, and how it is stopped.

Nothing is made before the recruiter presses send. From then on the messages are made one by one, each in a transaction
of its own together with the mark that it is: whoever is killed in between is taken over from, and nobody is written to
twice.
"""

import hashlib
import logging
import mimetypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from django.core.files import File
from django.db import OperationalError, transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Candidacy, Round, RoundFile, RoundKind, RoundPerson
from candidates.services import approaching, making, reminding
from candidates.services.approaching import Prospect
from candidates.services.making import TOO_LATE, Wish
from mailing import attachments
from mailing import services as mail
from mailing.models import Message, State
from privacy import ledger
from privacy.guards import REFUSALS, Refused, Sentence, lawful, refuse
from vacancies.models import Vacancy

logger = logging.getLogger(__name__)

# A message is a personal one (Tw 11.7, M1): this many people are still chosen one by one.
AT_MOST = 200
# Longer rounds are made by a worker, in portions, so that others get their turn.
IN_A_REQUEST = 25
PORTION = 25
# Within this time another choice of people is the same piece of work.
SAME_SITTING = timedelta(hours=1)
# A round that stood still for so long has lost its worker.
DEAD_AFTER = timedelta(minutes=2)

SENT = refuse("round_sent", _("This was sent already. Begin a new round for other people."))
BROKEN = refuse("round_broken", _("Something went wrong, so no message was made. Tell your administrator."))
NOBODY = refuse("round_nobody", _("Nobody is left to write to. Take somebody back in first."))


@dataclass(frozen=True)
class Progress:
    """How far a round is: people to write to, messages made, refusals, messages that can still be called back."""

    people: int
    made: int
    refused: int
    waiting: int

    @property
    def done(self) -> int:
        return self.made + self.refused


def open_round(vacancy: Vacancy, chosen: list[Candidacy], *, kind: str, actor: User) -> Round:
    """Begin composing to these people. The same choice again opens the same draft, with everything typed in it."""
    wanted = {candidacy.pk for candidacy in chosen}
    with transaction.atomic():
        # Two clicks on the same button are one draft.
        Vacancy.objects.select_for_update(no_key=True, of=("self",)).get(pk=vacancy.pk)
        drafts = Round.objects.filter(vacancy=vacancy, made_by=actor, kind=kind, started_at=None)
        for draft in drafts.order_by("-created_at")[:5]:
            if set(draft.people.values_list("candidacy", flat=True)) == wanted:
                return draft
        fresh = Round.objects.create(vacancy=vacancy, made_by=actor, kind=kind)
        _bring_files(fresh)
        typed = _typed_before(wanted, kind=kind, actor=actor)
        RoundPerson.objects.bulk_create(
            RoundPerson(round=fresh, candidacy=candidacy, note=typed.get(candidacy.pk, "")) for candidacy in chosen
        )
    return fresh


def _typed_before(candidacies: Iterable[UUID], *, kind: str, actor: User) -> dict[UUID, str]:
    """Lines this recruiter typed for these people in a round that did not reach them."""
    lines = RoundPerson.objects.filter(
        round__made_by=actor, round__kind=kind, candidacy__in=list(candidacies), message=None
    ).exclude(note="")
    return dict(lines.order_by("round__created_at").values_list("candidacy", "note"))


def _bring_files(fresh: Round) -> None:
    """Who chooses other people a little later keeps the files of the draft they come from."""
    before = Round.objects.filter(
        vacancy=fresh.vacancy_id,
        made_by=fresh.made_by_id,
        kind=fresh.kind,
        started_at=None,
        created_at__gt=timezone.now() - SAME_SITTING,
    ).exclude(pk=fresh.pk)
    if last := before.order_by("-created_at").first():
        held = last.files.order_by("pk").values_list("file", flat=True)
        RoundFile.objects.bulk_create(RoundFile(round=fresh, file_id=file) for file in held)


def letter(candidacy: Candidacy, *, key: UUID, actor: User) -> Round | None:
    """The draft that holds the files of the message with this key, if it has any."""
    drafts = Round.objects.filter(kind=RoundKind.LETTER, started_at=None, made_by=actor)
    return drafts.filter(pk=key, people__candidacy=candidacy).first()


def open_letter(candidacy: Candidacy, *, key: UUID, actor: User) -> Round:
    """The same, made where there is none yet. Raises Refused for a key that is somebody else's."""
    with lawful():
        made, is_new = Round.objects.get_or_create(
            pk=key, defaults={"vacancy": candidacy.vacancy, "made_by": actor, "kind": RoundKind.LETTER}
        )
        if is_new:
            RoundPerson.objects.create(round=made, candidacy=candidacy)
    found = letter(candidacy, key=key, actor=actor)
    if found is None:
        raise Refused(REFUSALS[SENT], SENT)
    return found


def close_letter(made: Round) -> None:
    """The message was made and holds its files itself."""
    Round.objects.filter(pk=made.pk, kind=RoundKind.LETTER).delete()


def people_of(made: Round) -> list[RoundPerson]:
    """Everybody in a round, in the order of their names, whom one may still see."""
    rows = made.people.filter(candidacy__subject__erased_at=None, candidacy__subject__restricted_at=None)
    return list(rows.select_related("candidacy__candidate", "candidacy__subject", "candidacy__vacancy", "message"))


def arrange(made: Round, *, note: str, templates: Mapping[str, str], not_before: datetime | None, actor: User) -> Round:
    """Say for everybody which words, which line, and when. Raises Refused once it was sent."""
    changed = Round.objects.filter(pk=made.pk, made_by=actor, started_at=None).update(
        note=note, template_nl=templates.get("nl", ""), template_en=templates.get("en", ""), not_before=not_before
    )
    if not changed:
        raise Refused(REFUSALS[SENT], SENT)
    made.refresh_from_db(fields=["note", "template_nl", "template_en", "not_before"])
    return made


def write_line(made: Round, candidacy: UUID, *, note: str, actor: User) -> None:
    """The line for one person alone."""
    _drafted(made, actor).filter(candidacy=candidacy).update(note=note)


def leave_out(made: Round, candidacy: UUID, *, out: bool, actor: User) -> None:
    """Leave somebody out, or take them back in."""
    _drafted(made, actor).filter(candidacy=candidacy).update(left_out=out)


def attach(made: Round, upload: "File[bytes]", *, actor: User) -> None:
    """Keep a file with a draft, for every message of it; the same file again is that file.

    Raises Refused once it was sent, and for what cannot go along: empty, too large together, a kind of program.
    """
    name = attachments.plain_name(upload.name or "")
    # One byte more tells that it is too large; the rest need not be read.
    content = upload.read(attachments.MOST_BYTES + 1)
    with lawful():
        draft = (
            Round.objects.select_for_update(no_key=True, of=("self",))
            .filter(pk=made.pk, made_by=actor, started_at=None)
            .first()
        )
        if draft is None:
            raise Refused(REFUSALS[SENT], SENT)
        if draft.files.filter(file__name=name, file__sha256=hashlib.sha256(content).hexdigest()).exists():
            return
        held = draft.files.aggregate(size=Sum("file__size"))["size"] or 0
        if held + len(content) > attachments.MOST_BYTES:
            raise Refused(REFUSALS[attachments.TOO_LARGE], attachments.TOO_LARGE)
        # Browsers say what they like about a file; its name is what the reader's mail program goes by.
        content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        file = attachments.add(name, content, content_type=content_type, actor=actor)
        RoundFile.objects.create(round=draft, file=file)


def detach(made: Round, number: int, *, actor: User) -> None:
    """Take a file out of a draft; what nothing holds any more is forgotten by the nightly clean-up."""
    RoundFile.objects.filter(pk=number, round=made, round__made_by=actor, round__started_at=None).delete()


def files_of(made: Round) -> list[RoundFile]:
    """What goes along with every message of a round, without its content."""
    return list(made.files.select_related("file").defer("file__body"))


def _drafted(made: Round, actor: User) -> "QuerySet[RoundPerson]":
    return RoundPerson.objects.filter(round=made, round__made_by=actor, round__started_at=None)


def wish_of(person: RoundPerson, made: Round) -> Wish:
    """How this person's message is wanted: their own line before the one for everybody."""
    return Wish(
        templates=made.templates,
        note=person.note or made.note,
        not_before=made.not_before,
        files=tuple(one.file for one in files_of(made)),
    )


def prospects(made: Round, people: list[RoundPerson]) -> list[Prospect]:
    """What sending would do to each, in a handful of queries; who would be told too late is refused with the day."""
    chosen = [person.candidacy for person in people]
    if made.kind == RoundKind.REMINDER:
        at = made.not_before if made.not_before and made.not_before > timezone.now() else None
        return reminding.prospects(chosen, at=at)
    found = approaching.prospects(chosen)
    if made.not_before is None or made.not_before <= timezone.now():
        return found
    last = making.tell_by(candidacy.pk for candidacy in chosen)
    planned = timezone.localdate(made.not_before)
    return [
        Prospect(one.candidacy, refusal=making.too_late(last[one.candidacy.pk]), rule=TOO_LATE)
        if not one.rule and planned > last.get(one.candidacy.pk, date.max)
        else one
        for one in found
    ]


def preview(person: RoundPerson, made: Round, *, actor: User) -> tuple[Message | None, Sentence]:
    """This person's message word for word, or why there is none. It is made and undone: nothing is sent or kept."""
    with transaction.atomic():
        try:
            return _make(person, made, actor=actor), ""
        except Refused as refusal:
            return None, refusal.sentence
        finally:
            transaction.set_rollback(True)


def start(made: Round, *, actor: User) -> Round:
    """Send: a short round at once, a longer one by a worker. Pressing twice sends once.

    Raises Refused when nobody is left in it, or the moment has passed its bound.
    """
    with lawful():
        made = Round.objects.select_for_update(no_key=True, of=("self",)).select_related("vacancy").get(pk=made.pk)
        if made.started_at is not None:
            return made
        number = made.people.filter(left_out=False).count()
        if not number:
            raise Refused(REFUSALS[NOBODY], NOBODY)
        made.started_at = made.moved_at = timezone.now()
        if made.not_before is not None and made.not_before <= made.started_at:
            made.not_before = None
        made.save(update_fields=["started_at", "moved_at", "not_before"])
        ledger.append(
            "round.started", actor=actor, round=made.pk, vacancy=made.vacancy_id, what=made.kind, people=number
        )
        if number > IN_A_REQUEST:
            from candidates import tasks

            transaction.on_commit(partial(tasks.make_round.delay, str(made.pk)), robust=True)
    if number <= IN_A_REQUEST:
        try:
            while carry_out(made.pk):
                pass
        except OperationalError:
            logger.warning("round %s: handed to a worker after a fault of the database that passes", made.pk)
            from candidates import tasks

            tasks.make_round.delay(str(made.pk))
        made.refresh_from_db()
    return made


def carry_out(round_id: UUID, *, portion: int = PORTION) -> bool:
    """Make the next messages of a started round; True when some are left. Safe to run twice and side by side."""
    return all(_make_next(round_id) for _number in range(portion))


def _make_next(round_id: UUID) -> bool:
    """Make one message. Under the lock of the round, so that a stop is seen and nobody else takes the same person."""
    with lawful():
        made = (
            Round.objects.unmade()
            .select_for_update(no_key=True, of=("self",))
            .select_related("made_by", "vacancy")
            .filter(pk=round_id)
            .first()
        )
        if made is None:
            return False
        # Somebody may have been erased or restricted since, or the recruiter may have left.
        mine = Candidacy.objects.visible_to(made.made_by) if made.made_by.is_active else Candidacy.objects.none()
        todo = made.people.filter(left_out=False, message=None, refusal="", candidacy__in=mine)
        person = todo.select_related("candidacy__candidate", "candidacy__subject", "candidacy__vacancy").first()
        made.moved_at = timezone.now()
        if person is None:
            made.made_at = made.moved_at
            made.save(update_fields=["moved_at", "made_at"])
            # The messages hold them now.
            made.files.all().delete()
            return False
        try:
            person.message = _make(person, made, actor=made.made_by)
            # It stands in the message now.
            person.note = ""
        except Refused as refusal:
            plain = REFUSALS.get(refusal.code) == refusal.sentence
            person.refusal = refusal.code if plain else str(refusal)[:400]
        except OperationalError:
            raise  # it passes, a deadlock say: everything of this person is undone, and made when it is tried again
        except Exception:
            # One failure stops no other, and does not come back with every worker that takes over.
            logger.exception("round %s: no message could be made for candidacy %s", made.pk, person.candidacy_id)
            person.refusal = BROKEN
        person.save(update_fields=["message", "note", "refusal"])
        made.save(update_fields=["moved_at"])
    return True


def _make(person: RoundPerson, made: Round, *, actor: User) -> Message:
    wish = wish_of(person, made)
    if made.kind == RoundKind.REMINDER:
        return reminding.remind(person.candidacy, actor=actor, wish=wish)
    return approaching.approach_one(person.candidacy, actor=actor, wish=wish)


def stop(made: Round, *, actor: User) -> int:
    """Stop a round: nothing more is made, and what has not left is called back, cards included. How many messages."""
    with lawful():
        # After this lock is given no worker makes another one.
        made = Round.objects.select_for_update(no_key=True, of=("self",)).get(pk=made.pk)
        if made.stopped_at is None and made.started_at is not None:
            made.stopped_at = timezone.now()
            made.save(update_fields=["stopped_at"])
            made.files.all().delete()
            ledger.append("round.stopped", actor=actor, round=made.pk, vacancy=made.vacancy_id)
    called_back = 0
    for message in Message.objects.filter(pk__in=made.people.values("message"), state=State.QUEUED):
        try:
            mail.cancel(message, actor=actor)
        except Refused:
            continue  # it left while we looked
        called_back += 1
    return called_back


def progress_of(made: Round) -> Progress:
    """The numbers of one round, in one query."""
    return progress([made])[made.pk]


def progress(rounds: Iterable[Round]) -> dict[UUID, Progress]:
    """The numbers of rounds, in one query for all."""
    ids = [made.pk for made in rounds]
    rows = (
        RoundPerson.objects.filter(round__in=ids, left_out=False)
        .order_by()
        .values_list("round")
        .annotate(
            people=Count("pk"),
            made=Count("message"),
            refused=Count("pk", filter=~Q(refusal="")),
            waiting=Count("pk", filter=Q(message__state=State.QUEUED)),
        )
    )
    found = {pk: Progress(people, made, refused, waiting) for pk, people, made, refused, waiting in rows}
    return {pk: found.get(pk, Progress(0, 0, 0, 0)) for pk in ids}


def lost() -> list[UUID]:
    """Rounds whose worker was killed, to be taken over."""
    dead = Round.objects.unmade().filter(moved_at__lt=timezone.now() - DEAD_AFTER)
    return list(dead.order_by("moved_at").values_list("pk", flat=True))
