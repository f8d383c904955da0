"""What this floor answers to the ports below."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from accounts.models import User
from mailing.ports import register_visible_vacancies
from privacy.ports import clock_rows, register_clock, register_names
from vacancies.models import Agreement, ClientContact, Vacancy, VacancyState

REVIEW_AFTER = timedelta(days=90)
WARN = timedelta(days=30)
# A review is a glance, so it is asked for two weeks ahead, an agreement needs a signature, so a month.
REVIEW_WARN = timedelta(days=14)


@register_names
def names(subject_ids: set[UUID]) -> Mapping[UUID, str]:
    """The names of client contacts, in one query."""
    rows = ClientContact.objects.filter(subject__in=subject_ids, subject__erased_at=None)
    return dict(rows.order_by("created_at").values_list("subject", "name"))


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


@register_visible_vacancies
def visible_vacancies(user: User) -> Iterable[UUID]:
    """The vacancies whose mail this user may see."""
    return Vacancy.objects.visible_to(user).values_list("pk", flat=True)
