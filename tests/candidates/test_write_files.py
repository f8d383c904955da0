"""Files that go along with a message of one's own words: kept while it is typed, looked at, sent once."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from candidates.models import Round, RoundFile
from candidates.services import rounds
from mailing.models import Attachment, Message
from privacy.guards import Refused
from tests.factories import make_candidacy


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, given_name="Anna", surname="Bos", email="anna@person.example", notice=True)


@pytest.fixture
def bert(vacancy):
    return make_candidacy(vacancy, given_name="Bert", surname="Kok", email="bert@person.example", notice=True)


def at(candidacy):
    return reverse("candidates:write", args=[candidacy.pk])


def typed(**changes):
    return {"title": "Ons gesprek", "text": "Schikt dinsdag?", "key": str(uuid4()), **changes}


def upload(name="Route.pdf", content=b"%PDF-1.4 the way"):
    return SimpleUploadedFile(name, content, "application/pdf")


def text_of(response):
    return response.content.decode()


def test_files_survive_a_look_and_go_along_once(desk, anna, rosa):
    browser, post = desk(rosa), typed()
    assert 'enctype="multipart/form-data"' in text_of(browser.get(at(anna)))
    looked = text_of(browser.post(at(anna), {**post, "look": "1", "new_files": [upload()]}))
    # Once with a button to remove it, once under the message that is looked at.
    assert looked.count("<span>Route.pdf</span>") == 2
    assert not Message.objects.filter(kind="letter").exists()
    assert not Attachment.objects.exists()
    for _twice in range(2):
        browser.post(at(anna), {**post, "send": "1"})
    assert [use.file.name for use in Attachment.objects.filter(message__kind="letter")] == ["Route.pdf"]
    assert not RoundFile.objects.exists()
    assert not Round.objects.exists()


def test_files_chosen_with_the_button_that_sends_go_along(desk, anna, rosa):
    desk(rosa).post(at(anna), typed(send="1", new_files=[upload(), upload("Map.pdf", b"%PDF map")]))
    assert set(Attachment.objects.values_list("file__name", flat=True)) == {"Route.pdf", "Map.pdf"}


def test_adding_and_removing_keeps_what_is_typed_and_asks_nothing_yet(desk, anna, rosa):
    browser, post = desk(rosa), typed(title="")
    added = browser.post(at(anna), {**post, "act": "add", "new_files": [upload()]})
    assert added.status_code == 200
    assert "Schikt dinsdag?" in text_of(added)
    assert "Type a subject." not in text_of(added)
    number = RoundFile.objects.get().pk
    removed = browser.post(at(anna), {**post, "act": f"remove:{number}"})
    assert "Route.pdf" not in text_of(removed)
    assert "Schikt dinsdag?" in text_of(removed)
    browser.post(at(anna), {**post, "title": "Ons gesprek", "send": "1"})
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [(("leeg.pdf", b""), "This file is empty."), (("setup.exe", b"x"), "Mail servers refuse programs")],
)
def test_a_bad_file_is_told_at_the_field_and_nothing_is_sent(desk, anna, rosa, bad, sentence):
    post = typed(send="1", new_files=[upload(), upload(*bad)])
    answer = desk(rosa).post(at(anna), post)
    assert answer.status_code == 422
    assert sentence in text_of(answer).partition('id="id_new_files_error"')[2]
    assert "Schikt dinsdag?" in text_of(answer)
    assert "Remove Route.pdf" in text_of(answer)
    assert not Message.objects.filter(kind="letter").exists()


def test_files_are_kept_when_something_else_is_wrong(desk, anna, rosa):
    answer = desk(rosa).post(at(anna), typed(send="1", title="", new_files=[upload()]))
    assert answer.status_code == 422
    assert "Remove Route.pdf" in text_of(answer)


def test_nobody_reaches_files_of_another_message(desk, anna, bert, rosa, tom):
    key = uuid4()
    made = rounds.open_letter(anna, key=key, actor=rosa)
    rounds.attach(made, upload(), actor=rosa)
    assert "Route.pdf" in text_of(desk(rosa).post(at(anna), typed(key=str(key), look="1")))
    assert "Route.pdf" not in text_of(desk(rosa).post(at(bert), typed(key=str(key), look="1")))
    assert rounds.letter(anna, key=key, actor=tom) is None
    for candidacy, actor in ((bert, rosa), (anna, tom)):
        with pytest.raises(Refused):
            rounds.open_letter(candidacy, key=key, actor=actor)
    assert desk(rosa).get(reverse("candidates:compose", args=[made.vacancy_id, key])).status_code == 404
    assert desk(rosa).post(at(anna), typed(key="nonsense", look="1", new_files=[upload("x.pdf")])).status_code == 422
