"""What somebody pasted: which kind of contact it is, and which kind of source a web address is.

The canonical spellings themselves live with suppression (`privacy.identifiers`), which must see the same ones.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from privacy.identifiers import (
    BadContact,
    Kind,
    Site,
    email_variants_for_suppression,
    normalise,
    normalise_email,
    normalise_phone,
    normalise_profile,
    normalise_url,
    site_of,
)

__all__ = [
    "BadContact",
    "Kind",
    "SourceType",
    "email_variants_for_suppression",
    "kind_of",
    "normalise",
    "normalise_email",
    "normalise_phone",
    "normalise_profile",
    "normalise_url",
    "source_type_for",
]

SourceType = Site


def kind_of(text: str) -> Kind | None:
    """What a pasted text most likely is; None when it is no contact, such as a name or a search word."""
    if _accepts(normalise_email, text):
        return "email"
    if _accepts(normalise_phone, text):
        return "phone"
    # A dot alone makes no address: people type `J.Jansen` into a search box.
    looks_like_address = "/" in text or text.strip().lower().startswith("www.")
    return "profile" if looks_like_address and _accepts(normalise_url, text) else None


def source_type_for(url: str) -> SourceType:
    """The kind of source a web address points to; `website` for whatever is no known site."""
    try:
        return site_of(urlsplit(normalise_url(url)).hostname or "")
    except BadContact:
        return "website"


def _accepts(normaliser: Callable[[str], str], text: str) -> bool:
    try:
        normaliser(text)
    except BadContact:
        return False
    return True
