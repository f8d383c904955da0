"""Contacts: twins meet, strangers stay apart, and what is no contact is refused with a sentence."""

import pytest
from django.utils.translation import gettext_lazy, override
from hypothesis import example, given
from hypothesis import strategies as st

from candidates.contact import (
    BadContact,
    email_variants_for_suppression,
    kind_of,
    normalise,
    normalise_email,
    normalise_phone,
    normalise_profile,
    normalise_url,
    source_type_for,
)
from candidates.models import ContactKind, SourceType
from privacy.identifiers import suppression_variants

names = st.from_regex(r"[a-z][a-z0-9]{1,11}", fullmatch=True)
PIECES = """
anna @ . .. / // : + - % %2F %ff %00 ? & = # < > ( ) [ ] , ; ' " \\ é ß İ nl com 06 31 +31 0612345678 1 x https:// http:
javascript: mailto: www. linkedin.com /in/ github.com facebook.com stackoverflow.com/users/ localhost 127.0.0.1 xn--
user:pw@ utm_source=a @example.nl
"""
pieces = st.sampled_from([*PIECES.split(), " ", "\n", "\x00", "\u200b", "\ud800"])
texts = st.text() | st.lists(pieces, max_size=8).map("".join)


# E-mail


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("anna@example.nl", "anna@example.nl"),
        ("  Anna@Example.NL\n", "anna@example.nl"),
        ("Anna de Vries <Anna@example.nl>", "anna@example.nl"),
        ('"Vries, Anna de" <anna@example.nl>', "anna@example.nl"),
        ("<anna@example.nl>", "anna@example.nl"),
        ("mailto:anna@example.nl?subject=Hallo", "anna@example.nl"),
        ("MAILTO:anna%2Bx%40example.nl", "anna+x@example.nl"),
        ("anna@example.nl.", "anna@example.nl"),
        ("anna@müller.de", "anna@xn--mller-kva.de"),
        ("anna@XN--MLLER-KVA.de", "anna@xn--mller-kva.de"),
        ("anna@straße.de", "anna@xn--strae-oqa.de"),
        ("an\u200bna@exam\u00adple.nl\ufeff", "anna@example.nl"),
        ("e\u0301va@example.nl", "\u00e9va@example.nl"),
        ("o'brien_x!#$%&*/=?^`{|}~-@example.nl", "o'brien_x!#$%&*/=?^`{|}~-@example.nl"),
        ("a" * 64 + "@example.nl", "a" * 64 + "@example.nl"),
    ],
)
def test_an_email_address_has_one_spelling(text, email):
    assert normalise_email(text) == email


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "looks like name@example.com"),
        ("anna", "looks like name@example.com"),
        ("@example.nl", "looks like name@example.com"),
        ("anna@", "looks like name@example.com"),
        ("an na@example.nl", "without spaces or commas"),
        ("anna@example.nl, bob@example.nl", "without spaces or commas"),
        ("anna@example.nl;bob@example.nl", "without spaces or commas"),
        ("an\x00na@example.nl", "cannot be seen"),
        ("an\ud800na@example.nl", "cannot be seen"),
        ("mailto:anna%0A@example.nl", "cannot be seen"),
        ("anna@bob@example.nl", "before the @"),
        (".anna@example.nl", "before the @"),
        ("anna.@example.nl", "before the @"),
        ("an..na@example.nl", "before the @"),
        ("an(n)a@example.nl", "before the @"),
        ("anna@localhost", "after the @"),
        ("anna@example", "after the @"),
        ("anna@exa mple", "without spaces"),
        ("anna@.nl", "after the @"),
        ("anna@example..nl", "after the @"),
        ("anna@-example.nl", "after the @"),
        ("anna@127.0.0.1", "after the @"),
        ("anna@[127.0.0.1]", "after the @"),
        ("anna@" + "x" * 64 + ".nl", "after the @"),
        ("anna@xn--\u00e9.nl", "after the @"),
        ("anna@xn--999999999.nl", "after the @"),
        ("a" * 65 + "@example.nl", "too long"),
        ("a" * 60 + "@" + "x" * 60 + "." + "y" * 60 + "." + "z" * 60 + ".example.nl.example.nl", "too long"),
    ],
)
def test_a_bad_email_address_gets_a_sentence_that_does_not_repeat_it(text, sentence):
    with override("en"), pytest.raises(BadContact, match=sentence) as refusal:
        normalise_email(text)
    assert len(text) < 4 or text not in str(refusal.value)


