"""A person's way to all that is held about them: their own page, the officer's look, a link, a code, the copy."""

import re

from playwright.sync_api import Page, expect

from accounts.models import Role
from privacy import links
from tests import factories
from tests.browser.road import Post, sign_in
from tests.support.texts import publish_texts

ADDRESS = "an@person.example"


def test_from_ones_own_page_to_the_copy(live_site, sparkpost_standin, celery_worker_process, beat_process, new_page):
    factories.make_organisation()
    publish_texts()
    olga = factories.make_user("Olga", Role.OFFICER, language="en")
    candidacy = factories.make_candidacy(
        given_name="An", surname="Peeters", email=ADDRESS, notice=True, language="en", job_title="Auditor"
    )
    post = Post(sparkpost_standin.url)

    phone: Page = new_page(width=390, touch=True, locale="en-GB", allow=["status of 422"])
    phone.goto(f"{live_site.url}{links.path(links.issue('me', subject=candidacy.subject))}?lang=en")
    expect(phone.locator("main")).to_contain_text("An Peeters")
    phone.locator("details:has(button[value=access]) summary").click()
    phone.locator("button[name=kind][value=access]").click()
    expect(phone.locator(".note--ok")).to_contain_text("We received your request")
    assert post.to(ADDRESS), "the receipt"

    desk: Page = new_page()
    sign_in(desk, olga.email)
    desk.goto("/privacy-desk/?lang=en")
    desk.locator("a.item__main").filter(has_text="An Peeters").first.click()
    desk.locator("a[href$='/copy/']").first.click()
    desk.get_by_role("button", name="Have it made").click()
    expect(desk.get_by_role("link", name="Look at the copy")).to_be_visible(timeout=40_000)
    expect(desk.locator("main")).to_contain_text("Look at the copy first")
    at = desk.url
    desk.get_by_role("link", name="Look at the copy").click()
    expect(desk.locator("body")).to_contain_text("Auditor")
    desk.goto(at)
    desk.locator("form[action*=deliver] input[type=checkbox]").check()
    desk.get_by_role("button", name="Send the link").click()
    expect(desk.locator("main")).to_contain_text("Link sent")

    # A link alone opens nothing; the code comes to the mailbox we know, when it is asked for.
    mail = post.to(ADDRESS, containing="/copy/")[-1]
    phone.goto(post.link(mail, "copy"))
    expect(phone.locator("main")).not_to_contain_text("Auditor")
    phone.get_by_role("button", name="Mail me the code").click()
    code = re.search(r"\b(\d{4} \d{4})\b", post.to(ADDRESS, containing="20 minutes")[-1]["text"])
    assert code
    phone.fill("input[name=code]", "1111 1111")
    phone.get_by_role("button", name="Open").click()
    expect(phone.locator(".field--error")).to_be_visible()
    phone.fill("input[name=code]", code[1])
    phone.get_by_role("button", name="Open").click()
    expect(phone.locator(".receipt")).to_contain_text("It is open")
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Save everything (ZIP)").click()
    assert download.value.suggested_filename.endswith(".zip")
    phone.get_by_role("link", name="Read it here").click()
    expect(phone.locator("body")).to_contain_text("Auditor")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # In another browser the link works no more.
    other: Page = new_page(allow=["status of 403"])
    other.goto(post.link(mail, "copy"))
    expect(other.locator("main")).to_contain_text("This link no longer works")
