"""The wire under the client: time-outs, recycled connections, paging, and every failure named.

Nothing here retries: a call ends in an answer or in one of the failures of `errors`; the outbox decides.
"""

import gzip
import json
import logging
import os
import select
import ssl
import threading
import time
import zlib
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
import msgspec
import sparkpost
from sparkpost.base import Resource

from mailing.sparkpost import errors

logger = logging.getLogger(__name__)

# SparkPost asks to recycle connections after 15 minutes or 10,000 calls. One left idle for long may be
# closed at the far end just as it is used again, which can't be told from a message sent and its answer lost.
RECYCLE_AGE = 15 * 60.0
RECYCLE_CALLS = 10_000
RECYCLE_IDLE = 20.0

LONGEST_URI = 4096


@dataclass
class _Held:
    """One thread's connection and its wear."""

    connection: HTTPConnection
    pid: int
    born: float
    used: float
    calls: int = 0


@dataclass(frozen=True)
class Answer:
    """What came back, whatever it means."""

    status: int
    retry_after: str
    content: bytes


class Transport:
    """The library's transport seam: one connection per thread, always a time-out, failures classified.

    Over the standard library: `requests`, which the library would use, takes six times as long for a call.
    """

    def __init__(self, base_url: str, timeout: tuple[float, float], *, direct: bool = False) -> None:
        parts = urlsplit(base_url)
        self.origin = f"{parts.scheme}://{parts.netloc}"  # every call goes there, and nowhere else
        self.timeout = timeout
        # A local address never goes through the environment's proxy.
        self.proxy = "" if direct else _proxy_for(self.origin)
        self._local = threading.local()

    def request(self, method: str, uri: str, headers: Mapping[str, str], **kwargs: Any) -> Any:
        """What the library's own resources expect: `results`, the top-level `errors` kept beside them."""
        body = self.exchange(method, uri, headers, **kwargs)
        results = body.get("results", body)
        if isinstance(results, dict) and "errors" in body:
            return {**results, "errors": body["errors"]}
        return results

    def exchange(
        self,
        method: str,
        uri: str,
        headers: Mapping[str, str],
        *,
        repeatable: bool = True,
        may_be_empty: bool = False,
        known: Collection[str] = (),
        **kwargs: Any,
    ) -> dict[str, Any]:
        """The whole JSON body of a 2xx answer ({} for 204, and for no body where that `may_be_empty`); else raises.

        Where the outcome is unknown a `repeatable` call raises Retry, any other Ambiguous.
        """
        answer, failure = self._send(method, uri, headers, **kwargs)
        if answer is not None:
            if answer.status == 204 or (answer.status == 200 and may_be_empty and not answer.content):
                return {}
            body = _json(answer.content)
            if not 200 <= answer.status < 300:
                failure = errors.classify(answer.status, body, retry_after=answer.retry_after, known=known)
            elif isinstance(body, dict):
                return body
            else:
                failure = errors.Ambiguous("the answer isn't JSON", status=answer.status)
        if failure is None:  # pragma: no cover - one of the two is always there
            raise RuntimeError("neither an answer nor a failure")
        if repeatable and isinstance(failure, errors.Ambiguous):
            failure = errors.Retry(errors.retry_delay(1), True, failure.message, status=failure.status)
        raise failure

    def _send(
        self,
        method: str,
        uri: str,
        headers: Mapping[str, str],
        *,
        params: Mapping[str, Any] | None = None,
        data: str | bytes | None = None,
    ) -> tuple[Answer | None, errors.Failure | None]:
        # The failure is returned and raised by the caller: raised in here it would carry the original as its
        # context, whose text may name the URL and so, for suppressions, an address.
        path = uri.removeprefix(self.origin)
        if not path.startswith("/"):
            return None, errors.Stop("", "the call is to another host")  # which would get the key
        if params:
            path += f"?{urlencode(params, doseq=True)}"
        try:
            held = self._held()
        except OSError as exc:
            return None, _unconnected(exc)
        try:
            held.connection.request(method, path, data, {**headers, "Accept-Encoding": "gzip"})
            response = held.connection.getresponse()
            content = response.read()
            if response.headers.get("Content-Encoding") == "gzip":
                content = gzip.decompress(content)
        except TimeoutError:
            self.hang_up()
            return None, errors.Ambiguous("no answer in time")
        except (OSError, HTTPException, EOFError, zlib.error):
            self.hang_up()
            return None, errors.Ambiguous("the connection broke before the answer")
        held.calls += 1
        held.used = time.monotonic()
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("%s %s: %s", method, errors.mask(path), response.status)
        return Answer(response.status, response.headers.get("Retry-After", ""), content), None

    def _held(self) -> _Held:
        """This thread's connection, made where there is none that can be used again. Raises OSError."""
        now = time.monotonic()
        held: _Held | None = getattr(self._local, "held", None)
        if held is not None and (
            held.pid != os.getpid()  # a forked worker must not share its parent's sockets
            or now - held.born > RECYCLE_AGE
            or now - held.used > RECYCLE_IDLE
            or held.calls >= RECYCLE_CALLS
            or _is_closed(held.connection)
        ):
            self.hang_up()
            held = None
        if held is None:
            connection = _connection(self.origin, self.proxy, self.timeout[0])
            connection.auto_open = 0
            connection.connect()
            connection.sock.settimeout(self.timeout[1])
            held = self._local.held = _Held(connection, os.getpid(), now, now)
        return held

    def hang_up(self) -> None:
        """Close this thread's connection."""
        held: _Held | None = getattr(self._local, "held", None)
        self._local.held = None
        if held is not None and held.pid == os.getpid():
            held.connection.close()