@pytest.mark.parametrize(
    ("email", "variants"),
    [
        ("anna@example.nl", ["anna@example.nl"]),
        ("a.nna@example.nl", ["a.nna@example.nl"]),
        ("Anna+Jobs@Example.nl", ["anna+jobs@example.nl", "anna@example.nl"]),
        ("a.n.na+x@gmail.com", ["a.n.na+x@gmail.com", "a.n.na@gmail.com", "anna@gmail.com"]),
        ("anna@googlemail.com", ["anna@googlemail.com", "anna@gmail.com"]),
        ("anna@gmail.com", ["anna@gmail.com"]),
        ("+jobs@example.nl", ["+jobs@example.nl"]),
    ],
)
def test_a_mailbox_is_suppressed_under_each_of_its_spellings(email, variants):
    assert email_variants_for_suppression(email) == variants
    assert suppression_variants("email", email) == variants


@given(names, names, names, names)
def test_every_spelling_of_a_mailbox_meets_in_the_last_variant(one, two, tag, other_tag):
    spellings = [f"{one}.{two}@gmail.com", f"{one}{two}+{tag}@googlemail.com", f"{one}.{two}+{other_tag}@GMAIL.com"]
    assert {email_variants_for_suppression(spelling)[-1] for spelling in spellings} == {f"{one}{two}@gmail.com"}


@given(names, names)
def test_dots_count_outside_gmail(one, two):
    dotted = email_variants_for_suppression(f"{one}.{two}@example.nl")
    assert not set(dotted) & set(email_variants_for_suppression(f"{one}{two}@example.nl"))


# Phone


@pytest.mark.parametrize(
    "text",
    [
        "0612345678",
        "06 12345678",
        "06-12 34 56 78",
        "(06) 12.34.56.78",
        "+31612345678",
        "+31 (0)6 1234 5678",
        "0031 6 12345678",
        "31612345678",
        "tel:+31-6-12345678",
        "+31\u00a06\u00a012345678",
        "06\u201112345678",
        "\u202a+31612345678\u202c",
    ],
)
def test_a_phone_number_has_one_spelling(text):
    assert normalise_phone(text) == "+31612345678"


def test_a_number_without_country_code_belongs_to_the_region():
    assert normalise_phone("0470 12 34 56", region="BE") == "+32470123456"
    assert normalise_phone("+32 470 12 34 56") == "+32470123456"
    with pytest.raises(BadContact):
        normalise_phone("0470 12 34 56 7")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "digits only"),
        ("Anna", "digits only"),
        ("bel 0612345678", "digits only"),
        ("0612345678 of 0687654321", "digits only"),
        ("0800 BELLEN", "digits only"),
        ("06123456", "does not exist"),
        ("112", "does not exist"),
        ("+999 123456789", "does not exist"),
        ("++--", "does not exist"),
        ("020 6241111 toestel 5", "shared by many"),
        ("020 6241111 ext. 5", "shared by many"),
        ("020 6241111x5", "shared by many"),
        ("020 6241111#5", "shared by many"),
        ("tel:+31206241111;ext=5", "shared by many"),
    ],
)
def test_a_bad_phone_number_gets_a_sentence(text, sentence):
    with override("en"), pytest.raises(BadContact, match=sentence):
        normalise_phone(text)


@given(st.integers(10_000_000, 59_999_999), st.lists(st.sampled_from([" ", "-", "."]), min_size=8, max_size=8))
def test_dutch_mobile_numbers_meet_however_they_are_spaced(number, gaps):
    spaced = "".join(f"{gap}{digit}" for gap, digit in zip(gaps, str(number), strict=True))
    assert normalise_phone(f"06{spaced}") == normalise_phone(f"+31 (0)6{spaced}") == f"+316{number}"


