"""A request at the desk: noted by an officer, looked at, answered once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mailing.models import Message
from privacy import deadlines, services
from privacy.models import AccessEntry, DataRequest
from tests.factories import make_candidacy

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
    return services.receive_request(kind="erasure", channel="mail", contact="anna@person.example", words="Weg ermee")


# Who may


def test_the_door(desk, asked, rosa, olga, ada, carl):
    answer = f"{page_of(asked)}answer/"
    for url in (NEW, page_of(asked)):
        assert desk(None).get(url).headers["Location"] == f"/accounts/login/?next={url}"
        assert [desk(user).get(url).status_code for user in (carl, rosa)] == [404, 404]
        assert [desk(user).get(url).status_code for user in (olga, ada)] == [200, 200]
    assert desk(None).post(answer, {"outcome": "Done."}).status_code == 302
    assert [desk(user).post(answer, {"outcome": "Done."}).status_code for user in (carl, rosa)] == [404, 404]
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
    message = Message.objects.get()
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


def test_an_answer_stops_the_clock(desk, asked, olga):
    response = desk(olga).post(f"{page_of(asked)}answer/", {"outcome": "Erased everything."}, follow=True)
    asked.refresh_from_db()
    assert (asked.answered_by, asked.outcome) == (olga, "Erased everything.")
    assert asked.answered_at is not None
    assert "Erased everything." in text(response)
    assert 'name="outcome"' not in text(response)
    assert not DataRequest.objects.open().exists()


def test_an_answer_needs_words(desk, asked, olga):
    response = desk(olga).post(f"{page_of(asked)}answer/?lang=en", {"outcome": " "})
    assert response.status_code == 422
    assert response.context["form"].errors["outcome"] == ["This field is required."]
    asked.refresh_from_db()
    assert (asked.answered_at, asked.outcome) == (None, "")


def test_a_second_answer_is_refused_and_keeps_what_was_typed(desk, asked, olga, ada):
    services.answer_request(asked, outcome="Erased.", actor=ada)
    response = desk(olga).post(f"{page_of(asked)}answer/?lang=en", {"outcome": "Erased again."})
    assert response.status_code == 422
    page = text(response)
    assert "answered already" in page
    assert "Erased again." in page
    asked.refresh_from_db()
    assert (asked.answered_by, asked.outcome) == (ada, "Erased.")
