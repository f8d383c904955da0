"""Dutch names: shown, addressed, sorted, folded, and guessed from what somebody typed."""

import unicodedata
from types import SimpleNamespace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from candidates.names import (
    INFIXES,
    TITLES_AFTER,
    TITLES_BEFORE,
    PersonName,
    Salutation,
    fold,
    greeting,
    split_name,
)

ANNA = PersonName(given_name="Anna", initials="A.B.", infix="de", surname="Vries")
MARRIED = PersonName(given_name="Anna", initials="A.", infix="de", surname="Vries", partner_surname="Jansen")
KAREL = PersonName(given_name="Karel", infix="d'", surname="Hondt")


def parts(name):
    return {part: value for part in name.__slots__ if (value := getattr(name, part)) and part != "salutation"}


# Showing


@pytest.mark.parametrize(
    ("name", "display", "formal", "sort"),
    [
        (ANNA, "Anna de Vries", "A.B. de Vries", "Vries, Anna de"),
        (MARRIED, "Anna Jansen-de Vries", "A. Jansen-de Vries", "Jansen-de Vries, Anna"),
        (
            PersonName(given_name="Anna", infix="de", surname="Vries", partner_infix="van den", partner_surname="Berg"),
            "Anna van den Berg-de Vries",
            "Anna van den Berg-de Vries",
            "Berg-de Vries, Anna van den",
        ),
        (
            PersonName(initials="J.", surname="Smit", title_before="prof. dr.", title_after="MSc"),
            "J. Smit",
            "prof. dr. J. Smit MSc",
            "Smit, J.",
        ),
        (KAREL, "Karel d'Hondt", "Karel d'Hondt", "Hondt, Karel d'"),
        (PersonName(infix="van der", surname="Berg"), "Van der Berg", "Van der Berg", "Berg, van der"),
        (PersonName(infix="'t", surname="Hooft"), "'t Hooft", "'t Hooft", "Hooft, 't"),
        (PersonName(given_name="Anna"), "Anna", "Anna", "Anna"),
        (PersonName(partner_surname="Jansen"), "Jansen", "Jansen", "Jansen"),
        (PersonName(), "", "", ""),
    ],
)
def test_a_name_is_shown_the_dutch_way(name, display, formal, sort):
    assert (name.display_name, name.formal_name, name.sort_name) == (display, formal, sort)


def test_a_name_can_be_read_off_any_record_with_its_parts():
    record = SimpleNamespace(**{part: getattr(MARRIED, part) for part in MARRIED.__slots__}, id=1)
    assert PersonName.of(record) == MARRIED


SORTED = [
    PersonName(given_name="Anna", infix="van den", surname="Berg"),
    PersonName(given_name="Anna", infix="van der", surname="Berg"),
    PersonName(given_name="Zoë", surname="Berg"),
    PersonName(given_name="Anna", surname="Berg-Smit"),
    PersonName(given_name="Anna", surname="Bergen"),
    PersonName(given_name="Bart", surname="Østergaard"),
    PersonName(given_name="Anna", infix="de", surname="Vries"),
    PersonName(given_name="Émile", infix="de", surname="Vries"),
    PersonName(given_name="Frits", surname="Vries"),
    PersonName(given_name="Aad", infix="van", surname="Zanten"),
]


@given(st.permutations(SORTED))
def test_lists_sort_by_surname_then_given_name_then_infix(names):
    assert sorted(names, key=lambda name: name.sort_key) == SORTED
    assert sorted(names, key=lambda name: name.sort_key.encode()) == SORTED


# Greeting


@pytest.mark.parametrize(
    ("name", "salutation", "dutch", "english"),
    [
        (ANNA, "neutral", "Beste Anna de Vries,", "Dear Anna de Vries,"),
        (ANNA, "dhr", "Geachte heer De Vries,", "Dear Mr De Vries,"),
        (ANNA, "none", "Goedendag,", "Hello,"),
        (ANNA, "", "Beste Anna de Vries,", "Dear Anna de Vries,"),
        (MARRIED, "mevr", "Geachte mevrouw Jansen-de Vries,", "Dear Ms Jansen-de Vries,"),
        (KAREL, "dhr", "Geachte heer D'Hondt,", "Dear Mr D'Hondt,"),
        (PersonName(infix="'t", surname="Hooft"), "dhr", "Geachte heer 't Hooft,", "Dear Mr 't Hooft,"),
        (PersonName(infix="in 't", surname="Veld"), "mevr", "Geachte mevrouw In 't Veld,", "Dear Ms In 't Veld,"),
        (PersonName(initials="A.", infix="de", surname="Vries"), "neutral", "Beste A. de Vries,", "Dear A. de Vries,"),
        (PersonName(infix="de", surname="Vries"), "neutral", "Beste De Vries,", "Dear De Vries,"),
        (PersonName(given_name="Anna"), "mevr", "Beste Anna,", "Dear Anna,"),
        (PersonName(), "neutral", "Goedendag,", "Hello,"),
        (PersonName(), "dhr", "Goedendag,", "Hello,"),
    ],
)
def test_a_greeting_follows_the_chosen_salutation(name, salutation, dutch, english):
    chosen = PersonName(**parts(name), salutation=salutation)
    assert greeting(chosen, "nl") == dutch
    assert greeting(chosen, "nl-nl") == dutch
    assert greeting(chosen, "en") == english


