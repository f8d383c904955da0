"""Composing to several as a recruiter meets it, on a wide screen and on a phone."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from candidates.models import Round
from candidates.services import rounds
from mailing.models import Attachment, Message, State
from tests.candidates.composing import asked_days_ago, compose_url
from tests.factories import make_candidacy, make_organisation, make_user, make_vacancy
from tests.support.browser import too_wide
from tests.support.texts import publish_texts


@pytest.fixture
def rosa(live_site):
    make_organisation()
    publish_texts()
    return make_user("Rosa")


@pytest.fixture
def vacancy(rosa):
    return make_vacancy(owner=rosa)


@pytest.fixture
def people(vacancy):
    names = (("Anna", "Bos"), ("Bert", "Kok"), ("Chris", "Vos"))
    return [make_candidacy(vacancy, given_name=given, surname=surname) for given, surname in names]


@pytest.fixture
def desk(new_page, rosa, vacancy):
    def open_board(width=1440, **options):
        page = new_page(width, user=rosa, locale="en-GB", **options)
        page.goto(reverse("candidates:board", args=[vacancy.pk]))
        return page

    return open_board


def choose(page, *people):
    for candidacy in people:
        page.locator(f"#card-{candidacy.pk} input").check()


@pytest.mark.long
def test_composing_to_several_from_choice_to_undo(desk, people):
    """Begun on a wide screen, and ended on a phone."""
    page = desk()
    choose(page, *people)
    page.get_by_role("button", name="Approach…").click()
    reads = page.locator("#reads-head")
    expect(reads).to_have_text("What Anna Bos reads")
    assert not too_wide(page, 1440, 390)

    # A line for Anna shows in her message as soon as it is typed, and stays while paging.
    page.get_by_label("A line for this person alone").fill("We met in Breda.")
    page.get_by_label("A line for this person alone").blur()
    expect(page.locator("#reads .message-text")).to_contain_text("We met in Breda.")
    page.keyboard.press("j")
    expect(reads).to_have_text("What Bert Kok reads")
    expect(page.get_by_label("A line for this person alone")).to_have_value("")
    page.get_by_role("button", name="Previous person").click()
    expect(page.get_by_label("A line for this person alone")).to_have_value("We met in Breda.")

    # Chris is left out; the browser's own way back finds everything as it was.
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name=re.compile("Leave out.*Chris Vos")).click()
    expect(page.get_by_role("button", name="Send 2 messages")).to_be_visible()
    page.goto(reverse("candidates:list"))
    page.go_back()
    expect(page.get_by_label("A line for this person alone")).to_have_value("We met in Breda.")

    page.get_by_label("At a moment to come").check()
    expect(page.get_by_role("button", name="Plan 2 messages")).to_be_visible()
    page.get_by_label("Day", exact=True).select_option(index=2)
    page.get_by_role("button", name="Plan 2 messages").click()
    expect(page.locator(".toast__text")).to_contain_text("2 messages wait until")
    expect(page.locator(".rounds__one")).to_contain_text("2 messages wait until")
    assert Message.objects.filter(state=State.QUEUED).count() == 2
    assert "We met in Breda." in Message.objects.get(subject=people[0].subject_id).body_text

    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast__text")).to_contain_text("2 messages are called back")
    expect(page.locator('[data-stage="found"] [data-card]')).to_have_count(3)
    assert not Message.objects.filter(state=State.QUEUED).exists()


@pytest.mark.long
def test_files_are_added_removed_and_sent(desk, people, tmp_path):
    """Begun on a phone, and ended on a wide screen."""
    for name in ("Profile.pdf", "A way to our office with a very long name indeed, as people call their files.pdf"):
        (tmp_path / name).write_bytes(b"%PDF-1.4 " + name.encode())
    page = desk(390)
    choose(page, *people[:2])
    page.get_by_role("button", name="Approach…").click()
    page.get_by_label("A line for everybody").fill("See the profile.")
    page.get_by_label("Add files").set_input_files(sorted(tmp_path.glob("*.pdf")))
    listed = page.locator("#files .compose__files-list li")
    expect(listed).to_have_count(2)
    expect(page.locator("#reads")).to_contain_text("These files go along:")
    assert not too_wide(page, 1440, 390)
    page.get_by_role("button", name="Remove A way").click()
    expect(listed).to_have_count(1)
    expect(page.get_by_label("A line for everybody")).to_have_value("See the profile.")
    # Other people, the same files.
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name="Back to the board").click()
    choose(page, people[2])
    page.get_by_role("button", name="Approach…").click()
    expect(page.locator("#reads-head")).to_have_text("What Chris Vos reads")
    expect(listed).to_have_count(1)
    page.get_by_role("button", name="Send 1 message").click()
    expect(page.locator(".toast__text")).to_contain_text("1 message is on its way")
    assert [use.file.name for use in Attachment.objects.all()] == ["Profile.pdf"]


def test_a_program_is_refused_at_the_field(desk, new_page, people, tmp_path):
    new_page.allow("status of 422")
    (tmp_path / "setup.exe").write_bytes(b"MZ")
    page = desk()
    choose(page, people[0])
    page.get_by_role("button", name="Approach…").click()
    page.get_by_label("Add files").set_input_files(tmp_path / "setup.exe")
    expect(page.locator("#files .error")).to_contain_text("setup.exe: Mail servers refuse programs")


def test_from_the_card_it_is_two_clicks(desk, people):
    page = desk()
    page.locator(f"#card-{people[0].pk} .card__name").click()
    page.get_by_role("button", name="Approach by mail…").click()
    page.get_by_role("button", name="Send 1 message").click()
    expect(page.locator(".toast__text")).to_contain_text("1 message is on its way")


def test_what_may_not_be_kept_is_told_while_typing_and_stays_to_be_mended(desk, new_page, people, rosa, vacancy):
    new_page.allow("status of 422")
    made = rounds.open_round(vacancy, people, kind="approach", actor=rosa)
    page = desk()
    page.goto(compose_url(made))
    page.get_by_label("A line for this person alone").fill("BSN 111222333")
    page.get_by_label("A line for this person alone").blur()
    expect(page.locator("#reads .note--danger")).to_contain_text("citizen service number")
    page.get_by_role("button", name="Send 3 messages").click()
    expect(page.locator(".errors")).to_contain_text("citizen service number")
    expect(page.get_by_label("A line for this person alone")).to_have_value("BSN 111222333")
    assert not Message.objects.exists()


def test_without_a_script_it_works_too(new_page, rosa, vacancy, people):
    made = rounds.open_round(vacancy, people, kind="approach", actor=rosa)
    page = new_page(user=rosa, locale="en-GB", javascript=False)
    page.goto(compose_url(made))
    page.get_by_label("A line for this person alone").fill("We met in Breda.")
    page.get_by_role("button", name="Next person").click()
    expect(page.locator("#reads-head")).to_have_text("What Bert Kok reads")
    page.get_by_role("button", name="Previous person").click()
    expect(page.locator("#reads .message-text")).to_contain_text("We met in Breda.")
    page.get_by_role("button", name="Send 3 messages").click()
    assert Message.objects.count() == 3


@pytest.mark.long
def test_a_long_round_fills_up_while_one_looks(desk, celery_worker_process, vacancy, rosa):
    people = [make_candidacy(vacancy, surname=f"Vos{number:02}") for number in range(rounds.IN_A_REQUEST + 3)]
    people[0].candidate.contact_points.update(kind="profile", normalised="https://www.linkedin.com/in/vos")
    made = rounds.open_round(vacancy, people, kind="approach", actor=rosa)
    page = desk()
    page.goto(compose_url(made))
    page.locator("button[value=send]").click()
    expect(page).to_have_url(re.compile(r"/rounds/[0-9a-f-]+/$"))
    expect(page.get_by_role("heading", name="27 first messages")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="Not written to")).to_be_visible()
    assert Round.objects.get().made_at


def test_the_chosen_are_reminded_from_the_board(desk, vacancy, rosa):
    people = [asked_days_ago(vacancy, days, actor=rosa) for days in (8, 3)]
    page = desk(390)
    choose(page, *people)
    page.get_by_role("button", name="Remind…").click()
    expect(page.locator("#people")).to_contain_text("It is too early")
    assert not too_wide(page, 1440, 390)
    page.get_by_role("button", name="Send 1 message").click()
    expect(page.locator(".toast__text").first).to_contain_text("1 message is on its way")
    assert Message.objects.get(kind="reminder").subject == people[0].subject
