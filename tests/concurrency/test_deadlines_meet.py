"""Two clocks at once, and a clock that meets an officer: nothing is written twice, and nobody waits."""

import threading

import pytest
from django.db import connection, transaction

from mailing.models import Message
from privacy.desk import running
from privacy.models import Crossing, DataRequest
from tests.factories import make_organisation, make_user
from tests.privacy.asking import received

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "vault"])


@pytest.fixture
def overdue(settings):
    settings.EMAIL_BACKEND = "mailing.backend.Outbox"
    make_organisation()
    make_user("Olga", "officer")
    return [received(45) for _ in range(5)]


def test_two_runs_at_once_write_each_milestone_once(overdue):
    ready = threading.Barrier(2)

    def run():
        try:
            ready.wait(timeout=20)
            running.run()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    running.run()
    assert Crossing.objects.count() == 4 * len(overdue)
    lines = "".join(Message.objects.values_list("body_text", flat=True))
    assert all(lines.count(f"/privacy-desk/requests/{asked.pk}/") == 1 for asked in overdue)


def test_who_is_being_handled_is_skipped_and_met_in_the_next_run(overdue):
    held, met = threading.Event(), threading.Event()

    def handle():
        try:
            with transaction.atomic():
                DataRequest.objects.select_for_update(of=("self",)).get(pk=overdue[0].pk)
                held.set()
                met.wait(timeout=60)
        finally:
            connection.close()

    thread = threading.Thread(target=handle)
    thread.start()
    try:
        assert held.wait(timeout=20)
        assert running.run().crossings == 4 * (len(overdue) - 1)
    finally:
        met.set()
        thread.join(timeout=60)
    assert running.run().crossings == 4
