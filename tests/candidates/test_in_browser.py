"""The board, the panel and the capture as a recruiter meets them, with a script running."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from candidates import services
from candidates.models import Candidacy, Candidate, StageDecision
from tests.factories import make_candidacy, make_event, make_organisation, make_request, make_user, make_vacancy
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
def anna(vacancy):
    return make_candidacy(vacancy, given_name="Anna", surname="Bos", email="anna@person.example", notice=True)


@pytest.fixture
def bert(vacancy):
    return make_candidacy(vacancy, given_name="Bert", surname="Kok", email="bert@person.example")


@pytest.fixture
def desk(new_page, rosa, vacancy):
    def open_board(width=1440, query="", **options):
        page = new_page(width, user=rosa, locale="en-GB", **options)
        page.goto(reverse("candidates:board", args=[vacancy.pk]) + query)
        return page

    return open_board


def card(page, candidacy):
    return page.locator(f"#card-{candidacy.pk}")


def column(page, stage):
    return page.locator(f'.board__column[data-stage="{stage}"]')


def test_the_board_shows_an_answer_without_a_reload_and_keeps_what_was_chosen(desk, anna, bert):
    page = desk()
    card(page, bert).locator("input").check()
    expect(page.locator("#bulk")).to_be_visible()
    make_event(make_request(anna))
    expect(card(page, anna)).to_contain_text("Consent given")
    expect(card(page, bert).locator("input")).to_be_checked()
    expect(page.locator("[data-bulk-count]")).to_contain_text("1")
    page.get_by_role("button", name="Choose nobody").click()
    expect(page.locator("#bulk")).to_be_hidden()


def test_a_card_is_dragged(desk, anna, bert):
    page = desk()
    start, goal = card(page, anna).bounding_box(), column(page, "approached").bounding_box()
    page.mouse.move(start["x"] + 40, start["y"] + 30)
    page.mouse.down()
    page.mouse.move(start["x"] + 80, start["y"] + 40, steps=3)
    page.mouse.move(goal["x"] + 60, goal["y"] + 120, steps=5)
    page.mouse.up()
    expect(column(page, "approached").locator(f"#card-{anna.pk}")).to_be_visible()
    expect(page.locator("#announce")).to_contain_text("Approached")
    assert StageDecision.objects.get().to_stage == "approached"


def test_a_card_is_walked_and_moved_by_keys(desk, anna, bert):
    page = desk()
    card(page, anna).locator(".card__name").focus()
    page.keyboard.press("ArrowDown")
    expect(card(page, bert).locator(".card__name")).to_be_focused()
    page.keyboard.press("m")
    expect(column(page, "approached").locator(f"#card-{bert.pk}")).to_be_visible()
    expect(card(page, bert).locator(".card__name")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_contain_text("Bert Kok")
    page.keyboard.press("Escape")
    expect(page.locator("#panel h2")).to_have_count(0)


def test_a_move_the_law_refuses_goes_back_and_says_why(desk, new_page, anna):
    new_page.allow("status of 409")
    page = desk()
    services.move(anna.pk, to="shortlisted", reason="fits", actor=anna.owner)
    expect(column(page, "shortlisted").locator(f"#card-{anna.pk}")).to_be_visible()
    card(page, anna).locator(".card__name").focus()
    page.keyboard.press("m")
    expect(page.locator(".toast__text")).to_contain_text("No introduction without")
    expect(column(page, "shortlisted").locator(f"#card-{anna.pk}")).to_be_visible()


def test_not_chosen_asks_why_in_the_panel(desk, new_page, anna):
    new_page.allow("status of 422")
    make_event(make_request(anna))
    services.move(anna.pk, to="hired", reason="placed", actor=anna.owner)
    page = desk()
    card(page, anna).locator(".card__name").focus()
    page.keyboard.press("m")
    expect(page.locator(".toast__text")).to_contain_text("Choose why")
    panel = page.locator("#panel")
    expect(panel.get_by_label("To", exact=True)).to_have_value("rejected")
    panel.get_by_label("Because").select_option("own_choice")
    panel.get_by_role("button", name="Move", exact=True).click()
    expect(column(page, "rejected").locator(f"#card-{anna.pk}")).to_be_visible()


def test_pasting_a_page_and_typing_a_name_is_enough(desk, vacancy):
    page = desk()
    page.keyboard.press("n")
    page.wait_for_url("**/add/")
    page.evaluate(
        """() => {
        const box = document.querySelector('[name="paste"]')
        box.value = 'https://www.linkedin.com/in/anna-van-der-berg'
        box.dispatchEvent(new InputEvent('input', { inputType: 'insertFromPaste', bubbles: true }))
        }"""
    )
    expect(page.get_by_label("Profile page", exact=False).last).to_have_value(
        "https://www.linkedin.com/in/anna-van-der-berg"
    )
    name = page.locator('[name="name"]')
    expect(name).to_be_focused()
    name.fill("Anna van der Berg")
    name.press("Tab")
    expect(page.locator('[name="infix"]')).to_have_value("van der")
    page.locator('[name="ground"]').select_option("published_for_jobs")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#panel h2")).to_contain_text("Anna van der Berg")
    assert Candidate.objects.get().infix == "van der"


def test_a_text_is_copied_from_the_panel(desk, bert):
    page = desk()
    card(page, bert).locator(".card__name").click()
    panel = page.locator("#panel")
    panel.get_by_text("Copy a text for InMail").click()
    panel.get_by_label("Send it by").select_option("inmail")
    panel.get_by_role("button", name="Make the text").click()
    expect(panel.locator("#copy-text")).to_have_value(re_of("/c/"))
    panel.get_by_role("button", name="I sent it").click()
    expect(page.locator(".toast__text")).to_contain_text("Noted as sent")
    expect(column(page, "approached").locator(f"#card-{bert.pk}")).to_contain_text("Copied by hand")


def re_of(text):
    import re

    return re.compile(re.escape(text))


def test_nothing_sticks_out(desk, anna, bert, vacancy):
    Candidacy.objects.filter(pk=bert.pk).update(ended_reason="refused", ended_at=anna.created_at)
    page = desk(390)
    for path in (
        reverse("candidates:board", args=[vacancy.pk]),
        reverse("candidates:board", args=[vacancy.pk]) + f"?person={anna.pk}",
        reverse("candidates:add", args=[vacancy.pk]),
        reverse("candidates:import", args=[vacancy.pk]),
        reverse("candidates:list"),
        reverse("candidates:person", args=[anna.candidate_id]),
        reverse("candidates:write", args=[anna.pk]),
    ):
        page.goto(path)
        assert not too_wide(page, 1440, 390, 360), path
