"""The first message: by mail to several, by hand to one, and what stands in its way."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates import services
from candidates.models import Candidacy, StageDecision
from consent.models import ConsentRequest, Notice, Revelation
from mailing import services as mail
from mailing.models import Message, State
from mailing.signals import notice_failed
from privacy import suppression
from privacy.guards import Refused
from tests.candidates.threads import at_once
from tests.factories import make_candidacy, make_message, make_vacancy


@pytest.fixture(autouse=True)
def _time_to_think(settings):
    settings.MAIL_UNDO_SECONDS = 30


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, given_name="Anna", surname="Bos", email="anna@person.example")


@pytest.fixture
def bert(vacancy):
    return make_candidacy(vacancy, given_name="Bert", surname="Kok", email="bert@person.example")


def at(vacancy, name="approach"):
    return reverse(f"candidates:{name}", args=[vacancy.pk])


def text_of(response):
    return response.content.decode()


def mailed(candidacy, actor) -> Message:
    message = services.approach([candidacy], actor=actor)[0].message
    assert message is not None
    return message


def fail(message, state=State.BOUNCED):
    Message.objects.filter(pk=message.pk).update(state=state, ended_at=timezone.now())
    message.refresh_from_db()
    notice_failed.send(Message, message=message)


# By mail


def test_notice_and_question_leave_in_one_message(anna, rosa):
    message = mailed(anna, rosa)
    assert (message.state, message.to_email, message.kind) == (State.QUEUED, "anna@person.example", "approach")
    asked = ConsentRequest.objects.get()
    assert (message.about_id, asked.purpose, asked.asked_by) == (asked.pk, "introduce", rosa)
    assert asked.client_as_named in message.subject_line
    assert "linkedin.com/in/anna" in message.body_text
    assert "[[link:consent:" in message.body_text
    anna.refresh_from_db()
    assert anna.stage == "approached"
    assert StageDecision.objects.get().decided_by == rosa
    assert message.not_before > timezone.now()


def test_one_refusal_stops_no_other(anna, bert, rosa, vacancy):
    bert.candidate.contact_points.update(removed_at=timezone.now())
    stopped = make_candidacy(vacancy, email="stop@person.example")
    suppression.suppress([("email", "stop@person.example")], scope="all", reason="objected", actor=None)
    outcomes = services.approach([bert, stopped, anna], actor=rosa)
    assert "no e-mail address that works" in str(outcomes[0].refusal)
    assert "asked not to be contacted" in str(outcomes[1].refusal)
    assert outcomes[2].message
    assert Message.objects.count() == 1
    assert ConsentRequest.objects.count() == 1


def test_nobody_is_asked_twice(anna, rosa, tom):
    services.approach([anna], actor=rosa)
    assert "asked already" in str(services.approach([anna], actor=tom)[0].refusal)
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_recruiters_who_press_send_at_once_send_one_message(anna, rosa, tom):
    results: list[Any] = at_once(
        lambda: services.approach([anna], actor=rosa), lambda: services.approach([anna], actor=tom)
    )
    assert sorted(bool(outcomes[0].message) for outcomes in results) == [False, True], results
    assert Message.objects.count() == 1
    assert ConsentRequest.objects.count() == 1


def test_an_ended_candidacy_is_not_approached(anna, rosa):
    Candidacy.objects.update(ended_at=timezone.now(), ended_reason="refused")
    assert "has ended" in str(services.approach([anna], actor=rosa)[0].refusal)


def test_a_bounce_sets_the_address_aside_and_the_next_goes_to_another(anna, rosa):
    first = mailed(anna, rosa)
    fail(first)
    assert anna.tasks.get().kind == "not_reached"
    assert anna.candidate.contact_points.get().failed_at
    assert "no e-mail address that works" in str(services.approach([anna], actor=rosa)[0].refusal)
    services.add_contact(
        anna.candidate,
        contact=services.Contact(kind="email", value="new@person.example", ground="own_application"),
        actor=rosa,
    )
    second = mailed(anna, rosa)
    assert second.to_email == "new@person.example"
    assert second.about_id == first.about_id


def test_a_failure_that_is_not_the_address_may_be_tried_again(anna, rosa):
    first = mailed(anna, rosa)
    fail(first, State.FAILED)
    second = mailed(anna, rosa)
    assert second.pk != first.pk
    assert second.state == State.QUEUED


def test_an_undo_puts_everything_back(anna, bert, rosa, vacancy):
    services.approach([anna, bert], actor=rosa)
    assert services.undo_approach(vacancy, actor=rosa) == 2
    anna.refresh_from_db()
    assert (anna.stage, anna.last_contact_at) == ("found", None)
    assert set(Message.objects.values_list("state", flat=True)) == {State.ABORTED}
    again = mailed(anna, rosa)
    assert again.state == State.QUEUED
    assert ConsentRequest.objects.filter(subject=anna.subject).count() == 1


def test_an_undo_reaches_only_ones_own_and_what_has_not_left(anna, bert, rosa, tom, vacancy):
    services.approach([anna], actor=tom)
    message = mailed(bert, rosa)
    Message.objects.filter(pk=message.pk).update(not_before=timezone.now())
    assert services.undo_approach(vacancy, actor=rosa) == 0


def test_a_preview_shows_what_would_be_sent_and_keeps_nothing(anna, bert, rosa, vacancy):
    bert.candidate.contact_points.update(removed_at=timezone.now())
    stopped = make_candidacy(vacancy, email="stop@person.example")
    suppression.suppress([("email", "stop@person.example")], scope="all", reason="objected", actor=None)
    asked = make_candidacy(vacancy)
    mailed(asked, rosa)
    over = make_candidacy(vacancy)
    Candidacy.objects.filter(pk=over.pk).update(ended_at=timezone.now(), ended_reason="refused")
    over.refresh_from_db()
    chosen = [anna, bert, stopped, asked, over]
    before = Message.objects.count()
    prospects, first = services.preview(chosen, actor=rosa)
    assert prospects[0].address == "anna@person.example"
    assert first is not None
    assert "Anna Bos" in first.body_text
    assert Message.objects.count() == before
    assert not ConsentRequest.objects.filter(subject=anna.subject).exists()
    anna.refresh_from_db()
    assert anna.stage == "found"
    # What was said beforehand is what happens.
    outcomes = services.approach(chosen, actor=rosa)
    assert [str(prospect.refusal) for prospect in prospects] == [str(outcome.refusal) for outcome in outcomes]


def test_a_preview_takes_as_many_queries_for_many_as_for_few(bert, anna, rosa, vacancy, django_assert_max_num_queries):
    def queries(people):
        with django_assert_max_num_queries(90) as captured:
            services.preview(people, actor=rosa)
        return len(captured)

    more = [make_candidacy(vacancy, surname=f"Zwart{number}") for number in range(8)]
    queries([anna])
    assert queries([anna, bert]) == queries([anna, bert, *more])


def test_a_long_round_is_made_by_a_worker(desk, anna, bert, rosa, vacancy, monkeypatch, run_tasks, transactional_db):
    monkeypatch.setattr("candidates.views.approach.IN_A_REQUEST", 1)
    response = desk(rosa).post(at(vacancy), {"pk": [anna.pk, bert.pk], "send": "1"}, follow=True)
    assert "2 messages are being made" in text_of(response)
    assert not Message.objects.exists()
    assert "candidates.tasks.approach_people" in run_tasks()
    assert Message.objects.filter(state=State.QUEUED).count() == 2


# By hand


def test_a_copied_text_counts_when_it_was_sent(anna, rosa):
    message = services.prepare_copy(anna, channel="inmail", actor=rosa)
    assert message.state == State.DRAFT
    assert services.prepare_copy(anna, channel="inmail", actor=rosa) == message
    assert not Notice.objects.exists()
    services.sent_by_hand(message, actor=rosa)
    assert Notice.objects.get().subject == anna.subject
    anna.refresh_from_db()
    assert anna.stage == "approached"
    assert ConsentRequest.objects.get().handed_over_at


def test_after_a_mail_a_prepared_text_is_not_sent_as_well(anna, rosa):
    message = services.prepare_copy(anna, channel="sms", actor=rosa)
    services.approach([anna], actor=rosa)
    with pytest.raises(Refused, match="asked already"):
        services.sent_by_hand(message, actor=rosa)


def test_a_text_is_not_made_for_who_said_stop(anna, rosa):
    suppression.suppress([("email", "anna@person.example")], scope="all", reason="objected", actor=None)
    with pytest.raises(Refused, match="asked not to be contacted"):
        services.prepare_copy(anna, channel="inmail", actor=rosa)
    assert not Message.objects.exists()
    assert not ConsentRequest.objects.exists()


def test_a_stop_between_making_and_sending_counts(anna, rosa):
    message = services.prepare_copy(anna, channel="inmail", actor=rosa)
    suppression.suppress([("email", "anna@person.example")], scope="all", reason="objected", actor=None)
    with pytest.raises(Refused, match="asked not to be contacted"):
        mail.text_to_copy(message)
    with pytest.raises(Refused, match="asked not to be contacted"):
        services.sent_by_hand(message, actor=rosa)
    assert not Notice.objects.exists()


# A confidential client


def test_a_confidential_client_is_not_named_until_revealed(agency, rosa):
    secret = make_vacancy(owner=rosa, is_confidential=True, sector_label="a dairy company in the north")
    candidacy = make_candidacy(secret)
    invite = mailed(candidacy, rosa)
    assert invite.kind == "talk_invite"
    assert secret.client.legal_name not in invite.subject_line + invite.body_text + invite.body_html
    assert "dairy company" in invite.body_text
    message = services.reveal(candidacy, actor=rosa)
    assert message is not None
    assert secret.client.legal_name in message.body_text
    assert Revelation.objects.get().by == rosa
    assert ConsentRequest.objects.get(closed_at=None).purpose == "introduce"


def test_revealing_to_somebody_without_an_address_asks_to_copy(agency, rosa):
    secret = make_vacancy(owner=rosa, is_confidential=True, sector_label="a dairy company in the north")
    candidacy = make_candidacy(secret)
    candidacy.candidate.contact_points.update(kind="profile", normalised="https://www.linkedin.com/in/anna")
    assert services.reveal(candidacy, actor=rosa) is None
    message = services.prepare_copy(candidacy, channel="inmail", actor=rosa)
    assert secret.client.legal_name in message.body_text


# The page


def test_the_page_shows_what_will_happen_and_then_does_it(desk, anna, bert, rosa, tom, vacancy):
    bert.candidate.contact_points.update(removed_at=timezone.now())
    elsewhere = make_candidacy(make_vacancy(owner=tom), candidate=anna.candidate)
    make_message(elsewhere, kind="approach", state="accepted", sender=tom)
    browser = desk(rosa)
    preview = browser.post(at(vacancy), {"pk": [anna.pk, bert.pk]})
    text = text_of(preview)
    assert "A mail to anna@person.example" in text
    assert "no e-mail address that works" in text
    assert "Talk to Tom first" in text
    assert "What Anna Bos reads" in text
    assert "Send 1 message" in text
    assert not Message.objects.filter(vacancy_ref=vacancy.pk).exists()
    sent = browser.post(at(vacancy), {"pk": [anna.pk, bert.pk], "send": "1"}, follow=True)
    assert "1 message is on its way" in text_of(sent)
    assert "Bert Kok: There is no e-mail address" in text_of(sent)
    assert Message.objects.get(vacancy_ref=vacancy.pk).state == State.QUEUED
    undone = browser.post(at(vacancy, "approach-undo"), follow=True)
    assert "1 message is called back" in text_of(undone)
    again = browser.post(at(vacancy, "approach-undo"), follow=True)
    assert "left already" in text_of(again)


@pytest.mark.parametrize("chosen", [[], ["nonsense"]])
def test_choosing_nobody_is_said(desk, rosa, vacancy, chosen):
    response = desk(rosa).post(at(vacancy), {"pk": chosen}, follow=True)
    assert "Choose somebody first" in text_of(response)


def test_people_of_another_vacancy_are_left_out(desk, rosa, vacancy):
    other = make_candidacy(make_vacancy(owner=rosa))
    response = desk(rosa).post(at(vacancy), {"pk": [other.pk], "send": "1"}, follow=True)
    assert "Choose somebody first" in text_of(response)
    assert not Message.objects.exists()


def test_others_may_not(desk, anna, rosa, vera, carl, vacancy):
    for name in ("approach", "approach-undo"):
        assert desk(vera).post(at(vacancy, name), {"pk": [anna.pk], "send": "1"}).status_code == 404
        assert desk(carl).post(at(vacancy, name), {"pk": [anna.pk], "send": "1"}).status_code == 404
        assert desk(None).post(at(vacancy, name)).status_code == 302
        assert desk(rosa).get(at(vacancy, name)).status_code == 405
    assert not Message.objects.exists()
