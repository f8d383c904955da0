"""A copy of one's data, from the officer's page to the phone: prepared, looked at, a link, a code, read once."""

import io
import json
import logging
import re
import zipfile
import zlib
from datetime import timedelta

import pytest
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from candidates.models import ContactPoint
from mailing import outbox
from mailing.models import InboundFile, Message, State
from privacy import deadlines, links, sealing, services, steps
from privacy.exports import codes, packing
from privacy.exports import services as copies
from privacy.guards import Refused
from privacy.limits import services as limits
from privacy.models import AccessEntry, DataCopy, DataRequest, LedgerEntry, Link, Subject
from tests.factories import make_candidacy, make_inbound
from tests.support.client import Client
from watson.logs import clean


def text(response) -> str:
    return " ".join(response.content.decode().split())


def page_of(asked) -> str:
    return f"/privacy-desk/requests/{asked.pk}/copy/"


def act_on(copy, what) -> str:
    return f"/privacy-desk/copies/{copy.pk}/{what}/"


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, given_name="Anna", surname="Achternaam", email="anna@person.example")


@pytest.fixture
def asked(anna):
    return services.receive_request(kind="access", channel="mail", subject=anna.subject, contact="anna@person.example")


@pytest.fixture
def copy(asked, olga, db):
    """One that is made, and that nobody has looked at."""
    prepared = copies.prepare(asked, kind="access", language="en", actor=olga)
    assert copies.make(prepared.pk)
    prepared.refresh_from_db()
    return prepared


@pytest.fixture
def sent(copy, olga, desk):
    """One whose link has gone."""
    desk(olga).get(act_on(copy, "preview"))
    copies.deliver(copy, code_by="mailbox", actor=olga)
    copy.refresh_from_db()
    return copy


def path_of(copy) -> str:
    return links.path(copy.link)


def mailed_code() -> str:
    body = Message.objects.filter(template__kind="rights_answer_code").latest("created_at").body_text
    return re.findall(r"^\d{4} \d{4}$", body, re.M)[0]


# Preparing


def test_the_officer_has_it_made_looks_and_sends_the_link(
    asked, anna, desk, olga, run_tasks, django_capture_on_commit_callbacks
):
    browser = desk(olga)
    assert "Have the copy made" in text(browser.get(page_of(asked)))
    with django_capture_on_commit_callbacks(execute=True):
        response = browser.post(f"{page_of(asked)}prepare/", {"kind": "access", "language": "en"})
    assert response.status_code == 302
    copy = DataCopy.objects.get()
    assert copy.delete_on == timezone.localdate() + timedelta(days=14)
    assert "Being made" in text(browser.get(page_of(asked)))
    assert "privacy.tasks.make_copy" in run_tasks()
    page = text(browser.get(page_of(asked)))
    assert "Look at the copy first" in page
    deliver = {"code_by": "mailbox", "checked": "on"}
    assert "Look at the copy before it is handed out." in text(browser.post(act_on(copy, "deliver"), deliver))
    shown = browser.get(act_on(copy, "preview"))
    assert "Achternaam" in text(shown)
    assert "default-src 'none'" in shown["Content-Security-Policy"]
    assert AccessEntry.objects.filter(action="preview", subjects__contains=[anna.subject_id]).exists()
    assert browser.post(act_on(copy, "deliver"), {"code_by": "mailbox"}).status_code == 422, "the tick"
    assert browser.post(act_on(copy, "deliver"), deliver).status_code == 302
    copy.refresh_from_db()
    assert (copy.delivered_by, copy.looked_by) == (olga, olga)
    message = Message.objects.get(template__kind="rights_answer_copy")
    assert (message.kind, message.to_email, message.act_id) == ("rights_answer", "anna@person.example", asked.pk)
    assert f"[[link:copy:{copy.link_id}]]" in message.body_text
    assert "not yet" in text(browser.get(page_of(asked)))


def test_the_body_is_sealed_and_the_words_about_others_too(copy, olga):
    copies.cover(copy, words=["Karel Tipgever"], left_out={}, actor=olga)
    copies.make(copy.pk)
    copy.refresh_from_db()
    assert b"Achternaam" in copies.content(copy) or copies.content(copy)[:2] == b"PK"
    assert b"Achternaam" not in bytes(copy.body)
    assert b"Tipgever" not in bytes(copy.notes)
    assert copies.notes_of(copy).words == ["Karel Tipgever"]


