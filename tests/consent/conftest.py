"""Anna, found by Rosa for a vacancy at a client, told about it, and asked."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections

from consent import services
from consent.models import ConsentRequest
from privacy import links
from privacy.models import Link
from tests import factories
from tests.support.texts import publish_texts


@pytest.fixture(autouse=True)
def _words(db: None) -> None:
    factories.make_organisation()
    publish_texts()


@pytest.fixture
def anna(db: None) -> Any:
    rosa = factories.make_user("Rosa", job_title="Partner", phone="+31 6 12345678")
    return factories.make_candidacy(
        factories.make_vacancy(owner=rosa, place="Ede"),
        notice=True,
        surname="Achternaamse",
        job_title="Concerncontroller",
        employer="Werkgever",
        email="anna@person.example",
    )


@pytest.fixture
def question(anna: Any) -> ConsentRequest:
    return ask(anna)


@pytest.fixture
def held(question: ConsentRequest) -> SimpleNamespace:
    """The paths behind the links in Anna's hands."""
    return hold(question)


def ask(candidacy: Any, language: str = "nl", **more: Any) -> ConsentRequest:
    vacancy = candidacy.vacancy
    return services.request(subject=candidacy.subject, vacancy=vacancy, actor=vacancy.owner, language=language, **more)


def link_to(question: ConsentRequest, purpose: str = "consent", **more: Any) -> Link:
    return links.issue(purpose, subject=question.subject, about_kind="consent_request", about_id=question.pk, **more)


def hold(question: ConsentRequest) -> SimpleNamespace:
    made = {name: link_to(question, name) for name in ("consent", "withdraw", "notice", "me")}
    return SimpleNamespace(**{name: links.path(link) for name, link in made.items()}, links=made)


@pytest.fixture
def snapshot(db: None) -> Callable[[], dict[str, Any]]:
    """`snapshot()` tells everything both databases hold: per table the rows, where they lie and who wrote them."""

    def take() -> dict[str, Any]:
        found: dict[str, Any] = {}
        for alias in ("default", "vault"):
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
                for (table,) in cursor.fetchall():
                    cursor.execute(
                        "SELECT count(*), md5(string_agg(concat(t.ctid, t.xmin, t::text), '|' ORDER BY t.ctid))"
                        f' FROM public."{table}" t'
                    )
                    found[f"{alias}.{table}"] = cursor.fetchone()
        return found

    return take
