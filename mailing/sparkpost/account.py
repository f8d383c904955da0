"""The account's own side of SparkPost's API: where it posts, the domains it sends from and receives at, its limits."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from mailing.sparkpost import errors
from mailing.sparkpost.transport import Endpoint

Rows = list[dict[str, Any]]  # `list` itself is a verb in the classes below


class Account(Endpoint):
    """The account: its status, plan and limits."""

    key = "account"

    def get(self) -> dict[str, Any]:
        """The account with its usage, where the plan has limits."""
        return _results(self.call("GET", f"{self.uri}?include=usage"))


class SendingDomains(Endpoint):
    """The domains mail may be sent from."""

    key = "sending-domains"

    def list(self) -> Rows:
        """All sending domains."""
        return _rows(self.call("GET"))

    def get(self, domain: str) -> dict[str, Any] | None:
        """One domain with its `status` and `dkim`; None if the account doesn't have it."""
        return _found(self, domain)

    def create(self, domain: str) -> dict[str, Any]:
        """Add a domain; the answer holds the DKIM key whose record belongs in the DNS."""
        return _results(self.call("POST", body={"domain": domain}, repeatable=False))

    def verify(self, domain: str, *, cname: bool = False) -> dict[str, Any]:
        """Have SparkPost look up the DKIM record, and the CNAME; the new status, with errors in `dns`."""
        body = {"dkim_verify": True, **({"cname_verify": True} if cname else {})}
        return _results(self.call("POST", f"{quote(domain, safe='')}/verify", body=body))


class InboundDomains(Endpoint):
    """The domains SparkPost receives mail for."""

    key = "inbound-domains"

    def list(self) -> Rows:
        """All inbound domains."""
        return _rows(self.call("GET"))

    def get(self, domain: str) -> dict[str, Any] | None:
        """One domain; None if the account doesn't have it."""
        return _found(self, domain)

    def create(self, domain: str) -> None:
        """Add a domain, which no other account may have."""
        self.call("POST", body={"domain": domain}, repeatable=False, may_be_empty=True)

    def delete(self, domain: str) -> None:
        """Give a domain up; refused while a relay webhook uses it."""
        self.call("DELETE", quote(domain, safe=""), may_be_empty=True)


class Webhooks(Endpoint):
    """Where SparkPost posts its events."""

    key = "webhooks"

    def list(self) -> Rows:
        """All webhooks of the account."""
        return _rows(self.call("GET"))

    def get(self, webhook_id: str) -> dict[str, Any] | None:
        """One webhook; None if there is none of this id."""
        return _found(self, webhook_id)

    def create(self, definition: Mapping[str, Any]) -> str:
        """Make a webhook and return its id; SparkPost posts a test first, which must be answered 200."""
        return str(_results(self.call("POST", body=definition, repeatable=False)).get("id") or "")

    def update(self, webhook_id: str, changes: Mapping[str, Any]) -> None:
        """Change what is given; a new target is tested first. What is queued already still goes to the old one."""
        self.call("PUT", quote(webhook_id, safe=""), body=changes)

    def delete(self, webhook_id: str) -> None:
        """Remove a webhook; what is queued already still goes there."""
        self.call("DELETE", quote(webhook_id, safe=""), may_be_empty=True)

    def validate(self, webhook_id: str) -> dict[str, Any]:
        """Have SparkPost post a test; what the target answered."""
        return _results(self.call("POST", f"{quote(webhook_id, safe='')}/validate", body=[{"msys": {}}]))

    def batch_status(self, webhook_id: str, *, limit: int = 1000) -> Rows:
        """The posts of the last 24 hours that failed, or succeeded late."""
        return _rows(self.call("GET", f"{quote(webhook_id, safe='')}/batch-status?limit={limit}"))


class RelayWebhooks(Webhooks):
    """Where SparkPost posts inbound mail. There is no status of its posts."""

    key = "relay-webhooks"

    def validate(self, webhook_id: str) -> dict[str, Any]:
        """Have SparkPost post an example mail; what the target answered."""
        return _results(self.call("POST", f"{quote(webhook_id, safe='')}/validate"))


def _results(body: Mapping[str, Any]) -> dict[str, Any]:
    results = body.get("results")
    return dict(results) if isinstance(results, Mapping) else {}


def _rows(body: Mapping[str, Any]) -> Rows:
    results = body.get("results")
    return [dict(row) for row in results if isinstance(row, Mapping)] if isinstance(results, list) else []


def _found(endpoint: Endpoint, name: str) -> dict[str, Any] | None:
    try:
        return _results(endpoint.call("GET", quote(name, safe="")))
    except errors.Refused as failure:
        if failure.status == 404:
            return None
        raise
