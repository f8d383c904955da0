"""A career in the shape of JSON Resume 1.0.0, and our own check of that shape.

The schema (https://jsonresume.org/schema) has optional sections throughout; what is checked here is which sections and
fields there are, that they are of the right type, and how addresses and dates are written.
"""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from privacy import registry
from privacy.models import Subject

SCHEMA = "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json"

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DATE = re.compile(r"[12]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_TEXT, _URL, _MAIL, _DAY = "text", "url", "email", "date"
_TEXTS = [_TEXT]

# Each section as its fields: a kind of text, a list of texts, or a section of its own.
SHAPE: dict[str, Any] = {
    "$schema": _URL,
    "basics": {
        "name": _TEXT,
        "label": _TEXT,
        "image": _TEXT,
        "email": _MAIL,
        "phone": _TEXT,
        "url": _URL,
        "summary": _TEXT,
        "location": {"address": _TEXT, "postalCode": _TEXT, "city": _TEXT, "countryCode": _TEXT, "region": _TEXT},
        "profiles": [{"network": _TEXT, "username": _TEXT, "url": _URL}],
    },
    "work": [
        {
            "name": _TEXT,
            "location": _TEXT,
            "description": _TEXT,
            "position": _TEXT,
            "url": _URL,
            "startDate": _DAY,
            "endDate": _DAY,
            "summary": _TEXT,
            "highlights": _TEXTS,
        }
    ],
    "education": [
        {
            "institution": _TEXT,
            "url": _URL,
            "area": _TEXT,
            "studyType": _TEXT,
            "startDate": _DAY,
            "endDate": _DAY,
            "score": _TEXT,
            "courses": _TEXTS,
        }
    ],
    "skills": [{"name": _TEXT, "level": _TEXT, "keywords": _TEXTS}],
    "languages": [{"language": _TEXT, "fluency": _TEXT}],
    "meta": {"canonical": _URL, "version": _TEXT, "lastModified": _TEXT},
}


def resume_of(subject: Subject) -> dict[str, Any]:
    """What the person gave about their career, whole: a JSON Resume even when they gave nothing."""
    found: dict[str, Any] = {"$schema": SCHEMA, "basics": {}, "work": []}
    for handler in registry.handlers.values():
        for section, value in handler.resume(subject).items():
            if isinstance(value, dict):
                found.setdefault(section, {}).update(value)
            else:
                found.setdefault(section, []).extend(value)
    found["meta"] = {"version": "v1.0.0", "lastModified": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")}
    return found


def faults(document: Any, shape: Any = None, place: str = "resume") -> list[str]:
    """Where a document is no JSON Resume 1.0.0, as places; none when it is one."""
    shape = SHAPE if shape is None else shape
    if isinstance(shape, dict):
        if not isinstance(document, dict):
            return [place]
        unknown = [f"{place}.{name}" for name in document if name not in shape]
        known = [faults(document[name], shape[name], f"{place}.{name}") for name in document if name in shape]
        return [*unknown, *(fault for part in known for fault in part)]
    if isinstance(shape, list):
        if not isinstance(document, list):
            return [place]
        return [fault for number, item in enumerate(document) for fault in faults(item, shape[0], f"{place}[{number}]")]
    return [] if isinstance(document, str) and _is(shape, document) else [place]


def _is(kind: str, text: str) -> bool:
    if kind == _MAIL:
        return bool(_EMAIL.fullmatch(text))
    if kind == _DAY:
        return bool(_DATE.fullmatch(text))
    if kind == _URL:
        parts = urlsplit(text)
        return bool(parts.scheme and parts.netloc)
    return True
