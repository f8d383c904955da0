"""What this floor answers to the ports below."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from candidates import retention, screening
from candidates.models import Candidacy, Candidate, ContactKind, ContactPoint, ListExport, Source, Stage
from candidates.names import fold
from candidates.services import keeping, reserve
from candidates.services.answers import REACHES
from candidates.services.making import context_of
from consent.models import ConsentRequest, Notice
from mailing import ports as mail_ports
from mailing import rendering
from mailing.models import Channel, Message
from mailing.ports import Fact, Reader, Way
from privacy.guards import Refused
from privacy.models import HeldPerson, LegalHold, Subject
from privacy.ports import (
    Finding,
    Key,
    Place,
    Reach,
    clock_rows,
    register_clock,
    register_find,
    register_gate,
    register_names,
    register_place,
    register_reach,
    register_whys,
)
from vacancies.models import Vacancy
from vacancies.ports import (
    Asking,
    Leaver,
    People,
    Question,
    register_leavers,
    register_people,
    register_questions,
)

NAMED = 300
READERS = 5


@register_names
def names(subject_ids: set[UUID]) -> Mapping[UUID, str]:
    """The names of candidates, in one query."""
    return {person.subject_id: person.name for person in Candidate.objects.filter(subject__in=subject_ids)}


@register_reach
def reach(subject_ids: set[UUID]) -> Mapping[UUID, Reach]:
    """The oldest e-mail address of each that still works, in one query."""
    points = ContactPoint.objects.usable().filter(kind=ContactKind.EMAIL, candidate__subject__in=subject_ids)
    found: dict[UUID, Reach] = {}
    for point in points.select_related("candidate").order_by("created_at"):
        someone = point.candidate
        found.setdefault(someone.subject_id, Reach(point.normalised, someone.name, someone.language))
    return found


@register_find
def find(kind: str, normalised: str) -> Iterable[UUID]:
    """Whoever is here under this address."""
    return (
        ContactPoint.objects.standing()
        .filter(kind=kind, normalised=normalised)
        .values_list("candidate__subject_id", flat=True)
    )


@register_clock
def art14() -> "QuerySet[Any, Any]":
    """People found and not yet told: one month from finding (GDPR art. 14(3)(a))."""
    found = Source.objects.filter(candidacy=OuterRef("pk")).order_by("obtained_at").values("obtained_at")[:1]
    told = Notice.objects.standing().filter(subject=OuterRef("subject"), vacancy=OuterRef("vacancy"))
    return clock_rows(
        # By the marks of who must still be told, among many who were.
        Candidacy.objects.running()
        .filter(~Exists(told), untold__isnull=False, subject__erased_at=None)
        .exclude(sources__type="application")
        .annotate(found_at=Subquery(found)),
        kind="art14",
        due_on=RawSQL(
            "((SELECT min(s.obtained_at) FROM candidates_source s WHERE s.candidacy_id = candidates_candidacy.id)"
            " AT TIME ZONE 'Europe/Amsterdam')::date + interval '1 month'",
            (),
        ),
        since="found_at",
        subject="subject_id",
        reason="art14",
    )


@register_clock
def erasure() -> "QuerySet[Any, Any]":
    """People without a purpose left, and the day they are erased (I1); a hold puts it off."""
    held = (
        HeldPerson.objects.filter(subject=OuterRef("subject"), released_at=None, hold__in=LegalHold.objects.in_force())
        .order_by("-hold__until")
        .values("hold__until")
    )
    return clock_rows(
        retention.dated(),
        kind="erase",
        due_on=Greatest(F("erase_on"), Subquery(held[:1])),
        since="created_at",
        subject="subject_id",
        reason="erase",
    )


@register_clock
def files() -> "QuerySet[Any, Any]":
    """Lists that colleagues took along, and the day by which the file is deleted."""
    return clock_rows(ListExport.objects.open(), kind="list_export", due_on="until", since="made_at")


@register_whys
def whys(asked: Mapping[str, set[UUID]]) -> Mapping[Key, str]:
    """Why each of these people is erased on their day, in one query."""
    people = Candidate.objects.filter(pk__in=asked.get("erase", ()))
    rows = retention.with_last_day(people).values_list("pk", "last_reason", "last_since", "last_day")
    return {("erase", pk): retention.sentence(reason, since, day) for pk, reason, since, day in rows if day is not None}


@register_place
def places(user: User, asked: Mapping[str, set[UUID]]) -> Mapping[Key, Place]:
    """The cards of people in vacancies this user may open, and the pages of those who are to be erased."""
    found: dict[Key, Place] = {}
    candidacies = Candidacy.objects.visible_to(user)
    if ids := asked.get("art14"):
        for pk, vacancy in candidacies.filter(pk__in=ids).values_list("pk", "vacancy"):
            found["art14", pk] = _card(vacancy, pk)
    questions = [
        (kind, *row)
        for kind in ("no_answer", "consent_expiry")
        if kind in asked
        for row in ConsentRequest.objects.filter(pk__in=asked[kind]).values_list("pk", "subject", "vacancy")
    ]
    if questions:
        of_them = candidacies.filter(subject__in={subject for _kind, _pk, subject, _vacancy in questions})
        cards = {(subject, vacancy): pk for pk, subject, vacancy in of_them.values_list("pk", "subject", "vacancy")}
        for kind, pk, subject, vacancy in questions:
            if candidacy := cards.get((subject, vacancy)):
                found[kind, pk] = _card(vacancy, candidacy)
    for kind in ("pool_expiry", "runner_up_expiry"):
        if ids := asked.get(kind):
            whose = list(ConsentRequest.objects.filter(pk__in=ids).values_list("pk", "subject"))
            seen = Candidate.objects.visible_to(user).filter(subject__in={subject for _pk, subject in whose})
            pages = dict(seen.values_list("subject", "pk"))
            for pk, subject in whose:
                if subject in pages:
                    found[kind, pk] = Place(reverse("candidates:person", args=[pages[subject]]))
    if ids := asked.get("list_export"):
        for pk, maker in ListExport.objects.of(user).filter(pk__in=ids).values_list("pk", "made_by__name"):
            found["list_export", pk] = Place(reverse("candidates:exports"), maker)
    if ids := asked.get("erase"):
        for pk in Candidate.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True):
            found["erase", pk] = Place(reverse("candidates:person", args=[pk]))
    return found


def _card(vacancy: UUID, candidacy: UUID) -> Place:
    return Place(f"{reverse('candidates:board', args=[vacancy])}?person={candidacy}")


@register_people
def people(vacancy_ids: set[UUID]) -> Mapping[UUID, People]:
    """How many people are running in each vacancy, and in which stage, in one query."""
    rows = (
        Candidacy.objects.running()
        .filter(~Exists(Subject.objects.hidden().filter(pk=OuterRef("subject"))), vacancy__in=vacancy_ids)
        .order_by()
        .values_list("vacancy", "stage")
        .annotate(number=Count("pk"))
    )
    found: dict[UUID, dict[str, int]] = {}
    for vacancy, stage, number in rows:
        found.setdefault(vacancy, {})[stage] = number
    return {
        vacancy: People(
            running=sum(stages.values()),
            stages=tuple((str(stage.label), stages[stage]) for stage in Stage if stage in stages),
        )
        for vacancy, stages in found.items()
    }


@register_leavers
def leavers(vacancy: Vacancy, user: User) -> list[Leaver]:
    """Who leaves when this procedure ends now: when they are erased then, and whether they can be asked to be kept."""
    rows = list(
        Candidacy.objects.visible_to(user)
        .running()
        .filter(vacancy=vacancy)
        .select_related("candidate", "vacancy")
        .order_by("candidate__sort_key", "pk")
    )
    people = [row.candidate for row in rows]
    hindered = keeping.hindrances(people, ending=vacancy.pk)
    unasked = reserve.hindrances(rows, ending=vacancy.pk)
    until = retention.when_closed(vacancy.pk, rows)
    return [
        Leaver(
            pk=row.pk,
            subject_id=row.subject_id,
            name=row.candidate.name,
            line=" · ".join(filter(None, (row.candidate.job_title, row.candidate.employer))),
            stage=row.get_stage_display(),
            erased_on=until[row.pk],
            hindrance=str(hindered.get(row.candidate_id, "")),
            no_reserve=str(unasked.get(row.pk, "")),
        )
        for row in rows
    ]


@register_questions
def questions(vacancy: Vacancy, asking: Asking, user: User) -> list[Question]:
    """Of each kind of question the first that would go, word for word: made and undone, nothing is sent or kept."""
    found = []
    theirs = Candidacy.objects.visible_to(user).running().filter(vacancy=vacancy).select_related("candidate")
    for chosen, is_reserve in ((asking.keep, False), (asking.reserve, True)):
        first = theirs.filter(pk__in=chosen).order_by("candidate__sort_key", "pk").first()
        if first is None or (is_reserve and asking.until is None):
            continue
        with transaction.atomic():
            try:
                message = (
                    reserve.ask_to_stay(first, until=asking.until, actor=user, ending=vacancy.pk)
                    if is_reserve and asking.until
                    else keeping.ask_to_keep(first.candidate, actor=user, ending=vacancy.pk)
                )
            except Refused as refusal:
                found.append(Question(first.candidate.name, "", str(refusal), 0))
            else:
                text = rendering.masked(message.body_text)
                found.append(Question(first.candidate.name, message.subject_line, text, len(chosen) - 1))
            finally:
                transaction.set_rollback(True)
    return found


@register_gate
def gate(text: str) -> Iterable[Finding]:
    """What may never be stored in free words (I9)."""
    return [Finding(found.category, found.start, found.end) for found in screening.find_numbers(text)]


@mail_ports.register_people
def people_named(user: User, words: str) -> Iterable[UUID]:
    """Candidates by name."""
    found = Candidate.objects.visible_to(user)
    for word in fold(words).split():
        found = found.filter(sort_key__contains=word)
    return found.order_by("sort_key").values_list("subject", flat=True)[:NAMED]


@mail_ports.register_subjects
def subjects(user: User) -> Iterable[UUID]:
    """The people whose card or page this user may open."""
    return Candidate.objects.visible_to(user).values_list("subject", flat=True)


@mail_ports.register_gone
def gone(addresses: Collection[str]) -> Iterable[tuple[UUID, str]]:
    """Addresses a colleague or their reader said are not this person's, unless they were added anew."""
    points = ContactPoint.objects.filter(kind=ContactKind.EMAIL, normalised__in=addresses)
    again = points.standing().filter(candidate=OuterRef("candidate"), normalised=OuterRef("normalised"))
    removed = points.filter(~Exists(again), removed_at__isnull=False)
    return removed.values_list("candidate__subject", "normalised")