def test_an_unknown_salutation_is_refused():
    assert list(Salutation) == ["neutral", "dhr", "mevr", "none"]
    with pytest.raises(ValueError, match="drs"):
        greeting(PersonName(given_name="Anna", salutation="drs"), "nl")


@pytest.mark.parametrize("text", ["dhr. Jan Smit", "Mevr. Anna Smit", "mevrouw Anna Smit", "meneer Jan Smit"])
def test_a_salutation_is_never_inferred(text):
    name = split_name(text)
    assert name.salutation == Salutation.NEUTRAL
    assert name.display_name in ("Jan Smit", "Anna Smit")
    assert name.title_before == ""


# Folding


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Çağla  ØST-d’Hondt ", "cagla ost dhondt"),
        ("Ĳsbrand ĳ IJ ij", "ijsbrand ij ij ij"),
        ("Strauß STRAUSS", "strauss strauss"),
        ("Łukasz Đorđević Þór Æsa Œuvre", "lukasz dordevic thor aesa oeuvre"),
        ("Işık İnci", "isik inci"),
        ("in 't Veld", "in t veld"),
        ("O'Brien O’Brien OBrien", "obrien obrien obrien"),
        ("Vries, Anna de (MSc)", "vries anna de msc"),
        ("Ελένη Жанна 李", "ελενη жанна 李"),
        (" -,. ", ""),
        ("", ""),
    ],
)
def test_folding(text, key):
    assert fold(text) == key


@given(st.text())
@example("ͅ")
@example("ŉ İ ẞ ﬃ ǆ")
def test_folding_twice_changes_nothing(text):
    key = fold(text)
    assert fold(key) == key
    assert key == key.strip()
    assert "  " not in key


@given(st.text(st.characters(max_codepoint=0x24F)))
def test_case_and_composition_do_not_matter(text):
    key = fold(text)
    assert key == fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))
    assert key == fold(text.upper()) == fold(text.casefold())


@given(st.text(), st.text())
def test_folding_goes_word_by_word(one, other):
    assert fold(f"{one} {other}") == f"{fold(one)} {fold(other)}".strip()


