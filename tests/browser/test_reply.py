"""A reply as people meet it: written in the stand-in, read on Today and on the person, confirmed with a click."""

import re
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from candidates.models import Candidacy
from mailing import services as mail
from mailing.models import InboundMail
from privacy import links
from privacy.models import DataRequest
from tests import factories
from tests.browser.road import Post, open_panel, sign_in, wait_for
from tests.mailing.conftest import WORDS
from tests.support.texts import publish_texts


def approached(candidacy: Candidacy) -> None:
    """A first message to this person is due now."""
    asked = factories.make_request(candidacy, handed_over_at=None)
    issue = partial(links.issue, subject=candidacy.subject, about_kind="consent_request", about_id=asked.pk)
    mail.queue(
        "approach",
        key=f"approach:{asked.pk}",
        subject=candidacy.subject,
        to_email="anna@person.example",
        to_name="Anna de Vries",
        addresses=[("email", "anna@person.example")],
        language="nl",
        context=WORDS,
        links={
            "consent": issue("consent"),
            "withdraw": issue("withdraw"),
        },
        about=("consent_request", asked.pk),
        vacancy=candidacy.vacancy_id,
        client=candidacy.vacancy.client_id,
        sender=candidacy.vacancy.owner,
        not_before=candidacy.created_at,
    )


@pytest.mark.long
def test_a_reply_from_the_mailbox_to_a_confirmed_request(
    live_site, sparkpost_standin, celery_worker_process, beat_process, new_page
):
    factories.make_organisation()
    publish_texts()
    rosa = factories.make_user("Rosa", language="en")
    candidacy = factories.make_candidacy(
        factories.make_vacancy(owner=rosa), email="anna@person.example", surname="Vries"
    )
    name = candidacy.candidate.name
    approached(candidacy)

    post = Post(sparkpost_standin.url)
    (sent,) = post.to("anna@person.example")
    reader: Page = new_page()
    reader.goto(f"{sparkpost_standin.outbox}{sent['key']}/")
    reader.fill("textarea[name=text]", "Beste Rosa,\n\nVerwijder mijn gegevens, alstublieft.\n\nGroet,\nAnna")
    reader.set_input_files(
        "input[name=file]", {"name": "cv.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 cv"}
    )
    reader.get_by_role("button", name="Send the reply").click()
    expect(reader.locator(".notes").first).to_contain_text("anna@person.example wrote to r-")
    wait_for(InboundMail.objects.exists, why="the reply in the database")

    desk: Page = new_page()
    sign_in(desk, rosa.email)
    desk.goto("/?lang=en")
    row = desk.locator("#answers .item").filter(has_text=name)
    expect(row).to_contain_text("Verwijder mijn gegevens")
    panel_at = f"/vacancies/{candidacy.vacancy_id}/"
    desk.goto(panel_at)
    panel = open_panel(desk, name)
    expect(panel).to_contain_text("Verwijder mijn gegevens")

    desk.goto("/")
    row.locator("a.item__main").click()
    expect(desk).to_have_url(re.compile(r"/mail/replies/[0-9a-f-]{36}/"))
    expect(desk.locator(".letter__text").first).to_contain_text("Verwijder mijn gegevens")
    with desk.expect_download() as saved:
        desk.get_by_role("link", name="cv.pdf").click()
    assert saved.value.suggested_filename == "cv.pdf"
    desk.locator("form[action*='/confirm/'] button").click()
    expect(desk.locator("form[action*='/confirm/']")).to_have_count(0)
    request = DataRequest.objects.get()
    assert (request.kind, request.subject, request.logged_by) == ("erasure", candidacy.subject, rosa)
    assert request.received_at == InboundMail.objects.get().sent_at
    desk.goto("/")
    expect(desk.locator("#your-move")).to_be_visible()
    expect(desk.locator("#answers")).to_have_count(0)
