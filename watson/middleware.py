"""Headers every answer carries, and the one place where a refusal of the database becomes a page."""

from collections.abc import Callable

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from privacy.guards import Refused, sentence_for

Handler = Callable[[HttpRequest], HttpResponse]


def headers(get_response: Handler) -> Handler:
    """Nothing about people is cached, indexed, or told to another site."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
            response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
        return response

    return middleware


class Refusals:
    """A refusal no view has turned into a form error becomes a page (or a fragment) with its sentence, status 409."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        sentence = None
        if isinstance(exception, Refused):
            sentence = exception.sentence
        elif isinstance(exception, IntegrityError):
            sentence = sentence_for(exception)
        if sentence is None:
            return None
        return render(request, "409.html", {"sentence": sentence}, status=409)
