"""Whoever may need the suppression lock takes it before any row, so that nobody who waits for it holds one."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from candidates import services as candidates
from candidates.models import Candidate
from candidates.tasks import erase_due
from consent import services as consent
from consent.models import ConsentRequest
from mailing.models import Message, Suggestion
from mailing.replies import services as replies
from privacy import services as privacy
from privacy import suppression
from privacy.models import Link, Subject
from tests import factories as make
from tests.support.texts import publish_texts

WAITING = """
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Ground:
    """One person, asked, with a message to them in the queue and the links in their hands."""

    def __init__(self):
        make.make_organisation()
        publish_texts()
        self.candidacy = make.make_candidacy(notice=True, email="anna@person.example")
        self.request = make.make_request(self.candidacy)
        self.link = make.make_link(self.request)
        self.stop = make.make_link(self.request, "withdraw")
        make.make_message(self.candidacy)


def refuses(g):
    consent.refuse_request(g.request, link=g.link, language="nl")


def withdraws_by_mail(g):
    subject = g.candidacy.subject
    consent.withdraw_by_mail(subject=subject, vacancy=g.candidacy.vacancy_id, language="nl")


def stops(g):
    consent.stop_everything(link=g.stop, language="nl")


def stops_with_nothing_open(g):
    ConsentRequest.objects.update(closed_at=timezone.now())
    stops(g)


def says_not_me(g):
    consent.not_me(link=g.link)


def starts_again(g):
    details = {"name": "Anna Bos", "email": "anna@person.example"}
    candidates.start_from_own_interest(request=g.request, link=g.link, details=details, language="nl")


def confirms_a_withdrawal(g):
    mail = make.make_inbound(g.candidacy)
    suggestion = Suggestion.objects.create(mail=mail, kind="withdrawal", phrase="ik trek mij terug")
    replies.confirm(suggestion, actor=g.candidacy.owner)


def is_erased(g):
    privacy.erase(g.candidacy.subject, reason="asked")


def is_erased_when_due(g):
    Message.objects.update(state="aborted")
    Candidate.objects.update(erase_on=timezone.localdate() - timedelta(days=1))
    assert erase_due() == 1


@pytest.mark.parametrize(
    "act",
    [
        refuses,
        withdraws_by_mail,
        stops,
        stops_with_nothing_open,
        says_not_me,
        starts_again,
        confirms_a_withdrawal,
        is_erased,
        is_erased_when_due,
    ],
)
def test_nobody_waits_for_the_suppression_lock_with_a_row_in_hand(act, transactional_db):
    ground = Ground()

    def run():
        try:
            act(ground)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            suppression.lock()
            acting = pool.submit(run)
            _until_somebody_waits(acting)
            # What they hold could not be locked now: this raises instead of waiting.
            for model in (Subject, Candidate, ConsentRequest, Link, Message, Suggestion):
                list(model.objects.select_for_update(nowait=True, of=("self",)))
        acting.result(60)


def _until_somebody_waits(acting):
    ends = time.monotonic() + 30
    while time.monotonic() < ends and not acting.done():
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
    raise AssertionError(f"Nobody waits for the suppression lock: {acting.exception(0) if acting.done() else acting}")
