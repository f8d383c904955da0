"""Personal data in questions, answers and legal bases: ids, dates and codes, and the erasable trace of an answer."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Organisation
from consent import wording
from consent.models import OWN_ACTS, ConsentRequest, Revelation
from consent.services import tells_the_client
from privacy.proofs import wording as proofs
from privacy.registry import DELETE, Class, PersonalData, Section, columns_of, register, teller
from vacancies.models import Vacancy

PROOF = "Proof of the question, the answer and the basis, in ids and codes (GDPR art. 5(2), 7(1)), for five years."


@register
class ConsentData(PersonalData):
    columns = {
        "consent.ConsentText": columns_of(
            {
                Class.TECHNICAL: "id author",
                Class.NONE: (
                    "purpose version question_nl question_en yes_nl yes_en notice_nl notice_en created_at published_at"
                ),
            }
        ),
        "consent.ConsentRequest": columns_of(
            {
                Class.TECHNICAL: "id subject vacancy client renews reserve_for text asked_by events_seen",
                Class.NONE: (
                    "purpose client_as_named vacancy_title vacancy_text shared language created_at expires_at"
                    " keep_until handed_over_at follow_up_on replied_at closed_at"
                ),
            }
        ),
        "consent.Revelation": columns_of({Class.TECHNICAL: "id subject vacancy client by", Class.NONE: "at"}),
        "consent.ConsentEvent": columns_of(
            {
                Class.TECHNICAL: "id request link wording_sha256 recorded_by",
                Class.PERSONAL: "kind",
                Class.NONE: "at channel language",
            }
        ),
        "consent.ConsentTrace": columns_of(
            {Class.TECHNICAL: "event", Class.IDENTIFIER: "ip", Class.PERSONAL: "user_agent", Class.NONE: "at"}
        ),
        "consent.LegalBasis": columns_of(
            {
                Class.TECHNICAL: "id subject vacancy by assessment event",
                Class.PERSONAL: "basis reason",
                Class.NONE: "at until",
            }
        ),
        "consent.Notice": columns_of(
            {
                Class.TECHNICAL: "id subject vacancy message text template",
                Class.NONE: "given_at undone_at undone_reason",
            }
        ),
    }
    paths = {
        "consent.ConsentRequest": "subject",
        "consent.Revelation": "subject",
        "consent.ConsentEvent": "request__subject",
        "consent.ConsentTrace": "event__request__subject",
        "consent.LegalBasis": "subject",
        "consent.Notice": "subject",
    }
    kept = {
        "consent.ConsentRequest": PROOF,
        "consent.Revelation": PROOF,
        "consent.ConsentEvent": PROOF,
        "consent.LegalBasis": PROOF,
        "consent.Notice": PROOF,
    }
    erasure = {"consent.ConsentTrace": DELETE}
    sections = {
        "consent.LegalBasis": Section.WHY,
        "consent.Notice": Section.WHY,
        "consent.ConsentRequest": Section.ASKED,
        "consent.ConsentEvent": Section.ASKED,
        "consent.ConsentTrace": Section.ASKED,
        "consent.Revelation": Section.ASKED,
    }
    told = {
        "consent.ConsentRequest": {"id": "consent.ConsentRequest:text", "asked_by": "accounts.User"},
        "consent.ConsentEvent": {"request__vacancy": "vacancies.Vacancy", "recorded_by": "accounts.User"},
        "consent.Revelation": {"vacancy": "vacancies.Vacancy", "by": "accounts.User"},
        "consent.LegalBasis": {"vacancy": "vacancies.Vacancy", "by": "accounts.User"},
        "consent.Notice": {"vacancy": "vacancies.Vacancy"},
    }
    # The version of the words, which never changes, and the interest a legal basis was weighed on.
    beside = {
        "consent.ConsentRequest": ("text__version",),
        "consent.Revelation": ("client__legal_name",),
        "consent.LegalBasis": ("assessment__title", "assessment__version", "assessment__interest"),
        "consent.Notice": ("text__version",),
    }
    given = {"consent.ConsentEvent": (Q(kind__in=OWN_ACTS), "kind at channel language")}


def revealed_to(people: Collection[UUID], vacancies: Collection[Vacancy]) -> set[UUID]:
    """Of which of these vacancies a person may know the client: open ones, and those revealed to them."""
    told = set(Revelation.objects.filter(subject__in=people, vacancy__in=vacancies).values_list("vacancy", flat=True))
    return {vacancy.pk for vacancy in vacancies if not vacancy.is_confidential or vacancy.pk in told}


def named(vacancy: Vacancy, *, is_revealed: bool) -> tuple[str, str]:
    """A vacancy's title and its client, as far as a person may know them: (title, client or sector)."""
    if is_revealed:
        return vacancy.title, vacancy.client.legal_name
    return (_("A confidential vacancy") if tells_the_client(vacancy) else vacancy.title), vacancy.sector_label


@teller("vacancies.Vacancy")
def vacancies_told(people: Collection[UUID], keys: Collection[Any]) -> Mapping[Any, str]:
    """Vacancies by title and client; a confidential client by its sector until it was revealed to the person."""
    vacancies = list(Vacancy.objects.filter(pk__in=keys).select_related("client"))
    revealed = revealed_to(people, vacancies)
    return {
        vacancy.pk: ", ".join(filter(None, named(vacancy, is_revealed=vacancy.pk in revealed))) for vacancy in vacancies
    }


@teller("consent.ConsentRequest:text")
def words_told(people: Collection[UUID], keys: Collection[Any]) -> Mapping[Any, str]:
    """Each question in the very words the person saw, with the notice below it, in the language it was asked in."""
    us, proof = Organisation.current(), proofs.months()
    rows = ConsentRequest.objects.filter(pk__in=keys).select_related("text")
    return {asked.pk: "\n\n".join(wording.sentences(asked, asked.language, us, proof).values()) for asked in rows}


@teller("vacancies.Vacancy:purpose")
def purposes_told(people: Collection[UUID], keys: Collection[Any]) -> Mapping[Any, str]:
    """What each vacancy's data are for; where that would name a confidential client, in general words."""
    vacancies = list(Vacancy.objects.filter(pk__in=keys).select_related("client"))
    revealed = revealed_to(people, vacancies)
    hidden = _("To find somebody for this vacancy, for a client we may not name yet.")
    return {vacancy.pk: vacancy.purpose if vacancy.pk in revealed else hidden for vacancy in vacancies}
