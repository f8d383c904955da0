"""All mail with one person in one thread: every channel, in and out, by vacancy, and only what this user may see."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates import services, threads
from candidates.models import LoggedContact, Task
from mailing.models import Channel, State
from privacy.models import AccessEntry, Subject
from tests.factories import make_candidacy, make_inbound, make_message, make_request, make_vacancy

HOUR = timedelta(hours=1)


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, surname="Berg", email="anna@person.example")


def page(browser, candidacy):
    return browser.get(reverse("candidates:person", args=[candidacy.candidate_id])).content.decode()


def titles(thread, vacancy):
    return [entry.title for entry in thread.of(vacancy)]


def test_every_channel_stands_in_one_thread_newest_first(rosa, anna):
    now = timezone.now()
    make_message(anna, subject_line="Eerste bericht", accepted_at=now - 5 * HOUR, state=State.DELIVERED, sender=rosa)
    make_message(anna, subject_line="", channel=Channel.INMAIL, accepted_at=now - 4 * HOUR, state=State.ACCEPTED)
    make_inbound(anna, subject_line="Re: Eerste bericht", sent_at=now - 3 * HOUR)
    services.log_contact(anna, actor=rosa, kind="phone", note="Belt terug", follow_up_on=timezone.localdate())
    make_message(anna, subject_line="Nog niet verstuurd", state=State.DRAFT)
    thread = threads.of(anna.candidate, rosa)
    assert [entry.way for entry in thread.of(anna.vacancy_id)] == ["note", "in", "out", "out"]
    assert titles(thread, anna.vacancy_id)[1::2] == ["Re: Eerste bericht", "Eerste bericht"]
    assert "InMail" in titles(thread, anna.vacancy_id)[2]
    marks = [entry.mark[0] for entry in thread.of(anna.vacancy_id) if entry.mark]
    assert marks == ["copied", "delivered"]


def test_a_noted_call_keeps_its_words_and_who_noted_it(rosa, anna):
    services.log_contact(anna, actor=rosa, kind="phone", note="Belt terug", follow_up_on=timezone.localdate())
    noted = LoggedContact.objects.get()
    assert (noted.kind, noted.note, noted.by) == ("phone", "Belt terug", rosa)
    assert Task.objects.get().note == "Belt terug"
    entry = threads.of(anna.candidate, rosa).of(anna.vacancy_id)[0]
    assert entry.text == "Belt terug"
    assert "Rosa" in entry.who


def test_a_receipt_stands_with_the_question_it_answers(rosa, anna):
    asked = make_request(anna)
    make_message(
        anna,
        kind="receipt",
        subject_line="Ontvangst",
        vacancy_ref=None,
        client_ref=None,
        about_kind="consent_request",
        about_id=asked.pk,
        act_kind="consent_request",
        act_id=asked.pk,
        sender=rosa,
    )
    assert titles(threads.of(anna.candidate, rosa), anna.vacancy_id) == ["Ontvangst"]


def test_what_is_about_another_vacancy_stands_there_and_strangers_see_nothing(rosa, vera, olga, anna):
    other = make_candidacy(make_vacancy(owner=vera), candidate=anna.candidate)
    make_message(anna, subject_line="Van Rosa")
    make_message(other, subject_line="Van Vera")
    make_inbound(anna, subject_line="Aan Rosa")
    make_inbound(other, subject_line="Aan Vera")
    LoggedContact.objects.create(candidacy=anna, kind="phone", note="Rosa belde", by=rosa)
    LoggedContact.objects.create(candidacy=other, kind="phone", note="Vera belde", by=vera)
    seen = threads.of(anna.candidate, rosa)
    assert set(seen.by_vacancy) == {anna.vacancy_id}
    assert {entry.title for entry in seen.of(anna.vacancy_id)} >= {"Van Rosa", "Aan Rosa"}
    assert "Vera" not in str(seen)
    both = threads.of(anna.candidate, olga)
    assert "Van Vera" in titles(both, other.vacancy_id)
    assert "Van Rosa" in titles(both, anna.vacancy_id)
    assert set(threads.of(anna.candidate, olga, vacancy=other.vacancy_id).by_vacancy) == {other.vacancy_id}


def test_mail_of_who_was_merged_into_this_person_stands_here_too(rosa, vacancy, anna):
    double = make_candidacy(vacancy, surname="Berg-dubbel")
    make_message(double, subject_line="Aan de dubbele")
    assert not threads.of(anna.candidate, rosa).of(vacancy.pk)
    Subject.objects.filter(pk=double.subject_id).update(merged_into=anna.subject_id)
    assert titles(threads.of(anna.candidate, rosa), vacancy.pk) == ["Aan de dubbele"]


def test_links_of_the_person_are_masked_and_the_footer_is_left_out(rosa, anna):
    link = "[[link:consent:6f2b4c1e-0000-4000-8000-000000000000]]"
    make_message(anna, body_text=f"Beste Anna\n{link}\n\n-- \nMaliebaan 100")
    text = threads.of(anna.candidate, rosa).of(anna.vacancy_id)[0].text
    assert text == "Beste Anna\nhttps://…/consent"


def test_the_person_page_shows_the_words_and_folds_long_ones(desk, rosa, anna):
    make_message(anna, subject_line="Kort", body_text="Kort en goed.")
    make_inbound(anna, text="Lang verhaal. " * 60)
    shown = page(desk(rosa), anna)
    assert "Kort en goed." in shown
    assert "thread__fold" in shown
    assert "thread__item--in" in shown
    entry = AccessEntry.objects.get(actor=rosa)
    assert (entry.action, entry.subjects) == ("view", [anna.subject_id])


def test_words_of_others_are_never_markup(desk, rosa, anna):
    make_inbound(anna, text="<script>alert(1)</script>", subject_line="<b>hoi</b>", from_name="<i>x</i>")
    shown = page(desk(rosa), anna)
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown
    assert "<b>hoi" not in shown


def test_mail_about_no_vacancy_stands_apart(desk, rosa, anna):
    make_message(anna, subject_line="Algemeen", vacancy_ref=None, client_ref=None, sender=rosa)
    shown = page(desk(rosa), anna)
    assert 'id="other-mail"' in shown
    assert "Algemeen" in shown


def test_the_panel_shows_the_newest_and_leads_to_the_rest(desk, rosa, anna):
    for number in range(7):
        make_message(anna, subject_line=f"Bericht {number}", body_text="Hele tekst", state=State.DELIVERED)
    make_inbound(anna, subject_line="Antwoord", text="Bel mij maar")
    shown = desk(rosa, htmx=True).get(reverse("candidates:panel", args=[anna.pk])).content.decode()
    assert shown.count("thread__item--") == threads.SHORT
    assert "Bel mij maar" in shown
    assert "Hele tekst" not in shown
    assert f"{reverse('candidates:person', args=[anna.candidate_id])}#mails-{anna.pk}" in shown


def test_it_costs_the_same_for_few_and_for_many(rosa, anna):
    def fill(number):
        for _ in range(number):
            make_message(anna, sender=rosa)
            make_inbound(anna)
            LoggedContact.objects.create(candidacy=anna, kind="phone", by=rosa)

    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert threads.of(anna.candidate, rosa).of(anna.vacancy_id)
        return len(captured)

    fill(1)
    few = cost()
    fill(6)
    assert cost() == few
    assert few < 9
