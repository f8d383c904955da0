"""One person beside the board, and every act on them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates import services
from candidates.models import Candidacy, Task
from consent.models import ConsentEvent, ConsentRequest, Revelation
from mailing.models import Message, State
from privacy.models import AccessEntry
from tests.factories import make_candidacy, make_event, make_request, make_vacancy

ACTS = ("move", "copy", "sent", "contact", "oral", "reveal")


@pytest.fixture
def candidacy(vacancy):
    return make_candidacy(
        vacancy, given_name="Anna", infix="de", surname="Vries", email="anna@person.example", job_title="CFO"
    )


def at(candidacy, name="panel", *more):
    return reverse(f"candidates:{name}", args=[candidacy.pk, *more])


def board(candidacy):
    return reverse("candidates:board", args=[candidacy.vacancy_id])


def text_of(response):
    return response.content.decode()


def test_the_panel_tells_everything_and_the_look_is_logged(desk, rosa, candidacy):
    response = desk(rosa, htmx=True).get(at(candidacy))
    text = text_of(response)
    for word in ("Anna de Vries", "CFO", "anna@person.example", "published by the person", "LinkedIn", "Legal basis"):
        assert word in text, word
    assert "<html" not in text
    entry = AccessEntry.objects.get(actor=rosa, action="view")
    assert (entry.subjects, entry.about_id) == ([candidacy.subject_id], candidacy.pk)
    assert "Rosa" in text_of(desk(rosa, htmx=True).get(at(candidacy)))


def test_without_a_script_the_panel_is_on_the_page_of_the_board(desk, rosa, candidacy):
    response = desk(rosa).get(at(candidacy), follow=True)
    assert response.redirect_chain == [(f"{board(candidacy)}?person={candidacy.pk}", 302)]
    assert "anna@person.example" in text_of(response)
    assert "Move to another stage" in text_of(response)


def test_a_person_of_another_vacancy_is_not_opened_on_this_board(desk, rosa, candidacy):
    other = make_vacancy(owner=rosa)
    response = desk(rosa).get(reverse("candidates:board", args=[other.pk]), {"person": candidacy.pk})
    assert response.status_code == 200
    assert "anna@person.example" not in text_of(response)
    assert desk(rosa).get(board(candidacy), {"person": "nonsense"}).status_code == 200


def test_others_find_nothing(desk, vera, carl, candidacy):
    assert desk(vera, htmx=True).get(at(candidacy)).status_code == 404
    assert desk(vera).get(board(candidacy), {"person": candidacy.pk}).status_code == 404
    assert desk(None).get(at(candidacy)).status_code == 302
    assert desk(vera).post(at(candidacy)).status_code == 405
    for act in ACTS:
        assert desk(vera).post(at(candidacy, act), {"to": "approached"}).status_code == 404, act
        assert desk(carl).post(at(candidacy, act), {"to": "approached"}).status_code == 404, act
        assert desk(None).post(at(candidacy, act)).status_code == 302, act
        assert desk(vera).get(at(candidacy, act)).status_code == 405, act
    candidacy.refresh_from_db()
    assert candidacy.stage == "found"


def test_nobody_is_introduced_from_here_without_a_yes(desk, rosa, candidacy):
    text = text_of(desk(rosa, htmx=True).get(at(candidacy)))
    if "Introduce" in text:
        assert "disabled" in text
        assert "No introduction without" in text


# Move


def test_a_drag_answers_with_the_board(desk, rosa, candidacy):
    response = desk(rosa, htmx=True).post(f"{at(candidacy, 'move')}?expected=found", {"to": "approached"})
    assert response.status_code == 200
    assert 'id="board"' in text_of(response)
    candidacy.refresh_from_db()
    assert candidacy.stage == "approached"
    decision = candidacy.decisions.get()
    assert (decision.reason, decision.decided_by) == ("next_step", rosa)
    desk(rosa, htmx=True).post(at(candidacy, "move"), {"to": "found"})
    assert candidacy.decisions.last().reason == "correction"


def test_a_refusal_is_a_toast_wherever_it_came_from(desk, rosa, candidacy):
    browser = desk(rosa, htmx=True)
    for data in ({"to": "interview"}, {"to": "interview", "reason": "fits", "expected": "found"}):
        response = browser.post(at(candidacy, "move"), data)
        assert response.status_code == 409
        assert 'class="toast__text"' in text_of(response)
    plain = desk(rosa).post(at(candidacy, "move"), {"to": "interview", "reason": "fits"}, follow=True)
    assert "No introduction without" in text_of(plain)


def test_a_drag_meets_a_colleagues_move(desk, rosa, tom, candidacy):
    services.move(candidacy.pk, to="in_talks", reason="next_step", actor=tom)
    response = desk(rosa, htmx=True).post(f"{at(candidacy, 'move')}?expected=found", {"to": "approached"})
    assert response.status_code == 409
    assert "A colleague moved this card meanwhile" in text_of(response)


def test_a_drag_to_not_chosen_asks_why_in_the_panel(desk, rosa, candidacy):
    response = desk(rosa, htmx=True).post(at(candidacy, "move"), {"to": "rejected"})
    assert response.status_code == 422
    assert "Choose why" in text_of(response)
    form = text_of(desk(rosa, htmx=True).get(response["X-Panel"]))
    assert '<option value="rejected" selected>' in form
    assert f'id="move-{candidacy.pk}" open' in form
    candidacy.refresh_from_db()
    assert candidacy.stage == "found"


def test_a_drag_past_the_introduction_needs_a_yes(desk, rosa, candidacy):
    browser = desk(rosa, htmx=True)
    response = browser.post(at(candidacy, "move"), {"to": "interview"})
    assert response.status_code == 409
    assert "No introduction without" in text_of(response)
    make_event(make_request(candidacy))
    assert browser.post(at(candidacy, "move"), {"to": "interview"}).status_code == 200


def test_a_stage_that_does_not_exist_is_said(desk, rosa, candidacy):
    response = desk(rosa, htmx=True).post(at(candidacy, "move"), {"to": "fired"})
    assert response.status_code == 422
    assert "There is no such stage" in text_of(response)


def test_the_form_in_the_panel_moves_too(desk, rosa, candidacy):
    response = desk(rosa, htmx=True).post(
        at(candidacy, "move"), {"to": "rejected", "reason": "terms", "note": "Too far.", "expected": "found"}
    )
    assert response.status_code == 200
    assert "Too far." in text_of(response)
    assert "toast" in response["HX-Trigger"]
    assert "board:changed" in response["HX-Trigger"]
    candidacy.refresh_from_db()
    assert candidacy.stage == "rejected"


def test_the_form_keeps_what_was_typed_when_it_is_refused(desk, rosa, candidacy):
    data = {"to": "rejected", "reason": "", "note": "Lives too far away", "expected": "found"}
    for browser in (desk(rosa), desk(rosa, htmx=True)):
        response = browser.post(at(candidacy, "move"), data)
        assert response.status_code == 422
        assert "Choose why" in text_of(response)
        assert "Lives too far away" in text_of(response)


def test_a_note_with_a_citizen_service_number_is_refused(desk, rosa, candidacy):
    data = {"to": "rejected", "reason": "terms", "note": "BSN 111222333", "expected": "found"}
    response = desk(rosa, htmx=True).post(at(candidacy, "move"), data)
    assert response.status_code == 422
    assert "citizen service number" in text_of(response)


def test_a_plain_form_goes_back_to_where_it_came_from(desk, rosa, candidacy):
    back = f"{board(candidacy)}?q=vries"
    response = desk(rosa).post(
        at(candidacy, "move"), {"to": "approached", "reason": "next_step", "next": back}, follow=True
    )
    assert response.redirect_chain[0][0] == back
    assert "Moved to Approached" in text_of(response)


# By hand


def test_a_text_is_copied_and_noted_as_sent(desk, rosa, candidacy, settings):
    response = desk(rosa, htmx=True).post(at(candidacy, "copy"), {"channel": "inmail"})
    assert response.status_code == 200
    message = Message.objects.get(subject=candidacy.subject)
    assert f"{settings.BASE_URL}/c/" in text_of(response)
    assert "I sent it" in text_of(response)
    assert message.state == State.DRAFT
    assert candidacy.decisions.count() == 0
    done = desk(rosa, htmx=True).post(at(candidacy, "sent"), {"message": message.pk})
    assert "Noted as sent" in done["HX-Trigger"]
    assert "Copied by hand" in text_of(done)
    candidacy.refresh_from_db()
    assert candidacy.stage == "approached"
    assert candidacy.last_contact_at
    assert candidacy.subject.notices.count() == 1
    again = desk(rosa, htmx=True).post(at(candidacy, "copy"), {"channel": "sms"})
    assert again.status_code == 409
    assert "asked already" in text_of(again)


def test_copying_works_without_a_script(desk, rosa, candidacy, settings):
    back = f"{board(candidacy)}?person={candidacy.pk}"
    response = desk(rosa).post(at(candidacy, "copy"), {"channel": "whatsapp", "next": back}, follow=True)
    assert f"{settings.BASE_URL}/c/" in text_of(response)


def test_a_channel_must_be_chosen(desk, rosa, candidacy):
    response = desk(rosa, htmx=True).post(at(candidacy, "copy"), {"channel": "pigeon"})
    assert response.status_code == 422
    assert "Choose how you will send it" in text_of(response)
    assert desk(rosa, htmx=True).post(at(candidacy, "sent"), {"message": "nonsense"}).status_code == 404


# Contact


def test_a_call_is_noted_and_the_day_to_speak_takes_the_place_of_the_clock(desk, rosa, candidacy):
    asked = make_request(candidacy)
    day = timezone.localdate() + timedelta(days=10)
    data = {"kind": "phone", "follow_up_on": day, "note": "Rings back"}
    response = desk(rosa, htmx=True).post(at(candidacy, "contact"), data)
    assert response.status_code == 200
    asked.refresh_from_db()
    assert asked.follow_up_on == day
    task = Task.objects.get(candidacy=candidacy)
    assert (task.kind, task.due_on, task.assignee) == ("follow_up", day, rosa)
    done = desk(rosa, htmx=True).post(at(candidacy, "task-done", task.pk))
    assert done.status_code == 200
    task.refresh_from_db()
    assert task.done_by == rosa


@pytest.mark.parametrize(
    ("day", "sentence"),
    [("soonish", "is no day Watson knows"), ("2020-01-01", "has passed"), ("2099-01-01", "three months")],
)
def test_the_day_to_speak_is_a_near_one(desk, rosa, candidacy, day, sentence):
    response = desk(rosa, htmx=True).post(
        at(candidacy, "contact"), {"kind": "phone", "follow_up_on": day, "note": "Rings back"}
    )
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert "Rings back" in text_of(response)
    assert not Task.objects.exists()


def test_a_call_in_one_line_has_its_day_behind_a_sign(desk, rosa, candidacy):
    asked = make_request(candidacy)
    line = {"kind": "phone", "follow_up_on": "soonish", "note": "Rings back > in 3 days"}
    response = desk(rosa, htmx=True).post(at(candidacy, "contact"), line)
    assert response.status_code == 200
    task = Task.objects.get()
    assert (task.note, task.due_on) == ("Rings back", timezone.localdate() + timedelta(days=3))
    asked.refresh_from_db()
    assert asked.follow_up_on == task.due_on
    wrong = desk(rosa, htmx=True).post(at(candidacy, "contact"), {**line, "note": "Rings back > sometime"})
    assert wrong.status_code == 422
    assert "“sometime” is no day" in text_of(wrong)
    assert "Rings back &gt; sometime" in text_of(wrong)


def test_a_call_without_a_day_leaves_the_clock_running(desk, rosa, candidacy):
    asked = make_request(candidacy)
    response = desk(rosa, htmx=True).post(
        at(candidacy, "contact"), {"kind": "phone", "follow_up_on": "", "note": "Voicemail"}
    )
    assert "runs on" in response["HX-Trigger"]
    asked.refresh_from_db()
    assert asked.follow_up_on is None
    assert candidacy.contacts.get().note == "Voicemail"
    assert not Task.objects.exists()


def test_a_yes_by_phone_waits(desk, rosa, candidacy):
    nothing = desk(rosa, htmx=True).post(at(candidacy, "oral"))
    assert nothing.status_code == 409
    make_request(candidacy)
    response = desk(rosa, htmx=True).post(at(candidacy, "oral"))
    assert response.status_code == 200
    assert "Yes, to be confirmed" in text_of(response)
    assert ConsentEvent.objects.get().kind == "pending"


def test_a_confidential_client_is_revealed_to_one_person(desk, rosa, agency, vacancy):
    secret = make_vacancy(owner=rosa, is_confidential=True, sector_label="a food company")
    candidacy = make_candidacy(secret)
    text = text_of(desk(rosa, htmx=True).get(at(candidacy)))
    assert "Reveal the client and ask" in text
    assert secret.client.legal_name in text
    response = desk(rosa, htmx=True).post(at(candidacy, "reveal"))
    assert response.status_code == 200
    assert Revelation.objects.get().subject == candidacy.subject
    assert ConsentRequest.objects.get(closed_at=None).purpose == "introduce"
    assert Message.objects.get(kind="revealed").state == State.QUEUED
    assert "Reveal the client and ask" not in text_of(response)
    open_one = make_candidacy(vacancy)
    refused = desk(rosa, htmx=True).post(at(open_one, "reveal"))
    assert refused.status_code == 409
    assert "not confidential" in text_of(refused)


def test_an_ended_candidacy_can_only_be_read(desk, rosa, candidacy):
    Candidacy.objects.filter(pk=candidacy.pk).update(ended_at=timezone.now(), ended_reason="refused")
    text = text_of(desk(rosa, htmx=True).get(at(candidacy)))
    assert "said no" in text
    assert "Approach by mail" not in text
    response = desk(rosa, htmx=True).post(at(candidacy, "move"), {"to": "approached"})
    assert response.status_code == 409
    assert "has ended" in text_of(response)


def test_the_mail_and_its_life_are_shown(desk, rosa, candidacy):
    services.approach([candidacy], actor=rosa)
    message = Message.objects.get()
    Message.objects.filter(pk=message.pk).update(
        state=State.DELIVERED, accepted_at=timezone.now(), delivered_at=timezone.now(), opened_at=timezone.now()
    )
    text = text_of(desk(rosa, htmx=True).get(at(candidacy)))
    assert message.subject_line in text
    assert "mailstate--opened" in text


def test_why_somebody_goes_on_is_no_reason_not_to_choose_them(desk, rosa, candidacy):
    browser = desk(rosa, htmx=True)
    said = {"to": "rejected", "reason": "fits", "note": "Zit thuis met een burn-out"}
    response = browser.post(at(candidacy, "move"), said)
    assert response.status_code == 422
    assert "why somebody goes on" in text_of(response)
    assert "may not be noted here" in text_of(response)
    assert browser.post(at(candidacy, "move"), {"to": "rejected", "reason": "terms"}).status_code == 200
    assert candidacy.decisions.get().reason == "terms"
