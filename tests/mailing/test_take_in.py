"""What SparkPost says becomes a message's state, whatever the order in which it is said."""

import random
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from mailing import events, outbox, services
from mailing.models import MailEvent, Message, State, WebhookBatch
from mailing.signals import notice_failed, notice_handed_over, stop_received
from mailing.sparkpost.client import Accepted
from privacy import suppression
from privacy.models import LedgerEntry, SuppressionEntry
from tests import factories
from tests.mailing.batches import batch, event

NOW = int(time.time())
KEPT = ("state", "reason", "delivered_at", "opened_at", "clicked_at", "ended_at", "provider_message_id")


@pytest.fixture
def told():
    """What was announced to the floors above."""
    heard: list[tuple[str, Any]] = []
    ways = []
    for signal, name in ((notice_handed_over, "handed over"), (notice_failed, "failed"), (stop_received, "stop")):

        def hear(sender, message=None, messages=(), name=name, **kwargs):
            heard.extend((name, one.pk) for one in messages or [message])

        signal.connect(hear)
        ways.append((signal, hear))
    yield heard
    for signal, hear in ways:
        signal.disconnect(hear)


@pytest.fixture
def sent(organisation):
    """A message SparkPost has."""

    def one(**fields):
        candidacy = factories.make_candidacy()
        address = candidacy.candidate.contact_points.get().normalised
        values = {"state": State.ACCEPTED, "accepted_at": timezone.now(), "to_email": address}
        return factories.make_message(candidacy, **{**values, **fields})

    return one


def posted(body):
    """A post as the site stores it."""
    row = services.receive(body)
    assert row is not None
    return row


def take_in(*happened, twice=False):
    row = posted(batch(*happened))
    new = events.take_in(str(row.pk))
    if twice:
        services.receive(batch(*happened))
        assert events.take_in(str(WebhookBatch.objects.exclude(pk=row.pk).latest("received_at").pk)) == 0
    return new


def fresh(message):
    message.refresh_from_db()
    return message


def test_sent_then_delivered_then_read(sent):
    message = sent(track=True)
    take_in(event(message, "injection", timestamp=str(NOW)))
    assert fresh(message).state == State.ACCEPTED
    take_in(event(message, "delivery", timestamp=str(NOW + 1)))
    assert fresh(message).state == State.DELIVERED
    take_in(event(message, "open", timestamp=str(NOW + 9)), event(message, "initial_open", timestamp=str(NOW + 5)))
    take_in(event(message, "click", timestamp=str(NOW + 20)))
    assert fresh(message).state == State.DELIVERED
    assert message.opened_at.timestamp() == NOW + 5
    assert message.clicked_at.timestamp() == NOW + 20
    assert message.provider_message_id == f"mid-{message.pk.hex}"


def test_what_a_machine_fetched_is_not_opened(sent):
    message = sent()
    take_in(event(message, "open", user_agent_parsed={"is_prefetched": True}))
    assert fresh(message).opened_at is None
    assert message.state == State.DELIVERED  # it can't be fetched before it arrived
    take_in(event(message, "open", user_agent_parsed={"is_prefetched": False}))
    assert fresh(message).opened_at


def test_what_was_measured_is_forgotten_when_the_person_switches_it_off(sent):
    message = sent(track=True)
    take_in(event(message, "delivery"), event(message, "open"), event(message, "click"))
    assert fresh(message).opened_at
    services.follow(subject=message.subject, wanted=False, actor=None)
    assert (fresh(message).opened_at, message.clicked_at) == (None, None)
    assert list(message.events.values_list("type", flat=True)) == ["delivery"]
    # What the mail already sent still reports is not kept either.
    take_in(event(message, "open"), event(message, "click"))
    assert (fresh(message).opened_at, message.clicked_at) == (None, None)
    assert message.events.count() == 1


