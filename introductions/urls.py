"""Addresses of this room."""

from django.urls import URLPattern, URLResolver

app_name = "introductions"

urlpatterns: list[URLPattern | URLResolver] = []
