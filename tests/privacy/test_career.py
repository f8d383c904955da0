"""JSON Resume: what its shape allows, and what a person's own words make of it."""

import pytest

from candidates.models import ContactGround, ContactPoint, Correction, CorrectionValues
from privacy import services
from privacy.exports import career
from tests.factories import make_candidacy, make_user

WHOLE = {
    "$schema": career.SCHEMA,
    "basics": {
        "name": "Anna de Vries",
        "email": "anna@person.example",
        "location": {"city": "Utrecht", "countryCode": "NL"},
        "profiles": [{"network": "LinkedIn", "url": "https://www.linkedin.com/in/anna"}],
    },
    "work": [{"name": "Graanhof", "position": "CFO", "startDate": "2020-03", "highlights": ["Grew"]}],
    "meta": {"version": "v1.0.0"},
}


def test_a_whole_one_has_no_faults():
    assert career.faults(WHOLE) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"salary": "100"}, "resume.salary"),
        ({"basics": []}, "resume.basics"),
        ({"basics": {"email": "anna"}}, "resume.basics.email"),
        ({"basics": {"url": "linkedin"}}, "resume.basics.url"),
        ({"work": {}}, "resume.work"),
        ({"work": [{"startDate": "3 March"}]}, "resume.work[0].startDate"),
        ({"work": [{"highlights": "Grew"}]}, "resume.work[0].highlights"),
        ({"work": [{"boss": "Karel"}]}, "resume.work[0].boss"),
    ],
)
def test_each_fault_is_named_by_its_place(change, place):
    assert career.faults({**WHOLE, **change}) == [place]


def test_what_a_recruiter_found_is_not_in_it(db):
    candidacy = make_candidacy(job_title="CFO")
    resume = career.resume_of(candidacy.subject)
    assert career.faults(resume) == []
    assert (resume["basics"], resume["work"]) == ({}, [])


def test_what_the_person_gave_and_corrected_is(db):
    candidacy = make_candidacy(given_name="Anna", surname="Vries", email="anna@person.example")
    candidacy.sources.update(type="application", found_by=None)
    ContactPoint.objects.update(ground=ContactGround.APPLICATION)
    asked = services.receive_request(kind="rectification", channel="link", subject=candidacy.subject)
    for fact, value, by in (
        ("employer", "Graanhof", None),
        ("job_title", "CFO", None),
        ("place", "Ede", None),
        ("employer", "Typed by us", make_user("Olga", "officer")),
    ):
        made = Correction.objects.create(
            subject=candidacy.subject,
            request=asked,
            fact=fact,
            proposed_by=by,
            state="made",
            decided_by=make_user(),
            decided_at=asked.received_at,
        )
        CorrectionValues.objects.create(correction=made, before="", after=value)
    resume = career.resume_of(candidacy.subject)
    assert career.faults(resume) == []
    assert resume["basics"]["name"] == "Anna Vries"
    assert resume["basics"]["email"] == "anna@person.example"
    assert resume["basics"]["location"] == {"city": "Ede"}
    assert resume["work"] == [{"name": "Graanhof", "position": "CFO"}]
