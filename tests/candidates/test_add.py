"""Adding somebody to a vacancy."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidacy, Candidate
from privacy import suppression
from tests.factories import make_candidacy, make_vacancy

PROFILE = "https://www.linkedin.com/in/anna-de-vries"
PERSON = {
    "name": "Anna de Vries",
    "profile": PROFILE,
    "email": "anna@person.example",
    "ground": "published_for_jobs",
    "job_title": "CFO",
    "employer": "Acme",
    "language": "en",
}


def at(vacancy, name="add"):
    return reverse(f"candidates:{name}", args=[vacancy.pk])


def text_of(response):
    return response.content.decode()


def test_a_profile_a_name_and_an_address_make_a_person(desk, rosa, vacancy):
    response = desk(rosa).post(at(vacancy), PERSON, follow=True)
    candidacy = Candidacy.objects.get(vacancy=vacancy)
    person = candidacy.candidate
    assert response.redirect_chain[0][0].endswith(f"?person={candidacy.pk}")
    assert "Anna de Vries is added." in text_of(response)
    assert (person.given_name, person.infix, person.surname, person.language) == ("Anna", "de", "Vries", "en")
    assert (person.job_title, person.employer, person.salutation) == ("CFO", "Acme", "neutral")
    source = candidacy.sources.get()
    assert (source.type, source.url, source.found_by) == ("linkedin", PROFILE, rosa)
    points = {point.kind: point for point in person.contact_points.all()}
    assert points["email"].normalised == "anna@person.example"
    assert points["email"].evidence == PROFILE
    assert points["profile"].ground == "published_for_jobs"


def test_what_was_pasted_finds_its_field(desk, rosa, vacancy):
    for pasted in (PROFILE, "jan@person.example", "06 12345678"):
        data = {"paste": pasted, "name": "Jan Bos", "ground": "open_to_work", "source_url": "https://acme.example/team"}
        assert desk(rosa).post(at(vacancy), data).status_code == 302
    kinds = set(Candidate.objects.values_list("contact_points__kind", flat=True))
    assert kinds == {"profile", "email", "phone"}


def test_a_paste_in_the_address_fills_the_form(desk, rosa, vacancy):
    text = text_of(desk(rosa).get(at(vacancy), {"paste": PROFILE}))
    assert f'value="{PROFILE}"' in text
    assert '<option value="linkedin" selected>' in text
    text = text_of(desk(rosa).get(at(vacancy), {"paste": "Anna van der Berg"}))
    assert 'value="van der"' in text


def test_the_parts_of_a_name_are_proposed_and_can_be_corrected(desk, rosa, vacancy):
    text = text_of(desk(rosa, htmx=True).get(at(vacancy, "add-parts"), {"name": "Jan De Smet"}))
    assert 'value="De Smet"' in text
    data = {**PERSON, "name": "Jan De Smet", "split_of": "Jan De Smet", "given_name": "Jan", "surname": "Smet"}
    desk(rosa).post(at(vacancy), {**data, "infix": "de"})
    assert Candidate.objects.get().name == "Jan de Smet"


def test_a_source_without_its_scheme_can_still_be_followed(desk, rosa, vacancy):
    text = text_of(desk(rosa).post(at(vacancy), {**PERSON, "source_url": "acme.example/team"}, follow=True))
    assert 'href="https://acme.example/team"' in text
    assert Candidacy.objects.get().sources.get().type == "website"


def test_parts_of_an_earlier_name_do_not_stick(desk, rosa, vacancy):
    data = {**PERSON, "split_of": "Piet Bos", "given_name": "Piet", "surname": "Bos"}
    desk(rosa).post(at(vacancy), data)
    assert Candidate.objects.get().name == "Anna de Vries"


def test_a_tip_from_the_network_says_who_when_and_what(desk, rosa, vacancy):
    data = {"name": "Anna de Vries", "source_type": "network", "phone": "06 12345678", "ground": "prior_contact"}
    refused = desk(rosa).post(at(vacancy), data)
    assert refused.status_code == 422
    assert "Say who told it" in text_of(refused)
    data["source_detail"] = "Piet Bos, on 3 March: she looks for something new."
    assert desk(rosa).post(at(vacancy), data).status_code == 302
    assert Candidacy.objects.get().sources.get().type == "network"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "Type the name"),
        ({"email": "anna at person"}, "e-mail"),
        ({"phone": "12"}, "phone"),
        ({"profile": "https://www.linkedin.com/"}, "profile"),
        ({"ground": ""}, "Choose why these may be used"),
        ({"profile": "", "source_url": ""}, "Say where the person was found"),
        ({"source_url": "javascript:alert(1)"}, "web address"),
        ({"found_on": (timezone.localdate() + timedelta(days=1)).isoformat()}, "still to come"),
        ({"source_detail": "BSN 111222333"}, "citizen service number"),
        ({"evidence": "BSN 111222333"}, "citizen service number"),
    ],
)
def test_bad_input_is_said_at_the_field_and_nothing_is_lost(desk, rosa, vacancy, changed, sentence):
    response = desk(rosa).post(at(vacancy), {**PERSON, **changed})
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert 'value="Acme"' in text_of(response)
    assert not Candidate.objects.exists()


def test_who_said_stop_is_not_added(desk, rosa, vacancy):
    suppression.suppress([("email", "anna@person.example")], scope="all", reason="objected", actor=rosa)
    response = desk(rosa).post(at(vacancy), {**PERSON, "email": "Anna+jobs@person.example"})
    assert response.status_code == 422
    assert "asked not to be contacted" in text_of(response)
    assert 'value="Anna+jobs@person.example"' in text_of(response)
    assert not Candidate.objects.exists()


def test_somebody_known_is_added_to_this_vacancy(desk, rosa, vacancy):
    other = make_candidacy(make_vacancy(owner=rosa), email="anna@person.example", given_name="Anna", surname="Bos")
    response = desk(rosa).post(at(vacancy), PERSON, follow=True)
    assert "Anna Bos is here already and is added to this vacancy." in text_of(response)
    assert Candidacy.objects.get(vacancy=vacancy).candidate == other.candidate
    again = desk(rosa).post(at(vacancy), PERSON, follow=True)
    assert "in this vacancy already" in text_of(again)
    assert Candidacy.objects.filter(vacancy=vacancy).count() == 1


def test_a_vacancy_that_is_not_open_takes_nobody(desk, rosa, vacancy):
    closed = make_vacancy(owner=rosa, state="closed")
    assert "not open for sourcing" in text_of(desk(rosa).get(at(closed)))
    response = desk(rosa).post(at(closed), PERSON)
    assert response.status_code == 422
    assert "open for sourcing" in text_of(response)
    assert not Candidate.objects.exists()


def test_save_and_add_another_comes_back_and_remembers_the_ground(desk, rosa, vacancy):
    browser = desk(rosa)
    response = browser.post(at(vacancy), {**PERSON, "again": "1"}, follow=True)
    assert response.redirect_chain[0][0] == at(vacancy)
    assert '<option value="published_for_jobs" selected>' in text_of(response)


def test_others_may_not(desk, vera, carl, vacancy):
    for name in ("add", "add-parts"):
        assert desk(vera).get(at(vacancy, name)).status_code == 404
        assert desk(carl).get(at(vacancy, name)).status_code == 404
        assert desk(None).get(at(vacancy, name)).status_code == 302
        assert desk(vera).delete(at(vacancy, name)).status_code == 405
    assert desk(vera).post(at(vacancy), PERSON).status_code == 404
    assert not Candidate.objects.exists()
