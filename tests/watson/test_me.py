"""My data: one person's own things, and what they ask takes effect."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from candidates import services as candidates
from candidates.models import Candidacy, Candidate, ContactPoint
from consent import services as consent
from consent.models import Basis, ConsentRequest, LegalBasis, Purpose
from consent.views import POSTS_PER_LINK, too_many
from introductions import services as introductions
from mailing import outbox
from mailing.models import Message, State, Unfollowed
from privacy import access, deadlines, links, services, suppression
from privacy.models import DataRequest, LedgerEntry, Link, SuppressionEntry, SuppressionLift
from privacy.models.logs import AccessEntry
from privacy.models.suppression import Reason, Scope
from tests.factories import (
    make_candidacy,
    make_client,
    make_contact,
    make_event,
    make_message,
    make_request,
    make_user,
    make_vacancy,
)
from tests.support.client import Client
from watson.logs import clean

OBJECTION = {"kind": "objection", "words": "Stop it."}


def text(response) -> str:
    return " ".join(response.content.decode().split())


def me(candidacy) -> str:
    return links.path(links.issue("me", subject=candidacy.subject))


@pytest.fixture
def anna(vacancy):
    return make_candidacy(
        vacancy, notice=True, surname="Achternaam", email="anna@person.example", job_title="Controller", place="Ede"
    )


# Who sees what


def test_the_page_shows_what_is_held_why_and_since_when(anna, client, rosa):
    access.log(rosa, "view", [anna.subject_id])
    page = text(client.get(f"{me(anna)}?lang=en"))
    source = anna.sources.get()
    assert "Anna Achternaam" in page
    assert "Controller" in page
    assert "a…@person.example" in page
    assert "anna@person.example" not in page, "a link may be passed on"
    assert anna.vacancy.title in page
    assert anna.vacancy.client.legal_name in page
    assert "egitimate interest" in page
    assert source.url in page
    assert "Partner: once, on" in page
    assert "To nobody outside our agency." in page
    assert rosa.name not in page


def test_it_speaks_dutch_too(anna, client):
    page = client.get(f"{me(anna)}?lang=nl")
    assert "<h1>Mijn gegevens</h1>" in text(page)
    assert page.headers["Content-Language"] == "nl"


def test_it_shows_nothing_of_anybody_else(anna, vacancy, client):
    bob = make_candidacy(vacancy, given_name="Bob", surname="Ander", employer="Elders BV", email="bob@person.example")
    services.receive_request(kind="erasure", channel="form", subject=bob.subject, words="Geheim verzoek")
    other = make_candidacy(make_vacancy(title="Andere baan"), candidate=bob.candidate)
    page = text(client.get(f"{me(anna)}?lang=en"))
    theirs = text(client.get(f"{me(bob)}?lang=en"))
    for word in ("Bob", "Ander", "Elders", "b…@person.example", "Andere baan", bob.sources.get().url, "Erase my data,"):
        assert word in theirs
        assert word not in page
    assert other.vacancy.client.legal_name not in page


def test_a_colleague_without_a_title_is_named_by_role(anna, client):
    access.log(make_user("Zonder"), "view", [anna.subject_id])
    access.log(make_user("Zonder2"), "view", [anna.subject_id])
    assert "Recruiter: 2 times, last on" in text(client.get(f"{me(anna)}?lang=en"))


def test_a_client_contact_sees_their_own_facts(agency, client):
    contact = make_contact(make_client(name="Molen De Hoop"), name="Kees Molenaar", email="kees@client.example")
    page = text(client.get(f"{links.path(links.issue('me', subject=contact.subject))}?lang=en"))
    assert "Kees Molenaar" in page
    assert "Molen De Hoop" in page
    assert "k…@client.example" in page
    assert "You are in no vacancy with us." in page


@pytest.fixture
def confidential(agency, rosa):
    return make_vacancy(
        owner=rosa,
        client=make_client(name="Geheimzaal", legal_name="Geheimzaal Holding B.V."),
        is_confidential=True,
        sector_label="a family business in food",
        title="Finance director",
    )


def test_a_confidential_client_is_named_only_after_it_was_revealed(confidential, client, rosa):
    candidacy = make_candidacy(confidential, notice=True)
    path = f"{me(candidacy)}?lang=en"
    consent.request(subject=candidacy.subject, vacancy=confidential, actor=rosa, language="nl")
    page = text(client.get(path))
    assert "a family business in food" in page
    assert "Geheimzaal" not in page
    consent.reveal_client(subject=candidacy.subject, vacancy=confidential, actor=rosa)
    assert "Geheimzaal Holding B.V." in text(client.get(path))


def test_revealing_to_one_person_reveals_to_nobody_else(confidential, client, rosa):
    one, other = make_candidacy(confidential, notice=True), make_candidacy(confidential, notice=True)
    consent.reveal_client(subject=one.subject, vacancy=confidential, actor=rosa)
    assert "Geheimzaal" in text(client.get(f"{me(one)}?lang=en"))
    assert "Geheimzaal" not in text(client.get(f"{me(other)}?lang=en"))


def test_a_title_that_names_the_client_is_not_shown_either(confidential, client):
    confidential.title = "Finance director at Geheimzaal"
    confidential.save(update_fields=["title"])
    page = text(client.get(f"{me(make_candidacy(confidential, notice=True))}?lang=en"))
    assert "A confidential vacancy" in page
    assert "Geheimzaal" not in page


def test_it_says_to_whom_it_went(anna, client, rosa):
    contact = make_contact(anna.vacancy.client)
    asked = consent.request(subject=anna.subject, vacancy=anna.vacancy, actor=rosa, language="nl")
    link = links.issue("consent", subject=anna.subject, about_kind="consent_request", about_id=asked.pk)
    consent.give(asked, link=link, language="nl")
    introductions.introduce(candidacy=anna, contacts=[contact], shared=["profile"], words="", actor=rosa)
    page = text(client.get(f"{me(anna)}?lang=en"))
    assert f"{anna.vacancy.client.legal_name}, for {anna.vacancy.title}, on" in page
    assert contact.name not in page


# Links


def test_garbage_another_purpose_revoked_and_erased_meet_the_same_page(anna, client):
    withdraw = links.path(links.issue("withdraw", subject=anna.subject)).replace("/w/", "/me/")
    revoked = links.issue("me", subject=anna.subject)
    Link.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now())
    live = me(anna)
    for path in (f"/me/{'x' * 43}/", withdraw, links.path(revoked)):
        for method in (client.get, client.post):
            response = method(path)
            assert response.status_code == 404
            assert "Achternaam" not in text(response)
    assert client.get(live).status_code == 200
    type(anna.subject).objects.filter(pk=anna.subject_id).update(erased_at=timezone.now())
    assert client.get(live).status_code == 404


def test_looking_changes_nothing(anna, client):
    path = me(anna)
    before = (LedgerEntry.objects.count(), AccessEntry.objects.count(), LegalBasis.objects.count())
    for address in (path, f"{path}?kind=objection&following=off", f"{path}?asked=1"):
        assert client.get(address).status_code == 200
        assert client.head(address).status_code == 200
    assert (LedgerEntry.objects.count(), AccessEntry.objects.count(), LegalBasis.objects.count()) == before
    assert not DataRequest.objects.exists()
    assert client.put(path).status_code == 405


def test_staff_look_with_a_trace_and_ask_nothing(anna, desk, rosa):
    path = me(anna)
    assert desk(rosa).get(path).status_code == 200
    assert AccessEntry.objects.get().subjects == [anna.subject_id]
    assert desk(rosa).post(path, OBJECTION).status_code == 403
    assert not DataRequest.objects.exists()


def test_the_form_needs_its_token(anna):
    assert Client(enforce_csrf_checks=True).post(me(anna), OBJECTION).status_code == 403


def test_a_token_is_never_in_the_log(anna, client, desk, rosa, caplog):
    path = me(anna)
    token = path.split("/")[2]
    with caplog.at_level(logging.DEBUG):
        client.post(path, {"kind": ""})
        desk(rosa).post(path, OBJECTION)
    raw = "\n".join(record.getMessage() for record in caplog.records)
    assert token in raw, "Django names the path"
    assert token not in clean(raw)


# Asking


@pytest.mark.parametrize("kind", ["access", "rectification", "erasure", "restriction", "portability"])
def test_a_request_gets_its_date_and_a_receipt_and_stops_nothing(anna, client, kind):
    response = client.post(f"{me(anna)}?lang=en", {"kind": kind, "words": "Graag."}, follow=True)
    asked = DataRequest.objects.get()
    assert (asked.kind, asked.channel, asked.subject, asked.contact, asked.words) == (
        kind,
        "link",
        anna.subject,
        "anna@person.example",
        "Graag.",
    )
    assert asked.due_on == deadlines.due_date(asked.received_at)
    page = text(response)
    assert "We received your request" in page
    assert f"you get an answer on {asked.due_on.day} {asked.due_on:%B} {asked.due_on.year} at the latest" in page
    assert Message.objects.get(kind="receipt").act_id == asked.pk
    assert not Candidacy.objects.get().ended_at
    assert not SuppressionEntry.objects.exists()


def test_without_an_address_it_still_gets_its_date(anna, client):
    ContactPoint.objects.filter(candidate=anna.candidate).update(removed_at=timezone.now())
    client.post(me(anna), {"kind": "access"})
    asked = DataRequest.objects.get()
    assert asked.contact == ""
    assert asked.due_on == deadlines.due_date(asked.received_at)
    assert not Message.objects.filter(kind="receipt").exists()
    assert not services.has_receipt(asked)


def test_a_client_contact_gets_a_receipt_too(agency, client):
    contact = make_contact(email="kees@client.example")
    client.post(links.path(links.issue("me", subject=contact.subject)), {"kind": "access"})
    assert Message.objects.get(kind="receipt").to_email == "kees@client.example"


@pytest.mark.parametrize(("wrong", "field"), [({"kind": ""}, "kind"), ({"words": "a" * 5001}, "words")])
def test_bad_input_says_so_at_the_field_and_keeps_what_was_typed(anna, client, wrong, field):
    response = client.post(f"{me(anna)}?lang=en", {"kind": "access", "words": "Precious words", **wrong})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert (wrong.get("words") or "Precious words") in text(response)
    assert not DataRequest.objects.exists()


# Objecting


def test_an_objection_stops_everything_at_once(anna, client, rosa):
    second = make_candidacy(make_vacancy(owner=rosa, title="Tweede"), candidate=anna.candidate, notice=True)
    asked = consent.request(subject=anna.subject, vacancy=anna.vacancy, actor=rosa, language="nl")
    make_message(anna, state=State.QUEUED, to_email="anna@person.example")
    response = client.post(f"{me(anna)}?lang=en", OBJECTION, follow=True)
    assert "You asked us to stop" in text(response)
    assert DataRequest.objects.get().kind == "objection"
    for candidacy in (anna, second):
        candidacy.refresh_from_db()
        assert candidacy.ended_at is not None
        basis = LegalBasis.objects.current_of(anna.subject_id, candidacy.vacancy_id)
        assert basis is not None
        assert basis.basis == Basis.LEGAL_OBLIGATION
    asked.refresh_from_db()
    assert asked.closed_at is not None
    assert suppression.standing_for([("email", "anna@person.example")]).exists()
    assert Message.objects.get(kind="approach", state=State.ABORTED).handled_at is not None, "nobody has to look at it"
    assert Candidate.objects.get(pk=anna.candidate_id).erase_on is not None


def test_after_it_nothing_leaves_but_the_receipt(anna, client):
    client.post(me(anna), OBJECTION)
    make_message(
        anna, key="late", to_email="anna@person.example", recipient_hmacs=suppression.hmacs(
            [("email", "anna@person.example")]
        )
    )  # fmt: skip
    left = outbox.claim()
    assert {(message.kind, message.act_kind) for message in left} == {("receipt", "data_request")}
    assert Message.objects.get(key="late").reason == "i8_suppressed"


def test_it_takes_back_a_yes_and_the_client_sees_the_person_no_more(anna, client, rosa):
    asked = consent.request(subject=anna.subject, vacancy=anna.vacancy, actor=rosa, language="nl")
    link = links.issue("consent", subject=anna.subject, about_kind="consent_request", about_id=asked.pk)
    consent.give(asked, link=link, language="nl")
    assert ConsentRequest.objects.given().exists()
    client.post(me(anna), OBJECTION)
    assert not ConsentRequest.objects.given().exists()


def test_it_lifts_nothing_and_twice_is_once(anna, client):
    suppression.suppress(
        [("email", "anna@person.example")],
        scope=Scope.CLIENT,
        reason=Reason.REFUSED,
        client=anna.vacancy.client_id,
        actor=None,
    )
    path = me(anna)
    client.post(path, OBJECTION)
    before = SuppressionEntry.objects.standing().count()
    assert before > 1
    client.post(path, OBJECTION)
    assert SuppressionEntry.objects.standing().count() == before
    assert not SuppressionLift.objects.exists()
    assert LedgerEntry.objects.filter(kind="contact.stopped").count() == 1
    assert DataRequest.objects.count() == 2, "each is answered"


def test_an_objection_that_cannot_take_effect_is_not_half_noted(anna, client, monkeypatch):
    def broken(**kwargs):
        raise RuntimeError("no")

    monkeypatch.setattr(consent, "stop_everything", broken)
    with pytest.raises(RuntimeError):
        client.post(me(anna), OBJECTION)
    assert not DataRequest.objects.exists()


def test_somebody_at_a_client_stops_too(agency, client):
    contact = make_contact(email="kees@client.example")
    client.post(links.path(links.issue("me", subject=contact.subject)), OBJECTION)
    assert suppression.standing_for([("email", "kees@client.example")]).exists()


def test_the_trace_and_the_language_of_the_stop_are_the_persons(anna, client, rosa):
    consent.request(subject=anna.subject, vacancy=anna.vacancy, actor=rosa, language="nl")
    client.post(f"{me(anna)}?lang=en", OBJECTION, headers={"User-Agent": "Phone"})
    event = ConsentRequest.objects.get(purpose=Purpose.INTRODUCE).events.get()
    assert (event.kind, event.language, event.trace.user_agent) == ("refused", "en", "Phone")


# Measuring


def test_the_switch_for_measuring_is_shown_and_works(anna, client):
    path = f"{me(anna)}?lang=en"
    assert "Do not measure this" in text(client.get(path))
    assert client.post(path, {"following": "off"}).status_code == 302
    assert Unfollowed.objects.filter(subject=anna.subject).exists()
    assert "You may measure it again" in text(client.get(path))
    client.post(path, {"following": "on"})
    assert not Unfollowed.objects.exists()
    assert not DataRequest.objects.exists()


def test_too_many_posts_through_one_link(anna, client):
    link = links.issue("me", subject=anna.subject)
    for _earlier in range(POSTS_PER_LINK - 1):
        too_many(link)
    codes = [client.post(links.path(link), {"kind": ""}).status_code for _ in range(2)]
    assert codes == [422, 429]


def test_an_old_link_still_opens(anna, client):
    """Somebody's rights do not expire with a vacancy."""
    link = links.issue("me", subject=anna.subject)
    Link.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(days=1))
    assert client.get(links.path(link)).status_code == 200


