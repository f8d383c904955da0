"""What did not arrive, on Today: in plain words, with the acts in place, and one row for many with one cause."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates import services
from candidates.models import ContactPoint, Task
from candidates.services.answers import end
from consent import services as consent
from consent.models import ConsentRequest
from mailing.models import Message, State
from privacy import links
from tests.factories import make_candidacy, make_message, make_request, make_vacancy
from watson import failures


def failed(candidacy, reason="bounce_22", state=State.BOUNCED, **fields):
    asked = make_request(candidacy)
    about = {"about_kind": "consent_request", "about_id": asked.pk}
    return make_message(candidacy, state=state, reason=reason, **{**about, **fields})


def section(response):
    found = re.search(r'<div id="failures">(.*?)</section>', response.content.decode(), re.S)
    return " ".join(found[1].split()) if found else ""


def test_a_failure_says_why_and_what_to_do(vacancy, desk, rosa):
    message = failed(make_candidacy(vacancy), to_name="Anna Vol")
    shown = section(desk(rosa).get("/"))
    for words in (
        "Anna Vol",
        "The mailbox is full.",
        "Wait some days and try again",
        "Bounced",
        f"/mail/{message.pk}/",
    ):
        assert words in shown


def test_another_channel_opens_the_form_for_that_person(vacancy, desk, rosa):
    candidacy = make_candidacy(vacancy)
    message = failed(candidacy)
    browser = desk(rosa)
    url = f"/vacancies/{vacancy.pk}/?person={candidacy.pk}&amp;way=copy"
    assert url in section(browser.get("/"))
    opened = browser.get(url.replace("&amp;", "&")).content.decode()
    assert re.search(r'<details class="fold" open><summary>Copy a text', opened)
    usual = browser.get(f"/vacancies/{vacancy.pk}/?person={candidacy.pk}").content.decode()
    assert re.search(r'<details class="fold"><summary>Copy a text', usual)
    assert f"/mail/{message.pk}/" in opened


def test_trying_again_is_offered_where_there_is_an_address_and_nobody_said_stop(vacancy, desk, rosa):
    works, broken, stopped = (make_candidacy(vacancy) for _ in range(3))
    ContactPoint.objects.filter(candidate=broken.candidate).update(failed_at=timezone.now())
    failed(works), failed(broken, "bounce_10"), failed(stopped, "i8_suppressed", State.ABORTED)
    shown = section(desk(rosa).get("/"))
    assert shown.count("Try again…") == 1
    assert f'value="{works.pk}"' in shown
    assert shown.count("Another channel") == 2
    assert shown.count("Dealt with") == 3


def test_an_ended_candidacy_is_only_to_be_dealt_with(vacancy, desk, rosa):
    candidacy = make_candidacy(vacancy)
    failed(candidacy)
    end(candidacy, "no_answer")
    shown = section(desk(rosa).get("/"))
    assert "Dealt with" in shown
    assert "Another channel" not in shown
    assert "Try again" not in shown


def test_many_with_one_cause_are_one_row_and_dealt_with_at_once(vacancy, desk, rosa, vera):
    for number in range(failures.GROUPED_FROM):
        failed(make_candidacy(vacancy), "provider_7001", State.FAILED, to_name=f"Persoon {number}")
    alone = failed(make_candidacy(vacancy), to_name="Apart")
    theirs = failed(make_candidacy(make_vacancy(owner=vera)), "provider_7001", State.FAILED)
    page = desk(rosa).get("/")
    shown = section(page)
    assert "5 messages" in shown
    assert "our own domain" in shown
    assert "Persoon" not in shown
    assert "Apart" in shown
    group = page.context["failures"].groups[0]
    rows = desk(rosa).get(group.url.replace("&amp;", "&")).context["rows"]
    assert len(rows) == failures.GROUPED_FROM
    answer = desk(rosa).post("/mail/handled/", {"reason": "provider_7001", "next": "/"})
    assert answer.headers["Location"] == "/"
    left = set(Message.objects.troubled().values_list("pk", flat=True))
    assert left == {alone.pk, theirs.pk}


def test_fewer_than_that_stand_one_by_one(vacancy, rosa):
    for _ in range(failures.GROUPED_FROM - 1):
        failed(make_candidacy(vacancy))
    found = failures.of(rosa)
    assert not found.groups
    assert len(found.rows) == found.total == failures.GROUPED_FROM - 1


def test_the_task_stands_with_the_message_and_ends_with_it(vacancy, desk, rosa):
    candidacy = make_candidacy(vacancy)
    task = Task.objects.create(candidacy=candidacy, kind="not_reached", assignee=rosa)
    page = desk(rosa).get("/")
    assert [row.pk for row in page.context["tasks"]] == [task.pk]
    message = failed(candidacy)
    page = desk(rosa).get("/")
    assert not list(page.context["tasks"])
    assert page.context["failures"].total == 1
    desk(rosa).post(f"/mail/{message.pk}/handled/", {"next": "/"})
    task.refresh_from_db()
    assert task.done_by == rosa
    assert not desk(rosa).get("/").context["failures"].total


def test_another_way_that_worked_deals_with_what_failed(vacancy, desk, rosa):
    candidacy = make_candidacy(vacancy)
    services.approach([candidacy], actor=rosa)
    first = Message.objects.get()
    Message.objects.filter(pk=first.pk).update(state=State.ABORTED, reason="provider_1902")
    task = Task.objects.create(candidacy=candidacy, kind="not_reached", assignee=rosa)
    text = services.prepare_copy(candidacy, channel="inmail", actor=rosa)
    assert failures.of(rosa).total == 1
    services.sent_by_hand(text, actor=rosa)
    assert failures.of(rosa).total == 0
    task.refresh_from_db()
    assert task.done_at


def test_an_answer_through_the_link_answers_the_message(vacancy, rosa, django_capture_on_commit_callbacks):
    candidacy = make_candidacy(vacancy)
    text = services.prepare_copy(candidacy, channel="inmail", actor=rosa)
    services.sent_by_hand(text, actor=rosa)
    asked = ConsentRequest.objects.get()
    link = links.issue("consent", subject=candidacy.subject, about_kind="consent_request", about_id=asked.pk)
    with django_capture_on_commit_callbacks(execute=True):
        consent.talk_first(asked, link=link, language="nl")
    text.refresh_from_db()
    assert text.answered_at
    assert not Message.objects.exclude(pk=text.pk).exclude(answered_at=None).exists()


def test_it_costs_the_same_for_few_and_for_many(vacancy, rosa):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert failures.of(rosa).total
        return len(captured)

    failed(make_candidacy(vacancy))
    few = cost()
    for reason in ("bounce_10", "bounce_22", "bounce_24") * 3:
        failed(make_candidacy(vacancy), reason)
    assert cost() == few
    assert few < 9
