"""The words as shown, and the hash that proves them."""

import pytest

from consent import wording
from consent.models import ConsentRequest
from tests.factories import make_organisation


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_name_is_filled_in(question, language):
    words = wording.sentences(question, language)
    assert question.client_as_named in words["question"]
    assert question.client_as_named in words["yes"]
    assert question.vacancy_title in words["yes"]
    assert "privacy@search.example" in words["notice"]
    assert "Kade 1, 3511 AA Utrecht" in words["notice"]
    assert "[" not in "".join(words.values())


def test_the_two_languages_are_two_texts(question):
    assert wording.sentences(question, "nl") != wording.sentences(question, "en")
    assert wording.shared_labels(question, "nl") != wording.shared_labels(question, "en")


def test_a_name_with_brackets_is_never_read_as_a_placeholder(question):
    question.client_as_named = "[vacancy] & [kvk] BV"
    assert "[vacancy] & [kvk] BV" in wording.sentences(question, "en")["question"]


def test_a_placeholder_nobody_fills_stays_as_it_stands(question):
    question.text.question_en = "Ask [nobody] about [client]."
    assert wording.sentences(question, "en")["question"] == f"Ask [nobody] about {question.client_as_named}."


def test_the_same_words_have_the_same_hash(question):
    digest = wording.sha256(question, "nl")
    assert len(digest) == 64
    assert wording.sha256(ConsentRequest.objects.get(pk=question.pk), "nl") == digest
    question.shared = list(reversed(question.shared))
    assert wording.sha256(question, "nl") == digest, "the order of what is sent says nothing"


@pytest.mark.parametrize(
    ("field", "value"),
    [("client_as_named", "Another"), ("vacancy_title", "Another"), ("vacancy_text", "Another"), ("shared", [])],
)
def test_anything_else_has_another(question, field, value):
    before = wording.sha256(question, "nl")
    setattr(question, field, value)
    assert wording.sha256(question, "nl") != before


def test_so_has_another_language_and_another_agency(question):
    before = wording.sha256(question, "nl")
    assert wording.sha256(question, "en") != before
    make_organisation(privacy_contact="someone.else@search.example")
    assert wording.sha256(question, "nl") != before
