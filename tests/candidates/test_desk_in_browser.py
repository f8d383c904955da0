"""The desk's flows as docs/desk.md counts them: every click and key after sign-in; what is typed is not counted."""

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from candidates.models import LoggedContact, Note, StageDecision, Task
from tests.factories import make_candidacy, make_organisation, make_user, make_vacancy
from tests.support.texts import publish_texts


class Hands:
    """One recruiter's hands on the keys, and how often they moved."""

    def __init__(self, page):
        self.page = page
        self.moves = 0

    def key(self, name):
        self.moves += 1
        self.page.keyboard.press(name)

    def type(self, words):
        self.page.keyboard.type(words)

    def counted(self):
        moves, self.moves = self.moves, 0
        return moves


@pytest.fixture
def anna(live_site):
    make_organisation()
    publish_texts()
    rosa = make_user("Rosa")
    return make_candidacy(
        make_vacancy(owner=rosa), given_name="Anna", surname="Bos", email="anna@person.example", notice=True
    )


def documented():
    """Flow to number of keys, as the page for colleagues says it."""
    rows = (Path(settings.BASE_DIR) / "docs" / "desk.md").read_text().splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row.startswith("| ")]
    return {row[0]: int(row[3].partition(":")[0].split()[0]) for row in cells if row[3][:1].isdigit()}


def test_the_flows_cost_what_the_docs_say(new_page, anna):
    new_page.allow("status of 422")
    said, rosa = documented(), anna.owner
    page = new_page(user=rosa, locale="en-GB")
    hands = Hands(page)
    page.goto(reverse("candidates:board", args=[anna.vacancy_id]))
    card, panel = page.locator(f"#card-{anna.pk} .card__name"), page.locator("#panel")
    card.focus()

    hands.key("m")
    expect(page.locator("#announce")).to_contain_text("Approached", timeout=15_000)
    assert hands.counted() == said["move a stage"]
    assert StageDecision.objects.get().decided_by == rosa

    hands.key("c")
    expect(panel.get_by_label("What was said")).to_be_focused()
    hands.type("Rings back after her holiday > next week")
    hands.key("Enter")
    expect(page.locator(".toast__text").last).to_contain_text("you find it on Today then")
    assert hands.counted() - 1 == said["log a call with follow-up"]
    assert LoggedContact.objects.get().note == "Rings back after her holiday"
    assert Task.objects.get().kind == "follow_up"

    page.keyboard.press("Escape")
    expect(card).to_be_focused()
    hands.key("w")
    expect(panel.get_by_label("Note", exact=True).first).to_be_focused()
    hands.type("She has a burn-out")
    hands.key("Enter")
    expect(panel.locator("ul.error")).to_contain_text("may not be noted here")
    note = panel.locator("textarea[name=text]")
    expect(note).to_have_value("She has a burn-out")
    hands.counted()
    note.fill("Speaks Italian")
    note.press("Enter")
    expect(panel.locator(".remark")).to_contain_text("Speaks Italian")
    assert Note.objects.get().text == "Speaks Italian"

    page.keyboard.press("Escape")
    expect(card).to_be_focused()
    hands.key("d")
    expect(panel.get_by_label("What to do")).to_be_focused()
    hands.type("Ask for references > friday")
    hands.key("Enter")
    expect(panel.locator(".items")).to_contain_text("Ask for references")
    assert hands.counted() - 1 == said["set a task"]

    page.keyboard.press("Escape")
    expect(card).to_be_focused()
    hands.key("x")
    expect(panel.get_by_label("Because")).to_be_focused()
    hands.counted()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(card).to_be_focused()
    page.keyboard.press("?")
    sheet = page.locator("#keys")
    for words in ("Log a call", "Write a note", "Set a task", "Not choose", "Everything that happened"):
        expect(sheet).to_contain_text(words)
    page.keyboard.press("Escape")

    card.focus()
    hands.key("h")
    page.wait_for_url("**/history/")
    assert hands.counted() == said["see everything that happened with one person"]
    for words in ("Speaks Italian", "Rings back", "Found to Approached", "Ask for references", "Looked"):
        expect(page.locator(".timeline")).to_contain_text(words)

    page.set_viewport_size({"width": 360, "height": 740})
    for path in (page.url, "/", reverse("candidates:board", args=[anna.vacancy_id]) + f"?person={anna.pk}"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
