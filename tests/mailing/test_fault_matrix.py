"""Each thing that can go wrong with a mail on its way out, times each state the message can be in.

Answers of the API are tried on a first attempt and on the last; what becomes of an accepted mail is tried where the
answer came, where it was lost, where the message was queued again meanwhile, and where the person said stop since.
"""

import json
from contextlib import contextmanager

from django.db import connection, transaction

from mailing import events, outbox, pauses, reconciler, services, tasks, wording
from mailing.models import Message, QueuePause, State, WebhookBatch
from mailing.sparkpost.standin.events import wrap
from privacy import suppression
from tests import factories

# fault and code | first attempt: state, attempts, reason | last attempt | what the queue does
ANSWERS = """
429            | queued 0 -                     | queued 7 -                     | waits 429
420 2101       | queued 0 -                     | queued 7 -                     | waits 2101
420 2102       | queued 0 -                     | queued 7 -                     | waits 2102
420 2103       | queued 0 -                     | queued 7 -                     | stops 2103
420 2105       | queued 0 -                     | queued 7 -                     | stops 2105
401            | queued 0 -                     | queued 7 -                     | stops 401
401 1303       | queued 0 -                     | queued 7 -                     | stops 1303
403            | queued 0 -                     | queued 7 -                     | stops 403
403 1601       | queued 0 -                     | queued 7 -                     | stops 1601
400 7000       | queued 0 -                     | queued 7 -                     | stops 7000
400 7001       | queued 0 -                     | queued 7 -                     | stops 7001
500 1500       | queued 1 retry                 | failed 8 attempts_used         | goes on
503 1900       | queued 1 retry                 | failed 8 attempts_used         | goes on
400 1502       | queued 1 retry                 | failed 8 attempts_used         | goes on
502            | claimed 1 -                    | claimed 8 -                    | goes on
504            | claimed 1 -                    | claimed 8 -                    | goes on
reset          | claimed 1 -                    | claimed 8 -                    | goes on
garbage        | claimed 1 -                    | claimed 8 -                    | goes on
400 1200       | failed 1 provider_1200         | failed 8 provider_1200         | goes on
400 1901       | failed 1 provider_1901         | failed 8 provider_1901         | goes on
400 1902       | failed 1 provider_suppressed   | failed 8 provider_suppressed   | goes on
1902           | failed 1 provider_suppressed   | failed 8 provider_suppressed   | goes on
rejected       | failed 1 provider_2000         | failed 8 provider_2000         | goes on
400 5002       | failed 1 provider_5002         | failed 8 provider_5002         | goes on
413            | failed 1 provider_413          | failed 8 provider_413          | goes on
422 1300       | failed 1 provider_1300         | failed 8 provider_1300         | goes on
422 3000       | failed 1 provider_3000         | failed 8 provider_3000         | goes on
"""

# what becomes of the mail | answer came | answer lost | queued again before the trace | said stop before the trace
FATES = """
delivered            | delivered -                   | delivered -                   | needs_person late_trace       | aborted late_trace
generation_failure   | failed generation_failure     | failed generation_failure     | failed generation_failure     | aborted late_trace_failed
generation_rejection | failed generation_rejection   | failed generation_rejection   | failed generation_rejection   | aborted late_trace_failed
policy_rejection     | failed policy_rejection       | failed policy_rejection       | failed policy_rejection       | aborted late_trace_failed
suppressed           | bounced bounce_25             | bounced bounce_25             | bounced bounce_25             | aborted late_trace_failed
bounce               | bounced bounce_10             | bounced bounce_10             | bounced bounce_10             | aborted late_trace_failed
"""  # noqa: E501
WAYS = ("answer came", "answer lost", "queued again", "said stop")


def rows(table):
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def fresh(message):
    message.refresh_from_db()
    return message


def words_are_plain(message):
    words = str(wording.reason_of(message))
    return bool(words) and words != message.reason


@contextmanager
def undone(standin):
    """What happens to a case leaves nothing for the next."""
    standin.reset()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def the_queue():
    """What the queue does now, in the words of the table."""
    pause = pauses.in_force()
    return f"{'waits' if pause.until else 'stops'} {pause.code}" if pause else "goes on"


