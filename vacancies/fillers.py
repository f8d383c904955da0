"""What this floor answers to the ports below."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from mailing.models import Message
from mailing.ports import (
    Fact,
    Way,
    register_coded,
    register_facts,
    register_people,
    register_titles,
    register_visible_vacancies,
    register_ways,
)
from privacy.models import LegitimateInterestAssessment
from privacy.ports import (
    Key,
    Place,
    Reach,
    clock_rows,
    register_clock,
    register_find,
    register_names,
    register_place,
    register_reach,
)
from privacy.services import assessment_places
from vacancies.models import Agreement, ClientContact, Vacancy, VacancyState

NAMED = 300
REVIEW_AFTER = timedelta(days=90)
WARN = timedelta(days=30)
# A review is a glance, so it is asked for two weeks ahead, an agreement needs a signature, so a month.
REVIEW_WARN = timedelta(days=14)


@register_names
def names(subject_ids: set[UUID]) -> Mapping[UUID, str]:
    """The names of client contacts, in one query."""
    rows = ClientContact.objects.filter(subject__in=subject_ids, subject__erased_at=None)
    return dict(rows.order_by("created_at").values_list("subject", "name"))


@register_reach
def reach(subject_ids: set[UUID]) -> Mapping[UUID, Reach]:
    """The mailboxes of client contacts, of whoever still works there first, in one query."""
    rows = ClientContact.objects.filter(subject__in=subject_ids, subject__erased_at=None).exclude(email="")
    found: dict[UUID, Reach] = {}
    for contact in rows.order_by(F("left_on").desc(nulls_first=True), "created_at"):
        found.setdefault(contact.subject_id, Reach(contact.email.lower(), contact.name, contact.language))
    return found


@register_find
def find(kind: str, normalised: str) -> Iterable[UUID]:
    """Whoever is here under this address at a client."""
    if kind != "email":
        return ()
    return ClientContact.objects.filter(email__iexact=normalised, subject__erased_at=None).values_list(
        "subject", flat=True
    )


@register_coded
def coded(code: str) -> UUID | None:
    """The one vacancy whose id begins with these hexadecimal digits."""
    begins = (UUID(code.ljust(32, "0")), UUID(code.ljust(32, "f")))
    found = list(Vacancy.objects.filter(pk__range=begins).values_list("pk", flat=True)[:2])
    return found[0] if len(found) == 1 else None


@register_clock
def agreement_expiry() -> "QuerySet[Any, Any]":
    """Agreements a running vacancy rests on that end within a month, or ended already."""
    needed = Vacancy.objects.filter(agreement=OuterRef("pk")).exclude(state=VacancyState.PROCEDURE_CLOSED)
    return clock_rows(
        Agreement.objects.filter(Exists(needed), valid_until__lte=timezone.localdate() + WARN),
        kind="agreement_expiry",
        due_on="valid_until",
        since="created_at",
        reason="agreement_expiry",
    )


@register_clock
def vacancy_review() -> "QuerySet[Any, Any]":
    """Searches nobody looked at for nearly three months, or longer."""
    return clock_rows(
        Vacancy.objects.sourcing().filter(reviewed_at__lte=timezone.now() - REVIEW_AFTER + REVIEW_WARN),
        kind="vacancy_review",
        due_on=RawSQL(
            "((vacancies_vacancy.reviewed_at AT TIME ZONE 'Europe/Amsterdam')::date + %s)", (REVIEW_AFTER.days,)
        ),
        since="reviewed_at",
        reason="vacancy_review",
    )


@register_place
def places(user: User, asked: Mapping[str, set[UUID]]) -> Mapping[Key, Place]:
    """Vacancies this user may open, and what those rest on: their agreements and assessments."""
    found: dict[Key, Place] = {}
    mine = Vacancy.objects.visible_to(user)
    if ids := asked.get("vacancy_review"):
        for vacancy in mine.filter(pk__in=ids):
            found["vacancy_review", vacancy.pk] = Place(reverse("candidates:board", args=[vacancy.pk]), vacancy.title)
    if ids := asked.get("agreement_expiry"):
        needed = Exists(mine.filter(agreement=OuterRef("pk")))
        for agreement in Agreement.objects.filter(needed, pk__in=ids).select_related("client"):
            url = reverse("vacancies:agreement-edit", args=[agreement.client_id, agreement.pk])
            found["agreement_expiry", agreement.pk] = Place(url, f"{agreement.client.name}: {agreement.title}")
    if ids := asked.get("lia_review"):
        weighed = Exists(mine.filter(assessment_link__assessment=OuterRef("pk")))
        found |= assessment_places(LegitimateInterestAssessment.objects.filter(weighed, pk__in=ids))
    return found


@register_visible_vacancies
def visible_vacancies(user: User) -> Iterable[UUID]:
    """The vacancies whose mail this user may see."""
    return Vacancy.objects.visible_to(user).values_list("pk", flat=True)


@register_titles
def titles(user: User) -> Iterable[tuple[UUID, str]]:
    """The vacancies this user may see, for a filter."""
    return Vacancy.objects.visible_to(user).order_by("title", "pk").values_list("pk", "title")


@register_facts
def facts(message: Message, user: User) -> Iterator[Fact]:
    """The vacancy a message is about, for whoever may open it."""
    if message.vacancy_ref is None:
        return
    for vacancy in Vacancy.objects.visible_to(user).filter(pk=message.vacancy_ref).select_related("client"):
        yield Fact(_("Vacancy"), vacancy.title, vacancy.client.name, reverse("candidates:board", args=[vacancy.pk]))


@register_people
def people(user: User, words: str) -> Iterable[UUID]:
    """Client contacts by name."""
    found = ClientContact.objects.filter(subject__erased_at=None)
    for word in words.split():
        found = found.filter(name__icontains=word)
    return found.values_list("subject", flat=True)[:NAMED]


@register_ways
def ways(messages: Sequence[Message], user: User) -> Mapping[UUID, Way]:
    """Where client contacts are."""
    subjects = {message.subject_id for message in messages if message.subject_id}
    contacts = ClientContact.objects.filter(subject__in=subjects, subject__erased_at=None)
    places = {
        subject: Way(name=name, url=reverse("vacancies:client", args=[client]))
        for subject, name, client in contacts.values_list("subject", "name", "client")
    }
    return {message.pk: places[message.subject_id] for message in messages if message.subject_id in places}
