"""Mail to a client with a candidate in it: seen in sent mail on a real Dovecot, asked about on Today, never kept."""

import itertools
from email.message import EmailMessage

import pytest
from django.db import connections

from introductions import spotting, tasks
from introductions.models import Introduction, SpottedMail
from mailing.mailboxes import services
from mailing.models import MailboxWatch
from privacy.guards import Refused
from privacy.models import Breach, LedgerEntry, Subject
from tests import factories
from tests.mailing.mails import mail
from tests.support.dovecot import PASSWORD, SENT

ANNA = "anna.spot@person.example"
_number = itertools.count(1)


@pytest.fixture
def rosa(db):
    return factories.make_user("Rosa", email=f"rosa.spot{next(_number)}@search.example")


@pytest.fixture
def anna(rosa):
    return factories.make_candidacy(
        factories.make_vacancy(owner=rosa), email=ANNA, given_name="Anna", surname="Zwaluwstaart", notice=True
    )


@pytest.fixture
def klaas(anna):
    return factories.make_contact(anna.vacancy.client)


@pytest.fixture
def box(dovecot, rosa, klaas):
    """Linked, and looked at once: what was sent before is nobody's business any more."""
    server = services.Server(dovecot.host, dovecot.port, "tls", "", "password")
    linked = services.link_imap(rosa.email, server, PASSWORD, owner=rosa, mode="purge", actor=rosa)
    dovecot.put(rosa.email, mail(rosa.email, klaas.email, "before", text=ANNA), folder=SENT)
    assert spotting.watch(linked) == 0
    return linked


def sent(dovecot, rosa, *mails):
    dovecot.put(rosa.email, *mails, folder=SENT)


def with_file(rosa, klaas, name):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = rosa.email, klaas.email, "Zie bijlage"
    message["Message-ID"] = f"<{name.replace(' ', '')}@x>"
    message.set_content("Zie bijlage.")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=name)
    return message.as_bytes()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"Bel haar: {ANNA.upper()}", "email"),
        ("Wat vind je van anna\nZwaluwstaart?", "name"),
        ("Wat vind je van Anna Zwaluwstaart?", "name"),
        ("Wat vind je van de begroting?", ""),
    ],
)
def test_seen_by_what_stands_in_it(dovecot, box, rosa, anna, klaas, text, why):
    sent(dovecot, rosa, mail(rosa.email, klaas.email, "Vraag", text=text))
    assert spotting.watch(box) == (1 if why else 0)
    assert list(SpottedMail.objects.values_list("candidacy", "contact", "why")) == (
        [(anna.pk, klaas.pk, why)] if why else []
    )


def test_a_cv_of_nobody_we_know(dovecot, box, rosa, klaas):
    sent(dovecot, rosa, with_file(rosa, klaas, "CV Jansen.pdf"), with_file(rosa, klaas, "offerte.pdf"))
    assert spotting.watch(box) == 1
    assert SpottedMail.objects.get().why == "cv"


def test_only_mail_to_clients_of_people_in_their_vacancies(dovecot, box, rosa, anna, klaas):
    other = factories.make_contact(factories.make_vacancy().client)
    sent(dovecot, rosa, mail(rosa.email, "sam@search.example", "a", text=ANNA))
    sent(dovecot, rosa, mail(rosa.email, other.email, "b", text=ANNA))
    assert spotting.watch(box) == 0
    sent(dovecot, rosa, mail(rosa.email, f"sam@search.example, {klaas.email}", "c", text=ANNA))
    assert spotting.watch(box) == 1