def test_each_answer(queue, standin):
    message = queue()
    found, expected = {}, {}
    for fault, first, last, queue_does in rows(ANSWERS):
        for when, earlier, result in (("first", 0, first), ("last", outbox.MAX_ATTEMPTS - 1, last)):
            case = f"{fault}, {when}"
            with undone(standin):
                Message.objects.filter(pk=message.pk).update(attempts=earlier)
                kind, _space, code = fault.partition(" ")
                standin.misbehave(kind, code=code)
                assert outbox.hand_over() == 0, case
                fresh(message)
                left = f"{message.state} {message.attempts} {message.reason or '-'}"
                known, plain = bool(message.transmission_id), not message.reason or words_are_plain(message)
                found[case] = (left, the_queue(), len(standin.mails), known, plain)
            accepted = fault in ("504", "reset", "garbage")
            expected[case] = (result, queue_does, int(accepted), fault in ("rejected", "1902"), True)
    assert found == expected


def test_each_fate(queue, standin, settings):
    settings.MAIL_RECONCILE_AFTER = 0
    candidacy = factories.make_candidacy()
    found, expected = {}, {}
    for fate, *results in rows(FATES):
        for way, result in zip(WAYS, results, strict=True):
            case = f"{fate}, {way}"
            with undone(standin):
                found[case] = befalls(queue, standin, candidacy, fate, way)
            expected[case] = (result, True)
    assert found == expected


def befalls(queue, standin, candidacy, fate, way):
    """What a message ends as, and whether its reason is told in plain words."""
    address = "anna@bounce.example" if fate == "bounce" else "anna@person.example"
    message = queue(candidacy, to_email=address, addresses=[("email", address)])
    if fate not in ("delivered", "bounce"):
        standin.misbehave(fate)
    if way != "answer came":
        standin.misbehave("504")

    outbox.hand_over()
    assert fresh(message).state == (State.ACCEPTED if way == "answer came" else State.CLAIMED), (fate, way)
    if way in ("queued again", "said stop"):
        reconciler.reconcile()  # its events are not there yet
        assert fresh(message).state == State.QUEUED, (fate, way)
    if way == "said stop":
        suppression.suppress([("email", address)], scope="all", reason="objected", actor=None)
    standin.flush_events()
    take_in(standin)

    fresh(message)
    ended = f"{message.state} {message.reason or '-'}"
    plain = not message.reason or words_are_plain(message)
    assert outbox.hand_over() == 0, (fate, way)
    reconciler.reconcile()
    assert outbox.hand_over() == 0, (fate, way)
    assert len(standin.mails) == 1, (fate, way)
    return ended, plain


def take_in(standin):
    """The events of all mails as SparkPost posts them."""
    body = json.dumps([wrap(event) for mail in standin.mails for event in mail.events]).encode()
    batch = services.receive(body)
    assert batch
    tasks.take_in(str(batch.pk))
    assert not WebhookBatch.objects.filter(taken_in_at=None).exists()


def test_what_a_mail_was_to_be_made_of_is_never_kept(queue, standin):
    marker = "Marker-of-substitution-data"
    message = queue(to_name=f"{marker} de Vries")
    assert _tables_with(marker) == {"mailing_message"}
    standin.misbehave("generation_failure")
    outbox.hand_over()
    standin.flush_events()
    (event,) = standin.mails[0].events
    assert marker in event["rcpt_subs"]["name"]
    event["rcpt_subs"]["name"] = "Another-marker"

    take_in(standin)
    events.store(events.parsed([event]))

    assert fresh(message).state == State.FAILED
    assert _tables_with(marker) == {"mailing_message"}
    assert _tables_with("Another-marker") == set()


def _tables_with(text):
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS row WHERE row::text LIKE %s', [f"%{text}%"])
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def test_after_a_pause_everything_leaves_once(queue, standin):
    messages = [queue() for _ in range(4)]
    standin.misbehave("420", times=4, code="2102")
    assert outbox.hand_over() == 0
    QueuePause.objects.update(since=None, until=None)
    standin.reset()
    assert outbox.hand_over() == 4
    assert all(fresh(message).attempts == 1 for message in messages)
