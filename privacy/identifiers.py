"""Ways to reach a person in one canonical spelling, so that one address typed twice is seen as one.

The canonical spelling is what is stored, compared with other people and hashed for suppression. A refusal says
what to do about it and never repeats what was typed, because refusals end up in logs. Nothing here opens a
connection.
"""

import re
import unicodedata
from typing import Literal
from urllib.parse import SplitResult, quote, unquote, unquote_plus, unquote_to_bytes, urlsplit

import idna
import phonenumbers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Kind = Literal["email", "phone", "profile"]
Site = Literal["linkedin", "github", "stackoverflow", "facebook", "google", "website"]

EMAIL_LENGTH = 254
LOCAL_LENGTH = 64
URL_LENGTH = 500


class BadContact(ValueError):
    """A contact that cannot be used; its text is a sentence for the typist, in the language active when shown."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


def normalise(kind: str, text: str) -> str:
    """The canonical spelling of a contact of this kind. Raises BadContact."""
    match kind:
        case "email":
            return normalise_email(text)
        case "phone":
            return normalise_phone(text)
        case "profile":
            return normalise_profile(text)
    raise ValueError("A contact is an email, a phone or a profile.")


def suppression_variants(kind: str, text: str) -> list[str]:
    """Every spelling under which this contact is suppressed and looked up. Raises BadContact."""
    return email_variants_for_suppression(text) if kind == "email" else [normalise(kind, text)]


# E-mail

_ANGLED = re.compile(r"[^<>]*<([^<>]*)>")
_ATOM = r"[^\s\"(),:;<>@\[\\\].]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_GMAIL = frozenset({"gmail.com", "googlemail.com"})


def normalise_email(text: str) -> str:
    """One address in lower case with an ASCII domain, out of `Anna <a@b.nl>`, `mailto:a@b.nl` or plain text.

    Raises BadContact.
    """
    address = _clean(text)
    if angled := _ANGLED.fullmatch(address):
        address = angled[1].strip()
    if address[:7].casefold() == "mailto:":
        address = unquote(address[7:].partition("?")[0]).strip()
    if _has_controls(address):
        raise BadContact(_("This e-mail address contains a character that cannot be seen. Type it anew."))
    if re.search(r"[\s,;]", address):
        raise BadContact(_("Type one e-mail address, without spaces or commas."))
    local, at, domain = address.rpartition("@")
    if not (at and local and domain):
        raise BadContact(_("An e-mail address looks like name@example.com."))
    if not _LOCAL.fullmatch(local):
        raise BadContact(_("The part before the @ of this e-mail address has a character or a dot too many."))
    host = _host(domain)
    if host is None:
        raise BadContact(_("The part after the @ of this e-mail address is no domain such as example.com."))
    email = f"{unicodedata.normalize('NFC', local.lower())}@{host}"
    if len(email.encode()) > EMAIL_LENGTH or len(email.rpartition("@")[0].encode()) > LOCAL_LENGTH:
        raise BadContact(_("This e-mail address is too long."))
    return email


def email_variants_for_suppression(email: str) -> list[str]:
    """The spellings of one mailbox: as it is, without its plus-tag, and Gmail's without dots.

    The first is the address itself, the last is the same for every spelling of that mailbox. Raises BadContact.
    """
    address = normalise_email(email)
    local, _at, domain = address.rpartition("@")
    untagged = local.partition("+")[0] or local
    variants = [address, f"{untagged}@{domain}"]
    if domain in _GMAIL:
        variants.append(f"{untagged.replace('.', '')}@gmail.com")
    return list(dict.fromkeys(variants))


# Phone

_PHONE = re.compile(r"[\d\s()+\-‐‑‒–./]+")
_EXTENSION = re.compile(r"\d.*(?:ext|toestel|tst|x|#|;)", re.IGNORECASE | re.DOTALL)


def normalise_phone(text: str, region: str = "NL") -> str:
    """A phone number as E.164, `+31612345678`; without a country code it belongs to `region`. Raises BadContact."""
    number = _clean(text)
    if number[:4].casefold() == "tel:":
        number = number[4:]
    if _EXTENSION.search(number):
        # One switchboard serves many people: cut to its number it would make them one.
        raise BadContact(_("A number with an extension is shared by many people. Put it in a note instead."))
    if not _PHONE.fullmatch(number):
        raise BadContact(_("A phone number has digits only, such as 06 12345678 or +32 470 12 34 56."))
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_valid_number(parsed):
        raise BadContact(_("This phone number does not exist. Does it lack a digit, or its country code?"))
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


# Profile

_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):(?!\d)", re.IGNORECASE)
# Names that mean something inside a network only.
_INSIDE = frozenset({"localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa"})
_TRACKING = re.compile(
    r"utm_.*|trk.*|trackingid|lipi|licu|li_fat_id|originalsubdomain|midtoken|midsig|_ga|_gl|_hs.*|hsa_.*|mc_[ce]id"
    r"|mkt_tok|(?:g|fb|d|y|tt|tw|msclk|ms)clid|msclkid|[gw]braid|srsltid|igshid|igsh|mibextid|fbc_.*|ref_src|ref_url"
    r"|__tn__|__cft__.*",
    re.IGNORECASE,
)
_GITHUB_NAME = re.compile(r"[a-z0-9][a-z0-9_\-]{0,38}")
_GITHUB_PAGES = re.compile(
    r"about|apps|collections|contact|copilot|customer-stories|dashboard|enterprise|events|explore|features|issues"
    r"|join|login|marketplace|new|notifications|orgs|organizations|pricing|pulls|search|security|settings|signup"
    r"|site|sponsors|stars|team|topics|trending|users"
)
_FACEBOOK_NAME = re.compile(r"[a-z0-9.]*[a-z][a-z0-9.]*")
_FACEBOOK_PAGES = re.compile(
    r"ads|business|events|games|gaming|groups|hashtag|help|login|marketplace|media|messages|notifications|pages"
    r"|people|photos?|policies|privacy|public|reel|search|settings|share|sharer|stories|watch|.*\.php"
)


def normalise_url(text: str) -> str:
    """A public web address: https, lower case host without `www.`, no fragment and no tracking. Raises BadContact."""
    parts, host, path = _web_address(text)
    return _fits(f"https://{_page(host, path, parts.query)}")


def normalise_profile(text: str) -> str:
    """The canonical address of one person's page; twins such as `nl.linkedin.com/in/X/?trk=…` become the same.

    On LinkedIn, GitHub, Stack Overflow and Facebook only a person's own page will do: any other page there would
    make strangers one. Raises BadContact.
    """
    parts, host, path = _web_address(text)
    match site_of(host):
        case "linkedin" if host != "lnkd.in":
            page = _linkedin(path)
            if page is None:
                raise BadContact(_("Paste the address of the person's own page, such as linkedin.com/in/name."))
        case "github" if host == "github.com":
            page = _github(path)
            if page is None:
                raise BadContact(_("Paste the address of the person's own page, such as github.com/name."))
        case "stackoverflow":
            page = _stackoverflow(host, path)
            if page is None:
                raise BadContact(_("Paste the address of the person's own page, such as stackoverflow.com/users/1."))
        case "facebook":
            page = _facebook(path, parts.query)
            if page is None:
                raise BadContact(_("Paste the address of the person's own page, such as facebook.com/name."))
        case "google" if host.startswith("scholar.") and (user := dict(_pairs(parts.query)).get("user")):
            page = f"scholar.google.com/citations?user={_requoted(user)}"
        case _:
            page = _page(host, path, parts.query)
    return _fits(f"https://{page}")


def site_of(host: str) -> Site:
    """The known site a lower-case host name belongs to, else `website`."""
    return next((site for site, pattern in _SITES.items() if pattern.fullmatch(host)), "website")


_SITES: dict[Site, re.Pattern[str]] = {
    "linkedin": re.compile(r"(?:.+\.)?linkedin\.com|lnkd\.in"),
    "github": re.compile(r"(?:.+\.)?github\.(?:com|io)"),
    "stackoverflow": re.compile(r"(?:.+\.)?stackoverflow\.com"),
    "facebook": re.compile(r"(?:.+\.)?(?:facebook|fb)\.com"),
    "google": re.compile(r"(?:.+\.)?google\.(?:com|[a-z]{2}|com?\.[a-z]{2})"),
}


def _linkedin(path: list[str]) -> str | None:
    match [segment.lower() for segment in path], path:
        case ["in", _, *_], [_, slug, *_]:
            name = _slug(slug)
            return name and f"linkedin.com/in/{name}"
        case ["m" | "mwlite", "in", _, *_], [_, _, slug, *_]:
            name = _slug(slug)
            return name and f"linkedin.com/in/{name}"
        case ["pub", first, _, *_], _ if first != "dir":
            return f"linkedin.com{_joined(path).lower()}"
        case ["sales", "lead" | "people" as page, _, *_], [_, _, member, *_]:
            return f"linkedin.com/sales/{page}/{_quoted(member.partition(',')[0])}"
        case ["talent" | "recruiter" as product, "profile", _, *_], [_, _, member, *_]:
            return f"linkedin.com/{product}/profile/{_quoted(member.partition(',')[0])}"
    return None


def _slug(segment: str) -> str | None:
    """A name in a path as people read it, without escapes; None when it could be read as more than a name."""
    # Lower case, not case folding: that would take `strauß` to the page of `strauss`.
    name = unicodedata.normalize("NFC", segment.lower())
    return None if _has_controls(name) or re.search(r"[\s/?#%\\<>\"]", name) else name


def _github(path: list[str]) -> str | None:
    name = path[0].lower() if len(path) == 1 else ""
    return f"github.com/{name}" if _GITHUB_NAME.fullmatch(name) and not _GITHUB_PAGES.fullmatch(name) else None


def _stackoverflow(host: str, path: list[str]) -> str | None:
    match path:
        case ["users", number, *_] if re.fullmatch(r"[1-9][0-9]{0,11}", number):
            return f"{host}/users/{number}"
    return None


def _facebook(path: list[str], query: str) -> str | None:
    match [segment.lower() for segment in path]:
        case ["profile.php"]:
            number = dict(_pairs(query)).get("id", "")
        case ["people", _, number]:
            pass
        case [name] if _FACEBOOK_NAME.fullmatch(name) and not _FACEBOOK_PAGES.fullmatch(name):
            return f"facebook.com/{name}"
        case [number]:
            pass
        case _:
            return None
    return f"facebook.com/profile.php?id={number}" if re.fullmatch(r"[1-9][0-9]{0,19}", number) else None


def _web_address(text: str) -> tuple[SplitResult, str, list[str]]:
    """Read a public http(s) address: its parts, its host with any port, its decoded path segments."""
    address = _clean(text)
    if _has_controls(address) or re.search(r"[\s\\<>\"]", address):
        raise BadContact(_("Paste one web address, without spaces."))
    if scheme := _SCHEME.match(address):
        if scheme[1].lower() not in ("http", "https") or not address[scheme.end() :].startswith("//"):
            raise BadContact(_("A web address begins with https://."))
    else:
        address = f"https://{address.removeprefix('//')}"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise BadContact(_("A web address looks like linkedin.com/in/name.")) from None
    if "@" in parts.netloc:
        raise BadContact(_("This web address holds a user name or password. Paste it without."))
    host = _host(parts.hostname or "")
    if host is None:
        raise BadContact(_("A web address looks like linkedin.com/in/name."))
    if host.rpartition(".")[2] in _INSIDE:
        raise BadContact(_("This address exists inside one network only. Paste a public one."))
    while host.startswith("www.") and host.count(".") > 1:
        host = host.removeprefix("www.")
    if port not in (None, 80, 443):
        host = f"{host}:{port}"
    return parts, host, _segments(parts.path)


def _segments(path: str) -> list[str]:
    """The decoded segments of a path, without empty ones and dots; bytes that are no UTF-8 stay escaped."""
    segments: list[str] = []
    for raw in path.split("/"):
        segment = unicodedata.normalize("NFC", unquote(raw, errors="surrogateescape"))
        if _has_controls(segment.encode(errors="replace").decode()):
            raise BadContact(_("Paste one web address, without spaces."))
        if segment == "..":
            segments = segments[:-1]
        elif segment not in ("", "."):
            segments.append(segment)
    return segments


def _page(host: str, path: list[str], query: str) -> str:
    kept = _query(query)
    return f"{host}{_joined(path) or ('/' if kept else '')}{kept}"


def _joined(path: list[str]) -> str:
    return "".join(f"/{_quoted(segment)}" for segment in path)


def _quoted(text: str) -> str:
    return quote(text, safe="!$&'()*+,;=:@-._~", errors="surrogateescape")


def _pairs(query: str) -> list[tuple[str, str]]:
    return [(unquote_plus(name), unquote_plus(value)) for name, _eq, value in _fields(query)]


def _fields(query: str) -> list[tuple[str, str, str]]:
    return [field.partition("=") for field in query.split("&") if field]


def _query(query: str) -> str:
    """The query in a fixed order without what only follows visitors around; empty when nothing is left."""
    kept = [field for field in _fields(query) if not _TRACKING.fullmatch(unquote_plus(field[0]))]
    fields = sorted(f"{_requoted(name)}{eq}{_requoted(value)}" for name, eq, value in kept)
    return "?" + "&".join(fields) if fields else ""


def _requoted(text: str) -> str:
    return quote(unquote_to_bytes(text.replace("+", " ")), safe="!$'()*,;:@-._~/")


def _fits(url: str) -> str:
    if len(url) > URL_LENGTH:
        raise BadContact(_("This web address is too long."))
    return url


# Shared

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"))
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9_])?")
_TOP_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9\-]{1,59}")


def _clean(text: str) -> str:
    """Composed text without the invisible characters that come along when copying from a page."""
    return unicodedata.normalize("NFC", text.translate(_INVISIBLE)).strip()


def _has_controls(text: str) -> bool:
    return any(unicodedata.category(char)[0] == "C" for char in text)


def _host(text: str) -> str | None:
    """A domain in lower-case ASCII; None for a bare word, a number or what is no domain."""
    name = text.removesuffix(".")
    try:
        if not name.isascii() or "xn--" in name.lower():
            name = idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None
    labels = name.lower().split(".")
    if len(labels) < 2 or len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
        return None
    return ".".join(labels) if _TOP_LABEL.fullmatch(labels[-1]) else None
