"""The door: allauth's own addresses, closed sign-up included."""

from django.urls import include, path

urlpatterns = [
    path("", include("allauth.urls")),
]
