"""Stops go both ways: ours as non-transactional alone and by no other word, the provider's with what they mean."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from candidates.models import ContactPoint, Task
from consent.models import LegalBasis
from mailing import outbox
from mailing.models import OutgoingStop, ProviderStream, State, Stream
from mailing.provider import stops, streams
from privacy import links, suppression
from privacy import services as privacy
from privacy.models import LedgerEntry, Subject, SuppressionEntry
from tests import factories
from tests.mailing.conftest import KEY
from tests.support.nursery import Program

ANNA = "anna@person.example"


def suppress(*emails, scope="all", reason="objected", **given):
    return suppression.suppress(
        [("email", email) for email in emails or (ANNA,)], scope=scope, reason=reason, actor=None, **given
    )


def listed(standin, email=ANNA):
    return [entry for entry in standin.store.suppressions.values() if entry["recipient"] == email]


def theirs(standin, source, email=ANNA, kind="non_transactional", description=""):
    standin.engine.suppress(email, kind, source, description)


def dated(standin, at):
    for entry in listed(standin):
        entry["updated"] = at.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def stands(email=ANNA):
    return suppression.standing_for([("email", email)]).exists()


def reason_of(email=ANNA):
    return suppression.standing_for([("email", email)]).get().reason


def again():
    """The provider's wait is over."""
    ProviderStream.objects.update(again_at=None)


# Ours, to the provider


def test_a_stop_reaches_the_provider_on_commit(transactional_db, standin, run_tasks):
    with transaction.atomic():
        suppress()
        assert listed(standin) == [], "nothing leaves before the commit"
    assert "mailing.tasks.tell_stops" in run_tasks()
    [entry] = listed(standin)
    assert (entry["type"], entry["description"], entry["source"]) == ("non_transactional", "watson", "Manually Added")
    assert not OutgoingStop.objects.exists()


def test_nothing_is_passed_on_of_what_was_rolled_back(transactional_db, standin, run_tasks):
    with transaction.atomic():
        suppress()
        transaction.set_rollback(True)
    assert run_tasks() == []
    assert stops.tell() == 0
    assert listed(standin) == []


def test_while_it_waits_the_address_is_sealed(db, standin):
    suppress()
    row = OutgoingStop.objects.get()
    assert ANNA.encode() not in bytes(row.address)
    assert ANNA not in str(vars(row))


@pytest.mark.parametrize(
    "given",
    [
        {"scope": "vacancy", "vacancy": "6f2b4c1e-0000-4000-8000-000000000000"},
        {"scope": "client", "client": "6f2b4c1e-0000-4000-8000-000000000000"},
        {"reason": "complaint"},
        {"reason": "unsubscribed"},
        {"reason": "provider"},
    ],
)
def test_what_is_for_one_vacancy_or_from_the_provider_itself_is_not_passed_on(db, standin, given):
    suppress("bob@person.example")
    assert suppress(**given) == 1
    assert OutgoingStop.objects.count() == 1
    stops.tell()
    assert listed(standin) == []
    assert listed(standin, "bob@person.example")


def test_only_addresses_of_mail_are_passed_on(db, standin):
    suppression.suppress([("phone", "+31612345678")], scope="all", reason="objected", actor=None)
    assert not OutgoingStop.objects.exists()


def test_every_spelling_goes_and_a_repetition_does_not(db, standin):
    assert suppress("a.b+x@gmail.com", "a.b@gmail.com", "ab@gmail.com") == 1
    assert stops.tell() == 3
    assert suppress("a.b+x@gmail.com", "a.b@gmail.com", "ab@gmail.com") == 0
    assert stops.tell() == 0


def test_what_was_stopped_before_there_was_a_key_is_passed_on_with_it(db, standin, settings):
    settings.SPARKPOST_API_KEY = ""
    assert suppress() == 1
    assert stops.tell() == 0
    assert listed(standin) == []
    settings.SPARKPOST_API_KEY = KEY
    assert stops.tell() == 1
    assert [entry["type"] for entry in listed(standin)] == ["non_transactional"]
    assert not OutgoingStop.objects.exists()


