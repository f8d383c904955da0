"""The page of one person, and their own facts."""

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates import services
from mailing.models import Message, State
from mailing.signals import addresses_failed, notice_failed
from privacy import suppression
from privacy.models import AccessEntry, LedgerEntry
from tests.factories import make_candidacy, make_message, make_vacancy


@pytest.fixture
def anna(vacancy):
    return make_candidacy(
        vacancy,
        given_name="Anna",
        infix="van der",
        surname="Berg",
        email="anna@person.example",
        job_title="CFO",
        employer="Acme",
    )


def at(candidacy, name="person", *more):
    return reverse(f"candidates:{name}", args=[candidacy.candidate_id, *more])


def text_of(response):
    return response.content.decode()


# The page


def test_the_page_shows_every_vacancy_one_may_see(desk, rosa, vera, anna):
    own = make_candidacy(make_vacancy(owner=rosa, title="Supply chain director"), candidate=anna.candidate)
    hers = make_candidacy(make_vacancy(owner=vera, title="Secret search"), candidate=anna.candidate)
    text = text_of(desk(rosa).get(at(anna)))
    assert "Supply chain director" in text
    assert "Finance director" in text
    assert "Secret search" not in text
    assert "anna@person.example" in text
    assert str(own.pk) in text
    assert str(hers.pk) not in text
    assert AccessEntry.objects.get(actor=rosa, action="view").subjects == [anna.subject_id]
    assert "Secret search" in text_of(desk(vera).get(at(hers)))


def test_others_may_not(desk, vera, carl, anna):
    point = anna.candidate.contact_points.get()
    for name, more in (("person", ()), ("edit", ()), ("contact-new", ())):
        assert desk(vera).get(at(anna, name, *more)).status_code == 404, name
        assert desk(carl).get(at(anna, name, *more)).status_code == 404, name
        assert desk(None).get(at(anna, name, *more)).status_code == 302, name
        assert desk(vera).delete(at(anna, name, *more)).status_code == 405, name
    assert desk(vera).post(at(anna, "contact-wrong", point.pk)).status_code == 404
    assert desk(vera).post(at(anna, "edit"), {"surname": "X"}).status_code == 404
    assert desk(vera).get(at(anna, "contact-wrong", point.pk)).status_code == 405
    anna.candidate.refresh_from_db()
    assert anna.candidate.surname == "Berg"


# Facts


def facts(**changed):
    values = {"given_name": "Anna", "infix": "van der", "surname": "Berg", "salutation": "neutral", "language": "nl"}
    return {**values, "job_title": "CFO", "employer": "Acme", **changed}


def test_facts_are_corrected_and_only_their_names_are_kept(desk, rosa, anna):
    browser = desk(rosa)
    assert 'value="Acme"' in text_of(browser.get(at(anna, "edit")))
    response = browser.post(at(anna, "edit"), facts(surname="Bergman", infix="", employer="Zuivel"), follow=True)
    assert "Anna Bergman" in text_of(response)
    anna.candidate.refresh_from_db()
    assert anna.candidate.sort_key.startswith("bergman")
    entry = LedgerEntry.objects.get(kind="candidate.corrected")
    assert entry.codes["fields"] == ["employer", "infix", "surname"]
    assert "Bergman" not in str(entry.codes)


def test_a_person_has_a_name(desk, rosa, anna):
    response = desk(rosa).post(at(anna, "edit"), facts(surname="", given_name="", employer="Zuivel"))
    assert response.status_code == 422
    assert "Type a surname" in text_of(response)
    assert 'value="Zuivel"' in text_of(response)
    anna.candidate.refresh_from_db()
    assert anna.candidate.surname == "Berg"


