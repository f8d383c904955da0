"""The sign-in page, with axes counting every failure."""

from allauth.account.views import LoginView
from axes.decorators import axes_dispatch, axes_form_invalid
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import method_decorator


@method_decorator(axes_dispatch, name="dispatch")
@method_decorator(axes_form_invalid, name="form_invalid")
class SignIn(LoginView):
    """allauth's own page; after too many failures the door stays shut for a while."""


sign_in = SignIn.as_view()


def own_address(request: HttpRequest) -> HttpResponse:
    """Nobody changes their own address: who an account belongs to, and what a client sees in it, follows from it."""
    raise Http404
