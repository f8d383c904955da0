"""Tasks a colleague sets: for whom, by when, done and not done after all; and the calendar of them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from candidates import calendar
from candidates.models import Candidacy, Task, TaskFeed
from privacy import tokens
from tests.factories import make_candidacy

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, given_name="Anna", surname="Zeldzaam")


def new(candidacy):
    return reverse("candidates:task-new", args=[candidacy.pk])


def text_of(response):
    return response.content.decode()


def test_a_task_is_set_for_a_colleague_and_stands_on_their_day(desk, rosa, tom, anna):
    response = desk(rosa, htmx=True).post(new(anna), {"what": "Referentie bellen > today", "assignee": tom.pk})
    assert response.status_code == 200
    task = Task.objects.get()
    assert (task.kind, task.note, task.assignee, task.made_by) == ("todo", "Referentie bellen", tom, rosa)
    assert task.due_on == timezone.localdate()
    page = text_of(desk(tom).get("/"))
    assert "Referentie bellen" in page
    assert "asked by Rosa" in page
    assert "Referentie bellen" not in text_of(desk(rosa).get("/"))


def test_late_is_said_in_words(desk, rosa, anna):
    Task.objects.create(
        candidacy=anna, kind="todo", note="CV vragen", assignee=rosa, due_on=timezone.localdate() - timedelta(days=2)
    )
    assert "overdue since" in text_of(desk(rosa).get("/"))
    assert "overdue since" in text_of(desk(rosa, htmx=True).get(reverse("candidates:panel", args=[anna.pk])))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"what": ""}, "Type what is to be done."),
        ({"what": "Bellen > ooit"}, "“ooit” is no day"),
        ({"what": "Bellen", "due_on": "1-1-2020"}, "has passed"),
        ({"what": "Bellen", "due_on": "1-1-2099"}, "a year ahead"),
        ({"what": "BSN 111222333"}, "citizen service number"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(desk, rosa, anna, typed, said):
    response = desk(rosa, htmx=True).post(new(anna), {"assignee": rosa.pk, **typed})
    assert response.status_code == 422
    assert said in text_of(response)
    assert not Task.objects.exists()


def test_only_for_a_colleague_who_may_open_the_person(desk, rosa, vera, anna):
    response = desk(rosa, htmx=True).post(new(anna), {"what": "Bellen", "assignee": vera.pk})
    assert response.status_code == 422
    assert "may open this person" in text_of(response)


def test_done_and_not_done_after_all(desk, rosa, tom, anna):
    task = Task.objects.create(candidacy=anna, kind="todo", note="CV vragen", assignee=rosa)
    browser = desk(rosa, htmx=True)
    done = reverse("watson:task-done", args=[task.pk])
    undone = reverse("watson:task-undone", args=[task.pk])
    assert "Not done" in text_of(browser.post(done))
    assert desk(tom).post(undone).status_code == 404
    assert desk(rosa).get(undone).status_code == 405
    assert [row.pk for row in browser.post(undone).context["tasks"]] == [task.pk]
    in_panel = reverse("candidates:task-done", args=[anna.pk, task.pk])
    assert "done by Rosa" in text_of(browser.post(in_panel))
    browser.post(reverse("candidates:task-undone", args=[anna.pk, task.pk]))
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (None, None)


def test_an_answer_dealt_with_stays_so(desk, rosa, anna):
    task = Task.objects.create(candidacy=anna, kind="reply", assignee=rosa, done_at=timezone.now(), done_by=rosa)
    url = reverse("candidates:task-undone", args=[anna.pk, task.pk])
    assert desk(rosa, htmx=True).post(url).status_code == 409
    task.refresh_from_db()
    assert task.done_at


def test_the_door(desk, rosa, vera, carl, anna):
    task = Task.objects.create(candidacy=anna, kind="todo", assignee=rosa)
    for url in (new(anna), reverse("candidates:task-undone", args=[anna.pk, task.pk])):
        assert desk(vera).post(url).status_code == 404
        assert desk(carl).post(url).status_code == 404
        assert desk(None).post(url).status_code == 302
        assert desk(rosa).get(url).status_code == 405
    Candidacy.objects.filter(pk=anna.pk).update(ended_at=timezone.now(), ended_reason="refused")
    ended = desk(rosa, htmx=True).post(new(anna), {"what": "Bellen", "assignee": rosa.pk})
    assert ended.status_code == 422


# The calendar


def path(feed):
    return reverse("candidates:calendar", args=[tokens.token_for(feed.pk, calendar.FEEDS.purpose)])


def test_the_calendar_says_what_and_when_and_never_whom(client, rosa, tom, anna):
    day = timezone.localdate() + timedelta(days=3)
    task = Task.objects.create(candidacy=anna, kind="todo", note="Zeldzaam bellen", assignee=rosa, due_on=day)
    Task.objects.create(candidacy=anna, kind="follow_up", assignee=tom, due_on=day)
    Task.objects.create(candidacy=anna, kind="follow_up", assignee=rosa)
    response = client.get(path(calendar.FEEDS.renew(rosa)))
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in response.headers["Cache-Control"]
    found = response.content.decode().replace("\r\n ", "").split("\r\n")
    assert found.count("BEGIN:VEVENT") == 1
    assert f"DTSTART;VALUE=DATE:{day:%Y%m%d}" in found
    assert any(line.startswith("SUMMARY:") and "Finance director" in line for line in found)
    assert any(line.startswith("URL:") and str(anna.pk) in line for line in found)
    assert "Zeldzaam" not in "".join(found)
    type(anna.vacancy).objects.filter(pk=anna.vacancy_id).update(is_confidential=True, sector_label="x")
    assert "Finance director" not in client.get(path(TaskFeed.objects.get())).content.decode()
    assert str(task.pk) in "".join(found)


def test_a_new_address_ends_the_old_one(client, desk, rosa):
    url = reverse("candidates:own-calendar")
    assert desk(None).post(url).status_code == 302
    assert desk(rosa).get(url).status_code == 405
    page = desk(rosa).post(url, {"act": "renew"}, follow=True)
    old = TaskFeed.objects.get()
    assert path(old) in text_of(page)
    assert tokens.token_for(old.pk, calendar.FEEDS.purpose) not in str(TaskFeed.objects.values().get())
    desk(rosa).post(url, {"act": "renew"})
    assert client.get(path(old)).status_code == 404
    new_one = TaskFeed.objects.get(revoked_at=None)
    assert client.get(path(new_one)).status_code == 200
    assert client.post(path(new_one)).status_code == 405
    User.objects.filter(pk=rosa.pk).update(is_active=False)
    assert client.get(path(new_one)).status_code == 404
    User.objects.filter(pk=rosa.pk).update(is_active=True)
    desk(rosa).post(url, {"act": "revoke"})
    assert client.get(path(new_one)).status_code == 404
    assert client.get(reverse("candidates:calendar", args=["a" * 43])).status_code == 404
