"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, include, path

app_name = "privacy"

urlpatterns: list[URLPattern | URLResolver] = [
    path("privacy-desk/assessments/", include("privacy.governance.urls")),
]
