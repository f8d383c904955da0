"""A copy of somebody's data holds their mail in linked mailboxes, and says what could not be searched (art. 15)."""

import itertools
import json

import pytest

from mailing.mailboxes import services
from mailing.models import Mailbox
from privacy.exports import packing
from privacy.exports import services as copies
from privacy.models import DataCopy
from privacy.services import receive_request
from tests import factories
from tests.mailing.mails import mail
from tests.support.dovecot import PASSWORD, SENT

ANNA = "anna.copy@person.example"
_number = itertools.count(1)


@pytest.fixture
def rosa(db):
    return factories.make_user("Rosa", email=f"rosa.copy{next(_number)}@search.example")


@pytest.fixture
def olga(db):
    return factories.make_user("Olga", "officer")


@pytest.fixture
def anna(rosa):
    factories.make_organisation()
    return factories.make_candidacy(factories.make_vacancy(owner=rosa), email=ANNA)


@pytest.fixture
def linked(dovecot, rosa):
    server = services.Server(dovecot.host, dovecot.port, "tls", "", "password")
    return services.link_imap(rosa.email, server, PASSWORD, owner=rosa, mode="purge", actor=rosa)


def copy_of(anna, olga, language="en"):
    asked = receive_request(kind="access", channel="mail", subject=anna.subject, contact=ANNA)
    copy = copies.prepare(asked, kind="access", language=language, actor=olga)
    assert copies.make(copy.pk)
    copy = DataCopy.objects.get(pk=copy.pk)
    body = copies.content(copy)
    page = packing.member(body, packing.PAGE).decode()
    return copy, page, json.loads(packing.member(body, packing.DATA))


def test_mail_both_ways_is_in_it(dovecot, linked, anna, rosa, olga):
    dovecot.put(rosa.email, mail(ANNA, rosa.email, "Mijn vraag", text="Wat verdient het?"))
    dovecot.put(rosa.email, mail(rosa.email, ANNA, "Antwoord", text="Dat hangt ervan af."), folder=SENT)
    dovecot.put(rosa.email, mail("bob@person.example", rosa.email, "Van Bob", text=f"Ken je {ANNA}?"))
    _copy, page, data = copy_of(anna, olga)
    rows = {row["subject_line"]: row for row in data["tables"]["mailboxes.Mail"]["rows"]}
    assert set(rows) == {"Mijn vraag", "Antwoord"}
    assert (rows["Mijn vraag"]["direction"], rows["Mijn vraag"]["text"]) == ("from_you", "Wat verdient het?")
    assert rows["Antwoord"]["direction"] == "to_you"
    assert rows["Antwoord"]["sent_at"].startswith("2026-11-23T10:00:00")
    for words in ("Wat verdient het?", "Dat hangt ervan af.", "23 November 2026, 10:00", "from you", "to you"):
        assert words in page
    assert "Van Bob" not in page


def test_once_where_two_colleagues_have_it(dovecot, linked, anna, rosa, olga):
    server = services.Server(dovecot.host, dovecot.port, "tls", "", "password")
    sam = factories.make_user("Sam", email=f"sam.copy{next(_number)}@search.example")
    services.link_imap(sam.email, server, PASSWORD, owner=sam, mode="purge", actor=sam)
    both = mail(ANNA, f"{rosa.email}, {sam.email}", "Aan beiden")
    dovecot.put(rosa.email, both)
    dovecot.put(sam.email, both)
    _copy, _page, data = copy_of(anna, olga)
    assert len(data["tables"]["mailboxes.Mail"]["rows"]) == 1


def test_what_could_not_be_searched_is_said_and_keeps_nothing_back(dovecot, linked, anna, rosa, olga, settings):
    settings.MAILBOX_CA_FILE = ""
    copy, page, data = copy_of(anna, olga)
    assert "1 mailbox of a colleague could not be searched" in page
    assert len(data["not_searched"]) == 1
    assert "candidates.Candidate" in data["tables"]
    assert copy.counts["failures"] == 1
    assert Mailbox.objects.get().trouble == "certificate"
    settings.MAILBOX_CA_FILE = str(dovecot.ca)
    copy, page, data = copy_of(anna, olga)
    assert data["not_searched"] == []
    assert "could not be searched" not in page


def test_without_mailboxes_nothing_is_asked_or_said(anna, olga):
    _copy, page, data = copy_of(anna, olga)
    assert "mailboxes.Mail" not in data["tables"]
    assert "could not be searched" not in page
