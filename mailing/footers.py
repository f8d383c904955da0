"""What stands under every message to a person: who sends it, why, and the way out (Tw 11.7(4), GDPR art. 7(3))."""

from urllib.parse import urlencode

from django.conf import settings

# Why somebody gets this message: found for a vacancy, works for a client, or was in touch with us.
_WHY = {
    "nl": {
        "found": "U krijgt dit bericht omdat [recruiter] voor deze ene vacature naar u zocht. Wij sturen geen reclame.",
        "client": "U krijgt dit bericht omdat wij voor uw organisatie kandidaten zoeken.",
        "": "U krijgt dit bericht omdat u contact met ons had over een vacature of ons iets vroeg.",
    },
    "en": {
        "found": "You get this message because [recruiter] looked for you for this one vacancy. We do not advertise.",
        "client": "You get this message because we look for candidates for your organisation.",
        "": "You get this message because you were in touch with us about a vacancy or asked us something.",
    },
}
_READERS = {
    **dict.fromkeys(("approach", "talk_invite", "reminder"), "found"),
    **dict.fromkeys(("introduced_client", "withdrawn_client", "portal_link", "art19_request"), "client"),
}

_FOOTER = {
    "nl": """[legal_name]
[postal_line], KvK [kvk]
[agency_email]
[agency_phone?]

{why}

[link:withdraw?|Stoppen: toestemming intrekken of geen berichten meer]
[link:me?|Uw gegevens bekijken, verbeteren of laten wissen]
[policy|Zo gaan wij met gegevens om]""",
    "en": """[legal_name]
[postal_line], Chamber of Commerce (KvK) [kvk]
[agency_email]
[agency_phone?]

{why}

[link:withdraw?|Stop: withdraw your consent or get no more messages]
[link:me?|See, correct or erase your data]
[policy|How we handle data]""",
}


def footer(template_kind: str, language: str) -> str:
    """The footer as a template; the links are there for whoever we know as a person."""
    language = language if language in _FOOTER else "en"
    return _FOOTER[language].format(why=_WHY[language][_READERS.get(template_kind, "")])


def policy_address(language: str) -> str:
    """The public privacy policy: the one address in a mail that holds no token, and so the one that may be followed."""
    return f"{settings.BASE_URL}/privacy/?{urlencode({'lang': language})}"


def identity_line(legal_name: str) -> str:
    return legal_name.strip()
