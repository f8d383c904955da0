"""Signing in: by e-mail, with a lock-out, a second factor for staff, and no way to sign oneself up."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import override_settings

from accounts.models import Role, User
from mailing.models import Message
from tests import factories

LOGIN = "/accounts/login/"


def sign_in(client, user, password=factories.PASSWORD, **extra):
    return client.post(LOGIN, {"login": user.email, "password": password}, **extra)


@pytest.fixture
def rosa(db):
    factories.make_organisation()
    return factories.make_user("Rosa")


def test_a_stranger_is_sent_to_the_door(client, db):
    response = client.get("/vacancies/")
    assert response.status_code == 302
    assert response.url.startswith(LOGIN)


def test_a_recruiter_signs_in_and_sees_today(client, rosa):
    response = sign_in(client, rosa)
    assert (response.status_code, response.url) == (302, "/")
    page = client.get("/")
    assert page.status_code == 200
    assert "Rosa" in page.text
    cookie = client.cookies["watson"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_capitals_in_the_address_do_not_matter(client, rosa):
    assert client.post(LOGIN, {"login": rosa.email.upper(), "password": factories.PASSWORD}).status_code == 302


def test_a_wrong_password_is_told_at_the_form_and_keeps_the_address(client, rosa):
    response = sign_in(client, rosa, "not-the-password")
    assert response.status_code == 200
    assert rosa.email in response.text
    assert "_auth_user_id" not in client.session


def test_five_wrong_passwords_lock_the_door_even_for_the_right_one(client, rosa):
    for _try in range(5):
        sign_in(client, rosa, "not-the-password")
    response = sign_in(client, rosa)
    assert response.status_code == 429
    assert "_auth_user_id" not in client.session


def test_who_left_cannot_sign_in(client, rosa):
    rosa.is_active = False
    rosa.save(update_fields=["is_active"])
    sign_in(client, rosa)
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up(client, db):
    page = client.get("/accounts/signup/")
    assert "password1" not in page.text
    client.post(
        "/accounts/signup/",
        {"email": "eve@evil.example", "password1": factories.PASSWORD, "password2": factories.PASSWORD},
    )
    assert not User.objects.filter(email="eve@evil.example").exists()


def test_the_admin_stands_behind_the_same_door(client, rosa):
    assert LOGIN in client.get("/admin/", follow=True).redirect_chain[-1][0]
    sign_in(client, rosa)
    assert client.get("/admin/accounts/user/").status_code in (302, 403, 404)
    ada = factories.make_user("Ada", Role.ADMINISTRATOR)
    client.logout()
    sign_in(client, ada)
    assert client.get("/admin/accounts/user/").status_code == 200


@override_settings(SECOND_FACTOR_REQUIRED=True)
def test_staff_without_a_second_factor_only_reach_its_set_up(client, rosa):
    sign_in(client, rosa)
    response = client.get("/")
    assert response.status_code == 302
    assert response.url.startswith("/accounts/2fa/")
    assert client.get(response.url).status_code == 200
    assert client.get("/admin/").status_code == 302


@override_settings(SECOND_FACTOR_REQUIRED=True)
def test_with_a_second_factor_the_code_is_asked_and_opens_the_desk(client, rosa):
    secret = generate_totp_secret()
    TOTP.activate(rosa, secret)
    assert Authenticator.objects.filter(user=rosa).exists()
    response = sign_in(client, rosa)
    assert response.url.startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in client.session
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    assert client.post(response.url, {"code": code}).status_code == 302
    assert client.get("/").status_code == 200


@override_settings(SECOND_FACTOR_REQUIRED=True)
def test_a_client_contact_needs_no_second_factor(client, db):
    factories.make_organisation()
    karin = factories.make_user("Karin", Role.CLIENT)
    factories.make_contact(user=karin)
    client.force_login(karin)
    assert client.get("/portal/").status_code == 200


def test_a_forgotten_password_is_mailed_through_the_outbox(client, rosa, settings):
    settings.EMAIL_BACKEND = "mailing.backend.Outbox"  # Django's test runner puts its own in its place
    client.post("/accounts/password/reset/", {"email": rosa.email})
    message = Message.objects.get(kind="account")
    assert message.to_email == rosa.email
    link = re.search(r"https?://[^\s/]+(/accounts/password/reset/key/[^\s]+)", message.body_text)
    assert link
    assert client.get(link[1], follow=True).status_code == 200


def test_every_page_carries_the_strict_headers(client, rosa):
    sign_in(client, rosa)
    for path in (LOGIN, "/", "/privacy/", "/vacancies/"):
        headers = client.get(path, follow=True).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["Cache-Control"].startswith(("no-store", "max-age=0"))
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"


@override_settings(SECOND_FACTOR_REQUIRED=True)
def test_guessing_codes_of_a_second_factor_ends(client, rosa):
    secret = generate_totp_secret()
    TOTP.activate(rosa, secret)
    door = sign_in(client, rosa).url
    for _try in range(6):
        client.post(door, {"code": "000000"})
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    assert client.post(door, {"code": code}).status_code == 200
    assert "_auth_user_id" not in client.session


def test_nobody_gives_their_account_another_address(client, rosa):
    sign_in(client, rosa)
    assert client.get("/accounts/password/change/").status_code == 200
    client.post("/accounts/email/", {"action_add": "", "email": "boss@other.example"})
    response = client.post("/accounts/email/", {"action_primary": "", "email": "boss@other.example"})
    assert response.status_code == 404
    address = rosa.email
    rosa.refresh_from_db()
    assert rosa.email == address


@pytest.mark.parametrize("path", ["email/", "password/set/", "password/change/", "2fa/", "2fa/webauthn/add/"])
def test_a_client_contact_sets_up_no_way_in_of_their_own(client, db, path):
    factories.make_organisation()
    contact = User.objects.create_user("karin@client.example", name="Karin", role=Role.CLIENT)
    client.force_login(contact)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get(f"/accounts/{path}").status_code == 404
    password = {"password1": factories.PASSWORD, "password2": factories.PASSWORD}
    assert client.post(f"/accounts/{path}", password).status_code == 404
    contact.refresh_from_db()
    assert not contact.has_usable_password()


def test_a_client_contact_gets_no_password_by_forgetting_it(client, db, settings):
    settings.EMAIL_BACKEND = "mailing.backend.Outbox"
    factories.make_organisation()
    User.objects.create_user("karin@client.example", name="Karin", role=Role.CLIENT)
    client.post("/accounts/password/reset/", {"email": "karin@client.example"})
    client.post("/accounts/password/reset/", {"email": "nobody@elsewhere.example"})
    assert not Message.objects.exists()