def test_covering_makes_it_anew_and_asks_for_another_look(copy, desk, olga, anna):
    source = anna.sources.get()
    source.detail = "Tip of Karel Tipgever"
    source.save(update_fields=["detail"])
    browser = desk(olga)
    browser.get(act_on(copy, "preview"))
    response = browser.post(act_on(copy, "cover"), {"words": "Karel Tipgever"}, follow=True)
    assert "The copy is made anew" in text(response)
    copies.make(copy.pk)
    copy.refresh_from_db()
    assert copies.looked(copy) is None
    assert "Tipgever" not in packing.member(copies.content(copy), packing.PAGE).decode()
    assert copy.counts["covered"] == 1
    assert "1 place about others covered" in text(browser.get(page_of(copy.request)))


def test_a_word_that_would_cover_half_the_text_is_refused_and_kept(copy, desk, olga):
    response = desk(olga).post(act_on(copy, "cover"), {"words": "Karel\nan"})
    assert response.status_code == 422
    assert "“an” is too short" in text(response)
    assert "Karel" in text(response)


def test_a_file_is_left_out_with_its_reason(anna, asked, desk, olga, reply_with_file):
    file = reply_with_file(anna, "Referenties.txt", b"Over iemand anders")
    copy = copies.prepare(asked, kind="access", language="en", actor=olga)
    copies.make(copy.pk)
    copy.refresh_from_db()
    assert "files/001-Referenties.txt" in packing.members(copies.content(copy))
    browser = desk(olga)
    assert "Referenties.txt" in text(browser.get(page_of(asked)))
    browser.post(act_on(copy, "cover"), {"words": "", f"file-{file.pk}": "others"})
    copies.make(copy.pk)
    copy.refresh_from_db()
    assert [name for name in packing.members(copies.content(copy)) if name.startswith("files/")] == []
    assert (
        "One file is left out: it is about somebody else."
        in packing.member(copies.content(copy), packing.PAGE).decode()
    )
    assert "1 file left out" in text(browser.get(page_of(asked)))


@pytest.fixture
def reply_with_file(db):
    def make(candidacy, name, content):
        mail = make_inbound(candidacy)
        row = InboundFile(mail=mail, name=name, content_type="text/plain", size=len(content), sha256="0" * 64)
        row.body = sealing.seal(zlib.compress(content), context=f"inbound_file:{row.pk}")
        row.save(force_insert=True)
        return row

    return make


def test_preparing_again_replaces_what_nobody_got(copy, asked, olga):
    again = copies.prepare(asked, kind="access", language="en", actor=olga)
    assert list(DataCopy.objects.all()) == [again]


def test_nothing_can_be_prepared_for_nobody(agency, olga, desk):
    asked = services.receive_request(kind="access", channel="mail", contact="nobody@person.example")
    with pytest.raises(Refused, match="nothing to copy"):
        copies.prepare(asked, kind="access", language="en", actor=olga)
    assert "Nobody here belongs to this request" in text(desk(olga).get(page_of(asked)))


def test_two_workers_make_it_once_and_a_dead_one_is_taken_over(asked, olga):
    copy = copies.prepare(asked, kind="access", language="en", actor=olga)
    DataCopy.objects.filter(pk=copy.pk).update(state="making", claimed_at=timezone.now())
    assert not copies.make(copy.pk)
    DataCopy.objects.filter(pk=copy.pk).update(claimed_at=timezone.now() - timedelta(minutes=11))
    assert copies.make_leftovers() == 1
    assert not copies.make(copy.pk)


def test_a_copy_of_somebody_erased_meanwhile_is_not_kept(asked, olga, anna):
    copy = copies.prepare(asked, kind="access", language="en", actor=olga)
    Subject.objects.filter(pk=anna.subject_id).update(erased_at=timezone.now())
    assert not copies.make(copy.pk)


# Who may


