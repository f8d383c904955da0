"""Gmail by its API: five calls over `requests`, signed by google-auth (docs/adr/0018).

Single mails are asked for and binned in batches, of which Google answers each part by itself; a part that came back
with "too fast" is asked again, one that is gone already is left out.
"""

import base64
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.header import Header
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import requests
from django.conf import settings
from google.auth import exceptions as google_errors
from google.auth.credentials import Credentials
from google.auth.transport.requests import AuthorizedSession

from mailing.mailboxes import oauth
from mailing.mailboxes.clients import (
    HEADERS,
    Content,
    Letter,
    Trouble,
    content_of,
    gmail_from_or_to,
    gmail_words,
    letter_of,
)

PAGE = 500
BATCH = 50  # of at most 100; Google advises fewer
DELETE_AT_ONCE = 1000
TRIES = 5
OVERLAP = 600  # seconds
LONGEST_WAIT = 30.0
# Reasons of a 403 that mean "slower", and of one that means "not today".
TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
USED_UP = frozenset({"dailyLimitExceeded", "quotaExceeded"})
REASONS = {
    "accessNotConfigured": "api_off",
    "insufficientPermissions": "scope",
    "failedPrecondition": "no_gmail",
    "delegationDenied": "not_delegated",
}


@dataclass(frozen=True)
class Answer:
    """What came back for one call, or for one part of a batch."""

    status: int
    body: Mapping[str, Any]
    after: float = 0.0

    @property
    def is_fine(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_too_fast(self) -> bool:
        return self.status == 429 or self.status >= 500 or (self.status == 403 and self.reason in TOO_FAST)

    @property
    def reason(self) -> str:
        error = self.body.get("error")
        errors = error.get("errors") if isinstance(error, Mapping) else None
        first = errors[0] if isinstance(errors, list) and errors else {}
        return str(first.get("reason", "")) if isinstance(first, Mapping) else ""

    def trouble(self) -> Trouble:
        """Why it is not fine, as one of our codes."""
        if self.status == 403 and self.reason in USED_UP:
            return Trouble("quota", 3600)
        if self.status == 429 or (self.status == 403 and self.reason in TOO_FAST):
            return Trouble("too_fast", max(self.after, 60))
        if self.status >= 500:
            return Trouble("unreachable")
        return Trouble(REASONS.get(self.reason) or ("revoked" if self.status == 401 else "not_able"))


@contextmanager
def opened(
    credentials: Credentials, address: str, *, wait: Callable[[float], None] = time.sleep
) -> "Iterator[GmailMailbox]":
    """An open mailbox with a fresh access token. Raises Trouble."""
    oauth.refreshed(credentials)
    with AuthorizedSession(credentials) as session:
        yield GmailMailbox(session, address, wait=wait)


class GmailMailbox:
    """An open mailbox (`clients.Client`). A ref is Gmail's id of a message."""

    def __init__(self, session: requests.Session, address: str, *, wait: Callable[[float], None]) -> None:
        self._session, self._address, self._wait = session, address, wait

    def address(self) -> str:
        """Whose mailbox it is."""
        return str(self._call("GET", "profile").get("emailAddress", "")).lower()

    def check(self) -> None:
        if self.address() != self._address:
            raise Trouble("other_address")

    def sees(self) -> bool:
        newest = self._call("GET", "messages", params={"maxResults": "1", "includeSpamTrash": "true"})
        refs = [str(one["id"]) for one in newest.get("messages", ())][:1]
        for letter in self.letters(refs):
            if letter.message_id:
                return letter.ref in self._search([f"rfc822msgid:{letter.message_id.strip('<>')}"])
        return True  # an empty mailbox

    def by_address(self, addresses: Iterable[str]) -> list[str]:
        return self._search(gmail_from_or_to(address) for address in addresses)

    def by_words(self, words: Iterable[str]) -> list[str]:
        return self._search(gmail_words(word) for word in words)

    def _search(self, questions: Iterable[str]) -> list[str]:
        found: dict[str, None] = {}
        for question in questions:
            asked = {"q": question, "includeSpamTrash": "true", "maxResults": str(PAGE)}
            while True:
                answer = self._call("GET", "messages", params=asked)
                found.update(dict.fromkeys(str(one["id"]) for one in answer.get("messages", ())))
                if not answer.get("nextPageToken"):
                    break
                asked["pageToken"] = str(answer["nextPageToken"])
        return list(found)

    def letters(self, refs: Sequence[str]) -> list[Letter]:
        wanted = "&".join(f"metadataHeaders={name}" for name in HEADERS)
        paths = {ref: f"messages/{ref}?format=metadata&{wanted}" for ref in refs}
        return [_letter(ref, body) for ref, body in self._batch("GET", paths).items()]

    def trash(self, refs: Sequence[str]) -> None:
        self._batch("POST", {ref: f"messages/{ref}/trash" for ref in refs})

    def purge(self, refs: Sequence[str]) -> None:
        # It does not say which were there at all: the search that follows does.
        for first in range(0, len(refs), DELETE_AT_ONCE):
            self._call("POST", "messages/batchDelete", json={"ids": list(refs[first : first + DELETE_AT_ONCE])})

    def content(self, ref: str) -> Content:
        answer = self._answer("GET", self._url(f"messages/{ref}"), params={"format": "raw"})
        if answer.status == 404:
            return Content()
        if not answer.is_fine:
            raise answer.trouble()
        return content_of(base64.urlsafe_b64decode(str(answer.body.get("raw", "")) + "=="))

    def sent_since(self, mark: str) -> tuple[list[str], str]:
        now = int(time.time())
        # Gmail's search lags behind: the last minutes are looked at twice, and a mail is taken once all the same.
        return (self._search([f"in:sent after:{int(mark) - OVERLAP}"]) if mark else []), str(now)

    def _url(self, path: str) -> str:
        return f"{settings.GMAIL_API_URL}/gmail/v1/users/me/{path}"

    def _call(self, method: str, path: str, **given: Any) -> Mapping[str, Any]:
        answer = self._answer(method, self._url(path), **given)
        if not answer.is_fine:
            raise answer.trouble()
        return answer.body

    def _answer(self, method: str, url: str, **given: Any) -> Answer:
        """One call, asked again with growing patience while Google says that it was too fast."""
        for attempt in range(TRIES):
            response = self._send(method, url, **given)
            answer = Answer(response.status_code, _json(response.content), _after(response.headers))
            if not answer.is_too_fast or attempt == TRIES - 1:
                return answer
            self._wait(_pause(attempt, answer.after))
        raise AssertionError("unreachable")

    def _send(self, method: str, url: str, **given: Any) -> requests.Response:
        try:
            return self._session.request(method, url, timeout=settings.MAILBOX_TIMEOUT, **given)
        except google_errors.RefreshError as error:
            raise Trouble(oauth.trouble_of(error)) from error
        except (google_errors.TransportError, requests.RequestException) as error:
            raise Trouble("unreachable") from error

    def _batch(self, method: str, paths: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
        """Many calls in few: each ref with its answer. Parts that failed are asked again; those that are gone left out.

        Raises Trouble for a part that failed for good; the parts that went well before it stay so.
        """
        done: dict[str, Mapping[str, Any]] = {}
        refs = list(paths)
        for first in range(0, len(refs), BATCH):
            waiting = refs[first : first + BATCH]
            for attempt in range(TRIES):
                answers = self._batch_once(method, {ref: paths[ref] for ref in waiting})
                slow = [ref for ref in waiting if ref not in answers or answers[ref].is_too_fast]
                for ref, answer in answers.items():
                    if answer.is_fine:
                        done[ref] = answer.body
                    elif answer.status != 404 and ref not in slow:
                        raise answer.trouble()
                if not slow:
                    break
                if attempt == TRIES - 1:
                    raise answers[slow[0]].trouble() if slow[0] in answers else Trouble("broke_off")
                self._wait(_pause(attempt, max((answers[ref].after for ref in slow if ref in answers), default=0.0)))
                waiting = slow
        return done

    def _batch_once(self, method: str, paths: Mapping[str, str]) -> dict[str, Answer]:
        boundary = "batch_of_watson"
        parts = []
        for number, path in enumerate(paths.values()):
            call = f"{method} /gmail/v1/users/me/{path} HTTP/1.1\r\n"
            head = f"Content-Type: application/http\r\nContent-ID: <part{number}>\r\n\r\n"
            parts.append(f"--{boundary}\r\n{head}{call}\r\n\r\n")
        body = "".join(parts) + f"--{boundary}--\r\n"
        url = f"{settings.GMAIL_API_URL}/batch/gmail/v1"
        for attempt in range(TRIES):
            response = self._send(
                "POST", url, data=body.encode(), headers={"Content-Type": f"multipart/mixed; boundary={boundary}"}
            )
            answer = Answer(response.status_code, _json(response.content), _after(response.headers))
            if answer.is_fine:
                return _parts_of(response, list(paths))
            if not answer.is_too_fast or attempt == TRIES - 1:
                raise answer.trouble()
            self._wait(_pause(attempt, answer.after))
        raise AssertionError("unreachable")


def _parts_of(response: requests.Response, refs: Sequence[str]) -> dict[str, Answer]:
    """The answers in a batch by the number in their Content-ID; a part that can't be read counts as not answered."""
    head = f"Content-Type: {response.headers.get('Content-Type', '')}\r\n\r\n".encode()
    found: dict[str, Answer] = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + response.content).iter_parts():
        number = _number(part)
        payload = part.get_payload(decode=True)
        if number is None or number >= len(refs) or not isinstance(payload, bytes):
            continue
        status_line, _line, rest = payload.lstrip().partition(b"\n")
        words = status_line.split()
        if len(words) < 2 or not words[1].isdigit():
            continue
        inner = BytesParser(policy=HTTP).parsebytes(rest)
        content = inner.get_payload(decode=True)
        found[refs[number]] = Answer(
            int(words[1]), _json(content if isinstance(content, bytes) else b""), _after(dict(inner.items()))
        )
    return found


def _number(part: Message) -> int | None:
    digits = "".join(one for one in str(part.get("Content-ID", "")).rpartition("part")[2] if one.isdigit())
    return int(digits) if digits else None


def _letter(ref: str, body: Mapping[str, Any]) -> Letter:
    """Gmail gives headers decoded into a list; they are put together again for the one reader of headers."""
    payload = body.get("payload") or {}
    lines = []
    for header in payload.get("headers", ()):
        name, value = str(header.get("name", "")), " ".join(str(header.get("value", "")).split())
        if not value.isascii() and name.lower() == "subject":
            value = Header(value, "utf-8").encode(linesep=" ")
        lines.append(f"{name}: {value}")
    raw = "\r\n".join([*lines, "", ""]).encode("ascii", "replace")
    return letter_of(ref, raw, in_trash="TRASH" in body.get("labelIds", ()))


def _json(content: bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(content)
    except ValueError:
        return {}
    return read if isinstance(read, Mapping) else {}


def _after(headers: Mapping[str, Any]) -> float:
    try:
        return min(max(float(headers.get("Retry-After", 0)), 0.0), 3600.0)
    except ValueError:
        return 0.0


def _pause(attempt: int, after: float) -> float:
    return min(max(after, float(2**attempt)), LONGEST_WAIT)
