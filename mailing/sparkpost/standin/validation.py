"""What SparkPost refuses at the door, with its documented statuses and codes."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Problems = list[dict[str, Any]]
Query = Mapping[str, str]
PREFIX = "/api/v1/"

_ADDRESS = re.compile(r"""[^\s@<>(),;:\\"\[\]]+@[^\s@<>(),;:\\"\[\]]+""")
_BOOLEANS = (
    "open_tracking", "initial_open", "click_tracking", "transactional", "sandbox", "skip_suppression",
    "inline_css", "perform_substitutions",
)  # fmt: skip
CONTENT_BYTES = 20 * 1024 * 1024
METADATA_BYTES = 10 * 1024
SUBSTITUTION_BYTES = 100 * 1024


@dataclass
class Answer:
    """Status and JSON body; no body for 204, an empty one where it is None."""

    status: int
    body: Any = None


class ApiError(Exception):
    """An answer with errors."""

    def __init__(self, status: int, errors: Problems) -> None:
        super().__init__(str(status))
        self.status = status
        self.errors = errors


def problem(message: str, code: str = "", description: str = "") -> Problems:
    """One error in SparkPost's shape: code and description are often absent."""
    entry = {"message": message}
    if code:
        entry["code"] = code
    if description:
        entry["description"] = description
    return [entry]


def is_address(value: object) -> bool:
    """Whether SparkPost would take this for an address."""
    return isinstance(value, str) and len(value) <= 320 and _ADDRESS.fullmatch(value) is not None


def check_transmission(data: Any, sending_domains: tuple[str, ...]) -> tuple[list[Mapping[str, Any]], Problems]:
    """The valid recipients of a transmission and why the others are refused; raises ApiError."""
    if not isinstance(data, dict):
        raise ApiError(400, problem("invalid params", "1200"))
    _check_options(data)
    _check_sizes(data)
    _check_content(data.get("content"), sending_domains)
    return _check_recipients(data.get("recipients"))


def _check_options(data: dict[str, Any]) -> None:
    options = data.get("options", {})
    if not isinstance(options, dict):
        raise _wrong_type("options", "object")
    for name in _BOOLEANS:
        if name in options and not isinstance(options[name], bool):
            raise _wrong_type(f"options.{name}", "boolean")
    if options.get("sandbox"):
        raise ApiError(420, problem("Exceed Sending Limit (sandbox)", "2103"))
    campaign = data.get("campaign_id", "")
    if not isinstance(campaign, str):
        raise _wrong_type("campaign_id", "string")
    if len(campaign.encode()) > 64:
        raise ApiError(422, problem("invalid data format/type", "1300", "campaign_id is longer than 64 bytes"))


def _check_sizes(data: dict[str, Any]) -> None:
    recipients = data.get("recipients")
    for holder in [data, *(recipients if isinstance(recipients, list) else [])]:
        if not isinstance(holder, dict):
            continue
        for name, limit, code in (
            ("metadata", METADATA_BYTES, "2007"),
            ("substitution_data", SUBSTITUTION_BYTES, "2002"),
        ):
            held = holder.get(name, {})
            if not isinstance(held, dict):
                raise _wrong_type(name, "object")
            if len(json.dumps(held).encode()) > limit:
                raise ApiError(422, problem(f"{name} is too large", code))


def _check_content(content: Any, sending_domains: tuple[str, ...]) -> None:
    if content is None:
        raise ApiError(422, problem("required field is missing", "1400", "content is a required field"))
    if not isinstance(content, dict):
        raise _wrong_type("content", "object")
    parts = [name for name in ("text", "html") if content.get(name)]
    if content.get("template_id"):
        if parts or content.get("subject"):
            raise ApiError(422, problem("invalid combination", "1301", "content and template_id exclude each other"))
        raise ApiError(422, problem("template not found", "1603"))
    if not content.get("from"):
        raise ApiError(422, problem("required field is missing", "1400", "content.from is a required field"))
    if not content.get("subject"):
        raise ApiError(422, problem("required field is missing", "1400", "content.subject is a required field"))
    if not parts:
        text = "At least one of 'text' or 'html' needs to exist in content"
        raise ApiError(422, problem("required field is missing", "1400", text))
    for name in ("subject", "text", "html", "reply_to"):
        if not isinstance(content.get(name, ""), str):
            raise _wrong_type(f"content.{name}", "string")
    _check_files(content)
    headers = content.get("headers", {})
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise _wrong_type("content.headers", "object of strings")
    if any(name.lower() in ("to", "content-type", "content-transfer-encoding") for name in headers):
        raise ApiError(422, problem("invalid header", "3010"))
    if len(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")) > CONTENT_BYTES:
        raise ApiError(413, problem("content is too large"))
    sender = content["from"]
    sender = sender.get("email") if isinstance(sender, dict) else sender
    if not isinstance(sender, str):
        raise _wrong_type("content.from", "address")
    local, _, domain = sender.rpartition("@")
    if not local or not domain:
        raise ApiError(400, problem("message has no sender local part", "2008"))
    if sending_domains and domain.lower() not in sending_domains:
        raise ApiError(400, problem("Unconfigured Sending Domain", "7001", f"<{domain}> is unconfigured"))


def _check_files(content: dict[str, Any]) -> None:
    for part in ("attachments", "inline_images"):
        entries = content.get(part, [])
        if not isinstance(entries, list):
            raise _wrong_type(f"content.{part}", "array")
        for entry in entries:
            held = entry if isinstance(entry, dict) else {}
            if not all(isinstance(held.get(name), str) and held[name] for name in ("name", "type", "data")):
                text = f"content.{part} needs name, type and data"
                raise ApiError(422, problem("required field is missing", "1400", text))
            try:
                base64.b64decode(held["data"], validate=True)
            except binascii.Error:
                raise ApiError(422, problem("invalid data format/type", "1300", "data is base64")) from None


def _check_recipients(recipients: Any) -> tuple[list[Mapping[str, Any]], Problems]:
    if recipients is None:
        raise ApiError(422, problem("required field is missing", "1400", "recipients is a required field"))
    if isinstance(recipients, dict):
        raise ApiError(404, problem("resource not found", "1600", "no such recipient list"))
    if not isinstance(recipients, list):
        raise _wrong_type("recipients", "array")
    valid: list[Mapping[str, Any]] = []
    rejected: Problems = []
    for recipient in recipients:
        address = recipient.get("address") if isinstance(recipient, dict) else None
        email = address.get("email") if isinstance(address, dict) else address
        if is_address(email):
            valid.append(recipient)
        else:
            rejected += problem("Invalid email address", "1300", "recipient address is missing or malformed")
    if not valid:
        raise ApiError(400, problem("no valid recipients", "5002", "At least one valid recipient is required"))
    return valid, rejected


def _wrong_type(name: str, wanted: str) -> ApiError:
    return ApiError(422, problem("invalid data format/type", "1300", f"{name} must be of type {wanted}"))
