"""Erasures in linked mailboxes, on a real Dovecot: what goes by itself, what its owner decides, and the proof."""

import itertools
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from candidates.models import Candidate
from mailing.mailboxes import erasing, services, sweeping
from mailing.models import Mailbox, MailboxFind, MailboxSweep, Message, State
from mailing.replies import addresses
from privacy.desk import identity
from privacy.erasure import planning, running
from privacy.erasure import services as erasures
from privacy.erasure.holders import holders
from privacy.guards import Refused
from privacy.models import Erasure, ErasureStep, LedgerEntry
from privacy.models.erasure import PlanAction, StepState
from privacy.retention import sweeping as retention
from privacy.services import receive_request
from tests import factories
from tests.mailing.mails import mail
from tests.support.dovecot import JUNK, PASSWORD, SENT, TRASH
from vacancies import services as vacancies

ANNA, NAME = "zwaluw@person.example", "Anna Zwaluwstaart"
_number = itertools.count(1)


@pytest.fixture
def olga(db):
    return factories.make_user("Olga", "officer")


@pytest.fixture
def anna(db, rosa):
    """Somebody Rosa found and wrote to."""
    vacancy = factories.make_vacancy(owner=rosa)
    candidacy = factories.make_candidacy(vacancy, email=ANNA, given_name="Anna", surname="Zwaluwstaart")
    factories.make_message(
        candidacy, state=State.DELIVERED, to_name=NAME, to_email=ANNA, sender=rosa, accepted_at=timezone.now()
    )
    return candidacy


@pytest.fixture
def rosa(db):
    return factories.make_user("Rosa", email=f"rosa.box{next(_number)}@search.example")


@pytest.fixture
def link(dovecot):
    def one(owner, *, mode="purge", password=PASSWORD):
        server = services.Server(dovecot.host, dovecot.port, "tls", "", "password")
        return services.link_imap(owner.email, server, password, owner=owner, mode=mode, actor=owner)

    return one


def approved(candidacy, olga):
    asked = receive_request(kind="erasure", channel="mail", subject=candidacy.subject, contact=ANNA)
    identity.known(asked, method="link", actor=None)
    return erasures.approve(erasures.plan(asked, actor=olga), actor=olga)


def carry_on(erasure):
    """As the beat does, with every wait over; how far the mailboxes are."""
    ErasureStep.objects.filter(erasure=erasure, state=StepState.RETRY).update(next_at=timezone.now())
    running.carry_on(erasure.pk)
    return ErasureStep.objects.get(erasure=erasure, holder="mailboxes")


def test_what_is_surely_theirs_goes_and_the_rest_is_asked(dovecot, link, anna, rosa, olga):
    box = link(rosa)
    ours = addresses.message_id_header(Message.objects.get(subject=anna.subject).pk)["Message-ID"]
    dovecot.put(rosa.email, mail(ANNA, rosa.email, "between us"), mail("bob@person.example", rosa.email, "of Bob"))
    dovecot.put(rosa.email, mail(rosa.email, ANNA, "sent"), folder=SENT)
    dovecot.put(rosa.email, mail(ANNA, rosa.email, "in the bin"), folder=TRASH)
    dovecot.put(rosa.email, mail(ANNA, f"{rosa.email}, jan@client.example", "answer in copy", In_Reply_To=ours))
    dovecot.put(rosa.email, mail(ANNA, f"{rosa.email}, jan@client.example", "with a client"))
    dovecot.put(rosa.email, mail(rosa.email, "jan@client.example", "by name", text=f"Ken je {NAME}?"), folder=JUNK)
    dovecot.put(rosa.email, mail(f"x{ANNA}", rosa.email, "a longer address"))
    erasure = approved(anna, olga)
    step = carry_on(erasure)
    assert (step.state, step.trouble) == (StepState.RETRY, "mailboxes_review")
    assert dovecot.subjects(rosa.email) == {
        "INBOX": ["of Bob", "with a client", "a longer address"],
        JUNK: ["by name"],
    }
    sweep = MailboxSweep.objects.get(mailbox=box)
    assert (sweep.state, sweep.removed, sweep.verified_at) == ("review", 4, None)
    assert {one.subject for one in sweeping.shown(sweep)} == {"with a client", "by name"}
    assert erasing.waiting_for(rosa) == [erasing.Waiting(sweep.pk, 2)]


