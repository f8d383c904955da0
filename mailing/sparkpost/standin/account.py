"""The account's own side of the API: webhooks, relay webhooks, domains, limits. Shapes as documented."""

import base64
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from mailing.sparkpost.standin import events, web
from mailing.sparkpost.standin.engine import OWN_HOOK, Engine
from mailing.sparkpost.standin.validation import PREFIX, Answer, ApiError, Query, problem

MAX_HEADERS = 5
UNVERIFIED = {
    "ownership_verified": False,
    "spf_status": "unverified",
    "abuse_at_status": "unverified",
    "dkim_status": "unverified",
    "cname_status": "unverified",
    "mx_status": "unverified",
    "compliance_status": "valid",
    "postmaster_at_status": "unverified",
    "verification_mailbox_status": "unverified",
}
VERIFIED = {**UNVERIFIED, "ownership_verified": True, "dkim_status": "valid"}
EXAMPLE_MAIL = {
    "content": {
        "email_rfc822": "From: me@here.example\r\nTo: you@there.example\r\nSubject: An example\r\n"
        "Message-ID: <484810298443-112311-xqxbby@mail.there.example>\r\n\r\nAn example.\r\n",
        "email_rfc822_is_base64": False,
        "headers": [
            {"From": "me@here.example"},
            {"To": "you@there.example"},
            {"Subject": "An example"},
            {"Message-ID": "<484810298443-112311-xqxbby@mail.there.example>"},
        ],
        "html": "",
        "text": "An example.\r\n",
        "subject": "An example",
        "to": ["you@there.example"],
    },
    "customer_id": "1",
    "friendly_from": "me@here.example",
    "msg_from": "me@here.example",
    "rcpt_to": "you@there.example",
}


