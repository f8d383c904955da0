"""Personal data of clients' people; clients, agreements and vacancies themselves are about organisations."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat, Lower

from accounts.models import User
from privacy.models import Subject
from privacy.registry import NOBODY, Class, PersonalData, Section, closure, columns_of, register
from vacancies.models import ClientContact


@register
class VacanciesData(PersonalData):
    columns = {
        "vacancies.Client": columns_of(
            {
                Class.TECHNICAL: "id created_by",
                Class.NONE: "name legal_name kvk sector place website is_agency created_at",
            }
        ),
        "vacancies.ClientContact": columns_of(
            {
                Class.TECHNICAL: "id client subject user",
                Class.IDENTIFIER: "name email phone",
                Class.PERSONAL: "job_title",
                Class.NONE: "language left_on created_at",
            }
        ),
        "vacancies.Agreement": columns_of(
            {
                Class.TECHNICAL: "id client created_by",
                Class.NONE: (
                    "role title art28_items art26_essence signed_on valid_from valid_until introduction_months file"
                    " created_at"
                ),
            }
        ),
        "vacancies.Vacancy": columns_of(
            {
                Class.TECHNICAL: "id client agreement owner team",
                Class.FREE_TEXT: "assignment",
                Class.NONE: (
                    "title purpose text place employment shared is_confidential sector_label is_public"
                    " for_own_staff role role_reason assignment_on state created_at reviewed_at opened_at closed_at"
                    " procedure_closed_at"
                ),
            }
        ),
        "vacancies.VacancyAssessment": columns_of(
            {
                Class.TECHNICAL: "vacancy assessment confirmed_by",
                Class.NONE: "within_scope same_sources safeguards_stand confirmed_at",
            }
        ),
    }
    paths = {"vacancies.ClientContact": "subject", "accounts.User": "client_contacts__subject"}
    pathless = {"vacancies.Vacancy": "Evidence of the client's assignment; it may name who gave it, for the client."}

    sections = {"vacancies.ClientContact": Section.WHO, "accounts.User": Section.WHO}
    beside = {"vacancies.ClientContact": ("client__legal_name",)}
    data_only = {"vacancies.ClientContact": "created_at"}

    def addresses(self, subject: Subject) -> Iterable[tuple[str, str]]:
        contacts = ClientContact.objects.filter(subject__in=closure(subject), left_on=None)
        for email in contacts.exclude(email__endswith=NOBODY).values_list("email", flat=True):
            yield "email", email.lower()

    def known(self, kind: str, addresses: Collection[str]) -> Iterable[str]:
        if kind != "email":
            return ()
        contacts = ClientContact.objects.annotate(lower=Lower("email")).filter(lower__in=addresses)
        return contacts.values_list("lower", flat=True)

    def find(self, kind: str, normalised: str) -> Iterable[UUID]:
        if kind != "email":
            return ()
        return ClientContact.objects.filter(email__iexact=normalised).values_list("subject", flat=True)

    def all_addresses(self) -> Iterable[tuple[str, str, UUID]]:
        for email, subject in ClientContact.objects.values_list(Lower("email"), "subject").iterator(chunk_size=5000):
            yield "email", email, subject

    def erase(self, subject: Subject) -> int:
        """Blank a contact and close the portal account; the rows stay, for introductions name them as recipients."""
        nobody = Concat(Cast("pk", CharField()), Value(NOBODY))
        people = closure(subject)
        users = User.objects.filter(client_contacts__subject__in=people).exclude(email__endswith=NOBODY)
        ids = list(users.values_list("pk", flat=True))
        touched = User.objects.filter(pk__in=ids).update(
            email=nobody, name="", phone="", job_title="", is_active=False, last_login=None
        )
        contacts = ClientContact.objects.filter(subject__in=people).exclude(email__endswith=NOBODY)
        return touched + contacts.update(email=nobody, name="", phone="", job_title="")

    def rows(self, label: str, subject: Subject) -> "QuerySet[Any]":
        return super().rows(label, subject).distinct()