def test_what_waits_lies_sealed(dovecot, link, anna, rosa, olga):
    link(rosa)
    dovecot.put(rosa.email, mail(ANNA, f"{rosa.email}, jan@client.example", "Geheimpje"))
    carry_on(approved(anna, olga))
    find = MailboxFind.objects.get()
    assert find.body
    for table in ("mailing_mailboxfind", "mailing_mailboxsweep"):
        with connections["default"].cursor() as cursor:
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            held = cursor.fetchone()[0]
        assert "Geheimpje" not in held
        assert b"Geheimpje".hex() not in held


def test_the_owner_decides_and_it_is_searched_again(dovecot, link, anna, rosa, olga):
    box = link(rosa)
    dovecot.put(rosa.email, mail(ANNA, f"{rosa.email}, jan@client.example", "goes"))
    dovecot.put(rosa.email, mail(rosa.email, "jan@client.example", "stays", text=f"Een andere {NAME}"))
    erasure = approved(anna, olga)
    carry_on(erasure)
    sweep = MailboxSweep.objects.get(mailbox=box)
    going = [one.pk for one in sweeping.shown(sweep) if one.subject == "goes"]
    services.decide(sweep, going, otherwise="other", actor=rosa)
    with pytest.raises(Refused):
        services.decide(sweep, going, otherwise="other", actor=rosa)
    step = carry_on(erasure)
    sweep.refresh_from_db()
    assert (sweep.state, sweep.removed, sweep.kept) == ("done", 1, 1)
    assert sweep.verified_at
    assert LedgerEntry.objects.filter(kind="mailbox.searched", subject=anna.subject_id).count() == 2
    assert dovecot.subjects(rosa.email) == {"INBOX": ["stays"]}
    [kept] = MailboxFind.objects.filter(sweep=sweep)
    assert (kept.decision, bytes(kept.body), kept.decided_by) == ("other", b"", rosa)
    assert (step.state, step.trouble) == (StepState.NEEDS_HUMAN, "mailboxes_by_hand"), "Olga has none linked"
    assert LedgerEntry.objects.filter(kind="mailbox.decided", actor=rosa.pk).count() == 1


def test_by_hand_for_whoever_has_none_by_name(dovecot, link, anna, rosa, olga):
    link(rosa)
    erasure = approved(anna, olga)
    carry_on(erasure)
    parts = {part.label: part.is_done for part in holders["mailboxes"].parts(erasure)}
    assert parts == {rosa.email: True, "Olga": False}
    step = ErasureStep.objects.get(erasure=erasure, holder="mailboxes")
    erasures.done_by_hand(step, actor=olga)
    assert {part.label: part.is_done for part in holders["mailboxes"].parts(erasure)} == {
        rosa.email: True,
        "Olga": True,
    }


def test_the_bin_of_a_mailbox_that_bins(dovecot, link, anna, rosa, olga):
    link(rosa, mode="trash")
    dovecot.put(rosa.email, mail(ANNA, rosa.email, "one"), mail("b@x.example", rosa.email, "two"))
    carry_on(approved(anna, olga))
    assert dovecot.subjects(rosa.email) == {"INBOX": ["two"], TRASH: ["one"]}
    assert MailboxSweep.objects.get().state == "done"
    assert holders["mailboxes"].residual() == timedelta(days=30)


def test_without_anything_that_ties_it_nothing_goes_by_itself(dovecot, link, rosa, olga):
    """Rosa never wrote to this person through Watson: it may be her neighbour."""
    other = factories.make_candidacy(email=ANNA)
    link(rosa)
    dovecot.put(rosa.email, mail(ANNA, rosa.email, "hello neighbour"))
    carry_on(approved(other, olga))
    assert dovecot.subjects(rosa.email) == {"INBOX": ["hello neighbour"]}
    assert MailboxFind.objects.count() == 1