def test_without_a_key_no_address_is_kept_for_ever(db, settings):
    settings.SPARKPOST_API_KEY = ""
    suppress()
    row = OutgoingStop.objects.get()
    assert ANNA.encode() not in bytes(row.address)
    OutgoingStop.objects.update(made_at=timezone.now() - stops.WITHOUT_KEY + timedelta(minutes=1))
    assert stops.tell() == 0
    assert OutgoingStop.objects.exists()
    OutgoingStop.objects.update(made_at=timezone.now() - stops.WITHOUT_KEY - timedelta(minutes=1))
    assert stops.tell() == 0
    assert not OutgoingStop.objects.exists()
    assert stands(), "our own guard needs no address"


@pytest.mark.parametrize("fault", ["429", "500", "503", "502"])
def test_a_failure_keeps_them_waiting_and_the_second_try_succeeds(db, standin, fault):
    suppress()
    standin.misbehave(fault, path="suppression-list")
    assert stops.tell() == 0
    assert OutgoingStop.objects.count() == 1
    assert streams.state_of(Stream.OWN_STOPS).trouble
    assert stops.tell() == 0, "not before the provider wants it"
    again()
    assert stops.tell() == 1
    assert listed(standin)
    assert streams.state_of(Stream.OWN_STOPS).trouble == ""


def test_taken_but_the_answer_lost_is_told_again(db, standin):
    suppress()
    standin.misbehave("504", path="suppression-list")
    assert stops.tell() == 0
    assert len(listed(standin)) == 1
    again()
    assert stops.tell() == 1
    assert len(listed(standin)) == 1
    assert not OutgoingStop.objects.exists()


def test_a_key_that_may_not_loses_no_stop(db, standin, settings):
    suppress("a@person.example", "b@person.example")
    settings.SPARKPOST_API_KEY = "another-key"
    assert stops.tell() == 0
    assert OutgoingStop.objects.count() == 2


def test_one_address_that_is_none_keeps_no_other_from_the_list(db, standin):
    theirs(standin, "Compliance", "held@person.example")
    good = [f"p{number}@person.example" for number in range(9)]
    suppress(*good[:4], 'a"b@person.example', *good[4:], "held@person.example")
    assert stops.tell() == 11
    assert all(listed(standin, email) for email in good)
    assert [entry["source"] for entry in listed(standin, "held@person.example")] == ["Compliance"]
    assert not OutgoingStop.objects.exists()


def test_ten_thousand_at_once(db, standin):
    emails = [f"p{number}@person.example" for number in range(10_050)]
    assert suppress(*emails) == 10_050
    assert stops.tell() == 10_050
    assert len(standin.store.suppressions) == 10_050
    assert not OutgoingStop.objects.exists()


def test_killed_between_telling_and_forgetting(transactional_db, standin):
    suppress()
    # The worker's answer never comes: SparkPost has the stop, the row is still there when it dies.
    standin.misbehave("slow", path="suppression-list", seconds=30)
    own = {"SPARKPOST_API_KEY": KEY, "SPARKPOST_BASE_URL": standin.url, "SPARKPOST_TIMEOUT": "60"}
    worker = Program("tells", code="from mailing.provider import stops; stops.tell()", extra=own)
    try:
        deadline = timezone.now() + timedelta(seconds=60)
        while not listed(standin):
            assert timezone.now() < deadline, "it never told"
            assert worker.running()
    finally:
        worker.kill()
    assert OutgoingStop.objects.count() == 1

    while not stops.tell():  # until the dead one's lock is gone with its connection
        assert timezone.now() < deadline + timedelta(seconds=60)
    assert len(listed(standin)) == 1
    assert not OutgoingStop.objects.exists()


def test_legal_kinds_still_arrive_at_somebody_the_provider_knows_as_stopped(queue, standin):
    candidacy = factories.make_candidacy(email=ANNA)
    asked = factories.make_request(candidacy)
    factories.make_event(asked, "withdrawn")
    suppress()
    stops.tell()
    receipt = queue(candidacy, kind="receipt_withdrawn")
    refused = queue(candidacy, key="another")
    assert outbox.hand_over() == 1
    standin.flush_events()
    [mail] = standin.mails
    assert (mail.state, mail.metadata["message"]) == ("delivered", str(receipt.pk))
    refused.refresh_from_db()
    assert (refused.state, refused.reason) == (State.ABORTED, "i8_suppressed")
    # An entry for transactional mail would have held it up: that is why ours never is one.
    theirs(standin, "Manually Added", kind="transactional")
    assert standin.engine.suppressed(mail)


