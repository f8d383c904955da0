"""From a post of the relay webhook to a mail beside what it answers, and what follows from it."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from candidates.models import ContactPoint, Task
from candidates.services import Contact, add_contact, mark_wrong
from consent.fillers import no_answer
from consent.models import ConsentEvent
from consent.services import expire
from mailing.kinds import REMINDER
from mailing.models import Channel, FoundBy, InboundBatch, InboundKind, InboundMail, Message, State
from mailing.replies import addresses, files, intake, services
from mailing.signals import reply_received
from privacy import links, ports, registry, suppression
from privacy.models import DataRequest, SuppressionEntry
from privacy.models.suppression import Reason, Scope
from privacy.services import owner_of
from tests import factories
from tests.mailing.letters import DOMAIN, attach, letter, relay, reply_address


def posted(body: bytes) -> InboundBatch:
    batch = services.receive(body)
    assert batch is not None
    return batch


def take(body):
    """Receive and take in one post; the mail, if it made one."""
    before = set(InboundMail.objects.values_list("pk", flat=True))
    intake.take_in(str(posted(body).pk))
    return InboundMail.objects.exclude(pk__in=before).first()


@pytest.fixture
def candidacy(db):
    return factories.make_candidacy(email="anna@person.example")


@pytest.fixture
def sent(candidacy):
    """A message to Anna that was delivered, with the question it asked."""
    asked = factories.make_request(candidacy)
    now = timezone.now()
    return factories.make_message(
        candidacy,
        state=State.DELIVERED,
        accepted_at=now,
        sender=candidacy.vacancy.owner,
        about_kind="consent_request",
        about_id=asked.pk,
    )


# Where it belongs


def test_by_the_message_it_answers(sent):
    ours = f"<m-{sent.pk.hex}@{DOMAIN}>"
    mail = take(relay(letter(In_Reply_To=ours, References=f"<older@x.example> {ours}")))
    assert (mail.subject_id, mail.answers_id, mail.vacancy_ref) == (sent.subject_id, sent.pk, sent.vacancy_ref)
    assert mail.found_by == FoundBy.MESSAGE_ID
    assert not mail.other_address


def test_by_references_alone(sent):
    mail = take(relay(letter(References=f"<m-{sent.pk.hex}@{DOMAIN}> <later@x.example>")))
    assert (mail.answers_id, mail.found_by) == (sent.pk, FoundBy.MESSAGE_ID)


def test_by_the_address_it_was_sent_to(sent):
    mail = take(relay(letter(), to=reply_address(sent).upper()))
    assert (mail.answers_id, mail.found_by) == (sent.pk, FoundBy.ADDRESS)


@pytest.mark.parametrize("to", [f"r-{'0' * 32}@{DOMAIN}", f"r-nonsense@{DOMAIN}", "r-{hex}@elsewhere.example"])
def test_an_address_that_names_no_message_of_ours_leads_to_the_sender(sent, to):
    mail = take(relay(letter(), to=to.replace("{hex}", sent.pk.hex)))
    assert (mail.subject_id, mail.found_by) == (sent.subject_id, FoundBy.SENDER)


def test_mail_of_a_stranger_to_the_address_of_a_vacancy_is_kept_for_it(candidacy):
    vacancy = candidacy.vacancy
    theirs = addresses.of_vacancy(vacancy.pk)
    assert theirs == f"vacature-{vacancy.pk.hex[:10]}@{DOMAIN}"
    mail = take(relay(letter(From="eva@stranger.example"), to=theirs.upper()))
    assert (mail.subject, mail.vacancy_ref) == (None, vacancy.pk)
    assert mail.erase_on
    # Somebody we know is found as always; what they write about is what they wrote to.
    other = factories.make_vacancy(owner=vacancy.owner)
    mail = take(relay(letter(), to=addresses.of_vacancy(other.pk)))
    assert (mail.subject_id, mail.vacancy_ref, mail.found_by) == (candidacy.subject_id, other.pk, FoundBy.SENDER)


@pytest.mark.parametrize("to", ["vacature-{code}@elsewhere.example", f"vacature-0000000000@{DOMAIN}", "x{address}"])
def test_an_address_of_no_vacancy_of_ours_is_about_none(candidacy, to):
    pk = candidacy.vacancy_id
    mail = take(
        relay(letter(From="eva@stranger.example"), to=to.format(code=pk.hex[:10], address=addresses.of_vacancy(pk)))
    )
    assert (mail.subject, mail.vacancy_ref) == (None, None)


def test_the_answer_to_a_message_stays_with_its_vacancy(sent):
    other = factories.make_vacancy()
    mail = take(relay(letter(In_Reply_To=f"<m-{sent.pk.hex}@{DOMAIN}>"), to=addresses.of_vacancy(other.pk)))
    assert (mail.answers_id, mail.vacancy_ref) == (sent.pk, sent.vacancy_ref)


def test_by_the_senders_address_and_the_newest_message(sent, candidacy):
    later = factories.make_message(candidacy, state=State.ACCEPTED, accepted_at=timezone.now() + timedelta(seconds=1))
    mail = take(relay(letter(From="ANNA@Person.example")))
    assert (mail.subject_id, mail.answers_id, mail.found_by) == (sent.subject_id, later.pk, FoundBy.SENDER)


def test_an_address_of_two_people_is_nobodys(sent):
    factories.make_message(factories.make_candidacy(), to_email="anna@person.example", state=State.ACCEPTED)
    mail = take(relay(letter()))
    assert (mail.subject, mail.answers) == (None, None)
    assert mail.erase_on == timezone.localdate(mail.received_at) + timedelta(days=28)


def test_another_address_is_told_and_becomes_nobodys(sent):
    mail = take(relay(letter(From="work@office.example"), to=reply_address(sent)))
    assert (mail.subject_id, mail.other_address) == (sent.subject_id, True)
    assert not ContactPoint.objects.filter(normalised="work@office.example").exists()
    assert ports.find("email", "work@office.example") == set()
    assert ports.find("email", "anna@person.example") == {sent.subject_id}
    assert take(relay(letter(From="work@office.example"))).subject is None


def colleague_marks_wrong(candidacy):
    mark_wrong(candidacy.candidate.contact_points.get(), actor=candidacy.owner)


def reader_says_not_me(candidacy):
    address = ("email", "anna@person.example")
    suppression.suppress([address], scope=Scope.ALL, reason=Reason.NOT_ME, actor=None, subject=candidacy.subject)
    ContactPoint.objects.all().delete()


@pytest.mark.parametrize("disown", [colleague_marks_wrong, reader_says_not_me])
def test_an_address_of_somebody_else_says_nothing_any_more(sent, candidacy, disown):
    mailing = registry.handlers["mailing"]
    first = take(relay(letter("Wie bent u?"), to=reply_address(sent)))
    assert (first.subject_id, first.other_address) == (sent.subject_id, False)
    stray = factories.make_inbound(from_email="anna@person.example")
    assert ports.find("email", "anna@person.example") == {sent.subject_id}
    assert registry.known("email", ["anna@person.example"]) == {"anna@person.example"}
    assert stray in mailing.rows("mailing.InboundMail", sent.subject)
    disown(candidacy)
    assert ports.find("email", "anna@person.example") == set()
    assert registry.known("email", ["anna@person.example"]) == set()
    assert stray not in mailing.rows("mailing.InboundMail", sent.subject)
    assert owner_of("anna@person.example") is None
    assert take(relay(letter("Stop hiermee."))).subject is None
    in_thread = take(relay(letter("Ik ben het niet."), to=reply_address(sent)))
    assert (in_thread.subject_id, in_thread.other_address) == (sent.subject_id, True)


def test_an_address_that_was_added_again_is_theirs_again(sent, candidacy):
    colleague_marks_wrong(candidacy)
    assert ports.find("email", "anna@person.example") == set()
    again = Contact(kind="email", value="anna@person.example", ground="consent")
    add_contact(candidacy.candidate, contact=again, actor=candidacy.owner)
    assert ports.find("email", "anna@person.example") == {sent.subject_id}
    assert not take(relay(letter(), to=reply_address(sent))).other_address


def test_a_merged_person_is_followed_and_an_erased_one_is_nobody(sent, candidacy):
    other = factories.make_candidacy().subject
    candidacy.subject.merged_into = other
    candidacy.subject.save(update_fields=["merged_into"])
    assert take(relay(letter(), to=reply_address(sent))).subject == other
    other.erased_at = timezone.now()
    other.save(update_fields=["erased_at"])
    mail = take(relay(letter(), to=reply_address(sent)))
    assert (mail.subject, mail.vacancy_ref) == (None, sent.vacancy_ref)


# What follows


def test_an_answer_ends_the_no_answer_clock_and_makes_a_task(sent, candidacy):
    assert no_answer().count() == 1
    heard = []

    def hear(sender, subject, channel, at, **kwargs):
        heard.append((subject, channel, at))

    reply_received.connect(hear)
    try:
        mail = take(relay(letter(), to=reply_address(sent)))
    finally:
        reply_received.disconnect(hear)
    sent.refresh_from_db()
    candidacy.refresh_from_db()
    assert heard == [(sent.subject, Channel.EMAIL, mail.sent_at)]
    assert sent.answered_at == candidacy.last_contact_at == mail.sent_at
    task = Task.objects.get()
    assert (task.kind, task.assignee, task.done_at) == ("reply", candidacy.owner, None)
    assert no_answer().count() == 0
    assert InboundMail.objects.answers_in().get() == mail


def clocks(sent, candidacy):
    """What an answer ends: the wait of the question, of the message, and the quiet of the card; and the reminder."""
    sent.refresh_from_db()
    candidacy.refresh_from_db()
    asked = candidacy.subject.consent_requests.get()
    waits = Message.objects.filter(kind=REMINDER, state=State.QUEUED).exists()
    return asked.replied_at, sent.answered_at, candidacy.last_contact_at, waits


@pytest.fixture
def reminder(sent, candidacy):
    return factories.make_message(candidacy, kind=REMINDER, about_kind=sent.about_kind, about_id=sent.about_id)


def by_its_sender_alone(sent, words=""):
    return take(relay(letter(words or "Bel mij maar.")))


def from_another_address(sent, words=""):
    return take(relay(letter(words or "Bel mij maar.", From="work@office.example"), to=reply_address(sent)))


@pytest.mark.parametrize("arrive", [by_its_sender_alone, from_another_address])
def test_who_may_be_anybody_ends_no_clock_until_a_colleague_has_looked(sent, candidacy, reminder, arrive):
    mail = arrive(sent)
    assert mail.subject_id == candidacy.subject_id
    assert Task.objects.get().candidacy == candidacy
    assert clocks(sent, candidacy) == (None, None, None, True)
    services.handle(mail, actor=candidacy.owner)
    assert clocks(sent, candidacy) == (mail.sent_at, mail.sent_at, mail.sent_at, False)
    assert no_answer().count() == 0


def test_a_day_agreed_before_it_was_dealt_with_stays(sent, candidacy):
    mail = from_another_address(sent)
    asked = candidacy.subject.consent_requests.get()
    asked.follow_up_on = timezone.localdate() + timedelta(days=3)
    asked.save(update_fields=["follow_up_on"])
    services.handle(mail, actor=candidacy.owner)
    asked.refresh_from_db()
    assert (asked.replied_at, asked.follow_up_on) == (mail.sent_at, timezone.localdate() + timedelta(days=3))


@pytest.mark.parametrize("sure", [True, False])
def test_a_request_from_another_address_counts_where_a_colleague_is_sure(sent, candidacy, reminder, sure):
    factories.make_organisation()
    mail = from_another_address(sent, "Verwijder mijn gegevens.")
    services.confirm(mail.suggestions.get(), actor=candidacy.owner, same_person=sure)
    mail.refresh_from_db()
    assert mail.handled_at is not None
    assert clocks(sent, candidacy)[:3] == ((mail.sent_at,) * 3 if sure else (None,) * 3)


def test_who_answered_in_words_is_not_ended_for_silence(sent, candidacy):
    asked = candidacy.subject.consent_requests.get()
    asked.handed_over_at = timezone.now() - timedelta(days=60)
    asked.save(update_fields=["handed_over_at"])
    take(relay(letter(), to=reply_address(sent)))
    asked.refresh_from_db()
    assert expire(asked) is None
    # A day agreed after it begins another wait, as after a call.
    asked.follow_up_on = timezone.localdate() - timedelta(days=1)
    asked.save(update_fields=["follow_up_on"])
    assert no_answer().count() == 1
    assert expire(asked) is not None


def test_nothing_is_decided_by_itself(sent, candidacy):
    stage = candidacy.stage
    mail = take(relay(letter("Stop. Verwijder mijn gegevens, ik trek mijn toestemming in."), to=reply_address(sent)))
    candidacy.refresh_from_db()
    assert {row.kind for row in mail.suggestions.all()} == {"objection", "erasure", "withdrawal"}
    assert (candidacy.stage, candidacy.ended_at) == (stage, None)
    assert not ConsentEvent.objects.exists()
    assert not DataRequest.objects.exists()
    assert not SuppressionEntry.objects.exists()


def test_a_second_answer_makes_no_second_task(sent):
    take(relay(letter(), to=reply_address(sent)))
    take(relay(letter("En nog iets."), to=reply_address(sent)))
    assert (InboundMail.objects.count(), Task.objects.count()) == (2, 1)


def test_without_a_message_the_one_vacancy_they_are_in_is_meant(candidacy):
    mail = take(relay(letter()))
    assert (mail.vacancy_ref, Task.objects.get().candidacy) == (candidacy.vacancy_id, candidacy)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner-email=x"},
        {"Precedence": "bulk"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Autoreply": "yes"},
    ],
)
def test_a_machine_is_no_answer(sent, headers):
    mail = take(relay(letter("Ik ben met vakantie. Verwijder mijn gegevens.", **headers), to=reply_address(sent)))
    sent.refresh_from_db()
    assert (mail.kind, mail.answers_id, sent.answered_at) == (InboundKind.AUTO, sent.pk, None)
    assert not Task.objects.exists()
    assert not mail.suggestions.exists()
    assert no_answer().count() == 1


def test_no_envelope_sender_is_a_machine(sent):
    assert take(relay(letter(), to=reply_address(sent), msg_from="")).kind == InboundKind.AUTO
    assert take(relay(letter(Auto_Submitted="no"), to=reply_address(sent))).kind == InboundKind.MAIL


def test_a_colleague_can_say_it_was_a_person(sent, candidacy):
    mail = take(relay(letter("Stop.", Precedence="bulk"), to=reply_address(sent)))
    services.count_as_answer(mail, actor=candidacy.owner)
    services.count_as_answer(mail, actor=candidacy.owner)
    sent.refresh_from_db()
    assert sent.answered_at == mail.sent_at
    assert Task.objects.get().kind == "reply"
    assert mail.suggestions.get().kind == "objection"


def test_mail_that_came_back_is_no_reply(sent):
    bounce = letter("550 no such user", From="MAILER-DAEMON@mx.example")
    bounce.replace_header("Content-Type", 'multipart/report; report-type="delivery-status"; boundary="b"')
    mail = take(relay(bounce, to=reply_address(sent), msg_from="<>"))
    sent.refresh_from_db()
    assert (mail.kind, sent.answered_at) == (InboundKind.BOUNCE, None)
    assert not InboundMail.objects.answers_in().exists()


# Once, whatever happens


def test_the_same_mail_twice_is_one(sent):
    body = relay(letter(), to=reply_address(sent))
    assert take(body)
    assert take(body) is None
    again = letter(Message_ID="<same@x.example>")
    assert take(relay(again, to=reply_address(sent)))
    assert take(relay(again, to=f"info@{DOMAIN}")), "to another address of ours it is another mail"


def test_without_a_message_id_its_content_counts(sent):
    body = relay(letter(Message_ID=None), to=reply_address(sent))
    assert take(body)
    assert take(body) is None
    assert take(relay(letter("Anders", Message_ID=None), to=reply_address(sent)))


def test_two_posts_of_one_mail_side_by_side(transactional_db):
    sent = factories.make_message(factories.make_candidacy(email="anna@person.example"), state=State.ACCEPTED)
    body = relay(letter(), to=reply_address(sent))
    batches = [posted(body) for _number in range(4)]
    start = threading.Barrier(4)
    failures = []

    def work(batch):
        start.wait(20)
        try:
            intake.take_in(str(batch.pk))
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(batch,)) for batch in batches]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failures == []
    assert InboundMail.objects.count() == Task.objects.count() == 1
    assert not InboundBatch.objects.filter(taken_in_at=None).exists()


def test_a_worker_that_died_is_made_up_for(sent):
    batch = posted(relay(letter(), to=reply_address(sent)))
    # Claimed by a worker that was killed before it wrote anything.
    InboundBatch.objects.filter(pk=batch.pk).update(attempts=1)
    assert intake.take_in_leftovers() == 0, "a minute is left to the worker that has it"
    InboundBatch.objects.filter(pk=batch.pk).update(received_at=timezone.now() - timedelta(minutes=2))
    assert intake.take_in_leftovers() == 1
    assert intake.take_in(str(batch.pk)) == 0
    assert InboundMail.objects.count() == 1


# What is kept


def test_identity_numbers_are_covered_before_anything_is_kept(sent):
    bsn = "123456782"
    written = attach(letter(f"Mijn BSN is {bsn}.", Subject=f"BSN {bsn}"), f"bsn {bsn}.txt", f"BSN {bsn}".encode())
    mail = take(relay(written, to=reply_address(sent)))
    file = mail.files.get()
    assert mail.text == "Mijn BSN is •••••••••."
    assert bsn not in mail.subject_line + file.name
    assert bsn not in files.content_of(file).decode()
    assert (mail.masked, file.masked) == (2, 2)


def test_a_date_that_cannot_be_believed_gives_way_to_our_receipt(sent):
    for date in ("Mon, 1 Jan 2001 10:00:00 +0100", "Mon, 1 Jan 2091 10:00:00 +0100", "nonsense", None):
        mail = take(relay(letter(Date=date), to=reply_address(sent)))
        assert mail.sent_at == mail.received_at


def test_the_shown_text_is_the_new_part_and_the_rest_is_kept(sent):
    text = "Graag.\n\nOp ma 3 nov. 2025 om 10:12 schreef Rosa <rosa@search.example>:\n> Afmelden kan hier.\n"
    mail = take(relay(letter(text), to=reply_address(sent)))
    assert mail.text == "Graag."
    assert "Afmelden kan hier." in mail.quoted
    assert not mail.suggestions.exists(), "our own words ask nothing"


def test_a_link_of_ours_in_a_quoted_mail_is_covered(sent):
    link = links.issue("consent", subject=sent.subject)
    address = links.url(link)
    text = f"Graag, {address}\n\nOn Mon, 3 Nov 2025 Rosa wrote:\n> Antwoord: {address}\n> {address}?lang=nl\n"
    mail = take(relay(attach(letter(text), "mail.txt", text.encode()), to=reply_address(sent)))
    token = address.rstrip("/").rpartition("/")[2]
    kept = mail.text + mail.quoted + files.content_of(mail.files.get()).decode()
    assert token in text
    assert token not in kept
    assert "/c/•••/" in mail.text
