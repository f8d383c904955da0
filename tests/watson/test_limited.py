"""Limited use: begun and lifted with notice, and nowhere to be found in between (GDPR art. 18)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from candidates.sourcing import batches, reading
from introductions.models import Introduction
from mailing import outbox
from mailing.models import Message, State
from privacy import links, services, steps
from privacy.guards import Refused, lawful
from privacy.limits import services as limits
from privacy.models import LedgerEntry, Restriction, Subject
from tests.factories import (
    make_candidacy,
    make_contact,
    make_event,
    make_link,
    make_message,
    make_request,
    make_vacancy,
)


def text(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, given_name="Anna", surname="Achternaam", email="anna@person.example", notice=True)


@pytest.fixture
def asked(anna):
    return services.receive_request(
        kind="restriction", channel="mail", subject=anna.subject, contact="anna@person.example"
    )


@pytest.fixture
def limited(anna, asked):
    return limits.restrict(anna.subject, ground="contested", request=asked, actor=None)


def page_of(asked) -> str:
    return f"/privacy-desk/requests/{asked.pk}/restriction/"


def told(restriction, olga):
    return limits.note_told(restriction, reason="checked", how="phone", told_at=timezone.now(), actor=olga)


# The verbs


def test_it_stands_from_now_on_with_who_and_why(anna, asked, olga):
    made = limits.restrict(anna.subject, ground="claim", request=asked, actor=olga)
    anna.subject.refresh_from_db()
    assert anna.subject.restricted_at == made.since
    assert (made.ground, made.by, made.request) == ("claim", olga, asked)
    entry = LedgerEntry.objects.get(kind="subject.restricted")
    assert (entry.actor, entry.codes["ground"]) == (olga.pk, "claim")
    assert limits.restrict(anna.subject, ground="contested", actor=olga) == made, "twice is once"
    assert Restriction.objects.count() == 1


def test_it_follows_a_merge(anna, olga):
    newer = Subject.objects.create()
    Subject.objects.filter(pk=anna.subject_id).update(merged_into=newer)
    limits.restrict(newer, ground="contested", actor=olga)
    assert Subject.objects.get(pk=anna.subject_id).restricted_at is not None


def test_a_request_of_somebody_else_is_none(anna, asked):
    with pytest.raises(Refused, match="another person"):
        limits.restrict(Subject.objects.create(), ground="contested", request=asked, actor=None)


def test_it_is_not_lifted_before_the_person_was_told(limited, olga, anna):
    with pytest.raises(Refused, match="Tell the person first"):
        limits.lift(limited, actor=olga)
    limits.announce(limited, reason="checked", language="en", actor=olga)
    with pytest.raises(Refused, match="has not left yet"):
        limits.lift(limited, actor=olga)
    Message.objects.filter(kind="restriction_lift").update(state=State.ACCEPTED, accepted_at=timezone.now())
    lifted = limits.lift(limited, actor=olga)
    assert (lifted.lifted_by, lifted.told_how) == (olga, "mail")
    anna.subject.refresh_from_db()
    assert anna.subject.restricted_at is None
    assert LedgerEntry.objects.filter(kind="subject.restriction_lifted", actor=olga.pk).exists()
    with pytest.raises(Refused, match="not limited"):
        limits.lift(limited, actor=olga)


def test_the_notice_says_why_and_reaches_somebody_limited(limited, olga):
    limits.announce(limited, reason="checked", language="en", actor=olga)
    message = Message.objects.get(kind="restriction_lift")
    assert "The data were checked and are right." in message.body_text
    assert "Autoriteit Persoonsgegevens" in message.body_text
    assert message in outbox.claim()


def test_a_mail_that_came_back_told_nobody(limited, olga):
    limits.announce(limited, reason="checked", language="en", actor=olga)
    now = timezone.now()
    Message.objects.filter(kind="restriction_lift").update(state=State.BOUNCED, accepted_at=now, failed_at=now)
    with pytest.raises(Refused, match="has not left yet"):
        limits.lift(limited, actor=olga)


def test_told_by_phone_is_noted_and_never_for_the_future(limited, olga):
    with pytest.raises(Refused, match="in the future"):
        limits.note_told(
            limited, reason="checked", how="phone", told_at=timezone.now() + timedelta(hours=1), actor=olga
        )
    told(limited, olga)
    assert limits.lift(limited, actor=olga).told_how == "phone"


def test_without_an_address_no_mail_is_announced(anna, olga):
    asked = services.receive_request(kind="restriction", channel="phone", subject=anna.subject, contact="+31612345678")
    made = limits.restrict(anna.subject, ground="contested", request=asked, actor=olga)
    with pytest.raises(Refused, match="no e-mail address"):
        limits.announce(made, reason="checked", language="en", actor=olga)


# What the database refuses


def test_nobody_frees_the_person_past_the_restriction(limited, anna):
    with pytest.raises(Refused, match="until that is lifted"), lawful():
        Subject.objects.filter(pk=anna.subject_id).update(restricted_at=None)


def test_nobody_lifts_untold_changes_or_removes_one(limited, olga):
    now = timezone.now()
    rows = Restriction.objects.filter(pk=limited.pk)
    for change in ({"lifted_at": now, "lifted_by": olga, "lift_reason": "asked"}, {"ground": "claim"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.delete()
    limits.lift(told(limited, olga), actor=olga)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(lifted_at=None, lifted_by=None)


# Nowhere to be found


def test_lists_search_board_and_palette_leave_them_out(anna, desk, rosa, asked):
    browser = desk(rosa)
    board = f"/vacancies/{anna.vacancy_id}/"
    places = ["/candidates/", "/search/?q=Achternaam", "/palette/?q=Achternaam", board]
    assert all("Achternaam" in text(browser.get(place)) for place in places)
    assert browser.get(f"/candidates/{anna.candidate_id}/").status_code == 200
    limits.restrict(anna.subject, ground="contested", request=asked, actor=None)
    # A search names again what was typed, so the person's page is what must not be offered.
    for place in places:
        page = text(browser.get(place))
        assert f"/candidates/{anna.candidate_id}/" not in page, place
        assert f"person={anna.pk}" not in page, place
    assert browser.get(f"/candidates/{anna.candidate_id}/").status_code == 404
    assert browser.get(f"/candidacies/{anna.pk}/panel/").status_code == 404
    assert browser.get("/candidates/?format=csv").content.decode().count("Achternaam") == 0


def test_the_officer_still_sees_them(limited, anna, desk, olga):
    assert desk(olga).get(f"/candidates/{anna.candidate_id}/").status_code == 200


def test_composing_and_writing_leave_them_out(limited, anna, desk, rosa):
    browser = desk(rosa)
    response = browser.post(f"/vacancies/{anna.vacancy_id}/approach/", {"pk": [str(anna.pk)]}, follow=True)
    assert "Achternaam" not in text(response)
    assert browser.get(f"/candidacies/{anna.pk}/write/").status_code == 404
    assert not Message.objects.filter(subject=anna.subject, kind="approach", state=State.QUEUED).exists()


def test_a_message_that_waited_does_not_leave(anna, asked):
    make_message(anna, key="waits", to_email="anna@person.example", state=State.QUEUED)
    limits.restrict(anna.subject, ground="contested", request=asked, actor=None)
    assert "waits" not in {message.key for message in outbox.claim()}
    assert Message.objects.get(key="waits").reason == "i8_restricted"


def test_an_import_says_no_to_them(limited, anna, rosa, desk):
    rows = reading.read(b"Name,E-mail\nAnna Achternaam,anna@person.example\n")
    batch = batches.start(rows, {}, vacancy=make_vacancy(owner=rosa), actor=rosa)
    page = text(desk(rosa).get(f"/vacancies/{batch.vacancy_id}/import/{batch.pk}/"))
    assert "row--refused" in page


def test_the_client_sees_them_no_more_and_again_after(anna, asked, olga):
    yes = _yes(anna)
    contact = make_contact(anna.vacancy.client)
    introduction = Introduction.objects.create(
        candidacy=anna,
        subject=anna.subject,
        vacancy=anna.vacancy,
        client=anna.vacancy.client,
        request=yes.request,
        event=yes,
        shared=["profile"],
        introduced_by=anna.vacancy.owner,
    )
    introduction.recipients.create(contact=contact)
    assert introduction in Introduction.objects.standing()
    made = limits.restrict(anna.subject, ground="contested", request=asked, actor=None)
    assert introduction not in Introduction.objects.standing()
    limits.lift(told(made, olga), actor=olga)
    assert introduction in Introduction.objects.standing()


def _yes(candidacy):
    asked = make_request(candidacy)
    return make_event(asked, link=make_link(asked))


def test_nobody_introduces_them(limited, anna):
    yes = _yes(anna)
    with pytest.raises(IntegrityError, match="restricted or erased"), transaction.atomic():
        Introduction.objects.create(
            candidacy=anna,
            subject=anna.subject,
            vacancy=anna.vacancy,
            client=anna.vacancy.client,
            request=yes.request,
            event=yes,
            shared=["profile"],
            introduced_by=anna.vacancy.owner,
        )


# The person


def test_the_person_limits_it_themselves_at_once(anna, client):
    path = links.path(links.issue("me", subject=anna.subject))
    page = text(client.post(f"{path}?lang=en", {"kind": "restriction"}, follow=True))
    anna.subject.refresh_from_db()
    assert anna.subject.restricted_at is not None
    assert Restriction.objects.get().by is None
    assert "We only keep your data for now" in text(client.get(f"{path}?lang=en"))
    assert "Only keep my data" not in page


# The officer's page


def test_the_officers_page_from_begin_to_end(anna, asked, desk, olga):
    browser = desk(olga)
    assert "Limit the use of these data" in text(browser.get(page_of(asked)))
    assert browser.post(f"{page_of(asked)}restrict/", {"ground": ""}).status_code == 422
    assert browser.post(f"{page_of(asked)}restrict/", {"ground": "contested"}).status_code == 302
    assert "These data are only kept" in text(browser.get(page_of(asked)))
    response = browser.post(f"{page_of(asked)}lift/")
    assert response.status_code == 422
    assert "Tell the person first" in text(response)
    response = browser.post(f"{page_of(asked)}tell/", {"reason": "checked", "how": "phone"})
    assert response.status_code == 422
    assert "Say when you told it." in text(response)
    moment = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    response = browser.post(f"{page_of(asked)}tell/", {"reason": "checked", "how": "phone", "told_at": moment})
    assert response.status_code == 302
    assert browser.post(f"{page_of(asked)}lift/").status_code == 302
    page = text(browser.get(page_of(asked)))
    assert "the data were checked and are right" in page
    assert "Limit the use of these data" in page
    assert browser.post(f"{page_of(asked)}lift/").status_code == 302, "nothing is left to lift"


def test_by_mail_it_is_announced_first(limited, asked, desk, olga):
    browser = desk(olga)
    assert browser.post(f"{page_of(asked)}tell/", {"reason": "checked", "how": "mail"}).status_code == 302
    assert "the message has not left yet" in text(browser.get(page_of(asked)))
    Message.objects.filter(kind="restriction_lift").update(state=State.ACCEPTED, accepted_at=timezone.now())
    assert "Lift: use the data again" in text(browser.get(page_of(asked)))


def test_the_door(asked, desk, rosa, carl, ada):
    posts = [f"{page_of(asked)}{what}/" for what in ("restrict", "tell", "lift")]
    assert desk(None).get(page_of(asked)).status_code == 302
    assert [desk(user).get(page_of(asked)).status_code for user in (carl, rosa)] == [404, 404]
    assert desk(ada).get(page_of(asked)).status_code == 200
    assert desk(ada).post(page_of(asked)).status_code == 405
    for url in posts:
        assert [desk(user).post(url).status_code for user in (carl, rosa)] == [404, 404]
        assert desk(ada).get(url).status_code == 405
    nobody = "/privacy-desk/requests/6f2b4c1e-0000-4000-8000-000000000000/restriction/"
    assert desk(ada).get(nobody).status_code == 404
    assert desk(ada).post(f"{nobody}lift/").status_code == 404
    assert not Restriction.objects.exists()


def test_the_step_says_that_it_began(asked, anna):
    assert {step.code: step for step in steps.steps_for(asked)}["restricted"].is_open
    limits.restrict(anna.subject, ground="contested", request=asked, actor=None)
    assert not {step.code: step for step in steps.steps_for(asked)}["restricted"].is_open
