"""The whole road, once, as people walk it: from a new recruiter to an introduced candidate who withdraws.

Real browser, PostgreSQL, Redis, Celery worker and beat; SparkPost's wire is spoken by the stand-in.
"""

import csv
import io
import itertools
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Role, User
from candidates.models import Candidacy, Candidate
from consent.models import ConsentEvent
from introductions.models import Introduction
from mailing.models import Message, State
from tests import factories
from tests.browser.road import PROFILE, Post, card, open_panel, save, sign_in, unfold, wait_for
from tests.support.texts import publish_texts
from vacancies.models import Vacancy

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "board.png"


FIRST = ("Marit", "Jeroen", "Sanne", "Thijs", "Noor", "Ruben", "Fenna", "Wouter", "Imke", "Pieter")
LAST = ("van Dijk", "Mulder", "de Graaf", "Peeters", "van der Meer")


def administrator_makes_recruiter(page: Page) -> str:
    page.goto("/admin/accounts/user/add/")
    page.fill("#id_email", "rosa@search.example")
    page.fill("#id_name", "Rosa Hendriks")
    page.select_option("#id_role", Role.RECRUITER)
    page.fill("#id_job_title", "Partner")
    page.fill("#id_phone", "+31 30 760 00 00")
    page.select_option("#id_language", "nl")
    page.fill("#id_new_password", factories.PASSWORD)
    page.click("input[name=_save]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    return "rosa@search.example"


def make_client(page: Page) -> None:
    page.goto("/clients/new/")
    save(page)  # nothing filled in: each field says so, nothing is saved
    expect(page.locator(".field--error")).to_have_count(3)
    page.fill("#id_name", "Graanmolen")
    page.fill("#id_legal_name", "Graanmolen Foods B.V.")
    page.fill("#id_sector", "Food")
    page.fill("#id_kvk", "12")
    save(page)
    expect(page.locator("#id_legal_name")).to_have_value("Graanmolen Foods B.V.")
    page.fill("#id_kvk", "87654321")
    save(page)
    expect(page).to_have_url(re.compile(r"/clients/[0-9a-f-]{36}/"))
    at = page.url.split("?")[0]
    page.goto(f"{at}contacts/new/")
    page.fill("#id_name", "Karin Wolters")
    page.fill("#id_job_title", "Director HR")
    page.fill("#id_email", "karin@graanmolen.example")
    save(page)
    expect(page.locator("main")).to_contain_text("Karin Wolters")
    page.goto(f"{at}agreements/new/")
    page.fill("#id_title", "Processor agreement")
    page.check("input[name=role][value=processor]")
    for box in page.locator("input[name=art28_items]").all():
        box.check()
    page.fill("#id_signed_on", "2026-01-05")
    page.fill("#id_valid_from", "2026-01-05")
    save(page)
    expect(page.locator("main")).to_contain_text("Processor agreement")


def write_assessment(page: Page) -> None:
    page.goto("/privacy-desk/assessments/new/")
    page.fill("#id_title", "Directors in food")
    for name in ("scope", "interest", "necessity", "sources", "categories", "balance", "safeguards", "outcome"):
        page.fill(f"#id_{name}", f"What we say about {name}, in plain words.")
    save(page)
    expect(page).to_have_url(re.compile(r"/assessments/[0-9a-f-]{36}/"))


def approve_assessment(page: Page) -> None:
    page.goto("/privacy-desk/assessments/")
    page.get_by_role("link", name="Directors in food").click()
    page.locator("form[action*=approve] button").click()
    expect(page.locator("form[action*=approve]")).to_have_count(0)


def make_vacancy(page: Page, title: str, *, confidential: bool = False) -> str:
    """Draft, fill in what lacks, open; returns the address of the board."""
    page.goto("/vacancies/new/")
    page.select_option("#id_client", label="Graanmolen")
    page.fill("#id_title", title)
    page.check("input[name=employment][value=permanent]")
    save(page)
    assert page.locator(".error").all_inner_texts() == []
    expect(page).to_have_url(re.compile(r"/vacancies/[0-9a-f-]{36}/intake/"))
    page.fill("#id_assignment", "E-mail of Karin Wolters")
    page.fill("#id_assignment_on", "2026-02-01")
    page.fill("#id_place", "Zwolle")
    page.fill("#id_purpose", f"Find a {title.lower()} for Graanmolen.")
    page.fill("#id_text", "You lead finance and control of a food company.")
    page.check("input[name=role][value=processor]" if not confidential else "input[name=role][value=own]")
    page.fill("#id_role_reason", "The client sets the criteria.")
    if not confidential:
        page.select_option("#id_agreement", index=1)
    page.select_option("#id_assessment", index=1)
    for name in ("within_scope", "same_sources", "safeguards_stand"):
        page.check(f"#id_{name}")
    for value in ("profile", "contact"):
        page.check(f"input[name=shared][value={value}]")
    if confidential:
        page.check("#id_is_confidential")
        page.fill("#id_sector_label", "a food company in the east")
    opening = page.locator("button[formaction*='/open/']")
    expect(opening).to_be_enabled()  # the conditions follow what is typed
    opening.click()
    expect(page).to_have_url(re.compile(r"/vacancies/[0-9a-f-]{36}/$"))
    return page.url


def add_person(page: Page, board: str, name: str, *, email: str = "", slug: str = "") -> None:
    page.goto(f"{board}add/")
    page.fill("#id_name", name)
    if slug:
        page.fill("#id_profile", f"{PROFILE}{slug}?trk=search")
        page.fill("#id_source_url", f"{PROFILE}{slug}")
    if email:
        page.fill("#id_email", email)
    page.select_option("#id_ground", "open_to_work") if page.locator("select#id_ground").count() else page.check(
        "input[name=ground][value=open_to_work]"
    )
    page.select_option("#id_source_type", "linkedin")
    page.fill("#id_evidence", f"{PROFILE}{slug or 'x'}")
    save(page)
    expect(page).to_have_url(re.compile(rf"{re.escape(board)}(\?.*)?$"))
    expect(card(page, name)).to_be_visible()


def fifty_people() -> str:
    """A list as it comes out of a spreadsheet: fifty good rows, and three that cannot go in."""
    sheet = io.StringIO()
    rows = csv.writer(sheet, delimiter=";")
    rows.writerow(["naam", "e-mail", "profiel", "functie", "werkgever", "grond", "gevonden op"])
    for first, last in itertools.product(FIRST, LAST):
        slug = f"{first}-{last.replace(' ', '-')}".lower()
        rows.writerow(
            [
                f"{first} {last}",
                f"{slug}@person.example",
                f"{PROFILE}{slug}",
                "Controller",
                "Havenbedrijf",
                "open_to_work",
                "2026-11-20",
            ]
        )
    rows.writerow(["Zonder Adres", "no-address", f"{PROFILE}zonder", "Controller", "", "open_to_work", ""])
    rows.writerow(["", "nobody@person.example", f"{PROFILE}nobody", "", "", "open_to_work", ""])
    rows.writerow(["Anna de Vries", "anna@person.example", f"{PROFILE}anna-de-vries", "", "", "open_to_work", ""])
    return sheet.getvalue()


def import_fifty(page: Page, board: str) -> None:
    page.goto(f"{board}import/")
    page.set_input_files(
        "input[type=file]", {"name": "list.csv", "mimeType": "text/csv", "buffer": fifty_people().encode()}
    )
    save(page)
    refused = page.locator("tr.row--refused")
    expect(refused).to_have_count(2)
    for reason in ("An e-mail address looks like", "There is no name"):
        expect(refused.filter(has_text=reason)).to_have_count(1)
    expect(page.locator("tr").filter(has_text="Is in this vacancy already")).to_have_count(1)
    assert not Candidate.objects.filter(employer="Havenbedrijf").exists()  # a preview saves nobody
    save(page)
    expect(page.locator("main")).to_contain_text("50")
    assert Candidate.objects.filter(employer="Havenbedrijf").count() == 50


def approach(page: Page, board: str, *names: str) -> None:
    page.goto(board)
    if page.locator(".board__more a").count():
        page.locator(".board__more a").first.click()
        expect(page.locator(".board__more")).to_have_count(0)
    for name in names:
        card(page, name).locator("input[type=checkbox]").check()
    page.locator("#bulk button.button--primary").click()
    page.locator("button[value=send]").click()
    expect(page).to_have_url(re.compile(rf"{re.escape(board)}(\?.*)?$"))


def state_of(email: str) -> str:
    return Message.objects.exclude(kind="receipt").filter(to_email=email).latest("created_at").state


@pytest.mark.long
def test_the_whole_road(live_site, sparkpost_standin, celery_worker_process, beat_process, new_page, settings):
    factories.make_organisation(name="Sterling Search")
    publish_texts()
    post = Post(sparkpost_standin.url)
    ada, olga = factories.make_user("Ada", Role.ADMINISTRATOR), factories.make_user("Olga", Role.OFFICER)

    # An administrator makes a recruiter; she makes everything a search needs.
    email = administrator_makes_recruiter(new_page(locale="en-GB", user=ada))
    desk = new_page(locale="en-GB", allow=["status of 422"])
    sign_in(desk, email)
    make_client(desk)
    write_assessment(desk)
    approve_assessment(new_page(locale="en-GB", user=olga))
    board = make_vacancy(desk, "Finance director")
    vacancy = Vacancy.objects.get()

    # She finds people, one by one and from a list.
    add_person(desk, board, "Anna de Vries", email="anna@person.example", slug="anna-de-vries")
    add_person(desk, board, "Bram van den Berg", email="bram@person.example", slug="bram")
    add_person(desk, board, "Chantal Jansen", email="chantal@person.example", slug="chantal")
    add_person(desk, board, "Daan Bakker", slug="daan")
    import_fifty(desk, board)

    # Notice and question go to several at once, through the worker and the wire, and events come back.
    approach(desk, board, "Anna de Vries", "Bram van den Berg", "Chantal Jansen")
    (to_anna,) = post.to("anna@person.example")
    (to_chantal,) = post.to("chantal@person.example")
    wait_for(lambda: state_of("anna@person.example") == State.DELIVERED, why="the delivery to come back")
    expect(card(desk, "Anna de Vries").locator(".mailstate--delivered")).to_be_visible()
    act(sparkpost_standin.url, to_anna, "open")
    act(sparkpost_standin.url, to_anna, "click")
    wait_for(lambda: Message.objects.get(to_email="anna@person.example", kind="approach").clicked_at)

    # A mail scanner that opens every link changes nothing.
    before = list(ConsentEvent.objects.values_list("pk", flat=True))
    act(sparkpost_standin.url, to_anna, "scan")
    assert list(ConsentEvent.objects.values_list("pk", flat=True)) == before

    # One person is reached by a text copied into InMail.
    panel = open_panel(desk, "Daan Bakker")
    unfold(panel, "form[action*='/copy/']")
    panel.locator("form[action*='/copy/'] select[name=channel]").select_option("inmail")
    panel.locator("form[action*='/copy/'] button").click()
    text = panel.locator("#copy-text").input_value()
    assert "/c/" in text
    panel.locator("form[action*='/sent/'] button").click()
    expect(panel.locator("form[action*='/sent/']")).to_have_count(0)
    desk.goto(board)
    expect(desk.locator("[data-stage=approached] .card", has_text="Daan Bakker")).to_be_visible()

    # On a phone, in Dutch: one says yes, one wants to talk first, a third says no.
    phone = new_page(width=390, height=844, touch=True, base_url=live_site.url)
    phone.goto(Post.link(to_anna, "c"))
    assert phone.locator("html").get_attribute("lang") == "nl"
    expect(phone.locator("h1")).to_contain_text("Graanmolen Foods B.V.")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.locator("button[name=answer][value=yes]").click()
    expect(phone.locator(".receipt")).to_be_visible()
    (to_bram,) = post.to("bram@person.example")
    phone.goto(Post.link(to_bram, "c"))
    phone.locator("button[name=answer][value=talk]").click()
    expect(phone.locator(".receipt")).to_be_visible()
    phone.goto(Post.link(to_chantal, "c"))
    phone.locator("button[name=answer][value=no]").click()
    expect(phone.locator(".receipt")).to_be_visible()

    # The board shows it without a reload, and Today asks for the next move.
    expect(card(desk, "Anna de Vries").locator(".state--given")).to_be_visible()
    expect(card(desk, "Bram van den Berg").locator(".state--talk")).to_be_visible()
    if os.environ.get("PICTURE"):
        desk.screenshot(path=PICTURE, caret="initial")  # hiding it would take an inline style
    desk.goto("/")
    expect(desk.locator("main")).to_contain_text("Anna de Vries")

    # Who has not said yes cannot be introduced: the page says so in words.
    bram = Candidacy.objects.get(candidate__surname="Berg")
    desk.goto(f"/candidacies/{bram.pk}/introduce/")
    expect(desk.locator("main")).to_contain_text("No introduction without the person's own yes")

    # She introduces; the client opens the one-time link and sees exactly that person.
    anna = Candidacy.objects.get(candidate__surname="Vries")
    introduce(desk, anna)
    (to_karin,) = post.to("karin@graanmolen.example")
    assert "Anna" not in to_karin["text"]
    portal = new_page(locale="en-GB", base_url=live_site.url, allow=["404"])
    portal.goto(Post.link(to_karin, "portal/enter"))
    portal.locator("form.choices button").click()
    expect(portal.locator(".person-card")).to_have_count(1)
    expect(portal.locator(".person-card")).to_contain_text("Anna de Vries")

    # She withdraws from the footer of a mail; the client sees her gone at once.
    receipt = post.to("anna@person.example", count=2)[-1]
    phone.goto(Post.link(receipt, "w"))
    phone.locator("button[name=stop][value=vacancy]").click()
    expect(phone.locator(".receipt")).to_be_visible()
    expect(portal.locator(".person-card")).to_have_count(0)
    expect(portal.locator("body")).not_to_contain_text("Anna de Vries")
    post.to("karin@graanmolen.example", count=2)

    # Nobody can introduce her again, not even through the admin.
    desk.goto(f"/candidacies/{anna.pk}/introduce/")
    expect(desk.locator("form button.button--primary", has_text="Introduce")).to_have_count(0)
    admin = new_page(locale="en-GB", user=ada)
    admin.goto("/admin/introductions/introduction/add/")
    first = Introduction.objects.get()
    for field in ("candidacy", "subject", "vacancy", "client", "request", "event", "introduced_by"):
        value = str(getattr(first, f"{field}_id"))
        choose = admin.locator(f"#id_{field}")
        if choose.evaluate("field => field.tagName") == "SELECT":
            choose.select_option(value)
        else:
            choose.fill(value)
    if admin.locator("#id_shared").count():
        admin.fill("#id_shared", "profile")
    admin.click("input[name=_save]")
    expect(admin.locator("body")).to_contain_text("No introduction without the person's own yes")
    assert Introduction.objects.count() == 1
    assert not Introduction.objects.standing().exists()

    # The third said no, and is never mailed again for it.
    chantal = Candidacy.objects.get(candidate__surname="Jansen")
    assert chantal.ended_reason == "refused"
    desk.goto(f"{board}?person={chantal.pk}")
    expect(desk.locator("#panel form[action*='/approach/']")).to_have_count(0)
    assert post.to("chantal@person.example")
    assert not Message.objects.filter(to_email="chantal@person.example", state=State.QUEUED).exists()
    assert User.objects.get(email="karin@graanmolen.example").is_client
    assert vacancy.candidacies.count() == 54


@pytest.mark.long
def test_the_road_for_a_confidential_client(
    live_site, sparkpost_standin, celery_worker_process, beat_process, new_page
):
    factories.make_organisation(name="Sterling Search")
    publish_texts()
    post = Post(sparkpost_standin.url)
    rosa = factories.make_user("Rosa", language="nl")
    client = factories.make_client(created_by=rosa, name="Noordwind", legal_name="Noordwind Holding N.V.")
    factories.make_contact(client, name="Peter", email="peter@noordwind.example")
    vacancy = factories.make_vacancy(
        owner=rosa,
        client=client,
        title="Chief executive",
        is_confidential=True,
        sector_label="a listed energy company in the north",
    )
    board = f"{live_site.desk}/vacancies/{vacancy.pk}/"
    desk = new_page(locale="en-GB", user=rosa)
    add_person(desk, board, "Koen Postma", email="koen@person.example", slug="koen")
    approach(desk, board, "Koen Postma")

    # The first message and its page name the sector, never the client.
    (invite,) = post.to("koen@person.example")
    assert "Noordwind" not in invite["text"] + invite["html"]
    phone = new_page(width=390, height=844, base_url=live_site.url)
    phone.goto(Post.link(invite, "c"))
    expect(phone.locator("body")).not_to_contain_text("Noordwind")
    phone.locator("button[name=answer][value=yes]").click()
    expect(phone.locator(".receipt")).to_be_visible()

    # A yes to talking opens no introduction.
    koen = Candidacy.objects.get(candidate__surname="Postma")
    desk.goto(f"/candidacies/{koen.pk}/introduce/")
    expect(desk.locator("form button.button--primary", has_text="Introduce")).to_have_count(0)

    # She reveals the client to him; now consent can be asked, with the legal name.
    desk.goto(f"{board}?person={koen.pk}")
    unfold(desk.locator("#panel"), "form[action*='/reveal/']")
    desk.locator("#panel form[action*='/reveal/'] button").click()
    asked = post.to("koen@person.example", containing="Noordwind Holding N.V.")[-1]
    phone.goto(Post.link(asked, "c"))
    expect(phone.locator("h1")).to_contain_text("Noordwind Holding N.V.")
    phone.locator("button[name=answer][value=yes]").click()
    expect(phone.locator(".receipt")).to_be_visible()
    introduce(desk, koen)
    post.to("peter@noordwind.example")
    assert Introduction.objects.standing().count() == 1


def introduce(page: Page, candidacy: Candidacy) -> None:
    page.goto(f"/candidacies/{candidacy.pk}/introduce/")
    for box in page.locator("input[name=contacts]").all():
        box.check()
    save(page)
    expect(page).to_have_url(re.compile(r"/vacancies/[0-9a-f-]{36}/"))
    wait_for(lambda: Introduction.objects.filter(candidacy=candidacy).exists())


def act(url: str, mail: dict, do: str) -> None:
    """What a reader or a machine does with a mail, at the stand-in."""
    import json
    from urllib.request import Request, urlopen

    body = json.dumps({"mail": mail["key"], "do": do}).encode()
    urlopen(Request(f"{url}/control/act", data=body, headers={"Content-Type": "application/json"})).read()
