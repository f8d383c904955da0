"""Verbs of the desk and of the person, on the same rows at the same moment: neither ever waits for ever."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from candidates import services as candidates
from candidates.models import Stage
from consent import services as consent
from consent.models import ConsentRequest, Purpose
from introductions import services as introductions
from privacy.guards import Refused
from tests import factories as make
from tests.support.texts import publish_texts
from tests.support.threads import Runners

TIMES = 8


class Ground:
    """One person, asked, with their links; `confidential` asks for a talk first."""

    def __init__(self, vacancy, contact, *, said_yes=False):
        self.vacancy, self.contact, self.actor = vacancy, contact, vacancy.owner
        self.candidacy = make.make_candidacy(vacancy, notice=True)
        purpose = Purpose.TALK if vacancy.is_confidential else Purpose.INTRODUCE
        self.request = make.make_request(self.candidacy, purpose=purpose)
        self.link = make.make_link(self.request)
        self.stop = make.make_link(self.request, "withdraw")
        if said_yes:
            consent.give(self.request, link=self.link, language="nl")
        self.copied = None


def copies_first(g):
    """A text to copy for somebody nobody asked yet; from here on the person at hand is that one."""
    g.candidacy = make.make_candidacy(g.vacancy)
    g.copied = candidates.prepare_copy(g.candidacy, channel="inmail", actor=g.actor)
    g.request = ConsentRequest.objects.get(pk=g.copied.about_id)
    g.stop = make.make_link(g.request, "withdraw")


def withdraws(g):
    consent.withdraw(g.request, link=g.stop, language="nl")


def gives(g):
    consent.give(g.request, link=g.link, language="nl")


def says_talk_first(g):
    consent.talk_first(g.request, link=g.link, language="nl")


def stops(g):
    consent.stop_everything(link=g.stop, language="nl")


def says_not_me(g):
    consent.not_me(link=g.link)


def sends_by_hand(g):
    candidates.sent_by_hand(g.copied, actor=g.actor)


def moves(g):
    candidates.move(g.candidacy.pk, to=Stage.IN_TALKS, reason="next_step", actor=g.actor)


def introduces(g):
    introductions.introduce(candidacy=g.candidacy, contacts=[g.contact], shared=["profile"], words="", actor=g.actor)


def reveals(g):
    candidates.reveal(g.candidacy, actor=g.actor)


def approaches(g):
    candidates.approach([g.candidacy], actor=g.actor)


def logs_a_call(g):
    candidates.log_contact(g.candidacy, actor=g.actor, kind="phone", follow_up_on=timezone.localdate(), note="")


MEETINGS: list[tuple[Callable[[Ground], None], Callable[[Ground], None], dict[str, Any]]] = [
    (sends_by_hand, withdraws, {"before": copies_first}),
    (moves, gives, {}),
    (moves, withdraws, {}),
    (introduces, moves, {"said_yes": True}),
    (introduces, stops, {"said_yes": True}),
    (introduces, says_not_me, {"said_yes": True}),
    (logs_a_call, withdraws, {}),
    (approaches, withdraws, {}),
    (reveals, withdraws, {"confidential": True}),
    (reveals, gives, {"confidential": True}),
    (gives, withdraws, {}),
    (gives, says_not_me, {}),
    (withdraws, stops, {"said_yes": True}),
    (says_talk_first, withdraws, {}),
]


@pytest.mark.long
def test_they_meet_and_both_go_on(transactional_db):
    make.make_organisation()
    publish_texts()
    places = [make.make_vacancy(), make.make_vacancy(is_confidential=True, sector_label="A food company")]
    contacts = [make.make_contact(vacancy.client) for vacancy in places]
    failed = []
    with Runners(2, expect=(Refused, DatabaseError)) as runners:
        for one, other, how in MEETINGS:
            ground = dict(how)
            where, before = bool(ground.pop("confidential", False)), ground.pop("before", None)
            for _ in range(TIMES):
                laid = Ground(places[where], contacts[where], **ground)
                if before:
                    before(laid)
                met = runners.start(partial(one, laid), partial(other, laid))
                if any(isinstance(error, DatabaseError) for error in met):
                    failed.append(f"{one.__name__} and {other.__name__}: {met}")
    assert not failed, "\n".join(failed)
