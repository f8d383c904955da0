"""Search on the desk. It filters, it does not rank: results come sorted by name."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from candidates.contact import BadContact, kind_of, normalise_email, normalise_phone, normalise_profile
from candidates.models import Candidate, ContactKind, ContactPoint
from candidates.names import fold
from vacancies.models import Client, Vacancy

LONGEST = 100
NORMALISE = {"email": normalise_email, "phone": normalise_phone, "profile": normalise_profile}


def asked(typed: str) -> str:
    """What was typed, as something to look for."""
    return " ".join(typed.replace("\0", "").split())[:LONGEST]


def people(user: User, query: str) -> "QuerySet[Candidate]":
    """People this person may see whose name, employer or job has every word, or who have this very address."""
    visible = Candidate.objects.visible_to(user).filter(subject__restricted_at=None).order_by("sort_key", "pk")
    words = fold(query).split()
    found = Q()
    for word in words:
        found &= Q(sort_key__contains=word) | Q(employer__icontains=word) | Q(job_title__icontains=word)
    if address := _address(query):
        reached = ContactPoint.objects.standing().filter(kind=address[0], normalised=address[1])
        found |= Q(Exists(reached.filter(candidate=OuterRef("pk"))))
    # Signs alone fold to no word at all, and no condition would be everybody.
    return visible.filter(found) if words else visible.none()


def vacancies(user: User, query: str) -> "QuerySet[Vacancy]":
    """Vacancies by title or client."""
    if not query:
        return Vacancy.objects.none()
    return (
        Vacancy.objects.visible_to(user)
        .filter(Q(title__icontains=query) | Q(client__name__icontains=query))
        .select_related("client")
        .order_by("title", "pk")
    )


def clients(query: str) -> "QuerySet[Client]":
    """Clients by name or legal name; every member of staff sees them all."""
    if not query:
        return Client.objects.none()
    return Client.objects.filter(Q(name__icontains=query) | Q(legal_name__icontains=query)).order_by("name", "pk")


def _address(query: str) -> tuple[str, str] | None:
    kind = kind_of(query)
    if kind not in ContactKind.values:
        return None
    try:
        return kind, NORMALISE[kind](query)
    except BadContact:
        return None
