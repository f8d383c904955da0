"""Writing a template as people do: typing, looking, testing, publishing."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Role
from mailing.models import Message, TemplateVersion
from tests.factories import make_candidacy, make_organisation, make_user, make_vacancy
from tests.support.browser import SCHEMES, too_wide
from tests.support.texts import publish_templates


@pytest.fixture
def olga(live_site):
    make_organisation()
    publish_templates()
    return make_user("Olga", Role.OFFICER, language="en")


@pytest.fixture
def anna(olga):
    return make_candidacy(make_vacancy(title="Group controller"), surname="Vogel")


def the_draft(page):
    page.goto("/mail/templates/")
    page.locator("section", has_text="First message").first.get_by_role("link", name="Standard").last.click()
    page.get_by_role("button", name="New version").click()
    expect(page).to_have_url(re.compile("/mail/drafts/"))


def test_a_template_is_written_and_published(live_site, new_page, olga, anna):
    page = new_page(user=olga, locale="en-GB", allow=["status of 422"])
    the_draft(page)
    frame = page.frame_locator("iframe[data-frame]")
    expect(frame.locator("body")).to_contain_text("Beste Anna de Vries,")

    # A mistake is told at its line while one types, and the preview follows.
    body = page.locator("#id_body")
    body.evaluate("field => { field.focus(); field.setSelectionRange(0, 0) }")
    page.keyboard.type("Hallo [vacanci]! ")
    expect(page.locator("#checked")).to_contain_text("This message has no [vacanci]. Did you mean [vacancy]?")
    expect(frame.locator("body")).to_contain_text("Hallo [vacanci]! Beste Anna de Vries,")
    expect(page.locator("#saved")).to_contain_text("Saved at")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("alert").first).to_contain_text("This message has no [vacanci].")

    # The line is found by a click, and a placeholder goes in at the cursor.
    page.get_by_role("button", name="Text, line 1").click()
    assert body.evaluate("field => [field.selectionStart, document.activeElement === field]") == [0, True]
    body.evaluate("field => field.setSelectionRange(6, 15)")
    page.locator("[data-insert='[vacancy]']").click()
    expect(body).to_have_value(re.compile(r"^Hallo \[vacancy\]! "))
    expect(page.locator("#ready")).to_have_text("Ready to be published")

    # Somebody real.
    page.locator("#who").fill("vog")
    page.locator("#readers").get_by_role("button", name="Vogel").click()
    expect(frame.locator("body")).to_contain_text("Hallo Group controller!")

    page.get_by_label("What changed").fill("The vacancy up front.")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("main")).to_contain_text("The vacancy up front.")
    held = TemplateVersion.objects.get(kind="approach", language="nl", version=2)
    assert held.body.startswith("Hallo [vacancy]! [greeting]")
    assert held.published_by == olga
    page.get_by_role("link", name="What changed since version 1").click()
    expect(page.locator("ins").first).to_contain_text("Hallo [vacancy]!")


def test_a_colleague_who_writes_too_loses_nothing(live_site, new_page, olga):
    sam = make_user("Sam", language="en")
    mine = new_page(user=olga, locale="en-GB")
    the_draft(mine)
    theirs = new_page(user=sam, locale="en-GB")
    theirs.goto(mine.url)
    theirs.locator("#id_subject_line").fill("From Sam")
    expect(theirs.locator("#saved")).to_contain_text("Saved at")
    mine.locator("#id_subject_line").fill("From Olga")
    expect(mine.locator("#checked")).to_contain_text("Sam saved other words meanwhile.")
    expect(mine.locator("#id_subject_line")).to_have_value("From Olga")
    mine.locator("#id_subject_line").fill("From Olga again")
    expect(mine.locator("#shown-subject")).to_have_text("From Olga again")
    drafts = TemplateVersion.objects.filter(published_at=None).order_by("version")
    assert [draft.subject_line for draft in drafts] == ["From Sam", "From Olga again"]
    mine.reload()
    expect(mine.locator("#id_subject_line")).to_have_value("From Olga again")


def test_one_click_sends_a_test_of_what_stands_there(live_site, new_page, olga):
    page = new_page(user=olga, locale="en-GB")
    the_draft(page)
    page.locator("#id_subject_line").fill("Typed just now")
    page.get_by_role("button", name="Test to myself").click()
    expect(page.locator("body")).to_contain_text(f"A test is on its way to {olga.email}.")
    assert Message.objects.get().subject_line == "[Test] Typed just now"
    page.goto("/mail/test-link/?lang=en")
    expect(page.get_by_role("heading", name="This was a test")).to_be_visible()


def test_nothing_is_wider_than_a_small_phone(live_site, new_page, olga):
    page = new_page(360, 740, user=olga)
    the_draft(new_page(user=olga, locale="en-GB"))
    draft = TemplateVersion.objects.get(published_at=None)
    for address in (
        "/mail/templates/",
        f"/mail/templates/{draft.pk}/",
        f"/mail/templates/{draft.pk}/compare/",
        f"/mail/templates/{draft.pk}/new/",
        f"/mail/drafts/{draft.pk}/",
        "/mail/",
        "/mail/health/",
        "/mail/replies/",
    ):
        page.goto(address)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("h1")).to_be_visible()
            assert not too_wide(page, 360), (address, scheme)


def test_without_a_script_a_draft_is_saved_too(live_site, new_page, olga):
    the_draft(new_page(user=olga, locale="en-GB"))
    draft = TemplateVersion.objects.get(published_at=None)
    page = new_page(user=olga, locale="en-GB", javascript=False)
    page.goto(f"/mail/drafts/{draft.pk}/")
    page.locator("#id_body").fill("Hallo [nonsense]")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#checked")).to_contain_text("This message has no [nonsense].")
    expect(page.locator("#id_body")).to_have_value("Hallo [nonsense]")
