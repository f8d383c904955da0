"""The register of breaches: reported by anybody here, decided by an officer, and a clock of 72 hours."""

from datetime import timedelta

import pytest
from django.utils import timezone

from privacy import ports
from privacy.breaches import services
from privacy.deadlines import TZ
from privacy.guards import Refused
from privacy.models import Breach, BreachCrossing, LedgerEntry

URL = "/privacy-desk/breaches/"
HOUR = timedelta(hours=1)
NOBODY = "6f2b4c1e-0000-4000-8000-000000000000"
WHAT = "Een cv ging naar de verkeerde opdrachtgever."


def known(hours, rosa):
    return services.report(what=WHAT, aware_at=timezone.now() - hours * HOUR, actor=rosa)


def text(response):
    return " ".join(response.content.decode().split())


def typed(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


# The clock


def test_it_is_in_the_queue_until_it_was_told(rosa, olga, desk):
    breach = known(10, rosa)
    (clock,) = [clock for clock in ports.clocks() if clock.kind == "breach"]
    assert (clock.object_id, clock.due_on) == (breach.pk, (breach.aware_at + 72 * HOUR).astimezone(TZ).date())
    page = text(desk(olga).get("/privacy-desk/"))
    assert f"{URL}{breach.pk}/" in page
    services.decide(breach, notify="yes", reason="Veel mensen", actor=olga)
    assert [clock.kind for clock in ports.clocks()].count("breach") == 1
    services.notified(breach, at=timezone.now(), actor=olga)
    assert "breach" not in [clock.kind for clock in ports.clocks()]


def test_not_to_be_told_stops_it_too(rosa, olga):
    services.decide(known(10, rosa), notify="no", reason="Versleuteld", actor=olga)
    assert "breach" not in [clock.kind for clock in ports.clocks()]


def test_officers_hear_of_it_at_once_and_at_each_moment_once(rosa, olga, mailoutbox):
    breach = known(0, rosa)
    assert [mail.to for mail in mailoutbox] == [[olga.email]]
    assert f"{URL}{breach.pk}/" in mailoutbox[0].body
    assert WHAT not in mailoutbox[0].body, "never what happened"
    begun = breach.aware_at
    passed = [services.cross(begun + hours * HOUR) for hours in (23, 25, 25, 49, 61, 73, 100)]
    assert passed == [0, 1, 0, 1, 1, 1, 0]
    assert len(mailoutbox) == 5
    milestones = BreachCrossing.objects.order_by("at").values_list("milestone", flat=True)
    assert list(milestones) == ["reported", "h24", "h48", "h60", "overdue"]


def test_after_a_weekend_off_it_is_one_mail(rosa, olga, mailoutbox):
    breach = known(0, rosa)
    mailoutbox.clear()
    assert services.cross(breach.aware_at + 80 * HOUR) == 4
    assert len(mailoutbox) == 1


def test_what_was_told_crosses_nothing(rosa, olga):
    breach = services.decide(known(1, rosa), notify="yes", reason="Veel mensen", actor=olga)
    services.notified(breach, at=timezone.now(), actor=olga)
    assert services.cross(timezone.now() + 100 * HOUR) == 0


# The rules


def test_told_late_needs_a_reason(rosa, olga):
    breach = services.decide(known(80, rosa), notify="yes", reason="Veel mensen", actor=olga)
    with pytest.raises(Refused, match="72 hours"):
        services.notified(breach, at=timezone.now(), actor=olga)
    done = services.notified(breach, at=timezone.now(), late_reason="Pas later begrepen", actor=olga)
    assert done.notified_at
    assert [entry.kind for entry in LedgerEntry.objects.filter(kind__startswith="breach.").order_by("at")] == [
        "breach.reported",
        "breach.decided",
        "breach.notified",
    ]


def test_nobody_is_told_without_a_decision(rosa, olga):
    with pytest.raises(Refused):
        services.notified(known(1, rosa), at=timezone.now(), actor=olga)


def test_not_in_the_future(rosa):
    with pytest.raises(Refused):
        services.report(what=WHAT, aware_at=timezone.now() + HOUR, actor=rosa)


# The pages


def test_the_door(desk, rosa, olga, ada, carl):
    breach = known(1, rosa)
    for url in (URL, f"{URL}{breach.pk}/"):
        assert desk(None).get(url).status_code == 302
        assert [desk(user).get(url).status_code for user in (carl, rosa, olga, ada)] == [404, 404, 200, 200]
        assert desk(olga).post(url).status_code == 405
    assert desk(None).get(f"{URL}new/").status_code == 302
    assert [desk(user).get(f"{URL}new/").status_code for user in (carl, rosa, olga)] == [404, 200, 200]
    for part in ("decide/", "notified/"):
        url = f"{URL}{breach.pk}/{part}"
        assert desk(None).post(url).status_code == 302
        assert [desk(user).post(url).status_code for user in (carl, rosa)] == [404, 404]
        assert desk(olga).get(url).status_code == 405
        assert desk(olga).post(f"{URL}{NOBODY}/{part}").status_code == 404
    assert desk(olga).get(f"{URL}{NOBODY}/").status_code == 404


def test_a_recruiter_reports_in_one_page(desk, rosa, olga):
    assert f"{URL}new/" in text(desk(rosa).get("/privacy-desk/")), "one click away"
    answer = desk(rosa).post(f"{URL}new/", {"what": WHAT, "aware_at": typed(timezone.now() - HOUR)})
    assert answer["Location"] == "/privacy-desk/"
    breach = Breach.objects.get()
    assert (breach.what, breach.reported_by) == (WHAT, rosa)
    assert WHAT in text(desk(olga).get(URL))


@pytest.mark.parametrize("wrong", [{"what": ""}, {"aware_at": "2099-01-01T10:00"}, {"aware_at": "gisteren"}])
def test_bad_input_says_so_and_keeps_what_was_typed(desk, rosa, wrong):
    answer = desk(rosa).post(f"{URL}new/", {"what": WHAT, "aware_at": typed(timezone.now() - HOUR), **wrong})
    assert answer.status_code == 422
    assert (wrong.get("aware_at") or typed(timezone.now() - HOUR)[:10]) in text(answer)
    assert not Breach.objects.exists()


def test_from_the_decision_to_the_report(desk, rosa, olga):
    breach = known(80, rosa)
    url = f"{URL}{breach.pk}/"
    browser = desk(olga)
    assert WHAT in text(browser.get(url))
    assert f"{url}notified/" not in text(browser.get(url))
    assert browser.post(f"{url}decide/", {"notify": "yes"}).status_code == 422
    assert browser.post(f"{url}decide/", {"notify": "yes", "reason": "Veel mensen"}).status_code == 302
    assert f"{url}notified/" in text(browser.get(url))
    late = browser.post(f"{url}notified/", {"at": typed(timezone.now()), "reference": "AP-123"})
    assert late.status_code == 422
    assert "AP-123" in text(late)
    early = browser.post(f"{url}notified/", {"at": typed(breach.aware_at - HOUR)})
    assert early.status_code == 422
    told = {"at": typed(timezone.now()), "reference": "AP-123", "late_reason": "Later begrepen"}
    assert browser.post(f"{url}notified/", told).status_code == 302
    page = text(browser.get(url))
    assert "AP-123" in page
    assert "decide/" not in page
