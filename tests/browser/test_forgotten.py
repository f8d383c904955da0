"""The officer's way through an erasure, in the browser: noted, known who asks, planned, approved, run, and proved."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Role
from candidates.models import Candidate
from privacy import tasks
from privacy.models import Erasure, ErasureStep
from privacy.models.erasure import StepState
from tests import factories
from tests.browser.road import Post, save, sign_in, wait_for
from tests.support.texts import publish_texts

ADDRESS = "an@person.example"


def go_on(erasure: Erasure) -> bool:
    """As the beat does every minute, with every wait over; whether it is finished."""
    ErasureStep.objects.filter(erasure=erasure, state=StepState.RETRY).update(next_at=None, state=StepState.PENDING)
    tasks.carry_on_erasure.delay(str(erasure.pk))
    erasure.refresh_from_db()
    return erasure.finished_at is not None


def test_from_a_letter_to_the_certificate(live_site, sparkpost_standin, celery_worker_process, beat_process, new_page):
    factories.make_organisation()
    publish_texts()
    olga = factories.make_user("Olga", Role.OFFICER, language="en")
    person = factories.make_candidacy(given_name="An", surname="Peeters", email=ADDRESS, notice=True).candidate
    post = Post(sparkpost_standin.url)

    desk: Page = new_page(allow=["status of 422"])
    sign_in(desk, olga.email)
    desk.goto("/privacy-desk/?lang=en")
    desk.get_by_role("link", name="Note a request").click()
    save(desk)  # nothing filled in: the form says what lacks
    expect(desk.locator(".field--error").first).to_be_visible()
    desk.select_option("select[name=kind]", "erasure")
    desk.select_option("select[name=channel]", "letter")
    desk.fill("input[name=contact]", ADDRESS)
    desk.select_option("select[name=language]", "en")
    desk.fill("input[name=received_at]", f"{timezone.localdate() - timedelta(days=1)}T09:00")
    save(desk)
    expect(desk).to_have_url(re.compile(r"/privacy-desk/requests/[0-9a-f-]{36}/$"))
    expect(desk.locator("main")).to_contain_text("An Peeters")
    at = desk.url

    # Who asks: a link and a code to the mailbox we know, typed on the person's own phone.
    if desk.locator("#who button[value=mailbox]").count():
        desk.locator("#who button[value=mailbox]").click()
    asked = post.to(ADDRESS, containing="/privacy/confirm/")[-1]
    phone: Page = new_page(width=390, touch=True)
    phone.goto(post.link(asked, "privacy/confirm"))
    code = re.search(r"\b(\d{3} ?\d{3})\b", asked["text"])
    assert code, asked["text"]
    phone.fill("input[name=code]", "000000")
    phone.locator("main form .button--primary").click()
    expect(phone.locator(".field--error")).to_be_visible()
    phone.fill("input[name=code]", code[1])
    phone.locator("main form .button--primary").click()
    expect(phone.locator(".receipt")).to_be_visible()

    # The plan says what goes and what stays, and erases nothing.
    desk.goto(f"{at}erasure/")
    desk.get_by_role("button", name="Make the plan").click()
    expect(desk.locator("main")).to_contain_text("What goes")
    expect(desk.locator("main")).to_contain_text("What stays, and why")
    assert Candidate.objects.get(pk=person.pk).surname == "Peeters"
    desk.get_by_role("button", name="Approve and erase").click()
    expect(desk.locator("main")).to_contain_text("How far it is")
    erasure = Erasure.objects.get(approved_at__isnull=False)
    wait_for(lambda: Candidate.objects.get(pk=person.pk).surname == "", why="the tables")

    # What no machine can do waits for her.
    wait_for(lambda: erasure.steps.get(holder="mailboxes").state == StepState.NEEDS_HUMAN, why="the mailboxes")
    desk.reload()
    expect(desk.locator("main")).not_to_contain_text("An Peeters")
    desk.get_by_role("button", name="I did this").click()
    wait_for(lambda: go_on(erasure), seconds=90, why="the end of the erasure")
    desk.reload()
    proof = desk.locator("section[aria-labelledby=certificate-h]")
    expect(proof).to_be_visible()
    expect(proof).to_contain_text("Nothing of this person was left there")

    # The same proof stands behind the link in the last message, without a name.
    last = post.to(ADDRESS, containing="/privacy/requests/")[-1]
    phone.goto(post.link(last, "privacy/requests"))
    expect(phone.locator("section[aria-labelledby=certificate-h]")).to_be_visible()
    expect(phone.locator("body")).not_to_contain_text("Peeters")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
