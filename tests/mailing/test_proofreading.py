"""Mistakes in placeholders, each at its line and in words."""

import pytest
from django.utils.translation import override

from mailing.proofreading import Problem, proofread
from mailing.texts import DEFAULTS

FINE = "[greeting]\n\nVoor [client]: [vacancy].\n[recruiter_phone?]\n\n[link:consent|Antwoord]"


def problems(body=FINE, kind="approach", subject="Voor [client]", short=""):
    with override("en"):
        return proofread(kind, "nl", subject=subject, body=body, short=short)


def told(*given, **named):
    return [(one.part, one.line, one.text) for one in problems(*given, **named)]


@pytest.mark.parametrize("language", DEFAULTS)
def test_our_own_words_have_no_mistakes(language):
    for kind, words in DEFAULTS[language].items():
        assert proofread(kind, language, subject=words.subject, body=words.body, short=words.short) == []


def test_what_is_right_is_silent():
    assert problems() == []


def test_an_unknown_name_is_told_at_its_line_with_a_guess():
    assert told("[greeting]\n\nVoor [vacanci].") == [
        ("body", 3, "This message has no [vacanci]. Did you mean [vacancy]?")
    ]


def test_a_name_of_another_kind_is_unknown_here():
    assert told("[vacancy]", kind="receipt_no", subject="Nee")[0][2].startswith("This message has no [vacancy].")


def test_an_optional_line_that_would_always_fall_away():
    (one,) = told("[greeting]\nAlleen voor [partner?]", kind="receipt_no", subject="Nee")
    assert one[:2] == ("body", 2)
    assert "the line would always fall away" in one[2]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Voor [vacancy", "“[vacancy” is not closed: a “]” lacks. Did you mean [vacancy]?"),
        ("Voor vacancy]", "Here is a closing bracket without an opening one."),
        ("[Vacancy]", "“[Vacancy]” is not a placeholder: a name has small letters and no spaces. Did you mean"),
        ("[ vacancy ]", "“[ vacancy ]” is not a placeholder"),
        ("{{ vacancy }}", "Double curly brackets are not placeholders."),
        ("[link:portal|Naar het portaal]", "This message has no link “portal”. There are: [link:consent]"),
        ("[link:consent|\u200b]", "has no words behind the bar."),
        ("[recruiter_phone]", "“[recruiter_phone]” can be empty. Write “[recruiter_phone?]”"),
        ("Kijk op https://search.example/c/AbCdEfGh1234", "This is somebody's personal link."),
    ],
)
def test_a_mistake_in_words(line, sentence):
    found = [text for part, number, text in told(f"[greeting]\n{line}") if (part, number) == ("body", 2)]
    assert any(text.startswith(sentence) or sentence in text for text in found), found


def test_a_link_of_a_stranger_may_be_missing():
    assert "Write “[link:me?|Uw gegevens]”" in told("[link:me|Uw gegevens]", kind="receipt_request")[-1][2]


def test_a_subject_has_one_line_and_no_link():
    assert [text for _part, _line, text in told(subject="[note?] [link:consent]")] == [
        "A “?” lets the whole line fall away, and a subject has only one line. Leave it out.",
        "A link can't stand in a subject.",
    ]


def test_a_long_subject_is_hinted_at_and_a_far_too_long_one_refused():
    (hint,) = problems(subject="a" * 90)
    assert (hint.part, hint.is_hint) == ("subject", True)
    (error,) = problems(subject=f"{'a' * 190} [vacancy]")
    assert (error.part, error.is_hint) == ("subject", False)
    assert problems(subject="a" * 80) == []


def test_a_long_short_text_is_hinted_at():
    assert problems(short="a" * 500) == []
    (hint,) = problems(short="a" * 501)
    assert (hint.part, hint.is_hint) == ("short", True)


def test_the_short_text_is_read_too():
    assert ("short", 2, "This message has no [x].") in told(short="Hallo\n[x]")


def test_they_come_in_the_order_of_reading():
    found = problems("[x]\n[y]", subject="[z]", short="[w]")
    assert [(one.part, one.line) for one in found] == [("subject", 1), ("body", 1), ("body", 2), ("short", 1)]
    assert isinstance(found[0], Problem)
