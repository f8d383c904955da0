"""The portal in a real browser: a withdrawal takes the person off the screen, without a reload."""

import pytest
from playwright.sync_api import expect

from introductions import services
from introductions.models import Recipient
from privacy import links
from tests.introductions.conftest import withdraw

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.long
def test_a_client_contact_enters_answers_and_loses_who_withdraws(live_site, new_page, introduction, asked, kees, rosa):
    """The one page on a phone in the dark, the other on a wide screen."""
    link = services.invite(kees, actor=rosa)
    page = new_page(width=390, color_scheme="dark", locale="en-GB")
    page.goto(f"{links.path(link)}?lang=en")
    page.get_by_role("button", name="Open").click()
    expect(page).to_have_url(f"{live_site.desk}/portal/")
    name = introduction.candidacy.candidate.name
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_label("We would like to meet").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The recruiter has your answer")).to_be_visible()

    listed = page.context.new_page()
    listed.set_viewport_size({"width": 1440, "height": 900})
    listed.emulate_media(color_scheme="light")
    listed.goto("/portal/")
    expect(listed.get_by_text(name)).to_be_visible()
    withdraw(asked)
    # Both pages ask by themselves, every five seconds.
    expect(listed.get_by_text("withdrew. Delete what you kept of them.")).to_be_visible(timeout=20_000)
    expect(listed.get_by_text(name)).to_have_count(0)
    expect(page).to_have_url(f"{live_site.desk}/portal/", timeout=20_000)
    expect(page.get_by_text(name)).to_have_count(0)

    listed.get_by_role("button", name="Deleted").click()
    expect(listed.get_by_text("We noted that you deleted it")).to_be_visible()
    assert Recipient.objects.get().deletion_confirmed_at is not None
    listed.get_by_role("button", name="Sign out").click()
    expect(listed).to_have_url(f"{live_site.desk}/portal/link/")


def test_the_portal_works_without_a_script(live_site, new_page, introduction, asked, kees, rosa):
    link = services.invite(kees, actor=rosa)
    page = new_page(width=390, javascript=False, locale="en-GB", allow=["status of 404", "status of 422"])
    page.goto(f"{links.path(link)}?lang=en")
    page.get_by_role("button", name="Open").click()
    page.get_by_role("link", name=introduction.candidacy.candidate.name).click()
    page.get_by_label("We have a question").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Type your question.").first).to_be_visible()
    withdraw(asked)
    page.goto(f"/portal/people/{introduction.pk}/")
    expect(page.get_by_text(introduction.candidacy.candidate.name)).to_have_count(0)
