"""Legal holds: asked for by one, approved by another, over by themselves; and nobody under one is erased."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates import retention
from candidates.models import Candidate
from privacy import ports, registry, services
from privacy.erasure import services as erasures
from privacy.exports import gathering
from privacy.guards import Refused
from privacy.models import HeldPerson, LedgerEntry, LegalHold, Subject
from privacy.retention import forecasting, holding, sweeping
from tests import factories
from tests.privacy.forgotten import Forgotten

DAY = timedelta(days=1)
URL = "/privacy-desk/holds/"
NOBODY = "6f2b4c1e-0000-4000-8000-000000000000"


@pytest.fixture
def person(agency, settings):
    """Somebody whose day has passed."""
    settings.SPARKPOST_API_KEY = ""
    found = factories.make_applicant(surname="Zwaluwstaart")
    Candidate.objects.filter(pk=found.pk).update(erase_on=timezone.localdate() - DAY)
    return found


def hold_of(subject, olga, **changed):
    values = {"ground": "claim", "reason": "Brief van de advocaat", "until": timezone.localdate() + 30 * DAY}
    return holding.ask(subject=subject, actor=olga, **{**values, **changed})


def text(response):
    return " ".join(response.content.decode().split())


# The rule


def test_it_holds_at_once_and_for_good_once_approved(person, olga, ada):
    hold = hold_of(person.subject, olga)
    assert hold.state == "waiting"
    ran = sweeping.run()
    assert ran is not None
    assert (ran.erased, ran.left_alone) == (0, {"hold": 1})
    assert forecasting.due_by_reason() == {}
    holding.approve(hold, actor=ada)
    hold.refresh_from_db()
    assert (hold.state, hold.approved_by) == ("standing", ada)
    kept = retention.of_person(person)
    assert kept is not None
    assert kept[:2] == (hold.until, "hold")
    assert [entry.kind for entry in LedgerEntry.objects.filter(kind__startswith="hold.").order_by("at")] == [
        "hold.asked",
        "hold.approved",
    ]


def test_ended_the_clock_decides_again(person, olga, ada):
    hold = holding.approve(hold_of(person.subject, olga), actor=ada)
    holding.end(hold, actor=olga)
    assert holding.end(hold, actor=ada).ended_by == olga, "once"
    ran = sweeping.run()
    assert ran is not None
    assert ran.erased == 1
    hold.refresh_from_db()
    assert hold.reason == "", "its words go with the last person it kept"


def test_it_is_over_after_its_day_and_unapproved_after_a_week(person, olga, monkeypatch):
    hold_of(person.subject, olga, until=timezone.localdate() + DAY)
    now, day = timezone.now(), timezone.localdate()
    assert LegalHold.objects.in_force().count() == 1
    monkeypatch.setattr(timezone, "localdate", lambda *args, **how: day + 2 * DAY)
    assert LegalHold.objects.in_force().count() == 0
    monkeypatch.undo()
    monkeypatch.setattr(timezone, "now", lambda: now + 8 * DAY)
    assert LegalHold.objects.in_force().count() == 0


def test_nobody_approves_their_own(person, olga):
    hold = hold_of(person.subject, olga)
    with pytest.raises(Refused, match="did not ask"):
        holding.approve(hold, actor=olga)


def test_an_ended_one_is_not_approved(person, olga, ada):
    hold = holding.end(hold_of(person.subject, olga), actor=olga)
    with pytest.raises(Refused, match="over already"):
        holding.approve(hold, actor=ada)


def test_nobody_is_left_to_keep(person, olga):
    services.erase(person.subject, reason="test")
    with pytest.raises(Refused, match="erased already"):
        hold_of(person.subject, olga)


def test_the_database_erases_nobody_under_a_hold(person, olga):
    hold_of(person.subject, olga)
    with pytest.raises(Refused) as refused:
        services.erase(person.subject, reason="test")
    assert refused.value.code == "held_not_erased"
    assert Candidate.objects.get(pk=person.pk).surname == "Zwaluwstaart"


def test_whose_file_was_merged_is_held_too(person, olga):
    other = Subject.objects.create()
    Subject.objects.filter(pk=person.subject_id).update(merged_into=other)
    hold_of(person.subject, olga)
    with pytest.raises(Refused):
        services.erase(other, reason="test")


def test_a_vacancy_keeps_everybody_in_it_and_who_comes_later(agency, olga):
    vacancy = factories.make_vacancy()
    one, two = factories.make_candidacy(vacancy), factories.make_candidacy(vacancy)
    factories.make_candidacy()
    hold = hold_of(None, olga, vacancy=vacancy.pk)
    assert set(hold.people.values_list("subject", flat=True)) == {one.subject_id, two.subject_id}
    late = factories.make_candidacy(vacancy)
    assert holding.widen() == 1
    assert holding.of(late.subject).exists()
    assert holding.widen() == 0


def test_its_clock_is_in_the_queue(person, olga, ada, desk):
    hold = hold_of(person.subject, olga)
    kinds = {clock.kind: clock for clock in ports.clocks() if clock.object_id == hold.pk}
    assert set(kinds) == {"hold_approval"}
    assert kinds["hold_approval"].due_on == timezone.localdate() + 7 * DAY
    holding.approve(hold, actor=ada)
    (clock,) = [clock for clock in ports.clocks() if clock.object_id == hold.pk]
    assert (clock.kind, clock.due_on) == ("hold", hold.until)
    assert str(hold.pk) in text(desk(olga).get("/privacy-desk/"))


# Who asks to be erased while it stands


def test_the_plan_says_what_stays_and_cannot_be_approved(agency, desk, olga, ada):
    asking = Forgotten()
    plan = erasures.plan(asking.request, actor=olga)
    hold = holding.approve(hold_of(asking.subject, olga), actor=ada)
    plan = erasures.plan(asking.request, actor=olga)
    line = plan.lines.get(holder="hold")
    assert (line.action, line.ground, line.until) == ("keep", "hold_claim", hold.until)
    with pytest.raises(Refused, match="legal hold"):
        erasures.approve(plan, actor=ada)
    browser = desk(olga)
    url = f"/privacy-desk/requests/{asking.request.pk}/erasure/"
    browser.cookies["language"] = "en"
    page = text(browser.get(url))
    assert "A legal hold stands until" in page
    assert f"{url}{plan.pk}/approve/" not in page
    holding.end(hold, actor=olga)
    assert f"{url}{plan.pk}/approve/" in text(browser.get(url))
    fresh = erasures.plan(asking.request, actor=olga)
    assert erasures.approve(fresh, actor=ada).approved_at


# What the person sees


def test_it_stands_in_the_copy_with_its_ground_and_without_its_words(person, olga, ada):
    holding.approve(hold_of(person.subject, olga), actor=ada)
    held = gathering.gather(person.subject, language="en")
    (table,) = [table for table in held.tables if table.label == "privacy.HeldPerson"]
    said = str(table.said())
    assert "a legal claim" in said
    assert "advocaat" not in str(held.data())


def test_the_export_of_the_registry_has_it(person, olga):
    hold_of(person.subject, olga)
    assert "privacy.HeldPerson" in registry.export(person.subject)["privacy"]


# The pages


def test_the_door(desk, person, olga, ada, rosa, carl):
    hold = hold_of(person.subject, olga)
    gets = [URL, f"{URL}new/person/{person.subject_id}/", f"{URL}{hold.pk}/"]
    posts = [f"{URL}{hold.pk}/approve/", f"{URL}{hold.pk}/end/"]
    for url in gets:
        assert desk(None).get(url).status_code == 302
        assert [desk(user).get(url).status_code for user in (carl, rosa, olga, ada)] == [404, 404, 200, 200]
    for url in posts:
        assert desk(None).post(url).status_code == 302
        assert [desk(user).post(url).status_code for user in (carl, rosa)] == [404, 404]
        assert desk(olga).get(url).status_code == 405
    assert desk(olga).post(URL).status_code == 405
    assert desk(olga).post(gets[2]).status_code == 405


@pytest.mark.parametrize("part", [f"{NOBODY}/", f"new/person/{NOBODY}/", f"new/vacancy/{NOBODY}/"])
def test_what_is_not_there(desk, agency, olga, part):
    assert desk(olga).get(f"{URL}{part}").status_code == 404


def test_from_the_asking_to_the_approval(desk, person, olga, ada):
    until = (timezone.localdate() + 30 * DAY).isoformat()
    new = f"{URL}new/person/{person.subject_id}/"
    assert person.name in text(desk(olga).get(new))
    made = desk(olga).post(new, {"ground": "claim", "reason": "Brief van de advocaat", "until": until})
    hold = LegalHold.objects.get()
    assert made["Location"] == f"{URL}{hold.pk}/"
    assert f"{URL}{hold.pk}/approve/" not in text(desk(olga).get(f"{URL}{hold.pk}/"))
    own = desk(olga).post(f"{URL}{hold.pk}/approve/")
    assert own.status_code == 409
    assert f"{URL}{hold.pk}/approve/" in text(desk(ada).get(f"{URL}{hold.pk}/"))
    assert desk(ada).post(f"{URL}{hold.pk}/approve/").status_code == 302
    assert person.name in text(desk(olga).get(URL))
    assert desk(olga).post(f"{URL}{hold.pk}/end/").status_code == 302
    assert not LegalHold.objects.in_force().exists()


@pytest.mark.parametrize(
    ("wrong", "kept"),
    [
        ({"reason": ""}, ""),
        ({"until": "2020-01-01"}, "2020-01-01"),
        ({"until": "2099-01-01"}, "2099-01-01"),
        ({"until": "morgen"}, "morgen"),
        ({"ground": "x"}, ""),
    ],
)
def test_bad_input_says_so_and_keeps_what_was_typed(desk, person, olga, wrong, kept):
    given = {"ground": "claim", "reason": "Brief", "until": (timezone.localdate() + DAY).isoformat()}
    answer = desk(olga).post(f"{URL}new/person/{person.subject_id}/", {**given, **wrong})
    assert answer.status_code == 422
    assert kept in text(answer)
    assert not LegalHold.objects.exists()


def test_it_is_shown_on_the_page_of_the_person(desk, agency, olga, rosa):
    candidacy = factories.make_candidacy(factories.make_vacancy(owner=rosa))
    url = f"/candidates/{candidacy.candidate_id}/"
    asks = f"{URL}new/person/{candidacy.subject_id}/"
    assert asks in text(desk(olga).get(url))
    assert asks not in text(desk(rosa).get(url)), "only officers and administrators ask"
    hold = hold_of(candidacy.subject, olga)
    assert f"{URL}{hold.pk}/" in text(desk(olga).get(url))
    assert f"{URL}{hold.pk}/" not in text(desk(rosa).get(url))
    browser = desk(rosa)
    browser.cookies["language"] = "en"
    assert "Legal hold until" in text(browser.get(url))


def test_the_list_takes_a_constant_number_of_queries(desk, agency, olga):
    browser = desk(olga)
    for _number in range(2):
        hold_of(factories.make_applicant().subject, olga)
    browser.get(URL)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            browser.get(URL)
        return len(captured)

    first = queries()
    for _number in range(6):
        hold_of(factories.make_applicant().subject, olga)
    assert queries() == first


def test_who_was_held_stays_on_record(person, olga):
    hold = hold_of(person.subject, olga)
    with pytest.raises(IntegrityError), transaction.atomic():
        HeldPerson.objects.filter(hold=hold).delete()
