"""Whoever got the data hears what to do with it (GDPR art. 19), and what comes of that is written down."""

import pytest

from introductions import services as introductions
from mailing.models import Message
from privacy import ports, suppression
from privacy.desk import deciding, identity, running, telling
from privacy.guards import Refused
from privacy.models import Telling
from privacy.steps import steps_for
from tests.factories import make_contact, make_event, make_request
from tests.privacy.asking import anna, ask, leave

pytestmark = pytest.mark.usefixtures("own_steps")


@pytest.fixture
def introduced(agency, rosa):
    """Anna, introduced to two contacts of one client."""
    candidacy = anna()
    make_event(make_request(candidacy))
    contacts = [make_contact(candidacy.vacancy.client) for _ in range(2)]
    introductions.introduce(
        candidacy=candidacy, contacts=contacts, shared=candidacy.vacancy.shared, words="", actor=rosa
    )
    return candidacy


@pytest.fixture
def erasure(introduced):
    """Asked for by Anna herself, with the list of recipients made."""
    asked = ask("erasure", channel="link", subject=introduced.subject)
    telling.list_recipients(asked)
    return asked


def step(asked):
    return next((step for step in steps_for(asked) if step.code == "recipients"), None)


def test_the_list_comes_from_what_was_introduced_and_mailed(introduced, erasure):
    lines = erasure.tellings.filter(kind="client")
    assert lines.count() == 2
    assert {line.source_ref for line in lines} == {introduced.introductions.get().pk}
    assert step(erasure).is_open
    telling.list_recipients(erasure)
    assert erasure.tellings.filter(kind="client").count() == 2, "again adds nobody"


def test_sparkpost_is_on_it_once_mail_went_through_it(introduced):
    assert [one.name for one in ports.recipients(introduced.subject_id) if one.kind == "vendor"] == []
    ask("erasure", channel="link", subject=introduced.subject)
    leave()
    assert [one.name for one in ports.recipients(introduced.subject_id) if one.kind == "vendor"] == ["SparkPost"]


def test_sparkpost_has_nothing_to_set_aside(introduced):
    asked = ask("restriction", channel="link", subject=introduced.subject)
    leave()
    telling.list_recipients(asked)
    assert set(asked.tellings.values_list("kind", flat=True)) == {"client"}


def test_a_clock_makes_the_list_by_itself_once_it_is_known_who_asks(introduced):
    asked = ask("erasure")
    running.run()
    assert not asked.tellings.exists()
    check = asked.identity_checks.get()
    identity.try_code(check, identity.code_of(check.pk))
    running.run()
    assert asked.tellings.filter(kind="client").count() == 2


def test_nobody_is_told_of_a_request_to_see(introduced):
    asked = ask("access", channel="link", subject=introduced.subject)
    running.run()
    assert not asked.tellings.exists()
    assert step(asked) is None


def test_each_is_mailed_what_to_do(erasure, olga):
    line = erasure.tellings.filter(kind="client").first()
    telling.tell(line, actor=olga)
    line.refresh_from_db()
    assert (line.sent_by, line.acknowledged_at) == (olga, None)
    message = Message.objects.get(pk=line.message_ref)
    assert (message.kind, message.act_kind, message.act_id) == ("art19", "telling", line.pk)
    assert message.subject_id == line.party_id
    assert "wis" in message.body_text.lower() or "erase" in message.body_text.lower()
    assert "Anna" not in message.body_text, "the portal shows who, the mail does not"
    telling.tell(line, actor=olga)
    assert Message.objects.filter(kind="art19").count() == 1
    leave()


def test_the_mail_passes_the_guard_even_after_the_recipient_said_stop(erasure, olga):
    leave()
    line = erasure.tellings.filter(kind="client").first()
    address = ports.reach([line.party_id])[line.party_id].email
    suppression.suppress([("email", address)], scope="all", reason="objected", actor=None, subject=line.party)
    telling.tell(line, actor=olga)
    (message,) = [one for one in leave() if one.kind == "art19"]
    assert message.state == "accepted"


def test_a_vendor_is_told_another_way(erasure, olga):
    leave()
    telling.list_recipients(erasure)
    vendor = erasure.tellings.get(kind="vendor")
    with pytest.raises(Refused, match="No mail can go"):
        telling.tell(vendor, actor=olga)
    telling.told_by_hand(vendor, actor=olga)
    vendor.refresh_from_db()
    assert (vendor.sent_by, vendor.message_ref) == (olga, None)


def test_who_is_not_told_needs_a_reason(erasure, olga):
    first, second = erasure.tellings.filter(kind="client")
    with pytest.raises(Refused, match="Say why"):
        telling.waive(first, reason="  ", actor=olga)
    telling.waive(first, reason="The company no longer exists.", actor=olga)
    telling.told_by_hand(second, actor=olga)
    with pytest.raises(Refused, match="told already"):
        telling.waive(second, reason="Whatever.", actor=olga)
    assert not step(erasure).is_open


def test_the_request_stays_open_while_one_was_not_told(erasure, olga):
    with pytest.raises(Refused, match="still open"):
        deciding.answer_request(erasure, outcome="Erased.", actor=olga)
    for line in erasure.tellings.all():
        telling.told_by_hand(line, actor=olga)
    deciding.answer_request(erasure, outcome="Erased.", actor=olga)


def test_deleting_in_the_portal_is_an_acknowledgement(introduced, erasure):
    recipient = introduced.introductions.get().recipients.first()
    introductions.confirm_deletion(recipient, actor=recipient.contact.user)
    line = erasure.tellings.get(party=recipient.contact.subject_id)
    assert line.acknowledged_at is not None
    assert Telling.objects.filter(acknowledged_at=None, kind="client").count() == 1


def test_an_officer_heard_that_it_is_done(erasure, olga):
    line = erasure.tellings.filter(kind="client").first()
    assert telling.acknowledge_line(line, actor=olga).acknowledged_at is not None
