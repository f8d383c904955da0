"""What each answer does to consent, the legal basis, the candidacy and the addresses."""

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates.models import Candidate, Task
from consent import seed, services
from consent.models import Basis, ConsentEvent, ConsentRequest, EventKind, LegalBasis, Purpose
from mailing.models import Message, State
from privacy import links, suppression
from privacy.guards import Refused
from tests import factories
from tests.support.texts import publish_texts


@pytest.fixture
def asked(db):
    factories.make_organisation()
    publish_texts()
    candidacy = factories.make_candidacy(notice=True)
    return services.request(
        subject=candidacy.subject, vacancy=candidacy.vacancy, actor=candidacy.vacancy.owner, language="nl"
    )


def link_of(asked, purpose="consent"):
    return links.issue(purpose, subject=asked.subject, about_kind="consent_request", about_id=asked.pk)


def basis_of(asked):
    return LegalBasis.objects.current_of(asked.subject_id, asked.vacancy_id)


def standing(asked):
    candidate = Candidate.objects.get(subject=asked.subject)
    addresses = [(point.kind, point.normalised) for point in candidate.contact_points.all()]
    return suppression.standing_for(addresses, vacancy=asked.vacancy_id)


def test_yes_makes_consent_the_basis_and_a_task(asked):
    event = services.give(asked, link=link_of(asked), language="nl")
    assert basis_of(asked).basis == Basis.CONSENT
    assert basis_of(asked).event == event
    assert Task.objects.get(candidacy__subject=asked.subject).kind == "answer_yes"
    assert Message.objects.get(kind="receipt").act_id == asked.pk


def test_saying_yes_twice_changes_nothing(asked):
    first = services.give(asked, link=link_of(asked), language="nl")
    assert services.give(asked, link=link_of(asked), language="nl") == first
    assert ConsentEvent.objects.filter(request=asked).count() == 1


def test_no_ends_the_candidacy_and_suppresses_the_address_for_this_vacancy(asked):
    assert not standing(asked).exists()
    services.refuse_request(asked, link=link_of(asked), language="nl")
    assert basis_of(asked).basis == Basis.LEGAL_OBLIGATION
    assert standing(asked).exists()
    candidate = Candidate.objects.get(subject=asked.subject)
    assert candidate.erase_on == timezone.localdate()
    assert candidate.candidacies.get().ended_reason == "refused"
    assert candidate.candidacies.get().stage == "found"
    with pytest.raises(Refused, match="said no"):
        services.request(subject=asked.subject, vacancy=asked.vacancy, actor=asked.asked_by, language="nl")


def test_a_no_after_a_yes_is_a_withdrawal(asked):
    services.give(asked, link=link_of(asked), language="nl")
    event = services.withdraw(asked, link=link_of(asked, "withdraw"), language="nl")
    assert event.kind == EventKind.WITHDRAWN
    assert basis_of(asked).reason == "withdrawn"
    assert not ConsentRequest.objects.given().filter(pk=asked.pk).exists()


def test_talk_first_is_an_answer_but_no_consent(asked):
    services.talk_first(asked, link=link_of(asked), language="nl")
    assert basis_of(asked).basis == Basis.LEGITIMATE_INTEREST
    assert not ConsentRequest.objects.waiting().filter(pk=asked.pk).exists()
    assert Task.objects.get(candidacy__subject=asked.subject).kind == "talk_first"


def test_a_yes_by_phone_is_pending_until_the_person_confirms(asked):
    event = services.note_oral(asked, actor=asked.asked_by)
    assert event.kind == EventKind.PENDING
    assert not ConsentRequest.objects.given().exists()
    services.give(asked, link=link_of(asked), language="nl")
    assert ConsentRequest.objects.given().get() == asked


def test_stop_everything_reaches_every_question_and_address(asked):
    waiting = factories.make_message(asked.subject.candidacies.get(), state=State.QUEUED)
    services.stop_everything(link=link_of(asked, "withdraw"), language="nl")
    assert not ConsentRequest.objects.filter(subject=asked.subject, closed_at=None).exists()
    assert standing(asked).filter(scope="all").exists()
    waiting.refresh_from_db()
    assert waiting.state == State.ABORTED


def test_not_me_removes_and_suppresses_the_address(asked):
    link = link_of(asked)
    services.not_me(link=link)
    candidate = Candidate.objects.get(subject=asked.subject)
    assert not candidate.contact_points.standing().exists()
    assert standing(asked).filter(scope="all").exists()
    assert links.resolve(links.path(link).split("/")[2], "consent") is None
    assert set(Task.objects.values_list("kind", flat=True)) == {"not_me", "not_reached"}


def test_an_unanswered_question_expires_on_its_day_and_not_before(asked):
    asked.handed_over_at = timezone.now() - timedelta(days=27)
    asked.save(update_fields=["handed_over_at"])
    assert services.expire(asked) is None
    asked.handed_over_at = timezone.now() - timedelta(days=29)
    asked.save(update_fields=["handed_over_at"])
    expired = services.expire(asked)
    assert expired is not None
    assert expired.kind == EventKind.EXPIRED
    assert asked.subject.candidacies.get().ended_reason == "no_answer"


def test_a_follow_up_date_takes_the_place_of_the_clock(asked):
    asked.handed_over_at = timezone.now() - timedelta(days=29)
    asked.save(update_fields=["handed_over_at"])
    services.agree_to_speak(asked, actor=asked.asked_by, on=timezone.localdate())
    assert services.expire(asked) is None


def test_a_confidential_client_is_revealed_before_an_introduction_is_asked(db):
    factories.make_organisation()
    seed.publish_defaults()
    vacancy = factories.make_vacancy(is_confidential=True, sector_label="a food company in the east")
    candidacy = factories.make_candidacy(vacancy)
    talk = services.request(subject=candidacy.subject, vacancy=vacancy, actor=vacancy.owner, language="en")
    assert (talk.purpose, talk.client) == (Purpose.TALK, None)
    assert vacancy.client.legal_name not in talk.client_as_named
    with pytest.raises(Refused, match="Reveal it"):
        services.request(
            subject=candidacy.subject,
            vacancy=vacancy,
            actor=vacancy.owner,
            language="en",
            purpose=Purpose.INTRODUCE,
        )
    asked = services.reveal_client(subject=candidacy.subject, vacancy=vacancy, actor=vacancy.owner)
    assert (asked.purpose, asked.client) == (Purpose.INTRODUCE, vacancy.client)
    assert asked.language == "en"