@mail_ports.register_facts
def facts(message: Message, user: User) -> Iterator[Fact]:
    """Why the address a message went to may be used, and where that can be seen (Tw 11.7)."""
    kind = ContactKind.EMAIL if message.channel == Channel.EMAIL else REACHES.get(message.channel)
    points = ContactPoint.objects.filter(candidate__subject=message.subject_id, kind=kind).order_by("created_at")
    if kind == ContactKind.EMAIL:
        points = points.filter(normalised=message.to_email)
    if message.subject_id is None or (point := points.first()) is None:
        return
    seen = date_format(point.evidence_on, "j F Y")
    detail = _("seen on %(day)s") % {"day": seen}
    if point.evidence:
        detail = f"{point.evidence} · {detail}"
    if point.failed_at:
        failed = date_format(timezone.localtime(point.failed_at), "j F Y")
        broken = _("does not work since %(day)s") % {"day": failed}
        detail = f"{detail} · {broken}"
    url = point.evidence if point.evidence.startswith(("http://", "https://")) else ""
    yield Fact(_("Why this address"), point.get_ground_display(), detail, url)


@mail_ports.register_ways
def ways(messages: Sequence[Message], user: User) -> Mapping[UUID, Way]:
    """The candidates these messages are to; what else can be done where their candidacy still runs and they may be
    asked."""
    subjects = {message.subject_id for message in messages if message.subject_id}
    if not subjects:
        return {}
    usable = ContactPoint.objects.usable().filter(candidate=OuterRef("candidate"), kind=ContactKind.EMAIL)
    candidacies = {
        (row.subject_id, row.vacancy_id): row
        for row in Candidacy.objects.visible_to(user)
        .filter(subject__in=subjects)
        .select_related("candidate")
        .annotate(has_email=Exists(usable))
    }
    people = {person.subject_id: person for person in Candidate.objects.visible_to(user).filter(subject__in=subjects)}
    found: dict[UUID, Way] = {}
    for message in messages:
        subject, vacancy = message.subject_id, message.vacancy_ref
        if subject and vacancy and (candidacy := candidacies.get((subject, vacancy))):
            found[message.pk] = _way(message, candidacy)
        elif subject and (person := people.get(subject)):
            found[message.pk] = Way(name=person.name, url=reverse("candidates:person", args=[person.pk]))
    return found


