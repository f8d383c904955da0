"""SparkPost's API: the `sparkpost` library extended at its own seams with outcomes and what it lacks."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import sparkpost

from mailing.sparkpost import errors
from mailing.sparkpost.account import Account, InboundDomains, RelayWebhooks, SendingDomains, Webhooks
from mailing.sparkpost.errors import Problem
from mailing.sparkpost.transport import Endpoint, Transport

EU = "https://api.eu.sparkpost.com"
US = "https://api.sparkpost.com"

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
PRIVACY_BATCH = 1000
SUPPRESSION_BATCH = 10_000

Rows = list[dict[str, Any]]  # `list` itself is a verb in the classes below


@dataclass(frozen=True)
class Accepted:
    """SparkPost took the call. `errors` may still say that its one recipient was rejected (code 2000)."""

    transmission_id: str
    accepted: int
    rejected: int
    errors: tuple[Problem, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether its one recipient was not rejected."""
        return bool(self.accepted or not self.rejected)


class Transmissions(Endpoint):
    """Sending."""

    key = "transmissions"

    def send(self, payload: Mapping[str, Any]) -> Accepted:
        """Send `payload` exactly as given, to its one recipient; raises a `Failure` for any other outcome.

        SparkPost has no idempotency key, and a partly accepted call can't say who was left out.
        """
        recipients = payload.get("recipients")
        if not isinstance(recipients, list) or len(recipients) != 1:
            raise ValueError("A transmission has exactly one recipient.")
        known = errors.known_words(payload)
        body = self.call("POST", body=payload, repeatable=False, known=known)
        results = body.get("results")
        results = results if isinstance(results, dict) else {}
        given = results.get("id")
        rejections = errors.problems({"errors": results.get("rcpt_to_errors")}, known)
        accepted = Accepted(
            "" if given is None else str(given),
            _count(results.get("total_accepted_recipients")),
            _count(results.get("total_rejected_recipients")),
            (*errors.problems(body, known), *rejections),
        )
        if not accepted.transmission_id and not accepted.rejected:
            raise errors.Ambiguous("taken, but without an id", status=200)
        return accepted


EVENT_FILTERS = frozenset(
    {
        "ab_tests", "bounce_classes", "campaigns", "event_ids", "events", "from_addresses", "ip_pools",
        "mailbox_providers", "messages", "reasons", "recipient_domains", "recipients", "sending_domains",
        "sending_ips", "subaccounts", "subjects", "templates", "transmissions",
    }
)  # fmt: skip
# SparkPost matches some of these by word, so that one campaign's search finds its neighbours too.
EXACT = {
    "events": ("type",),
    "event_ids": ("event_id",),
    "recipients": ("rcpt_to", "raw_rcpt_to"),
    "campaigns": ("campaign_id",),
    "transmissions": ("transmission_id",),
    "messages": ("message_id",),
}


class Events(Endpoint):
    """What happened to messages, kept by SparkPost for 10 days."""

    key = "events/message"

    def search(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        per_page: int = 1000,
        **filters: str | Iterable[str],
    ) -> Iterator[dict[str, Any]]:
        """Each matching event once, over all pages; ids are always text.

        Without `since` SparkPost looks back 24 hours, without `until` up to a minute ago. An unknown filter
        raises TypeError, because SparkPost would silently ignore it and answer with everything.
        """
        params = {"per_page": str(per_page), "cursor": "initial"}
        for name, moment in (("from", since), ("to", until)):
            if moment is not None:
                params[name] = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        wanted: dict[str, set[str]] = {}
        for name, value in filters.items():
            if name not in EVENT_FILTERS:
                raise TypeError(f"{name!r} is no filter of the Events API.")
            values = [value] if isinstance(value, str) else [str(item) for item in value]
            if not values:
                return
            if any("," in item for item in values):
                raise ValueError("A comma can't be searched for.")
            params[name] = ",".join(values)
            wanted[name] = {item.casefold() for item in values}
        yield from self._once(params, wanted)

    def _once(self, params: Mapping[str, str], wanted: Mapping[str, set[str]]) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        for event in self.pages(params):
            for name in ("event_id", "message_id", "transmission_id"):
                if event.get(name) is not None:
                    event[name] = str(event[name])
            identity = event.get("event_id")
            if identity in seen or not _matches(event, wanted):
                continue
            if identity:
                seen.add(identity)
            yield event


