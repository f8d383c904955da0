"""Search on the desk. It filters, it does not rank: results come sorted by name."""

from django.db.models import Q, QuerySet

from accounts.models import User
from candidates import searching
from candidates.models import Candidate
from vacancies.models import Client, Vacancy


def people(user: User, query: str) -> searching.Matches:
    """People this person may see about whom these words can be read (see candidates.searching); nobody restricted."""
    terms = searching.read(query)
    visible = Candidate.objects.visible_to(user).order_by("sort_key", "pk")
    if user.is_officer:  # the others see no such people anyhow
        visible = visible.filter(subject__restricted_at=None)
    # Without a word to look for, everybody would be found.
    return (
        searching.matching(visible, terms, user) if terms.wanted else searching.Matches(visible.none(), visible.none())
    )


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
