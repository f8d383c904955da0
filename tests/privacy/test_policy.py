"""The public policy: for everybody, in both languages, and true to the settings."""

import pytest

from accounts.models import Organisation
from tests.factories import make_organisation

URL = "/privacy/"


def text(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize(
    ("language", "title"), [("en", "How we handle your data"), ("nl", "Hoe wij met uw gegevens omgaan")]
)
def test_everybody_reads_it_in_either_language(agency, client, language, title):
    response = client.get(f"{URL}?lang={language}")
    assert response.status_code == 200
    page = text(response)
    assert f"<h1>{title}</h1>" in page
    assert f'<html lang="{language}"' in page
    assert "Voorbeeld Search B.V." in page
    assert "privacy@search.example" in page
    assert "sessionid" not in response.cookies


def test_it_says_the_periods_that_are_set(client, db):
    make_organisation(no_answer_days=21, retention_days=14)
    page = text(client.get(f"{URL}?lang=en"))
    assert "erased 21 days after our message" in page
    assert "until 14 days after the procedure ends" in page


@pytest.mark.parametrize(
    ("tracking", "sentence"),
    [
        ("disclosed", "We measure whether our mail arrives"),
        ("consent", "only with your consent"),
        ("off", "We do not measure whether our mail is opened."),
    ],
)
def test_it_says_what_is_measured(client, db, tracking, sentence):
    make_organisation(mail_tracking=tracking)
    assert sentence in text(client.get(f"{URL}?lang=en"))


def test_it_stands_before_the_agency_has_a_name(client, db):
    response = client.get(f"{URL}?lang=en")
    assert response.status_code == 200
    page = text(response)
    assert "This agency looks for people on behalf of its clients" in page
    assert "Questions:" not in page
    assert Organisation.objects.count() == 1


def test_it_is_only_read(client, db):
    assert client.head(URL).status_code == 200
    assert client.post(URL).status_code == 405


def test_it_leads_to_the_request(client, db):
    assert 'href="/privacy/request/"' in text(client.get(URL))
