"""Words lead to people: which, as typed how, for whom, and no longer than they may."""

from datetime import date

import pytest
from django.db import connection
from django.utils import timezone

from candidates import searching, services
from candidates.models import Candidate, ContactPoint, LoggedContact, Note, SearchDocument, Task
from candidates.names import fold
from candidates.personal_data import CandidatesData
from tests.factories import make_candidacy, make_vacancy


def found(user, typed):
    people = Candidate.objects.visible_to(user).order_by("sort_key")
    counted, in_order = searching.matching(people, searching.read(typed), user)
    names = [person.given_name for person in in_order]
    assert [person.given_name for person in counted] == names
    return names


@pytest.fixture
def anna(vacancy):
    return make_candidacy(
        vacancy,
        given_name="Anna",
        infix="van den",
        surname="Bérg",
        email="anna.berg@zuivel.example",
        job_title="Hoofd financiën",
        employer="Zuivelhuis Noord",
    )


@pytest.fixture
def bob(vacancy):
    return make_candidacy(vacancy, given_name="Bob", infix="d'", surname="Hondt", employer="Noord Zuid Zuivelhuis")


def test_words_are_found_by_their_beginning_however_they_are_written(rosa, anna, bob):
    for typed in ("berg", "BÉR", "van den be", "financien", "zuivelh noord hoofd", "anna.berg@zui", '"van den berg"'):
        assert found(rosa, typed) == ["Anna"], typed
    for typed in ("d'hondt", "hondt", "dhon"):
        assert found(rosa, typed) == ["Bob"], typed
    assert found(rosa, "uivelhuis") == []


def test_a_frequent_word_finds_the_same_as_a_rare_one(monkeypatch, rosa, anna, bob):
    monkeypatch.setattr(searching, "FEW", 0)
    for typed, names in (("noord", ["Anna", "Bob"]), ("noord -zuid", ["Anna"]), ("nergens", [])):
        assert found(rosa, typed) == names, typed


def test_a_phrase_is_found_as_it_stands_and_ends_where_its_field_ends(rosa, anna, bob):
    assert found(rosa, "zuivelhuis noord") == ["Anna", "Bob"]
    assert found(rosa, '"zuivelhuis noord"') == ["Anna"]
    assert found(rosa, '"zuivelhuis no') == ["Anna"], "a phrase that is still being typed"
    assert found(rosa, '"zuivelhuis no"') == []
    assert found(rosa, '"berg hoofd"') == [], "the name does not run on into the job"


def test_a_minus_takes_away_whole_words_and_phrases(rosa, anna, bob):
    assert found(rosa, "noord -zuid") == ["Anna"]
    assert found(rosa, "noord -zui") == ["Anna", "Bob"]
    assert found(rosa, 'noord -"zuivelhuis noord"') == ["Bob"]
    assert found(rosa, "-zuid") == ["Anna"]


def test_a_telephone_is_found_by_its_first_digits(rosa, anna):
    ContactPoint.objects.create(
        candidate=anna.candidate,
        kind="phone",
        value="06 1234 5678",
        normalised="+31612345678",
        ground="own_application",
        evidence_on=date(2026, 11, 1),
    )
    for typed in ("06 1234", "+31 6 12 34", "0031 612 345"):
        assert found(rosa, typed) == ["Anna"], typed
    assert found(rosa, "06 9999") == []


def test_notes_are_found_by_who_may_read_them(rosa, vera, olga, anna):
    hers = make_candidacy(make_vacancy(owner=vera), candidate=anna.candidate)
    services.move(anna.pk, to="in_talks", reason="next_step", note="Spreekt vloeiend Deens", actor=rosa)
    Task.objects.create(candidacy=hers, kind="follow_up", note="Belt na de kersttijd terug")
    LoggedContact.objects.create(candidacy=hers, kind="phone", by=vera, note="wil geen reistijd")
    Note.objects.create(candidate=anna.candidate, candidacy=anna, text="Zoekt een tuin", author=rosa)
    Note.objects.create(candidate=anna.candidate, text="Spreekt ook Fins", author=rosa)
    assert found(rosa, "anna deens") == found(rosa, "tuin") == ["Anna"]
    assert found(vera, "tuin") == []
    assert found(rosa, "fins") == found(vera, "fins") == ["Anna"], "a note of no vacancy is for whoever sees the person"
    assert found(rosa, "kersttijd") == found(rosa, "reistijd") == []
    assert found(vera, "anna kersttijd") == found(vera, "reistijd") == ["Anna"]
    assert found(vera, "deens") == []
    assert found(olga, "deens") == found(olga, "kersttijd") == ["Anna"]
    assert found(rosa, "anna -kersttijd") == ["Anna"], "a minus tells nothing about what one may not read"
    assert found(vera, "anna -kersttijd") == []


def test_what_changes_is_found_anew_and_what_is_taken_away_no_longer(rosa, anna):
    services.correct(Candidate(pk=anna.candidate_id), actor=rosa, employer="Molenland")
    assert (found(rosa, "molenland"), found(rosa, "zuivelhuis")) == (["Anna"], [])
    ContactPoint.objects.filter(candidate=anna.candidate).update(removed_at=timezone.now())
    assert found(rosa, "anna.berg@zui") == []
    task = Task.objects.create(candidacy=anna, kind="follow_up", note="kersttijd")
    assert found(rosa, "kersttijd") == ["Anna"]
    task.delete()
    assert found(rosa, "kersttijd") == []


def test_an_erasure_takes_the_words_and_nothing_makes_them_anew(rosa, anna, bob):
    Task.objects.create(candidacy=anna, kind="follow_up", note="kersttijd")
    theirs = SearchDocument.objects.filter(candidate=anna.candidate)
    assert theirs.count() == 2
    CandidatesData().erase(anna.subject)
    assert not theirs.exists()
    assert SearchDocument.objects.filter(candidate=bob.candidate).exists()


def test_the_database_folds_as_the_house_does(db):
    letters = [chr(code) for code in range(0x20, 0x250)] + list("ẞẼỹΑΩςЖЯﬁﬀ…–’“”€½²")
    with connection.cursor() as cursor:
        cursor.execute("SELECT letter, watson_fold('a' || letter || 'b') FROM unnest(%s) letter", [letters])
        theirs = {letter: " ".join(folded.split()) for letter, folded in cursor.fetchall()}
    assert {letter for letter, folded in theirs.items() if folded != fold(f"a{letter}b")} == set()
