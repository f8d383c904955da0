"""A refusal no view made a form error is a page, or a toast, with its sentence; anything else stays a 500."""

import logging
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import translation

from accounts.models import Team
from candidates.models import I1_PURPOSE, Candidate
from mailing.models import Message, State
from privacy.guards import PUBLISHED, REFUSALS, Refused, lawful
from privacy.models import Subject
from tests.factories import make_candidacy, make_contact, make_message, make_text
from tests.support.client import Client
from vacancies.models import ClientContact
from watson.urls import handler400, handler403, handler404, handler500
from watson.urls import urlpatterns as real_urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500"]

SENTENCE = "Choose another way."
TEAM = "Geheime ploeg"


def refused(request: HttpRequest) -> HttpResponse:
    raise Refused(SENTENCE, "test_refused")


def guarded(request: HttpRequest) -> HttpResponse:
    """A guard says no to a bare statement, outside any verb."""
    with transaction.atomic():
        type(make_text()).objects.update(question_nl="Anders")
    return HttpResponse("never")


def constrained(request: HttpRequest) -> HttpResponse:
    """A constraint of a model that tells its own sentence."""
    contact = make_contact()
    with transaction.atomic():
        ClientContact.objects.create(
            client=contact.client, email=contact.email, name="Twice", subject=Subject.objects.create()
        )
    return HttpResponse("never")


def deferred(request: HttpRequest) -> HttpResponse:
    """A guard that waits for the end of the transaction."""
    with transaction.atomic():
        Candidate.objects.create(subject=Subject.objects.create(), surname="Purposeless")
    return HttpResponse("never")


def in_a_verb(request: HttpRequest) -> HttpResponse:
    with lawful():
        Candidate.objects.create(subject=Subject.objects.create(), surname="Purposeless")
    return HttpResponse("never")


def unknown(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        Team.objects.create(name=TEAM)
        Team.objects.create(name=TEAM)
    return HttpResponse("never")


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("no rule at all")


VIEWS = {view.__name__: view for view in (refused, guarded, constrained, deferred, in_a_verb, unknown, broken)}
urlpatterns: list[Any] = [*(path(f"test/{name}/", view) for name, view in VIEWS.items()), *real_urlpatterns]

pytestmark = pytest.mark.urls(__name__)


def text(response: Any) -> str:
    return " ".join(response.content.decode().split()).replace("&#x27;", "'")


@pytest.fixture
def anybody() -> Client:
    return Client(raise_request_exception=False)


EXPECTED = {
    "refused": SENTENCE,
    "guarded": REFUSALS[PUBLISHED],
    "constrained": "This client has a contact with that e-mail address already.",
    "in_a_verb": REFUSALS[I1_PURPOSE],
}


@pytest.mark.parametrize("view", EXPECTED)
def test_a_refusal_is_a_page_with_its_sentence(db, anybody, view):
    response = anybody.post(f"/test/{view}/?lang=en")
    assert response.status_code == 409
    assert str(EXPECTED[view]) in text(response)
    assert "<h1>That is not possible</h1>" in text(response)
    assert "Nothing was changed." in text(response)


@pytest.mark.parametrize("view", EXPECTED)
def test_a_script_gets_it_as_a_toast(db, anybody, view):
    response = anybody.post(f"/test/{view}/?lang=en", headers={"HX-Request": "true"})
    assert response.status_code == 409
    assert str(EXPECTED[view]) in text(response)
    assert "data-toast" in text(response)
    assert "<html" not in text(response)


def test_a_guard_that_waits_for_the_commit_is_told_as_well(transactional_db, anybody):
    response = anybody.post("/test/deferred/?lang=en")
    assert response.status_code == 409
    assert str(REFUSALS[I1_PURPOSE]) in text(response)
    assert not Candidate.objects.exists()


def test_it_speaks_the_language_of_the_page(db, anybody):
    response = anybody.post("/test/guarded/?lang=nl")
    with translation.override("nl"):
        sentence = str(REFUSALS[PUBLISHED])
    assert sentence != str(REFUSALS[PUBLISHED])
    assert sentence in text(response)


def test_what_the_code_said_is_shown_as_text(db, anybody, monkeypatch):
    monkeypatch.setattr(f"{__name__}.SENTENCE", "<script>alert(1)</script>")
    assert "<script>alert" not in anybody.post("/test/refused/").content.decode()


@pytest.mark.parametrize("view", ["unknown", "broken"])
def test_anything_else_is_our_own_fault(db, anybody, view):
    response = anybody.post(f"/test/{view}/?lang=en")
    assert response.status_code == 500
    assert "That is not possible" not in text(response)
    assert TEAM not in text(response)


def test_a_fault_reaches_the_log_without_the_values_of_the_row(db, anybody, caplog):
    with caplog.at_level(logging.ERROR, logger="django.request"):
        anybody.post("/test/unknown/")
    (record,) = [record for record in caplog.records if record.name == "django.request"]
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], IntegrityError)
    assert TEAM in str(record.exc_info[1])
    (handler,) = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    line = handler.format(record)
    assert "Internal Server Error: /test/unknown/" in line
    assert "IntegrityError" in line
    assert TEAM not in line


def test_a_real_verb_of_a_real_page(agency, desk, rosa, vacancy):
    message = make_message(make_candidacy(vacancy), state=State.ACCEPTED, sender=rosa)
    for browser in (desk(rosa), desk(rosa, htmx=True)):
        response = browser.post(f"/mail/{message.pk}/cancel/?lang=en")
        assert response.status_code == 409
        assert "This message has left already. It can no longer be stopped." in text(response)
    assert Message.objects.get(pk=message.pk).state == State.ACCEPTED
