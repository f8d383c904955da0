"""The verbs of whoever writes templates."""

import re
import uuid

import pytest

from accounts.models import Organisation, Role
from mailing import authoring, outbox, rendering
from mailing.authoring import Words
from mailing.kinds import TEST
from mailing.models import Message, RetiredTemplate, State, TemplateVersion
from mailing.ports import Reader
from mailing.texts import DEFAULTS
from privacy.guards import Refused
from privacy.models import LedgerEntry, Link
from tests import factories

OWN = DEFAULTS["nl"]["approach"]
WORDS = Words(OWN.subject, OWN.body.replace("Ik denk", "Ik geloof"), OWN.short, "Vriendelijker.")


@pytest.fixture
def rosa(organisation):
    return factories.make_user("Rosa")


@pytest.fixture
def sam(organisation):
    return factories.make_user("Sam")


@pytest.fixture
def olga(organisation):
    return factories.make_user("Olga", Role.OFFICER)


@pytest.fixture
def standard(organisation):
    return TemplateVersion.objects.latest_of("approach", "nl")


@pytest.fixture
def draft(standard, rosa):
    return authoring.start(kind="approach", language="nl", origin=standard, actor=rosa)


def written(draft, actor, words=WORDS):
    return authoring.save(draft, words=words, revision=draft.revision, actor=actor).draft


# Beginning


def test_a_draft_begins_with_the_words_of_another_version(draft, standard, rosa):
    assert (draft.version, draft.body, draft.author, draft.published_at) == (2, standard.body, rosa, None)
    assert draft.note == ""
    assert TemplateVersion.objects.latest_of("approach", "nl") == standard


def test_a_named_one_numbers_its_own(standard, rosa):
    draft = authoring.start_named(origin=standard, name="Kort", actor=rosa)
    assert (draft.name, draft.version, draft.body) == ("Kort", 1, standard.body)
    with pytest.raises(Refused, match="this name already"):
        authoring.start_named(origin=standard, name="kort", actor=rosa)


@pytest.mark.parametrize("kind", ["unheard_of", "account", "test"])
def test_there_is_no_template_of_nothing(kind, rosa):
    with pytest.raises(Refused, match="no such kind"):
        authoring.start(kind=kind, language="nl", actor=rosa)


# Saving


def test_what_was_typed_is_kept_with_who_and_when(draft, sam):
    saved = authoring.save(draft, words=WORDS, revision=0, actor=sam)
    assert saved.theirs is None
    held = TemplateVersion.objects.get(pk=draft.pk)
    assert (held.body, held.note, held.changed_by, held.revision) == (WORDS.body, WORDS.note, sam, 1)


def test_the_same_words_again_are_no_change(draft, sam):
    written(draft, sam)
    again = authoring.save(draft, words=WORDS, revision=0, actor=sam)
    assert (again.draft.revision, again.theirs) == (1, None)


def test_two_who_write_at_once_both_keep_their_words(draft, rosa, sam):
    authoring.save(draft, words=WORDS, revision=0, actor=sam)
    mine = Words("Anders", "Van Rosa", "", "")
    saved = authoring.save(draft, words=mine, revision=0, actor=rosa)
    assert saved.theirs == draft
    assert (saved.draft.version, saved.draft.body, saved.draft.author) == (3, "Van Rosa", rosa)
    assert TemplateVersion.objects.get(pk=draft.pk).body == WORDS.body


def test_words_typed_while_a_colleague_published_are_kept_too(draft, rosa, olga):
    authoring.publish(draft, actor=olga)
    saved = authoring.save(draft, words=WORDS, revision=0, actor=rosa)
    assert saved.theirs == draft
    assert (saved.draft.body, saved.draft.published_at) == (WORDS.body, None)


# Publishing


