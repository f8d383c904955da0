"""Calls out of the stand-in: only ever to this machine."""

import contextlib
import http.client
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

TIMEOUT = 10.0  # as SparkPost's webhooks
LONGEST_BODY = 64 * 1024


@dataclass
class Reply:
    """An answer, or status 0 and the reason there is none."""

    status: int
    body: str = ""
    headers: Mapping[str, str] | None = None


def is_local(url: str) -> bool:
    """Whether the URL names this machine, told without asking a name server."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https"):
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def call(
    method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None, hops: int = 0
) -> Reply:
    """One request to this machine, following up to `hops` redirects; never raises for a failing network."""
    if not is_local(url):
        return Reply(0, "not on this machine")
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with contextlib.closing(kind(str(parts.hostname), parts.port, timeout=TIMEOUT)) as connection:
            connection.request(method, target, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            reply = Reply(
                answer.status,
                answer.read(LONGEST_BODY).decode("utf-8", "replace"),
                {name.lower(): value for name, value in answer.getheaders()},
            )
    except (OSError, http.client.HTTPException, ValueError) as exc:
        return Reply(0, type(exc).__name__)
    location = (reply.headers or {}).get("location")
    if hops and location and reply.status in (301, 302, 303, 307, 308):
        return call("GET", urljoin(url, location), headers=headers, hops=hops - 1)
    return reply
