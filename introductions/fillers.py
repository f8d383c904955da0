"""What this floor answers to the ports below."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from candidates import history
from candidates.history import Moment, Scope, Strand
from introductions.models import Feedback, Introduction, Placement, Recipient
from privacy.ports import GotIt, Key, Place, clock_rows, register_clock, register_place, register_recipients
from vacancies.ports import Placed, register_placed


@register_recipients
def recipients(subject: UUID) -> Iterable[GotIt]:
    """Every contact to whom this person was introduced (GDPR art. 19)."""
    rows = Recipient.objects.filter(Q(introduction__subject=subject) | Q(introduction__subject__merged_into=subject))
    return [
        GotIt(
            kind="client",
            ref=recipient.introduction_id,
            party=recipient.contact.subject_id,
            name="",
            at=recipient.introduction.at,
            acknowledged_at=recipient.deletion_confirmed_at,
        )
        for recipient in rows.select_related("introduction", "contact")
    ]


@register_placed
def placed(vacancy_ids: set[UUID]) -> Mapping[UUID, list[Placed]]:
    """The placements of these vacancies, in one query; nobody is named."""
    found: dict[UUID, list[Placed]] = {}
    for one in Placement.objects.filter(vacancy__in=vacancy_ids).order_by("-start_on", "pk"):
        url = reverse("introductions:placement", args=[one.candidacy_id])
        row = Placed(one.start_on, one.guarantee_until, one.invoice_number, url)
        found.setdefault(one.vacancy_id, []).append(row)
    return found


@register_clock
def guarantees() -> "QuerySet[Any, Any]":
    """Guarantees of placements that run, and their last day; about a vacancy, so that it names nobody."""
    return clock_rows(
        Placement.objects.filter(guarantee_until__gte=timezone.localdate()),
        kind="guarantee",
        due_on="guarantee_until",
        since="start_on",
    )


@register_place
def guarantee_places(user: User, asked: Mapping[str, set[UUID]]) -> Mapping[Key, Place]:
    """The vacancy in which somebody was placed, by its title and client."""
    ids = asked.get("guarantee")
    if not ids:
        return {}
    rows = Placement.objects.visible_to(user).filter(pk__in=ids).select_related("vacancy", "client")
    return {
        ("guarantee", one.pk): Place(
            reverse("vacancies:intake", args=[one.vacancy_id]), f"{one.vacancy.title} · {one.client.name}"
        )
        for one in rows
    }


@register_place
def places(user: User, asked: Mapping[str, set[UUID]]) -> Mapping[Key, Place]:
    """The sealed proof of an introduction, for officers: which client, which vacancy, when; never whom."""
    ids = asked.get("introduction")
    if not ids or not (user.is_officer or user.is_administrator):
        return {}
    return {
        ("introduction", one.pk): Place(
            reverse("privacy:proofs:proof", args=[one.pk]),
            f"{one.client.name} · {one.vacancy.title} · {date_format(timezone.localdate(one.at), 'j F Y')}",
        )
        for one in Introduction.objects.filter(pk__in=ids).select_related("client", "vacancy")
    }


def _introduced(row: Introduction, scope: Scope) -> Moment:
    return Moment(
        row.at,
        "send",
        _("Introduced to %(client)s") % {"client": row.client.name},
        row.introduced_by.name,
        words=row.words,
        about=scope.titles.get(row.vacancy_id, ""),
    )


def _heard(row: Feedback, scope: Scope) -> Moment:
    introduction = row.recipient.introduction
    return Moment(
        row.at,
        "reply",
        _("The client answered: %(answer)s") % {"answer": row.get_verdict_display()},
        row.recipient.contact.name,
        words=row.words,
        about=scope.titles.get(introduction.vacancy_id, ""),
    )


history.add(
    Strand(
        "introduced",
        "introduction",
        "at",
        lambda scope: Introduction.objects.filter(candidacy__in=scope.candidacies),
        _introduced,
        ("client", "introduced_by"),
    )
)
history.add(
    Strand(
        "heard",
        "introduction",
        "at",
        lambda scope: Feedback.objects.filter(recipient__introduction__candidacy__in=scope.candidacies),
        _heard,
        ("recipient__introduction", "recipient__contact"),
    )
)


def _placed(row: Placement, scope: Scope) -> Moment:
    day = date_format(row.start_on, "j F Y")
    said = _("Placement noted: first working day %(day)s") % {"day": day}
    return Moment(row.noted_at, "briefcase", said, row.noted_by.name, about=scope.titles.get(row.vacancy_id, ""))


history.add(
    Strand(
        "placed",
        "introduction",
        "noted_at",
        lambda scope: Placement.objects.filter(candidacy__in=scope.candidacies),
        _placed,
        ("noted_by",),
    )
)
