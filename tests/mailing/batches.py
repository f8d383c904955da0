"""Batches as SparkPost posts them."""

import itertools
import json
import time
from typing import Any

from mailing.sparkpost.standin.events import wrap

_count = itertools.count(1)


def event(message: Any = None, type: str = "delivery", **fields: Any) -> dict[str, Any]:  # noqa: A002
    """One event as in a webhook; about a message when one is given. None leaves a field out."""
    number = next(_count)
    values: dict[str, Any] = {
        "type": type,
        "event_id": f"{92356927693813856 + number}",
        "timestamp": str(int(time.time())),
        "rcpt_meta": {"message": str(message.pk)} if message else {},
        "rcpt_to": message.to_email if message else "nobody@person.example",
        "message_id": f"mid-{message.pk.hex}" if message else f"mid-{number}",
        "transmission_id": str(int(message.pk) % 10**16) if message else str(number),
    }
    values |= fields
    return {name: value for name, value in values.items() if value is not None}


def batch(*events: dict[str, Any]) -> bytes:
    """The body of one post."""
    return json.dumps([wrap(one) for one in events]).encode()
