"""A request at the desk: noted by an officer, looked at, answered once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mailing.models import Message
from privacy import deadlines, services
from privacy.desk import deciding
from privacy.models import AccessEntry, DataRequest, Telling
from privacy.steps import record
from tests.factories import make_candidacy
from tests.privacy.asking import leave

NEW = "/privacy-desk/requests/new/"
DAY = timedelta(days=1)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def noted(**fields):
    moment = timezone.localtime(timezone.now() - 2 * DAY)
    return {
        "kind": "access",
        "channel": "mail",
        "contact": "anna@person.example",
        "language": "nl",
        "received_at": moment.strftime("%Y-%m-%dT%H:%M"),
        "words": "Wat weet u van mij?",
        **fields,
    }


def page_of(asked):
    return f"/privacy-desk/requests/{asked.pk}/"


@pytest.fixture
def asked(agency):
    return services.receive_request(
        kind="erasure", channel="mail", contact="anna@person.example", words="Weg ermee", language="en"
    )


# Who may


def test_the_door(desk, asked, rosa, olga, ada, carl):
    answer = f"{page_of(asked)}answer/"
    for url in (NEW, page_of(asked)):
        assert desk(None).get(url).headers["Location"] == f"/accounts/login/?next={url}"
        assert [desk(user).get(url).status_code for user in (carl, rosa)] == [404, 404]
        assert [desk(user).get(url).status_code for user in (olga, ada)] == [200, 200]
    said = {"outcome": "Done.", "result": "done", "send": "1"}
    assert desk(None).post(answer, said).status_code == 302
    assert [desk(user).post(answer, said).status_code for user in (carl, rosa)] == [404, 404]
    asked.refresh_from_db()
    assert asked.answered_at is None


def test_wrong_methods_and_unknown_requests(desk, asked, olga):
    browser = desk(olga)
    assert browser.put(NEW).status_code == 405
    assert browser.post(page_of(asked)).status_code == 405
    assert browser.get(f"{page_of(asked)}answer/").status_code == 405
    nobody = "/privacy-desk/requests/6f2b4c1e-0000-4000-8000-000000000000/"
    assert browser.get(nobody).status_code == 404
    assert browser.post(f"{nobody}answer/", {"outcome": "Done."}).status_code == 404


# Noting


def test_a_request_counts_from_the_day_it_reached_the_agency(desk, agency, olga):
    candidacy = make_candidacy(email="anna@person.example")
    response = desk(olga).post(NEW, noted())
    asked = DataRequest.objects.get()
    assert response.headers["Location"] == page_of(asked)
    assert timezone.localdate(asked.received_at) == timezone.localdate() - 2 * DAY
    assert asked.due_on == deadlines.due_date(asked.received_at)
    assert (asked.logged_by, asked.subject, asked.channel) == (olga, candidacy.subject, "mail")
    message = Message.objects.get(template__kind="receipt_request")
    assert (message.to_email, message.language, message.act_id) == ("anna@person.example", "nl", asked.pk)


def test_the_receipt_speaks_the_language_the_officer_chose(desk, agency, olga):
    desk(olga).post(f"{NEW}?lang=nl", noted(language="en"))
    assert Message.objects.get().language == "en"


def test_a_letter_needs_no_mailbox_and_no_phone(desk, agency, olga):
    response = desk(olga).post(NEW, noted(channel="letter", contact="Kade 1, 3511 AA Utrecht"), follow=True)
    asked = DataRequest.objects.get()
    assert asked.contact == "Kade 1, 3511 AA Utrecht"
    assert asked.due_on == deadlines.due_date(asked.received_at)
    assert not Message.objects.exists()
    assert "No receipt went out" in text(response)


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"kind": ""}, "kind", "This field is required."),
        ({"channel": "form"}, "channel", "Select a valid choice"),
        ({"contact": ""}, "contact", "This field is required."),
        ({"contact": "Kade 1"}, "contact", "A phone number has digits only"),
        ({"channel": "letter", "contact": "anna@"}, "contact", "An e-mail address"),
        ({"received_at": "yesterday"}, "received_at", "Enter a valid date/time."),
        ({"received_at": "2999-01-01T10:00"}, "received_at", "cannot have been received in the future"),
    ],
)
def test_bad_input_says_so_at_the_field_and_keeps_what_was_typed(desk, agency, olga, wrong, field, sentence):
    response = desk(olga).post(f"{NEW}?lang=en", noted(**wrong))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert sentence in response.context["form"].errors[field][0]
    assert "Wat weet u van mij?" in text(response)
    assert not DataRequest.objects.exists()


# Looking


def test_the_page_says_what_until_when_and_why(desk, asked, olga):
    page = text(desk(olga).get(f"{page_of(asked)}?lang=en"))
    assert "Erase my data" in page
    assert "Weg ermee" in page
    assert "nobody here has this address" in page
    assert str(deadlines.why(asked.received_at)) in page.replace("&#x27;", "'").replace("&quot;", '"')
    assert not AccessEntry.objects.exists(), "nobody is shown"


def test_who_is_shown_is_in_the_access_log(desk, agency, olga):
    candidacy = make_candidacy(surname="Vraagt")
    asked = services.receive_request(kind="access", channel="mail", subject=candidacy.subject)
    assert "Anna Vraagt" in text(desk(olga).get(page_of(asked)))
    entry = AccessEntry.objects.get()
    assert (entry.subjects, entry.about_kind, entry.about_id) == ([candidacy.subject_id], "data_request", asked.pk)


# Answering


def answer(**fields):
    return {"result": "nothing", "outcome": "We hold nothing about you.", "channel": "", **fields}


def test_the_answer_is_seen_before_it_is_sent(desk, asked, olga):
    page = desk(olga).post(f"{page_of(asked)}answer/?lang=en", answer())
    assert page.status_code == 200
    assert "We hold nothing about you." in text(page)
    assert "Our answer to your request" in text(page)
    assert 'name="send"' in text(page)
    asked.refresh_from_db()
    assert asked.is_open
    assert not Message.objects.filter(kind="rights_answer").exists()


def test_an_answer_is_sent_and_stops_the_clock(desk, asked, olga):
    response = desk(olga).post(f"{page_of(asked)}answer/", answer(send="1"), follow=True)
    asked.refresh_from_db()
    assert (asked.answered_by, asked.result, asked.outcome) == (olga, "nothing", "We hold nothing about you.")
    assert Message.objects.get(kind="rights_answer").to_email == "anna@person.example"
    assert 'name="outcome"' not in text(response)
    assert not DataRequest.objects.open().exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"outcome": " "}, "outcome"), ({"result": "refused"}, "result"), ({"channel": "x"}, "channel")],
)
def test_bad_answers_say_so_at_the_field(desk, asked, olga, wrong, field):
    response = desk(olga).post(f"{page_of(asked)}answer/?lang=en", answer(send="1", **wrong))
    assert response.status_code == 422
    assert list(response.context["answer_form"].errors) == [field]
    asked.refresh_from_db()
    assert (asked.answered_at, asked.outcome) == (None, "")


def test_a_second_answer_is_refused_and_keeps_what_was_typed(desk, asked, olga, ada):
    deciding.answer_request(asked, outcome="Erased.", actor=ada)
    response = desk(olga).post(f"{page_of(asked)}answer/?lang=en", answer(send="1", outcome="Erased again."))
    assert response.status_code == 422
    page = text(response)
    assert "answered already" in page
    assert "Erased again." in page
    asked.refresh_from_db()
    assert (asked.answered_by, asked.outcome) == (ada, "Erased.")


# Longer, refused, told by hand


def test_a_longer_term_is_seen_first_then_decided(desk, asked, olga):
    browser, url = desk(olga), f"{page_of(asked)}extend/?lang=en"
    said = {"ground": "complex", "reasons": "Your data are in three assignments."}
    seen = text(browser.post(url, said))
    assert "We need longer for your request" in seen
    assert not asked.decisions.exists()
    page = text(browser.post(url, {**said, "send": "1"}, follow=True))
    assert "not longer yet" in page
    leave()
    assert "The person was told so in time" in text(browser.get(f"{page_of(asked)}?lang=en"))
    again = browser.post(url, {**said, "send": "1"})
    assert again.status_code == 422
    assert "once, not more" in text(again)


def test_a_refusal_is_seen_decided_approved_and_sent(desk, asked, olga, ada):
    browser, said = desk(olga), {"ground": "excessive", "reasons": "The tenth time this week."}
    seen = text(browser.post(f"{page_of(asked)}refuse/?lang=en", said))
    assert "Autoriteit Persoonsgegevens" in seen
    browser.post(f"{page_of(asked)}refuse/", {**said, "send": "1"})
    page = text(browser.post(f"{page_of(asked)}refusal/?lang=en", {"act": "send"}, follow=True))
    assert "has to approve" in page
    desk(ada).post(f"{page_of(asked)}refusal/", {"act": "approve"})
    browser.post(f"{page_of(asked)}refusal/", {"act": "send"})
    asked.refresh_from_db()
    assert asked.result == "refused"
    assert Message.objects.filter(kind="refusal").exists()


def test_there_is_no_refusal_to_send_before_it_is_decided(desk, asked, olga):
    page = text(desk(olga).post(f"{page_of(asked)}refusal/?lang=en", {"act": "send"}, follow=True))
    assert "There is no refusal to send" in page


def test_a_receipt_told_by_hand(desk, agency, olga):
    asked = services.take_in(kind="access", channel="phone", contact="0612345678", words="", language="en", actor=olga)
    browser = desk(olga)
    page = text(browser.get(f"{page_of(asked)}?lang=en"))
    assert "to read aloud" in page
    assert "No receipt went out" in page
    browser.post(f"{page_of(asked)}told/", {"kind": "receipt", "channel": "phone"})
    assert asked.notices.get().by == olga
    assert "to read aloud" not in text(browser.get(f"{page_of(asked)}?lang=en"))
    wrong = browser.post(f"{page_of(asked)}told/?lang=en", {"kind": "gossip"}, follow=True)
    assert "Say what was told" in text(wrong)


# Who asks


def test_the_officer_finds_out_who_asks_and_how_we_know(desk, agency, olga):
    candidacy = make_candidacy(email="anna@person.example")
    asked = services.receive_request(kind="access", channel="mail", contact="other@else.example", language="en")
    browser, url = desk(olga), f"{page_of(asked)}who/?lang=en"
    wrong = browser.post(url, {"act": "tie", "address": "nobody@else.example"}, follow=True)
    assert "Nobody here alone" in text(wrong)
    browser.post(url, {"act": "tie", "address": "Anna@person.example"})
    asked.refresh_from_db()
    assert asked.subject == candidacy.subject
    browser.post(url, {"act": "mailbox"})
    assert Message.objects.get(template__kind="receipt_identity").to_email == "anna@person.example"
    browser.post(url, {"act": "callback"})
    assert "We know who asks" in text(browser.get(f"{page_of(asked)}?lang=en"))
    assert "Choose how you know" in text(browser.post(url, {"act": "guess"}, follow=True))


def test_the_form_refuses_to_ask_for_an_identity_document_and_says_why(desk, agency, olga):
    asked = services.receive_request(kind="access", channel="mail", subject=make_candidacy().subject, language="en")
    said = {"act": "doubt", "doubt": "Another address.", "asked": "Send a copy of your passport, please."}
    response = desk(olga).post(f"{page_of(asked)}who/?lang=en", said)
    assert response.status_code == 422
    assert "Do not ask for an identity document" in text(response)
    assert "Another address." in text(response)
    assert not asked.identity_checks.exists()
    desk(olga).post(f"{page_of(asked)}who/", {**said, "asked": "Call us."})
    assert asked.identity_checks.get().doubt == "Another address."


# Recipients


def test_recipients_are_told_or_not_with_a_reason(desk, agency, olga):
    asked = services.receive_request(kind="erasure", channel="mail", subject=make_candidacy().subject)
    first, second = (Telling.objects.create(request=asked, kind="vendor", name=name) for name in ("Alpha", "Beta"))
    browser, url = desk(olga), f"{page_of(asked)}recipients/?lang=en"
    page = text(browser.get(f"{page_of(asked)}?lang=en"))
    assert "Alpha" in page
    assert "Tell whoever got the data" in page
    browser.post(url, {"act": "told", "line": first.pk})
    browser.post(url, {"act": "done", "line": first.pk})
    assert "Say why" in text(browser.post(url, {"act": "waive", "line": second.pk}, follow=True))
    browser.post(url, {"act": "waive", "line": second.pk, "reason": "Gone."})
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.acknowledged_at is not None
    assert second.waived_reason == "Gone."
    assert "Choose a recipient" in text(browser.post(url, {"act": "told", "line": "x"}, follow=True))
    assert "Choose what to do" in text(browser.post(url, {"act": "x", "line": first.pk}, follow=True))


def test_acts_on_a_request_are_the_officers(desk, asked, rosa, carl, olga):
    for act in ("answer", "extend", "refuse", "refusal", "told", "who", "mandate", "recipients"):
        url = f"{page_of(asked)}{act}/"
        assert desk(None).post(url).status_code == 302
        assert [desk(user).post(url).status_code for user in (carl, rosa)] == [404, 404]
        assert desk(olga).get(url).status_code == 405
        nobody = f"/privacy-desk/requests/6f2b4c1e-0000-4000-8000-000000000000/{act}/"
        assert desk(olga).post(nobody).status_code == 404


def test_the_page_costs_the_same_however_much_was_done(desk, agency, olga):
    asked = services.receive_request(kind="erasure", channel="mail", subject=make_candidacy().subject)
    browser = desk(olga)

    def cost() -> int:
        browser.get(page_of(asked))
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(page_of(asked)).status_code == 200
        return len(captured)

    Telling.objects.create(request=asked, kind="vendor", name="Alpha")
    record(asked, "test.first", actor=olga)
    few = cost()
    for number in range(10):
        Telling.objects.create(request=asked, kind="vendor", name=f"More {number}")
        record(asked, f"test.{number}", actor=olga)
    assert cost() == few
    assert few < 40
