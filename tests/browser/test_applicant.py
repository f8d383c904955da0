"""Somebody who writes of their own accord: told at once, kept by their own yes, and gone from the pool in one press."""

import re

import pytest
from playwright.sync_api import Page, expect

from candidates.models import Candidate
from consent import pool
from mailing.models import InboundMail
from tests import factories
from tests.browser.road import Post, sign_in, wait_for
from tests.support.texts import publish_texts

ADDRESS = "an@person.example"


@pytest.mark.long
def test_from_a_strangers_mail_to_a_yes_and_back(
    live_site, sparkpost_standin, celery_worker_process, beat_process, new_page
):
    factories.make_organisation()
    publish_texts()
    rosa = factories.make_user("Rosa", language="en")
    factories.make_vacancy(owner=rosa, title="Head of audit", is_public=True)
    factories.make_inbound(
        from_email=ADDRESS, from_name="An Peeters", subject_line="Open application", text="My CV is below."
    )

    desk: Page = new_page()
    sign_in(desk, rosa.email)
    desk.goto("/?lang=en")
    desk.locator("#strays a.item__main").filter(has_text="An Peeters").click()
    expect(desk).to_have_url(re.compile(r"/mail/replies/[0-9a-f-]{36}/"))
    desk.locator("a[href$='/keep/']").click()
    expect(desk.locator("input[name=surname]")).to_have_value("Peeters")
    desk.select_option("select[name=language]", "en")
    desk.locator("main form .button--primary").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("An Peeters")
    person_at = desk.url
    expect(desk.locator("#kept")).to_be_visible()

    post = Post(sparkpost_standin.url)
    (told,) = post.to(ADDRESS)
    assert "We received your message" in told["payload"]["content"]["subject"]
    assert "Autoriteit Persoonsgegevens" in told["text"]

    reader: Page = new_page()
    reader.goto(post.link(told, "c"))
    expect(reader.get_by_role("button", name=re.compile("Head of audit"))).to_be_visible()
    reader.locator("button[name=answer][value=yes]").click()
    expect(reader.locator(".receipt")).to_be_visible()
    person = Candidate.objects.get(surname="Peeters")
    assert person.erase_on == pool.until_of([person.subject_id])[person.subject_id]
    desk.goto(person_at)
    expect(desk.locator("#kept .state--pool")).to_be_visible()
    desk.goto("/candidates/?basis=pool")
    expect(desk.locator("table")).to_contain_text("Peeters")

    (thanks,) = post.to(ADDRESS, containing="You can always withdraw")[-1:]
    reader.goto(post.link(thanks, "w"))
    reader.locator("button[name=stop][value=pool]").click()
    expect(reader.locator(".receipt")).to_be_visible()
    person.refresh_from_db()
    assert pool.until_of([person.subject_id]) == {}
    desk.goto("/candidates/?basis=pool")
    expect(desk.locator("main")).not_to_contain_text("Peeters")
    assert wait_for(lambda: InboundMail.objects.filter(subject=person.subject).exists())
