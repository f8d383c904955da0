"""An officer's calendar: a secret address, every clock, no name."""

import pytest
from django.utils import timezone

from accounts.models import User
from privacy import calendars, tokens
from privacy.desk import feed
from privacy.models import ClockFeed
from tests.privacy.asking import anna, ask, received

URL = "/privacy-desk/calendar/"


@pytest.fixture
def mine(agency, olga):
    return feed.FEEDS.renew(olga)


def path(one) -> str:
    return feed.FEEDS.url(one).removeprefix("http://").partition("/")[2].join(["/", ""])


def lines(text: str) -> list[str]:
    """The content lines, unfolded."""
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    return text.replace("\r\n ", "").split("\r\n")


def test_every_clock_is_a_day_in_it_and_nobody_is_named(mine, client):
    candidacy = anna(surname="Zeldzaam")
    asked = ask("erasure", channel="link", subject=candidacy.subject)
    response = client.get(path(mine))
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in response.headers["Cache-Control"]
    text = response.content.decode()
    found = lines(text)
    assert (found[0], found[-2]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    assert found.count("BEGIN:VEVENT") == found.count("END:VEVENT") >= 1
    assert f"DTSTART;VALUE=DATE:{asked.due_on:%Y%m%d}" in found
    assert any(line.startswith("UID:request-") and str(asked.pk) in line for line in found)
    assert any(f"/privacy-desk/requests/{asked.pk}/" in line for line in found)
    for secret in ("Zeldzaam", "Anna", "anna@"):
        assert secret not in text


def test_it_says_why_that_day(mine, client):
    received(3)
    found = [line for line in lines(client.get(path(mine)).content.decode()) if line.startswith("DESCRIPTION:")]
    assert any(str(timezone.localdate().year) in line for line in found)


def test_long_lines_are_folded_and_signs_escaped():
    folded = list(calendars.folded("SUMMARY:" + "é" * 100))
    assert all(len(part.encode()) <= 75 for part in folded)
    assert "".join([folded[0], *(part[1:] for part in folded[1:])]) == "SUMMARY:" + "é" * 100
    assert calendars.escaped("a,b;c\\d\ne") == "a\\,b\\;c\\\\d\\ne"


def test_the_address_is_in_no_column(mine):
    assert tokens.token_for(mine.pk, feed.FEEDS.purpose) not in str(ClockFeed.objects.values().get())


def test_a_new_address_ends_the_old_one(mine, client, olga):
    old = path(mine)
    new = feed.FEEDS.renew(olga)
    assert client.get(old).status_code == 404
    assert client.get(path(new)).status_code == 200
    feed.FEEDS.revoke(olga)
    assert client.get(path(new)).status_code == 404


def test_who_is_no_officer_any_more_has_none(mine, client, olga):
    assert client.get(path(mine)).status_code == 200
    User.objects.filter(pk=olga.pk).update(role="recruiter")
    assert client.get(path(mine)).status_code == 404
    User.objects.filter(pk=olga.pk).update(role="officer", is_active=False)
    assert client.get(path(mine)).status_code == 404


def test_guesses_and_wrong_methods(db, client):
    assert client.get("/privacy/clocks/nonsense/clocks.ics").status_code == 404
    assert client.get(f"/privacy/clocks/{'a' * 43}/clocks.ics").status_code == 404
    assert client.post("/privacy/clocks/x/clocks.ics").status_code == 405


def test_an_officer_makes_renews_and_stops_it_on_the_desk(agency, desk, olga, rosa):
    assert desk(None).post(URL).status_code == 302
    assert desk(rosa).post(URL).status_code == 404
    browser = desk(olga)
    assert browser.get(URL).status_code == 405
    browser.post(URL, {"act": "renew"})
    first = ClockFeed.objects.get()
    assert feed.FEEDS.url(first) in browser.get("/privacy-desk/").content.decode()
    browser.post(URL, {"act": "renew"})
    assert feed.FEEDS.own(olga) != first
    browser.post(URL, {"act": "revoke"})
    assert feed.FEEDS.own(olga) is None
    browser.post(URL, {"act": "revoke"})
