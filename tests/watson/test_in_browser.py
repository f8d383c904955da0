"""Today, the palette, the privacy desk and the public pages in a real browser; errors and CSP violations fail them."""

import re

import pytest
from playwright.sync_api import expect

from candidates.models import Note, Task
from privacy import links, services
from privacy.models import DataRequest
from tests.factories import make_candidacy
from tests.support.browser import SCHEMES, too_wide


@pytest.fixture
def anna(live_site, vacancy, rosa):
    candidacy = make_candidacy(
        vacancy,
        surname="Jansen-van der Heuvel-Oudekerk",
        job_title="Group controller",
        employer="Noordzee Terminals Rotterdam BV",
    )
    Task.objects.create(candidacy=candidacy, kind="talk_first", assignee=rosa)
    return candidacy


def test_done_takes_the_row_and_the_count_away(live_site, new_page, anna, rosa):
    page = new_page(user=rosa)
    page.goto("/")
    expect(page.locator("#moves .count")).to_have_text("1")
    page.get_by_role("button", name="Klaar").click()
    expect(page.locator("#moves .count")).to_have_text("0")
    expect(page.locator("#your-move .empty")).to_be_visible()
    assert Task.objects.get().done_by == rosa


def test_somebody_is_found_by_keys_alone_from_anywhere(live_site, new_page, vacancy, anna, rosa):
    """docs/desk.md, "find a person": `/`, what one knows of them, Enter."""
    Note.objects.create(candidate=anna.candidate, candidacy=anna, text="Wil terug naar de kust", author=rosa)
    make_candidacy(vacancy, surname="Ander", employer="Kust en Zee")
    page = new_page(user=rosa)
    pressed = []

    def press(key):
        pressed.append(key)
        page.keyboard.press(key)

    for start, known in (("/", "heuvel"), ("/vacancies/", "anna terminals rott"), ("/clients/", '"naar de kust"')):
        page.goto(start)
        pressed.clear()
        press("/")
        expect(page.locator("#palette input")).to_be_focused()
        page.keyboard.type(known)
        press("Enter")  # at once: what is chosen is the answer's first, not what stood there before
        page.wait_for_url(re.compile(f"/candidates/{anna.candidate_id}/"))
        assert len(pressed) == 2, known
    page.goto("/search/")
    page.keyboard.type("kust")
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/candidates/{anna.candidate_id}/"))


def test_a_person_asks_on_a_phone_without_a_script(live_site, new_page, anna):
    page = new_page(390, 844, base_url=live_site.url, javascript=False, allow=["status of 422"])
    page.goto("/privacy/request/")
    page.get_by_label("Mijn gegevens wissen").check()
    page.locator("[name=contact]").fill("anna@")
    page.locator("[name=words]").fill("Alles graag.")
    page.get_by_role("button", name="Mijn verzoek versturen").click()
    expect(page.locator(".field--error")).to_have_count(1)
    expect(page.locator("[name=words]")).to_have_value("Alles graag.")
    expect(page.get_by_label("Mijn gegevens wissen")).to_be_checked()
    page.locator("[name=contact]").fill("iemand@person.example")
    page.get_by_role("button", name="Mijn verzoek versturen").click()
    expect(page.get_by_role("heading", name="Wij hebben uw verzoek ontvangen")).to_be_visible()
    assert DataRequest.objects.get().contact == "iemand@person.example"


def test_nothing_is_wider_than_a_small_phone(live_site, new_page, anna, rosa, olga):
    asked = services.receive_request(kind="access", channel="letter", contact="a" * 120, words="Wat weet u? " * 20)
    me = links.path(links.issue("me", subject=anna.subject))
    pages = [
        (new_page(360, 740, user=rosa), ["/", "/search/?q=controller", "/privacy-desk/"]),
        (
            new_page(360, 740, user=olga),
            ["/", "/privacy-desk/", "/privacy-desk/requests/new/", f"/privacy-desk/requests/{asked.pk}/"],
        ),
        (new_page(360, 740, base_url=live_site.url), ["/privacy/", "/privacy/request/", me]),
    ]
    for page, addresses in pages:
        for address in addresses:
            page.goto(address)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                expect(page.locator("h1")).to_be_visible()
                assert not too_wide(page, 360), (address, scheme)
