"""Who said no is gone the day after, and nobody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates.models import Candidate, ContactGround, ContactKind, ContactPoint
from candidates.services import Contact, source
from candidates.tasks import erase_due
from consent import services as consent
from mailing.models import Message, State
from privacy import links
from privacy import services as privacy
from privacy.desk import deciding, identity
from privacy.erasure import house
from privacy.guards import Refused
from privacy.models import LedgerEntry, Subject
from privacy.services import receive_request
from tests import factories
from tests.support.texts import publish_texts


def refuse(candidacy):
    asked = factories.make_request(candidacy)
    link = links.issue("consent", subject=candidacy.subject, about_kind="consent_request", about_id=asked.pk)
    consent.refuse_request(asked, link=link, language="nl")


def a_day_passes():
    Candidate.objects.filter(erase_on__isnull=False).update(erase_on=timezone.localdate() - timedelta(days=1))


def test_who_said_no_is_erased_the_day_after(db):
    factories.make_organisation()
    publish_texts()
    gone, stays = (factories.make_candidacy(notice=True, given_name=name) for name in ("Zebedee", "Anna"))
    refuse(gone)
    assert erase_due() == 0, "its day is today"
    a_day_passes()
    assert erase_due() == 0, "the receipt has not left yet"
    Message.objects.filter(state=State.QUEUED).update(state=State.ABORTED)
    question = receive_request(kind="access", channel="phone", subject=gone.subject)
    assert erase_due() == 0, "a question about the data is open"
    identity.confirm(question, method="callback", actor=gone.vacancy.owner)
    deciding.answer_request(
        question, outcome="answered", result="taken_back", channel="letter", actor=gone.vacancy.owner
    )
    Subject.objects.filter(pk=gone.subject_id).update(restricted_at=timezone.now())
    assert erase_due() == 0, "the person asked to have the data kept"
    Subject.objects.filter(pk=gone.subject_id).update(restricted_at=None)
    assert erase_due() == 1
    gone.subject.refresh_from_db()
    assert gone.subject.erased_at
    assert LedgerEntry.objects.filter(kind="subject.erased", subject=gone.subject).count() == 1
    assert not ContactPoint.objects.filter(candidate=gone.candidate).exists()
    assert list(Candidate.objects.exclude(given_name="").values_list("pk", flat=True)) == [stays.candidate_id]
    assert erase_due() == 0


def test_the_erased_person_cannot_be_found_again_under_that_address(db):
    factories.make_organisation()
    publish_texts()
    candidacy = factories.make_candidacy(notice=True, email="zebedee@person.example")
    refuse(candidacy)
    a_day_passes()
    Message.objects.filter(state=State.QUEUED).update(state=State.ABORTED)
    assert erase_due() == 1
    with pytest.raises(Refused, match="asked not to be contacted"):
        source(
            vacancy=candidacy.vacancy,
            actor=candidacy.vacancy.owner,
            name={"given_name": "Zebedee", "surname": "Back"},
            contacts=[Contact(kind=ContactKind.EMAIL, value="Zebedee@person.example", ground=ContactGround.PUBLISHED)],
            source_type="linkedin",
            url="https://www.linkedin.com/in/zebedee",
        )


@pytest.fixture
def three(db):
    """Three people whose day has passed, in the order in which the round takes them."""
    factories.make_organisation()
    publish_texts()
    people = sorted((factories.make_candidacy(notice=True) for _number in range(3)), key=lambda one: one.candidate_id)
    for candidacy in people:
        refuse(candidacy)
    a_day_passes()
    Message.objects.filter(state=State.QUEUED).update(state=State.ABORTED)
    return people


def in_turn(people):
    """The one whose day came last is in the second portion."""
    for late, one in enumerate((people[0], people[2], people[1])):
        Candidate.objects.filter(pk=one.candidate_id).update(erase_on=timezone.localdate() - timedelta(days=9 - late))


def erased(people):
    return [Subject.objects.get(pk=one.subject_id).erased_at is not None for one in people]


def test_who_comes_back_while_the_round_runs_stays(three, monkeypatch):
    erase = privacy.erase_together

    def meanwhile(subjects, **how):
        Candidate.objects.filter(pk=three[1].candidate_id).update(erase_on=timezone.localdate())
        return erase(subjects, **how)

    monkeypatch.setattr(privacy, "erase_together", meanwhile)
    monkeypatch.setattr(house, "PORTION", 2)
    in_turn(three)
    assert erase_due() == 2
    assert erased(three) == [True, False, True]


def test_one_who_cannot_be_erased_stops_no_other(three, monkeypatch):
    erase = privacy.erase_together

    def fails_once(subjects, **how):
        if three[0].subject_id in subjects:
            raise RuntimeError("broken")
        return erase(subjects, **how)

    monkeypatch.setattr(privacy, "erase_together", fails_once)
    assert erase_due() == 2
    assert erased(three) == [False, True, True]