# Profile


TWINS = {
    "https://linkedin.com/in/x": """
        nl.linkedin.com/in/x/?trk=public_profile
        https://www.linkedin.com/in/X
        http://LinkedIn.com/in/x#about
        https://uk.linkedin.com/in/x/en
        https://www.linkedin.com/in/x/details/experience/
        //linkedin.com/in/x
        https://www.linkedin.com/mwlite/in/x
        https://www.linkedin.com:443/in/x?originalSubdomain=nl
        https://WWW.LINKEDIN.COM./IN/X/
    """,
    "https://linkedin.com/in/andré-v-12": """
        https://www.linkedin.com/in/Andr%C3%A9-v-12
        linkedin.com/in/andre%CC%81-v-12
        https://nl.linkedin.com/in/andr%c3%a9-v-12/
    """,
    "https://linkedin.com/pub/anna-v/1/2/3": """
        https://www.linkedin.com/pub/Anna-V/1/2/3/
        nl.linkedin.com/pub/anna-v/1/2/3
    """,
    "https://linkedin.com/sales/lead/ACwAAb": """
        https://www.linkedin.com/sales/lead/ACwAAb,NAME_SEARCH,x
        linkedin.com/sales/lead/ACwAAb/
    """,
    "https://linkedin.com/talent/profile/AEMb": """
        linkedin.com/talent/profile/AEMb?trk=x
    """,
    "https://github.com/anna": """
        https://github.com/Anna
        http://www.github.com/anna/
        github.com/anna?tab=repositories
    """,
    "https://stackoverflow.com/users/1": """
        https://stackoverflow.com/users/1/anna-v
        stackoverflow.com/users/1
        https://stackoverflow.com/users/1/other-name?tab=profile#top
    """,
    "https://facebook.com/anna.v": """
        https://www.facebook.com/Anna.V
        facebook.com/anna.v/
        https://nl-nl.facebook.com/anna.v?mibextid=x
        fb.com/anna.v
    """,
    "https://facebook.com/profile.php?id=1234567": """
        https://m.facebook.com/profile.php?id=1234567&__tn__=x
        facebook.com/people/Anna-V/1234567/
        facebook.com/1234567
    """,
    "https://scholar.google.com/citations?user=AbC_d": """
        https://scholar.google.nl/citations?hl=nl&user=AbC_d
        scholar.google.com/citations?user=AbC_d&view_op=list
    """,
    "https://example.nl/~Anna": """
        http://www.example.nl/~Anna/?utm_source=x&utm_medium=y
        EXAMPLE.nl/%7EAnna
        www.www.example.nl/~Anna
        https://example.nl/a/../~Anna/./#cv
    """,
    "https://example.nl/people.php?id=7&lang=nl": """
        https://example.nl/people.php?id=7&lang=nl&fbclid=zz
        example.nl/people.php?lang=nl&gclid=1&id=7
    """,
    "https://xn--mller-kva.de/%C3%9Cn%C3%AF": """
        https://müller.de/Ünï
        xn--mller-kva.de/%c3%9cn%C3%AF
    """,
    "https://example.nl/?anna": """
        https://example.nl/?anna
        http://example.nl?anna
    """,
    "https://www.nl/anna": """
        http://www.nl/anna/
        www.www.nl/anna
    """,
    "https://medium.com/@anna": """
        https://medium.com/@anna
        medium.com/@anna/
    """,
    "https://example.nl:8443/a": """
        https://example.nl:8443/a
    """,
    "https://example.nl/a%2Fb%3Fc": """
        https://example.nl/a%2Fb%3Fc
        example.nl/a%2fb%3fc
    """,
    "https://example.nl/%FF": """
        https://example.nl/%ff
    """,
}


