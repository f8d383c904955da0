"""An outbox that may send, and SparkPost's wire to send over."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import Organisation, User
from candidates.models import Candidacy
from consent.models import ConsentRequest
from mailing import services
from mailing.models import Channel, Message
from mailing.sparkpost.standin import StandIn
from privacy import links
from tests import factories
from tests.support.client import Client
from tests.support.texts import publish_templates

KEY = "a-key-of-the-stand-in"
WORDS = {
    "vacancy": "Finance director",
    "client": "Molen B.V.",
    "place": "Utrecht",
    "source": "LinkedIn (https://www.linkedin.com/in/anna)",
    "found_on": "1 november 2026",
    "answer_by": "29 november 2026",
}


@pytest.fixture
def organisation(db: None) -> Organisation:
    """The agency, complete, with its texts published."""
    publish_templates()
    return factories.make_organisation()


@pytest.fixture
def standin(settings: Any) -> Iterator[StandIn]:
    """SparkPost on this machine, in which nothing happens by itself until `flush_events`."""
    with StandIn(api_key=KEY, delay=None, events_lag=0) as running:
        settings.SPARKPOST_API_KEY = KEY
        settings.SPARKPOST_BASE_URL = running.url
        settings.SPARKPOST_TIMEOUT = 2.0
        yield running


Queue = Callable[..., Message]


@pytest.fixture
def queue(organisation: Organisation) -> Queue:
    """Queue a message about a candidacy, due now, with the links its words need."""

    def one(candidacy: Candidacy | None = None, kind: str = "approach", **given: Any) -> Message:
        candidacy = candidacy or factories.make_candidacy()
        asked = ConsentRequest.objects.filter(subject=candidacy.subject, vacancy=candidacy.vacancy).first()
        asked = asked or factories.make_request(candidacy)
        address = candidacy.candidate.contact_points.get().normalised
        about: dict[str, Any] = {"about_kind": "consent_request", "about_id": asked.pk}
        held = {
            "consent": links.issue("consent", subject=candidacy.subject, **about),
            "withdraw": links.issue("withdraw", subject=candidacy.subject, **about),
            "portal": links.issue("portal", subject=candidacy.subject),
        }
        values: dict[str, Any] = {
            "key": f"{kind}:{asked.pk}",
            "subject": candidacy.subject,
            "to_email": address,
            "to_name": "Anna de Vries",
            "addresses": [("email", address)],
            "language": "nl",
            "context": WORDS,
            "links": held,
            "about": ("consent_request", asked.pk),
            "vacancy": candidacy.vacancy_id,
            "client": candidacy.vacancy.client_id,
            "sender": candidacy.vacancy.owner,
            "not_before": candidacy.vacancy.created_at,
        }
        return services.queue(kind, **{**values, **given})

    return one


Copy = Callable[..., Message]


@pytest.fixture
def copy(organisation: Organisation) -> Copy:
    """Make a short text for another channel, about one candidacy."""

    candidacy = factories.make_candidacy(email="anna@person.example")
    asked = factories.make_request(candidacy, handed_over_at=None)
    about: dict[str, Any] = {"about_kind": "consent_request", "about_id": asked.pk}

    def one(**given: Any) -> Message:
        values: dict[str, Any] = {
            "key": "copy",
            "channel": Channel.INMAIL,
            "subject": candidacy.subject,
            "to_name": "Anna de Vries",
            "addresses": [("email", "anna@person.example")],
            "language": "nl",
            "context": WORDS,
            "links": {"consent": links.issue("consent", subject=candidacy.subject, **about)},
            "about": ("consent_request", asked.pk),
            "vacancy": candidacy.vacancy_id,
            "client": candidacy.vacancy.client_id,
            "sender": candidacy.vacancy.owner,
        }
        return services.copy_text("approach", **{**values, **given})

    return one


@pytest.fixture
def browse(settings: Any) -> Callable[[User], Client]:
    """Each call is another browser, in English, with this person signed in."""
    settings.SECOND_FACTOR_REQUIRED = False

    def sign_in(user: User) -> Client:
        User.objects.filter(pk=user.pk).update(language="en")
        browser = Client(headers={"accept-language": "en"})
        browser.force_login(User.objects.get(pk=user.pk))
        return browser

    return sign_in