def _way(message: Message, candidacy: Any) -> Way:
    card = _card(candidacy.vacancy_id, candidacy.pk).url
    asks = candidacy.ended_at is None and message.about_kind == "consent_request"
    return Way(
        name=candidacy.candidate.name,
        url=card,
        other_url=f"{card}&way=copy" if asks else "",
        again_url=reverse("candidates:approach", args=[candidacy.vacancy_id]) if asks and candidacy.has_email else "",
        again_pk=candidacy.pk if asks and candidacy.has_email else None,
    )


@mail_ports.register_readers
def readers(user: User, words: str) -> Iterable[Reader]:
    """The newest running candidacies whose name holds these words, to show a template with."""
    mine = _to_show(user)
    for word in fold(words).split():
        mine = mine.filter(candidate__sort_key__contains=word)
    return [
        Reader(one.pk, one.subject_id, one.candidate.name, str(one.vacancy), {})
        for one in mine.order_by("-created_at")[:READERS]
    ]


@mail_ports.register_reader
def reader(user: User, pk: UUID, kind: str, language: str) -> Reader | None:
    """What a message of this kind would say in this candidacy, as if this user asked the question today."""
    found = _to_show(user).filter(pk=pk).first()
    if found is None:
        return None
    vacancy = found.vacancy
    asked = ConsentRequest(
        subject=found.subject,
        vacancy=vacancy,
        vacancy_title=vacancy.title,
        client_as_named=vacancy.sector_label if kind == "talk_invite" else vacancy.client.legal_name,
        language=language,
        asked_by=user,
        expires_at=timezone.now() + timedelta(days=Organisation.current().link_days),
    )
    values = context_of(found, asked)
    return Reader(found.pk, found.subject_id, found.candidate.name, str(vacancy), values)


def _to_show(user: User) -> QuerySet[Candidacy]:
    """People who may be looked at for this: neither restricted nor on their way out."""
    mine = Candidacy.objects.visible_to(user).filter(
        ended_at=None, subject__restricted_at=None, subject__erased_at=None
    )
    return mine.select_related("candidate", "subject", "vacancy__client")