@pytest.mark.parametrize(
    ("kind", "number", "state", "reason"),
    [
        ("bounce", "10", State.BOUNCED, "bounce_10"),
        ("bounce", 10, State.BOUNCED, "bounce_10"),
        ("bounce", "30", State.BOUNCED, "bounce_30"),
        ("bounce", "22", State.BOUNCED, "bounce_22"),
        ("bounce", "25", State.BOUNCED, "bounce_25"),
        ("bounce", "51", State.BOUNCED, "bounce_51"),
        ("bounce", "70", State.BOUNCED, "bounce_70"),
        ("bounce", "what", State.BOUNCED, "bounce_1"),
        ("bounce", None, State.BOUNCED, "bounce_1"),
        ("bounce", "60", State.DELIVERED, ""),
        ("bounce", "80", State.ACCEPTED, ""),
        ("bounce", "100", State.ACCEPTED, ""),
        ("out_of_band", "10", State.BOUNCED, "bounce_10"),
        ("out_of_band", "60", State.DELIVERED, ""),
        ("out_of_band", "70", State.ACCEPTED, ""),
        ("delay", "21", State.ACCEPTED, ""),
        ("policy_rejection", "25", State.FAILED, "policy_rejection"),
        ("generation_failure", None, State.FAILED, "generation_failure"),
        ("generation_rejection", "25", State.FAILED, "generation_rejection"),
    ],
)
def test_the_classes_of_bounces(sent, told, kind, number, state, reason):
    message = sent()
    take_in(event(message, kind, bounce_class=number))
    assert (fresh(message).state, message.reason) == (state, reason)
    failed = state in (State.BOUNCED, State.FAILED)
    assert [name for name, _pk in told] == (["failed"] if failed else [])
    take_in(event(message, kind, bounce_class=number))
    assert len(told) == int(failed)


def test_a_bounce_after_delivery_overturns_it_in_either_order(sent, told):
    first, second = sent(), sent()
    take_in(event(first, "delivery", timestamp=str(NOW)))
    take_in(event(first, "out_of_band", bounce_class="10", timestamp=str(NOW + 60)))
    take_in(event(second, "out_of_band", bounce_class="10", timestamp=str(NOW + 60)))
    take_in(event(second, "delivery", timestamp=str(NOW)))
    for message in (first, second):
        assert (fresh(message).state, message.reason) == (State.BOUNCED, "bounce_10")
        assert message.delivered_at.timestamp() == NOW
    assert sorted(told) == sorted([("failed", first.pk), ("failed", second.pk)])


def test_a_hard_bounce_undoes_the_notice(organisation):
    from consent.models import Notice

    candidacy = factories.make_candidacy(notice=True)
    notice = Notice.objects.get(subject=candidacy.subject)
    take_in(event(notice.message, "bounce", bounce_class="10"))
    notice.refresh_from_db()
    assert notice.undone_at


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        ("spam_complaint", {}, "complaint"),
        ("list_unsubscribe", {}, "unsubscribed"),
        ("link_unsubscribe", {}, "unsubscribed"),
        ("bounce", {"bounce_class": "90"}, "unsubscribed"),
    ],
)
def test_a_stop_through_the_mail_program_is_a_stop(sent, told, kind, fields, reason):
    message = sent()
    stop = event(message, kind, **fields)
    take_in(stop, twice=True)
    (entry,) = SuppressionEntry.objects.all()
    assert (entry.scope, entry.reason) == ("all", reason)
    assert suppression.standing_for([("email", message.to_email)]).exists()
    assert [pk for name, pk in told if name == "stop"] == [message.pk]


def test_a_complaint_without_its_message_still_stops_the_address(organisation, told):
    take_in(event(type="spam_complaint", rcpt_to="Somebody+Tag@Person.example", message_id=None))
    assert suppression.standing_for([("email", "somebody@person.example")]).exists()
    assert told == []


def test_a_complaint_without_its_message_is_an_objection_of_whoever_has_the_address(organisation):
    candidacy = factories.make_candidacy(email="anna@person.example")
    factories.make_candidacy(email="bob@person.example")
    factories.make_request(candidacy)
    take_in(event(type="spam_complaint", rcpt_to="anna@person.example", message_id=None), twice=True)
    assert suppression.standing_for([("email", "anna@person.example")]).exists()
    [stopped] = LedgerEntry.objects.filter(kind="contact.stopped")
    assert stopped.subject_id == candidacy.subject_id
    candidacy.refresh_from_db()
    assert candidacy.ended_reason


