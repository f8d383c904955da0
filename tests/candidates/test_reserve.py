"""Runners-up: asked after the procedure, kept until a day by their own yes, and gone by themselves."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from candidates import retention, services
from candidates.models import Candidate
from candidates.services import reserve
from candidates.tasks import erase_due
from consent import pool, runner_up
from consent import services as consent
from consent.models import Basis, ConsentRequest, EventKind, LegalBasis
from consent.tasks import run_clocks
from mailing.models import Message, State
from privacy import ports
from privacy.guards import Refused, lawful
from tests import factories
from tests.consent.conftest import hold, link_to
from tests.support.client import Client
from vacancies import services as vacancies

DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("agency")


def text(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def anna(vacancy):
    """Anna talked with us, and was still in it when the procedure was closed."""
    candidacy = factories.make_candidacy(vacancy, notice=True, surname="Vries", email="anna@person.example")
    consent.talk_first(asked := factories.make_request(candidacy), link=link_to(asked), language="nl")
    vacancies.close_vacancy(vacancy, actor=vacancy.owner)
    vacancies.close_procedure(vacancy, actor=vacancy.owner)
    candidacy.refresh_from_db()
    return candidacy


@pytest.fixture
def until():
    return timezone.localdate() + 90 * DAY


@pytest.fixture
def asked(anna, until, rosa):
    services.ask_to_stay(anna, until=until, actor=rosa)
    return question(anna)


def erase_on(candidacy):
    return Candidate.objects.get(pk=candidacy.candidate_id).erase_on


def basis_of(candidacy):
    found = LegalBasis.objects.personal_of(candidacy.subject_id)
    assert found is not None
    return found


def last_answer(asked):
    return list(asked.events.order_by("id").values_list("kind", flat=True))[-1]


def question(candidacy):
    found = runner_up.of(candidacy.subject_id, candidacy.vacancy_id)
    assert found is not None
    return found


def say_yes(asked):
    return consent.give(asked, link=link_to(asked), language="en")


def test_the_question_names_the_vacancy_and_the_day(asked, anna, until):
    message = Message.objects.get(kind="runner_up_ask")
    assert anna.vacancy.title in message.body_text
    assert str(until.year) in message.body_text
    assert (message.about_id, message.vacancy_ref, message.state) == (asked.pk, None, State.QUEUED)
    assert erase_on(anna) < until, "asking keeps nobody"


def test_a_yes_keeps_until_its_day_and_a_withdrawal_brings_the_old_date_back(asked, anna, until):
    before = erase_on(anna)
    say_yes(asked)
    assert erase_on(anna) == until
    basis = basis_of(anna)
    assert (basis.basis, basis.until) == (Basis.RUNNER_UP, until)
    kept = retention.of_person(anna.candidate)
    assert kept is not None
    assert kept[:2] == (until, "runner_up")
    clocks = {clock.kind: clock.due_on for clock in ports.clocks(subjects=[anna.subject_id])}
    assert clocks["runner_up_expiry"] == until
    runner_up.withdraw(link=link_to(asked), language="en")
    assert erase_on(anna) == before
    assert basis_of(anna).basis == Basis.LEGAL_OBLIGATION
    receipts = Message.objects.filter(kind="receipt").values_list("template__kind", flat=True)
    assert {"receipt_runner_up_yes", "receipt_runner_up_no"} <= set(receipts)


def test_a_no_or_silence_changes_nothing_else(asked, anna):
    before, bases = erase_on(anna), LegalBasis.objects.count()
    consent.refuse_request(asked, link=link_to(asked), language="en")
    assert (erase_on(anna), LegalBasis.objects.count()) == (before, bases)
    assert "said no" in str(reserve.hindrances([anna])[anna.pk])


def test_it_ends_by_itself_and_then_they_are_erased(anna, rosa, monkeypatch):
    now, until = timezone.now(), timezone.localdate() + 30 * DAY
    services.ask_to_stay(anna, until=until, actor=rosa)
    say_yes(asked := question(anna))
    Message.objects.filter(state=State.QUEUED).update(state=State.ABORTED)  # who waits for one is left alone
    monkeypatch.setattr(timezone, "now", lambda: now + 30 * DAY)
    assert (timezone.localdate(), run_clocks(), erase_due()) == (until, 0, 0), "its last day is one of them"
    monkeypatch.setattr(timezone, "now", lambda: now + 31 * DAY)
    assert run_clocks() == 1
    assert last_answer(asked) == EventKind.EXPIRED
    assert basis_of(anna).basis == Basis.LEGAL_OBLIGATION
    assert erase_due() == 1


def test_it_stands_beside_a_consent_to_be_kept_for_other_vacancies(asked, anna, until, rosa):
    services.ask_to_keep(anna.candidate, actor=rosa)
    kept = ConsentRequest.objects.pool().get(subject=anna.subject_id)
    say_yes(kept)
    say_yes(asked)
    assert erase_on(anna) == pool.until_of([anna.subject_id])[anna.subject_id] > until
    pool.withdraw(link=link_to(kept), language="en")
    assert erase_on(anna) == until, "the other yes stands"
    assert last_answer(kept) == EventKind.WITHDRAWN
    assert basis_of(anna).basis == Basis.RUNNER_UP


def test_who_cannot_be_asked(anna, vacancy, until, rosa):
    silent = factories.make_candidacy(factories.make_vacancy(owner=rosa), surname="Stil")
    assert "procedure has been closed" in str(reserve.hindrances([silent])[silent.pk])
    with pytest.raises(Refused, match="within a year"):
        runner_up.ask(subject=anna.subject, vacancy=vacancy, until=timezone.localdate(), actor=rosa, language="nl")
    services.ask_to_stay(anna, until=until, actor=rosa)
    with pytest.raises(Refused, match="asked already"):
        services.ask_to_stay(anna, until=until, actor=rosa)


def test_the_database_bounds_the_day_and_keeps_the_purposes_apart(asked, anna, until):
    values = {
        "subject": anna.subject,
        "purpose": "runner_up",
        "reserve_for": anna.vacancy,
        "text": asked.text,
        "language": "nl",
        "asked_by": asked.asked_by,
        "expires_at": timezone.now() + DAY,
    }
    ConsentRequest.objects.filter(pk=asked.pk).update(closed_at=timezone.now())
    for wrong in (until + 400 * DAY, timezone.localdate(), None):
        with pytest.raises(IntegrityError, match=r"runner_up_until|kept as runner-up"), transaction.atomic():
            ConsentRequest.objects.create(**values, keep_until=wrong)
    event = say_yes(ConsentRequest.objects.create(**values, keep_until=until))
    for basis, last in ((Basis.POOL, until), (Basis.RUNNER_UP, until + DAY)):
        with pytest.raises(IntegrityError, match="does not carry"), transaction.atomic():
            LegalBasis.objects.create(subject=anna.subject, basis=basis, reason="given", event=event, until=last)
    with pytest.raises(Refused, match="only with their own consent"), lawful():
        Candidate.objects.filter(pk=anna.candidate_id).update(erase_on=until + DAY)


# Pages


def test_the_panel_asks(anna, rosa, until, desk):
    url = f"/candidacies/{anna.pk}/stay/?lang=en"
    browser = desk(rosa)
    page = text(browser.get(f"/vacancies/{anna.vacancy_id}/?person={anna.pk}&lang=en"))
    assert "Ask whether they stay as runner-up" in page
    wrong = browser.post(url, {"until": "2020-01-01"})
    assert wrong.status_code == 422
    assert "within a year" in text(wrong)
    assert browser.post(url, {"until": until.isoformat()}).status_code == 302
    assert "Not answered yet" in text(browser.get(f"/vacancies/{anna.vacancy_id}/?person={anna.pk}&lang=en"))
    assert desk(factories.make_user("Otto")).post(url, {"until": until.isoformat()}).status_code == 404
    assert browser.get(url).status_code == 405


def test_their_own_pages(asked, anna):
    held = hold(asked)
    page = text(Client().get(f"{held.consent}?lang=en"))
    for words in (
        "May we keep you in reserve for",
        anna.vacancy.title,
        "we introduce you to nobody",
        "No answer is no",
    ):
        assert words in page
    assert Client().post(held.consent, {"answer": "talk"}).status_code == 422
    assert Client().post(held.consent, {"answer": "yes"}).status_code == 302
    assert "Withdraw my yes" in text(Client().get(f"{held.consent}?lang=en"))
    assert "You are kept in reserve" in text(Client().get(f"{held.me}?lang=en"))
    assert "Do not keep me in reserve any longer" in text(Client().get(f"{held.withdraw}?lang=en"))
    assert "6(1)(a) GDPR" in text(Client().get(f"{held.notice}?lang=en"))
    assert Client().post(f"{held.me}keep/", {"stop": "runner_up"}).status_code == 302
    assert last_answer(asked) == EventKind.WITHDRAWN
    assert "You withdrew your yes" in text(Client().get(f"{held.consent}?lang=en"))
    assert "You are not kept in reserve" in text(Client().get(f"{held.withdraw}?lang=en"))


def test_the_question_stands_with_its_vacancy_and_not_among_those_about_other_vacancies(asked, anna, desk, rosa):
    say_yes(asked)
    page = desk(rosa).get(f"/candidates/{anna.candidate_id}/?lang=en")
    assert page.context["kept"]["moments"] == []
    assert "May we keep you as runner-up until" in text(page)
