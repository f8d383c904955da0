"""Finding somebody for a vacancy."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from candidates import services
from candidates.contact import BadContact
from candidates.models import Candidacy, Candidate, ContactPoint
from candidates.services import Contact
from consent.models import LegalBasis
from privacy import suppression
from privacy.guards import Refused
from privacy.models import LedgerEntry
from tests.factories import make_assessment, make_candidacy, make_message, make_vacancy
from tests.support.threads import at_once

NAME = {"given_name": "Anna", "infix": "de", "surname": "Vries"}


def email(value="anna@person.example", **fields):
    return Contact(kind="email", value=value, ground="published_for_jobs", **fields)


def phone(value="06 12345678"):
    return Contact(kind="phone", value=value, ground="open_to_work")


def profile(value="https://nl.linkedin.com/in/anna/?trk=x"):
    return Contact(kind="profile", value=value, ground="published_for_jobs")


def find(vacancy, actor, *contacts, name=None, **fields):
    values = {"source_type": "linkedin", "url": "https://www.linkedin.com/in/anna", **fields}
    return services.source(vacancy=vacancy, actor=actor, name=name or NAME, contacts=contacts, **values)


def test_a_new_person_has_a_candidacy_a_source_a_basis_and_a_trail(vacancy, rosa):
    sourced = find(vacancy, rosa, email(evidence="https://acme.example"), phone(), profile(), job_title="CFO")
    assert (sourced.person_is_new, sourced.candidacy_is_new, sourced.warnings) == (True, True, [])
    person = sourced.candidacy.candidate
    assert person.name == "Anna de Vries"
    assert sourced.candidacy.owner == rosa
    points = {point.kind: point.normalised for point in person.contact_points.all()}
    assert points["email"] == "anna@person.example"
    assert points["phone"] == "+31612345678"
    assert points["profile"].endswith("linkedin.com/in/anna")
    basis = LegalBasis.objects.get(subject=person.subject_id, vacancy=vacancy)
    assert (basis.basis, basis.reason, basis.by) == ("legitimate_interest", "found", rosa)
    assert basis.assessment == vacancy.assessment_link.assessment
    entry = LedgerEntry.objects.get(kind="candidacy.sourced")
    assert "Anna" not in str(entry.codes)


@pytest.mark.parametrize("contact", [email("ANNA@Person.example"), phone("+31 (0)6-12345678"), profile()])
def test_any_contact_point_finds_the_same_person(vacancy, rosa, contact):
    first = find(vacancy, rosa, email(), phone(), profile())
    other = make_vacancy(owner=rosa)
    again = find(other, rosa, contact, name={"surname": "Somebody else"}, employer="Elsewhere")
    assert (again.person_is_new, again.candidacy_is_new) == (False, True)
    assert again.candidacy.candidate == first.candidacy.candidate
    person = Candidate.objects.get()
    assert (person.surname, person.employer) == ("Vries", "")
    assert ContactPoint.objects.count() == 3


def test_finding_somebody_again_adds_a_source_and_a_new_address(vacancy, rosa, tom):
    find(vacancy, rosa, email())
    again = find(vacancy, tom, email(), phone(), url="https://github.com/anna", source_type="github")
    assert (again.person_is_new, again.candidacy_is_new) == (False, False)
    assert set(again.candidacy.sources.values_list("type", flat=True)) == {"linkedin", "github"}
    assert again.candidacy.candidate.contact_points.count() == 2
    assert LegalBasis.objects.count() == 1
    assert again.candidacy.owner == rosa


def test_addresses_of_two_people_clash(vacancy, rosa):
    find(vacancy, rosa, email())
    find(vacancy, rosa, phone(), name={"surname": "Bos"})
    with pytest.raises(Refused, match="two different people"):
        find(make_vacancy(owner=rosa), rosa, email(), phone())
    assert Candidacy.objects.count() == 2


# Suppression first


@pytest.mark.parametrize("scope", ["all", "vacancy", "client"])
def test_who_said_stop_is_not_found_again(vacancy, rosa, scope):
    where = {"vacancy": {"vacancy": vacancy.pk}, "client": {"client": vacancy.client_id}}.get(scope, {})
    suppression.suppress([("email", "anna@person.example")], scope=scope, reason="objected", actor=None, **where)
    with pytest.raises(Refused, match="asked not to be contacted"):
        find(vacancy, rosa, phone(), email("anna+jobs@person.example"))
    assert not Candidate.objects.exists()
    if scope != "all":
        assert find(make_vacancy(owner=rosa), rosa, email()).person_is_new


def test_a_stop_is_looked_at_before_anything_else(vacancy, rosa):
    suppression.suppress([("email", "anna@person.example")], scope="all", reason="objected", actor=None)
    find(vacancy, rosa, phone())
    find(vacancy, rosa, profile(), name={"surname": "Bos"})
    with pytest.raises(Refused, match="asked not to be contacted"):
        find(vacancy, rosa, email(), phone(), profile())


def test_a_stop_under_an_address_that_was_not_typed_counts(vacancy, rosa):
    find(make_vacancy(owner=rosa), rosa, email(), phone())
    suppression.suppress([("email", "anna@person.example")], scope="all", reason="objected", actor=None)
    with pytest.raises(Refused, match="asked not to be contacted"):
        find(vacancy, rosa, phone())


@pytest.mark.parametrize(("reason", "sentence"), [("refused", "said no"), ("no_answer", "does not begin again")])
def test_an_ended_candidacy_does_not_begin_again(vacancy, rosa, reason, sentence):
    sourced = find(vacancy, rosa, email())
    Candidacy.objects.update(ended_at=timezone.now(), ended_reason=reason)
    with pytest.raises(Refused, match=sentence):
        find(vacancy, rosa, email())
    assert sourced.candidacy.sources.count() == 1
    assert find(make_vacancy(owner=rosa), rosa, email()).candidacy_is_new


def test_restricted_people_are_left_alone(vacancy, rosa):
    sourced = find(vacancy, rosa, email())
    sourced.candidacy.subject.restricted_at = timezone.now()
    sourced.candidacy.subject.save()
    with pytest.raises(Refused, match="may not be used now"):
        find(make_vacancy(owner=rosa), rosa, email())


def test_a_new_purpose_takes_the_date_of_erasure_away(vacancy, rosa):
    sourced = find(vacancy, rosa, email())
    Candidate.objects.update(erase_on=timezone.localdate())
    find(make_vacancy(owner=rosa), rosa, email())
    sourced.candidacy.candidate.refresh_from_db()
    assert sourced.candidacy.candidate.erase_on is None


# What the vacancy must have (I2), and bad input


def test_a_purpose_is_needed(rosa, agency):
    expired = make_assessment(review_on=timezone.localdate() - timedelta(days=1))
    for vacancy, sentence in [
        (make_vacancy(owner=rosa, state="draft"), "open for sourcing"),
        (make_vacancy(owner=rosa, state="closed"), "open for sourcing"),
        (make_vacancy(owner=rosa, purpose=""), "purpose"),
        (make_vacancy(owner=rosa, assignment=""), "assignment"),
        (make_vacancy(owner=rosa, assessment=expired), "assessment"),
        (make_vacancy(owner=rosa, role="processor"), "agreement"),
    ]:
        with pytest.raises(Refused, match=sentence):
            find(vacancy, rosa, email())
    assert not Candidate.objects.exists()


def test_bad_input_leaves_nothing_behind(vacancy, rosa):
    with pytest.raises(BadContact):
        find(vacancy, rosa, email("no address"))
    with pytest.raises(Refused, match="Type a surname"):
        find(vacancy, rosa, email(), name={"surname": "", "given_name": ""})
    with pytest.raises(Exception, match="source_says_where"):
        find(vacancy, rosa, email(), url="", detail="")
    assert not Candidate.objects.exists()
    assert not ContactPoint.objects.exists()


# A colleague's approach


def test_a_colleagues_approach_warns_and_does_not_name_the_client(vacancy, rosa, tom):
    theirs = make_vacancy(owner=tom)
    candidacy = make_candidacy(theirs, email="anna@person.example")
    make_message(candidacy, kind="approach", state="queued", sender=tom)
    warnings = [str(warning) for warning in find(vacancy, rosa, email()).warnings]
    assert warnings == ["Tom approached this person in the last 14 days. Talk to Tom first."]
    assert theirs.client.name not in warnings[0]


@pytest.mark.parametrize("what", ["own", "old", "bounced"])
def test_no_warning_for(what, vacancy, rosa, tom):
    sender = rosa if what == "own" else tom
    candidacy = make_candidacy(make_vacancy(owner=sender), email="anna@person.example")
    state = "bounced" if what == "bounced" else "accepted"
    message = make_message(candidacy, kind="approach", state=state, sender=sender)
    if what == "old":
        type(message).objects.update(created_at=timezone.now() - timedelta(days=15))
    assert find(vacancy, rosa, email()).warnings == []


# Races


@pytest.mark.django_db(transaction=True)
def test_two_recruiters_who_find_the_same_person_at_once_make_one(vacancy, rosa, tom):
    for round_number in range(5):
        address, number = f"anna{round_number}@person.example", f"06 1234560{round_number}"
        results: list[Any] = at_once(
            partial(find, vacancy, rosa, email(address), phone(number)),
            partial(find, vacancy, tom, phone(number), email(address)),
        )
        assert all(isinstance(result, services.Sourced) for result in results), results
        assert {result.candidacy.pk for result in results} == {
            Candidacy.objects.get(candidate__contact_points__normalised=address).pk
        }
        assert sorted(result.person_is_new for result in results) == [False, True]
    assert Candidate.objects.count() == 5
    assert LegalBasis.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_one_person_found_for_two_vacancies_at_once_is_one_person(vacancy, rosa):
    other = make_vacancy(owner=rosa)
    results = at_once(lambda: find(vacancy, rosa, email()), lambda: find(other, rosa, email()))
    assert all(isinstance(result, services.Sourced) for result in results), results
    assert Candidate.objects.get().candidacies.count() == 2
