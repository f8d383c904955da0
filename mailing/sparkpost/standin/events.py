"""Events as SparkPost shapes them: string-typed in webhooks, slightly different in the Events API."""

import time
from datetime import UTC, datetime
from typing import Any

from mailing.sparkpost.standin.store import Mail

CLASSES = {
    **dict.fromkeys(
        ("injection", "delivery", "delay", "bounce", "out_of_band", "policy_rejection", "spam_complaint"),
        "message_event",
    ),
    **dict.fromkeys(("open", "initial_open", "click", "amp_open", "amp_initial_open", "amp_click"), "track_event"),
    **dict.fromkeys(("generation_failure", "generation_rejection"), "gen_event"),
    **dict.fromkeys(("list_unsubscribe", "link_unsubscribe"), "unsubscribe_event"),
}
ENGAGEMENT = frozenset({"open", "initial_open", "click", "list_unsubscribe", "link_unsubscribe"})
# What a reader's agent is told apart by; values are those of a plain desktop reader.
AGENT = {
    "agent_family": "Stand-in",
    "device_brand": "Other",
    "device_family": "Other",
    "os_family": "Other",
    "os_version": "",
    "is_mobile": False,
    "is_proxy": False,
    "is_prefetched": False,
}
STATES = {
    "injection": "injected",
    "delivery": "delivered",
    "bounce": "bounced",
    "out_of_band": "bounced",
    "generation_failure": "failed",
    "generation_rejection": "failed",
}


def make(mail: Mail, kind: str, event_id: str, **extra: Any) -> dict[str, Any]:
    """One event of a mail; `extra` are the fields of its type."""
    now = time.time()
    domain = mail.to.rpartition("@")[2].lower()
    event: dict[str, Any] = {
        "type": kind,
        "event_id": event_id,
        "timestamp": str(int(now)),
        "customer_id": "1",
        "subaccount_id": "0",
        "transmission_id": mail.transmission_id,
        "friendly_from": mail.from_email,
        "rcpt_to": mail.to.lower(),
        "raw_rcpt_to": mail.to,
        "recipient_domain": domain,
        "rcpt_meta": mail.metadata,
        "rcpt_tags": mail.tags,
        "template_id": f"template_{mail.transmission_id}",
        "template_version": "0",
        "transactional": "1" if mail.option("transactional", False) else "0",
    }
    if mail.campaign_id:
        event["campaign_id"] = mail.campaign_id
    if not kind.startswith("generation_"):  # such a mail never was: no message_id, subject or envelope
        event |= {
            "message_id": mail.message_id,
            "subject": mail.subject,
            "msg_from": f"msprvs1={mail.transmission_id}=standin@bounces.invalid",
            "routing_domain": domain,
            "ip_pool": "shared",
            "sending_ip": "127.0.0.1",
            "injection_time": _iso(mail.received, "Z"),
            "msg_size": str(len(mail.html) + len(mail.text)),
            "open_tracking": mail.opens_tracked,
            "click_tracking": mail.option("click_tracking", True),
            "initial_pixel": mail.option("initial_open", False),
        }
    return event | extra


def wrap(event: dict[str, Any]) -> dict[str, Any]:
    """An event as one element of a webhook batch."""
    return {"msys": {CLASSES.get(event["type"], "message_event"): event}}


def search_result(event: dict[str, Any]) -> dict[str, Any]:
    """An event as the Events API gives it: ISO timestamp, two ids as numbers, no wrapper."""
    return event | {
        "timestamp": _iso(float(event["timestamp"]), "+00:00"),
        "customer_id": int(event["customer_id"]),
        "subaccount_id": int(event["subaccount_id"]),
    }


def _iso(moment: float, zone: str) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000") + zone
