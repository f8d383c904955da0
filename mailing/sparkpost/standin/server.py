"""The stand-in itself: one loopback server for the API, the outbox and its controls."""

import contextlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from mailing.sparkpost.standin import compose, inbound, pages
from mailing.sparkpost.standin.api import Api
from mailing.sparkpost.standin.engine import Engine
from mailing.sparkpost.standin.faults import MESSAGES, Fault, Faults
from mailing.sparkpost.standin.inbound import Form, NotRelayed, Relay
from mailing.sparkpost.standin.reader import NotPossible, Reader
from mailing.sparkpost.standin.store import Mail, Store
from mailing.sparkpost.standin.validation import PREFIX, Answer, problem

LOOPBACK = ("127.0.0.1", "::1", "localhost")
LONGEST_BODY = 50 * 1024 * 1024
GATEWAY_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


class StandIn:
    """SparkPost on this machine. Use as a context manager or with start and stop.

    `delay`: seconds until an accepted mail is injected, and again until it is delivered; None: nothing happens
    by itself, not even webhooks, until `flush_events`. `latency`: seconds before each answer of the API.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str = "standin-key",
        webhook_url: str | None = None,
        webhook_user: str = "",
        webhook_password: str = "",
        webhook_secret: str = "",
        data: str | Path | None = None,
        delay: float | None = 0.3,
        batch_delay: float = 0.2,
        retry_after: float = 1.0,
        latency: float = 0.0,
        events_lag: float = 60.0,
        sending_domains: tuple[str, ...] = (),
        relay: Relay | None = None,
    ) -> None:
        if host not in LOOPBACK:
            raise ValueError("The stand-in only listens on this machine's own addresses.")
        self.host, self.port, self.latency = host, port, latency
        self.store = Store(Path(data) if data else None)
        self.faults = Faults()
        self.engine = Engine(self.store, self.faults, delay=delay, batch_delay=batch_delay, retry_after=retry_after)
        self.reader = Reader(self.engine)
        self.api = Api(self.engine, key=api_key, events_lag=events_lag, sending_domains=sending_domains)
        self.set_webhook(webhook_url, user=webhook_user, password=webhook_password, secret=webhook_secret)
        self.relay = relay or Relay()
        self._server: _Server | None = None

    def set_webhook(self, url: str | None, *, user: str = "", password: str = "", secret: str = "") -> None:
        """Where events go; None for nowhere."""
        self.engine.own_hook = (
            url
            and {
                "name": "Watson",
                "target": url,
                "events": [],  # all of them
                "auth_type": "basic" if user else "none",
                "auth_credentials": {"username": user, "password": password},
                "custom_headers": {"X-Watson-Secret": secret} if secret else {},
            }
        ) or None

    def start(self) -> Self:
        """Listen and work, in threads."""
        self._server = _Server((self.host, self.port), self)
        self.port = self._server.server_address[1]
        self.reader.base = self.engine.base = self.url
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="standin-server", daemon=True).start()
        self.engine.start()
        return self

    def stop(self) -> None:
        """Close every connection, end the threads, keep the outbox."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.hang_up()
            self._server = None
        self.engine.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address to give to a client as its base URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def mails(self) -> list[Mail]:
        """Every mail, oldest first."""
        with self.store.lock:
            return list(self.store.mails.values())

    def mail(self, key: str) -> Mail:
        """One mail by its transmission's id; raises KeyError."""
        return self.store.mails[key]

    def misbehave(self, fault: str | int, times: int = 1, **options: Any) -> None:
        """Plan a fault (see `faults`): options are path, code and seconds."""
        self.faults.add(fault, times, **options)

    def flush_events(self) -> int:
        """Let everything that is pending happen now; returns how many batches were answered 200."""
        return self.engine.flush()

    def reset(self, *, mails: bool = True) -> None:
        """Behave again, and forget all mails unless told otherwise."""
        self.faults.clear()
        if mails:
            self.store.clear()

    def links(self, mail: Mail) -> list[dict[str, Any]]:
        """The links of a mail: `url` as written, `href` as the recipient gets it."""
        return [{**asdict(link), "href": compose.href(mail, index, self.url)} for index, link in enumerate(mail.links)]

    def described(self, mail: Mail) -> dict[str, Any]:
        """A mail as JSON for tests and tools."""
        return {
            **{key: value for key, value in vars(mail).items() if key != "links"},
            "links": self.links(mail),
            "text": compose.delivered_text(mail, self.url),
            "html": compose.delivered_html(mail, self.url),
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], standin: StandIn) -> None:
        self.standin = standin
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # HTTPServer would ask a name server for its own name.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def hang_up(self) -> None:
        """Close connections kept alive, so that a stopped stand-in answers nobody."""
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "msys-http", ""
    wbufsize = 64 * 1024
    timeout = 60
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Nothing: paths of the suppression list are addresses."""

    def do_GET(self) -> None:
        self._handle()

    def do_HEAD(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    # Answering

    def _handle(self) -> None:
        self.standin = self.server.standin
        parts = urlsplit(self.path)
        if re.fullmatch(r"\d{1,12}", self.headers.get("Content-Length", "0").strip()) is None:
            self.close_connection = True
            return self._json(400, {"errors": problem("invalid params", "1200")})
        length = int(self.headers.get("Content-Length", "0"))
        if length > LONGEST_BODY:
            self.close_connection = True
            return self._json(413, {"errors": problem("Request entity too large")})
        body = self.rfile.read(length)
        if not self._own_host():
            return self._text(421, "This stand-in answers to its own address only.")
        if parts.path.startswith(PREFIX):
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            return self._api(parts.path[len(PREFIX) :], query, body)
        return self._page(unquote(parts.path), parse_qs(parts.query), body)

    def _own_host(self) -> bool:
        # A page elsewhere whose name is made to point here (DNS rebinding) has another Host.
        host = urlsplit(f"//{self.headers.get('Host', '')}")
        return host.hostname in LOOPBACK

    def _api(self, path: str, query: dict[str, str], body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault = self.standin.faults.take_call(path)
        if fault is not None and not fault.after_accepting:
            return self._refuse(fault)
        answer = self.standin.api.handle(self.command, path, query, headers, body)
        time.sleep(self.standin.latency)
        if fault is not None and answer.status == 200:
            if fault.kind == "504":
                return self._html(504, GATEWAY_PAGE.format("504 Gateway Time-out"))
            if fault.kind == "reset":
                return self._reset()
            if fault.kind == "garbage":
                return self._html(200, "<html>ok</html>")
            time.sleep(fault.seconds)
        return self._json(answer.status, answer.body)

    def _refuse(self, fault: Fault) -> None:
        if fault.kind == "502":
            return self._html(502, GATEWAY_PAGE.format("502 Bad Gateway"))
        if fault.kind == "rejected":
            rejected = problem("Invalid email address", "1300", "recipient address is missing or malformed")
            counts = {"total_rejected_recipients": 1, "total_accepted_recipients": 0, "rcpt_to_errors": rejected}
            text = "transmission created, but with validation errors"
            return self._json(200, {"errors": problem(text, "2000"), "results": {"id": self._new_id(), **counts}})
        if fault.kind == "1902":
            refused = problem("Message generation rejected", "1902", "recipient address suppressed")
            return self._json(400, {"errors": refused, "results": {"id": self._new_id()}})
        entry: dict[str, Any] = {"message": MESSAGES.get(fault.kind, "as planned")}
        if fault.code is not None:
            entry["code"] = fault.code
        return self._json(int(fault.kind), {"errors": [entry]})

    def _new_id(self) -> str:
        return self.standin.store.new_id()

    def _reset(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            # Linger 0 makes closing an RST instead of a polite end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.rfile.close()

    def _send(self, status: int, body: bytes, kind: str, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        # Not no-referrer: with that a browser sends our own forms with 'Origin: null'.
        self.send_header("Referrer-Policy", "same-origin")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)

    def _json(self, status: int, body: Any) -> None:
        # A few calls succeed without a word, as documented.
        self._send(status, b"" if body is None else json.dumps(body).encode(), "application/json", {})

    def _html(self, status: int, body: str, policy: str = PAGE_POLICY) -> None:
        self._send(status, body.encode(), "text/html; charset=utf-8", {"Content-Security-Policy": policy})

    def _text(self, status: int, body: str) -> None:
        self._send(status, body.encode(), "text/plain; charset=utf-8", {})

    def _redirect(self, target: str) -> None:
        self._send(303 if self.command == "POST" else 302, b"", "text/plain", {"Location": target})

    # Pages and controls

    def _page(self, path: str, query: dict[str, list[str]], body: bytes) -> None:
        if self.command in ("GET", "HEAD"):
            return self._read(path, query)
        if self.command != "POST":
            return self._text(405, "Method not allowed.")
        if not self._same_origin():
            return self._text(403, "This form was sent from another site.")
        if path == "/outbox/new/":
            return self._write(None, body)
        reply = re.fullmatch(r"/outbox/([^/]+)/reply/?", path)
        if reply is not None:
            return self._write(self.standin.store.mails.get(reply.group(1)), body)
        act = re.fullmatch(r"/outbox/([^/]+)/do/?", path)
        if act is not None:
            return self._act(act.group(1), dict(parse_qsl(body.decode("utf-8", "replace"))))
        unsubscribed = re.fullmatch(r"/u/([^/]+)/?", path)
        if unsubscribed is not None:
            return self._unsubscribe(unsubscribed.group(1))
        if path.startswith("/control/"):
            return self._control(path.removeprefix("/control/").rstrip("/"), body)
        return self._missing()

    def _same_origin(self) -> bool:
        # Browsers send Origin with every POST; a tool without one isn't steered by a page elsewhere.
        origin = self.headers.get("Origin")
        site = self.headers.get("Sec-Fetch-Site", "same-origin")
        own = f"http://{self.headers.get('Host', '')}"
        return site in ("same-origin", "none") and (origin is None or origin == own)

    def _read(self, path: str, query: dict[str, list[str]]) -> None:
        standin = self.standin
        if path == "/":
            return self._redirect("/outbox/")
        if path == "/outbox.css":
            css = files("mailing.sparkpost.standin").joinpath("outbox.css").read_bytes()
            return self._send(200, css, "text/css; charset=utf-8", {})
        if path == "/healthz":
            return self._text(200, "ok")
        if path.rstrip("/") == "/control/mails":
            return self._json(200, [standin.described(mail) for mail in standin.mails])
        if path.rstrip("/") == "/outbox":
            return self._list(query)
        if path.rstrip("/") == "/outbox/new":
            return self._html(200, pages.new_mail(standin.relay.domain))
        asked = re.fullmatch(r"/outbox/([^/]+)/file/(\d{1,3})/?", path)
        if asked and asked[1] in standin.store.mails:
            return self._file(standin.store.mails[asked[1]], int(asked[2]))
        found = re.fullmatch(r"/outbox/([^/]+)/(html/)?", f"{path.rstrip('/')}/")
        mail = standin.store.mails.get(found.group(1)) if found else None
        if found and mail:
            if found.group(2):
                policy = (
                    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
                    f"style-src 'unsafe-inline'; img-src {standin.url} 'self' data:; frame-ancestors 'self'"
                )
                return self._html(200, pages.html_part(mail, standin.url), policy)
            return self._html(200, pages.mail_page(mail, standin.url, notice=_last(query.get("note"))))
        return self._tracked(path)

    def _file(self, mail: Mail, number: int) -> None:
        if number >= len(mail.files):
            return self._missing()
        headers = {"Content-Disposition": "attachment", "Content-Security-Policy": "sandbox"}
        return self._send(200, mail.files[number].content, "application/octet-stream", headers)

    def _list(self, query: dict[str, list[str]]) -> None:
        standin = self.standin
        mails = standin.mails[::-1]
        number = _last(query.get("page"))
        page = max(int(number), 1) if re.fullmatch(r"\d{1,6}", number) else 1
        shown = mails[(page - 1) * pages.PER_PAGE : page * pages.PER_PAGE]
        return self._html(200, pages.outbox(shown, standin.faults.pending(), page=page, total=len(mails)))

    def _tracked(self, path: str) -> None:
        standin = self.standin
        agent = self.headers.get("User-Agent", "")
        if (asked := re.fullmatch(r"/u/([^/]+)/?", path)) and asked[1] in standin.store.mails:
            return self._html(200, pages.message_page("Unsubscribe", "Only the button of a mail program does this."))
        link = re.fullmatch(r"/f/([^/]+)/(\d{1,5})", path)
        pixel = re.fullmatch(r"/o/([^/]+)/(top|bottom)\.gif", path)
        found = link or pixel
        mail = standin.store.mails.get(found[1]) if found else None
        if mail and link and int(link[2]) < len(mail.links) and mail.links[int(link[2])].tracked:
            return self._redirect(standin.reader.followed(mail, int(link[2]), agent))
        if mail and pixel and mail.opens_tracked:
            standin.reader.pixel(mail, pixel[2], agent)
            return self._send(200, PIXEL, "image/gif", {})
        return self._missing()

    def _unsubscribe(self, key: str) -> None:
        """SparkPost's own one-click unsubscribe was pressed (RFC 8058); fetching its address does nothing."""
        mail = self.standin.store.mails.get(key)
        if mail is None:
            return self._missing()
        self.standin.engine.list_unsubscribe(mail)
        return self._text(200, "Unsubscribed.")

    def _act(self, key: str, form: dict[str, str]) -> None:
        mail = self.standin.store.mails.get(key)
        if mail is None or form.get("do") not in self.standin.reader.acts:
            return self._missing()
        try:
            self.standin.reader.act(mail, form["do"])
        except NotPossible as exc:
            return self._html(409, pages.message_page("That can't be done with this mail", str(exc)))
        return self._redirect(f"/outbox/{key}/")

    def _write(self, mail: Mail | None, body: bytes) -> None:
        form = Form.read(body, self.headers.get("Content-Type", ""))
        try:
            written, to = inbound.answer(mail, form) if mail else inbound.first(form)
            note = self.standin.relay.post(written, rcpt_to=to)
        except (NotRelayed, ValueError) as exc:
            return self._html(409, pages.message_page("That mail was not delivered", str(exc)))
        if mail is None:
            return self._html(200, pages.message_page("Sent", f"{note}."))
        with self.standin.store.lock:
            mail.notes.append(f"{time.strftime('%H:%M:%S')} {note}")
            self.standin.store.touch()
        return self._redirect(f"/outbox/{mail.key}/")

    def _control(self, name: str, body: bytes) -> None:
        form = "json" not in self.headers.get("Content-Type", "")
        try:
            given = dict(parse_qsl(body.decode())) if form else json.loads(body or b"{}")
            if not isinstance(given, dict):
                raise ValueError("an object is expected")
            told = self._do(name, given)
        except (ValueError, TypeError, KeyError, NotPossible) as exc:
            if form:
                return self._html(400, pages.message_page("That wasn't understood", str(exc)))
            return self._json(400, {"error": str(exc)})
        if told is None:
            return self._missing()
        return self._redirect("/outbox/") if form else self._json(200, told)

    def _do(self, name: str, given: dict[str, Any]) -> dict[str, Any] | None:
        standin = self.standin
        if name == "misbehave":
            options = {key: given[key] for key in ("path", "code") if given.get(key) not in (None, "")}
            seconds = given.get("seconds")
            if seconds not in (None, ""):
                options["seconds"] = float(seconds)
            standin.misbehave(given["fault"], int(given.get("times") or 1), **options)
            return {"planned": [asdict(fault) for fault in standin.faults.pending()]}
        if name == "reset":
            standin.reset(mails=bool(given.get("mails")))
            return {"mails": len(standin.mails)}
        if name == "flush":
            return {"posted": standin.flush_events()}
        if name == "act":
            return {"note": standin.reader.act(standin.mail(str(given["mail"])), str(given["do"]))}
        return None

    def _missing(self) -> None:
        self._html(404, pages.message_page("Not found", "There is nothing at this address."))


def _last(values: list[str] | None) -> str:
    return values[-1] if values else ""


__all__ = ["Answer", "StandIn"]