class Endpoint(Resource):
    """The library's resource seam, answering with the whole body."""

    key = ""

    def call(self, method: str, path: str = "", *, body: object = None, **kwargs: Any) -> dict[str, Any]:
        """One call to `path` under this endpoint, or to an absolute URL."""
        uri = path if "://" in path else "/".join(part for part in (self.uri, path) if part)
        if body is not None:
            kwargs["data"] = msgspec.json.encode(body)
        headers = {
            "User-Agent": f"watson python-sparkpost/{sparkpost.__version__}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Authorization": self.api_key,
        }
        answer: dict[str, Any] = self.transport.exchange(method, uri, headers, **kwargs)
        return answer

    def pages(self, params: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Each result over all pages, following the `next` link wherever the API puts it."""
        query = urlencode(params)
        uri: str | None = f"{self.uri}?{query}" if query else self.uri
        if len(str(uri)) > LONGEST_URI:
            raise ValueError(f"The search is longer than {LONGEST_URI} characters: split it.")
        seen: set[str] = set()
        while uri and uri not in seen:
            seen.add(uri)
            body = self.call("GET", uri)
            for result in body.get("results") or ():
                if isinstance(result, dict):
                    yield result
            uri = self._next(body.get("links"))

    def _next(self, links: object) -> str | None:
        found: object = None
        if isinstance(links, Mapping):
            found = links.get("next")
        elif isinstance(links, list):
            maps = (link for link in links if isinstance(link, Mapping))
            found = next((link for link in maps if link.get("rel") == "next"), None)
        if isinstance(found, Mapping):
            found = found.get("href")
        if not isinstance(found, str) or not found:
            return None
        origin = self.base_uri.removesuffix("/api/v1")
        if found.startswith("/api/"):
            return f"{origin}{found}"
        if found.startswith("/") and not found.startswith("//"):
            return f"{self.base_uri}{found}"
        if found.startswith(f"{origin}/"):
            return found
        # Following it would hand the key to another host.
        raise errors.Stop("", "the next page is on another host")


def _proxy_for(origin: str) -> str:
    """The proxy that the environment wants for this address; empty for none."""
    parts = urlsplit(origin)
    if proxy_bypass(parts.netloc):
        return ""
    found = getproxies()
    proxy = found.get(parts.scheme) or found.get("all", "")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _connection(origin: str, proxy: str, timeout: float) -> HTTPConnection:
    parts = urlsplit(origin)
    if parts.scheme == "http":  # only ever to this machine
        return HTTPConnection(str(parts.hostname), parts.port, timeout=timeout)
    if not proxy:
        return HTTPSConnection(str(parts.hostname), parts.port, timeout=timeout, context=_tls())
    via = urlsplit(proxy)
    connection = HTTPSConnection(str(via.hostname), via.port or 80, timeout=timeout, context=_tls())
    headers = {}
    if via.username:
        pair = f"{unquote(via.username)}:{unquote(via.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    connection.set_tunnel(str(parts.hostname), parts.port, headers)
    return connection


def _is_closed(connection: HTTPConnection) -> bool:
    """Whether the far end has closed it, or says something nobody asked for."""
    if connection.sock is None:
        return True
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


@cache
def _tls() -> ssl.SSLContext:
    """What certificates are believed; read once, for that takes longer than many calls."""
    where = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or certifi.where()
    if os.path.isdir(where):
        return ssl.create_default_context(capath=where)
    return ssl.create_default_context(cafile=where)


def _json(content: bytes) -> object:
    try:
        body: object = json.loads(content)
    except ValueError:
        return None
    return body


def _unconnected(exc: OSError) -> errors.Failure:
    """Nothing was sent, for the connection was never made."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return errors.Stop("tls", "the certificate of the API can't be verified")
    return errors.Retry(errors.retry_delay(1), False, "no connection")
