"""Corrections: said by the person or an officer, decided by an officer, told to who got the data (GDPR art. 16, 19)."""

import pytest
from django.db import IntegrityError, transaction

from candidates.models import Candidate, ContactPoint, Correction, CorrectionValues
from candidates.services import corrections
from privacy import links, services, steps
from privacy.desk import deciding
from privacy.guards import Refused
from privacy.models import DataRequest, LedgerEntry
from tests.factories import make_candidacy, make_contact


def text(response) -> str:
    return " ".join(response.content.decode().split())


def page_of(asked) -> str:
    return f"/privacy-desk/requests/{asked.pk}/corrections/"


def act_on(correction, what) -> str:
    return f"/privacy-desk/corrections/{correction.pk}/{what}/"


@pytest.fixture
def anna(vacancy):
    return make_candidacy(
        vacancy,
        notice=True,
        given_name="Anna",
        surname="Achternaam",
        email="anna@person.example",
        employer="Oude Zaak",
        job_title="Controller",
    )


@pytest.fixture
def asked(anna):
    return services.receive_request(
        kind="rectification", channel="mail", subject=anna.subject, contact="anna@person.example"
    )


def me(candidacy) -> str:
    return f"{links.path(links.issue('me', subject=candidacy.subject))}?lang=en"


def said(**changes):
    """What the person's page sends: each fact as it stands, with these changed."""
    facts = {"given_name": "Anna", "surname": "Achternaam", "employer": "Oude Zaak", "job_title": "Controller"}
    return {"correct": "1", **{f"fact-{name}": value for name, value in {**facts, **changes}.items()}}


# The person


def test_the_person_says_what_should_be_otherwise_and_it_waits(anna, client):
    page = text(client.post(me(anna), said(employer="Nieuwe Zaak"), follow=True))
    assert "We received your request" in page
    assert "You said that this should be otherwise" in page
    asked = DataRequest.objects.get()
    assert (asked.kind, asked.channel) == ("rectification", "link")
    correction = Correction.objects.get()
    assert (correction.fact, correction.state, correction.proposed_by) == ("employer", "proposed", None)
    assert (correction.values.before, correction.values.after) == ("Oude Zaak", "Nieuwe Zaak")
    assert Candidate.objects.get(pk=anna.candidate_id).employer == "Oude Zaak"
    assert "Nieuwe Zaak" not in str(list(LedgerEntry.objects.values()))


def test_nothing_changed_and_bad_input_say_so_and_keep_what_was_typed(anna, client):
    response = client.post(me(anna), said())
    assert response.status_code == 422
    assert "nothing is different yet" in text(response)
    response = client.post(me(anna), said(email="geen adres", employer="Kostbaar getypt"))
    assert response.status_code == 422
    assert "no address or number we can use" in text(response)
    assert "Kostbaar getypt" in text(response)
    response = client.post(me(anna), said(employer="x" * 201))
    assert response.status_code == 422
    response = client.post(me(anna), said(employer="BSN 123456782"))
    assert "citizen service number" in text(response)
    assert not DataRequest.objects.exists(), "not half noted"


def test_addresses_are_not_shown_in_full_and_stay_when_left_empty(anna, client):
    assert "anna@person.example" not in text(client.get(me(anna)))
    client.post(me(anna), said(employer="Nieuwe Zaak"))
    assert list(Correction.objects.values_list("fact", flat=True)) == ["employer"]


def test_a_client_contact_has_no_facts_of_this_kind(agency, client):
    contact = make_contact()
    path = f"{links.path(links.issue('me', subject=contact.subject))}?lang=en"
    assert "This is how it should be" not in text(client.get(path))
    assert client.post(path, said(employer="Nieuwe Zaak")).status_code == 422


# The officer


def test_the_officer_corrects_it(anna, client, desk, olga):
    client.post(me(anna), said(employer="Nieuwe Zaak", job_title="CFO"))
    asked = DataRequest.objects.get()
    browser = desk(olga)
    page = text(browser.get(page_of(asked)))
    assert "Oude Zaak" in page
    assert "Nieuwe Zaak" in page
    employer, job = Correction.objects.order_by("fact")
    assert browser.post(act_on(employer, "make")).status_code == 302
    assert browser.post(act_on(job, "decline")).status_code == 302
    candidate = Candidate.objects.get(pk=anna.candidate_id)
    assert (candidate.employer, candidate.job_title) == ("Nieuwe Zaak", "Controller")
    employer.refresh_from_db()
    assert (employer.state, employer.decided_by) == ("made", olga)
    response = browser.post(act_on(employer, "decline"))
    assert response.status_code == 422
    assert "decided already" in text(response)