def test_a_stop_that_the_person_lifted_is_not_made_again_by_a_repeat(sent):
    from privacy import links

    message = sent()
    stop = event(message, "list_unsubscribe")
    take_in(stop)
    link = links.issue("me", subject=message.subject)
    suppression.lift(suppression.standing_for([("email", message.to_email)]), link=link)
    take_in(stop)
    assert not suppression.standing_for([("email", message.to_email)]).exists()


# Which message


def test_an_event_finds_its_message_by_any_of_three_ids(sent):
    message = sent(transmission_id="11668787484950529")
    take_in(event(message, "injection", transmission_id=None, message_id="000443ee14578172be22"))
    take_in(event(type="delivery", transmission_id="11668787484950529", message_id=None))
    assert fresh(message).state == State.DELIVERED
    # After 60 days only SparkPost's id of the mail is left.
    take_in(event(type="click", transmission_id=None, message_id="000443ee14578172be22"))
    assert fresh(message).clicked_at
    assert message.events.count() == 3


def test_an_event_that_came_before_its_message_was_known_is_adopted(sent):
    message = sent()
    take_in(event(type="click", transmission_id=None, message_id="abc"))
    assert fresh(message).clicked_at is None
    take_in(event(message, "injection", transmission_id=None, message_id="abc"))
    assert fresh(message).clicked_at
    assert message.events.count() == 2


def test_leftovers_adopt_what_waits_for_a_transmission(sent):
    message = sent()
    take_in(event(type="delivery", transmission_id="77", message_id=None))
    Message.objects.filter(pk=message.pk).update(transmission_id="77")
    events.take_in_leftovers()
    assert fresh(message).state == State.DELIVERED


def test_an_event_of_somebody_elses_message_is_kept_apart(sent):
    import uuid

    message = sent()
    take_in(event(type="delivery", rcpt_meta={"message": str(uuid.uuid4())}))
    take_in(event(type="delivery", rcpt_meta={"message": "no uuid"}))
    take_in(event(type="delivery", rcpt_meta=None, event_id="x1"), event(type="delivery", rcpt_meta=[], event_id="x2"))
    assert fresh(message).state == State.ACCEPTED
    assert MailEvent.objects.filter(message=None).count() == 4


# Tolerance


@pytest.mark.parametrize(
    ("given_as", "kept"),
    [
        ("1460989507", 1460989507),
        (1460989507, 1460989507),
        ("1460989507.5", 1460989507.5),
        ("2016-04-18T14:25:07.000Z", 1460989507),
        ("2016-04-18T16:25:07+02:00", 1460989507),
    ],
)
def test_every_spelling_of_a_moment(sent, given_as, kept):
    message = sent()
    take_in(event(message, timestamp=given_as))
    assert fresh(message).delivered_at.timestamp() == kept


@pytest.mark.parametrize("given_as", [None, "garbage", "", True, {}, [], "-1", "99999999999", 1e300, "0"])
def test_a_moment_that_cannot_be_is_the_receipt(sent, given_as):
    message = sent()
    before = timezone.now()
    take_in(event(message, timestamp=given_as))
    assert abs(fresh(message).delivered_at - before) < timedelta(minutes=1)


def test_an_event_without_an_id_is_still_taken_once(sent):
    message = sent()
    nameless = event(message, event_id=None)
    take_in(nameless, twice=True)
    assert message.events.count() == 1


def test_siblings_unknown_types_and_several_classes_in_one_item(sent):
    import json

    message = sent()
    item = {
        "msys": {
            "message_event": event(message, "injection"),
            "track_event": event(message, "open"),
            "relay_event": {"type": "relay_delivery"},
            "ingest_event": {"type": "success"},
        },
        "cust": {"id": "1"},
    }
    row = posted(json.dumps([item, "not an item"]).encode())
    assert events.take_in(str(row.pk)) == 2
    row.refresh_from_db()
    assert (row.events, row.set_aside) == (2, 1)
    assert fresh(message).opened_at