def test_published_words_are_used_from_now_on(draft, rosa, olga, queue):
    held = authoring.publish(written(draft, rosa), actor=olga)
    assert (held.published_by, held.version) == (olga, 2)
    assert "Ik geloof" in queue().body_text
    entry = LedgerEntry.objects.get(kind="template.published")
    assert entry.codes == {"template": str(held.pk), "template_kind": "approach", "language": "nl", "version": 2}
    assert authoring.publish(draft, actor=olga) == held
    assert LedgerEntry.objects.filter(kind="template.published").count() == 1


def test_a_recruiter_does_not_publish(draft, rosa):
    with pytest.raises(Refused, match="privacy officer or an administrator"):
        authoring.publish(draft, actor=rosa)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (Words("  ", OWN.body, "", ""), "needs a subject and a text"),
        (Words(OWN.subject, "\u200b\n ", "", ""), "needs a subject and a text"),
        (Words(OWN.subject, OWN.body.replace("[source]", "internet"), "", ""), "where the data come from"),
        (Words(OWN.subject, OWN.body + "[nonsense]", "", ""), "This message has no [nonsense]"),
        (Words(OWN.subject, OWN.body, "Zonder link", ""), "the answer link in the short text"),
    ],
)
def test_what_lacks_something_is_not_published_and_says_what(draft, rosa, olga, words, said):
    unfit = written(draft, rosa, words)
    with pytest.raises(Refused) as refusal:
        authoring.publish(unfit, actor=olga)
    assert said in str(refusal.value)
    assert TemplateVersion.objects.get(pk=draft.pk).published_at is None


def test_nothing_is_published_while_the_footer_has_a_hole(draft, olga):
    Organisation.objects.update(kvk="")
    with pytest.raises(Refused, match="Chamber of Commerce"):
        authoring.publish(draft, actor=olga)


def test_an_older_draft_becomes_the_newest_version(draft, standard, rosa, olga):
    later = authoring.start(kind="approach", language="nl", origin=standard, actor=rosa)
    authoring.publish(later, actor=olga)
    held = authoring.publish(written(draft, rosa), actor=olga)
    assert held.version == later.version + 1
    assert TemplateVersion.objects.latest_of("approach", "nl") == held


# Discarding, retiring


def test_a_draft_is_thrown_away_by_its_writer_or_a_publisher(draft, rosa, sam, olga):
    with pytest.raises(Refused):
        authoring.discard(draft, actor=sam)
    authoring.discard(draft, actor=rosa)
    assert not TemplateVersion.objects.filter(pk=draft.pk).exists()
    theirs = authoring.start(kind="approach", language="nl", actor=rosa)
    authoring.discard(theirs, actor=olga)
    assert LedgerEntry.objects.filter(kind="template.discarded").count() == 2


def test_what_is_published_is_not_thrown_away(standard, olga):
    with pytest.raises(Refused, match="never changes"):
        authoring.discard(standard, actor=olga)


def test_a_named_one_is_retired_and_brought_back(standard, rosa, olga):
    named = authoring.publish(authoring.start_named(origin=standard, name="Kort", actor=rosa), actor=olga)
    with pytest.raises(Refused):
        authoring.retire(named, actor=rosa)
    authoring.retire(named, actor=olga)
    authoring.retire(named, actor=olga)
    assert RetiredTemplate.objects.get().by == olga
    draft = authoring.start(kind="approach", language="nl", name="Kort", origin=named, actor=rosa)
    with pytest.raises(Refused, match="Bring it back first"):
        authoring.publish(draft, actor=olga)
    authoring.bring_back(named, actor=olga)
    assert authoring.publish(draft, actor=olga).version == 2
    kinds = LedgerEntry.objects.filter(kind__in=["template.retired", "template.brought_back"])
    assert sorted(kinds.values_list("kind", flat=True)) == ["template.brought_back", "template.retired"]


