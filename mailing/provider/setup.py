"""Setting the account up: each thing is looked at, made or mended, and never more than it needs.

With `check` nothing is changed. No line ever holds a secret. Webhooks of others are left alone.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from accounts.models import Organisation
from mailing import events, outbox
from mailing.models import Stream
from mailing.provider import streams
from mailing.provider.report import Lines, changed, note, ok, told, wrong
from mailing.sparkpost import errors

NAME = "Watson"
RELAY_NAME = "Watson replies"
EVENTS = "Event webhook"
RELAY = "Relay webhook"
INBOUND = "Inbound domain"
DOMAIN = "Sending domain"
SECRET_HEADER = "X-Watson-Secret"  # noqa: S105 - its name
RUN = "Run “manage.py sparkpost setup”."


def setup(*, check: bool = False) -> Lines:
    """Everything SparkPost must have for us, looked at and mended."""
    if not settings.SPARKPOST_API_KEY:
        yield wrong("Key", "SPARKPOST_API_KEY is empty.", "Make a key in SparkPost and put it into .env.")
        return
    yield from told(DOMAIN, lambda: sending_domain(check=check))
    yield from told(EVENTS, lambda: event_webhook(check=check))
    yield from told(RELAY, lambda: relay_webhook(check=check))
    if not check:
        streams.went_well(Stream.SETUP, at=timezone.now())


def event_target() -> str:
    """Where SparkPost must post its events."""
    return f"{settings.BASE_URL}/hooks/sparkpost/"


def relay_target() -> str:
    """Where SparkPost must post mail that comes in."""
    return f"{settings.BASE_URL}/hooks/sparkpost/relay/"


# The sending domain


def sending_domain(*, check: bool) -> Lines:
    """Whether mail may leave from the organisation's domain, signed by it."""
    domain = Organisation.current().mail_domain.lower()
    if not domain:
        yield wrong(DOMAIN, "None is filled in.", "Fill it in under Organisation in /admin/, then run this again.")
        return
    domains = outbox.client().sending_domains
    row = domains.get(domain)
    if row is None:
        if check:
            yield wrong(DOMAIN, f"SparkPost does not know {domain}, so it refuses mail from it.", RUN)
            return
        domains.create(domain)
        yield changed(DOMAIN, f"{domain} was added.")
        row = domains.get(domain) or {}
    status = dict(_mapping(row.get("status")))
    if status.get("compliance_status") == "blocked":
        yield wrong(DOMAIN, f"SparkPost blocked {domain}.", "Ask SparkPost's support why, and what they need.")
        return
    if not _is_verified(status) and not check:
        status = domains.verify(domain)
        if _is_verified(status):
            yield changed(DOMAIN, f"{domain} is verified now.")
    if not _is_verified(status):
        yield _unverified(domain, status, _mapping(row.get("dkim")))
        return
    yield ok(DOMAIN, f"{domain} is ours, and mail from it is signed (DKIM).")
    yield from _bounces(domain, status, domains.list())


def _is_verified(status: Mapping[str, Any]) -> bool:
    return bool(status.get("ownership_verified")) and status.get("dkim_status") == "valid"


def _unverified(domain: str, status: Mapping[str, Any], dkim: Mapping[str, Any]) -> Any:
    said = str(_mapping(status.get("dns")).get("dkim_error") or "")
    why = f" SparkPost says: {errors.mask(said)}." if said else ""
    owner = "" if status.get("ownership_verified") else ", so mail from it is refused"
    record = f"{dkim.get('selector', '…')}._domainkey.{domain}"
    return wrong(
        DOMAIN,
        f"The signature (DKIM) of {domain} is not verified{owner}.{why}",
        f"Add this record to the DNS of {domain}, wait until it is known, and run this again:\n"
        f"{record}  TXT  v=DKIM1; k=rsa; h=sha256; p={dkim.get('public', '…')}",
    )


def _bounces(domain: str, status: Mapping[str, Any], rows: list[dict[str, Any]]) -> Lines:
    """SPF follows the domain bounces return to. Without one of our own mail arrives all the same."""

    def takes_bounces(found: Mapping[str, Any]) -> bool:
        return "valid" in (found.get("cname_status"), found.get("mx_status"))

    own = [
        str(row.get("domain"))
        for row in rows
        if f".{row.get('domain')}".endswith(f".{domain}") and takes_bounces(_mapping(row.get("status")))
    ]
    default = [str(row.get("domain")) for row in rows if row.get("is_default_bounce_domain")]
    if set(own) & set(default):
        yield ok(DOMAIN, f"Bounces return to {(set(own) & set(default)).pop()}, so SPF passes in our own name.")
    elif own or takes_bounces(status):
        yield note(
            DOMAIN,
            f"Bounces could return to {own[0] if own else domain}, but SparkPost does not use it by itself.",
            "Make it the default bounce domain in SparkPost, so that SPF passes in our own name.",
        )
    else:
        yield note(
            DOMAIN,
            "Bounces return to SparkPost's own domain, so SPF passes in SparkPost's name and not in ours.",
            f"Mail arrives like this. Better: add a subdomain such as bounces.{domain} in SparkPost as bounce domain,"
            f" with a CNAME record to {'eu.sparkpostmail.com' if is_eu() else 'sparkpostmail.com'}.",
        )


