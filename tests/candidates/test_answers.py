"""What follows on the board from what a person answers."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation
from candidates import services
from candidates.models import Candidacy, Candidate, ContactPoint, Task
from consent import ports as consent_ports
from consent import services as consent
from consent.models import ConsentEvent, ConsentRequest, LegalBasis
from mailing.models import Message, State
from mailing.signals import stop_received
from privacy import links, suppression
from privacy.guards import Refused
from privacy.models import LedgerEntry, Link
from tests.factories import make_candidacy, make_message, make_vacancy


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, given_name="Anna", surname="Bos", email="anna@person.example")


@pytest.fixture
def asked(anna, rosa):
    message = services.approach([anna], actor=rosa)[0].message
    assert message is not None
    Message.objects.filter(pk=message.pk).update(state=State.ACCEPTED, accepted_at=timezone.now())
    ConsentRequest.objects.update(handed_over_at=timezone.now())
    return ConsentRequest.objects.get()


def link_of(asked, purpose="consent"):
    return links.issue(purpose, subject=asked.subject, about_kind="consent_request", about_id=asked.pk)


def basis_of(candidacy):
    return LegalBasis.objects.filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id).latest("id")


def standing(kind="email", value="anna@person.example", **where):
    return suppression.standing_for([(kind, value)], **where)


# Yes, no, withdrawn


def test_a_yes_makes_a_task_and_leaves_the_stage(anna, asked, rosa):
    consent.give(asked, link=link_of(asked), language="nl")
    anna.refresh_from_db()
    assert anna.stage == "approached"
    assert anna.ended_at is None
    assert Task.objects.get().assignee == rosa
    assert Message.objects.get(kind="receipt").to_email == "anna@person.example"


def test_a_yes_to_talk_is_not_confirmed_as_a_consent(agency, rosa):
    secret = make_vacancy(owner=rosa, is_confidential=True, sector_label="a dairy company in the north")
    services.approach([make_candidacy(secret)], actor=rosa)
    talk = ConsentRequest.objects.get()
    assert talk.purpose == "talk"
    consent.give(talk, link=link_of(talk), language="nl")
    receipt = Message.objects.get(kind="receipt")
    assert receipt.template is not None
    assert receipt.template.kind == "receipt_talk"


def test_a_yes_that_ran_out_is_not_called_silence(anna, asked, rosa):
    consent.give(asked, link=link_of(asked), language="nl")
    assert consent.expire(asked) is None
    Organisation.objects.update(consent_months=0)
    assert consent.expire(asked) is not None
    anna.refresh_from_db()
    assert anna.ended_reason == "expired"


def test_who_said_no_is_never_mailed_again_for_it(anna, asked, rosa, tom):
    waiting = make_message(anna, kind="revealed", state=State.QUEUED)
    consent.refuse_request(asked, link=link_of(asked), language="nl")
    waiting.refresh_from_db()
    assert waiting.state == State.ABORTED
    anna.refresh_from_db()
    assert (anna.ended_reason, anna.stage) == ("refused", "approached")
    before = Message.objects.exclude(kind="receipt").count()
    assert "has ended" in str(services.approach([anna], actor=rosa)[0].refusal)
    with pytest.raises(Refused):
        services.prepare_copy(anna, channel="inmail", actor=rosa)
    with pytest.raises(Refused, match="asked not to be contacted"):
        services.source(
            vacancy=anna.vacancy,
            actor=tom,
            name={"surname": "Bos"},
            contacts=[services.Contact(kind="email", value="Anna+new@person.example", ground="consent")],
            source_type="linkedin",
            url="https://www.linkedin.com/in/anna",
        )
    with pytest.raises(Refused, match="said no"):
        consent.request(subject=anna.subject, vacancy=anna.vacancy, actor=rosa, language="nl")
    assert Message.objects.exclude(kind="receipt").count() == before


def test_a_no_here_is_no_no_elsewhere(anna, asked, rosa):
    other = make_candidacy(make_vacancy(owner=rosa), candidate=anna.candidate)
    consent.refuse_request(asked, link=link_of(asked), language="nl")
    assert services.approach([other], actor=rosa)[0].message
    anna.candidate.refresh_from_db()
    assert anna.candidate.erase_on is None


def test_a_withdrawal_ends_the_candidacy_and_its_tasks(anna, asked):
    consent.give(asked, link=link_of(asked), language="nl")
    consent.withdraw(asked, link=link_of(asked, "withdraw"), language="nl")
    anna.refresh_from_db()
    assert anna.ended_reason == "withdrawn"
    assert not Task.objects.filter(done_at=None).exists()
    anna.candidate.refresh_from_db()
    assert anna.candidate.erase_on == timezone.localdate()
    with pytest.raises(Refused, match="has ended"):
        services.move(anna.pk, to="interview", reason="fits", actor=anna.owner)


def test_an_expired_question_ends_the_candidacy_without_a_stop(anna, asked):
    ConsentRequest.objects.update(handed_over_at=timezone.now() - timedelta(days=29))
    consent.expire(asked)
    anna.refresh_from_db()
    assert anna.ended_reason == "no_answer"
    assert not standing(vacancy=anna.vacancy_id).exists()


# Stop


def test_stop_ends_every_candidacy_and_its_basis(anna, asked, rosa):
    other = make_candidacy(make_vacancy(owner=rosa), candidate=anna.candidate)
    consent.stop_everything(link=link_of(asked, "withdraw"), language="nl")
    for candidacy in (anna, other):
        candidacy.refresh_from_db()
        assert candidacy.ended_at
        assert basis_of(candidacy).basis == "legal_obligation"
    assert basis_of(other).reason == "objected"
    assert standing().exists()


def test_stop_through_the_mail_program_is_the_same(anna, asked):
    message = Message.objects.get(about_id=asked.pk, kind="approach")
    with transaction.atomic():
        stop_received.send(Message, message=message, reason="complaint")
    anna.refresh_from_db()
    assert anna.ended_at
    assert standing().exists()
    assert basis_of(anna).basis == "legal_obligation"


def test_stop_through_the_mail_program_needs_no_standing_link(anna, asked):
    message = Message.objects.get(about_id=asked.pk, kind="approach")
    Link.objects.filter(subject=anna.subject_id).update(revoked_at=timezone.now())
    for _twice in range(2):
        with transaction.atomic():
            stop_received.send(Message, message=message, reason="unsubscribed")
    anna.refresh_from_db()
    assert anna.ended_reason == "refused"
    assert ConsentEvent.objects.get(request=asked).kind == "refused"
    assert LedgerEntry.objects.filter(kind="contact.stopped", subject=anna.subject_id).exists()


def test_a_stranger_at_a_wrong_address_objects_for_nobody_else(anna, asked, rosa):
    message = Message.objects.get(about_id=asked.pk, kind="approach")
    services.mark_wrong(anna.candidate.contact_points.get(), actor=rosa)
    with transaction.atomic():
        stop_received.send(Message, message=message, reason="complaint")
    anna.refresh_from_db()
    assert anna.ended_at is None
    assert not ConsentEvent.objects.exists()


# This isn't me


def test_not_me_takes_the_address_that_was_mailed(anna, asked):
    ContactPoint.objects.create(
        candidate=anna.candidate,
        kind="phone",
        value="0612345678",
        normalised="+31612345678",
        ground="consent",
        evidence_on=timezone.localdate(),
    )
    consent.not_me(link=link_of(asked))
    assert [point.kind for point in anna.candidate.contact_points.standing()] == ["phone"]
    assert standing().exists()
    assert not standing("phone", "+31612345678").exists()
    assert set(Task.objects.values_list("kind", flat=True)) == {"not_me", "not_reached"}


@pytest.mark.parametrize(("channel", "kind"), [("whatsapp", "phone"), ("inmail", "profile")])
def test_not_me_after_a_text_by_hand_takes_what_it_was_sent_to(vacancy, rosa, channel, kind):
    values = {"phone": "+31612345678", "profile": "https://www.linkedin.com/in/anna"}
    candidacy = services.source(
        vacancy=vacancy,
        actor=rosa,
        name={"surname": "Bos"},
        contacts=[services.Contact(kind=name, value=value, ground="consent") for name, value in values.items()],
        source_type="linkedin",
        url="https://www.linkedin.com/in/anna",
    ).candidacy
    services.sent_by_hand(services.prepare_copy(candidacy, channel=channel, actor=rosa), actor=rosa)
    asked = ConsentRequest.objects.get()
    consent.not_me(link=link_of(asked))
    left = [point.kind for point in candidacy.candidate.contact_points.standing()]
    assert left == [other for other in values if other != kind]


# I am still interested


@pytest.fixture
def expired(anna, asked):
    ConsentRequest.objects.update(handed_over_at=timezone.now() - timedelta(days=29))
    consent.expire(asked)
    asked.refresh_from_db()
    return asked


def come_back(asked, **details):
    values = {"name": "Anna Bos", "email": "anna@person.example", "phone": "", **details}
    return consent_ports.own_interest(request=asked, link=link_of(asked), details=values, language="nl")


def test_own_interest_begins_again_on_the_persons_own_act(anna, expired):
    fresh = come_back(expired)
    assert (fresh.subject, fresh.closed_at) == (anna.subject, None)
    anna.refresh_from_db()
    assert anna.ended_at is None
    assert (basis_of(anna).basis, basis_of(anna).reason) == ("legitimate_interest", "own_interest")
    assert anna.sources.filter(type="application", found_by=None).exists()
    assert Task.objects.filter(done_at=None, kind="talk_first").exists()
    anna.candidate.refresh_from_db()
    assert anna.candidate.erase_on is None


def test_a_new_address_is_added_to_the_same_person(anna, expired):
    fresh = come_back(expired, name="Anna Bos-Vos", email="private@person.example", phone="06 12345678")
    assert fresh.subject == anna.subject
    assert set(anna.candidate.contact_points.values_list("normalised", flat=True)) == {
        "anna@person.example",
        "private@person.example",
        "+31612345678",
    }
    assert Candidate.objects.get().surname == "Bos"


def test_a_link_opens_no_other_persons_file(anna, expired, rosa):
    other = make_candidacy(make_vacancy(owner=rosa), email="other@person.example")
    with pytest.raises(Refused, match="could not note this address"):
        come_back(expired, email="other@person.example")
    anna.refresh_from_db()
    assert anna.ended_at
    assert other.candidate.candidacies.count() == 1


def test_an_erased_person_comes_back_as_somebody_new(anna, expired):
    ContactPoint.objects.all().delete()
    anna.subject.erased_at = timezone.now()
    anna.subject.save()
    fresh = come_back(expired)
    assert fresh.subject != anna.subject
    anna.refresh_from_db()
    assert anna.ended_at


def test_a_closed_vacancy_takes_nobody_back(anna, expired, vacancy):
    vacancy.state, vacancy.closed_at = "closed", timezone.now()
    vacancy.save()
    anna.subject.erased_at = timezone.now()
    anna.subject.save()
    ContactPoint.objects.all().delete()
    with pytest.raises(Refused, match="open for sourcing"):
        come_back(expired)
    assert Candidacy.objects.running().count() == 0