def test_a_new_address_takes_the_place_of_the_old_one(anna, client, olga):
    client.post(me(anna), said(email="anna@new.example"))
    corrections.make(Correction.objects.get(), actor=olga)
    points = dict(ContactPoint.objects.values_list("normalised", "removed_at"))
    assert points["anna@new.example"] is None
    assert points["anna@person.example"] is not None


def test_the_officer_corrects_what_was_said_by_phone(asked, anna, desk, olga):
    browser = desk(olga)
    facts = {**said(employer="Nieuwe Zaak"), "fact-email": "anna@person.example"}
    assert browser.post(f"{page_of(asked)}new/", facts).status_code == 302
    assert Candidate.objects.get(pk=anna.candidate_id).employer == "Nieuwe Zaak"
    correction = Correction.objects.get()
    assert (correction.proposed_by, correction.decided_by) == (olga, olga)
    response = browser.post(f"{page_of(asked)}new/", facts)
    assert response.status_code == 422
    assert "nothing is different yet" in text(response)
    response = browser.post(f"{page_of(asked)}new/", {**facts, "fact-surname": ""})
    assert "A surname is needed." in text(response)


def test_the_values_can_be_erased_and_the_codes_stay(asked, anna, olga):
    corrections.make_now(asked, {"employer": "Nieuwe Zaak"}, actor=olga)
    deciding.answer_request(asked, outcome="Done.", result="taken_back", channel="letter", actor=olga)
    services.erase(anna.subject, reason="asked")
    assert not CorrectionValues.objects.exists()
    assert Correction.objects.get().fact == "employer"


def test_the_database_keeps_a_correction_where_it_was_made(asked, anna, olga):
    [made] = corrections.make_now(asked, {"employer": "Nieuwe Zaak"}, actor=olga)
    with pytest.raises(IntegrityError, match="fixed"), transaction.atomic():
        Correction.objects.filter(pk=made.pk).update(fact="place")
    with pytest.raises(IntegrityError, match="correction_decided_by_somebody"), transaction.atomic():
        Correction.objects.filter(pk=made.pk).update(decided_by=None)


def test_nobody_here_has_nothing_to_correct(agency, olga, desk):
    asked = services.receive_request(kind="rectification", channel="mail", contact="nobody@person.example")
    assert "Nobody here has facts" in text(desk(olga).get(page_of(asked)))
    with pytest.raises(Refused, match="Nobody here has facts"):
        corrections.propose(asked, {"employer": "X"}, actor=olga)


def test_the_step_is_open_until_each_is_decided(asked, olga):
    def step():
        return {one.code: one for one in steps.steps_for(asked)}["corrected"]

    assert not step().is_open, "words may name what is no fact of ours"
    first, _second = corrections.propose(asked, {"employer": "Nieuwe Zaak", "place": "Ede"}, actor=None)
    corrections.make(first, actor=olga)
    assert step().is_open
    assert step().detail == "1/2"
    corrections.decline(Correction.objects.get(state="proposed"), actor=olga)
    assert (step().is_open, step().done_by) == (False, "Olga")


def test_the_door(asked, desk, rosa, carl, ada):
    [waiting] = corrections.propose(asked, {"employer": "Nieuwe Zaak"}, actor=None)
    posts = [f"{page_of(asked)}new/", act_on(waiting, "make"), act_on(waiting, "decline")]
    assert desk(None).get(page_of(asked)).status_code == 302
    assert [desk(user).get(page_of(asked)).status_code for user in (carl, rosa)] == [404, 404]
    assert desk(ada).get(page_of(asked)).status_code == 200
    assert desk(ada).post(page_of(asked)).status_code == 405
    for url in posts:
        assert [desk(user).post(url).status_code for user in (carl, rosa)] == [404, 404]
        assert desk(ada).get(url).status_code == 405
    nobody = "6f2b4c1e-0000-4000-8000-000000000000"
    assert desk(ada).get(f"/privacy-desk/requests/{nobody}/corrections/").status_code == 404
    assert desk(ada).post(f"/privacy-desk/corrections/{nobody}/make/").status_code == 404
    waiting.refresh_from_db()
    assert waiting.state == "proposed"