def test_neither_the_standard_one_nor_a_mere_draft_is_retired(standard, rosa, olga):
    with pytest.raises(Refused, match="always needed"):
        authoring.retire(standard, actor=olga)
    with pytest.raises(Refused, match="was published"):
        authoring.retire(authoring.start_named(origin=standard, name="Kort", actor=rosa), actor=olga)


# Looking


def test_the_preview_has_an_invented_reader_and_issues_no_link(draft, rosa):
    shown = authoring.preview(draft, actor=rosa)
    assert shown.subject == "Financieel directeur bij Molen Foods B.V.: mag ik u voorstellen?"
    assert "Beste Anna de Vries," in shown.text
    assert f"{rendering.MASK}consent" in shown.text
    assert "Sterling" in shown.text or Organisation.current().legal_name in shown.text
    assert "href" not in shown.html
    assert f"{rendering.MASK}withdraw" in shown.short
    assert not Link.objects.exists()


def test_the_preview_of_somebody_real_says_what_they_would_read(draft, rosa):
    reader = Reader(uuid.uuid4(), uuid.uuid4(), "Bob", "CFO", {"greeting": "Beste Bob,", "vacancy": "CFO"})
    shown = authoring.preview(draft, actor=rosa, reader=reader)
    assert "Beste Bob," in shown.text
    assert shown.subject.startswith("CFO bij")


def test_the_preview_of_something_unfinished_shows_it_as_typed(draft, rosa):
    half = written(draft, rosa, Words("Hallo", "[greeting]\n\n[nonsense] en [open", "", ""))
    assert "[nonsense] en [open" in authoring.preview(half, actor=rosa).text


def test_the_preview_of_nothing_says_so(draft, rosa):
    blank = written(draft, rosa, Words("Hallo", "[tracking?]", "", ""))
    Organisation.objects.update(mail_tracking="off")
    assert "of the text" in authoring.preview(blank, actor=rosa).blank


# The test to oneself


def test_a_test_goes_to_oneself_with_an_invented_reader(draft, rosa, settings):
    message = authoring.send_test(written(draft, rosa), actor=rosa)
    assert (message.kind, message.to_email, message.sender) == (TEST, rosa.email, rosa)
    assert (message.subject, message.template, message.vacancy_ref) == (None, None, None)
    assert message.subject_line.startswith("[Test] Financieel directeur")
    assert "Ik geloof" in message.body_text
    assert message.state == State.QUEUED
    assert not rendering.stored_links(message.body_text, message.body_html)
    assert f"{settings.BASE_URL}/mail/test-link/" in message.body_text
    assert not Link.objects.exists()


def test_a_test_arrives_and_its_links_are_nobodys(draft, rosa, standin, settings):
    message = authoring.send_test(draft, actor=rosa)
    assert outbox.hand_over() == 1
    (mail,) = standin.mails
    assert (mail.to, mail.subject) == (rosa.email, message.subject_line)
    assert "List-Unsubscribe" not in mail.headers
    assert set(re.findall(r'href="([^"]+)"', mail.html)) == {
        f"{settings.BASE_URL}/mail/test-link/",
        f"{settings.BASE_URL}/privacy/?lang=nl",
    }


def test_a_sixth_test_in_ten_minutes_waits(draft, rosa, sam):
    for _test in range(authoring.TESTS_AT_ONCE):
        authoring.send_test(draft, actor=rosa)
    with pytest.raises(Refused, match="Wait a little"):
        authoring.send_test(draft, actor=rosa)
    authoring.send_test(draft, actor=sam)
    assert Message.objects.filter(kind=TEST).count() == authoring.TESTS_AT_ONCE + 1


@pytest.mark.parametrize(
    "words", [Words("", OWN.body, "", ""), Words("Hallo", "\u200b", "", ""), Words("Hallo", "[nonsense]", "", "")]
)
def test_a_test_is_never_blank_and_has_no_hole(draft, rosa, words):
    with pytest.raises(Refused):
        authoring.send_test(written(draft, rosa, words), actor=rosa)
    assert not Message.objects.exists()