def is_eu() -> bool:
    """Whether the account is in SparkPost's European region."""
    return ".eu." in f".{urlsplit(settings.SPARKPOST_BASE_URL).hostname}."


# The webhook of events


def event_webhook(*, check: bool) -> Lines:
    """Whether SparkPost posts every event we read to us, with our name, password and secret."""
    if not (yield from _may_be_posted_to(EVENTS, "SPARKPOST_WEBHOOK_USER", "SPARKPOST_WEBHOOK_PASSWORD")):
        return
    hooks = outbox.client().webhooks
    found = [row for row in hooks.list() if _same_place(row.get("target"), event_target())]
    if not found:
        if check:
            yield wrong(EVENTS, f"None posts to {event_target()}, so we only hear what we ask for.", RUN)
            return
        made = yield from _made(lambda: hooks.create(_event_definition()))
        if made:
            yield changed(EVENTS, f"Made: it posts to {event_target()}.")
        return
    if len(found) > 1:
        yield note(
            EVENTS,
            f"{len(found)} webhooks post to {event_target()}, so each event comes more than once. That does no harm.",
            "Remove all but one in SparkPost.",
        )
    row = found[0]
    lacks = _lacking(row)
    if lacks and check:
        yield wrong(EVENTS, f"It is not as it should be: {', '.join(lacks)}.", RUN)
        return
    if lacks:
        hooks.update(str(row.get("id")), _event_definition())
        yield changed(EVENTS, f"Mended: {', '.join(lacks)}.")
    yield from _tried(str(row.get("id")), check=check, mended=bool(lacks))


def _tried(webhook_id: str, *, check: bool, mended: bool) -> Lines:
    hooks = outbox.client().webhooks
    try:
        hooks.validate(webhook_id)
    except errors.Refused:
        if check or mended:
            yield _unanswered()
            return
        # What SparkPost does not show us again, such as a password, may be an old one.
        hooks.update(webhook_id, _event_definition())
        yield from _tried(webhook_id, check=check, mended=True)
        return
    yield ok(EVENTS, f"It posts to {event_target()}, and a test of SparkPost's was answered.")


def _made(make: Any) -> Any:
    try:
        return make()
    except errors.Refused as failure:
        if "target failed" not in failure.message:
            raise
        yield _unanswered()
        return ""


def _unanswered() -> Any:
    return wrong(
        EVENTS,
        f"SparkPost posted a test to {event_target()} and got no 200 back.",
        "See whether the site runs with these same SPARKPOST_WEBHOOK_* settings, and whether that address can be"
        " reached from the internet.",
    )


def _event_definition() -> dict[str, Any]:
    return {
        "name": NAME,
        "target": event_target(),
        "events": sorted(events.KNOWN),
        "active": True,
        "auth_type": "basic",
        "auth_credentials": {
            "username": settings.SPARKPOST_WEBHOOK_USER,
            "password": settings.SPARKPOST_WEBHOOK_PASSWORD,
        },
        "custom_headers": {SECRET_HEADER: settings.SPARKPOST_WEBHOOK_SECRET},
    }


def _lacking(row: Mapping[str, Any]) -> list[str]:
    """What is not as wanted, in words; what SparkPost does not show is tried by a test post instead."""
    wanted = _event_definition()
    lacks = []
    missing = sorted(set(wanted["events"]) - set(row.get("events") or ()))
    if missing:
        lacks.append(f"it lacks the events {', '.join(missing)}")
    if row.get("active") is False:
        lacks.append("it is switched off")
    shown, right = _mapping(row.get("auth_credentials")), wanted["auth_credentials"]
    if row.get("auth_type", "basic") != "basic" or any(_differs(shown.get(name), right[name]) for name in right):
        lacks.append("its name or password is another")
    if _header_differs(row):
        lacks.append(f"its header {SECRET_HEADER} is another")
    return lacks


# Mail that comes in