@pytest.mark.parametrize(("canonical", "twins"), TWINS.items(), ids=TWINS)
def test_twins_meet(canonical, twins):
    assert {twin: normalise_profile(twin) for twin in twins.split()} == dict.fromkeys(twins.split(), canonical)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("linkedin.com/in/strauß", "linkedin.com/in/strauss"),
        ("linkedin.com/in/anna", "linkedin.com/in/anna-1"),
        ("linkedin.com/sales/lead/ACwAAb", "linkedin.com/sales/lead/ACwAAB"),
        ("stackoverflow.com/users/1", "pt.stackoverflow.com/users/1"),
        ("stackoverflow.com/users/1", "stackoverflow.com/users/11"),
        ("example.nl/Anna", "example.nl/anna"),
        ("example.nl/?id=1", "example.nl/?id=2"),
        ("example.nl/?id=a%26b", "example.nl/?id=a&b"),
        ("example.nl/a%2Fb", "example.nl/a/b"),
    ],
)
def test_strangers_stay_apart(one, other):
    assert normalise_profile(one) != normalise_profile(other)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("javascript:alert(1)", "begins with https"),
        ("JavaScript://example.nl/%0aalert(1)", "begins with https"),
        ("data:text/html,x", "begins with https"),
        ("ftp://example.nl/anna", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("mailto:anna@example.nl", "begins with https"),
        ("http:example.nl", "begins with https"),
        ("", "looks like"),
        ("anna", "looks like"),
        ("anna/in/x", "looks like"),
        ("https://", "looks like"),
        ("https:///in/x", "looks like"),
        ("http://localhost/anna", "looks like"),
        ("localhost:8000/anna", "looks like"),
        ("http://127.0.0.1/", "looks like"),
        ("http://10.0.0.1/", "looks like"),
        ("http://192.168.1.1:8080/anna", "looks like"),
        ("http://169.254.169.254/latest", "looks like"),
        ("http://2130706433/", "looks like"),
        ("http://0x7f.1/", "looks like"),
        ("http://[::1]/", "looks like"),
        ("http://[fd00::1", "looks like"),
        ("http://１２７.0.0.1/", "looks like"),
        ("https://example.nl:99999/", "looks like"),
        ("https://example..nl/", "looks like"),
        ("https://printer.local/", "inside one network"),
        ("https://hr.intranet/", "inside one network"),
        ("https://app.localhost/", "inside one network"),
        ("https://anna:secret@example.nl/", "user name or password"),
        ("https://anna@example.nl/", "user name or password"),
        ("https://linkedin.com@evil.example/in/anna", "user name or password"),
        ("https://example.nl/a b", "without spaces"),
        ("https://example.nl/a\nb", "without spaces"),
        ("https://example.nl\\@evil.example/", "without spaces"),
        ("https://example.nl/%00", "without spaces"),
        ("https://example.nl/" + "a" * 500, "too long"),
        ("https://www.linkedin.com/", "linkedin.com/in/name"),
        ("https://www.linkedin.com/in/", "linkedin.com/in/name"),
        ("https://www.linkedin.com/company/x", "linkedin.com/in/name"),
        ("https://www.linkedin.com/search/results/people/?keywords=x", "linkedin.com/in/name"),
        ("https://www.linkedin.com/pub/dir/Anna/Vries", "linkedin.com/in/name"),
        ("https://www.linkedin.com/in/a%2Fb", "linkedin.com/in/name"),
        ("https://www.linkedin.com/in/%ff", "linkedin.com/in/name"),
        ("https://github.com", "github.com/name"),
        ("https://github.com/anna/project", "github.com/name"),
        ("https://github.com/search?q=anna", "github.com/name"),
        ("https://stackoverflow.com/questions/1/x", "stackoverflow.com/users/1"),
        ("https://stackoverflow.com/users/anna", "stackoverflow.com/users/1"),
        ("https://www.facebook.com/groups/x", "facebook.com/name"),
        ("https://www.facebook.com/marketplace", "facebook.com/name"),
        ("https://www.facebook.com/profile.php?id=x", "facebook.com/name"),
    ],
)
def test_a_bad_profile_gets_a_sentence_that_does_not_repeat_it(text, sentence):
    with override("en"), pytest.raises(BadContact, match=sentence) as refusal:
        normalise_profile(text)
    assert len(text) < 5 or text not in str(refusal.value)


