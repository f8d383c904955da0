"""No message goes out blank, and none with a hole where a word should be."""

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError, connection, transaction

from mailing import rendering, services
from mailing.ink import PATTERN, has_ink
from mailing.models import Message, State
from mailing.rendering import Blank, EmptyPlaceholder
from privacy import services as privacy
from tests import factories
from tests.mailing.conftest import WORDS

NOTHING = {
    "empty": "",
    "spaces": "   ",
    "line breaks": "\n\n\t",
    "a hard space": "\u00a0",
    "no width": "\u200b\u200c\u200d\ufeff",
    "a soft hyphen": "\u00ad",
    "marks of direction": "\u200e\u202a\u2066",
    "a Hangul filler": "\u3164\u115f\uffa0",
    "an empty Braille cell": "\u2800",
    "a wide space": "\u3000",
    "a variation selector": "\ufe0f",
    "zeros of C": "\0",
}
SEEN = ["a", "é", "Ω", "—", "😀", "你", ".", "0", "\u200ba\u200b"]


@pytest.fixture(params=list(NOTHING.values()), ids=list(NOTHING))
def nothing(request):
    return request.param


@pytest.mark.parametrize("text", SEEN)
def test_what_can_be_seen_is_ink(text):
    assert has_ink(text)


def test_nothing_is_no_ink(nothing):
    assert not has_ink(nothing)


def test_the_database_sees_the_same(db):
    def inked(text):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s ~ %s", [text, PATTERN])
            return cursor.fetchone()[0]

    assert [inked(text) for text in SEEN] == [True] * len(SEEN)
    assert [inked(text.replace("\0", "")) for text in NOTHING.values()] == [False] * len(NOTHING)


# What is queued


def test_a_value_without_ink_is_a_hole(queue, nothing):
    with pytest.raises(EmptyPlaceholder, match="place"):
        queue(context={**WORDS, "place": nothing})
    assert not Message.objects.exists()
    assert queue(context={**WORDS, "place": "Utrecht"}).state == State.QUEUED


def test_a_line_with_an_optional_value_without_ink_falls_away(queue, nothing):
    with_line = queue(context={**WORDS, "note": "Uw verhaal viel op."}, key="with").body_text
    without = queue(context={**WORDS, "note": nothing}, key="without").body_text
    assert "Uw verhaal viel op.\n\n" in with_line
    assert without.count("\n\n") == with_line.count("\n\n") - 1


def test_a_text_of_which_every_line_falls_away_is_not_sent(queue, organisation):
    template = factories.make_template("receipt_no", name="Leeg", body="[recruiter_title?]")
    with pytest.raises(Blank, match="of the text"):
        queue(kind="receipt_no", template=template, sender=None)
    assert not Message.objects.exists()


def test_a_subject_that_falls_away_is_not_sent(queue, organisation):
    template = factories.make_template("receipt_no", name="Leeg", subject_line="[recruiter_title?]")
    with pytest.raises(Blank, match="of the subject"):
        queue(kind="receipt_no", template=template, sender=None)


def test_a_short_text_that_falls_away_is_not_copied(copy, organisation):
    template = factories.make_template(name="Leeg", short="[note?]")
    with pytest.raises(Blank, match="of the text"):
        copy(template=template)
    assert not Message.objects.exists()


def test_a_link_without_visible_words_shows_its_place(db):
    link = factories.make_link(factories.make_request(factories.make_candidacy()))
    html = rendering.render(
        subject="Hallo", body="[link:consent|\u200b]", values={}, links={"consent": link}, language="nl"
    ).html
    assert f">[[link:consent:{link.pk}]]</a>" in html


@pytest.mark.parametrize(("subject", "body"), [("\u200b", "Hallo"), ("Hallo", " \n\u00a0")])
def test_account_mail_is_never_blank(organisation, subject, body):
    with pytest.raises(Blank):
        services.queue_account_mail(EmailMessage(subject, body, to=["rosa@search.example"]))
    assert not Message.objects.exists()


# What is stored


@pytest.mark.parametrize("column", ["subject_line", "body_text"])
@pytest.mark.parametrize("state", [State.QUEUED, State.CLAIMED])
def test_the_database_holds_no_blank_mail_that_has_to_leave(queue, nothing, column, state):
    message = queue()
    Message.objects.filter(pk=message.pk).update(state=state)
    with pytest.raises(IntegrityError, match="mail_blank"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**{column: nothing.replace("\0", "")})


def test_a_blank_mail_is_not_queued_by_hand_either(organisation):
    with pytest.raises(IntegrityError, match="mail_blank"), transaction.atomic():
        factories.make_message(body_text="\u200b")


def test_a_text_to_copy_has_no_subject_but_words(copy):
    message = copy()
    assert message.subject_line == ""
    with pytest.raises(IntegrityError, match="mail_blank"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(body_text="")


def test_what_was_sent_can_be_erased(queue):
    message = queue()
    Message.objects.filter(pk=message.pk).update(state=State.CLAIMED)
    Message.objects.filter(pk=message.pk).update(state=State.ACCEPTED)
    Message.objects.filter(pk=message.pk).update(body_text="", subject_line="", body_html="")
    message.refresh_from_db()
    assert message.body_text == ""


def test_what_still_waits_is_stopped_and_erased(queue):
    message = queue()
    privacy.erase(message.subject, reason="erasure")
    message.refresh_from_db()
    assert (message.state, message.body_text) == (State.ABORTED, "")
