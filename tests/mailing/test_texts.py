"""The words Watson starts with."""

import pytest
from django.db import IntegrityError, transaction

import mailing
from mailing.kinds import KINDS, NOTICE_KINDS, WITHOUT_TEMPLATE
from mailing.models import LEGAL_KINDS, TemplateVersion
from mailing.rendering import names_in
from mailing.seed import publish_defaults
from mailing.texts import DEFAULTS
from tests import factories

PROVIDED = {
    # by mailing itself
    *("agency", "legal_name", "postal_line", "kvk", "agency_email", "agency_phone", "privacy_contact", "policy"),
    *("recruiter", "recruiter_title", "recruiter_phone", "greeting", "name", "tracking", "proof", "retention_days"),
    "portal_address",
    # by whoever asks
    *("vacancy", "client", "place", "source", "found_on", "answer_by", "note", "due_on", "asked_on"),
    # by mailing.rights
    *("copy_kind", "until_on", "code", "minutes", "received_on", "reasons"),
    # by the privacy desk, about a request
    *("received_on", "asked_for", "new_due_on", "ground", "reasons", "answer", "code", "asked", "doubt"),
    *("got_on", "what_to_do"),
    # by the recruiter, in a message of their own
    *("subject", "text"),
    # by whoever asks to keep somebody
    *("applied_on", "erase_on", "pool_months", "pool_until", "kept_until"),
}
TEXTS = [
    pytest.param(kind, language, words, id=f"{kind}-{language}")
    for language, kinds in DEFAULTS.items()
    for kind, words in kinds.items()
]


def test_both_languages_have_the_same_kinds():
    assert set(DEFAULTS["nl"]) == set(DEFAULTS["en"]) == set(KINDS) - WITHOUT_TEMPLATE
    assert set(KINDS) >= NOTICE_KINDS


@pytest.mark.parametrize(("kind", "language", "words"), TEXTS)
def test_every_placeholder_is_one_that_somebody_fills(kind, language, words):
    asked = {name for text in (words.subject, words.body, words.short) for name in names_in(text)}
    assert {name for name in asked if not name.startswith("link:")} <= PROVIDED
    assert {name for name in asked if name.startswith("link:")} <= {
        *(f"link:{name}" for name in (*KINDS[kind].links, *KINDS[kind].may_hold)),
        "link:withdraw",
        "link:me",
    }
    for name in KINDS[kind].links:
        assert f"link:{name}" in names_in(words.body)


@pytest.mark.parametrize("kind", DEFAULTS["nl"])
def test_both_languages_ask_for_the_same(kind):
    dutch, english = DEFAULTS["nl"][kind], DEFAULTS["en"][kind]
    for part in ("subject", "body", "short"):
        assert names_in(getattr(dutch, part)) == names_in(getattr(english, part))


@pytest.mark.parametrize(("kind", "language", "words"), TEXTS)
def test_a_legal_answer_names_no_vacancy_and_no_client(kind, language, words):
    if KINDS[kind].legal:
        assert KINDS[kind].legal in LEGAL_KINDS
        assert not names_in(words.subject + words.body) & {"vacancy", "client", "place"}


@pytest.mark.parametrize(("kind", "language", "words"), TEXTS)
def test_the_notices_hold_all_that_article_14_asks(kind, language, words):
    assert mailing.lint(kind, words.body, language) == []


def test_the_linter_sees_what_lacks():
    body = DEFAULTS["nl"]["approach"].body
    assert mailing.lint("approach", "Hallo", "nl")[:3] == ["answer link", "controller", "contact"]
    assert mailing.lint("approach", body.replace("Autoriteit Persoonsgegevens", "wie u wilt"), "nl") == ["complaint"]
    assert mailing.lint("approach", body.replace("> Bezwaar", "Bezwaar"), "nl") == ["objection in its own block"]
    assert mailing.lint("receipt_yes", "Hallo", "nl") == ["withdrawal link"]
    assert mailing.lint("receipt_no", "Hallo", "nl") == []
    assert mailing.lint("revealed", "Hallo", "en") == ["answer link"]


def test_a_confidential_client_is_only_the_callers_word(db):
    for language in ("nl", "en"):
        words = DEFAULTS[language]["talk_invite"]
        assert "[client]" not in words.subject


def test_the_first_words_are_published_once(db):
    assert publish_defaults() == sum(len(kinds) for kinds in DEFAULTS.values())
    assert publish_defaults() == 0
    assert not TemplateVersion.objects.filter(published_at=None).exists()


def test_an_organisations_own_words_stay_the_newest(db):
    publish_defaults()
    own = factories.make_template("receipt_no", body="Van ons zelf")
    publish_defaults()
    assert TemplateVersion.objects.latest_of("receipt_no", "nl") == own


@pytest.mark.parametrize("attack", ["update", "delete"])
def test_published_words_never_change(db, attack):
    publish_defaults()
    rows = TemplateVersion.objects.filter(kind="approach")
    with pytest.raises(IntegrityError, match="published"), transaction.atomic():
        rows.update(body="other") if attack == "update" else rows.delete()
