"""Showing a copy in a browser: exactly the files of its ZIP, under policies that let nothing else in."""

import base64
import hashlib
import re

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from privacy.exports import packing

_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)
_FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
ZIP_NAME = "my-data.zip"


def member(body: bytes, name: str) -> HttpResponse:
    """One file of a ZIP: its page to read, anything else to save. Raises Http404 for what it does not hold."""
    name = name or packing.PAGE
    try:
        content = packing.member(body, name)
    except KeyError as error:
        raise Http404 from error
    if name == packing.PAGE:
        styles = " ".join(_hash(style) for style in _STYLE.findall(content)) or "'none'"
        policy = (
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
            f" img-src data:; style-src {styles}"
        )
        return _private(HttpResponse(content, content_type="text/html; charset=utf-8"), policy)
    return _attachment(content, name.rpartition("/")[2], "application/octet-stream")


def whole(body: bytes) -> HttpResponse:
    """The ZIP itself, to save."""
    return _attachment(body, ZIP_NAME, "application/zip")


def _attachment(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return _private(response, _FILE_POLICY)


def _private(response: HttpResponse, policy: str) -> HttpResponse:
    response["Content-Security-Policy"] = policy
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _hash(style: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(style).digest()).decode()}'"