def test_what_fails_is_said_and_tried_again_until_it_works(dovecot, link, anna, rosa, olga, settings):
    box = link(rosa)
    dovecot.put(rosa.email, mail(ANNA, rosa.email, "one"))
    erasure = approved(anna, olga)
    settings.MAILBOX_CA_FILE = ""
    step = carry_on(erasure)
    assert (step.state, step.trouble) == (StepState.RETRY, "mailboxes_failed")
    assert step.next_at > timezone.now()
    box.refresh_from_db()
    sweep = MailboxSweep.objects.get()
    assert (box.trouble, sweep.trouble, sweep.state) == ("certificate", "certificate", "retry")
    assert any("certificate" in str(part.trouble) for part in holders["mailboxes"].parts(erasure))
    assert erasure in Erasure.objects.incomplete()
    assert ErasureStep.objects.get(erasure=erasure, holder="tables").state == StepState.DONE
    settings.MAILBOX_CA_FILE = str(dovecot.ca)
    carry_on(erasure)
    sweep.refresh_from_db()
    assert (sweep.state, sweep.removed) == ("done", 1), "what ties it is known after the tables were erased too"
    assert dovecot.subjects(rosa.email) == {}


def test_one_mailbox_that_fails_keeps_no_other(dovecot, link, anna, rosa, olga):
    link(rosa)
    broken = factories.make_mailbox(olga)
    dovecot.put(rosa.email, mail(ANNA, rosa.email, "one"))
    carry_on(approved(anna, olga))
    states = dict(MailboxSweep.objects.values_list("mailbox", "state"))
    assert states[broken.pk] == "retry"
    assert dovecot.subjects(rosa.email) == {}


def test_twice_is_once(dovecot, link, anna, rosa, olga):
    link(rosa)
    dovecot.put(rosa.email, mail(ANNA, rosa.email, "one"))
    erasure = approved(anna, olga)
    carry_on(erasure)
    dovecot.put(rosa.email, mail("b@x.example", rosa.email, "later"))
    before = MailboxSweep.objects.values().get()
    erasures.again(ErasureStep.objects.get(erasure=erasure, holder="mailboxes"), actor=olga)
    carry_on(erasure)
    assert MailboxSweep.objects.values().get() == before
    assert dovecot.subjects(rosa.email) == {"INBOX": ["later"]}


def test_a_plan_says_per_mailbox_what_happens_and_a_new_link_asks_for_a_new_one(dovecot, link, anna, rosa, olga):
    link(rosa)
    asked = receive_request(kind="erasure", channel="mail", subject=anna.subject, contact=ANNA)
    identity.known(asked, method="link", actor=None)
    plan = erasures.plan(asked, actor=olga)
    lines = {(line.what, line.action) for line in plan.lines.filter(holder="mailboxes")}
    box = Mailbox.objects.get()
    by_hand = {(f"mailbox-hand:{user.pk}", PlanAction.BY_HAND) for user in erasing.without_one()}
    assert lines == {(f"mailbox:{box.pk}", PlanAction.DELETE), *by_hand}
    assert olga in erasing.without_one()
    said = [str(words) for words in holders["mailboxes"].say([what for what, _action in lines]).values()]
    assert any(rosa.email in words for words in said)
    assert any("Olga" in words for words in said)
    assert dovecot.subjects(rosa.email) == {}, "a plan asks no mailbox"
    factories.make_mailbox(olga)
    with pytest.raises(Refused, match="changed"):
        erasures.approve(plan, actor=olga)


def test_unlinked_meanwhile_is_by_hand(dovecot, link, anna, rosa, olga):
    box = link(rosa)
    dovecot.put(rosa.email, mail(ANNA, f"{rosa.email}, jan@client.example", "to look at"))
    erasure = approved(anna, olga)
    carry_on(erasure)
    services.unlink(box, actor=rosa)
    assert MailboxSweep.objects.get().mailbox is None
    assert not MailboxFind.objects.exists()
    assert carry_on(erasure).trouble == "mailboxes_by_hand"
    assert [part.label for part in holders["mailboxes"].parts(erasure)].count("Rosa") == 1
    rosa.is_active = False
    rosa.save()
    assert [part.label for part in holders["mailboxes"].parts(erasure)].count("Rosa") == 1, "who left too"


