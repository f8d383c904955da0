"""A notice says everything GDPR art. 13 and 14 ask for, in both languages, or is not published."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Role
from consent import lint, services
from consent.models import ConsentText, Purpose
from consent.seed import NOTICE_EN, NOTICE_NL, TEXTS
from privacy.guards import Refused
from privacy.models import LedgerEntry
from tests.factories import make_user

SEED = {"nl": NOTICE_NL, "en": NOTICE_EN}
# Item -> the words of the seed that say it, in Dutch and in English; where several do, all of them.
SAID: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "controller": (("[legal_name]",), ("[legal_name]",)),
    "reach": (("[address], ", "e-mail [email]"), ("[address], ", "e-mail [email]")),
    "contact": (("[privacy_contact]",), ("[privacy_contact]",)),
    "purpose": (("Dat is het enige doel waarvoor",), ("That is the only purpose we",)),
    "basis": (("grondslag",), ("legal basis",)),
    "interest": (("gerechtvaardigd belang",), ("legitimate interest",)),
    "consent": (("toestemming",), ("consent",)),
    "categories": (("Welke gegevens",), ("Which data",)),
    "source": (("De bron", "openbare bronnen"), ("The source", "public sources")),
    "recipients": (("Wie uw gegevens ontvangt\n",), ("Who receives your data\n",)),
    "transfers": (
        ("buiten de Europese Economische Ruimte (buiten de EER)",),
        ("outside the European Economic Area (outside the EEA)",),
    ),
    "storage": (("[retention_days]",), ("[retention_days]",)),
    "proof": (("[proof]",), ("[proof]",)),
    "no_answer": (("[no_answer_days]",), ("[no_answer_days]",)),
    "access": (("inzien, ",), ("see, ",)),
    "rectification": (("laten corrigeren, ",), ("correct and ",)),
    "erasure": (("laten wissen, ",), ("erase your data, ",)),
    "restriction": (("het gebruik laten beperken",), ("limit their use",)),
    "portability": (("uw gegevens meenemen",), ("take them along",)),
    "objection": (("U mag bezwaar maken; dan stoppen wij.",), ("You may object; then we stop.",)),
    "withdraw": (("intrekken",), ("withdraw",)),
    "complaint": (
        ("Een klacht kunt u indienen bij de Autoriteit Persoonsgegevens.",),
        ("You may complain to the Autoriteit Persoonsgegevens",),
    ),
    "required": (("U bent niet verplicht ons iets te geven.",), ("You are not obliged to give us anything.",)),
    "automated": (("geautomatiseerde",), ("automated",)),
    "profiling": (("doen niet aan profilering",), ("do no profiling",)),
}  # fmt: skip


def without(language: str, item: str) -> str:
    text = SEED[language]
    for words in SAID[item][lint.LANGUAGES.index(language)]:
        assert words in text, words
        text = text.replace(words, "")
    return text


def draft(**fields) -> ConsentText:
    values = {**TEXTS[Purpose.INTRODUCE], "notice_nl": NOTICE_NL, "notice_en": NOTICE_EN, **fields}
    return ConsentText.objects.create(purpose="introduce", version=9, **values)


@pytest.mark.parametrize("language", lint.LANGUAGES)
def test_the_seed_says_everything(language):
    assert lint.missing(SEED[language], language) == []
    assert len(lint.missing("", language)) == len(lint.ITEMS)


def test_every_item_is_tried():
    assert set(SAID) == set(lint.ITEMS)


@pytest.mark.parametrize("item", SAID)
@pytest.mark.parametrize("language", lint.LANGUAGES)
def test_what_is_taken_out_is_missed(language, item):
    words = str(lint.ITEMS[item][0])
    assert lint.missing(without(language, item), language) == [words]


@pytest.mark.parametrize("language", lint.LANGUAGES)
def test_a_right_is_not_given_by_telling_what_we_do_ourselves(language):
    text = {"nl": "Wij wissen en corrigeren uw gegevens.", "en": "We erase and correct your data."}[language]
    lacks = lint.missing(text, language)
    assert {str(lint.ITEMS[item][0]) for item in ("erasure", "rectification")} <= set(lacks)


def test_case_does_not_matter():
    assert lint.missing(NOTICE_EN.lower(), "en") == []


# Publishing


def test_a_whole_text_is_published_once(db):
    ada = make_user("Ada", Role.ADMINISTRATOR)
    text = draft()
    published = services.publish_text(text, actor=ada)
    assert published.published_at is not None
    assert services.publish_text(text, actor=ada).published_at == published.published_at
    entry = LedgerEntry.objects.get(kind="consent_text.published")
    assert (entry.actor, entry.codes["version"]) == (ada.pk, 9)


@pytest.mark.parametrize("language", lint.LANGUAGES)
@pytest.mark.parametrize("item", ["complaint", "objection", "source"])
def test_a_notice_that_lacks_an_item_is_not_published(db, language, item):
    text = draft(**{f"notice_{language}": without(language, item)})
    with pytest.raises(Refused, match=f"{lint.ITEMS[item][0]} \\({language}\\)"):
        services.publish_text(text, actor=make_user("Ada", Role.ADMINISTRATOR))
    text.refresh_from_db()
    assert text.published_at is None
    text.published_at = timezone.now()
    with pytest.raises(ValidationError, match=str(lint.ITEMS[item][0])):
        text.full_clean()


@pytest.mark.parametrize(
    ("field", "words", "sentence"),
    [
        ("question_nl", "Mogen wij u voorstellen voor [vacancy]?", r"\[client\] \(nl\)"),
        ("yes_en", "Yes, send my data to [client].", r"\[vacancy\] \(en\)"),
        ("notice_en", f"{NOTICE_EN} [nonsense]", r"\[nonsense\]"),
    ],
)
def test_a_question_names_vacancy_and_client_and_leaves_no_hole(db, field, words, sentence):
    with pytest.raises(Refused, match=sentence):
        services.publish_text(draft(**{field: words}), actor=make_user("Ada", Role.ADMINISTRATOR))


def test_the_admin_publishes_nothing_that_lacks_an_item(client, db):
    client.force_login(make_user("Ada", Role.ADMINISTRATOR))
    text = draft()
    url = f"/admin/consent/consenttext/{text.pk}/change/?lang=en"
    fields = {name: getattr(text, name) for name in ("purpose", "version", *TEXTS[Purpose.INTRODUCE], "notice_nl")}
    response = client.post(url, {**fields, "notice_en": without("en", "complaint"), "publish": "on"})
    assert response.status_code == 200
    assert "the right to complain to the Autoriteit Persoonsgegevens (en)" in response.content.decode()
    text.refresh_from_db()
    assert (text.published_at, text.notice_en) == (None, NOTICE_EN)
    assert client.post(url, {**fields, "notice_en": without("en", "complaint")}).status_code == 302, "a draft may"
    assert client.post(url, {**fields, "notice_en": NOTICE_EN, "publish": "on"}).status_code == 302
    text.refresh_from_db()
    assert text.published_at is not None
