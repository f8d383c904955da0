"""The demo's agency is made by the verbs, so it is as lawful as anything else."""

import pytest
from django.core.management.base import CommandError

from candidates.models import Candidacy
from consent.models import ConsentEvent, ConsentRequest
from introductions.models import Introduction
from privacy.guards import settle
from watson import demo_data


def test_the_demo_is_planted_once_and_shows_every_step(db, settings):
    settings.DEMO = True
    assert demo_data.plant()
    assert not demo_data.plant()
    settle()
    assert Introduction.objects.standing().count() == 1
    assert {"given", "talk_first", "refused"} <= set(ConsentEvent.objects.values_list("kind", flat=True))
    assert ConsentRequest.objects.filter(events=None).exists()
    assert Candidacy.objects.filter(ended_reason="refused").exists()


def test_the_demo_is_refused_elsewhere(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="make demo"):
        demo_data.plant()