def test_the_counts_of_an_erasure_outlive_the_link(dovecot, link, anna, rosa, olga):
    box = link(rosa)
    dovecot.put(rosa.email, mail(ANNA, rosa.email, "one"))
    carry_on(approved(anna, olga))
    services.unlink(box, actor=rosa)
    assert MailboxSweep.objects.get().removed == 1


# The page on which the owner decides


@pytest.fixture
def waiting(dovecot, link, anna, rosa, olga):
    link(rosa)
    dovecot.put(rosa.email, mail(ANNA, f"{rosa.email}, jan@client.example", "goes"))
    dovecot.put(rosa.email, mail(rosa.email, "jan@client.example", "stays", text=f"Ken je {NAME}?"))
    carry_on(approved(anna, olga))
    return MailboxSweep.objects.get()


def signed_in(client, user):
    client.force_login(user)
    return client


def test_only_the_owner_sees_what_it_is(client, waiting, rosa, olga):
    ada = factories.make_user("Ada", "administrator")
    url = f"/mailboxes/look/{waiting.pk}/"
    for user in (olga, ada, factories.make_user("Sam")):
        assert signed_in(client, user).get(url).status_code == 404
        assert signed_in(client, user).post(url).status_code == 404
    page = signed_in(client, rosa).get(url).content.decode()
    assert "goes" in page
    assert "jan@client.example" in page
    assert url in signed_in(client, rosa).get("/").content.decode(), "on Today"
    theirs = f"/privacy-desk/requests/{waiting.erasure.request_id}/erasure/?lang=en"
    desk = signed_in(client, olga).get(theirs).content.decode()
    assert "2 mails for Rosa to look at" in desk or "2 mails" in desk
    assert "jan@client.example" not in desk


def test_deciding_takes_a_reason_for_what_stays(client, waiting, rosa):
    browser = signed_in(client, rosa)
    url = f"/mailboxes/look/{waiting.pk}/"
    going = next(str(one.pk) for one in sweeping.shown(waiting) if one.subject == "goes")
    response = browser.post(url, {"going": [going]})
    assert response.status_code == 422
    assert f'value="{going}" id="mail-{going}" checked' in response.content.decode()
    assert browser.post(url, {"going": ["no such"], "otherwise": "other"}).status_code == 422
    assert browser.post(url, {"going": [going], "otherwise": "claim"}).status_code == 302
    assert set(MailboxFind.objects.values_list("decision", flat=True)) == {"go", "claim"}
    carry_on(waiting.erasure)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.kept) == ("done", 1)
    assert browser.get(url).status_code == 404


def test_of_who_left_the_officer_decides(client, waiting, rosa, olga):
    rosa.is_active = False
    rosa.save()
    url = f"/mailboxes/look/{waiting.pk}/"
    for user in (factories.make_user("Ada", "administrator"), factories.make_user("Sam")):
        assert signed_in(client, user).get(url).status_code == 404
    browser = signed_in(client, olga)
    assert url in browser.get("/").content.decode(), "on Today"
    assert url in browser.get(f"/privacy-desk/requests/{waiting.erasure.request_id}/erasure/").content.decode()
    assert "Rosa, who left" in browser.get(f"{url}?lang=en").content.decode()
    assert browser.post(url, {"otherwise": "other"}).status_code == 302
    assert set(MailboxFind.objects.values_list("decision", "decided_by")) == {("other", olga.pk)}
    assert LedgerEntry.objects.get(kind="mailbox.decided").actor == olga.pk