def test_the_door(copy, asked, desk, rosa, carl, ada):
    looks = [page_of(asked), act_on(copy, "preview"), act_on(copy, "download")]
    posts = [f"{page_of(asked)}prepare/", act_on(copy, "cover"), act_on(copy, "deliver")]
    for url in looks:
        assert desk(None).get(url).status_code == 302
        assert [desk(user).get(url).status_code for user in (carl, rosa)] == [404, 404]
        assert desk(ada).get(url).status_code == 200
        assert desk(ada).post(url).status_code == 405
    for url in posts:
        assert [desk(user).post(url).status_code for user in (carl, rosa)] == [404, 404]
        assert desk(ada).get(url).status_code == 405
    nobody = "6f2b4c1e-0000-4000-8000-000000000000"
    assert desk(ada).get(f"/privacy-desk/requests/{nobody}/copy/").status_code == 404
    assert desk(ada).get(f"/privacy-desk/copies/{nobody}/preview/").status_code == 404
    assert desk(ada).get(f"{act_on(copy, 'preview')}../../etc/passwd").status_code == 404


def test_what_is_not_made_yet_is_not_shown(asked, olga, desk):
    copy = copies.prepare(asked, kind="access", language="en", actor=olga)
    assert desk(olga).get(act_on(copy, "preview")).status_code == 404
    assert desk(olga).get(act_on(copy, "download")).status_code == 404
    assert desk(olga).get(page_of(asked), headers={"HX-Request": "true"}).status_code == 204
    copies.make(copy.pk)
    assert desk(olga).get(page_of(asked), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_for_a_letter_it_can_be_downloaded_and_that_is_noted(copy, desk, olga):
    response = desk(olga).get(act_on(copy, "download"))
    assert response["Content-Type"] == "application/zip"
    assert AccessEntry.objects.filter(action="download", about_id=copy.pk).exists()


# The link and the code


def test_link_code_read_and_only_once(sent, client):
    path = path_of(sent)
    page = text(client.get(path))
    assert "a…@person.example" in page
    assert "anna@person.example" not in page
    assert not Message.objects.filter(template__kind="rights_answer_code").exists(), "a GET sends nothing"
    assert "A code is on its way" in text(client.post(path, {"ask": "1"}, follow=True))
    code = mailed_code()
    response = client.post(path, {"code": code}, follow=True)
    assert "It is open" in text(response)
    assert "Achternaam" in text(client.get(f"{path}read/"))
    body = client.get(f"{path}read/all.zip")
    assert body["Content-Disposition"] == 'attachment; filename="my-data.zip"'
    with zipfile.ZipFile(io.BytesIO(body.content)) as packed:
        assert {packing.PAGE, packing.DATA} <= set(packed.namelist())
        assert json.loads(packed.read(packing.DATA))["held"] is True
    assert client.get(f"{path}read/no.such").status_code == 404
    sent.refresh_from_db()
    assert sent.opened_at is not None
    assert sent.link.used_at is not None
    stranger = Client()
    assert "This link no longer works" in text(stranger.get(f"{path}?lang=en"))
    assert stranger.get(f"{path}read/").status_code == 403
    assert stranger.post(path, {"code": code}).status_code == 200
    assert "no longer works" in text(stranger.post(f"{path}?lang=en", {"code": code}))


def test_the_browser_that_opened_it_reads_for_half_an_hour(sent, client):
    path = path_of(sent)
    client.post(path, {"ask": "1"})
    client.post(path, {"code": mailed_code()})
    assert client.get(f"{path}read/").status_code == 200
    DataCopy.objects.update(opened_at=timezone.now() - copies.READ_FOR)
    assert client.get(f"{path}read/").status_code == 403


def test_a_forged_cookie_opens_nothing(sent, client):
    path = path_of(sent)
    DataCopy.objects.update(opened_at=timezone.now())
    client.cookies["copy"] = f"{sent.link_id}:forged"
    assert client.get(f"{path}read/").status_code == 403
    client.cookies["copy"] = signing.get_cookie_signer(salt="copycopy").sign(str(sent.pk))
    assert client.get(f"{path}read/").status_code == 403


def test_five_wrong_codes_end_a_code_and_five_codes_end_the_link(sent, client):
    path = f"{path_of(sent)}?lang=en"
    assert "This code no longer works" in text(client.post(path, {"code": "00000000"})), "none was asked for"
    client.post(path, {"ask": "1"})
    right = mailed_code()
    wrong = "00000000" if right.replace(" ", "") != "00000000" else "11111111"
    for left in range(5):
        page = text(client.post(path, {"code": wrong}))
        assert ("This is not the code" if left < 4 else "This code no longer works") in page
    assert client.post(path, {"code": right}).status_code == 422
    sent.refresh_from_db()
    assert sent.opened_at is None
    for _again in range(4):
        assert client.post(path, {"ask": "1"}).status_code == 302
    response = client.post(path, {"ask": "1"})
    assert response.status_code == 409
    assert "No more codes" in text(response)
    assert LedgerEntry.objects.filter(kind="copy.code_wrong").count() == 5


def test_a_newer_code_ends_the_one_before_and_a_code_ends_by_itself(sent, client):
    path = path_of(sent)
    client.post(path, {"ask": "1"})
    first = mailed_code()
    client.post(path, {"ask": "1"})
    assert client.post(path, {"code": first}).status_code == 422
    DataCopy.objects.update(code_at=timezone.now() - copies.CODE_LIVES - timedelta(seconds=1))
    assert client.post(path, {"code": mailed_code()}).status_code == 422
    DataCopy.objects.update(code_at=timezone.now())
    assert client.post(path, {"code": mailed_code()}).status_code == 302


def test_the_code_goes_to_the_mailbox_we_know_whatever_the_request_names(anna, olga, desk, client, agency):
    asked = services.receive_request(
        kind="access", channel="form", subject=anna.subject, contact="other@stranger.example"
    )
    copy = copies.prepare(asked, kind="access", language="nl", actor=olga)
    copies.make(copy.pk)
    copy.refresh_from_db()
    desk(olga).get(act_on(copy, "preview"))
    copies.deliver(copy, code_by="mailbox", actor=olga)
    copy.refresh_from_db()
    client.post(path_of(copy), {"ask": "1"})
    to = dict(Message.objects.filter(kind="rights_answer").values_list("template__kind", "to_email"))
    assert to == {"rights_answer_copy": "other@stranger.example", "rights_answer_code": "anna@person.example"}


def test_without_a_mailbox_the_officer_tells_the_code_once(anna, copy, desk, olga, client):
    ContactPoint.objects.update(removed_at=timezone.now())
    browser = desk(olga)
    browser.get(act_on(copy, "preview"))
    deliver = {"code_by": "mailbox", "checked": "on"}
    assert "We know no e-mail address" in text(browser.post(act_on(copy, "deliver"), deliver))
    page = text(browser.post(act_on(copy, "deliver"), {**deliver, "code_by": "colleague"}))
    code = re.findall(r"\d{4} \d{4}", page)[0]
    assert code not in text(browser.get(page_of(copy.request)))
    copy.refresh_from_db()
    assert codes.code_of(copy) == code.replace(" ", "")
    assert not Message.objects.filter(body_text__contains=code).exists()
    path = path_of(copy)
    assert client.post(path, {"ask": "1"}).status_code == 409
    assert client.post(path, {"code": code}).status_code == 302


def test_a_new_link_ends_the_one_before(sent, olga, client):
    old = path_of(sent)
    copies.deliver(sent, code_by="mailbox", actor=olga)
    sent.refresh_from_db()
    assert client.get(old).status_code == 404
    assert client.get(path_of(sent)).status_code == 200


def test_looking_at_the_page_changes_nothing(sent, client):
    before = (LedgerEntry.objects.count(), Message.objects.count(), DataCopy.objects.values().get())
    for method in (client.get, client.head):
        assert method(path_of(sent)).status_code == 200
    assert client.put(path_of(sent)).status_code == 405
    assert client.post(f"{path_of(sent)}read/").status_code == 405
    assert (LedgerEntry.objects.count(), Message.objects.count(), DataCopy.objects.values().get()) == before


def test_staff_open_no_copy_through_the_link(sent, desk, olga):
    browser = desk(olga)
    assert browser.post(path_of(sent), {"ask": "1"}).status_code == 403
    assert not Message.objects.filter(template__kind="rights_answer_code").exists()


def test_it_needs_its_token_and_the_form_too(sent, client):
    assert client.get(f"/copy/{'x' * 43}/").status_code == 404
    assert client.get(path_of(sent).replace("/copy/", "/me/")).status_code == 404
    assert Client(enforce_csrf_checks=True).post(path_of(sent), {"ask": "1"}).status_code == 403


def test_a_token_is_never_in_the_log(sent, client, caplog):
    token = path_of(sent).split("/")[2]
    with caplog.at_level(logging.DEBUG):
        client.get(f"{path_of(sent)}read/")
    raw = "\n".join(record.getMessage() for record in caplog.records)
    assert token in raw
    assert token not in clean(raw)


def test_the_page_speaks_the_language_of_the_copy(sent, client):
    assert '<html lang="en"' in text(client.get(path_of(sent)))
    assert '<html lang="nl"' in text(client.get(f"{path_of(sent)}?lang=nl"))


def test_somebody_who_said_stop_or_is_limited_still_gets_the_answer(sent, anna):
    limits.restrict(anna.subject, ground="contested", actor=None)
    assert "rights_answer" in {message.kind for message in outbox.claim()}
    assert not Message.objects.filter(kind="rights_answer", state=State.ABORTED).exists()


# Its end


def test_it_is_deleted_after_fourteen_days_and_its_link_with_it(sent, client):
    path = path_of(sent)
    sent.delete_on = timezone.localdate() - timedelta(days=1)
    sent.save(update_fields=["delete_on"])
    assert copies.forget_old() == 1
    assert not DataCopy.objects.exists()
    assert Link.objects.get(pk=sent.link_id).revoked_at is not None
    assert client.get(path).status_code == 404
    assert copies.forget_old() == 0


def test_it_is_not_deleted_before_and_cannot_be_kept_longer(sent):
    assert copies.forget_old() == 0
    with pytest.raises(IntegrityError, match="copy_gone_in_time"), transaction.atomic():
        DataCopy.objects.update(delete_on=timezone.localdate() + timedelta(days=30))


def test_the_database_hands_nothing_out_that_nobody_looked_at(copy):
    with pytest.raises(IntegrityError, match="copy_looked_at_first"), transaction.atomic():
        DataCopy.objects.update(delivered_at=timezone.now())


def test_an_erasure_takes_it_along(sent, anna):
    services.erase(anna.subject, reason="asked")
    assert not DataCopy.objects.exists()


# On the request


def test_the_steps_of_a_request_say_where_it_stands(copy, asked, desk, olga):
    by_code = {step.code: step for step in steps.steps_for(asked)}
    assert by_code["copy_prepared"].done_at == copy.made_at
    assert by_code["copy_delivered"].is_open
    desk(olga).get(act_on(copy, "preview"))
    copies.deliver(copy, code_by="mailbox", actor=olga)
    delivered = {step.code: step for step in steps.steps_for(asked)}["copy_delivered"]
    assert (delivered.is_open, delivered.done_by) == (False, "Olga")
    erasure = DataRequest.objects.create(
        kind="erasure",
        channel="mail",
        subject=asked.subject,
        received_at=timezone.now(),
        due_on=deadlines.due_date(timezone.now()),
        calendar_version="t",
    )
    assert "copy_prepared" not in {step.code for step in steps.steps_for(erasure)}


# Taking along


def test_taking_along_holds_what_the_person_gave_and_no_more(anna, asked, olga, reply_with_file):
    reply_with_file(anna, "CV.txt", b"Mijn loopbaan")
    copy = copies.prepare(asked, kind="portability", language="nl", actor=olga)
    copies.make(copy.pk)
    copy.refresh_from_db()
    body = copies.content(copy)
    assert set(packing.members(body)) == {packing.PAGE, packing.RESUME, packing.GIVEN, "files/001-CV.txt"}
    assert packing.member(body, "files/001-CV.txt") == b"Mijn loopbaan"
    given = json.loads(packing.member(body, packing.GIVEN))
    assert given["mailing.InboundMail"][0]["text"]
    assert "linkedin" not in str(given), "where a recruiter found it was not given"
    resume = json.loads(packing.member(body, packing.RESUME))
    assert resume["basics"] == {}, "a recruiter typed the name"