class Suppression(Endpoint):
    """The account's own suppression list. A transactional mail is only stopped by a `transactional` entry."""

    key = "suppression-list"

    def get(self, email: str) -> Rows:
        """The entries of one address, none if it isn't on the list."""
        try:
            body = self.call("GET", _segment(email), known=_words(email))
        except errors.Refused as failure:
            if failure.status == 404:
                return []
            raise
        results = body.get("results")
        if isinstance(results, Mapping):
            return [dict(results)]
        return [dict(entry) for entry in results or () if isinstance(entry, Mapping)]

    def put(self, email: str, *, kind: str, description: str = "", list_id: str = "") -> None:
        """Suppress an address for `kind`: transactional or non_transactional."""
        entry = {"type": kind, "description": description, **({"list_id": list_id} if list_id else {})}
        self._change("PUT", _segment(email), body=entry, known=_words(email))

    def put_many(self, entries: Iterable[Mapping[str, str]]) -> None:
        """Suppress many: mappings of recipient, type, description, list_id. Safe to repeat.

        One address that isn't one, or that SparkPost's own compliance holds, refuses the whole call.
        """
        rows = [dict(entry) for entry in entries]
        for start in range(0, len(rows), SUPPRESSION_BATCH):
            self._change("PUT", body={"recipients": rows[start : start + SUPPRESSION_BATCH]})

    def delete(self, email: str, *, kind: str = "", list_id: str | None = None) -> bool:
        """Take an address off the list; False if it wasn't on it.

        `kind` empty means both; `list_id` None means every list, "" the account's own list alone.
        """
        query = "" if list_id is None else f"?{urlencode({'list_id': list_id})}"
        try:
            body = {"type": kind} if kind else None
            self._change("DELETE", f"{_segment(email)}{query}", body=body, known=_words(email))
        except errors.Refused as failure:
            if failure.status == 404:
                return False
            raise
        return True

    def _change(self, method: str, path: str = "", **kwargs: Any) -> None:
        try:
            self.call(method, path, **kwargs)
        except errors.Stop as failure:
            refusal = failure
        else:
            return
        if refusal.status == 403 and refusal.code == "403" and "compliance" in refusal.message.lower():
            # It speaks of one entry that SparkPost's compliance holds, not of our key.
            raise errors.Refused(refusal.code, refusal.message, status=403)
        raise refusal

    def summary(self) -> dict[str, int]:
        """How many entries there are, by source in snake case, and in `total`."""
        results = self.call("GET", "summary").get("results")
        return {str(name): _count(value) for name, value in results.items()} if isinstance(results, Mapping) else {}

    def list(
        self,
        *,
        kinds: Iterable[str] = (),
        sources: Iterable[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        domain: str = "",
        description: str = "",
        list_id: str = "",
        per_page: int = 1000,
    ) -> Iterator[dict[str, Any]]:
        """Each entry over all pages, by cursor (paging by number ends at 10,000)."""
        params = {"cursor": "initial", "per_page": str(per_page)}
        for name, moment in (("from", since), ("to", until)):
            if moment is not None:
                params[name] = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        texts = {
            "types": ",".join(kinds),
            "sources": ",".join(sources),
            "domain": domain,
            "description": description,
            "list_id": list_id,
        }
        yield from self.pages({**params, **{name: text for name, text in texts.items() if text}})


class DataPrivacy(Endpoint):
    """Asking SparkPost to forget people. It answers 'saved' and no more: keep your own proof of asking."""

    key = "data-privacy"

    def rtbf_request(self, emails: Iterable[str], *, include_subaccounts: bool = False) -> int:
        """Ask that all data about these addresses is deleted (within 30 days); returns how many."""
        return self._ask("rtbf-request", emails, include_subaccounts)

    def opt_out_request(self, emails: Iterable[str], *, include_subaccounts: bool = False) -> int:
        """File an opt-out from processing for these addresses; returns how many."""
        return self._ask("opt-out-request", emails, include_subaccounts)

    def _ask(self, path: str, emails: Iterable[str], include_subaccounts: bool) -> int:
        addresses = list(dict.fromkeys(emails))
        for start in range(0, len(addresses), PRIVACY_BATCH):
            part = addresses[start : start + PRIVACY_BATCH]
            body = {"recipients": part, "include_subaccounts": include_subaccounts}
            # Asking twice is harmless, so an unknown outcome is simply asked again.
            self.call("POST", path, body=body, known=[word for email in part[:50] for word in _words(email)])
        return len(addresses)


class Client(sparkpost.SparkPost):
    """SparkPost at any address. `timeout`: seconds to read, or (connect, read)."""

    TRANSPORT_CLASS = Transport

    def __init__(self, api_key: str, base_url: str = EU, timeout: float | tuple[float, float] = READ_TIMEOUT) -> None:
        # Not the library's own constructor: it forces https and a bare host.
        if not api_key:
            raise ValueError("SparkPost needs an API key.")
        url, local = _base(base_url)
        self.api_key = api_key
        self.base_uri = f"{url}/api/v1"
        pair = timeout if isinstance(timeout, tuple) else (CONNECT_TIMEOUT, timeout)
        self.transport = self.TRANSPORT_CLASS(url, pair, direct=local)
        make = partial(_make, self.base_uri, api_key, self.transport)
        self.transmissions: Transmissions = make(Transmissions)
        self.events: Events = make(Events)
        self.suppression: Suppression = make(Suppression)
        self.data_privacy: DataPrivacy = make(DataPrivacy)
        self.webhooks: Webhooks = make(Webhooks)
        self.relay_webhooks: RelayWebhooks = make(RelayWebhooks)
        self.account: Account = make(Account)
        self.sending_domains: SendingDomains = make(SendingDomains)
        self.inbound_domains: InboundDomains = make(InboundDomains)
        self.metrics = make(sparkpost.Metrics)
        self.recipient_lists = make(sparkpost.RecipientLists)
        self.templates = make(sparkpost.Templates)


def _make(base_uri: str, api_key: str, transport: Transport, kind: Any) -> Any:
    return kind(base_uri, api_key, lambda: transport)


def _base(url: str) -> tuple[str, bool]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("The address of SparkPost is a URL such as https://api.eu.sparkpost.com.")
    try:
        local = ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        local = parts.hostname == "localhost"
    if parts.scheme == "http" and not local:
        # The key and every mail would cross the network in the clear.
        raise ValueError("SparkPost is only reached by https, except on this machine.")
    return url.rstrip("/").removesuffix("/api/v1"), local


def _count(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0


def _matches(event: Mapping[str, Any], wanted: Mapping[str, set[str]]) -> bool:
    for name, values in wanted.items():
        held = [str(event[key]).casefold() for key in EXACT.get(name, ()) if event.get(key) is not None]
        if held and not values.intersection(held):
            return False
    return True


def _segment(email: str) -> str:
    if not email.strip():
        raise ValueError("An address is needed.")  # without one the call would be about the whole list
    return quote(email, safe="")


def _words(email: str) -> tuple[str, str]:
    return (email, email.rpartition("@")[0])
