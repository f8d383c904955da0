"""Rosa's vacancy at a client where Kees decides; Anna said yes to being introduced there."""

from types import SimpleNamespace
from typing import Any

import pytest

from accounts.models import Role, User
from candidates.models import Candidacy
from consent import services as consent
from consent.models import ConsentRequest
from introductions import services
from introductions.models import Introduction
from privacy import links
from privacy.models import Link
from tests import factories
from tests.support.texts import publish_texts
from vacancies.models import ClientContact


@pytest.fixture(autouse=True)
def _words(db: None) -> None:
    factories.make_organisation()
    publish_texts()


@pytest.fixture
def rosa(db: None) -> User:
    return factories.make_user("Rosa", language="en")


@pytest.fixture
def vera(db: None) -> User:
    """A recruiter with vacancies of her own."""
    return factories.make_user("Vera")


@pytest.fixture
def ada(db: None) -> User:
    return factories.make_user("Ada", Role.ADMINISTRATOR)


@pytest.fixture
def candidacy(rosa: User) -> Candidacy:
    return ask_able(rosa)


@pytest.fixture
def kees(candidacy: Candidacy) -> ClientContact:
    return factories.make_contact(candidacy.vacancy.client, name="Kees Bakker", job_title="Chairman")


@pytest.fixture
def asked(candidacy: Candidacy) -> ConsentRequest:
    return ask(candidacy)


@pytest.fixture
def yes(asked: ConsentRequest) -> Any:
    return consent.give(asked, link=link_of(asked), language="nl")


@pytest.fixture
def introduction(candidacy: Candidacy, kees: ClientContact, yes: Any, rosa: User) -> Introduction:
    return introduce(candidacy, [kees])


@pytest.fixture
def portal(client: Any, introduction: Introduction, kees: ClientContact) -> SimpleNamespace:
    """Kees, signed in."""
    kees.refresh_from_db()
    sign_in(client, kees.user)
    return SimpleNamespace(client=client, user=kees.user, person=f"/portal/people/{introduction.pk}/")


def sign_in(client: Any, user: User | None) -> None:
    client.force_login(user)


def ask_able(owner: User, **vacancy: Any) -> Candidacy:
    """Somebody found for a new vacancy, and told so."""
    return factories.make_candidacy(
        factories.make_vacancy(owner=owner, **vacancy), notice=True, job_title="Controller", employer="Staal"
    )


def ask(candidacy: Candidacy) -> ConsentRequest:
    return consent.request(
        subject=candidacy.subject, vacancy=candidacy.vacancy, actor=candidacy.vacancy.owner, language="nl"
    )


def link_of(asked: ConsentRequest, purpose: str = "consent") -> Link:
    return links.issue(purpose, subject=asked.subject, about_kind="consent_request", about_id=asked.pk)


def introduce(candidacy: Candidacy, contacts: list[ClientContact], **more: Any) -> Introduction:
    values: dict[str, Any] = {"shared": candidacy.vacancy.shared, "words": "Leads a team.", **more}
    return services.introduce(candidacy=candidacy, contacts=contacts, actor=candidacy.vacancy.owner, **values)


def withdraw(asked: ConsentRequest) -> Any:
    return consent.withdraw(asked, link=link_of(asked, "withdraw"), language="nl")
