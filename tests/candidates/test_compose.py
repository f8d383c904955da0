"""The page on which messages are composed: look at each, type, leave out, plan, send."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates import services
from candidates.forms.composing import working_days
from candidates.models import Candidacy, Round, RoundPerson, Source
from candidates.services import rounds
from consent.models import ConsentRequest
from mailing.models import Message, State, TemplateVersion
from privacy.models import Link
from tests.candidates.composing import compose_url, typed
from tests.factories import make_candidacy, make_message, make_template, make_vacancy


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, given_name="Anna", surname="Bos", email="anna@person.example")


@pytest.fixture
def bert(vacancy):
    return make_candidacy(vacancy, given_name="Bert", surname="Kok", email="bert@person.example")


def begin(desk, user, vacancy, *people, kind="approach"):
    url = reverse("candidates:approach", args=[vacancy.pk])
    return desk(user).post(url, {"pk": [one.pk for one in people], "kind": kind})


def draft_of(vacancy, user, *people):
    return rounds.open_round(vacancy, list(people), kind="approach", actor=user)


def person(made, candidacy):
    return RoundPerson.objects.get(round=made, candidacy=candidacy)


def text_of(response):
    return response.content.decode()


def test_choosing_people_opens_the_page_and_makes_nothing(desk, anna, bert, rosa, tom, vacancy):
    bert.candidate.contact_points.update(removed_at=timezone.now())
    elsewhere = make_candidacy(make_vacancy(owner=tom), candidate=anna.candidate)
    make_message(elsewhere, kind="approach", state="accepted", sender=tom)
    before = Message.objects.count(), Link.objects.count()
    response = begin(desk, rosa, vacancy, anna, bert)
    made = Round.objects.get()
    assert response.url == compose_url(made)
    text = text_of(desk(rosa).get(response.url))
    assert "A mail to anna@person.example" in text
    assert "no e-mail address that works" in text
    assert "Talk to Tom first" in text
    assert "What Anna Bos reads" in text
    assert "Beste Anna Bos" in text
    assert "Send 1 message" in text
    assert (Message.objects.count(), Link.objects.count()) == before
    assert not ConsentRequest.objects.exists()
    anna.refresh_from_db()
    assert anna.stage == "found"


def test_two_clicks_are_enough(desk, anna, rosa, vacancy):
    browser = desk(rosa)
    page = browser.post(reverse("candidates:approach", args=[vacancy.pk]), {"pk": anna.pk}, follow=True)
    assert "What Anna Bos reads" in text_of(page)
    sent = browser.post(page.request["PATH_INFO"], typed("send"), follow=True)
    assert "1 message is on its way" in text_of(sent)
    assert Message.objects.get().state == State.QUEUED


def test_what_is_typed_stays_while_paging_through(desk, anna, bert, rosa, vacancy):
    made = draft_of(vacancy, rosa, anna, bert)
    first, second = person(made, anna), person(made, bert)
    browser = desk(rosa)
    response = browser.post(
        compose_url(made), typed(f"show:{second.pk}", person=first.pk, line="Dag Anna.", note="Voor iedereen.")
    )
    assert response.url.endswith(f"?person={second.pk}")
    page = text_of(browser.get(response.url))
    assert "What Bert Kok reads" in page
    assert "Voor iedereen." in page
    back = text_of(browser.get(f"{compose_url(made)}?person={first.pk}"))
    assert "Dag Anna." in back
    browser.post(compose_url(made), typed("send", person=first.pk, line="Dag Anna.", note="Voor iedereen."))
    to_anna, to_bert = (Message.objects.get(subject=one.subject_id).body_text for one in (anna, bert))
    assert "Dag Anna." in to_anna
    assert "Voor iedereen." not in to_anna
    assert "Voor iedereen." in to_bert


def test_the_same_choice_again_finds_what_was_typed(desk, anna, bert, rosa, tom, vacancy):
    made = draft_of(vacancy, rosa, anna, bert)
    rounds.write_line(made, anna.pk, note="Dag Anna.", actor=rosa)
    assert draft_of(vacancy, rosa, anna, bert) == made
    # Another choice brings the lines along, and a colleague's draft is their own.
    assert person(draft_of(vacancy, rosa, anna), anna).note == "Dag Anna."
    assert person(draft_of(vacancy, tom, anna, bert), anna).note == ""


def test_a_colleague_who_was_quicker_costs_nothing_typed(desk, anna, bert, rosa, tom, vacancy):
    made = draft_of(vacancy, rosa, anna, bert)
    first = person(made, anna)
    services.approach([anna], actor=tom)
    response = desk(rosa).post(compose_url(made), typed(person=first.pk, line="Dag Anna."), follow=True)
    assert "asked already" in text_of(response)
    assert "Dag Anna." in text_of(response)
    assert "Send 1 message" in text_of(response)


def test_somebody_is_left_out_and_taken_back(desk, anna, bert, rosa, vacancy):
    made = draft_of(vacancy, rosa, anna, bert)
    one, browser = person(made, anna), desk(rosa)
    page = browser.post(compose_url(made), typed(f"out:{one.pk}", person=one.pk), follow=True)
    assert "Send 1 message" in text_of(page)
    assert 'Take back<span class="visually-hidden">: Anna Bos' in text_of(page)
    browser.post(compose_url(made), typed(f"in:{one.pk}", person=one.pk))
    browser.post(compose_url(made), typed(f"out:{one.pk}", person=one.pk))
    browser.post(compose_url(made), typed("send", person=one.pk))
    assert Message.objects.get().subject == bert.subject


def test_with_a_script_the_page_changes_in_place(desk, anna, bert, rosa, vacancy):
    made = draft_of(vacancy, rosa, anna, bert)
    one, browser = person(made, bert), desk(rosa, htmx=True)
    response = browser.post(compose_url(made), typed(f"show:{one.pk}", line="Dag."))
    assert response.status_code == 200
    assert "<html" not in text_of(response)
    assert response["HX-Push-Url"].endswith(f"?person={one.pk}")
    sent = browser.post(compose_url(made), typed("send"))
    assert sent["HX-Redirect"] == reverse("candidates:board", args=[vacancy.pk])
    assert Message.objects.count() == 2


def test_other_words_are_chosen_by_language(desk, anna, rosa, vacancy):
    body = TemplateVersion.objects.latest_of("approach", "nl").body
    make_template("approach", name="Kort", body=f"KORT\n\n{body}", version=1)
    made = draft_of(vacancy, rosa, anna)
    browser = desk(rosa)
    assert 'name="template_nl"' in text_of(browser.get(compose_url(made)))
    page = browser.post(compose_url(made), typed(template_nl="Kort"), follow=True)
    assert "KORT" in text_of(page)
    browser.post(compose_url(made), typed("send", template_nl="Kort"))
    assert "KORT" in Message.objects.get().body_text


# A moment to come


def later(days=7):
    return next(day for day in working_days() if day >= timezone.localdate() + timedelta(days=days))


def test_a_round_is_planned_and_called_back(desk, anna, bert, rosa, vacancy):
    made, browser = draft_of(vacancy, rosa, anna, bert), desk(rosa)
    plan = {"when": "later", "day": later().isoformat(), "time": "09:30"}
    page = browser.post(compose_url(made), typed(**plan), follow=True)
    assert "Plan 2 messages" in text_of(page)
    sent = browser.post(compose_url(made), typed("send", **plan), follow=True)
    assert "2 messages wait until" in text_of(sent)
    moments = {timezone.localtime(at) for at in Message.objects.values_list("not_before", flat=True)}
    assert {(at.date(), at.hour, at.minute) for at in moments} == {(later(), 9, 30)}
    stopped = browser.post(reverse("candidates:round-stop", args=[vacancy.pk, made.pk]), follow=True)
    assert "2 messages are called back" in text_of(stopped)
    assert set(Message.objects.values_list("state", flat=True)) == {State.ABORTED}
    anna.refresh_from_db()
    assert anna.stage == "found"


def test_who_would_be_told_too_late_is_named(desk, anna, bert, rosa, vacancy):
    Source.objects.filter(candidacy=anna).update(obtained_at=timezone.now() - timedelta(days=27))
    made, browser = draft_of(vacancy, rosa, anna, bert), desk(rosa)
    plan = {"when": "later", "day": later().isoformat(), "time": "09:30", "note": "Voor iedereen."}
    refused = browser.post(compose_url(made), typed("send", **plan))
    assert refused.status_code == 422
    assert "Too late on that day for: Anna Bos." in text_of(refused)
    assert "Voor iedereen." in text_of(refused)
    assert not Message.objects.exists()
    browser.post(compose_url(made), typed(f"out:{person(made, anna).pk}", **plan))
    browser.post(compose_url(made), typed("send", **plan))
    assert Message.objects.get().subject == bert.subject


# Bad input


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"line": "BSN 111222333"}, "citizen service number"),
        ({"note": "BSN 111222333"}, "citizen service number"),
        ({"line": "x" * 401}, "at most 400 characters"),
        ({"when": "later", "day": "2020-01-01", "time": "09:00"}, "working day within two weeks"),
        ({"when": "later", "day": "", "time": "09:00"}, "Choose a day."),
        ({"when": "later", "day": "nonsense", "time": "09:00"}, "working day within two weeks"),
        ({"when": "sometime"}, "Select a valid choice"),
    ],
)
def test_bad_input_is_told_at_the_field_and_nothing_is_lost(desk, anna, bert, rosa, vacancy, wrong, sentence):
    made = draft_of(vacancy, rosa, anna, bert)
    response = desk(rosa).post(compose_url(made), typed("send", **{"line": "Dag.", "note": "Allen.", **wrong}))
    assert response.status_code == 422
    text = text_of(response)
    assert sentence in text
    assert wrong.get("line", "Dag.") in text
    assert wrong.get("note", "Allen.") in text
    assert not Message.objects.exists()


def test_a_passed_moment_and_a_wrong_time_are_told(desk, anna, rosa, vacancy):
    made, browser = draft_of(vacancy, rosa, anna), desk(rosa)
    plan = {"when": "later", "day": later().isoformat(), "time": "25:00"}
    assert "such as 09:30" in text_of(browser.post(compose_url(made), typed("send", **plan)))
    yesterday = timezone.now() - timedelta(days=1)
    Round.objects.filter(pk=made.pk).update(not_before=yesterday)
    plan = {"when": "later", "day": timezone.localdate(yesterday).isoformat(), "time": "00:01"}
    assert "has passed" in text_of(browser.post(compose_url(made), typed("send", **plan)))


def test_with_everybody_left_out_nothing_is_sent(desk, anna, rosa, vacancy):
    made = draft_of(vacancy, rosa, anna)
    rounds.leave_out(made, anna.pk, out=True, actor=rosa)
    response = desk(rosa).post(compose_url(made), typed("send"))
    assert response.status_code == 422
    assert "Nobody is left to write to" in text_of(response)


@pytest.mark.parametrize("chosen", [[], ["nonsense"]])
def test_choosing_nobody_is_said(desk, rosa, vacancy, chosen):
    response = desk(rosa).post(reverse("candidates:approach", args=[vacancy.pk]), {"pk": chosen}, follow=True)
    assert "Choose somebody first" in text_of(response)
    assert not Round.objects.exists()


def test_more_than_two_hundred_is_said_in_words(desk, anna, bert, rosa, vacancy, monkeypatch):
    monkeypatch.setattr("candidates.services.rounds.AT_MOST", 1)
    url = reverse("candidates:approach", args=[vacancy.pk])
    response = desk(rosa).post(url, {"pk": [anna.pk, bert.pk]}, follow=True)
    assert "At most 1 people at once" in text_of(response)
    assert RoundPerson.objects.count() == 1


def test_once_sent_the_page_leads_to_the_round(desk, anna, rosa, vacancy):
    made, browser = draft_of(vacancy, rosa, anna), desk(rosa)
    browser.post(compose_url(made), typed("send"))
    for response in (browser.get(compose_url(made)), browser.post(compose_url(made), typed("send"))):
        assert response.url == reverse("candidates:round", args=[vacancy.pk, made.pk])
    assert Message.objects.count() == 1


def test_a_line_that_saves_itself_after_the_sending_leads_nowhere(desk, anna, rosa, vacancy):
    made = draft_of(vacancy, rosa, anna)
    desk(rosa).post(compose_url(made), typed("send"))
    late = typed(line="Dag.")
    del late["act"]
    assert desk(rosa, htmx=True).post(compose_url(made), late).status_code == 204
    pressed = desk(rosa, htmx=True).post(compose_url(made), typed("send"))
    assert pressed["HX-Redirect"] == reverse("candidates:round", args=[vacancy.pk, made.pk])


# Who may


def test_people_of_another_vacancy_are_left_out(desk, rosa, vacancy):
    other = make_candidacy(make_vacancy(owner=rosa))
    response = begin(desk, rosa, vacancy, other)
    assert response.url == reverse("candidates:board", args=[vacancy.pk])
    assert not Round.objects.exists()


def test_others_may_not(desk, anna, rosa, tom, vera, carl, vacancy):
    made = draft_of(vacancy, rosa, anna)
    for user, status in ((vera, 404), (carl, 404), (tom, 404), (None, 302)):
        assert desk(user).post(compose_url(made), typed("send")).status_code == status
        assert desk(user).get(compose_url(made)).status_code == status
    url = reverse("candidates:approach", args=[vacancy.pk])
    assert desk(vera).post(url, {"pk": anna.pk}).status_code == 404
    assert desk(rosa).get(url).status_code == 405
    assert desk(rosa).put(compose_url(made)).status_code == 405
    assert not Message.objects.exists()


def test_the_page_takes_as_many_queries_for_many_as_for_few(
    desk, anna, bert, rosa, vacancy, django_assert_max_num_queries
):
    browser = desk(rosa)

    def queries(*people):
        made = draft_of(vacancy, rosa, *people)
        with django_assert_max_num_queries(120) as captured:
            browser.get(compose_url(made))
        return len(captured)

    more = [make_candidacy(vacancy, surname=f"Zwart{number}") for number in range(8)]
    queries(anna)
    assert queries(anna, bert) == queries(anna, bert, *more)
    assert Candidacy.objects.count() == 10
