"""Files under a message and pictures in it: from adding them to what SparkPost gets, and to forgetting them."""

import hashlib
import urllib.request
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from mailing import attachments, outbox, tasks, transmissions
from mailing.models import Attachment, StoredFile
from privacy import registry
from privacy.guards import Refused
from privacy.models import LedgerEntry
from tests import factories

PDF = b"%PDF-1.4 a profile of the job"
PNG = bytes.fromhex("89504e470d0a1a0a") + b"a small picture"


@pytest.fixture
def rosa(organisation):
    return factories.make_user("Rosa")


@pytest.fixture
def profile(rosa):
    return attachments.add("Profile of the job.pdf", PDF, content_type="application/pdf", actor=rosa)


def test_a_file_is_sealed_and_its_adding_is_noted(profile, rosa):
    assert profile.sha256 == hashlib.sha256(PDF).hexdigest()
    assert attachments.content_of(StoredFile.objects.get()) == PDF
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM mailing_storedfile")
        assert PDF not in bytes(cursor.fetchone()[0])
    assert LedgerEntry.objects.get(kind="mail.file_added").actor == rosa.pk


def test_files_and_pictures_go_along_and_the_text_part_stays(queue, standin, profile, rosa):
    picture = attachments.add("map.png", PNG, content_type="image/png", actor=rosa)
    queue(attachments=[profile], inline={"map": picture})
    assert outbox.hand_over() == 1
    (mail,) = standin.mails
    assert [(file.name, file.content_type, file.content, file.inline) for file in mail.files] == [
        ("Profile of the job.pdf", "application/pdf", PDF, False),
        ("map", "image/png", PNG, True),
    ]
    assert mail.text
    assert mail.html

    with urllib.request.urlopen(f"{standin.url}/outbox/{mail.key}/", timeout=10) as page:
        assert "Profile of the job.pdf" in page.read().decode()
    with urllib.request.urlopen(f"{standin.url}/outbox/{mail.key}/file/0/", timeout=10) as file:
        assert file.read() == PDF
        assert file.headers["Content-Disposition"] == "attachment"


def test_a_message_without_files_names_none(queue, standin):
    queue()
    outbox.hand_over()
    assert not {"attachments", "inline_images"} & standin.mails[0].payload["content"].keys()


@pytest.mark.parametrize(
    ("content", "content_type", "rule"),
    [
        (b"", "application/pdf", attachments.EMPTY),
        (b"x" * (attachments.MOST_BYTES + 1), "application/pdf", attachments.TOO_LARGE),
        (b"x", "no type", attachments.NO_TYPE),
    ],
)
def test_what_cannot_go_along_is_refused_in_a_sentence(rosa, content, content_type, rule):
    with pytest.raises(Refused) as refusal:
        attachments.add("file.pdf", content, content_type=content_type, actor=rosa)
    assert refusal.value.code == rule
    assert len(str(refusal.value)) > 15


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Setup.EXE", b"x"),
        ("profile.pdf.js", b"x"),
        ("..\\macro.vbs ", b"x"),
        ("profile.pdf", b"MZ\x90\x00 a program by another name"),
        ("profile", b"\x7fELF"),
    ],
)
def test_what_mail_servers_refuse_is_refused_here(rosa, name, content):
    with pytest.raises(Refused, match="programs and scripts") as refusal:
        attachments.add(name, content, content_type="application/pdf", actor=rosa)
    assert refusal.value.code == attachments.KIND
    assert not StoredFile.objects.exists()
    for harmless in ("exe.pdf", "js", "Profile.docx"):
        attachments.add(harmless + ".pdf", b"x", content_type="application/pdf", actor=rosa)
    assert StoredFile.objects.count() == 3


def test_files_too_large_together_queue_nothing(queue, rosa):
    half = attachments.MOST_BYTES // 2 + 1
    files = [attachments.add(f"{n}.bin", b"x" * half, content_type="a/b", actor=rosa) for n in range(2)]
    with pytest.raises(Refused, match="14 MB"):
        queue(attachments=files)
    assert Attachment.objects.count() == 0
    queue(attachments=files[:1])
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\work\\CV.docx", "CV.docx"),
        ("{{email}}.pdf", "((email)).pdf"),
        ("a\r\nBcc: x@y.pdf", "a Bcc x@y.pdf"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("  ", "file"),
    ],
)
def test_a_name_is_only_a_name(given, kept):
    assert attachments.plain_name(given) == kept


def test_an_erasure_takes_the_file_unless_others_got_it_too(queue, profile, rosa):
    own = attachments.add("CV.pdf", b"cv", content_type="application/pdf", actor=rosa)
    message, other = queue(attachments=[profile, own]), queue(attachments=[profile])
    assert {row["name"] for row in registry.export(message.subject)["mailing"]["mailing.StoredFile"]} == {
        "Profile of the job.pdf",
        "CV.pdf",
    }
    registry.handlers["mailing"].erase(message.subject)
    assert list(StoredFile.objects.all()) == [profile]
    assert not message.attachments.exists()
    assert other.attachments.count() == 1
    assert registry.handlers["mailing"].verify(message.subject) == []
    registry.handlers["mailing"].erase(other.subject)
    assert not StoredFile.objects.exists()


def test_files_nobody_uses_are_forgotten_after_a_day(queue, profile, rosa):
    used = attachments.add("used.pdf", b"used", content_type="application/pdf", actor=rosa)
    queue(attachments=[used])
    assert tasks.forget_unused_files() == 0
    StoredFile.objects.update(added_at=timezone.now() - timedelta(days=2))
    assert tasks.forget_unused_files() == 1
    assert list(StoredFile.objects.all()) == [used]


def test_many_messages_are_asked_about_in_a_handful_of_queries(queue, profile, django_assert_max_num_queries):
    messages = [queue(attachments=[profile]) for _ in range(4)]
    organisation = factories.make_organisation()
    with django_assert_max_num_queries(6):
        built = transmissions.build(messages, organisation)
    assert all(isinstance(transmission, dict) for transmission in built.values())
