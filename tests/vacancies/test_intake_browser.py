"""The intake in a real browser: what lacks is judged while one types, and one press saves and opens."""

from playwright.sync_api import Page, expect

from accounts.models import User
from tests.factories import make_assessment, make_client, make_organisation, make_user
from tests.support.browser import Pages
from tests.support.sites import Site
from vacancies import services
from vacancies.models import Vacancy, VacancyState


def _draft() -> tuple[User, Vacancy]:
    make_organisation()
    rosa = make_user("Rosa")
    return rosa, services.create_vacancy(actor=rosa, client=make_client(created_by=rosa), title="Treasurer")


def _fill(page: Page) -> None:
    page.get_by_label("Evidence of the assignment").fill("E-mail of the director")
    page.get_by_label("Assigned on").fill("2026-01-05")
    page.get_by_label("Purpose of the search").fill("Find a treasurer.")
    page.get_by_role("radio", name="The agency decides for itself").check()
    page.get_by_label("Why this role").fill("The agency decides whom it looks for.")
    page.locator("#id_assessment").select_option(index=1)
    for point in ("This search falls within its scope", "Only its sources", "Its safeguards are in place"):
        page.get_by_role("checkbox", name=point).check()
    page.get_by_role("checkbox", name="contact details").check()


def test_the_button_wakes_when_nothing_lacks(live_site: Site, new_page: Pages) -> None:
    rosa, draft = _draft()
    make_assessment()
    for width, scheme in ((1440, "light"), (390, "dark")):
        page = new_page(width=width, color_scheme=scheme, user=rosa, locale="en-GB")  # type: ignore[arg-type]
        page.goto(f"/vacancies/{draft.pk}/intake/")
        button = page.get_by_role("button", name="Open for sourcing")
        expect(button).to_be_disabled()
        expect(page.get_by_text("4 conditions still lack.")).to_be_visible()
        _fill(page)
        expect(button).to_be_enabled()
        page.get_by_label("Purpose of the search").fill("")
        expect(button).to_be_disabled()
        page.get_by_label("Purpose of the search").fill("Find a treasurer.")
        expect(button).to_be_enabled()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    draft.refresh_from_db()
    assert draft.purpose == ""  # looking is not saving

    button.click()
    page.wait_for_url(f"**/vacancies/{draft.pk}/")
    draft.refresh_from_db()
    assert (draft.state, draft.purpose) == (VacancyState.SOURCING, "Find a treasurer.")


def test_enter_in_a_field_saves_and_stays(live_site: Site, new_page: Pages) -> None:
    rosa, draft = _draft()
    page = new_page(user=rosa, locale="en-GB")
    page.goto(f"/vacancies/{draft.pk}/intake/")
    page.get_by_role("textbox", name="Place").fill("Ede")
    page.get_by_role("textbox", name="Place").press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Place")).to_have_value("Ede")


def test_without_a_script_it_works_the_same(live_site: Site, new_page: Pages) -> None:
    rosa, draft = _draft()
    make_assessment()
    page = new_page(user=rosa, locale="en-GB", javascript=False)
    page.goto(f"/vacancies/{draft.pk}/intake/")
    _fill(page)
    page.get_by_role("button", name="Save draft").click()
    page.get_by_role("button", name="Open for sourcing").click()
    page.wait_for_url(f"**/vacancies/{draft.pk}/")
    draft.refresh_from_db()
    assert draft.state == VacancyState.SOURCING
