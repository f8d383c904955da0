"""What every desk page shows around its content."""

from typing import Any

from django.http import HttpRequest


def desk(request: HttpRequest) -> dict[str, Any]:
    """The rail and its counts, for staff only."""
    return {}
