"""Every port has a filler, and a port asks in sets."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Organisation
from privacy import ports, services
from privacy.desk import deciding
from privacy.models import DataRequest, Subject
from privacy.ports import Clock, Finding, Port
from tests.factories import make_assessment, make_candidacy, make_organisation, make_request, make_user


def test_every_port_has_a_filler():
    empty = ports.unfilled()
    assert not empty, (
        f"Nobody fills {', '.join(empty)}: register a filler when the app above is ready (AppConfig.ready)."
    )


def test_an_empty_port_is_noticed(monkeypatch):
    monkeypatch.setattr(ports.names_port, "fillers", [])
    assert "names" in ports.unfilled()
    with pytest.raises(ports.Unfilled, match="names"):
        ports.names([uuid4()])


def test_a_port_for_one_takes_no_second_filler():
    port: Port[Callable[[], int]] = Port("single", many=False)
    filler = port.register(lambda: 1)
    port.register(filler)
    with pytest.raises(RuntimeError, match="filled already"):
        port.register(lambda: 2)


def test_names_asks_each_filler_only_for_those_still_unknown(monkeypatch):
    one, two, nobody = uuid4(), uuid4(), uuid4()
    asked = []

    def first(ids):
        asked.append(ids)
        return {one: "Anna"}

    def second(ids):
        asked.append(ids)
        return {two: "Bob"}

    monkeypatch.setattr(ports.names_port, "fillers", [first, second])
    assert ports.names(iter([one, two, nobody])) == {one: "Anna", two: "Bob"}
    assert asked == [{one, two, nobody}, {two, nobody}]


def test_findings_come_in_order_of_place(monkeypatch):
    monkeypatch.setattr(ports.gate_port, "fillers", [lambda text: [Finding("b", 5, 6), Finding("a", 1, 2)]])
    assert [finding.kind for finding in ports.gate_text("text")] == ["a", "b"]


@pytest.fixture
def own_clocks(monkeypatch):
    """Only the clocks of this room, so that other rooms' rows do not count."""
    monkeypatch.setattr(ports.clocks_port, "fillers", [services.open_requests, services.expiring_assessments])


def test_clocks_join_every_filler_in_one_query(db, own_clocks, django_assert_num_queries):
    candidacy = make_candidacy()
    request = services.receive_request(kind="access", channel="form", subject=candidacy.subject)
    soon = make_assessment(review_on=timezone.localdate() + timedelta(days=3))
    make_assessment(review_on=timezone.localdate() + timedelta(days=31))
    with Organisation.read_once():
        Organisation.current()
        with django_assert_num_queries(1):
            found = ports.clocks()
    assert [(clock.kind, clock.object_id, clock.subject_id) for clock in found] == [
        ("lia_review", soon.pk, None),
        ("request", request.pk, candidacy.subject_id),
    ]
    assert found[1] == Clock(
        due_on=request.due_on,
        kind="request",
        object_id=request.pk,
        subject_id=candidacy.subject_id,
        reason="art12_3",
        since=request.received_at,
    )


def test_clocks_of_these_people_or_by_this_day(db, own_clocks):
    candidacy = make_candidacy()
    mine = services.receive_request(kind="access", channel="form", subject=candidacy.subject)
    services.receive_request(kind="access", channel="form")
    assert [clock.object_id for clock in ports.clocks(subjects=[candidacy.subject_id])] == [mine.pk]
    assert ports.clocks(subjects=[uuid4()]) == []
    assert len(ports.clocks(until=mine.due_on)) == 2
    assert ports.clocks(until=timezone.localdate()) == []


def test_an_answered_request_has_no_clock(db, own_clocks):
    request = services.receive_request(kind="access", channel="form")
    assert ports.clocks()
    deciding.answer_request(request, outcome="sent", channel="letter", actor=make_user("Olga", "officer"))
    assert ports.clocks() == []
    assert DataRequest.objects.get().answered_at


def test_the_clocks_of_all_rooms_cost_the_same_for_few_and_for_many(db):
    def cost():
        with Organisation.read_once():
            Organisation.current()
            with CaptureQueriesContext(connection) as queries:
                ports.clocks()
        return len(queries)

    few = cost()
    for _person in range(3):
        services.receive_request(kind="access", channel="form", subject=make_candidacy(notice=False).subject)
    assert len(ports.clocks()) >= 3
    assert cost() == few


def test_clocks_of_a_query_of_people_and_of_things(db, own_clocks):
    """The composed SQL is kept, and asked again for other people it answers about those."""
    anna, bram = make_candidacy(), make_candidacy()
    for candidacy in (anna, bram):
        services.receive_request(kind="access", channel="form", subject=candidacy.subject)
    soon = make_assessment(review_on=timezone.localdate() + timedelta(days=3))
    for candidacy in (anna, bram):
        people = Subject.objects.filter(pk=candidacy.subject_id).values("pk")
        assert [clock.subject_id for clock in ports.clocks(subjects=people)] == [candidacy.subject_id]
        assert [clock.subject_id for clock in ports.clocks(subjects=people, and_things=True)] == [
            None,
            candidacy.subject_id,
        ]
    assert [clock.object_id for clock in ports.clocks(limit=1)] == [soon.pk]


def test_another_period_of_the_organisation_moves_its_clocks_at_once(db):
    asked = make_request(make_candidacy(notice=True))
    make_organisation(no_answer_days=20)
    (before,) = [clock.due_on for clock in ports.clocks() if clock.object_id == asked.pk]
    make_organisation(no_answer_days=30)
    (after,) = [clock.due_on for clock in ports.clocks() if clock.object_id == asked.pk]
    assert after - before == timedelta(days=10)