# Lifting


def lift(*emails):
    keyed = [("email", email) for email in emails or (ANNA,)]
    link = links.issue("withdraw", subject=Subject.objects.create())
    return suppression.lift(suppression.standing_for(keyed), link=link, addresses=keyed)


def test_a_lift_takes_ours_off_again(db, standin):
    suppress()
    stops.tell()
    assert lift() == 1
    assert stops.tell() == 1
    assert listed(standin) == []


@pytest.mark.parametrize("source", ["Spam Complaint", "Compliance", "Bounce Rule", "Manually Added"])
def test_a_lift_leaves_what_is_not_ours(db, standin, source):
    suppress()
    theirs(standin, source, description="by hand")
    lift()
    assert stops.tell() == 2
    assert [entry["source"] for entry in listed(standin)] == [source]


def test_what_stands_now_counts_whatever_the_order(db, standin):
    suppress()
    lift()
    suppress()
    assert stops.tell() == 3
    assert len(listed(standin)) == 1
    lift()
    assert stops.tell() == 1
    assert listed(standin) == []


# Erasure and restriction


def test_a_stop_under_way_survives_the_erasure_and_then_nothing_is_left(db, standin):
    candidacy = factories.make_candidacy(email=ANNA)
    suppress(subject=candidacy.subject)
    privacy.erase(candidacy.subject, reason="asked")
    assert OutgoingStop.objects.filter(subject=candidacy.subject).count() == 1
    assert stops.tell() == 1
    assert listed(standin)
    assert not OutgoingStop.objects.exists()


def test_a_restricted_person_s_own_stop_still_goes(db, standin):
    subject = Subject.objects.create(restricted_at=timezone.now())
    suppress(subject=subject)
    assert stops.tell() == 1
    assert listed(standin)


# The provider's, to us


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("Spam Complaint", "complaint"),
        ("List Unsubscribe", "unsubscribed"),
        ("Unsubscribe Link", "unsubscribed"),
        ("Manually Added", "provider"),
        ("Compliance", "provider"),
        ("Something New", "provider"),
    ],
)
def test_a_stop_of_theirs_becomes_ours(db, standin, source, reason):
    theirs(standin, source)
    assert not stands()
    assert stops.take_over() == 1
    assert reason_of() == reason
    assert not OutgoingStop.objects.exists(), "they know"
    ProviderStream.objects.update(sure_until=None)
    assert stops.take_over() == 0
    assert SuppressionEntry.objects.count() == 1


def test_ours_that_comes_back_makes_nothing(db, standin):
    suppress("other@person.example")
    stops.tell()
    before = SuppressionEntry.objects.count()
    assert stops.take_over() == 0
    assert SuppressionEntry.objects.count() == before
    assert not OutgoingStop.objects.exists()
    # After a lift it is not taken for theirs either, though the list still has it.
    lift("other@person.example")
    ProviderStream.objects.update(sure_until=None)
    assert stops.take_over() == 0
    assert not stands("other@person.example")


@pytest.mark.parametrize("source", ["Spam Complaint", "List Unsubscribe", "Unsubscribe Link"])
def test_somebody_we_know_objected(db, standin, source):
    candidacy = factories.make_candidacy(email=ANNA)
    ContactPoint.objects.create(
        candidate=candidacy.candidate,
        kind="email",
        value="a.bos@work.example",
        normalised="a.bos@work.example",
        ground="consent",
        evidence_on=timezone.localdate(),
    )
    factories.make_request(candidacy)
    theirs(standin, source)
    assert stops.take_over() == 1
    candidacy.refresh_from_db()
    assert candidacy.ended_at
    basis = LegalBasis.objects.current_of(candidacy.subject_id, candidacy.vacancy_id)
    assert basis
    assert basis.basis == "legal_obligation"
    assert LedgerEntry.objects.filter(subject=candidacy.subject, kind="contact.stopped").count() == 1
    assert stands("a.bos@work.example"), "all addresses of the person"
    ProviderStream.objects.update(sure_until=None)
    assert stops.take_over() == 0
    assert LedgerEntry.objects.filter(subject=candidacy.subject, kind="contact.stopped").count() == 1


