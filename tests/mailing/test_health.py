"""Mail health: counts of what became of mail, of one's own vacancies only, and nobody's name."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Role
from mailing import charts, health
from mailing.models import Channel, State
from tests import factories

URL = "/mail/health/"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def desk(client):
    def open_for(user):
        client.force_login(user)
        return client

    return open_for


@pytest.fixture
def rosa(db):
    factories.make_organisation()
    return factories.make_user("Rosa", language="en")


@pytest.fixture
def vacancy(rosa):
    return factories.make_vacancy(owner=rosa)


def sent(candidacy, days=1, **fields):
    at = timezone.now() - days * DAY
    return factories.make_message(candidacy, **{"state": State.ACCEPTED, "accepted_at": at, "track": True, **fields})


@pytest.fixture
def mail(vacancy):
    """Seven mails that left: three delivered, two without word, two that came back; and what does not count."""
    candidacy = factories.make_candidacy(vacancy, surname="Geheim")
    now = timezone.now()
    arrived = {"state": State.DELIVERED, "delivered_at": now}
    sent(candidacy, **arrived, opened_at=now, clicked_at=now, answered_at=now)
    sent(candidacy, **arrived, opened_at=now, prefetched_at=now)
    sent(candidacy, **arrived, complained_at=now, track=False)
    sent(candidacy)
    sent(candidacy, days=60)
    sent(candidacy, state=State.BOUNCED, delivered_at=now, reason="bounce_10")
    sent(candidacy, state=State.FAILED, kind="introduced_client", vacancy_ref=None, client_ref=None)
    sent(candidacy, kind="account")
    sent(candidacy, kind="test")
    sent(candidacy, channel=Channel.INMAIL)
    factories.make_message(candidacy, state=State.ABORTED, reason="undone")
    return candidacy


def numbers(page):
    return {name: number for _label, number, name in page.context["figures"]}


def test_what_became_of_mail_is_counted_once_each(desk, rosa, mail):
    olga = factories.make_user("Olga", Role.OFFICER)
    assert numbers(desk(olga).get(f"{URL}?period=all")) == {
        "sent": 7,
        "delivered": 3,
        "underway": 2,
        "bounced": 2,
        "opened": 2,
        "fetched": 1,
        "clicked": 1,
        "answered": 1,
        "complained": 1,
    }


def test_nobody_is_named(desk, rosa, mail):
    page = desk(rosa).get(f"{URL}?period=all").content.decode()
    assert "Finance director" in page
    assert "Geheim" not in page
    assert "@person.example" not in page


def test_it_says_what_opens_and_clicks_do_not_tell(desk, rosa, mail):
    reading = desk(rosa).get(f"{URL}?period=all").context["reading"]
    assert "of 6 messages" in reading
    assert "5 of" in reading
    assert "left out" in reading


def test_the_period_and_the_kind_live_in_the_address(desk, rosa, mail):
    olga = desk(factories.make_user("Olga", Role.OFFICER))
    assert numbers(olga.get(URL))["sent"] == 6
    assert numbers(olga.get(f"{URL}?period=90"))["sent"] == 7
    assert numbers(olga.get(f"{URL}?period=90&kind=introduced_client"))["sent"] == 1
    assert numbers(olga.get(f"{URL}?period=nonsense&kind=nonsense&vacancy=nonsense"))["sent"] == 6


def test_a_recruiter_counts_their_own_and_officers_all(desk, rosa, mail):
    vera = factories.make_user("Vera")
    theirs = factories.make_candidacy(factories.make_vacancy(owner=vera))
    sent(theirs)
    assert numbers(desk(vera).get(URL))["sent"] == 1
    assert numbers(desk(rosa).get(URL))["sent"] == 5
    assert numbers(desk(factories.make_user("Ada", Role.ADMINISTRATOR)).get(URL))["sent"] == 7
    foreign = desk(vera).get(f"{URL}?vacancy={mail.vacancy_id}")
    assert foreign.context["total"].sent == 0
    assert not foreign.context["title"]


def test_of_one_vacancy(desk, rosa, mail):
    sent(factories.make_candidacy(factories.make_vacancy(owner=rosa)))
    page = desk(rosa).get(f"{URL}?vacancy={mail.vacancy_id}&period=all")
    assert numbers(page)["sent"] == 6
    assert reverse("candidates:board", args=[mail.vacancy_id]) in page.content.decode()
    assert health.of_vacancy(mail.vacancy_id).sent == 6
    assert health.of_vacancy(factories.make_vacancy(owner=rosa).pk) == health.Counts()


def test_nothing_sent_says_so(desk, rosa):
    assert "Nothing was sent in this period" in desk(rosa).get(URL).content.decode()


def test_as_a_file(desk, rosa, mail):
    answer = desk(rosa).get(f"{URL}?period=90&format=csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("When;Sent;Delivered")
    assert any(line.startswith("First message;6;3;2") for line in lines)
    assert "Geheim" not in answer.content.decode()


def test_the_door_and_the_method(client, desk, rosa):
    assert client.get(URL).status_code == 302
    assert desk(factories.make_user("Kees", Role.CLIENT)).get(URL).status_code == 404
    assert desk(rosa).post(URL).status_code == 405


def test_it_costs_the_same_for_few_and_for_many(desk, rosa, mail, django_assert_max_num_queries):
    browser = desk(rosa)
    browser.get(URL)
    with django_assert_max_num_queries(7) as few:
        browser.get(URL)
    for _ in range(5):
        sent(mail)
    with django_assert_max_num_queries(len(few)):
        browser.get(URL)


# The chart


def test_a_column_stands_on_its_foot_and_the_highest_fills_the_chart():
    chart = charts.stacked([("one", [("a", 1), ("b", 3)]), ("two", [("a", 2), ("b", 0)]), ("none", [("a", 0)])])
    assert chart.top == 4
    first, second, none = chart.columns
    assert [bar.css for bar in first.bars] == ["a", "b"]
    assert sum(bar.height for bar in first.bars) == chart.height
    assert first.bars[0].y + first.bars[0].height == chart.height
    assert first.bars[1].y == 0
    assert second.bars[0].height == chart.height / 2
    assert none.bars == ()
    assert charts.stacked([]).columns == ()


def test_empty_days_have_a_column_too(rosa, vacancy):
    sent(factories.make_candidacy(vacancy), days=3)
    found = health.of(rosa, health.Asked())
    assert len(found.by_time) == 30
    assert [counts.sent for counts in found.by_time.values()].count(1) == 1
    assert list(found.by_time)[-1] == timezone.localdate()


def test_a_day_is_a_day_in_amsterdam(rosa, vacancy):
    candidacy = factories.make_candidacy(vacancy)
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    sent(candidacy, accepted_at=midnight + timedelta(minutes=5))
    sent(candidacy, accepted_at=midnight - timedelta(minutes=5))
    by_time = health.of(rosa, health.Asked()).by_time
    assert [counts.sent for counts in by_time.values()][-2:] == [1, 1]