class AccountApi:
    """Routes of the account. `missing_dns` names records not in the DNS yet, as "dkim agency.example"."""

    def __init__(self, engine: Engine, *, sending_domains: tuple[str, ...]) -> None:
        self.engine = engine
        self.store = engine.store
        self.sending_domains = sending_domains
        self.missing_dns: set[str] = set()
        self.status = "active"
        self.day_limit = 50_000
        self.month_limit = 500_000
        self.routes: list[tuple[str, str, Callable[..., Answer]]] = [
            ("GET", r"account", self.get_account),
            ("GET", r"webhooks", self.list_webhooks),
            ("POST", r"webhooks", self.create_webhook),
            ("GET", r"webhooks/([^/]+)", self.get_webhook),
            ("PUT", r"webhooks/([^/]+)", self.update_webhook),
            ("DELETE", r"webhooks/([^/]+)", self.delete_webhook),
            ("POST", r"webhooks/([^/]+)/validate", self.validate_webhook),
            ("GET", r"webhooks/([^/]+)/batch-status", self.webhook_batches),
            ("GET", r"relay-webhooks", self.list_relays),
            ("POST", r"relay-webhooks", self.create_relay),
            ("GET", r"relay-webhooks/([^/]+)", self.get_relay),
            ("PUT", r"relay-webhooks/([^/]+)", self.update_relay),
            ("DELETE", r"relay-webhooks/([^/]+)", self.delete_relay),
            ("POST", r"relay-webhooks/([^/]+)/validate", self.validate_relay),
            ("GET", r"inbound-domains", self.list_inbound),
            ("POST", r"inbound-domains", self.create_inbound),
            ("GET", r"inbound-domains/([^/]+)", self.get_inbound),
            ("DELETE", r"inbound-domains/([^/]+)", self.delete_inbound),
            ("GET", r"sending-domains", self.list_domains),
            ("POST", r"sending-domains", self.create_domain),
            ("GET", r"sending-domains/([^/]+)", self.get_domain),
            ("POST", r"sending-domains/([^/]+)/verify", self.verify_domain),
        ]

    # Account

    def get_account(self, query: Query, data: Any) -> Answer:
        """GET /account"""
        results: dict[str, Any] = {
            "customer_id": 1,
            "company_name": "Stand-in",
            "country_code": "NL",
            "status": self.status,
            "status_reason_category": "",
            "service_level": "standard",
            "subscription": {"name": "Stand-in", "code": "standin", "plan_volume": self.month_limit},
            "options": {"rest_tracking_default": True},
            "support": {"phone": False, "online": True},
        }
        if query.get("include") == "usage":
            now = time.time()
            with self.store.lock:
                received = [mail.received for mail in self.store.mails.values()]
            results["usage"] = {
                "timestamp": _iso(now),
                "day": _usage(received, now, 1, self.day_limit),
                "month": _usage(received, now, 30, self.month_limit),
            }
        return Answer(200, {"results": results})

    # Webhooks

    def list_webhooks(self, query: Query, data: Any) -> Answer:
        """GET /webhooks"""
        return Answer(200, {"results": [{"id": hook, **_shown(row)} for hook, row in self.engine.hooks().items()]})

    def get_webhook(self, query: Query, data: Any, hook: str) -> Answer:
        """GET /webhooks/{id}"""
        return Answer(200, {"results": _shown(self._hook(hook))})

    def create_webhook(self, query: Query, data: Any) -> Answer:
        """POST /webhooks"""
        if not isinstance(data, dict):
            raise ApiError(400, problem("invalid params", "1200"))
        missing = [name for name in ("name", "target", "events") if not data.get(name)]
        if missing:
            raise ApiError(400, problem(f"{missing[0]} is a required field", "1401"))
        self._try(data, [{"msys": {}}])
        hook = str(uuid.uuid4())
        with self.store.lock:
            self.store.webhooks[hook] = {"active": True, **data}
            self.store.touch()
        link = {"href": f"{PREFIX}webhooks/{hook}", "rel": "urn.msys.webhooks.webhook", "method": ["GET", "PUT"]}
        return Answer(200, {"results": {"id": hook, "links": [link]}})

    def update_webhook(self, query: Query, data: Any, hook: str) -> Answer:
        """PUT /webhooks/{id}"""
        definition = self._hook(hook)
        if not isinstance(data, dict) or not data:
            raise ApiError(400, problem("invalid params", "1200"))
        fresh = {**definition, **data}
        if fresh["target"] != definition["target"]:
            self._try(fresh, [{"msys": {}}])
        with self.store.lock:
            if hook == OWN_HOOK:
                self.engine.own_hook = fresh
            else:
                self.store.webhooks[hook] = fresh
            self.store.touch()
        link = {
            "href": f"{PREFIX}webhooks/{hook}/validate",
            "rel": "urn.msys.webhooks.validate",
            "method": ["POST"],
        }
        return Answer(200, {"results": {"id": hook, "links": [link]}})

    def delete_webhook(self, query: Query, data: Any, hook: str) -> Answer:
        """DELETE /webhooks/{id}"""
        self._hook(hook)
        with self.store.lock:
            if hook == OWN_HOOK:
                self.engine.own_hook = None
            self.store.webhooks.pop(hook, None)
            self.store.touch()
        return Answer(204)

    def validate_webhook(self, query: Query, data: Any, hook: str) -> Answer:
        """POST /webhooks/{id}/validate"""
        reply = self._try(self._hook(hook), [{"msys": {}}])
        return Answer(200, {"results": {"msg": "Test POST to endpoint succeeded", "response": _embedded(reply)}})

    def webhook_batches(self, query: Query, data: Any, hook: str) -> Answer:
        """GET /webhooks/{id}/batch-status"""
        self._hook(hook)
        limit = int(query.get("limit") or 1000)
        day_ago = _iso(time.time() - 24 * 3600)
        with self.store.lock:
            rows = [row for row in self.store.posts.get(hook, []) if row["ts"] >= day_ago]
        return Answer(200, {"results": rows[:limit]})

    def _hook(self, hook: str) -> dict[str, Any]:
        definition = self.engine.hooks().get(hook)
        if definition is None:
            raise ApiError(404, problem("Resource could not be found", "1600"))
        return definition

    def _try(self, definition: Mapping[str, Any], body: list[dict[str, Any]]) -> web.Reply:
        reply = self.engine.post(definition, "", body)
        if reply.status != 200:
            entry = {"code": 400, "message": "POST to webhook target failed", "response": _embedded(reply)}
            raise ApiError(400, [entry])
        return reply

    # Relay webhooks

    def list_relays(self, query: Query, data: Any) -> Answer:
        """GET /relay-webhooks"""
        with self.store.lock:
            rows = [{"id": relay, **row} for relay, row in self.store.relay_webhooks.items()]
        return Answer(200, {"results": rows})

    def get_relay(self, query: Query, data: Any, relay: str) -> Answer:
        """GET /relay-webhooks/{id}"""
        return Answer(200, {"results": self._relay(relay)})

    def create_relay(self, query: Query, data: Any) -> Answer:
        """POST /relay-webhooks"""
        if not isinstance(data, dict) or not data.get("target") or not isinstance(data.get("match"), dict):
            raise ApiError(400, problem("target and match are required"))
        self._check_relay(data, "")
        relay = self.store.new_id()
        with self.store.lock:
            match = {"protocol": "SMTP", **data["match"]}
            self.store.relay_webhooks[relay] = {"name": "", "auth_type": "none", **data, "match": match}
            self.store.touch()
        return Answer(200, {"results": {"id": relay}})

    def update_relay(self, query: Query, data: Any, relay: str) -> Answer:
        """PUT /relay-webhooks/{id}"""
        definition = self._relay(relay)
        if not isinstance(data, dict) or not data:
            raise ApiError(400, problem("no valid fields in body"))
        self._check_relay(data, relay)
        with self.store.lock:
            self.store.relay_webhooks[relay] = {**definition, **data}
            self.store.touch()
        return Answer(200, {"results": {"id": relay}})

    def delete_relay(self, query: Query, data: Any, relay: str) -> Answer:
        """DELETE /relay-webhooks/{id}"""
        self._relay(relay)
        with self.store.lock:
            del self.store.relay_webhooks[relay]
            self.store.touch()
        return Answer(200)

    def validate_relay(self, query: Query, data: Any, relay: str) -> Answer:
        """POST /relay-webhooks/{id}/validate"""
        message = {**EXAMPLE_MAIL, "webhook_id": relay}
        reply = self._try(self._relay(relay), [{"msys": {"relay_message": message}}])
        return Answer(200, {"results": {"msg": "Test POST to endpoint succeeded", "response": _embedded(reply)}})

    def _relay(self, relay: str) -> dict[str, Any]:
        with self.store.lock:
            definition = self.store.relay_webhooks.get(relay)
        if definition is None:
            raise ApiError(404, problem("Resource could not be found"))
        return definition

    def _check_relay(self, data: Mapping[str, Any], relay: str) -> None:
        if len(data.get("custom_headers") or {}) > MAX_HEADERS:
            entry = {"param": "custom_headers", "message": f"You may only have up to {MAX_HEADERS} custom headers"}
            raise ApiError(422, [entry])
        domain = str((data.get("match") or {}).get("domain") or "").lower()
        if not domain:
            return
        with self.store.lock:
            if domain not in self.store.inbound_domains:
                raise ApiError(400, problem(f"Domain '{domain}' is not a registered inbound domain"))
            others = [row for other, row in self.store.relay_webhooks.items() if other != relay]
        if any(row["match"].get("domain", "").lower() == domain for row in others):
            raise ApiError(409, problem(f"Domain '{domain}' is already in use"))

    # Inbound domains

    def list_inbound(self, query: Query, data: Any) -> Answer:
        """GET /inbound-domains"""
        with self.store.lock:
            return Answer(200, {"results": [{"domain": domain} for domain in self.store.inbound_domains]})

    def get_inbound(self, query: Query, data: Any, domain: str) -> Answer:
        """GET /inbound-domains/{domain}"""
        with self.store.lock:
            if domain.lower() not in self.store.inbound_domains:
                raise ApiError(404, problem("resource not found", "1600"))
        return Answer(200, {"results": {"domain": domain.lower()}})

    def create_inbound(self, query: Query, data: Any) -> Answer:
        """POST /inbound-domains; answers 200 without a body."""
        domain = str(data.get("domain") or "").lower() if isinstance(data, dict) else ""
        if not domain:
            raise ApiError(400, problem("required field is missing", "1400", "domain is a required field"))
        with self.store.lock:
            if domain in self.store.inbound_domains:
                text = "An inbound domain with similar attributes already exists"
                raise ApiError(409, problem("resource conflict", "1602", text))
            self.store.inbound_domains.append(domain)
            self.store.touch()
        return Answer(200)

    def delete_inbound(self, query: Query, data: Any, domain: str) -> Answer:
        """DELETE /inbound-domains/{domain}"""
        domain = domain.lower()
        with self.store.lock:
            if domain not in self.store.inbound_domains:
                raise ApiError(404, problem("resource not found", "1600"))
            if any(row["match"].get("domain", "").lower() == domain for row in self.store.relay_webhooks.values()):
                text = "Domain currently being used in a relay-webhook. Please delete the relay-webhook first."
                raise ApiError(409, problem("resource conflict", "1602", text))
            self.store.inbound_domains.remove(domain)
            self.store.touch()
        return Answer(200)

    # Sending domains

    def domains(self) -> dict[str, dict[str, Any]]:
        """Each sending domain by name: those it was started with, verified, and those that were added."""
        with self.store.lock:
            configured = {domain: _domain(domain, VERIFIED) for domain in self.sending_domains}
            return {**configured, **self.store.sending_domains}

    def list_domains(self, query: Query, data: Any) -> Answer:
        """GET /sending-domains"""
        rows = [{"domain": domain, **row} for domain, row in self.domains().items()]
        return Answer(200, {"results": rows})

    def create_domain(self, query: Query, data: Any) -> Answer:
        """POST /sending-domains"""
        domain = str(data.get("domain") or "").lower() if isinstance(data, dict) else ""
        if "." not in domain:
            raise ApiError(400, problem("invalid params", "1200", "domain is required"))
        if domain in self.domains():
            raise ApiError(409, problem("resource conflict", "1602", f"Domain '{domain}' already exists"))
        row = _domain(domain, UNVERIFIED)
        with self.store.lock:
            self.store.sending_domains[domain] = row
            self.store.touch()
        results = {"message": "Successfully Created domain.", "domain": domain, "dkim": row["dkim"]}
        return Answer(200, {"results": results})

    def get_domain(self, query: Query, data: Any, domain: str) -> Answer:
        """GET /sending-domains/{domain}"""
        return Answer(200, {"results": self._domain(domain)})

    def verify_domain(self, query: Query, data: Any, domain: str) -> Answer:
        """POST /sending-domains/{domain}/verify"""
        row = self._domain(domain)
        asked = data if isinstance(data, dict) else {}
        status, dns = dict(row["status"]), {}
        for kind in ("dkim", "cname"):
            if not asked.get(f"{kind}_verify"):
                continue
            if f"{kind} {domain.lower()}" in self.missing_dns:
                status[f"{kind}_status"] = "invalid"
                dns[f"{kind}_error"] = f"DNS {kind.upper()} query error: no record found for {domain}"
            else:
                status[f"{kind}_status"] = "valid"
                dns[f"{kind}_record"] = f"k=rsa; h=sha256; p={row['dkim']['public']}" if kind == "dkim" else "standin"
        status["ownership_verified"] = "valid" in (status["dkim_status"], status["cname_status"])
        with self.store.lock:
            self.store.sending_domains[domain.lower()] = {**row, "status": status}
            self.store.touch()
        return Answer(200, {"results": {**status, "dns": dns}})

    def _domain(self, domain: str) -> dict[str, Any]:
        row = self.domains().get(domain.lower())
        if row is None:
            raise ApiError(404, problem("resource not found", "1600", f"Domain '{domain}' does not exist"))
        return row


def _shown(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A webhook as the API gives it, its secrets included; none named means every event."""
    return {"auth_type": "none", **definition, "events": definition.get("events") or sorted(events.CLASSES)}


def _domain(domain: str, status: Mapping[str, Any]) -> dict[str, Any]:
    public = base64.b64encode(secrets.token_bytes(48)).decode()
    return {
        "status": dict(status),
        "dkim": {"public": public, "selector": "scph1126", "headers": "from:to:subject:date"},
        "shared_with_subaccounts": False,
        "is_default_bounce_domain": False,
    }


def _usage(received: list[float], now: float, days: int, limit: int) -> dict[str, Any]:
    start = now - days * 24 * 3600
    return {
        "used": sum(moment >= start for moment in received),
        "limit": limit,
        "start": _iso(start),
        "end": _iso(now),
    }


def _embedded(reply: web.Reply) -> dict[str, Any]:
    return {"status": reply.status, "headers": dict(reply.headers or {}), "body": reply.body}


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(moment))
