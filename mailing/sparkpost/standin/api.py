"""SparkPost's API as documented, as far as Watson and its tests speak it."""

import base64
import binascii
import json
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlencode

from mailing.sparkpost.standin import events
from mailing.sparkpost.standin.account import AccountApi
from mailing.sparkpost.standin.engine import Engine
from mailing.sparkpost.standin.validation import (
    PREFIX,
    Answer,
    ApiError,
    Query,
    check_transmission,
    is_address,
    problem,
)

RETENTION = 10 * 24 * 3600.0
PRIVACY_LIMIT = 1000
SUPPRESSION_LIMIT = 10_000
KINDS = ("transactional", "non_transactional")
SOURCES = {
    "Compliance": "compliance",
    "Manually Added": "manually_added",
    "Unsubscribe Link": "unsubscribe_link",
    "Bounce Rule": "bounce_rule",
    "List Unsubscribe": "list_unsubscribe",
    "Spam Complaint": "spam_complaint",
}
FILTERS = {
    "events": "type",
    "event_ids": "event_id",
    "transmissions": "transmission_id",
    "messages": "message_id",
    "recipients": "rcpt_to",
    "recipient_domains": "recipient_domain",
    "from_addresses": "friendly_from",
    "subjects": "subject",
    "bounce_classes": "bounce_class",
    "templates": "template_id",
}