def test_each_mail_once_and_nothing_of_it_is_kept(dovecot, box, rosa, klaas):
    sent(dovecot, rosa, mail(rosa.email, klaas.email, "Geheimpje", text=f"{ANNA} Geheimpje"))
    mark = MailboxWatch.objects.get().mark
    assert spotting.watch(box) == 1
    assert spotting.watch(box) == 0
    MailboxWatch.objects.update(mark=mark)  # a worker that died before it wrote how far it was
    assert spotting.watch(box) == 0
    with connections["default"].cursor() as cursor:
        for table in ("introductions_spottedmail", "mailing_mailboxwatch"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            held = cursor.fetchone()[0]
            assert "Geheimpje" not in held
            assert ANNA not in held


def test_what_fails_is_told_the_owner(dovecot, box, settings):
    settings.MAILBOX_CA_FILE = ""
    assert tasks.watch_mailbox(str(box.pk)) == 0
    box.refresh_from_db()
    assert box.trouble == "certificate"


def signed_in(client, user):
    client.force_login(user)
    return client


@pytest.fixture
def spotted(dovecot, box, rosa, klaas):
    sent(dovecot, rosa, mail(rosa.email, klaas.email, "Vraag", text=ANNA))
    spotting.watch(box)
    return SpottedMail.objects.get()


def test_asked_on_today_of_the_sender_alone(client, spotted, rosa):
    url = f"/spotted/{spotted.pk}/"
    assert url in signed_in(client, rosa).get("/").content.decode()
    assert "Zwaluwstaart" in client.get(url).content.decode()
    for user in (factories.make_user("Sam"), factories.make_user("Olga", "officer")):
        browser = signed_in(client, user)
        assert url not in browser.get("/").content.decode()
        assert browser.get(url).status_code == 404
        assert browser.post(f"{url}settle/", {"what": "nothing"}).status_code == 404


def test_of_who_left_the_officer_says_what_it_was(client, spotted, rosa):
    rosa.is_active = False
    rosa.save()
    olga, url = factories.make_user("Olga", "officer"), f"/spotted/{spotted.pk}/"
    assert signed_in(client, factories.make_user("Sam")).get(url).status_code == 404
    browser = signed_in(client, olga)
    assert url in browser.get("/").content.decode()
    assert f"{url}settle/" in browser.get(url).content.decode()
    assert browser.post(f"{url}settle/", {"what": "nothing"}).status_code == 302
    spotted.refresh_from_db()
    assert (spotted.what, spotted.settled_by) == ("nothing", olga)


def test_restricted_people_are_not_asked_about(client, spotted, rosa):
    assert SpottedMail.objects.waiting_for(rosa).exists()
    Subject.objects.filter(pk=spotted.candidacy.subject_id).update(restricted_at=spotted.sent_at)
    assert not SpottedMail.objects.waiting_for(rosa).exists()


def test_an_introduction_only_where_one_is_registered(client, spotted, rosa, anna):
    url = f"/spotted/{spotted.pk}/"
    browser = signed_in(client, rosa)
    assert f"/candidacies/{anna.pk}/introduce/" not in browser.get(url).content.decode(), "there is no yes"
    with pytest.raises(Refused):
        spotting.settle(spotted, "introduced", actor=rosa)
    browser.post(f"{url}settle/", {"what": "introduced"})
    spotted.refresh_from_db()
    assert spotted.what == ""
    assert browser.post(f"{url}settle/", {"what": "no such"}).status_code == 302
    assert browser.get(f"{url}settle/").status_code == 405


def test_where_one_is_registered_it_counts_and_is_asked_no_more(dovecot, box, rosa, anna, klaas, spotted):
    asked = factories.make_request(anna)
    Introduction.objects.create(
        candidacy=anna,
        subject=anna.subject,
        vacancy=anna.vacancy,
        client=anna.vacancy.client,
        request=asked,
        event=factories.make_event(asked),
        shared=asked.shared,
        introduced_by=rosa,
    )
    assert spotting.settle(spotted, "introduced", actor=rosa).what == "introduced"
    sent(dovecot, rosa, mail(rosa.email, klaas.email, "Nog iets", text=ANNA))
    assert spotting.watch(box) == 0


def test_a_breach_reaches_the_officer_with_its_hours(client, spotted, rosa):
    url = f"/spotted/{spotted.pk}/"
    signed_in(client, rosa).post(f"{url}settle/", {"what": "breach"})
    olga = factories.make_user("Olga", "officer")
    browser = signed_in(client, olga)
    (breach,) = Breach.objects.open()
    spotted.refresh_from_db()
    assert (spotted.what, spotted.breach, breach.reported_by) == ("breach", breach, rosa)
    assert breach.aware_at == spotted.settled_at
    assert url in breach.what
    assert "Zwaluwstaart" not in breach.what, "nobody's name"
    assert f"/privacy-desk/breaches/{breach.pk}/" in browser.get(url).content.decode()
    assert f"/privacy-desk/breaches/{breach.pk}/" in browser.get("/privacy-desk/").content.decode()
    assert LedgerEntry.objects.filter(kind="mail.spotted_settled").count() == 1
    services.unlink(spotted.mailbox, actor=rosa)
    assert SpottedMail.objects.get().what == "breach", "a report outlives the link"


def test_not_an_introduction_is_over(client, spotted, rosa):
    spotting.settle(spotted, "nothing", actor=rosa)
    with pytest.raises(Refused):
        spotting.settle(spotted, "breach", actor=rosa)
    assert not SpottedMail.objects.waiting_for(rosa).exists()