def test_a_contact_point_is_added_with_its_reason(desk, rosa, anna):
    data = {"value": "06 12345678", "ground": "prior_contact", "evidence": "Call on 3 March"}
    response = desk(rosa).post(at(anna, "contact-new"), data, follow=True)
    assert "06 12345678" in text_of(response)
    point = anna.candidate.contact_points.get(kind="phone")
    assert (point.normalised, point.ground, point.added_by) == ("+31612345678", "prior_contact", rosa)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"value": "", "ground": "consent"}, "Type an address"),
        ({"value": "Anna Bos", "ground": "consent"}, "no e-mail address, phone number or profile"),
        ({"value": "new@person.example", "ground": ""}, "Choose why"),
        ({"value": "new@person.example", "ground": "consent", "evidence": "BSN 111222333"}, "citizen service number"),
        ({"value": "new@person.example", "ground": "consent", "evidence_on": "2099-01-01"}, "still to come"),
        ({"value": "stop@person.example", "ground": "consent"}, "asked not to be contacted"),
        ({"value": "taken@person.example", "ground": "consent"}, "here already"),
    ],
)
def test_a_contact_point_that_cannot_be_used_is_said(desk, rosa, anna, data, sentence):
    suppression.suppress([("email", "stop@person.example")], scope="all", reason="objected", actor=rosa)
    make_candidacy(make_vacancy(owner=rosa), email="taken@person.example")
    response = desk(rosa).post(at(anna, "contact-new"), data)
    assert response.status_code == 422
    assert sentence in text_of(response)
    if data["value"]:
        assert data["value"] in text_of(response)
    assert anna.candidate.contact_points.count() == 1


def test_a_wrong_contact_point_goes_and_is_not_used_again(desk, rosa, anna):
    point = anna.candidate.contact_points.get()
    response = desk(rosa).post(at(anna, "contact-wrong", point.pk), follow=True)
    assert "anna@person.example" not in text_of(response)
    point.refresh_from_db()
    assert point.removed_at
    assert services.approach([anna], actor=rosa)[0].refusal
    assert desk(rosa).post(at(anna, "contact-wrong", point.pk)).status_code == 404


def test_what_waits_for_a_wrong_address_stops_and_stands_on_today(desk, rosa, vacancy, anna):
    queued, draft = make_message(anna), make_message(anna, state=State.DRAFT, channel="whatsapp")
    gone, elsewhere = make_message(anna, state=State.DELIVERED), make_message(anna, to_email="bos@work.example")
    bens = make_message(make_candidacy(vacancy))
    desk(rosa).post(at(anna, "contact-wrong", anna.candidate.contact_points.get().pk))
    stopped = Message.objects.visible_to(rosa).troubled()
    assert {message.pk for message in stopped} == {queued.pk, draft.pk}
    assert {(message.state, message.reason) for message in stopped} == {(State.ABORTED, "address_wrong")}
    for message, state in ((gone, State.DELIVERED), (elsewhere, State.QUEUED), (bens, State.QUEUED)):
        message.refresh_from_db()
        assert message.state == state
    assert "marked the address as wrong" in text_of(desk(rosa).get("/"))


def found_by_the_provider(message):
    addresses_failed.send(Message, addresses=[message.to_email])


def bounced_for_good(message):
    message.state, message.reason = State.BOUNCED, "bounce_10"
    message.save(update_fields=["state", "reason"])
    notice_failed.send(Message, messages=[message])


@pytest.mark.parametrize("fail", [found_by_the_provider, bounced_for_good])
def test_what_waits_for_an_address_that_does_not_work_stops(rosa, anna, fail):
    sent, queued = make_message(anna, state=State.DELIVERED), make_message(anna)
    elsewhere = make_message(anna, to_email="bos@work.example")
    fail(sent)
    queued.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (queued.state, queued.reason, queued.handled_at) == (State.ABORTED, "address_failed", None)
    assert elsewhere.state == State.QUEUED


def test_a_change_wakes_the_board(desk, rosa, anna):
    before = anna.changed_at
    services.correct(anna.candidate, actor=rosa, employer="Zuivel")
    anna.refresh_from_db()
    assert anna.changed_at > before
    assert timezone.now() >= anna.changed_at