class Api:
    """Routes and answers the calls under /api/v1/."""

    def __init__(self, engine: Engine, *, key: str, events_lag: float, sending_domains: tuple[str, ...]) -> None:
        self.engine = engine
        self.store = engine.store
        self.key = key
        self.events_lag = events_lag
        self.sending_domains = sending_domains
        self.account = AccountApi(engine, sending_domains=sending_domains)
        self._routes: list[tuple[str, str, Callable[..., Answer]]] = [
            ("POST", r"transmissions", self.send),
            ("GET", r"events/message", self.search_events),
            ("GET", r"suppression-list", self.list_suppressions),
            ("PUT", r"suppression-list", self.put_suppressions),
            ("GET", r"suppression-list/summary", self.summarise_suppressions),
            ("GET", r"suppression-list/([^/]+)", self.get_suppression),
            ("PUT", r"suppression-list/([^/]+)", self.put_suppression),
            ("DELETE", r"suppression-list/([^/]+)", self.delete_suppression),
            ("POST", r"data-privacy/(rtbf-request|opt-out-request)", self.ask_privacy),
            *self.account.routes,
        ]

    def handle(self, method: str, path: str, query: Query, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one call. `path` is what follows /api/v1/, still percent-encoded."""
        try:
            if not self._authorised(headers.get("authorization", "")):
                raise ApiError(401, problem("Unauthorized."))
            known = False
            for verb, pattern, answer in self._routes:
                match = re.fullmatch(pattern, path.rstrip("/"))
                if match is None:
                    continue
                known = True
                if verb == method:
                    data = self._data(method, headers, body)
                    return answer(query, data, *(unquote(part) for part in match.groups()))
            if known:
                raise ApiError(405, problem("Method not allowed", "1102"))
            raise ApiError(404, problem("Resource could not be found", "1101"))
        except ApiError as exc:
            return Answer(exc.status, {"errors": exc.errors})

    def _authorised(self, given: str) -> bool:
        if given.lower().startswith("basic "):
            try:
                given = base64.b64decode(given[6:], validate=True).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                return False
        return secrets.compare_digest(given.encode(), self.key.encode())

    def _data(self, method: str, headers: Mapping[str, str], body: bytes) -> Any:
        if method == "GET" or not body:
            return None
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise ApiError(415, problem("Unsupported media type", "1700"))
        try:
            return json.loads(body.decode("utf-8"))
        except UnicodeDecodeError:
            raise ApiError(400, problem("content is not UTF-8", "1305")) from None
        except ValueError:
            raise ApiError(400, problem("invalid params", "1200", "the body isn't JSON")) from None

    # Transmissions

    def send(self, query: Query, data: Any) -> Answer:
        """POST /transmissions"""
        valid, rejected = check_transmission(data, self.sending_domains)
        results: dict[str, Any] = {
            "total_rejected_recipients": len(rejected),
            "total_accepted_recipients": len(valid),
            "id": self.engine.accept(data, valid),
        }
        if not rejected:
            return Answer(200, {"results": results})
        results["rcpt_to_errors"] = rejected
        return Answer(
            200, {"errors": problem("transmission created, but with validation errors", "2000"), "results": results}
        )

    # Events

    def search_events(self, query: Query, data: Any) -> Answer:
        """GET /events/message"""
        per_page = _number(query.get("per_page", "1000"))
        if not 1 <= per_page <= 10_000:
            raise ApiError(400, problem("per_page must be between 1 and 10000", "1200"))
        now = time.time()
        first = _moment(query["from"]) if query.get("from") else now - 24 * 3600
        last = _moment(query["to"]) if query.get("to") else now - self.events_lag
        first = max(first, now - RETENTION)
        delimiter = query.get("delimiter") or ","
        with self.store.lock:
            found = [
                event
                for event in reversed(self.store.events.values())
                if first <= float(event.body["timestamp"]) < last and _wanted(event.body, query, delimiter)
            ]
        total = len(found)
        before = _cursor(query.get("cursor") or "initial")
        page = [event for event in found if before is None or event.seq < before]
        links: dict[str, str] = {}
        if len(page) > per_page:
            page = page[:per_page]
            again = {**query, "cursor": base64.urlsafe_b64encode(str(page[-1].seq).encode()).decode()}
            links["next"] = f"{PREFIX}events/message?{urlencode(again)}"
        results = [events.search_result(event.body) for event in page]
        return Answer(200, {"results": results, "total_count": total, "links": links})

    # Suppressions

    def list_suppressions(self, query: Query, data: Any) -> Answer:
        """GET /suppression-list"""
        per_page = _number(query.get("per_page", "1000"))
        start = _cursor(query.get("cursor") or "initial") or 0
        types = [part for part in query.get("types", "").split(",") if part]
        sources = [part for part in query.get("sources", "").split(",") if part]
        first = _moment(query["from"]) if query.get("from") else 0.0
        last = _moment(query["to"]) if query.get("to") else float("inf")
        with self.store.lock:
            found = [
                entry
                for entry in self.store.suppressions.values()
                if (not types or entry["type"] in types)
                and (not sources or entry["source"] in sources)
                and (not query.get("domain") or entry["recipient"].endswith(f"@{query['domain'].lower()}"))
                and (not query.get("description") or query["description"] in entry["description"])
                and (not query.get("list_id") or entry.get("list_id") == query["list_id"])
                and first <= _moment(entry["updated"]) < last
            ]
        page = found[start : start + per_page]
        links: list[dict[str, str]] = []
        if start + per_page < len(found):
            cursor = base64.urlsafe_b64encode(str(start + per_page).encode()).decode()
            links = [{"href": f"{PREFIX}suppression-list?{urlencode({**query, 'cursor': cursor})}", "rel": "next"}]
        return Answer(200, {"results": page, "links": links, "total_count": len(found)})

    def summarise_suppressions(self, query: Query, data: Any) -> Answer:
        """GET /suppression-list/summary"""
        with self.store.lock:
            sources = Counter(entry["source"] for entry in self.store.suppressions.values())
        return Answer(
            200, {"results": {code: sources[name] for name, code in SOURCES.items()} | {"total": sources.total()}}
        )

    def get_suppression(self, query: Query, data: Any, recipient: str) -> Answer:
        """GET /suppression-list/{recipient}"""
        found = self._entries(recipient)
        if not found:
            raise ApiError(404, problem("Recipient could not be found"))
        return Answer(200, {"results": list(found.values()), "links": [], "total_count": len(found)})

    def _entries(self, recipient: str) -> dict[str, dict[str, Any]]:
        with self.store.lock:
            entries = self.store.suppressions.items()
            return {key: entry for key, entry in entries if entry["recipient"] == recipient.lower()}

    def put_suppression(self, query: Query, data: Any, recipient: str) -> Answer:
        """PUT /suppression-list/{recipient}"""
        self._put([{**(data if isinstance(data, dict) else {}), "recipient": recipient}])
        return Answer(200, {"results": {"message": "Suppression list successfully updated"}})

    def put_suppressions(self, query: Query, data: Any) -> Answer:
        """PUT /suppression-list"""
        rows = data.get("recipients") if isinstance(data, dict) else None
        if not isinstance(rows, list) or not rows or len(rows) > SUPPRESSION_LIMIT:
            raise ApiError(400, problem("PUT body must contain 1 to 10000 recipients"))
        self._put(rows)
        return Answer(200, {"results": {"message": "Suppression List successfully updated"}})

    def _put(self, rows: list[Any]) -> None:
        bad = [row for row in rows if not isinstance(row, dict) or not is_address(row.get("recipient"))]
        if bad:
            named = ", ".join(str(row.get("recipient")) if isinstance(row, dict) else "?" for row in bad)
            message = f"PUT body contains {len(bad)} invalid or malformed recipient(s): {named}"
            raise ApiError(400, problem(message))
        with self.store.lock:
            held = {entry["recipient"] for entry in self.store.suppressions.values() if entry["source"] == "Compliance"}
        for row in rows:
            if not row.get("type"):
                raise ApiError(400, problem("Must supply a suppression type"))
            if row["type"] not in KINDS:
                raise ApiError(400, problem("Type must be one of: 'transactional', 'non_transactional'"))
            if str(row["recipient"]).lower() in held:
                raise ApiError(403, problem("Recipient could not be updated - Compliance"))
        for row in rows:
            description, list_id = str(row.get("description") or ""), str(row.get("list_id") or "")
            self.engine.suppress(str(row["recipient"]), row["type"], "Manually Added", description, list_id)

    def delete_suppression(self, query: Query, data: Any, recipient: str) -> Answer:
        """DELETE /suppression-list/{recipient}"""
        kind = str(data.get("type") or "") if isinstance(data, dict) else ""
        with self.store.lock:
            found = {
                key: entry
                for key, entry in self._entries(recipient).items()
                if (not kind or entry["type"] == kind)
                and ("list_id" not in query or entry.get("list_id", "") == query["list_id"])
            }
            if not found:
                raise ApiError(404, problem("Recipient could not be found"))
            if any(entry["source"] == "Compliance" for entry in found.values()):
                raise ApiError(403, problem("Recipient could not be removed - Compliance"))
            for key in found:
                del self.store.suppressions[key]
            self.store.touch()
        return Answer(204)

    # Data privacy

    def ask_privacy(self, query: Query, data: Any, kind: str) -> Answer:
        """POST /data-privacy/rtbf-request, /data-privacy/opt-out-request"""
        recipients = data.get("recipients") if isinstance(data, dict) else None
        if not isinstance(recipients, list) or not recipients:
            raise ApiError(400, problem("recipients is required"))
        if len(recipients) > PRIVACY_LIMIT:
            raise ApiError(400, problem(f"Exceeded maximum number of recipients ({PRIVACY_LIMIT})"))
        bad = [recipient for recipient in recipients if not is_address(recipient)]
        if bad:
            raise ApiError(400, [{"message": "invalid email address", "recipient": recipient} for recipient in bad])
        with self.store.lock:
            self.store.privacy.append({"kind": kind, "recipients": recipients, "at": time.time()})
            self.store.touch()
        return Answer(200, {"results": {"message": "Request saved."}})


def _number(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise ApiError(400, problem("invalid params", "1200", "a number is expected"))
    return int(text)


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(400, problem("invalid params", "1200", "from and to are YYYY-MM-DDTHH:MM:SSZ")) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _cursor(text: str) -> int | None:
    if text == "initial":
        return None
    try:
        return int(base64.urlsafe_b64decode(text.encode()).decode())
    except ValueError:
        raise ApiError(400, problem("invalid params", "1200", "no such cursor")) from None


def _tokens(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _wanted(body: Mapping[str, Any], query: Query, delimiter: str) -> bool:
    for name, field in FILTERS.items():
        if query.get(name):
            values = {value.strip().lower() for value in query[name].split(delimiter)}
            if str(body.get(field, "")).lower() not in values:
                return False
    if query.get("campaigns"):
        # Matched word by word, as SparkPost does: a search for one campaign finds its namesakes too.
        held = _tokens(str(body.get("campaign_id", "")))
        return any(_tokens(value) <= held for value in query["campaigns"].split(delimiter))
    return True
