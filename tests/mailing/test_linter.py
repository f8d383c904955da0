"""What the law wants in the words of a message, item by item."""

import pytest
from django.utils.translation import override

from accounts.models import Organisation
from mailing import linter
from mailing.texts import DEFAULTS
from tests import factories


def lacking(kind, body, language="nl", short=""):
    return [item.code for item in linter.items(kind, language, body=body, short=short) if not item.held]


# What to take out of our own words, and the item that then lacks.
TAKEN = [
    ("[link:consent|", "[link:me|", "answer link"),
    ("[legal_name]", "Wij", "controller"),
    ("[privacy_contact]", "ons", "contact"),
    ("gerechtvaardigd belang", "plezier", "legal basis"),
    ("Welke gegevens", "Iets", "categories"),
    ("[source]", "internet", "source"),
    ("Wie ze zien", "Iedereen", "recipients"),
    ("[client]", "een bedrijf", "client"),
    ("Europese Economische Ruimte", "zee", "transfers"),
    ("[retention_days]", "veel", "storage period"),
    ("inzien", "zien", "access"),
    ("verbeteren", "veranderen", "rectification"),
    ("wissen", "houden", "erasure"),
    ("beperken", "stoppen", "restriction"),
    ("meenemen", "houden", "portability"),
    ("> Bezwaar", "Bezwaar", "objection in its own block"),
    ("intrekken", "houden", "withdrawal"),
    ("Autoriteit Persoonsgegevens", "politie", "complaint"),
    ("geautomatiseerde besluitvorming", "toeval", "automated decisions"),
    ("- [tracking?]", "En [tracking?] dus", "tracking"),
]


@pytest.mark.parametrize(("words", "others", "code"), TAKEN, ids=[code for _words, _others, code in TAKEN])
def test_each_item_of_a_notice_is_missed(words, others, code):
    body = DEFAULTS["nl"]["approach"].body
    assert lacking("approach", body) == []
    assert code in lacking("approach", body.replace(words, others))


@pytest.mark.parametrize("language", DEFAULTS)
def test_our_own_words_say_everything(language):
    for kind, words in DEFAULTS[language].items():
        assert lacking(kind, words.body, language, words.short) == []


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("receipt_yes", ["withdrawal link"]),
        ("receipt_talk", ["purpose", "voluntary", "storage period"]),
        ("receipt_request", ["contact", "term"]),
        ("receipt_no", []),
        ("revealed", ["answer link"]),
        ("portal_link", ["portal link"]),
    ],
)
def test_what_the_other_kinds_must_say(kind, codes):
    assert lacking(kind, "Hallo") == codes


def test_a_short_question_has_its_answer_and_its_way_out():
    body = DEFAULTS["nl"]["revealed"].body
    assert lacking("revealed", body, short="Hallo") == ["answer link, short", "stop link, short"]
    assert lacking("revealed", body, short="") == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", "Zonder tegenbericht ga ik ervan uit dat u akkoord bent."),
        ("nl", "U gaat automatisch akkoord."),
        ("nl", "Door op de link te klikken geeft u toestemming."),
        ("nl", "Als u niet reageert, geeft u toestemming."),
        ("en", "By clicking this link you agree."),
        ("en", "Unless we hear from you we assume you consent."),
        ("en", "No reply counts as a yes."),
    ],
)
def test_silence_is_no_yes(language, words):
    assert lacking("receipt_no", words, language) == ["silence is no yes"]


def test_data_are_not_kept_for_ever():
    assert lacking("receipt_no", "Wij bewaren uw gegevens voor altijd.") == ["no keeping for ever"]
    assert lacking("receipt_no", "We keep your data indefinitely.", "en") == ["no keeping for ever"]
    assert lacking("receipt_no", "Wij bewaren uw gegevens niet.") == []


def test_every_item_says_what_to_write_in_both_languages():
    for language in ("nl", "en"):
        with override(language):
            for kind in DEFAULTS["nl"]:
                for item in linter.items(kind, language, body="", short="x"):
                    assert str(item.title)
                    assert str(item.advice)


def test_the_footer_needs_the_organisations_details(db):
    organisation = factories.make_organisation()
    assert all(item.held for item in linter.footer_items(organisation))
    Organisation.objects.update(kvk="", postal_address="  ")
    found = linter.footer_items(Organisation.objects.get())
    assert [item.code for item in found if not item.held] == ["postal_address", "kvk"]
