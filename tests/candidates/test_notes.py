"""Notes: who reads them, what may stand in them, and how long a change can be undone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates import services
from candidates.models import Candidacy, Candidate, Mention, Note
from privacy import registry
from privacy import services as privacy
from privacy.guards import Refused
from tests.factories import make_candidacy, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, given_name="Anna", surname="Bos")


@pytest.fixture
def note(anna, rosa):
    return services.write_note(anna.candidate, candidacy=anna, text="Zoekt een bredere rol", actor=rosa)


def new(candidacy):
    return reverse("candidates:note-new", args=[candidacy.pk])


def at(note, act="edit"):
    return reverse(f"candidates:note-{act}", args=[note.pk])


def text_of(response):
    return response.content.decode()


def test_a_note_stands_in_the_panel_and_on_the_page(desk, rosa, tom, anna):
    response = desk(rosa, htmx=True).post(new(anna), {"text": "Spreekt\nItaliaans", "may_read": "on"})
    assert response.status_code == 200
    assert "Spreekt\nItaliaans" in text_of(response)
    note = Note.objects.get()
    assert (note.author, note.candidacy, note.may_read) == (rosa, anna, True)
    assert "Spreekt" in text_of(desk(tom).get(reverse("candidates:person", args=[anna.candidate_id])))


def test_a_note_in_no_vacancys_name(desk, rosa, vera, anna):
    url = reverse("candidates:note-of-person", args=[anna.candidate_id])
    assert desk(rosa).get(url).status_code == 200
    assert desk(rosa).post(url, {"text": ""}).status_code == 422
    page = desk(rosa).post(url, {"text": "Liever per mail"}, follow=True)
    assert "Liever per mail" in text_of(page)
    assert Note.objects.get().candidacy is None
    assert desk(vera).get(url).status_code == 404


def test_it_says_the_person_may_ask_for_all(desk, rosa, anna):
    shown = text_of(desk(rosa, htmx=True).get(reverse("candidates:panel", args=[anna.pk]) + "?way=note"))
    assert "They may ask for all notes anyway" in shown
    assert "data-now" in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Type the note."),
        ("BSN 111222333", "citizen service number"),
        ("Zit thuis met een burn-out", "may not be noted here"),
        ("Vraag @Piet", "Nobody here is called “Piet”"),
        ("Vraag @Vera", "may not open this person"),
        ("Vraag @Bo", "More than one colleague"),
    ],
)
def test_what_may_not_stand_there_is_said_at_the_field_and_nothing_is_lost(desk, rosa, vera, anna, text, said):
    make_user("Bo Kok")
    make_user("Bo Bos")
    response = desk(rosa, htmx=True).post(new(anna), {"text": text})
    assert response.status_code == 422
    assert said in text_of(response)
    assert text in text_of(response)
    assert not Note.objects.exists()


def test_a_finding_is_explained(desk, rosa, anna):
    response = desk(rosa, htmx=True).post(new(anna), {"text": "Zit thuis met een burn-out"})
    assert "burn-out" in text_of(response).split("field__error", 1)[-1]
    assert "health" in text_of(response)


def test_who_is_named_finds_it_on_today_until_it_is_read(desk, rosa, tom, anna):
    services.write_note(anna.candidate, candidacy=anna, text="@Tom, ken jij haar? Mail: x@tom.example", actor=rosa)
    page = text_of(desk(tom).get("/"))
    assert "ken jij haar" in page
    assert "ken jij haar" not in text_of(desk(rosa).get("/"))
    mention = Mention.objects.get()
    url = reverse("watson:mention-read", args=[mention.pk])
    assert desk(rosa).post(url).status_code == 404
    assert desk(tom).get(url).status_code == 405
    left = desk(tom, htmx=True).post(url)
    assert "ken jij haar" not in text_of(left)
    assert "ken jij haar" not in text_of(desk(tom).get("/"))
    mention.refresh_from_db()
    assert mention.read_at


def test_only_its_author_changes_it(desk, rosa, tom, note):
    assert desk(rosa).get(at(note)).status_code == 200
    assert desk(rosa).post(at(note), {"text": "BSN 111222333"}).status_code == 422
    desk(rosa).post(at(note), {"text": "Zoekt rust @Tom"})
    note.refresh_from_db()
    assert (note.text, note.former) == ("Zoekt rust @Tom", "Zoekt een bredere rol")
    assert Mention.objects.get().user == tom
    for act in ("edit", "remove", "undo"):
        assert desk(tom).post(at(note, act), {"text": "Anders"}).status_code == 404, act
        assert desk(None).post(at(note, act)).status_code == 302, act
    assert desk(rosa).get(at(note, "remove")).status_code == 405
    with pytest.raises(Refused, match="Only who wrote"):
        services.remove_note(note, actor=tom)


def test_a_change_and_a_removal_are_undone(desk, rosa, tom, anna, note):
    browser = desk(rosa, htmx=True)
    browser.post(at(note), {"text": "Anders"})
    assert "Zoekt een bredere rol" in text_of(browser.post(at(note, "undo")))
    gone = browser.post(at(note, "remove"))
    assert "Zoekt een bredere rol" not in text_of(gone)
    assert "Put it back" in text_of(gone)
    assert "You removed" not in text_of(desk(tom, htmx=True).get(reverse("candidates:panel", args=[anna.pk])))
    assert "Zoekt een bredere rol" in text_of(browser.post(at(note, "undo")))
    assert browser.post(at(note, "undo")).status_code == 409


def test_after_a_day_the_words_are_gone(rosa, anna, note, vacancy):
    bert = make_candidacy(vacancy, given_name="Bert")
    theirs = services.write_note(bert.candidate, text="Van Bert", actor=rosa)
    for one in (theirs, services.write_note(anna.candidate, text="Weg", actor=rosa)):
        services.remove_note(one, actor=rosa)
    services.rewrite_note(note, text="Anders", may_read=False, actor=rosa)
    assert services.forget_words() == 0
    before = timezone.now() - services.UNDO - timedelta(minutes=1)
    Note.objects.filter(edited_at__isnull=False).update(edited_at=before)
    Note.objects.filter(removed_at__isnull=False).update(removed_at=before)
    privacy.receive_request(kind="access", channel="mail", subject=bert.subject)
    assert services.forget_words() == 2
    assert set(Note.objects.values_list("text", "former")) == {("Anders", ""), ("Van Bert", "")}


def test_who_asked_for_their_data_gets_the_notes_as_they_are(desk, rosa, anna, note):
    privacy.receive_request(kind="access", channel="mail", subject=anna.subject)
    response = desk(rosa).post(at(note), {"text": "Mooier"})
    assert response.status_code == 422
    assert "asked for their data" in text_of(response)
    assert desk(rosa, htmx=True).post(at(note, "remove")).status_code == 409
    exported = registry.export(anna.subject)["candidates"]["candidates.Note"]
    assert [row["text"] for row in exported] == ["Zoekt een bredere rol"]


def test_nothing_more_is_noted_once_it_ended(desk, rosa, anna):
    Candidacy.objects.filter(pk=anna.pk).update(ended_at=timezone.now(), ended_reason="refused")
    response = desk(rosa, htmx=True).post(new(anna), {"text": "Toch nog"})
    assert response.status_code == 422
    assert not Note.objects.exists()


def test_the_door(desk, rosa, vera, carl, anna):
    for url in (new(anna), reverse("candidates:note-of-person", args=[anna.candidate_id])):
        assert desk(vera).post(url, {"text": "x"}).status_code == 404
        assert desk(carl).post(url, {"text": "x"}).status_code == 404
        assert desk(None).post(url).status_code == 302
    assert desk(rosa).get(new(anna)).status_code == 405
    assert Candidate.objects.count() == 1
