"""Incoming mail that no worker can take in: kept, seen, tried again, dealt with by hand, and gone by its last day."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Role
from mailing import tasks
from mailing.models import InboundBatch, InboundMail
from mailing.replies import intake, services, stuck
from mailing.signals import reply_received
from privacy import sealing
from privacy.guards import Refused
from privacy.models import LedgerEntry
from tests import factories
from tests.mailing.letters import letter, relay
from tests.support.client import Client

GONE = b"\x02t1" + b"x" * 60


def posted(body):
    batch = services.receive(body)
    assert batch is not None
    return batch


def fail_until_given_up(batch):
    """What beat does, minute after minute."""
    InboundBatch.objects.filter(pk=batch.pk).update(received_at=timezone.now() - timedelta(hours=1))
    for _minute in range(intake.MAX_ATTEMPTS):
        intake.take_in_leftovers()
    batch.refresh_from_db()


@pytest.fixture
def unreadable(db):
    """A post whose key is not here now, given up."""
    batch = posted(relay(letter("Vertrouwelijk.", Subject="Over mijn sollicitatie")))
    whole = bytes(batch.body)
    InboundBatch.objects.filter(pk=batch.pk).update(body=GONE)
    fail_until_given_up(batch)
    batch.whole = whole
    return batch


@pytest.fixture
def closed_ears(db):
    """A floor above that can't hear of Berta's answer."""

    def explode(sender, mail, **kwargs):
        if mail.from_email == "berta@person.example":
            raise ValueError("a fault of ours")

    reply_received.connect(explode)
    yield
    reply_received.disconnect(explode)


@pytest.fixture
def desk(db):
    factories.make_organisation()

    def sit(role):
        browser = Client()
        user = factories.make_user(f"{role} somebody", role)
        browser.force_login(user)
        return browser

    return sit


# Kept


def test_after_thirty_tries_it_is_kept_for_a_person(unreadable):
    assert (unreadable.attempts, unreadable.taken_in_at) == (intake.MAX_ATTEMPTS, None)
    assert unreadable.stuck_at is not None
    assert bytes(unreadable.body) == GONE, "nothing of it is thrown away"
    assert unreadable.erase_on == timezone.localdate(unreadable.received_at) + timedelta(days=settings.MAIL_STRAY_DAYS)
    assert intake.take_in(str(unreadable.pk)) == 0
    unreadable.refresh_from_db()
    assert unreadable.attempts == intake.MAX_ATTEMPTS, "no worker takes it again by itself"


def test_before_that_it_is_simply_tried_again(db):
    batch = posted(relay(letter()))
    whole = bytes(batch.body)
    InboundBatch.objects.filter(pk=batch.pk).update(body=GONE)
    with pytest.raises(sealing.Unsealable):
        intake.take_in(str(batch.pk))
    InboundBatch.objects.filter(pk=batch.pk).update(body=whole)
    assert intake.take_in(str(batch.pk)) == 1
    assert not InboundBatch.objects.stuck().exists()


def test_one_whose_workers_were_killed_each_time_is_given_up_too(db):
    batch = posted(relay(letter()))
    InboundBatch.objects.filter(pk=batch.pk).update(
        attempts=intake.MAX_ATTEMPTS + 1, received_at=timezone.now() - timedelta(hours=1)
    )
    assert intake.take_in_leftovers() == 0
    assert InboundBatch.objects.stuck().get() == batch


def test_a_mail_that_fails_holds_up_none_beside_it(closed_ears):
    for name in ("anna", "berta"):
        factories.make_candidacy(
            factories.make_vacancy(owner=factories.make_user(name)), email=f"{name}@person.example"
        )
    both = json.loads(relay(letter(From="berta@person.example"))) + json.loads(relay(letter()))
    batch = posted(json.dumps(both).encode())
    for _again in range(2):
        with pytest.raises(ValueError, match="fault of ours"):
            intake.take_in(str(batch.pk))
    assert InboundMail.objects.get().from_email == "anna@person.example"
    batch.refresh_from_db()
    assert (batch.taken_in_at, bool(batch.body)) == (None, True)


def test_the_database_wants_a_last_day(db):
    batch = posted(relay(letter()))
    with pytest.raises(IntegrityError, match="inbound_stuck_ends"), transaction.atomic():
        InboundBatch.objects.filter(pk=batch.pk).update(stuck_at=timezone.now())


# Gone


def test_it_goes_after_its_last_day(unreadable):
    today = timezone.localdate()
    InboundBatch.objects.filter(pk=unreadable.pk).update(erase_on=today)
    assert tasks.delete_strays() == 0
    InboundBatch.objects.filter(pk=unreadable.pk).update(erase_on=today - timedelta(days=1))
    assert tasks.delete_strays() == 1
    unreadable.refresh_from_db()
    assert (bytes(unreadable.body), unreadable.taken_in_at is None) == (b"", False)
    assert tasks.delete_strays() == 0
    assert LedgerEntry.objects.filter(kind="reply.stuck_deleted").count() == 1


# At the desk


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMINISTRATOR])
def test_today_and_the_list_of_mail_say_so(desk, unreadable, role):
    browser = desk(role)
    for page in ("/", "/mail/replies/"):
        shown = browser.get(page).content.decode()
        assert "1 mail that came in could not be taken in" in shown
        assert "/mail/replies/stuck/" in shown
    stuck.delete(unreadable, actor=factories.make_user("Olga", Role.OFFICER))
    for page in ("/", "/mail/replies/"):
        assert "could not be taken in" not in browser.get(page).content.decode()


def test_only_the_officer_reads_whose_it_is(desk, unreadable):
    InboundBatch.objects.filter(pk=unreadable.pk).update(body=unreadable.whole)
    shown = desk(Role.OFFICER).get("/mail/replies/stuck/").content.decode()
    assert "anna@person.example" in shown
    shown = desk(Role.ADMINISTRATOR).get("/mail/replies/stuck/").content.decode()
    assert "Try again" in shown
    assert "anna@person.example" not in shown
    url = f"/mail/replies/stuck/{unreadable.pk}/mail.zip"
    assert desk(Role.ADMINISTRATOR).post(url).status_code == 404
    assert not LedgerEntry.objects.filter(kind="reply.stuck_read").exists()


def test_one_that_can_not_even_be_opened_is_shown(desk, unreadable):
    browser = desk(Role.OFFICER)
    assert "Not even the sender can be read" in browser.get("/mail/replies/stuck/").content.decode()
    said = browser.post(f"/mail/replies/stuck/{unreadable.pk}/mail.zip", follow=True).content.decode()
    assert "the key it was sealed with is not here" in said


def test_the_officer_saves_the_mail_as_it_came(desk, unreadable):
    InboundBatch.objects.filter(pk=unreadable.pk).update(body=unreadable.whole)
    answer = desk(Role.OFFICER).post(f"/mail/replies/stuck/{unreadable.pk}/mail.zip")
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["mail-1.eml"]
        assert b"Vertrouwelijk." in archive.read("mail-1.eml")
    assert LedgerEntry.objects.filter(kind="reply.stuck_read").count() == 1


def test_trying_again_takes_it_in_once_the_cause_is_mended(desk, unreadable):
    browser = desk(Role.ADMINISTRATOR)
    browser.post(f"/mail/replies/stuck/{unreadable.pk}/again/")
    with pytest.raises(sealing.Unsealable):
        intake.take_in(str(unreadable.pk))
    assert InboundBatch.objects.stuck().get() == unreadable, "it failed again and is back"
    InboundBatch.objects.filter(pk=unreadable.pk).update(body=unreadable.whole)
    browser.post(f"/mail/replies/stuck/{unreadable.pk}/again/")
    assert intake.take_in(str(unreadable.pk)) == 1
    assert InboundMail.objects.get().subject_line == "Over mijn sollicitatie"
    assert not InboundBatch.objects.stuck().exists()


def test_what_was_dealt_with_is_gone_for_good(desk, unreadable):
    browser = desk(Role.OFFICER)
    assert browser.post(f"/mail/replies/stuck/{unreadable.pk}/delete/").status_code == 302
    unreadable.refresh_from_db()
    assert bytes(unreadable.body) == b""
    said = browser.post(f"/mail/replies/stuck/{unreadable.pk}/delete/", follow=True).content.decode()
    assert "not waiting for anybody any more" in said
    with pytest.raises(Refused):
        stuck.try_again(unreadable, actor=factories.make_user("Olga", Role.OFFICER))


def test_recruiters_and_clients_have_nothing_here(desk, unreadable):
    assert "could not be taken in" not in desk(Role.RECRUITER).get("/").content.decode()
    for role in (Role.RECRUITER, Role.CLIENT):
        browser = desk(role)
        assert browser.get("/mail/replies/stuck/").status_code == 404
        for act in ("again", "delete"):
            assert browser.post(f"/mail/replies/stuck/{unreadable.pk}/{act}/").status_code == 404


def test_changing_takes_a_post_and_what_is_not_there_is_404(desk, unreadable):
    browser = desk(Role.OFFICER)
    for act in ("again/", "delete/", "mail.zip"):
        assert browser.get(f"/mail/replies/stuck/{unreadable.pk}/{act}").status_code == 405
        nothing = "00000000-0000-0000-0000-000000000000"
        assert browser.post(f"/mail/replies/stuck/{nothing}/{act}").status_code == 404
