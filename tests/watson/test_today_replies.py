"""Answers and mail of strangers on Today."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import Task
from mailing.models import InboundKind, Suggestion
from mailing.replies import files
from mailing.replies.reading import Attached
from privacy.models import AccessEntry
from tests.factories import make_candidacy, make_inbound


@pytest.fixture
def candidacy(vacancy):
    return make_candidacy(vacancy, surname="Zwaluw")


def today(desk, user):
    return desk(user).get("/").content.decode()


def test_an_answer_stands_there_once_with_its_words_until_it_is_dealt_with(desk, rosa, candidacy):
    mail = make_inbound(candidacy, text="Bel mij maar op dinsdag.")
    Task.objects.create(candidacy=candidacy, kind="reply", assignee=rosa)
    Task.objects.create(candidacy=candidacy, kind="talk_first", assignee=rosa)
    page = today(desk, rosa)
    assert "Bel mij maar op dinsdag." in page
    assert page.count('id="task-') == 1, "the answer itself stands on the page, not its task as well"
    assert AccessEntry.objects.get(about_kind="today").subjects == [candidacy.subject_id]
    desk(rosa).post(f"/mail/replies/{mail.pk}/handled/")
    assert "Bel mij maar op dinsdag." not in today(desk, rosa)


def test_words_that_may_be_a_request_are_marked(desk, rosa, candidacy):
    mail = make_inbound(candidacy)
    assert "#flag" not in today(desk, rosa)
    asked = Suggestion.objects.create(mail=mail, kind="erasure", phrase="verwijder mijn gegevens")
    assert "#flag" in today(desk, rosa)
    asked.settled_at, asked.settled_by, asked.confirmed = timezone.now(), rosa, False
    asked.save()
    assert "#flag" not in today(desk, rosa)


def test_machines_are_no_answer(desk, rosa, candidacy):
    make_inbound(candidacy, kind=InboundKind.AUTO, text="Ik ben met vakantie.")
    make_inbound(kind=InboundKind.BOUNCE, text="550 no such user")
    page = today(desk, rosa)
    assert "met vakantie" not in page
    assert "no such user" not in page


def test_each_sees_their_own_and_strangers_are_everybodys(desk, rosa, vera, olga, candidacy):
    make_inbound(candidacy, text="Voor Rosa alleen.")
    stray = make_inbound(subject_line="Een open brief", from_name="Eva Vreemd")
    for row in files.kept([Attached("cv.pdf", b"%PDF-1.7")], stray.pk):
        row.save(force_insert=True)
    for user, sees in ((rosa, True), (vera, False), (olga, True)):
        page = today(desk, user)
        assert ("Voor Rosa alleen." in page) is sees
        assert "Een open brief" in page
        assert f"/mail/replies/{stray.pk}/file/" in page


def test_the_number_of_queries_does_not_grow(desk, rosa, candidacy, django_assert_max_num_queries):
    browser = desk(rosa)

    def more(number):
        for _each in range(number):
            make_inbound(candidacy, sent_at=timezone.now() - timedelta(hours=1))
            make_inbound()

    more(1)
    browser.get("/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/")
    more(15)
    with django_assert_max_num_queries(len(few)):
        browser.get("/")
