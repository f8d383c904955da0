"""A mailbox by IMAP, on a real Dovecot: what is found, what goes, and what is said when it can't be asked."""

import itertools
import socket

import pytest

from mailing.mailboxes import imap, wording
from mailing.mailboxes.clients import Trouble
from tests.mailing.mails import mail
from tests.support import dovecot as dovecots
from tests.support.dovecot import ARCHIVE, JUNK, PASSWORD, SENT, TRASH

ANNA = "anna@person.example"
_number = itertools.count(1)


@pytest.fixture
def rosa():
    """A mailbox nobody else uses."""
    return f"rosa{next(_number)}@search.example"


@pytest.fixture
def open_box(dovecot):
    def opened(user, *, password=PASSWORD, needs_trash=True, server=dovecot, **more):
        where = imap.Server(server.host, server.port, **more)
        return imap.opened(where, lambda one: one.login(user, password), needs_trash=needs_trash)

    return opened


def fill(dovecot, rosa):
    """Anna in every folder and every header, and mail that is not hers."""
    dovecot.put(rosa, mail(ANNA, rosa, "from"), mail("Bob <bob@person.example>", f"x@y.example, {ANNA}", "to"))
    dovecot.put(rosa, mail("bob@person.example", rosa, "cc", Cc=f"Anna de Vries <{ANNA.upper()}>"), folder=ARCHIVE)
    dovecot.put(rosa, mail(rosa, "team@search.example", "bcc", Bcc=ANNA), folder=SENT)
    dovecot.put(rosa, mail(ANNA, rosa, "spam"), folder=JUNK)
    dovecot.put(rosa, mail(ANNA, rosa, "own folder"), folder="Geïnteresseerd/Jan & Co")
    dovecot.put(rosa, mail("bob@person.example", rosa, "body", text=f"Ken je {ANNA}?"), mail("a@b.example", rosa, "no"))


def test_found_in_every_folder_and_header(dovecot, open_box, rosa):
    fill(dovecot, rosa)
    with open_box(rosa) as box:
        box.check()
        letters = box.letters(box.by_address([ANNA]))
        assert {one.subject for one in letters} == {"from", "to", "cc", "bcc", "spam", "own folder"}
        assert all(ANNA in one.parties for one in letters)
        by_words = box.letters(box.by_words([ANNA]))
        assert {one.subject for one in by_words} - {one.subject for one in letters} == {"body"}


@pytest.mark.parametrize("word", ["Café Zürich", 'zij "zelf"', "back\\slash", "(haakjes)"])
def test_words_are_taken_as_they_are(dovecot, open_box, rosa, word):
    dovecot.put(rosa, mail("bob@person.example", rosa, "yes", text=f"over {word} dus"), mail("a@b.example", rosa, "no"))
    with open_box(rosa) as box:
        assert [one.subject for one in box.letters(box.by_words([word]))] == ["yes"]


def test_nothing_in_a_value_ends_a_command(dovecot, open_box, rosa):
    dovecot.put(rosa, mail(ANNA, rosa, "stays"))
    with open_box(rosa) as box:
        assert box.by_address([f"{ANNA}\r\nA1 DELETE INBOX", "", " "]) == []
        assert len(box.by_address([ANNA])) == 1


def test_binned_one_by_one_and_not_its_thread(dovecot, open_box, rosa):
    hers = mail(ANNA, rosa, "hers", Message_ID="<1@x>")
    answer = mail("bob@person.example", rosa, "answer", In_Reply_To="<1@x>", References="<1@x>")
    dovecot.put(rosa, hers, answer)
    with open_box(rosa) as box:
        box.trash(box.by_address([ANNA]))
        [letter] = box.letters(box.by_address([ANNA]))
        assert letter.in_trash
        box.trash([letter.ref])
    assert dovecot.subjects(rosa) == {"INBOX": ["answer"], TRASH: ["hers"]}


def test_purged_everywhere_and_what_others_marked_stays(dovecot, open_box, rosa):
    fill(dovecot, rosa)
    dovecot.put(rosa, mail(ANNA, rosa, "bin"), folder=TRASH)
    with dovecot.mail_of(rosa) as own:
        own.select_folder("INBOX")
        own.add_flags(own.search(["SUBJECT", "body"]), [b"\\Deleted"])  # marked by its owner, not expunged yet
    with open_box(rosa, needs_trash=False) as box:
        box.purge(box.by_address([ANNA]))
        assert box.by_address([ANNA]) == []
        box.purge([])
    assert dovecot.subjects(rosa) == {"INBOX": ["body", "no"]}