def test_the_mailbox_of_who_left_is_asked_for_until_it_is_gone(client, anna, rosa, olga):
    rosa.is_active = False
    rosa.save()
    erasure = approved(anna, olga)
    assert carry_on(erasure).trouble == "mailboxes_by_hand"
    assert any("who left" in str(words) for words in holders["mailboxes"].say([f"mailbox-hand:{rosa.pk}"]).values())
    gone = f"/mailboxes/gone/{rosa.pk}/"
    assert signed_in(client, factories.make_user("Sam")).post(gone).status_code == 404
    browser = signed_in(client, olga)
    assert gone in browser.get("/mailboxes/").content.decode()
    assert (browser.get(gone).status_code, browser.post(gone).status_code) == (405, 302)
    assert rosa not in erasing.without_one()
    assert browser.post(gone).status_code == 404, "said already"
    assert browser.post(f"/mailboxes/gone/{olga.pk}/").status_code == 404, "she works here"
    assert LedgerEntry.objects.filter(kind="mailbox.gone", actor=olga.pk).count() == 1


def test_a_plan_is_counted_in_the_mailboxes_and_changes_nothing_there(client, dovecot, link, anna, rosa, olga):
    link(rosa)
    dovecot.put(rosa.email, mail(ANNA, rosa.email, "one"), mail(rosa.email, ANNA, "two"))
    dovecot.put(rosa.email, mail(rosa.email, "jan@client.example", "three", text=f"Ken je {NAME}?"))
    asked = receive_request(kind="erasure", channel="mail", subject=anna.subject, contact=ANNA)
    identity.known(asked, method="link", actor=None)
    plan = erasures.plan(asked, actor=olga)
    url = f"/privacy-desk/requests/{asked.pk}/erasure/"
    browser = signed_in(client, olga)
    assert "hx-get" in browser.get(url).content.decode(), "it is still counted"
    assert erasures.foresee(plan.pk)
    counted = browser.get(f"{url}{plan.pk}/counted/?lang=en").content.decode()
    assert "2 mails go, 1 mail to look at" in counted
    assert "hx-get" not in counted
    assert dovecot.subjects(rosa.email) == {"INBOX": ["one", "two", "three"]}
    erasures.approve(plan, actor=olga)
    assert not erasures.foresee(plan.pk), "it is past that"
    assert carry_on(plan).trouble == "mailboxes_review"
    assert MailboxSweep.objects.get().removed == 2


def test_the_clock_takes_what_is_surely_theirs_and_asks_nobody(dovecot, link, anna, rosa):
    box = link(rosa)
    factories.make_user("Otto")  # has no linked mailbox, and is not asked to search by hand
    dovecot.put(rosa.email, mail(ANNA, rosa.email, "between us"), mail("bob@person.example", rosa.email, "of Bob"))
    dovecot.put(rosa.email, mail(ANNA, f"{rosa.email}, jan@client.example", "with a client"))
    vacancies.close_vacancy(anna.vacancy, actor=rosa)
    vacancies.close_procedure(anna.vacancy, actor=rosa)
    Message.objects.filter(state=State.QUEUED).update(state=State.ABORTED)
    Candidate.objects.filter(pk=anna.candidate_id).update(erase_on=timezone.localdate() - timedelta(days=1))
    ran = retention.run()
    assert ran is not None
    assert ran.erased == 1
    assert dovecot.subjects(rosa.email) == {"INBOX": ["of Bob", "with a client"]}
    sweep = MailboxSweep.objects.get(mailbox=box)
    assert (sweep.state, sweep.removed, sweep.finds.count()) == ("done", 1, 0)
    step = ErasureStep.objects.get(erasure=sweep.erasure, holder="mailboxes")
    assert step.state == StepState.DONE


def test_who_came_back_keeps_their_mail(link, anna, rosa, dovecot):
    link(rosa)
    dovecot.put(rosa.email, mail(ANNA, rosa.email, "between us"))
    erasure = planning.make([anna.subject], reason="retention")
    running.carry_on(erasure.pk)
    assert ErasureStep.objects.get(erasure=erasure, holder="mailboxes").state != StepState.PENDING
    assert dovecot.subjects(rosa.email) == {"INBOX": ["between us"]}
