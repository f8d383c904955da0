"""A passkey, made and used in a real browser with a virtual authenticator."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from tests import factories

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def rosa(transactional_db):
    factories.make_organisation()
    return factories.make_user("Rosa")


def test_a_recruiter_makes_a_passkey_and_signs_in_with_it(live_site, new_page, rosa):
    page = new_page(locale="en-GB")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(rosa.email)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/")

    # Whoever adds a key says the password once more.
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.locator("main form button").first.click()
    page.get_by_label("Name").fill("Laptop")
    page.get_by_label("Passwordless").check()
    page.locator("#mfa_webauthn_add").click()
    expect(page).not_to_have_url("**/2fa/webauthn/add/")
    kept = Authenticator.objects.filter(user=rosa, type=Authenticator.Type.WEBAUTHN)
    assert [one.wrap().name for one in kept] == ["Laptop"]

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
