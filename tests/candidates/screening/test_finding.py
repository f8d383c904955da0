"""How the finder works: places, languages, odd signs, explanations."""

import tomllib

import pytest

from candidates import screening
from candidates.screening import words


def places(text, language=None):
    return [(one.category, text[one.start : one.end]) for one in screening.find(text, language)]


def test_findings_stand_in_order_with_their_place_and_rule():
    found = screening.find("Hij heeft epilepsie. Zij stemt op de VVD.")
    assert [(one.category, one.rule.split(".")[:2]) for one in found] == [
        ("health", ["health", "nl"]),
        ("political", ["political", "nl"]),
    ]
    assert places("Hij heeft epilepsie.") == [("health", "epilepsie")]


@pytest.mark.parametrize(
    "text",
    [
        "Zij is LESBISCH",
        "Zij is lesbi\u00adsch",
        "Zij is le\u0301sbisch",
        "Zij is\u00a0lesbisch",
        "Zij is\nlesbisch",
    ],
    ids=["capitals", "soft hyphen", "loose accent", "hard space", "line break"],
)
def test_odd_signs_hide_nothing(text):
    found = screening.find(text)
    assert [one.category for one in found] == ["sexual_orientation"]
    assert text[found[0].start : found[0].end].casefold().startswith("le")


def test_what_is_found_is_cut_out_at_its_own_place_behind_an_odd_sign():
    assert places("Cafe\u0301 Noir: zij is zwanger.") == [("health", "zwanger")]


def test_a_language_that_was_told_is_the_only_one_looked_in():
    assert places("She has epilepsy.", "en") == [("health", "epilepsy")]
    assert places("She has epilepsy.", "nl") == []


def test_two_languages_in_one_text_are_both_read():
    text = "Hij zit thuis met een hernia. He voted for Trump."
    assert [category for category, _words in places(text)] == ["health", "political"]


def test_the_context_of_another_sentence_does_not_count():
    assert places("Hij leidde de divisie diabetes. Zij heeft diabetes.")[0][1] == "diabetes"
    assert len(places("Hij leidde de divisie diabetes. Zij heeft diabetes.")) == 1


def test_a_very_long_line_is_read_to_its_end():
    text = "niets bijzonders te melden " * 400 + "want hij heeft epilepsie"
    assert places(text) == [("health", "epilepsie")]


def test_empty_text_and_signs_alone_hold_nothing():
    assert screening.find("") == screening.find(" \n•—\u00ad") == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_each_rule_says_in_both_languages_what_it_saw(language):
    names = {
        f"{category}.{spec['language']}.{spec['name']}"
        for category in words.CATEGORIES
        for spec in tomllib.loads((words.RULES / f"{category}.toml").read_text("utf-8"))["rule"]
    }
    for name in names:
        said = screening.explain(screening.Finding(name.split(".")[0], 0, 8, name), "burn-out", language)
        assert said.startswith("‘burn-out’ ")
        assert ": " in said


def test_a_finding_is_explained():
    text = "Zij had een burn-out."
    found = screening.find(text)[0]
    assert screening.explain(found, text, "en") == "‘burn-out’ tells about health: an illness or condition"
    assert screening.explain(found, text, "nl") == "‘burn-out’ zegt iets over gezondheid: een ziekte of aandoening"
    number = screening.find("BSN 111222333")[0]
    assert "citizen service number" in screening.explain(number, "BSN 111222333", "en")


def test_each_rule_uses_only_keys_that_are_read():
    known = {"name", "language", "nl", "en", "words", *words.CONTEXTS}
    for category in words.CATEGORIES:
        for spec in tomllib.loads((words.RULES / f"{category}.toml").read_text("utf-8"))["rule"]:
            assert set(spec) <= known, spec["name"]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_each_pattern_can_be_compiled(language):
    made = words.book(language)
    entries = [entry for group in (*made.heads.values(), made.inner) for _head, entry in group]
    assert len(entries) > 500
    for entry in entries:
        for pattern in (entry.pattern, *(getattr(entry.rule, name) for name in words.CONTEXTS)):
            words.compiled(pattern)
