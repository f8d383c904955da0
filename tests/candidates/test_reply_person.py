"""A mail of nobody we know turns out to be of somebody who is here and writes from a new address."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from candidates.models import ContactPoint, Task
from consent.fillers import no_answer
from mailing.models import FoundBy, State, Suggestion
from privacy import ports, suppression
from privacy.models import AccessEntry
from tests.factories import make_candidacy, make_inbound, make_message, make_request, make_user, make_vacancy


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, given_name="Anna", surname="Bos", email="anna@person.example")


@pytest.fixture
def stray(anna):
    return make_inbound(from_email="anna@home.example", from_name="Anna Bos", text="Dat lijkt mij wel wat.")


def url(mail, candidacy=None):
    path = reverse("candidates:reply-person", args=[mail.pk])
    return f"{path}?candidacy={candidacy.pk}" if candidacy else path


def file(browser, mail, candidacy, **given):
    values = {"candidacy": str(candidacy.pk), "ground": "own_application", "evidence": "Own mail", **given}
    return browser.post(url(mail), values)


def test_the_senders_name_is_looked_up_first(desk, rosa, anna, stray):
    make_candidacy(anna.vacancy, given_name="Kees", surname="Kok")
    page = desk(rosa).get(url(stray)).content.decode()
    assert anna.candidate.name in page
    assert "Kok" not in page
    assert "Kees" in desk(rosa).get(f"{url(stray)}?q=kok").content.decode()
    assert AccessEntry.objects.filter(action="list", about_id=stray.pk).count() == 2


def test_it_becomes_theirs_with_the_address_and_why(desk, rosa, anna, stray):
    asked = make_request(anna, handed_over_at=timezone.now())
    twin = make_inbound(from_email="anna@home.example")
    other = make_inbound(from_email="kees@home.example")
    assert no_answer().filter(clock_object=asked.pk).exists()
    page = desk(rosa).get(url(stray, anna)).content.decode()
    assert "anna@person.example" in page
    assert "anna@home.example" in page
    assert "Own mail of" in page
    answer = file(desk(rosa), stray, anna, evidence="Own mail of today")
    assert answer.url == f"{reverse('candidates:board', args=[anna.vacancy_id])}?person={anna.pk}"
    for mail in (stray, twin, other):
        mail.refresh_from_db()
    assert (stray.subject, stray.vacancy_ref, stray.found_by) == (anna.subject, anna.vacancy_id, FoundBy.HAND)
    assert (twin.subject, twin.erase_on) == (anna.subject, None)
    assert other.subject is None
    point = ContactPoint.objects.get(normalised="anna@home.example")
    assert (point.candidate, point.ground, point.evidence) == (anna.candidate, "own_application", "Own mail of today")
    assert (point.added_by, point.evidence_on) == (rosa, timezone.localdate(stray.sent_at))
    assert ports.find("email", "anna@home.example") == {anna.subject_id}
    assert not no_answer().filter(clock_object=asked.pk).exists(), "they answered"
    assert stray.handled_by == rosa
    assert Task.objects.get(candidacy=anna, kind="reply").done_at is None, "the other mail of theirs waits"
    assert desk(rosa).get(url(stray)).status_code == 404, "filed once"


def test_it_counts_as_contact_and_stops_no_message_of_theirs(desk, rosa, anna, stray):
    waiting = make_message(anna, state=State.QUEUED, sender=rosa)
    file(desk(rosa), stray, anna)
    anna.refresh_from_db()
    assert anna.last_contact_at == stray.sent_at
    waiting.refresh_from_db()
    assert waiting.state == State.QUEUED


def test_words_that_may_be_a_request_keep_it_on_today(desk, rosa, anna, stray):
    Suggestion.objects.create(mail=stray, kind="erasure", phrase="verwijder mijn gegevens")
    file(desk(rosa), stray, anna)
    stray.refresh_from_db()
    assert (stray.subject, stray.handled_at) == (anna.subject, None)


def test_an_address_that_said_stop_or_is_anothers_is_refused_in_words(desk, rosa, anna, stray):
    suppression.suppress([("email", "anna@home.example")], scope="all", reason="objected", actor=rosa)
    answer = file(desk(rosa), stray, anna)
    assert answer.status_code == 422
    assert "asked not to be contacted" in answer.content.decode()
    taken = make_inbound(from_email="kees@person.example")
    make_candidacy(anna.vacancy, email="kees@person.example")
    answer = file(desk(rosa), taken, anna)
    assert answer.status_code == 422
    assert "is here already" in answer.content.decode()
    for mail in (stray, taken):
        mail.refresh_from_db()
        assert mail.subject is None


@pytest.mark.parametrize(("field", "value"), [("ground", "because"), ("evidence", ""), ("evidence", "BSN 123456782")])
def test_bad_input_is_told_at_the_field_and_kept(desk, rosa, anna, stray, field, value):
    answer = file(desk(rosa), stray, anna, **{field: value})
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    stray.refresh_from_db()
    assert stray.subject is None


def test_only_people_and_mail_of_ones_own(desk, rosa, anna, stray):
    vera = make_user("Vera")
    shown = f"?candidacy={anna.pk}"
    assert shown in desk(rosa).get(f"{url(stray)}?q=bos").content.decode()
    assert shown not in desk(vera).get(f"{url(stray)}?q=bos").content.decode()
    assert desk(vera).get(url(stray, anna)).status_code == 404
    assert file(desk(vera), stray, anna).status_code == 404
    theirs = make_inbound(vacancy_ref=make_vacancy(owner=vera).pk)
    assert desk(vera).get(url(theirs)).status_code == 200
    assert desk(rosa).get(url(theirs)).status_code == 404
    assert desk(make_user("Carl", Role.CLIENT)).get(url(stray)).status_code == 404


def test_what_is_no_stray_or_has_no_sender_is_not_there(desk, rosa, anna):
    known = make_inbound(anna)
    nobody = make_inbound(from_email="")
    for mail in (known, nobody):
        assert desk(rosa).get(url(mail)).status_code == 404
    stray = make_inbound()
    assert desk(rosa).get(f"{url(stray)}?candidacy={uuid.uuid4()}").status_code == 404
    assert desk(rosa).get(f"{url(stray)}?candidacy=nonsense").status_code == 200
    assert desk(rosa).put(url(stray)).status_code == 405


def test_finding_somebody_costs_the_same_for_one_and_for_many(desk, rosa, anna, stray, django_assert_max_num_queries):
    browser = desk(rosa)
    browser.get(f"{url(stray)}?q=bos")
    for number in range(15):
        make_candidacy(anna.vacancy, given_name=f"Number {number}", surname="Bos")
    with django_assert_max_num_queries(12):
        assert browser.get(f"{url(stray)}?q=bos").status_code == 200
