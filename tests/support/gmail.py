"""Gmail's API for tests, on a real socket: the wire of developers.google.com/gmail/api/reference/rest, and its faults.

Mail lives by address. Searches know the words Watson uses: `{from:"a" to:"a" …}` and `"words"`. A fault is put in front
of the next calls by path; in a batch it hits single parts.
"""

import base64
import json
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP, default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 2  # so small that every list has pages
MODIFY = "https://www.googleapis.com/auth/gmail.modify"
FULL = "https://mail.google.com/"


@dataclass
class Held:
    """One mail."""

    raw: bytes
    labels: set[str] = field(default_factory=set)

    @property
    def message(self) -> Message:
        return BytesParser(policy=default).parsebytes(self.raw)


@dataclass
class Fault:
    """What comes back instead, `times` times, for paths in which `path` stands."""

    path: str
    status: int
    reason: str = ""
    times: int = 1
    after: int = 0


class Gmail:
    """Google, with mailboxes, tokens and a memory of what was asked."""

    def __init__(self) -> None:
        self.mails: dict[str, dict[str, Held]] = {}
        self.refresh: dict[str, tuple[str, str]] = {}  # refresh token to (address, scopes)
        self.codes: dict[str, tuple[str, str, str]] = {}  # code to (refresh token, address, scopes)
        self.access: dict[str, tuple[str, str]] = {}
        self.delegated: dict[str, str] = {}  # address to scopes the service account may ask for
        self.calls: list[str] = []
        self.is_blind = False  # its index finds nothing
        self.faults: deque[Fault] = deque()
        self._number = 0
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> "Gmail":
        gmail = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with gmail._lock:
                    status, headers, answer = gmail._answer(self.command, self.path, dict(self.headers.items()), body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = _serve

            def log_message(self, *_args: Any) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def put(self, address: str, *mails: bytes, labels: tuple[str, ...] = ("INBOX",)) -> list[str]:
        """Mails into a mailbox; their ids."""
        ids = []
        for raw in mails:
            self._number += 1
            ids.append(f"{self._number:016x}")
            self.mails.setdefault(address, {})[ids[-1]] = Held(raw, set(labels))
        return ids

    def subjects(self, address: str, *, trash: bool = False) -> list[str]:
        """What is in a mailbox, or in its bin."""
        held = self.mails.get(address, {}).values()
        return [str(one.message["Subject"]) for one in held if ("TRASH" in one.labels) is trash]

    def fail(self, path: str, status: int, reason: str = "", *, times: int = 1, after: int = 0) -> None:
        self.faults.append(Fault(path, status, reason, times, after))

    # The wire

    def _answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        self.calls.append(f"{method} {urlsplit(path).path}")
        if urlsplit(path).path == "/token":
            return self._json(*self._token(parse_qs(body.decode())))
        if fault := self._fault(path):
            status, answer = _error(fault.status, fault.reason)
            return self._json(status, answer, **({"Retry-After": str(fault.after)} if fault.after else {}))
        bearer = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
        known = self.access.get(bearer.removeprefix("Bearer "))
        if known is None:
            return self._json(*_error(401, "authError"))
        if urlsplit(path).path == "/batch/gmail/v1":
            return self._batch(known, headers, body)
        return self._json(*self._one(known, method, path, body))

    def _fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.path in path and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def _json(self, status: int, answer: dict[str, Any] | None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        content = b"" if answer is None else json.dumps(answer).encode()
        return status, {"Content-Type": "application/json; charset=UTF-8", **headers}, content

    def _token(self, asked: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        given = {name: values[0] for name, values in asked.items()}
        kind = given.get("grant_type", "")
        if kind == "authorization_code":
            found = self.codes.pop(given.get("code", ""), None)
            if found is None or not given.get("code_verifier"):
                return 400, {"error": "invalid_grant"}
            refresh, address, scopes = found
            self.refresh[refresh] = (address, scopes)
            return 200, {**self._access(address, scopes), "refresh_token": refresh}
        if kind == "refresh_token":
            known = self.refresh.get(given.get("refresh_token", ""))
            return (200, self._access(*known)) if known else (400, {"error": "invalid_grant"})
        # A service account signs a statement; here it is only read.
        claims = json.loads(base64.urlsafe_b64decode(given.get("assertion", "..").split(".")[1] + "=="))
        allowed = self.delegated.get(claims.get("sub", ""), "")
        if claims.get("scope") not in allowed.split():
            return 401, {"error": "unauthorized_client"}
        return 200, self._access(claims["sub"], claims["scope"])

    def _access(self, address: str, scopes: str) -> dict[str, Any]:
        token = f"access-{len(self.access)}"
        self.access[token] = (address, scopes)
        return {"access_token": token, "expires_in": 3599, "scope": scopes, "token_type": "Bearer"}

    def _one(self, known: tuple[str, str], method: str, path: str, body: bytes) -> tuple[int, dict[str, Any] | None]:
        address, scopes = known
        split = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(split.query).items()}
        place = split.path.removeprefix("/gmail/v1/users/me/")
        held = self.mails.setdefault(address, {})
        if (method, place) == ("GET", "profile"):
            return 200, {"emailAddress": address, "messagesTotal": len(held)}
        if (method, place) == ("GET", "messages"):
            return 200, self._list(held, asked)
        if (method, place) == ("POST", "messages/batchDelete"):
            if FULL not in scopes.split():
                return _error(403, "insufficientPermissions")
            for one in json.loads(body)["ids"]:
                held.pop(one, None)
            return 204, None
        found = re.fullmatch(r"messages/([0-9a-f]+)(/trash)?", place)
        if found is None:
            return _error(404, "notFound")
        mail = held.get(found[1])
        if mail is None:
            return _error(404, "notFound")
        if found[2] and method == "POST":
            mail.labels = (mail.labels - {"INBOX", "SPAM"}) | {"TRASH"}
            return 200, {"id": found[1], "labelIds": sorted(mail.labels)}
        answer: dict[str, Any] = {"id": found[1], "threadId": found[1], "labelIds": sorted(mail.labels)}
        if asked.get("format") == "raw":
            return 200, {**answer, "raw": base64.urlsafe_b64encode(mail.raw).decode().rstrip("=")}
        wanted = {name.lower() for name in parse_qs(split.query).get("metadataHeaders", [])}
        headers = [
            {"name": name, "value": str(value)} for name, value in mail.message.items() if name.lower() in wanted
        ]
        return 200, {**answer, "payload": {"headers": headers}}

    def _list(self, held: dict[str, Held], asked: dict[str, str]) -> dict[str, Any]:
        hidden = set() if asked.get("includeSpamTrash") == "true" else {"SPAM", "TRASH"}
        ids = [one for one, mail in held.items() if not mail.labels & hidden and _matches(mail, asked.get("q", ""))]
        if self.is_blind and asked.get("q"):
            ids = []
        first = int(asked.get("pageToken", "0"))
        answer: dict[str, Any] = {"resultSizeEstimate": len(ids)}
        if part := ids[first : first + PAGE]:
            answer["messages"] = [{"id": one, "threadId": one} for one in part]
        if first + PAGE < len(ids):
            answer["nextPageToken"] = str(first + PAGE)
        return answer

    def _batch(self, known: tuple[str, str], headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        kind = next(value for name, value in headers.items() if name.lower() == "content-type")
        asked = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
        parts = []
        for part in asked.iter_parts():
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            line = payload.lstrip().partition(b"\r\n")[0].decode()
            method, path, _version = line.split()
            self.calls.append(f"part {method} {urlsplit(path).path}")
            extra = ""
            answer: dict[str, Any] | None
            if fault := self._fault(f"part {path}"):
                status, answer = _error(fault.status, fault.reason)
                extra = f"Retry-After: {fault.after}\r\n" if fault.after else ""
            else:
                status, answer = self._one(known, method, path, b"")
            number = part["Content-ID"].strip("<>")
            inner = f"HTTP/1.1 {status} X\r\nContent-Type: application/json; charset=UTF-8\r\n{extra}\r\n"
            inner += json.dumps(answer) if answer is not None else ""
            parts.append(f"Content-Type: application/http\r\nContent-ID: <response-{number}>\r\n\r\n{inner}\r\n")
        content = "".join(f"--batch_x\r\n{part}" for part in parts) + "--batch_x--"
        return 200, {"Content-Type": "multipart/mixed; boundary=batch_x"}, content.encode()


def _matches(mail: Held, question: str) -> bool:
    message = mail.message
    if question.startswith("{"):
        wanted = re.findall(r'(\w+):"([^"]*)"', question)
        return any(value.lower() in str(message.get(name, "")).lower() for name, value in wanted)
    if question.startswith("rfc822msgid:"):
        return question.partition(":")[2] in str(message["Message-ID"])
    return question.strip('"').lower() in mail.raw.decode("utf-8", "replace").lower()


def _error(status: int, reason: str) -> tuple[int, dict[str, Any]]:
    return status, {"error": {"code": status, "message": reason, "errors": [{"reason": reason, "domain": "global"}]}}