def test_a_generation_failure_under_another_class_counts(sent):
    import json

    message = sent()
    row = posted(json.dumps({"msys": {"message_event": event(message, "generation_failure")}}).encode())
    events.take_in(str(row.pk))
    assert fresh(message).state == State.FAILED


# States that an event may find


def test_an_event_may_be_faster_than_the_answer_to_the_hand_over(sent, told):
    message = sent(state=State.CLAIMED, accepted_at=None, claimed_at=timezone.now(), template=factories.make_template())

    take_in(event(message, "delivery", transmission_id="77"))
    assert fresh(message).state == State.DELIVERED
    outbox.mark_all_accepted([(message, Accepted("77", 1, 0))])
    assert fresh(message).state == State.DELIVERED
    assert told == [("handed over", message.pk)]


@pytest.mark.parametrize("first", ["delivery", "injection"])
def test_what_was_sent_twice_needs_a_person(sent, told, first):
    message = sent(state=State.CLAIMED, claimed_at=timezone.now(), accepted_at=None)
    take_in(event(message, first, transmission_id="76"))
    outbox.mark_all_accepted([(message, Accepted("77", 1, 0))])
    assert (fresh(message).state, message.reason, message.handled_at) == (State.NEEDS_PERSON, "went_twice", None)
    take_in(event(message, "delivery", transmission_id="77"))
    assert (fresh(message).state, message.reason) == (State.NEEDS_PERSON, "went_twice")
    assert message.delivered_at
    take_in(event(message, "out_of_band", bounce_class="10", transmission_id="77"))
    assert (fresh(message).state, message.reason) == (State.BOUNCED, "bounce_10")


def test_a_draft_never_moves(sent):
    message = sent(state=State.DRAFT, accepted_at=None)
    take_in(event(message, "delivery"))
    assert fresh(message).state == State.DRAFT


def test_a_trace_of_what_was_called_back_is_said_and_nothing_is_sent(sent):
    message = sent(state=State.ABORTED, reason="undone", accepted_at=None, handled_at=timezone.now())
    take_in(event(message, "delivery"))
    assert (fresh(message).state, message.reason) == (State.ABORTED, "late_trace")
    assert message.handled_at is None, "that it left is news"


def test_a_trace_somebody_dealt_with_is_no_news_until_it_failed(sent):
    message = sent(state=State.ABORTED, reason="undone", accepted_at=None, handled_at=timezone.now())
    take_in(event(message, "injection"))
    Message.objects.filter(pk=message.pk).update(handled_at=timezone.now())
    take_in(event(message, "delivery"))
    assert fresh(message).handled_at
    take_in(event(message, "out_of_band", bounce_class="10"))
    assert (fresh(message).state, message.reason) == (State.ABORTED, "late_trace_failed")
    assert message.handled_at is None
    Message.objects.filter(pk=message.pk).update(handled_at=timezone.now())
    take_in(event(message, "out_of_band", bounce_class="30"))
    assert fresh(message).handled_at


def test_a_failure_of_a_late_trace_somebody_dealt_with_is_told(sent):
    message = sent(state=State.NEEDS_PERSON, reason="late_trace", handled_at=timezone.now())
    take_in(event(message, "delivery"))
    assert fresh(message).handled_at
    take_in(event(message, "out_of_band", bounce_class="10"))
    assert (fresh(message).state, message.handled_at) == (State.BOUNCED, None)
    Message.objects.filter(pk=message.pk).update(handled_at=timezone.now())
    take_in(event(message, "out_of_band", bounce_class="30"))
    assert fresh(message).handled_at