def test_what_went_meanwhile_is_no_trouble(dovecot, open_box, rosa):
    fill(dovecot, rosa)
    with open_box(rosa) as box:
        refs = box.by_address([ANNA])
        with open_box(rosa) as other:
            other.purge(other.by_address([ANNA]))
        assert box.letters(refs) == []
        box.purge(refs)
        box.trash(refs)
        assert box.content(refs[0]).text == ""


def test_a_search_shows_that_it_can_find(dovecot, open_box, rosa):
    with open_box(rosa) as box:
        assert box.sees(), "nothing is there to be found"
    fill(dovecot, rosa)
    with open_box(rosa) as box:
        assert box.sees()


def test_the_text_of_a_mail(dovecot, open_box, rosa):
    dovecot.put(rosa, mail(ANNA, rosa, "text", text="Dag Rosa,\n\nik ben geïnteresseerd."))
    with open_box(rosa) as box:
        [ref] = box.by_address([ANNA])
        assert box.content(ref).text == "Dag Rosa,\n\nik ben geïnteresseerd."


def trouble_of(opened):
    with pytest.raises(Trouble) as caught, opened as box:
        box.check()
    assert wording.trouble(caught.value.code) in wording.TROUBLES.values(), caught.value.code
    return caught.value.code


def test_what_is_wrong_is_said(dovecot, open_box, rosa, settings):
    assert trouble_of(open_box(rosa, password="wrong")) == "refused"
    settings.MAILBOX_CA_FILE = ""
    assert trouble_of(open_box(rosa)) == "certificate"
    settings.MAILBOX_HOSTS = []
    assert trouble_of(open_box(rosa)) == "port"
    for host, code in (("localhost", "inside"), ("10.0.0.1", "inside"), ("169.254.169.254", "inside")):
        assert trouble_of(imap.opened(imap.Server(host, 993), lambda one: None, needs_trash=True)) == code


def test_a_server_that_is_not_there(dovecot, open_box, rosa):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # nobody listens
        where = imap.Server("localhost", held.getsockname()[1])
        assert trouble_of(imap.opened(where, lambda one: None, needs_trash=True)) == "unreachable"


def test_starttls(dovecot, rosa):
    dovecot.put(rosa, mail(ANNA, rosa, "one"))
    where = imap.Server(dovecot.host, dovecot.starttls_port, starttls=True)
    with imap.opened(where, lambda one: one.login(rosa, PASSWORD), needs_trash=True) as box:
        assert len(box.by_address([ANNA])) == 1


def test_tokens(dovecot, rosa):
    dovecot.tokens.users["good"] = rosa
    where = imap.Server(dovecot.host, dovecot.port)
    with imap.opened(where, lambda one: one.oauth2_login(rosa, "good"), needs_trash=True) as box:
        box.check()
    assert trouble_of(imap.opened(where, lambda one: one.oauth2_login(rosa, "bad"), needs_trash=True)) == "refused"


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ("imap_capability = IMAP4rev1 LITERAL+ SPECIAL-USE\n", "no_uidplus"),
        ("imap_capability = +X-GM-EXT-1\n", "all_mail_hidden"),
    ],
)
def test_a_server_that_cannot_do_what_is_needed_is_left_alone(dovecot, open_box, rosa, settings, extra, code):
    """A plain EXPUNGE takes others along; on Gmail, a label taken off is no mail deleted. There is no second best."""
    other = dovecots.start("other", extra=extra)
    try:
        settings.MAILBOX_CA_FILE = str(other.ca)
        other.put(rosa, mail(ANNA, rosa, "stays"))
        assert trouble_of(open_box(rosa, server=other)) == code
        if code == "no_uidplus":
            with open_box(rosa, server=other) as box, pytest.raises(Trouble, match=code):
                box.purge(box.by_address([ANNA]))
        assert other.subjects(rosa) == {"INBOX": ["stays"]}
    finally:
        other.stop()


def test_without_a_bin_nothing_is_binned(dovecot, open_box, rosa, settings):
    other = dovecots.start("binless", extra="namespace inbox {\n  mailbox Prullenbak {\n    special_use =\n  }\n}\n")
    try:
        settings.MAILBOX_CA_FILE = str(other.ca)
        assert trouble_of(open_box(rosa, server=other)) == "no_bin"
        with open_box(rosa, server=other, needs_trash=False) as box:
            box.check()
    finally:
        other.stop()
