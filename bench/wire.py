"""Batches as SparkPost posts them: about 1.4 KB an event, three events a message, one mail in fifty bounced."""

import itertools
import json
import random
import time
import uuid
from collections.abc import Iterator
from typing import Any

_AGENT = {
    "agent_family": "Firefox",
    "device_brand": "Other",
    "device_family": "Other",
    "os_family": "Windows",
    "os_version": "10",
    "is_mobile": False,
    "is_proxy": False,
    "is_prefetched": False,
}
_PLACE = {"country": "NL", "region": "NH", "city": "Amsterdam", "latitude": 52.37, "longitude": 4.89, "zip": "1011"}
_event_ids = itertools.count(92_356_927_693_813_856)
_CLASSES = {"open": "track_event", "click": "track_event"}


def batches(messages: list[tuple[uuid.UUID, str]], size: int) -> list[bytes]:
    """Bodies of `size` events about these messages (id and transmission), in the order things happen."""
    told = [_wrapped(one) for one in _story(messages)]
    return [json.dumps(told[at : at + size]).encode() for at in range(0, len(told), size)]


def _story(messages: list[tuple[uuid.UUID, str]]) -> Iterator[dict[str, Any]]:
    now = int(time.time())
    for number, (pk, transmission) in enumerate(messages):
        common = _common(pk, transmission, number)
        bounced = number % 50 == 49
        yield common | {"type": "injection", "event_id": _event_id(), "timestamp": str(now), "recv_method": "rest"}
        if bounced:
            refusal = "550 5.1.1 The email account that you tried to reach does not exist."
            yield common | {
                "type": "bounce",
                "event_id": _event_id(),
                "timestamp": str(now + 2),
                "bounce_class": "10",
                "error_code": "550",
                "reason": refusal,
                "raw_reason": refusal,
                "num_retries": "0",
            }
        else:
            yield common | {
                "type": "delivery",
                "event_id": _event_id(),
                "timestamp": str(now + 2),
                "delv_method": "esmtp",
                "num_retries": "0",
                "queue_time": "1432",
                "outbound_tls": "1",
            }
        kind = "delay" if bounced else ("open", "open", "click")[number % 3]
        engaged = {"user_agent": "Mozilla/5.0 (Windows NT 10.0; rv:140.0)", "user_agent_parsed": _AGENT}
        yield common | {
            "type": kind,
            "event_id": _event_id(),
            "timestamp": str(now + 60),
            "geo_ip": _PLACE,
            **({} if bounced else engaged),
        }


def _common(pk: uuid.UUID, transmission: str, number: int) -> dict[str, Any]:
    return {
        "customer_id": "1",
        "subaccount_id": "0",
        "transmission_id": transmission,
        "message_id": pk.hex[:24],
        "campaign_id": pk.hex,
        "template_id": f"template_{transmission}",
        "template_version": "0",
        "subject": "Een vraag over een vacature: financieel directeur",
        "friendly_from": "rosa@agency.example",
        "msg_from": "msprvs1=17827RA6TC8Pz=bounces-12@bounces.agency.example",
        "rcpt_to": f"person{number}@person.example",
        "raw_rcpt_to": f"Person{number}@person.example",
        "rcpt_hash": f"{random.getrandbits(128):032x}",
        "rcpt_type": "to",
        "recipient_domain": "person.example",
        "routing_domain": "person.example",
        "rcpt_meta": {"message": str(pk)},
        "rcpt_tags": [],
        "ip_pool": "shared",
        "sending_ip": "192.0.2.10",
        "ip_address": "192.0.2.77",
        "injection_time": "2026-11-22T17:00:00.000Z",
        "transactional": "0",
        "msg_size": "13378",
        "open_tracking": True,
        "click_tracking": True,
        "initial_pixel": True,
        "mailbox_provider": "Gsuite",
        "mailbox_provider_region": "Global",
    }


def _wrapped(event: dict[str, Any]) -> dict[str, Any]:
    return {"msys": {_CLASSES.get(event["type"], "message_event"): event}}


def _event_id() -> str:
    # Ids grow with time, as SparkPost's do; the steps between them are other customers' events.
    return str(next(_event_ids) * 7)