def test_many_bounces_cost_what_one_costs_and_each_is_dealt_with(organisation, told):
    """Of each: the notice undone, the address set aside, a task for the recruiter. One that arrived is left alone."""

    def asked():
        candidacy = factories.make_candidacy()
        address = candidacy.candidate.contact_points.get().normalised
        message = factories.make_message(
            candidacy, state=State.ACCEPTED, accepted_at=timezone.now(), to_email=address, about_kind="candidacy"
        )
        factories.make_notice(candidacy, message=message)
        return candidacy, message

    def cost(people):
        body = batch(*[event(message, "bounce", bounce_class="10") for _candidacy, message in people])
        row = posted(body)
        with CaptureQueriesContext(connection) as queries:
            events.take_in(str(row.pk))
        return len(queries)

    _candidacy, arrived = asked()
    take_in(event(arrived, "delivery"))
    few, many = [asked()], [asked() for _ in range(6)]
    assert cost(few) == cost(many)
    for candidacy, message in few + many:
        assert (fresh(message).state, message.reason) == (State.BOUNCED, "bounce_10")
        assert message.notice.undone_at
        assert candidacy.candidate.contact_points.get().failed_at
        assert candidacy.tasks.get().kind == "not_reached"
    assert sorted(told) == sorted(("failed", message.pk) for _candidacy, message in few + many)
    assert fresh(arrived).notice.undone_at is None


def test_a_stop_between_does_not_keep_a_late_trace_out(sent):
    message = sent(state=State.QUEUED, accepted_at=None, attempts=1)
    hashes = suppression.hmacs([("email", message.to_email)])
    Message.objects.filter(pk=message.pk).update(recipient_hmacs=[*message.recipient_hmacs, *hashes])
    suppression.suppress([("email", message.to_email)], scope="all", reason="objected", actor=None)
    take_in(event(message, "delivery"))
    assert (fresh(message).state, message.reason) == (State.ABORTED, "late_trace")


def test_leftovers_are_taken_in_and_old_marks_forgotten(sent):
    message = sent()
    row = posted(batch(event(message)))
    WebhookBatch.objects.filter(pk=row.pk).update(received_at=timezone.now() - timedelta(minutes=5))
    old = WebhookBatch.objects.create(body=b"", taken_in_at=timezone.now() - timedelta(days=31))
    assert events.take_in_leftovers() == 1
    assert fresh(message).state == State.DELIVERED
    assert not WebhookBatch.objects.filter(pk=old.pk).exists()


def test_a_batch_that_cannot_be_opened_does_not_hold_up_the_others(sent):
    message = sent()
    bad = WebhookBatch.objects.create(body=b"not sealed")
    good = posted(batch(event(message)))
    WebhookBatch.objects.update(received_at=timezone.now() - timedelta(minutes=5))
    events.take_in_leftovers()
    assert fresh(message).state == State.DELIVERED
    assert not WebhookBatch.objects.filter(pk__in=[bad.pk, good.pk], taken_in_at=None).exists()


# The property: twice, shuffled and side by side is the same as once in order


def story(messages, random_):
    """A few events of each message, some of which know it only by an id shared with another event."""
    told = []
    for message in messages:
        transmission, mail = str(random_.getrandbits(60)), random_.randbytes(10).hex()
        ids = {"transmission_id": transmission, "message_id": mail}
        kinds = ["injection", *random_.choices([*events.KNOWN], k=random_.randint(1, 6))]
        for number, kind in enumerate(kinds):
            at = str(NOW - 1000 + random_.randint(0, 500))
            meta = number == 0 or random_.random() < 0.5
            fields: dict[str, Any] = (
                {"bounce_class": str(random_.choice([1, 10, 22, 25, 60, 70, 80, 90]))} if "b" in kind else {}
            )
            if "open" in kind:
                fields["user_agent_parsed"] = {"is_prefetched": random_.random() < 0.5}
            about: dict[str, Any] = (
                {} if meta else {"rcpt_meta": {}, random_.choice(["transmission_id", "message_id"]): None}
            )
            told.append(event(message, kind, timestamp=at, **{**ids, **about, **fields}))
    return told


def snapshot(messages):
    rows = [tuple(getattr(fresh(message), name) for name in KEPT) for message in messages]
    kept = [MailEvent.objects.filter(message=message).count() for message in messages]
    stops = [suppression.standing_for([("email", m.to_email)]).count() for m in messages]
    return rows, kept, stops


def renamed(told, pairs):
    """The same story about other messages."""
    again = []
    for one in told:
        copied = {**one, "event_id": f"{one['event_id']}-again"}
        for first, second in pairs:
            if one["rcpt_meta"].get("message") == str(first.pk):
                copied["rcpt_meta"] = {"message": str(second.pk)}
            if one["rcpt_to"] == first.to_email:
                copied["rcpt_to"] = second.to_email
        again.append({**copied, **{k: f"{copied[k]}-2" for k in ("transmission_id", "message_id") if k in copied}})
    return again


