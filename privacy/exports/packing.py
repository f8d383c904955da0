"""From what is held to the ZIP a person gets: a page that needs no network and no script, data, and their files."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils.timezone import localdate
from django.utils.translation import override

from accounts.models import Organisation
from privacy import registry
from privacy.exports import career
from privacy.exports.gathering import Held
from privacy.exports.wording import SECTIONS, why_left_out
from privacy.models import DataRequest, Subject
from privacy.proofs import wording as proofs
from privacy.registry import HeldFile, plain
from privacy.sealing import Unsealable

PAGE = "index.html"
DATA = "data.json"
RESUME = "resume.json"
GIVEN = "given.json"
_NOT_IN_NAMES = re.compile(r"[^\w.() -]+")


def access_zip(held: Held, request: DataRequest) -> bytes:
    """The whole copy (GDPR art. 15): `index.html`, `data.json` and the files as they came."""
    organisation = Organisation.current()
    # What an erasure would leave on purpose (GDPR art. 15(1)(d)).
    proof = proofs.sentence(held.language, proofs.months())
    with override(held.language):
        paths, lost = _contents(held.files)
        files = [
            {"path": path, "name": file.name, "type": file.content_type, "size": file.size, "given": file.from_person}
            for path, (file, _content) in paths.items()
        ]
        context = {
            "held": held,
            "lost": lost,
            "organisation": organisation,
            "request": request,
            "sections": [
                {"title": title, "intro": intro, "tables": held.of(section), "code": section.value}
                for section, (title, intro) in SECTIONS.items()
            ],
            "files": files,
            "left_out": [why_left_out(reason) for reason in held.left_out.values()],
            "proof": proof,
            "kinds": [table.title for table in held.tables],
        }
        page = render_to_string("privacy/exports/copy.html", context)
        data = {
            "format": "watson-access/1",
            "language": held.language,
            "made_at": held.at.isoformat(),
            "controller": {
                "name": organisation.legal_name,
                "address": organisation.postal_address,
                "contact": organisation.privacy_contact,
            },
            "asked_on": localdate(request.received_at).isoformat(),
            "held": held.is_anything,
            "until": [{"what": what, "day": day.isoformat()} for what, day in held.until],
            "stops": [{"scope": scope, "reason": reason, "since": at.isoformat()} for scope, reason, at in held.stops],
            "tables": held.data(),
            "files": files,
            "left_out": [why_left_out(reason) for reason in held.left_out.values()],
            "kept_after": [proof] if proof else [],
            "covered": held.covered,
            "lost_files": lost,
            "not_searched": list(held.failures),
        }
    return _zip({PAGE: page.encode(), DATA: _json(data)}, paths)


def portable_zip(subject: Subject, *, language: str) -> bytes:
    """What the person gave themselves (GDPR art. 20): `resume.json`, `given.json`, a page about them, and their files.

    `resume.json` is a JSON Resume 1.0.0 (https://jsonresume.org/schema).
    """
    with override(language):
        given = given_by(subject)
        every = (file for handler in registry.handlers.values() for file in handler.files(subject))
        paths, _lost = _contents(file for file in every if file.from_person)
        context = {
            "organisation": Organisation.current(),
            "language": language,
            "files": [{"path": path, "name": file.name} for path, (file, _content) in paths.items()],
            "is_anything": bool(given or paths),
        }
        page = render_to_string("privacy/exports/portable.html", context)
    return _zip({PAGE: page.encode(), RESUME: _json(career.resume_of(subject)), GIVEN: _json(given)}, paths)


def given_by(subject: Subject) -> dict[str, list[dict[str, Any]]]:
    """What the person gave themselves, by table: their own fields of their own rows, one query per table."""
    found: dict[str, list[dict[str, Any]]] = {}
    for handler in registry.handlers.values():
        for label, (theirs, names) in handler.given.items():
            rows = handler.rows(label, subject).filter(theirs).values(*names.split())
            if clean := [{name: plain(value) for name, value in row.items()} for row in rows]:
                found[label] = clean
    return found


def members(body: bytes) -> dict[str, int]:
    """What a ZIP holds: name to size in bytes."""
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return {info.filename: info.file_size for info in packed.infolist()}


def member(body: bytes, name: str) -> bytes:
    """One file out of a ZIP. Raises KeyError when it holds no such file."""
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return packed.read(name)


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


Contents = dict[str, tuple[HeldFile, bytes]]


def _contents(files: Iterable[HeldFile]) -> tuple[Contents, int]:
    """Each file under its place in the ZIP; how many can no longer be opened, for their key is gone."""
    found: Contents = {}
    lost = 0
    for number, file in enumerate(files, start=1):
        try:
            found[f"files/{number:03}-{_plain_name(file.name)}"] = (file, file.read())
        except Unsealable:
            lost += 1
    return found, lost


def _plain_name(name: str) -> str:
    clean = " ".join(_NOT_IN_NAMES.sub(" ", name).split()).lstrip(".")
    return clean[-80:] or "file"


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=2).encode()


def _zip(pages: Mapping[str, bytes], files: Contents) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in {**pages, **{path: content for path, (_file, content) in files.items()}}.items():
            packed.writestr(name, content)
    return out.getvalue()
