"""What happened to a message, in words: no code falls through, and what events told is told without them too."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone, translation

from mailing import events, reasons, wording
from mailing.models import Channel, MailEvent, Message, State
from tests.factories import make_message

ROOT = Path(settings.BASE_DIR)
BOUNCE_CLASSES = (1, 10, 20, 21, 22, 23, 24, 25, 30, 40, 50, 51, 52, 53, 54, 60, 70, 80, 90, 100)
PROVIDER = (
    *(400, 401, 403, 404, 405, 406, 409, 413, 415, 420, 422, 429, 500, 502, 503, 504),
    *(1100, 1101, 1102, 1103, 1200, 1300, 1301, 1303, 1304, 1305, 1400, 1401, 1500, 1501, 1502, 1600, 1601, 1602),
    *(1603, 1700, 1800, 1900, 1901, 1902, 2000, 2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008, 2101, 2102, 2103),
    *(2105, 2106, 3000, 3001, 3002, 3010, 3020, 3040, 3050, 5002, 7000, 7001),
)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def literals(node):
    """The texts an expression may give: a text, or either side of an `if`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    return literals(node.body) | literals(node.orelse) if isinstance(node, ast.IfExp) else set()


def codes_in(source):
    """Codes the code writes as a message's reason: `abort(reason=)`, `update(state=, reason=)`, `_failed(message, …)`,
    and `{"state": …, "reason": …}`."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            if name == "abort" or (name == "update" and "state" in keywords):
                found |= literals(keywords.get("reason"))
            if name in ("_failed", "mark_failed", "queue_again") and len(node.args) > 1:
                found |= literals(node.args[1])
        if isinstance(node, ast.Dict):
            pairs = {word: value for key, value in zip(node.keys, node.values, strict=True) for word in literals(key)}
            if {"state", "reason"} <= pairs.keys():
                found |= literals(pairs["reason"])
    return found - {""}


def written_codes():
    floors = ("mailing", "privacy", "consent", "candidates", "introductions", "watson")
    return set().union(*(codes_in(path.read_text()) for floor in floors for path in (ROOT / floor).rglob("*.py")))


def test_the_search_for_codes_finds_them():
    assert codes_in('mail.abort(subject=s, reason="a")\n_failed(m, "b")\nx.update(state=1, reason="c")\n') == set("abc")
    assert codes_in('d = {"state": 1, "reason": "d"}') == {"d"}
    assert {"undone", "objected", "no_notice", "no_trace", "attempts_used"} <= written_codes()


def test_every_code_our_own_verbs_write_has_words():
    assert {code for code in written_codes() if not reasons.is_known(code)} == set()


@pytest.mark.parametrize(
    "code",
    [
        *(f"bounce_{number}" for number in BOUNCE_CLASSES),
        *(f"provider_{number}" for number in PROVIDER),
        *("provider_suppressed", "provider_rejected", events.LATE_TRACE, events.LATE_TRACE_FAILED, *events.NEVER_MADE),
        *("i8_suppressed", "i8_restricted", "i8_erased", "i8_unchecked", "i8_legal_act"),
    ],
)
def test_every_code_is_told_in_words_with_something_to_do(code):
    assert reasons.is_known(code)
    found = reasons.why(code)
    for sentence in (str(found.words), str(found.advice)):
        assert sentence.endswith("."), sentence
        assert " " in sentence
        assert code not in sentence


def test_classes_are_named_for_support_and_have_words():
    assert set(reasons.CLASS_NAMES) == set(BOUNCE_CLASSES)
    assert reasons.technical("bounce_22") == "bounce class 22 (Mailbox Full)"
    assert reasons.technical("provider_1902") == "SparkPost 1902"
    assert reasons.technical("undone") == "undone"


def test_a_code_that_comes_later_is_a_sentence_too():
    for code in ("bounce_77", "provider_9999", "something_new"):
        assert not reasons.is_known(code)
        assert " " in str(reasons.why(code).words)
        assert reasons.why(code).advice
    assert "9999" in str(reasons.why("provider_9999").words)
    assert str(reasons.why("").words) == ""


def test_every_kind_of_event_and_message_has_words():
    assert set(wording.EVENTS) >= events.KNOWN
    from mailing.kinds import KINDS

    assert set(KINDS) <= set(wording.KINDS)


# The life of a message


def event(message, kind, minutes, **fields):
    return MailEvent.objects.create(
        event_id=f"{message.pk}-{kind}-{minutes}",
        type=kind,
        at=message.accepted_at + timedelta(minutes=minutes),
        message=message,
        **fields,
    )


@pytest.fixture
def sent(db):
    at = timezone.now() - timedelta(days=1)
    return make_message(
        state=State.DELIVERED,
        accepted_at=at,
        delivered_at=at + timedelta(minutes=1),
        prefetched_at=at + timedelta(minutes=2),
        opened_at=at + timedelta(minutes=3),
        clicked_at=at + timedelta(minutes=4),
        answered_at=at + timedelta(minutes=5),
    )


def told(message):
    return [str(moment.text) for moment in wording.life_of(message)]


def test_a_message_keeps_its_life_when_its_events_are_gone(sent):
    Message.objects.filter(pk=sent.pk).update(created_at=sent.accepted_at - timedelta(minutes=1))
    sent.refresh_from_db()
    without = told(sent)
    assert without == [
        "Written",
        "Handed over to SparkPost",
        "Delivered to the mail server of the reader",
        "Fetched by a mail program, which says nothing about the reader",
        "Opened",
        "Link to the privacy policy clicked",
        "Answered by the reader",
    ]
    event(sent, "delivery", 1)
    event(sent, "open", 2, is_prefetched=True)
    event(sent, "open", 3)
    event(sent, "initial_open", 3)
    event(sent, "click", 4)
    assert told(sent) == without


def test_what_a_machine_fetched_is_shown_apart(sent):
    assert [moment.by_machine for moment in wording.life_of(sent)].count(True) == 1
    event(sent, "open", 2, is_prefetched=True)
    assert [moment.by_machine for moment in wording.life_of(sent)].count(True) == 1


def test_a_failure_is_told_once_with_its_reason(sent):
    Message.objects.filter(pk=sent.pk).update(
        state=State.BOUNCED, reason="bounce_22", ended_at=sent.accepted_at + timedelta(hours=1)
    )
    sent.refresh_from_db()
    assert [str(moment.detail) for moment in wording.life_of(sent) if moment.detail] == ["The mailbox is full."]
    event(sent, "bounce", 60, bounce_class=22)
    assert [str(moment.detail) for moment in wording.life_of(sent) if moment.detail] == ["The mailbox is full."]
    event(sent, "bounce", 70, bounce_class=60)
    assert "Answered by a machine, such as an out-of-office note" in told(sent)


# What comes next


def next_of(paused=False, **fields):
    return wording.next_of(Message(**{"channel": Channel.EMAIL, "attempts": 0, **fields}), paused=paused)


def test_what_comes_next_is_said_with_its_moment():
    now = timezone.now()
    later = now + timedelta(days=2)
    local = timezone.localtime(later)
    shown = f"{local:%-d} {local:%B}, {local:%H:%M}"
    assert shown in next_of(state=State.QUEUED, not_before=later, attempts=2, reason="retry")
    assert "tried again by itself" in next_of(state=State.QUEUED, not_before=now, attempts=2)
    assert next_of(state=State.QUEUED, not_before=later).startswith(f"It leaves at {shown}:")
    assert next_of(state=State.QUEUED, not_before=now - timedelta(minutes=1)) == "It leaves within a minute."
    assert "outbox runs again" in next_of(paused=True, state=State.QUEUED, not_before=now)
    assert "SparkPost is asked at" in next_of(state=State.CLAIMED, claimed_at=now)
    assert "goes on trying until" in next_of(state=State.ACCEPTED, accepted_at=now)
    assert next_of(state=State.ACCEPTED, accepted_at=now - timedelta(days=4)) == ""
    assert next_of(state=State.ACCEPTED, accepted_at=now, channel=Channel.INMAIL) == ""
    assert "yourself" in next_of(state=State.DRAFT)
    assert next_of(state=State.DELIVERED) == ""


def test_advice_ends_when_somebody_has_dealt_with_it():
    assert wording.advice_of(Message(reason="bounce_22"))
    assert wording.advice_of(Message(reason="bounce_22", handled_at=timezone.now())) == ""
