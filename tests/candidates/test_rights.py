"""Somebody asks about their data by phone, WhatsApp or in person: two clicks, and the law counts from now."""

import pytest
from django.utils import timezone

from consent.models import ConsentEvent
from mailing.models import Message
from privacy import deadlines
from privacy.models import DataRequest, RequestNotice, SuppressionEntry
from tests.factories import make_candidacy, make_event, make_request


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, email="anna@person.example", notice=True)


def asks(candidacy) -> str:
    return f"/candidates/{candidacy.candidate_id}/asks/"


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_it_stands_on_the_person_and_in_the_panel(desk, anna, rosa):
    for url in (f"/candidates/{anna.candidate_id}/", f"/vacancies/{anna.vacancy_id}/?person={anna.pk}"):
        page = text(desk(rosa).get(f"{url}{'&' if '?' in url else '?'}lang=en"))
        assert f'action="{asks(anna)}"' in page
        assert 'name="kind" value="access"' in page


@pytest.mark.parametrize("channel", ["phone", "whatsapp", "person"])
def test_a_request_is_noted_with_today_as_its_receipt_and_a_receipt_goes(desk, anna, rosa, channel):
    response = desk(rosa).post(f"{asks(anna)}?lang=en", {"kind": "access", "channel": channel}, follow=True)
    asked = DataRequest.objects.get()
    assert (asked.subject, asked.channel, asked.logged_by) == (anna.subject, channel, rosa)
    assert timezone.localdate(asked.received_at) == timezone.localdate()
    assert asked.due_on == deadlines.due_date(asked.received_at)
    kinds = set(Message.objects.filter(to_email="anna@person.example").values_list("template__kind", flat=True))
    assert {"receipt_request", "receipt_identity"} <= kinds
    assert "They get a receipt by mail" in text(response)


def test_an_objection_takes_effect_at_once(desk, anna, rosa):
    desk(rosa).post(asks(anna), {"kind": "objection", "channel": "phone"})
    assert SuppressionEntry.objects.exists()
    assert DataRequest.objects.get().identity_checks.get().method == "colleague"


def test_a_limit_takes_effect_at_once_and_leads_away_from_who_is_set_aside(desk, anna, rosa):
    response = desk(rosa).post(asks(anna), {"kind": "restriction", "channel": "phone"}, follow=True)
    anna.subject.refresh_from_db()
    assert anna.subject.restricted_at is not None
    assert response.status_code == 200


def test_a_withdrawal_is_the_same_as_pressing_it(desk, anna, rosa):
    make_event(make_request(anna))
    response = desk(rosa).post(
        f"{asks(anna)}?lang=en", {"kind": "withdrawal", "channel": "phone", "candidacy": anna.pk}, follow=True
    )
    assert ConsentEvent.objects.latest("id").kind == "withdrawn"
    assert not DataRequest.objects.exists(), "it needs no answer"
    assert "Withdrawn, from this moment" in text(response)


def test_nothing_asked_is_nothing_to_withdraw(desk, anna, rosa):
    response = desk(rosa).post(f"{asks(anna)}?lang=en", {"kind": "withdrawal", "channel": "phone"}, follow=True)
    assert "never asked for consent" in text(response)


def test_without_a_mailbox_the_words_are_there_to_read_aloud(desk, anna, rosa):
    anna.candidate.contact_points.update(removed_at=timezone.now())
    browser = desk(rosa)
    response = browser.post(f"{asks(anna)}?lang=en", {"kind": "erasure", "channel": "phone"}, follow=True)
    asked = DataRequest.objects.get()
    assert response.redirect_chain[-1][0] == f"/candidates/asked/{asked.pk}/"
    page = text(response)
    assert "Tell them yourself" in page
    assert not Message.objects.filter(act_id=asked.pk).exists()
    browser.post(f"/candidates/asked/{asked.pk}/told/")
    notice = RequestNotice.objects.get()
    assert (notice.kind, notice.by, notice.request) == ("receipt", rosa, asked)
    assert "They were told." in text(browser.get(f"/candidates/asked/{asked.pk}/?lang=en"))


@pytest.mark.parametrize("wrong", [{}, {"kind": "access"}, {"kind": "gossip", "channel": "phone"}])
def test_bad_input_says_so_and_notes_nothing(desk, anna, rosa, wrong):
    response = desk(rosa).post(f"{asks(anna)}?lang=en", wrong, follow=True)
    assert "Choose what they asked" in text(response)
    assert not DataRequest.objects.exists()


def test_the_door(desk, anna, rosa, vera, carl):
    data = {"kind": "access", "channel": "phone"}
    assert desk(None).post(asks(anna), data).status_code == 302
    assert desk(carl).post(asks(anna), data).status_code == 404
    assert desk(vera).post(asks(anna), data).status_code == 404, "not this recruiter's person"
    assert desk(rosa).get(asks(anna)).status_code == 405
    assert not DataRequest.objects.exists()
    desk(rosa).post(asks(anna), data)
    asked = DataRequest.objects.get()
    for address in (f"/candidates/asked/{asked.pk}/", f"/candidates/asked/{asked.pk}/told/"):
        method = "POST" if address.endswith("told/") else "GET"
        assert desk(vera).generic(method, address).status_code == 404
        assert desk(None).generic(method, address).status_code == 302
    assert desk(rosa).post(f"/candidates/asked/{asked.pk}/").status_code == 405
    assert desk(rosa).get(f"/candidates/asked/{asked.pk}/told/").status_code == 405
