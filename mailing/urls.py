"""Addresses of this room."""

from django.urls import URLPattern, URLResolver

app_name = "mailing"

urlpatterns: list[URLPattern | URLResolver] = []
