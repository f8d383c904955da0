"""The language of the page, the one organisation, the second factor at the door, and the one door for clients."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

from accounts.models import Organisation

Handler = Callable[[HttpRequest], HttpResponse]

# Reachable without the second factor: the pages that set it up, and the way out.
OPEN_PREFIXES = ("/accounts/", "/static/", "/i18n/", "/healthz")

# All of the sign-in pages a client contact needs: they enter by one-time links and have nothing to set up.
OF_CLIENTS = ("/accounts/login/", "/accounts/logout/")


def language(get_response: Handler) -> Handler:
    """Speak the language chosen on this page (`?lang=`), in the cookie, in the browser, or else Dutch."""

    def middleware(request: HttpRequest) -> HttpResponse:
        known = dict(settings.LANGUAGES)
        asked = request.GET.get("lang", "")
        code = asked if asked in known else translation.get_language_from_request(request)
        translation.activate(code if code in known else "nl")
        request.LANGUAGE_CODE = translation.get_language()
        try:
            response = get_response(request)
        finally:
            translation.deactivate()
        if asked in known:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                asked,
                max_age=60 * 60 * 24 * 365,
                httponly=True,
                samesite="Lax",
                secure=settings.LANGUAGE_COOKIE_SECURE,
            )
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    return middleware


def one_organisation(get_response: Handler) -> Handler:
    """Who we are is asked in a dozen places of one page, and read once."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with Organisation.read_once():
            return get_response(request)

    return middleware


def second_factor(get_response: Handler) -> Handler:
    """Staff without a second factor see only the pages where they set one up, when the setting asks for it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            settings.SECOND_FACTOR_REQUIRED
            and user.is_authenticated
            and user.works_here
            and not request.path.startswith(OPEN_PREFIXES)
        ):
            from allauth.mfa.utils import is_mfa_enabled

            if not is_mfa_enabled(user):
                return redirect("mfa_index")
        return get_response(request)

    return middleware


def one_time_links_only(get_response: Handler) -> Handler:
    """A client contact gives themselves no password, address or passkey: access that would outlive their links."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            user.is_authenticated
            and user.is_client
            and request.path.startswith("/accounts/")
            and request.path not in OF_CLIENTS
        ):
            raise Http404
        return get_response(request)

    return middleware
