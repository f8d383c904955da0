"""A mailbox by the Gmail API, against a stand-in on a real socket: pages, batches that half fail, limits and ends."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mailing.mailboxes import gmail, oauth, opening, services, wording
from mailing.mailboxes.clients import Trouble
from mailing.models import Mailbox
from privacy.guards import Refused
from tests import factories
from tests.mailing.mails import mail
from tests.support.gmail import FULL, MODIFY, Gmail

ROSA, ANNA = "rosa@search.example", "anna@person.example"


@pytest.fixture
def google(settings):
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = "client", "secret-of-the-client"
    with Gmail() as running:
        running.refresh["yes-of-rosa"] = (ROSA, f"{MODIFY} {FULL}")
        settings.GMAIL_API_URL = running.url
        settings.GOOGLE_TOKEN_URL = f"{running.url}/token"
        settings.MAILBOX_TIMEOUT = 5.0
        yield running


@pytest.fixture
def waits():
    """How long it was waited, instead of waiting."""
    return []


@pytest.fixture
def open_box(google, waits):
    def opened(token="yes-of-rosa", mode="purge"):
        return gmail.opened(oauth.google_credentials(token, mode), ROSA, wait=waits.append)

    return opened


def fill(google, count=7):
    google.put(ROSA, *(mail(ANNA, ROSA, f"hers {number}") for number in range(count)))
    google.put(ROSA, mail(ROSA, f"jan@client.example, {ANNA}", "sent"), labels=("SENT",))
    google.put(ROSA, mail(ANNA, ROSA, "spam"), labels=("SPAM",))
    google.put(ROSA, mail("bob@person.example", ROSA, "body", text=f"over {ANNA}"), mail("a@b.example", ROSA, "no"))


def test_every_page_spam_and_bin_included(google, open_box):
    fill(google)
    with open_box() as box:
        box.check()
        letters = box.letters(box.by_address([ANNA]))
        assert len(letters) == 9
        assert all(ANNA in one.parties for one in letters)
        assert {one.subject for one in box.letters(box.by_words([ANNA]))} >= {"body", "spam"}
    assert google.calls.count("GET /gmail/v1/users/me/messages") > 5, "it was paged"


def test_headers_in_any_script(google, open_box):
    google.put(ROSA, mail(f"Ångström <{ANNA}>", ROSA, "Gesprek – één ☕"))
    with open_box() as box:
        [letter] = box.letters(box.by_address([ANNA]))
    assert (letter.subject, letter.senders) == ("Gesprek – één ☕", (ANNA,))
    assert letter.sent_at.isoformat() == "2026-11-23T10:00:00+01:00"


def test_binned_one_by_one(google, open_box):
    fill(google)
    with open_box(mode="trash") as box:
        box.trash(box.by_address([ANNA]))
        assert all(one.in_trash for one in box.letters(box.by_address([ANNA])))
    assert google.subjects(ROSA) == ["body", "no"]
    assert len(google.subjects(ROSA, trash=True)) == 9


def test_purged(google, open_box):
    fill(google)
    with open_box() as box:
        refs = box.by_address([ANNA])
        box.purge(refs)
        box.purge(refs)
        assert box.by_address([ANNA]) == []
        assert box.letters(refs) == []
        assert box.content(refs[0]).text == ""
    assert google.subjects(ROSA) == ["body", "no"]


def test_the_text(google, open_box):
    google.put(ROSA, mail(ANNA, ROSA, "text", text="Dag Rosa, één vraag."))
    with open_box() as box:
        assert box.content(*box.by_address([ANNA])).text == "Dag Rosa, één vraag."


@pytest.mark.parametrize(("status", "reason"), [(429, "rateLimitExceeded"), (403, "userRateLimitExceeded"), (503, "")])
def test_too_fast_is_asked_again_with_growing_patience(google, open_box, waits, status, reason):
    fill(google)
    google.fail("/messages", status, reason, times=3)
    with open_box() as box:
        assert len(box.by_address([ANNA])) == 9
    assert waits == sorted(waits)
    assert len(waits) == 3


def test_patience_as_google_asks(google, open_box, waits):
    google.fail("/profile", 429, "rateLimitExceeded", after=17)
    with open_box() as box:
        box.check()
    assert waits == [17]


@pytest.mark.parametrize("act", ["trash", "letters"])
def test_a_batch_that_half_fails_is_finished(google, open_box, waits, act):
    fill(google)
    with open_box(mode="trash") as box:
        refs = box.by_address([ANNA])
        google.fail(f"part /gmail/v1/users/me/messages/{refs[1]}", 429, "rateLimitExceeded", times=2)
        google.fail(f"part /gmail/v1/users/me/messages/{refs[4]}", 503)
        done = getattr(box, act)(refs)
    assert len(waits) == 2
    if act == "trash":
        assert google.subjects(ROSA) == ["body", "no"]
        assert google.calls.count(f"part POST /gmail/v1/users/me/messages/{refs[0]}/trash") == 1, "once is enough"
        assert google.calls.count(f"part POST /gmail/v1/users/me/messages/{refs[1]}/trash") == 3
    else:
        assert len(done) == 9


def test_what_is_gone_in_a_batch_is_left_out(google, open_box):
    ids = google.put(ROSA, mail(ANNA, ROSA, "one"), mail(ANNA, ROSA, "two"))
    with open_box() as box:
        refs = box.by_address([ANNA])
        del google.mails[ROSA][ids[0]]
        assert [one.subject for one in box.letters(refs)] == ["two"]
        box.trash(refs)


def code_of(act):
    with pytest.raises(Trouble) as caught:
        act()
    assert caught.value.code in wording.TROUBLES
    return caught.value


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        (429, "rateLimitExceeded", "too_fast"),
        (403, "dailyLimitExceeded", "quota"),
        (403, "insufficientPermissions", "scope"),
        (403, "accessNotConfigured", "api_off"),
        (400, "failedPrecondition", "no_gmail"),
        (500, "backendError", "unreachable"),
        (418, "teapot", "not_able"),
    ],
)
def test_what_does_not_pass_is_said(google, open_box, status, reason, code):
    google.fail("/messages", status, reason, times=100)
    with open_box() as box:
        trouble = code_of(lambda: box.by_address([ANNA]))
    assert trouble.code == code
    assert (trouble.after is not None) == (code in ("too_fast", "quota"))


def test_a_part_that_never_passes_fails_and_the_rest_stays_done(google, open_box):
    fill(google)
    with open_box(mode="trash") as box:
        refs = box.by_address([ANNA])
        google.fail(f"part /gmail/v1/users/me/messages/{refs[2]}", 429, "rateLimitExceeded", times=100)
        assert code_of(lambda: box.trash(refs)).code == "too_fast"
    assert len(google.subjects(ROSA, trash=True)) == 8


def test_an_access_token_that_ended_is_fetched_anew(google, open_box):
    fill(google)
    with open_box() as box:
        google.access.clear()
        assert len(box.by_address([ANNA])) == 9


def test_a_yes_that_was_taken_back(google, open_box):
    with open_box() as box:
        google.refresh.clear()
        google.access.clear()
        assert code_of(lambda: box.by_address([ANNA])).code == "revoked"
    assert code_of(open_box().__enter__).code == "revoked"


def test_only_the_bin_was_allowed(google, open_box):
    fill(google)
    google.refresh["bin-only"] = (ROSA, MODIFY)
    with open_box("bin-only") as box:
        refs = box.by_address([ANNA])
        assert code_of(lambda: box.purge(refs)).code == "scope"


def test_nobody_is_there(open_box, settings):
    with open_box() as box:
        settings.GMAIL_API_URL = "http://127.0.0.1:9"
        assert code_of(box.check).code == "unreachable"
    settings.GOOGLE_TOKEN_URL = "http://127.0.0.1:9/token"
    assert code_of(open_box().__enter__).code == "unreachable"


def test_a_search_that_finds_nothing_has_to_show_that_it_can(google, open_box):
    with open_box() as box:
        assert box.sees(), "nothing is there to be found"
        fill(google)
        assert box.sees()
        google.is_blind = True
        assert box.by_address([ANNA]) == []
        assert not box.sees()


# Linking


@pytest.fixture
def rosa(db):
    return factories.make_user("Rosa", email=ROSA)


def signed_in(client, user):
    client.force_login(user)
    return client


def state_for(user, mode="trash"):
    return parse_qs(urlsplit(oauth.google_url(user, mode)).query)["state"][0]


def test_by_the_owners_yes_at_google(client, google, rosa):
    browser = signed_in(client, rosa)
    page = browser.post("/mailboxes/google/", {"mode": "purge"}).content.decode()
    assert "access_type=offline" in page
    assert "mail.google.com" in page
    assert "code_challenge_method=S256" in page
    google.codes["code-1"] = ("refresh-1", ROSA, FULL)
    back = {"code": "code-1", "state": state_for(rosa, "purge")}
    assert browser.get("/mailboxes/google/back/", back).status_code == 200
    assert not Mailbox.objects.exists(), "looking links nothing"
    browser.post("/mailboxes/google/back/", back)
    mailbox = Mailbox.objects.get()
    assert (mailbox.address, mailbox.kind, mailbox.mode, mailbox.owner) == (ROSA, "google", "purge", rosa)
    assert b"refresh-1" not in bytes(mailbox.secret)
    assert services.check(mailbox) == ""


def test_only_ones_own_state_and_code(client, google, rosa):
    sam = factories.make_user("Sam")
    google.codes["code-1"] = ("refresh-1", ROSA, MODIFY)
    browser = signed_in(client, rosa)
    for back in (
        {"code": "code-1", "state": state_for(sam)},
        {"code": "code-1", "state": "made-up"},
        {"code": "", "state": state_for(rosa)},
        {"code": "wrong", "state": state_for(rosa)},
        {"error": "access_denied", "state": state_for(rosa)},
    ):
        browser.get("/mailboxes/google/back/", back)
        browser.post("/mailboxes/google/back/", back)
    assert not Mailbox.objects.exists()


def test_a_box_left_unticked_at_google(client, google, rosa):
    google.codes["code-1"] = ("refresh-1", ROSA, "openid")
    signed_in(client, rosa).post("/mailboxes/google/back/", {"code": "code-1", "state": state_for(rosa)})
    assert not Mailbox.objects.exists()


@pytest.fixture
def delegation(google, settings, tmp_path):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    held = {
        "type": "service_account",
        "client_email": "watson@project.example",
        "private_key": pem.decode(),
        "private_key_id": "1",
        "token_uri": f"{google.url}/token",
    }
    path = tmp_path / "google.json"
    path.write_text(json.dumps(held))
    settings.GOOGLE_SERVICE_ACCOUNT_FILE = str(path)
    settings.MAILBOX_DELEGATED = [ROSA]
    google.delegated[ROSA] = f"{MODIFY} {FULL}"
    return google


def test_by_delegation_for_the_allowed_alone(client, delegation, rosa, settings):
    ada, sam = factories.make_user("Ada", "administrator"), factories.make_user("Sam")
    browser = signed_in(client, ada)
    page = browser.get("/mailboxes/delegated/").content.decode()
    assert str(rosa.pk) in page
    assert str(sam.pk) not in page
    assert browser.post("/mailboxes/delegated/", {"owner": sam.pk, "mode": "trash"}).status_code == 422
    assert browser.post("/mailboxes/delegated/", {"owner": rosa.pk, "mode": "trash"}).status_code == 302
    mailbox = Mailbox.objects.get()
    assert (mailbox.owner, mailbox.linked_by, bytes(mailbox.secret)) == (rosa, ada, b"")
    settings.MAILBOX_DELEGATED = []
    assert services.check(mailbox) == "not_allowed", "the list counts at every opening"
    settings.MAILBOX_DELEGATED = [ROSA]
    delegation.delegated.clear()
    assert services.check(mailbox) == "not_delegated"


def test_off_by_default(rosa, google):
    with pytest.raises(Trouble, match="not_allowed"):
        services.link_delegated(rosa, mode="trash", actor=rosa)
    assert not Mailbox.objects.exists()


def test_googles_yes_for_the_bin_is_none_for_more(google, rosa):
    google.codes["code-1"] = ("refresh-1", ROSA, MODIFY)
    mailbox = services.link_google(ROSA, "yes-of-rosa", owner=rosa, mode="trash", actor=rosa)
    with opening.opened(mailbox) as box:
        box.check()
    with pytest.raises(Refused):
        services.set_mode(mailbox, "purge", actor=rosa)
