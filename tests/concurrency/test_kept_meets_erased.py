"""Taking back a consent to be kept while the procedure's end sets the date of erasure: nobody stays longer than they
agreed to, and neither of the two fails for the other."""

import threading

import pytest
from django.db import connections, transaction
from django.utils import timezone

from candidates.models import Candidate, EndReason
from candidates.services import answers
from consent import pool
from consent.models import ConsentRequest
from privacy.deadlines import purge_after_days
from tests import factories as make
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "vault"])
TIMES = 8
DAYS = 28


class Ground:
    """Somebody who agreed to be kept, and is in a procedure that is about to end."""

    def __init__(self):
        self.candidacy = make.make_candidacy(notice=True)
        self.candidate = self.candidacy.candidate
        make.make_kept(self.candidate, asked_by=self.candidacy.vacancy.owner)
        self.question = ConsentRequest.objects.pool().get(subject=self.candidate.subject)
        self.stop = make.make_link(self.question, "withdraw")

    def ends(self):
        with transaction.atomic():
            last = purge_after_days(timezone.localdate(), DAYS)
            answers.end(self.candidacy, EndReason.CLOSED, erase_on=last)

    def withdraws(self):
        pool.withdraw(link=self.stop, language="nl")

    def agrees(self):
        """Whether the date and what was agreed to say the same."""
        candidate = Candidate.objects.get(pk=self.candidate.pk)
        assert pool.until_of([candidate.subject_id]) == {}
        assert candidate.erase_on == purge_after_days(timezone.localdate(), DAYS)
        return True


def waits(act):
    """Run it on a connection of its own, and say when it waits for another one's lock."""
    found: list[BaseException] = []
    number: list[int] = []

    def run():
        try:
            with connections["default"].cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                number.append(cursor.fetchone()[0])
            act()
        except BaseException as error:
            found.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()

    def is_waiting():
        if not number:
            return False
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", number)
            return cursor.fetchone()[0]

    while thread.is_alive() and not is_waiting():
        pass
    return thread, found


@pytest.mark.django_db(transaction=True, databases=["default", "vault", "owner"])
def test_the_end_first_and_the_withdrawal_waits_for_it():
    ground = Ground()
    with transaction.atomic():
        ground.ends()
        thread, found = waits(ground.withdraws)
        assert thread.is_alive(), found
    thread.join(30)
    assert found == []
    assert ground.agrees()


@pytest.mark.django_db(transaction=True, databases=["default", "vault", "owner"])
def test_the_withdrawal_first_and_the_end_waits_for_it():
    ground = Ground()
    with transaction.atomic():
        ground.withdraws()
        thread, found = waits(ground.ends)
        assert thread.is_alive(), found
    thread.join(30)
    assert found == []
    assert ground.agrees()


def test_at_the_same_moment():
    for _time in range(TIMES):
        ground = Ground()
        assert at_once(ground.ends, ground.withdraws) == [None, None]
        assert ground.agrees()