def relay_webhook(*, check: bool) -> Lines:
    """Whether SparkPost receives answers for our domain and posts them to us."""
    domain = settings.MAIL_INBOUND_DOMAIN
    if not domain:
        yield note(
            RELAY,
            "MAIL_INBOUND_DOMAIN is empty, so answers by mail go to the recruiters' own mailboxes.",
            "To have them in Watson, choose a subdomain for answers, see docs/deploy.md, and run this again.",
        )
        return
    if not (yield from _may_be_posted_to(RELAY, "SPARKPOST_RELAY_TOKEN")):
        return
    client = outbox.client()
    if client.inbound_domains.get(domain) is None:
        if check:
            yield wrong(INBOUND, f"SparkPost does not receive mail for {domain}.", RUN)
            return
        client.inbound_domains.create(domain)
        yield changed(INBOUND, f"{domain} was added.", _mx(domain))
    else:
        yield ok(INBOUND, f"SparkPost receives mail for {domain}.", _mx(domain))
    rows = [row for row in client.relay_webhooks.list() if _domain_of(row) == domain]
    if not rows:
        if check:
            yield wrong(RELAY, f"None posts the mail for {domain} to us.", RUN)
            return
        client.relay_webhooks.create(_relay_definition(domain))
        yield changed(RELAY, f"Made: mail for {domain} is posted to {relay_target()}.")
        return
    row = rows[0]
    if not _same_place(row.get("target"), relay_target()):
        # Taking it over could take somebody's mail away; a domain has one relay webhook only.
        yield wrong(
            RELAY,
            f"Mail for {domain} is posted to another address than {relay_target()}.",
            "Remove that relay webhook in SparkPost if nobody needs it, or choose another MAIL_INBOUND_DOMAIN.",
        )
        return
    if _differs(row.get("auth_token"), settings.SPARKPOST_RELAY_TOKEN) or _header_differs(row):
        if check:
            yield wrong(RELAY, "Its token or secret header is another, so we turn its posts away.", RUN)
            return
        client.relay_webhooks.update(str(row.get("id")), _relay_definition(domain))
        yield changed(RELAY, "Mended: its token or secret header was another.")
    yield ok(RELAY, f"Mail for {domain} is posted to {relay_target()}.")


def _relay_definition(domain: str) -> dict[str, Any]:
    return {
        "name": RELAY_NAME,
        "target": relay_target(),
        "auth_token": settings.SPARKPOST_RELAY_TOKEN,
        "match": {"protocol": "SMTP", "domain": domain},
        "custom_headers": {SECRET_HEADER: settings.SPARKPOST_WEBHOOK_SECRET},
    }


def _mx(domain: str) -> str:
    region = "eu." if is_eu() else ""
    hosts = ", ".join(f"rx{number}.{region}sparkpostmail.com" for number in (1, 2, 3))
    return f"The DNS of {domain} needs three MX records of priority 10: {hosts}."


# What both need


def _may_be_posted_to(about: str, *names: str) -> Any:
    """Whether our side is ready for posts; yields what is not."""
    empty = [name for name in (*names, "SPARKPOST_WEBHOOK_SECRET") if not getattr(settings, name)]
    if empty:
        verb = "is" if len(empty) == 1 else "are"
        yield wrong(
            about,
            f"{', '.join(empty)} {verb} empty, so every post is turned away.",
            "Fill in random values in .env, restart Watson, and run this again.",
        )
        return False
    parts = urlsplit(settings.BASE_URL)
    if not _is_local(settings.SPARKPOST_BASE_URL) and (parts.scheme != "https" or parts.port not in (None, 443)):
        yield wrong(
            about,
            f"SparkPost can't post to {settings.BASE_URL}: it needs https on the ordinary port.",
            "Set BASE_URL to the address people use, and run this again.",
        )
        return False
    return True


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _same_place(target: object, wanted: str) -> bool:
    return str(target or "").rstrip("/") == wanted.rstrip("/")


def _domain_of(row: Mapping[str, Any]) -> str:
    return str(_mapping(row.get("match")).get("domain") or "").lower()


def _header_differs(row: Mapping[str, Any]) -> bool:
    shown = {str(name).lower(): value for name, value in _mapping(row.get("custom_headers")).items()}
    if "custom_headers" in row and SECRET_HEADER.lower() not in shown:
        return True
    return _differs(shown.get(SECRET_HEADER.lower()), settings.SPARKPOST_WEBHOOK_SECRET)


def _differs(shown: object, wanted: str) -> bool:
    """Whether what SparkPost shows is another value; what it hides or masks tells nothing."""
    text = "" if shown is None else str(shown)
    return shown is not None and "***" not in text and text != wanted


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