def test_a_source_may_be_a_page_about_many_people():
    assert normalise_url("https://www.linkedin.com/company/X/?trk=a") == "https://linkedin.com/company/X"
    assert normalise_url("https://github.com/anna/project#readme") == "https://github.com/anna/project"


@given(
    names,
    st.sampled_from(["", "www.", "nl.", "uk."]),
    st.sampled_from(["", "/", "/en", "?trk=a&x=b", "/?utm_source=c"]),
)
def test_a_linkedin_name_is_all_that_counts(name, country, tail):
    address = f"{country}linkedin.com/in/{name}{tail}"
    assert normalise_profile(address) == f"https://linkedin.com/in/{name}"
    assert normalise_profile(f"HTTP://{address}") == normalise_profile(
        f"https://{address.upper()}".replace("HTTPS", "https")
    )


# All kinds


@given(texts, st.sampled_from(["email", "phone", "profile"]))
@example("İ@example.nl", "email")
@example("https://linkedin.com/in/İ", "profile")
@example("example.nl/?a=%FF&b=+%2B", "profile")
@example("mailto:mailto:a@b.nl", "email")
def test_a_normalised_contact_stays_as_it_is_and_everything_else_is_refused(text, kind):
    try:
        contact = normalise(kind, text)
    except BadContact:
        return
    assert normalise(kind, contact) == contact
    assert contact == contact.strip()
    assert contact.isprintable()
    assert len(contact) <= 500


@given(texts)
def test_guessing_never_fails_and_agrees_with_the_normalisers(text):
    kind = kind_of(text)
    assert kind is None or kind in ContactKind.values
    if kind in ("email", "phone"):
        normalise(kind, text)
    if kind == "profile":
        normalise_url(text)
    assert source_type_for(text) in SourceType.values


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("anna@example.nl", "email"),
        ("Anna <anna@example.nl>", "email"),
        ("mailto:anna@example.nl", "email"),
        ("06 12345678", "phone"),
        ("+32 470 12 34 56", "phone"),
        ("https://www.linkedin.com/in/x", "profile"),
        ("nl.linkedin.com/in/x?trk=y", "profile"),
        ("www.example.nl", "profile"),
        ("https://medium.com/@anna", "profile"),
        ("https://github.com/anna/project", "profile"),
        ("Anna de Vries", None),
        ("J.Jansen", None),
        ("n.v.t./onbekend", None),
        ("javascript:alert(1)//", None),
        ("vacature 12", None),
        ("2026", None),
        ("", None),
    ],
)
def test_a_pasted_text_is_guessed(text, kind):
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://nl.linkedin.com/in/x", "linkedin"),
        ("https://linkedin.com/company/x", "linkedin"),
        ("https://lnkd.in/abc", "linkedin"),
        ("github.com/anna/project", "github"),
        ("https://anna.github.io/", "github"),
        ("https://stackoverflow.com/questions/1", "stackoverflow"),
        ("https://m.facebook.com/x", "facebook"),
        ("https://fb.com/x", "facebook"),
        ("https://www.google.nl/search?q=x", "google"),
        ("https://scholar.google.co.uk/citations?user=x", "google"),
        ("https://example.nl/anna", "website"),
        ("https://evil-linkedin.com/in/x", "website"),
        ("https://linkedin.com.example.nl/in/x", "website"),
        ("https://google.example.nl/", "website"),
        ("not an address", "website"),
    ],
)
def test_a_source_is_told_by_its_host(url, source):
    assert source_type_for(url) == source


def test_a_refusal_speaks_the_language_of_the_moment_it_is_shown():
    refusal = BadContact(gettext_lazy("Saturday"))
    with override("nl"):
        assert str(refusal) == "zaterdag"
    with override("en"):
        assert str(refusal) == "Saturday"


def test_there_are_three_kinds():
    with pytest.raises(ValueError, match="an email, a phone or a profile"):
        normalise("fax", "1")
