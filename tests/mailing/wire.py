"""Helpers for tests of SparkPost's wire: a payload, and tiny servers on real sockets."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from mailing.sparkpost import payload

Reply = tuple[int, str, str]  # status, content type, body


def make_payload(**changes: Any) -> dict[str, Any]:
    """A transmission to Ann, valid by default."""
    given: dict[str, Any] = {
        "message_id": uuid.uuid4(),
        "to_email": "ann.smit@candidate.example",
        "to_name": "Ann Smit",
        "from_name": "Watson",
        "from_email": "desk@agency.example",
        "reply_to": "reply@agency.example",
        "subject": "A question",
        "text": "Hello",
        "html": "",
        "campaign_id": "approach",
        "open_tracking": False,
        "click_tracking": False,
        "transactional": True,
        "headers": {},
    }
    return payload.build(**{**given, **changes})


@dataclass
class Seen:
    """One request as the server got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Recorder:
    """A server that keeps each request and answers as told."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    answer: Callable[[Seen], Reply] = lambda seen: (200, "text/plain", "ok")

    def posts(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.method == "POST"]

    def events(self) -> list[dict[str, Any]]:
        """Each event in the batches received, in order of arrival."""
        return [event for seen in self.posts() for row in seen.json for event in row["msys"].values()]


@contextmanager
def serve() -> Iterator[Recorder]:
    """A recorder listening on a free loopback port."""
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            seen = Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            recorder.seen.append(seen)
            status, kind, text = recorder.answer(seen)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if kind == "location":
                self.send_header("Location", text)
                text = ""
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = do_DELETE = _handle

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    recorder.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
