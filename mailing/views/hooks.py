"""The doors through which SparkPost reports."""

import base64
import binascii
import hmac
import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from mailing import services
from mailing.provider import catch_up
from mailing.replies import services as replies

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def sparkpost(request: HttpRequest) -> HttpResponse:
    """Take one post of SparkPost's. Anything but 200 makes it post the whole batch again, for eight hours."""
    if not _is_sparkpost(request):
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="events"'})
    body = _body(request, settings.WEBHOOK_MAX_BYTES)
    if body is None:
        return HttpResponse(status=413)
    if services.receive(body) is not None:
        catch_up.heard()
    return HttpResponse(status=200)


@csrf_exempt
@require_POST
def relay(request: HttpRequest) -> HttpResponse:
    """Take one mail that came in. Anything but 200 makes SparkPost post it again, seven times."""
    # Relay webhooks know no Basic auth: a token of their own, and the header every hook of ours carries.
    checks = [
        _same(request.headers.get("X-MessageSystems-Webhook-Token", "").encode(), settings.SPARKPOST_RELAY_TOKEN),
        _same(request.headers.get("X-Watson-Secret", "").encode(), settings.SPARKPOST_WEBHOOK_SECRET),
    ]
    if not all(checks):
        return HttpResponse(status=401)
    body = _body(request, settings.RELAY_MAX_BYTES)
    if body is None:
        return HttpResponse(status=413)
    replies.receive(body)
    return HttpResponse(status=200)


def _body(request: HttpRequest, longest: int) -> bytes | None:
    """What was posted; None when it is longer than this door takes."""
    # Not request.body: its limit is that of forms, and a batch may hold thousands of events.
    stream = request.META["wsgi.input"] if _is_chunked(request) else request
    body: bytes = stream.read(longest + 1)
    if len(body) <= longest:
        return body
    logger.error("mail: a post of more than %s bytes was refused", longest)
    return None


def _is_chunked(request: HttpRequest) -> bool:
    return "chunked" in request.headers.get("Transfer-Encoding", "").lower() and not request.META.get("CONTENT_LENGTH")


def _is_sparkpost(request: HttpRequest) -> bool:
    """Whether the name, the password and the secret header are all right; each is compared whatever the others are."""
    scheme, _space, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        user, password = b"", b""
    checks = [
        _same(user, settings.SPARKPOST_WEBHOOK_USER),
        _same(password, settings.SPARKPOST_WEBHOOK_PASSWORD),
        _same(request.headers.get("X-Watson-Secret", "").encode(), settings.SPARKPOST_WEBHOOK_SECRET),
        scheme.lower() == "basic",
    ]
    return all(checks)


def _same(given: bytes, expected: str) -> bool:
    # A secret nobody set matches nothing, not even nothing.
    return hmac.compare_digest(given, expected.encode()) and bool(expected)
