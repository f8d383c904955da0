"""The floor that composes everything: settings, addresses, Today, the palette."""

from watson.celery import app as celery_app

__all__ = ["celery_app"]