# An agency that has set up nothing yet


def test_an_objection_takes_effect_without_words_or_details(db, client):
    """No text is published and nobody filled in who the agency is: the right stands all the same."""
    candidacy = make_candidacy(notice=True, email="anna@person.example")
    asked = make_request(candidacy)
    make_event(asked)
    path = f"{me(candidacy)}?lang=en"
    assert "This agency" in text(client.get(path))
    assert client.post(path, OBJECTION).status_code == 302
    assert not ConsentRequest.objects.given().exists()
    candidacy.refresh_from_db()
    assert candidacy.ended_at is not None
    assert not Message.objects.filter(kind="receipt").exists()
    assert set(LedgerEntry.objects.filter(kind__endswith="no_receipt").values_list("kind", flat=True)) == {
        "mail.no_receipt",
        "request.no_receipt",
    }


def test_a_note_the_person_may_read_stands_there_and_no_other(anna, client, rosa):
    candidates.write_note(anna.candidate, text="Liever per mail", may_read=True, actor=rosa)
    candidates.write_note(anna.candidate, text="Nog niet bellen", actor=rosa)
    gone = candidates.write_note(anna.candidate, text="Toch niet", may_read=True, actor=rosa)
    candidates.remove_note(gone, actor=rosa)
    page = text(client.get(f"{me(anna)}?lang=en"))
    assert "Liever per mail" in page
    assert "by our Partner" in page
    assert "Nog niet bellen" not in page
    assert "Toch niet" not in page
