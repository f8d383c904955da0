"""The wire under the client: time-outs, recycled connections, paging, and every failure named.

Nothing here retries: a call ends in an answer or in one of the failures of `errors`; the outbox decides.
"""

import json
import logging
import os
import ssl
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
import sparkpost
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from sparkpost.base import Resource
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from mailing.sparkpost import errors

# SparkPost asks to recycle connections after 15 minutes or 10,000 calls. One left idle for long may be
# closed at the far end just as it is used again, which can't be told from a message sent and its answer lost.
RECYCLE_AGE = 15 * 60.0
RECYCLE_CALLS = 10_000
RECYCLE_IDLE = 20.0

LONGEST_URI = 4096

logging.getLogger("urllib3.connectionpool").addFilter(errors.MaskAddresses())


@dataclass
class _Pooled:
    """One thread's session and its wear."""

    session: requests.Session
    pid: int
    born: float
    used: float
    calls: int = 0


class _KeyInHeader(AuthBase):
    """Leaves the Authorization header as set; without any auth, requests would take one from ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Transport:
    """The library's transport seam: one session per thread, always a time-out, failures classified."""

    def __init__(self, timeout: tuple[float, float], *, direct: bool = False) -> None:
        self.timeout = timeout
        self.direct = direct  # a local address never goes through the environment's proxy
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
            if answer.status_code == 204 or (answer.status_code == 200 and may_be_empty and not answer.content):
                return {}
            body = _json(answer)
            if not 200 <= answer.status_code < 300:
                after = answer.headers.get("Retry-After", "")
                failure = errors.classify(answer.status_code, body, retry_after=after, known=known)
            elif isinstance(body, dict):
                return body
            else:
                failure = errors.Ambiguous("the answer isn't JSON", status=answer.status_code)
        if failure is None:  # pragma: no cover - one of the two is always there
            raise RuntimeError("neither an answer nor a failure")
        if repeatable and isinstance(failure, errors.Ambiguous):
            failure = errors.Retry(errors.retry_delay(1), True, failure.message, status=failure.status)
        raise failure

    def _send(
        self, method: str, uri: str, headers: Mapping[str, str], **kwargs: Any
    ) -> tuple[requests.Response | None, errors.Failure | None]:
        # The failure is returned and raised by the caller: raised in here it would carry the original as its
        # context, whose text names the URL and so, for suppressions, an address.
        pooled = self._pooled()
        try:
            answer = pooled.session.request(
                method, uri, headers=dict(headers), timeout=self.timeout, allow_redirects=False, **kwargs
            )
        except requests.RequestException as exc:
            self.hang_up()
            return None, _unanswered(exc)
        pooled.calls += 1
        pooled.used = time.monotonic()
        return answer, None

    def _pooled(self) -> _Pooled:
        now = time.monotonic()
        pooled: _Pooled | None = getattr(self._local, "pooled", None)
        if pooled is not None and (
            pooled.pid != os.getpid()  # a forked worker must not share its parent's sockets
            or now - pooled.born > RECYCLE_AGE
            or now - pooled.used > RECYCLE_IDLE
            or pooled.calls >= RECYCLE_CALLS
        ):
            self.hang_up()
            pooled = None
        if pooled is None:
            session = requests.Session()
            session.auth = _KeyInHeader()
            session.trust_env = not self.direct
            session.mount("http://", HTTPAdapter(max_retries=0))
            session.mount("https://", HTTPAdapter(max_retries=0))
            pooled = self._local.pooled = _Pooled(session, os.getpid(), now, now)
        return pooled

    def hang_up(self) -> None:
        """Close this thread's connection."""
        pooled: _Pooled | None = getattr(self._local, "pooled", None)
        self._local.pooled = None
        if pooled is not None and pooled.pid == os.getpid():
            pooled.session.close()


class Endpoint(Resource):
    """The library's resource seam, answering with the whole body."""

    key = ""

    def call(self, method: str, path: str = "", *, body: object = None, **kwargs: Any) -> dict[str, Any]:
        """One call to `path` under this endpoint, or to an absolute URL."""
        uri = path if "://" in path else "/".join(part for part in (self.uri, path) if part)
        if body is not None:
            kwargs["data"] = json.dumps(body, allow_nan=False)
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


def _json(answer: requests.Response) -> object:
    try:
        body: object = answer.json()
    except ValueError:
        return None
    return body


def _unanswered(exc: requests.RequestException) -> errors.Failure:
    """A call that brought no answer: not sent where the connection was never made, unknown otherwise."""
    causes = list(_causes(exc))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return errors.Stop("tls", "the certificate of the API can't be verified")
    if isinstance(exc, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError) or any(
        isinstance(cause, NewConnectionError | ConnectTimeoutError) for cause in causes
    ):
        return errors.Retry(errors.retry_delay(1), False, "no connection")
    if isinstance(exc, requests.exceptions.Timeout):
        return errors.Ambiguous("no answer in time")
    return errors.Ambiguous("the connection broke before the answer")


def _causes(exc: BaseException) -> Iterator[BaseException]:
    pending: list[object] = [exc]
    seen: set[int] = set()
    while pending:
        item = pending.pop()
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        pending += [item.__cause__, item.__context__, *item.args]
        if isinstance(item, HTTPError):
            pending.append(getattr(item, "reason", None))
