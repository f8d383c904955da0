"""The organisation's logo: a small picture within every mail, chosen in the admin, off without one."""

import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Role
from mailing import attachments, authoring, logos, outbox, rendering
from mailing.models import Attachment, Logo, StoredFile
from privacy import services as privacy
from privacy.guards import Refused
from tests import factories


def png(width=480, height=120, pad=0):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (width + 1) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"") + b"\0" * pad


def gif(width=100, height=50):
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0" * 20


def jpeg(width=300, height=90):
    tables = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF" + b"\0" * 10
    return b"\xff\xd8" + tables + b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\0" * 30


@pytest.fixture
def ada(db):
    return factories.make_user("Ada", Role.ADMINISTRATOR)


def test_without_one_mail_goes_as_it_went(queue, standin):
    message = queue()
    assert "cid:" not in message.body_html
    outbox.hand_over()
    assert "inline_images" not in standin.mails[0].payload["content"]


@pytest.mark.parametrize(("made", "kind"), [(png, "image/png"), (gif, "image/gif"), (jpeg, "image/jpeg")])
def test_it_stands_within_every_mail_and_nothing_is_fetched(queue, standin, ada, made, kind):
    logos.choose(made(), actor=ada)
    message = queue()
    head, _sheet, rest = message.body_html.partition('<img src="cid:logo"')
    assert 'alt="Voorbeeld Search"' in rest[:120]
    assert "http" not in head.partition("<body>")[2], "before anything else"
    assert "cid:" not in message.body_text
    outbox.hand_over()
    (mail,) = standin.mails
    assert [(file.name, file.content_type, file.content, file.inline) for file in mail.files] == [
        ("logo", kind, made(), True)
    ]


def test_it_goes_beside_files_and_other_pictures(queue, ada):
    logos.choose(png(), actor=ada)
    paper = attachments.add("Profile.pdf", b"%PDF", content_type="application/pdf", actor=None)
    picture = attachments.add("Map.png", png(10, 10), content_type="image/png", actor=None)
    message = queue(attachments=[paper], inline={"map": picture})
    assert sorted(message.attachments.values_list("content_id", flat=True)) == ["", "logo", "map"]


@pytest.mark.parametrize(
    ("size", "shown"), [((480, 120), (240, 60)), ((2000, 100), (240, 12)), ((100, 400), (16, 64)), ((50, 20), (50, 20))]
)
def test_it_is_shown_small(ada, size, shown):
    logo = logos.choose(png(*size), actor=ada)
    assert (logo.width, logo.height) == shown


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "PNG, JPEG or GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "PNG, JPEG or GIF"),
        (b"MZ program", "PNG, JPEG or GIF"),
        (b"\x89PNG\r\n\x1a\n", "PNG, JPEG or GIF"),
        (b"\xff\xd8\xff", "PNG, JPEG or GIF"),
        (b"\xff\xd8\xff\xe0\0\0" + b"\0" * 40, "PNG, JPEG or GIF"),
        (png(0, 10), "PNG, JPEG or GIF"),
        (png(2001, 10), "2000 pixels"),
        (png(pad=logos.MOST_BYTES), "at most 50 KB"),
    ],
)
def test_what_is_no_small_picture_is_refused_in_words(ada, content, sentence):
    with pytest.raises(Refused, match=sentence):
        logos.choose(content, actor=ada)
    assert not Logo.objects.exists()


def test_another_one_leaves_what_was_sent_as_it_was(queue, ada):
    first = logos.choose(png(), actor=ada)
    old = queue(key="old")
    second = logos.choose(gif(), actor=ada)
    assert Logo.objects.get() == second
    assert old.attachments.get().file == first.file
    assert queue(key="new").attachments.get().file == second.file
    assert not StoredFile.objects.unused().exists()
    assert first.file != second.file


def test_erasing_a_reader_leaves_the_logo_to_the_others(queue, ada):
    logo = logos.choose(png(), actor=ada)
    candidacy = factories.make_candidacy()
    message = queue(candidacy)
    type(message).objects.update(state="aborted")
    privacy.erase(candidacy.subject, reason="request")
    assert not Attachment.objects.exists()
    assert StoredFile.objects.get() == logo.file


def test_the_page_of_a_message_shows_it_as_the_reader_saw_it(queue, ada, browse):
    logos.choose(png(), actor=ada)
    message = queue()
    answer = browse(message.sender).get(reverse("mailing:body", args=[message.pk]))
    assert '<img src="data:image/png;base64,iVBOR' in answer.content.decode()
    assert "img-src data:" in answer["Content-Security-Policy"]
    assert 'src=""' in rendering.as_seen('<img src="cid:gone" alt="x">')


def test_a_test_of_a_template_shows_it_too(organisation, ada):
    logos.choose(png(), actor=ada)
    draft = factories.make_template(published_at=None, author=ada)
    message = authoring.send_test(draft, actor=ada)
    assert 'src="cid:logo"' in message.body_html
    assert message.attachments.get().content_id == "logo"


# In the admin


@pytest.fixture
def desk(client, ada):
    client.force_login(ada)
    return client


def upload(content, name="logo.png"):
    return {"picture": SimpleUploadedFile(name, content, "image/png")}


def test_an_administrator_chooses_changes_and_removes_it(desk):
    add = reverse("admin:mailing_logo_add")
    assert desk.get(add).status_code == 200
    assert desk.post(add, upload(png())).status_code == 302
    assert desk.get(add).status_code == 403, "there is one"
    change = reverse("admin:mailing_logo_change", args=[1])
    assert desk.get(change).status_code == 200
    assert desk.post(change, upload(gif())).status_code == 302
    assert Logo.objects.get().file.content_type == "image/gif"
    assert desk.post(reverse("admin:mailing_logo_delete", args=[1]), {"post": "yes"}).status_code == 302
    assert logos.current() is None


def test_a_bad_picture_is_told_at_its_field(desk):
    answer = desk.post(reverse("admin:mailing_logo_add"), upload(b"<svg/>", "logo.svg"))
    assert answer.status_code == 200
    assert "A logo is a PNG, JPEG or GIF picture" in answer.content.decode()
    assert not Logo.objects.exists()


def test_others_find_nothing_here(client, db):
    user = factories.make_user("Olga", Role.OFFICER)
    client.force_login(user)
    assert client.get(reverse("admin:mailing_logo_add"), follow=True).status_code == 404
