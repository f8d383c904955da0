"""Every answer says: keep this nowhere, index it nowhere, run nothing from elsewhere, tell no other site."""

import pytest
from django.conf import settings

from privacy import links
from tests.factories import PASSWORD, make_candidacy

PAGES = ("today", "public", "policy", "link", "gone", "sign_in", "admin", "not_found", "wrong_method", "health")


@pytest.fixture
def answer(vacancy, desk, rosa, ada):
    def of(page: str):
        stranger = desk(None)
        match page:
            case "today":
                return desk(rosa).get("/")
            case "public":
                return stranger.get("/privacy/request/")
            case "policy":
                return stranger.get("/privacy/")
            case "link":
                return stranger.get(links.path(links.issue("me", subject=make_candidacy(vacancy).subject)))
            case "gone":
                return stranger.get(f"/me/{'x' * 43}/")
            case "sign_in":
                return stranger.get("/accounts/login/")
            case "admin":
                return desk(ada).get("/admin/")
            case "not_found":
                return desk(rosa).get("/nowhere/")
            case "wrong_method":
                return desk(rosa).put("/")
            case "health":
                return stranger.get("/healthz")
        raise LookupError(page)

    return of


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_kept_indexed_framed_or_told_on_and_only_our_own_files_run(answer, page):
    headers = answer(page).headers
    only_our_own_files(headers["Content-Security-Policy"])
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Permissions-Policy"] == "camera=(), microphone=(), geolocation=(), payment=()"


def only_our_own_files(policy: str) -> None:
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert directives["img-src"] == "'self' data:"
    for name in ("script-src", "style-src", "font-src", "connect-src", "form-action"):
        assert directives[name] == "'self'", name
    assert "unsafe" not in policy
    assert "http" not in policy


def test_static_files_may_be_kept(client, db):
    assert "no-store" not in client.get("/static/css/tokens.css").headers.get("Cache-Control", "")
    assert "no-store" in client.get("/privacy/").headers["Cache-Control"]


def test_cookies_are_for_this_site_and_no_script(client, agency, rosa):
    signed_in = client.post("/accounts/login/?lang=en", {"login": rosa.email, "password": PASSWORD})
    assert signed_in.headers["Location"] == "/"
    cookies = [*signed_in.cookies.values(), *client.get("/accounts/login/").cookies.values()]
    assert {"csrf", "watson", "language"} <= {cookie.key for cookie in cookies}
    for cookie in cookies:
        assert cookie["httponly"], cookie.key
        assert cookie["samesite"] == "Lax", cookie.key


def test_a_public_page_leaves_no_session(client, agency):
    for path in ("/privacy/", "/privacy/request/", "/healthz", f"/me/{'x' * 43}/"):
        assert settings.SESSION_COOKIE_NAME not in client.get(path).cookies


@pytest.mark.parametrize(("asked", "spoken"), [("nl", "nl"), ("en", "en"), ("fr", "en"), ("", "en")])
def test_the_language_is_the_one_asked_for(client, agency, asked, spoken):
    response = client.get("/privacy/", {"lang": asked} if asked else {})
    assert response.headers["Content-Language"] == spoken
    assert f'<html lang="{spoken}"' in response.content.decode()