@pytest.mark.parametrize("source", ["Spam Complaint", "Manually Added"])
def test_what_the_person_lifted_is_not_put_back_by_an_older_stop_of_theirs(db, standin, source):
    theirs(standin, source)
    dated(standin, timezone.now() - timedelta(minutes=1))
    assert stops.take_over() == 1
    lift()
    ProviderStream.objects.update(sure_until=None)
    assert stops.take_over() == 0
    assert not stands()
    # Who says stop again after that is heard.
    dated(standin, timezone.now() + timedelta(minutes=1))
    ProviderStream.objects.update(sure_until=None)
    assert stops.take_over() == 1
    assert stands()


def test_lifting_the_stop_of_one_vacancy_frees_nobody_from_an_objection(db, standin):
    suppress(scope="vacancy", vacancy=factories.make_vacancy().pk)
    theirs(standin, "Spam Complaint")
    dated(standin, timezone.now() - timedelta(minutes=1))
    assert suppression.lift(SuppressionEntry.objects.all(), link=links.issue("me", subject=Subject.objects.create()))
    assert stops.take_over() == 1
    assert reason_of() == "complaint"


@pytest.mark.parametrize("source", ["Manually Added", "Compliance"])
def test_what_somebody_else_put_there_is_a_stop_and_no_objection(db, standin, source):
    candidacy = factories.make_candidacy(email=ANNA)
    theirs(standin, source, description="by hand")
    assert stops.take_over() == 1
    candidacy.refresh_from_db()
    assert stands()
    assert candidacy.ended_at is None


def test_a_bounce_sets_the_address_aside_and_stops_nobody(db, standin):
    candidacy = factories.make_candidacy(email=ANNA)
    other = factories.make_candidacy(email="bob@person.example")
    for kind in ("transactional", "non_transactional"):
        theirs(standin, "Bounce Rule", kind=kind)
    assert stops.take_over() == 0
    assert not stands()
    assert candidacy.candidate.contact_points.get().failed_at
    assert other.candidate.contact_points.get().failed_at is None
    assert [task.candidacy for task in Task.objects.filter(kind="not_reached")] == [candidacy]
    Task.objects.update(done_at=timezone.now())
    ProviderStream.objects.update(sure_until=None)
    stops.take_over()
    assert Task.objects.filter(kind="not_reached", done_at=None).count() == 0, "once"


def test_a_complaint_outweighs_what_else_is_listed(db, standin):
    theirs(standin, "Spam Complaint")
    theirs(standin, "Manually Added", kind="transactional", description="by hand")
    stops.take_over()
    assert reason_of() == "complaint"


def test_what_is_no_address_is_passed_over(db, standin):
    theirs(standin, "Manually Added", "nonsense", description="by hand")
    theirs(standin, "Manually Added", description="by hand")
    assert stops.take_over() == 1
    assert stands()


def test_only_what_changed_is_read_again(db, standin):
    theirs(standin, "Compliance", "old@person.example")
    for entry in standin.store.suppressions.values():
        entry["updated"] = "2020-01-01T00:00:00+00:00"
    ProviderStream.objects.create(name=Stream.SUPPRESSIONS, sure_until=timezone.now())
    theirs(standin, "Compliance", "new@person.example")
    assert stops.take_over() == 1
    assert not stands("old@person.example")
    assert streams.state_of(Stream.SUPPRESSIONS).sure_until


def test_more_than_ten_thousand_over_pages_and_a_failure_half_way(db, standin):
    for number in range(10_100):
        theirs(standin, "List Unsubscribe", f"p{number}@person.example")
    for _page in range(3):
        standin.misbehave("slow", path="suppression-list", seconds=0)
    standin.misbehave("503", path="suppression-list")
    assert stops.take_over() == 3000
    known = streams.state_of(Stream.SUPPRESSIONS)
    assert (known.trouble, known.sure_until) == ("1900", None)
    again()
    assert stops.take_over() == 7100
    assert SuppressionEntry.objects.count() == 10_100
    assert streams.state_of(Stream.SUPPRESSIONS).sure_until


def test_without_a_key_nobody_is_asked(db, settings):
    settings.SPARKPOST_API_KEY = ""
    assert stops.take_over() == 0
    assert stops.tell() == 0


def test_the_tasks_are_in_the_schedule(settings):
    named = {row["task"] for row in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"mailing.tasks.catch_up", "mailing.tasks.tell_stops", "mailing.tasks.take_over_stops"} <= named