def same(first, second):
    """Snapshots alike, but for SparkPost's ids, which the second story spells otherwise."""
    (rows, *rest), (others, *other_rest) = first, second
    return [row[:-1] for row in rows] == [row[:-1] for row in others] and rest == other_rest


@examples(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_order_and_repeats_do_not_matter(sent, seed):
    random_ = random.Random(seed)
    ordered, shuffled = [sent() for _ in range(3)], [sent() for _ in range(3)]
    told = story(ordered, random_)
    for one in sorted(told, key=lambda item: item["timestamp"]):
        take_in(one)
    mixed = renamed(told, list(zip(ordered, shuffled, strict=True)))
    mixed += random_.choices(mixed, k=len(mixed) // 2)
    random_.shuffle(mixed)
    while mixed:
        size = random_.randint(1, len(mixed))
        take_in(*mixed[:size])
        mixed = mixed[size:]
    assert same(snapshot(ordered), snapshot(shuffled))


@pytest.mark.parametrize("seed", range(4))
def test_side_by_side_is_the_same_as_in_order(sent, transactional_db, seed):
    random_ = random.Random(seed)
    ordered, raced = [sent() for _ in range(5)], [sent() for _ in range(5)]
    told = story(ordered, random_)
    take_in(*sorted(told, key=lambda item: item["timestamp"]))
    mixed = renamed(told, list(zip(ordered, raced, strict=True)))
    posts = []
    for _ in range(2):
        random_.shuffle(mixed)
        cut = len(mixed) // 3 or 1
        posts += [mixed[:cut], mixed[cut : 2 * cut], mixed[2 * cut :], list(mixed)]
    rows = [posted(batch(*post)) for post in posts if post]
    start, failures = threading.Barrier(len(rows)), []

    def work(pk):
        try:
            start.wait(20)
            events.take_in(str(pk))
        except Exception as error:  # shown by the assertion below
            failures.append(repr(error))
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=[row.pk]) for row in rows if row]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failures == []
    assert same(snapshot(ordered), snapshot(raced))


def test_what_names_its_message_waits_for_no_other_intake(sent, transactional_db):
    first, second = sent(), sent()
    row = posted(batch(event(second, "delivery")))

    def work():
        events.take_in(str(row.pk))
        connection.close()

    with transaction.atomic():
        events.store(events.parsed([event(first, "delivery")]))
        other = threading.Thread(target=work, daemon=True)
        other.start()
        other.join(20)
        assert fresh(second).state == State.DELIVERED
    other.join(20)
    assert fresh(first).state == State.DELIVERED


# What events told outlives them


def test_what_was_told_stays_when_the_events_are_gone(sent):
    message = sent(track=True)
    take_in(event(message, "injection", timestamp=str(NOW)), event(message, "delivery", timestamp=str(NOW + 1)))
    take_in(event(message, "open", timestamp=str(NOW + 5)))
    MailEvent.objects.all().delete()
    take_in(event(message, "click", timestamp=str(NOW + 9)))
    assert fresh(message).state == State.DELIVERED
    moments = [at.timestamp() for at in (message.delivered_at, message.opened_at, message.clicked_at)]
    assert moments == [NOW + 1, NOW + 5, NOW + 9]


def test_a_late_delivery_does_not_undo_a_bounce_whose_event_is_gone(sent):
    message = sent()
    take_in(event(message, "bounce", bounce_class="10", timestamp=str(NOW)))
    MailEvent.objects.all().delete()
    take_in(event(message, "delivery", timestamp=str(NOW - 5)))
    assert (fresh(message).state, message.reason) == (State.BOUNCED, "bounce_10")
    assert message.delivered_at.timestamp() == NOW - 5


