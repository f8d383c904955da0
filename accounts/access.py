"""Who may open a view: the sign-in page for strangers, 404 for the wrong role, so that nothing tells what exists."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import STAFF_ROLES, Role, User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def roles(*allowed: Role) -> Callable[[View[P]], View[P]]:
    """Let only these roles in: anonymous visitors go to the sign-in page, everybody else gets a 404."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not request.user.is_active or request.user.role not in allowed:
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def staff_only(view: View[P]) -> View[P]:
    """Let in the agency's own people, whatever their role."""
    return roles(*STAFF_ROLES)(view)


def staff_user(request: HttpRequest) -> User:
    """The signed-in user of a request that passed `roles` or `staff_only`, with its real type."""
    return cast(User, request.user)


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Where the person came from (`next` in the form or the address), when that is a page of this site."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if safe else otherwise