# Splitting


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna van der Berg", {"given_name": "Anna", "infix": "van der", "surname": "Berg"}),
        ("Berg, Anna van der", {"given_name": "Anna", "infix": "van der", "surname": "Berg"}),
        ("van der Berg, Anna", {"given_name": "Anna", "infix": "van der", "surname": "Berg"}),
        ("Berg, van der, Anna", {"given_name": "Anna", "infix": "van der", "surname": "Berg"}),
        ("ANNA VAN DER BERG", {"given_name": "Anna", "infix": "van der", "surname": "Berg"}),
        ("anna van der berg", {"given_name": "Anna", "infix": "van der", "surname": "Berg"}),
        ("  Anna\tvan  der\nBerg ", {"given_name": "Anna", "infix": "van der", "surname": "Berg"}),
        ("De Vries", {"infix": "de", "surname": "Vries"}),
        ("Vries, de", {"infix": "de", "surname": "Vries"}),
        ("A.B. de Vries", {"initials": "A.B.", "infix": "de", "surname": "Vries"}),
        ("A.B. (Anna) de Vries", {"given_name": "Anna", "initials": "A.B.", "infix": "de", "surname": "Vries"}),
        ("Th.J. Smit", {"initials": "Th.J.", "surname": "Smit"}),
        ("J Jansen", {"initials": "J", "surname": "Jansen"}),
        ("Anna B. Smit", {"given_name": "Anna B.", "surname": "Smit"}),
        (
            "prof. dr. ir. A. de Vries MSc",
            {
                "initials": "A.",
                "infix": "de",
                "surname": "Vries",
                "title_before": "prof. dr. ir.",
                "title_after": "MSc",
            },
        ),
        ("Prof.dr. Jan Smit", {"given_name": "Jan", "surname": "Smit", "title_before": "Prof.dr."}),
        (
            "Vries, dr. Anna de, MSc",
            {
                "given_name": "Anna",
                "infix": "de",
                "surname": "Vries",
                "title_before": "dr.",
                "title_after": "MSc",
            },
        ),
        (
            "Anna Jansen-de Vries",
            {"given_name": "Anna", "infix": "de", "surname": "Vries", "partner_surname": "Jansen"},
        ),
        (
            "ANNA JANSEN-DE VRIES",
            {"given_name": "Anna", "infix": "de", "surname": "Vries", "partner_surname": "Jansen"},
        ),
        (
            "Jansen - de Vries, Anna",
            {"given_name": "Anna", "infix": "de", "surname": "Vries", "partner_surname": "Jansen"},
        ),
        (
            "Berg-de Vries, Anna van den",
            {
                "given_name": "Anna",
                "infix": "de",
                "surname": "Vries",
                "partner_infix": "van den",
                "partner_surname": "Berg",
            },
        ),
        ("Anna Smit-Bakker", {"given_name": "Anna", "surname": "Smit-Bakker"}),
        ("Jan-Willem Smit", {"given_name": "Jan-Willem", "surname": "Smit"}),
        ("Jan De Smet", {"given_name": "Jan", "surname": "De Smet"}),
        ("Ali El Amrani", {"given_name": "Ali", "surname": "El Amrani"}),
        ("Karel d’Hondt", {"given_name": "Karel", "infix": "d'", "surname": "Hondt"}),
        ("KAREL D'HONDT", {"given_name": "Karel", "infix": "d'", "surname": "Hondt"}),
        ("Karel de l'Isle", {"given_name": "Karel", "infix": "de l'", "surname": "Isle"}),
        ("Gerard ’t Hooft", {"given_name": "Gerard", "infix": "'t", "surname": "Hooft"}),
        ("Willem 's-Gravesande", {"given_name": "Willem", "surname": "'s-Gravesande"}),
        ("IJSBRAND IJPMA", {"given_name": "IJsbrand", "surname": "IJpma"}),
        ("Ben de Vries", {"given_name": "Ben", "infix": "de", "surname": "Vries"}),
        ("Vries, Ben de", {"given_name": "Ben", "infix": "de", "surname": "Vries"}),
        ("Al Smith", {"given_name": "Al", "surname": "Smith"}),
        ("Smith, Al", {"given_name": "Al", "surname": "Smith"}),
        ("Li Meng", {"given_name": "Li", "surname": "Meng"}),
        ("Jan Ma", {"given_name": "Jan", "surname": "Ma"}),
        ("Anna", {"given_name": "Anna"}),
        (", Anna ,", {"given_name": "Anna"}),
        (",", {}),
        ("", {}),
    ],
)
def test_a_typed_name_is_guessed(text, expected):
    assert parts(split_name(text)) == expected


DROPPED = {"dhr", "mevr", "mevrouw", "meneer", "mw", "mrs", "ms", "miss"}
RESERVED = INFIXES | TITLES_BEFORE | TITLES_AFTER
words = st.from_regex(r"[A-ZÉÖ][a-zéëöüçñ]{2,9}", fullmatch=True).filter(lambda word: word.casefold() not in RESERVED)
phrases = st.sampled_from(
    ["", "de", "van", "van de", "van den", "van der", "ter", "op den", "in 't", "'t", "d'", "de l'", "von", "el"]
)
given_names = st.builds("{}{}{}".format, words, st.sampled_from(["", "-", " "]), words)
normal_names = st.builds(
    PersonName,
    given_name=given_names,
    infix=phrases,
    surname=words,
    title_before=st.sampled_from(["", "dr.", "prof. mr."]),
    title_after=st.sampled_from(["", "MSc", "LLM MBA"]),
)


@given(normal_names)
def test_a_shown_name_splits_into_its_parts(name):
    assert split_name(name.formal_name) == name


@given(normal_names)
def test_a_sorted_name_splits_into_its_parts(name):
    again = split_name(name.sort_name)
    assert (again.given_name, again.infix, again.surname) == (name.given_name, name.infix, name.surname)


@given(given_names, phrases, words, phrases.filter(bool), words)
def test_a_partners_name_splits_off(given_name, partner_infix, partner_surname, infix, surname):
    name = PersonName(
        given_name=given_name,
        partner_infix=partner_infix,
        partner_surname=partner_surname,
        infix=infix,
        surname=surname,
    )
    assert split_name(name.display_name) == name
    assert split_name(name.sort_name) == name


@example("0 ) 0")
@given(
    st.text() | st.lists(st.sampled_from(["van", "De", "Anna", "Berg,", "dr.", "MSc", "-", ",", "A."])).map(" ".join)
)
def test_any_text_is_guessed_without_an_error(text):
    name = split_name(text)
    assert name.salutation == Salutation.NEUTRAL
    assert all(value == value.strip() for value in parts(name).values())


@given(st.text(st.characters(categories=["L", "Zs"])))
def test_no_word_is_lost(text):
    assume(not any(word.casefold() in DROPPED for word in text.split()))
    name = split_name(text)
    shown = " ".join(parts(name).values())
    assert sorted(fold(shown).replace(" ", "")) == sorted(fold(text).replace(" ", ""))
