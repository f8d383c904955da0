"""A hundred times one recruiter introduces somebody at the moment that person withdraws."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain

import pytest
from django.db import DatabaseError, connections

from consent import services as consent
from consent.models import EventKind
from introductions import services as introductions
from introductions.models import I4_NO_CONSENT, Introduction
from privacy.guards import Refused
from privacy.models import Link
from tests import factories
from tests.support.texts import publish_templates
from tests.support.threads import Runners, at_once

PAIRS = 100
AT_ONCE = 8


@pytest.fixture
def said_yes(transactional_db):
    """`said_yes(n)`: a contact, and n people who said yes, each with the link to withdraw under their mail."""
    factories.make_organisation()
    publish_templates()
    vacancy = factories.make_vacancy()
    contact = factories.make_contact(vacancy.client)

    def people(count):
        made = []
        for _ in range(count):
            candidacy = factories.make_candidacy(vacancy, notice=True)
            request = factories.make_request(candidacy)
            consent.give(request, link=factories.make_link(request), language="nl")
            made.append((candidacy, request, factories.make_link(request, "withdraw")))
        return contact, made

    return people


def introduce(candidacy, contact):
    introductions.introduce(
        candidacy=candidacy, contacts=[contact], shared=["profile"], words="", actor=candidacy.vacancy.owner
    )


def withdraw(request, link: Link):
    consent.withdraw(request, link=link, language="nl")


def some_pairs(contact, people):
    """For each: what introducing and withdrawing met with, whether it is visible and was made."""
    seen = []
    try:
        with Runners(2, expect=(Refused, DatabaseError)) as runners:
            for candidacy, request, link in people:
                outcome = runners.start(partial(introduce, candidacy, contact), partial(withdraw, request, link))
                # Looked at in the moment after, not only when all is quiet again.
                visible = Introduction.objects.standing().filter(candidacy=candidacy).exists()
                made = Introduction.objects.filter(candidacy=candidacy).exists()
                seen.append((*outcome, visible, made))
    finally:
        connections.close_all()
    return seen


@pytest.mark.long
def test_no_introduction_is_visible_after_a_withdrawal(said_yes):
    contact, people = said_yes(PAIRS)
    assert not Introduction.objects.exists()
    seen: Counter[str] = Counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(some_pairs, contact, people[first::AT_ONCE]) for first in range(AT_ONCE)]
        for introducing, withdrawing, visible, made in chain.from_iterable(future.result() for future in running):
            assert withdrawing is None, f"a withdrawal was refused: {withdrawing!r}"
            assert not visible
            assert made == (introducing is None)
            seen["introduced first" if introducing is None else getattr(introducing, "code", repr(introducing))] += 1
    assert set(seen) <= {"introduced first", I4_NO_CONSENT}, seen
    assert sum(seen.values()) == PAIRS
    assert not Introduction.objects.standing().exists()
    for candidacy, request, _link in people:
        assert request.events.latest("id").kind == EventKind.WITHDRAWN
        candidacy.refresh_from_db()
        assert candidacy.ended_at is not None


def test_an_introduction_without_a_withdrawal_is_visible(said_yes):
    """The other side: the same verbs, and nobody withdraws."""
    contact, people = said_yes(3)
    for candidacy, _request, _link in people:
        introduce(candidacy, contact)
    assert Introduction.objects.standing().count() == 3


def test_withdrawing_through_two_links_at_once_is_one_withdrawal(said_yes):
    _contact, people = said_yes(1)
    _candidacy, request, link = people[0]
    other = factories.make_link(request, "withdraw")
    assert at_once(lambda: withdraw(request, link), lambda: withdraw(request, other)) == [None, None]
    assert request.events.filter(kind=EventKind.WITHDRAWN).count() == 1
