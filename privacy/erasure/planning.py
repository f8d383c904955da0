"""Plans: whom an erasure is about, by what they are known, and what becomes of what is held of them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from privacy import ports, registry, sealing
from privacy.erasure import POLICY, needles
from privacy.erasure.holders import Holder, Line, Person, Run, in_order
from privacy.erasure.needles import Identifier
from privacy.models import DataRequest, Erasure, ErasureLine, ErasurePerson, ErasureStep, Subject
from privacy.models.erasure import ErasureReason, PlanAction
from privacy.registry import Class

# Other people's names and addresses in rows about this person, and our own addresses.
NOT_THEIRS = frozenset({"privacy.Telling", "privacy.Mandate"})
NOT_THEIR_FIELDS = frozenset({"mailing.InboundMail.to_email"})


def make(
    subjects: Iterable[Subject],
    *,
    reason: str,
    request: DataRequest | None = None,
    pk: UUID | None = None,
    language: str = "nl",
    by: User | None = None,
) -> Erasure:
    """Write a plan down: its people with their identifiers sealed, its lines and its steps. Nothing is erased yet."""
    starts = reason != ErasureReason.REQUEST
    with transaction.atomic():
        erasure = Erasure(request=request, reason=reason, policy=POLICY, language=language, planned_by=by)
        if pk is not None:
            erasure.pk = pk
        erasure.save(force_insert=True)
        people = people_of(list(subjects), request)
        rows = [ErasurePerson(erasure=erasure, subject=person.subject) for person in people]
        for row, person in zip(rows, people, strict=True):
            row.identifiers = sealing.seal(json.dumps(person.identifiers).encode(), context=row.context)
        ErasurePerson.objects.bulk_create(rows)
        run = Run(erasure, tuple(people), {row.subject_id: row for row in rows})
        lines = lines_of(run)
        ErasureLine.objects.bulk_create(_row(erasure, holder, line) for holder, line in lines)
        holding = {holder.code for holder, _line in lines}
        steps = [one for one in in_order(reason) if _acts(one) and (one.always or one.code in holding)]
        ErasureStep.objects.bulk_create(
            ErasureStep(erasure=erasure, position=holder.position, holder=holder.code) for holder in steps
        )
        if starts:
            # What the clock erases was decided when the period was set; nobody is asked again.
            Erasure.objects.filter(pk=erasure.pk).update(approved_at=timezone.now())
            erasure.refresh_from_db()
    return erasure


def lines_of(run: Run) -> list[tuple[Holder, Line]]:
    """What every holder would do for these people now."""
    return [(holder, line) for holder in in_order(run.erasure.reason) for line in holder.plan(run)]


def has_changed(erasure: Erasure) -> bool:
    """Whether what is held of these people is no longer what the plan says."""
    rows = list(_people(erasure))
    people = people_of([row.subject for row in rows], erasure.request)
    fresh = Run(erasure, tuple(people), {row.subject_id: row for row in rows})
    # What stays grows with every look at the person, who searches by hand with every colleague: the same to them.
    apart = (PlanAction.KEEP, PlanAction.BY_HAND)
    now = {(holder.code, line.what): line.count for holder, line in lines_of(fresh) if line.action not in apart}
    then = {(line.holder, line.what): line.count for line in erasure.lines.exclude(action__in=apart)}
    return now != then


Opened = dict[bytes, tuple[Identifier, ...]]


def load(erasure: Erasure, opened: Opened | None = None) -> Run:
    """What the steps of an erasure work on. Identifiers that were destroyed are simply not there any more.

    `opened`: what was unsealed for the steps before, by its sealed bytes; a thousand people are opened once, not once
    for each step.
    """
    opened = {} if opened is None else opened
    rows = list(_people(erasure))
    reached = [row for row in rows if row.spared_at is None]
    ids = registry.closures([row.subject_id for row in reached])
    for row in reached:
        sealed = bytes(row.identifiers)
        if sealed not in opened:
            opened[sealed] = tuple(unsealed(row))
    people = tuple(Person(row.subject, tuple(ids[row.subject_id]), opened[bytes(row.identifiers)]) for row in reached)
    return Run(erasure, people, {row.subject_id: row for row in rows})


def unsealed(row: ErasurePerson) -> list[Identifier]:
    """What somebody in an erasure is known by. Raises Unsealable when the key is gone."""
    if not row.identifiers:
        return []
    held = json.loads(sealing.unseal(row.identifiers, context=row.context))
    return [(str(kind), str(value)) for kind, value in held]


def people_of(subjects: Sequence[Subject], request: DataRequest | None = None) -> list[Person]:
    """These people, each under all their ids, with everything that points at them in any table by the registry's
    classes; a query or two per table, however many they are."""
    if not subjects:
        return []
    ids = registry.closures([subject.pk for subject in subjects])
    heads = {pk: head for head, theirs in ids.items() for pk in theirs}
    found: dict[UUID, dict[Identifier, None]] = {subject.pk: {} for subject in subjects}
    strays: list[list[Identifier]] = []
    with registry.together(ids):
        for handler in registry.handlers.values():
            # Whose file it is does not matter here: a key goes when nothing is left that it opens.
            keys = ((needles.KEY, str(owner)) for owner in handler.key_owners(subjects[0]))
            found[subjects[0].pk].update(dict.fromkeys(keys))
            for head, identifiers in _identifiers(handler, subjects[0], heads):
                if head is None:
                    strays.append(identifiers)
                else:
                    found[head].update(dict.fromkeys(identifiers))
    _give_strays(strays, found)
    # Whole, as it is written in mail; in the tables it stands in parts.
    for pk, name in ports.names(found).items():
        if name:
            found[pk][needles.NAME, name] = None
    if request is not None and request.contact:
        contact = request.contact.strip()
        for theirs in found.values():
            theirs.update(dict.fromkeys(((needles.kind_of(contact), contact), (needles.ANSWER, contact))))
    return [Person(subject, tuple(ids[subject.pk]), tuple(found[subject.pk])) for subject in subjects]


def _identifiers(
    handler: registry.PersonalData, anyone: Subject, heads: Mapping[UUID, UUID]
) -> Iterator[tuple[UUID | None, list[Identifier]]]:
    """What each row of this floor says of whom; None for a row that leads to nobody but by an address of theirs."""
    for label, way in handler.paths.items():
        if label in NOT_THEIRS:
            continue
        fields = [
            name
            for name in registry.fields_of(label, frozenset({Class.IDENTIFIER}))
            if f"{label}.{name}" not in NOT_THEIR_FIELDS
        ]
        if not fields:
            continue
        for owner, *row in handler.rows(label, anyone).values_list(way, *fields):
            values = [
                value.strip()
                for value in row
                if isinstance(value, str) and value.strip() and not handler.is_blank(value)
            ]
            yield heads.get(owner), [(needles.kind_of(value), value) for value in values]


def _give_strays(strays: list[list[Identifier]], found: dict[UUID, dict[Identifier, None]]) -> None:
    """Mail nobody filed is whose address it came from."""
    if not strays:
        return
    owners = {value.lower(): head for head, theirs in found.items() for kind, value in theirs if kind == needles.EMAIL}
    alone = next(iter(found)) if len(found) == 1 else None
    for identifiers in strays:
        head = next((owners[value.lower()] for _kind, value in identifiers if value.lower() in owners), alone)
        if head is not None:
            found[head].update(dict.fromkeys(identifiers))


def _people(erasure: Erasure) -> Iterable[ErasurePerson]:
    return erasure.people.select_related("subject").order_by("pk")


def _acts(holder: Holder) -> bool:
    return type(holder).erase is not Holder.erase


def _row(erasure: Erasure, holder: Holder, line: Line) -> ErasureLine:
    return ErasureLine(
        erasure=erasure,
        holder=holder.code,
        what=line.what,
        action=line.action,
        count=line.count,
        ground=line.ground,
        until=line.until,
    )
