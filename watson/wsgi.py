"""WSGI entry point for gunicorn."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watson.settings")

_application = get_wsgi_application()

# These need the applications to be ready.
from django.template.loader import render_to_string  # noqa: E402

from privacy.quarantine import GATE  # noqa: E402


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, unless the database was put back from a backup: then a plain page, until the erased are erased again."""
    if environ.get("PATH_INFO") != "/healthz" and GATE.is_shut():
        body = render_to_string("quarantine.html").encode()
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Retry-After", "600"), ("Cache-Control", "no-store")]
        start_response("503 Service Unavailable", [*headers, ("Content-Length", str(len(body)))])
        return [body]
    answer: Iterable[bytes] = _application(environ, start_response)
    return answer
