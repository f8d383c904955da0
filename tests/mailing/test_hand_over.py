"""The hand-over: every outcome of SparkPost's wire, and what the claim refuses."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.models import Organisation
from consent.models import ConsentRequest
from mailing import lines, outbox, reconciler, services, transmissions
from mailing.models import Message, ProviderStream, State, Stream
from mailing.signals import notice_failed, notice_handed_over
from mailing.sparkpost import errors
from mailing.sparkpost.client import Accepted
from mailing.sparkpost.standin.compose import delivered_html
from privacy import links, suppression
from privacy.models import LedgerEntry
from privacy.models.suppression import SUPPRESSION_LOCK
from tests import factories


@pytest.fixture
def heard():
    """What was announced to the floors above."""
    told: dict[str, list[Any]] = {"handed_over": [], "failed": []}

    def handed_over(sender, messages, **kwargs):
        assert connection.in_atomic_block
        told["handed_over"] += [message.pk for message in messages]

    def failed(sender, messages, **kwargs):
        told["failed"] += [message.pk for message in messages]

    notice_handed_over.connect(handed_over)
    notice_failed.connect(failed)
    yield told
    notice_handed_over.disconnect(handed_over)
    notice_failed.disconnect(failed)


def fresh(message):
    message.refresh_from_db()
    return message


def test_what_is_due_is_handed_over_once(queue, standin, heard):
    message = queue()
    assert outbox.hand_over() == 1
    assert outbox.hand_over() == 0
    (mail,) = standin.mails
    assert fresh(message).state == State.ACCEPTED
    assert message.transmission_id == mail.transmission_id
    assert message.accepted_at
    assert message.attempts == 1
    assert heard == {"handed_over": [message.pk], "failed": []}


def test_what_is_not_due_waits(queue, standin):
    queue(not_before=timezone.now() + timedelta(seconds=30))
    assert outbox.hand_over() == 0
    assert standin.mails == []


def test_the_mail_has_its_sender_links_and_headers(queue, standin):
    message = queue()
    outbox.hand_over()
    (mail,) = standin.mails
    sender = message.sender
    assert mail.from_name == f"{sender.name} (Voorbeeld Search)"
    assert mail.from_email == f"{sender.email.partition('@')[0]}@mail.search.example"
    assert mail.reply_to == f"Rosa <r-{message.pk.hex}@reply.search.example>"
    assert mail.headers["Message-ID"] == f"<m-{message.pk.hex}@reply.search.example>"
    assert mail.to_name == "Anna de Vries"
    assert mail.metadata == {"message": str(message.pk)}
    withdraw = links.url(message.subject.links.get(purpose="withdraw"))
    assert mail.payload["content"]["headers"] == {
        "Message-ID": f"<m-{message.pk.hex}@reply.search.example>",
        "List-Unsubscribe": f"<{withdraw}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    consent = links.url(message.subject.links.get(purpose="consent"))
    assert consent in mail.text
    assert consent in mail.html
    assert "[[link:" not in mail.text + mail.html
    assert mail.option("perform_substitutions", True) is False


def test_without_an_inbound_domain_answers_go_to_the_recruiters_own_mailbox(queue, standin, settings):
    settings.MAIL_INBOUND_DOMAIN = ""
    message = queue()
    outbox.hand_over()
    (mail,) = standin.mails
    assert mail.reply_to == message.sender.email
    assert "Message-ID" not in mail.headers


def test_only_the_policy_may_be_followed_and_no_address_with_a_token(queue, standin):
    message = queue()
    outbox.hand_over()
    (mail,) = standin.mails
    followed = {link.url for link in mail.links if link.tracked}
    others = {link.url for link in mail.links if not link.tracked}
    assert [url.partition("?")[0].endswith("/privacy/") for url in followed] == [True]
    assert {links.url(link) for link in message.subject.links.exclude(purpose="portal")} <= others
    assert "https://www.linkedin.com/in/anna" in others
    assert mail.opens_tracked


@pytest.mark.parametrize("tracking", ["off", "consent", ""])
def test_without_a_disclosed_choice_nothing_is_followed(queue, standin, tracking):
    factories.make_organisation(mail_tracking=tracking)
    message = queue()
    assert not message.track
    assert "Wij meten" not in message.body_text
    factories.make_organisation(mail_tracking=tracking or "off")
    outbox.hand_over()
    (mail,) = standin.mails
    assert not any(link.tracked for link in mail.links)
    assert not mail.opens_tracked
    assert "data-msys" not in mail.text


def test_who_switched_it_off_is_not_followed(queue, standin):
    message = queue()
    assert message.track
    services.follow(subject=message.subject, wanted=False, actor=None)
    outbox.hand_over()
    (mail,) = standin.mails
    assert not mail.opens_tracked
    assert not any(link.tracked for link in mail.links)
    services.follow(subject=message.subject, wanted=False, actor=None)
    services.follow(subject=message.subject, wanted=True, actor=None)
    assert list(LedgerEntry.objects.order_by("at").values_list("kind", flat=True).filter(kind__startswith="mail.")) == [
        "mail.unfollowed",
        "mail.followed",
    ]


def test_an_answer_is_never_followed(queue, standin):
    assert not queue(kind="receipt_yes", transactional=True).track


def test_braces_in_a_name_are_never_a_template(queue, standin):
    queue(to_name="{{7*7}} {{address.email}}", context={**_words(), "vacancy": "{{email}}"})
    outbox.hand_over()
    (mail,) = standin.mails
    standin.flush_events()
    assert not mail.failure
    assert "{{7*7}} {{address.email}}" in mail.text
    assert "{{email}}" in mail.subject
    assert "{{7*7}}" in delivered_html(mail, standin.url)
    assert mail.to_name == "{{7*7}} {{address.email}}"


def _words():
    from tests.mailing.conftest import WORDS

    return WORDS


def test_an_incomplete_organisation_sends_nothing(queue, standin):
    message = queue()
    factories.make_organisation(mail_domain="")
    assert outbox.hand_over() == 0
    assert fresh(message).state == State.QUEUED
    assert outbox.missing() == ["sending domain"]
    factories.make_organisation()
    assert outbox.hand_over() == 1


def test_without_a_key_nothing_is_tried(queue, standin, settings):
    settings.SPARKPOST_API_KEY = ""
    queue()
    assert outbox.hand_over() == 0
    assert outbox.missing() == ["SPARKPOST_API_KEY"]


# Outcomes


@pytest.mark.parametrize(
    "fault",
    ["503", "500"],
)
def test_not_taken_is_tried_again_later(queue, standin, fault):
    message = queue()
    standin.misbehave(fault)
    outbox.hand_over()
    assert fresh(message).state == State.QUEUED
    assert message.reason == "retry"
    assert message.attempts == 1
    assert message.not_before - timezone.now() > timedelta(seconds=4)
    Message.objects.filter(pk=message.pk).update(not_before=timezone.now())
    outbox.hand_over()
    assert fresh(message).state == State.ACCEPTED
    assert len(standin.mails) == 1


def test_nobody_at_the_other_end_burns_no_attempt(queue, standin):
    messages = [queue() for _ in range(2)]
    standin.stop()
    assert outbox.hand_over() == 0
    assert [(fresh(m).state, m.attempts) for m in messages] == [(State.QUEUED, 0)] * 2
    standin.start()


def test_an_error_above_leaves_that_message_claimed_and_the_others_written(queue, standin, heard):
    first, second = queue(), queue()

    def broken(sender, messages, **kwargs):
        if first in messages:
            raise RuntimeError("a fault above")

    notice_handed_over.connect(broken)
    try:
        with pytest.raises(RuntimeError, match="a fault above"):
            outbox.hand_over()
    finally:
        notice_handed_over.disconnect(broken)
    assert fresh(first).state == State.CLAIMED
    assert fresh(second).state == State.ACCEPTED
    assert len(standin.mails) == 2


def test_a_round_ends_when_its_time_is_up(queue, standin, monkeypatch):
    for _ in range(3):
        queue()
    monkeypatch.setattr(outbox, "ROUND_SECONDS", 0.0)
    assert outbox.hand_over() == 0
    monkeypatch.undo()
    assert outbox.hand_over() == 3


def test_attempts_come_to_an_end(queue, standin, heard):
    message = queue()
    Message.objects.filter(pk=message.pk).update(attempts=outbox.MAX_ATTEMPTS - 1)
    standin.misbehave("503")
    outbox.hand_over()
    assert (fresh(message).state, message.reason) == (State.FAILED, "attempts_used")
    assert heard["failed"] == [message.pk]
    assert standin.mails == []


def test_a_refusal_is_final_for_that_message_alone(queue, standin, heard, settings):
    settings.MAIL_CONNECTIONS = 1
    refused, other = queue(), queue()
    Message.objects.filter(pk=refused.pk).update(not_before=refused.not_before - timedelta(seconds=1))
    standin.misbehave("422", code="1300")
    outbox.hand_over()
    assert (fresh(refused).state, refused.reason) == (State.FAILED, "provider_1300")
    assert fresh(other).state == State.ACCEPTED
    assert heard == {"handed_over": [other.pk], "failed": [refused.pk]}


@pytest.mark.parametrize("fault", ["504", "reset", "slow", "garbage", "502"])
def test_no_word_leaves_it_claimed_and_the_events_decide(queue, standin, settings, fault):
    settings.SPARKPOST_TIMEOUT = 0.5
    message = queue()
    standin.misbehave(fault, **({"seconds": 1.5} if fault == "slow" else {}))
    outbox.hand_over()
    assert fresh(message).state == State.CLAIMED
    assert outbox.hand_over() == 0
    standin.flush_events()
    settings.MAIL_RECONCILE_AFTER = 0
    reconciler.reconcile()
    if fault == "502":  # nothing was taken, so it goes again
        assert (fresh(message).state, message.reason) == (State.QUEUED, "no_trace")
        outbox.hand_over()
        assert fresh(message).state == State.ACCEPTED
    else:
        assert fresh(message).state == State.DELIVERED
        assert message.accepted_at
        outbox.hand_over()
    assert len(standin.mails) == 1


def test_a_claim_is_left_alone_until_its_time(queue, standin, settings):
    message = queue()
    standin.misbehave("502")
    outbox.hand_over()
    settings.MAIL_RECONCILE_AFTER = 3600
    assert reconciler.reconcile() == 0
    assert fresh(message).state == State.CLAIMED


def test_one_that_cannot_be_decided_holds_up_no_other(queue, standin, settings, caplog):
    bad, good = queue(), queue()
    standin.misbehave("502", times=2)
    outbox.hand_over()
    Message.objects.filter(pk=bad.pk).update(
        attempts=outbox.MAX_ATTEMPTS, claimed_at=timezone.now() - timedelta(minutes=1)
    )

    def breaks(sender, messages, **kwargs):
        raise RuntimeError("a listener that fails")

    notice_failed.connect(breaks)
    settings.MAIL_RECONCILE_AFTER = 0
    try:
        assert reconciler.reconcile() == 1
    finally:
        notice_failed.disconnect(breaks)
    assert fresh(bad).state == State.CLAIMED
    assert (fresh(good).state, good.reason) == (State.QUEUED, "no_trace")
    assert str(bad.pk) in caplog.text
    assert reconciler.reconcile() == 1
    assert fresh(bad).state == State.FAILED


def test_a_trace_that_names_no_message_of_ours_goes_to_a_person(queue, standin, settings):
    lost, other = queue(), queue()
    Message.objects.filter(pk=other.pk).update(not_before=timezone.now() + timedelta(seconds=1))
    claimed = {message.pk: message for message in outbox.claim()}
    assert list(claimed) == [lost.pk]
    # Somebody else's mail by the same account, to the same address, after the claim.
    elsewhere: Any = transmissions.build([claimed[lost.pk]], Organisation.current())[lost.pk]
    del elsewhere["campaign_id"]
    elsewhere["recipients"][0]["metadata"] = {}
    outbox.client().transmissions.send(elsewhere)
    standin.flush_events()
    Message.objects.filter(pk=other.pk).update(not_before=timezone.now())
    assert [message.pk for message in outbox.claim()] == [other.pk]
    settings.MAIL_RECONCILE_AFTER = 0
    assert reconciler.reconcile() == 2
    assert (fresh(lost).state, lost.reason) == (State.NEEDS_PERSON, "trace_unclear")
    assert (fresh(other).state, other.reason) == (State.QUEUED, "no_trace"), "nothing went to this address"
    assert outbox.hand_over() == 1
    assert len(standin.mails) == 2, "the stranger's and the other's, and none of the lost one"


def test_an_outage_begins_with_the_first_call_and_ends_with_the_first_answer(queue, standin, settings):
    since = ProviderStream.objects.filter(pk=Stream.CALLS).exclude(troubled_since=None)
    message = queue()
    standin.misbehave("503")
    assert outbox.hand_over() == 0
    assert since.get().trouble == "503"
    Message.objects.filter(pk=message.pk).update(not_before=timezone.now())
    assert outbox.hand_over() == 1
    assert not since.exists()
    settings.MAIL_RECONCILE_AFTER = 0
    queue()
    outbox.claim()
    standin.misbehave("503", path="events")
    reconciler.reconcile()
    assert since.exists()
    reconciler.reconcile()
    assert not since.exists()


def test_events_out_of_reach_change_nothing(queue, standin, settings):
    message = queue()
    standin.misbehave("504")
    outbox.hand_over()
    settings.MAIL_RECONCILE_AFTER = 0
    standin.misbehave("503", path="events")
    assert reconciler.reconcile() == 0
    assert fresh(message).state == State.CLAIMED


def test_a_trace_that_comes_late_stops_the_second_copy(queue, standin, settings, heard):
    message = queue()
    standin.misbehave("504")
    outbox.hand_over()
    settings.MAIL_RECONCILE_AFTER = 0
    reconciler.reconcile()  # its events are not there yet
    assert fresh(message).state == State.QUEUED
    standin.flush_events()
    from mailing import events

    (mail,) = standin.mails
    found = list(outbox.client().events.search(campaigns=[message.pk.hex], until=timezone.now() + timedelta(minutes=1)))
    assert found
    events.store(events.parsed(found))
    assert (fresh(message).state, message.reason) == (State.NEEDS_PERSON, "late_trace")
    assert outbox.hand_over() == 0
    assert standin.mails == [mail]
    assert heard["handed_over"] == [message.pk]
    assert Message.objects.troubled().filter(pk=message.pk).exists()


def test_a_claim_too_old_for_events_goes_to_a_person(queue, standin):
    message = queue()
    outbox.claim()
    Message.objects.filter(pk=message.pk).update(claimed_at=timezone.now() - timedelta(days=11))
    assert reconciler.reconcile() == 1
    assert (fresh(message).state, message.reason) == (State.NEEDS_PERSON, "no_trace_kept")


def test_a_message_that_is_no_mail_fails_by_itself(queue, standin, heard):
    message = queue()
    message.subject.links.filter(purpose="consent").delete()
    outbox.hand_over()
    assert (fresh(message).state, message.reason) == (State.FAILED, "unsendable")
    assert heard["failed"] == [message.pk]


# The claim


def suppress(message, **given):
    address = [("email", message.to_email)]
    suppression.suppress(address, **{"scope": "all", "reason": "objected", "actor": None, **given})


@pytest.mark.parametrize("scope", ["all", "vacancy", "client"])
def test_who_said_stop_is_not_mailed_and_the_others_are(queue, standin, scope):
    stopped, other = queue(), queue()
    about = {"vacancy": {"vacancy": stopped.vacancy_ref}, "client": {"client": stopped.client_ref}}
    suppress(stopped, scope=scope, **about.get(scope, {}))
    assert outbox.hand_over() == 1
    assert (fresh(stopped).state, stopped.reason) == (State.ABORTED, "i8_suppressed")
    assert fresh(other).state == State.ACCEPTED
    assert len(standin.mails) == 1


@pytest.mark.parametrize("column", ["erased_at", "restricted_at"])
def test_an_erased_or_restricted_person_is_not_mailed(queue, standin, column):
    message = queue()
    type(message.subject).objects.filter(pk=message.subject_id).update(**{column: timezone.now()})
    assert outbox.hand_over() == 0
    assert fresh(message).reason == f"i8_{column.removesuffix('_at')}"
    assert standin.mails == []


def test_a_whole_chunk_of_stops_does_not_hold_up_the_rest(queue, standin, settings):
    settings.MAIL_CONNECTIONS = 2
    stopped = [queue() for _ in range(3)]
    for message in stopped:
        suppress(message)
    last = queue(not_before=timezone.now())
    assert outbox.hand_over() == 1
    assert fresh(last).state == State.ACCEPTED


def test_a_legal_answer_still_reaches_who_said_stop(queue, standin):
    candidacy = factories.make_candidacy()
    asked = factories.make_request(candidacy)
    factories.make_event(asked, "withdrawn")
    message = queue(candidacy, kind="receipt_withdrawn", transactional=True)
    suppress(message)
    assert outbox.hand_over() == 1
    assert fresh(message).state == State.ACCEPTED


def test_a_claim_waits_for_a_stop_that_is_being_written(queue, standin, transactional_db, connect):
    message = queue()
    key_id, digest = next(iter(_digests(message).items()))
    writer = connect()
    with writer.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SUPPRESSION_LOCK])
        cursor.execute(
            "INSERT INTO privacy_suppressionentry (id, kind, key_id, hash, scope, reason, at)"
            " VALUES (gen_random_uuid(), 'email', %s, %s, 'all', 'objected', now())",
            [key_id, digest],
        )
    done = threading.Event()
    handed = []

    def work():
        try:
            handed.append(outbox.hand_over())
        finally:
            connection.close()
            done.set()

    worker = threading.Thread(target=work)
    worker.start()
    _wait_for_a_waiter(connect())
    assert not done.is_set()
    writer.commit()
    worker.join(20)
    assert handed == [0]
    assert fresh(message).reason == "i8_suppressed"
    assert standin.mails == []


def _digests(message):
    from privacy import keyed_hash

    return keyed_hash.hashes("email", message.to_email)


def _wait_for_a_waiter(watcher):
    watcher.autocommit = True
    deadline = timezone.now() + timedelta(seconds=20)
    while timezone.now() < deadline:
        with watcher.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("Nobody waits for the suppression lock.")


def test_workers_side_by_side_hand_over_each_message_once(queue, standin, transactional_db):
    messages = [queue() for _ in range(12)]
    taken = []

    def work():
        try:
            taken.append(outbox.hand_over())
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sum(taken) == len(standin.mails) == 12
    assert {mail.metadata["message"] for mail in standin.mails} == {str(m.pk) for m in messages}


# Lines


def _end(session):
    """Close a session and see the server notice it."""
    pid = session.info.backend_pid
    session.close()
    deadline = timezone.now() + timedelta(seconds=20)
    while timezone.now() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE pid = %s", [pid])
            if cursor.fetchone() == (0,):
                return
    raise AssertionError("The server still holds what the session held.")


def test_all_workers_together_never_hold_more_lines_than_sparkpost_advises(organisation, connect):
    others = connect()
    with others.cursor() as cursor:
        cursor.execute("SELECT count(pg_advisory_lock(%s, slot)) FROM generate_series(1, 7) AS slot", [lines.SLOTS])
    with lines.held(8) as width:
        assert width == lines.MOST - 7
        with others.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM generate_series(1, 10) AS slot WHERE pg_try_advisory_lock(%s, slot)",
                [lines.SLOTS],
            )
            assert cursor.fetchone() == (7,)  # its own, again, and none of ours
    _end(others)  # as when its worker is killed
    with lines.held(99) as width:
        assert width == lines.MOST


def test_a_worker_without_a_line_leaves_the_queue_to_the_others(queue, standin, connect):
    message = queue()
    others = connect()
    with others.cursor() as cursor:
        cursor.execute("SELECT count(pg_advisory_lock(%s, slot)) FROM generate_series(1, 10) AS slot", [lines.SLOTS])
    assert outbox.hand_over() == 0
    assert fresh(message).attempts == 0
    _end(others)
    assert outbox.hand_over() == 1


def test_one_worker_sends_over_as_many_connections_as_it_may_and_closes_them(queue, standin, settings):
    settings.MAIL_CONNECTIONS = 3
    standin.latency = 0.2
    messages = [queue() for _ in range(6)]
    most: list[int] = []
    done = threading.Event()

    def watch():
        while not done.wait(0.01):
            most.append(len(standin._server.connections))

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert outbox.hand_over() == 6
    done.set()
    watcher.join()
    assert max(most) == 3
    assert all(fresh(message).state == State.ACCEPTED for message in messages)


def test_a_message_that_waited_too_long_for_its_line_is_not_sent(queue, standin, settings):
    settings.MAIL_RECONCILE_AFTER = 10
    queue()
    (message,) = outbox.claim()
    message.claimed_at = timezone.now() - timedelta(seconds=6)
    with lines.open_lines(outbox.client()) as opened:
        assert opened
        opened.send(message, {})
        (sent,) = opened.collect()
    assert isinstance(sent.outcome, lines.TooLate)
    assert standin.mails == []


@pytest.mark.parametrize("burn", [True, False, None])
def test_what_was_stopped_while_claimed_does_not_come_back(queue, standin, burn):
    (message, other) = queue(), queue()
    claimed = outbox.claim()
    stopped = services.abort(subject=message.subject, vacancy=message.vacancy_ref, reason="withdrawn")
    assert stopped == 1
    assert fresh(message).state == State.CLAIMED, "it may have left"
    for one in claimed:
        if burn is None:
            outbox._give_back([one])
        else:
            outbox._again(one, errors.Retry(0, burn))
    assert (fresh(message).state, message.reason) == (State.ABORTED, "withdrawn")
    assert message.ended_at
    assert message.handled_at, "the person's own act explains it"
    assert fresh(other).state == State.QUEUED
    assert (other.ended_at, other.handled_at) == (None, None)


def test_what_was_stopped_while_claimed_did_not_fail(queue, standin, heard, settings):
    messages = by_last_try, by_word, _by_reconciler = queue(), queue(), queue()
    other = queue()
    Message.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    claimed = {message.pk: message for message in outbox.claim()}
    for message in messages:
        services.abort(subject=message.subject, vacancy=message.vacancy_ref, reason="withdrawn")
    for message in (by_last_try, other):
        outbox._again(claimed[message.pk], errors.Retry(0, True))
    assert outbox.mark_failed(claimed[by_word.pk], "provider_5001", transmission_id="77")
    settings.MAIL_RECONCILE_AFTER = 0
    reconciler.reconcile()
    for message in messages:
        assert (fresh(message).state, message.reason) == (State.ABORTED, "withdrawn")
        assert message.handled_at
        assert message.ended_at
    assert (fresh(other).state, other.reason, other.handled_at) == (State.FAILED, "attempts_used", None)
    assert heard["failed"] == [other.pk], "nobody has to find another way to somebody who said stop"


@pytest.mark.parametrize("way", ["again", "last", "gone"])
def test_what_was_claimed_for_an_address_that_turned_out_wrong_stands_on_today(queue, standin, way):
    message = queue()
    if way == "last":
        Message.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    (claimed,) = outbox.claim()
    assert services.abort_to([message.to_email], subjects=[message.subject_id], reason="address_failed") == 1
    assert fresh(message).state == State.CLAIMED
    if way == "gone":
        outbox._give_back([claimed])
    else:
        outbox._again(claimed, errors.Retry(0, True))
    assert (fresh(message).state, message.reason) == (State.ABORTED, "address_failed")
    assert (bool(message.ended_at), message.handled_at) == (True, None)
    assert Message.objects.troubled().get() == message


def test_a_stop_waits_for_no_message_that_is_being_written_down(queue, transactional_db):
    """Whoever stops holds the question; who writes down what became of a message locks the question after it."""
    candidacy = factories.make_candidacy()
    held = queue(candidacy)
    free = queue(candidacy, kind="talk_invite", key="another")
    asked = held.about_id
    is_held, may_end = threading.Event(), threading.Event()
    met: list[Exception] = []

    def writes_down():
        try:
            with transaction.atomic():
                Message.objects.select_for_update(no_key=True, of=("self",)).get(pk=held.pk)
                is_held.set()
                may_end.wait(20)
                # What a hand-over does next: this waits until whoever stops is done.
                list(ConsentRequest.objects.filter(pk=asked).select_for_update())
        except Exception as error:
            met.append(error)
        finally:
            connections.close_all()

    worker = threading.Thread(target=writes_down)
    worker.start()
    assert is_held.wait(20)
    with transaction.atomic():
        list(ConsentRequest.objects.filter(pk=asked).select_for_update())
        stopped = services.abort(subject=candidacy.subject, vacancy=candidacy.vacancy_id, reason="withdrawn")
        may_end.set()
    worker.join(20)
    assert met == []
    assert stopped == 1, "the one nobody held"
    for message in (free, held):
        assert (fresh(message).state, message.reason) == (State.ABORTED, "withdrawn")


def test_what_was_stopped_while_its_worker_died_is_not_queued_again(queue, standin, settings):
    message, other = queue(), queue()
    assert len(outbox.claim()) == 2
    services.abort(subject=message.subject, vacancy=message.vacancy_ref, reason="answered")
    settings.MAIL_RECONCILE_AFTER = 0
    assert reconciler.reconcile() == 2
    assert (fresh(message).state, message.reason) == (State.ABORTED, "answered")
    assert (fresh(other).state, other.reason) == (State.QUEUED, "no_trace")
    assert outbox.hand_over() == 1
    assert len(standin.mails) == 1


def test_what_was_stopped_while_claimed_and_did_leave_counts_as_sent(queue, standin, heard):
    message = queue()
    (claimed,) = outbox.claim()
    services.abort(subject=message.subject, vacancy=message.vacancy_ref, reason="answered")
    outbox.mark_all_accepted([(claimed, Accepted("77", 1, 0))])
    assert fresh(message).state == State.ACCEPTED
    assert heard["handed_over"] == [message.pk]
