"""What every desk page shows around its content."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation

# (address, label, icon, key, prefixes that mark it current)
RAIL = (
    ("watson:today", _("Today"), "today", "g t", ()),
    ("vacancies:vacancies", _("Vacancies"), "vacancies", "g v", ("/vacancies/",)),
    ("candidates:list", _("Candidates"), "candidates", "g c", ("/candidates/", "/candidacies/")),
    ("vacancies:clients", _("Clients"), "clients", "g l", ("/clients/",)),
    ("mailing:list", _("Mail"), "mail", "g m", ("/mail/",)),
    ("privacy:desk", _("Privacy"), "privacy", "g p", ("/privacy-desk/",)),
)


def desk(request: HttpRequest) -> dict[str, Any]:
    """The organisation, and for staff the rail. Error pages have no user yet, so nothing is assumed."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    context: dict[str, Any] = {"organisation": Organisation.current()}
    if user.works_here:
        context["rail"] = [
            {
                "url": reverse(name),
                "label": label,
                "icon": icon,
                "key": key,
                "current": request.path == reverse(name) or request.path.startswith(prefixes or ("\0",)),
            }
            for name, label, icon, key, prefixes in RAIL
        ]
    return context
