"""Everything that happened with a person: every kind, in order, for whom may see it, at the same cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates import services
from candidates.history import KINDS, STRANDS
from candidates.models import Task
from consent.models import Basis, BasisReason, LegalBasis
from introductions.models import Feedback, Introduction, Recipient
from tests.factories import (
    make_candidacy,
    make_contact,
    make_event,
    make_inbound,
    make_message,
    make_request,
    make_vacancy,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(vacancy, rosa):
    """Somebody with a moment in every strand but an end."""
    anna = make_candidacy(vacancy, given_name="Anna", surname="Bos", notice=True)
    live(anna, rosa)
    return anna


def live(candidacy, rosa):
    asked = make_request(candidacy)
    yes = make_event(asked)
    LegalBasis.objects.create(
        subject=candidacy.subject, vacancy=candidacy.vacancy, basis=Basis.CONSENT, reason=BasisReason.GIVEN, event=yes
    )
    introduction = Introduction.objects.create(
        candidacy=candidacy,
        subject=candidacy.subject,
        vacancy=candidacy.vacancy,
        client=candidacy.vacancy.client,
        request=asked,
        event=yes,
        shared=asked.shared,
        introduced_by=rosa,
    )
    contact = make_contact(candidacy.vacancy.client, name="Karin")
    recipient = Recipient.objects.create(introduction=introduction, contact=contact)
    Feedback.objects.create(recipient=recipient, verdict="question", words="Wanneer?")
    services.log_contact(candidacy, actor=rosa, kind="phone", note="Belde over salaris")
    services.write_note(candidacy.candidate, candidacy=candidacy, text="Spreekt Italiaans", actor=rosa)
    services.write_note(candidacy.candidate, text="Liever per mail", actor=rosa)
    task = services.add_task(candidacy, what="CV vragen", actor=rosa, assignee=rosa)
    services.finish_task(task, actor=rosa)
    make_message(candidacy, subject_line="Een vraag aan u", sender=rosa)
    make_inbound(candidacy, subject_line="Mijn antwoord")
    services.move(candidacy.pk, to="approached", reason="next_step", note="Klikte", actor=rosa)


def at(candidacy, **asked):
    return reverse("candidates:history", args=[candidacy.candidate_id], query=asked or None)


def text_of(response):
    return response.content.decode()


WORDS = {
    "decision": ("Found to Approached", "Klikte", "Found: LinkedIn"),
    "consent": ("Legal basis: consent", "May we introduce you?", "Answer: ", "Told about us"),
    "mail": ("Een vraag aan u", "Mijn antwoord"),
    "call": ("Belde over salaris",),
    "note": ("Spreekt Italiaans", "Liever per mail"),
    "task": ("Task for Rosa: CV vragen", "Done: CV vragen"),
    "introduction": ("Introduced to", "we have a question", "Karin"),
    "view": ("Looked at this person",),
}


def test_it_is_all_in_one_list_and_each_kind_alone(desk, rosa, anna):
    assert set(WORDS) == set(KINDS) == {strand.kind for strand in STRANDS.values()}
    everything = text_of(desk(rosa).get(at(anna)))
    for kind, words in WORDS.items():
        alone = text_of(desk(rosa).get(at(anna, kind=kind)))
        for word in words:
            assert word in everything, word
            assert word in alone, word
        others = [word for other, theirs in WORDS.items() if other != kind for word in theirs]
        assert not [word for word in others if word in alone], kind
    assert text_of(desk(rosa).get(at(anna, kind="nonsense"))).count("timeline__item") > len(WORDS)


def test_the_newest_stands_first_and_the_pages_go_on(desk, rosa, anna):
    for number in range(60):
        services.write_note(anna.candidate, text=f"Notitie {number}.", actor=rosa)
    first = desk(rosa).get(at(anna, kind="note"))
    moments = first.context["page"].object_list
    assert len(moments) == 50
    assert moments == sorted(moments, key=lambda moment: moment.at, reverse=True)
    assert "Notitie 59." in text_of(first)
    assert "Notitie 3." in text_of(desk(rosa).get(at(anna, kind="note", page=2)))


def test_what_belongs_to_another_vacancy_stays_there(desk, rosa, vera, anna):
    other = make_candidacy(make_vacancy(owner=vera, title="Geheim"), candidate=anna.candidate)
    services.log_contact(other, actor=vera, kind="phone", note="Vera belde")
    services.write_note(anna.candidate, candidacy=other, text="Van Vera", actor=vera)
    Task.objects.create(candidacy=other, kind="todo", note="Taak van Vera", assignee=vera, done_at=timezone.now())
    theirs, mine = text_of(desk(vera).get(at(anna))), text_of(desk(rosa).get(at(anna)))
    for word in ("Vera belde", "Van Vera", "Taak van Vera", "Geheim"):
        assert word in theirs, word
        assert word not in mine, word


def test_looks_of_one_day_are_one_line_among_the_rest_and_all_there_alone(desk, rosa, anna):
    for _look in range(3):
        desk(rosa).get(at(anna))
    assert text_of(desk(rosa).get(at(anna))).count("Looked at this person") == 1
    assert text_of(desk(rosa).get(at(anna, kind="view"))).count("Looked at this person") == 5


def test_a_removed_note_is_not_told(desk, rosa, anna):
    note = anna.notes.get()
    services.remove_note(note, actor=rosa)
    assert "Spreekt Italiaans" not in text_of(desk(rosa).get(at(anna)))


def test_the_door(desk, rosa, vera, carl, anna):
    assert desk(vera).get(at(anna)).status_code == 404
    assert desk(carl).get(at(anna)).status_code == 404
    assert desk(None).get(at(anna)).status_code == 302
    assert desk(rosa).post(at(anna)).status_code == 405


def test_it_costs_the_same_for_little_and_for_much(desk, rosa, vacancy):
    anna = make_candidacy(vacancy, notice=True)
    live(anna, rosa)

    def cost():
        browser = desk(rosa)
        browser.get(at(anna))
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(at(anna)).status_code == 200
        return len(captured)

    few = cost()
    for number in range(5):
        services.write_note(anna.candidate, text=f"Meer {number}", actor=rosa)
        services.log_contact(anna, actor=rosa, kind="phone", note="Meer")
        make_message(anna, sender=rosa)
        make_inbound(anna)
    assert cost() == few
    assert few < 34
