"""The factories make lawful rows, and the guards see an unlawful one."""

import pytest
from django.db import IntegrityError, transaction

from introductions.models import Introduction
from privacy.guards import sentence_for, settle
from tests import factories


def introduce(candidacy, request, event):
    return Introduction.objects.create(
        candidacy=candidacy,
        subject=candidacy.subject,
        vacancy=candidacy.vacancy,
        client=candidacy.vacancy.client,
        request=request,
        event=event,
        shared=request.shared,
        introduced_by=candidacy.vacancy.owner,
    )


def test_the_whole_chain_is_lawful(db):
    candidacy = factories.make_candidacy(notice=True)
    request = factories.make_request(candidacy)
    event = factories.make_event(request)
    settle()
    introduction = introduce(candidacy, request, event)
    assert list(Introduction.objects.standing()) == [introduction]
    factories.make_event(request, "withdrawn")
    assert not Introduction.objects.standing().exists()


def test_a_refusal_has_its_sentence(db):
    candidacy = factories.make_candidacy(notice=True)
    request = factories.make_request(candidacy)
    event = factories.make_event(request)
    factories.make_event(request, "withdrawn")
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        introduce(candidacy, request, event)
    assert "yes for this vacancy" in str(sentence_for(refused.value))