def test_the_earliest_of_two_failures_is_the_reason_in_either_order(sent):
    first, second = sent(), sent()
    told = [("10", NOW), ("22", NOW + 60)]
    for message, order in ((first, told), (second, told[::-1])):
        for number, at in order:
            take_in(event(message, "bounce", bounce_class=number, timestamp=str(at)))
            MailEvent.objects.all().delete()
        assert (fresh(message).reason, message.failed_at.timestamp()) == ("bounce_10", NOW)


def test_machines_and_complaints_have_moments_of_their_own(sent):
    message = sent(track=True)
    take_in(event(message, "open", timestamp=str(NOW), user_agent_parsed={"is_prefetched": True}))
    assert (fresh(message).prefetched_at.timestamp(), message.opened_at) == (NOW, None)
    take_in(event(message, "spam_complaint", timestamp=str(NOW + 3)))
    assert fresh(message).complained_at.timestamp() == NOW + 3


# Many batches


def test_batches_that_wait_are_taken_in_together(sent):
    messages = [sent() for _ in range(3)]
    rows = [posted(batch(event(message, "injection"), event(message, "delivery"))) for message in messages]
    assert events.take_in_with_others(str(rows[1].pk)) == 6
    assert {fresh(message).state for message in messages} == {State.DELIVERED}
    assert not WebhookBatch.objects.waiting().exists()
    assert set(WebhookBatch.objects.values_list("events", flat=True)) == {2}
    assert events.take_in_with_others(str(rows[0].pk)) == 0


def test_a_batch_that_stands_in_the_way_holds_up_only_itself(sent):
    message, other = sent(), sent()
    stop = event(other, "spam_complaint")
    bad, good = posted(batch(stop)), posted(batch(event(message)))

    def refuse(sender, message, **kwargs):
        raise ValueError("a floor above fails")

    stop_received.connect(refuse)
    try:
        assert events.take_in_with_others(str(good.pk)) == 1
        with pytest.raises(ValueError, match="a floor above"):
            events.take_in(str(bad.pk))
    finally:
        stop_received.disconnect(refuse)
    assert fresh(message).state == State.DELIVERED
    assert list(WebhookBatch.objects.waiting().values_list("pk", flat=True)) == [bad.pk]
    assert events.take_in(str(bad.pk)) == 1


# Two readers of one body


ODD = [
    {},
    {"msys": {}},
    {"msys": None},
    {"msys": {"message_event": None}},
    {"msys": {"message_event": []}},
    {"msys": {"message_event": {"type": 5}}},
    {"msys": {"message_event": {"type": "delivery", "rcpt_meta": "x", "user_agent_parsed": 1, "event_id": {}}}},
    {"msys": {"message_event": {"type": "delivery", "event_id": 92356927693813856123456, "timestamp": 1460989507}}},
    {"msys": {"message_event": {"type": "delivery", "event_id": 'a\\b"c,{}', "message_id": "\u0000\ud800x"}}},
    {"msys": {"track_event": {"type": "open", "event_id": "é" * 80, "user_agent_parsed": {"is_prefetched": "true"}}}},
    {"msys": {"message_event": {"type": "bounce", "event_id": "b", "bounce_class": 1e300, "timestamp": True}}},
    "text",
    None,
    [],
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: str(odd)[:40].encode("ascii", "replace").decode())
def test_a_malformed_element_loses_no_neighbour(sent, odd):
    import json

    message = sent()
    row = posted(json.dumps([odd, *json.loads(batch(event(message, "injection"), event(message)))]).encode())
    events.take_in(str(row.pk))
    assert fresh(message).state == State.DELIVERED
    assert message.events.count() == 2


def test_the_quick_reader_reads_what_the_patient_one_reads(sent):
    import json

    message = sent(track=True)
    told = [event(message, kind, bounce_class="22") for kind in sorted(events.KNOWN)]
    told += [event(message, "delivery", event_id=None), event(message, "open", timestamp=1460989507.5)]
    quick, set_aside = events.read(batch(*told))
    assert len(quick) == len(told) == len(events.KNOWN) + 2
    assert set_aside == 0
    # One odd element makes the whole body go the patient way.
    patient, set_aside = events.read(json.dumps(["odd", *json.loads(batch(*told))]).encode())
    assert set_aside == 1
    assert patient == quick
