"""Linking a mailbox at the desk: what it takes, what is said when it fails, who sees what, and unlinking."""

import itertools

import pytest

from accounts.models import Organisation
from mailing import tasks
from mailing.mailboxes import opening, services
from mailing.models import Mailbox
from privacy import sealing
from privacy.models import LedgerEntry
from tests import factories
from tests.support.dovecot import PASSWORD

_number = itertools.count(1)


@pytest.fixture
def rosa(db):
    return factories.make_user("Rosa")


@pytest.fixture
def sam(db):
    return factories.make_user("Sam")


@pytest.fixture
def olga(db):
    return factories.make_user("Olga", "officer")


@pytest.fixture
def ada(db):
    return factories.make_user("Ada", "administrator")


@pytest.fixture
def desk(client):
    def signed_in(user):
        client.force_login(user)
        return client

    return signed_in


def text(response):
    return response.content.decode()


def typed(dovecot, **other):
    values = {
        "address": f"box{next(_number)}@search.example",
        "host": dovecot.host,
        "port": dovecot.port,
        "security": "tls",
        "login": "",
        "way": "password",
        "secret": PASSWORD,
        "mode": "trash",
    }
    return {**values, **other}


@pytest.fixture
def linked(dovecot, rosa):
    server = services.Server(dovecot.host, dovecot.port, "tls", "", "password")
    return services.link_imap(rosa.email, server, PASSWORD, owner=rosa, mode="purge", actor=rosa)


def test_linked_sealed_and_never_shown_again(desk, dovecot, rosa):
    browser = desk(rosa)
    assert browser.get("/mailboxes/imap/").status_code == 200
    given = typed(dovecot)
    response = browser.post("/mailboxes/imap/", given, follow=True)
    mailbox = Mailbox.objects.get()
    assert (mailbox.owner, mailbox.address, mailbox.linked_by) == (rosa, given["address"], rosa)
    assert PASSWORD.encode() not in bytes(mailbox.secret)
    assert PASSWORD.encode() in sealing.unseal(mailbox.secret, context=mailbox.context)
    assert mailbox.checked_at
    assert given["address"] in text(response)
    assert PASSWORD not in text(response)
    entry = LedgerEntry.objects.get(kind="mailbox.linked")
    assert entry.actor == rosa.pk
    with opening.opened(mailbox) as box:
        box.check()


def test_with_a_token(desk, dovecot, rosa):
    given = typed(dovecot, way="token", secret="refresh-of-rosa")
    browser = desk(rosa)
    assert browser.post("/mailboxes/imap/", given).status_code == 422
    dovecot.tokens.refresh["refresh-of-rosa"] = given["address"]
    assert browser.post("/mailboxes/imap/", given).status_code == 302
    assert services.check(Mailbox.objects.get()) == ""
    dovecot.tokens.refresh.clear()
    assert services.check(Mailbox.objects.get()) == "revoked"


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"secret": "wrong"}, "refuses the user name or the password"),
        ({"secret": ""}, "required"),
        ({"address": "no address"}, "address"),
        ({"host": "https://imap.example.com/"}, "not the name of a server"),
        ({"host": "127.0.0.1"}, "port 993 or 143"),
        ({"host": "127.0.0.1", "port": 993}, "inside our own network"),
        ({"port": "many"}, "number"),
        ({"mode": "burn"}, "burn"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost_but_the_secret(desk, dovecot, rosa, other, words):
    rosa.language = "en"
    rosa.save()
    given = typed(dovecot, **other)
    response = desk(rosa).post("/mailboxes/imap/", given, headers={"accept-language": "en"})
    assert response.status_code == 422
    page = text(response)
    assert words in page
    assert given["address"] in page
    assert PASSWORD not in page
    assert not Mailbox.objects.exists()


def test_a_new_link_begins_with_what_the_organisation_chose(desk, rosa):
    for mode in ("", "trash"):
        Organisation.objects.update_or_create(pk=1, defaults={"mailbox_mode": mode})
        form = desk(rosa).get("/mailboxes/imap/").context["form"]
        assert form["mode"].initial == (mode or "purge")


def test_once(desk, dovecot, linked, sam):
    response = desk(sam).post("/mailboxes/imap/", typed(dovecot, address=linked.address.upper()))
    assert response.status_code == 422
    assert Mailbox.objects.count() == 1


def test_who_sees_which(desk, linked, rosa, sam, olga, ada):
    assert linked.address in text(desk(rosa).get("/mailboxes/"))
    assert linked.address not in text(desk(sam).get("/mailboxes/"))
    for user, may in ((olga, False), (ada, True)):
        page = text(desk(user).get("/mailboxes/"))
        assert linked.address in page
        assert sam.name in page, "who has linked none"
        assert (f"/mailboxes/{linked.pk}/unlink/" in page) is may


@pytest.mark.parametrize("act", ["test", "mode", "unlink"])
def test_only_the_owner_and_the_administrator_act(desk, linked, sam, olga, ada, act):
    for user in (sam, olga):
        assert desk(user).post(f"/mailboxes/{linked.pk}/{act}/", {"mode": "trash"}).status_code == 404
    assert desk(sam).get(f"/mailboxes/{linked.pk}/{act}/").status_code == 405
    assert Mailbox.objects.get().mode == "purge"
    assert desk(ada).post(f"/mailboxes/{linked.pk}/{act}/", {"mode": "trash"}).status_code == 302


def test_state_is_kept(desk, dovecot, linked, rosa, settings):
    browser = desk(rosa)
    settings.MAILBOX_CA_FILE = ""
    page = text(browser.post(f"/mailboxes/{linked.pk}/test/", follow=True, headers={"accept-language": "en"}))
    linked.refresh_from_db()
    since = linked.trouble_since
    assert (linked.trouble, bool(since)) == ("certificate", True)
    assert linked.address in page
    services.check(linked)
    linked.refresh_from_db()
    assert linked.trouble_since == since, "since when it fails stays"
    settings.MAILBOX_CA_FILE = str(dovecot.ca)
    assert tasks.check_mailbox(str(linked.pk))
    linked.refresh_from_db()
    assert (linked.trouble, linked.trouble_since) == ("", None)


def test_the_beat_checks_every_one(linked, run_tasks):
    Mailbox.objects.update(checked_at=None)
    assert tasks.check_mailboxes() == 1
    run_tasks()
    assert Mailbox.objects.get().checked_at


def test_unlinked_is_forgotten(desk, linked, rosa):
    desk(rosa).post(f"/mailboxes/{linked.pk}/unlink/")
    assert not Mailbox.objects.exists()
    assert LedgerEntry.objects.filter(kind="mailbox.unlinked", actor=rosa.pk).exists()
    assert desk(rosa).post(f"/mailboxes/{linked.pk}/unlink/").status_code == 404


def test_no_way_to_google_where_it_is_not_set_up(desk, rosa, ada):
    for path in ("google", "delegated"):
        assert desk(ada).get(f"/mailboxes/{path}/").status_code == 404
    assert desk(rosa).get("/mailboxes/delegated/").status_code == 404
